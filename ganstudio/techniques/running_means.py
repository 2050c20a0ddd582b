"""Running means of D's scores. Imports torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RunningMeans(nn.Module):
    """Means of D's logits on real and generated samples, as buffers. Until they have `begun` they are the last
    batch's own, as in Tseng et al.'s code."""

    real: Tensor
    fake: Tensor
    begun: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("real", "fake", "begun"):
            self.register_buffer(name, torch.zeros(()))

    @torch.no_grad()
    def follow(self, real: Tensor, fake: Tensor, decay: float, begins: bool) -> None:
        """mean <- decay x mean + (1 - decay) x mean of logits (N,); `begins`: from now on."""
        share = 1.0 - decay * self.begun
        self.real.lerp_(real.mean(), share)
        self.fake.lerp_(fake.mean(), share)
        self.begun.fill_(float(begins))

    def rest(self) -> None:
        """Forget the past."""
        self.begun.zero_()
