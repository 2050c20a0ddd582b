"""A plane through three latents, and how a window onto it is divided into cells. Plain NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ganstudio.latent.interpolation import Latent
from ganstudio.latent.sampling import latent

Cell = tuple[int, int]
"""Steps to the right and steps up, counted from anchor A."""
DENSITIES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Cells from A to B: with few, the window shows much of the plane."""
LETTERS = ("a", "b", "c")
_OFF_PLANE = 1e-3
"""Share of its length by which a latent may lie off the plane and still have a place on it."""


@dataclass(frozen=True, eq=False)
class Anchor:
    """A latent (size,), and where it comes from in words."""

    z: Latent
    text: str


@dataclass(frozen=True, eq=False)
class AnchoredPlane:
    """The latents A + u (B - A) + v (C - A) for all numbers `u` (to the right) and `v` (up)."""

    a: Anchor
    b: Anchor
    c: Anchor

    @staticmethod
    def of_seed(seed: int, size: int) -> AnchoredPlane:
        """Through the latents of three seeds in a row."""
        a, b, c = (Anchor(latent(seed + n, size), f"seed {seed + n}") for n in range(3))
        return AnchoredPlane(a, b, c)

    @staticmethod
    def along(a: Anchor, across: Latent, up: Latent, length: float, names: tuple[str, str]) -> AnchoredPlane:
        """Through A along two directions (size,): B and C lie `length` away from it."""
        b, c = (
            Anchor((a.z + length * way).astype(np.float32), name) for way, name in zip((across, up), names, strict=True)
        )
        return AnchoredPlane(a, b, c)

    @property
    def anchors(self) -> tuple[Anchor, Anchor, Anchor]:
        """A, B and C."""
        return self.a, self.b, self.c

    @property
    def size(self) -> int:
        """Numbers in a latent."""
        return len(self.a.z)

    def with_anchor(self, letter: str, anchor: Anchor) -> AnchoredPlane:
        """Another latent as ``"a"``, ``"b"`` or ``"c"``; the other two stay."""
        return replace(self, **{letter: anchor})

    def at(self, u: Sequence[float] | NDArray[np.float64], v: Sequence[float] | NDArray[np.float64]) -> Latent:
        """The latents (N, size) at places (N,) and (N,). At A, B and C they are the anchors themselves, to the bit."""
        a, across, up = self._spanned()
        made: Latent = (a + np.multiply.outer(u, across) + np.multiply.outer(v, up)).astype(np.float32)
        return made

    def place_of(self, z: Latent) -> tuple[float, float] | None:
        """Where on the plane a latent (size,) lies; None when it lies off it."""
        a, across, up = self._spanned()
        away = z.astype(np.float64) - a
        (u, v), *_ = np.linalg.lstsq(np.stack([across, up], axis=1), away, rcond=None)
        residual = np.linalg.norm(away - u * across - v * up)
        return (float(u), float(v)) if residual <= _OFF_PLANE * max(1.0, float(np.linalg.norm(z))) else None

    def _spanned(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        a = self.a.z.astype(np.float64)
        return a, self.b.z - a, self.c.z - a


@dataclass(frozen=True)
class Window:
    """Square cells of `cell` pixels on `width` x `height` pixels, `density` of them from A to B and from A to C.

    The middle of the window shows the place (`u`, `v`); every anchor stands in the middle of a cell.
    """

    width: int
    height: int
    cell: int
    density: int = 6
    u: float = 0.0
    v: float = 0.0

    def corner(self, cell: Cell) -> tuple[float, float]:
        """Where a cell's left upper corner lies, in pixels."""
        x = self.width / 2 + (cell[0] - self.u * self.density - 0.5) * self.cell
        y = self.height / 2 - (cell[1] - self.v * self.density + 0.5) * self.cell
        return x, y

    def cell_at(self, x: float, y: float) -> Cell:
        """The cell that holds a pixel."""
        u, v = self.place_at(x, y)
        return math.floor(u * self.density + 0.5), math.floor(v * self.density + 0.5)

    def place_at(self, x: float, y: float) -> tuple[float, float]:
        """The place on the plane that a pixel shows."""
        scale = self.cell * self.density
        return self.u + (x - self.width / 2) / scale, self.v - (y - self.height / 2) / scale

    def place(self, cell: Cell) -> tuple[float, float]:
        """The place of a cell's middle, which is what the cell shows."""
        return cell[0] / self.density, cell[1] / self.density

    def nearest(self, u: float, v: float) -> Cell:
        """The cell that shows the place nearest to (`u`, `v`)."""
        return math.floor(u * self.density + 0.5), math.floor(v * self.density + 0.5)

    def cells(self, around: tuple[float, float] | None = None) -> list[Cell]:
        """Every cell of which something is seen, those nearest to a pixel (or the middle) first."""
        left, top = self.cell_at(0.5, 0.5)
        right, bottom = self.cell_at(self.width - 0.5, self.height - 0.5)
        x, y = around or (self.width / 2, self.height / 2)
        seen = [(i, j) for j in range(top, bottom - 1, -1) for i in range(left, right + 1)]
        half = self.cell / 2

        def far(cell: Cell) -> float:
            corner = self.corner(cell)
            return (corner[0] + half - x) ** 2 + (corner[1] + half - y) ** 2

        return sorted(seen, key=far)

    def moved(self, dx: float, dy: float) -> Window:
        """The window after its contents were dragged by so many pixels."""
        scale = self.cell * self.density
        return replace(self, u=self.u - dx / scale, v=self.v + dy / scale)

    def snapped(self) -> Window:
        """The nearest window that begins and ends with whole cells, where its size is a multiple of theirs."""
        u, v = (
            (round(place * self.density - odd) + odd) / self.density
            for place, odd in ((self.u, _half(self.width, self.cell)), (self.v, _half(self.height, self.cell)))
        )
        return replace(self, u=u, v=v)

    def zoomed(self, density: int, x: float, y: float) -> Window:
        """With so many cells from A to B; the place under a pixel stays under it."""
        u, v = self.place_at(x, y)
        scale = self.cell * density
        return replace(self, density=density, u=u - (x - self.width / 2) / scale, v=v + (y - self.height / 2) / scale)

    def resized(self, width: int, height: int, cell: int) -> Window:
        """The same place in the middle of a window of another size."""
        return replace(self, width=width, height=height, cell=cell)


def next_density(density: int, notches: int) -> int:
    """The density so many notches finer (or, where negative, coarser)."""
    place = min(range(len(DENSITIES)), key=lambda each: abs(DENSITIES[each] - density))
    return DENSITIES[min(max(place + notches, 0), len(DENSITIES) - 1)]


def _half(length: int, cell: int) -> float:
    """Where the middle of so many pixels stands among cells: between two when there is an even number of them."""
    return 0.0 if length // cell % 2 else 0.5
