"""Short messages at the bottom right that leave by themselves. Errors that need action do not belong here."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QEnterEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from ganstudio.desktop import theme

Kind = Literal["info", "error"]
Action = tuple[str, Callable[[], None]]
_SHOWN_MS = 6000
_WIDTH = 296
_KEPT = 50
_ICONS: dict[Kind, str] = {"info": "info", "error": "warning-circle"}


@dataclass(frozen=True)
class Message:
    """A toast that was shown, for the list of past ones; `when` in seconds since the epoch."""

    text: str
    icon: str
    kind: Kind
    when: float = field(default_factory=time.time)


class Toasts(QObject):
    """Shows toasts over the bottom right corner of `parent`, the newest lowest, and remembers the last fifty."""

    shown = Signal(object)
    """A `Message`."""

    def __init__(self, parent: QWidget, *, bottom: int = 4, right: int = 12) -> None:
        super().__init__(parent)
        self._host = parent
        self._margin = QPoint(right, bottom)
        self._toasts: list[_Toast] = []
        self._past: deque[Message] = deque(maxlen=_KEPT)
        parent.installEventFilter(self)

    def show(self, text: str, *, icon: str | None = None, action: Action | None = None, kind: Kind = "info") -> None:
        """Say `text` for six seconds, longer while the pointer is on it; `action` is (label, what to do)."""
        message = Message(text, icon or _ICONS[kind], kind)
        for old in [toast for toast in self._toasts if toast.message.text == text]:
            self._drop(old)
        toast = _Toast(message, action, self._host)
        toast.closed.connect(self._on_closed)
        self._toasts.append(toast)
        self._past.append(message)
        self._place()
        toast.show()
        toast.raise_()
        self.shown.emit(message)

    def past(self) -> list[Message]:
        """What was said, the newest first."""
        return list(reversed(self._past))

    def clear(self) -> None:
        """Take all toasts away."""
        for toast in list(self._toasts):
            self._drop(toast)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the corner when the window changes its size."""
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    @Slot()
    def _on_closed(self) -> None:
        toast = self.sender()
        if isinstance(toast, _Toast):
            self._drop(toast)

    def _drop(self, toast: _Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.end()
            self._place()

    def _place(self) -> None:
        bottom = self._host.height() - self._margin.y()
        for toast in reversed(self._toasts):
            toast.adjustSize()
            toast.move(self._host.width() - toast.width() - self._margin.x(), bottom - toast.height())
            bottom -= toast.height() + 8


class _Toast(QFrame):
    closed = Signal()

    def __init__(self, message: Message, action: Action | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self._act = action[1] if action else None
        self.setProperty("role", "toast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(message.text)
        self.setFixedWidth(_WIDTH)
        self.setMinimumHeight(36)
        row = QHBoxLayout(self)
        row.setContentsMargins(11, 5, 7, 5)
        row.setSpacing(8)
        text = QLabel(message.text)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(_pixmap(message.icon, "warn" if message.kind == "error" else "ink"))
        row.addWidget(text, 1)
        if action:
            row.addWidget(self._button(action[0]))
        row.addWidget(self._close_button())
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 4)
        shadow.setColor(QColor(0, 0, 0, 110))
        self.setGraphicsEffect(shadow)
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._timer.timeout.connect(self.closed)
        self._timer.start()

    def end(self) -> None:
        """Leave the window; the timer stops at once."""
        self._timer.stop()
        self.hide()
        self.deleteLater()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is here."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Six seconds more."""
        self._timer.start()
        super().leaveEvent(event)

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.clicked.connect(self._on_action)
        return button

    def _close_button(self) -> QToolButton:
        button = QToolButton()
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIcon(theme.icon("x", _on_toast("ink")))
        button.setIconSize(QSize(14, 14))
        button.setFixedSize(24, 24)
        button.setToolTip("Close this message")
        button.setAccessibleName("Close this message")
        button.clicked.connect(self.closed)
        return button

    @Slot()
    def _on_action(self) -> None:
        act = self._act
        self.closed.emit()
        if act is not None:
            act()


def _on_toast(token: str) -> str:
    """A toast is dark in both themes: in the light one its ink is that of raised surfaces."""
    light = theme.palette().name == "light"
    return {"ink": "raised", "warn": "warn_fill"}.get(token, token) if light else token


def _pixmap(name: str, token: str) -> QLabel:
    shown = QLabel()
    shown.setFixedSize(QSize(16, 20))
    shown.setPixmap(theme.icon(name, _on_toast(token)).pixmap(QSize(16, 16), shown.devicePixelRatioF()))
    return shown
