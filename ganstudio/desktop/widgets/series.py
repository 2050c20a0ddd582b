"""Quantities over training, kept so that drawing them costs the same however long the run is. Imports no Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK = 4
"""Entries of a level that one entry of the next stands for."""
_WARM_UP = 12.0
"""The moving average spans at most about a twelfth of what has been seen, so the first steps are not smeared."""


class History:
    """Several quantities at common, rising steps: values, their moving averages, and extremes of ever longer blocks.

    Arrays are (quantities, steps), in the order in which the quantities first came. `smoothing` is the share of an
    average that stays at each value once there are enough of them. The weights always sum to one, so that an average is
    not biased towards zero at the start. A value that is missing or not finite is a gap, NaN.
    """

    def __init__(self, smoothing: float) -> None:
        self._smoothing = smoothing
        self._x = np.empty(1024)
        self._y, self._average = np.empty((0, 1024)), np.empty((0, 1024))
        self._count = 0
        self._rows: dict[str, int] = {}
        self._weighed: list[int] = []
        self._newest: list[float] = []
        self._levels: list[_Level] = []

    def __len__(self) -> int:
        return self._count

    @property
    def names(self) -> list[str]:
        """The quantities, in the order of the arrays' rows."""
        return list(self._rows)

    @property
    def steps(self) -> Floats:
        """Steps (N,), rising."""
        return self._x[: self._count]

    @property
    def values(self) -> Floats:
        """Values (K, N)."""
        return self._y[:, : self._count]

    @property
    def averages(self) -> Floats:
        """Moving averages (K, N); NaN where the value is."""
        return self._average[:, : self._count]

    @property
    def newest_averages(self) -> list[float]:
        """The newest moving average of each quantity; NaN when it has none."""
        return list(self._newest)

    def append(self, step: float, values: Mapping[str, float]) -> None:
        """Add values. A step at or before the newest replaces everything from there on."""
        if self._count and step <= self._x[self._count - 1]:
            self._truncate(int(np.searchsorted(self.steps, step)))
        for name in values:
            if name not in self._rows:
                self._add_row(name)
        if self._count == len(self._x):
            self._x, self._y, self._average = (_longer(array) for array in (self._x, self._y, self._average))
        column, self._count = self._count, self._count + 1
        self._x[column] = step
        self._y[:, column] = np.nan
        self._average[:, column] = np.nan
        for name, value in values.items():
            if math.isfinite(value):
                row = self._rows[name]
                self._y[row, column] = value
                self._average[row, column] = self._averaged(row, value)

    def truncate_after(self, step: float) -> None:
        """Keep only values up to a step."""
        self._truncate(int(np.searchsorted(self.steps, step, side="right")))

    def index_at(self, step: float) -> int:
        """The column nearest to a step; -1 when there is none."""
        if not self._count:
            return -1
        right = int(np.searchsorted(self.steps, step))
        left = max(0, right - 1)
        right = min(right, self._count - 1)
        return left if step - self._x[left] <= self._x[right] - step else right

    def spans(
        self, start: float, end: float, width: int, transform: Callable[[Floats], Floats] | None = None
    ) -> tuple[Floats, Floats]:
        """Lowest and highest value (K, width) of the broken lines in each of `width` equal columns between two steps.

        NaN where a line does not pass. `transform` (rising, such as a logarithm) is applied to the values first.
        """
        x, low, high = self._entries(start, end, width)
        if transform is not None:
            low, high = (transform(low),) * 2 if low is high else (transform(low), transform(high))
        lowest, highest = np.full((len(low), width), np.nan), np.full((len(low), width), np.nan)
        if not len(x) or end <= start:
            return lowest, highest
        first, last = np.searchsorted(x, (start, np.nextafter(end, np.inf)))
        columns = np.minimum(((x[first:last] - start) * (width / (end - start))).astype(np.int64), width - 1)
        if len(columns):
            begins = np.concatenate(([0], np.flatnonzero(columns[1:] != columns[:-1]) + 1))
            lowest[:, columns[begins]] = np.fmin.reduceat(low[:, first:last], begins, axis=1)
            highest[:, columns[begins]] = np.fmax.reduceat(high[:, first:last], begins, axis=1)
        borders = start + np.arange(width + 1) * ((end - start) / width)
        middle = low if low is high else (low + high) / 2
        for row, heights in enumerate(middle):
            passed = np.interp(borders, x, heights, left=np.nan, right=np.nan)
            np.fmin(lowest[row], np.fmin(passed[:-1], passed[1:]), out=lowest[row])
            np.fmax(highest[row], np.fmax(passed[:-1], passed[1:]), out=highest[row])
        return lowest, highest

    def lines(self, start: float, end: float, width: int) -> tuple[Floats, Floats]:
        """Steps (n,) and moving averages (K, n) between two steps, one beyond each; n is about `width` at most."""
        first, last = self._around(start, end)
        stride = 1 << math.ceil(math.log2(max(1.0, (last - first) / width)))
        # Always the same columns of a history that grows, so that the line does not shimmer.
        chosen = np.arange(-(-first // stride) * stride, last, stride)
        if len(chosen) and chosen[-1] != last - 1:
            chosen = np.append(chosen, last - 1)
        return self._x[chosen], self._average[:, chosen]

    def _averaged(self, row: int, value: float) -> float:
        share = max(1.0 - self._smoothing, _WARM_UP / (self._weighed[row] + _WARM_UP))
        before = self._newest[row] if self._weighed[row] else value
        self._newest[row] = before + share * (value - before)
        self._weighed[row] += 1
        return self._newest[row]

    def _add_row(self, name: str) -> None:
        self._rows[name] = len(self._rows)
        self._weighed.append(0)
        self._newest.append(np.nan)
        gaps = np.full((1, len(self._x)), np.nan)
        self._y = np.concatenate((self._y, gaps))
        self._average = np.concatenate((self._average, gaps))
        self._levels.clear()

    def _truncate(self, count: int) -> None:
        self._count = min(self._count, max(0, count))
        for row, averages in enumerate(self.averages):
            finite = np.flatnonzero(np.isfinite(averages))
            self._weighed[row] = len(finite)
            self._newest[row] = float(averages[finite[-1]]) if len(finite) else np.nan
        size = self._count
        for level in self._levels:
            size //= _BLOCK
            level.count = min(level.count, size)

    def _around(self, start: float, end: float) -> tuple[int, int]:
        """The columns between two steps and one beyond each, as a half-open range."""
        first, last = np.searchsorted(self.steps, (start, end))
        return max(0, int(first) - 1), min(self._count, int(last) + 1)

    def _entries(self, start: float, end: float, enough: int) -> tuple[Floats, Floats, Floats]:
        """Steps, minima and maxima around a range, from the coarsest level that still has `enough` entries in it."""
        first, last = self._around(start, end)
        depth, stride = 0, 1
        while (last - first) // (stride * _BLOCK) >= enough:
            depth, stride = depth + 1, stride * _BLOCK
        if depth == 0:
            values = self._y[:, first:last]
            return self._x[first:last], values, values
        level = self._level(depth)
        begin, finish = first // stride, min(level.count, -(-last // stride))
        tail = slice(finish * stride, last)
        x = np.concatenate((self._x[begin * stride : finish * stride : stride], self._x[tail]))
        low = np.concatenate((level.low[:, begin:finish], self._y[:, tail]), axis=1)
        high = np.concatenate((level.high[:, begin:finish], self._y[:, tail]), axis=1)
        return x, low, high

    def _level(self, depth: int) -> _Level:
        """The blocks of so many levels up, with all that are complete by now."""
        low = high = self.values
        for number in range(depth):
            if number == len(self._levels):
                self._levels.append(_Level(len(self._rows)))
            level = self._levels[number]
            level.extend(low, high)
            low, high = level.low[:, : level.count], level.high[:, : level.count]
        return self._levels[depth - 1]


class _Level:
    """Minima and maxima (K, blocks) of the complete blocks of the level below."""

    def __init__(self, rows: int) -> None:
        self.low, self.high = np.empty((rows, 256)), np.empty((rows, 256))
        self.count = 0

    def extend(self, low: Floats, high: Floats) -> None:
        size = low.shape[1] // _BLOCK
        if size <= self.count:
            return
        while size > self.low.shape[1]:
            self.low, self.high = _longer(self.low), _longer(self.high)
        fresh, shape = slice(self.count * _BLOCK, size * _BLOCK), (len(low), -1, _BLOCK)
        self.low[:, self.count : size] = np.fmin.reduce(low[:, fresh].reshape(shape), axis=2)
        self.high[:, self.count : size] = np.fmax.reduce(high[:, fresh].reshape(shape), axis=2)
        self.count = size


def _longer(array: Floats) -> Floats:
    """The array with its last axis doubled."""
    longer = np.empty((*array.shape[:-1], 2 * array.shape[-1]))
    longer[..., : array.shape[-1]] = array
    return longer
