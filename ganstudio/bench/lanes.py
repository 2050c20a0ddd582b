"""Training that runs in pieces, so that two ways of training can take turns in one process.

Each lane has a thread of its own, of which one works at a time; the others sleep.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch

from ganstudio.training.control import Control, Move
from ganstudio.training.events import Event, RunFinished

Train = Callable[[Callable[[Event], None], Control], None]
"""Trains until the control stops it, and emits `RunFinished` last."""


class LaneError(RuntimeError):
    """The training that was to be measured has ended by itself."""


class TurnControl(Control):
    """A control that lets the trainer go on only while it is its turn, and counts its rounds meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.Condition()
        self._seconds: float | None = None
        self._began = self._elapsed = 0.0
        self._rounds = 0
        self._waits = self._over = False

    def turn(self, seconds: float) -> tuple[int, float]:
        """Let the trainer play for at least so long: its rounds, and the time they took. LaneError if it ends."""
        with self._turn:
            self._turn.wait_for(self._is_settled)
            if not self._over:
                self._seconds, self._waits = seconds, False
                self._turn.notify_all()
                self._turn.wait_for(self._is_settled)
            if self._over:
                raise LaneError("The training ended before its turn was over.")
            return self._rounds, self._elapsed

    def end(self) -> None:
        """The trainer has ended: nobody need wait for it."""
        with self._turn:
            self._over = True
            self._turn.notify_all()

    def stop(self) -> None:
        super().stop()
        with self._turn:
            self._turn.notify_all()

    def next_move(self, *, round_begins: bool) -> Move:
        """The trainer's side: holds it between rounds while it is not its turn."""
        if not round_begins:
            return super().next_move(round_begins=False)
        now = time.perf_counter()
        with self._turn:
            if self._seconds is not None:
                self._rounds += 1
                self._elapsed = now - self._began
            if self._seconds is None or self._elapsed >= self._seconds:
                self._hold()
        return super().next_move(round_begins=True)

    def _hold(self) -> None:
        self._seconds, self._waits = None, True
        self._turn.notify_all()
        self._turn.wait_for(lambda: self._seconds is not None or self.stopped)
        self._rounds, self._began = 0, time.perf_counter()

    def _is_settled(self) -> bool:
        return self._waits or self._over


class TrainingLane:
    """Training with our trainer; `train` is called in the lane's thread."""

    def __init__(self, train: Train, images_a_round: int) -> None:
        self._train, self._images = train, images_a_round
        self._control = TurnControl()
        self._end: RunFinished | None = None
        self._thread = threading.Thread(target=self._work, name="bench-trainer")
        self._thread.start()

    def piece(self, seconds: float) -> float:
        """Train for at least so long; images a second. LaneError with the reason when the training has failed."""
        try:
            rounds, elapsed = self._control.turn(seconds)
        except LaneError as error:
            raise LaneError(self._end.error if self._end and self._end.error else str(error)) from None
        return rounds * self._images / elapsed

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._control.stop()
        self._thread.join()

    def _work(self) -> None:
        try:
            self._train(self._emit, self._control)
        finally:
            self._control.end()

    def _emit(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            self._end = event


class LoopLane:
    """A loop written by hand: `make`, called in the lane's thread, gives the step, which trains on `images` images."""

    def __init__(self, make: Callable[[], Callable[[], None]], images: int, threads: int) -> None:
        self._images = images
        self._thread = ThreadPoolExecutor(1, "bench-loop", torch.set_num_threads, (threads,))
        self._step = self._thread.submit(make).result()

    def piece(self, seconds: float) -> float:
        """Step for at least so long; images a second."""
        return self._images * self._thread.submit(_rate, self._step, seconds).result()

    def close(self) -> None:
        """Wait for the thread."""
        self._thread.shutdown()


def _rate(step: Callable[[], None], seconds: float) -> float:
    """Steps a second, over at least so long."""
    steps, began = 0, time.perf_counter()
    while True:
        step()
        steps += 1
        elapsed = time.perf_counter() - began
        if elapsed >= seconds:
            return steps / elapsed
