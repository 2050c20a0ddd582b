"""Gradient penalties of D. Gradients are per sample, summed over pixels, and keep their graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def input_gradients(logits: Tensor, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """grad_x D(x) per sample, for each of `inputs` (N, ...), from the logits (M,) that depend on them."""
    return torch.autograd.grad(logits.sum(), inputs, create_graph=True)


def zero_centred(gradient: Tensor) -> Tensor:
    """1/2 E ||grad D||^2 from gradients (N, ...): R1 on real, R2 on generated images (Mescheder et al. 2018, eq. 9)."""
    return 0.5 * _at_least_float32(gradient).square().flatten(1).sum(1).mean()


def one_centred(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """E (||grad D(x^)||_2 - 1)^2 at x^ = x + e (G - x), one e in [0, 1] a sample (Gulrajani et al. 2017, equation 3).

    `share` is e, of shape (N,).
    """
    e = share.view(-1, *[1] * (real.dim() - 1))
    mixed = (real.detach() + e * (fake.detach() - real.detach())).requires_grad_(True)
    (gradient,) = input_gradients(critic(mixed), (mixed,))
    norm = _at_least_float32(gradient).flatten(1).norm(2, dim=1)
    penalty: Tensor = (norm - 1.0).square().mean()
    return penalty


def _at_least_float32(gradient: Tensor) -> Tensor:
    return gradient.to(torch.promote_types(gradient.dtype, torch.float32))
