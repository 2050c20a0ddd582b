"""An error that needs action: it stays until the person closes it or acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import label

Choice = tuple[str, Callable[[], None]]


class Banner(QFrame):
    """A red-edged row with a sentence, up to a few choices, and a way to close it. Hidden until told."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        self._text = label("", "body", wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._choices = QHBoxLayout()
        self._choices.setSpacing(8)
        self._buttons: list[Button] = []
        close = IconButton("x", "Close this message")
        close.clicked.connect(self.clear)
        row.addWidget(Glyph("warning-circle", "bad"))
        row.addWidget(self._text, 1)
        row.addLayout(self._choices)
        row.addWidget(close)
        self.hide()

    def tell(self, text: str, choices: Sequence[Choice] = ()) -> None:
        """Show `text`; each choice is (label, what to do), and closes the banner."""
        self._remove_buttons()
        self._text.setText(text)
        self.setAccessibleName(text)
        for caption, act in choices:
            button = Button(caption, small=True, tooltip=caption)
            button.clicked.connect(self.clear)
            button.clicked.connect(act)
            self._buttons.append(button)
            self._choices.addWidget(button)
        self.show()

    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    @Slot()
    def clear(self) -> None:
        """Say nothing."""
        if not self.isHidden():
            self.hide()
            self._remove_buttons()
            self.closed.emit()

    def _remove_buttons(self) -> None:
        for button in self._buttons:
            self._choices.removeWidget(button)
            button.deleteLater()
        self._buttons.clear()
