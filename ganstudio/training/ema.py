"""Moving average of networks (Karras et al. 2018, section 5; half-life and ramp after the authors' code)."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class Ema:
    """Averages of networks, in evaluation mode; floating parameters are averaged, buffers copied."""

    def __init__(self, networks: dict[str, nn.Module]) -> None:
        self.networks: dict[str, nn.Module] = {
            name: copy.deepcopy(network).eval().requires_grad_(False) for name, network in networks.items()
        }
        pairs = [(self.networks[name], network) for name, network in networks.items()]
        self._averaged: list[Tensor] = [p for average, _ in pairs for p in average.parameters()]
        self._sources = [p for _, network in pairs for p in network.parameters()]
        self._buffers: list[tuple[Tensor, Tensor]] = [
            (mine, theirs)
            for average, network in pairs
            for mine, theirs in zip(average.buffers(), network.buffers(), strict=True)
        ]

    @torch.no_grad()
    def update(self, decay: float) -> None:
        """average <- decay x average + (1 - decay) x network."""
        sources: list[Tensor] = [p.detach() for p in self._sources]
        if decay <= 0.0:
            torch._foreach_copy_(self._averaged, sources)
        else:
            torch._foreach_lerp_(self._averaged, sources, 1.0 - decay)
        for mine, theirs in self._buffers:
            mine.copy_(theirs)


def ema_decay(batch_images: int, images_seen: int, half_life: float, ramp: float) -> float:
    """Decay of one update: .5 ** (images in it / half-life), the half-life at most `ramp` of the images seen."""
    effective = min(half_life, ramp * images_seen)
    return 0.5 ** (batch_images / effective) if effective > 0 else 0.0
