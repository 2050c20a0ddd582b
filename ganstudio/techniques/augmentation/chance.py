"""Random numbers of one pass, each used with a probability."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Chance:
    """Draws one number for each of `count` images; `probability` is a number or a scalar tensor in [0, 1]."""

    count: int
    probability: Tensor
    random: torch.Generator | None

    def uniform(self) -> Tensor:
        """U(0, 1), (N,)."""
        return torch.rand(self.count, generator=self.random, device=self.probability.device)

    def normal(self) -> Tensor:
        """N(0, 1), (N,)."""
        return torch.randn(self.count, generator=self.random, device=self.probability.device)

    def gate(self, *values: Tensor, neutral: float, probability: Tensor | None = None) -> list[Tensor]:
        """Each image's `values` (N,) with the probability, else `neutral`; an image changes in all of them or none."""
        share = self.probability if probability is None else probability
        chosen = self.uniform() < share
        return [torch.where(chosen, value, torch.full_like(value, neutral)) for value in values]
