"""Work on several threads: in order, bounded, and the same as on one."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from ganstudio.config import DatasetConfig
from ganstudio.data.store import prepare
from ganstudio.evaluation.evaluate import evaluate
from ganstudio.evaluation.measures import MEASURES
from ganstudio.evaluation.reals import Reals
from ganstudio.evaluation.slices import run
from ganstudio.evaluation.workers import in_order
from tests.evaluation.test_background import Averages


def test_that_results_come_in_the_order_of_the_items_whichever_is_done_first() -> None:
    later = threading.Event()

    def make(item: int) -> int:
        if item == 0:
            assert later.wait(10), "the second piece runs beside the first"
        else:
            later.set()
        return item * item

    assert list(in_order(make, range(20), workers=2)) == [i * i for i in range(20)]


def test_that_no_more_is_taken_than_the_workers_need() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while taken < 100:
            taken += 1
            yield taken

    made = in_order(lambda item: item, items(), workers=2)
    for seen in range(1, 90):
        assert next(made) == seen
        assert taken - seen <= 4
    made.close()


def test_that_workers_compute_with_one_thread_and_leave_the_callers_number_alone() -> None:
    before = torch.get_num_threads()
    assert set(in_order(lambda _: torch.get_num_threads(), range(8), workers=2)) == {1}
    assert torch.get_num_threads() == before


def test_that_an_error_reaches_the_caller() -> None:
    def make(item: int) -> int:
        if item == 3:
            raise ValueError("the fourth")
        return item

    with pytest.raises(ValueError, match="the fourth"):
        list(in_order(make, range(10), workers=2))


def test_that_the_number_of_workers_changes_no_measure() -> None:
    digits = DatasetConfig(name="mnist-10k", limit=120)
    store = prepare(digits)
    found = []
    for workers in (1, 3):
        extractor = Averages()
        extractor.fingerprint = f"with {workers} workers"  # a cache of its own
        reals = Reals(store, digits, extractor, workers=workers)
        images = iter([np.asarray(store.images[-90:])])
        found.append(run(evaluate(reals, images, 90, extractor, tuple(MEASURES), workers)))
    assert found[0] == found[1]
