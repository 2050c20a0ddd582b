"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from ganstudio.health.history import History
from ganstudio.training.events import Evaluated, Progress, Remedy, RunFinished, Severity

Reads = tuple[type[Progress] | type[Evaluated] | type[RunFinished], ...]
D_RATE, G_RATE = "optimizer.discriminator.learning_rate", "optimizer.generator.learning_rate"
R1 = "objective.penalties.r1.weight"


@dataclass(frozen=True)
class Limit:
    """Where health ends, and on which side of it."""

    value: float
    unhealthy: Literal["above", "below"]


Limits = Mapping[str, Limit]


@dataclass(frozen=True)
class Finding:
    """The signs of something are there: how bad, the numbers, what they mean, and what helps, best first.

    `certain` needs no second look. `since` is the step of the first sign where the rule knows it.
    """

    severity: Severity
    evidence: Mapping[str, float]
    explanation: str
    advice: tuple[Remedy, ...] = field(default=())
    certain: bool = False
    since: int | None = None


class Rule(Protocol):
    """Looks at a run's history whenever one of the events that it `reads` has come."""

    name: ClassVar[str]
    looks_at: ClassVar[str]
    """The signals, in words."""
    source: ClassVar[str]
    """Where the thresholds come from."""
    patience: ClassVar[int]
    """Points on end that must show the signs before it is told, and be without them before it is over."""
    reads: ClassVar[Reads]
    limits: ClassVar[Limits]
    """By what the evidence calls it, for plots: a rule may weigh more than one thing."""

    def find(self, history: History, *, begun: bool) -> Finding | None:
        """What there is to tell of the newest point; `begun` while it has been told, so that its end can be judged less
        strictly than its beginning."""
