"""One quantity of up to three runs in one plot, under one cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.format import compact, duration, number
from ganstudio.desktop.runs.marks import CHIP, STROKES, Letter, paint_letter, pen, token
from ganstudio.desktop.widgets.strokes import RAW_ALPHA, Floats, View, paint_box, polygon, write
from ganstudio.desktop.widgets.ticks import apart, decimals, log10, quantile, step_ticks, value_ticks

Unit = Literal["steps", "images", "seconds"]

_MARGINS, _SMALL_MARGINS = (28, 9, 31, 20), (28, 24, 28, 20)
"""Left, top, right and bottom around the plotted area."""
_LABEL_GAP = 6
_MOST_INTERVALS, _MOST_SMALL_INTERVALS = 5, 2
_TICK_ROOM = 72
_SMOOTHED = 40
"""A run is smoothed over about this part of its points."""
_CLIPPED = 0.995
_CLOCK = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


@dataclass(frozen=True, eq=False)
class Line:
    """One run: `x` (N,) rising, `raw` values (N,) and the same `smooth`, without those that are not finite."""

    letter: Letter
    x: Floats
    raw: Floats
    smooth: Floats

    @staticmethod
    def of(letter: Letter, x: Floats, values: Floats) -> Line:
        """From values of which some may not be finite."""
        finite = np.isfinite(values)
        x, values = x[finite], values[finite]
        return Line(letter, x, values, smoothed(values))

    def at(self, x: float) -> float | None:
        """The smoothed value at `x`; None where the run was not."""
        if not len(self.x) or not self.x[0] <= x <= self.x[-1]:
            return None
        return float(np.interp(x, self.x, self.smooth))


def smoothed(values: Floats) -> Floats:
    """Means over a window around each value, twice, so that no edge shows; one-sided at both ends."""
    half, count = len(values) // (2 * _SMOOTHED), len(values)
    for _ in range(2 if half else 0):
        sums = np.concatenate(([0.0], np.cumsum(values)))
        first, end = np.maximum(0, np.arange(count) - half), np.minimum(count, np.arange(count) + half + 1)
        values = (sums[end] - sums[first]) / (end - first)
    return values


class OverlayPlot(QWidget):
    """Lines of compared runs, each with its letter at its end; the cursor reads their values.

    What is painted is kept until lines, size or theme change; moving the cursor repaints nothing else. `small` leaves
    out the raw values and the box, and has its title above.
    """

    hovered = Signal(float)
    """The pointer is at a place of the axis; NaN when it has left."""
    picked = Signal(float)
    """A place of the axis was clicked, or dragged to."""

    def __init__(self, name: str, *, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._small = name, small
        self._lines: tuple[Line, ...] = ()
        self._unit: Unit = "steps"
        self._log = False
        self._end: float | None = None
        self._cursor: float | None = None
        self._empty = ""
        self._kept: QPixmap | None = None
        self._view: View | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(140, 72 if small else 110)
        self._describe()
        theme.theme().changed.connect(self._redraw)

    # what is shown

    def set_lines(self, lines: Sequence[Line], unit: Unit, *, log: bool, end: float | None = None) -> None:
        """Show these over an axis that reaches `end` at least; `log` needs values above 0 and leaves others out."""
        self._lines = tuple(line for line in lines if len(line.x))
        self._unit, self._log, self._end = unit, log, end
        self._describe()
        self._redraw()

    def set_name(self, name: str) -> None:
        """Another quantity."""
        self._name = name
        self._describe()
        self._redraw()

    def set_empty_text(self, text: str) -> None:
        """What is said while there are no lines."""
        if text != self._empty:
            self._empty = text
            self._redraw()

    def set_cursor(self, x: float | None) -> None:
        """Stand at a place of the axis, or nowhere."""
        if x != self._cursor:
            self._cursor = x
            self.update()

    @property
    def cursor_place(self) -> float | None:
        """Where the cursor stands."""
        return self._cursor

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that are shown."""
        return self._lines

    def values(self) -> list[tuple[Letter, float]]:
        """What the cursor reads, the highest first."""
        if self._cursor is None:
            return []
        read = [(line.letter, line.at(self._cursor)) for line in self._lines]
        return sorted(((letter, value) for letter, value in read if value is not None), key=lambda one: -one[1])

    def _describe(self) -> None:
        self.setAccessibleName(self._name)
        ends = ", ".join(
            f"{line.letter} ({STROKES[line.letter]}) ends at {number(float(line.smooth[-1]))}" for line in self._lines
        )
        self.setAccessibleDescription(ends)
        self.setToolTip("" if self._lines else self._empty)

    @Slot()
    def _redraw(self) -> None:
        self._kept = None
        self.update()

    # geometry

    def sizeHint(self) -> QSize:
        return QSize(280, 120) if self._small else QSize(584, 220)

    def _area(self) -> QRectF:
        left, top, right, bottom = _SMALL_MARGINS if self._small else _MARGINS
        return QRectF(self.rect()).adjusted(left, top, -right, -bottom)

    def _make_view(self) -> tuple[View, list[float]]:
        """What of the plane is seen, with logarithms as values where they are asked for, and the ticks of it."""
        end = max([float(line.x[-1]) for line in self._lines] + [self._end or 0.0, 1e-9])
        low, high = self._range()
        if self._log:
            ticks = [math.log10(tick) for tick in _log_ticks(10**low, 10**high, 3 if self._small else 6)]
        else:
            ticks = value_ticks(low, high, _MOST_SMALL_INTERVALS if self._small else _MOST_INTERVALS)
        return View(self._area(), 0.0, end, ticks[0], ticks[-1]), ticks

    def _range(self) -> tuple[float, float]:
        """Lowest and highest value to be seen: the smoothed lines, and raw values but for rare spikes."""
        low, high = math.inf, -math.inf
        for line in self._lines:
            sets = [self._scaled(line.smooth)]
            if not self._small:
                raw = self._scaled(line.raw)
                sets.append(np.array([quantile(raw, 1 - _CLIPPED), quantile(raw, _CLIPPED)]))
            for values in sets:
                finite = values[np.isfinite(values)]
                if len(finite):
                    low, high = min(low, float(finite.min())), max(high, float(finite.max()))
        return (low, high) if low <= high else (0.0, 1.0)

    def _scaled(self, values: Floats) -> Floats:
        return log10(values) if self._log else values

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The kept picture, and over it the cursor."""
        ratio = self.devicePixelRatioF()
        if self._kept is None or self._kept.size() != self.size() * ratio:
            self._kept = QPixmap(self.size() * ratio)
            self._kept.setDevicePixelRatio(ratio)
            self._kept.fill(theme.qcolor("panel"))
            inner = QPainter(self._kept)
            self._render(inner)
            inner.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        if self._view is not None and self._cursor is not None and 0 <= self._cursor <= self._view.end:
            self._paint_cursor(painter, self._view)
        painter.end()

    def _render(self, painter: QPainter) -> None:
        if self._small:
            painter.setFont(theme.font(12, 500))
            painter.setPen(theme.qcolor("ink"))
            painter.drawText(QRect(0, 0, self.width(), 16), Qt.AlignmentFlag.AlignVCenter, self._name)
        if not self._lines:
            self._view = None
            self._paint_ghost(painter)
            return
        self._view, ticks = self._make_view()
        self._paint_axes(painter, self._view, ticks)
        if not self._small:
            for line in self._lines:
                self._paint_raw(painter, self._view, line)
        for line in self._lines:
            self._paint_smooth(painter, self._view, line)
        self._paint_letters(painter, self._view)

    def _paint_ghost(self, painter: QPainter) -> None:
        area = self._area().toRect()
        for part in range(3):
            y = area.top() + round(part * area.height() / 2)
            painter.fillRect(area.left(), y, area.width(), 1, theme.qcolor("grid"))
        if self._empty:
            painter.setFont(theme.font(12))
            painter.setPen(theme.qcolor("ink3"))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(area.adjusted(8, 8, -8, -4), flags, self._empty)

    def _paint_axes(self, painter: QPainter, view: View, ticks: list[float]) -> None:
        left, below = view.area.left() - _LABEL_GAP, view.area.bottom() + 12
        texts = []
        for tick in ticks:
            y = round(view.y(tick))
            painter.fillRect(QRectF(view.area.left(), y, view.area.width(), 1), theme.qcolor("grid"))
            texts.append((left, float(y), compact(10**tick) if self._log else _tick_text(tick, ticks[1] - ticks[0])))
        write(painter, texts, "ink3", share=1.0)
        write(painter, [(view.x(x), below, text) for x, text in self._x_ticks(view)], "ink3", share=0.5)

    def _x_ticks(self, view: View) -> list[tuple[float, str]]:
        most = max(2.0, view.area.width() / _TICK_ROOM)
        if self._unit == "seconds":
            interval = next((span for span in _CLOCK if view.end / span <= most), _CLOCK[-1])
            return [(float(at), duration(at)) for at in range(0, int(view.end) + 1, interval)]
        return [(at, compact(at)) for at in step_ticks(0.0, view.end, most)]

    def _paint_raw(self, painter: QPainter, view: View, line: Line) -> None:
        x, y = _thin(view, line.x, self._scaled(line.raw))
        shade = QColor(theme.qcolor(token(line.letter)))
        # Several raw lines over each other would hide which stroke is dashed and which dotted.
        shade.setAlpha(RAW_ALPHA if len(self._lines) == 1 else RAW_ALPHA // 2)
        painter.save()
        painter.setClipRect(view.area.adjusted(0, -1, 1, 1))
        painter.setPen(shade)
        painter.drawPolyline(polygon(x, y))
        painter.restore()

    def _paint_smooth(self, painter: QPainter, view: View, line: Line) -> None:
        x, y = _thin(view, line.x, self._scaled(line.smooth))
        painter.save()
        painter.setClipRect(view.area.adjusted(0, -1, 1, 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio, shape = self.devicePixelRatioF(), polygon(x, y)
        painter.setPen(pen(line.letter, ratio))
        # Weight comes from drawing again beside, since a wider pen is slow.
        for dx, dy in ((0.0, 0.0), (1 / ratio, 0.0), (0.0, 1 / ratio)) if ratio >= 1.5 else ((0.0, 0.0), (0.0, 0.4)):
            painter.drawPolyline(shape.translated(dx, dy))
        painter.restore()

    def _paint_letters(self, painter: QPainter, view: View) -> None:
        """Each at its line's end; those whose lines end together are moved apart."""
        ends = []
        for line in self._lines:
            values = self._scaled(line.smooth)
            finite = np.flatnonzero(np.isfinite(values))
            if len(finite):
                y = min(max(view.y(float(values[finite[-1]])), view.area.top()), view.area.bottom())
                ends.append((y, view.x(float(line.x[finite[-1]])), line.letter))
        width, height = (10, 13) if self._small else CHIP
        for near in _neighbours(ends, 2 * width):
            heights = apart([y for y, _, _ in near], height + 2, view.area.top(), view.area.bottom())
            for (_, x, letter), y in zip(near, heights, strict=True):
                if self._small:
                    write(painter, [(x + 6, y, letter)], token(letter), weight=600)
                else:
                    paint_letter(painter, QRect(round(x) + 6, round(y - height / 2), width, height), letter)

    def _paint_cursor(self, painter: QPainter, view: View) -> None:
        x = round(view.x(self._cursor or 0.0))
        top, bottom = round(view.area.top()), round(view.area.bottom())
        painter.fillRect(x, top, 1, bottom - top, theme.qcolor("accent"))
        values = [] if self._small else self.values()
        if not values:
            return
        texts = [_value_text(value) for _, value in values]
        face = theme.font(12, 600)
        painter.setFont(face)
        widest = max(painter.fontMetrics().horizontalAdvance(text) for text in texts)
        size = QSize(max(88, widest + 48), 18 * len(values) + 8)
        left = x + 4 if x + 4 + size.width() <= self.width() else x - 4 - size.width()
        box = QRect(left, top - 2, size.width(), size.height())
        paint_box(painter, QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5))
        for index, ((letter, _), text) in enumerate(zip(values, texts, strict=True)):
            line = QRect(box.left() + 6, box.top() + 4 + 18 * index, box.width() - 14, 18)
            paint_letter(painter, QRect(line.left(), line.top() + 2, 17, 14), letter)
            painter.setFont(face)
            painter.setPen(theme.qcolor("ink"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    # events

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read values here; drag with the button held."""
        place = self._place(event)
        if place is not None:
            self.hovered.emit(place)
            if event.buttons() & Qt.MouseButton.LeftButton:
                self.picked.emit(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go here."""
        place = self._place(event)
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(place)

    def leaveEvent(self, event: QEvent) -> None:
        """The cursor goes back."""
        super().leaveEvent(event)
        self.hovered.emit(math.nan)

    def _place(self, event: QMouseEvent) -> float | None:
        if self._view is None:
            return None
        return min(self._view.end, max(0.0, self._view.step(event.position().x())))


def _thin(view: View, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Pixels of the finite points, of those in one column of half a pixel only lowest and highest."""
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]
    px = view.area.left() + (x - view.start) * (view.area.width() / (view.end - view.start))
    py = view.area.bottom() - (y - view.low) * (view.area.height() / (view.high - view.low))
    if len(px) <= 4 * view.area.width():
        return px, py
    columns = (2 * px).astype(np.int64)
    first = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    low, high = np.minimum.reduceat(py, first), np.maximum.reduceat(py, first)
    return np.repeat(px[first], 2), np.column_stack((low, high)).ravel()


def _neighbours(ends: list[tuple[float, float, Letter]], room: float) -> list[list[tuple[float, float, Letter]]]:
    """Line ends (y, x, letter) in groups that stand within `room` of each other, each group by rising y."""
    groups: list[list[tuple[float, float, Letter]]] = []
    for end in sorted(ends, key=lambda one: one[1]):
        if groups and end[1] - groups[-1][-1][1] < room:
            groups[-1].append(end)
        else:
            groups.append([end])
    return [sorted(group) for group in groups]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    """1, 2 and 5 times powers of ten from at most `low` to at least `high`; powers alone when there are too many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high) + 1e-9)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        steps = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
        begin = max((step for step in steps if step <= low * (1 + 1e-9)), default=steps[0])
        end = min((step for step in steps if step >= high * (1 - 1e-9)), default=steps[-1])
        ticks = [step for step in steps if begin <= step <= end]
        if len(ticks) <= most + 1:
            break
    return ticks if len(ticks) > 1 else [ticks[0], 10 * ticks[0]]


def _tick_text(tick: float, interval: float) -> str:
    if abs(tick) >= 1000:
        return compact(tick)
    return number(tick, decimals(interval)) if abs(tick) > 1e-12 else "0"


def _value_text(value: float) -> str:
    return compact(value) if abs(value) >= 1e5 else number(float(value))
