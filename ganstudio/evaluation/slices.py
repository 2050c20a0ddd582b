"""Work in slices: a generator that yields between pieces of a fraction of a second, so that others may have a turn."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Slice:
    """A piece that has been done: `done` of `total` of `what`."""

    what: str
    done: int
    total: int


Slices = Generator[Slice, None, T]
"""Work that yields after each piece and returns a T."""


def run(work: Slices[T]) -> T:
    """All of the work in one go."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
