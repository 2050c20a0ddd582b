"""Many images of one size side by side: pixel-exact, one of them selected."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from ganstudio.desktop.theme import font, qcolor
from ganstudio.desktop.widgets.imaging import PixelArea, argb_image, to_qimage

_SELECTION = QColor("#3fbfae")
_SELECTION_INSIDE = QColor("#0c0d0e")
_HOVER = QColor("#949ba5")
_RING = 2


class ImageGrid(PixelArea):
    """Sample grid in near-square columns (8 x 8 for 64), with 2 px between the images and around them.

    The 2 px around are the room for the selection's ring: a grid that is to stand 12 px from an edge is placed at 10.
    A click or the arrow keys select, a double click or Enter activates. Samples are counted from 1 for people and
    from 0 in the code.
    """

    selected = Signal(int)
    """The person chose another image; -1 for none."""
    activated = Signal(int)
    """The person double-clicked an image or pressed Enter on it."""

    gap = 2
    margin = 2

    def __init__(self, name: str = "Samples", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._selected = -1
        self._hovered = -1
        self._hint = ""
        self._empty = ""
        self.setMinimumSize(64, 64)
        self._image_actions = (
            self._add_action("Copy image", "copy", self.copy_image, QKeySequence(QKeySequence.StandardKey.Copy)),
            self._add_action("Save image as PNG…", "image", self.save_image),
        )
        self._grid_action = self._add_action("Save grid as PNG…", "grid-four", self.save_grid)
        self._enable_actions()

    # what is shown

    def set_images(self, images: NDArray[np.uint8] | None, columns: int | None = None) -> None:
        """Show uint8 (N, H, W, C) with C 1 or 3; the selection stays where it was. ValueError for another shape."""
        if images is not None and (images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3)):
            raise ValueError(f"A grid needs uint8 images (N, H, W, 1 or 3), not {images.dtype} {images.shape}.")
        if images is not None and 0 in images.shape:
            images = None
        count = 0 if images is None else len(images)
        self._show_images(images, columns or max(1, math.ceil(math.sqrt(count))))
        if self._selected >= count:
            self.select(-1)
        self._hovered = min(self._hovered, count - 1)
        self._enable_actions()

    @property
    def images(self) -> NDArray[np.uint8] | None:
        """The images shown, uint8 (N, H, W, C)."""
        return self._images

    @property
    def columns(self) -> int:
        """Images in a row."""
        return self._columns

    def set_hint(self, text: str) -> None:
        """Add to each image's tooltip what a double click does."""
        self._hint = text

    def set_empty_text(self, text: str) -> None:
        """What is said while there is no image."""
        self._empty = text
        self.viewport().update()

    @property
    def selected_index(self) -> int:
        """The selected image, counted from 0; -1 for none."""
        return self._selected

    def select(self, index: int) -> None:
        """Select an image without a signal; -1 for none."""
        index = index if 0 <= index < self._count() else -1
        if index == self._selected:
            return
        before, self._selected = self._selected, index
        self._update_cells(before, index)
        self.setAccessibleDescription(f"Sample {index + 1} of {self._count()} selected" if index >= 0 else "")
        self._enable_actions()

    def _choose(self, index: int) -> None:
        if index != self._selected:
            self.select(index)
            self.selected.emit(self._selected)
        self._reveal(index)

    def _count(self) -> int:
        return 0 if self._images is None else len(self._images)

    def _reveal(self, index: int) -> None:
        """Scroll until the image and its ring can be seen."""
        if index < 0:
            return
        rect, view = self._ring_rect(index), self.viewport().rect()
        for bar, low, high, end in (
            (self.horizontalScrollBar(), rect.left(), rect.right(), view.right()),
            (self.verticalScrollBar(), rect.top(), rect.bottom(), view.bottom()),
        ):
            bar.setValue(bar.value() + min(0, low) + max(0, high - end))

    def index_at(self, point: QPoint) -> int:
        """The image at a point of the viewport; -1 where there is none."""
        if self._images is None:
            return -1
        inside = point - self.origin()
        cell = self.cell_rect(0).size() + QSize(self.gap, self.gap)
        column, row = inside.x() // cell.width(), inside.y() // cell.height()
        index = row * self._columns + column
        if not (0 <= column < self._columns and 0 <= index < self._count()):
            return -1
        return index

    def sizeHint(self) -> QSize:
        return QSize(466, 466)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._paint_mosaic(painter)
        if self._images is None and self._empty:
            painter.setPen(qcolor("ink3"))
            painter.setFont(font(12))
            area = self.viewport().rect().adjusted(self.margin, self.margin, -self.margin, -self.margin)
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self._empty)
        if self._hovered >= 0 and self._hovered != self._selected:
            _frame(painter, self._ring_rect(self._hovered), _RING, _HOVER)
        if self._selected >= 0:
            ring = self._ring_rect(self._selected)
            _frame(painter, ring, _RING, _SELECTION)
            _frame(painter, ring.adjusted(_RING, _RING, -_RING, -_RING), _RING, _SELECTION_INSIDE)
        painter.end()

    def _ring_rect(self, index: int) -> QRect:
        return self.cell_rect(index).adjusted(-_RING, -_RING, _RING, _RING)

    def _update_cells(self, *indices: int) -> None:
        for index in indices:
            if index >= 0:
                self.viewport().update(self._ring_rect(index))

    # events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.RightButton:
            self._choose(self.index_at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = event.button() == Qt.MouseButton.LeftButton and self._grip is not None and not self._dragging
        super().mouseReleaseEvent(event)
        if clicked:
            self._choose(self.index_at(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.activated.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(-1 if self._dragging else self.index_at(event.position().toPoint()))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tooltip(event)
            return True
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_key and self._selected < 0 and self._count():
            self._hover(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._hover(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected >= 0:
            self.activated.emit(self._selected)
            event.accept()
            return
        target = self._target(key)
        if target is None:
            super().keyPressEvent(event)
            return
        self._choose(target)
        event.accept()

    def _target(self, key: Qt.Key) -> int | None:
        """Where a key leads; None when the key or the grid has nothing to offer."""
        last = self._count() - 1
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        if last < 0 or (key not in steps and key not in ends):
            return None
        if key in ends:
            return ends[key]
        if self._selected < 0:
            return 0
        target = self._selected + steps[key]
        return target if 0 <= target <= last else self._selected

    def _hover(self, index: int) -> None:
        if index != self._hovered:
            before, self._hovered = self._hovered, index
            self._update_cells(before, index)

    def _show_tooltip(self, event: QHelpEvent) -> None:
        index = self.index_at(event.pos())
        if index < 0:
            QToolTip.hideText()
            return
        text = f"Sample {index + 1}" + (f"\n{self._hint}" if self._hint else "")
        QToolTip.showText(event.globalPos(), text, self.viewport(), self.cell_rect(index))

    # copying and saving

    def _enable_actions(self) -> None:
        for action in self._image_actions:
            action.setEnabled(self._selected >= 0)
        self._grid_action.setEnabled(self._images is not None)

    def grid_image(self) -> QImage:
        """All images at one pixel a pixel, one pixel of line between them; null when there are none."""
        if self._mosaic is None:
            return QImage()
        return argb_image(self._mosaic[:-1, :-1])

    @Slot()
    def copy_image(self) -> None:
        """Put the selected image on the clipboard, one pixel a pixel."""
        if self._images is not None and self._selected >= 0:
            QGuiApplication.clipboard().setImage(to_qimage(self._images[self._selected]))

    @Slot()
    def save_image(self) -> None:
        """Ask where to write the selected image."""
        if self._images is not None and self._selected >= 0:
            self._ask_to_save(to_qimage(self._images[self._selected]), f"sample-{self._selected + 1}.png")

    @Slot()
    def save_grid(self) -> None:
        """Ask where to write all images as one."""
        if self._images is not None:
            self._ask_to_save(self.grid_image(), "samples.png")


def _frame(painter: QPainter, rect: QRect, width: int, colour: QColor) -> None:
    """Fill the border of `rect`, `width` pixels wide, inside it."""
    left, top, long, high = rect.x(), rect.y(), rect.width(), rect.height()
    painter.fillRect(left, top, long, width, colour)
    painter.fillRect(left, top + high - width, long, width, colour)
    painter.fillRect(left, top + width, width, high - 2 * width, colour)
    painter.fillRect(left + long - width, top + width, width, high - 2 * width, colour)
