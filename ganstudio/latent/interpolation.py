"""Paths between latents: linear, and along the sphere. Plain NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Latent = NDArray[np.float32]


def lerp(a: Latent, b: Latent, t: float) -> Latent:
    """(1 - t) a + t b."""
    return ((1.0 - t) * a + t * b).astype(np.float32)


def slerp(a: Latent, b: Latent, t: float) -> Latent:
    """From `a` (t = 0) to `b` (t = 1) at constant angular speed; the length changes linearly (White 2016, section 2.1).

    Parallel vectors give the straight line; opposite ones turn through a fixed direction at right angles to `a`.
    Latents of one number, or of length 0, have no direction to turn in and take the straight line too.
    """
    length_a, length_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if len(a) == 1 or length_a < 1e-12 or length_b < 1e-12:
        return lerp(a, b, t)
    start, end = a.astype(np.float64) / length_a, b.astype(np.float64) / length_b
    across = end - float(start @ end) * start
    sine, cosine = float(np.linalg.norm(across)), float(start @ end)
    if sine < 1e-7:
        if cosine > 0:
            return lerp(a, b, t)
        axis = np.zeros_like(start)
        axis[int(np.argmin(np.abs(start)))] = 1.0
        across = axis - float(axis @ start) * start
        sine = float(np.linalg.norm(across))
        angle = np.pi
    else:
        angle = float(np.arctan2(sine, cosine))
    direction = np.cos(t * angle) * start + np.sin(t * angle) * across / sine
    result: Latent = (((1.0 - t) * length_a + t * length_b) * direction).astype(np.float32)
    return result
