"""A fork begins with its parent's checkpoint, goes on exactly, and leaves the parent as it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli import main
from ganstudio.errors import RunFolderError, UserError
from ganstudio.runs import execute
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.fork import fork
from ganstudio.runs.summary import summarise
from ganstudio.training import checkpoint
from ganstudio.training.control import Control
from ganstudio.training.events import Event, Progress, RunForked, RunResumed
from tests.helpers import VARIANT_NAMES, of, tiny

FILES = ("networks.safetensors", "state.safetensors")


def train(out: Path, variant: str = "vanilla", watch: Any = None, **values: Any) -> RunFolder:
    """A run of 6 steps with checkpoints at 3 and 6."""
    control = Control()
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        if watch is not None:
            watch(event, control)

    config = tiny(variant, **{"training__steps": 6, "training__checkpoint_every": 3, **values})
    execute.train(config, out, emit, control)
    assert events[-1].error is None
    return RunFolder.open(out)


def go_on(run: RunFolder, steps: int | None = None) -> list[Event]:
    events: list[Event] = []
    execute.resume(run, events.append, Control(), steps=steps)
    assert events[-1].error is None
    return events


def state(run: RunFolder, step: int) -> tuple[bytes, ...]:
    return tuple((run.checkpoint_path(step) / name).read_bytes() for name in FILES)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_a_fork_without_changes_equals_its_parent(variant: str, tmp_path: Path) -> None:
    parent = train(tmp_path / "parent", variant)
    before = everything(parent.path)
    made = fork(parent, 3, {}, tmp_path / "fork")
    assert state(made, 3) == state(parent, 3)
    go_on(made)
    assert state(made, 6) == state(parent, 6)
    assert everything(parent.path) == before, "a fork never writes to its parent"


CHANGES = {
    "optimizer.generator.learning_rate": 0.01,
    "optimizer.discriminator.beta1": 0.0,
    "objective.penalties.r1.weight": 5.0,
    "techniques.ema.half_life": 0.0,
    "techniques.instance_noise.sigma": 0.5,
    "training.discriminator_steps": 2,
}


@pytest.mark.parametrize(("path", "value"), CHANGES.items())
def test_that_a_fork_with_a_live_setting_equals_a_run_that_was_changed_there(
    path: str, value: Any, tmp_path: Path
) -> None:
    parent = train(tmp_path / "parent")

    def change(event: Event, control: Control) -> None:
        if isinstance(event, Progress) and event.step == 3:
            control.change(path, value)

    changed = train(tmp_path / "changed", watch=change)
    made = fork(parent, 3, {path: value}, tmp_path / "fork")
    go_on(made)
    assert state(made, 6) == state(changed, 6)
    assert state(made, 6) != state(parent, 6)


def test_that_a_fork_with_other_augmentation_equals_a_run_that_was_changed_there(tmp_path: Path) -> None:
    values = {"techniques__augment__policy": "ada", "techniques__augment__adaptive": False}
    parent = train(tmp_path / "parent", "dcgan", **values)

    def change(event: Event, control: Control) -> None:
        if isinstance(event, Progress) and event.step == 3:
            control.change("techniques.augment.probability", 0.8)

    changed = train(tmp_path / "changed", "dcgan", change, **values)
    made = fork(parent, 3, {"techniques.augment.probability": 0.8}, tmp_path / "fork")
    go_on(made)
    assert state(made, 6) == state(changed, 6)
    assert state(made, 6) != state(parent, 6)


def test_that_history_is_shared_and_the_folder_opens_elsewhere(tmp_path: Path) -> None:
    parent = train(tmp_path / "parent", training__sample_every=2)
    made = fork(parent, 3, {"seed": 5, "training.batch_size": 2}, tmp_path / "fork")
    shutil.move(made.path, tmp_path / "elsewhere")
    shutil.rmtree(parent.path)
    made = RunFolder.open(tmp_path / "elsewhere")
    assert made.samples() == [0, 2]
    assert made.forked_from() == ("parent", 3)
    assert summarise(made).forked_from == ("parent", 3)
    assert (made.config.seed, made.config.training.batch_size) == (5, 2)
    (forked,) = of(RunForked, made.events())
    assert (forked.step, forked.parent) == (3, "parent")
    assert forked.changes == {"training.batch_size": [4, 2], "seed": [0, 5]}
    events = go_on(made, 8)
    assert [event.from_step for event in of(RunResumed, events)] == [3]
    points = of(Progress, made.events())
    assert [event.step for event in points] == list(range(1, 9))
    assert [event.images for event in points] == [4, 8, 12, 14, 16, 18, 20, 22]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("variant.name", "dcgan", "keeps its parent's variant"),
        ("dataset.name", "circles", "keeps its parent's dataset"),
        ("variant.generator_width", 8, "do not fit these settings"),
        ("variant.latent_size", 9, "do not fit these settings"),
    ],
)
def test_that_what_does_not_fit_is_refused_and_nothing_left(path: str, value: Any, words: str, tmp_path: Path) -> None:
    parent = train(tmp_path / "parent")
    with pytest.raises(UserError, match=words):
        fork(parent, 3, {path: value}, tmp_path / "fork")
    assert [entry.name for entry in tmp_path.iterdir()] == ["parent"]


def test_that_another_kind_of_optimiser_starts_without_moments(tmp_path: Path) -> None:
    parent = train(tmp_path / "parent")
    made = fork(parent, 3, {"optimizer.generator.name": "sgd"}, tmp_path / "fork")
    names = checkpoint.tensor_names(made.checkpoint_path(3))
    assert not [name for name in names if name.startswith("generator.generator.")]
    assert [name for name in names if name.startswith("discriminator.discriminator.")]
    go_on(made)


def test_that_a_technique_that_remembers_can_be_added(tmp_path: Path) -> None:
    parent = train(tmp_path / "parent")
    made = fork(parent, 3, {"techniques.lecam.weight": 0.1}, tmp_path / "fork")
    go_on(made)
    assert state(made, 6) != state(parent, 6)


def test_that_a_damaged_checkpoint_is_refused_and_the_newest_intact_one_taken(tmp_path: Path) -> None:
    parent = train(tmp_path / "parent")
    file = parent.checkpoint_path(6) / "networks.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(RunFolderError, match="step-00000006 is damaged"):
        fork(parent, 6, {}, tmp_path / "fork")
    assert fork(parent, None, {}, tmp_path / "fork").checkpoints() == [3]


def test_that_a_run_that_trains_can_be_forked(tmp_path: Path) -> None:
    parent = train(tmp_path / "parent")
    with parent.lock():
        go_on(fork(parent, 3, {}, tmp_path / "fork"))


def test_that_the_command_line_forks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parent = train(tmp_path / "parent")
    rate = "optimizer.generator.learning_rate"
    arguments = ["train", "--fork", f"{parent.path}@3", "--set", f"{rate}=0.01", "--steps", "5", "--out"]
    assert main([*arguments, str(tmp_path / "fork")]) == 0
    made = RunFolder.open(tmp_path / "fork")
    assert made.checkpoints() == [3, 5]
    assert made.config.value(rate) == 0.01
    assert main([*arguments, str(tmp_path / "fork")]) == 2
    assert main(["train", "--fork", f"{parent.path}@4", "--steps", "5"]) == 2
    assert main(["train", "--fork", f"{parent.path}@3", "--variant", "dcgan"]) == 2
    errors = capsys.readouterr().err
    assert "is not empty" in errors
    assert "no checkpoint at step 4" in errors
    assert "--fork goes on from a checkpoint" in errors
