"""What Explore shows as values: the latent and where it comes from, and the way back. Imports no torch and no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.config import RunConfig
from ganstudio.desktop import format as fmt
from ganstudio.game import DataShape
from ganstudio.latent.anchored_plane import AnchoredPlane
from ganstudio.latent.sampling import latent
from ganstudio.latent.walks import Walk

if TYPE_CHECKING:
    from ganstudio.training.control import Control
    from ganstudio.training.preview import Preview

Latent = NDArray[np.float32]
Mix = tuple[int, float]
"""A class and its share (0 to 1) in what is asked for."""
RANGE = 3.0
"""Sliders reach from -RANGE to RANGE; 99.7 % of a standard normal's values lie there."""
LARGEST = 10.0
"""The largest value that may be typed."""
MOST = 4.0
"""The largest factor of a channel."""
STRIP = 9
"""Images in a strip."""
_KEPT = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class LiveRun:
    """A run that trains in this process: its folder, and the double buffer and control of its trainer."""

    path: Path
    config: RunConfig
    preview: Preview
    control: Control
    shape: DataShape
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a generator draws what it is given. `truncation` (0 to 1) is what latents are multiplied by, which leads them
    towards the mean of all; `channels` are channels of its layers made louder or mute: (layer, channel, factor)."""

    truncation: float = 1.0
    channels: tuple[tuple[str, int, float], ...] = ()

    def with_channel(self, layer: str, channel: int, factor: float) -> Look:
        """One channel multiplied by `factor`; by 1 it is as it was."""
        others = [each for each in self.channels if each[:2] != (layer, channel)]
        changed = [] if factor == 1.0 else [(layer, channel, factor)]
        return replace(self, channels=tuple(sorted(others + changed)))

    def words(self) -> list[tuple[str, str]]:
        """What is not as usual, in pairs of words."""
        found = [] if self.truncation == 1.0 else [("Truncation", fmt.number(self.truncation, 2))]
        return found + ([("Channels", f"{len(self.channels)} changed")] if self.channels else [])

    def factors(self) -> dict[str, dict[int, float]]:
        """The factors by layer and channel."""
        found: dict[str, dict[int, float]] = {}
        for layer, channel, factor in self.channels:
            found.setdefault(layer, {})[channel] = factor
        return found


PLAIN = Look()


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentState:
    """The point of latent space that is shown, and what a step back restores. All arrays are (latent size,).

    `base` is what the coordinates return to; `seed` is its seed, or None where it came from elsewhere, as `text` says.
    `locked` coordinates keep their value when others are drawn anew. `position` is the second
    of the `walk` at which the latent lies, or None. `share` (0 to 1) is how much of the class `other` is
    mixed into `label`. `look` is how the generator draws it, and all that is drawn beside it. `plane` is what the map
    shows.
    """

    z: Latent
    base: Latent
    seed: int | None
    text: str
    walk: Walk
    label: int | None = None
    other: int | None = None
    share: float = 0.0
    locked: frozenset[int] = frozenset()
    position: float | None = None
    look: Look = PLAIN
    plane: AnchoredPlane | None = None

    @staticmethod
    def of_seed(seed: int, size: int, label: int | None = None) -> LatentState:
        """The latent of `seed`, with a walk from it to that of the next seed, and a plane through those of three."""
        z = frozen(latent(seed, size))
        return LatentState(
            z=z,
            base=z,
            seed=seed,
            text=seed_text(seed),
            label=label,
            walk=Walk.through([z, latent(seed + 1, size)]),
            plane=AnchoredPlane.of_seed(seed, size),
        )

    @property
    def size(self) -> int:
        """Numbers in a latent."""
        return len(self.z)

    @property
    def mix(self) -> Mix | None:
        """The class that is mixed in and its share; None while there is none of it."""
        return (self.other, self.share) if self.other is not None and self.share and self.other != self.label else None

    @property
    def moved(self) -> int:
        """Coordinates that are not where the latent came from."""
        return int(np.count_nonzero(self.z != self.base))

    def with_seed(self, seed: int) -> LatentState:
        """The latent of another seed; locked coordinates stay."""
        base = frozen(latent(seed, self.size))
        z = self._keep_locked(base)
        return replace(self, z=z, base=base, seed=seed, text=seed_text(seed), position=None)

    def with_latent(self, z: Latent, text: str, label: int | None, look: Look = PLAIN) -> LatentState:
        """A latent from elsewhere, such as a sample of the grid, and the look that its image had there; all
        coordinates, the locked ones too."""
        z = frozen(z)
        label = self.label if label is None else label
        return replace(self, z=z, base=z, seed=None, text=text, label=label, position=None, look=look)

    def with_truncation(self, truncation: float) -> LatentState:
        """All latents multiplied by another factor (0 to 1) before they are drawn."""
        return replace(self, look=replace(self.look, truncation=min(max(truncation, 0.0), 1.0)))

    def with_value(self, index: int, value: float) -> LatentState:
        """One coordinate set."""
        return replace(self, z=_put(self.z, [index], np.float32(value)), position=None)

    def with_direction(self, vector: Latent, value: float) -> LatentState:
        """The latent moved along a direction (size,) until it lies `value` far along it; locked coordinates stay."""
        z = frozen(along(self.z, vector, np.array([value]), self.locked)[0])
        return replace(self, z=z, position=None)

    def with_reset(self, indices: Iterable[int]) -> LatentState:
        """Coordinates back to where they came from; locked ones stay."""
        free = self._free(indices)
        return replace(self, z=_put(self.z, free, self.base[free]), position=None)

    def randomised(self, indices: Iterable[int], seed: int) -> LatentState:
        """Coordinates drawn anew; locked ones stay."""
        free = self._free(indices)
        return replace(self, z=_put(self.z, free, latent(seed, self.size)[free]), position=None)

    def with_lock(self, indices: Iterable[int], locked: bool) -> LatentState:
        """Coordinates locked or free."""
        chosen = frozenset(indices)
        return replace(self, locked=self.locked | chosen if locked else self.locked - chosen)

    def at(self, position: float) -> LatentState:
        """The latent at a second of the walk."""
        z = self.walk.at(position)
        key = self.walk.key_at(position)
        text = f"the walk at {fmt.number(position, 2)} s" if key is None else f"key {chr(ord('A') + key)}"
        return replace(self, z=z, base=z, seed=None, text=text, position=position)

    def with_walk(self, walk: Walk) -> LatentState:
        """Another walk. A latent on the walk stays on it: at its key, where that is still there, else at its second."""
        if self.position is None:
            return replace(self, walk=walk)
        key = self.walk.key_at(self.position)
        z = None if key is None else self.walk.keys[key].z
        kept = next((each.time for each in walk.keys if each.z is z), None)
        return replace(self, walk=walk).at(min(self.position, walk.duration) if kept is None else kept)

    def _free(self, indices: Iterable[int]) -> list[int]:
        return [index for index in indices if index not in self.locked]

    def _keep_locked(self, fresh: Latent) -> Latent:
        kept = sorted(self.locked)
        return _put(fresh, kept, self.z[kept])


class History:
    """States that can be returned to. Changes of one drag share a `key` and are one step back."""

    def __init__(self, state: LatentState) -> None:
        self._states, self._index = [state], 0
        self._key: str | None = None

    @property
    def state(self) -> LatentState:
        """The state in force."""
        return self._states[self._index]

    @property
    def can_undo(self) -> bool:
        """Whether there is an earlier state."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step back can be made again."""
        return self._index < len(self._states) - 1

    def push(self, state: LatentState, key: str | None = None) -> None:
        """Put `state` in force; with the `key` of the last push it replaces that one."""
        if key is not None and key == self._key:
            self._states[self._index] = state
            return
        self._states[self._index + 1 :] = [state]
        self._states = self._states[-_KEPT:]
        self._index, self._key = len(self._states) - 1, key

    def seal(self) -> None:
        """The drag has ended: the next change is a step of its own."""
        self._key = None

    def undo(self) -> LatentState:
        """One step back, if there is one."""
        self._index, self._key = max(0, self._index - 1), None
        return self.state

    def redo(self) -> LatentState:
        """One step forward, if there is one."""
        self._index, self._key = min(len(self._states) - 1, self._index + 1), None
        return self.state


def coordinate_values() -> NDArray[np.float32]:
    """The values of a coordinate's strip: from -RANGE to RANGE."""
    return np.linspace(-RANGE, RANGE, STRIP, dtype=np.float32)


def coordinate_latents(z: Latent, index: int) -> Latent:
    """`z` with one coordinate at each value of its strip: (STRIP, size)."""
    stacked = np.repeat(z[None], STRIP, axis=0)
    stacked[:, index] = coordinate_values()
    return frozen(stacked)


def along(
    z: Latent, vector: Latent, values: NDArray[np.floating[Any]], locked: Iterable[int] = ()
) -> NDArray[np.float32]:
    """`z` (size,) moved along a direction (size,) until it lies each of the values far along it: (values, size).

    Locked coordinates stay; a direction that moves nothing else leaves all as it is.
    """
    free = vector.astype(np.float64)
    free[list(locked)] = 0.0
    reach = float(free @ vector)
    if reach < 1e-6:
        return np.repeat(z[None], len(values), axis=0)
    steps = (values - float(vector.astype(np.float64) @ z)) / reach
    return (z + steps[:, None] * free).astype(np.float32)


def direction_latents(state: LatentState, vectors: Iterable[Latent]) -> Latent:
    """The latents of the strips of some directions: (directions x STRIP, size)."""
    return frozen(np.concatenate([along(state.z, each, coordinate_values(), state.locked) for each in vectors]))


def class_labels(
    label: int | None, mix: Mix | None, count: int, num_classes: int
) -> NDArray[np.int64] | NDArray[np.float32] | None:
    """The class of each of `count` latents, or the shares (count, num_classes) of two that are mixed; None for a model
    without classes."""
    if not num_classes or label is None:
        return None
    if mix is None:
        return np.full(count, label, np.int64)
    other, share = mix
    shares = np.zeros((count, num_classes), np.float32)
    shares[:, label], shares[:, other] = 1.0 - share, share
    return shares


def frozen(array: Latent) -> Latent:
    """A float32 copy that nobody can write to: states and threads share it."""
    copy = np.array(array, np.float32)
    copy.setflags(write=False)
    return copy


def seed_text(seed: int) -> str:
    """Such as ``"seed 3 401"``."""
    return f"seed {fmt.number(seed)}"


def signed(value: float, digits: int = 2) -> str:
    """A coordinate's value as it is shown: ``"+0.72"``, ``"−1.14"``, ``"0.00"``."""
    text = fmt.number(value, digits)
    return f"+{text}" if value > 0 and any(digit in "123456789" for digit in text) else text


def _put(z: Latent, indices: list[int], values: Latent | np.float32) -> Latent:
    copy = z.copy()
    copy[indices] = values
    return frozen(copy)
