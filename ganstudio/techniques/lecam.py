"""LeCam: D's scores are held near the running means of the other side (Tseng et al. 2021), for small data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import DISCRIMINATOR, Door, Game, Term
from ganstudio.techniques.technique import Technique, first_of, needs_latents
from ganstudio.techniques.zero import needs_fixed_zero

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.techniques.running_means import RunningMeans

_MEMORY = "lecam"


def apply(game: Game, _config: RunConfig) -> Game:
    """One more term for D, and means that follow its scores."""
    from ganstudio.techniques.running_means import RunningMeans

    game = game.with_memory(_MEMORY, RunningMeans())
    game = game.with_extra(DISCRIMINATOR, Term(name="lecam", value=penalty, weight="techniques.lecam.weight"))
    return game.with_after(DISCRIMINATOR, follow)


def penalty(door: Door) -> Tensor:
    """0 until the means have begun."""
    from ganstudio.losses.regularisers import lecam

    means = _means(door)
    held = lecam(door.score("real"), door.score("fake"), means.real, means.fake)
    return means.begun * held


def follow(door: Door) -> None:
    """Take this play's scores into the means, while the term is on."""
    means = _means(door)
    if not door.setting("techniques.lecam.weight"):
        means.rest()
        return
    begins = door.cursor.step >= door.setting("techniques.lecam.start")
    means.follow(door.score("real"), door.score("fake"), door.setting("techniques.lecam.decay"), begins)


def _means(door: Door) -> RunningMeans:
    from ganstudio.techniques.running_means import RunningMeans

    means = door.memory[_MEMORY]
    assert isinstance(means, RunningMeans)
    return means


LECAM = Technique(
    name="lecam",
    title="LeCam",
    paper="Tseng et al. 2021",
    paths=("techniques.lecam.weight", "techniques.lecam.decay", "techniques.lecam.start"),
    off=0.0,
    help="D's scores of either side are kept from running away from the other's running mean. The paper uses 0.3.",
    refusal=first_of(needs_latents, needs_fixed_zero("LeCam")),
    apply=apply,
)
