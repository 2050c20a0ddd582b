"""Scores and gradients by pixel, against differences of scores in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.evaluation.critics import BATCH, as_input, pixel_gradient, saliency, scores
from ganstudio.game import DISCRIMINATOR, Cursor, DataShape
from ganstudio.latent.model import build_game
from ganstudio.networks.discriminator import Discriminator
from tests.helpers import LATENT_NAMES, tiny

SIDE, COUNT = 28, 6
STEP = 1e-6
CASES = [*LATENT_NAMES, "dcgan of classes", "dcgan that compares", "progressive of classes"]


def critic_of(case: str) -> tuple[Discriminator, np.ndarray | None]:
    """A fresh D in float64 and the labels it wants."""
    name, *words = case.split(" ")
    given = {"variant__conditional": words == ["of", "classes"] or name == "cgan"}
    if "compares" in words:
        given["techniques__minibatch__kind"] = "discrimination"
    classes = 3 if given["variant__conditional"] else 0
    config = tiny(name, **given)
    game = build_game(config, DataShape(SIDE, 1, classes))
    if game.enter is not None:
        game.enter(game.phase(Cursor(images=10**9), config.value), game.networks)
    critic = game.networks[DISCRIMINATOR]
    assert isinstance(critic, Discriminator)
    return critic.double().eval().requires_grad_(False), np.arange(COUNT) % 3 if classes else None


@pytest.mark.parametrize("case", CASES)
def test_that_the_gradient_is_what_the_score_changes_by(case: str) -> None:
    critic, labels = critic_of(case)
    images = np.random.default_rng(0).integers(0, 256, (COUNT, SIDE, SIDE, 1), np.uint8)
    index = 2
    found = pixel_gradient(critic, images, index, labels, dtype=torch.float64)
    assert found.shape == (SIDE, SIDE, 1) and found.dtype == np.float64 and np.abs(found).max() > 0
    y = None if labels is None else torch.from_numpy(labels)
    strongest = np.unravel_index(np.abs(found).argmax(), found.shape)
    for row, column, channel in [strongest, (14, 14, 0), (3, 20, 0)]:
        ends = []
        for sign in (-1, 1):
            x = as_input(images, torch.float64)
            x[index, channel, row, column] += sign * STEP
            ends.append(float(critic(x, y)[index]))
        assert found[row, column, channel] == pytest.approx((ends[1] - ends[0]) / (2 * STEP), rel=1e-4, abs=1e-7)


def test_that_scores_are_the_discriminators_batch_by_batch() -> None:
    images = np.random.default_rng(1).integers(0, 256, (BATCH + 5, 4, 4, 3), np.uint8)
    labels = np.arange(len(images))

    def compares(x: torch.Tensor, y: torch.Tensor | None) -> torch.Tensor:
        assert y is not None
        return x.mean(dim=(1, 2, 3)) - x.mean() + y

    means = (images / 127.5 - 1).mean(axis=(1, 2, 3))
    expected = means + labels
    expected[:BATCH] -= means[:BATCH].mean()
    expected[BATCH:] -= means[BATCH:].mean()
    np.testing.assert_allclose(scores(compares, images, labels), expected, rtol=1e-5, atol=1e-5)


def test_that_others_of_the_batch_are_held_still_and_those_of_another_are_not_seen() -> None:
    images = np.random.default_rng(1).integers(0, 256, (BATCH + 5, 4, 4, 1), np.uint8)

    def compares(x: torch.Tensor, _: torch.Tensor | None) -> torch.Tensor:
        sums = x.sum(dim=(1, 2, 3))
        return sums * sums.sum()

    inputs = (images / 127.5 - 1).sum(axis=(1, 2, 3))
    for index, batch in ((3, inputs[:BATCH]), (BATCH + 1, inputs[BATCH:])):
        np.testing.assert_allclose(pixel_gradient(compares, images, index), batch.sum() + inputs[index], rtol=1e-4)


def test_that_saliency_is_the_largest_change_of_any_channel() -> None:
    gradient = np.array([[[0.1, -3.0, 2.0], [0.0, 0.0, 0.5]]])
    np.testing.assert_array_equal(saliency(gradient), np.float32([[3.0, 0.5]]))
