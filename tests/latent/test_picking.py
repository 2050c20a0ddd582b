"""Samples in a stream: the same as without picking, or of each few the one that scores highest."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio.data.store import prepare, training_indices
from ganstudio.evaluation.extractors import MobileNetExtractor
from ganstudio.evaluation.slices import Slice
from ganstudio.latent.anomaly import load_critic
from ganstudio.latent.model import LatentModel
from ganstudio.latent.picking import Picked, find_judge, pick
from ganstudio.runs.folder import RunFolder
from tests.latent.tiny_runs import class_run, plain_run


def newest(run: RunFolder) -> Path:
    return run.checkpoint_path(run.checkpoints()[-1])


def together(pieces: list[Picked]) -> Picked:
    labels = None if pieces[0].labels is None else np.concatenate([piece.labels for piece in pieces])
    scores = None if pieces[0].scores is None else np.concatenate([piece.scores for piece in pieces])
    return Picked(np.concatenate([piece.made for piece in pieces]), labels, scores)


def brightness(made: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    return made.reshape(len(made), -1).mean(axis=1, dtype=np.float64)


def test_that_without_a_judge_samples_come_as_they_are() -> None:
    model = LatentModel.load(newest(class_run()))
    found = together(list(pick(model, 300, 3)))
    images, labels = (np.concatenate(part) for part in zip(*model.samples(300, 3), strict=True))
    assert np.array_equal(found.made, images)
    assert np.array_equal(found.labels, labels)
    assert found.scores is None


@pytest.mark.parametrize("batch", [4, 7, 256])
def test_that_each_sample_is_the_best_of_its_few(batch: int) -> None:
    model = LatentModel.load(newest(class_run()))
    found = together(list(pick(model, 23, 5, candidates=4, judge=brightness, batch=batch)))
    classes = np.arange(23) % model.num_classes
    assert np.array_equal(found.labels, classes), "classes take turns as without picking"
    every = np.concatenate([images for images, _ in model.samples(92, 5, batch=4, in_a_row=4)])
    means = brightness(every, None).reshape(23, 4)
    assert np.allclose(found.scores, means.max(axis=1), atol=0.02), "but for the last bit of another batch size"
    assert (found.scores + 0.02 >= means.T).all()


def test_that_candidates_are_of_one_class_and_of_different_latents() -> None:
    model = LatentModel.load(newest(class_run()))
    pieces = list(model.samples(12, 0, None, 8, 4))
    assert np.concatenate([labels for _, labels in pieces]).tolist() == [0] * 4 + [1] * 4 + [2] * 4
    images = np.concatenate([images for images, _ in pieces])
    assert all(not np.array_equal(a, b) for a, b in pairwise(images))


def test_that_the_first_do_not_depend_on_how_many() -> None:
    model = LatentModel.load(newest(plain_run()))
    few, many = (together(list(pick(model, n, 1, candidates=3, judge=brightness))) for n in (5, 200))
    assert np.abs(few.made.astype(int) - many.made[:5]).max() <= 1


def test_that_the_critic_scores_as_d_does() -> None:
    checkpoint = newest(class_run())
    model = LatentModel.load(checkpoint)
    judge, _ = find_judge(checkpoint, model, "critic", lambda piece: None)
    images, labels = next(iter(model.samples(6, 0)))
    critic = load_critic(checkpoint)
    assert critic is not None
    expected = []
    for image, label in zip(images, labels, strict=True):
        x = torch.from_numpy(image.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        expected.append(float(critic(x, torch.tensor([label]))))
    assert np.allclose(judge(images, labels), expected, atol=1e-5)
    assert np.ptp(expected) > 0


def test_that_the_distance_is_that_to_the_nearest_training_image() -> None:
    run = plain_run()
    checkpoint = newest(run)
    model = LatentModel.load(checkpoint)
    told: list[Slice] = []
    judge, _ = find_judge(checkpoint, model, "distance", told.append)
    assert told[-1].done == told[-1].total == 64
    store = prepare(run.config.dataset)
    reals = store.images[training_indices(store, run.config.dataset)]
    images, _ = next(iter(model.samples(3, 0)))
    extract = MobileNetExtractor()
    theirs, ours = (extract(np.asarray(each)).features.astype(np.float64) for each in (reals, images))
    expected = np.sqrt(((ours[:, None] - theirs[None]) ** 2).sum(axis=2)).min(axis=1)
    assert np.allclose(judge(images, None), expected, rtol=1e-5)
    assert np.allclose(judge(np.asarray(reals[:2]), None), 0.0, atol=1e-2), "a training image is its own nearest"
