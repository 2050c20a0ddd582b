"""Measures of points in a plane: covered modes, share of points on a mode, maximum mean discrepancy. Plain NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ganstudio.config import RunConfig
from ganstudio.data.points import Modes
from ganstudio.data.sources import modes_of
from ganstudio.data.store import prepare
from ganstudio.training.events import Event, Measured, Samples

Floats = NDArray[np.floating[Any]]

REACH: Final = 3.0
"""A point is on a mode when it lies within so many deviations of its centre (Metz et al. 2017, section 3.1, take 3)."""
_ENOUGH, _OF = 20, 2500
BANDWIDTH: Final = 0.5
"""Deviation of the Gaussian kernel of the discrepancy: half the distance between neighbouring modes of the grid."""
MOST: Final = 1000
"""Points a side on which the discrepancy is computed at most."""


@dataclass(frozen=True)
class ModeCounts:
    """How `total` points spread over K modes: `counts` (K,) on each, and whether each is `covered` (K,)."""

    counts: NDArray[np.int64]
    covered: NDArray[np.bool_]
    total: int

    @property
    def num_covered(self) -> int:
        """Modes that are covered."""
        return int(self.covered.sum())

    @property
    def share(self) -> float:
        """Share of the points that lie on some mode, in [0, 1]: points of high quality."""
        return float(self.counts.sum()) / self.total if self.total else 0.0


def enough(total: int) -> float:
    """Points of `total` that cover a mode: 20 of 2 500, and in proportion for other numbers."""
    return _ENOUGH * total / _OF


def count_modes(points: Floats, modes: Modes) -> ModeCounts:
    """Each of the points (N, 2) belongs to the nearest centre, and is on that mode within `REACH` deviations.

    Points that are not finite are on no mode, but count in the total.
    """
    number = len(modes.centres)
    finite = points[np.isfinite(points).all(axis=1)].astype(np.float64)
    squares = np.square(finite[:, None, :] - modes.centres[None].astype(np.float64)).sum(axis=2)
    nearest = squares.argmin(axis=1)
    on = squares[np.arange(len(finite)), nearest] <= (REACH * modes.sigma) ** 2
    counts = np.bincount(nearest[on], minlength=number)
    return ModeCounts(counts, (counts > 0) & (counts >= enough(len(points))), len(points))


class Discrepancy:
    """The squared maximum mean discrepancy from a fixed sample of real points (Gretton et al. 2012, lemma 6).

    Unbiased, so that it lies around 0, also below it, where both sides are of one distribution. The kernel is
    exp(-|x - y|^2 / (2 bandwidth^2)).
    """

    def __init__(self, real: Floats, bandwidth: float = BANDWIDTH, most: int = MOST) -> None:
        self._real, self._most, self._bandwidth = real[:most], most, bandwidth
        self._within_real = self._within(self._real)

    def of(self, points: Floats) -> float:
        """The discrepancy of the points (N, 2); NaN where one is not finite, or where either side has fewer than 2."""
        points = points[: self._most]
        if len(points) < 2 or len(self._real) < 2 or not np.isfinite(points).all():
            return float("nan")
        across = float(self._kernel(points, self._real).mean(dtype=np.float64))
        return self._within(points) + self._within_real - 2 * across

    def _within(self, points: Floats) -> float:
        """The kernel's mean over pairs of different points."""
        count = len(points)
        if count < 2:
            return float("nan")
        total = float(self._kernel(points, points).sum(dtype=np.float64))
        return (total - count) / (count * (count - 1))

    def _kernel(self, a: Floats, b: Floats) -> NDArray[np.float32]:
        across = np.subtract.outer(a[:, 0].astype(np.float32), b[:, 0].astype(np.float32))
        down = np.subtract.outer(a[:, 1].astype(np.float32), b[:, 1].astype(np.float32))
        np.square(across, out=across)
        across += np.square(down, out=down)
        across *= np.float32(-0.5 / self._bandwidth**2)
        kernel: NDArray[np.float32] = np.exp(across, out=across)
        return kernel


def measure_points(points: Floats, discrepancy: Discrepancy, modes: Modes | None) -> Mapping[str, float]:
    """All measures of the points (N, 2) by name: ``mmd2``, and with modes ``covered_modes`` and ``on_mode``."""
    measures = {"mmd2": discrepancy.of(points)}
    if modes is not None:
        found = count_modes(points, modes)
        measures |= {"covered_modes": float(found.num_covered), "on_mode": found.share}
    return measures


class PointMeter:
    """Measures the samples of a run on points as they come: those of the averaged G, and of G itself as ``raw/...``.

    The real points are held-out ones where any are kept.
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self._modes = modes_of(config.dataset.name)
        self._discrepancy: Discrepancy | None = None

    def __call__(self, event: Event) -> Measured | None:
        """The measures that belong to `event`; None where there are none."""
        if not isinstance(event, Samples) or event.landscape is None or event.ema is None or event.raw is None:
            return None
        if self._discrepancy is None:
            self._discrepancy = Discrepancy(held_out_points(self._config))
        own = measure_points(event.raw, self._discrepancy, self._modes)
        averaged = measure_points(event.ema, self._discrepancy, self._modes)
        measures = {**averaged, **{f"raw/{name}": value for name, value in own.items()}}
        return Measured(step=event.step, time=event.time, measures=measures)


def held_out_points(config: RunConfig) -> Floats:
    """Points (N, 2) that training never sees, `MOST` at most; of its own where none are kept."""
    store = prepare(config.dataset)
    training, kept_out = store.split(config.dataset.holdout)
    points: Floats = np.asarray(store.images[(kept_out if len(kept_out) else training)[:MOST]])
    return points
