"""What is translated: a picture that is dropped, pasted or chosen, or one of those that training has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ganstudio.data.sources import is_image_name
from ganstudio.desktop.explore.translation.translating import THUMBNAIL, Input, Pixels
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.image_grid import ImageGrid
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.game import SOURCE, TARGET


class InputPanel(Panel):
    """Direction, drop target and thumbnails. It shows what it is told and tells what the person chose."""

    chosen = Signal(int)
    """The index of a thumbnail."""
    direction_chosen = Signal(str)
    """The domain that is translated to."""
    file_requested = Signal()
    folder_requested = Signal()
    paste_requested = Signal()
    held_out_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Input", parent=parent)
        self.direction = Segmented(
            [(TARGET, "To target"), (SOURCE, "To source")],
            name="Direction",
            tooltips={TARGET: "Translate images of the first data set", SOURCE: "Translate images of the second"},
        )
        self.grid = ImageGrid("Inputs")
        self.held_out = Button("Held-out images", role="link", tooltip="Back to images that training has not seen")
        self._count = label("", "subtitle")
        self._title = label("Held-out images", "title")
        self.add_header_widget(self.direction)
        self.body.setSpacing(8)
        self.body.addWidget(self._make_drop())
        self.body.addLayout(self._make_heading())
        self.body.addWidget(self.grid, 1)
        self.grid.set_empty_text("Images that training has not seen are being read.")
        self.grid.selected.connect(self.chosen)
        self.direction.chosen.connect(self.direction_chosen)
        self.held_out.clicked.connect(self.held_out_requested)
        self.set_inputs((), None, own=False)

    def set_directions(self, directions: bool, current: str) -> None:
        """Whether there are two ways, and which one is taken."""
        self.direction.setVisible(directions)
        if directions:
            self.direction.set_current(current)

    def set_inputs(self, inputs: Sequence[Input], thumbnails: Pixels | None, *, own: bool) -> None:
        """The pictures to choose from; `own`: they are the person's."""
        self.grid.set_images(thumbnails, max(1, (self.grid.width() - 12) // (THUMBNAIL + 2)))
        self.set_heading("Your pictures" if own else "Held-out images")
        self._count.setText(f"{len(inputs)}" if inputs else "")
        self.held_out.setVisible(own)

    def set_heading(self, title: str) -> None:
        """What the thumbnails are."""
        self._heading.setText(title)

    def _make_drop(self) -> QFrame:
        frame = QFrame(self)
        frame.setProperty("role", "drop")
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Glyph("download-simple", "ink2", 16))
        head.addWidget(label("Drop a picture or a folder", "title"))
        head.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for text, icon, tip, told in (
            ("Picture…", "image", "Choose a picture to translate", self.file_requested),
            ("Folder…", "folder-open", "Choose a folder of pictures", self.folder_requested),
            ("Paste", "clipboard", "Translate the picture on the clipboard (Ctrl+V)", self.paste_requested),
        ):
            button = Button(text, icon, small=True, tooltip=tip)
            button.clicked.connect(told)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(head)
        column.addLayout(buttons)
        return frame

    def _make_heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._heading: QLabel = self._title
        row.addWidget(self._heading)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.held_out)
        return row


def path_of(data: QMimeData) -> Path | None:
    """The one picture or folder in what is dragged or on the clipboard; None when it is something else."""
    urls = data.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_dir() or is_image_name(path.name) else None


def clipboard_input() -> Input | Path | None:
    """The picture on the clipboard, or the file that is copied there."""
    data = QGuiApplication.clipboard().mimeData()
    path = path_of(data)
    if path is not None:
        return path
    image = QGuiApplication.clipboard().image()
    return None if image.isNull() else Input(from_qimage(image), of_data=False, text="the clipboard")


def from_qimage(image: QImage) -> Pixels:
    """uint8 (H, W, 3), over white where it is transparent."""
    flat = QImage(image.size(), QImage.Format.Format_RGB888)
    flat.fill(Qt.GlobalColor.white)
    from PySide6.QtGui import QPainter

    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    rows = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.bytesPerLine())
    return rows[:, : flat.width() * 3].reshape(flat.height(), flat.width(), 3).copy()
