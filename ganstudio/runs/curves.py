"""What a run measured, as arrays: read once, then only what was added."""

from __future__ import annotations

import json
import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType

import numpy as np
from numpy.typing import NDArray

from ganstudio.runs.journal import JournalTail, is_progress, parse_line, without_histograms
from ganstudio.training.events import Event, RunResumed, RunStarted

Floats = NDArray[np.float64]
_CHECKED_EVERY = 1000


@dataclass(frozen=True, eq=False)
class Curves:
    """Progress of one run: `steps`, `images` seen and `seconds` of training (N,), rising, and each scalar (N,).

    A scalar that was not measured or not finite is NaN. `images_per_second` is one of the scalars.
    """

    steps: Floats
    images: Floats
    seconds: Floats
    scalars: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.steps)

    def thinned(self, most: int) -> Curves:
        """At most so many points, each the mean of a block of equal length; itself when there are no more."""
        if len(self) <= most:
            return self
        block = -(-len(self) // most)
        scalars = {name: _block_means(values, block) for name, values in self.scalars.items()}
        steps, images, seconds = (_block_means(axis, block) for axis in (self.steps, self.images, self.seconds))
        return Curves(steps, images, seconds, scalars)


class CurveReader:
    """Follows the journal of a run that may still be training."""

    def __init__(self, file: Path) -> None:
        self._tail = JournalTail(file)
        self._curves: Curves | None = None
        self._clear()

    def read(self, check: Callable[[], None] | None = None) -> tuple[Curves, bool]:
        """All curves so far, without what a resume made void, and whether they differ from the last time.

        `check` is called now and then; what it raises ends this reader. OSError when the journal cannot be read.
        """
        changed = self._curves is None
        for number, entry in enumerate(self._tail.parsed(_parse)):
            if check is not None and number % _CHECKED_EVERY == 0:
                check()
            if isinstance(entry, _Point):
                self._append(entry)
                changed = True
            elif isinstance(entry, RunResumed):
                changed |= self._truncate_after(entry.from_step)
            elif isinstance(entry, RunStarted):
                changed |= bool(self._steps)
                self._clear()
        if changed or self._curves is None:
            self._curves = Curves(
                np.array(self._steps),
                np.array(self._images),
                np.array(self._seconds),
                {name: np.array(values) for name, values in self._columns.items()},
            )
        return self._curves, changed

    def _clear(self) -> None:
        self._steps, self._images, self._seconds = array("d"), array("d"), array("d")
        self._columns: dict[str, array[float]] = {}

    def _append(self, point: _Point) -> None:
        if self._steps and point.step <= self._steps[-1]:
            self._truncate_after(point.step - 1)
        count = len(self._steps)
        self._steps.append(point.step)
        self._images.append(point.images)
        self._seconds.append(point.seconds)
        for name, value in point.scalars.items():
            if name not in self._columns:
                self._columns[name] = array("d", [math.nan]) * count
            self._columns[name].append(math.nan if value is None else value)
        if len(point.scalars) < len(self._columns):
            for values in self._columns.values():
                if len(values) == count:
                    values.append(math.nan)

    def _truncate_after(self, step: int) -> bool:
        kept = bisect_right(self._steps, step)
        if kept == len(self._steps):
            return False
        for values in (self._steps, self._images, self._seconds, *self._columns.values()):
            del values[kept:]
        return True


@dataclass(frozen=True, slots=True)
class _Point:
    step: int
    images: int
    seconds: float
    scalars: dict[str, float | None]


def _parse(line: bytes) -> _Point | Event | None:
    """One line; a point without the detour over an event, since there may be a hundred thousand of them."""
    if not is_progress(line):
        return parse_line(line)
    try:
        data = json.loads(without_histograms(line))
        scalars = data["scalars"]
        scalars["images_per_second"] = data["images_per_second"]
        point = _Point(data["step"], data["images"], data["time"], scalars)
        numbers = math.isfinite(point.step + point.images + point.seconds)
        if not numbers or any(not isinstance(value, (float, int, NoneType)) for value in scalars.values()):
            raise ValueError("damaged line: a number is none")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"damaged line: {error}") from error
    return point


def _block_means(values: Floats, block: int) -> Floats:
    """Means of blocks of so many values, the last perhaps shorter; those that are NaN do not count."""
    starts = np.arange(0, len(values), block)
    finite = np.isfinite(values)
    counts = np.add.reduceat(finite.astype(np.float64), starts)
    sums = np.add.reduceat(np.where(finite, values, 0.0), starts)
    means: Floats = np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0)
    return means
