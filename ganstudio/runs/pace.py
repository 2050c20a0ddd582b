"""What an evaluation beside training costs it, in images a second."""

from __future__ import annotations

import threading
from collections import deque
from statistics import median
from typing import Final

from ganstudio.training.events import Event, Progress, RunResumed

_LATELY: Final = 15
"""Logged stretches without an evaluation that are compared with."""


class Pace:
    """Parts the speeds that training logs into those with an evaluation beside it and those without.

    A stretch in which one began or ended counts as neither. Events come from the trainer's thread, turns from another.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._mixed = True
        self._alone: deque[float] = deque(maxlen=_LATELY)
        self._beside: list[float] = []

    def turn(self, busy: bool) -> None:
        """An evaluation begins, or has ended."""
        with self._lock:
            self._busy, self._mixed = busy, True
            if busy:
                self._beside.clear()

    def __call__(self, event: Event) -> None:
        """Take what training tells; all but its progress is passed over."""
        with self._lock:
            if isinstance(event, RunResumed):
                self._mixed = True
            if isinstance(event, Progress):
                if not self._mixed:
                    (self._beside if self._busy else self._alone).append(event.images_per_second)
                self._mixed = False

    def speeds(self) -> tuple[float, float] | None:
        """Images a second of training alone, and beside the evaluation that is under way or was last: medians.

        None until there is a whole stretch of both.
        """
        with self._lock:
            return (median(self._alone), median(self._beside)) if self._alone and self._beside else None
