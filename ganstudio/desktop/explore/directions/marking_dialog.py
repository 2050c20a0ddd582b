"""A direction of one's own: samples to mark as with and without something, and a name for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ganstudio.desktop.explore.directions.mark_sheet import COLUMNS, ROWS, Mark, MarkSheet
from ganstudio.desktop.explore.state import Latent
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.panel import label

SAMPLES = COLUMNS * ROWS
_AROUND = 208
"""What stands above and below the sheet, in pixels."""
_HOW = (
    "Click samples that have what you look for. Right-click or Shift-click some that have it not. "
    "The more you mark of both, the purer the direction."
)


class MarkingDialog(QDialog):
    """Marks are kept while other samples are looked at."""

    more_requested = Signal()
    """Other samples are wanted."""
    made = Signal(str)
    """The person has marked both groups and given this name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New direction")
        self.sheet, self.name = MarkSheet(), QLineEdit()
        self._z: Latent | None = None
        self._kept: dict[Mark, list[Latent]] = {"with": [], "without": []}
        self._counts, self._problem = label("", "body"), label("", "hint", wrap=True)
        self._more = Button("Other samples", "arrows-clockwise", tooltip="Mark among others too; these marks stay")
        self._make = Button("Make direction", "check", "primary", tooltip="From the mean of those without to that with")
        self.name.setPlaceholderText("Name, such as: smile")
        self.name.setAccessibleName("Name of the direction")
        self.name.setMaxLength(40)
        self._lay_out()
        self.sheet.marked.connect(self._show_counts)
        self.name.textChanged.connect(self._show_counts)
        self.name.returnPressed.connect(self._on_make)
        self._more.clicked.connect(self._on_more)
        self._make.clicked.connect(self._on_make)
        self._show_counts()

    def set_samples(self, z: Latent | None, images: NDArray[np.uint8] | None) -> None:
        """Show samples (SAMPLES, H, W, C) of latents (SAMPLES, latent size), or that they are being drawn."""
        self._z = z
        self.sheet.set_images(images)
        self._show_counts()

    def set_problem(self, sentence: str) -> None:
        """Say what is wrong."""
        self._problem.setText(sentence)

    def group(self, mark: Mark) -> list[Latent]:
        """The latents of a group."""
        z = self._z
        here = [] if z is None else [z[index] for index, each in sorted(self.sheet.marks.items()) if each == mark]
        return self._kept[mark] + here

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(label(_HOW, "body", wrap=True))
        column.addWidget(self.sheet)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._counts, 1)
        head.addWidget(self._more)
        foot.setSpacing(8)
        foot.addWidget(self.name, 1)
        foot.addWidget(self._make)
        column.addLayout(head)
        column.addLayout(foot)
        column.addWidget(self._problem)
        self.setMinimumHeight(self.sheet.height() + _AROUND)

    @Slot()
    def _show_counts(self) -> None:
        having, without = len(self.group("with")), len(self.group("without"))
        self._counts.setText(f"{having} with, {without} without")
        self._make.setEnabled(bool(having and without and self.name.text().strip()))
        self._problem.setText("")

    @Slot()
    def _on_more(self) -> None:
        self._kept = {"with": self.group("with"), "without": self.group("without")}
        self.set_samples(None, None)
        self.more_requested.emit()

    @Slot()
    def _on_make(self) -> None:
        if self._make.isEnabled():
            self.made.emit(self.name.text())
