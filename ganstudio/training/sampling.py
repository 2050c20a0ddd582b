"""Samples from a game: the fixed grid of a run, and pixels from images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.config import RunConfig
from ganstudio.game import Game
from ganstudio.streams import standard_normal
from ganstudio.training.layout import GridLayout


@dataclass(frozen=True)
class Fixed:
    """What every sample grid of a run is drawn from: latents (N, L) and classes (N,), or held-out images by domain."""

    z: Tensor
    y: Tensor | None = None
    images: Mapping[str, Tensor] = field(default_factory=dict)

    def count(self, game: Game) -> int:
        """Pictures in one grid."""
        if game.translation is None:
            return len(self.z)
        return len(game.translation.columns) * min((len(images) for images in self.images.values()), default=0)


def columns(game: Game) -> tuple[str, ...]:
    """What the columns of the grid show, for image-to-image games; empty for others."""
    return () if game.translation is None else game.translation.columns


@torch.no_grad()
def draw(game: Game, networks: Mapping[str, nn.Module], fixed: Fixed) -> NDArray[Any]:
    """The grid: uint8 (N, H, W, C), of image-to-image games row by row; points float32 (N, 2)."""
    if game.translation is not None:
        strips = torch.stack(game.translation.show(networks, fixed.images), dim=1)
        return to_pixels(strips.flatten(0, 1))
    assert game.generate is not None
    made = game.generate(networks, fixed.z, fixed.y)
    return to_points(made) if made.dim() == 2 else to_pixels(made)


def fixed_latents(
    config: RunConfig, game: Game, device: torch.device, count: int | None = None
) -> tuple[Tensor, Tensor | None]:
    """Latents (N, latent size) and classes (N,) of the grid that is drawn each time; the same on every device.

    Laid out as `GridLayout` says; `count` of them, where given, are for no grid, and take the classes in turn.
    """
    layout = GridLayout.of(config.training.samples, game.num_classes)
    if count is not None:
        layout = GridLayout(count, 0, game.num_classes)
    indices = range(layout.count)
    every = standard_normal(config.seed, "samples", layout.latents, game.latent_size)
    z = torch.from_numpy(every[[layout.latent(index) for index in indices]]).to(device)
    if not game.num_classes:
        return z, None
    return z, torch.tensor([layout.label(index) for index in indices], dtype=torch.int64).to(device)


def group_of(game: Game, config: RunConfig) -> int:
    """Samples that belong together in a row of the grid: the columns of a translation, or a class; 0 for others."""
    if game.translation is not None:
        return len(game.translation.columns)
    return GridLayout.of(config.training.samples, game.num_classes).group


def to_points(points: Tensor) -> NDArray[np.float32]:
    """Points (N, 2) as float32."""
    array: NDArray[np.float32] = points.detach().to(torch.float32).cpu().numpy()
    return array


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """Images (N, C, H, W) in [-1, 1] as uint8 (N, H, W, C); values beyond are clipped."""
    scaled = images.detach().to(torch.float32).add(1).mul_(127.5).round_().clamp_(0, 255)
    pixels: NDArray[np.uint8] = scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return pixels
