"""What plots are painted with, made to cost little: a network trains on the same processor.

Raw curves become one span a pixel column, rasterised at once, which costs the same for five hundred and for a million
points and at any scaling of the screen. Lines use pens of one device pixel, the only ones Qt draws fast. Laid-out
words, colours and tables of shades are kept, for they come back at every painting.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPolygonF, QStaticText, QTransform
from shiboken6 import VoidPtr

from ganstudio.desktop import theme
from ganstudio.training.events import Histogram

Floats = NDArray[np.float64]

RAW_ALPHA = 71
"""28 %."""
_SHADES = 4
"""Steps of coverage of one pixel."""
_TALLEST = 32000 // _SHADES
"""Device pixels that coverage can be counted in."""
_DASH = 3


@dataclass(frozen=True)
class View:
    """What of the plane is seen, and where: steps and values against logical pixels."""

    area: QRectF
    start: float
    end: float
    low: float
    high: float

    def x(self, step: float) -> float:
        """The pixel of a step."""
        return self.area.left() + (step - self.start) / (self.end - self.start) * self.area.width()

    def y(self, value: float) -> float:
        """The pixel of a value."""
        return self.area.bottom() - (value - self.low) / (self.high - self.low) * self.area.height()

    def step(self, x: float) -> float:
        """The step at a pixel."""
        return self.start + (x - self.area.left()) / self.area.width() * (self.end - self.start)


# words and colours


@functools.lru_cache(maxsize=8)
def face(weight: int = 400) -> tuple[QFont, QFontMetrics]:
    """The 11 px font of all plots and its metrics; not to be changed."""
    made = theme.font(11, weight)
    return made, QFontMetrics(made)


@functools.lru_cache(maxsize=512)
def _words(text: str, weight: int) -> tuple[QStaticText, int, float]:
    """Laid-out words, their width, and the distance from their top to the middle of a capital."""
    font, metrics = face(weight)
    laid = QStaticText(text)
    laid.setTextFormat(Qt.TextFormat.PlainText)
    laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    laid.prepare(QTransform(), font)
    return laid, metrics.horizontalAdvance(text), metrics.ascent() - metrics.capHeight() / 2


def width_of(text: str, weight: int = 400) -> int:
    """Logical pixels that words take."""
    return _words(text, weight)[1]


def write(
    painter: QPainter, words: Iterable[tuple[float, float, str]], token: str, *, weight: int = 400, share: float = 0.0
) -> None:
    """Words at (x, height of their capitals' middle); `share` of their width stands left of x (1: right-aligned)."""
    painter.setFont(face(weight)[0])
    painter.setPen(colour(token))
    for x, middle, text in words:
        laid, width, drop = _words(text, weight)
        painter.drawStaticText(QPointF(x - share * width, round(middle - drop)), laid)


def colour(token: str) -> QColor:
    """A colour of the palette in use; not to be changed."""
    return _parsed(getattr(theme.palette(), token))


@functools.lru_cache(maxsize=128)
def _parsed(text: str) -> QColor:
    return QColor(text)


# curves


def paint_spans(painter: QPainter, view: View, lows: Floats, highs: Floats, shades: list[QColor], ratio: float) -> None:
    """Fill each device column between two values (curves, columns), pale, with soft ends; NaN leaves a column out.

    Coverage is counted in integers, which is several times faster than Qt's antialiased polylines.
    """
    rows = min(_TALLEST, round(view.area.height() * ratio))
    scale = rows / (view.high - view.low)
    tops = np.clip((view.high - highs) * scale, -2.0, rows + 2.0) - 0.5 * ratio
    bottoms = np.clip((view.high - lows) * scale, -2.0, rows + 2.0) + 0.5 * ratio
    gaps = np.isnan(tops)
    tops[gaps] = bottoms[gaps] = -2.0
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    left, above = round(view.area.left() * ratio), round(view.area.top() * ratio)
    for top, bottom, gap, shade in zip(tops, bottoms, gaps, shades, strict=True):
        first = max(0, math.floor(top.min(where=~gap, initial=rows)))
        last = min(rows + 1, math.ceil(bottom.max()))
        if last > first:
            pixels = _coverage(top, bottom, first, last) * _unit(shade.rgb())
            kind = QImage.Format.Format_ARGB32_Premultiplied
            painter.drawImage(QPoint(left, above + first), QImage(pixels.data, len(top), last - first, kind))
    painter.restore()


def _coverage(top: Floats, bottom: Floats, first: int, last: int) -> NDArray[np.uint32]:
    """How much of each pixel, 0 to `_SHADES`, lies between top and bottom of its column."""
    upper = (np.arange(first, last, dtype=np.int16) * _SHADES)[:, None]
    cover = np.minimum(upper + np.int16(_SHADES), (bottom * _SHADES).astype(np.int16))
    cover -= np.maximum(upper, (top * _SHADES).astype(np.int16))
    np.maximum(cover, 0, out=cover)
    shades: NDArray[np.uint32] = cover.astype(np.uint32)
    return shades


@functools.lru_cache(maxsize=32)
def _unit(rgb: int) -> np.uint32:
    """One shade of a pale colour as premultiplied ARGB; so many shades are so many times as much in every channel."""
    parts = (255, rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255)
    alpha, red, green, blue = (round(part * RAW_ALPHA / (255 * _SHADES)) for part in parts)
    return np.uint32(alpha << 24 | red << 16 | green << 8 | blue)


def paint_lines(
    painter: QPainter, view: View, steps: Floats, lines: Floats, shades: list[QColor], ratio: float
) -> None:
    """Lines (curves, steps) of about one logical pixel through finite values.

    A wider pen than one device pixel is many times slower, so weight comes from drawing again beside.
    """
    area = view.area
    x = area.left() + (steps - view.start) * (area.width() / (view.end - view.start))
    ys = area.bottom() - (lines - view.low) * (area.height() / (view.high - view.low))
    beside = ((1 / ratio, 0.0), (-1 / ratio, 1 / ratio)) if ratio >= 1.5 else ((0.0, 0.4),)
    painter.save()
    painter.setClipRect(area.adjusted(0, -1, 1, 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for y, shade in zip(ys, shades, strict=True):
        pen = QPen(shade, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for run in finite_runs(y):
            shape = polygon(x[run], y[run])
            painter.drawPolyline(shape)
            for dx, dy in beside:
                shape.translate(dx, dy)
                painter.drawPolyline(shape)
    painter.restore()


def paint_histogram(painter: QPainter, view: View, histogram: Histogram, shade: QColor, alpha: float) -> None:
    """A stepped outline over a translucent fill, on the base line from edge to edge; heights are densities."""
    area = view.area
    shares = densities(histogram)
    edges = np.linspace(histogram.low, histogram.high, len(shares) + 1)
    x = np.round(area.left() + (np.repeat(edges, 2) - view.start) * (area.width() / (view.end - view.start)))
    x = np.clip(np.concatenate(([area.left()], x, [area.right()])), area.left(), area.right())
    y = np.full(len(x), area.bottom())
    y[2:-2] -= np.round(np.repeat(shares, 2) * (area.height() / view.high))
    fill = QColor(shade)
    fill.setAlphaF(alpha)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawPolygon(polygon(x, y))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(shade)
    painter.drawPolyline(polygon(x + 0.5, y - 0.5))


def densities(histogram: Histogram) -> Floats:
    """Share of the counts per unit in each bin; zeros when nothing was counted."""
    counts = np.asarray(histogram.counts, np.float64)
    width = max((histogram.high - histogram.low) / max(1, len(counts)), 1e-12)
    shares: Floats = counts / (max(1.0, float(counts.sum())) * width)
    return shares


def polygon(x: Floats, y: Floats) -> QPolygonF:
    """Points (n,), (n,) as Qt's polygon, copied at once."""
    shape = QPolygonF()
    shape.resize(len(x))
    if len(x):
        memory = cast(Any, VoidPtr)(shape.data(), 16 * len(x), True)
        points = np.frombuffer(memory, np.float64).reshape(-1, 2)
        points[:, 0], points[:, 1] = x, y
    return shape


def finite_runs(values: Floats) -> list[slice]:
    """Slices of consecutive finite values."""
    finite = np.isfinite(values)
    if finite.all():
        return [slice(0, len(values))] if len(values) else []
    edges = np.flatnonzero(np.diff(np.concatenate(([False], finite, [False])).astype(np.int8)))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


# marks


def paint_dashes(painter: QPainter, x: int, view: View, shade: QColor) -> None:
    """A dashed upright, 1 px wide, over the plot's height."""
    top, bottom = round(view.area.top()), round(view.area.bottom())
    painter.setPen(shade)
    painter.drawLines([QLineF(x + 0.5, y, x + 0.5, min(y + _DASH, bottom)) for y in range(top, bottom, 2 * _DASH)])


def paint_box(painter: QPainter, box: QRectF) -> None:
    """The raised ground of a label; `box` runs through the middle of its border."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(colour("edge"))
    painter.setBrush(colour("raised"))
    painter.drawRoundedRect(box, 3, 3)
    painter.restore()


def paint_rows(painter: QPainter, rows: list[tuple[str, str, str]], x: int, area: QRect) -> None:
    """A box beside an upright: on each line words at the left, a number at the right, and the words' colour."""
    numbers = max(width_of(number) for _, number, _ in rows)
    room = max(width_of(words, 600) + (numbers + 16 if number else 0) for words, number, _ in rows) + 16
    left = x + 6 if x + 6 + room <= area.right() + 4 else x - 6 - room
    box = QRectF(max(2, left) + 0.5, area.top() + 0.5, room, 16 * len(rows) + 8)
    paint_box(painter, box)
    for line, (words, number, token) in enumerate(rows):
        middle = box.top() + 12 + 16 * line
        write(painter, [(box.left() + 8, middle, words)], token, weight=600 if number else 400)
        write(painter, [(box.right() - 8, middle, number)], "ink", share=1.0)


def shortened(text: str, room: int) -> str:
    """Words cut with an ellipsis to so many pixels."""
    return text if width_of(text) <= room else face()[1].elidedText(text, Qt.TextElideMode.ElideRight, room)
