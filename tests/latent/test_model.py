"""A run's generator, drawn from its checkpoint."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ganstudio.errors import RunFolderError, UserError
from ganstudio.game import DataShape
from ganstudio.latent.model import LatentModel, build_game
from ganstudio.latent.sampling import latents
from tests.latent.tiny_runs import LATENT_SIZE, class_run, plain_config, plain_run


@pytest.fixture
def checkpoint() -> Path:
    return plain_run().checkpoint_path(4)


def test_that_a_model_knows_what_it_takes(checkpoint: Path) -> None:
    model = LatentModel.load(checkpoint)
    assert (model.latent_size, model.num_classes, model.step) == (LATENT_SIZE, 0, 4)


def test_that_latents_become_images(checkpoint: Path) -> None:
    images = LatentModel.load(checkpoint).draw(latents(0, 3, LATENT_SIZE))
    assert images.shape == (3, 28, 28, 1)
    assert images.dtype == np.uint8
    assert not np.array_equal(images[0], images[1])


def test_that_a_latent_gives_the_same_image_alone_and_among_others(checkpoint: Path) -> None:
    model, z = LatentModel.load(checkpoint), latents(0, 5, LATENT_SIZE)
    alone, among = model.draw(z[2:3])[0].astype(int), model.draw(z)[2].astype(int)
    assert np.abs(alone - among).max() <= 1


def test_that_raw_and_averaged_networks_differ(checkpoint: Path) -> None:
    z = latents(0, 4, LATENT_SIZE)
    ema, raw = (LatentModel.load(checkpoint, ema=ema).draw(z).astype(int) for ema in (True, False))
    assert np.abs(ema - raw).max() > 0


def test_that_read_only_latents_can_be_drawn(checkpoint: Path) -> None:
    z = latents(0, 1, LATENT_SIZE)
    z.setflags(write=False)
    LatentModel.load(checkpoint).draw(z)


def test_that_the_class_changes_the_image() -> None:
    model = LatentModel.load(class_run().checkpoint_path(2))
    z = np.repeat(latents(0, 1, LATENT_SIZE), 2, axis=0)
    images = model.draw(z, np.array([1, 7]))
    assert model.num_classes == 10
    assert not np.array_equal(images[0], images[1])


def test_that_samples_run_through_all_classes() -> None:
    model = LatentModel.load(class_run().checkpoint_path(2))
    pieces = list(model.samples(12, seed=1, batch=5))
    labels = np.concatenate([piece[1] for piece in pieces if piece[1] is not None])
    assert [len(images) for images, _ in pieces] == [5, 5, 2]
    assert labels.tolist() == [*range(10), 0, 1]


def test_that_samples_of_a_seed_repeat(checkpoint: Path) -> None:
    model = LatentModel.load(checkpoint)
    first, second = (np.concatenate([images for images, _ in model.samples(6, seed=3, batch=4)]) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_that_a_class_that_is_not_there_is_refused_in_words(checkpoint: Path) -> None:
    with pytest.raises(UserError, match="no classes"):
        next(LatentModel.load(checkpoint).samples(1, seed=0, label=3))
    with pytest.raises(UserError, match="no class 10"):
        next(LatentModel.load(class_run().checkpoint_path(2)).samples(1, seed=0, label=10))


def test_that_a_damaged_checkpoint_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    copy = tmp_path / checkpoint.name
    shutil.copytree(checkpoint, copy)
    networks = copy / "networks.safetensors"
    data = bytearray(networks.read_bytes())
    data[-1] ^= 1
    networks.write_bytes(data)
    with pytest.raises(RunFolderError, match="damaged"):
        LatentModel.load(copy)


def test_that_building_leaves_process_wide_randomness_alone() -> None:
    before = torch.random.get_rng_state()
    build_game(plain_config(), DataShape(28, 1, 10))
    assert torch.equal(before, torch.random.get_rng_state())
