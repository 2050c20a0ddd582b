"""The hand on the run: thread-safe, polled by the trainer between plays. Imports no torch."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from ganstudio.config import RunConfig, field
from ganstudio.errors import UserError
from ganstudio.training.events import Event


@dataclass(frozen=True)
class Orders:
    """What the trainer is to do before its next round."""

    changes: tuple[tuple[str, Any], ...] = ()
    checkpoint: bool = False
    snapshot: bool = False
    evaluate: bool = False
    roll_back: int | None = None
    notes: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Move:
    """Whether the trainer may play, and what: the next play as scheduled, or one of `player` alone. `single`: paused,
    and one step was asked for."""

    goes: bool
    single: bool = False
    player: str | None = None


class Control:
    """Asks a running trainer to pause, stop, save, or change a live setting. Every method returns at once."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._paused = False
        self._stopped = False
        self._finished = ""
        self._steps: deque[str | None] = deque()
        self._changes: dict[str, Any] = {}
        self._changes_wait = False
        self._checkpoint = False
        self._snapshot = False
        self._evaluate = False
        self._report = False
        self._roll_back: int | None = None
        self._notes: list[Event] = []

    def pause(self) -> None:
        """Wait after the play that is running; the networks stay loaded."""
        with self._condition:
            self._paused = True

    def resume(self) -> None:
        """Go on after a pause."""
        with self._condition:
            self._paused = False
            self._steps.clear()
            self._condition.notify_all()

    def step(self, player: str | None = None, count: int = 1) -> None:
        """While paused, do the next play as scheduled, or one of `player` alone; `count` times."""
        with self._condition:
            self._paused = True
            self._steps.extend([player] * count)
            self._condition.notify_all()

    def stop(self) -> None:
        """End the run after the play that is running, with a checkpoint."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def finish(self, why: str) -> None:
        """End the run as completed after the round that is running; `why` is a sentence."""
        with self._condition:
            self._finished = why

    def checkpoint_now(self) -> None:
        """Save a checkpoint and a sample grid at the end of the round (also while paused)."""
        with self._condition:
            self._checkpoint = True
            self._condition.notify_all()

    def snapshot(self) -> None:
        """Publish a fresh copy of the networks for the preview (also while paused)."""
        with self._condition:
            self._snapshot = True
            self._condition.notify_all()

    def roll_back(self, step: int) -> None:
        """Go back to the checkpoint of `step` (also while paused); what came after it is given up and deleted."""
        with self._condition:
            self._roll_back = step
            self._condition.notify_all()

    def evaluate_now(self) -> None:
        """Measure the averaged networks beside training, as they are now (also while paused)."""
        with self._condition:
            self._evaluate = True
            self._condition.notify_all()

    def note(self, event: Event) -> None:
        """Have the trainer tell of something that was found out about the run elsewhere (also while paused): it alone
        writes to the journal of a run that trains."""
        with self._condition:
            self._notes.append(event)
            self._condition.notify_all()

    def take_notes(self) -> tuple[Event, ...]:
        """What was noted and has not been told; once the run has ended, nobody else will tell it."""
        with self._condition:
            notes, self._notes = tuple(self._notes), []
            return notes

    def report(self) -> None:
        """An evaluator's side: wake a paused trainer, which has something to take and to emit."""
        with self._condition:
            self._report = True
            self._condition.notify_all()

    def change(self, path: str, value: Any) -> None:
        """Set a live setting from the next step on; of several changes of one setting the last counts.

        UserError when it is not live, out of range or unknown.
        """
        if not field(path).live:
            raise UserError(f"{field(path).label} cannot change during a run; it needs a new run.", path=path)
        RunConfig().with_values({path: value})
        with self._condition:
            self._changes.pop(path, None)
            self._changes[path] = value
            self._changes_wait = False
            self._condition.notify_all()

    @property
    def paused(self) -> bool:
        """Whether the run waits or will wait after this play."""
        with self._condition:
            return self._paused

    @property
    def stopped(self) -> bool:
        """Whether the run has been asked to end."""
        with self._condition:
            return self._stopped

    @property
    def finished(self) -> str:
        """Why the run is to end as completed; empty while it is not."""
        with self._condition:
            return self._finished

    @property
    def has_steps(self) -> bool:
        """Whether single steps wait to be played."""
        with self._condition:
            return bool(self._steps)

    def take_orders(self, *, changes: bool = True) -> Orders:
        """The trainer's side: all orders since the last call; without `changes`, those of settings wait."""
        with self._condition:
            taken = tuple(self._changes.items()) if changes else ()
            notes, self._notes = tuple(self._notes), []
            orders = Orders(taken, self._checkpoint, self._snapshot, self._evaluate, self._roll_back, notes)
            self._roll_back = None
            if changes:
                self._changes.clear()
            self._changes_wait = bool(self._changes)
            self._checkpoint = self._snapshot = self._evaluate = self._report = False
            return orders

    def next_move(self, *, round_begins: bool) -> Move:
        """The trainer's side, between plays: whether and what to play. Takes one single step if there is one.

        `round_begins`: whether the next play is the first of its round.
        """
        with self._condition:
            if self._stopped or not self._paused:
                return Move(goes=True)
            if self._steps:
                return Move(goes=True, single=True, player=self._steps.popleft())
            return Move(goes=False)

    def wait(self) -> None:
        """The trainer's side: sleep until something is asked of it."""
        with self._condition:
            self._condition.wait_for(
                lambda: (
                    self._stopped
                    or not self._paused
                    or bool(self._steps)
                    or self._checkpoint
                    or self._snapshot
                    or self._evaluate
                    or self._report
                    or self._roll_back is not None
                    or bool(self._notes)
                    or (bool(self._changes) and not self._changes_wait)
                )
            )
