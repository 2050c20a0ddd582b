"""Where samples lie among reals: both in two dimensions, and in clusters of which some are missed. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.evaluation.slices import Slice, Slices, run
from ganstudio.streams import stream_seed

Floats = NDArray[np.floating[Any]]
Method = Literal["pca", "t-sne", "umap"]
Standing = Literal["missed", "crowded", "usual"]
CLUSTERS: Final = 10
FEWEST: Final = 20
"""Points a side below which there is no map."""
_COMPONENTS: Final = 50
"""Principal components that t-SNE and UMAP start from (van der Maaten and Hinton 2008, section 4.2: 30)."""
_PERPLEXITY: Final = 30.0
_NEIGHBOURS: Final = 15
"""Of UMAP (McInnes et al. 2018, section 4.3): its usual number."""


@dataclass(frozen=True)
class Cluster:
    """A cell of k-means: the shares of all reals and of all samples that lie in it, and whether these differ by NDB's
    test, and so which way. `centre` (2,) is the middle of its reals on the map."""

    real: float
    fake: float
    standing: Standing
    centre: tuple[float, float]


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """Reals (N, 2) and samples (M, 2) on the map, the cluster of each, (N,) and (M,), and the clusters.

    `explained` is the share of the reals' variance along either axis; None where the axes mean nothing.
    """

    real: NDArray[np.float32]
    fake: NDArray[np.float32]
    real_cluster: NDArray[np.int64]
    fake_cluster: NDArray[np.int64]
    clusters: tuple[Cluster, ...]
    method: Method
    explained: tuple[float, float] | None


def methods() -> tuple[Method, ...]:
    """The ways of laying out a map that there are here: UMAP where the package umap-learn is installed."""
    return ("pca", "t-sne", "umap") if find_spec("umap") is not None else ("pca", "t-sne")


def feature_map(real: Floats, fake: Floats, method: Method = "pca", clusters: int = CLUSTERS) -> FeatureMap:
    """The map of features (N, F) of reals and (M, F) of samples. ValueError with fewer than `FEWEST` on a side."""
    return run(feature_map_in_slices(real, fake, method, clusters))


def feature_map_in_slices(
    real: Floats, fake: Floats, method: Method = "pca", clusters: int = CLUSTERS
) -> Slices[FeatureMap]:
    """The same in slices. Clusters and principal axes are those of the reals alone, so that both stay where they are
    while a generator changes; t-SNE and UMAP have no such axes and lay out both together."""
    if min(len(real), len(fake)) < FEWEST:
        raise ValueError(f"a feature map needs at least {FEWEST} points a side")
    real, fake = np.asarray(real, np.float32), np.asarray(fake, np.float32)
    yield Slice("clusters", 0, 1)
    of_real, of_fake, count = _cells(real, fake, clusters)
    yield Slice("map", 0, 1)
    at_real, at_fake, explained = _principal(real, fake) if method == "pca" else _neighbourly(real, fake, method)
    return FeatureMap(
        real=at_real,
        fake=at_fake,
        real_cluster=of_real,
        fake_cluster=of_fake,
        clusters=_compare(of_real, of_fake, count, at_real),
        method=method,
        explained=explained,
    )


def _cells(real: Floats, fake: Floats, clusters: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    from sklearn.metrics import pairwise_distances_argmin

    from ganstudio.evaluation.bins import bins_of

    centres = bins_of(real, clusters).centres
    nearest = [np.asarray(pairwise_distances_argmin(side, centres), np.int64) for side in (real, fake)]
    return nearest[0], nearest[1], len(centres)


def _compare(
    of_real: NDArray[np.int64], of_fake: NDArray[np.int64], count: int, at: NDArray[np.float32]
) -> tuple[Cluster, ...]:
    from ganstudio.evaluation.bins import compare_bins

    real, fake = (np.bincount(side, minlength=count).astype(np.int64) for side in (of_real, of_fake))
    different = compare_bins(real, fake).different
    found = []
    for index in range(count):
        p, q = real[index] / len(of_real), fake[index] / len(of_fake)
        standing: Standing = "usual" if not different[index] else "missed" if q < p else "crowded"
        members = at[of_real == index]
        x, y = members.mean(axis=0) if len(members) else at.mean(axis=0)
        found.append(Cluster(float(p), float(q), standing, (float(x), float(y))))
    return tuple(found)


def _principal(
    real: Floats, fake: Floats
) -> tuple[NDArray[np.float32], NDArray[np.float32], tuple[float, float] | None]:
    from sklearn.decomposition import PCA

    axes = PCA(2, svd_solver="covariance_eigh" if real.shape[1] <= len(real) else "full")
    at_real = axes.fit_transform(real.astype(np.float64))
    first, second = np.nan_to_num(axes.explained_variance_ratio_)
    at_fake = axes.transform(fake.astype(np.float64))
    return at_real.astype(np.float32), at_fake.astype(np.float32), (float(first), float(second))


def _neighbourly(real: Floats, fake: Floats, method: Method) -> tuple[NDArray[np.float32], NDArray[np.float32], None]:
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    every = np.concatenate([real, fake])
    seed = stream_seed(0, method) % 2**32
    small = PCA(min(_COMPONENTS, *every.shape), random_state=seed).fit_transform(every)
    with threadpool_limits(limits=1, user_api="openmp"):
        laid = _layout(method, len(every), seed).fit_transform(small).astype(np.float32)
    return laid[: len(real)], laid[len(real) :], None


def _layout(method: Method, count: int, seed: int) -> Any:
    """What lays `count` points out, near ones near each other."""
    if method == "umap":
        import umap

        return umap.UMAP(n_components=2, n_neighbors=min(_NEIGHBOURS, count - 1), random_state=seed, n_jobs=1)
    from sklearn.manifold import TSNE

    return TSNE(2, perplexity=min(_PERPLEXITY, (count - 1) / 3), init="pca", random_state=seed)
