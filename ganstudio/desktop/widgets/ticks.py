"""Round numbers for axes, and labels that do not cover each other. Imports no Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ganstudio.desktop.format import MINUS, compact

Floats = NDArray[np.float64]

ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


def interval_of(least: float, factors: Sequence[float] = ROUND) -> float:
    """The smallest of these multiples of a power of ten that is at least so large; the last factor is 10."""
    power = 10.0 ** math.floor(math.log10(max(least, 1e-300)))
    return next(factor * power for factor in factors if factor * power >= least * (1 - 1e-9))


def value_ticks(low: float, high: float, intervals: int) -> list[float]:
    """Equally spaced round values from below `low` to above `high`, at most so many intervals (two or more)."""
    spread = max(high - low, 1e-6 * max(abs(low), abs(high)), 1e-12)
    interval = interval_of(spread / intervals)
    while True:
        first, last = math.floor(low / interval + 1e-6), math.ceil(high / interval - 1e-6)
        if last - first <= intervals:
            return [multiple * interval for multiple in range(first, max(last, first + 1) + 1)]
        interval = interval_of(interval * 1.01)


def decades(low: float, high: float) -> list[float]:
    """Whole decimal logarithms around a range of decimal logarithms."""
    first, last = math.floor(low + 1e-6), math.ceil(high - 1e-6)
    return [float(power) for power in range(first, max(last, first + 1) + 1)]


def step_ticks(start: float, end: float, most: float) -> list[float]:
    """Round steps in a range, `most` intervals at most."""
    interval = max(1.0, interval_of((end - start) / max(1.0, most)))
    return [multiple * interval for multiple in range(math.ceil(start / interval), math.floor(end / interval) + 1)]


def decimals(interval: float) -> int:
    """Digits after the point that multiples of an interval need."""
    return next((digits for digits in range(8) if abs(interval * 10**digits - round(interval * 10**digits)) < 1e-6), 8)


def power_of_ten(exponent: float) -> str:
    """``2`` as ``100``, ``-5`` as ``1e−5``."""
    power = round(exponent)
    return compact(10.0**power) if power >= -3 else f"1e{MINUS}{-power}"


def apart(wanted: list[float], distance: float, top: float, bottom: float) -> list[float]:
    """Rising positions moved as little as needed to stand `distance` apart between top and bottom."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + distance) if placed else max(y, top))
    limit = bottom
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - distance
    return placed


def quantile(values: Floats, share: float) -> float:
    """A quantile of all finite values; NaN when there are none."""
    ordered = np.sort(values[np.isfinite(values)])
    return float(ordered[round(share * (len(ordered) - 1))]) if len(ordered) else math.nan


def log10(values: Floats) -> Floats:
    """Decimal logarithms; NaN for what has none."""
    result = np.full(values.shape, np.nan)
    np.log10(values, out=result, where=values > 0)
    return result
