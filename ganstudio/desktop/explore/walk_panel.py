"""A walk between two latents: by hand, played, or saved."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractSlider, QHBoxLayout, QMenu, QSizePolicy, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.state import STRIP, WalkKind
from ganstudio.desktop.explore.strip import cell_size, mosaic
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.painting import paint_focus
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.segmented import Segmented

SECONDS = 2.0
"""From A to B."""
FRAMES_A_SECOND = 30
STRIP_IMAGES = STRIP + 2
"""A, the images between, and B."""
_TICKS = 1000
_RULER = 28
_TRACK = 26
_GAP = 8
_LARGEST_CELL = 160
_SMALLEST_CELL = 28


class WalkTimeline(QAbstractSlider):
    """Ruler, A, the images between, B, and the track. Position 0 is A, 1 is B.

    Keys: Left and Right move by a twentieth, with Shift by a hundredth; Home and End go to A and B.
    """

    moved = Signal(float)
    """The person moved to this position."""
    released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, _TICKS)
        self.setSingleStep(_TICKS // 20)
        self.setAccessibleName("Position of the walk")
        self.setToolTip("Drag along the walk; Left and Right move, Shift for small steps, Home and End go to A and B")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_RULER + 3 * _SMALLEST_CELL + _TRACK)
        self._position = 0.0
        self._on_walk = False
        self._images: NDArray[np.uint8] | None = None
        self._kept: QPixmap | None = None
        self._kept_key: object = None
        self._small, self._large = _SMALLEST_CELL, 2 * _SMALLEST_CELL
        self.valueChanged.connect(self._on_value)

    @property
    def position(self) -> float:
        """From 0 (A) to 1 (B)."""
        return self._position

    @property
    def images(self) -> NDArray[np.uint8] | None:
        """What is shown."""
        return self._images

    def set_position(self, position: float) -> None:
        """Show a position without telling."""
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

    def set_images(self, images: NDArray[np.uint8] | None) -> None:
        """Show A, the images between and B: uint8 (11, H, W, C), or none yet."""
        self._images, self._kept = images, None
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
        self._paint_track(painter)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        self._go(self._picked(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go(self._at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderDown(False)
            self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        step = 0.01 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0.05
        target = {
            Qt.Key.Key_Left: self._position - step,
            Qt.Key.Key_Right: self._position + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }.get(key)
        if target is None:
            event.ignore()
            return
        self._go(target)
        self.released.emit()

    @Slot(int)
    def _on_value(self, ticks: int) -> None:
        """Only an assistive program sets Qt's own value."""
        self._go(ticks / _TICKS)
        self.released.emit()

    def _go(self, position: float) -> None:
        position = min(1.0, max(0.0, round(position, 3)))
        if position != self._position:
            self.set_position(position)
            self.moved.emit(position)

    # places

    def _measure(self) -> None:
        """The sizes at which the images fit: ends a step larger than those between, and no row higher than the room."""
        side = 28 if self._images is None else self._images.shape[1]
        height = max(2 * _SMALLEST_CELL, self.height() - _RULER - _TRACK)
        for small in range(min(_LARGEST_CELL, height), _SMALLEST_CELL - 1, -1):
            cell = cell_size(small, side, small)
            large = cell + side if cell % side == 0 and cell + side <= height else min(height, cell * 3 // 2)
            large = cell_size(large, side, large)
            if STRIP * cell + 2 * large + 2 * _GAP <= self.width():
                break
        else:
            cell = large = max(8, (self.width() - 2 * _GAP) // STRIP_IMAGES)
        if (cell, large) != (self._small, self._large):
            self._small, self._large, self._kept = cell, large, None

    def _ends(self) -> tuple[QRect, QRect]:
        top = _RULER + max(0, (self.height() - _RULER - _TRACK - self._large) // 2)
        size = QSize(self._large, self._large)
        first = QRect(0, top, size.width(), size.height())
        return first, first.translated(self.width() - self._large, 0)

    def _between(self) -> QRect:
        first, last = self._ends()
        width = STRIP * self._small
        left = first.right() + 1 + (last.left() - first.right() - 1 - width) // 2
        return QRect(left, first.center().y() + 1 - self._small // 2, width, self._small)

    def _x(self, position: float) -> float:
        half = self._large / 2
        return half + position * (self.width() - 2 * half)

    def _at(self, x: float) -> float:
        return (x - self._large / 2) / max(1.0, self.width() - self._large)

    def _picked(self, place: QPointF) -> float:
        """The position of the image under the pointer, else that of the place itself."""
        between = self._between()
        if between.contains(place.toPoint()):
            return (1 + int(place.x() - between.left()) // self._small) / (STRIP + 1)
        return self._at(place.x())

    # painting

    def _ground(self) -> QPixmap:
        """Ruler and images, which stay while the playhead moves."""
        key = (self.width(), self.height(), self.devicePixelRatioF(), theme.palette().name)
        if self._kept is None or self._kept_key != key:
            ratio = self.devicePixelRatioF()
            kept = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            kept.setDevicePixelRatio(ratio)
            kept.fill(theme.qcolor("panel"))
            painter = QPainter(kept)
            self._paint_ruler(painter)
            self._paint_images(painter)
            painter.end()
            self._kept, self._kept_key = kept, key
        return self._kept

    def _paint_ruler(self, painter: QPainter) -> None:
        painter.setFont(theme.font(11))
        steps = round(SECONDS / 0.25)
        if self._x(0.1) - self._x(0.0) > 60:
            steps *= 2
        for index in range(steps + 1):
            second = index * SECONDS / steps
            x = round(self._x(second / SECONDS))
            named = abs(second * 2 - round(second * 2)) < 1e-6
            painter.fillRect(x, 0, 1, 8 if named else 4, theme.qcolor("ink3" if named else "off"))
            if named:
                painter.setPen(theme.qcolor("ink3"))
                text = f"{second:g} s"
                painter.drawText(QRect(x - 30, 9, 60, 16), Qt.AlignmentFlag.AlignHCenter, text)

    def _paint_images(self, painter: QPainter) -> None:
        ends, between = self._ends(), self._between()
        for place in (*ends, between):
            painter.fillRect(place, theme.qcolor("canvas"))
        if self._images is not None:
            ratio = self.devicePixelRatioF()
            large = mosaic(self._images[[0, -1]], self._large, ratio)
            small = mosaic(self._images[1:-1], self._small, ratio)
            for number, place in enumerate(ends):
                source = QRectF(number * self._large * ratio, 0, self._large * ratio, self._large * ratio)
                painter.drawPixmap(QRectF(place), large, source)
            painter.drawPixmap(between.topLeft(), small)
        painter.setFont(theme.font(12, 600))
        for name, place in zip("AB", ends, strict=True):
            painter.setPen(theme.qcolor("edge"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(0, 0, -1, -1))
            tag = QRect(place.left() + 1, place.top() + 1, 16, 16)
            painter.fillRect(tag, theme.qcolor("panel"))
            painter.setPen(theme.qcolor("ink"))
            painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_track(self, painter: QPainter) -> None:
        y = self._ends()[0].bottom() + 15
        start, end, knob = round(self._x(0.0)), round(self._x(1.0)), round(self._x(self._position))
        accent = theme.qcolor("accent" if self._on_walk and self.isEnabled() else "off")
        painter.fillRect(start, y - 1, end - start, 2, theme.qcolor("edge"))
        painter.fillRect(start, y - 1, knob - start, 2, accent)
        painter.fillRect(knob, 4, 1, y - 4, accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.qcolor("ink"), 1.5))
        painter.setBrush(theme.qcolor("panel"))
        for x in (start, end):
            painter.drawPolygon(_diamond(x + 0.5, y, 5.5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawEllipse(QPointF(knob + 0.5, y), 5, 5)
        painter.drawPolygon(_marker(knob + 0.5))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class WalkPanel(Panel):
    """The timeline, Play, and what sets and saves the walk. It animates only while it plays."""

    moved = Signal(float)
    """Show the latent at this position; while it plays thirty times a second."""
    released = Signal()
    kind_chosen = Signal(str)
    set_requested = Signal(str)
    """Make the latent that is shown the end ``"a"`` or ``"b"``."""
    swap_requested = Signal()
    fresh_requested = Signal(str)
    """Put a new latent at the end ``"a"`` or ``"b"``."""
    save_strip_requested = Signal()
    save_animation_requested = Signal(str)
    """``"gif"`` or ``"mp4"``."""
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Walk", parent=parent)
        self.timeline = WalkTimeline(self)
        self.kind = Segmented(
            [("linear", "Linear"), ("spherical", "Spherical")],
            name="Walk",
            tooltips={
                "linear": "Straight from A to B; in the middle the latent is shorter than any that was trained on",
                "spherical": "Along the sphere on which normal latents lie, at constant speed",
            },
        )
        self.kind.set_current("spherical")
        self._note = label("30 frames/s, there and back", "subtitle")
        self._save = Button("PNG, GIF, MP4", "export", small=True, tooltip="Save the walk as a strip or an animation")
        self._back = IconButton("caret-left", "Go to A", role="raised")
        self.play = Button("Play", "play", "primary", small=True, tooltip="Walk from A to B and back (Space)")
        self._on = IconButton("caret-right", "Go to B", role="raised")
        self._time, self._share = label("", "number"), label("", "subtitle")
        self._set_a = Button("Set A", "diamond", "flat", small=True, tooltip="Begin the walk at the latent shown now")
        self._set_b = Button("Set B", "diamond", "flat", small=True, tooltip="End the walk at the latent shown now")
        self._more = IconButton("dots-three", "More for the walk")
        self._timer = QTimer(self, interval=round(1000 / FRAMES_A_SECOND), timerType=Qt.TimerType.PreciseTimer)
        self._began = 0.0
        self._ready = False
        self._exporting = False
        self._lay_out()
        self._connect()
        self._show_position()
        self.set_ready(False)

    @property
    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._timer.isActive()

    def set_ready(self, ready: bool) -> None:
        """Whether there is something to walk through."""
        self._ready = ready
        for part in (self.timeline, self.play, self._back, self._on, self._set_a, self._set_b, self._more, self.kind):
            part.setEnabled(ready)
        self._save.setEnabled(ready)
        if not ready:
            self.stop()

    def set_position(self, position: float) -> None:
        """Show a position without telling."""
        self.timeline.set_position(position)
        self._show_position()

    def set_export(self, share: float | None) -> None:
        """How far an animation that is being saved has come, 0 to 1; None when none is."""
        self._exporting = share is not None
        self._save.setText("PNG, GIF, MP4" if share is None else f"Cancel, {round(share * 100)} %")
        self._save.setAccessibleName(self._save.text())
        self._save.setToolTip(
            "Save the walk as a strip or an animation" if share is None else "Break off saving the animation"
        )

    @Slot()
    def toggle(self) -> None:
        """Play, or stop where it is."""
        if self.is_playing:
            self.stop()
        elif self._ready:
            self._began = time.monotonic() - self.timeline.position * SECONDS
            self._timer.start()
            self._show_play()

    def stop(self) -> None:
        """Stay where it is."""
        if self._timer.isActive():
            self._timer.stop()
            self._show_play()
            self.released.emit()

    # building

    def _lay_out(self) -> None:
        self.add_header_widget(self.kind, left=True)
        self.add_header_widget(self._note)
        self.add_header_widget(self._save)
        self.add_header_widget(self._more)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self._back, self.play, self._on):
            row.addWidget(widget)
        row.addSpacing(8)
        row.addWidget(self._time)
        row.addSpacing(4)
        row.addWidget(self._share)
        row.addStretch(1)
        for button in (self._set_a, self._set_b):
            row.addWidget(button)
        self.body.setContentsMargins(12, 12, 12, 12)
        self.body.setSpacing(8)
        self.body.addWidget(self.timeline, 1)
        self.body.addLayout(row)
        self._menu = QMenu(self)
        self._strip_action = self._menu.addAction(
            theme.icon("rows", "ink2"), "Strip of 11 images as PNG…", self.save_strip_requested.emit
        )
        self._menu.addAction(theme.icon("film-strip", "ink2"), "Animation as GIF…", self._save_gif)
        self._menu.addAction(theme.icon("film-strip", "ink2"), "Animation as MP4…", self._save_mp4)

    @Slot()
    def _save_gif(self) -> None:
        self.save_animation_requested.emit("gif")

    @Slot()
    def _save_mp4(self) -> None:
        self.save_animation_requested.emit("mp4")

    def _make_more(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(theme.icon("swap", "ink2"), "Swap A and B", self.swap_requested.emit)
        menu.addSeparator()
        menu.addAction(theme.icon("dice-five", "ink2"), "New latent at A", self._fresh_a)
        menu.addAction(theme.icon("dice-five", "ink2"), "New latent at B", self._fresh_b)
        return menu

    def _connect(self) -> None:
        self._more.setMenu(self._make_more())
        self._more.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self._timer.timeout.connect(self._on_frame)
        self.timeline.moved.connect(self._on_moved)
        self.timeline.released.connect(self.released)
        self.kind.chosen.connect(self.kind_chosen)
        self.play.clicked.connect(self.toggle)
        self._back.clicked.connect(self._go_to_a)
        self._on.clicked.connect(self._go_to_b)
        self._set_a.clicked.connect(self._on_set_a)
        self._set_b.clicked.connect(self._on_set_b)
        self._save.clicked.connect(self._on_save)

    def _show_position(self) -> None:
        position = self.timeline.position
        self._time.setText(f"{fmt.number(position * SECONDS, 2)} s")
        self._share.setText(f"A → B, {round(position * 100)} %")

    def _show_play(self) -> None:
        playing = self.is_playing
        self.play.setText("Pause" if playing else "Play")
        self.play.setAccessibleName(self.play.text())
        self.play.set_icon("pause" if playing else "play")

    @Slot()
    def _on_frame(self) -> None:
        """Where the walk stands by the clock: a late frame is left out, not made up for."""
        phase = ((time.monotonic() - self._began) / SECONDS) % 2.0
        self.set_position(phase if phase <= 1.0 else 2.0 - phase)
        self.moved.emit(self.timeline.position)

    @Slot(float)
    def _on_moved(self, position: float) -> None:
        self.stop()
        self._show_position()
        self.moved.emit(position)

    @Slot()
    def _go_to_a(self) -> None:
        self._jump(0.0)

    @Slot()
    def _go_to_b(self) -> None:
        self._jump(1.0)

    def _jump(self, position: float) -> None:
        self.stop()
        self.set_position(position)
        self.moved.emit(position)
        self.released.emit()

    @Slot()
    def _on_set_a(self) -> None:
        self.set_requested.emit("a")

    @Slot()
    def _on_set_b(self) -> None:
        self.set_requested.emit("b")

    @Slot()
    def _fresh_a(self) -> None:
        self.fresh_requested.emit("a")

    @Slot()
    def _fresh_b(self) -> None:
        self.fresh_requested.emit("b")

    @Slot()
    def _on_save(self) -> None:
        if self._exporting:
            self.cancel_requested.emit()
        else:
            self._strip_action.setEnabled(self.timeline.images is not None)
            self._menu.popup(self._save.mapToGlobal(self._save.rect().bottomLeft()))

    def walk_kind(self) -> WalkKind:
        """Straight or along the sphere."""
        return "linear" if self.kind.current() == "linear" else "spherical"


def _diamond(x: float, y: float, reach: float) -> QPolygonF:
    return QPolygonF([QPointF(x, y - reach), QPointF(x + reach, y), QPointF(x, y + reach), QPointF(x - reach, y)])


def _marker(x: float) -> QPolygonF:
    return QPolygonF([QPointF(x - 5, 0), QPointF(x + 5, 0), QPointF(x + 5, 5), QPointF(x, 10), QPointF(x - 5, 5)])
