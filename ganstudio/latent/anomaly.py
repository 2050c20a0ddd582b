"""Is an image like the others? By what the generator cannot make of it (Schlegl et al. 2017, AnoGAN, section 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.game import DISCRIMINATOR
from ganstudio.latent.inversion import DEFAULT, Found, Progress, Search, fitted, invert
from ganstudio.latent.model import LatentModel, build_game
from ganstudio.networks.discriminator import Discriminator
from ganstudio.training.checkpoint import load_networks, read_manifest

_FEATURES = 0.1
"""Lambda of equation 5."""


@dataclass(frozen=True, eq=False)
class Likeness:
    """How unlike the images of a run an image is. `residual` is the sum of the absolute differences of pixels on [0, 1]
    (equation 2), `features` that of D's features (equation 4), None without D; `score` weighs them (equation 5), the
    higher the stranger. `image` is what was looked at, `nearest` the generator's nearest: uint8 (S, S, C)."""

    residual: float
    features: float | None
    score: float
    image: NDArray[np.uint8]
    nearest: NDArray[np.uint8]
    found: Found

    @property
    def difference(self) -> NDArray[np.uint8]:
        """The absolute difference of the two images, uint8 (S, S, C)."""
        return np.abs(self.image.astype(np.int16) - self.nearest.astype(np.int16)).astype(np.uint8)


def load_critic(checkpoint: Path) -> Discriminator | None:
    """The discriminator of a checkpoint, on the CPU; None for a game without one of this shape. RunFolderError when it
    is damaged."""
    manifest = read_manifest(checkpoint)
    game = build_game(manifest.config, manifest.shape)
    critic = game.networks.get(DISCRIMINATOR)
    if not isinstance(critic, Discriminator):
        return None
    load_networks(checkpoint, {DISCRIMINATOR: critic})
    if game.enter is not None:
        game.enter(game.phase(manifest.cursor, manifest.config.value), game.networks)
    return critic.eval().requires_grad_(False)


def likeness(
    model: LatentModel,
    image: NDArray[np.uint8],
    critic: Discriminator | None = None,
    search: Search = DEFAULT,
    *,
    progress: Progress | None = None,
) -> Likeness:
    """Search for an image uint8 (H, W, 1 or 3) and say what is left of it: the lower, the more like the run's."""
    found = invert(model, image, search, progress=progress)
    mine = fitted(model, image)
    labels = None if found.label is None else np.array([found.label])
    nearest = model.draw(found.z[None], labels)[0]
    residual = float(np.abs(mine.astype(np.float64) - nearest).sum() / 255)
    features = None
    if critic is not None:
        y = None if labels is None else torch.from_numpy(labels).to(model.device)
        with torch.no_grad():
            ours, theirs = (critic.features(_tensor(each, model.device), y) for each in (mine, nearest))
        features = float((ours - theirs).abs().sum())
    score = residual if features is None else (1 - _FEATURES) * residual + _FEATURES * features
    return Likeness(residual, features, score, mine, nearest, found)


def _tensor(image: NDArray[np.uint8], device: torch.device) -> Tensor:
    return torch.tensor(image[None], device=device).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0
