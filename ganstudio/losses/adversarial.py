"""Adversarial losses. All take float32 logits (N,) of D and return a scalar; sp is softplus.

Each loss is one object with both sides of the game, so that a variant, or a person in the form, picks one by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import torch.nn.functional as F
from torch import Tensor


class AdversarialLoss(Protocol):
    """Both sides of a game. `paired` losses compare real and generated logits index by index, also for G."""

    @property
    def paired(self) -> bool: ...

    def discriminator(self, real: Tensor, fake: Tensor, *, real_label: float = 1.0) -> Tensor:
        """D's loss. `real_label` below 1 smooths the real targets (cross-entropy losses only)."""

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """G's loss; `real` is given to paired losses only."""


@dataclass(frozen=True)
class CrossEntropy:
    """The original game (Goodfellow et al. 2014): D: E sp(-D(x)) + E sp(D(G(z))).

    G: E sp(-D(G(z))) non-saturating, or -E sp(D(G(z))) saturating, which is minimax (section 3). One-sided label
    smoothing (Salimans et al. 2016, section 3.4): with target a, a sp(-D(x)) + (1 - a) sp(D(x)) on reals.
    """

    saturating: bool = False
    paired: bool = False

    def discriminator(self, real: Tensor, fake: Tensor, *, real_label: float = 1.0) -> Tensor:
        on_real = F.softplus(-real).mean()
        if real_label != 1.0:
            on_real = real_label * on_real + (1.0 - real_label) * F.softplus(real).mean()
        return on_real + F.softplus(fake).mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return -F.softplus(fake).mean() if self.saturating else F.softplus(-fake).mean()


@dataclass(frozen=True)
class Wasserstein:
    """The critic's game (Arjovsky et al. 2017, equation 2): D: E D(G(z)) - E D(x); G: -E D(G(z))."""

    paired: bool = False

    def discriminator(self, real: Tensor, fake: Tensor, *, real_label: float = 1.0) -> Tensor:
        return fake.mean() - real.mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return -fake.mean()


@dataclass(frozen=True)
class Relativistic:
    """Relativistic pairing (Jolicoeur-Martineau 2018; Huang et al. 2024, equation 2).

    With d = D(x) - D(G(z)), pair by pair: D: E sp(-d); G: E sp(d).
    """

    paired: bool = True

    def discriminator(self, real: Tensor, fake: Tensor, *, real_label: float = 1.0) -> Tensor:
        return F.softplus(fake - real).mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        assert real is not None
        return F.softplus(real - fake).mean()


LOSSES: Mapping[str, AdversarialLoss] = MappingProxyType(
    {
        "non-saturating": CrossEntropy(),
        "saturating": CrossEntropy(saturating=True),
        "wasserstein": Wasserstein(),
        "relativistic": Relativistic(),
    }
)
