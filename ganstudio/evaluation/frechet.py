"""The Frechet distance between Gaussians fitted to two sets of features (Heusel et al. 2017, equation 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Gaussian:
    """The `mean` (F,) and the unbiased `covariance` (F, F) of `n` vectors, float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n: int


class Moments:
    """Mean and covariance of a stream of vectors, of any length in constant memory.

    Sums are of deviations from the first batch's mean, so that little is lost where means are large beside deviations.
    """

    def __init__(self) -> None:
        self.n = 0
        self._origin: torch.Tensor | None = None

    def add(self, features: Floats) -> None:
        """Take in features (N, F), of which N may be 0."""
        if not len(features):
            return
        batch = torch.from_numpy(np.asarray(features, np.float64))
        if self._origin is None:
            self._origin = batch.mean(dim=0)
            self._sum = torch.zeros_like(self._origin)
            self._products = torch.zeros(len(self._origin), len(self._origin), dtype=torch.float64)
        batch = batch - self._origin
        self._sum += batch.sum(dim=0)
        self._products.addmm_(batch.T, batch)
        self.n += len(batch)

    def gaussian(self) -> Gaussian:
        """What they come to. ValueError of fewer than 2 vectors."""
        if self.n < 2 or self._origin is None:
            raise ValueError("a covariance needs at least 2 vectors")
        mean = self._sum / self.n
        covariance = (self._products - self.n * torch.outer(mean, mean)) / (self.n - 1)
        return Gaussian((self._origin + mean).numpy(), covariance.numpy(), self.n)


def gaussian_of(features: Floats) -> Gaussian:
    """The mean and covariance of features (N, F)."""
    moments = Moments()
    moments.add(features)
    return moments.gaussian()


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """|mean_a - mean_b|^2 + tr(A + B - 2 (A B)^(1/2)).

    The trace of the root is that of (A^(1/2) B A^(1/2))^(1/2), which is symmetric: its eigenvalues are real, also where
    there are fewer samples than dimensions.
    """
    A, B = torch.from_numpy(a.covariance), torch.from_numpy(b.covariance)
    values, vectors = torch.linalg.eigh(A)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    trace_of_root = torch.linalg.eigvalsh(root @ B @ root).clamp(min=0).sqrt().sum()
    apart = float(np.square(a.mean - b.mean).sum())
    return apart + float(torch.trace(A) + torch.trace(B) - 2 * trace_of_root)
