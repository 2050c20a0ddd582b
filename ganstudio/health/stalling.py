"""When a measure no longer gets better: what the doctor, the rates and the end of a run go by. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ganstudio.training.events import Evaluated, Measure

LOWER_IS_BETTER = frozenset({"fid", "kid", "mmd2"})
_GAIN = 0.02


@dataclass(frozen=True)
class Stall:
    """Of `name`: the best value before the last evaluations, its step, and the best of them, which is hardly better."""

    name: str
    step: int
    before: float
    since: float

    @property
    def title(self) -> str:
        """The measure as a sentence begins with it."""
        return self.name.upper() if self.name in {"fid", "kid"} else _TITLES.get(self.name, self.name.capitalize())


_TITLES = {"mmd2": "MMD²"}


def stall(evaluations: Sequence[Evaluated], name: str, last: int, *, begun: int = 0) -> Stall | None:
    """Whether the `last` evaluations, all of them from step `begun` on, have gained less by measure `name` over the
    best before them than 2 % of it or its deviation, whichever is more. None where they have, or are too few."""
    measured = comparable(evaluations, name)
    if len(measured) <= last or measured[-last][0] < begun:
        return None
    sign = 1 if name in LOWER_IS_BETTER else -1
    step, before = min(measured[:-last], key=lambda item: sign * item[1].value)
    _, since = min(measured[-last:], key=lambda item: sign * item[1].value)
    if sign * (before.value - since.value) >= max(_GAIN * abs(before.value), before.deviation or 0.0):
        return None
    return Stall(name, step, before.value, since.value)


def comparable(evaluations: Sequence[Evaluated], name: str) -> list[tuple[int, Measure]]:
    """Steps and values of a measure, of those evaluations that are of as many samples, by the same features, as the
    newest that has it."""
    having = [event for event in evaluations if name in event.measures]
    if not having:
        return []
    newest = having[-1]
    return [
        (event.step, event.measures[name])
        for event in having
        if event.extractor == newest.extractor and event.measures[name].n == newest.measures[name].n
    ]
