"""The device of the next run or of the one that trains."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QEnterEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.painting import LEFT, paint_focus

_TEXT = 37
_CARET = 18
_NARROW, _WIDE = 92, 190


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
        return QSize(_TEXT + min(max(width, _NARROW), _WIDE) + _CARET, 46)

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
            paint_focus(painter, QRectF(8, middle - 16, self.width() - 9, 32))
        theme.paint_icon(painter, "cpu", QRectF(12.5, middle - 8, 16, 16), "ink2")
        room = self.width() - _TEXT - _CARET
        painter.setFont(theme.font(11))
        painter.setPen(theme.qcolor("ink3"))
        painter.drawText(QRect(_TEXT, middle - 16, room, 16), LEFT, "Device")
        face = theme.font(12, 500)
        painter.setFont(face)
        painter.setPen(theme.qcolor("ink"))
        name = QFontMetrics(face).elidedText(self._name(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(_TEXT, middle - 1, room + 2, 16), LEFT, name)
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
