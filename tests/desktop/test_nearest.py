"""The real images nearest to a sample, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from ganstudio.config import DatasetConfig
from ganstudio.data.store import prepare, training_indices
from ganstudio.desktop.forms.background import Cancelled, Job
from ganstudio.desktop.train.nearest import NearestReals, Wanted
from ganstudio.desktop.train.nearest_view import NearestView

DATASET = DatasetConfig(limit=300)


def job(sample: np.ndarray, key: object = 0) -> Job:
    return Job(Wanted((key,), sample, DATASET), lambda: None, lambda progress: None)


@pytest.fixture(scope="module")
def reals() -> np.ndarray:
    store = prepare(DATASET)
    return np.asarray(store.images[training_indices(store, DATASET)])


@pytest.fixture
def sample(reals) -> np.ndarray:
    mixed = reals[3].astype(np.int64) + reals[7].astype(np.int64)
    return (mixed // 2).astype(np.uint8)


def test_that_the_nearest_are_those_of_brute_force(reals, sample):
    found = NearestReals()(job(sample))
    scaled = reals.reshape(len(reals), -1) / 255.0
    distances = np.linalg.norm(scaled - sample.reshape(-1) / 255.0, axis=1)
    order = np.argsort(distances)[:5]
    np.testing.assert_allclose(found.distances, distances[order], rtol=1e-4)
    np.testing.assert_array_equal(found.images, reals[order])
    between = np.linalg.norm(scaled[:, None] - scaled[None], axis=2)
    np.fill_diagonal(between, np.inf)
    own = between.min(axis=1)
    assert own.min() <= found.twins <= found.usual <= own.max()
    assert found.usual == pytest.approx(np.median(own), rel=0.1)
    assert (found.compared, found.count) == (len(reals), len(reals))
    assert not found.is_copy


def test_that_a_copy_is_told(reals):
    faint = np.maximum(reals[5].astype(np.int64) - 1, 0).astype(np.uint8)
    found = NearestReals()(job(faint))
    assert found.is_copy
    np.testing.assert_array_equal(found.images[0], reals[5])


def test_that_an_answer_is_kept_and_another_size_has_none(sample, monkeypatch):
    finder = NearestReals()
    found = finder(job(sample))
    monkeypatch.setattr(finder, "_squares", None)
    assert finder(job(sample)) is found
    assert finder(job(np.zeros((14, 14, 1), np.uint8), key=1)) is None


def test_that_the_work_can_be_cancelled(sample):
    def cancelled() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        NearestReals()(Job(Wanted((0,), sample, DATASET), cancelled, lambda progress: None))


def test_that_the_view_says_what_was_found_and_hides_without_a_sample(qtbot, sample, reals):
    window = QWidget()
    qtbot.addWidget(window)
    view = NearestView(window)
    window.show()
    view.look_at(Wanted((1,), sample, DATASET))
    qtbot.waitUntil(lambda: view.verdict().startswith("New: typical real pairs lie"), timeout=20_000)
    view.grab()
    view.look_at(Wanted((2,), reals[5], DATASET))
    qtbot.waitUntil(lambda: view.verdict().startswith("All but a copy"), timeout=20_000)
    view.look_at(None)
    assert view.isHidden()
    view.shutdown()
