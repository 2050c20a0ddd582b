"""Small images in rows that can be clicked, dragged elsewhere and put in another order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMenu, QSizePolicy, QToolTip, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.explore.carried import carry
from ganstudio.desktop.explore.favourites.favourites import Favourite
from ganstudio.desktop.explore.strip import cell_size, mosaic
from ganstudio.desktop.widgets.painting import paint_focus

NUMBER_MIME = "application/x-ganstudio-favourite"
"""Which favourite is dragged, as a number in text."""
_ROOM, _GAP = 58, 4
_BAR = 2
_SELECTION, _SELECTION_INSIDE = QColor("#3fbfae"), QColor("#0c0d0e")
_WAYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class FavouritesTray(QWidget):
    """The favourites, and a last place with a plus that keeps what is shown.

    A click takes one back. Keys: arrows choose, Enter takes the chosen one back, Delete removes it, Alt with Left and
    Right moves it.
    """

    opened = Signal(int)
    chosen = Signal(int)
    """The favourite in hand; -1 for none."""
    keep_requested = Signal()
    remove_requested = Signal(int)
    move_requested = Signal(int, int)
    """A favourite is to stand at another place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Favourites")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._favourites: tuple[Favourite, ...] = ()
        self._pixmaps: dict[int, QPixmap] = {}
        self._chosen, self._target = -1, -1
        self._cell = _ROOM
        self._pressed: tuple[int, QPointF] | None = None
        self._fit()

    @property
    def chosen_index(self) -> int:
        """The favourite in hand; -1 for none."""
        return self._chosen

    def set_favourites(self, favourites: Sequence[Favourite]) -> None:
        """Show others, or in another order."""
        self._favourites, self._pixmaps = tuple(favourites), {}
        if self._favourites:
            side = self._favourites[0].image.shape[0]
            self._cell = max(24, cell_size(_ROOM, side, _ROOM))
        if self._chosen >= len(self._favourites):
            self.choose(-1)
        self._fit()
        self.update()

    def choose(self, index: int) -> None:
        """Take a favourite in hand; -1 for none."""
        if index != self._chosen:
            self._chosen = index
            self.update()
            self.chosen.emit(index)

    def mime(self, index: int) -> QMimeData:
        """What is dragged: the latent, and which favourite it is."""
        data, favourite = QMimeData(), self._favourites[index]
        carry(data, favourite.origin.latent, favourite.text)
        data.setData(NUMBER_MIME, str(index).encode())
        return data

    def place(self, index: int) -> QRect:
        """Where a favourite stands; one past the last is the plus."""
        step, columns = self._cell + _GAP, self._columns()
        return QRect(index % columns * step, index // columns * step, self._cell, self._cell)

    def sizeHint(self) -> QSize:
        return QSize(6 * (_ROOM + _GAP), self.minimumHeight())

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index in range(len(self._favourites)):
            place = self.place(index)
            painter.drawPixmap(place.topLeft(), self._pixmap(index))
            if index == self._chosen:
                _paint_selection(painter, place)
        self._paint_plus(painter, self.place(len(self._favourites)))
        if self._target >= 0:
            place = self.place(self._target)
            painter.fillRect(place.left() - _GAP // 2 - 1, place.top(), _BAR, place.height(), _SELECTION)
        if self.hasFocus():
            index = self._chosen if self._chosen >= 0 else len(self._favourites)
            paint_focus(painter, QRectF(self.place(index)).adjusted(1, 1, -1, -1))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """A tooltip says what the favourite under the pointer is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._at(event.pos())
            if index == len(self._favourites):
                QToolTip.showText(event.globalPos(), "Keep the image that is shown (K)", self)
            elif index >= 0:
                QToolTip.showText(event.globalPos(), words(self._favourites[index]), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._pressed = (index, event.position())
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._at(event.position().toPoint()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        if self._pressed is None or self._pressed[0] == len(self._favourites):
            return
        index, start = self._pressed
        if (event.position() - start).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self._drag(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._at(event.position().toPoint()) != pressed[0]:
            return
        if pressed[0] == len(self._favourites):
            self.keep_requested.emit()
        else:
            self.choose(pressed[0])
            self.opened.emit(pressed[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), len(self._favourites)
        steps = _WAYS | {Qt.Key.Key_Up: -self._columns(), Qt.Key.Key_Down: self._columns()}
        if key in steps and count:
            target = min(count - 1, max(0, self._chosen + steps[key])) if self._chosen >= 0 else 0
            if event.modifiers() & Qt.KeyboardModifier.AltModifier and self._chosen >= 0:
                self.move_requested.emit(self._chosen, target)
            self.choose(target)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.keep_requested.emit() if self._chosen < 0 else self.opened.emit(self._chosen)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._chosen >= 0:
            self.remove_requested.emit(self._chosen)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self._at(event.pos())
        if 0 <= index < len(self._favourites):
            self.choose(index)
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(theme.icon("arrow-bend-up-left", "ink2"), "Take back", lambda: self.opened.emit(index))
            menu.addAction(theme.icon("trash", "ink2"), "Remove", lambda: self.remove_requested.emit(index))
            menu.popup(event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is self and event.mimeData().hasFormat(NUMBER_MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._set_target(self._gap_at(event.position().toPoint()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_target(-1)

    def dropEvent(self, event: QDropEvent) -> None:
        target = self._gap_at(event.position().toPoint())
        self._set_target(-1)
        index = int(bytes(event.mimeData().data(NUMBER_MIME).data()) or b"-1")
        if 0 <= index < len(self._favourites):
            event.acceptProposedAction()
            target -= target > index
            if target != index:
                self.move_requested.emit(index, target)
                self.choose(target)

    # places

    def _columns(self) -> int:
        return max(1, (self.width() + _GAP) // (self._cell + _GAP))

    def _fit(self) -> None:
        rows = len(self._favourites) // self._columns() + 1
        self.setMinimumHeight(rows * (self._cell + _GAP) - _GAP)

    def _at(self, place: QPoint) -> int:
        """The favourite at a place; their number for the plus, -1 for none."""
        places = range(len(self._favourites) + 1)
        return next((index for index in places if self.place(index).contains(place)), -1)

    def _gap_at(self, place: QPoint) -> int:
        """Before which favourite a dragged one would be put."""
        step, columns = self._cell + _GAP, self._columns()
        column = min(columns, max(0, round(place.x() / step)))
        return min(len(self._favourites), max(0, place.y() // step * columns + column))

    def _set_target(self, target: int) -> None:
        if target != self._target:
            self._target = target
            self.update()

    def _drag(self, index: int) -> None:
        drag = QDrag(self)
        drag.setMimeData(self.mime(index))
        drag.setPixmap(self._pixmap(index))
        drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.CopyAction)

    # painting

    def _pixmap(self, index: int) -> QPixmap:
        found = self._pixmaps.get(index)
        if found is None or found.devicePixelRatio() != self.devicePixelRatioF():
            image = np.asarray(self._favourites[index].image)[None]
            found = self._pixmaps[index] = mosaic(image, self._cell, self.devicePixelRatioF())
        return found

    def _paint_plus(self, painter: QPainter, place: QRect) -> None:
        painter.setPen(QPen(theme.qcolor("edge"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(0, 0, -1, -1))
        box = QRect(0, 0, 16, 16)
        box.moveCenter(place.center())
        theme.paint_icon(painter, "plus", box, "ink3")


def words(favourite: Favourite) -> str:
    """What a favourite is, such as ``"seed 5, class 3, step 3600"``."""
    origin = favourite.origin
    parts = [favourite.text]
    parts += [f"class {origin.class_name or origin.label}"] if origin.label is not None else []
    parts += [f"truncation {origin.look.truncation:.2f}"] if origin.look.truncation != 1.0 else []
    parts += ["changed channels"] if origin.look.channels else []
    return ", ".join([*parts, f"{'raw' if origin.networks == 'raw' else 'EMA'}, step {origin.step}"])


def _paint_selection(painter: QPainter, place: QRect) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for inset, colour in ((0, _SELECTION), (2, _SELECTION_INSIDE)):
        pen = QPen(colour, 2)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(place.adjusted(inset + 1, inset + 1, -inset - 1, -inset - 1))
