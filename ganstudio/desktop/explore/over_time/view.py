"""A row of images, one a step of the training, of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.strip import cell_size, mosaic
from ganstudio.desktop.widgets.painting import paint_focus

LARGE, SMALL = 64, 32
"""The side of an image in logical pixels at most, with room and without."""
_GAP, _TEXT, _BAR, _EDGE = 8, 20, 8, 12
_SELECTION, _INSIDE, _HOVER, _BAD = QColor("#3fbfae"), QColor("#0c0d0e"), QColor("#949ba5"), QColor("#ff7a7a")


@dataclass(frozen=True)
class Frame:
    """A step of the training, or with `live` the networks as they are now; its step is None until they are known."""

    step: int | None
    live: bool = False

    @property
    def text(self) -> str:
        """Such as ``"1 200"`` or ``"live 3 600"``."""
        step = "" if self.step is None else fmt.number(self.step)
        return f"live {step}".rstrip() if self.live else step


class FilmView(QAbstractScrollArea):
    """Shows frames and the images that it is given for them. A click or a drag along the row chooses.

    Keys: Left and Right go to the step before and after, Home and End to the first and the last; the wheel scrolls.
    """

    chosen = Signal(int)
    """The person chose the frame with this number."""
    wanted = Signal()
    """Other frames are seen than before."""
    menu_wanted = Signal(QPoint, int)
    """A menu at a place of the screen, for a frame."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("The latent over training")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self._frames: tuple[Frame, ...] = ()
        self._images: dict[int, QPixmap] = {}
        self._failed: dict[int, str] = {}
        self._chosen = self._hovered = self._pressed = -1
        self._side, self._largest, self._pitch = 28, LARGE, 64
        self._measure()

    # what is shown

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames from left to right."""
        return self._frames

    @property
    def chosen_frame(self) -> int:
        """The number of the frame that is marked; -1 for none."""
        return self._chosen

    @property
    def cell(self) -> int:
        """The side of an image in logical pixels."""
        return cell_size(self._largest, self._side, self._largest)

    def set_frames(self, frames: Sequence[Frame]) -> None:
        """Show other frames; images of steps that stay are kept."""
        frames = tuple(frames)
        if frames == self._frames:
            return
        places = {(frame.step if not frame.live else None, frame.live): index for index, frame in enumerate(frames)}
        kept = {}
        for index, frame in enumerate(self._frames):
            place = places.get((frame.step if not frame.live else None, frame.live))
            if place is not None and index in self._images:
                kept[place] = self._images[index]
        at_end = self.horizontalScrollBar().value() >= self.horizontalScrollBar().maximum()
        self._frames, self._images, self._failed = frames, kept, {}
        self._measure()
        if at_end:
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().maximum())

    def set_image(self, index: int, image: NDArray[np.uint8]) -> None:
        """The image of a frame, uint8 (H, W, C)."""
        if image.shape[0] != self._side:
            self._side = image.shape[0]
            self._images.clear()
            self._measure()
        self._images[index] = mosaic(image[None], self.cell, self.devicePixelRatioF())
        self._failed.pop(index, None)
        self.viewport().update()

    def set_failed(self, index: int, sentence: str) -> None:
        """Say why a frame has no image."""
        self._failed[index] = sentence
        self._images.pop(index, None)
        self.viewport().update()

    def clear(self) -> None:
        """Forget all images."""
        self._images.clear()
        self._failed.clear()
        self.viewport().update()

    def set_chosen(self, index: int) -> None:
        """Mark a frame; -1 marks none."""
        if index != self._chosen:
            self._chosen = index
            self.reveal(index)
            self.viewport().update()

    def set_largest(self, largest: int) -> None:
        """The side of an image in logical pixels at most."""
        if largest != self._largest:
            self._largest = largest
            self._images.clear()
            self._measure()
            self.wanted.emit()

    def seen(self) -> list[int]:
        """The frames of which something is seen, those nearest to the chosen one first."""
        left = self.horizontalScrollBar().value()
        first = max(0, (left - _EDGE) // self._pitch)
        last = min(len(self._frames) - 1, (left + self.viewport().width() - _EDGE) // self._pitch)
        middle = self._chosen if first <= self._chosen <= last else last
        return sorted(range(first, last + 1), key=lambda index: abs(index - middle))

    def reveal(self, index: int) -> None:
        """Scroll as little as needed for a frame to be seen whole."""
        if 0 <= index < len(self._frames):
            left, bar = index * self._pitch, self.horizontalScrollBar()
            right = left + self._pitch + _EDGE - self.viewport().width()
            bar.setValue(min(max(bar.value(), right), left))

    # size

    def wanted_height(self) -> int:
        """Logical pixels for the images, the steps below, and the scroll bar."""
        return self.cell + _TEXT + _BAR

    def sizeHint(self) -> QSize:
        return QSize(400, self.wanted_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.wanted_height())

    def _measure(self) -> None:
        metrics = QFontMetrics(theme.font(11, 600))
        widest = max((metrics.horizontalAdvance(frame.text) for frame in self._frames), default=0)
        self._pitch = max(self.cell, widest) + _GAP
        bar = self.horizontalScrollBar()
        bar.setRange(0, max(0, len(self._frames) * self._pitch - _GAP + 2 * _EDGE - self.viewport().width()))
        bar.setPageStep(self.viewport().width())
        bar.setSingleStep(self._pitch)
        if self.height() != self.wanted_height():
            self.setFixedHeight(self.wanted_height())
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self.reveal(self._chosen)
        self.wanted.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        self.wanted.emit()

    def cell_rect(self, index: int) -> QRect:
        """Where a frame's image stands in the viewport."""
        left = _EDGE + index * self._pitch - self.horizontalScrollBar().value()
        return QRect(left + (self._pitch - _GAP - self.cell) // 2, 0, self.cell, self.cell)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for index in self.seen():
            self._paint_frame(painter, index)
        painter.end()

    def _paint_frame(self, painter: QPainter, index: int) -> None:
        box, frame, chosen = self.cell_rect(index), self._frames[index], index == self._chosen
        painter.fillRect(box, theme.qcolor("canvas"))
        if index in self._images:
            painter.drawPixmap(box.topLeft(), self._images[index])
        elif index in self._failed:
            theme.paint_icon(painter, "x-circle", QRect(box.center() - QPoint(8, 8), QSize(16, 16)), _BAD)
        edge = QRectF(box)
        if chosen:
            painter.setPen(QPen(_SELECTION, 2))
            painter.drawRect(edge.adjusted(1, 1, -1, -1))
            painter.setPen(QPen(_INSIDE, 1))
            painter.drawRect(edge.adjusted(2.5, 2.5, -2.5, -2.5))
        elif index == self._hovered:
            painter.setPen(QPen(_HOVER, 1))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.setFont(theme.font(11, 600 if chosen else 400))
        painter.setPen(theme.qcolor("ink" if chosen else "ink3"))
        words = QRect(box.center().x() - self._pitch // 2, box.bottom() + 4, self._pitch, 16)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, frame.text)
        if chosen and self.hasFocus():
            paint_focus(painter, edge.adjusted(-1, 1, 1, 17).adjusted(1, 0, -1, 0))

    # mouse and keys

    def _at(self, x: float) -> int:
        index = (round(x) + self.horizontalScrollBar().value() - _EDGE) // self._pitch
        return index if 0 <= index < len(self._frames) else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._pressed = index
            self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().x())
        if self._pressed >= 0 and index >= 0 and index != self._pressed:
            self._pressed = index
            self.chosen.emit(index)
        if index != self._hovered:
            self._hovered = index
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = -1

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.viewport().update()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - round((turned.y() or turned.x()) / 120 * self._pitch))
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """A tooltip tells the step, or why there is no image."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._at(event.pos().x())
            QToolTip.showText(event.globalPos(), "" if index < 0 else self.tip(index), self)
            return True
        return super().viewportEvent(event)

    def tip(self, index: int) -> str:
        """What a frame is, in words."""
        if index in self._failed:
            return self._failed[index]
        frame = self._frames[index]
        step = "" if frame.step is None else f", step {fmt.number(frame.step)}"
        what = f"The networks as they are now{step}" if frame.live else f"Step {fmt.number(frame.step or 0)}"
        return what if index == self._chosen else f"{what}: click to load its networks"

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self._at(event.pos().x())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self._chosen
        if index >= 0:
            self.menu_wanted.emit(event.globalPos(), index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._frames) - 1
        places = {
            Qt.Key.Key_Left: max(0, self._chosen - 1),
            Qt.Key.Key_Right: min(last, self._chosen + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in places and last >= 0:
            if places[key] != self._chosen:
                self.chosen.emit(places[key])
            event.accept()
            return
        event.ignore()
