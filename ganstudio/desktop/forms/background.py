"""Work that would make the window wait, done in a thread that lives only as long as there is some."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from ganstudio.errors import UserError

_STACK_BYTES = 16 * 1024 * 1024


class Cancelled(Exception):  # noqa: N818 - no error
    """Raised by `Job.check` and `Job.report` when nobody waits for the result any more."""


@dataclass(frozen=True)
class Job:
    """What the work is handed. It calls `check` often, and `report` to say how far it is."""

    request: Any
    check: Callable[[], None]
    """Raises `Cancelled` when the work is to end."""
    report: Callable[[object], None]
    """Tells the owner how far the work is; checks too."""


@dataclass(frozen=True)
class Outcome:
    """What came of a request: a result, or a sentence for the person."""

    request: Any
    result: Any = None
    error: UserError | None = None


class Background(QObject):
    """Runs `work(job)` off the GUI thread. A new request replaces the one that waits and cancels the one that runs."""

    done = Signal(object)
    """An `Outcome`; cancelled requests have none."""
    progressed = Signal(object)
    """What the work reported."""
    _outcome = Signal(int, object)
    _progress = Signal(int, object)

    def __init__(self, work: Callable[[Job], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._lock = threading.Lock()
        self._serial = 0
        self._waiting: tuple[int, Any] | None = None
        self._thread: _Thread | None = None
        self._outcome.connect(self._on_outcome)
        self._progress.connect(self._on_progress)

    def request(self, request: Any) -> None:
        """Have `request` worked on; `done` tells."""
        with self._lock:
            self._serial += 1
            self._waiting = (self._serial, request)
        self._start()

    def cancel(self) -> None:
        """Forget what waits and what runs."""
        with self._lock:
            self._serial += 1
            self._waiting = None

    def is_busy(self) -> bool:
        """Whether a result is still to come."""
        return self._waiting is not None or (self._thread is not None and self._thread.serial == self._serial)

    def stop(self) -> None:
        """Cancel and wait for the thread; for the end of the window."""
        self.cancel()
        if self._thread is not None:
            self._thread.wait()

    def _start(self) -> None:
        if self._thread is not None:
            return
        thread = _Thread(self)
        self._thread = thread
        thread.finished.connect(self._on_finished)
        thread.setStackSize(_STACK_BYTES)
        thread.start()

    def take(self) -> tuple[int, Any] | None:
        """The thread's side: the request that waits."""
        with self._lock:
            taken, self._waiting = self._waiting, None
            return taken

    def perform(self, serial: int, request: Any) -> None:
        """The thread's side: the work, and its outcome whatever happens."""

        def check() -> None:
            if serial != self._serial:
                raise Cancelled

        def report(progress: object) -> None:
            check()
            self._progress.emit(serial, progress)

        try:
            outcome = Outcome(request, self._work(Job(request, check, report)))
        except Cancelled:
            return
        except UserError as error:
            outcome = Outcome(request, error=error)
        except Exception as error:
            outcome = Outcome(request, error=UserError(f"{type(error).__name__}: {error}"))
        self._outcome.emit(serial, outcome)

    @Slot(int, object)
    def _on_outcome(self, serial: int, outcome: Outcome) -> None:
        if serial == self._serial:
            self._serial += 1
            self.done.emit(outcome)

    @Slot(int, object)
    def _on_progress(self, serial: int, progress: object) -> None:
        if serial == self._serial:
            self.progressed.emit(progress)

    @Slot()
    def _on_finished(self) -> None:
        if self._thread is not None:
            self._thread.wait()
            self._thread = None
        if self._waiting is not None:
            self._start()


class _Thread(QThread):
    def __init__(self, owner: Background) -> None:
        super().__init__()
        self._owner = owner
        self.serial = 0

    def run(self) -> None:
        """Until nothing waits."""
        while (taken := self._owner.take()) is not None:
            self.serial = taken[0]
            self._owner.perform(*taken)
