"""The number of statistically different bins, NDB (Richardson and Weiss 2018, section 2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.streams import stream_seed

Floats = NDArray[np.floating[Any]]
BINS: Final = 100
_SIGNIFICANCE: Final = 0.05
_MEMBERS: Final = 10
"""Reals that each bin has on average at least: of few reals there are fewer bins."""


@dataclass(frozen=True)
class Bins:
    """K cells around `centres` (K, F), which hold `counts` (K,) of the reals."""

    centres: NDArray[np.float32]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """How samples spread over the bins: `different` bins of K by a two-proportion z-test at .05, whose shares are
    `share` (NDB/K), and the Jensen-Shannon divergence `js` of both spreads, in nats."""

    different: NDArray[np.bool_]
    js: float

    @property
    def share(self) -> float:
        """NDB/K, in [0, 1]; about .05 for samples like the reals."""
        return float(self.different.mean())


def bins_of(real: Floats, bins: int = BINS) -> Bins:
    """The k-means cells of features (N, F) of reals, `bins` of them or fewer where reals are few."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    points = np.asarray(real, np.float32)
    number = max(1, min(bins, len(points) // _MEMBERS))
    seed = stream_seed(0, "bins") % 2**32
    # As many threads as the caller computes with: scikit-learn would take every core.
    with threadpool_limits(limits=torch.get_num_threads(), user_api="openmp"):
        fitted = KMeans(number, n_init=1, max_iter=100, random_state=seed).fit(points)
    centres = np.asarray(fitted.cluster_centers_, np.float32)
    return Bins(centres, count_bins(points, centres))


def count_bins(features: Floats, centres: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many of the features (N, F) are nearest to each centre: (K,)."""
    middle = torch.from_numpy(np.asarray(centres, np.float64))
    points = torch.from_numpy(np.asarray(features, np.float64))
    nearest = (middle.square().sum(dim=1) - 2 * points @ middle.T).argmin(dim=1)
    counts: NDArray[np.int64] = torch.bincount(nearest, minlength=len(centres)).numpy()
    return counts


def compare_bins(real: NDArray[np.int64], fake: NDArray[np.int64]) -> Difference:
    """The difference of two spreads over the same bins, counts (K,) each."""
    total_real, total_fake = real.sum(), fake.sum()
    p, q = real / total_real, fake / total_fake
    pooled = (real + fake) / (total_real + total_fake)
    error = np.sqrt(pooled * (1 - pooled) * (1 / total_real + 1 / total_fake))
    z = np.divide(np.abs(p - q), error, out=np.zeros_like(p), where=error > 0)
    probability = np.array([math.erfc(value / math.sqrt(2)) for value in z])
    middle = (p + q) / 2
    return Difference(probability < _SIGNIFICANCE, (_divergence(p, middle) + _divergence(q, middle)) / 2)


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    some = p > 0
    return float((p[some] * np.log(p[some] / q[some])).sum())
