"""Keeps the window on the distribution, and brings what a person has judged into the run's journal."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, Signal, Slot

from ganstudio.config import RunConfig
from ganstudio.desktop.distribution.window import DistributionWindow
from ganstudio.desktop.distribution.working import Note
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.session import TrainingSession
from ganstudio.runs.evaluate import keep
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Judged
from ganstudio.variants import VARIANTS
from ganstudio.variants.points import are_learnt


class DistributionDesk(QObject):
    """Of a run that this window trains, the trainer writes the journal and is handed the note; of another one, a worker
    does, unless another process trains it."""

    saved = Signal(str)
    """The path of a picture or table that was written."""
    failed = Signal(str)
    """A sentence for the person."""
    written = Signal(object)
    """A `Note` that is in the journal of a run that does not train."""

    def __init__(self, session: TrainingSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._waiting: deque[Note] = deque()
        self._handled: list[Note] = []
        self._writer = Background(self._write_one, self)
        self._writer.done.connect(self._on_written)
        self.window: DistributionWindow | None = None

    def show(self, folder: RunFolder, title: str) -> None:
        """Look at a run."""
        if self.window is None:
            self.window = DistributionWindow()
            self.window.saved.connect(self.saved)
            self.window.failed.connect(self.failed)
            self.window.noted.connect(self.take)
        self.window.show_run(folder, title)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def refresh(self) -> None:
        """There may be another checkpoint."""
        if self.window is not None and self.window.isVisible():
            self.window.refresh()

    @Slot(object)
    def take(self, note: Note) -> None:
        """Bring a note into the journal."""
        session = self._session
        if session.busy and session.folder is not None and session.folder.path == note.folder.path:
            session.control.note(note.event)
            self._tell(True)
        else:
            self._waiting.append(note)
            self._write()

    def rescue(self) -> None:
        """The run has ended: write what its trainer was handed too late to tell."""
        folder = self._session.folder
        for event in self._session.control.take_notes():
            if folder is not None and isinstance(event, Judged):
                self._waiting.append(Note(folder, event))
        self._write()

    def shutdown(self) -> None:
        """Close the window; what is being written is written first."""
        if self.window is not None:
            self.window.shutdown()
            self.window.close()
            self.window.deleteLater()
            self.window = None
        self._writer.stop()
        for note in self._waiting:
            if not any(note is one for one in self._handled):
                keep(note.folder, note.event)
        self._waiting.clear()

    def _write_one(self, job: Job) -> bool:
        """In the worker: whether a note could be written."""
        note: Note = job.request
        written = keep(note.folder, note.event)
        self._handled.append(note)
        return written

    def _write(self) -> None:
        if self._waiting and not self._writer.is_busy():
            self._writer.request(self._waiting[0])

    @Slot(object)
    def _on_written(self, outcome: Outcome) -> None:
        note = self._waiting.popleft()
        self._handled.clear()
        self._tell(bool(outcome.result))
        if outcome.result:
            self.written.emit(note)
        self._write()

    def _tell(self, noted: bool) -> None:
        if self.window is not None:
            self.window.judge.confirm(noted)


def why_not(config: RunConfig | None) -> str | None:
    """Why there is no distribution of pictures to look at; None where there is one."""
    if config is None:
        return "There is no run yet."
    if are_learnt(config):
        return "A run on points shows its distribution in the plane."
    if VARIANTS.get(config.variant.name).task == "image-to-image":
        return "A run that translates images has no latents to draw samples from."
    return None
