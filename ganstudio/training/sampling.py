"""Samples from a game: the fixed grid of a run, and pixels from images."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.config import RunConfig
from ganstudio.game import Game
from ganstudio.streams import standard_normal


def fixed_latents(config: RunConfig, game: Game, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """Latents (N, latent size) and classes (N,) of the grid that is drawn each time; the same on every device.

    Classes, where there are any, run through the columns of a near-square grid.
    """
    count = config.training.samples
    z = torch.from_numpy(standard_normal(config.seed, "samples", count, game.latent_size)).to(device)
    y = (torch.arange(count) % game.num_classes).to(device) if game.num_classes else None
    return z, y


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """Images (N, C, H, W) in [-1, 1] as uint8 (N, H, W, C); values beyond are clipped."""
    scaled = images.detach().to(torch.float32).add(1).mul_(127.5).round_().clamp_(0, 255)
    pixels: NDArray[np.uint8] = scaled.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return pixels
