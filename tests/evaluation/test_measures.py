"""The measures against independent implementations, on the same features."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from prdc import compute_prdc
from scipy.spatial.distance import cdist

from ganstudio.errors import UserError
from ganstudio.evaluation.bins import bins_of, compare_bins, count_bins
from ganstudio.evaluation.frechet import Moments, frechet_distance, gaussian_of
from ganstudio.evaluation.inception import InceptionScore, inception_score
from ganstudio.evaluation.kernel import kernel_distance
from ganstudio.evaluation.measures import MEASURES, parse_measures
from ganstudio.evaluation.neighbours import memorised_share, neighbours_of
from ganstudio.evaluation.spread import spread_of

SIZE = 64


def features(count: int, *, seed: int, shift: float = 0.0, spread: float = 1.0) -> np.ndarray:
    """Correlated vectors (count, SIZE) with a mean far from 0, as a network's are."""
    generator = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).normal(size=(SIZE, SIZE)) / math.sqrt(SIZE)
    return (spread * generator.normal(size=(count, SIZE)) @ mixing + 2 + shift).astype(np.float32)


class AsIs(torch.nn.Module):
    """Features that are given as they are: what torchmetrics calls an extractor."""

    num_features = SIZE

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.mark.parametrize(("reals", "fakes"), [(300, 200), (1000, 800), (40, 30)])
def test_that_fid_is_that_of_torchmetrics(reals: int, fakes: int) -> None:
    from torchmetrics.image.fid import FrechetInceptionDistance

    a, b = features(reals, seed=1), features(fakes, seed=2, shift=0.3, spread=1.2)
    other = FrechetInceptionDistance(feature=AsIs(), normalize=True)
    other.set_dtype(torch.float64)
    other.update(torch.from_numpy(a).double(), real=True)
    other.update(torch.from_numpy(b).double(), real=False)
    assert frechet_distance(gaussian_of(a), gaussian_of(b)) == pytest.approx(float(other.compute()), rel=1e-3)


def test_that_fid_of_known_gaussians_is_the_closed_form() -> None:
    a, b = features(500, seed=1), features(500, seed=1)
    assert frechet_distance(gaussian_of(a), gaussian_of(b)) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(gaussian_of(a), gaussian_of(a + 1)) == pytest.approx(SIZE, rel=1e-6)
    centred = a - a.mean(axis=0)
    trace = float(np.trace(np.cov(centred, rowvar=False)))
    assert frechet_distance(gaussian_of(centred), gaussian_of(3 * centred)) == pytest.approx(4 * trace, rel=1e-5)


def test_that_kid_of_one_subset_of_all_samples_is_that_of_torchmetrics() -> None:
    from torchmetrics.image.kid import KernelInceptionDistance

    a, b = features(300, seed=1), features(300, seed=2, shift=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its features are kept in memory
        other = KernelInceptionDistance(feature=AsIs(), subsets=1, subset_size=300, normalize=True)
    other.update(torch.from_numpy(a), real=True)
    other.update(torch.from_numpy(b), real=False)
    value, deviation = kernel_distance(a, b, subsets=1, largest=300)
    assert value == pytest.approx(float(other.compute()[0]), rel=1e-3)
    assert deviation == 0


def test_that_kid_over_subsets_is_unbiased_and_has_the_deviation_of_the_subsets() -> None:
    a, b = features(900, seed=1), features(900, seed=3)
    value, deviation = kernel_distance(a, b, subsets=100, largest=100)
    assert deviation > 0
    assert abs(value) < deviation, "of one distribution: around 0, also below it"
    whole, _ = kernel_distance(a, b + 0.3, subsets=1, largest=900)
    parts, deviation = kernel_distance(a, b + 0.3, subsets=100, largest=100)
    assert parts == pytest.approx(whole, abs=deviation)


@pytest.mark.parametrize(("reals", "fakes", "shift"), [(300, 200, 0.0), (257, 520, 0.2), (90, 90, 1.0)])
@pytest.mark.parametrize("k", [3, 5])
def test_that_precision_recall_density_and_coverage_are_those_of_prdc(
    reals: int, fakes: int, shift: float, k: int, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = features(reals, seed=4), features(fakes, seed=5, shift=shift)
    expected = compute_prdc(a.astype(np.float64), b.astype(np.float64), nearest_k=k)
    found = neighbours_of(a, b, k_pr=k, k_dc=k)
    assert {name: getattr(found, name) for name in expected} == expected


def test_that_precision_and_recall_are_not_each_other() -> None:
    wide, narrow = features(300, seed=6), features(300, seed=7, spread=0.3)
    found = neighbours_of(wide, narrow)
    assert found.recall < 0.3 and found.precision > 0.9, "samples of little variety look real and miss much"
    other = neighbours_of(narrow, wide)
    assert other.precision < 0.3 and other.recall > 0.9


def test_that_the_nearest_real_of_each_sample_is_found() -> None:
    a, b = features(600, seed=8), features(300, seed=9)
    found, distances = neighbours_of(a, b), cdist(b.astype(np.float64), a.astype(np.float64))
    np.testing.assert_allclose(found.nearest, distances.min(axis=1), rtol=1e-9)
    np.testing.assert_array_equal(found.which, distances.argmin(axis=1))


def test_that_diversity_and_radii_are_those_of_all_pairs() -> None:
    points = features(530, seed=10)
    distances = cdist(points.astype(np.float64), points.astype(np.float64))
    pairs = distances[~np.eye(len(points), dtype=bool)]
    found = spread_of(points, (1, 5))
    assert found.mean == pytest.approx(pairs.mean(), rel=1e-9)
    assert found.deviation == pytest.approx(pairs.std(), rel=1e-6)
    np.testing.assert_allclose(found.radius(5), np.sort(distances, axis=1)[:, 5], rtol=1e-7)


def test_that_copies_are_memorised_and_fresh_samples_are_not() -> None:
    reals, fresh = features(1000, seed=11), features(500, seed=12)
    copies = reals[:500] + np.random.default_rng(0).normal(0, 1e-3, (500, SIZE)).astype(np.float32)
    between = spread_of(reals).radius(1)
    assert memorised_share(neighbours_of(reals, copies).nearest, between) == 1
    assert memorised_share(neighbours_of(reals, fresh).nearest, between) == pytest.approx(0.01, abs=0.015)
    half = np.concatenate([copies[:250], fresh[:250]])
    assert memorised_share(neighbours_of(reals, half).nearest, between) == pytest.approx(0.5, abs=0.01)


def test_that_a_generator_of_one_image_has_no_diversity_and_no_recall() -> None:
    reals, fakes = features(300, seed=13), np.repeat(features(1, seed=14), 200, axis=0)
    assert spread_of(fakes).mean == pytest.approx(0, abs=1e-4)
    assert neighbours_of(reals, fakes).recall == 0


def test_that_the_inception_score_is_its_definition_on_each_part() -> None:
    logits = np.random.default_rng(15).normal(size=(200, 12)) * 2
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    scores = [
        math.exp(
            np.mean([sum(q * math.log(q / m) for q, m in zip(row, part.mean(axis=0), strict=True)) for row in part])
        )
        for part in p.reshape(10, 20, 12)
    ]
    value, deviation = inception_score(p)
    assert value == pytest.approx(np.mean(scores), rel=1e-9)
    assert deviation == pytest.approx(np.std(scores, ddof=1), rel=1e-6)
    sure = np.eye(10)[np.arange(200) % 10]
    assert inception_score(sure) == pytest.approx((10, 0))


def test_that_ndb_is_its_definition_recomputed() -> None:
    reals, fakes = features(800, seed=16), features(500, seed=17, shift=0.3)
    bins = bins_of(reals, 20)
    where = lambda points: cdist(points, bins.centres).argmin(axis=1)  # noqa: E731
    p_count = np.array([(where(reals) == k).sum() for k in range(20)])
    q_count = np.array([(where(fakes) == k).sum() for k in range(20)])
    np.testing.assert_array_equal(bins.counts, p_count)
    np.testing.assert_array_equal(count_bins(fakes, bins.centres), q_count)
    p, q = p_count / 800, q_count / 500
    pooled = (p * 800 + q * 500) / 1300
    z = np.abs(p - q) / np.sqrt(pooled * (1 - pooled) * (1 / 800 + 1 / 500))
    found = compare_bins(bins.counts, q_count)
    np.testing.assert_array_equal(found.different, z > 1.959963984540054)
    assert found.share == np.mean(z > 1.96)
    middle = (p + q) / 2
    kl = lambda a: sum(x * math.log(x / m) for x, m in zip(a, middle, strict=True) if x)  # noqa: E731
    assert found.js == pytest.approx((kl(p) + kl(q)) / 2, rel=1e-9)


def test_that_samples_like_the_reals_differ_in_few_bins_and_a_missing_mode_shows() -> None:
    modes = np.random.default_rng(18).normal(size=(10, SIZE)) * 8
    draw = lambda seed, kept: (  # noqa: E731
        modes[np.arange(1000) % kept] + np.random.default_rng(seed).normal(size=(1000, SIZE))
    ).astype(np.float32)
    bins = bins_of(draw(19, 10), 10)
    same = compare_bins(bins.counts, count_bins(draw(20, 10), bins.centres))
    fewer = compare_bins(bins.counts, count_bins(draw(21, 5), bins.centres))
    assert same.share <= 0.2 and fewer.share >= 0.8
    assert same.js < 0.01 < fewer.js


def test_that_streams_come_to_what_one_go_does() -> None:
    points = features(700, seed=22)
    moments, score = Moments(), InceptionScore(700)
    p = np.abs(points) / np.abs(points).sum(axis=1, keepdims=True)
    for start in range(0, 700, 33):
        moments.add(points[start : start + 33])
        score.add(p[start : start + 33])
    streamed, whole = moments.gaussian(), gaussian_of(points)
    np.testing.assert_allclose(streamed.mean, points.mean(axis=0, dtype=np.float64), rtol=1e-12)
    np.testing.assert_allclose(
        streamed.covariance, np.cov(points.astype(np.float64), rowvar=False), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(streamed.covariance, whole.covariance, rtol=1e-9, atol=1e-12)
    assert score.result() == pytest.approx(inception_score(p), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "names"), [(None, tuple(MEASURES)), ("fid", ("fid",)), (" KID, fid,kid", ("kid", "fid"))]
)
def test_that_names_are_read(text: str | None, names: tuple[str, ...]) -> None:
    assert parse_measures(text) == names


@pytest.mark.parametrize(("text", "hint"), [("fdi", "fid"), ("fid,presicion", "precision")])
def test_that_an_unknown_name_is_told_with_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(UserError, match=f"did you mean '{hint}'"):
        parse_measures(text)
