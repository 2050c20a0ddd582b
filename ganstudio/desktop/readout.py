"""What the toolbar tells of a run, painted: numbers that change many times a second must not move any layout."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.actions import RunState
from ganstudio.desktop.widgets.painting import LEFT, Span, paint_left, paint_right
from ganstudio.game import Subject

_STAT = 77
_RUN = 320
_HEIGHT = 40
_SLOW = 10
"""Images/s below which a decimal tells something."""
_STEP_WORDS = {"paused": "paused at", "stopping": "stopping at", "finished": "ended at"}


@dataclass(frozen=True)
class RunView:
    """What the toolbar says of a run. Times in seconds; None where nothing is known yet."""

    name: str
    """Such as ``"DCGAN on MNIST"``."""
    label: str = ""
    """Such as ``"run 014"``, or what is being prepared."""
    state: RunState = "idle"
    step: int = 0
    """While preparing: how much of `target` is prepared."""
    target: int | None = None
    images_per_second: float | None = None
    elapsed: float | None = None
    eta: float | None = None
    """Seconds until the end; while idle, how long the run would take."""
    device: str = ""
    subject: Subject = "images"


class RunBlock(QWidget):
    """Name, label, step and the bar of progress; right aligned words before the first start."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMinimumWidth(180)
        self.setMaximumWidth(_RUN)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._view = RunView(name="")

    def sizeHint(self) -> QSize:
        """As drawn where there is room."""
        return QSize(_RUN, _HEIGHT)

    def set_view(self, view: RunView) -> None:
        """Paint `view` if anything of it shows."""
        if _shown(view) != _shown(self._view):
            self._view = view
            self.setAccessibleName(_spoken(view))
            self.setToolTip(_spoken(view))
            self.update()
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        """Text of 12 px over a bar of 4 px."""
        painter = QPainter(self)
        middle = self.height() // 2
        if self._view.state == "idle":
            paint_right(painter, QRect(0, middle - 8, self.width(), 16), self._title(), gap=8)
        else:
            line = QRect(0, middle - 12, self.width(), 16)
            used = paint_right(painter, line, self._steps(), gap=4)
            paint_left(painter, line.adjusted(0, 0, -used - 8, 0), self._title(), gap=8)
            self._paint_bar(painter, QRectF(0, middle + 8, self.width(), 4))
        painter.end()

    def _title(self) -> list[Span]:
        return [(self._view.name, 600, "ink"), (self._view.label, 400, "ink3")]

    def _steps(self) -> list[Span]:
        view = self._view
        if view.state == "preparing":
            return []
        spans = [(_STEP_WORDS.get(view.state, "step"), 400, "ink2"), (fmt.number(view.step), 600, "ink")]
        return [*spans, (f"/ {fmt.number(view.target)}", 400, "ink2")] if view.target else spans

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        view = self._view
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.qcolor("hover"))
        painter.drawRoundedRect(bar, 2, 2)
        if view.target and view.step:
            painter.setBrush(theme.qcolor("accent"))
            bar.setWidth(max(4.0, bar.width() * min(1.0, view.step / view.target)))
            painter.drawRoundedRect(bar, 2, 2)


class Stat(QWidget):
    """A line, a name of 11 px and below it a number; as wide as drawn, so that nothing moves when it changes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._content = ("", "", "")

    def set_content(self, name: str, value: str, unit: str) -> None:
        """Show `value` under `name`; nothing at all for an empty name."""
        content = (name, value, unit)
        if content == self._content:
            return
        if (name, unit) != (self._content[0], self._content[2]):
            self.setVisible(bool(name))
            self.setFixedWidth(_STAT + (16 if unit and len(unit) > 3 else 0))
            self.setToolTip(name)
        self._content = content
        self.setAccessibleName(f"{name} {value} {unit}".strip())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two rows."""
        name, value, unit = self._content
        painter = QPainter(self)
        middle = self.height() // 2
        painter.fillRect(QRect(0, middle - 12, 1, 24), theme.qcolor("line"))
        painter.setFont(theme.font(11))
        painter.setPen(theme.qcolor("ink3"))
        painter.drawText(QRect(13, middle - 16, self.width() - 13, 16), LEFT, name)
        spans = [(value, 600, "ink"), (unit, 400, "ink3")]
        paint_left(painter, QRect(13, middle - 1, self.width() - 13, 16), spans, gap=4)
        painter.end()


def numbers(view: RunView) -> list[tuple[str, str, str]]:
    """The three numbers beside the run as (name, value, unit); an empty name for none."""
    if view.state == "idle":
        target = ("Target", fmt.number(view.target), "steps") if view.target else ("", "", "")
        expected = ("Expected", *_rough(view.eta)) if view.eta is not None else ("", "", "")
        return [("", "", ""), target, expected]
    left = None if view.state == "finished" else view.eta
    return [
        (f"{view.subject.capitalize()}/s", _speed(view.images_per_second), ""),
        ("Elapsed", fmt.duration(view.elapsed), ""),
        ("ETA", fmt.duration(left), ""),
    ]


def _speed(images_per_second: float | None) -> str:
    if images_per_second is None:
        return "–"
    return fmt.number(images_per_second, 1 if images_per_second < _SLOW else 0)


def _rough(seconds: float) -> tuple[str, str]:
    """``(1, min)`` for about a minute: an expectation is no stopwatch."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 0.75 * size:
            return fmt.number(max(1, round(seconds / size))), unit
    return fmt.number(max(1, round(seconds))), "s"


def _shown(view: RunView) -> tuple[object, ...]:
    return (view.name, view.label, view.state, view.step, view.target)


def _spoken(view: RunView) -> str:
    if view.state == "idle":
        return f"{view.name}, {view.label}" if view.label else view.name
    end = f" of {fmt.number(view.target)}" if view.target else ""
    return f"{view.name}, {view.label}, {view.state}, step {fmt.number(view.step)}{end}"
