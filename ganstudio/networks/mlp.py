"""Multilayer perceptrons (Goodfellow et al. 2014; widths as in the field's tutorials)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn


class MlpGenerator(nn.Module):
    """Latents (N, L) -> w -> 2w -> 4w -> images (N, C, H, W) in [-1, 1]; LeakyReLU .2 between, tanh last."""

    def __init__(self, latent_size: int, resolution: int, channels: int, width: int) -> None:
        super().__init__()
        self._image = (channels, resolution, resolution)
        sizes = [latent_size, width, 2 * width, 4 * width]
        hidden = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.LeakyReLU(0.2))]
        self.layers = nn.Sequential(*hidden, nn.Linear(sizes[-1], channels * resolution**2), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.layers(z)
        return x.view(len(z), *self._image)


class MlpDiscriminator(nn.Module):
    """Images (N, C, H, W) -> w -> w/2 -> logits (N,); LeakyReLU .2 between."""

    per_sample = True

    def __init__(self, resolution: int, channels: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(channels * resolution**2, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width // 2),
            nn.LeakyReLU(0.2),
            nn.Linear(width // 2, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x.flatten(1))
        return logits.squeeze(1)
