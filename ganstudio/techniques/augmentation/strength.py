"""How strongly ADA augments (Karras et al. 2020, section 3.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_EVERY = 4


class Strength(nn.Module):
    """The probability p of each change, raised while D overfits: every four batches p moves by their images / `speed`,
    up where r = E sign D(x) is above `target`, else down; within [0, 1]."""

    probability: Tensor
    signs: Tensor
    images: Tensor
    batches: Tensor

    def __init__(self, target: float, speed: int) -> None:
        super().__init__()
        self.target, self.speed = target, speed
        for name in ("probability", "signs", "images", "batches"):
            self.register_buffer(name, torch.zeros(()))

    @torch.no_grad()
    def observe(self, logits: Tensor) -> None:
        """Logits (N,) of one batch of real images, 0 where D is undecided."""
        self.signs += logits.sign().sum()
        self.images += len(logits)
        self.batches += 1
        due = self.batches >= _EVERY
        move = torch.sign(self.signs / self.images - self.target) * self.images / self.speed
        self.probability.copy_(torch.where(due, (self.probability + move).clamp(0.0, 1.0), self.probability))
        for counted in (self.signs, self.images, self.batches):
            counted.mul_((~due).to(counted.dtype))

    def shown(self) -> dict[str, Tensor]:
        """What plots show of it."""
        return {"probability": self.probability}
