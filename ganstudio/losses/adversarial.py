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

from ganstudio.config import ObjectiveConfig


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


@dataclass(frozen=True)
class LeastSquares:
    """The least-squares game (Mao et al. 2017, equation 2): D: 1/2 E (D(x) - b)^2 + 1/2 E (D(G(z)) - a)^2;
    G: 1/2 E (D(G(z)) - c)^2. (a, b, c) = (0, 1, 1) or (-1, 1, 0) (equations 8 and 9)."""

    a: float = 0.0
    b: float = 1.0
    c: float = 1.0
    paired: bool = False

    def discriminator(self, real: Tensor, fake: Tensor, *, real_label: float = 1.0) -> Tensor:
        return 0.5 * (real - self.b).square().mean() + 0.5 * (fake - self.a).square().mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return 0.5 * (fake - self.c).square().mean()


@dataclass(frozen=True)
class Hinge:
    """The hinge game (Lim & Ye 2017; Miyato et al. 2018, equations 16 and 17).

    D: E relu(1 - D(x)) + E relu(1 + D(G(z))); G: -E D(G(z)).
    """

    paired: bool = False

    def discriminator(self, real: Tensor, fake: Tensor, *, real_label: float = 1.0) -> Tensor:
        return F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return -fake.mean()


LOSSES: Mapping[str, AdversarialLoss] = MappingProxyType(
    {
        "non-saturating": CrossEntropy(),
        "saturating": CrossEntropy(saturating=True),
        "least-squares": LeastSquares(),
        "wasserstein": Wasserstein(),
        "hinge": Hinge(),
        "relativistic": Relativistic(),
    }
)
CROSS_ENTROPY = frozenset({"non-saturating", "saturating"})


def adversarial_loss(objective: ObjectiveConfig) -> AdversarialLoss:
    """The loss that `objective` names, with its targets."""
    if objective.loss == "least-squares":
        a, b, c = (float(value) for value in objective.targets.split(","))
        return LeastSquares(a, b, c)
    return LOSSES[objective.loss]
