"""The Modes panel: how many points lie on each mode, how many modes are covered, and how far the clouds are apart."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from ganstudio.data.points import Modes
from ganstudio.desktop import format as fmt
from ganstudio.desktop.theme import font, palette, qcolor, theme
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.sparkline import Sparkline
from ganstudio.evaluation.points import BANDWIDTH, MOST, ModeCounts, enough
from ganstudio.training.events import Measured

_CELL, _GAP = 24, 3


class ModesPanel(Panel):
    """Counts of the points that are shown; the curve follows the whole run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Modes", "points on each", parent=parent)
        self._modes: Modes | None = None
        self._measures: dict[int, Measured] = {}
        self._step: int | None = None
        self._counts: ModeCounts | None = None
        self.counts = ModeGrid(self)
        self._lay_out()
        self.begin(None)

    def begin(self, modes: Modes | None) -> None:
        """Another run, or data set: its modes, where it has any."""
        self._modes = modes
        self._measures.clear()
        self._step, self._counts = None, None
        self.counts.set_modes(modes)
        self.counts.setVisible(modes is not None)
        self.set_subtitle("points on each" if modes is not None else "this data set has no separate ones")
        for part in (self._caption, self._key, self._share_name, self._share):
            part.setVisible(modes is not None)
        self._refresh()

    def add(self, event: Measured) -> None:
        """Measures of another step."""
        if "mmd2" in event.measures:
            self._measures[event.step] = event

    def truncate_after(self, step: int) -> None:
        """The run goes on from `step`: forget what came after it."""
        self._measures = {each: measured for each, measured in self._measures.items() if each <= step}

    def show_step(self, step: int | None, counts: ModeCounts | None) -> None:
        """The points of another step are shown."""
        self._step, self._counts = step, counts
        self._refresh()

    def refresh(self) -> None:
        """Write the newest values."""
        self._refresh()

    def _refresh(self) -> None:
        counts = self._counts
        self.counts.set_counts(counts)
        if self._modes is not None:
            total = len(self._modes.centres)
            covered = "–" if counts is None else str(counts.num_covered)
            ink, ink3 = palette().ink, palette().ink3
            self._key.setText(
                f"<span style='font-size:24px; font-weight:600; color:{ink}'>{covered}</span>"
                f"<span style='font-size:13px; color:{ink3}'> of {total}</span>"
            )
            self._key.setAccessibleName("–" if counts is None else f"{counts.num_covered} of {total} modes covered")
            self._share.setText("–" if counts is None else f"{fmt.number(100 * counts.share, 0)} %")
        name = "raw/covered_modes" if self._modes is not None else "raw/mmd2"
        history = [self._measures[step].measures.get(name, math.nan) for step in sorted(self._measures)]
        self._line.set_values(history)
        measured = self._measures.get(self._step) if self._step is not None else None
        value = math.nan if measured is None else measured.measures.get("raw/mmd2", math.nan)
        self._mmd.setText(fmt.number(value, 4) if math.isfinite(value) else "–")

    def _lay_out(self) -> None:
        self._caption = label("Covered modes", "body")
        self._key = label("", "body")
        self._key.setTextFormat(Qt.TextFormat.RichText)
        self._key.setFixedHeight(34)
        self._line = Sparkline("ink2", "Over the run", self)
        self._line.setFixedHeight(28)
        self._share_name, self._share = label("On a mode", "body"), label("–", "number")
        self._mmd_name, self._mmd = label("MMD²", "body"), label("–", "number")
        self._caption.setToolTip(
            "A mode is covered when at least 20 of 2 500 points lie within three deviations of its centre"
        )
        self._share_name.setToolTip("Share of the points within three deviations of some mode")
        self._mmd_name.setToolTip(
            f"Squared maximum mean discrepancy of G’s points from held-out ones: unbiased, Gaussian kernel of "
            f"deviation {fmt.number(BANDWIDTH)}, {fmt.number(MOST)} points a side; around 0 where both are alike"
        )
        figures = QGridLayout()
        figures.setVerticalSpacing(2)
        figures.setColumnStretch(0, 1)
        pairs = ((self._share_name, self._share), (self._mmd_name, self._mmd))
        for row, (name, value) in enumerate(pairs):
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setAccessibleName(name.text())
            figures.addWidget(name, row, 0)
            figures.addWidget(value, row, 1)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._caption)
        column.addWidget(self._key)
        column.addWidget(self._line)
        column.addSpacing(6)
        column.addLayout(figures)
        column.addStretch(1)
        across = QHBoxLayout()
        across.setSpacing(16)
        across.addWidget(self.counts, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(column, 1)
        self.body.addLayout(across)
        self.body.addStretch(1)
        theme().changed.connect(self.refresh)


class ModeGrid(QWidget):
    """A cell a mode with its count, the brighter the fuller, laid out as the modes lie in the plane where they form a
    grid; missed modes are dashed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: list[tuple[int, int]] = []
        self._counts: ModeCounts | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Points on each mode")
        theme().changed.connect(self.update)

    def set_modes(self, modes: Modes | None) -> None:
        """Lay out a cell a mode."""
        self._cells = [] if modes is None else _places(modes)
        columns = 1 + max((column for column, _ in self._cells), default=0)
        rows = 1 + max((row for _, row in self._cells), default=0)
        self.setFixedSize(columns * (_CELL + _GAP) - _GAP + 1, rows * (_CELL + _GAP) - _GAP + 1)
        self.set_counts(None)

    def set_counts(self, counts: ModeCounts | None) -> None:
        """Show these counts."""
        self._counts = counts
        if counts is not None:
            self.setAccessibleDescription(", ".join(str(count) for count in counts.counts.tolist()))
        self.update()

    def cell_at(self, place: QPointF) -> int | None:
        """The mode whose cell is there."""
        at = int(place.x() // (_CELL + _GAP)), int(place.y() // (_CELL + _GAP))
        return self._cells.index(at) if at in self._cells else None

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def event(self, event: QEvent) -> bool:
        """A tooltip tells the mode and what covers it."""
        if isinstance(event, QHelpEvent):
            mode = self.cell_at(QPointF(event.pos()))
            if mode is None or self._counts is None:
                QToolTip.hideText()
            else:
                least = math.ceil(enough(self._counts.total))
                words = f"Mode {mode + 1}: {self._counts.counts[mode]} points; {least} cover it"
                QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        counts = self._counts
        most = 1 if counts is None else max(1, int(counts.counts.max()))
        painter.setFont(font(11, 500))
        for index, (column, row) in enumerate(self._cells):
            cell = QRectF(column * (_CELL + _GAP) + 0.5, row * (_CELL + _GAP) + 0.5, _CELL, _CELL)
            count = 0 if counts is None else int(counts.counts[index])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_blend(qcolor("field"), qcolor("g"), 0.5 * math.sqrt(count / most)))
            painter.drawRoundedRect(cell, 3, 3)
            if counts is not None:
                if not counts.covered[index]:
                    pen = QPen(qcolor("warn_fill"), 1.5)
                    pen.setDashPattern([2.4, 1.8])
                    painter.setPen(pen)
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(cell.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
                painter.setPen(qcolor("ink" if counts.covered[index] else "warn"))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(count))
        painter.end()


def _places(modes: Modes) -> list[tuple[int, int]]:
    """Column and row of each mode's cell: by its place where the modes fill a grid, else four to a row."""
    xs, ys = (np.unique(modes.centres[:, axis].round(4)) for axis in (0, 1))
    if len(xs) * len(ys) == len(modes.centres):
        columns = np.searchsorted(xs, modes.centres[:, 0].round(4))
        rows = len(ys) - 1 - np.searchsorted(ys, modes.centres[:, 1].round(4))
        return [(int(column), int(row)) for column, row in zip(columns, rows, strict=True)]
    return [(index % 4, index // 4) for index in range(len(modes.centres))]


def _blend(a: QColor, b: QColor, share: float) -> QColor:
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + share * (y - x)) for x, y in pairs))
