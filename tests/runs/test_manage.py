"""Runs found, copied and moved to the trash; nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
import send2trash

from ganstudio.errors import RunFolderError
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.manage import copy_run, find_runs, trash_run
from ganstudio.runs.summary import summarise
from tests.runs.hand_made import make_run


def ignore(done: int, total: int) -> None:
    assert 0 <= done <= total


def test_that_runs_are_found_at_a_path_and_directly_in_it(tmp_path: Path) -> None:
    one, two = make_run(tmp_path / "a" / "001-x"), make_run(tmp_path / "b")
    assert {run.path for run in find_runs([tmp_path / "a", tmp_path / "b", one.path])} == {one.path, two.path}
    assert find_runs([tmp_path / "missing", tmp_path]) == [two]


def test_that_a_copy_is_whole_and_gets_the_next_number(tmp_path: Path) -> None:
    source = make_run(tmp_path / "elsewhere" / "003-cats", checkpoints=(100,))
    root = tmp_path / "runs"
    make_run(root / "007-x")
    told: list[tuple[int, int]] = []
    with source.lock():
        pass
    target = copy_run(source, root, lambda done, total: told.append((done, total)))
    assert target == root / "008-cats" and told[-1] == (source.size(), source.size())
    before, after = summarise(source), summarise(RunFolder(target))
    assert (after.step, after.samples, after.checkpoint, after.started) == (
        before.step, before.samples, before.checkpoint, before.started,
    )  # fmt: skip
    assert not (target / ".lock").exists()


def test_that_a_copy_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    source, root = make_run(tmp_path / "run"), tmp_path / "runs"

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_run(source, root, stop)
    assert list(root.iterdir()) == []


def test_that_links_are_not_followed_when_copying(tmp_path: Path) -> None:
    source = make_run(tmp_path / "run")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("mine", encoding="utf-8")
    (source.path / "folder").symlink_to(secret)
    (source.path / "file").symlink_to(secret / "key")
    target = copy_run(source, tmp_path / "runs", ignore)
    assert not (target / "folder").exists() and not (target / "file").exists()


def test_that_what_cannot_be_copied_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_run(tmp_path / "run")
    with source.lock(), pytest.raises(RunFolderError, match="run is training"):
        copy_run(source, tmp_path / "runs", ignore)
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="cannot be copied: "):
        copy_run(source, tmp_path / "file", ignore)
    monkeypatch.setattr(RunFolder, "size", lambda self: 10**18)
    with pytest.raises(RunFolderError, match="GB left"):
        copy_run(source, tmp_path / "runs", ignore)


def test_that_a_run_goes_to_the_trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, trash = make_run(tmp_path / "run"), tmp_path / "trash"
    monkeypatch.setattr(send2trash, "send2trash", lambda path: Path(path).rename(trash))
    trash_run(run)
    assert not run.path.exists() and RunFolder(trash).state() == "finished"


def test_that_a_run_stays_when_there_is_no_trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(send2trash, "send2trash", refuse)
    run = make_run(tmp_path / "run")
    with pytest.raises(RunFolderError, match="Permission denied\\) and stays where it is"):
        trash_run(run)
    assert run.state() == "finished"


def test_that_a_run_in_training_is_not_moved_to_the_trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path / "run")
    monkeypatch.setattr(send2trash, "send2trash", lambda path: pytest.fail("it is training"))
    with run.lock(), pytest.raises(RunFolderError, match="stop it"):
        trash_run(run)
