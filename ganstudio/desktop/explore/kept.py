"""Models of checkpoints that stay loaded. Imports no torch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

_URGENT = 2
_ROOM_BYTES = 256 * 1024 * 1024
M = TypeVar("M")
K = TypeVar("K")


class KeptModels(Generic[K, M]):
    """Loads a model at most once while there is room for it.

    The `_URGENT` that the image and its comparison were drawn with last always stay; those that are drawn with in
    passing stay as long as all of them together take less than `room` bytes, those used last first.
    """

    def __init__(self, load: Callable[[K], M], folder_of: Callable[[K], Path], *, room: int = _ROOM_BYTES) -> None:
        self._load, self._folder_of, self._room = load, folder_of, room
        self._urgent: OrderedDict[tuple[K, int], M] = OrderedDict()
        self._passing: OrderedDict[tuple[K, int], tuple[M, int]] = OrderedDict()

    def get(self, source: K, *, passing: bool = False) -> M:
        """The model of a source; what `load` raises when it cannot be loaded. One that was written anew is read
        anew."""
        key = (source, self._written(source))
        model = self._urgent.get(key)
        if model is None:
            model = self._passing[key][0] if key in self._passing else self._load(source)
        if passing:
            self._passing[key] = (model, self._size(source))
            self._passing.move_to_end(key)
            while len(self._passing) > 1 and sum(size for _, size in self._passing.values()) > self._room:
                self._passing.popitem(last=False)
        else:
            self._urgent[key] = model
            self._urgent.move_to_end(key)
            while len(self._urgent) > _URGENT:
                self._urgent.popitem(last=False)
        return model

    def _written(self, source: K) -> int:
        try:
            return (self._folder_of(source) / "manifest.json").stat().st_mtime_ns
        except OSError:
            return 0

    def _size(self, source: K) -> int:
        try:
            return (self._folder_of(source) / "networks.safetensors").stat().st_size
        except OSError:
            return 0
