"""Runs that translate go on bit for bit: with a pool that is partly full, and across SRGAN's change of phase."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from ganstudio.config import RunConfig
from ganstudio.game import DISCRIMINATOR, DataShape
from ganstudio.training import checkpoint
from ganstudio.training.events import PhaseBegan, RunFinished
from ganstudio.training.trainer import Trainer
from tests.helpers import assembled, fill, of, run, tiny

FILES = ("networks.safetensors", "state.safetensors")


def config_of(variant: str, folder: Path, steps: int, **values: Any) -> RunConfig:
    pictures = str(fill(folder / "pictures", 24, side=16))
    others = str(fill(folder / "others", 20, side=16, seed=1))
    return tiny(
        variant, dataset__name=pictures, dataset__target=others, dataset__resolution=16, training__steps=steps,
        training__checkpoint_every=1, training__sample_every=100, **values,
    )  # fmt: skip


def going_on(config: RunConfig, checkpoints: Path, steps: int) -> list[Any]:
    events = run(Trainer(config.with_values({"training.steps": steps}), checkpoints=checkpoints, resume=True))
    assert isinstance(events[-1], RunFinished) and events[-1].error is None
    return events


def assert_equal(a: Path, b: Path, step: int) -> None:
    for name in FILES:
        one, other = (checkpoint.checkpoint_folder(folder, step) / name for folder in (a, b))
        assert one.read_bytes() == other.read_bytes(), name


@pytest.mark.parametrize("stop", [3, 14])
def test_that_cyclegan_resumes_with_its_pools(stop: int, tmp_path: Path) -> None:
    """After 3 steps of 4 images the pools hold 12 of 50; after 14 they are full and give fakes back."""
    config = config_of("cyclegan", tmp_path, stop)
    assert run(Trainer(config, checkpoints=tmp_path / "broken"))[-1].error is None
    state = load_file(checkpoint.checkpoint_folder(tmp_path / "broken", stop) / "state.safetensors")
    for side in ("target", "source"):
        assert int(state[f"memory.pool_{side}.count"]) == min(50, 4 * stop)
    going_on(config, tmp_path / "broken", stop + 3)
    whole = config.with_values({"training.steps": stop + 3})
    assert run(Trainer(whole, checkpoints=tmp_path / "whole"))[-1].error is None
    assert_equal(tmp_path / "broken", tmp_path / "whole", stop + 3)


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_that_srgan_resumes_before_at_and_after_its_change_of_phase(stop: int, tmp_path: Path) -> None:
    config = config_of("srgan", tmp_path, stop, variant__pretraining=8, variant__scale=2)
    assert run(Trainer(config, checkpoints=tmp_path / "broken"))[-1].error is None
    events = going_on(config, tmp_path / "broken", 4)
    assert [event.name for event in of(PhaseBegan, events)] == (["adversarial"] if stop < 3 else [])
    whole = config.with_values({"training.steps": 4})
    assert run(Trainer(whole, checkpoints=tmp_path / "whole"))[-1].error is None
    assert_equal(tmp_path / "broken", tmp_path / "whole", 4)


def test_that_a_network_whose_features_are_compared_is_not_saved(tmp_path: Path) -> None:
    config = config_of("srgan", tmp_path, 1, variant__scale=2)
    assert run(Trainer(config, checkpoints=tmp_path / "run"))[-1].error is None
    saved = load_file(checkpoint.checkpoint_folder(tmp_path / "run", 1) / "networks.safetensors")
    assert {name.removeprefix("ema.").split(".")[0] for name in saved} == {"generator", "discriminator"}


def test_that_playing_a_player_who_has_no_part_yet_plays_the_round_as_it_is() -> None:
    """D joins SRGAN after pre-training; one step of D alone before that is a step of G."""
    trainer = assembled(tiny("srgan", variant__pretraining=100), DataShape(16, 3))
    trainer._begin_solo(DISCRIMINATOR)
    trainer.round()
    assert (trainer._cursor.step, trainer._cursor.images) == (1, 4)
