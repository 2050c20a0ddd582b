"""The timeline of a run: every sample grid so far, checkpoints, live changes, diagnoses, and a handle to go back."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable
from typing import ClassVar, Literal

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolTip, QWidget

from ganstudio.desktop.format import number
from ganstudio.desktop.theme import font, paint_icon, qcolor, theme
from ganstudio.desktop.widgets.buttons import IconButton

RunState = Literal["running", "paused", "ended"]

_HEIGHT = 55
_BUTTONS = (12, 36, 60)
"""Left edges of previous, play and next, each 24 px wide."""
_LEFT, _MIDDLE = 92, 27
_NUMBER_ROOM = 96
_PILL_GAP, _PADDING = 20, 12
_TICK_SPACING = 3
"""Pixels between ticks at least; nearer ones would be a solid bar."""
_MARK_SPACING = 10
_LABEL_SPACING = 90
_FRAME_MS = 125
_MOST_FRAMES = 240
"""Frames in which playing shows the whole run; a longer one is played with grids left out."""
_NICE = (1.0, 1.5, 2.0, 2.5, 5.0)


class Scrubber(QWidget):
    """Goes back in time over a run's sample grids; 55 px high, made for a panel's full width.

    `live` follows the newest sample. Moving the handle, by mouse, keys or playing, ends that and says so by `moved`;
    the pill at the right, End, or stepping past the newest sample returns to it and says so by `live_requested`.
    With `pill=False` (a timeline without a present) the step is written in its place.
    """

    moved = Signal(int)
    """The person, or playing, shows the sample grid of this step."""
    live_requested = Signal()
    """The person wants to see the newest samples again, and each new one as it comes."""
    menu_requested = Signal(int, QPoint)
    """The step of the checkpoint nearest to where a menu is wanted, and that place on the screen."""

    def __init__(self, parent: QWidget | None = None, *, pill: bool = True) -> None:
        super().__init__(parent)
        self._samples: list[int] = []
        self._checkpoints: list[int] = []
        self._bests: list[int] = []
        self._changes: list[tuple[int, str]] = []
        self._findings: dict[tuple[int, str], int] = {}
        self._target: int | None = None
        self._position: int | None = None
        self._live = True
        self._dragging = False
        self._by_key = False
        self._play_to_live = False
        self._end, self._scale = 1, 1.0
        self._ticks: list[int] | None = None
        self._still: QPixmap | None = None
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Timeline of samples")
        self.setToolTip("Drag to see earlier samples; Left and Right step, Space plays, End returns to now")
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._advance)
        self._previous = self._button("caret-left", "Previous samples (Left)", self.step_back, _BUTTONS[0])
        self._play = self._button("play", "Play through the samples (Space)", self.toggle_playing, _BUTTONS[1])
        self._next = self._button("caret-right", "Next samples (Right)", self.step_on, _BUTTONS[2])
        self._pill = _Pill(self) if pill else None
        if self._pill is not None:
            self._pill.clicked.connect(self.go_live)
        theme().changed.connect(self._on_theme)
        self._enable()

    # the run

    def set_target(self, steps: int | None) -> None:
        """The step at which the run will end; None when nobody knows."""
        self._target = steps
        self._rescale()

    def set_samples(self, steps: Iterable[int]) -> None:
        """All steps that have a sample grid; ones beyond the last (after going back to a checkpoint) are forgotten."""
        self._samples = sorted(set(steps))
        if not self._samples:
            self.stop()
        if self._live or self._position is None or not self._samples:
            self._position = self._samples[-1] if self._samples else None
        else:
            self._position = self._nearest(self._position)
        self._rescale()
        self._enable()

    def add_sample(self, step: int) -> None:
        """A new sample grid; `live` moves on to it."""
        if self._samples and step <= self._samples[-1]:
            self.set_samples([*self._samples[: bisect.bisect_left(self._samples, step)], step])
            return
        self._samples.append(step)
        if self._live or self._position is None:
            self._position = step
        if step > self._end:
            self._rescale()
        elif self._ticks is not None:
            column = round(self._x(step))
            if not self._ticks or column - self._ticks[-1] >= _TICK_SPACING:
                self._ticks.append(column)
        self._redraw()
        if len(self._samples) <= 2:
            self._enable()

    def set_checkpoints(self, steps: Iterable[int]) -> None:
        """All steps that have a checkpoint."""
        self._checkpoints = sorted(set(steps))
        self._redraw()

    def add_checkpoint(self, step: int) -> None:
        """A new checkpoint."""
        self.set_checkpoints([*self._checkpoints, step])

    def add_best(self, step: int) -> None:
        """The checkpoint of `step` is the best so far; it is filled in."""
        self._bests.append(step)
        self._redraw()

    @property
    def best(self) -> int | None:
        """The step of the best checkpoint; None where none is known."""
        return self._bests[-1] if self._bests else None

    def set_changes(self, changes: Iterable[tuple[int, str]]) -> None:
        """All live changes: step and words."""
        self._changes = sorted(changes)
        self._redraw()

    def add_change(self, step: int, text: str) -> None:
        """A live change, such as ``"Learning rate G 2e-4 → 4e-4"``."""
        self.set_changes([*self._changes, (step, text)])

    def add_finding(self, since: int, text: str, noticed: int) -> None:
        """A diagnosis: where its signs began, its name, and the step at which they were enough to tell."""
        self._findings.setdefault((since, text), noticed)
        self._redraw()

    def truncate_after(self, step: int) -> None:
        """Forget what came after a step: the run went back to a checkpoint."""
        self._findings = {mark: noticed for mark, noticed in self._findings.items() if noticed <= step}
        self._checkpoints = [one for one in self._checkpoints if one <= step]
        self._bests = [one for one in self._bests if one <= step]
        self._changes = [one for one in self._changes if one[0] <= step]
        self.set_samples(self._samples[: bisect.bisect_right(self._samples, step)])

    def clear(self) -> None:
        """Forget the run."""
        self._findings.clear()
        self._checkpoints, self._bests, self._changes, self._target, self._live = [], [], [], None, True
        self.set_samples(())

    def set_run_state(self, state: RunState) -> None:
        """What the pill says about the present."""
        if self._pill is not None:
            self._pill.set_state(state)
            self._place_pill()

    # where one is

    @property
    def position(self) -> int | None:
        """The step whose samples are shown; None while there are none."""
        return self._position

    def set_position(self, step: int) -> None:
        """Show the nearest sample grid without a signal; `live` ends unless it is the newest."""
        if not self._samples:
            return
        self._position = self._nearest(step)
        if self._position != self._samples[-1]:
            self._set_live(False)
        self._redraw(still=self._live)

    @property
    def live(self) -> bool:
        """Whether the newest samples are shown as they come."""
        return self._live

    def set_live(self, live: bool) -> None:
        """Follow the newest samples, or stay, without a signal."""
        if live and self._samples:
            self._position = self._samples[-1]
        self._set_live(live)

    @Slot()
    def go_live(self) -> None:
        """Return to now."""
        self.stop()
        if not self._live:
            self.set_live(True)
            self.live_requested.emit()

    @Slot()
    def step_back(self) -> None:
        """Show the sample grid before this one."""
        self.stop()
        self._step(-1)

    @Slot()
    def step_on(self) -> None:
        """Show the next sample grid; after the newest, return to now."""
        self.stop()
        if self._samples and self._position == self._samples[-1]:
            self.go_live()
        else:
            self._step(1)

    def _step(self, by: int) -> None:
        if self._position is not None:
            index = bisect.bisect_left(self._samples, self._position) + by
            self._move(self._samples[min(len(self._samples) - 1, max(0, index))])

    def _move(self, step: int) -> None:
        if step == self._position and (self._live or self._dragging):
            return
        changed, self._position = step != self._position, step
        self._set_live(False)
        self._redraw(still=False)
        if changed:
            self.moved.emit(step)

    def _set_live(self, live: bool) -> None:
        self._live = live
        if self._pill is not None:
            self._pill.set_live(live)
        self._redraw()

    def _nearest(self, step: float) -> int:
        index = bisect.bisect_left(self._samples, step)
        around = self._samples[max(0, index - 1) : index + 1]
        return min(around, key=lambda one: abs(one - step))

    # playing

    @property
    def playing(self) -> bool:
        """Whether the grids are being played through."""
        return self._timer.isActive()

    @Slot()
    def toggle_playing(self) -> None:
        """Play from here, from the start when at the end, or stop."""
        if self.playing:
            self.stop()
            return
        if len(self._samples) < 2 or self._position is None:
            return
        self._play_to_live = self._live
        if self._position == self._samples[-1]:
            self._move(self._samples[0])
        self._timer.start()
        self._show_playing()

    @Slot()
    def stop(self) -> None:
        """Stop playing."""
        if self.playing:
            self._timer.stop()
            self._show_playing()

    def _show_playing(self) -> None:
        playing = self.playing
        self._play.set_icon("pause" if playing else "play")
        text = "Stop playing (Space)" if playing else "Play through the samples (Space)"
        self._play.setToolTip(text)
        self._play.setAccessibleName(text)

    @Slot()
    def _advance(self) -> None:
        self._step(1 + len(self._samples) // _MOST_FRAMES)
        if self._position == self._samples[-1]:
            self.stop()
            if self._play_to_live:
                self.go_live()

    # geometry

    def sizeHint(self) -> QSize:
        return QSize(600, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, _HEIGHT)

    def _right(self) -> int:
        return self.width() - _NUMBER_ROOM if self._pill is None else self._pill.x() - _PILL_GAP

    def _x(self, step: float) -> float:
        return _LEFT + self._scale * min(self._end, max(0.0, step))

    def _rescale(self) -> None:
        """Fit the axis to the run and the width."""
        last = max(self._samples[-1] if self._samples else 0, self._target or 0, 1)
        self._end = last if self._target is not None else int(_nice_step(last, 1))
        self._scale = max(1, self._right() - _LEFT) / self._end
        self._ticks = None
        self._redraw()

    def _redraw(self, *, still: bool = True) -> None:
        if still:
            self._still = None
        right = self.width() if self._pill is None else self._pill.x()
        self.update(_LEFT - 10, 0, right - _LEFT + 10, _HEIGHT)

    def _tick_columns(self) -> list[int]:
        if self._ticks is None:
            steps = np.asarray(self._samples, np.float64)
            columns = np.unique(np.rint(_LEFT + self._scale * steps).astype(np.int64))
            if len(columns) > 1 and np.diff(columns).min() < _TICK_SPACING:
                slots = (columns - _LEFT) // _TICK_SPACING
                columns = columns[np.unique(slots, return_index=True)[1]]
            self._ticks = [int(column) for column in columns]
        return self._ticks

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still.deviceIndependentSize() != self.size():
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._paint_still(self._still)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        if self._position is not None:
            self._paint_handle(painter, self._x(self._position))
        if self._pill is None and self._position is not None:
            painter.setFont(font(12, 600))
            painter.setPen(qcolor("ink"))
            area = QRect(self.width() - _NUMBER_ROOM, 17, _NUMBER_ROOM - _PADDING, 24)
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number(self._position))
        painter.end()

    def _paint_still(self, pixmap: QPixmap) -> None:
        """Everything but the handle: painted once a change."""
        pixmap.fill(qcolor("panel"))
        painter = QPainter(pixmap)
        self._paint_track(painter)
        ink3 = qcolor("ink3")
        for column in self._tick_columns():
            painter.fillRect(column, _MIDDLE - 4, 1, 8, ink3)
        self._paint_labels(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_diamonds(painter)
        self._paint_flags(painter)
        painter.end()

    def _paint_track(self, painter: QPainter) -> None:
        right = self._right()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(qcolor("hover"))
        painter.drawRoundedRect(QRectF(_LEFT, _MIDDLE - 2, right - _LEFT, 4), 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._samples:
            painter.fillRect(QRectF(_LEFT, _MIDDLE - 2, self._x(self._samples[-1]) - _LEFT, 4), qcolor("edge"))

    def _paint_handle(self, painter: QPainter, x: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        centre = QPointF(x, _MIDDLE)
        if not self._live:
            painter.fillRect(QRectF(_LEFT, _MIDDLE - 2, x - _LEFT, 4), qcolor("accent"))
            ink3 = qcolor("ink3")
            for column in self._tick_columns():
                if column < x:
                    painter.fillRect(column, _MIDDLE - 4, 1, 8, ink3)
        if self._by_key:
            painter.setBrush(qcolor("accent"))
            painter.drawEllipse(centre, 9, 9)
        painter.setBrush(qcolor("panel"))
        painter.drawEllipse(centre, 7, 7)
        painter.setBrush(qcolor("accent"))
        painter.drawEllipse(centre, 5, 5)

    def _paint_labels(self, painter: QPainter) -> None:
        face = font(11)
        painter.setFont(face)
        painter.setPen(qcolor("ink3"))
        metrics = QFontMetrics(face)
        left, right = _LEFT, self._right()
        for step in self._label_steps():
            text = number(step)
            width = metrics.horizontalAdvance(text)
            x = min(max(left, round(self._x(step) - width / 2)), right - width)
            painter.drawText(QRect(x, 36, width + 2, 16), Qt.AlignmentFlag.AlignVCenter, text)

    def _label_steps(self) -> list[int]:
        end, room = self._end, max(1, self._right() - _LEFT)
        if self._target is None and not self._samples:
            return []
        interval = max(1, int(_nice_step(end, max(1, room // _LABEL_SPACING))))
        steps = list(range(0, end + 1, interval))
        if steps[-1] != end:
            if (end - steps[-1]) * room / end < 0.6 * _LABEL_SPACING and len(steps) > 1:
                steps.pop()
            steps.append(end)
        return steps

    def _paint_diamonds(self, painter: QPainter) -> None:
        pen = QPen(qcolor("ink2"), 1.3)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marks, r, y, last = QPainterPath(), 4.8, _MIDDLE - 14, -float(_MARK_SPACING)
        for x in map(self._x, self._checkpoints):
            if x - last >= _MARK_SPACING:
                last = x
                marks.moveTo(x, y - r)
                for dx, dy in ((r, 0.0), (0.0, r), (-r, 0.0)):
                    marks.lineTo(x + dx, y + dy)
                marks.closeSubpath()
        painter.drawPath(marks)
        if self.best is not None:
            x = self._x(self.best)
            painter.setPen(QPen(qcolor("accent"), 1.3))
            painter.setBrush(qcolor("accent"))
            corners = ((0.0, -r), (r, 0.0), (0.0, r), (-r, 0.0))
            painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))

    def _paint_flags(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for marks, token in ((self._changes, "ink2"), (sorted(self._findings), "warn_fill")):
            painter.setBrush(qcolor(token))
            last, top = -float(_MARK_SPACING), 7.0
            for x in (self._x(step) for step, _ in marks):
                if x - last < 2:
                    continue
                last = x
                painter.fillRect(QRectF(x - 0.65, top, 1.3, _MIDDLE - 2.4 - top), painter.brush())
                outline = ((0.0, 0.0), (9.0, 0.0), (6.0, 3.5), (9.0, 7.0), (0.0, 7.0))
                painter.drawPolygon(QPolygonF([QPointF(x + dx, top + dy) for dx, dy in outline]))

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_pill()

    def _place_pill(self) -> None:
        if self._pill is not None:
            size = self._pill.sizeHint()
            self._pill.setGeometry(self.width() - _PADDING - size.width(), 19, size.width(), size.height())
        self._rescale()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._samples:
            return
        mark = self._mark_text(event.position())
        if mark:
            QToolTip.showText(event.globalPosition().toPoint(), mark, self)
        elif event.position().x() >= _LEFT - 8:
            self.stop()
            self._dragging = True
            self._drag_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._drag_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def _drag_to(self, event: QMouseEvent) -> None:
        self._move(self._nearest((event.position().x() - _LEFT) / self._scale))
        if self._position is not None:
            at = self.mapToGlobal(QPoint(round(self._x(self._position)), -24))
            QToolTip.showText(at, f"step {number(self._position)}", self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Say at which checkpoint; by key that is the one nearest to the handle."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        place = (event.pos().x() - _LEFT) / self._scale if by_mouse else float(self._position or 0)
        if self._checkpoints:
            nearest = min(self._checkpoints, key=lambda step: abs(step - place))
            at = event.globalPos() if by_mouse else self.mapToGlobal(QPoint(round(self._x(nearest)), _MIDDLE))
            self.menu_requested.emit(nearest, at)
            event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        actions = {
            Qt.Key.Key_Left: self.step_back,
            Qt.Key.Key_Right: self.step_on,
            Qt.Key.Key_Home: self._go_first,
            Qt.Key.Key_End: self.go_live,
            Qt.Key.Key_Space: self.toggle_playing,
        }
        action = actions.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
            return
        action()
        event.accept()

    def _go_first(self) -> None:
        self.stop()
        if self._samples:
            self._move(self._samples[0])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_key = False

    def hideEvent(self, event: QHideEvent) -> None:
        self.stop()
        super().hideEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._mark_text(QPointF(event.pos())) or self.toolTip(), self)
            return True
        return super().event(event)

    def _mark_text(self, point: QPointF) -> str:
        """What the checkpoints, live changes and diagnoses under a point say, one a line."""
        if not 4 <= point.y() <= _MIDDLE - 5:
            return ""
        x = point.x()
        near = (step for step in self._checkpoints if abs(self._x(step) - x) <= 6)
        best = {self.best: ", the best so far"}
        lines = [f"Checkpoint at step {number(step)}{best.get(step, '')}" for step in near]
        marks = [*self._changes, *sorted(self._findings)]
        flags = ((step, text) for step, text in marks if -3 <= x - self._x(step) <= 10)
        return "\n".join([*lines, *(f"Step {number(step)}: {text}" for step, text in flags)])

    @Slot()
    def _on_theme(self) -> None:
        self._still = None
        self.update()

    # parts

    def _button(self, name: str, tooltip: str, slot: object, x: int) -> IconButton:
        button = IconButton(name, tooltip, parent=self)
        button.setGeometry(x, 17, 24, 24)
        button.clicked.connect(slot)
        return button

    def _enable(self) -> None:
        for button in (self._previous, self._play, self._next):
            button.setEnabled(len(self._samples) > 1)
        if self._pill is not None:
            self._pill.setVisible(bool(self._samples))


class _Pill(QAbstractButton):
    """Says whether one sees the present, and leads back to it."""

    _TEXTS: ClassVar[dict[RunState, str]] = {"running": "Live", "paused": "Paused", "ended": "Newest"}

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._state: RunState = "running"
        self._live = True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._describe()

    def set_state(self, state: RunState) -> None:
        """Another word for the present."""
        if state != self._state:
            self._state = state
            self._describe()

    def set_live(self, live: bool) -> None:
        """Whether the present is what is shown."""
        if live != self._live:
            self._live = live
            self._describe()

    def _describe(self) -> None:
        self.setText(self._TEXTS[self._state])
        now = "The newest samples are shown" if self._live else "Return to the newest samples (End)"
        self.setToolTip(now)
        self.setAccessibleName(f"{self.text()}: {now}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._text_left() + QFontMetrics(font(11, 600)).horizontalAdvance(self.text()) + 8, 20)

    def _text_left(self) -> int:
        return 27 if self._state == "paused" else 22

    def paintEvent(self, event: QPaintEvent) -> None:
        shining = self._live and self._state == "running"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(qcolor("accent" if shining or self.hasFocus() else "edge"), 2 if self.hasFocus() else 1))
        painter.setBrush(qcolor("hover" if self.underMouse() else "panel"))
        inset = 1.0 if self.hasFocus() else 0.5
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        if self._state == "paused":
            paint_icon(painter, "pause", QRect(8, 4, 12, 12), "ink2")
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(qcolor("accent" if shining else "ink3"))
            painter.drawEllipse(QPointF(12, 10), 3, 3)
        painter.setPen(qcolor("accent_text" if shining else "ink2"))
        painter.setFont(font(11, 600))
        painter.drawText(self.rect().adjusted(self._text_left(), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()

    def enterEvent(self, event: QEvent) -> None:
        self.update()
        super().enterEvent(event)  # type: ignore[arg-type]

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)


def _nice_step(span: float, most: int) -> float:
    """The smallest round interval, at least 1, that divides `span` into at most so many parts."""
    power = 10.0 ** math.floor(math.log10(max(1.0, span / most)))
    for scale in (power, power * 10):
        for nice in _NICE:
            step = nice * scale
            if step * most >= span and (step >= 10 or step.is_integer()):
                return step
    return power * 100
