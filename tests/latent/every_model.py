"""A model of every variant that draws from latents, with and without classes, freshly initialised; no training."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from ganstudio.game import Cursor, DataShape
from ganstudio.latent.layers import layers
from ganstudio.latent.model import LatentModel, build_game
from ganstudio.latent.sampling import latents
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
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        game = build_game(config, shape)
    if game.enter is not None:
        game.enter(game.phase(Cursor(step=0, play=0, images=10**9), config.value), game.networks)
    model = LatentModel(game, {name: game.networks[name] for name in game.ema}, 0)
    _settle(model)
    return model


@torch.no_grad()
def _settle(model: LatentModel) -> None:
    """Images with contrast, as trained networks make them: norms that have seen a batch, and a strong last layer."""
    z = torch.from_numpy(latents(0, 64, LATENT_SIZE))
    labels = np.arange(64) % model.num_classes if model.num_classes else None
    for module in model.generator.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    model.generator.train()
    model.generate(z, labels)
    model.generator.eval()
    last = model.generator.get_submodule(layers(model)[-1].name)
    if not parametrize.is_parametrized(last) and isinstance(last.weight, torch.Tensor):
        last.weight.mul_(0.4 / model.generate(z, labels).std(dim=0).mean())
