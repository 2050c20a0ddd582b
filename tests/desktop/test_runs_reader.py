"""What worker threads read of run folders: rows that cost little to look at again, curves, sample grids."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from ganstudio.desktop.forms.background import Cancelled, Job, Outcome
from ganstudio.desktop.runs import reader as module
from ganstudio.desktop.runs.reader import CurvesWork, Grids, GridsWork, Listing, Relay, Scan, Scanner
from ganstudio.training.events import RunFinished, RunResumed
from tests.runs.hand_made import append, images, make_run, progress, write_long_journal


def job(request: Any, reports: list[Any] | None = None) -> Job:
    return Job(request, lambda: None, lambda report: None if reports is None else reports.append(report))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def scan(scanner: Scanner, root: Path, *extras: Path) -> Listing:
    return scanner(job(Scan(root, extras)))


def test_that_a_listing_has_a_row_for_every_run(tmp_path: Path) -> None:
    make_run(tmp_path / "001-a", side=8, channels=3)
    make_run(tmp_path / "002-b", end=None, samples=())
    listing = scan(Scanner(), tmp_path)
    assert [(row.title, row.label, row.state) for row in listing.rows] == [
        ("DCGAN, MNIST", "002", "interrupted"),
        ("DCGAN, MNIST", "001", "finished"),
    ]
    assert listing.complete and listing.problem == "" and listing.size == sum(row.size for row in listing.rows) > 0
    assert listing.rows[0].thumbnail is None
    thumbnail = listing.rows[1].thumbnail
    assert thumbnail is not None and (thumbnail.width(), thumbnail.height()) == (24, 8)
    first = images(25, 8, 3, 200)[:, 0, 0, 0]
    assert [thumbnail.pixelColor(8 * index, 0).red() for index in range(3)] == list(first[:3])


def test_that_a_second_look_reads_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = make_run(tmp_path / "001-a", until=100, end=None), make_run(tmp_path / "002-b")
    scanner = Scanner()
    first = scan(scanner, tmp_path)
    read: list[str] = []
    summarise = module.summarise
    monkeypatch.setattr(module, "summarise", lambda run: (read.append(run.name), summarise(run))[1])
    again = scan(scanner, tmp_path)
    assert read == [] and all(new is old for new, old in zip(again.rows, first.rows, strict=True))
    append(one, progress(110))
    changed = scan(scanner, tmp_path)
    assert read == ["001-a"] and changed.rows[0] is first.rows[0]
    assert changed.rows[1].summary is not None and changed.rows[1].summary.step == 110
    assert changed.rows[1].thumbnail is first.rows[1].thumbnail, "the newest samples are the same"


def test_that_a_run_that_begins_or_ends_elsewhere_is_noticed(tmp_path: Path) -> None:
    run = make_run(tmp_path / "001-a", until=100, end=None)
    scanner = Scanner()
    assert scan(scanner, tmp_path).rows[0].state == "interrupted"
    with run.lock():
        assert scan(scanner, tmp_path).rows[0].state == "training"
        append(run, RunFinished(step=100, time=10.0, reason="stopped"))
    assert scan(scanner, tmp_path).rows[0].state == "stopped"


def test_that_a_run_trained_on_another_machine_is_training_while_its_journal_grows(tmp_path: Path) -> None:
    run, clock = make_run(tmp_path / "001-a", until=100, end=None), Clock()
    scanner = Scanner(clock)
    assert scan(scanner, tmp_path).rows[0].state == "interrupted"
    append(run, progress(110))
    clock.now += 2
    assert scan(scanner, tmp_path).rows[0].state == "training"
    clock.now += 60
    assert scan(scanner, tmp_path).rows[0].state == "training"
    clock.now += 120
    assert scan(scanner, tmp_path).rows[0].state == "interrupted"


def test_that_a_run_killed_on_this_machine_is_interrupted_at_once(tmp_path: Path) -> None:
    run, clock = make_run(tmp_path / "001-a", until=100, end=None), Clock()
    scanner = Scanner(clock)
    with run.lock():
        scan(scanner, tmp_path)
        append(run, progress(110))
    clock.now += 2
    assert scan(scanner, tmp_path).rows[0].state == "interrupted"
    append(run, RunResumed(step=100, time=10.0, from_step=100))
    with run.lock():
        clock.now += 2
        assert scan(scanner, tmp_path).rows[0].state == "training"
    clock.now += 2
    assert scan(scanner, tmp_path).rows[0].state == "interrupted"


def test_that_a_run_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    run = make_run(tmp_path / "007-x")
    run.config_file.write_text("{", encoding="utf-8")
    (row,) = scan(Scanner(), tmp_path).rows
    assert (row.state, row.title, row.label, row.summary) == ("unreadable", "007-x", "007", None)
    assert "config.json" in row.problem or "007-x" in row.problem


def test_that_runs_from_elsewhere_are_listed_once_and_missing_ones_are_said(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    inside, outside = make_run(root / "001-a"), make_run(tmp_path / "elsewhere")
    listing = scan(Scanner(), root, inside.path, outside.path, tmp_path / "gone")
    assert [(row.path, row.extra) for row in listing.rows] == [
        (inside.path, False), (outside.path, True), (tmp_path / "gone", True),
    ]  # fmt: skip
    assert listing.rows[2].state == "unreadable" and "not a run folder" in listing.rows[2].problem
    assert listing.size == listing.rows[0].size


def test_that_a_folder_of_runs_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    listing = scan(Scanner(), tmp_path)
    assert listing.rows == () and "Permission denied" in listing.problem


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_that_a_read_only_folder_of_runs_is_listed(tmp_path: Path) -> None:
    run = make_run(tmp_path / "001-a")
    for folder in (run.path, tmp_path):
        folder.chmod(0o500)
    try:
        assert scan(Scanner(), tmp_path).rows[0].state == "finished"
    finally:
        for folder in (tmp_path, run.path):
            folder.chmod(0o700)


def test_that_a_damaged_newest_grid_gives_way_to_the_one_before(tmp_path: Path) -> None:
    run = make_run(tmp_path / "001-a", until=40)
    run.sample_path(40).write_bytes(b"half")
    (row,) = scan(Scanner(), tmp_path).rows
    assert row.thumbnail is not None and row.thumbnail.pixelColor(0, 0).red() == images(1, 8, 1, 30)[0, 0, 0, 0]


def test_that_many_runs_are_told_piece_by_piece(tmp_path: Path) -> None:
    for number in range(3):
        make_run(tmp_path / f"00{number}-a", until=0, samples=())

    class Slow(Clock):
        def __call__(self) -> float:
            self.now += 0.2
            return self.now

    reports: list[Listing] = []
    listing = Scanner(Slow())(job(Scan(tmp_path), reports))
    assert len(listing.rows) == 3 and listing.complete
    assert reports and not reports[0].complete and len(reports[0].rows) < 3


def test_that_the_size_of_a_run_in_training_is_looked_at_now_and_then(tmp_path: Path) -> None:
    run, clock = make_run(tmp_path / "001-a", until=100, end=None), Clock()
    scanner = Scanner(clock)
    before = scan(scanner, tmp_path).rows[0].size
    assert before == run.size()
    append(run, progress(110))
    clock.now += 2
    assert scan(scanner, tmp_path).rows[0].size == before
    clock.now += 10
    assert scan(scanner, tmp_path).rows[0].size == run.size() > before


def test_that_curves_are_thinned_and_the_same_object_until_they_grow(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", events=[], samples=())
    write_long_journal(run.journal_file, 5000)
    work = CurvesWork()
    first = work(job((run.path, tmp_path / "missing")))
    assert len(first[run.path]) == 2500 and len(first[tmp_path / "missing"]) == 0
    assert work(job((run.path,)))[run.path] is first[run.path]
    append(run, progress(60_000))
    assert work(job((run.path,)))[run.path].steps[-1] > 50_000


def test_that_reading_curves_can_be_broken_off_and_begun_again(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", events=[], samples=())
    write_long_journal(run.journal_file, 2500)
    work, calls = CurvesWork(), []

    def check() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        work(Job((run.path,), check, lambda report: None))
    assert len(work(job((run.path,)))[run.path]) == 2500


def test_that_grids_are_read_once_and_again_when_they_are_written_anew(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", until=40)
    work = GridsWork()
    request = Grids(((run.path, 40), (run.path, 41)), raw=False, count=16)
    found = work(job(request))
    assert isinstance(found[run.path, 41], str)
    grid = found[run.path, 40]
    np.testing.assert_array_equal(grid, images(25, 8, 1, 40)[:16])
    assert work(job(request))[run.path, 40] is grid
    run.sample_path(40).write_bytes(run.sample_path(40, raw=True).read_bytes())
    os.utime(run.sample_path(40), (1, 1))
    np.testing.assert_array_equal(work(job(request))[run.path, 40], images(25, 8, 1, 41)[:16])


class Ear(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    @Slot(object)
    def hear(self, outcome: Outcome) -> None:
        self.heard.append(outcome.request)


def test_that_a_relay_finishes_what_it_began_and_then_does_the_newest(qtbot: QtBot) -> None:
    go, began = threading.Event(), threading.Event()

    def work(task: Job) -> None:
        began.set()
        assert go.wait(20)

    relay, ear = Relay(work), Ear()
    relay.done.connect(ear.hear)
    relay.request(1)
    assert began.wait(20)
    for request in (2, 3, 4):
        relay.request(request)
    assert relay.busy
    go.set()
    qtbot.waitUntil(lambda: ear.heard == [1, 4], timeout=20_000)
    assert not relay.busy
    relay.stop()
