"""A small curve over steps: where a quantity has gone, the band it should stay out of, and its best step."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop.format import number, rate
from ganstudio.desktop.theme import qcolor, theme
from ganstudio.desktop.widgets.strokes import Floats, colour, finite_runs, polygon, width_of, write
from ganstudio.desktop.widgets.ticks import log10

Side = Literal["above", "below"]

_INSET = 4
_BAND_ALPHA = 46
"""18 %."""
_DASH = 3
_LABEL_GAP, _LABEL_HEIGHT = 6, 12


class Curve(QWidget):
    """Values at steps as one line with a dot at its end, scaled to their own range and to the limit.

    With `labelled` the range is written at the left and the newest value at the right; `logarithmic` is for quantities
    that span decades. It paints when its points change, and nothing in between.
    """

    def __init__(
        self,
        token: str,
        name: str,
        *,
        height: int,
        labelled: bool = False,
        logarithmic: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._token, self._labelled, self._logarithmic = token, labelled, logarithmic
        self._steps: Floats = np.empty(0)
        self._values: Floats = np.empty(0)
        self._limit: tuple[float, Side] | None = None
        self._best: int | None = None
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        theme().changed.connect(self._on_theme)

    def set_points(self, steps: Floats, values: Floats) -> None:
        """Show `values` (n,) at `steps` (n,), rising; what is not finite is a gap."""
        self._steps, self._values = steps, values
        self.update()

    def set_limit(self, limit: float, unhealthy: Side) -> None:
        """Tint what lies beyond `limit`."""
        self._limit = (limit, unhealthy)
        self.update()

    def set_best(self, step: int | None) -> None:
        """Ring the point at `step`."""
        if step != self._best:
            self._best = step
            self.update()

    def points(self) -> tuple[list[float], list[float]]:
        """The steps and values shown."""
        return self._steps.tolist(), self._values.tolist()

    def sizeHint(self) -> QSize:
        """Wide enough to read a trend."""
        return QSize(120, self.height())

    def minimumSizeHint(self) -> QSize:
        """Narrow panels are allowed."""
        return QSize(48, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Band, base line, curve, marks, labels."""
        values = log10(self._values) if self._logarithmic else self._values
        finite = values[np.isfinite(values)]
        painter = QPainter(self)
        if not len(finite):
            painter.fillRect(0, self.height() - 1, self.width(), 1, colour("line"))
            painter.end()
            return
        limit = self._scaled_limit()
        low, high = _range(finite, limit)
        area = self._area(low, high)

        def down(value: float) -> float:
            return area.bottom() - (value - low) / (high - low) * area.height()

        if limit is not None and self._limit is not None:
            self._paint_band(painter, area, down(limit), self._limit[1])
        painter.fillRect(QRectF(area.left(), area.bottom() + 2, area.width(), 1), colour("line"))
        span = max(1.0, float(self._steps[-1] - self._steps[0]))
        x = area.left() + (self._steps - self._steps[0]) * ((area.width() - _INSET) / span)
        y = area.bottom() - (values - low) * (area.height() / (high - low))
        self._paint_line(painter, x, y)
        if self._labelled:
            self._paint_labels(painter, area, low, high, float(y[np.isfinite(y)][-1]))
        painter.end()

    def _scaled_limit(self) -> float | None:
        if self._limit is None or (self._logarithmic and self._limit[0] <= 0):
            return None
        return math.log10(self._limit[0]) if self._logarithmic else self._limit[0]

    def _area(self, low: float, high: float) -> QRectF:
        left = right = 0.0
        if self._labelled:
            left = max(width_of(self._text(value)) for value in (low, high)) + _LABEL_GAP
            right = width_of(self._text_end(), 600) + _LABEL_GAP
        return QRectF(left, _INSET, max(16.0, self.width() - left - right), self.height() - 2 * _INSET - 1)

    def _paint_band(self, painter: QPainter, area: QRectF, at: float, side: Side) -> None:
        edge = area.top() - _INSET if side == "above" else area.bottom() + 2
        painter.fillRect(
            QRectF(area.left(), min(at, edge), area.width(), abs(edge - at)), qcolor("warn_fill", _BAND_ALPHA)
        )
        pen = QPen(colour("warn_fill"), 1)
        pen.setDashPattern([_DASH, _DASH])
        painter.setPen(pen)
        painter.drawLine(QPointF(area.left(), round(at) + 0.5), QPointF(area.right(), round(at) + 0.5))

    def _paint_line(self, painter: QPainter, x: Floats, y: Floats) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = colour(self._token)
        pen = QPen(shade, 1)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for run in finite_runs(y):
            painter.drawPolyline(polygon(x[run], y[run]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        finite = np.flatnonzero(np.isfinite(y))
        painter.drawEllipse(QPointF(x[finite[-1]], y[finite[-1]]), 2.75, 2.75)
        at = np.flatnonzero(self._steps == self._best) if self._best is not None else finite[:0]
        if len(at) and math.isfinite(y[at[-1]]):
            painter.setPen(QPen(colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x[at[-1]], y[at[-1]]), 4, 4)

    def _paint_labels(self, painter: QPainter, area: QRectF, low: float, high: float, end: float) -> None:
        beside = area.left() - _LABEL_GAP
        half = _LABEL_HEIGHT / 2
        words = [(beside, area.top() + half - 2, self._text(high)), (beside, area.bottom() - half + 4, self._text(low))]
        write(painter, words, "ink3", share=1.0)
        middle = min(max(end, area.top() + half - 2), area.bottom() - half + 4)
        write(painter, [(area.right() + _LABEL_GAP - 2, middle, self._text_end())], self._token, weight=600)

    def _text(self, value: float) -> str:
        return _short(10.0**value if self._logarithmic else value)

    def _text_end(self) -> str:
        finite = self._values[np.isfinite(self._values)]
        return _short(float(finite[-1])) if len(finite) else ""

    @Slot()
    def _on_theme(self) -> None:
        self.update()


def _short(value: float) -> str:
    return rate(float(f"{value:.2g}")) if 0 < abs(value) < 0.001 else number(value)


def _range(finite: Floats, limit: float | None) -> tuple[float, float]:
    """Lowest and highest value to show; around a limit both of its sides are seen."""
    low, high = float(finite.min()), float(finite.max())
    if limit is not None:
        low, high = min(low, limit), max(high, limit)
        room = 0.25 * max(high - low, 1e-6 * abs(limit), 1e-9)
        low, high = (low - room if low == limit else low), (high + room if high == limit else high)
    if high - low < 1e-12 * max(1.0, abs(high)):
        return low - 0.5, high + 0.5
    return low, high
