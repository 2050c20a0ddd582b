"""What measures the averaged networks beside training. It changes nothing: training is bit-exact with or without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from torch import nn

from ganstudio.config import RunConfig
from ganstudio.training.events import Event


class Evaluator(Protocol):
    """Copies the networks when told to, and works on the copies in a thread of its own.

    What it has found is taken, and emitted, by the trainer. When there is something to take while the trainer may be
    paused, it calls `Control.report`.
    """

    def look(self, networks: Mapping[str, nn.Module], config: RunConfig, step: int, time: float) -> None:
        """Copy the averaged `networks` as they are after `step`, to measure them next; never waits."""

    def found(self) -> Sequence[Event]:
        """What has been found since the last call; never waits."""

    def finish(self, gives_up: Callable[[], bool]) -> None:
        """Training is over: wait until what was looked at is measured, or until `gives_up`."""

    def close(self) -> None:
        """Drop what is being measured and leave no thread behind; may be called more than once."""
