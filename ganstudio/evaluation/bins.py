"""The number of statistically different bins, NDB (Richardson and Weiss 2018, section 2)."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.evaluation.slices import Slice, Slices, run
from ganstudio.streams import stream_seed

Floats = NDArray[np.floating[Any]]
BINS: Final = 100
_ROUNDS, _ROUNDS_A_SLICE = 20, 5
"""Of k-means: the cells need to part the reals, not to be the best ones."""
_SEEDS_FROM: Final = 20
"""Reals for each bin among which the first centres are chosen: with all, that would take longer than the rounds."""
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
    return run(bins_in_slices(real, bins))


def bins_in_slices(real: Floats, bins: int = BINS) -> Slices[Bins]:
    """The same, some rounds of k-means a slice, until none moves or for `_ROUNDS`."""
    from sklearn.cluster import KMeans, kmeans_plusplus
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    points = np.asarray(real, np.float32)
    number = max(1, min(bins, len(points) // _MEMBERS))
    seed = stream_seed(0, "bins") % 2**32
    some = np.random.default_rng(seed).permutation(len(points))[: _SEEDS_FROM * number]
    centres, _ = kmeans_plusplus(points[some], number, random_state=seed)
    yield Slice("bins of reals", 0, _ROUNDS)
    for done in range(_ROUNDS_A_SLICE, _ROUNDS + 1, _ROUNDS_A_SLICE):
        means = KMeans(number, init=centres, n_init=1, max_iter=_ROUNDS_A_SLICE, tol=0, random_state=seed)
        # Scikit-learn would take every core, and wait for it in a loop where another program has it.
        with threadpool_limits(limits=1, user_api="openmp"), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different points than bins
            centres = means.fit(points).cluster_centers_
        yield Slice("bins of reals", done, _ROUNDS)
        if means.n_iter_ < _ROUNDS_A_SLICE:
            break
    return Bins(np.asarray(centres, np.float32), count_bins(points, centres))


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
