"""How far D is ahead of G, and the pace of both that follows. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn

from ganstudio.techniques.technique import OF_DISCRIMINATOR, OF_GENERATOR

DECAY: Final = 0.95


class Balance(nn.Module):
    """A running mean of D's accuracy, and shares of both learning rates that hold it near `target`.

    Whoever is ahead is slowed: by nothing at the target, down to `slowest` where D is always right, or guesses; in
    between by a power of `slowest`, as Hazimeh & Ponomareva 2023 (section 3.2) scale by the gap of D's loss. They do so
    to D's rate alone, and raise it too.
    """

    accuracy: Tensor
    discriminator: Tensor
    generator: Tensor

    def __init__(self, target: float, slowest: float) -> None:
        super().__init__()
        self.target, self.slowest = target, slowest
        self.register_buffer("accuracy", torch.full((), target))
        self.register_buffer("discriminator", torch.ones(()))
        self.register_buffer("generator", torch.ones(()))

    @torch.no_grad()
    def observe(self, real: Tensor, fake: Tensor, zero: float | None) -> None:
        """Logits (N,) of one batch: those of reals ought to be above `zero` and the others below; without one, each
        real above its generated partner."""
        if zero is None:
            right = (real > fake).to(torch.float32).mean()
        else:
            right = torch.cat([real > zero, fake < zero]).to(torch.float32).mean()
        self.accuracy.lerp_(right, 1.0 - DECAY)

    @torch.no_grad()
    def settle(self) -> None:
        """Set the pace by the accuracy so far."""
        lead = (self.accuracy - self.target) / (1.0 - self.target)
        lag = (self.target - self.accuracy) / (self.target - 0.5)
        self.discriminator.copy_(self.slowest ** lead.clamp(0.0, 1.0))
        self.generator.copy_(self.slowest ** lag.clamp(0.0, 1.0))

    def pace(self) -> Mapping[str, Tensor]:
        """Shares of the learning rates by the section of the optimiser."""
        return {OF_DISCRIMINATOR: self.discriminator, OF_GENERATOR: self.generator}

    def shown(self) -> Mapping[str, Tensor]:
        """What plots show of it."""
        return {"accuracy": self.accuracy}
