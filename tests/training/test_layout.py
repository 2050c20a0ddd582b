"""The sample grid: one class a row, one latent a column."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.game import DataShape
from ganstudio.streams import standard_normal
from ganstudio.training.layout import GridLayout
from tests.helpers import assembled, tiny


def test_that_each_row_is_a_class_and_each_column_a_latent() -> None:
    layout = GridLayout.of(64, 10)
    assert (layout.count, layout.group, layout.latents) == (60, 6, 6)
    assert [layout.label(index) for index in (0, 5, 6, 59)] == [0, 0, 1, 9]
    assert [layout.latent(index) for index in (0, 5, 6, 59)] == [0, 5, 0, 5]


@pytest.mark.parametrize("samples", [1, 4])
def test_that_fewer_samples_than_classes_take_them_in_turn(samples: int) -> None:
    layout = GridLayout.of(samples, 10)
    assert (layout.count, layout.group) == (samples, 0)
    assert [layout.label(index) for index in range(samples)] == list(range(samples))
    assert [layout.latent(index) for index in range(samples)] == list(range(samples))


def test_that_samples_without_classes_stand_for_themselves() -> None:
    layout = GridLayout.of(64, 0)
    assert (layout.count, layout.group, layout.label(3), layout.latent(3)) == (64, 0, None, 3)


def test_that_the_trainer_draws_what_the_layout_says() -> None:
    config = tiny("dcgan", variant__conditional=True, training__samples=7)
    trainer = assembled(config, DataShape(28, 1, num_classes=3))
    fixed, latents = trainer._fixed, standard_normal(config.seed, "samples", 2, config.variant.latent_size)
    assert fixed.y is not None
    assert fixed.y.tolist() == [0, 0, 1, 1, 2, 2]
    assert np.array_equal(fixed.z.numpy(), np.concatenate([latents] * 3))
