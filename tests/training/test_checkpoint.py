"""Checkpoints: whole or not at all, refused when damaged, and all that a run needs."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from ganstudio.cli import main
from ganstudio.errors import RunFolderError
from ganstudio.game import GENERATOR, Cursor, DataShape
from ganstudio.runs import execute
from ganstudio.runs.folder import RunFolder
from ganstudio.training import checkpoint
from ganstudio.training.control import Control
from ganstudio.training.events import CheckpointSaved, Event, Progress, RunFinished, RunResumed, Warned
from ganstudio.training.trainer import Trainer
from tests.helpers import assembled, fill, of, run, tiny, train

FILES = ("networks.safetensors", "state.safetensors", "manifest.json")


def damage(folder: Path, what: str) -> None:
    """One flipped bit in the middle of a file, half a manifest, or a file that is gone."""
    if what == "half a manifest":
        file = folder / "manifest.json"
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif what.startswith("no "):
        (folder / what.removeprefix("no ")).unlink()
    else:
        data = bytearray((folder / what).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / what).write_bytes(data)


DAMAGES = [*FILES, "half a manifest", *(f"no {name}" for name in FILES)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 6 steps with checkpoints at 2, 4 and 6."""
    out = tmp_path_factory.mktemp("runs") / "run"
    execute.train(tiny("dcgan", training__steps=6, training__checkpoint_every=2), out, lambda event: None, Control())
    assert RunFolder.open(out).checkpoints() == [2, 4, 6]
    return out


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of it to break."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def resume(folder: Path, steps: int) -> list[Event]:
    events: list[Event] = []
    execute.resume(RunFolder.open(folder), events.append, Control(), steps=steps)
    return events


@pytest.mark.parametrize("what", DAMAGES)
def test_that_a_damaged_checkpoint_is_refused_with_a_sentence(what: str, folder: Path) -> None:
    newest = folder / "checkpoints" / "step-00000006"
    checkpoint.read_manifest(newest)
    damage(newest, what)
    with pytest.raises(RunFolderError, match=r"^The checkpoint step-00000006 (is damaged|cannot be read): .*\.$"):
        checkpoint.read_manifest(newest)


@pytest.mark.parametrize("what", DAMAGES)
def test_that_the_newest_intact_checkpoint_is_used_and_the_damaged_one_named(what: str, folder: Path) -> None:
    damage(folder / "checkpoints" / "step-00000006", what)
    events = resume(folder, 8)
    assert [event.from_step for event in of(RunResumed, events)] == [4]
    (warning,) = of(Warned, events)
    assert "step-00000006" in warning.message
    assert "An older one is used." in warning.message
    assert (events[-1].step, events[-1].error) == (8, None)
    assert [checkpoint.read_manifest(path).cursor.step for path in sorted((folder / "checkpoints").iterdir())] == [
        2,
        4,
        6,
        8,
    ]


def test_that_a_run_without_an_intact_checkpoint_says_so(folder: Path) -> None:
    for step in (2, 4, 6):
        damage(folder / "checkpoints" / f"step-{step:08d}", "networks.safetensors")
    before = sorted(path.relative_to(folder) for path in folder.glob("checkpoints/**/*"))
    events = resume(folder, 8)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].reason == "failed"
    assert events[-1].error is not None
    assert "No checkpoint of this run is intact" in events[-1].error
    assert len(of(Warned, events)) == 3
    assert "older" not in of(Warned, events)[-1].message, "there is no older one"
    assert sorted(path.relative_to(folder) for path in folder.glob("checkpoints/**/*")) == before, "nothing is deleted"


def test_that_a_damaged_checkpoint_is_never_sampled_from(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage(folder / "checkpoints" / "step-00000006", "networks.safetensors")
    assert main(["sample", str(folder), "--count", "2", "--out", str(folder / "s.npz")]) == 0
    captured = capsys.readouterr()
    assert "step 4" in captured.out
    assert "step-00000006 is damaged" in captured.err
    assert main(["sample", f"{folder}@6", "--count", "2", "--out", str(folder / "s.npz")]) == 2


def test_that_a_changed_digit_in_the_manifest_is_noticed(folder: Path) -> None:
    """It is still JSON, and would put training elsewhere in its data."""
    file = folder / "checkpoints" / "step-00000006" / "manifest.json"
    text = file.read_text()
    assert '"images": 24' in text
    file.write_text(text.replace('"images": 24', '"images": 28'))
    with pytest.raises(RunFolderError, match="is damaged: its manifest has changed"):
        checkpoint.read_manifest(file.parent)


def test_that_a_checkpoint_of_a_later_format_is_refused(folder: Path) -> None:
    file = folder / "checkpoints" / "step-00000006" / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format_version": 9}))
    with pytest.raises(RunFolderError, match="format version 9"):
        checkpoint.read_manifest(file.parent)


def test_that_networks_of_other_sizes_are_not_filled(folder: Path) -> None:
    other = assembled(tiny("dcgan", variant__generator_width=8))
    with pytest.raises(RunFolderError, match="does not fit"):
        checkpoint.load_networks(folder / "checkpoints" / "step-00000006", other._game.networks)


def test_that_a_checkpoint_past_a_hundred_million_steps_is_the_newest(tmp_path: Path) -> None:
    for step in (99_999_999, 100_000_000, 5):
        checkpoint.checkpoint_folder(tmp_path, step).mkdir()
    (tmp_path / "step-notes").mkdir()
    assert checkpoint.list_steps(tmp_path) == [5, 99_999_999, 100_000_000]
    assert checkpoint.list_steps(tmp_path / "nowhere") == []


# -- what is in it -----------------------------------------------------------------------------------------------------


def test_that_tensors_are_named_by_network_and_parameter(finished: Path) -> None:
    file = finished / "checkpoints" / "step-00000006" / "networks.safetensors"
    names = set(load_file(file))
    assert {"generator.project.weight", "discriminator.head.score.weight", "ema.generator.project.weight"} <= names
    assert "ema.generator.norms.0.layer.running_mean" in names, "the averages' statistics too"
    assert not any(name.startswith("ema.discriminator") for name in names)
    with safe_open(file, framework="pt") as opened:
        assert not opened.metadata()


def test_that_the_manifest_tells_where_training_stands(finished: Path) -> None:
    manifest = checkpoint.read_manifest(finished / "checkpoints" / "step-00000004")
    assert manifest.cursor == Cursor(step=4, play=0, images=16)
    assert manifest.shape == DataShape(28, 1, 10)
    assert manifest.classes == tuple("0123456789")
    assert manifest.time > 0


def test_that_restored_moments_lie_in_memory_as_their_weights_do(finished: Path) -> None:
    """A fused optimiser pairs both by raw memory: contiguous moments beside channels-last weights corrupt training."""
    trainer = assembled(tiny("dcgan"))
    networks, optimizers = trainer._game.networks, trainer._optimizers
    checkpoint.load_state(finished / "checkpoints" / "step-00000006", networks, optimizers, {})
    convolutional = 0
    for optimizer in optimizers.values():
        for parameter, moments in optimizer.state.items():
            assert moments["step"].item() == 6
            for name in ("exp_avg", "exp_avg_sq"):
                assert moments[name].stride() == parameter.stride()
                assert moments[name].abs().sum() > 0
            convolutional += parameter.dim() == 4 and not parameter.is_contiguous()
    assert convolutional == 2


def test_that_a_copied_run_is_sampled_where_its_data_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = fill(tmp_path / "pictures", 12, side=16)
    config = tiny("dcgan", dataset__name=str(pictures), training__steps=2)
    execute.train(config, tmp_path / "run", lambda event: None, Control())
    assert main(["sample", str(tmp_path / "run"), "--count", "5", "--out", str(tmp_path / "here.npz")]) == 0
    shutil.copytree(tmp_path / "run", tmp_path / "elsewhere" / "copy")
    shutil.rmtree(pictures)
    shutil.rmtree(tmp_path / "run")
    copy = tmp_path / "elsewhere" / "copy"
    assert main(["sample", str(copy), "--count", "5", "--out", str(tmp_path / "there.npz")]) == 0
    with np.load(tmp_path / "here.npz") as here, np.load(tmp_path / "there.npz") as there:
        assert here["images"].shape == (5, 16, 16, 3)
        assert np.array_equal(here["images"], there["images"])
    capsys.readouterr()
    assert main(["train", "--resume", str(copy), "--steps", "4"]) == 2
    assert "pictures does not exist" in capsys.readouterr().err


# -- whole or not at all -----------------------------------------------------------------------------------------------


class FullDisk:
    """Raises what a full disk does from the `nth` call on."""

    def __init__(self, original: Any, nth: int) -> None:
        self._original, self._left = original, nth

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._original(*args, **kwargs)


@pytest.mark.parametrize(
    ("where", "name", "calls"),
    [(checkpoint.os, "fsync", 4), (checkpoint.os, "fsync", 5), (checkpoint.os, "fsync", 6), (Path, "rename", 1)],
    ids=["first file", "second file", "third file", "putting it in its place"],
)
def test_that_a_disk_that_fills_while_saving_leaves_the_last_good_checkpoint_and_no_half_one(
    where: Any, name: str, calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first checkpoint flushes three files and its folder, and is renamed once."""
    full = FullDisk(getattr(where, name), calls)
    monkeypatch.setattr(where, name, lambda *args, **kwargs: full(*args, **kwargs))  # noqa: PLW0108 - a method
    events = run(Trainer(tiny("vanilla", training__steps=8, training__checkpoint_every=2), checkpoints=tmp_path / "c"))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].reason == "failed"
    assert events[-1].error == "The run folder cannot be written: No space left on device. The last checkpoint is kept."
    assert [event.step for event in of(CheckpointSaved, events)] == [2]
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["step-00000002"]
    checkpoint.read_manifest(tmp_path / "c" / "step-00000002")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte, where the system lets us have one."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_that_a_run_on_a_disk_that_fills_ends_with_a_sentence_and_can_be_resumed_elsewhere(
    small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events: list[Event] = []
    config = tiny("vanilla", training__steps=500, training__checkpoint_every=2)
    execute.train(config, small_disk / "run", events.append, Control())
    assert isinstance(events[-1], RunFinished)
    assert events[-1].reason == "failed"
    assert events[-1].error is not None
    assert "cannot be written" in events[-1].error
    assert "No space left" in events[-1].error or "os error 28" in events[-1].error
    saved = [event.step for event in of(CheckpointSaved, events)]
    assert saved
    assert RunFolder.open(small_disk / "run").checkpoints() == saved
    assert not list((small_disk / "run" / "checkpoints").glob(".*"))
    shutil.copytree(small_disk / "run", tmp_path / "moved")
    assert [event.from_step for event in of(RunResumed, resume(tmp_path / "moved", saved[-1] + 2))] == [saved[-1]]


def test_that_data_prepared_on_a_disk_that_fills_end_in_a_sentence(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory map written beyond the end of a full disk would kill the process."""
    monkeypatch.setenv("GANSTUDIO_HOME", str(small_disk))
    events = run(Trainer(tiny("vanilla", training__steps=2)))
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error is not None
    assert "The data cannot be prepared in" in events[-1].error
    assert "No space left on device" in events[-1].error
    assert not [path for path in (small_disk / "stores").iterdir() if path.is_dir()]


def test_that_a_checkpoint_that_was_being_replaced_when_the_process_was_killed_is_not_lost(folder: Path) -> None:
    """Between two renames the old one stands aside under another name."""
    newest = folder / "checkpoints" / "step-00000006"
    newest.rename(newest.with_name(".step-00000006.old"))
    (folder / "checkpoints" / ".step-00000006.writing").mkdir()
    events = resume(folder, 8)
    assert [event.from_step for event in of(RunResumed, events)] == [6]
    assert not list((folder / "checkpoints").glob(".*"))


def test_that_a_checkpoint_in_place_wins_over_an_old_one_set_aside(folder: Path) -> None:
    newest = folder / "checkpoints" / "step-00000006"
    shutil.copytree(newest.with_name("step-00000002"), newest.with_name(".step-00000006.old"))
    assert [event.from_step for event in of(RunResumed, resume(folder, 8))] == [6]


def test_that_a_state_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing the last checkpoint again at the end would only put it at risk."""
    written: list[str] = []
    original = checkpoint.save

    def save(folder: Path, *rest: Any) -> None:
        written.append(folder.name)
        original(folder, *rest)

    monkeypatch.setattr(checkpoint, "save", save)
    events = train(tiny("vanilla", training__steps=4, training__checkpoint_every=2), tmp_path)
    assert written == ["step-00000002", "step-00000004"]
    assert [event.step for event in of(CheckpointSaved, events)] == [2, 4]
    resumed = run(
        Trainer(tiny("vanilla", training__steps=4, training__checkpoint_every=2), checkpoints=tmp_path, resume=True)
    )
    assert (resumed[-1].step, len(written)) == (4, 2)


def test_that_a_changed_setting_alone_is_worth_a_checkpoint(tmp_path: Path) -> None:
    control = Control()

    def watch(event: Event) -> None:
        if isinstance(event, Progress) and event.step == 2:
            control.change("optimizer.generator.learning_rate", 0.01)
            control.stop()

    Trainer(tiny("vanilla", training__steps=4, training__checkpoint_every=2), checkpoints=tmp_path).run(watch, control)
    manifest = checkpoint.read_manifest(tmp_path / "step-00000002")
    assert manifest.config.optimizer.generator.learning_rate == 0.01


def test_that_saving_does_not_disturb_training(tmp_path: Path) -> None:
    trainer = assembled(tiny("dcgan"))
    trainer.round()
    before = {name: value.clone() for name, value in trainer._game.networks[GENERATOR].state_dict().items()}
    manifest = checkpoint.Manifest(Cursor(1), 0.0, tiny("dcgan"), DataShape(28, 1))
    checkpoint.save(
        tmp_path / "step-00000001", manifest, trainer._game.networks, trainer._ema.networks, trainer._optimizers, {}
    )
    after = trainer._game.networks[GENERATOR].state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert after["grow.0.weight"].is_contiguous(memory_format=torch.channels_last)
