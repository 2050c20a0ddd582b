"""The Train workspace: setup at the left, samples over plots in the middle, health over metrics at the right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QWidget

from ganstudio.config import RunConfig
from ganstudio.desktop.forms.setup_panel import SetupPanel
from ganstudio.desktop.points.lab import PointsLab
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.train.diagnoses import words_of
from ganstudio.desktop.train.growth import phase_words
from ganstudio.desktop.train.health_panel import HealthView
from ganstudio.desktop.train.journal_panel import JournalView, change_words, fork_words
from ganstudio.desktop.train.metrics_panel import EVERY, MetricsView
from ganstudio.desktop.train.plots_panel import PlotsPanel
from ganstudio.desktop.train.samples_panel import SamplesPanel
from ganstudio.desktop.train.welcome import Welcome
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.paged import Page, PagedPanel
from ganstudio.desktop.widgets.panel import Panel
from ganstudio.desktop.widgets.scrubber import RunState
from ganstudio.errors import UserError
from ganstudio.runs.folder import RunFolder
from ganstudio.streams import standard_normal
from ganstudio.training.events import (
    CheckpointSaved,
    Diagnosed,
    Evaluated,
    Event,
    PhaseBegan,
    Progress,
    RunForked,
    RunResumed,
    RunStarted,
    Samples,
    SettingChanged,
)
from ganstudio.training.layout import GridLayout
from ganstudio.variants.points import are_learnt

_DISTRIBUTION = "Distribution: where samples lie among reals, and whether you can tell them apart"
_GAP = 4
_SETUP_WIDTH, _PLOTS_HEIGHT = 304, 214
_RIGHT_WIDTH, _RIGHT_NARROW, _WIDE = 320, 304, 1440
"""The right column's first width; the narrow one leaves the samples on a small screen the room to be drawn twice."""


@dataclass(frozen=True)
class PickedLatent:
    """A sample of the grid as the point of latent space that it comes from: `z` (latent size,)."""

    z: NDArray[np.float32]
    label: int | None
    text: str


class TrainWorkspace(QWidget):
    """Everything of one run that is seen while it trains, or after. `apply` is the one way in for its events."""

    explore_requested = Signal(object)
    """A `PickedLatent`."""
    translate_requested = Signal(object)
    """A `PickedImage`, of a run that translates."""
    saved = Signal(str)
    """The path of a picture or table that was written."""
    failed = Signal(str)
    """A sentence for the person."""
    noticed = Signal(str)
    """A sentence for the person, of something that went well."""
    fork_requested = Signal(object)
    """A `Fork`: a new run that a remedy needs."""
    evaluation_requested = Signal()
    """The samples are to be measured now."""
    distribution_requested = Signal()
    """The samples are to be looked at among the reals."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config: RunConfig | None = None
        self._layout: GridLayout | None = None
        self.setup = SetupPanel(settings, self)
        self.welcome = Welcome(settings, self)
        self.samples = SamplesPanel(self)
        self.health = HealthView(self)
        self.metrics = MetricsView(self)
        self.journal = JournalView(self)
        self.distribution = IconButton("circles-three", _DISTRIBUTION, token="ink")
        self.plots = PlotsPanel(self)
        self.lab = PointsLab(self)
        self._lay_out()
        self.samples.explore_requested.connect(self._on_explore)
        for part in (self.samples, self.plots, self.lab, self.metrics):
            part.saved.connect(self.saved)
            part.failed.connect(self.failed)
        for health in (self.health, self.lab.health):
            health.change_requested.connect(self._on_change)
            health.fork_requested.connect(self.fork_requested)
            health.copied.connect(self.noticed)
        self.metrics.evaluation_requested.connect(self.evaluation_requested)
        self.distribution.clicked.connect(self.distribution_requested)
        self.metrics.interval_chosen.connect(self._on_interval)
        self.setup.changed.connect(self._on_setup)
        self._on_setup()

    def begin(self, folder: RunFolder, config: RunConfig) -> None:
        """Another run: forget the last one."""
        self._config, self._layout = config, None
        self.samples.begin(folder, config)
        self.health.begin(folder.path, config)
        self.metrics.clear()
        self.journal.clear()
        self.plots.clear()
        if are_learnt(config):
            self.lab.begin(folder, config)
        self._show_parts()

    def show_welcome(self) -> None:
        """No run: say what to do."""
        self._config = None
        self.health.clear()
        self.metrics.clear()
        self.journal.clear()
        self.lab.end()
        self._on_setup()

    @property
    def shows_run(self) -> bool:
        """Whether a run is shown rather than the welcome."""
        return self._config is not None

    @property
    def shows_points(self) -> bool:
        """Whether the laboratory of points is shown: for a run on points, or before one."""
        return are_learnt(self._config or self.setup.form.current())

    def set_run_state(self, state: RunState, reason: str) -> None:
        """What the timelines say of the present; `reason` says why no plays can be asked for, empty when they can."""
        self.samples.scrubber.set_run_state(state)
        self.health.set_training(not reason)
        self.lab.set_run_state(state, reason)

    def set_distribution(self, reason: str | None) -> None:
        """Why the distribution cannot be looked at; None when it can."""
        self.distribution.setEnabled(reason is None)
        self.distribution.setToolTip(reason or _DISTRIBUTION)

    def apply(self, events: list[Event]) -> None:
        """Show what happened, in order; each panel repaints once."""
        for event in events:
            match event:
                case RunStarted() | RunResumed():
                    self._announced(event)
                case Progress():
                    self.samples.add_progress(event)
                case Samples():
                    self.samples.scrubber.add_sample(event.step)
                case CheckpointSaved():
                    self.samples.scrubber.add_checkpoint(event.step)
                case SettingChanged():
                    self._changed(event)
                case Evaluated(best=True):
                    self.samples.scrubber.add_best(event.step)
                case RunForked():
                    self.samples.scrubber.add_change(event.step, fork_words(event))
                case PhaseBegan():
                    self.samples.scrubber.add_change(event.step, phase_words(event))
                case Diagnosed(over=False):
                    self.samples.scrubber.add_finding(event.since, words_of(event).title, event.step)
                case _:
                    pass
        if self.shows_points:
            self.lab.apply(events)
        newest = next((event for event in reversed(events) if isinstance(event, Samples)), None)
        if newest is not None and not self.shows_points:
            self.samples.add(newest)
        self.samples.refresh()
        self.journal.add(events)
        self.health.apply(events)
        self.metrics.apply(events)
        self.plots.apply(events)

    def shutdown(self) -> None:
        """End what runs in the background."""
        self.samples.shutdown()
        self.lab.shutdown()
        self.setup.shutdown()
        self.welcome.shutdown()

    # -- inside --------------------------------------------------------------------------------------------------

    def _announced(self, event: RunStarted | RunResumed) -> None:
        if isinstance(event, RunResumed):
            self.samples.truncate_after(event.from_step)
        self.samples.scrubber.set_target(event.target)
        self.samples.set_columns(event.columns)
        if self._config is not None and self._config.variant.conditional:
            count = self._config.training.samples
            self._layout = GridLayout(count, event.group, len(event.classes))
            self.samples.set_classes(event.classes, self._layout)

    def _changed(self, event: SettingChanged) -> None:
        self.samples.scrubber.add_change(event.step, change_words(event))
        if event.path == "training.steps":
            self.samples.scrubber.set_target(int(event.new))
        if self.setup.form.current().value(event.path) != event.new:
            self.setup.form.show_value(event.path, event.new)
        if event.path == EVERY:
            self.metrics.set_interval(int(event.new))

    @Slot()
    def _on_setup(self) -> None:
        self.welcome.set_config(self.setup.form.current())
        self.welcome.set_start(self.setup.reason())
        self.metrics.set_interval(self.setup.form.current().evaluation.every)
        if self._config is None and self.shows_points:
            self.lab.preview(self.setup.form.current())
        self._show_parts()

    def _show_parts(self) -> None:
        """The parts that go with what is learnt, and with whether there is a run."""
        on_points = self.shows_points
        run_view = self.lab.space if on_points else self._run_view
        self._middle.setCurrentWidget(run_view if on_points or self._config is not None else self.welcome)
        self._right.setCurrentWidget(self.lab.right if on_points else self._signs_view)

    @Slot(object)
    def _on_change(self, values: Mapping[str, Any]) -> None:
        """Set what a remedy says, as if it had been typed into the form."""
        try:
            self.setup.form.apply(values)
        except UserError as error:
            self.failed.emit(str(error))

    @Slot(int)
    def _on_interval(self, every: int) -> None:
        self._on_change({EVERY: every})

    @Slot(int)
    def _on_explore(self, index: int) -> None:
        if self._config is None:
            return
        picked = self.samples.picked(index)
        if picked is not None:
            self.translate_requested.emit(picked)
            return
        size, count = self._config.variant.latent_size, self._config.training.samples
        layout = self._layout or GridLayout(count)
        z = standard_normal(self._config.seed, "samples", layout.latents, size)[layout.latent(index)]
        label = layout.label(index)
        self.explore_requested.emit(PickedLatent(z, label, f"sample {index + 1}"))

    def _lay_out(self) -> None:
        down = ((self.samples, 562), (self.plots, _PLOTS_HEIGHT))
        self._run_view = _splitter(Qt.Orientation.Vertical, "train-middle", *down)
        self._middle = QStackedWidget(self)
        self._middle.addWidget(self.welcome)
        self._middle.addWidget(self._run_view)
        self._middle.addWidget(self.lab.space)
        health = Panel("Health", parent=self)
        health.add_header_widget(self.health.chip)
        health.body.setContentsMargins(0, 0, 0, 0)
        health.body.addWidget(self.health)
        journal = Page("journal", "Journal", self.journal)
        record = PagedPanel(
            "Record", [Page("metrics", "Metrics", self.metrics, (self.distribution, *self.metrics.tools)), journal]
        )
        self._signs_view = _splitter(Qt.Orientation.Vertical, "train-right", (health, 460), (record, 320))
        self._right = QStackedWidget(self)
        self._right.addWidget(self._signs_view)
        self._right.addWidget(self.lab.right)
        across = ((self.setup, _SETUP_WIDTH), (self._middle, 808), (self._right, _right_width()))
        columns = _splitter(Qt.Orientation.Horizontal, "train-columns", *across)
        columns.setStretchFactor(0, 0)
        columns.setStretchFactor(1, 1)
        columns.setStretchFactor(2, 0)
        self.setup.setMinimumWidth(288)
        self._right.setMinimumWidth(200)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(columns)


def _right_width() -> int:
    return _RIGHT_WIDTH if QGuiApplication.primaryScreen().availableGeometry().width() >= _WIDE else _RIGHT_NARROW


def _splitter(orientation: Qt.Orientation, name: str, *parts: tuple[QWidget, int]) -> QSplitter:
    """A splitter of widgets with first sizes in px; remembered by its name."""
    made = QSplitter(orientation)
    made.setObjectName(name)
    made.setHandleWidth(_GAP)
    made.setChildrenCollapsible(False)
    for widget, _ in parts:
        made.addWidget(widget)
    made.setSizes([size for _, size in parts])
    made.setStretchFactor(0, 1)
    return made
