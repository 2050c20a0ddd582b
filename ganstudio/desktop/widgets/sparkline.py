"""A line as small as a word: the last values of one quantity."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop.theme import qcolor, theme

CAPACITY = 200
"""Values that are kept; older ones give way."""
_INSET = 3.5


class Sparkline(QWidget):
    """The last 200 values in a ring, scaled to their own range, with a dot at the newest; not finite ones are gaps.

    `token` is the palette's colour of the line, such as ``"d"``.
    """

    def __init__(self, token: str = "ink2", name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token = token
        self._ring = np.full(CAPACITY, np.nan)
        self._count = 0
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._on_theme)

    def append(self, value: float) -> None:
        """Add the newest value."""
        self._ring[self._count % CAPACITY] = value
        self._count += 1
        self.update()

    def set_values(self, values: Iterable[float]) -> None:
        """Show these values, oldest first, in place of all others."""
        newest = np.fromiter(values, np.float64)[-CAPACITY:]
        self._ring[: len(newest)] = newest
        self._count = len(newest)
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.set_values(())

    def set_token(self, token: str) -> None:
        """Another colour of the palette."""
        if token != self._token:
            self._token = token
            self.update()

    def values(self) -> list[float]:
        """The values shown, oldest first."""
        if self._count <= CAPACITY:
            return [float(value) for value in self._ring[: self._count]]
        return [float(value) for value in np.roll(self._ring, -(self._count % CAPACITY))]

    def sizeHint(self) -> QSize:
        return QSize(92, 20)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        lines = self._lines()
        if not lines:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = qcolor(self._token)
        pen = QPen(colour, 1)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for line in lines:
            painter.drawPolyline(QPolygonF(line))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(lines[-1][-1], 2.75, 2.75)
        painter.end()

    def _lines(self) -> list[list[QPointF]]:
        """Runs of finite values as points of the widget."""
        values = np.asarray(self.values())
        finite = np.isfinite(values)
        if not finite.any():
            return []
        low, high = values[finite].min(), values[finite].max()
        room_x, room_y = self.width() - 1 - _INSET, self.height() - 2 * _INSET
        share = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
        xs = 1 + np.arange(len(values)) * (room_x - 1) / max(1, len(values) - 1)
        ys = self.height() - _INSET - share * room_y
        breaks = np.flatnonzero(~finite)
        runs = np.split(np.arange(len(values)), breaks)
        points = ([QPointF(xs[i], ys[i]) for i in run if finite[i]] for run in runs)
        return [line for line in points if line]

    @Slot()
    def _on_theme(self) -> None:
        self.update()
