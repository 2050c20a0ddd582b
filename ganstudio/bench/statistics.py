"""Pairs of rates that were measured in turns, and what they say. Plain arithmetic without torch."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Piece = Callable[[], float]
"""Works for a while and returns its rate, such as images a second."""


@dataclass(frozen=True)
class Effort:
    """How thoroughly to measure: pairs behind each ratio, and the shortest piece of a pair."""

    pairs: int = 24
    seconds: float = 1.0


@dataclass(frozen=True)
class Pair:
    """Two rates measured one right after the other."""

    first: float
    second: float

    @property
    def ratio(self) -> float:
        """How much faster the first was."""
        return self.first / self.second


def interleave(first: Piece, second: Piece, pairs: int, *, warm_up: int = 2) -> list[Pair]:
    """Measure in turns, so that whatever else the machine does meets both: first second, second first, ...

    The pieces of `warm_up` pairs before are thrown away: allocators and caches settle in them.
    """
    measured: list[Pair] = []
    for index in range(-warm_up, pairs):
        if index % 2 == 0:
            a = first()
            b = second()
        else:
            b = second()
            a = first()
        if index >= 0:
            measured.append(Pair(a, b))
    return measured


def ratio(pairs: Sequence[Pair]) -> float:
    """The median of the pairs' ratios: a disturbance of a few pairs does not move it."""
    return statistics.median(pair.ratio for pair in pairs)


def summary(pairs: Sequence[Pair], first: str, second: str, unit: str = "images_per_second") -> dict[str, Any]:
    """The ratio with its quartiles, the number of pairs, and the median rate of each, named `first` and `second`."""
    ratios = [pair.ratio for pair in pairs]
    return {
        "ratio": rounded(ratio(pairs)),
        "quartiles": [rounded(quantile(ratios, 0.25)), rounded(quantile(ratios, 0.75))],
        "pairs": len(pairs),
        unit: {
            first: rounded(statistics.median(pair.first for pair in pairs)),
            second: rounded(statistics.median(pair.second for pair in pairs)),
        },
    }


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a `share` (0 to 1) of the values lies, between neighbours in proportion."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def percentiles(values: Sequence[float], *, tail: bool = True) -> dict[str, float]:
    """`p50`, `p95`, and for `tail` also `p99` and `max`."""
    found = {"p50": quantile(values, 0.50), "p95": quantile(values, 0.95)}
    if tail:
        found |= {"p99": quantile(values, 0.99), "max": max(values)}
    return {name: rounded(value) for name, value in found.items()}


def rounded(value: float) -> float:
    """Four digits: what is beyond them is noise."""
    return float(f"{value:.4g}")
