"""Terms that hold networks back: pure functions of weights, features and logits."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor


def off_diagonal(matrices: Iterable[Tensor]) -> Tensor:
    """sum_W ||W W^T * (1 - I)||_F^2 over matrices W (filters, inputs) (Brock et al. 2019, equation 3).

    Where there are more filters than inputs the same number is taken from the smaller product: ||W W^T||_F is
    ||W^T W||_F, and the diagonal holds the filters' squared lengths.
    """
    return torch.stack([_off_diagonal(matrix) for matrix in matrices]).sum()


def _off_diagonal(matrix: Tensor) -> Tensor:
    filters, inputs = matrix.shape
    if filters > inputs:
        return (matrix.T @ matrix).square().sum() - matrix.square().sum(dim=1).square().sum()
    products = matrix @ matrix.T
    return (products - torch.diag(products.diagonal())).square().sum()


def lecam(real: Tensor, fake: Tensor, real_mean: Tensor, fake_mean: Tensor) -> Tensor:
    """E relu(D(x) - m_fake)^2 + E relu(m_real - D(G(z)))^2 of logits (N,) and running means (Tseng et al. 2021,
    equation 6, one-sided as in the authors' code)."""
    return F.relu(real - fake_mean).square().mean() + F.relu(real_mean - fake).square().mean()


def feature_distance(real: Tensor, fake: Tensor) -> Tensor:
    """||E f(x) - E f(G(z))||_2^2 of features (N, F) (Salimans et al. 2016, section 3.1); real ones are the target."""
    return (real.detach().mean(dim=0) - fake.mean(dim=0)).square().sum()
