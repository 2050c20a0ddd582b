"""Arrays as images for the plane: D's map in bands, and points as dots. NumPy does the work; Qt only shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

Floats = NDArray[np.float32]

BANDS = 12
_STOPS = (0.0, 0.35, 0.7, 1.0)
_COLOURS = ((16, 18, 22), (19, 33, 49), (34, 74, 116), (74, 138, 203))
_PARTS = 2
"""Places between two pixels at which a dot can stand."""


def band_colours() -> NDArray[np.uint8]:
    """The colours (BANDS, 3) of D's map, from what it takes for fake to what it takes for real."""
    shares = np.arange(BANDS) / (BANDS - 1)
    mixed = [np.interp(shares, _STOPS, [colour[channel] for colour in _COLOURS]) for channel in range(3)]
    return np.stack(mixed, axis=1).round().astype(np.uint8)


@dataclass(frozen=True)
class View:
    """The square of the plane that is seen: its middle, and half its side."""

    x: float
    y: float
    half: float

    def to_pixels(self, points: Floats, side: float) -> NDArray[np.float64]:
        """Points (N, 2) as places (N, 2) in a square of `side` px, from its top left."""
        across = (points[:, 0] - self.x + self.half) * (side / (2 * self.half))
        down = (self.y + self.half - points[:, 1]) * (side / (2 * self.half))
        return np.stack([across, down], axis=1).astype(np.float64)

    def zoomed(self, factor: float, x: float, y: float) -> View:
        """`factor` times as near, with the place (x, y) of the plane standing still."""
        return View(x + (self.x - x) / factor, y + (self.y - y) / factor, self.half / factor)


def map_image(shares: Floats, extent: float, view: View, side: int) -> QImage:
    """What is seen of a map (R, R) of values in [0, 1], row 0 at the bottom, over [-extent, extent]: `side` px square.

    Values are interpolated linearly, then cut into bands; beyond the map they are those of its edge.
    """
    middle = (np.arange(side) + 0.5) / side * 2 - 1
    columns = _interpolation(view.x + view.half * middle, extent, len(shares))
    rows = _interpolation(view.y - view.half * middle, extent, len(shares))
    values = rows @ shares.astype(np.float32) @ columns.T
    values *= BANDS
    colours = [QColor(*colour).rgb() for colour in band_colours().tolist()]
    return _indexed(values.astype(np.uint8), [*colours, colours[-1]])


def dots_image(places: NDArray[np.float64], size: tuple[int, int], radius: float, colour: QColor) -> QImage:
    """Places (N, 2) as discs of `radius` px on nothing, in an image of `size` (width, height); overlaps stay as opaque
    as one disc."""
    width, height = size
    flat = np.zeros(height * width, np.uint8)
    reach = int(np.ceil(radius + 0.5))
    near = (places > -reach).all(axis=1) & (places[:, 0] < width + reach) & (places[:, 1] < height + reach)
    parts = np.floor(places[near] * _PARTS).astype(np.int64)
    base, part = parts // _PARTS, parts % _PARTS
    for row in range(_PARTS):
        for column in range(_PARTS):
            here = base[(part[:, 0] == column) & (part[:, 1] == row)]
            if not len(here):
                continue
            stamp = _stamp(radius, (column + 0.5) / _PARTS, (row + 0.5) / _PARTS)
            dy, dx = np.nonzero(stamp)
            x, y = here[:, :1] + (dx - reach), here[:, 1:] + (dy - reach)
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            shade = np.broadcast_to(stamp[dy, dx], x.shape)[inside]
            np.maximum.at(flat, (y * width + x)[inside], shade)
    red, green, blue = colour.red(), colour.green(), colour.blue()
    return _indexed(flat.reshape(height, width), [QColor(red, green, blue, shade).rgba() for shade in range(256)])


def _indexed(values: NDArray[np.uint8], colours: list[int]) -> QImage:
    """Numbers (H, W) of colours as an image that owns its memory."""
    height, width = values.shape
    image = QImage(np.ascontiguousarray(values).data, width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(colours)
    return image


def _interpolation(ticks: NDArray[np.float64], extent: float, count: int) -> Floats:
    """The matrix (len(ticks), count) that takes values on an even grid over [-extent, extent] to those at `ticks`."""
    position = np.clip((ticks / extent + 1) / 2 * (count - 1), 0, count - 1)
    low = np.minimum(position.astype(np.int64), count - 2)
    share = (position - low).astype(np.float32)
    matrix = np.zeros((len(ticks), count), np.float32)
    rows = np.arange(len(ticks))
    matrix[rows, low] = 1 - share
    matrix[rows, low + 1] = share
    return matrix


def _stamp(radius: float, x: float, y: float) -> NDArray[np.uint8]:
    """The coverage of pixels by a disc whose middle lies at (x, y) in the middle one, of 2 reach + 1 a side."""
    reach = int(np.ceil(radius + 0.5))
    ticks = np.arange(-reach, reach + 1) + 0.5
    distance = np.hypot(ticks[None, :] - x, ticks[:, None] - y)
    stamp: NDArray[np.uint8] = (np.clip(radius + 0.5 - distance, 0.0, 1.0) * 255).round().astype(np.uint8)
    return stamp
