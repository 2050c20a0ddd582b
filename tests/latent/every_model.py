"""A model of every variant that draws from latents, with and without classes, freshly initialised; no training."""

from __future__ import annotations

import functools
from typing import Any

from ganstudio.game import Cursor, DataShape
from ganstudio.latent.model import LatentModel, build_game
from tests.helpers import LATENT_NAMES, tiny

LATENT_SIZE = 12
_IMAGES, _POINTS = DataShape(28, 1, 3), DataShape(1, 2, 8, subject="points")
CASES = [*LATENT_NAMES, "dcgan of classes", "dcgan by norms", "biggan of classes", "progressive of classes", "points"]


@functools.cache
def model_of(case: str) -> LatentModel:
    """The model of one of `CASES`."""
    given: dict[str, Any] = {"variant__latent_size": LATENT_SIZE}
    if case in {"points", "vanilla"}:
        given["variant__generator_width"] = 16
    if case == "points":
        config, shape = tiny("vanilla", dataset__name="8-gaussians", **given), _POINTS
    else:
        name, *words = case.split(" ")
        given["variant__conditional"] = bool(words) or name == "cgan"
        if words == ["by", "norms"]:
            given["variant__conditioning"] = "projection"
        config, shape = tiny(name, **given), _IMAGES
    game = build_game(config, shape)
    if game.enter is not None:
        game.enter(game.phase(Cursor(step=0, play=0, images=10**9), config.value), game.networks)
    return LatentModel(game, {name: game.networks[name] for name in game.ema}, 0)
