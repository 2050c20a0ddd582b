"""Feature matching: G aims at the mean of D's features on real images (Salimans et al. 2016, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import GENERATOR, Door, Game, Term
from ganstudio.techniques.technique import Technique, needs_latents

if TYPE_CHECKING:
    from torch import Tensor


def apply(game: Game, _config: RunConfig) -> Game:
    """One more term for G."""
    return game.with_extra(
        GENERATOR, Term(name="feature_matching", value=distance, weight="techniques.feature_matching.weight")
    )


def distance(door: Door) -> Tensor:
    """Between the means of D's features on this play's real and generated samples."""
    from ganstudio.losses.regularisers import feature_distance

    return feature_distance(door.features("real"), door.features("fake"))


FEATURE_MATCHING = Technique(
    name="feature-matching",
    title="Feature matching",
    paper="Salimans et al. 2016",
    paths=("techniques.feature_matching.weight",),
    off=0.0,
    help="G also makes D's features agree with those of real images on average: a target that does not run away.",
    refusal=needs_latents,
    apply=apply,
)
