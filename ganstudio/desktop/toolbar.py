"""The toolbar, the same in all workspaces: what can be done to the run, how far it is, and where it computes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.actions import SEPARATOR, STEPS, TOOLBAR, Actions
from ganstudio.desktop.device_button import DeviceButton
from ganstudio.desktop.readout import RunBlock, RunView, Stat, numbers
from ganstudio.desktop.widgets.buttons import Button, Role

__all__ = ["HEIGHT", "ActionButton", "RunView", "Toolbar"]

_CARET = 20
HEIGHT = 47
"""With the pixel of the menu row into which the accent rule reaches, 48."""


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
        self._buttons["run.step"].set_menu(actions.fill(QMenu(self), STEPS))
        self._run = RunBlock(self)
        self._stats = [Stat(self) for _ in range(3)]
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
        for stat, (name, value, unit) in zip(self._stats, numbers(view), strict=True):
            stat.set_content(name, value, unit)
        self._device.set_running(view.device if not idle and view.state not in {"stopped", "finished"} else "")
        start, pause = self._buttons["run.start"], self._buttons["run.pause"]
        start.set_prominence("primary" if view.state in {"idle", "paused", "stopped", "finished"} else "flat")
        pause.set_prominence("raised" if view.state == "training" else "flat")


class ActionButton(Button):
    """A toolbar button that does, is called and is possible whatever its action is."""

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(action.text(), role="flat", parent=parent)
        self._action = action
        self._prominence: Role = "flat"
        self._menu: QMenu | None = None
        self.setProperty("bar", True)
        self.setIconSize(QSize(19, 16))
        action.changed.connect(self._follow)
        self.clicked.connect(action.trigger)
        self._icon_token = ""
        self._follow()

    def set_menu(self, menu: QMenu) -> None:
        """Offer more behind a caret at the right, by click or with the down arrow."""
        self._menu = menu
        theme.restyle(self, more=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button, then its caret."""
        super().paintEvent(event)
        if self._menu is not None:
            painter = QPainter(self)
            box = QRect(self.width() - _CARET, (self.height() - 12) // 2, 12, 12)
            theme.paint_icon(painter, "caret-down", box, "ink2" if self.isEnabled() else "off")
            painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On the caret, the menu."""
        if self._menu is not None and event.position().x() >= self.width() - _CARET - 2:
            self._menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down opens the menu."""
        if self._menu is not None and event.key() == Qt.Key.Key_Down:
            self._menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        else:
            super().keyPressEvent(event)

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


def _icon_of(action: QAction) -> str:
    return str(action.property("glyph"))


def _upright(parent: QWidget) -> QFrame:
    line = QFrame(parent)
    line.setProperty("role", "upright")
    line.setFixedSize(1, 24)
    return line
