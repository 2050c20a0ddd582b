"""The bottom row: what was saved last and where, and what the studio costs the machine."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from ganstudio import paths
from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import label

HEIGHT = 24
_REFRESH_MS = 2000
_FIRST_REFRESH_MS = 300
_GIB = 2**30


class StatusBar(QWidget):
    """Left a note or the last checkpoint, and the folder as a link; right the preview's time and the memory."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self._checkpoint: tuple[int, float] | None = None
        self._note: tuple[str, str, str] | None = None
        self._folder: Path | None = None
        self._glyph = Glyph("check-circle", "ok", 12, parent=self)
        self._words = label("", "hint", parent=self)
        self._link = QPushButton(self)
        self._keys = label("Space compares the selected run", "hint", parent=self)
        self._shows_runs = False
        self._preview = label("", "hint", parent=self)
        self._memory = label("", "hint", parent=self)
        self._memory.setToolTip("Memory of the studio, and of the machine")
        self._preview.setToolTip("Time from a changed latent to its image")
        self._lay_out()
        self.set_folder(None)
        self.set_preview(None)
        self._refresh_words()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._refresh)

    def set_checkpoint(self, step: int, when: float | None = None) -> None:
        """A checkpoint was saved at `step`, `when` in seconds since the epoch (now by default)."""
        self._checkpoint = (step, time.time() if when is None else when)
        self._refresh_words()

    def clear_checkpoint(self) -> None:
        """There is none (yet)."""
        self._checkpoint = None
        self._refresh_words()

    def set_note(self, text: str, icon: str = "info", token: str = "ink3") -> None:
        """Say `text` in the first place instead of the checkpoint, such as a workspace's keys; empty ends it."""
        self._note = (text, icon, token) if text else None
        self._refresh_words()

    def set_folder(self, folder: Path | None) -> None:
        """Link to a run's folder; None links to where runs are kept."""
        self._folder = folder
        if self._shows_runs:
            return
        shown = home_path(folder or paths.runs_folder())
        self._link.setText(shown if folder else f"Runs are kept in {shown}")
        self._link.setToolTip(f"Open {shown} in the file manager")
        self._link.setAccessibleName(self._link.toolTip())

    def show_runs(self, text: str | None) -> None:
        """While all runs are shown: where they are kept and how large they are, and their key. None ends it."""
        for widget in (self._glyph, self._words):
            widget.setVisible(text is None)
        self._keys.setVisible(text is not None)
        self._shows_runs = text is not None
        if text is None:
            self.set_folder(self._folder)
        else:
            self._link.setText(text)
            self._link.setToolTip("Open the folder of runs in the file manager")
            self._link.setAccessibleName(self._link.toolTip())

    def set_preview(self, milliseconds: float | None) -> None:
        """How long a preview takes; None hides it."""
        text = "" if milliseconds is None else f"Preview {fmt.number(max(1, round(milliseconds)))} ms"
        if text != self._preview.text():
            self._preview.setText(text)
            self._preview.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Chrome; in the dark theme a line above it sets it off."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.qcolor("chrome"))
        painter.fillRect(0, 0, self.width(), 1, theme.qcolor("line"))
        painter.end()

    def showEvent(self, event: QShowEvent) -> None:
        """Keep the ages and the memory fresh while they can be seen."""
        super().showEvent(event)
        self._timer.start(_FIRST_REFRESH_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        self._timer.stop()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        self._link.setProperty("role", "status")
        self._link.setIcon(theme.icon("folder", "ink3"))
        self._link.setIconSize(QSize(14, 12))
        self._link.setCursor(Qt.CursorShape.PointingHandCursor)
        self._link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._link.clicked.connect(self._open_folder)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 1, 12, 0)
        row.setSpacing(16)
        left = QHBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._glyph)
        left.addWidget(self._words)
        row.addLayout(left)
        row.addWidget(self._link)
        row.addWidget(self._keys)
        self._keys.hide()
        row.addStretch(1)
        row.addWidget(self._preview)
        row.addWidget(self._memory)

    @Slot()
    def _refresh(self) -> None:
        if self._timer.interval() != _REFRESH_MS:
            self._timer.setInterval(_REFRESH_MS)
        self._refresh_words()
        text = memory_text()
        if text != self._memory.text():
            self._memory.setText(text)

    def _refresh_words(self) -> None:
        if self._note is not None:
            text, icon, token = self._note
        elif self._checkpoint is not None:
            step, when = self._checkpoint
            text = f"Checkpoint at step {fmt.number(step)}, {fmt.age(time.time() - when)}"
            icon, token = "floppy-disk", "ink3"
        else:
            text, icon, token = "Ready", "check-circle", "ok"
        if text != self._words.text():
            self._words.setText(text)
        self._glyph.set_icon(icon, token)

    @Slot()
    def _open_folder(self) -> None:
        folder = paths.runs_folder() if self._shows_runs else self._folder or paths.runs_folder()
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def home_path(path: Path) -> str:
    """`path` with the home folder as ``~``."""
    try:
        return f"~/{path.relative_to(Path.home()).as_posix()}"
    except ValueError:
        return str(path)


def memory_text() -> str:
    """Such as ``Memory 1.4 of 16 GB``; empty where the system does not tell."""
    import psutil  # after the first paint: 20 ms

    try:
        used, whole = psutil.Process().memory_info().rss, psutil.virtual_memory().total
    except (psutil.Error, OSError):
        return ""
    return f"Memory {used / _GIB:.1f} of {whole / _GIB:.0f} GB"
