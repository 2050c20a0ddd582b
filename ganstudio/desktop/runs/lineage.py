"""The family of a run: what it was forked from, what was forked of it, and how that is laid out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ganstudio.desktop.format import number
from ganstudio.desktop.runs.reader import Row


@dataclass(frozen=True)
class Branch:
    """A run of a family: its own steps are `first` to `last`; `parent` is the lane that it left at `first`, None for
    the one that the family begins with."""

    row: Row
    first: int
    last: int
    parent: int | None

    def words(self) -> str:
        """Such as ``"015, of 014 at 2 000"``."""
        origin = self.row.summary.forked_from if self.row.summary else None
        return f"{self.row.label}, of {origin[0]} at {number(origin[1])}" if origin else self.row.label


def family_of(rows: Iterable[Row], path: Path) -> tuple[Branch, ...]:
    """The family of the run at `path`, a branch a lane: each below its parent, those that left it earlier first.

    It begins with the oldest forebear that is still there. Of one name the run in the same folder is the parent. Empty
    where the run is not among `rows`, or cannot be read.
    """
    readable = [row for row in rows if row.summary is not None]
    parents = {row.path: _parent(row, readable) for row in readable}
    if path not in parents:
        return ()
    children: defaultdict[Path, list[Row]] = defaultdict(list)
    for row in readable:
        if (parent := parents[row.path]) is not None:
            children[parent].append(row)
    by_path = {row.path: row for row in readable}
    root, seen = path, {path}
    while (above := parents[root]) is not None and above not in seen:
        root = above
        seen.add(root)
    found: list[Branch] = []
    waiting: list[tuple[Row, int | None]] = [(by_path[root], None)]
    placed = {root}
    while waiting:
        row, parent_lane = waiting.pop()
        assert row.summary is not None
        lane = len(found)
        first = row.summary.forked_from[1] if row.summary.forked_from else 0
        found.append(Branch(row, first, max(first, row.summary.step), parent_lane))
        for child in sorted(children[row.path], key=_forked_at, reverse=True):
            if child.path not in placed:
                placed.add(child.path)
                waiting.append((child, lane))
    return tuple(found)


def _forked_at(row: Row) -> tuple[int, str]:
    origin = row.summary.forked_from if row.summary else None
    return (origin[1] if origin else 0, row.label)


def _parent(row: Row, rows: list[Row]) -> Path | None:
    origin = row.summary.forked_from if row.summary else None
    if origin is None:
        return None
    named = [other.path for other in rows if other.label == origin[0] and other.path != row.path]
    beside = [path for path in named if path.parent == row.path.parent]
    return next(iter(beside or named), None)
