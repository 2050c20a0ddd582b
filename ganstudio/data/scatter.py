"""Points as a picture. Plain NumPy, so that a preview, a run folder and a figure draw them alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
CANVAS: Colour = (12, 13, 14)
REAL: Colour = (198, 203, 210)
GENERATED: Colour = (242, 138, 71)


@dataclass(frozen=True)
class Layer:
    """Points (N, 2) as discs of a `radius` in px."""

    points: NDArray[np.float32]
    colour: Colour
    radius: float = 1.5


def scatter(
    layers: Sequence[Layer], side: int, extent: float, behind: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Each layer over the last, the first over the picture `behind`, else the canvas: uint8 (side, side, 3).

    The picture spans [-extent, extent] in x and, upwards, in y; points beyond are left out.
    """
    picture = np.full((side, side, 3), CANVAS, np.float32) if behind is None else behind.astype(np.float32)
    for layer in layers:
        alpha = _coverage(np.asarray(layer.points, np.float32), side, extent, layer.radius)[..., None]
        picture += alpha * (np.asarray(layer.colour, np.float32) - picture)
    return picture.round().astype(np.uint8)


def _coverage(points: NDArray[np.float32], side: int, extent: float, radius: float) -> NDArray[np.float32]:
    """The share (side, side) of each pixel that some disc covers, smooth at the discs' edges."""
    alpha = np.zeros((side, side), np.float32)
    shown = points[(np.abs(points) <= extent).all(axis=1)]
    if not len(shown):
        return alpha
    across = (shown[:, 0] / extent + 1) / 2 * side - 0.5
    down = (1 - shown[:, 1] / extent) / 2 * side - 0.5
    reach = int(np.ceil(radius + 0.5))
    column, row = np.rint(across).astype(np.int64), np.rint(down).astype(np.int64)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            x, y = column + dx, row + dy
            share = np.clip(radius + 0.5 - np.hypot(x - across, y - down), 0.0, 1.0).astype(np.float32)
            inside = (share > 0) & (x >= 0) & (x < side) & (y >= 0) & (y < side)
            np.maximum.at(alpha, (y[inside], x[inside]), share[inside])
    return alpha
