"""The Health panel: what is wrong with the run, why, and what to do; and the signs that are well."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ganstudio.config import RunConfig
from ganstudio.desktop.train.diagnoses import LOOKS
from ganstudio.desktop.train.diagnosis_card import DiagnosisCard
from ganstudio.desktop.train.prospects import Prospect, prospect, start_of
from ganstudio.desktop.train.signs import Signs, scalar_of, tracked
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.chip import Chip
from ganstudio.desktop.widgets.empty import EmptyState
from ganstudio.desktop.widgets.panel import PADDING
from ganstudio.desktop.widgets.scrolled import OverlayScroll
from ganstudio.desktop.widgets.series import History
from ganstudio.game import DataShape
from ganstudio.health.remedies import command
from ganstudio.training.events import (
    CheckpointSaved,
    Diagnosed,
    Event,
    Progress,
    Remedy,
    RunFinished,
    RunResumed,
    RunStarted,
    SettingChanged,
    Severity,
)

_SMOOTHING = 0.5
_REST_MS = 1000
"""Between two paintings of signs and evidence: they are read, not watched, and cost what the training could use."""
_URGENCY: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


class HealthView(QWidget):
    """Open findings as cards, the worst first, above the rows of signs; `chip` sums them up for a header.

    `apply` takes a batch of events and lays out anew only when a finding comes, goes, or can be treated otherwise;
    points alone are painted once a second.
    """

    change_requested = Signal(object)
    """Settings by path, to be changed at the next step."""
    fork_requested = Signal(object)
    """A `Fork`."""
    copied = Signal(str)
    """A sentence: a command is on the clipboard."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chip = Chip()
        self._config: RunConfig | None = None
        self._shape: DataShape | None = None
        self._run: Path | None = None
        self._trains = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._after_rest)
        self._behind = False
        self._history = History(_SMOOTHING)
        self._told: list[Diagnosed] = []
        self._checkpoints: list[int] = []
        self._cards: dict[str, DiagnosisCard] = {}
        self._waiting = EmptyState(
            "heartbeat",
            "Waiting for the first steps",
            "Then gradients, separation and diversity are followed here, and what goes wrong is explained.",
        )
        self._signs, self._others = Signs(main=True), Signs(main=False)
        self._fold = Button("", "caret-right", "fold", tooltip="Show what else is measured")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._on_fold)
        self._cards_place = QVBoxLayout()
        self._cards_place.setSpacing(8)
        self._lay_out()
        self.clear()

    # -- the run -------------------------------------------------------------------------------------------------

    def begin(self, run: Path, config: RunConfig) -> None:
        """Another run."""
        self.clear()
        self._run, self._config = run, config

    def clear(self) -> None:
        """No run."""
        self._config, self._shape, self._run = None, None, None
        self._history = History(_SMOOTHING)
        self._told.clear()
        self._checkpoints.clear()
        self._signs.clear()
        self._others.clear()
        self._show_cards()
        self._show_state()

    def set_training(self, trains: bool) -> None:
        """Whether settings can be changed at the next step."""
        if trains != self._trains:
            self._trains = trains
            self._show_cards()

    @Slot()
    def refresh(self) -> None:
        """Show what came since the last time."""
        self._behind = False
        self._show_history()
        self._show_state()
        if self.isVisible():
            self._rest.start()

    def apply(self, events: list[Event]) -> None:
        """Take what happened, in order, then show it once."""
        told = changed = moved = False
        for event in events:
            match event:
                case RunStarted() | RunResumed():
                    self._shape = _shape(event)
                    if isinstance(event, RunResumed):
                        self._truncate(event.from_step)
                    told = True
                case Progress():
                    self._history.append(event.step, tracked(event.scalars, event.images_per_second))
                    moved = True
                case Diagnosed():
                    self._told.append(event)
                    told = True
                case CheckpointSaved():
                    self._checkpoints.append(event.step)
                    changed = changed or not self._trains
                case SettingChanged() if self._config is not None:
                    self._config = self._config.with_values({event.path: event.new})
                    for card in self._cards.values():
                        card.note_change(event)
                    changed = True
                case RunFinished(reason="failed", error=str(error)) if "not finite" in error:
                    self._signs.fail()
                case _:
                    pass
        if told or (changed and self._cards):
            self._show_cards()
        if told or (moved and not self._rest.isActive()):
            self.refresh()
        elif moved:
            self._behind = True

    # -- what is shown -------------------------------------------------------------------------------------------

    def findings(self) -> list[Diagnosed]:
        """What is open, the worst first, then the oldest."""
        open_: dict[str, Diagnosed] = {}
        for event in self._told:
            if event.over:
                open_.pop(event.name, None)
            else:
                open_[event.name] = event
        return sorted(open_.values(), key=lambda one: (_URGENCY[one.severity], one.since))

    def card(self, name: str) -> DiagnosisCard:
        """The card of an open finding; KeyError when it is not open."""
        return self._cards[name]

    def signs(self) -> dict[str, str]:
        """What the rows say, by their names."""
        return self._signs.texts() | self._others.texts()

    # -- inside --------------------------------------------------------------------------------------------------

    def _truncate(self, step: int) -> None:
        self._history.truncate_after(step)
        self._checkpoints = [one for one in self._checkpoints if one <= step]
        self._told = [event for event in self._told if event.step <= step]

    def _show_cards(self) -> None:
        findings = self.findings()
        for name in self._cards.keys() - {one.name for one in findings}:
            card = self._cards.pop(name)
            self._cards_place.removeWidget(card)
            card.hide()
            card.deleteLater()
        for place, finding in enumerate(findings):
            card = self._cards.get(finding.name) or self._make_card(finding)
            if self._cards_place.indexOf(card) != place:
                self._cards_place.removeWidget(card)
                self._cards_place.insertWidget(place, card)
            card.update_finding(finding)
            if self._config is not None:
                prospects = [self._meet(remedy, finding, self._config) for remedy in finding.advice]
                card.set_prospects(prospects, primary=place == 0)
        self._show_chip(findings)

    def _meet(self, remedy: Remedy, finding: Diagnosed, config: RunConfig) -> Prospect:
        start = start_of(remedy, finding.since, self._checkpoints)
        return prospect(remedy, config, self._shape, trains=self._trains, start=start)

    def _make_card(self, finding: Diagnosed) -> DiagnosisCard:
        card = self._cards[finding.name] = DiagnosisCard(finding, self)
        card.applied.connect(self.change_requested)
        card.fork_requested.connect(self.fork_requested)
        card.copy_requested.connect(self._on_copy)
        return card

    def _show_chip(self, findings: list[Diagnosed]) -> None:
        serious = [one for one in findings if one.severity != "info"]
        if serious:
            look = LOOKS[serious[0].severity]
            self.chip.tell(look.icon, f"{len(serious)} to look at", look.token, look.ground)
        elif len(self._history):
            self.chip.tell("check-circle", "Healthy", "ok")
        else:
            self.chip.tell("info", "", "ink2")

    def _show_history(self) -> None:
        concerned = {scalar_of(name) for card in self._cards.values() for name in card.finding.evidence}
        for signs in (self._signs, self._others):
            signs.refresh(self._history)
            signs.mark(concerned)
        for card in self._cards.values():
            card.show_history(self._history)

    def _show_state(self) -> None:
        """Say what will be here while there is nothing yet."""
        empty = not len(self._history) and not self._cards
        self._waiting.setVisible(empty)
        self._signs.setVisible(not empty)
        more = len(self._others)
        self._fold.setVisible(not empty and more > 0)
        self._others.setVisible(not empty and more > 0 and self._fold.isChecked())
        words = "1 more signal" if more == 1 else f"{more} more signals"
        if more and words != self._fold.text():
            self._fold.setText(words)
            self._fold.setAccessibleName(words)
        self._show_chip(self.findings())

    @Slot(bool)
    def _on_fold(self, opened: bool) -> None:
        self._fold.set_icon("caret-down" if opened else "caret-right")
        self._show_state()
        self._show_history()

    @Slot()
    def _after_rest(self) -> None:
        if self._behind:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is painted while it is not seen."""
        super().hideEvent(event)
        self._rest.stop()

    def _lay_out(self) -> None:
        scroll = OverlayScroll(self)
        column = scroll.column(PADDING, 8, PADDING, 8)
        column.setSpacing(8)
        column.addWidget(self._waiting)
        column.addLayout(self._cards_place)
        column.addWidget(self._signs)
        column.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._others)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    @Slot(object)
    def _on_copy(self, one: Prospect) -> None:
        if self._config is None or self._run is None:
            return
        text = command(one.remedy, self._config, self._run, step=None if one.remedy.live else one.start)
        if text is not None:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit("The command is on the clipboard.")


def _shape(event: RunStarted | RunResumed) -> DataShape | None:
    """What the run's data are; None where an old journal does not tell."""
    if not event.resolution:
        return None
    return DataShape(event.resolution, event.channels, len(event.classes), event.subject)
