"""Sample grids of the compared runs beside each other, gone through together."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.format import number
from ganstudio.desktop.forms.background import Outcome
from ganstudio.desktop.runs.compare import Compared, more_button
from ganstudio.desktop.runs.marks import CHIP, LETTERS, Letter, paint_letter
from ganstudio.desktop.runs.reader import Grids, GridsWork, Images, Relay
from ganstudio.desktop.widgets.elided import ElidedLabel
from ganstudio.desktop.widgets.empty import EmptyState
from ganstudio.desktop.widgets.image_grid import ImageGrid
from ganstudio.desktop.widgets.panel import Panel, label, rule
from ganstudio.desktop.widgets.scrubber import Scrubber
from ganstudio.desktop.widgets.segmented import Segmented

_COLUMNS = 4
_IMAGES = _COLUMNS**2
_NAME_HEIGHT, _VALUES_HEIGHT = 20, 18
_AROUND = _NAME_HEIGHT + 4 + 4 + _VALUES_HEIGHT
"""Pixels of a cell above and below its images."""
_FULL = 0.75
"""Share of the best use of the room below which fewer and larger images are shown."""
_LEAST_WIDTH, _EMPTY_WIDTH, _BETWEEN = 152, 234, 16

Values = Callable[[Path, str, int], float | None]
"""A run's value of a quantity at a step."""


class SideBySidePanel(Panel):
    """The first images of each compared run at one step; the timeline below moves all of them."""

    step_changed = Signal(object)
    """The step whose samples are shown; None while there are none."""
    explore_requested = Signal(object)
    """The path of a run: the person activated one of its images."""

    def __init__(self, values: Values, parent: QWidget | None = None) -> None:
        super().__init__("Side by side", parent=parent)
        self._values = values
        self._runs: tuple[Compared, ...] = ()
        self._told: int | None = None
        self._which = Segmented(
            (("ema", "EMA"), ("raw", "Raw")),
            name="Weights",
            tooltips={"ema": "Samples of the averaged generator", "raw": "Samples of the generator itself"},
        )
        self._which.chosen.connect(self._on_which)
        self.add_header_widget(self._which)
        copy = ("Copy grids as a picture", "copy", self._copy)
        self.add_header_widget(more_button("More for the grids", (copy,), self))
        self.cells = tuple(RunCell(letter, self) for letter in LETTERS)
        self.scrubber = Scrubber(self, pill=False)
        self._grids = Relay(GridsWork(), self)
        self._grids.done.connect(self._on_grids)
        self._lay_out()
        self.scrubber.moved.connect(self._on_moved)
        self.scrubber.live_requested.connect(self._on_live)
        for cell in self.cells:
            cell.activated.connect(self._on_activated)
        self.set_runs(())

    def set_runs(self, runs: Sequence[Compared]) -> None:
        """Show these, at the step that is shown already where they have one."""
        self._runs = tuple(runs)
        steps = {step for run in runs if run.row.summary for step in run.row.summary.samples}
        targets = [run.row.summary.target or run.row.summary.step for run in runs if run.row.summary]
        self.scrubber.set_target(max(targets, default=None))
        self.scrubber.set_samples(steps)
        for cell in self.cells:
            cell.set_run(next((run for run in runs if run.letter == cell.letter), None))
        self._stack.setCurrentIndex(0 if runs else 1)
        self._show_step()

    def set_step(self, step: int) -> None:
        """Show the samples nearest to a step."""
        self.scrubber.set_position(step)
        self._show_step()

    def refresh_values(self) -> None:
        """Say the values anew: the curves have been read."""
        step = self.scrubber.position
        for cell in self.cells:
            cell.show_values(self._values, step)

    def stop(self) -> None:
        """End the reading thread and the playing."""
        self.scrubber.stop()
        self._grids.stop()

    def _lay_out(self) -> None:
        self.body.setContentsMargins(0, 0, 0, 0)
        self._place = _Cells(self.cells, self)
        empty = QWidget(self)
        column = QVBoxLayout(empty)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(
            EmptyState(
                "grid-four",
                "No run to show",
                "Sample grids of the selected run, or of up to three that are compared, stand here at one step.",
            )
        )
        column.addStretch(1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._place)
        self._stack.addWidget(empty)
        self.body.addWidget(self._stack, 1)
        self.body.addWidget(rule(self))
        self.body.addWidget(self.scrubber)

    def _show_step(self) -> None:
        step = self.scrubber.position
        self.set_subtitle(self._subtitle_text(step))
        places = []
        for run in self._runs:
            own = None if step is None or run.row.summary is None else _newest_until(run.row.summary.samples, step)
            cell = self.cells[LETTERS.index(run.letter)]
            cell.expect(own, exact=own == step)
            if own is not None:
                places.append((run.row.path, own))
        self.refresh_values()
        if places:
            self._grids.request(Grids(tuple(places), self._which.current() == "raw", _IMAGES))
        if step != self._told:
            self._told = step
            self.step_changed.emit(step)

    def _subtitle_text(self, step: int | None) -> str:
        if step is None:
            return ""
        summaries = [run.row.summary for run in self._runs if run.row.summary]
        same = len(summaries) > 1 and len({summary.latents for summary in summaries}) == 1
        which = "EMA" if self._which.current() == "ema" else "raw"
        return f"{'same latents, ' if same else ''}{which}, step {number(step)}"

    @Slot(object)
    def _on_grids(self, outcome: Outcome) -> None:
        if outcome.result is None or outcome.request.raw != (self._which.current() == "raw"):
            return
        for (path, step), images in outcome.result.items():
            for cell in self.cells:
                cell.offer(path, step, images)

    @Slot(int)
    def _on_moved(self, step: int) -> None:
        self._show_step()

    @Slot()
    def _on_live(self) -> None:
        self._show_step()

    @Slot(str)
    def _on_which(self, key: str) -> None:
        self._show_step()

    @Slot(object)
    def _on_activated(self, path: Path) -> None:
        self.explore_requested.emit(path)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setPixmap(self._place.grab())


class RunCell(QWidget):
    """One run: letter and name, its images, its losses at that step."""

    activated = Signal(object)
    """The path of the run, when an image is activated."""
    resized = Signal()
    """The images have another size now."""

    def __init__(self, letter: Letter, parent: QWidget) -> None:
        super().__init__(parent)
        self.letter = letter
        self._run: Compared | None = None
        self._step: int | None = None
        self._images: Images | None = None
        self._chip = _Chip(letter, self)
        self._name = ElidedLabel("", "run")
        self._at = label("", "hint")
        self.grid = ImageGrid(f"Samples of run {letter}", self)
        self.grid.set_hint("Double-click to explore this run")
        self.grid.activated.connect(self._on_activated)
        self._left, self._left_value, self._right = label("", "hint"), label("", "note"), label("", "hint")
        self._name.setFont(theme.font(12, 500))
        self._left_value.setFont(theme.font(11, 600))
        self._lay_out()

    def set_run(self, run: Compared | None) -> None:
        """Show another run; None shows nothing and keeps the place."""
        if run is None or self._run is None or run.row.path != self._run.row.path:
            self._images, self._step = None, None
            self.grid.set_images(None)
        self._run = run
        for widget in (self._chip, self._name, self._at, self.grid, self._left, self._left_value, self._right):
            widget.setVisible(run is not None)
        if run is not None:
            self._name.setText(run.name)
            self._name.setToolTip(f"{run.name}\n{run.row.path}")
            self.setAccessibleName(f"Run {self.letter}: {run.name}")

    def expect(self, step: int | None, *, exact: bool) -> None:
        """Images of this step will come; None: there are none. Unless `exact`, the step is said."""
        self._step = step
        self._at.setText("" if exact or step is None else f"step {number(step)}")
        if step is None:
            self._images = None
            self.grid.set_images(None)
            self.grid.set_empty_text("No samples yet" if self._run is not None else "")

    def offer(self, path: Path, step: int, images: Images | str) -> None:
        """Images have come; shown if they are still what is wanted."""
        if self._run is None or path != self._run.row.path or step != self._step:
            return
        if isinstance(images, str):
            self._images = None
            self.grid.set_images(None)
            self.grid.set_empty_text(images)
            return
        if images is not self._images:
            before, self._images = self._images, images
            if before is None or before.shape != images.shape:
                self.resized.emit()
            else:
                self.grid.set_images(images[: self.grid.columns**2], self.grid.columns)

    def show_values(self, values: Values, step: int | None) -> None:
        """The losses at a step."""
        texts = []
        for name in ("loss/generator", "loss/discriminator"):
            value = None if self._run is None or step is None else values(self._run.row.path, name, step)
            texts.append("" if value is None else number(value))
        self._left.setText("Loss G" if texts[0] else "")
        self._left_value.setText(texts[0])
        self._right.setText(f"Loss D {texts[1]}" if texts[1] else "")

    def take_place(self, room: QRect, share: float) -> None:
        """Stand in `room` as wide as the images, with this share of what is left at the left."""
        columns, zoom = self._fitting(room.size())
        if self._images is None:
            width = min(room.width(), _EMPTY_WIDTH)
        else:
            shown = self._images[: columns * columns]
            if self.grid.images is None or not np.array_equal(self.grid.images, shown):
                self.grid.set_images(shown, columns)
            width = columns * zoom * self._images.shape[1] + (columns - 1) * self.grid.gap + 2 * self.grid.margin
        width = min(room.width(), max(_LEAST_WIDTH, width))
        self.setGeometry(room.left() + round(share * (room.width() - width)), room.top(), width, room.height())

    def _fitting(self, room: QSize) -> tuple[int, int]:
        """Columns and a whole-number zoom: as many images as fill the room about as well as fewer would."""
        if self._images is None:
            return _COLUMNS, 1
        side, gap = self._images.shape[1], self.grid.gap
        space = min(room.width(), room.height() - _AROUND) - 2 * self.grid.margin
        most = min(_COLUMNS, math.isqrt(len(self._images)))
        zooms = {columns: (space - gap * (columns - 1)) // (columns * side) for columns in range(1, most + 1)}
        fullest = max(columns * zoom for columns, zoom in zooms.items())
        columns = max(columns for columns, zoom in zooms.items() if columns * zoom >= _FULL * fullest)
        return columns, max(1, zooms[columns])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(self.grid.margin, 0, self.grid.margin, 4)
        top.setSpacing(10)
        top.addWidget(self._chip)
        top.addWidget(self._name, 1)
        top.addWidget(self._at)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(self.grid.margin, 4, self.grid.margin, 0)
        bottom.setSpacing(4)
        bottom.addWidget(self._left)
        bottom.addWidget(self._left_value)
        bottom.addStretch(1)
        bottom.addWidget(self._right)
        column.addLayout(top)
        column.addWidget(self.grid, 1)
        column.addLayout(bottom)
        for widget in (self._name, self._at):
            widget.setFixedHeight(_NAME_HEIGHT)
        for widget in (self._left, self._left_value, self._right):
            widget.setFixedHeight(_VALUES_HEIGHT)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        if self._run is not None:
            self.activated.emit(self._run.row.path)


class _Cells(QWidget):
    """The first at the left edge, the second in the middle, the third at the right: where they stand does not depend
    on how many there are."""

    def __init__(self, cells: Sequence[RunCell], parent: QWidget) -> None:
        super().__init__(parent)
        self._cells = cells
        for cell in cells:
            cell.setParent(self)
            cell.resized.connect(self._place)
        self.setMinimumSize(len(cells) * _LEAST_WIDTH + 2 * _BETWEEN, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the cells anew."""
        super().resizeEvent(event)
        self._place()

    @Slot()
    def _place(self) -> None:
        area = self.rect().adjusted(10, 12, -10, -8)
        room = (area.width() - _BETWEEN * (len(self._cells) - 1)) // len(self._cells)
        for index, cell in enumerate(self._cells):
            left = area.left() + index * (area.width() - room) // max(1, len(self._cells) - 1)
            cell.take_place(QRect(left, area.top(), room, area.height()), index / max(1, len(self._cells) - 1))


class _Chip(QWidget):
    def __init__(self, letter: Letter, parent: QWidget) -> None:
        super().__init__(parent)
        self._letter = letter
        self.setFixedSize(QSize(*CHIP))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The letter on its ground."""
        painter = QPainter(self)
        paint_letter(painter, self.rect(), self._letter)
        painter.end()


def _newest_until(steps: Sequence[int], step: int) -> int | None:
    """The last of rising `steps` that is not after `step`; the first where all are."""
    if not steps:
        return None
    return steps[max(0, bisect.bisect_right(steps, step) - 1)]
