"""The best step as the table of runs tells it: the same that reading the whole journal gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.runs.best import Best, find_best
from ganstudio.training.events import Evaluated, Event, Measure, RunFinished, RunResumed, RunStarted
from tests.runs.hand_made import append, make_run, progress


def evaluated(step: int, fid: float, *, best: bool = True, chosen: str = "fid") -> Evaluated:
    measures = {"fid": Measure(fid, n=2000), "kid": Measure(fid / 1000, n=2000)}
    return Evaluated(
        step=step, time=step / 10, extractor="MobileNetV2", measures=measures, best=best, chosen=chosen
    )  # fmt: skip


def best(step: int, fid: float) -> Best:
    return Best(step, "fid", fid, 2000, "MobileNetV2")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([evaluated(50, 90.0), evaluated(100, 40.0), evaluated(150, 60.0, best=False)], best(100, 40.0)),
        ([evaluated(50, 90.0), evaluated(100, 40.0, chosen="")], best(50, 90.0)),
        ([evaluated(50, 90.0), evaluated(100, 40.0), RunResumed(step=60, time=6.0, from_step=60)], best(50, 90.0)),
        (
            [evaluated(100, 40.0), RunResumed(step=60, time=6.0, from_step=60), evaluated(80, 50.0)],
            best(80, 50.0),
        ),
        (
            [evaluated(100, 40.0), *(RunResumed(step=at, time=at / 10, from_step=at) for at in (60, 200))],
            None,
        ),
        ([evaluated(50, 90.0), RunStarted(target=100)], None),
    ],
    ids=["none", "lower", "none chosen", "void", "void, then better", "void, then far on", "begun anew"],
)
def test_that_the_last_best_that_counts_is_found(tmp_path: Path, events: list[Event], expected: Best | None) -> None:
    run = make_run(tmp_path / "run", end=None)
    append(run, *events)
    append(run, *(progress(step) for step in (210, 220)), RunFinished(step=220, time=22.0, reason="stopped"))
    assert find_best(run.journal_file) == expected


def test_that_damaged_and_half_written_lines_are_passed_over(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", end=None)
    append(run, evaluated(50, 90.0))
    with run.journal_file.open("ab") as stream:
        stream.write(b'{"event": "evaluation", "best": true, "step": 70\n{"event": "evaluation", "best": true')
    assert find_best(run.journal_file) == best(50, 90.0)


def test_that_a_run_without_a_journal_has_no_best(tmp_path: Path) -> None:
    assert find_best(tmp_path / "journal.jsonl") is None
    (tmp_path / "journal.jsonl").touch()
    assert find_best(tmp_path / "journal.jsonl") is None
