"""Runs that this window does not train: read from their folder, and followed while another process trains them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ganstudio.config import RunConfig
from ganstudio.desktop.forms.background import Job
from ganstudio.errors import RunFolderError
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.journal import JournalTail, history
from ganstudio.training.events import BELATED, Event

_FOLLOW_MS = 1000


@dataclass(frozen=True)
class OpenedRun:
    """A run as its folder tells it. `step` is that of the newest checkpoint, from which it can be resumed."""

    folder: RunFolder
    config: RunConfig
    events: list[Event]
    step: int
    seconds: float = 0.0
    tail: JournalTail | None = None
    """Where its journal goes on, while another process trains it."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether another process trains it."""
        return self.tail is not None


def read_run(job: Job) -> OpenedRun:
    """In a worker: the run at the path that was requested. RunFolderError when there is none."""
    folder = RunFolder.open(job.request)
    job.check()
    if not folder.journal_file.is_file():
        raise RunFolderError(f"The run {folder.name} has no journal yet: it was never trained.")
    elsewhere = folder.is_locked()
    tail = JournalTail(folder.journal_file)
    events = history(tail.read())
    checkpoints = folder.checkpoints()
    return OpenedRun(
        folder,
        folder.live_config(),
        events,
        checkpoints[-1] if checkpoints else 0,
        next((event.time for event in reversed(events) if not isinstance(event, BELATED)), 0.0),
        tail if elsewhere else None,
    )


class Follower(QObject):
    """Reads on in the journal of a run that another process trains."""

    events = Signal(object)
    """A list of events."""
    ended = Signal(object)
    """The path of the run, once no process trains it any more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run: OpenedRun | None = None
        self._timer = QTimer(self, interval=_FOLLOW_MS)
        self._timer.timeout.connect(self._read)

    def follow(self, run: OpenedRun | None) -> None:
        """Follow `run` if another process trains it, and no other any more."""
        self._run = run if run is not None and run.is_elsewhere else None
        if self._run is None:
            self._timer.stop()
        else:
            self._timer.start()

    @Slot()
    def _read(self) -> None:
        run = self._run
        if run is None or run.tail is None:
            return
        locked = run.folder.is_locked()
        events = run.tail.read()
        if events:
            self.events.emit(events)
        if not locked:
            self.follow(None)
            self.ended.emit(run.folder.path)
