"""How near a restored image is to the truth: PSNR and SSIM, of uint8 images. Plain NumPy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def psnr(images: Images, truth: Images) -> NDArray[np.float64]:
    """10 log10(255^2 / mean squared error) in dB of each of N images (N, H, W, C), over all channels: (N,).

    Infinite where an image equals the truth.
    """
    error = np.square(images.astype(np.float64) - truth.astype(np.float64)).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        decibels: NDArray[np.float64] = 10.0 * np.log10(255.0**2 / error)
    return decibels


def ssim(images: Images, truth: Images) -> NDArray[np.float64]:
    """Structural similarity of each of N images (N, H, W, C), averaged over places and channels: (N,), at most 1.

    Wang et al. 2004, equation 13: an 11 x 11 Gaussian window of deviation 1.5 wherever it fits, K = (.01, .03). NaN for
    images smaller than the window.
    """
    if min(images.shape[1:3]) < _WINDOW:
        return np.full(len(images), math.nan)
    a, b = images.astype(np.float64), truth.astype(np.float64)
    mean_a, mean_b = _blur(a), _blur(b)
    variance_a = _blur(a * a) - mean_a**2
    variance_b = _blur(b * b) - mean_b**2
    covariance = _blur(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    below = (mean_a**2 + mean_b**2 + _C1) * (variance_a + variance_b + _C2)
    similarity: NDArray[np.float64] = (above / below).mean(axis=(1, 2, 3))
    return similarity


def edge_sharpness(images: Images, truth: Images) -> NDArray[np.float64]:
    """How steep the edges of N images (N, H, W, C) are, as a share of the truth's: (N,), 1 where they are as sharp.

    Edges are the places, by channel, where the truth is at least half as steep as anywhere in the image; blur makes
    them less steep, and noise elsewhere does not count. NaN where the truth is even.
    """
    slopes, true_slopes = _slopes(images), _slopes(truth)
    shares = []
    for ours, theirs in zip(slopes, true_slopes, strict=True):
        edges = theirs >= theirs.max() / 2
        total = theirs[edges].sum()
        shares.append(ours[edges].sum() / total if total else math.nan)
    return np.array(shares)


def _slopes(images: Images) -> NDArray[np.float64]:
    """Lengths of the gradient by forward differences, in pixel values: (N, H - 1, W - 1, C)."""
    values = images.astype(np.float64)
    down = values[:, 1:, :-1] - values[:, :-1, :-1]
    across = values[:, :-1, 1:] - values[:, :-1, :-1]
    lengths: NDArray[np.float64] = np.hypot(down, across)
    return lengths


def _blur(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Images (N, H, W, C) under the Gaussian window, where it fits: (N, H - 10, W - 10, C)."""
    offsets = np.arange(_WINDOW) - _WINDOW // 2
    weights = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    weights /= weights.sum()
    for axis in (1, 2):
        length = values.shape[axis] - _WINDOW + 1
        values = sum(
            weight * values.take(range(start, start + length), axis=axis) for start, weight in enumerate(weights)
        )
    return values
