"""The points of a run's plots as rules read them: recent values of a signal, whatever is missing. Imports no torch."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ganstudio.game import Subject
from ganstudio.training.events import Evaluated, Histogram, Progress, RunFinished

Series = NDArray[np.float64]
_KEPT = 400
HEALTH = "health/"


@dataclass(frozen=True)
class Point:
    """One point: its scalars, those of health by their bare names, and what histograms tell where signals do not."""

    step: int
    time: float
    scalars: Mapping[str, float]

    @staticmethod
    def of(event: Progress) -> Point:
        """The point of an event, of this version or an older one without health signals."""
        scalars = {name.removeprefix(HEALTH): value for name, value in event.scalars.items()}
        for name, measure in _FROM_HISTOGRAMS.items():
            if name not in scalars and {"logit/real", "logit/fake"} <= event.histograms.keys():
                value = measure(event.histograms["logit/real"], event.histograms["logit/fake"])
                if value is not None:
                    scalars[name] = value
        return Point(event.step, event.time, scalars)


@dataclass
class History:
    """The last points of a run, and what it is about."""

    subject: Subject = "images"
    translates: bool = False
    """Whether images are made from images."""
    began: int = 0
    """The step at which training began to be what it is: of this run, or of a phase that starts it anew."""
    points: deque[Point] = field(default_factory=lambda: deque(maxlen=_KEPT))
    evaluations: list[Evaluated] = field(default_factory=list)
    end: RunFinished | None = None

    @property
    def step(self) -> int:
        """The step of the newest point."""
        return self.points[-1].step if self.points else 0

    @property
    def age(self) -> int:
        """Steps since training began to be what it is."""
        return self.step - self.began

    def window(self, steps: int, points: int) -> list[Point]:
        """The last points: as many as reach back `steps` steps, but `points` at least; empty while there are fewer."""
        count = 0
        for point in reversed(self.points):
            if point.step <= self.began or (count >= points and self.step - point.step >= steps):
                break
            count += 1
        if count < points or self.step - self.began < steps:
            return []
        return self.last(count)

    def last(self, count: int) -> list[Point]:
        """The last `count` points at most, of those since training began to be what it is."""
        found = list(itertools.islice(reversed(self.points), count))
        return [point for point in reversed(found) if point.step > self.began]

    def since_began(self) -> list[Point]:
        """All points that are kept since training began to be what it is."""
        return [point for point in self.points if point.step > self.began]

    def trend(self, name: str) -> float:
        """A scalar's median over the last quarter of all points as a multiple of that over the quarter before; NaN when
        fewer than 12 of them have it."""
        values = series(self.since_began(), name)
        quarter = len(values) // 4
        if quarter < 3:
            return math.nan
        before = float(np.median(values[-2 * quarter : -quarter]))
        return float(np.median(values[-quarter:])) / before if before > 0 else math.inf


def series(points: list[Point], name: str) -> Series:
    """The values of a scalar at those points that have it, finite ones only."""
    values = (point.scalars.get(name) for point in points)
    return np.array([value for value in values if value is not None and math.isfinite(value)], np.float64)


def median(points: list[Point], name: str) -> float:
    """The median of a scalar over points; NaN when fewer than two of them have it."""
    values = series(points, name)
    return statistics.median(values.tolist()) if len(values) >= 2 else math.nan


def _separation(real: Histogram, fake: Histogram) -> float | None:
    """P(D(x) > D(G(z))) from counts in common bins, ties within a bin counted half."""
    x, g = np.array(real.counts, np.float64), np.array(fake.counts, np.float64)
    if len(x) != len(g) or (real.low, real.high) != (fake.low, fake.high) or not x.sum() or not g.sum():
        return None
    below = np.cumsum(g) - g
    return float((x * (below + g / 2)).sum() / (x.sum() * g.sum()))


def _margin(real: Histogram, fake: Histogram) -> float | None:
    """The distance of the means over the spread, from counts in bins."""
    moments = []
    for histogram in (real, fake):
        counts = np.array(histogram.counts, np.float64)
        if not counts.sum():
            return None
        edges = np.linspace(histogram.low, histogram.high, len(counts) + 1)
        centres = (edges[1:] + edges[:-1]) / 2
        mean = (centres * counts).sum() / counts.sum()
        width = edges[1] - edges[0]
        moments.append((mean, ((centres - mean) ** 2 * counts).sum() / counts.sum() + width**2 / 12))
    spread = math.sqrt((moments[0][1] + moments[1][1]) / 2)
    return float((moments[0][0] - moments[1][0]) / spread) if spread > 0 else None


_FROM_HISTOGRAMS: Mapping[str, Callable[[Histogram, Histogram], float | None]] = {
    "separation": _separation,
    "margin": _margin,
}
