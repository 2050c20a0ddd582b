"""Points in a plane: distributions with a formula, whose learning can be watched whole, and a person's own CSV file.

All lie within about [-2, 2]. Imports no torch.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.description import Description, Unreadable
from ganstudio.data.scatter import REAL, Layer, scatter
from ganstudio.errors import UserError

Points = NDArray[np.float32]
Labels = NDArray[np.int64]

COUNT = 50_000
_SEED = 20_161_107
_VERSION = 1
"""Goes up when a distribution is drawn in another way, so that prepared stores are made anew."""


@dataclass(frozen=True)
class Modes:
    """The peaks of a mixture of equal round Gaussians: `centres` (K, 2) and their common deviation."""

    centres: NDArray[np.float32]
    sigma: float


@dataclass(frozen=True, kw_only=True)
class PointSource:
    """`COUNT` points drawn from a formula, the same on every machine. `draw` gives points (N, 2) and classes (N,)."""

    name: str
    title: str
    note: str
    classes: tuple[str, ...]
    draw: Callable[[np.random.Generator, int], tuple[NDArray[np.float64], Labels]]
    modes: Modes | None = None

    @cached_property
    def points(self) -> tuple[Points, Labels]:
        """All points (N, 2) and their classes (N,)."""
        points, labels = self.draw(np.random.default_rng(_SEED), COUNT)
        return points.astype(np.float32), labels

    def describe(self) -> Description:
        return Description(
            name=self.name,
            title=self.title,
            count=COUNT,
            resolution=1,
            channels=2,
            classes=self.classes,
            subject="points",
            note=self.note,
        )

    def fingerprint(self) -> str:
        return f"{self.name}-{COUNT}-v{_VERSION}"

    def pictures(self) -> Iterator[tuple[Points, int] | Unreadable]:
        points, labels = self.points
        yield from zip(points, labels.tolist(), strict=True)

    def preview(self, count: int, side: int) -> NDArray[np.uint8]:
        """One picture of all of them, whatever the `count`: uint8 (1, side, side, 3)."""
        return picture_of(self.points[0], side)


class CsvSource:
    """A text file of two columns, with or without a heading; columns are split by comma, semicolon or tab.

    The points are centred, and divided by one number so that each coordinate's mean square is 1 on average: networks
    learn numbers of that size. A line that is not two finite numbers is passed over.
    """

    modes: Modes | None = None

    def __init__(self, file: Path) -> None:
        self.file = file.expanduser().resolve()
        self.name = str(self.file)

    @cached_property
    def _read(self) -> tuple[Points, tuple[Unreadable, ...]]:
        rows: list[tuple[float, float]] = []
        skipped: list[Unreadable] = []
        try:
            with self.file.open(newline="", encoding="utf-8-sig") as stream:
                reader = csv.reader(stream, delimiter=_delimiter(self.file))
                for cells in reader:
                    row = _numbers(cells)
                    if row is not None:
                        rows.append(row)
                    elif reader.line_num > 1 and any(cell.strip() for cell in cells):
                        skipped.append(Unreadable(f"line {reader.line_num}", "not two finite numbers"))
        except (OSError, csv.Error, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UserError(f"The file {self.file} cannot be read: {reason}.", path="dataset.name") from error
        if len(rows) < 2:
            raise UserError(
                f"The file {self.file.name} holds no points: it needs lines of two numbers, such as 0.5,-1.2.",
                path="dataset.name",
            )
        return _standardised(np.array(rows)), tuple(skipped)

    def describe(self) -> Description:
        return Description(
            name=self.name,
            title=self.file.stem,
            count=len(self._read[0]) + len(self._read[1]),
            resolution=1,
            channels=2,
            classes=(),
            subject="points",
            note="two columns of a file, centred and scaled",
        )

    def fingerprint(self) -> str:
        with self.file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def pictures(self) -> Iterator[tuple[Points, int] | Unreadable]:
        points, skipped = self._read
        yield from ((point, 0) for point in points)
        yield from skipped

    def preview(self, count: int, side: int) -> NDArray[np.uint8]:
        """One picture of all of them, whatever the `count`: uint8 (1, side, side, 3)."""
        return picture_of(self._read[0], side)


def picture_of(points: Points, side: int) -> NDArray[np.uint8]:
    """Some of the points, drawn: uint8 (1, side, side, 3)."""
    shown = points[:: max(1, len(points) // (12 * side))]
    extent = 1.1 * float(np.abs(points).max() or 1.0)
    return scatter([Layer(shown, REAL, max(0.5, side / 160))], side, extent)[None]


def is_points_file(name: str) -> bool:
    """Whether the path `name` is taken for a file of points."""
    return name.lower().endswith(".csv")


def _numbers(cells: list[str]) -> tuple[float, float] | None:
    try:
        x, y = (float(cell) for cell in cells)
    except ValueError:
        return None
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def _delimiter(file: Path) -> str:
    """What splits the columns of the first line."""
    with file.open(encoding="utf-8-sig") as stream:
        first = stream.readline()
    return next((mark for mark in ("\t", ";") if mark in first), ",")


def _standardised(points: NDArray[np.float64]) -> Points:
    """Points (N, 2) with mean 0 and mean square 1 over both coordinates; where all are one point, that at 0."""
    centred = points - points.mean(axis=0)
    spread = float(np.sqrt(np.square(centred).mean()))
    standardised: Points = (centred / spread if spread > 0 else centred).astype(np.float32)
    return standardised


def _mixture(name: str, title: str, note: str, centres: NDArray[np.float64], sigma: float) -> PointSource:
    def draw(random: np.random.Generator, count: int) -> tuple[NDArray[np.float64], Labels]:
        labels = random.integers(len(centres), size=count)
        return centres[labels] + sigma * random.standard_normal((count, 2)), labels

    classes = tuple(f"mode {k + 1}" for k in range(len(centres)))
    return PointSource(
        name=name, title=title, note=note, classes=classes, draw=draw, modes=Modes(centres.astype(np.float32), sigma)
    )


def _ring(count: int, radius: float) -> NDArray[np.float64]:
    angles = np.arange(count) * (2 * np.pi / count)
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _grid(side: int) -> NDArray[np.float64]:
    """Row by row, from the top left to the bottom right, a distance of 1 apart."""
    ticks = np.arange(side) - (side - 1) / 2
    return np.array([(x, y) for y in -ticks for x in ticks])


def _moons(random: np.random.Generator, count: int) -> tuple[NDArray[np.float64], Labels]:
    """Two half circles, each reaching into the other."""
    labels = random.integers(2, size=count)
    angle = np.pi * random.random(count)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.where(labels[:, None] == 0, upper, lower) - (0.5, 0.25)
    return 1.3 * (points + 0.05 * random.standard_normal((count, 2))), labels


def _roll(random: np.random.Generator, count: int) -> tuple[NDArray[np.float64], Labels]:
    """The section of a rolled sheet: one and a half turns at a radius that grows with the angle."""
    angle = 1.5 * np.pi * (1 + 2 * random.random(count))
    points = angle[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) * (2 / (4.5 * np.pi))
    return points + 0.04 * random.standard_normal((count, 2)), np.zeros(count, np.int64)


def _spiral(random: np.random.Generator, count: int) -> tuple[NDArray[np.float64], Labels]:
    """Two arms that wind around each other, evenly dense along their length."""
    labels = random.integers(2, size=count)
    share = np.sqrt(random.random(count))
    angle = 3 * np.pi * share + np.pi * labels
    points = 2 * share[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points + 0.04 * random.standard_normal((count, 2)), labels


POINT_SOURCES = (
    _mixture("8-gaussians", "8 Gaussians", "ring of radius 2, σ 0.05", _ring(8, 2.0), 0.05),
    _mixture("25-gaussians", "25 Gaussians", "5 × 5 grid, σ 0.06", _grid(5), 0.06),
    PointSource(
        name="two-moons",
        title="Two moons",
        note="two half circles, interlocked",
        classes=("upper", "lower"),
        draw=_moons,
    ),
    PointSource(name="swiss-roll", title="Swiss roll", note="one and a half turns", classes=(), draw=_roll),
    PointSource(
        name="spiral",
        title="Spiral",
        note="two arms of one and a half turns",
        classes=("first", "second"),
        draw=_spiral,
    ),
)
