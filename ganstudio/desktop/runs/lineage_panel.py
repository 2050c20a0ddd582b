"""The lineage of the selected run as a picture: each run of its family a line over its steps, forks leaving it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.format import number
from ganstudio.desktop.runs.lineage import Branch, family_of
from ganstudio.desktop.runs.marks import LETTERS, Letter, token
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.panel import Panel
from ganstudio.desktop.widgets.scrolled import OverlayScroll

_LANE, _MARGIN = 22, 6
_NAMES, _RIGHT = 150, 56
"""Room for the runs' names at the left, and for the last step at the right."""
_MOST_LANES = 5
_CORNER = 6.0


class LineageView(QWidget):
    """Draws a family. A click, or Up and Down, selects one of its runs."""

    run_requested = Signal(object)
    """The path of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._branches: tuple[Branch, ...] = ()
        self._current: Path | None = None
        self._letters: Mapping[Path, Letter] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.theme().changed.connect(self._on_theme)

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The family that is drawn, a branch a lane."""
        return self._branches

    @property
    def current(self) -> Path | None:
        """The run that is selected."""
        return self._current

    def set_family(self, branches: tuple[Branch, ...], current: Path | None, letters: Mapping[Path, Letter]) -> None:
        """Draw these; `letters` are the runs that are compared."""
        if (branches, current, dict(letters)) == (self._branches, self._current, self._letters):
            return
        self._branches, self._current, self._letters = branches, current, dict(letters)
        self.setFixedHeight(_LANE * len(branches) + 2 * _MARGIN)
        self.setAccessibleName("Lineage: " + "; ".join(branch.words() for branch in branches))
        self.update()

    def place(self, lane: int, step: float) -> QPointF:
        """Where a step of a lane is drawn."""
        end = max((branch.last for branch in self._branches), default=0)
        room = max(1, self.width() - _NAMES - _RIGHT)
        return QPointF(_NAMES + room * step / max(1, end), _MARGIN + _LANE * (lane + 0.5))

    def sizeHint(self) -> QSize:
        return QSize(480, _LANE * max(1, len(self._branches)) + 2 * _MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for lane in range(len(self._branches)):
            self._paint_branch(painter, lane)
        painter.end()

    def _paint_branch(self, painter: QPainter, lane: int) -> None:
        branch = self._branches[lane]
        current = branch.row.path == self._current
        y = round(_MARGIN + _LANE * lane)
        if current:
            painter.fillRect(QRect(0, y, self.width(), _LANE), theme.qcolor("accent_soft"))
            if self.hasFocus():
                painter.fillRect(QRect(0, y, 2, _LANE), theme.qcolor("accent"))
        letter = self._letters.get(branch.row.path)
        colour = theme.qcolor(token(letter) if letter else "accent" if current else "ink3")
        begin, end = self.place(lane, branch.first), self.place(lane, branch.last)
        path = QPainterPath(begin)
        if branch.parent is not None:
            left = self.place(branch.parent, branch.first)
            path = QPainterPath(left)
            path.lineTo(left.x(), begin.y() - _CORNER)
            path.quadTo(begin, QPointF(min(begin.x() + _CORNER, max(begin.x(), end.x())), begin.y()))
        path.lineTo(end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 2.0 if current else 1.2))
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(end, 3, 3)
        if branch.parent is not None:
            painter.drawEllipse(self.place(branch.parent, branch.first), 2.5, 2.5)
        self._paint_words(painter, branch, y, end)

    def _paint_words(self, painter: QPainter, branch: Branch, y: int, end: QPointF) -> None:
        current = branch.row.path == self._current
        face = theme.font(12, 600 if current else 400)
        painter.setFont(face)
        painter.setPen(theme.qcolor("ink" if current else "ink2"))
        words = f"{branch.row.label} {branch.row.title}"
        words = QFontMetrics(face).elidedText(words, Qt.TextElideMode.ElideRight, _NAMES - 20)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRect(12, y, _NAMES - 20, _LANE), middle, words)
        painter.setFont(theme.font(11))
        painter.setPen(theme.qcolor("ink3"))
        painter.drawText(QRect(round(end.x()) + 7, y, _RIGHT - 8, _LANE), middle, number(branch.last))
        if branch.parent is not None:
            left = QRect(_NAMES - 20, y, round(self.place(0, branch.first).x()) - _NAMES + 13, _LANE)
            painter.drawText(left, middle | Qt.AlignmentFlag.AlignRight, number(branch.first))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._ask_for(self._lane_at(event.position().y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
            return
        lanes = [lane for lane, branch in enumerate(self._branches) if branch.row.path == self._current]
        self._ask_for(lanes[0] + by if lanes else 0)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            lane = self._lane_at(event.pos().y())
            text = ""
            if 0 <= lane < len(self._branches):
                branch = self._branches[lane]
                text = f"{branch.words()}\n{branch.row.title}, at step {number(branch.last)}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _lane_at(self, y: float) -> int:
        return int((y - _MARGIN) // _LANE)

    def _ask_for(self, lane: int) -> None:
        if 0 <= lane < len(self._branches):
            self.run_requested.emit(self._branches[lane].row.path)

    @Slot()
    def _on_theme(self) -> None:
        self.update()


class LineagePanel(Panel):
    """The lineage, while the selected run has one: shown only for forks and what was forked."""

    compare_requested = Signal(object)
    """Paths (a tuple) of the runs of the family that are to be compared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Lineage", parent=parent)
        self.view = LineageView(self)
        self._scroll = OverlayScroll(self)
        self._scroll.setWidget(self.view)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self._scroll)
        self.compare = Button("Compare", role="flat", small=True)
        self.compare.setToolTip("Draw the branches over each other: the selected run, its parent, and its nearest fork")
        self.compare.clicked.connect(self._on_compare)
        self.add_header_widget(self.compare)
        self.hide()

    def show_family(self, rows: Iterable[Row], current: Path | None, letters: Mapping[Path, Letter]) -> None:
        """Draw the family of the run at `current` among `rows`."""
        branches = family_of(rows, current) if current is not None else ()
        self.setVisible(len(branches) > 1)
        self.view.set_family(branches, current, letters)
        self.set_subtitle(f"{len(branches)} runs" if len(branches) > 1 else "")
        lanes = min(len(branches), _MOST_LANES)
        self._scroll.setFixedHeight(_LANE * lanes + 2 * _MARGIN)

    def relatives(self) -> tuple[Path, ...]:
        """The parent, the run itself, then its forks and the others of the family: as many as can be compared."""
        branches = self.view.branches
        own = next((lane for lane, branch in enumerate(branches) if branch.row.path == self.view.current), 0)
        order = [branches[own].parent, own, *(lane for lane, one in enumerate(branches) if one.parent == own)]
        order += range(len(branches))
        lanes = list(dict.fromkeys(lane for lane in order if lane is not None))
        return tuple(branches[lane].row.path for lane in lanes[: len(LETTERS)])

    @Slot()
    def _on_compare(self) -> None:
        if self.view.branches:
            self.compare_requested.emit(self.relatives())
