"""What a run measured, as arrays: read once, then only what was added."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.runs.journal import JournalTail
from ganstudio.training.events import Progress, RunResumed, RunStarted

Floats = NDArray[np.float64]


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
        self._tail = JournalTail(file, histograms=False)
        self._curves: Curves | None = None
        self._clear()

    def read(self) -> tuple[Curves, bool]:
        """All curves so far, without what a resume made void, and whether they differ from the last time.

        OSError when the journal cannot be read.
        """
        changed = False
        for event in self._tail.read():
            if isinstance(event, Progress):
                self._append(event)
                changed = True
            elif isinstance(event, RunResumed):
                changed |= self._truncate_after(event.from_step)
            elif isinstance(event, RunStarted):
                changed |= bool(self._steps)
                self._clear()
        if changed or self._curves is None:
            self._curves = self._make()
            changed = True
        return self._curves, changed

    def _clear(self) -> None:
        self._steps, self._images, self._seconds = array("d"), array("d"), array("d")
        self._scalars: dict[str, array[float]] = {}

    def _append(self, event: Progress) -> None:
        count = len(self._steps)
        if count and event.step <= self._steps[-1]:
            self._truncate_after(event.step - 1)
            count = len(self._steps)
        self._steps.append(event.step)
        self._images.append(event.images)
        self._seconds.append(event.time)
        for name, value in (*event.scalars.items(), ("images_per_second", event.images_per_second)):
            if name not in self._scalars:
                self._scalars[name] = array("d", [np.nan]) * count
            self._scalars[name].append(value)
        for values in self._scalars.values():
            if len(values) == count:
                values.append(np.nan)

    def _truncate_after(self, step: int) -> bool:
        kept = bisect_right(self._steps, step)
        if kept == len(self._steps):
            return False
        for values in (self._steps, self._images, self._seconds, *self._scalars.values()):
            del values[kept:]
        return True

    def _make(self) -> Curves:
        return Curves(
            np.array(self._steps),
            np.array(self._images),
            np.array(self._seconds),
            {name: np.array(values) for name, values in self._scalars.items()},
        )


def _block_means(values: Floats, block: int) -> Floats:
    """Means of blocks of so many values, the last perhaps shorter; those that are NaN do not count."""
    starts = np.arange(0, len(values), block)
    finite = np.isfinite(values)
    counts = np.add.reduceat(finite.astype(np.float64), starts)
    sums = np.add.reduceat(np.where(finite, values, 0.0), starts)
    means: Floats = np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0)
    return means
