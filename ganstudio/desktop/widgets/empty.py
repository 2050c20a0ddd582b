"""What a place says while there is nothing in it yet."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.widgets.panel import label


class Glyph(QWidget):
    """A Phosphor icon as a widget, in a colour of the palette, `px` square."""

    def __init__(self, name: str, token: str = "ink3", px: int = 16, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._token = theme.check_icon(name), token
        self.setFixedSize(QSize(px, px))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_icon(self, name: str, token: str | None = None) -> None:
        """Show another icon."""
        token = token or self._token
        if (name, token) != (self._name, self._token):
            self._name, self._token = theme.check_icon(name), token
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The glyph alone."""
        painter = QPainter(self)
        theme.paint_icon(painter, self._name, self.rect(), self._token if self.isEnabled() else "off")
        painter.end()


class EmptyState(QWidget):
    """Icon, title and a sentence or two, left aligned: what will be here and when. One action at most."""

    def __init__(
        self, icon: str, title: str, text: str, *, action: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._glyph = Glyph(icon, "ink3")
        self._title = label(title, "title", wrap=True)
        self._text = label(text, "body", wrap=True)
        grid.addWidget(self._glyph, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._title, 0, 1)
        grid.addWidget(self._text, 1, 1)
        if action is not None:
            grid.addWidget(action, 2, 1, Qt.AlignmentFlag.AlignLeft)

    def set_content(self, icon: str, title: str, text: str) -> None:
        """Say something else."""
        self._glyph.set_icon(icon)
        self._title.setText(title)
        self._text.setText(text)
