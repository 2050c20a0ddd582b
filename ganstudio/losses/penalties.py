"""Gradient penalties of D. Gradients are per sample, summed over pixels, and keep their graph."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def input_gradients(logits: Tensor, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """grad_x D(x) per sample, for each of `inputs` (N, ...), from the logits (M,) that depend on them."""
    return torch.autograd.grad(logits.sum(), inputs, create_graph=True)


def zero_centred(gradient: Tensor) -> Tensor:
    """1/2 E ||grad D||^2 from gradients (N, ...): R1 on real, R2 on generated images (Mescheder et al. 2018, eq. 9);
    between them, zero-centred (Thanh-Tung et al. 2019, equation 4, but for the half)."""
    return 0.5 * _at_least_float32(gradient).square().flatten(1).sum(1).mean()


def between(real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """x^ = x + e (G - x) with one e in [0, 1] a sample, `share` (N,); a leaf to differentiate by."""
    e = share.view(-1, *[1] * (real.dim() - 1))
    return (real.detach() + e * (fake.detach() - real.detach())).requires_grad_(True)


def one_centred(gradient: Tensor, *, one_sided: bool = False) -> Tensor:
    """E (||grad D||_2 - 1)^2 from gradients (N, ...) (Gulrajani et al. 2017, equation 3).

    `one_sided` punishes only slopes above one: E relu(||grad D||_2 - 1)^2 (section 4, "two-sided penalty").
    """
    norm = _at_least_float32(gradient).flatten(1).norm(2, dim=1)
    beyond = torch.relu(norm - 1.0) if one_sided else norm - 1.0
    penalty: Tensor = beyond.square().mean()
    return penalty


def _at_least_float32(gradient: Tensor) -> Tensor:
    return gradient.to(torch.promote_types(gradient.dtype, torch.float32))
