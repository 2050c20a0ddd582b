"""How a set of points lies among itself: distances to the nearest others, and between any two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.evaluation.pairs import Block, blocks

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Spread:
    """Of N points: `radii` (N, K) to their nearest other up to their K-th nearest; `mean` distance between two
    different ones (diversity), and its `deviation`."""

    radii: NDArray[np.float64]
    mean: float
    deviation: float

    def radius(self, k: int) -> NDArray[np.float64]:
        """Distances (N,) to the k-th nearest other point; infinite where there are fewer."""
        return self.radii[:, k - 1]


class SpreadReader:
    """Makes a `Spread` of `count` points, with radii to the `most`-th nearest."""

    def __init__(self, count: int, most: int) -> None:
        self._count, self._most = count, most
        self._radii = np.full((count, most), np.inf)
        self._sum = self._squares = 0.0

    def read(self, block: Block) -> None:
        distances = block.distances()
        self._sum += float(distances.sum())
        self._squares += float(distances.square().sum())
        distances[:, block.rows].diagonal().fill_(torch.inf)
        found = distances.topk(min(self._most, distances.shape[1]), largest=False, sorted=True).values
        self._radii[block.rows, : found.shape[1]] = found.numpy()

    def spread(self) -> Spread:
        """What was read; a mean of no pairs is NaN."""
        pairs = self._count * (self._count - 1)
        if not pairs:
            return Spread(self._radii, float("nan"), float("nan"))
        mean = self._sum / pairs
        return Spread(self._radii, mean, max(0.0, self._squares / pairs - mean**2) ** 0.5)


def spread_of(points: Floats, ks: Sequence[int] = (1,)) -> Spread:
    """How the points (N, F) lie, with radii up to the largest of `ks`."""
    reader = SpreadReader(len(points), max(ks))
    for block in blocks(points):
        reader.read(block)
    return reader.spread()
