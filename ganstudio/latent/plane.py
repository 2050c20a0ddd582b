"""A point among its like, as a picture: how models of points are explored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.scatter import CANVAS, GENERATED, Layer, scatter

SIDE = 256
"""Pixels of a picture."""
_LEAST, _FAINT, _HIGHLIGHT = 3.0, (110, 70, 44), (63, 191, 174)


def draw_among(points: NDArray[np.float32], cloud: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Each of the points (N, 2), ringed, over the same `cloud` (M, 2): uint8 (N, SIDE, SIDE, 3).

    All span the same square, which holds the cloud and at least [-3, 3].
    """
    finite = cloud[np.isfinite(cloud).all(axis=1)]
    farthest = float(np.abs(finite).max()) if len(finite) else 0.0
    extent = max(_LEAST, np.ceil(2.2 * farthest) / 2)
    behind = scatter([Layer(finite, _FAINT, 1.2)], SIDE, extent)
    pictures = np.empty((len(points), SIDE, SIDE, 3), np.uint8)
    for picture, point in zip(pictures, points, strict=True):
        ring = [
            Layer(point[None], _HIGHLIGHT, 7.0),
            Layer(point[None], CANVAS, 5.0),
            Layer(point[None], GENERATED, 3.5),
        ]
        picture[:] = scatter(ring, SIDE, extent, behind)
    return pictures
