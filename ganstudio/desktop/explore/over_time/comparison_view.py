"""What another run or another step makes of the latent, to stand beside the image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.explore.catalogue import LATEST, RunEntry
from ganstudio.desktop.explore.latent_panel import RunCombo
from ganstudio.desktop.theme import qcolor
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.image_view import ImageView

ROW = 32
"""Logical pixels below the image, for what it is compared with."""
_GAP = 4


class _Image(ImageView):
    """At the top left, as the image of the latent is."""

    def ground_colour(self) -> QColor:
        return qcolor("canvas" if self.pixels is None or self.horizontalScrollBar().maximum() else "panel")

    def origin(self) -> QPoint:
        return QPoint(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())


class ComparisonView(QWidget):
    """A square image and below it run and step; it shows what it is told and tells what the person chose."""

    run_chosen = Signal(object)
    """A path."""
    step_chosen = Signal(int)
    """A step, or `LATEST`."""
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Comparison")
        self.image = _Image("Image that is compared")
        self.image.setParent(self)
        self.runs, self.steps = RunCombo(self), RunCombo(self)
        for combo, name in ((self.runs, "Run that is compared"), (self.steps, "Step that is compared")):
            combo.setProperty("small", True)
            combo.setAccessibleName(name)
            combo.setToolTip(name)
        close = IconButton("x", "End the comparison")
        self._row = QWidget(self)
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, _GAP, 0, _GAP)
        row.setSpacing(_GAP)
        row.addWidget(self.runs, 3)
        row.addWidget(self.steps, 2)
        row.addWidget(close)
        self.runs.activated.connect(self._on_run)
        self.steps.activated.connect(self._on_step)
        close.clicked.connect(self.close_requested)

    def set_runs(self, entries: Sequence[RunEntry], current: Path | None, live: Path | None) -> None:
        """The runs to choose from, and the chosen one."""
        self.runs.set_entries(entries, live)
        self.runs.setCurrentIndex(next((i for i, entry in enumerate(entries) if entry.path == current), -1))

    def set_steps(self, steps: Sequence[int], current: int, *, live: bool) -> None:
        """The kept steps, the chosen one or `LATEST`, and whether the run trains here."""
        latest = [("Live" if live else "Latest", LATEST)] if live or steps else []
        self.steps.set_items(latest + [(f"Step {fmt.number(step)}", step) for step in reversed(steps)], current)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = min(self.width(), self.height() - ROW)
        self.image.setGeometry(0, 0, self.width(), side)
        self._row.setGeometry(0, side, self.width(), ROW)

    @Slot(int)
    def _on_run(self, index: int) -> None:
        self.run_chosen.emit(self.runs.itemData(index))

    @Slot(int)
    def _on_step(self, index: int) -> None:
        self.step_chosen.emit(self.steps.itemData(index))
