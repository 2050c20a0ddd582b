"""Starting from another run: what is taken, what is told, and that it happens once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ganstudio.config import RunConfig
from ganstudio.training import checkpoint
from ganstudio.training.events import RunFinished, Warned
from ganstudio.training.trainer import Trainer
from tests.helpers import of, run, tiny, train


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two steps."""
    folder = tmp_path_factory.mktemp("source")
    train(settings(2), folder / "checkpoints")
    return folder


def settings(steps: int, **values: Any) -> RunConfig:
    return tiny("vanilla", dataset__name="mnist-10k", dataset__limit=64, training__steps=steps, **values)


def weights(folder: Path, step: int) -> dict[str, torch.Tensor]:
    return load_file(checkpoint.checkpoint_folder(folder / "checkpoints", step) / "networks.safetensors")


def started(config: RunConfig) -> tuple[Trainer, list[str]]:
    """A trainer that has started and gone no further, and its warnings."""
    trainer = Trainer(config)
    said: list[Any] = []
    trainer._emit = said.append
    trainer._set_up()
    trainer._close()
    return trainer, [event.message for event in of(Warned, said)]


def test_that_a_run_starts_from_the_newest_checkpoint_of_another(source: Path) -> None:
    trainer, warnings = started(settings(1, seed=9, techniques__transfer__run=str(source)))
    given = weights(source, 2)
    for name, network in trainer._game.networks.items():
        for key, value in network.state_dict().items():
            assert torch.equal(value, given[f"{name}.{key}"])
    for name, network in trainer._ema.networks.items():
        for key, value in network.state_dict().items():
            assert torch.equal(value, given[f"ema.{name}.{key}"])
    assert not any(optimizer.state for optimizer in trainer._optimizers.values())
    assert warnings == [f"Started from step 2 of {source}: 14 of 14 tensors fit and were taken, the rest are fresh."]


def test_that_what_does_not_fit_starts_afresh(source: Path) -> None:
    """Another latent size changes G's first weight alone."""
    values: dict[str, Any] = {"variant__latent_size": 5, "seed": 9}
    fresh, _ = started(settings(1, **values))
    trainer, warnings = started(settings(1, **values, techniques__transfer__run=str(source)))
    assert "13 of 14 tensors" in warnings[0]
    (first, *others) = trainer._game.networks["generator"].state_dict().items()
    assert torch.equal(first[1], fresh._game.networks["generator"].state_dict()[first[0]])
    given = weights(source, 2)
    assert all(torch.equal(value, given[f"generator.{key}"]) for key, value in others)


def test_that_a_resumed_run_goes_on_from_its_own_weights(source: Path, tmp_path: Path) -> None:
    values = {"seed": 9, "techniques__transfer__run": str(source)}
    train(settings(2, **values), tmp_path / "one" / "checkpoints")
    train(settings(1, **values), tmp_path / "two" / "checkpoints")
    events = run(Trainer(settings(2, **values), checkpoints=tmp_path / "two" / "checkpoints", resume=True))
    assert events[-1].error is None
    assert not of(Warned, events)
    one, two = (weights(tmp_path / name, 2) for name in ("one", "two"))
    assert all(torch.equal(value, two[key]) for key, value in one.items())


def test_that_frozen_layers_keep_what_the_other_run_learned(source: Path, tmp_path: Path) -> None:
    values = {"seed": 9, "techniques__transfer__run": str(source), "techniques__transfer__freeze": 1}
    train(settings(2, **values), tmp_path / "checkpoints")
    given, found = weights(source, 2), weights(tmp_path, 2)
    same = {key for key in found if key.startswith("discriminator.") and torch.equal(found[key], given[key])}
    assert same == {"discriminator.layers.0.weight", "discriminator.layers.0.bias"}


def test_that_a_run_that_is_not_there_ends_in_a_sentence(tmp_path: Path) -> None:
    events = run(Trainer(settings(1, techniques__transfer__run=str(tmp_path / "none"))))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error is not None
    assert "no intact checkpoint" in events[-1].error


def test_that_a_run_of_other_networks_ends_in_a_sentence(source: Path) -> None:
    values = {"dataset__name": "mnist-10k", "dataset__limit": 64, "techniques__transfer__run": str(source)}
    events = run(Trainer(tiny("r3gan", training__steps=1, **values)))
    assert "take one of the same variant" in events[-1].error


def test_that_a_damaged_checkpoint_is_passed_over(source: Path, tmp_path: Path) -> None:
    train(settings(1), tmp_path / "checkpoints")
    train(settings(2), tmp_path / "checkpoints")
    newest = checkpoint.checkpoint_folder(tmp_path / "checkpoints", 2) / "networks.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1] + b"x")
    _, warnings = started(settings(1, techniques__transfer__run=str(tmp_path)))
    assert warnings[0].startswith("Started from step 1 of ")
