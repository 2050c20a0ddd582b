"""A run's translator: the way there and back, enlargement, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.errors import RunFolderError, UserError
from ganstudio.game import SOURCE, TARGET
from ganstudio.latent.model import LatentModel, build_game
from ganstudio.latent.translation import TranslationModel
from ganstudio.training import checkpoint
from ganstudio.training.sampling import to_pixels
from tests.helpers import fill, tiny, train


def trained(folder: Path, variant: str, **values: Any) -> Path:
    """The checkpoint of a tiny run of two steps on pictures of noise."""
    pictures = str(fill(folder / "pictures", 20, side=16))
    if variant == "cyclegan":
        values["dataset__target"] = str(fill(folder / "others", 20, side=20, seed=1))
    config = tiny(variant, dataset__name=pictures, dataset__resolution=16, training__steps=2, **values)
    train(config, folder / "checkpoints")
    return checkpoint.checkpoint_folder(folder / "checkpoints", 2)


@pytest.fixture(scope="module")
def both_ways(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("cyclegan"), "cyclegan")


@pytest.fixture(scope="module")
def enlarging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("srgan"), "srgan", variant__scale=2, variant__pretraining=4)


def noise(count: int, height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (count, height, width, channels), np.uint8)


@pytest.mark.parametrize("direction", [SOURCE, TARGET])
@pytest.mark.parametrize("ema", [True, False])
def test_that_each_way_is_its_own_network_of_the_checkpoint(both_ways: Path, direction: str, ema: bool) -> None:
    manifest = checkpoint.read_manifest(both_ways)
    game = build_game(manifest.config, manifest.shape)
    networks = {name: game.networks[name] for name in game.ema}
    checkpoint.load_networks(both_ways, networks, prefix="ema." if ema else "")
    images = noise(3, 16, 16)
    given = torch.from_numpy(images).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1
    with torch.inference_mode():
        expected = to_pixels(networks[f"to_{direction}"].eval()(given))
    model = TranslationModel.load(both_ways, ema=ema)
    assert model.directions == (TARGET, SOURCE)
    assert (model.translate(images, direction) == expected).all()
    assert model.domain_of_inputs(direction) == (SOURCE if direction == TARGET else TARGET)


def test_that_the_target_is_translated_to_unless_said_otherwise(both_ways: Path) -> None:
    model, images = TranslationModel.load(both_ways), noise(70, 16, 16)
    there = model.translate(images)
    assert (there == model.translate(images, TARGET)).all()
    assert not (there == model.translate(images, SOURCE)).all()
    assert there.shape == images.shape
    assert (model.scale, model.step) == (1, 2)


def test_that_any_picture_is_accepted(both_ways: Path) -> None:
    model = TranslationModel.load(both_ways)
    assert model.accept(noise(1, 40, 30)[0]).shape == (16, 16, 3)
    assert model.accept(noise(1, 9, 50, 1)[0]).shape == (16, 16, 3)
    assert (model.as_inputs(noise(2, 16, 16)) == noise(2, 16, 16)).all()


def test_that_pictures_of_any_size_are_enlarged(enlarging: Path) -> None:
    model = TranslationModel.load(enlarging)
    assert model.scale == 2 and model.directions == ()
    picture = model.accept(noise(1, 20, 31)[0])
    assert (picture == noise(1, 20, 31)[0]).all()
    assert model.translate(picture[None]).shape == (1, 40, 62, 3)
    assert model.as_inputs(noise(2, 16, 16)).shape == (2, 8, 8, 3)


def test_that_a_grey_picture_is_enlarged_in_colour_and_a_colour_one_in_grey(enlarging: Path, tmp_path: Path) -> None:
    grey = noise(1, 12, 12, 1)[0]
    assert (TranslationModel.load(enlarging).accept(grey) == np.repeat(grey, 3, axis=2)).all()
    run = trained(tmp_path, "srgan", variant__scale=2, dataset__channels="grey")
    accepted = TranslationModel.load(run).accept(np.full((12, 12, 3), (10, 200, 60), np.uint8))
    assert accepted.shape == (12, 12, 1)
    assert (accepted == round(0.299 * 10 + 0.587 * 200 + 0.114 * 60)).all()


def test_that_a_picture_can_be_too_large_to_enlarge(enlarging: Path) -> None:
    with pytest.raises(UserError, match="1100 x 1000 px is too large"):
        TranslationModel.load(enlarging).accept(np.zeros((1000, 1100, 3), np.uint8))


def test_that_a_way_that_is_not_there_is_told(both_ways: Path, enlarging: Path) -> None:
    with pytest.raises(UserError, match="to target or source"):
        TranslationModel.load(both_ways).translate(noise(1, 16, 16), "sideways")
    with pytest.raises(UserError, match="one direction only"):
        TranslationModel.load(enlarging).translate(noise(1, 8, 8), SOURCE)


def test_that_runs_are_not_taken_for_one_another(both_ways: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="it has no latents"):
        LatentModel.load(both_ways)
    train(tiny("vanilla", dataset__limit=32, training__steps=1), tmp_path)
    with pytest.raises(UserError, match="draws from latents"):
        TranslationModel.load(checkpoint.checkpoint_folder(tmp_path, 1))


def test_that_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    run = trained(tmp_path, "cyclegan")
    (run / "state.safetensors").write_bytes(b"")
    with pytest.raises(RunFolderError, match="damaged"):
        TranslationModel.load(run)
