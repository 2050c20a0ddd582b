"""Measures by nearest neighbours: precision and recall, density and coverage, nearest reals, memorised share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.evaluation.pairs import Block, blocks
from ganstudio.evaluation.spread import Spread, spread_of

Floats = NDArray[np.floating[Any]]

NEAREST_PR: Final = 3
"""k of precision and recall (Kynkaanniemi et al. 2019, section 2)."""
NEAREST_DC: Final = 5
"""k of density and coverage (Naeem et al. 2020, section 5)."""
MOST: Final = 10_000
"""Points a side at most: pairs grow with the square."""
TWINS: Final = 0.01
"""Share of the reals that lie so near to another real that as near a sample counts as memorised."""


@dataclass(frozen=True)
class Neighbours:
    """What the samples and the reals are to each other.

    `precision`: share of samples within some real's ball, whose radius reaches its `NEAREST_PR`-th nearest real.
    `recall`: share of reals within some sample's ball. `density`: balls of reals (`NEAREST_DC`) that a sample lies in,
    over `NEAREST_DC`; 1 for samples like the reals, and more where they crowd. `coverage`: share of reals with a sample
    in their ball. `nearest` (M,) distance of each sample to its nearest real, and which it is, `which` (M,).
    """

    precision: float
    recall: float
    density: float
    coverage: float
    nearest: NDArray[np.float64]
    which: NDArray[np.int64]


class NeighboursReader:
    """Reads pairs of samples (rows) and reals (columns), whose spreads are known."""

    def __init__(self, fake: Spread, real: Spread, k_pr: int = NEAREST_PR, k_dc: int = NEAREST_DC) -> None:
        self._k = k_dc
        self._real_pr, self._real_dc = torch.from_numpy(real.radius(k_pr)), torch.from_numpy(real.radius(k_dc))
        self._fake_pr = torch.from_numpy(fake.radius(k_pr))[:, None]
        self._nearest = torch.full((len(fake.radii),), torch.inf, dtype=torch.float64)
        self._which = torch.zeros(len(fake.radii), dtype=torch.int64)
        self._nearest_fake = torch.full((len(real.radii),), torch.inf, dtype=torch.float64)
        self._recalled = torch.zeros(len(real.radii), dtype=torch.bool)
        self._precise = self._balls = 0

    def read(self, block: Block) -> None:
        distances = block.distances()
        self._precise += int((distances < self._real_pr).any(dim=1).sum())
        self._balls += int((distances < self._real_dc).sum())
        self._recalled |= (distances < self._fake_pr[block.rows]).any(dim=0)
        self._nearest[block.rows], self._which[block.rows] = distances.min(dim=1)
        torch.minimum(self._nearest_fake, distances.amin(dim=0), out=self._nearest_fake)

    def neighbours(self) -> Neighbours:
        """What was read."""
        samples = len(self._nearest)
        return Neighbours(
            precision=self._precise / samples,
            recall=float(self._recalled.double().mean()),
            density=(1 / self._k) * (self._balls / samples),
            coverage=float((self._nearest_fake < self._real_dc).double().mean()),
            nearest=self._nearest.numpy(),
            which=self._which.numpy(),
        )


def neighbours_of(real: Floats, fake: Floats, k_pr: int = NEAREST_PR, k_dc: int = NEAREST_DC) -> Neighbours:
    """How features (N, F) of reals and (M, F) of samples lie to each other. ValueError unless both sides have more
    points than neighbours are asked for."""
    if min(len(real), len(fake)) <= max(k_pr, k_dc):
        raise ValueError(f"each side needs more than {max(k_pr, k_dc)} points")
    reader = NeighboursReader(spread_of(fake, (k_pr,)), spread_of(real, (k_pr, k_dc)), k_pr, k_dc)
    for block in blocks(fake, real):
        reader.read(block)
    return reader.neighbours()


def memorised_share(nearest: NDArray[np.float64], between_reals: NDArray[np.float64], twins: float = TWINS) -> float:
    """Share of samples nearer to a training image than all but a share of `twins` of these are to their nearest other.

    `nearest` (M,) are the samples' distances to their nearest real, `between_reals` (N,) the reals' to their nearest
    other. Fresh pictures of the same kind come to about `twins`; copies of the training images to 1.
    """
    return float((nearest < np.quantile(between_reals, twins)).mean())
