"""The map of a plane of latents: cells that fill in, panned, zoomed, and clicked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.carried import can_carry
from ganstudio.desktop.widgets.imaging import to_qimage
from ganstudio.desktop.widgets.painting import paint_focus
from ganstudio.latent.anchored_plane import LETTERS, AnchoredPlane, Cell, Window, next_density

_ACROSS, _SMALLEST, _LARGEST = 13, 24, 56
_ROUGHLY = 1.3
"""How much larger than planned a cell may become to show each pixel of an image as one of the screen."""
_CHIP = 16
_KEPT = 6000
_SELECTION, _INSIDE, _HOVER = QColor("#3fbfae"), QColor("#0c0d0e"), QColor("#949ba5")
_CHIP_GROUND, _CHIP_INK, _CHIP_EDGE = QColor(12, 13, 14, 225), QColor("#e9ebee"), QColor("#b3b9c1")
_MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_WHEEL = 120


class PlaneView(QWidget):
    """Shows the images that it is given for cells, and tells which others it wants.

    Drag moves the plane, the wheel changes how much of it is seen, a click takes a cell. Keys: arrows go to the cell
    beside the latent's, with Shift they move the plane, + and − change how much is seen, Home brings A to the middle.
    """

    wanted = Signal()
    """Cells are seen that have no image."""
    picked = Signal(object, bool)
    """The person took a cell; whether by a key that may be held down."""
    released = Signal()
    """The key was released."""
    density_changed = Signal(int)
    carried = Signal(str, object)
    """A latent was dropped on an anchor: its letter, and the dropped data."""
    menu_wanted = Signal(QPoint, str)
    """A menu at a place of the screen, for the anchor whose letter is given, or for all ("")."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Plane of latents")
        self.setAccessibleDescription("Arrow keys go to the cell beside, plus and minus zoom, Home shows anchor A")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self._plane: AnchoredPlane | None = None
        self._mark: tuple[float, float] | None = None
        self._side = 0
        self._window = Window(1, 1, 28)
        self._images: OrderedDict[tuple[int, Cell], QPixmap] = OrderedDict()
        self._fresh: set[tuple[int, Cell]] = set()
        self._under: tuple[QPixmap, Window] | None = None
        self._said = ""
        self._focus: tuple[float, float] | None = None
        self._grip: tuple[QPointF, Window] | None = None
        self._panning = False
        self._hovered: Cell | None = None
        self._target = ""
        self._wheel = 0
        self._by_hand = False

    # what is shown

    @property
    def window_shown(self) -> Window:
        """Which cells stand where, in logical pixels of the map."""
        return self._window

    @property
    def plane(self) -> AnchoredPlane | None:
        """The plane that is shown."""
        return self._plane

    @property
    def has_images(self) -> bool:
        """Whether any cell is drawn."""
        return bool(self._images)

    def set_plane(self, plane: AnchoredPlane | None) -> None:
        """Show another plane: its cells are all to be drawn."""
        if plane is not self._plane:
            self._plane = plane
            self.clear()

    def set_side(self, side: int) -> None:
        """The side in pixels of the images that will come."""
        if side != self._side:
            self._side = side
            self._measure()

    def set_mark(self, place: tuple[float, float] | None) -> None:
        """Mark the cell of the latent at hand, where it lies on the plane."""
        if place != self._mark:
            self._mark = place
            self.update()

    def set_said(self, sentence: str) -> None:
        """What is said while nothing is drawn."""
        if sentence != self._said:
            self._said = sentence
            self.update()

    def clear(self) -> None:
        """Forget all images."""
        self._images.clear()
        self._fresh.clear()
        self._under = None
        self.update()

    def age(self) -> None:
        """All images are to be drawn anew; they stay until then."""
        self._fresh.clear()
        self.wanted.emit()

    def missing(self, most: int) -> list[Cell]:
        """Cells that are seen and not drawn yet, nearest to where the person looks first."""
        density = self._window.density
        cells = self._window.cells(self._focus)
        return [cell for cell in cells if (density, cell) not in self._fresh][:most]

    def latents(self, cells: Sequence[Cell]) -> NDArray[np.float32]:
        """The latents (N, size) that cells show."""
        assert self._plane is not None, "there is a plane"
        places = [self._window.place(cell) for cell in cells]
        return self._plane.at([u for u, _ in places], [v for _, v in places])

    def put(self, density: int, cells: Sequence[Cell], images: NDArray[np.uint8]) -> None:
        """Show uint8 images (N, H, W, C) in cells of a density."""
        for cell, image in zip(cells, images, strict=True):
            key = density, cell
            self._images[key] = self._scaled(image)
            self._images.move_to_end(key)
            self._fresh.add(key)
        while len(self._images) > _KEPT:
            self._fresh.discard(self._images.popitem(last=False)[0])
        if self._under is not None and not self.missing(1):
            self._under = None
        self.update()

    # where one looks

    def set_density(self, density: int, around: QPointF | None = None) -> None:
        """So many cells from A to B; the place under a pixel of the map, or its middle, stays."""
        window = self._window
        if density == window.density or self._plane is None:
            return
        before = self.grab(self._canvas())
        x, y = (window.width / 2, window.height / 2) if around is None else (around.x(), around.y())
        self._under = (before, window)
        self._focus = (x, y)
        self._by_hand = True
        self._look(window.zoomed(density, x, y).snapped())
        self.density_changed.emit(density)

    def zoom(self, notches: int) -> None:
        """See more of the plane in coarser steps, or less in finer ones."""
        self.set_density(next_density(self._window.density, notches))

    def show_all(self) -> None:
        """A in the middle, and B and C at the edges."""
        half = max(1, min(self._window.width, self._window.height) // self._window.cell // 2)
        fitting = next_density(half, 0)
        fitting = fitting if fitting <= half else next_density(half, -1)
        self._under, self._by_hand = None, False
        self._look(Window(self._window.width, self._window.height, self._window.cell, fitting, 1e-6, 1e-6).snapped())
        self.density_changed.emit(fitting)

    def reveal(self, cell: Cell) -> None:
        """Move the plane as little as needed for a cell to be seen whole."""
        window = self._window
        x, y = window.corner(cell)
        dx = max(0.0, -x) - max(0.0, x + window.cell - window.width)
        dy = max(0.0, -y) - max(0.0, y + window.cell - window.height)
        if dx or dy:
            self._by_hand = True
            self._look(window.moved(dx, dy))

    def _look(self, window: Window) -> None:
        self._window = window
        self.update()
        self.wanted.emit()

    # size

    def sizeHint(self) -> QSize:
        return QSize(364, 364)

    def minimumSizeHint(self) -> QSize:
        return QSize(5 * _SMALLEST, 3 * _SMALLEST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        before = self._window
        cell = cell_side(min(self.width(), self.height()), self._side or 28)
        columns, rows = (max(1, length // cell) for length in (self.width(), self.height()))
        if cell != before.cell:
            self.clear()
        self._focus = None
        self._window = before.resized(columns * cell, rows * cell, cell).snapped()
        if not self._by_hand:
            self.show_all()
        self.wanted.emit()

    def _canvas(self) -> QRect:
        return QRect((self.width() - self._window.width) // 2, 0, self._window.width, self._window.height)

    def _cell_rect(self, cell: Cell) -> QRect:
        x, y = self._window.corner(cell)
        side = self._window.cell
        return QRect(round(x), round(y), side, side).translated(self._canvas().topLeft())

    def _scaled(self, image: NDArray[np.uint8]) -> QPixmap:
        ratio = self.devicePixelRatioF()
        device = round(self._window.cell * ratio)
        enlarges = device >= image.shape[0]
        mode = Qt.TransformationMode.FastTransformation if enlarges else Qt.TransformationMode.SmoothTransformation
        scaled = to_qimage(image).scaled(device, device, Qt.AspectRatioMode.IgnoreAspectRatio, mode)
        pixmap = QPixmap.fromImage(scaled.convertToFormat(QImage.Format.Format_RGB32))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        canvas = self._canvas()
        if self._plane is None or not (self._images or self._under):
            painter.fillRect(canvas if self._plane is not None else self.rect(), theme.qcolor("canvas"))
            self._paint_said(painter)
        if self._plane is not None:
            painter.setClipRect(canvas)
            if self._images or self._under:
                painter.fillRect(canvas, theme.qcolor("canvas"))
            self._paint_cells(painter)
            self._paint_marks(painter)
            painter.setClipping(False)
        if self.hasFocus():
            paint_focus(painter, QRectF(canvas).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_said(self, painter: QPainter) -> None:
        painter.setFont(theme.font(12))
        painter.setPen(QColor("#b3b9c1"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(12, 12, -12, -12), flags, self._said)

    def _paint_cells(self, painter: QPainter) -> None:
        if self._under is not None:
            pixmap, before = self._under
            left, top = (before.place_at(0, 0), before.place_at(before.width, before.height))
            scale = self._window.cell * self._window.density
            offset = self._canvas().topLeft()
            x = offset.x() + self._window.width / 2 + (left[0] - self._window.u) * scale
            y = offset.y() + self._window.height / 2 - (left[1] - self._window.v) * scale
            wide, high = (top[0] - left[0]) * scale, (left[1] - top[1]) * scale
            painter.setOpacity(0.4)
            painter.drawPixmap(QRectF(x, y, wide, high), pixmap, QRectF(pixmap.rect()))
            painter.setOpacity(1.0)
        density = self._window.density
        for cell in self._window.cells():
            image = self._images.get((density, cell))
            if image is not None:
                painter.drawPixmap(self._cell_rect(cell).topLeft(), image)

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._hovered is not None and self._grip is None and not self._target:
            painter.setPen(QPen(_HOVER, 1))
            painter.drawRect(self._cell_rect(self._hovered).adjusted(0, 0, -1, -1))
        if (marked := self.marked) is not None:
            box = QRectF(self._cell_rect(marked))
            painter.setPen(QPen(_SELECTION, 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
            painter.setPen(QPen(_INSIDE, 1))
            painter.drawRect(box.adjusted(2.5, 2.5, -2.5, -2.5))
        for letter in LETTERS:
            self._paint_anchor(painter, letter)

    def _paint_anchor(self, painter: QPainter, letter: str) -> None:
        box = self._cell_rect(self.anchor_cell(letter))
        chip = QRectF(box.center().x() - _CHIP / 2 + 0.5, box.center().y() - _CHIP / 2 + 0.5, _CHIP - 1, _CHIP - 1)
        target = letter == self._target
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(_SELECTION if target else _CHIP_EDGE, 2 if target else 1))
        painter.setBrush(_CHIP_GROUND)
        painter.drawRoundedRect(chip, 3, 3)
        painter.setPen(_CHIP_INK)
        painter.setFont(theme.font(11, 600))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, letter.upper())
        painter.restore()

    @property
    def marked(self) -> Cell | None:
        """The cell of the latent at hand; None while it lies off the plane."""
        return None if self._mark is None else self._window.nearest(*self._mark)

    def anchor_cell(self, letter: str) -> Cell:
        """Where an anchor stands."""
        density = self._window.density
        return {"a": (0, 0), "b": (density, 0), "c": (0, density)}[letter]

    # mouse

    def _at(self, point: QPointF) -> Cell | None:
        inside = point - QPointF(self._canvas().topLeft())
        if not self._canvas().contains(point.toPoint()) or self._plane is None:
            return None
        return self._window.cell_at(inside.x(), inside.y())

    def _anchor_near(self, point: QPointF) -> str:
        """The anchor whose cell is nearest to a pixel."""

        def far(letter: str) -> float:
            middle = QPointF(self._cell_rect(self.anchor_cell(letter)).center())
            return (middle - point).manhattanLength()

        return min(LETTERS, key=far)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and self._plane is not None:
            self._grip, self._panning = (event.position(), self._window), False
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            self._hover(self._at(event.position()))
            return
        start, window = self._grip
        moved = event.position() - start
        if self._panning or moved.manhattanLength() >= QGuiApplication.styleHints().startDragDistance():
            self._panning = self._by_hand = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._under = None
            inside = event.position() - QPointF(self._canvas().topLeft())
            self._focus = (inside.x(), inside.y())
            self._look(window.moved(moved.x(), moved.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            return
        self._grip = None
        self.unsetCursor()
        if self._panning:
            self._focus = None
            self._look(self._window.snapped())
        elif event.button() == Qt.MouseButton.LeftButton and (cell := self._at(event.position())) is not None:
            self.picked.emit(cell, False)
        self._panning = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._wheel += event.angleDelta().y()
        notches = int(self._wheel / _WHEEL)
        self._wheel -= notches * _WHEEL
        if notches:
            inside = event.position() - QPointF(self._canvas().topLeft())
            self.set_density(next_density(self._window.density, notches), inside)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell is not None else Qt.CursorShape.ArrowCursor)
            self.update()

    def event(self, event: QEvent) -> bool:
        """A tooltip says where a cell lies."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if cell is None else self.tip(cell), self)
            return True
        return super().event(event)

    def tip(self, cell: Cell) -> str:
        """Where a cell lies, in words."""
        assert self._plane is not None, "there is a plane"
        for letter, anchor in zip(LETTERS, self._plane.anchors, strict=True):
            if cell == self.anchor_cell(letter):
                return f"{letter.upper()}, {anchor.text}\nClick to take this latent"
        u, v = self._window.place(cell)
        return f"{_signed(u)} of A → B, {_signed(v)} of A → C\nClick to take this latent; drag to move the plane"

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        cell = self._at(QPointF(event.pos()))
        letter = next((each for each in LETTERS if cell == self.anchor_cell(each)), "")
        self.menu_wanted.emit(event.globalPos(), letter)

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._plane is None:
            super().keyPressEvent(event)
        elif key in _MOVES and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            right, up = _MOVES[key]
            self._by_hand = True
            self._look(self._window.moved(-right * self._window.cell, up * self._window.cell))
        elif key in _MOVES:
            start = self.marked or self._window.nearest(self._window.u, self._window.v)
            right, up = _MOVES[key] if self.marked is not None else (0, 0)
            cell = start[0] + right, start[1] + up
            self.reveal(cell)
            self.picked.emit(cell, True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(-1 if key == Qt.Key.Key_Minus else 1)
        elif key == Qt.Key.Key_Home:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _MOVES and not event.isAutoRepeat():
            self.released.emit()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.released.emit()
        super().focusOutEvent(event)

    # dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._plane is not None and can_carry(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._show_target(self._anchor_near(event.position()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QEvent) -> None:
        self._show_target("")

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_target("")
        self.carried.emit(self._anchor_near(event.position()), event.mimeData())
        event.acceptProposedAction()

    def _show_target(self, letter: str) -> None:
        if letter != self._target:
            self._target = letter
            self.update()


def cell_side(room: int, side: int) -> int:
    """The side of a cell in logical pixels, for images of `side` pixels in a map whose shorter edge is `room`: about a
    thirteenth of it, and a whole multiple of the image's where that comes near."""
    target = min(max(room // _ACROSS, _SMALLEST), _LARGEST)
    if side > target * _ROUGHLY:
        return target
    return side * max(1, target // side)


def _signed(value: float) -> str:
    return f"+{fmt.number(value, 2)}" if value > 0 else fmt.number(value, 2)
