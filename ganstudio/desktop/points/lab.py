"""The Train workspace for points: the plane in the middle; plays, modes and losses beside it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from ganstudio.config import RunConfig
from ganstudio.data.sources import modes_of
from ganstudio.desktop.points.modes_panel import ModesPanel
from ganstudio.desktop.points.space_panel import SpacePanel
from ganstudio.desktop.points.step_panel import StepPanel
from ganstudio.desktop.train.diagnoses import words_of
from ganstudio.desktop.train.health_panel import HealthView
from ganstudio.desktop.train.journal_panel import JournalView, change_words
from ganstudio.desktop.widgets.paged import Page, PagedPanel
from ganstudio.desktop.widgets.panel import Panel
from ganstudio.desktop.widgets.plots import LossPlot
from ganstudio.desktop.widgets.scrubber import RunState
from ganstudio.evaluation.points import ModeCounts
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import (
    CheckpointSaved,
    Diagnosed,
    Event,
    Measured,
    Progress,
    RunResumed,
    RunStarted,
    Samples,
    SettingChanged,
)

_HEIGHTS = {"steps": 176, "modes": 190, "health": 250, "losses": 160}


class PointsLab(QObject):
    """Owns the panels; `apply` is the one way in for the events of a run on points."""

    steps_requested = Signal(object)
    """The players whose turn it is, in order: a tuple of names."""
    saved = Signal(str)
    """The path of a picture or table that was written."""
    failed = Signal(str)
    """A sentence for the person."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.space = SpacePanel(parent)
        self.steps = StepPanel(parent)
        self.modes = ModesPanel(parent)
        self.losses = LossPlot()
        self.health = HealthView(parent)
        self.journal = JournalView(parent)
        self._record = PagedPanel(
            "Record", [Page("health", "Health", self.health), Page("journal", "Journal", self.journal)]
        )
        self._record.add_header_widget(self.health.chip)
        self._losses_panel = Panel("Losses", "smoothed 0.98", parent=parent)
        self._losses_panel.body.setContentsMargins(0, 0, 0, 0)
        self._losses_panel.body.addWidget(self.losses)
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.right.setObjectName("points-right")
        self.right.setHandleWidth(4)
        self.right.setChildrenCollapsible(False)
        for part in (self.steps, self.modes, self._record, self._losses_panel):
            self.right.addWidget(part)
        self.right.setSizes(list(_HEIGHTS.values()))
        self.right.setStretchFactor(2, 1)
        self.steps.steps_requested.connect(self.steps_requested)
        self.space.shown.connect(self._on_shown)
        self.losses.saved.connect(self.saved)
        self.losses.failed.connect(self.failed)

    def begin(self, folder: RunFolder, config: RunConfig) -> None:
        """Another run: forget the last one."""
        self._forget(config)
        self.health.begin(folder.path, config)
        self.space.begin(folder, config)

    def preview(self, config: RunConfig) -> None:
        """No run: show the points of the data set that is chosen."""
        if self.space.shows(config.dataset.name):
            return
        self._forget(config)
        self.space.preview(config)

    def end(self) -> None:
        """The run is shown no more."""
        self.health.clear()
        self.space.leave()

    def set_run_state(self, state: RunState, reason: str) -> None:
        """What the timeline says of the present; `reason` says why no plays can be asked for, empty when they can."""
        self.space.scrubber.set_run_state(state)
        self.steps.set_available(reason)
        self.health.set_training(not reason)

    def apply(self, events: list[Event]) -> None:
        """Show what happened, in order; each panel repaints once."""
        scrubber = self.space.scrubber
        for event in events:
            match event:
                case RunStarted():
                    scrubber.set_target(event.target)
                case RunResumed():
                    scrubber.truncate_after(event.from_step)
                    scrubber.set_target(event.target)
                    self.modes.truncate_after(event.from_step)
                    self.losses.truncate_after(event.from_step)
                case Progress():
                    self.steps.add(event)
                    self.losses.append(event.step, event.scalars)
                case Samples():
                    scrubber.add_sample(event.step)
                case Measured():
                    self.modes.add(event)
                case CheckpointSaved():
                    scrubber.add_checkpoint(event.step)
                case SettingChanged():
                    scrubber.add_change(event.step, change_words(event))
                    self.losses.add_change(event.step, change_words(event))
                    if event.path == "training.steps":
                        scrubber.set_target(int(event.new))
                case Diagnosed(over=False):
                    scrubber.add_finding(event.since, words_of(event).title, event.step)
                    self.losses.add_finding(event.since, words_of(event).title, event.step)
                case _:
                    pass
        newest = next((event for event in reversed(events) if isinstance(event, Samples)), None)
        if newest is not None:
            self.space.add(newest)
        self.steps.refresh()
        self.modes.refresh()
        self.losses.refresh()
        self.journal.add(events)
        self.health.apply(events)

    def shutdown(self) -> None:
        """End what runs in the background."""
        self.space.shutdown()

    def _forget(self, config: RunConfig) -> None:
        self.steps.clear()
        self.modes.begin(modes_of(config.dataset.name))
        self.losses.clear()
        self.journal.clear()

    @Slot(object, object)
    def _on_shown(self, step: int | None, counts: ModeCounts | None) -> None:
        self.modes.show_step(step, counts)
