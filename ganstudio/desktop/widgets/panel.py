"""A panel: a 32 px header with title, subtitle and a few controls, and a body."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

PADDING = 12
HEADER = 32


def label(text: str, style: str, *, wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label in a text style of the style sheet, such as ``"title"``, ``"body"`` or ``"hint"``."""
    made = QLabel(text, parent)
    made.setProperty("type", style)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def rule(parent: QWidget | None = None) -> QFrame:
    """A horizontal line of 1 px."""
    line = QFrame(parent)
    line.setProperty("role", "rule")
    line.setFixedHeight(1)
    return line


class Panel(QFrame):
    """Title left, controls right, body below. Its layout `body` has the panel's padding of 12 px and no spacing."""

    def __init__(self, title: str, subtitle: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_header(title, subtitle))
        content = QWidget(self)
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(PADDING, 8, PADDING, PADDING)
        self.body.setSpacing(0)
        column.addWidget(content, 1)

    def set_title(self, text: str) -> None:
        """Change the title."""
        self._title.setText(text)
        self.setAccessibleName(text)

    def set_subtitle(self, text: str) -> None:
        """Change the grey words behind the title."""
        if text != self._subtitle.text():
            self._subtitle.setText(text)
            self._subtitle.setVisible(bool(text))

    def add_header_widget(self, widget: QWidget, *, left: bool = False) -> None:
        """Put a control into the header: at its right end, or with `left` just behind the subtitle."""
        if left:
            self._left.addWidget(widget)
        else:
            self._right.addWidget(widget)

    def _make_header(self, title: str, subtitle: str) -> QFrame:
        header = QFrame(self)
        header.setProperty("role", "header")
        header.setFixedHeight(HEADER)
        row = QHBoxLayout(header)
        row.setContentsMargins(PADDING, 0, 6, 0)
        row.setSpacing(8)
        self._title = label(title, "title")
        self._subtitle = label(subtitle, "subtitle")
        self._subtitle.setVisible(bool(subtitle))
        self._subtitle.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._subtitle.setMinimumWidth(0)
        self._left, self._right = QHBoxLayout(), QHBoxLayout()
        self._left.setSpacing(8)
        self._left.setContentsMargins(8, 0, 0, 0)
        self._right.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._subtitle)
        row.addLayout(self._left)
        row.addStretch(1)
        row.addLayout(self._right)
        return header
