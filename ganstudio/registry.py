"""Names of things (variants, data sets) and how a user's package adds its own, through entry points."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from importlib.metadata import EntryPoint, distributions
from typing import Generic, TypeVar

from ganstudio.errors import unknown_name

T = TypeVar("T")
_log = logging.getLogger("ganstudio")


class Registry(Generic[T]):
    """Things by name, in the order of registration.

    `kind` is the word used in errors ("variant"); `group` the entry-point group whose objects are added at the first
    look-up, so that an installed package extends the studio by declaring ``[project.entry-points."<group>"]``.
    """

    def __init__(self, kind: str, group: str, setting: str) -> None:
        self._kind, self._group, self._setting = kind, group, setting
        self._items: dict[str, T] = {}
        self._loaded = False

    def add(self, name: str, item: T) -> T:
        """Register `item`; a name can be taken once."""
        if name in self._items:
            raise ValueError(f"The {self._kind} '{name}' is registered twice.")
        self._items[name] = item
        return item

    def get(self, name: str) -> T:
        """The thing named `name`. UserError with the nearest name when there is none."""
        self._load()
        try:
            return self._items[name]
        except KeyError:
            raise unknown_name(self._kind, name, self._items, path=self._setting) from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._items

    def __iter__(self) -> Iterator[T]:
        self._load()
        return iter(self._items.values())

    def names(self) -> list[str]:
        """All names, in the order of registration."""
        self._load()
        return list(self._items)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for point in _entry_points():
            if point.group != self._group or point.name in self._items:
                continue
            try:
                self.add(point.name, point.load())
            except Exception as error:  # somebody else's package must not take the studio down with it
                _log.warning("The %s '%s' of an installed package cannot be used: %s", self._kind, point.name, error)


@functools.cache
def _entry_points() -> tuple[EntryPoint, ...]:
    """Those of all installed packages, which may be hundreds of files: read once."""
    return tuple(point for distribution in distributions() for point in distribution.entry_points)
