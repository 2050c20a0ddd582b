"""The journal: written line by line, read piece by piece, and passed over where it is damaged."""

from __future__ import annotations

import json
import logging
import math
import sys
from pathlib import Path

import pytest

from ganstudio.runs.journal import JournalTail, JournalWriter, history, parse_line, read_journal, without_histograms
from ganstudio.training.events import Paused, Preparing, Progress, RunFinished, RunResumed, RunStarted, Samples, to_json
from tests.runs.hand_made import progress


def write(file: Path, *events: object) -> None:
    writer = JournalWriter(file)
    for event in events:
        writer(event)  # type: ignore[arg-type]
    writer.close()


def test_that_events_come_back_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    events = [RunStarted(variant="dcgan", target=20), progress(10), RunFinished(step=10, time=1.0, reason="stopped")]
    write(file, *events)
    assert read_journal(file) == events


def test_that_events_of_the_moment_are_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    write(file, Preparing(what="data"), Paused(step=1, time=0.1, paused=True))
    assert file.read_bytes() == b""


def test_that_a_tail_gives_each_event_once_and_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    tail = JournalTail(file)
    assert tail.read() == []
    write(file, RunStarted(), progress(10))
    assert [event.step for event in tail.read()] == [0, 10]
    line = json.dumps(to_json(progress(20))) + "\n"
    with file.open("a", encoding="utf-8") as stream:
        stream.write(line[:40])
    assert tail.read() == []
    with file.open("a", encoding="utf-8") as stream:
        stream.write(line[40:])
    assert tail.read() == [progress(20)]
    assert tail.read() == []


def test_that_a_shorter_journal_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    write(file, RunStarted(), *(progress(step) for step in range(10, 60, 10)))
    tail = JournalTail(file)
    first = tail.read()
    file.unlink()
    write(file, RunStarted(target=7), progress(10))
    assert [event.step for event in history([*first, *tail.read()])] == [0, 10]


@pytest.mark.parametrize(
    "damage",
    [
        b"{",
        b"5",
        b"[]",
        b"\xff\xfe\x00",
        b'{"event": "progress", "step": 10}',
        b'{"event": "progress", "step": "ten", "time": 1, "images": 1, "images_per_second": 1, "scalars": {}}',
        b'{"event": "progress", "step": 10, "time": 1, "images": 1, "images_per_second": 1, "scalars": {"a": "b"}}',
        b'{"event": "progress", "step": 10, "time": 1, "images": 1, "images_per_second": 1, "scalars": 3}',
        b'{"event": "run_resumed", "step": 10, "time": 1, "from_step": null}',
        b'{"event": "run_finished", "step": 10, "time": 1, "reason": "bored"}',
        b'{"event": "checkpoint", "step": -1, "time": 1}',
        b"[" * 10_000,
    ],
)
def test_that_a_damaged_line_is_passed_over_and_named(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "journal.jsonl"
    write(file, RunStarted())
    with file.open("ab") as stream:
        stream.write(damage + b"\n")
    write(file, progress(20))
    tail = JournalTail(file)
    with caplog.at_level(logging.WARNING, "ganstudio"):
        assert [event.step for event in tail.read()] == [0, 20]
    assert tail.damaged == [2]
    assert str(file) in caplog.text and ": 2" in caplog.text


def test_that_an_event_of_a_later_version_is_no_damage(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text('{"event": "dreamt", "step": 1, "time": 0.1}\n\n', encoding="utf-8")
    tail = JournalTail(file)
    assert tail.read() == [] and tail.damaged == []


def test_that_numbers_that_are_not_finite_are_read_as_nan(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    point = progress(10, d=math.inf)
    write(file, Progress(step=10, time=1.0, images=640, images_per_second=math.nan, scalars=point.scalars))
    assert b"null" in file.read_bytes()
    (read,) = read_journal(file)
    assert isinstance(read, Progress)
    assert math.isnan(read.scalars["loss/discriminator"]) and math.isnan(read.images_per_second)


def test_that_half_a_line_left_by_a_killed_process_does_not_swallow_the_next(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    write(file, progress(10))
    with file.open("ab") as stream:
        stream.write(b'{"event": "progress", "st')
    write(file, RunResumed(step=10, time=1.0, from_step=10), progress(20))
    assert [event.step for event in read_journal(file)] == [10, 10, 20]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_that_a_full_disk_is_an_error_at_the_event_and_not_again_at_the_end() -> None:
    writer = JournalWriter(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left"):
        writer(progress(10))
    writer.close()


def test_that_a_line_that_fitted_in_half_is_made_void_by_the_next(tmp_path: Path) -> None:
    class Filling:
        def __init__(self, inner: object) -> None:
            self.inner, self.room = inner, 30

        def write(self, data: memoryview) -> int:
            if self.room == 0:
                raise OSError(28, "No space left on device")
            written = self.inner.write(data[: self.room])  # type: ignore[attr-defined]
            self.room -= min(written, self.room)
            return int(written)

        def close(self) -> None:
            self.inner.close()  # type: ignore[attr-defined]

    file = tmp_path / "journal.jsonl"
    writer = JournalWriter(file)
    disk = Filling(writer._stream)
    writer._stream = disk  # type: ignore[assignment]
    with pytest.raises(OSError, match="No space left"):
        writer(progress(10))
    assert file.stat().st_size == 30
    disk.room = sys.maxsize
    writer(progress(20))
    writer.close()
    assert [event.step for event in read_journal(file)] == [20]


def test_that_history_drops_what_a_resume_made_void() -> None:
    events = [
        RunStarted(),
        progress(10),
        Samples(step=10, time=1.0, count=4),
        progress(20),
        progress(30),
        RunFinished(step=30, time=3.0, reason="failed"),
        RunResumed(step=10, time=1.0, from_step=10),
        progress(20, d=7.0),
    ]
    kept = history(events)
    assert [event.event for event in kept] == ["run_started", "progress", "samples", "run_resumed", "progress"]
    assert kept[-1] == progress(20, d=7.0)


def test_that_history_follows_a_run_that_went_back_twice() -> None:
    events = [
        RunStarted(),
        *(progress(step) for step in (10, 20, 30)),
        RunResumed(step=20, time=2.0, from_step=20),
        progress(30),
        RunResumed(step=10, time=1.0, from_step=10),
        progress(20),
    ]
    assert [event.step for event in history(events) if isinstance(event, Progress)] == [10, 20]


def test_that_leaving_out_histograms_leaves_the_rest() -> None:
    read = parse_line(without_histograms(json.dumps(to_json(progress(10))).encode()))
    assert isinstance(read, Progress)
    assert read.scalars == progress(10).scalars and read.histograms == {}


def test_that_a_line_in_another_order_loses_nothing_with_its_histograms() -> None:
    data = to_json(progress(10))
    line = json.dumps({"event": data["event"], "histograms": data["histograms"]} | data).encode()
    assert without_histograms(line) == line


def test_that_the_words_of_a_warning_are_not_taken_for_histograms() -> None:
    line = json.dumps({"event": "warning", "step": 1, "time": 0.0, "message": '"scalars", "histograms": {'}).encode()
    assert without_histograms(line) == line
