"""A sheet of samples on which a person marks those with something and those without it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.explore.strip import mosaic
from ganstudio.desktop.widgets.painting import paint_focus

Mark = Literal["with", "without"]
COLUMNS, ROWS = 8, 5
_CELL, _GAP = 72, 4
_ICON = 16
_TOKENS: dict[Mark, tuple[str, str]] = {"with": ("check-circle", "accent"), "without": ("minus-circle", "g")}


class MarkSheet(QWidget):
    """COLUMNS x ROWS images. A click marks "with", a right or Shift click "without"; the same click again unmarks.

    Arrow keys move, Space marks "with", Shift+Space "without".
    """

    marked = Signal()
    """A mark was set or taken back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Samples to mark")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(self.sizeHint())
        self._images: NDArray[np.uint8] | None = None
        self._at = 0
        self.marks: dict[int, Mark] = {}

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        """Show uint8 (COLUMNS x ROWS, H, W, C), none of them marked, or none yet."""
        self._images, self.marks = images, {}
        self.update()

    def mark(self, index: int, mark: Mark) -> None:
        """Mark an image, or take the same mark back."""
        if self._images is None or not 0 <= index < COLUMNS * ROWS:
            return
        self._at = index
        if self.marks.get(index) == mark:
            del self.marks[index]
        else:
            self.marks[index] = mark
        self.update()
        self.marked.emit()

    def sizeHint(self) -> QSize:
        return QSize(COLUMNS * (_CELL + _GAP) - _GAP, ROWS * (_CELL + _GAP) - _GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index in range(COLUMNS * ROWS):
            box = self._box(index)
            painter.fillRect(box, theme.qcolor("canvas"))
            if self._images is not None:
                painter.drawPixmap(box, mosaic(self._images[index : index + 1], _CELL, self.devicePixelRatioF()))
            if (mark := self.marks.get(index)) is not None:
                icon, token = _TOKENS[mark]
                painter.setPen(QPen(theme.qcolor(token), 2))
                painter.drawRect(box.adjusted(1, 1, -1, -1))
                badge = QRect(box.right() - _ICON - 4, box.top() + 4, _ICON + 2, _ICON + 2)
                painter.fillRect(badge, theme.qcolor("canvas"))
                theme.paint_icon(painter, icon, badge.adjusted(1, 1, -1, -1), token)
            if index == self._at and self.hasFocus():
                paint_focus(painter, box.toRectF().adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        index = next((each for each in range(COLUMNS * ROWS) if self._box(each).contains(place)), -1)
        other = event.button() == Qt.MouseButton.RightButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        self.mark(index, "without" if other else "with")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -COLUMNS, Qt.Key.Key_Down: COLUMNS}
        key = Qt.Key(event.key())
        if key in steps and 0 <= self._at + steps[key] < COLUMNS * ROWS:
            self._at += steps[key]
            self.update()
        elif key == Qt.Key.Key_Space:
            self.mark(self._at, "without" if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else "with")
        elif key not in steps:
            super().keyPressEvent(event)

    def _box(self, index: int) -> QRect:
        row, column = divmod(index, COLUMNS)
        return QRect(column * (_CELL + _GAP), row * (_CELL + _GAP), _CELL, _CELL)
