"""Residual networks without normalisation (Huang et al. 2024, section 4)."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.game import stages


class ResidualBlock(nn.Module):
    """x + conv(lrelu(conv(lrelu(x)))); the last convolution starts at zero, so that a block starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, 1, 1)
        self.last = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = self.last(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))
        out: Tensor = x + y
        return out


class ResidualGenerator(nn.Module):
    """Latents (N, L) -> images (N, C, H, W), linear output."""

    def __init__(self, latent_size: int, resolution: int, channels: int, width: int, depth: int) -> None:
        super().__init__()
        found = stages(resolution)
        assert found is not None
        base, doublings = found
        widths = [min(width * 2 ** (doublings - i), 512) for i in range(doublings + 1)]
        self._base = (widths[0], base, base)
        self.project = nn.Linear(latent_size, widths[0] * base * base)
        self.blocks = nn.ModuleList(nn.Sequential(*(ResidualBlock(w) for _ in range(depth))) for w in widths)
        self.resize = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in pairwise(widths))
        self.output = nn.Conv2d(widths[-1], channels, 3, 1, 1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).view(len(z), *self._base).contiguous(memory_format=torch.channels_last)
        for stage, blocks in enumerate(self.blocks):
            if stage:
                x = F.interpolate(self.resize[stage - 1](x), scale_factor=2.0, mode="nearest")
            x = blocks(x)
        out: Tensor = torch.tanh(self.output(F.leaky_relu(x, 0.2)))
        return out


class ResidualDiscriminator(nn.Module):
    """Images (N, C, H, W) -> logits (N,)."""

    def __init__(self, resolution: int, channels: int, width: int, depth: int) -> None:
        super().__init__()
        found = stages(resolution)
        assert found is not None
        base, halvings = found
        widths = [min(width * 2**i, 512) for i in range(halvings + 1)]
        self.input = nn.Conv2d(channels, widths[0], 3, 1, 1)
        self.blocks = nn.ModuleList(nn.Sequential(*(ResidualBlock(w) for _ in range(depth))) for w in widths)
        self.resize = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in pairwise(widths))
        self.score = nn.Linear(widths[-1] * base * base, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.input(x)
        for stage, blocks in enumerate(self.blocks):
            if stage:
                x = F.avg_pool2d(self.resize[stage - 1](x), 2)
            x = blocks(x)
        logits: Tensor = self.score(F.leaky_relu(x, 0.2).flatten(1))
        return logits.squeeze(1)
