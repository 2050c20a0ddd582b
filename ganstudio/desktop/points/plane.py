"""The plane: D's map, real and generated points, where D pulls, and the modes. A painted widget."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ganstudio.data.points import Modes
from ganstudio.desktop import format as fmt
from ganstudio.desktop.points.scale import Scale
from ganstudio.desktop.points.shading import View, dots_image, map_image
from ganstudio.desktop.theme import DARK, font, qcolor, theme
from ganstudio.desktop.widgets.painting import paint_focus
from ganstudio.evaluation.points import REACH
from ganstudio.training.events import Landscape

LayerName = Literal["real", "generated", "map", "pull", "modes"]
Floats = NDArray[np.float32]

_LEFT, _TOP, _RIGHT, _BOTTOM = 36, 10, 12, 26
_REAL_RADIUS, _FAKE_RADIUS = 1.5, 1.7
_NEAREST, _ZOOM = 0.02, 1.25
_ARROW, _HEAD = 0.62, 3.2
"""The longest arrow as a share of the distance between two; the length of its head in px."""
_MOST_CHIPS = 9
_MISSED = QColor(DARK.warn)


@dataclass(frozen=True)
class Scene:
    """What the plane shows. `covered` (K,) tells which modes are; None before there are generated points."""

    landscape: Landscape | None = None
    generated: Floats | None = None
    scale: Scale | None = None
    modes: Modes | None = None
    covered: NDArray[np.bool_] | None = None
    layers: frozenset[LayerName] = field(default=frozenset({"real", "generated", "map", "pull", "modes"}))


class Plane(QWidget):
    """A square of the plane with axes. The wheel zooms, dragging moves, a double click shows all again.

    Everything is painted into one pixmap, which is kept until what is shown, or the view, changes.
    """

    view_changed = Signal()
    """Zoomed or moved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = Scene()
        self._view: View | None = None
        self._still: QPixmap | None = None
        self._dragged: tuple[QPointF, View] | None = None
        self._empty = ""
        self.setMinimumSize(220, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Point space")
        theme().changed.connect(self._on_theme)

    # what is shown

    @property
    def scene(self) -> Scene:
        """What is shown."""
        return self._scene

    def set_scene(self, scene: Scene) -> None:
        """Show something else; the view stays."""
        self._scene = scene
        if scene.generated is None or scene.covered is None:
            self.setAccessibleDescription("")
        else:
            covered, total = int(scene.covered.sum()), len(scene.covered)
            self.setAccessibleDescription(
                f"{len(scene.generated)} generated points, {covered} of {total} modes covered"
            )
        self._redraw()

    def set_layers(self, layers: frozenset[LayerName]) -> None:
        """Show these layers only."""
        self._scene = replace(self._scene, layers=layers)
        self._redraw()

    def set_empty_text(self, text: str) -> None:
        """What is said while there is nothing to see."""
        self._empty = text
        self._redraw()

    # the view

    @property
    def view(self) -> View:
        """The square that is seen."""
        return self._view or View(0.0, 0.0, self.extent)

    @property
    def extent(self) -> float:
        """How far the plane goes, as the real points have it."""
        return self._scene.landscape.extent if self._scene.landscape is not None else 3.0

    @property
    def is_whole(self) -> bool:
        """Whether all of the plane is seen."""
        return self._view is None

    @Slot()
    def zoom_in(self) -> None:
        """Nearer, around the middle."""
        self._zoom(_ZOOM, QPointF(self._square().center()))

    @Slot()
    def zoom_out(self) -> None:
        """Farther."""
        self._zoom(1 / _ZOOM, QPointF(self._square().center()))

    @Slot()
    def reset_view(self) -> None:
        """All of the plane."""
        self._set_view(None)

    def _zoom(self, factor: float, at: QPointF) -> None:
        x, y = self._place(at)
        zoomed = self.view.zoomed(factor, x, y)
        if factor < 1 and zoomed.half >= self.extent:
            self._set_view(None)
        elif zoomed.half >= self.extent * _NEAREST:
            self._set_view(self._held(zoomed))

    def _held(self, view: View) -> View:
        """`view`, moved so that it lies within the plane."""
        room = max(0.0, self.extent - view.half)
        return View(min(room, max(-room, view.x)), min(room, max(-room, view.y)), view.half)

    def _set_view(self, view: View | None) -> None:
        if view != self._view:
            self._view = view
            self._redraw()
            self.view_changed.emit()

    # events

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        turns = event.angleDelta().y() / 120
        if turns:
            self._zoom(_ZOOM**turns, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move."""
        if event.button() == Qt.MouseButton.LeftButton and not self.is_whole:
            self._dragged = (event.position(), self.view)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is seen."""
        if self._dragged is None:
            return
        start, view = self._dragged
        unit = 2 * view.half / max(1, self._square().width())
        moved = event.position() - start
        self._set_view(self._held(View(view.x - moved.x() * unit, view.y + moved.y() * unit, view.half)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End moving."""
        self._dragged = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all."""
        self.reset_view()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, arrows move, 0 shows all."""
        step = 0.1 * self.view.half
        moves = {
            Qt.Key.Key_Left: (-step, 0.0),
            Qt.Key.Key_Right: (step, 0.0),
            Qt.Key.Key_Up: (0.0, step),
            Qt.Key.Key_Down: (0.0, -step),
        }
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif key == Qt.Key.Key_0:
            self.reset_view()
        elif key in moves and not self.is_whole:
            dx, dy = moves[key]
            self._set_view(self._held(View(self.view.x + dx, self.view.y + dy, self.view.half)))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """A tooltip tells the place and what D says there."""
        if isinstance(event, QHelpEvent):
            if self._square().contains(event.pos()):
                QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def words_at(self, at: QPointF) -> str:
        """The place under a pixel, and what D says there."""
        x, y = self._place(at)
        words = f"x {fmt.number(x, 2)}, y {fmt.number(y, 2)}"
        space, scale = self._scene.landscape, self._scene.scale
        if space is None or scale is None or not space.surface.size:
            return words
        value = scale.value_at(space.surface, space.extent, x, y)
        return words if value is None else f"{words}: D says {fmt.number(value, 2)}"

    # geometry

    def sizeHint(self) -> QSize:
        return QSize(640, 640)

    def fit_height(self, height: int) -> None:
        """Be no wider than the square that fits into `height` px."""
        self.setMaximumWidth(max(self.minimumWidth(), height - _TOP - _BOTTOM + _LEFT + _RIGHT))

    def _square(self) -> QRect:
        side = max(1, min(self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM))
        left = _LEFT + max(0, (self.width() - _LEFT - _RIGHT - side) // 2)
        return QRect(left, _TOP, side, side)

    def _place(self, at: QPointF) -> tuple[float, float]:
        square, view = self._square(), self.view
        unit = 2 * view.half / square.width()
        return view.x - view.half + (at.x() - square.left()) * unit, view.y + view.half - (at.y() - square.top()) * unit

    def _redraw(self) -> None:
        self._still = None
        self.update()

    @Slot()
    def _on_theme(self) -> None:
        self._redraw()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still.deviceIndependentSize() != self.size():
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._still)
            self._paint(painter, ratio)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        if self.hasFocus():
            paint_focus(painter, QRectF(self._square()).adjusted(-1, -1, 1, 1))
        painter.end()

    def _paint(self, painter: QPainter, ratio: float) -> None:
        scene, square = self._scene, self._square()
        painter.save()
        painter.setClipRect(square)
        painter.fillRect(square, qcolor("canvas"))
        space = scene.landscape
        if space is not None:
            if "map" in scene.layers and scene.scale is not None and space.surface.size:
                side = max(1, round(square.width() * ratio))
                shares = scene.scale.shares(space.surface)
                painter.drawImage(square, map_image(shares, space.extent, self.view, side))
            if "pull" in scene.layers and space.pull.size:
                self._paint_pull(painter, square, space)
            if "modes" in scene.layers and scene.modes is not None:
                self._paint_modes(painter, square, scene.modes)
            if "real" in scene.layers:
                self._paint_dots(painter, square, ratio, space.real, _REAL_RADIUS, QColor(DARK.real))
            if "generated" in scene.layers and scene.generated is not None:
                self._paint_dots(painter, square, ratio, scene.generated, _FAKE_RADIUS, QColor(DARK.g))
            if "modes" in scene.layers and scene.modes is not None:
                self._paint_missed(painter, square, scene.modes)
        elif self._empty:
            painter.setPen(QColor(DARK.ink2))
            painter.setFont(font(12))
            painter.drawText(square.adjusted(24, 24, -24, -24), Qt.TextFlag.TextWordWrap, self._empty)
        painter.restore()
        self._paint_axes(painter, square)

    def _paint_dots(
        self, painter: QPainter, square: QRect, ratio: float, points: Floats, radius: float, colour: QColor
    ) -> None:
        side = max(1, round(square.width() * ratio))
        finite = points[np.isfinite(points).all(axis=1)]
        places = self.view.to_pixels(finite, side)
        painter.drawImage(square, dots_image(places, (side, side), radius * ratio, colour))

    def _paint_pull(self, painter: QPainter, square: QRect, space: Landscape) -> None:
        """An arrow at each place, the longer, by its square root, the stronger the pull."""
        count = len(space.pull)
        ticks = np.linspace(-space.extent, space.extent, count, dtype=np.float32)
        x, y = np.meshgrid(ticks, ticks)
        starts = self.view.to_pixels(np.stack([x.ravel(), y.ravel()], axis=1), square.width())
        starts += np.array([square.left(), square.top()])
        pull = space.pull.reshape(-1, 2).astype(np.float64)
        strength = np.hypot(pull[:, 0], pull[:, 1])
        known = np.isfinite(strength) & (strength > 0)
        if not known.any():
            return
        spacing = square.width() / (2 * self.view.half) * (2 * space.extent / (count - 1))
        usual = float(np.quantile(strength[known], 0.9)) or 1.0
        length = _ARROW * min(spacing, 60.0) * np.sqrt(np.minimum(1.0, strength[known] / usual))
        way = pull[known] / strength[known, None] * (1.0, -1.0)
        middles, reach = starts[known], way * length[:, None]
        tails, tips = middles - reach / 2, middles + reach / 2
        head = np.minimum(_HEAD, 0.6 * length)[:, None]
        side = np.stack([-way[:, 1], way[:, 0]], axis=1)
        lines: list[QLineF] = []
        for a, b in (
            (tails, tips),
            (tips, tips + head * (side * 0.55 - way)),
            (tips, tips - head * (side * 0.55 + way)),
        ):
            lines += [QLineF(*start, *end) for start, end in zip(a.tolist(), b.tolist(), strict=True)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(198, 203, 210, 125), 1))
        painter.drawLines(lines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _circles(self, square: QRect, modes: Modes) -> tuple[NDArray[np.float64], float]:
        centres = self.view.to_pixels(modes.centres, square.width()) + np.array([square.left(), square.top()])
        return centres, REACH * modes.sigma * square.width() / (2 * self.view.half)

    def _paint_modes(self, painter: QPainter, square: QRect, modes: Modes) -> None:
        """A circle of three deviations around each mode; around a missed one it is dashed, and painted on top."""
        centres, radius = self._circles(square, modes)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(198, 203, 210, 150), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index, (x, y) in enumerate(centres.tolist()):
            if self._is_covered(index):
                painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_missed(self, painter: QPainter, square: QRect, modes: Modes) -> None:
        missed = [place for index, place in enumerate(self._circles(square, modes)[0].tolist()) if not
                  self._is_covered(index)]  # fmt: skip
        radius = self._circles(square, modes)[1]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(_MISSED, 1.5)
        pen.setDashPattern([3.0, 2.2])
        for x, y in missed:
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x, y), radius + 1, radius + 1)
        self._paint_chips(painter, square, missed, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_chips(self, painter: QPainter, square: QRect, places: list[list[float]], radius: float) -> None:
        """The word beside each missed mode, where few are missed and there is room between them."""
        places = [place for place in places if square.contains(round(place[0]), round(place[1]))]
        if len(places) > _MOST_CHIPS:
            return
        painter.setFont(font(11, 600))
        width, height = painter.fontMetrics().horizontalAdvance("missed") + 14, 18
        if len(places) > 1:
            spots = np.array(places)
            gaps = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) + np.eye(len(spots)) * 1e9
            if gaps.min() < 1.25 * width:
                return
        for x, y in places:
            chip = QRectF(x + 0.5 * radius, y - radius - height - 2, width, height)
            chip.moveRight(min(chip.right(), square.right() - 2))
            chip.moveTop(max(chip.top(), square.top() + 2))
            painter.setPen(QPen(_MISSED, 1))
            painter.setBrush(QColor(DARK.warn_soft))
            painter.drawRoundedRect(chip, 3, 3)
            painter.setPen(_MISSED)
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, "missed")

    def _is_covered(self, index: int) -> bool:
        covered = self._scene.covered
        return covered is None or bool(covered[index])

    def _paint_axes(self, painter: QPainter, square: QRect) -> None:
        view = self.view
        painter.setPen(qcolor("line"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(square.adjusted(0, 0, -1, -1))
        painter.setFont(font(11))
        painter.setPen(qcolor("ink3"))
        step = _nice_step(2 * view.half, max(2, square.width() // 70))
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        scale = square.width() / (2 * view.half)
        for tick in _ticks(view.x - view.half, view.x + view.half, step):
            across = square.left() + (tick - view.x + view.half) * scale
            where = QRectF(across - 30, square.bottom() + 5, 60, 16)
            painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, fmt.number(tick, decimals))
        for tick in _ticks(view.y - view.half, view.y + view.half, step):
            down = square.top() + (view.y + view.half - tick) * scale
            where = QRectF(square.left() - 66, down - 8, 58, 16)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(where, right, fmt.number(tick, decimals))


def _nice_step(span: float, most: int) -> float:
    """The least of 1, 2, 5 times a power of ten that cuts `span` into `most` pieces at most."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if span / step <= most + 1e-9)


def _ticks(low: float, high: float, step: float) -> list[float]:
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]
