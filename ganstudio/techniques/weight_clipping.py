"""Weight clipping: a crude bound on how steep the critic can be (Arjovsky et al. 2017, algorithm 1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import After, Door, Game, Player, Task
from ganstudio.techniques.technique import OF_DISCRIMINATOR, Technique

if TYPE_CHECKING:
    from torch import Tensor

_PATH = "techniques.weight_clip"


def apply(game: Game, _config: RunConfig) -> Game:
    """All trained weights of D are clipped after each of its steps."""
    return replace(
        game,
        players=tuple(
            replace(player, after=(*player.after, _clip(game, player)))
            if player.optimizer == OF_DISCRIMINATOR
            else player
            for player in game.players
        ),
    )


def _clip(game: Game, player: Player) -> After:
    def clip(door: Door) -> None:
        bound: float = door.setting(_PATH)
        if bound:
            import torch

            every = (parameter for name in player.networks for parameter in game.networks[name].parameters())
            # Those of layers that are held still ask for no gradient.
            trained: list[Tensor] = [parameter for parameter in every if parameter.requires_grad]
            torch._foreach_clamp_min_(trained, -bound)
            torch._foreach_clamp_max_(trained, bound)

    return clip


def refusal(config: RunConfig, _task: Task) -> str | None:
    """Spectral norm takes the scale out of a weight, and with it what clipping does."""
    if config.techniques.spectral_norm.discriminator:
        return "Spectral norm bounds D already, and undoes what clipping does to the size of its weights."
    return None


WEIGHT_CLIPPING = Technique(
    name="weight-clipping",
    title="Weight clipping",
    paper="Arjovsky et al. 2017",
    paths=(_PATH,),
    off=0.0,
    help="After each step every weight of D is cut to this size.",
    refusal=refusal,
    apply=apply,
)
