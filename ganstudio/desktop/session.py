"""A run in the window's process: the trainer on a QThread, its events in a mailbox that the GUI empties by a timer."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from ganstudio.config import RunConfig
from ganstudio.desktop.actions import RunState
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import (
    Event,
    Paused,
    Preparing,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
    Samples,
)

if TYPE_CHECKING:
    from ganstudio.training.preview import Preview

_SHORTEST_REST, _LONGEST_REST = 100, 1000
"""Milliseconds between two looks into the mailbox."""
_SHARE = 0.02
"""Of a processor that showing a run may take: on two cores, training loses at least as much."""
_STACK_BYTES = 16 * 1024 * 1024
_NICENESS = 3
_KEPT_EVENTS = 20_000
_RATE_POINTS = 8
_log = logging.getLogger("ganstudio")


class Mailbox:
    """Events on their way to the GUI. Pictures of all but the newest grid are dropped: the run folder has them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[Event] = deque(maxlen=_KEPT_EVENTS)

    def put(self, event: Event) -> None:
        """The trainer's side."""
        with self._lock:
            if isinstance(event, Samples):
                for index, old in enumerate(self._events):
                    if isinstance(old, Samples) and old.ema is not None:
                        self._events[index] = replace(old, ema=None, raw=None)
            self._events.append(event)

    def take(self) -> list[Event]:
        """The GUI's side: everything since the last call."""
        with self._lock:
            events = list(self._events)
            self._events.clear()
            return events


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands, for the toolbar. Times in seconds of training; `eta` None while unknown."""

    state: RunState = "idle"
    step: int = 0
    target: int | None = None
    images_per_second: float | None = None
    elapsed: float = 0.0
    eta: float | None = None
    device: str = ""
    preparing: str = ""


Work = Callable[[Callable[[Event], None], Control, "Preview"], None]


class _Worker(QThread):
    """Runs the trainer. Whatever happens, the mailbox ends with `RunFinished`."""

    def __init__(self, work: Work, mailbox: Mailbox, control: Control, on_preview: Callable[[Preview], None]) -> None:
        super().__init__()
        self.setStackSize(_STACK_BYTES)
        self.setObjectName("trainer")
        self._work, self._mailbox, self._control, self._on_preview = work, mailbox, control, on_preview

    def run(self) -> None:
        ended = False

        def emit(event: Event) -> None:
            nonlocal ended
            ended = ended or isinstance(event, RunFinished)
            self._mailbox.put(event)

        try:
            _give_way()
            emit(Preparing(what="PyTorch"))
            from ganstudio.training.preview import Preview

            preview = Preview()
            self._on_preview(preview)
            self._work(emit, self._control, preview)
        except Exception as error:
            _log.exception("The training thread failed")
            if not ended:
                emit(RunFinished(step=0, time=0.0, reason="failed", error=f"{type(error).__name__}: {error}"))


def _give_way() -> None:
    """Let the window's threads run before this one and those that it starts, whenever they have something to do."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class TrainingSession(QObject):
    """At most one run at a time. All methods return at once; what happens arrives as `events`.

    `events` carries a list of events ten times a second at most, more rarely where showing them takes long;
    `status_changed` a `RunStatus`; `ended` the `RunFinished` after the thread has gone.
    """

    events = Signal(object)
    status_changed = Signal(object)
    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: _Worker | None = None
        self._mailbox = Mailbox()
        self._status = RunStatus()
        self._rates: deque[float] = deque(maxlen=_RATE_POINTS)
        self._end: RunFinished | None = None
        self._seconds: float | None = None
        self._start_time = 0.0
        self.control = Control()
        self.folder: RunFolder | None = None
        self.preview: Preview | None = None
        self._timer = QTimer(self, interval=_SHORTEST_REST)
        self._timer.timeout.connect(self._drain)
        self._spent: float | None = None

    @property
    def status(self) -> RunStatus:
        """Where the run stands."""
        return self._status

    @property
    def busy(self) -> bool:
        """Whether a run is being prepared, trained, paused or ended."""
        return self._worker is not None

    def start(self, config: RunConfig, out: Path, seconds: float | None = None) -> None:
        """Train a new run into `out`."""
        from ganstudio.runs.execute import train

        self._begin(
            RunFolder(out),
            lambda emit, control, preview: train(config, out, emit, control, seconds=seconds, preview=preview),
            seconds,
        )

    def resume(self, folder: RunFolder, steps: int | None = None) -> None:
        """Go on with a run from its newest intact checkpoint, to `steps` in all."""
        from ganstudio.runs.execute import resume

        self._begin(
            folder, lambda emit, control, preview: resume(folder, emit, control, steps=steps, preview=preview), None
        )

    def pause(self) -> None:
        """Hold after the play that is running."""
        self.control.pause()

    def unpause(self) -> None:
        """Go on."""
        self.control.resume()

    def step(self, player: str | None = None) -> None:
        """Pause, then do the next play, or one of `player` alone."""
        self.control.step(player)

    def stop(self) -> None:
        """End after the play that is running, with a checkpoint."""
        if self.busy and self._status.state != "stopping":
            self.control.stop()
            self._set(replace(self._status, state="stopping", eta=None))

    def snapshot(self) -> None:
        """Save a checkpoint and a sample grid at the end of the round."""
        self.control.checkpoint_now()

    def wait(self, milliseconds: int) -> bool:
        """Only while shutting down: wait for the thread; whether it has ended."""
        return self._worker is None or self._worker.wait(milliseconds)

    def _begin(self, folder: RunFolder, work: Work, seconds: float | None) -> None:
        assert self._worker is None, "a run is going on"
        self.folder, self.control, self._end = folder, Control(), None
        self.preview, self._seconds = None, seconds
        self._rates.clear()
        self._worker = _Worker(work, self._mailbox, self.control, self._take_preview)
        self._worker.finished.connect(self._on_thread_end)
        self._set(RunStatus(state="preparing", preparing="PyTorch"))
        self._spent = None
        self._timer.start(_SHORTEST_REST)
        self._worker.start()

    def _take_preview(self, preview: Preview) -> None:
        """Called in the training thread; one assignment of a reference, read by the GUI when events arrive."""
        self.preview = preview

    @Slot()
    def _drain(self) -> None:
        self._rest()
        events = self._mailbox.take()
        if not events:
            return
        status = self._status
        for event in events:
            status = self._after(status, event)
        self._set(status)
        self.events.emit(events)

    def _rest(self) -> None:
        """Look again the later, the more time this thread has spent since the last look: on painting what came with it,
        and on what the person does. What it spends is lost to the training."""
        spent = time.thread_time()
        if self._spent is not None:
            rest = round(1e3 * (spent - self._spent) / _SHARE)
            self._timer.setInterval(min(_LONGEST_REST, max(_SHORTEST_REST, rest)))
        self._spent = spent

    @Slot()
    def _on_thread_end(self) -> None:
        self._timer.stop()
        self._drain()
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.wait()
            worker.deleteLater()
        end = self._end or RunFinished(step=0, time=0.0, reason="failed", error="The run ended without a word.")
        self._set(replace(self._status, state="finished", eta=None))
        self.ended.emit(end)

    def _set(self, status: RunStatus) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)

    def _after(self, status: RunStatus, event: Event) -> RunStatus:
        state: RunState = "stopping" if self.control.stopped else "training"
        match event:
            case Preparing():
                share = f" {event.done} of {event.total}" if event.total else ""
                return replace(status, preparing=f"{event.what}{share}")
            case RunStarted() | RunResumed():
                self._start_time = event.time
                return replace(
                    status, state=state, step=event.step, target=event.target, elapsed=event.time, device=event.device
                )
            case Progress():
                self._rates.append(event.images_per_second)
                rate = sum(self._rates) / len(self._rates)
                held: RunState = "paused" if status.state == "paused" and self.control.paused else state
                return replace(
                    status,
                    state=held,
                    step=event.step,
                    images_per_second=rate,
                    elapsed=event.time,
                    eta=self._eta(status, event, rate),
                )
            case Paused():
                return replace(status, state="paused" if event.paused else state, step=event.step, elapsed=event.time)
            case RunFinished():
                self._end = event
                return replace(status, step=event.step or status.step, elapsed=event.time or status.elapsed)
            case _:
                return replace(status, step=max(event.step, status.step))

    def _eta(self, status: RunStatus, event: Progress, rate: float) -> float | None:
        if self._seconds is not None:
            return max(0.0, self._seconds - (event.time - self._start_time))
        if status.target is None or not event.step or not rate:
            return None
        images_a_step = event.images / event.step
        return max(0.0, (status.target - event.step) * images_a_step / rate)
