"""How D's map is read: what its brightness means, in D's own words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganstudio.config import LossName
from ganstudio.desktop import format as fmt

_PROBABILITIES: frozenset[LossName] = frozenset({"non-saturating", "saturating"})
"""Losses under which sigmoid(D) is D's belief that a point is real; the others' logits have no fixed zero."""


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`, the least and the greatest value of the map, as probabilities or as logits."""

    low: float
    high: float
    is_probability: bool

    @staticmethod
    def of(surface: NDArray[np.float32], loss: LossName) -> Scale:
        """The scale that just holds the map of logits (R, R)."""
        probable = loss in _PROBABILITIES
        values = _values(surface, probable)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        return Scale(low, high if high > low else low + 1e-6, probable)

    def shares(self, surface: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits (R, R) as brightness in [0, 1]."""
        values = np.nan_to_num(_values(surface, self.is_probability), nan=self.low)
        shares: NDArray[np.float32] = ((values - self.low) / (self.high - self.low)).clip(0, 1).astype(np.float32)
        return shares

    def words(self) -> tuple[str, str, str]:
        """The labels of the bar: at its top, its middle and its bottom."""
        middle = (self.low + self.high) / 2
        return f"real {fmt.number(self.high)}", fmt.number(middle), f"fake {fmt.number(self.low)}"

    def value_at(self, surface: NDArray[np.float32], extent: float, x: float, y: float) -> float | None:
        """What D says at a place of the plane; None beyond the map."""
        if not (abs(x) <= extent and abs(y) <= extent):
            return None
        count = len(surface)
        column, row = (round((each / extent + 1) / 2 * (count - 1)) for each in (x, y))
        return float(_values(surface[row : row + 1, column], self.is_probability)[0])


def _values(surface: NDArray[np.float32], probable: bool) -> NDArray[np.float64]:
    wide = surface.astype(np.float64)
    return 0.5 * (1.0 + np.tanh(0.5 * wide)) if probable else wide
