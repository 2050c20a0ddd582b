"""Plots of a run while it trains: losses, D's logits, gradient norms.

What is painted is kept, and painted anew only after `refresh()` or a change of size, range or theme; a hidden plot
paints nothing, and following the mouse paints only the cursor. Plots have margins of their own: they fill a panel's
body without padding.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ganstudio.desktop.format import compact, number
from ganstudio.desktop.theme import font, icon, theme
from ganstudio.desktop.widgets.imaging import ask_where, save_png, save_table
from ganstudio.desktop.widgets.painting import paint_focus
from ganstudio.desktop.widgets.series import Floats, History
from ganstudio.desktop.widgets.strokes import (
    View,
    colour,
    densities,
    paint_box,
    paint_dashes,
    paint_histogram,
    paint_lines,
    paint_rows,
    paint_spans,
    shortened,
    width_of,
    write,
)
from ganstudio.desktop.widgets.ticks import (
    apart,
    decades,
    decimals,
    interval_of,
    log10,
    power_of_ten,
    quantile,
    step_ticks,
    value_ticks,
)
from ganstudio.errors import UserError
from ganstudio.training.events import Histogram

_LABEL_GAP = 6
_MOST_INTERVALS = 4
_AXIS_MIDDLE = 11
"""Pixels from the base line to the middle of its labels."""
_CLIPPED = 0.99
"""Share of a line that the vertical range must hold; a short spike beyond it runs out of the plot."""
_ZOOM = 0.8
_SHORTEST_REST, _LONGEST_REST = 100, 1000
"""Milliseconds between two paintings while data comes."""
_VISIBLE = 0.75
"""Pixels that a curve must have grown by to be painted again."""
_NARROWEST = 10
"""Steps that a zoom shows at least."""


@dataclass(frozen=True)
class Margins:
    """Pixels between the widget's edges and the plotted area."""

    left: int
    top: int
    right: int
    bottom: int


class _Plot(QWidget):
    """What all plots share: the kept picture, the context menu, saving, theme."""

    saved = Signal(str)
    """The path of a file that was written."""
    failed = Signal(str)
    """A sentence: a file could not be written."""

    margins: ClassVar[Margins]
    file_name: ClassVar[str]

    def __init__(self, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._kept = QPixmap()
        self._stale = True
        self._empty = ""
        self._by_key = False
        self._cost = 0.0
        self._behind = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._after_rest)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumSize(120, 80)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme().changed.connect(self._redraw)

    def _add_saving(self) -> None:
        for text, icon_name, slot in (
            ("Save as PNG…", "image", self.save_as_png),
            ("Save as CSV…", "table", self.save_as_csv),
        ):
            action = QAction(icon(icon_name, "ink2"), text, self)
            action.triggered.connect(slot)
            self.addAction(action)

    def set_empty_text(self, text: str) -> None:
        """What is said while there is nothing to plot."""
        self._empty = text
        self._redraw()

    @Slot()
    def refresh(self) -> None:
        """Show what was fed since the last time; may be called at any rate.

        After a painting it rests for sixty times as long as that took, so that a plot costs a sixtieth of a processor
        at most, however fast data comes and however large it is.
        """
        if not self.isVisible():
            self._stale = True
        elif self._rest.isActive():
            self._behind = True
        elif self._stale or self._is_visibly_newer():
            self._redraw()
            self._rest.start(min(_LONGEST_REST, max(_SHORTEST_REST, round(60_000 * self._cost))))

    @Slot()
    def _after_rest(self) -> None:
        if self._behind:
            self._behind = False
            self.refresh()

    def _is_visibly_newer(self) -> bool:
        """Whether what was fed since the last painting would be seen."""
        return True

    @Slot()
    def _redraw(self) -> None:
        self._stale = True
        self.update()

    def _area(self) -> QRect:
        edge = self.margins
        return self.rect().adjusted(edge.left, edge.top, -edge.right, -edge.bottom)

    def sizeHint(self) -> QSize:
        return QSize(300, 180)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale:
            began = time.thread_time()
            self._paint_anew()
            self._cost = time.thread_time() - began
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        self._paint_over(painter)
        if self._by_key:
            paint_focus(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_anew(self) -> None:
        ratio = self.devicePixelRatioF()
        if self._kept.size() != self.size() * ratio:
            self._kept = QPixmap(self.size() * ratio)
        self._kept.setDevicePixelRatio(ratio)
        self._kept.fill(colour("panel"))
        painter = QPainter(self._kept)
        self._render(painter, ratio)
        painter.end()
        self._stale = False

    def _render(self, painter: QPainter, ratio: float) -> None:
        """Paint everything that stays until the next refresh, on a device of so many pixels a logical one."""
        raise NotImplementedError

    def _paint_over(self, painter: QPainter) -> None:
        """Paint what follows the mouse."""

    def _paint_ghost(self, painter: QPainter) -> None:
        """The axes' ghost, and what will be here."""
        area = self._area()
        shade = colour("grid")
        for part in range(_MOST_INTERVALS):
            y = area.top() + round(part * area.height() / (_MOST_INTERVALS - 1))
            painter.fillRect(area.left(), y, area.width(), 1, shade)
        if not self._empty:
            return
        painter.setFont(font(12))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        bounds = painter.boundingRect(area.adjusted(0, 8, 0, 0), flags, self._empty)
        painter.fillRect(bounds.adjusted(-1, -1, 4, 1), colour("panel"))
        painter.setPen(colour("ink3"))
        painter.drawText(bounds.adjusted(0, 0, 4, 4), flags, self._empty)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_key = False

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._rest.stop()
        self._behind = False
        self._stale = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._redraw()
        return super().event(event)

    # saving

    @Slot()
    def save_as_png(self) -> None:
        """Ask where to write the plot as it is seen."""
        ask_where(self, "Save as PNG", f"{self.file_name}.png", "PNG image", self._write_png)

    @Slot()
    def save_as_csv(self) -> None:
        """Ask where to write the plotted numbers."""
        ask_where(self, "Save as CSV", f"{self.file_name}.csv", "Table", self._write_csv)

    def rows(self) -> Iterable[list[object]]:
        """The plotted numbers as a table, its header first."""
        raise NotImplementedError

    @Slot(str)
    def _write_png(self, path: str) -> None:
        try:
            save_png(self.grab().toImage(), Path(path))
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(path)

    @Slot(str)
    def _write_csv(self, path: str) -> None:
        try:
            save_table(self.rows(), Path(path))
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(path)


@dataclass(frozen=True)
class _Curve:
    """One line: its letter and its colour's token."""

    label: str
    token: str


class _CurvePlot(_Plot):
    """Lines over steps, each named at its end, raw values pale behind their moving average.

    The wheel zooms into the steps, dragging moves along them, a double click shows all again; so do +, - and 0. Left
    and Right move the cursor, which also follows the mouse and is announced by `cursor_moved`, so that other plots can
    show the same step.
    """

    cursor_moved = Signal(object)
    """The step at the cursor, an int; None when it leaves."""

    prefix: ClassVar[str]
    smoothing: ClassVar[float]
    values_at_ends: ClassVar[bool]

    def __init__(self, name: str, parent: QWidget | None, *, logarithmic: bool) -> None:
        super().__init__(name, parent)
        self._history = History(self.smoothing)
        self._curves: list[_Curve] = []
        self._changes: list[tuple[int, str]] = []
        self._findings: dict[tuple[int, str], int] = {}
        self._logarithmic = logarithmic
        self._zoomed: tuple[float, float] | None = None
        self._view: View | None = None
        self._painted_to = 0.0
        self._painted_with = (False, 0, 0)
        self._cursor: int | None = None
        self._grip: tuple[float, tuple[float, float]] | None = None
        self.setMouseTracking(True)
        self._add_scales()
        self._add_saving()

    def _add_scales(self) -> None:
        group = QActionGroup(self)
        for text, logarithmic in (("Linear scale", False), ("Logarithmic scale", True)):
            action = QAction(text, group)
            action.setCheckable(True)
            action.setChecked(logarithmic == self._logarithmic)
            action.setData(logarithmic)
            self.addAction(action)
        group.triggered.connect(self._on_scale)
        self._show_all = QAction(icon("arrows-out", "ink2"), "Show all steps", self)
        self._show_all.setEnabled(False)
        self._show_all.triggered.connect(self.show_all)
        self.addAction(self._show_all)
        separator = QAction(self)
        separator.setSeparator(True)
        self.addAction(separator)

    # what is fed

    def append(self, step: int, scalars: Mapping[str, float]) -> None:
        """One point of each curve, from a progress event's scalars; nothing is painted before `refresh`."""
        own = {name: value for name, value in scalars.items() if name.startswith(self.prefix)}
        if own:
            self._history.append(step, own)
            self._curves += [self._new_curve(name) for name in self._history.names[len(self._curves) :]]

    def add_change(self, step: int, text: str) -> None:
        """Mark a live change, such as ``"Learning rate G 2e-4 → 4e-4"``; painted at the next `refresh`."""
        self._changes.append((step, text))

    def set_changes(self, changes: Iterable[tuple[int, str]]) -> None:
        """Mark these live changes, step and words, and no others; painted at the next `refresh`."""
        self._changes = list(changes)

    def add_finding(self, since: int, text: str, noticed: int) -> None:
        """Mark where the signs of a diagnosis began; `noticed` is the step at which they were enough to tell."""
        self._findings.setdefault((since, text), noticed)

    def truncate_after(self, step: int) -> None:
        """Forget what came after a step: the run went back to a checkpoint."""
        self._history.truncate_after(step)
        self._changes = [one for one in self._changes if one[0] <= step]
        self._findings = {mark: noticed for mark, noticed in self._findings.items() if noticed <= step}

    def clear(self) -> None:
        """Forget everything, and show all steps of what comes."""
        self._history = History(self.smoothing)
        self._curves.clear()
        self._changes.clear()
        self._findings.clear()
        self._cursor = self._view = None
        self.show_all()

    def _new_curve(self, name: str) -> _Curve:
        """D and G by their letters and colours, further players by what tells them apart."""
        player = name.removeprefix(self.prefix)
        for whole, letter, token in (("discriminator", "D", "d"), ("critic", "D", "d"), ("generator", "G", "g")):
            if player.startswith(whole):
                return _Curve(f"{letter} {player.removeprefix(whole).strip('_-/ ')}".strip(), token)
        return _Curve(player, "real")

    def _is_visibly_newer(self) -> bool:
        fed = (len(self._history) > 0, len(self._changes), len(self._findings))
        if self._view is None or fed != self._painted_with or self._history.steps[-1] < self._painted_to:
            return True
        growth = float(self._history.steps[-1]) - self._painted_to
        return growth * self._view.area.width() >= _VISIBLE * (self._view.end - self._view.start)

    # what is seen

    @property
    def logarithmic(self) -> bool:
        """Whether the values' axis is logarithmic."""
        return self._logarithmic

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Show the values on a logarithmic axis, or a linear one."""
        self._logarithmic = logarithmic
        for action in self.actions():
            if action.isCheckable():
                action.setChecked(action.data() == logarithmic)
        self._redraw()

    @property
    def zoomed(self) -> tuple[float, float] | None:
        """First and last step of a zoom; None while all steps are shown."""
        return self._zoomed

    def zoom_to(self, start: float, end: float) -> None:
        """Show only these steps, kept inside the run; all of them when that is what they are."""
        if not len(self._history):
            return
        first, last = self._whole()
        span = min(last - first, max(float(_NARROWEST), end - start))
        start = min(max(first, start), last - span)
        self._zoomed = None if span >= last - first else (start, start + span)
        self._show_all.setEnabled(self._zoomed is not None)
        self._redraw()

    @Slot()
    def show_all(self) -> None:
        """End a zoom: show all steps, now and as they come."""
        self._zoomed = None
        self._show_all.setEnabled(False)
        self._redraw()

    @property
    def cursor_step(self) -> int | None:
        """The step at which the cursor stands."""
        return self._cursor

    def set_cursor(self, step: int | None) -> None:
        """Show the cursor and the values at a step, or none, without a signal."""
        if step != self._cursor:
            self._cursor = step
            self.update()

    @Slot(QAction)
    def _on_scale(self, action: QAction) -> None:
        self.set_logarithmic(bool(action.data()))

    def _whole(self) -> tuple[float, float]:
        """First and last step of the run; a run that starts early starts at 0."""
        steps = self._history.steps
        first, last = float(steps[0]), float(steps[-1])
        first = 0.0 if first <= 0.2 * last else first
        return first, max(last, first + 1)

    # events

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._view is not None and event.angleDelta().y():
            self._zoom_by(_ZOOM ** (event.angleDelta().y() / 120), self._view.step(event.position().x()))
            event.accept()

    def _zoom_by(self, factor: float, around: float) -> None:
        if self._view is not None:
            start, end = self._view.start, self._view.end
            around = min(max(start, around), end)
            self.zoom_to(around - (around - start) * factor, around + (end - around) * factor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._zoomed is not None:
            self._grip = event.position().x(), self._zoomed
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_all()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        view, x = self._view, event.position().x()
        if view is None:
            return
        if self._grip is not None:
            pressed, (start, end) = self._grip
            shift = (pressed - x) * (end - start) / view.area.width()
            self.zoom_to(start + shift, end + shift)
        inside = self._area().contains(event.position().toPoint())
        self._point_at(self._step_near(view.step(x)) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and len(self._history):
            self._move_cursor(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus) and self._view is not None:
            around = self._view.end if self._cursor is None else self._cursor
            self._zoom_by(1 / _ZOOM if key == Qt.Key.Key_Minus else _ZOOM, around)
        elif key == Qt.Key.Key_0:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def _move_cursor(self, by: int) -> None:
        last = len(self._history) - 1
        index = last + 1 if self._cursor is None else self._history.index_at(self._cursor)
        self._point_at(int(self._history.steps[min(last, max(0, index + by))]))

    def _point_at(self, step: int | None) -> None:
        if step != self._cursor:
            self.set_cursor(step)
            self.cursor_moved.emit(step)

    def _step_near(self, step: float) -> int | None:
        index = self._history.index_at(step)
        return None if index < 0 else int(self._history.steps[index])

    # painting

    def _render(self, painter: QPainter, ratio: float) -> None:
        self._painted_with = (len(self._history) > 0, len(self._changes), len(self._findings))
        if not len(self._history):
            self._view = None
            self._paint_ghost(painter)
            return
        self._painted_to = float(self._history.steps[-1])
        texts = self._end_texts()
        area = QRectF(self._area())
        area.setWidth(max(16.0, area.width() - max(width_of(text, 600) for text in texts) - _LABEL_GAP - 2))
        start, end = self._zoomed or self._whole()
        columns = max(1, round(area.width() * ratio))
        low, high = self._history.spans(start, end, columns, log10 if self._logarithmic else None)
        steps, lines = self._history.lines(start, end, columns)
        if self._logarithmic:
            lines = log10(lines)
        ticks = self._value_ticks(low, high, lines, area.height())
        view = self._view = View(area, start, end, ticks[0], ticks[-1])
        self._paint_axes(painter, view, ticks)
        shades = [colour(curve.token) for curve in self._curves]
        paint_spans(painter, view, low, high, shades, ratio)
        paint_lines(painter, view, steps, lines, shades, ratio)
        self._paint_changes(painter, view)
        self._paint_ends(painter, view, texts, [_last(steps, line, end) for line in lines])

    def _end_texts(self) -> list[str]:
        averages = self._history.newest_averages if self.values_at_ends else [math.nan] * len(self._curves)
        return [_end_text(curve.label, value) for curve, value in zip(self._curves, averages, strict=True)]

    def _value_ticks(self, lows: Floats, highs: Floats, lines: Floats, height: float) -> list[float]:
        """Round values from below the curves to above them, the outermost being the edges of the plot."""
        low = np.fmin(quantile(lows, 0.02), quantile(lines, 1 - _CLIPPED))
        high = np.fmax(quantile(highs, 0.98), quantile(lines, _CLIPPED))
        if not (math.isfinite(low) and math.isfinite(high)):
            low, high = 0.0, 1.0
        if self._logarithmic:
            return decades(low, high)
        if 0 < low < 0.6 * high:
            low = 0.0
        return value_ticks(low, high, max(2, min(_MOST_INTERVALS, int(height // 30))))

    def _paint_axes(self, painter: QPainter, view: View, ticks: list[float]) -> None:
        whole, grid = self._area(), colour("grid")
        heights = [round(view.y(value)) for value in ticks]
        for y in heights:
            painter.fillRect(whole.left(), y, whole.width(), 1, grid)
        every = max(1, math.ceil((len(ticks) - 1) / _MOST_INTERVALS))
        digits = decimals(ticks[1] - ticks[0])
        texts = [power_of_ten(value) if self._logarithmic else number(value, digits) for value in ticks[::every]]
        beside, middle = whole.left() - 6, view.area.bottom() + _AXIS_MIDDLE
        labels = [(beside, y + 0.5, text) for y, text in zip(heights[::every], texts, strict=True)]
        write(painter, labels, "ink3", share=1.0)
        steps = step_ticks(view.start, view.end, view.area.width() / 50)
        write(painter, [(view.x(step) + 0.5, middle, compact(step)) for step in steps], "ink3", share=0.5)

    def _paint_changes(self, painter: QPainter, view: View) -> None:
        """A dashed line at each diagnosis and each live change; the newest changes that do not cover each other have
        their words in a box."""
        for x in {round(view.x(step)) for step, _ in self._findings if view.start <= step <= view.end}:
            paint_dashes(painter, x, view, colour("warn_fill"))
        seen = [(round(view.x(step)), text) for step, text in self._changes if view.start <= step <= view.end]
        for x in {x for x, _ in seen}:
            paint_dashes(painter, x, view, colour("ink2"))
        whole, taken = self._area(), QRectF()
        for x, text in reversed(seen):
            words = shortened(text, whole.width() - 16)
            room = width_of(words) + 16
            box = QRectF(max(2, min(x, whole.right() + 4 - room)) + 0.5, whole.top() - 0.5, room, 18)
            if not taken.intersects(box):
                taken = taken.united(box)
                paint_box(painter, box)
                write(painter, [(box.left() + 7.5, box.center().y(), words)], "ink")

    def _paint_ends(self, painter: QPainter, view: View, texts: list[str], ends: list[float]) -> None:
        """Each line's name at its end, moved apart where they would cover each other."""
        placed = sorted((view.y(end), row) for row, end in enumerate(ends) if math.isfinite(end))
        heights = apart([y for y, _ in placed], 14.0, view.area.top(), view.area.bottom())
        for y, (_, row) in zip(heights, placed, strict=True):
            place = view.area.right() + _LABEL_GAP, y, texts[row]
            write(painter, [place], self._curves[row].token, weight=600)

    def _paint_over(self, painter: QPainter) -> None:
        view, step = self._view, self._cursor
        if view is None or step is None or not view.start <= step <= view.end:
            return
        x = round(view.x(step))
        painter.fillRect(QRectF(x, view.area.top(), 1, view.area.height()), colour("accent"))
        rows = [(f"step {number(step)}", "", "ink2")]
        values = self._history.values[:, self._history.index_at(step)].tolist()
        rows += [(curve.label, number(value), curve.token) for curve, value in zip(self._curves, values, strict=True)]
        rows += [(text, "", "ink2") for at, text in self._changes if abs(view.x(at) - x) <= 3]
        rows += [(text, "", "warn") for at, text in self._findings if abs(view.x(at) - x) <= 3]
        paint_rows(painter, rows, x, self._area())

    # saving

    def rows(self) -> Iterable[list[object]]:
        """Steps and raw values of all curves, one step a row."""
        yield ["step", *self._history.names]
        for step, values in zip(self._history.steps.tolist(), self._history.values.T.tolist(), strict=True):
            yield [int(step), *("" if math.isnan(value) else value for value in values)]


class LossPlot(_CurvePlot):
    """The losses of all players, named with their last smoothed value; live changes are marked."""

    margins = Margins(36, 18, 12, 26)
    file_name = "losses"
    prefix = "loss/"
    smoothing = 0.98
    values_at_ends = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Losses over steps", parent, logarithmic=False)


class GradientPlot(_CurvePlot):
    """The norms of all players' gradients on a logarithmic axis."""

    margins = Margins(32, 18, 24, 26)
    file_name = "gradient-norms"
    prefix = "grad_norm/"
    smoothing = 0.5
    values_at_ends = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Gradient norms over steps", parent, logarithmic=True)


class LogitPlot(_Plot):
    """D's logits on real and on generated images, as shares of each; D says real right of zero."""

    margins = Margins(12, 18, 12, 26)
    file_name = "d-logits"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("D's logits on real and generated images", parent)
        self._real: Histogram | None = None
        self._fake: Histogram | None = None
        self._range = (0.0, 0.0)
        self._add_saving()

    def set_histograms(self, real: Histogram | None, fake: Histogram | None) -> None:
        """Show these; nothing is painted before `refresh`."""
        self._real, self._fake = real, fake

    def clear(self) -> None:
        """Show nothing."""
        self._range = (0.0, 0.0)
        self.set_histograms(None, None)
        self._redraw()

    def rows(self) -> Iterable[list[object]]:
        """Bins with their counts."""
        yield ["logits", "low", "high", "count"]
        for name, histogram in (("real", self._real), ("fake", self._fake)):
            if histogram is not None:
                edges = np.linspace(histogram.low, histogram.high, len(histogram.counts) + 1).tolist()
                for low, high, count in zip(edges[:-1], edges[1:], histogram.counts, strict=True):
                    yield [name, low, high, count]

    def _render(self, painter: QPainter, ratio: float) -> None:
        shown = [one for one in (self._fake, self._real) if one is not None and any(one.counts)]
        if not shown:
            self._paint_ghost(painter)
            return
        area = QRectF(self._area())
        low, high = self._range = _steady_range(self._range, shown)
        tallest = max(float(densities(one).max()) for one in shown)
        view = View(area, low, high, 0.0, tallest / 0.9)
        self._paint_axis(painter, view)
        for histogram, token, alpha in ((self._fake, "g", 0.27), (self._real, "real", 0.215)):
            if histogram in shown and histogram is not None:
                paint_histogram(painter, view, histogram, colour(token), alpha)
        paint_dashes(painter, round(view.x(0)), view, colour("ink3"))
        write(painter, [(area.left() + 2, area.top() + 8, "fake")], "g", weight=600)
        write(painter, [(area.right() - 2, area.top() + 8, "real")], "real", weight=600, share=1.0)

    def _paint_axis(self, painter: QPainter, view: View) -> None:
        area = view.area
        painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), colour("edge"))
        interval = interval_of((view.end - view.start) / max(1.0, area.width() / 44), (1.0, 2.0, 4.0, 10.0))
        multiples = range(math.ceil(view.start / interval), math.floor(view.end / interval) + 1)
        texts = [(view.x(one * interval) + 0.5, number(one * interval, decimals(interval))) for one in multiples]
        seen = [(x, area.bottom() + _AXIS_MIDDLE, text) for x, text in texts if self._fits(x, text)]
        write(painter, seen, "ink3", share=0.5)

    def _fits(self, x: float, text: str) -> bool:
        return abs(x - self.width() / 2) + width_of(text) / 2 <= self.width() / 2 - 2


def _end_text(label: str, value: float) -> str:
    if not math.isfinite(value):
        return label
    return f"{label} {number(value, None if abs(value) >= 100 else 2)}"


def _last(steps: Floats, line: Floats, end: float) -> float:
    """The last finite value up to a step; NaN when there is none."""
    finite = np.flatnonzero(np.isfinite(line) & (steps <= end))
    return float(line[finite[-1]]) if len(finite) else math.nan


def _support(histogram: Histogram) -> tuple[float, float]:
    """The range that holds all but one logit in a thousand, half at each end."""
    edges = np.linspace(histogram.low, histogram.high, len(histogram.counts) + 1)
    below = np.concatenate(([0.0], np.cumsum(histogram.counts)))
    low, high = np.interp((0.0005 * below[-1], 0.9995 * below[-1]), below, edges)
    return float(low), float(high)


def _steady_range(before: tuple[float, float], shown: list[Histogram]) -> tuple[float, float]:
    """A round range around zero and all logits; the one before while it fits and is not much too wide."""
    supports = [_support(one) for one in shown]
    low, high = min(0.0, *(one[0] for one in supports)), max(0.0, *(one[1] for one in supports))
    spread = max(high - low, 1e-3)
    if before[0] <= low and high <= before[1] and before[1] - before[0] <= 2 * spread:
        return before
    interval, margin = interval_of(spread / 8), 0.1 * spread
    return math.floor((low - margin) / interval) * interval, math.ceil((high + margin) / interval) * interval
