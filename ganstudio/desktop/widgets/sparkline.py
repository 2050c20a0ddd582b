"""A line as small as a word: the last values of one quantity."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop.theme import qcolor, theme
from ganstudio.desktop.widgets.strokes import Floats, finite_runs, polygon

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
        values: list[float] = self._kept().tolist()
        return values

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
        for x, y in lines:
            painter.drawPolyline(polygon(x, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(lines[-1][0][-1], lines[-1][1][-1]), 2.75, 2.75)
        painter.end()

    def _lines(self) -> list[tuple[Floats, Floats]]:
        """Runs of finite values as places in the widget: across (n,) and down (n,)."""
        kept = self._kept()
        runs = finite_runs(kept)
        if not runs:
            return []
        finite = kept[np.isfinite(kept)]
        low, high = float(finite.min()), float(finite.max())
        room_x, room_y = self.width() - 1 - _INSET, self.height() - 2 * _INSET
        share: Floats = (kept - low) / (high - low) if high > low else kept - low + 0.5
        x: Floats = 1.0 + np.arange(len(kept), dtype=np.float64) * ((room_x - 1) / max(1, len(kept) - 1))
        y = self.height() - _INSET - share * room_y
        return [(x[run], y[run]) for run in runs]

    def _kept(self) -> Floats:
        if self._count <= CAPACITY:
            return self._ring[: self._count]
        return np.roll(self._ring, -(self._count % CAPACITY))

    @Slot()
    def _on_theme(self) -> None:
        self.update()
