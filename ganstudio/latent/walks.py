"""Walks: a path through key frames, each at its second, straight or along the sphere, open or closed. Plain NumPy."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UserError
from ganstudio.latent.interpolation import Latent, lerp, slerp
from ganstudio.streams import stream_seed

WalkKind = Literal["linear", "spherical"]
SPACING = 2.0
"""Seconds between two keys unless the person says otherwise."""
SHORTEST, LONGEST = 0.1, 60.0
"""Seconds that two keys lie apart at least, and that a walk takes at most."""
MOST_KEYS = 26
FORMAT = "ganstudio-walk"
_VERSION = 1
_KEPT = 0.9
"""How much of a latent a step of the random walk keeps: it turns by about 26 degrees."""


@dataclass(frozen=True, eq=False)
class Key:
    """A latent (size,) and the second at which the walk passes it."""

    z: Latent
    time: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    """2 to 26 keys in the order of their times, the first at 0. With `loop` the walk returns to the first key,
    `closing` seconds after the last.

    UserError for too few or too many keys, for keys less than `SHORTEST` apart, and for a walk beyond `LONGEST`.
    """

    keys: tuple[Key, ...]
    kind: WalkKind = "spherical"
    loop: bool = False
    closing: float = SPACING

    def __post_init__(self) -> None:
        if not 2 <= len(self.keys) <= MOST_KEYS:
            raise UserError(f"A walk has 2 to {MOST_KEYS} key frames, not {len(self.keys)}.")
        if len({len(key.z) for key in self.keys}) > 1:
            raise UserError("The key frames of a walk are latents of one size.")
        gaps = [*np.diff([key.time for key in self.keys]), self.closing]
        if self.keys[0].time != 0 or not all(gap >= SHORTEST - 1e-9 for gap in gaps):
            raise UserError(f"The key frames of a walk follow one another from 0 s, {SHORTEST} s apart at least.")
        if not self.duration <= LONGEST + 1e-9:
            raise UserError(f"A walk takes {LONGEST:g} s at most.")

    @staticmethod
    def through(latents: Iterable[Latent], spacing: float = SPACING) -> Walk:
        """A walk through latents, evenly spaced in time."""
        return Walk(keys=tuple(Key(_frozen(z), index * spacing) for index, z in enumerate(latents)))

    @property
    def duration(self) -> float:
        """Seconds from the first key to the last or, in a loop, to the first again."""
        return self.keys[-1].time + (self.closing if self.loop else 0.0)

    @property
    def stations(self) -> tuple[Key, ...]:
        """The keys, in a loop with the first once more at the end."""
        return (*self.keys, Key(self.keys[0].z, self.duration)) if self.loop else self.keys

    def where(self, time: float) -> tuple[int, float]:
        """The segment that holds a second, by the number of its first key, and how far into it (0 to 1)."""
        stations = self.stations
        inside = min(self.duration, max(0.0, time))
        index = min(len(stations) - 2, max(0, bisect.bisect_right(stations, inside, key=_time) - 1))
        start, end = stations[index].time, stations[index + 1].time
        return index, (inside - start) / (end - start)

    def at(self, time: float) -> Latent:
        """The latent (size,) at a second; at a key exactly the key's."""
        index, share = self.where(time)
        stations = self.stations
        if share <= 0.0 or share >= 1.0:
            return stations[index + (share >= 1.0)].z
        between = slerp if self.kind == "spherical" else lerp
        return _frozen(between(stations[index].z, stations[index + 1].z, share))

    def latents(self, times: Iterable[float]) -> Latent:
        """The latents (N, size) at some seconds."""
        return _frozen(np.stack([self.at(time) for time in times]))

    def frame_times(self, frames_a_second: float) -> NDArray[np.float64]:
        """The seconds of the frames of an animation: with the last key's, but in a loop without the first's again."""
        count = max(1, round(self.duration * frames_a_second))
        return np.linspace(0.0, self.duration, count + 1)[: count if self.loop else None]

    def key_at(self, time: float | None) -> int | None:
        """The key that the walk passes at a second; None between two."""
        if time is None:
            return None
        found = (index for index, key in enumerate(self.stations) if abs(key.time - time) < 1e-6)
        index = next(found, None)
        return None if index is None else index % len(self.keys)

    # -- changes ----------------------------------------------------------------------------------------------------

    def with_key(self, z: Latent, time: float) -> tuple[Walk, int]:
        """The walk with one more key, and its number: at `time` where there is room between two keys; from a key on,
        half way to the next; else behind the last."""
        last, spacing = self.keys[-1].time, self.keys[-1].time / (len(self.keys) - 1)
        on = self.key_at(time)
        if on is not None and on < len(self.keys) - 1 and time < last:
            time = (self.keys[on].time + self.keys[on + 1].time) / 2
        index = bisect.bisect_right(self.keys, time, key=_time)
        gaps = [abs(key.time - time) for key in self.keys]
        if time >= last or min(gaps) < SHORTEST:
            index, time = len(self.keys), last + spacing
        keys = (*self.keys[:index], Key(_frozen(z), time), *self.keys[index:])
        return replace(self, keys=keys), index

    def without(self, index: int) -> Walk:
        """The walk with one key less; the second key takes the place of a first that is left out."""
        keys = self.keys[:index] + self.keys[index + 1 :]
        return replace(self, keys=_from_zero(keys))

    def with_time(self, index: int, time: float) -> Walk:
        """A key moved in time, between its neighbours; the first stays at 0. `len(keys)` is a loop's end."""
        if index == 0:
            return self
        before = self.stations[index - 1].time + SHORTEST
        if index == len(self.keys):
            return replace(self, closing=min(max(time, before), LONGEST) - self.keys[-1].time)
        last = index == len(self.keys) - 1
        after = LONGEST - (self.closing if self.loop else 0.0) if last else self.keys[index + 1].time - SHORTEST
        return self._put(index, Key(self.keys[index].z, max(before, min(time, after))))

    def with_latent(self, index: int, z: Latent) -> Walk:
        """Another latent at a key."""
        return self._put(index, Key(_frozen(z), self.keys[index].time))

    def reversed(self) -> Walk:
        """The walk the other way."""
        last = self.keys[-1].time
        return replace(self, keys=tuple(Key(key.z, last - key.time) for key in reversed(self.keys)))

    def evenly(self) -> Walk:
        """The same keys and the same last one's second, with even spaces."""
        times = np.linspace(0.0, self.keys[-1].time, len(self.keys)).tolist()
        return replace(self, keys=tuple(Key(key.z, time) for key, time in zip(self.keys, times, strict=True)))

    def _put(self, index: int, key: Key) -> Walk:
        return replace(self, keys=(*self.keys[:index], key, *self.keys[index + 1 :]))


def random_walk(start: Latent, count: int, seed: int) -> list[Latent]:
    """`count` latents from `start` on, each r z + sqrt(1 - r^2) e with r = 0.9 and e standard normal: a first-order
    autoregression whose stationary law is that of latents, so that a long walk never leaves their sphere."""
    noise = np.random.default_rng(stream_seed(seed, "random walk"))
    path = [_frozen(start)]
    for _ in range(count - 1):
        fresh = noise.standard_normal(len(start), np.float32)
        path.append(_frozen(_KEPT * path[-1] + np.sqrt(1 - _KEPT**2) * fresh))
    return path


def circle(start: Latent, count: int, seed: int) -> list[Latent]:
    """`count` (at least 3) latents on a great circle through `start`, towards a direction of `seed`, all of its length:
    with spherical steps and a loop the walk is that circle, at constant speed.

    Latents of one number, or of length 0, have no circle and stay where they are.
    """
    z = start.astype(np.float64)
    across = np.random.default_rng(stream_seed(seed, "circular walk")).standard_normal(len(z))
    length = float(np.linalg.norm(z))
    if len(z) == 1 or length == 0:
        return [_frozen(start)] * count
    across -= (across @ z) / length**2 * z
    across *= length / float(np.linalg.norm(across))
    turns = np.linspace(0.0, 2 * np.pi, count, endpoint=False)
    return [_frozen(start), *(_frozen(np.cos(turn) * z + np.sin(turn) * across) for turn in turns[1:])]


# -- as plain data --------------------------------------------------------------------------------------------------


def walk_data(walk: Walk) -> dict[str, Any]:
    """The walk as JSON holds it."""
    keys = [{"time": key.time, "latent": numbers(key.z)} for key in walk.keys]
    shape = {"kind": walk.kind, "loop": walk.loop, "closing": walk.closing}
    return {"format": FORMAT, "format_version": _VERSION, **shape, "keys": keys}


def parse_walk(data: object, size: int) -> Walk:
    """The walk that `walk_data` wrote, for latents of `size` numbers. UserError when it is none."""
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise UserError("These are no key frames of a walk.")
    if data.get("format_version") != _VERSION:
        raise UserError("These key frames were written by a newer studio.")
    try:
        keys = tuple(Key(parse_latent(key["latent"]), float(key["time"])) for key in data["keys"])
        kind, loop, closing = data["kind"], data["loop"], float(data["closing"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UserError("The key frames of this walk are damaged.") from error
    if kind not in ("linear", "spherical") or not isinstance(loop, bool):
        raise UserError("The key frames of this walk are damaged.")
    walk = Walk(keys=keys, kind=kind, loop=loop, closing=closing)
    if len(keys[0].z) != size:
        raise UserError(f"The key frames of this walk have {len(keys[0].z)} values; this model takes {size}.")
    return walk


def numbers(z: Latent) -> list[float]:
    """A latent as short decimals that read back as the same float32."""
    return [float(f"{value:.9g}") for value in z]


def parse_latent(values: object, largest: float = 1000.0) -> Latent:
    """A latent from JSON. ValueError unless it is 1 to 2048 numbers of at most `largest`."""
    latent = np.array(values, np.float32)
    if latent.ndim != 1 or not 1 <= len(latent) <= 2048 or not np.all(np.abs(latent) <= largest):
        raise ValueError("not a latent")
    return _frozen(latent)


def _from_zero(keys: Sequence[Key]) -> tuple[Key, ...]:
    first = keys[0].time if keys else 0.0
    return tuple(Key(key.z, key.time - first) for key in keys)


def _time(key: Key) -> float:
    return key.time


def _frozen(z: NDArray[np.floating[Any]]) -> Latent:
    """A float32 copy that nobody can write to."""
    copy = np.array(z, np.float32)
    copy.setflags(write=False)
    return copy
