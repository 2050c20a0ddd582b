"""The map of reals and samples: its axes and clusters against NumPy, and missing modes that stand out."""

from __future__ import annotations

import math
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.evaluation.feature_map import FEWEST, FeatureMap, Method, feature_map, methods

MODES, SIZE = 5, 12


def blobs(shares: list[float], count: int, seed: int) -> np.ndarray:
    """Points around `MODES` far corners of a space of `SIZE` dimensions, by shares."""
    random = np.random.default_rng(seed)
    which = np.repeat(np.arange(MODES), (np.array(shares) * count).astype(int))
    corners = 10 * np.eye(MODES, SIZE)
    return (corners[which] + random.normal(0, 0.5, (len(which), SIZE))).astype(np.float32)


EVEN, LOST = [0.2] * MODES, [0.4, 0.2, 0.2, 0.2, 0.0]


@pytest.fixture(scope="module")
def lost() -> FeatureMap:
    return feature_map(blobs(EVEN, 500, 0), blobs(LOST, 400, 1), clusters=MODES)


def test_that_the_axes_are_the_principal_ones_of_the_reals_alone(lost: FeatureMap) -> None:
    real, fake = blobs(EVEN, 500, 0).astype(np.float64), blobs(LOST, 400, 1).astype(np.float64)
    mean = real.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(real.T))
    for axis in range(2):
        expected = vectors[:, -1 - axis]
        along = (real - mean) @ expected
        sign = np.sign(along @ lost.real[:, axis])
        np.testing.assert_allclose(lost.real[:, axis], sign * along, atol=1e-3)
        np.testing.assert_allclose(lost.fake[:, axis], sign * ((fake - mean) @ expected), atol=1e-3)
        assert lost.explained is not None
        assert lost.explained[axis] == pytest.approx(values[-1 - axis] / values.sum(), rel=1e-5)


def test_that_the_map_stays_where_it_is_while_the_generator_changes(lost: FeatureMap) -> None:
    other = feature_map(blobs(EVEN, 500, 0), blobs(EVEN, 300, 2), clusters=MODES)
    np.testing.assert_array_equal(other.real, lost.real)
    np.testing.assert_array_equal(other.real_cluster, lost.real_cluster)


def test_that_a_mode_without_samples_and_one_with_twice_as_many_stand_out(lost: FeatureMap) -> None:
    first_mode, last_mode = int(lost.real_cluster[0]), int(lost.real_cluster[-1])
    standings = {index: cluster.standing for index, cluster in enumerate(lost.clusters)}
    assert standings.pop(last_mode) == "missed" and standings.pop(first_mode) == "crowded"
    assert set(standings.values()) == {"usual"}
    assert lost.clusters[last_mode].fake == 0.0 and lost.clusters[last_mode].real == pytest.approx(0.2)


def test_that_shares_add_up_and_the_test_is_that_of_ndb(lost: FeatureMap) -> None:
    for side in ("real", "fake"):
        assert sum(getattr(cluster, side) for cluster in lost.clusters) == pytest.approx(1.0)
    for cluster in lost.clusters:
        pooled = (500 * cluster.real + 400 * cluster.fake) / 900
        z = abs(cluster.real - cluster.fake) / math.sqrt(pooled * (1 - pooled) * (1 / 500 + 1 / 400))
        assert (cluster.standing != "usual") == (z > 1.959964)


def test_that_samples_like_the_reals_stand_out_nowhere() -> None:
    found = feature_map(blobs(EVEN, 500, 0), blobs(EVEN, 500, 3), clusters=MODES)
    assert {cluster.standing for cluster in found.clusters} == {"usual"}


@pytest.mark.parametrize("method", [each for each in methods() if each != "pca"])
def test_that_what_keeps_neighbours_keeps_modes_apart(method: Method) -> None:
    found = feature_map(blobs(EVEN, 100, 0), blobs(EVEN, 100, 1), method=method, clusters=MODES)
    assert found.explained is None and found.fake.shape == (100, 2)
    mode = np.repeat(np.arange(MODES), 20)
    middles = np.stack([found.real[mode == each].mean(axis=0) for each in range(MODES)])
    for points in (found.real, found.fake):
        nearest = np.linalg.norm(points[:, None] - middles, axis=2).argmin(axis=1)
        assert (nearest == mode).mean() > 0.95


@pytest.mark.parametrize("method", methods())
def test_that_samples_that_are_all_the_same_are_mapped_too(method: Method) -> None:
    found = feature_map(blobs(EVEN, 100, 0), np.zeros((FEWEST, SIZE)), method=method)
    assert np.isfinite(found.real).all() and np.isfinite(found.fake).all()
    assert max(cluster.fake for cluster in found.clusters) == 1.0


def test_that_umap_is_offered_where_it_is_installed_and_lays_out_both_sides_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Umap:
        """Lays points out by their first two components."""

        def __init__(self, **options: Any) -> None:
            assert options["n_components"] == 2 and options["n_neighbors"] == 15
            assert isinstance(options["random_state"], int), "the same map each time"

        def fit_transform(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
            assert points.shape == (150, SIZE)
            return points[:, :2]

    module = ModuleType("umap")
    module.UMAP = Umap  # type: ignore[attr-defined]
    module.__spec__ = ModuleSpec("umap", None)
    monkeypatch.setitem(sys.modules, "umap", module)
    assert methods() == ("pca", "t-sne", "umap")
    found = feature_map(blobs(EVEN, 100, 0), blobs(EVEN, 50, 1), method="umap")
    assert found.real.shape == (100, 2) and found.fake.shape == (50, 2)
    assert found.method == "umap" and found.explained is None


def test_that_umap_is_not_offered_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.evaluation.feature_map.find_spec", lambda name: None)
    assert methods() == ("pca", "t-sne")


def test_that_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        feature_map(blobs(EVEN, 100, 0), np.zeros((FEWEST - 1, SIZE)))
