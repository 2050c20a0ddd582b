"""Gradient penalties of D. Gradients are per sample, summed over pixels, and keep their graph."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def squared_gradient_norm(logits: Tensor, x: Tensor) -> Tensor:
    """||grad_x D(x)||^2 per sample: (N,) from logits (N,) of inputs `x` (N, ...), which must require gradients."""
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient.to(torch.float32).square().flatten(1).sum(1)


def zero_centred(logits: Tensor, x: Tensor) -> Tensor:
    """1/2 E ||grad D||^2: R1 on real, R2 on generated images (Mescheder et al. 2018, equation 9)."""
    return 0.5 * squared_gradient_norm(logits, x).mean()


def one_centred(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """E (||grad D(x^)||_2 - 1)^2 at x^ = x + e (G - x), one e in [0, 1] a sample (Gulrajani et al. 2017, equation 3).

    `share` is e, of shape (N,).
    """
    e = share.view(-1, *[1] * (real.dim() - 1))
    mixed = (real.detach() + e * (fake.detach() - real.detach())).requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    norm = gradient.to(torch.float32).flatten(1).norm(2, dim=1)
    penalty: Tensor = (norm - 1.0).square().mean()
    return penalty
