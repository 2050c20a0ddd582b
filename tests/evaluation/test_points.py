"""Measures of points against clouds made by hand and sums over all pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.data.points import Modes
from ganstudio.data.sources import find_source, modes_of
from ganstudio.evaluation.points import (
    Discrepancy,
    PointMeter,
    count_modes,
    enough,
    held_out_points,
    measure_points,
)
from ganstudio.training.events import Landscape, Samples
from ganstudio.variants.recipes import compose

TWO = Modes(np.array([[0.0, 0.0], [1.0, 0.0]], np.float32), 0.1)


def at(x: float, y: float, count: int) -> np.ndarray:
    return np.full((count, 2), (x, y), np.float32)


@pytest.mark.parametrize(("on_second", "covered"), [(19, 1), (20, 2)])
def test_that_a_mode_is_covered_from_20_of_2500_points_on(on_second: int, covered: int) -> None:
    points = np.concatenate([at(0.0, 0.0, 1000), at(1.0, 0.0, on_second), at(5.0, 5.0, 1500 - on_second)])
    found = count_modes(points, TWO)
    assert found.counts.tolist() == [1000, on_second]
    assert found.num_covered == covered
    assert found.share == pytest.approx((1000 + on_second) / 2500)


def test_that_fewer_points_need_fewer_on_a_mode() -> None:
    assert enough(2500) == 20
    assert enough(250) == 2
    points = np.concatenate([at(0.0, 0.0, 248), at(1.0, 0.0, 2)])
    assert count_modes(points, TWO).num_covered == 2
    assert count_modes(points[:-1], TWO).num_covered == 1


def test_that_a_point_is_on_a_mode_within_three_deviations() -> None:
    points = np.array([[0.299, 0.0], [0.301, 0.0], [0.0, -0.299], [0.22, 0.22], [0.71, 0.0]], np.float32)
    assert count_modes(points, TWO).counts.tolist() == [2, 1], "hypot(.22, .22) = .311 lies beyond"


def test_that_points_that_are_not_finite_are_on_no_mode_and_count_in_the_total() -> None:
    points = np.concatenate(
        [at(0.0, 0.0, 1), np.array([[math.nan, 0.0], [math.inf, 0.0], [0.0, -math.inf]], np.float32)]
    )
    found = count_modes(points, TWO)
    assert found.counts.tolist() == [1, 0]
    assert found.share == pytest.approx(0.25)


def test_that_no_points_cover_nothing() -> None:
    found = count_modes(np.zeros((0, 2), np.float32), TWO)
    assert (found.num_covered, found.share) == (0, 0.0)


def test_that_real_points_cover_all_modes_and_almost_all_lie_on_one() -> None:
    """A round Gaussian has 1 - exp(-9/2) of its mass within three deviations."""
    points, _ = find_source("25-gaussians").points  # type: ignore[attr-defined]
    modes = modes_of("25-gaussians")
    assert modes is not None
    found = count_modes(points[:20_000], modes)
    assert found.num_covered == 25
    assert found.share == pytest.approx(1 - math.exp(-4.5), abs=0.003)


def test_that_the_discrepancy_is_the_sum_over_all_pairs() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(7, 2)), random.normal(size=(9, 2)) + 0.4
    width = 0.7

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return math.exp(-float(((x - y) ** 2).sum()) / (2 * width**2))

    within_a = sum(kernel(a[i], a[j]) for i in range(7) for j in range(7) if i != j) / (7 * 6)
    within_b = sum(kernel(b[i], b[j]) for i in range(9) for j in range(9) if i != j) / (9 * 8)
    across = sum(kernel(x, y) for x in a for y in b) / (7 * 9)
    found = Discrepancy(b.astype(np.float32), bandwidth=width).of(a.astype(np.float32))
    assert found == pytest.approx(within_a + within_b - 2 * across, abs=1e-6)


def test_that_the_discrepancy_of_two_points_from_two_is_known() -> None:
    """Both sides are {0, d}: 2 e - 2 (2 + 2 e) / 4 with e = exp(-d^2 / 2w^2), which is e - 1: below 0, as unbiased."""
    pair = np.array([[0.0, 0.0], [0.5, 0.0]], np.float32)
    e = math.exp(-0.5)
    assert Discrepancy(pair, bandwidth=0.5).of(pair) == pytest.approx(e - 1, abs=1e-6)


def test_that_the_discrepancy_of_like_clouds_lies_around_zero_and_of_others_far_above() -> None:
    random = np.random.default_rng(1)
    real = random.normal(size=(500, 2)).astype(np.float32)
    measure = Discrepancy(real)
    alike = [measure.of(random.normal(size=(500, 2)).astype(np.float32)) for _ in range(40)]
    spread = float(np.std(alike))
    assert abs(float(np.mean(alike))) < 4 * spread / math.sqrt(40) + 0.001
    assert measure.of(random.normal(size=(500, 2)).astype(np.float32) + 1) > 20 * spread


def test_that_the_discrepancy_takes_as_many_points_as_it_was_told() -> None:
    random = np.random.default_rng(2)
    real, points = random.normal(size=(50, 2)), random.normal(size=(60, 2))
    assert Discrepancy(real, most=20).of(points) == Discrepancy(real[:20]).of(points[:20])


@pytest.mark.parametrize("points", [np.zeros((1, 2)), np.array([[0.0, math.nan], [1.0, 1.0]])])
def test_that_a_discrepancy_that_cannot_be_told_is_not_a_number(points: np.ndarray) -> None:
    assert math.isnan(Discrepancy(np.zeros((3, 2), np.float32)).of(points))


def test_that_data_without_modes_have_a_discrepancy_only() -> None:
    points = np.random.default_rng(3).normal(size=(50, 2)).astype(np.float32)
    assert set(measure_points(points, Discrepancy(points), None)) == {"mmd2"}
    assert set(measure_points(points, Discrepancy(points), TWO)) == {"mmd2", "covered_modes", "on_mode"}


def test_that_a_run_on_points_is_measured_by_points_it_never_saw(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    config = compose({"variant.name": "vanilla", "dataset.name": "8-gaussians"})
    points, _ = find_source("8-gaussians").points  # type: ignore[attr-defined]
    none = np.zeros((0, 0), np.float32)
    space = Landscape(extent=3.0, surface=none, pull=none[..., None], real=points[:10])
    modes = modes_of("8-gaussians")
    assert modes is not None
    lost = np.repeat(modes.centres[:3], 100, axis=0)
    meter = PointMeter(config)
    measured = meter(Samples(step=7, time=1.5, count=2500, ema=points[:2500], raw=lost, landscape=space))
    assert measured is not None
    assert (measured.step, measured.time) == (7, 1.5)
    assert measured.measures["covered_modes"] == 8
    assert measured.measures["raw/covered_modes"] == 3
    assert measured.measures["raw/on_mode"] == 1.0
    assert abs(measured.measures["mmd2"]) < 0.005 < measured.measures["raw/mmd2"]
    held_out = {tuple(point) for point in held_out_points(config).tolist()}
    from ganstudio.data.store import prepare, training_indices

    store = prepare(config.dataset)
    trained = {tuple(point) for point in store.images[training_indices(store, config.dataset)].tolist()}
    assert len(held_out) == 1000
    assert not held_out & trained


def test_that_samples_of_images_have_no_measures_of_points() -> None:
    meter = PointMeter(compose({"variant.name": "vanilla"}))
    assert meter(Samples(step=1, time=0.0, count=1, ema=np.zeros((1, 4, 4, 1), np.uint8))) is None
