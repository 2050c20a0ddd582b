"""The toolbar, the same in all workspaces: what can be done to the run, how far it is, and where it computes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QEnterEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QMenu, QSizePolicy, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.actions import SEPARATOR, TOOLBAR, Actions, RunState
from ganstudio.desktop.widgets.buttons import Button, Role

HEIGHT = 47
_STAT = 77
_RUN = 320
_SLOW = 10
"""Images/s below which a decimal tells something."""
Span = tuple[str, int, str]
"""Text of 12 px, its weight, and the token of its colour."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class RunView:
    """What the toolbar says of a run. Times in seconds; None where nothing is known yet."""

    name: str
    """Such as ``"DCGAN on MNIST"``."""
    label: str = ""
    """Such as ``"run 014"``, or what is being prepared."""
    state: RunState = "idle"
    step: int = 0
    target: int | None = None
    images_per_second: float | None = None
    elapsed: float | None = None
    eta: float | None = None
    """Seconds until the end; while idle, how long the run would take."""
    device: str = ""


class Toolbar(QWidget):
    """Start, Pause, Step, Stop | Snapshot, then the run, its numbers and the device."""

    device_chosen = Signal(str)
    """The key of a device that the person picked."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "chrome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        self._view = RunView(name="")
        self._buttons = {key: ActionButton(actions[key], self) for key in TOOLBAR if key != SEPARATOR}
        self._run = _RunBlock(self)
        self._stats = [_Stat(self) for _ in range(3)]
        self._device = DeviceButton(self)
        self._device.chosen.connect(self.device_chosen)
        self._lay_out()
        self._show(self._view)

    def set_view(self, view: RunView) -> None:
        """Show `view`; paints only what differs."""
        if view != self._view:
            self._show(view)

    def set_devices(self, devices: Sequence[tuple[str, str]]) -> None:
        """The devices to choose from, as (key, name)."""
        self._device.set_devices(devices)

    def set_device(self, key: str) -> None:
        """Show `key` as the device of the next run, without telling."""
        self._device.set_current(key)

    def button(self, key: str) -> ActionButton:
        """The button of an action."""
        return self._buttons[key]

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 1)
        row.setSpacing(3)
        for key in TOOLBAR:
            if key == SEPARATOR:
                row.addSpacing(10)
                row.addWidget(_upright(self))
                row.addSpacing(6)
            else:
                row.addWidget(self._buttons[key])
        row.addStretch(1)
        right = QHBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._run)
        right.addSpacing(12)
        for stat in self._stats:
            right.addWidget(stat)
        right.addWidget(self._device)
        row.addLayout(right)

    def _show(self, view: RunView) -> None:
        self._view = view
        idle = view.state == "idle"
        self._run.set_view(view)
        for stat, (name, value, unit) in zip(self._stats, _numbers(view), strict=True):
            stat.set_content(name, value, unit)
        self._device.set_running(view.device if not idle and view.state != "finished" else "")
        start, pause = self._buttons["run.start"], self._buttons["run.pause"]
        start.set_prominence("primary" if view.state in {"idle", "paused", "finished"} else "flat")
        pause.set_prominence("raised" if view.state == "training" else "flat")


class ActionButton(Button):
    """A toolbar button that does, is called and is possible whatever its action is."""

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(action.text(), role="flat", parent=parent)
        self._action = action
        self._prominence: Role = "flat"
        self.setProperty("bar", True)
        self.setIconSize(QSize(19, 16))
        action.changed.connect(self._follow)
        self.clicked.connect(action.trigger)
        self._icon_token = ""
        self._follow()

    def set_prominence(self, role: Role) -> None:
        """How it looks while it is possible; impossible, it is flat."""
        self._prominence = role
        self._follow()

    @Slot()
    def _follow(self) -> None:
        action = self._action
        enabled = action.isEnabled()
        role: Role = self._prominence if enabled else "flat"
        self.setVisible(action.isVisible())
        self.setEnabled(enabled)
        if self.text() != action.text():
            self.setText(action.text())
            self.setAccessibleName(action.text())
        self.setToolTip(action.toolTip())
        theme.restyle(self, role=role)
        token = "on_accent" if role == "primary" else "ink"
        if token != self._icon_token:
            self._icon_token = token
            self.setIcon(theme.icon(_icon_of(action), token))


class DeviceButton(QAbstractButton):
    """Shows the device and opens the list of all; while a run trains it only tells."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._devices: list[tuple[str, str]] = []
        self._current = ""
        self._running = ""
        self._menu = QMenu(self)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_triggered)
        self.clicked.connect(self._open)
        self._describe()

    def set_devices(self, devices: Sequence[tuple[str, str]]) -> None:
        """The choices as (key, name)."""
        self._devices = list(devices)
        self._menu.clear()
        for action in self._group.actions():
            self._group.removeAction(action)
        for key, name in devices:
            action = self._menu.addAction(name)
            action.setData(key)
            action.setCheckable(True)
            action.setChecked(key == self._current)
            self._group.addAction(action)
        self._describe()

    def set_current(self, key: str) -> None:
        """Show `key` as chosen."""
        if key != self._current:
            self._current = key
            for action in self._group.actions():
                action.setChecked(action.data() == key)
            self._describe()

    def set_running(self, name: str) -> None:
        """The device that a run uses now, which cannot be changed; empty when none runs."""
        if name != self._running:
            self._running = name
            self._describe()

    def sizeHint(self) -> QSize:
        """Room for the name, within bounds."""
        width = QFontMetrics(theme.font(12, 500)).horizontalAdvance(self._name())
        return QSize(37 + min(max(width, 96), 190) + 14, 48 - 2)

    def minimumSizeHint(self) -> QSize:
        """The same: the name is cut, not squeezed."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Line, chip, two rows of text and caret."""
        painter = QPainter(self)
        middle = self.height() // 2
        painter.fillRect(QRect(0, middle - 12, 1, 24), theme.qcolor("line"))
        if self.isEnabled() and (self.underMouse() or self._menu.isVisible()):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.qcolor("hover"))
            painter.drawRoundedRect(QRectF(7, middle - 17, self.width() - 7, 34), 4, 4)
        if self.hasFocus():
            _paint_focus(painter, QRectF(8, middle - 16, self.width() - 9, 32))
        theme.paint_icon(painter, "cpu", QRect(12, middle - 8, 16, 16), "ink2")
        room = self.width() - 37 - 18
        painter.setFont(theme.font(11))
        painter.setPen(theme.qcolor("ink3"))
        painter.drawText(QRect(37, middle - 16, room, 16), _LEFT, "Device")
        face = theme.font(12, 500)
        painter.setFont(face)
        painter.setPen(theme.qcolor("ink"))
        name = QFontMetrics(face).elidedText(self._name(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(37, middle - 1, room + 2, 16), _LEFT, name)
        caret = QRect(self.width() - 12, middle - 6, 12, 12)
        theme.paint_icon(painter, "caret-down", caret, "ink2" if self.isEnabled() else "off")
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No longer."""
        super().leaveEvent(event)
        self.update()

    def _name(self) -> str:
        return self._running or dict(self._devices).get(self._current) or "looking…"

    def _describe(self) -> None:
        fixed = bool(self._running)
        self.setEnabled(not fixed and len(self._devices) > 0)
        self.setAccessibleName("Device")
        self.setAccessibleDescription(self._name())
        why = "A run keeps its device until it ends." if fixed else "Where the next run computes."
        self.setToolTip(f"{self._name()}\n{why}")
        self.updateGeometry()
        self.update()

    @Slot()
    def _open(self) -> None:
        self._menu.setMinimumWidth(self.width())
        self._menu.popup(self.mapToGlobal(QPoint(8, self.height())))

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.set_current(action.data())
        self.chosen.emit(action.data())


class _RunBlock(QWidget):
    """Name, label, step and the bar of progress; right aligned words before the first start."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMinimumWidth(180)
        self.setMaximumWidth(_RUN)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._view = RunView(name="")

    def sizeHint(self) -> QSize:
        """As drawn where there is room."""
        return QSize(_RUN, HEIGHT)

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
            _paint_right(painter, QRect(0, middle - 8, self.width(), 16), self._title(), gap=8)
        else:
            line = QRect(0, middle - 12, self.width(), 16)
            used = _paint_right(painter, line, self._steps(), gap=4)
            _paint_left(painter, line.adjusted(0, 0, -used - 8, 0), self._title(), gap=8)
            self._paint_bar(painter, QRectF(0, middle + 8, self.width(), 4))
        painter.end()

    def _title(self) -> list[Span]:
        view = self._view
        state = {"paused": "paused", "stopping": "stopping", "finished": "finished"}.get(view.state, "")
        label = ", ".join(part for part in (view.label, state) if part)
        return [(view.name, 600, "ink"), (label, 400, "ink3")]

    def _steps(self) -> list[Span]:
        view = self._view
        if view.state == "preparing":
            return []
        spans = [("step", 400, "ink2"), (fmt.number(view.step), 600, "ink")]
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


class _Stat(QWidget):
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
        painter.drawText(QRect(13, middle - 16, self.width() - 13, 16), _LEFT, name)
        spans = [(value, 600, "ink"), (unit, 400, "ink3")]
        _paint_left(painter, QRect(13, middle - 1, self.width() - 13, 16), spans, gap=4)
        painter.end()


def _numbers(view: RunView) -> list[tuple[str, str, str]]:
    if view.state == "idle":
        target = ("Target", fmt.number(view.target), "steps") if view.target else ("", "", "")
        expected = ("Expected", *_rough(view.eta)) if view.eta is not None else ("", "", "")
        return [("", "", ""), target, expected]
    left = None if view.state == "finished" else view.eta
    return [
        ("Images/s", _speed(view.images_per_second), ""),
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


def _icon_of(action: QAction) -> str:
    return str(action.property("glyph"))


def _upright(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("role", "upright")
    line.setFixedSize(1, 24)
    return line


def _paint_focus(painter: QPainter, rect: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(theme.qcolor("accent"))
    pen.setWidth(2)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, 4, 4)


def _paint_left(painter: QPainter, rect: QRect, spans: Sequence[Span], gap: int) -> None:
    """Pieces of text, one after the other, the last cut to fit."""
    x = rect.left()
    for text, weight, token in spans:
        face = theme.font(12, weight)
        metrics = QFontMetrics(face)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.right() - x + 1))
        painter.setFont(face)
        painter.setPen(theme.qcolor(token))
        painter.drawText(QRect(x, rect.top(), rect.right() - x + 3, rect.height()), _LEFT, shown)
        x += metrics.horizontalAdvance(shown) + gap


def _paint_right(painter: QPainter, rect: QRect, spans: Sequence[Span], gap: int) -> int:
    """The same against the right edge; returns the width used."""
    widths = [QFontMetrics(theme.font(12, weight)).horizontalAdvance(text) for text, weight, _ in spans]
    used = min(rect.width(), sum(widths) + gap * max(0, len(spans) - 1))
    _paint_left(painter, QRect(rect.right() - used + 1, rect.top(), used, rect.height()), spans, gap)
    return used
