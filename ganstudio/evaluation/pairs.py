"""All pairs of two sets of features, some rows at a time: what distances and kernels are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.floating[Any]]
_ROWS = 256


@dataclass(frozen=True)
class Block:
    """Rows of a (N, F) against all of b (M, F): their inner `products` (R, M) in float64, and the squared lengths of
    both. `own`: a and b are the same points, so that row i and column `rows.start` + i are one point."""

    rows: slice
    products: Tensor
    squares_a: Tensor
    squares_b: Tensor
    size: int
    own: bool

    def distances(self) -> Tensor:
        """Euclidean distances (R, M); of a point to itself exactly 0."""
        squares = self.products.mul(-2).add_(self.squares_a[:, None]).add_(self.squares_b)
        distances = squares.clamp_(min=0).sqrt_()
        if self.own:
            self._diagonal(distances).zero_()
        return distances

    def kernel(self) -> Tensor:
        """The polynomial kernel (a . b / F + 1)^3 (R, M) of Binkowski et al. 2018, section 4; of a point with itself 0,
        as it is left out of every mean."""
        base = self.products.div(self.size).add_(1)
        kernel = base.square().mul_(base)
        if self.own:
            self._diagonal(kernel).zero_()
        return kernel

    def _diagonal(self, values: Tensor) -> Tensor:
        return values[:, self.rows].diagonal()


class Reader(Protocol):
    """Something that is made of all pairs."""

    def read(self, block: Block) -> None:
        """Take in some rows."""


def blocks(a: Floats, b: Floats | None = None, rows: int = _ROWS) -> Iterator[Block]:
    """The pairs of a (N, F) and b (M, F), or of a with itself: at most `rows` rows in memory at a time."""
    left = torch.from_numpy(np.asarray(a, np.float64))
    right = left if b is None else torch.from_numpy(np.asarray(b, np.float64))
    squares_a = left.square().sum(dim=1)
    squares_b = squares_a if b is None else right.square().sum(dim=1)
    for start in range(0, len(left), rows):
        part = slice(start, min(start + rows, len(left)))
        yield Block(part, left[part] @ right.T, squares_a[part], squares_b, left.shape[1], own=b is None)
