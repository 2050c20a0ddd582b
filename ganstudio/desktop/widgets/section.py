"""A section that opens and closes, and whose closed header still tells what is inside."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.elided import ElidedLabel
from ganstudio.desktop.widgets.panel import PADDING, label, rule

_HEADER = 31
"""With the line above it 32 px."""


class Section(QWidget):
    """A header of 32 px, its line included, with caret, title and summary, and `content`, which is hidden while closed;
    `body` is its layout."""

    toggled = Signal(bool)
    """Open or not; whoever asked."""

    def __init__(self, title: str, *, opened: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._header = _Header(title, self)
        self.content = QWidget(self)
        self.body = QVBoxLayout(self.content)
        self.body.setContentsMargins(PADDING, 0, PADDING, 8)
        self.body.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(rule(self))
        column.addWidget(self._header)
        column.addWidget(self.content)
        self.content.setVisible(opened)
        self._header.setChecked(opened)
        self._header.toggled.connect(self._on_toggled)

    def set_summary(self, text: str) -> None:
        """Say in a few words, at the right of the header, what is inside."""
        if text != self._header.summary.text():
            self._header.summary.setText(text)
            self._header.summary.setVisible(bool(text))
            self._header.setAccessibleDescription(text)

    def add_header_widget(self, widget: QWidget) -> None:
        """Put a widget before the summary."""
        self._header.row.insertWidget(self._header.row.count() - 1, widget)

    def header(self) -> QPushButton:
        """What takes the keyboard."""
        return self._header

    def set_open(self, opened: bool) -> None:
        """Open or close."""
        self._header.setChecked(opened)

    def is_open(self) -> bool:
        """Whether the body shows."""
        return self._header.isChecked()

    @Slot(bool)
    def _on_toggled(self, opened: bool) -> None:
        self.content.setVisible(opened)
        self.toggled.emit(opened)


class _Header(QPushButton):
    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("role", "section")
        self.setAccessibleName(title)
        self.setToolTip(f"Show or hide {title}")
        self.setFixedHeight(_HEADER)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(26, 0, PADDING, 0)
        self.row.setSpacing(8)
        name, self.summary = label(title, "title"), ElidedLabel("", "hint")
        self.summary.hide()
        self.row.addWidget(name)
        self.row.addStretch(1)
        self.row.addWidget(self.summary)
        for child in (name, self.summary):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """That of the labels, which Qt would not ask."""
        return QSize(self.row.sizeHint().width(), _HEADER)

    def minimumSizeHint(self) -> QSize:
        """Narrow: the summary gives way."""
        return QSize(self.row.minimumSize().width(), _HEADER)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground by the style sheet, then the caret."""
        super().paintEvent(event)
        painter = QPainter(self)
        name = "caret-down" if self.isChecked() else "caret-right"
        theme.paint_icon(painter, name, _caret_box(self.height()), "ink2")
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """The caret follows the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.update()


def _caret_box(height: int) -> QRect:
    side = 12
    return QRect(8, (height - side) // 2, side, side)
