"""Paths between latents."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.latent.interpolation import lerp, slerp

Latent = NDArray[np.float32]


def vectors(seed: int, size: int = 64) -> tuple[Latent, Latent]:
    a, b = np.random.default_rng(seed).standard_normal((2, size), np.float32)
    return a, b


def angle(a: Latent, b: Latent) -> float:
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    cosine = a64 @ b64 / (np.linalg.norm(a64) * np.linalg.norm(b64))
    return float(np.arccos(np.clip(cosine, -1, 1)))


@pytest.mark.parametrize("path", [lerp, slerp])
@pytest.mark.parametrize("seed", range(5))
def test_that_both_paths_begin_at_a_and_end_at_b(path, seed: int) -> None:
    a, b = vectors(seed)
    np.testing.assert_allclose(path(a, b, 0.0), a, atol=1e-6)
    np.testing.assert_allclose(path(a, b, 1.0), b, atol=1e-6)
    assert path(a, b, 0.5).dtype == np.float32


def test_that_lerp_is_the_straight_line() -> None:
    a, b = vectors(0)
    np.testing.assert_allclose(lerp(a, b, 0.25), 0.75 * a + 0.25 * b, rtol=1e-6, atol=1e-7)


def test_that_slerp_turns_at_constant_speed() -> None:
    a, b = vectors(1)
    points = [slerp(a, b, t) for t in np.linspace(0, 1, 9)]
    turns = [angle(p, q) for p, q in itertools.pairwise(points)]
    np.testing.assert_allclose(turns, angle(a, b) / 8, rtol=1e-4)


def test_that_the_length_changes_linearly_along_slerp() -> None:
    a, b = vectors(2)
    b = b * np.float32(3)
    lengths = [float(np.linalg.norm(slerp(a, b, t))) for t in (0.0, 0.5, 1.0)]
    assert lengths[1] == pytest.approx((lengths[0] + lengths[2]) / 2, rel=1e-5)


def test_that_slerp_keeps_the_length_that_lerp_loses() -> None:
    a, b = vectors(3)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    assert np.linalg.norm(slerp(a, b, 0.5)) == pytest.approx(1.0, rel=1e-5)
    assert np.linalg.norm(lerp(a, b, 0.5)) < 0.9


def test_that_parallel_latents_give_the_straight_line() -> None:
    a, _ = vectors(4)
    np.testing.assert_allclose(slerp(a, 2 * a, 0.5), 1.5 * a, rtol=1e-5)
    np.testing.assert_array_equal(slerp(a, a, 0.3), lerp(a, a, 0.3))


def test_that_opposite_latents_turn_half_way_round_without_passing_the_origin() -> None:
    a, _ = vectors(5)
    half = slerp(a, -a, 0.5)
    assert angle(half, a) == pytest.approx(np.pi / 2, abs=1e-4)
    assert np.linalg.norm(half) == pytest.approx(np.linalg.norm(a), rel=1e-5)
    np.testing.assert_allclose(slerp(a, -a, 1.0), -a, atol=1e-5)
    np.testing.assert_array_equal(half, slerp(a, -a, 0.5))


def test_that_a_latent_of_length_zero_is_walked_to_in_a_straight_line() -> None:
    a, _ = vectors(6)
    np.testing.assert_allclose(slerp(np.zeros_like(a), a, 0.5), a / 2, rtol=1e-6)


def test_that_latents_of_one_number_have_a_path() -> None:
    a, b = np.array([1.0], np.float32), np.array([-1.0], np.float32)
    assert np.isfinite(slerp(a, b, 0.5)).all()
    np.testing.assert_allclose(slerp(a, b, 1.0), b, atol=1e-6)
