"""Find my image: a picture to drop, whose latent is searched for."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import label

_IDLE = "Drop a picture to search for its latent"


class Finder(QFrame):
    """What it is, or how far the search is; a picture to choose or to paste, or the search to cancel."""

    file_requested = Signal()
    paste_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "drop")
        self.setAccessibleName("Find my image")
        self._said = label(_IDLE, "subtitle", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 100)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        self._bar.setAccessibleName("Progress of the search")
        self._picture = Button("Picture…", "image", small=True, tooltip="Choose a picture to search for")
        self._paste = Button("Paste", "clipboard", small=True, tooltip="Search for the picture on the clipboard")
        self._cancel = Button("Cancel", small=True, tooltip="End the search; the latent stays as it is")
        self._picture.clicked.connect(self.file_requested)
        self._paste.clicked.connect(self.paste_requested)
        self._cancel.clicked.connect(self.cancel_requested)
        self._lay_out()
        self.set_idle()

    @property
    def said(self) -> str:
        """The sentence that is shown."""
        return self._said.text()

    @property
    def is_searching(self) -> bool:
        """Whether a search goes on."""
        return not self._cancel.isHidden()

    @Slot()
    def set_idle(self, said: str = _IDLE) -> None:
        """No search goes on; say what came of the last one."""
        self._said.setText(said)
        self._show_searching(False)

    def set_progress(self, done: float, error: float | None) -> None:
        """How far a search is (0 to 1), and how far off the nearest image is so far."""
        self._said.setText("Searching" if error is None else f"Searching, {off(error)} so far")
        self._bar.setValue(round(100 * done))
        self._show_searching(True)

    def _show_searching(self, searching: bool) -> None:
        self._bar.setVisible(searching)
        self._cancel.setVisible(searching)
        self._picture.setVisible(not searching)
        self._paste.setVisible(not searching)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        head, buttons = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Glyph("crosshair", "ink2", 16))
        head.addWidget(label("Find my image", "title"))
        head.addStretch(1)
        buttons.setSpacing(8)
        for button in (self._picture, self._paste, self._cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(head)
        column.addWidget(self._said)
        column.addWidget(self._bar)
        column.addLayout(buttons)


def off(error: float) -> str:
    """A mean absolute error on [0, 1] in words: ``"1.2 % off"``."""
    return f"{fmt.number(100 * error, 1)} % off"
