"""The shipped run is whole, shows what it says, and comes to those who have none, once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ganstudio.data.store import prepare
from ganstudio.latent.model import LatentModel
from ganstudio.runs.example import place_example, shipped_example
from ganstudio.runs.folder import RunFolder, free_folder, list_runs
from ganstudio.runs.summary import summarise
from ganstudio.training.checkpoint import read_manifest, tensor_names

MOST_BYTES = 3_000_000


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != ".lock"
    }


def test_that_it_is_whole_and_small() -> None:
    run = shipped_example()
    assert run.size() < MOST_BYTES
    steps = run.checkpoints()
    assert len(steps) >= 3
    for step in steps:
        manifest = read_manifest(run.checkpoint_path(step))
        assert manifest.cursor.step == step
        assert manifest.classes == tuple("0123456789")
        assert any(name.startswith("ema.generator.") for name in tensor_names(run.checkpoint_path(step)))
    for step in run.samples():
        for raw in (False, True):
            assert run.read_samples(step, raw=raw).shape == (30, 28, 28, 1)
    summary = summarise(run)
    assert (summary.label, summary.title, summary.state) == ("example", "DCGAN by class, MNIST", "stopped")
    assert summary.step == summary.checkpoint == steps[-1]
    assert summary.damaged == 0


def test_that_it_draws_the_digits_that_are_asked_for() -> None:
    """Judged by the nearest of the data's own digits, which tells its own held-out ones apart in 19 of 20 cases."""
    run = shipped_example()
    store = prepare(run.config.dataset)
    reals = store.images.reshape(len(store.images), -1).astype(np.float32)
    images, labels = next(iter(LatentModel.load(run.checkpoint_path(run.checkpoints()[-1])).samples(100, 0)))
    fakes = images.reshape(100, -1).astype(np.float32)
    squares = (reals**2).sum(axis=1) - 2 * fakes @ reals.T
    told = store.labels[squares.argmin(axis=1)]
    assert (told == labels).mean() >= 0.8
    assert len(np.unique(images, axis=0)) == 100


def test_that_it_comes_to_those_who_have_no_runs(tmp_path: Path) -> None:
    before = fingerprints(shipped_example().path)
    root = tmp_path / "runs"
    assert place_example(root) == root / "example"
    assert fingerprints(root / "example") == before
    assert [run.name for run in list_runs(root)] == ["example"]
    assert free_folder("dcgan", root).name == "001-dcgan", "a person's own first run is the first"
    assert place_example(root) is None
    assert fingerprints(shipped_example().path) == before


def test_that_those_who_have_runs_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "001-mine").mkdir()
    (tmp_path / "001-mine" / "config.json").write_text("{}")
    assert place_example(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["001-mine"]


def test_that_what_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    class Enough(Exception):  # noqa: N818 - no error
        pass

    def report(done: int, total: int) -> None:
        if done > 0:
            raise Enough

    with pytest.raises(Enough):
        place_example(tmp_path, report)
    assert list(tmp_path.iterdir()) == []


def test_that_it_can_go_on(tmp_path: Path) -> None:
    from ganstudio.runs.execute import resume
    from ganstudio.training.control import Control
    from ganstudio.training.events import Event, RunFinished

    placed = place_example(tmp_path)
    assert placed is not None
    run = RunFolder(placed)
    begun = run.checkpoints()[-1]
    events: list[Event] = []
    resume(run, events.append, Control(), steps=begun + 2)
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert (end.step, end.error) == (begun + 2, None)
