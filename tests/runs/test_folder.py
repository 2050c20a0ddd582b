"""The run folder: what is read of it, and what has become of the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganstudio.config import RunConfig
from ganstudio.errors import RunFolderError
from ganstudio.runs.folder import RunFolder, free_folder, list_runs, next_run_folder, parse_run
from ganstudio.training.events import RunFinished, RunResumed
from tests.runs.hand_made import append, images, make_checkpoint, make_run, progress

_HOLD = """
import sys, time
from pathlib import Path
from ganstudio.runs.folder import RunFolder
with RunFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("end", "state"), [("completed", "finished"), ("stopped", "stopped"), ("failed", "failed"), (None, "interrupted")]
)
def test_that_the_end_tells_the_state(tmp_path: Path, end: str | None, state: str) -> None:
    assert make_run(tmp_path / "run", end=end).state() == state


def test_that_a_run_that_was_killed_after_going_on_is_interrupted(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", until=50, end="stopped")
    append(run, RunResumed(step=50, time=5.0, from_step=50), progress(60))
    assert run.state() == "interrupted"
    append(run, RunFinished(step=60, time=6.0, reason="completed"))
    assert run.state() == "finished"


def test_that_a_run_is_training_while_a_process_holds_it_and_interrupted_when_that_is_killed(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", end=None)
    process = subprocess.Popen([sys.executable, "-c", _HOLD, str(run.path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline().strip() == "held"
        assert run.is_locked() and run.state() == "training"
        with pytest.raises(RunFolderError, match="trained by another process"), run.lock():
            pass
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert not run.is_locked() and run.state() == "interrupted"


def test_that_a_run_of_this_process_is_training(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", end=None)
    with run.lock():
        assert run.is_locked() and run.state() == "training"
    assert not run.is_locked()


def test_that_asking_does_not_keep_a_trainer_from_its_lock(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    run = make_run(tmp_path / "run")
    (run.path / ".lock").touch()
    with (run.path / ".lock").open("rb") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        assert not run.is_locked(), "two who ask do not see each other"


def test_that_asking_leaves_nothing_behind(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    before = sorted(path.name for path in run.path.iterdir())
    assert not run.is_locked()
    run.state()
    assert sorted(path.name for path in run.path.iterdir()) == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_that_a_read_only_run_can_be_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    run.path.chmod(0o500)
    try:
        assert run.state() == "finished"
        with pytest.raises(RunFolderError, match="cannot be written"), run.lock():
            pass
    finally:
        run.path.chmod(0o700)


def test_that_the_live_config_is_that_of_the_newest_checkpoint_that_can_be_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", steps=100)
    assert run.live_config().training.steps == 100
    make_checkpoint(run, 50, {"training.steps": 500})
    make_checkpoint(run, 60)
    (run.checkpoint_path(60) / "manifest.json").write_text("[1]", encoding="utf-8")
    make_checkpoint(run, 70)
    (run.checkpoint_path(70) / "manifest.json").write_text('{"config"', encoding="utf-8")
    assert run.checkpoints() == [50, 60, 70]
    assert run.live_config().training.steps == 500


@pytest.mark.parametrize("text", ["", "{", "[]", '{"seed": "tomorrow"}', '{"format_version": 9}', "\x00"])
def test_that_a_damaged_config_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    run = make_run(tmp_path / "run")
    run.config_file.write_text(text, encoding="utf-8")
    with pytest.raises(RunFolderError) as caught:
        RunFolder(run.path).config  # noqa: B018
    assert "run" in str(caught.value) and str(caught.value).endswith((".", ")"))


def test_that_samples_come_back_and_strange_files_are_passed_over(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", until=40, side=8, channels=3)
    for name in (".step-00000099.png.writing", "step-12.png", "notes.txt", "step-00000050.jpg"):
        (run.path / "samples" / name).touch()
    assert run.samples() == [0, 10, 20, 30, 40]
    np.testing.assert_array_equal(run.read_samples(40), images(25, 8, 3, 40))
    np.testing.assert_array_equal(run.read_samples(40, raw=True), images(25, 8, 3, 41))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_that_a_damaged_sample_grid_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    run = make_run(tmp_path / "run")
    run.sample_path(200).write_bytes(content)
    with pytest.raises(RunFolderError, match="step 200 cannot be read"):
        run.read_samples(200)
    with pytest.raises(RunFolderError, match="step 999 cannot be read"):
        run.read_samples(999)


def test_that_runs_are_listed_by_number_and_what_is_none_is_not(tmp_path: Path) -> None:
    for name in ("998-a", "1000-b", "009-c", "aside", ".copying-1"):
        make_run(tmp_path / name, until=0, samples=())
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    assert [run.name for run in list_runs(tmp_path)] == ["1000-b", "998-a", "009-c", "aside"]
    assert list_runs(tmp_path / "missing") == []
    assert list_runs(tmp_path / "notes.txt") == []


def test_that_a_new_run_gets_the_number_after_the_highest(tmp_path: Path) -> None:
    config = RunConfig().with_values({"variant.name": "dcgan"})
    assert next_run_folder(config, tmp_path / "missing").name == "001-dcgan-mnist-10k"
    (tmp_path / "999-x").mkdir()
    assert next_run_folder(config, tmp_path).name == "1000-dcgan-mnist-10k"
    (tmp_path / "1000-x").mkdir()
    assert next_run_folder(config, tmp_path).name == "1001-dcgan-mnist-10k"
    assert free_folder("copy", tmp_path).name == "1001-copy"
    elsewhere = config.with_values({"dataset.name": "C:\\Pictures\\My cats\\"})
    assert next_run_folder(elsewhere, tmp_path).name == "1001-dcgan-my-cats"


def test_that_a_path_may_name_a_checkpoint(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", checkpoints=(50, 100))
    assert parse_run(str(run.path))[1] is None
    folder, step = parse_run(f"{run.path}@50")
    assert (folder.path, step) == (run.path, 50)
    with pytest.raises(RunFolderError, match="no checkpoint at step 60; the last ones are: 50, 100"):
        parse_run(f"{run.path}@60")
    with pytest.raises(RunFolderError, match="is not a run folder"):
        parse_run(str(tmp_path))
    with pytest.raises(RunFolderError, match="cannot be opened"):
        parse_run("a\x00b")


def test_that_the_size_counts_every_file(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    before = run.size()
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "weights").write_bytes(bytes(1000))
    assert run.size() == before + 1000 > 1000
