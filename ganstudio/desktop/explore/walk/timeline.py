"""The walk drawn in time: ruler, key frames, the images between them, and the track with the playhead."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.explore.carried import can_carry
from ganstudio.desktop.explore.strip import cell_size, mosaic
from ganstudio.desktop.widgets.painting import paint_focus
from ganstudio.latent.walks import Key, Walk

_TICKS = 100
"""A second, for assistive programs."""
_RULER, _TRACK = 28, 26
_GAP = 6
_LARGEST_CELL, _SMALLEST_CELL = 160, 24
_FEW_BETWEEN, _MOST_BETWEEN = 3, 9
_KEY_SHARE, _CROWDED_SHARE, _LEGIBLE = 0.42, 0.85, 56
"""A key's image takes at most the first share of the room from key to key; where it would be too small, the second."""
_TAG, _TAG_INSIDE = 16, 40
"""The side of a key's letter, which stands above an image that is smaller than the second."""
_REACH = 8
_DRAG = 3
_NAMED_PX = 60
_RULES = ((0.5, 5), (1.0, 4), (2.0, 4), (5.0, 5), (10.0, 5), (20.0, 4))
"""Seconds between two named lines of the ruler, and into how many parts they are divided."""
_SNAP, _FINE = 0.1, 0.01
_SELECTION, _SELECTION_INSIDE = QColor("#3fbfae"), QColor("#0c0d0e")

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Drag:
    """A key in hand: its number, the seconds between it and the pointer, and the seconds that the width stood for."""

    index: int
    offset: float
    span: float
    start: QPointF
    moving: bool = False


class WalkTimeline(QAbstractSlider):
    """Seconds from left to right. It shows what it is told and tells what the person does.

    A click goes to a place, a key's image and diamond can be dragged. Keys: Left and Right move the playhead by a
    tenth of a second, with Shift by a hundredth, with Ctrl from key frame to key frame, with Alt they move the key
    frame in hand; Home and End go to the ends, Insert adds a key frame, Delete removes the one in hand.
    """

    moved = Signal(float)
    """The person moved the playhead to this second."""
    released = Signal()
    chosen = Signal(int)
    """The key frame in hand; -1 for none."""
    key_moved = Signal(int, float)
    """A key frame is to lie at this second; the number of keys stands for the end of a loop."""
    add_requested = Signal()
    delete_requested = Signal(int)
    dropped = Signal(object, int, float)
    """What was dropped (a `QMimeData` that carries a latent) on a key frame, or on none (-1) at a second."""
    laid_out = Signal()
    """Other images are wanted: `times` has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setSingleStep(_TICKS // 10)
        self.setAccessibleName("Walk in seconds")
        self.setToolTip(
            "Drag along the walk, or a key frame in time. Left and Right move, with Ctrl from key to key, "
            "with Alt they move the key in hand; Insert adds one, Delete removes it"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_RULER + 2 * _SMALLEST_CELL + _TRACK)
        self.setAcceptDrops(True)
        self._walk: Walk | None = None
        self._position, self._on_walk, self._chosen = 0.0, False, -1
        self._images: tuple[Pixels, list[Pixels]] | None = None
        self._side = 28
        self._kept: QPixmap | None = None
        self._kept_key: object = None
        self._large, self._small = 2 * _SMALLEST_CELL, _SMALLEST_CELL
        self._cells: tuple[int, ...] = ()
        self._drag: _Drag | None = None
        self._target: int | None = None
        self.valueChanged.connect(self._on_value)

    @property
    def position(self) -> float:
        """The second at which the playhead stands."""
        return self._position

    @property
    def walk(self) -> Walk | None:
        """What is shown."""
        return self._walk

    @property
    def chosen_key(self) -> int:
        """The key frame in hand; -1 for none."""
        return self._chosen

    @property
    def has_images(self) -> bool:
        """Whether the images are drawn."""
        return self._images is not None

    @property
    def cells(self) -> tuple[int, ...]:
        """How many images there is room for in each segment between two keys."""
        return self._cells

    @property
    def times(self) -> list[float]:
        """The seconds of the images that are wanted: those of the keys, then of the cells, segment by segment."""
        if self._walk is None:
            return []
        stations = self._walk.stations
        between = [
            _mix(stations[index].time, stations[index + 1].time, (cell + 1) / (count + 1))
            for index, count in enumerate(self._cells)
            for cell in range(count)
        ]
        return [key.time for key in self._walk.keys] + between

    def set_walk(self, walk: Walk | None) -> None:
        """Show another walk."""
        if walk is self._walk:
            return
        self._walk = walk
        if walk is None or self._chosen >= len(walk.keys):
            self.choose(-1)
        self._measure()
        blocked = self.blockSignals(True)
        self.setRange(0, 0 if walk is None else round(walk.duration * _TICKS))
        self.blockSignals(blocked)
        self.update()

    def set_position(self, position: float) -> None:
        """Show the playhead at a second without telling."""
        if position != self._position:
            self._position = position
            blocked = self.blockSignals(True)
            self.setValue(round(position * _TICKS))
            self.blockSignals(blocked)
            self.update()

    def set_on_walk(self, on_walk: bool) -> None:
        """Whether the image that is shown lies on the walk; else the playhead only says where one would go on."""
        if on_walk != self._on_walk:
            self._on_walk = on_walk
            self.update()

    def choose(self, index: int) -> None:
        """Take a key frame in hand; -1 for none."""
        if index != self._chosen:
            self._chosen = index
            self._kept = None
            self.update()
            self.chosen.emit(index)

    def set_images(self, images: Pixels | None, cells: Sequence[int] = ()) -> None:
        """Show uint8 (N, H, W, C) at the `times` of when there was room for `cells`, or none yet."""
        self._images, self._kept = None, None
        if images is not None:
            keys = len(images) - sum(cells)
            edges = np.cumsum([keys, *cells])
            self._images = images[:keys], [images[a:b] for a, b in itertools.pairwise(edges)]
            self._side = images.shape[1]
        self._measure()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(686, _RULER + 84 + _TRACK)

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground())
        if self._walk is not None:
            self._paint_track(painter, self._walk)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._walk is None:
            event.ignore()
            return
        self.setSliderDown(True)
        place = event.position()
        index = self._station_at(place)
        if index is None:
            self.choose(-1)
            self._go(self._picked(place))
            return
        time = self._walk.stations[index].time
        if index > 0:
            self._drag = _Drag(index, time - self._at(place.x()), self._span(), place)
        self.choose(index % len(self._walk.keys))
        self._go(time)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.isSliderDown():
            return
        drag = self._drag
        if drag is None:
            if self._chosen < 0:
                self._go(self._at(event.position().x()))
        elif drag.moving or abs(event.position().x() - drag.start.x()) > _DRAG:
            self._drag = _Drag(drag.index, drag.offset, drag.span, drag.start, moving=True)
            step = _FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _SNAP
            time = (self._at(event.position().x(), drag.span) + drag.offset) / step
            self.key_moved.emit(drag.index, round(round(time) * step, 2))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderDown(False)
            self._drag = None
            self._measure()
            self.update()
            self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        step = _FINE if modifiers & Qt.KeyboardModifier.ShiftModifier else _SNAP
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if self._walk is None or not self._act(self._walk, key, ways.get(key, 0), step, modifiers):
            event.ignore()

    def _act(self, walk: Walk, key: Qt.Key, way: int, step: float, modifiers: Qt.KeyboardModifier) -> bool:
        """Do what a key stands for; False when it stands for nothing here."""
        if way and modifiers & Qt.KeyboardModifier.AltModifier:
            if self._chosen > 0:
                self.key_moved.emit(self._chosen, round(walk.keys[self._chosen].time + way * step, 2))
                self.released.emit()
        elif way and modifiers & Qt.KeyboardModifier.ControlModifier:
            self.go_to_key(way)
        elif way:
            self._go(round(self._position + way * step, 2))
            self.released.emit()
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._go(0.0 if key == Qt.Key.Key_Home else walk.duration)
            self.released.emit()
        elif key == Qt.Key.Key_Insert:
            self.add_requested.emit()
        elif key == Qt.Key.Key_Delete and self._chosen >= 0:
            self.delete_requested.emit(self._chosen)
        else:
            return False
        return True

    def go_to_key(self, way: int) -> None:
        """Go to the next key frame (1) or the one before (-1), and take it in hand."""
        if self._walk is None:
            return
        stations = self._walk.stations
        beyond = [each for each in stations if (each.time - self._position) * way > 1e-6]
        if beyond:
            target = beyond[0 if way > 0 else -1]
            self._go(target.time)
            self.released.emit()
        self.choose(-1 if (at := self._walk.key_at(self._position)) is None else at)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._walk is not None and self.isEnabled() and can_carry(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """The key frame that would be replaced is framed."""
        self._set_target(self._station_at(event.position()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_target(None)

    def dropEvent(self, event: QDropEvent) -> None:
        index = self._station_at(event.position())
        self._set_target(None)
        if self._walk is not None:
            event.acceptProposedAction()
            key = -1 if index is None else index % len(self._walk.keys)
            self.dropped.emit(event.mimeData(), key, round(self._at(event.position().x()), 2))

    @Slot(int)
    def _on_value(self, ticks: int) -> None:
        """Only an assistive program sets Qt's own value."""
        self._go(ticks / _TICKS)
        self.released.emit()

    def _go(self, position: float) -> None:
        if self._walk is None:
            return
        position = min(self._walk.duration, max(0.0, position))
        if position != self._position or not self._on_walk:
            self.set_position(position)
            self.moved.emit(position)

    def _set_target(self, index: int | None) -> None:
        if index != self._target:
            self._target, self._kept = index, None
            self.update()

    # places

    def _measure(self) -> None:
        """The sizes at which the images fit, and how many fit between the keys."""
        if self._walk is None:
            self._cells = ()
            return
        times = [key.time for key in self._walk.stations]
        gaps = np.diff(times) / self._span()
        room = max(_SMALLEST_CELL, min(self.height() - _RULER - _TRACK, _LARGEST_CELL))
        fits = float(gaps.min()) / (1 + float(gaps.min())) * self.width()
        mean = float(gaps.mean()) * self.width()
        wanted = max(_KEY_SHARE * mean, min(_LEGIBLE, _CROWDED_SHARE * mean))
        room = max(_SMALLEST_CELL, min(room, int(fits), int(wanted)))
        self._large = cell_size(room, self._side, room)
        between = gaps * (self.width() - self._large) - self._large - 2 * _GAP
        for small in self._small_sizes():
            cells = tuple(min(_MOST_BETWEEN, max(0, int(width // small))) for width in between.tolist())
            self._small = small
            if float(np.median(cells)) >= _FEW_BETWEEN:
                break
        self._kept = None
        if cells != self._cells and self._drag is None:
            self._cells = cells
            self.laid_out.emit()
        self._cells = cells

    def _small_sizes(self) -> list[int]:
        """Sizes of the images between, the largest first: whole multiples where the keys' images are."""
        factor = self._large // self._side if self._large % self._side == 0 else 0
        if factor > 1:
            return [each * self._side for each in range(factor - 1, 0, -1)]
        return [max(16, self._large * 2 // 3), max(16, self._large // 2)]

    def _span(self) -> float:
        """The seconds that the width stands for; while a key is dragged it only grows."""
        duration = 1.0 if self._walk is None else self._walk.duration
        return duration if self._drag is None else max(duration, self._drag.span)

    def _x(self, time: float) -> float:
        return self._large / 2 + time / self._span() * (self.width() - self._large)

    def _at(self, x: float, span: float | None = None) -> float:
        return (x - self._large / 2) / max(1.0, self.width() - self._large) * (span or self._span())

    def _top(self) -> int:
        return _RULER + max(0, (self.height() - _RULER - _TRACK - self._large) // 2)

    def _key_place(self, time: float) -> QRect:
        return QRect(round(self._x(time) - self._large / 2), self._top(), self._large, self._large)

    def _segment(self, index: int) -> QRect:
        """Where the images between two keys stand."""
        assert self._walk is not None
        stations, width = self._walk.stations, self._cells[index] * self._small
        middle = (self._x(stations[index].time) + self._x(stations[index + 1].time)) / 2
        top = self._top() + (self._large - self._small) // 2
        return QRect(round(middle - width / 2), top, width, self._small)

    def _track_y(self) -> int:
        return self._top() + self._large + 14

    def _station_at(self, place: QPointF) -> int | None:
        """The key whose diamond or image lies under a place, the one in hand before others."""
        if self._walk is None:
            return None
        near = [(abs(self._x(key.time) - place.x()), index) for index, key in enumerate(self._walk.stations)]
        if place.y() > self._track_y() - _REACH:
            distance, index = min(near)
            return index if distance <= _REACH else None
        hit = [each for each in near if self._key_place(self._walk.stations[each[1]].time).contains(place.toPoint())]
        return min(hit)[1] if hit else None

    def _picked(self, place: QPointF) -> float:
        """The second of the image under the pointer, else that of the place itself."""
        assert self._walk is not None
        stations = self._walk.stations
        for index, count in enumerate(self._cells):
            segment = self._segment(index)
            if segment.contains(place.toPoint()):
                share = (1 + int(place.x() - segment.left()) // self._small) / (count + 1)
                return _mix(stations[index].time, stations[index + 1].time, share)
        return self._at(place.x())

    # painting

    def _ground(self) -> QPixmap:
        """Ruler and images, which stay while the playhead moves."""
        ratio = self.devicePixelRatioF()
        key = (self.width(), self.height(), ratio, theme.palette().name, id(self._walk), self.isEnabled())
        if self._kept is None or self._kept_key != key:
            kept = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            kept.setDevicePixelRatio(ratio)
            kept.fill(theme.qcolor("panel"))
            if self._walk is not None:
                painter = QPainter(kept)
                self._paint_ruler(painter, self._walk)
                self._paint_between(painter, ratio)
                self._paint_keys(painter, self._walk, ratio)
                painter.end()
            self._kept, self._kept_key = kept, key
        return self._kept

    def _paint_ruler(self, painter: QPainter, walk: Walk) -> None:
        painter.setFont(theme.font(11))
        scale = (self.width() - self._large) / self._span()
        named, parts = next((rule for rule in _RULES if rule[0] * scale >= _NAMED_PX), _RULES[-1])
        for index in range(int(walk.duration / named * parts + 1e-6) + 1):
            time = index * named / parts
            x, whole = round(self._x(time)), index % parts == 0
            painter.fillRect(x, 0, 1, 8 if whole else 4, theme.qcolor("ink3" if whole else "off"))
            if whole:
                painter.setPen(theme.qcolor("ink3"))
                painter.drawText(QRect(x - 30, 9, 60, 16), Qt.AlignmentFlag.AlignHCenter, f"{time:g} s")

    def _paint_between(self, painter: QPainter, ratio: float) -> None:
        for index, count in enumerate(self._cells):
            place = self._segment(index)
            painter.fillRect(place, theme.qcolor("canvas"))
            images = self._images[1][index] if self._images and index < len(self._images[1]) else None
            if count and images is not None and len(images):
                shown = images[((np.arange(count) + 0.5) / count * len(images)).astype(int)]
                painter.drawPixmap(place.topLeft(), mosaic(shown, self._small, ratio))

    def _paint_keys(self, painter: QPainter, walk: Walk, ratio: float) -> None:
        order = sorted(range(len(walk.stations)), key=lambda index: index == self._chosen)
        for index in order:
            place = self._key_place(walk.stations[index].time)
            number = index % len(walk.keys)
            painter.fillRect(place, theme.qcolor("canvas"))
            if self._images is not None and number < len(self._images[0]):
                painter.drawPixmap(place.topLeft(), mosaic(self._images[0][number : number + 1], self._large, ratio))
            self._paint_frame(painter, place, chosen=index in (self._chosen, self._target))
            tag = QRect(place.left() + 2, place.top() + 2, _TAG, _TAG)
            if place.width() < _TAG_INSIDE and place.top() - _TAG >= _RULER - 4:
                tag.moveTo(place.center().x() - _TAG // 2 + 1, place.top() - _TAG)
            painter.fillRect(tag, theme.qcolor("panel"))
            painter.setFont(theme.font(12, 600))
            painter.setPen(theme.qcolor("ink3" if index == len(walk.keys) else "ink"))
            painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, key_name(number))

    def _paint_frame(self, painter: QPainter, place: QRect, *, chosen: bool) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if not chosen:
            painter.setPen(theme.qcolor("edge"))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
            return
        for inset, colour in ((0, _SELECTION), (2, _SELECTION_INSIDE)):
            pen = QPen(colour, 2)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(place.adjusted(inset + 1, inset + 1, -inset - 1, -inset - 1))

    def _paint_track(self, painter: QPainter, walk: Walk) -> None:
        y, start, end = self._track_y(), round(self._x(0.0)), round(self._x(walk.duration))
        knob = round(self._x(min(self._position, walk.duration)))
        accent = theme.qcolor("accent" if self._on_walk and self.isEnabled() else "off")
        painter.fillRect(start, y - 1, end - start, 2, theme.qcolor("edge"))
        painter.fillRect(start, y - 1, knob - start, 2, accent)
        painter.fillRect(knob, 4, 1, y - 4, accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, key in enumerate(walk.stations):
            self._paint_diamond(painter, key, y, chosen=index == self._chosen, ghost=index == len(walk.keys))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawEllipse(QPointF(knob + 0.5, y), 5, 5)
        painter.drawPolygon(_marker(knob + 0.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_diamond(self, painter: QPainter, key: Key, y: int, *, chosen: bool, ghost: bool) -> None:
        painter.setPen(QPen(theme.qcolor("accent" if chosen else "off" if ghost else "ink"), 2 if chosen else 1.5))
        painter.setBrush(theme.qcolor("panel"))
        painter.drawPolygon(_diamond(round(self._x(key.time)) + 0.5, y, 6.5 if chosen else 5.5))


def key_name(index: int) -> str:
    """A, B, C and so on."""
    return chr(ord("A") + index)


def _mix(start: float, end: float, share: float) -> float:
    return start + share * (end - start)


def _diamond(x: float, y: float, reach: float) -> QPolygonF:
    return QPolygonF([QPointF(x, y - reach), QPointF(x + reach, y), QPointF(x, y + reach), QPointF(x - reach, y)])


def _marker(x: float) -> QPolygonF:
    return QPolygonF([QPointF(x - 5, 0), QPointF(x + 5, 0), QPointF(x + 5, 5), QPointF(x, 10), QPointF(x - 5, 5)])
