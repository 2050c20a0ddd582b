"""Instance noise: the same Gaussian noise on everything D sees, fading to none (Sonderby et al. 2016, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import Door, Game
from ganstudio.techniques.technique import Technique

if TYPE_CHECKING:
    from torch import Tensor


def apply(game: Game, _config: RunConfig) -> Game:
    """Noise before D, for real and generated images alike."""
    from dataclasses import replace

    return replace(game, views=(*game.views, noisy))


def noisy(door: Door, x: Tensor, stream: str) -> Tensor:
    """`x` with the noise of this point of the run."""
    import torch

    length: int = door.setting("techniques.instance_noise.length")
    sigma: float = door.setting("techniques.instance_noise.sigma") * max(0.0, 1.0 - door.cursor.images / length)
    if not sigma:
        return x
    noise = torch.randn(x.shape, generator=door.random(f"noise/{stream}"), device=x.device)
    return x + sigma * noise


INSTANCE_NOISE = Technique(
    name="instance-noise",
    title="Instance noise",
    paper="Sønderby et al. 2016",
    paths=("techniques.instance_noise.sigma", "techniques.instance_noise.length"),
    off=0.0,
    help="Noise on real and generated images alike, fading to none: the two can overlap from the first step.",
    apply=apply,
)
