"""The latent as a value: seeds, locks, the walk, and the way back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganstudio.desktop.explore.state import (
    RANGE,
    STRIP,
    History,
    LatentState,
    coordinate_latents,
    coordinate_values,
    direction_latents,
    signed,
)
from ganstudio.latent.sampling import latent

SIZE = 8


def start(seed: int = 1) -> LatentState:
    return LatentState.of_seed(seed, SIZE)


def test_that_a_seed_gives_its_latent_and_a_walk_to_the_next() -> None:
    state = start(5)
    np.testing.assert_array_equal(state.z, latent(5, SIZE))
    np.testing.assert_array_equal(state.walk.keys[0].z, latent(5, SIZE))
    np.testing.assert_array_equal(state.walk.keys[1].z, latent(6, SIZE))
    assert (state.seed, state.text, state.moved) == (5, "seed 5", 0)


def test_that_nobody_can_write_to_a_state() -> None:
    with pytest.raises(ValueError, match="read-only"):
        start().z[0] = 1.0


def test_that_one_coordinate_can_be_set_and_reset() -> None:
    moved = start().with_value(3, 2.5)
    assert moved.z[3] == np.float32(2.5)
    assert moved.moved == 1
    np.testing.assert_array_equal(moved.with_reset([3]).z, start().z)


def test_that_locked_coordinates_keep_their_value_when_others_are_drawn_anew() -> None:
    state = start().with_value(2, 1.25).with_lock([2, 5], True)
    for fresh in (state.with_seed(9), state.randomised(range(SIZE), 9), state.with_reset(range(SIZE))):
        assert fresh.z[2] == np.float32(1.25)
        assert fresh.z[5] == state.z[5]
    assert not np.array_equal(state.with_seed(9).z[[0, 1, 3, 4, 6, 7]], state.z[[0, 1, 3, 4, 6, 7]])
    assert state.with_lock(range(SIZE), False).locked == frozenset()


def test_that_randomising_a_page_leaves_the_others() -> None:
    state = start()
    fresh = state.randomised(range(4), 3)
    np.testing.assert_array_equal(fresh.z[4:], state.z[4:])
    assert np.all(fresh.z[:4] != state.z[:4])


def test_that_randomising_by_a_seed_repeats() -> None:
    np.testing.assert_array_equal(start().randomised(range(SIZE), 4).z, start().randomised(range(SIZE), 4).z)


def test_that_a_latent_from_elsewhere_says_so() -> None:
    z = np.arange(SIZE, dtype=np.float32)
    state = start().with_lock([0], True).with_latent(z, "sample 3", 7)
    np.testing.assert_array_equal(state.z, z)
    assert (state.seed, state.text, state.label, state.moved) == (None, "sample 3", 7, 0)


def test_that_a_latent_of_the_walk_knows_its_second() -> None:
    state = start()
    np.testing.assert_array_equal(state.at(0.0).z, state.walk.keys[0].z)
    assert (state.at(2.0).text, state.at(0.5).text) == ("key B", "the walk at 0.50 s")
    assert state.at(0.5).position == 0.5
    assert state.at(0.5).with_value(0, 1.0).position is None


def test_that_a_latent_on_the_walk_follows_its_key_and_else_its_second() -> None:
    state = start()
    walk = state.walk.with_key(latent(9, SIZE), 1.0)[0]
    on_key = replace(state, walk=walk).at(1.0)
    moved = on_key.with_walk(walk.with_time(1, 1.5))
    assert moved.position == 1.5
    np.testing.assert_array_equal(moved.z, latent(9, SIZE))
    between = replace(state, walk=walk).at(1.75).with_walk(walk.without(2))
    assert between.position == 1.0, "the walk is over sooner"
    assert state.with_walk(walk).position is None
    np.testing.assert_array_equal(state.with_walk(walk).z, state.z)


def test_that_a_strip_moves_one_coordinate_only() -> None:
    z = start().z
    strip = coordinate_latents(z, 4)
    assert strip.shape == (STRIP, SIZE)
    np.testing.assert_array_equal(strip[:, 4], coordinate_values())
    np.testing.assert_array_equal(np.delete(strip, 4, axis=1), np.repeat(np.delete(z, 4)[None], STRIP, axis=0))
    assert (coordinate_values()[0], coordinate_values()[-1]) == (-RANGE, RANGE)


@pytest.mark.parametrize(
    ("value", "text"), [(0.718, "+0.72"), (-1.14, "−1.14"), (0.0, "0.00"), (-0.001, "0.00"), (0.004, "0.00")]
)
def test_that_values_carry_their_sign(value: float, text: str) -> None:
    assert signed(value) == text


def test_that_undo_and_redo_go_back_and_forth() -> None:
    first = start()
    history = History(first)
    assert not history.can_undo
    second, third = first.with_seed(2), first.with_seed(3)
    history.push(second)
    history.push(third)
    assert history.undo() is second
    assert history.undo() is first
    assert history.undo() is first
    assert history.redo() is second
    assert history.can_redo
    history.push(first.with_seed(4))
    assert not history.can_redo
    assert history.undo() is second


def test_that_a_drag_is_one_step_back() -> None:
    first = start()
    history = History(first)
    for value in (0.1, 0.2, 0.3):
        history.push(first.with_value(0, value), "z0")
    history.seal()
    history.push(first.with_value(0, 0.9), "z0")
    assert history.undo().z[0] == np.float32(0.3)
    assert history.undo() is first


def test_that_a_drag_after_a_step_back_does_not_overwrite_what_was_before() -> None:
    first = start()
    history = History(first)
    history.push(first.with_value(0, 0.1), "z0")
    history.undo()
    history.push(first.with_value(0, 0.2), "z0")
    assert history.undo() is first


def test_that_the_history_has_a_bound() -> None:
    history = History(start())
    for seed in range(500):
        history.push(start(seed))
    steps = 0
    while history.can_undo:
        history.undo()
        steps += 1
    assert steps < 250


# directions


def test_that_a_latent_is_moved_along_a_direction_alone() -> None:
    state = LatentState.of_seed(3, 6)
    vector = np.array([0.6, 0, 0, 0.8, 0, 0], np.float32)
    moved = state.with_direction(vector, 2.0)
    assert float(moved.z @ vector) == pytest.approx(2.0, abs=1e-5)
    step = moved.z - state.z
    np.testing.assert_allclose(step[[0, 3]] / 0.2, np.array([3, 4]) * step[0] / 0.6, rtol=1e-4)
    np.testing.assert_array_equal(step[[1, 2, 4, 5]], 0)
    assert moved.moved == 2


def test_that_locked_coordinates_stay_while_a_direction_moves_the_others() -> None:
    vector = np.array([0.6, 0, 0, 0.8, 0, 0], np.float32)
    state = LatentState.of_seed(3, 6).with_lock([0], True)
    moved = state.with_direction(vector, 2.0)
    assert moved.z[0] == state.z[0]
    assert float(moved.z @ vector) == pytest.approx(2.0, abs=1e-5)
    stuck = state.with_lock([3], True).with_direction(vector, 2.0)
    np.testing.assert_array_equal(stuck.z, state.z)


def test_that_the_strips_of_directions_follow_one_another() -> None:
    state = LatentState.of_seed(3, 6)
    vectors = list(np.eye(6, dtype=np.float32)[[4, 1]])
    z = direction_latents(state, vectors)
    np.testing.assert_allclose(z[:STRIP], coordinate_latents(state.z, 4), atol=1e-6)
    np.testing.assert_allclose(z[STRIP:], coordinate_latents(state.z, 1), atol=1e-6)
