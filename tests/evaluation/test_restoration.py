"""PSNR, SSIM and sharpness against hand computations and an independent implementation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.evaluation.restoration import edge_sharpness, psnr, ssim


def noise(seed: int, side: int = 24, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (2, side, side, channels), np.uint8)


def test_that_psnr_is_the_closed_form() -> None:
    truth = np.full((2, 12, 12, 1), 100, np.uint8)
    images = truth.copy()
    images[0] += 16
    images[1, 0, 0, 0] = 0
    assert psnr(images, truth).tolist() == pytest.approx(
        [20 * math.log10(255 / 16), 10 * math.log10(255**2 * 144 / 100**2)]
    )


def test_that_equal_images_are_infinitely_near() -> None:
    images = noise(0)
    assert psnr(images, images).tolist() == [math.inf, math.inf]
    assert ssim(images, images) == pytest.approx(1.0)


def test_that_ssim_of_even_images_is_the_closed_form() -> None:
    """Without variance it is the comparison of means alone: (2 ab + C1) / (a^2 + b^2 + C1)."""
    a, b, c1 = 60.0, 180.0, (0.01 * 255) ** 2
    images, truth = np.full((1, 16, 16, 3), 60, np.uint8), np.full((1, 16, 16, 3), 180, np.uint8)
    assert ssim(images, truth) == pytest.approx((2 * a * b + c1) / (a * a + b * b + c1))


@pytest.mark.parametrize("channels", [1, 3])
def test_that_ssim_is_that_of_scipy_s_gaussian(channels: int) -> None:
    filters = pytest.importorskip("scipy.ndimage")
    truth = noise(1, channels=channels)
    images = np.clip(truth * 0.7 + noise(2, channels=channels) * 0.3, 0, 255).astype(np.uint8)

    def mean(values: np.ndarray) -> np.ndarray:
        """Gaussian of 11 taps: scipy cuts it at `truncate` deviations, 5 / 1.5; its border is left out."""
        return filters.gaussian_filter(values, 1.5, truncate=5 / 1.5)[5:-5, 5:-5]

    expected = []
    for one, other in zip(images.astype(float), truth.astype(float), strict=True):
        planes = []
        for channel in range(channels):
            x, y = one[..., channel], other[..., channel]
            ux, uy = mean(x), mean(y)
            vx, vy, vxy = mean(x * x) - ux * ux, mean(y * y) - uy * uy, mean(x * y) - ux * uy
            c1, c2 = 6.5025, 58.5225
            planes.append(((2 * ux * uy + c1) * (2 * vxy + c2)) / ((ux**2 + uy**2 + c1) * (vx + vy + c2)))
        expected.append(np.mean(planes))
    assert ssim(images, truth) == pytest.approx(expected, rel=1e-9)


def test_that_images_smaller_than_the_window_have_no_ssim() -> None:
    assert np.isnan(ssim(noise(0, side=10), noise(1, side=10))).all()


def step(height: int, noisy: bool = False) -> np.ndarray:
    """An edge of a height in the middle of an even image."""
    image = np.full((1, 21, 21, 1), 50, np.uint8)
    image[:, :, 11:] += np.uint8(height)
    if noisy:
        image[:, ::2, :5] += np.uint8(9)
    return image


def test_that_the_sharpness_of_edges_is_the_share_of_their_height() -> None:
    assert edge_sharpness(step(100), step(100)) == pytest.approx([1.0])
    assert edge_sharpness(step(60), step(100)) == pytest.approx([0.6])
    assert edge_sharpness(step(130), step(100)) == pytest.approx([1.3])


def test_that_an_edge_that_is_spread_over_pixels_is_less_sharp() -> None:
    ramp = step(0)
    ramp[0, :, 10:13, 0] += np.array([25, 50, 75], np.uint8)
    ramp[0, :, 13:, 0] += np.uint8(100)
    assert edge_sharpness(ramp, step(100)) == pytest.approx([0.25])


def test_that_noise_away_from_edges_is_not_sharpness() -> None:
    assert edge_sharpness(step(60, noisy=True), step(100, noisy=False)) == pytest.approx([0.6])


def test_that_an_even_image_has_no_edges() -> None:
    assert np.isnan(edge_sharpness(step(100), step(0))).all()
