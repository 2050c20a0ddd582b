"""Walks through key frames: where they are when, how they change, and as plain data."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from numpy.typing import NDArray

from ganstudio.errors import UserError
from ganstudio.latent.sampling import latent
from ganstudio.latent.walks import Key, Walk, circle, parse_walk, random_walk, walk_data

SIZE = 16
TIMES = (0.0, 1.0, 4.0, 4.5)


def keys(count: int = 4) -> list[NDArray[np.float32]]:
    return [latent(seed, SIZE) for seed in range(count)]


def uneven(**more: object) -> Walk:
    return Walk(keys=tuple(Key(z, time) for z, time in zip(keys(), TIMES, strict=True)), **more)


def angle(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    return float(2 * np.arctan2(np.linalg.norm(a64 / np.linalg.norm(a64) - b64 / np.linalg.norm(b64)),
                                np.linalg.norm(a64 / np.linalg.norm(a64) + b64 / np.linalg.norm(b64))))  # fmt: skip


@pytest.mark.parametrize("kind", ["linear", "spherical"])
@pytest.mark.parametrize("loop", [False, True])
def test_that_a_walk_passes_each_key_exactly_at_its_second(kind: str, loop: bool) -> None:
    walk = uneven(kind=kind, loop=loop, closing=0.5)
    for z, time in zip(keys(), TIMES, strict=True):
        np.testing.assert_array_equal(walk.at(time), z)
    assert walk.duration == (5.0 if loop else 4.5)
    np.testing.assert_array_equal(walk.at(99.0), keys()[0 if loop else 3])
    np.testing.assert_array_equal(walk.at(-1.0), keys()[0])


def test_that_each_segment_turns_at_its_own_constant_speed() -> None:
    walk = uneven(loop=True, closing=1.5)
    ends = [*walk.stations]
    for start, end in itertools.pairwise(ends):
        points = [walk.at(time) for time in np.linspace(start.time, end.time, 8)]
        turns = [angle(a, b) for a, b in itertools.pairwise(points)]
        np.testing.assert_allclose(turns, angle(start.z, end.z) / 7, rtol=1e-3)


@pytest.mark.parametrize("factor", [2.0, -1.0, -0.5])
def test_that_parallel_and_opposite_keys_are_walked_through(factor: float) -> None:
    z = latent(1, SIZE)
    far = (factor * z).astype(np.float32)
    walk = Walk.through([z, far, z])
    np.testing.assert_array_equal(walk.at(2.0), far)
    np.testing.assert_array_equal(walk.at(4.0), z)
    points = [walk.at(time) for time in np.linspace(0.0, 2.0, 9)]
    turns = [angle(a, b) for a, b in itertools.pairwise(points)]
    np.testing.assert_allclose(turns, (np.pi if factor < 0 else 0.0) / 8, atol=1e-3)
    lengths = [float(np.linalg.norm(point)) for point in points]
    np.testing.assert_allclose(np.diff(lengths), np.diff(lengths)[0], atol=1e-4)


def test_that_linear_steps_are_even() -> None:
    walk = uneven(kind="linear")
    np.testing.assert_allclose(walk.at(1.75), 0.75 * keys()[1] + 0.25 * keys()[2], rtol=1e-5, atol=1e-6)


def test_that_a_walk_says_where_it_is() -> None:
    walk = uneven(loop=True, closing=2.0)
    assert walk.where(0.0) == (0, 0.0)
    assert walk.where(1.75) == (1, 0.25)
    assert walk.where(5.5) == (3, 0.5)
    assert walk.where(6.5) == (3, 1.0)
    assert [walk.key_at(time) for time in (0.0, 0.5, 4.0, 6.5, None)] == [0, None, 2, 0, None]


def test_that_frames_reach_the_end_and_a_loop_shows_its_first_once() -> None:
    walk = uneven()
    times = walk.frame_times(20)
    assert (len(times), times[0], times[-1]) == (91, 0.0, 4.5)
    loop = uneven(loop=True, closing=0.5).frame_times(20)
    assert len(loop) == 100
    np.testing.assert_allclose(np.diff(loop), 0.05)
    assert walk.latents(times).shape == (91, SIZE)


# changes


def test_that_a_key_is_added_where_there_is_room() -> None:
    z = latent(9, SIZE)
    walk, index = uneven().with_key(z, 2.0)
    assert (index, [key.time for key in walk.keys]) == (2, [0.0, 1.0, 2.0, 4.0, 4.5])
    np.testing.assert_array_equal(walk.at(2.0), z)
    assert uneven().with_key(z, 1.0)[0].keys[2].time == 2.5, "from a key on, half way to the next"
    walk, index = uneven().with_key(z, 4.5)
    assert (index, walk.keys[4].time) == (4, 6.0)
    assert uneven().with_key(z, 4.45)[1] == 4, "no room between the last two"
    assert uneven(loop=True).with_key(z, 5.0)[1] == 4, "on the way back to the first"


def test_that_a_key_is_left_out_and_the_walk_still_begins_at_0() -> None:
    assert [key.time for key in uneven().without(0).keys] == [0.0, 3.0, 3.5]
    assert [key.time for key in uneven().without(2).keys] == [0.0, 1.0, 4.5]
    with pytest.raises(UserError, match="2 to 26"):
        Walk.through(keys(2)).without(0)


def test_that_a_key_moves_in_time_between_its_neighbours() -> None:
    walk = uneven()
    assert walk.with_time(1, 3.0).keys[1].time == 3.0
    assert walk.with_time(1, 9.0).keys[1].time == pytest.approx(3.9)
    assert walk.with_time(1, -9.0).keys[1].time == pytest.approx(0.1)
    assert walk.with_time(0, 0.5).keys[0].time == 0.0
    assert walk.with_time(3, 99.0).duration == 60.0
    loop = uneven(loop=True, closing=1.0)
    assert loop.with_time(3, 99.0).duration == 60.0
    assert loop.with_time(4, 7.0).duration == 7.0
    assert loop.with_time(4, 0.0).duration == pytest.approx(4.6)


def test_that_the_walk_turns_round_and_evens_out() -> None:
    back = uneven().reversed()
    assert [key.time for key in back.keys] == [0.0, 0.5, 3.5, 4.5]
    np.testing.assert_array_equal(back.at(0.5), keys()[2])
    assert [key.time for key in uneven().evenly().keys] == [0.0, 1.5, 3.0, 4.5]
    np.testing.assert_array_equal(uneven().with_latent(1, keys()[3]).at(1.0), keys()[3])


@pytest.mark.parametrize("times", [(0.0,), (0.0, 0.05), (0.0, 2.0, 1.0), (1.0, 2.0), (0.0, 61.0), (0.0, float("nan"))])
def test_that_impossible_walks_are_refused_in_words(times: tuple[float, ...]) -> None:
    with pytest.raises(UserError, match="walk"):
        Walk(keys=tuple(Key(latent(0, SIZE), time) for time in times))


# fillings


def test_that_a_random_walk_begins_here_and_keeps_the_length_of_latents() -> None:
    start = latent(3, 512)
    path = random_walk(start, 26, 7)
    np.testing.assert_array_equal(path[0], start)
    lengths = np.linalg.norm(path, axis=1)
    assert np.all(np.abs(lengths / np.sqrt(512) - 1) < 0.15)
    turns = [angle(a, b) for a, b in itertools.pairwise(path)]
    assert np.allclose(turns, np.arccos(0.9), atol=0.06)
    np.testing.assert_array_equal(path[5], random_walk(start, 6, 7)[5])
    assert not np.array_equal(path[1], random_walk(start, 2, 8)[1])


@pytest.mark.parametrize("count", [3, 8])
def test_that_a_circular_walk_is_a_circle_at_constant_speed(count: int) -> None:
    start = latent(3, SIZE)
    walk = Walk(keys=Walk.through(circle(start, count, 1)).keys, loop=True)
    points = walk.latents(np.linspace(0, walk.duration, 25)).astype(np.float64)
    np.testing.assert_array_equal(points[0], points[-1])
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), np.linalg.norm(start), rtol=1e-5)
    turns = [angle(a, b) for a, b in itertools.pairwise(points)]
    np.testing.assert_allclose(turns, 2 * np.pi / 24, rtol=1e-3)
    assert np.linalg.matrix_rank(points, tol=1e-3) == 2, "it lies in a plane"


@pytest.mark.parametrize("start", [np.zeros(4, np.float32), np.array([2.0], np.float32)])
def test_that_a_latent_without_a_circle_stays(start: NDArray[np.float32]) -> None:
    for z in circle(start, 4, 0):
        np.testing.assert_array_equal(z, start)


# data


def test_that_a_walk_comes_back_from_json() -> None:
    walk = uneven(kind="linear", loop=True, closing=1.25)
    again = parse_walk(json.loads(json.dumps(walk_data(walk))), SIZE)
    assert (again.kind, again.loop, again.closing) == ("linear", True, 1.25)
    for one, other in zip(walk.keys, again.keys, strict=True):
        assert one.time == other.time
        np.testing.assert_array_equal(one.z, other.z)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "no key frames"),
        ({"format_version": 9}, "newer"),
        ({"keys": 3}, "damaged"),
        ({"keys": [{"time": 0}]}, "damaged"),
        ({"keys": [{"time": 0, "latent": [1, "x"]}]}, "damaged"),
        ({"kind": "round"}, "damaged"),
        ({"loop": "yes"}, "damaged"),
        ({"closing": None}, "damaged"),
        ({"keys": []}, "2 to 26"),
    ],
)
def test_that_damaged_key_frames_are_refused_in_words(change: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_walk(walk_data(uneven()) | change, SIZE)


def test_that_key_frames_of_another_size_are_refused_in_words() -> None:
    with pytest.raises(UserError, match="16 values; this model takes 8"):
        parse_walk(walk_data(uneven()), 8)
