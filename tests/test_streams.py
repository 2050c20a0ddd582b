"""Random numbers come by name and cursor, and from nowhere else."""

from __future__ import annotations

import random

import numpy as np

from ganstudio.streams import standard_normal, stream_seed


def test_that_a_stream_is_the_same_on_every_machine_and_in_every_version() -> None:
    """Runs of today must resume exactly tomorrow."""
    assert stream_seed(0, "latents", 1, 2) == 3769020544552504398


def test_that_seed_stream_and_cursor_each_give_other_numbers() -> None:
    seeds = {
        stream_seed(seed, stream, step, play)
        for seed in (0, 1, 2**31 - 1)
        for stream in ("latents", "epoch")
        for step in (0, 1, 12)
        for play in (0, 1, 2)
    }
    assert len(seeds) == 54
    assert stream_seed(0, "latents", 1, 12) != stream_seed(0, "latents", 11, 2)
    assert stream_seed(1, "latents") != stream_seed(11, "latents")


def test_that_seeds_fit_every_generator() -> None:
    assert all(0 <= stream_seed(0, "x", i) < 2**63 for i in range(1000))


def test_that_the_first_latents_do_not_depend_on_how_many_are_drawn() -> None:
    assert np.array_equal(standard_normal(3, "samples", 64, 16)[:9], standard_normal(3, "samples", 9, 16))


def test_that_they_are_standard_normal() -> None:
    numbers = standard_normal(0, "samples", 1000, 100)
    assert numbers.dtype == np.float32
    assert abs(numbers.mean()) < 0.02
    assert abs(numbers.std() - 1) < 0.02


def test_that_process_wide_generators_neither_matter_nor_move() -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - the point of the test
    one = standard_normal(0, "samples", 2, 2)
    states = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    random.seed(2)
    np.random.seed(2)  # noqa: NPY002
    assert np.array_equal(one, standard_normal(0, "samples", 2, 2))
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    assert random.getstate() == states[0]
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
