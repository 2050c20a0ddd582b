"""Curves: what a run measured, as arrays that follow its journal."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ganstudio.runs.curves import CurveReader, Curves
from ganstudio.training.events import Progress, RunResumed, RunStarted
from tests.runs.hand_made import append, make_run, progress


def test_that_curves_grow_with_the_journal(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", until=50, end=None)
    reader = CurveReader(run.journal_file)
    curves, changed = reader.read()
    assert changed and list(curves.steps) == [10, 20, 30, 40, 50]
    assert list(curves.images) == [640, 1280, 1920, 2560, 3200] and list(curves.seconds) == [1, 2, 3, 4, 5]
    again, changed = reader.read()
    assert not changed and again is curves
    append(run, progress(60))
    longer, changed = reader.read()
    assert changed and longer.steps[-1] == 60
    assert len(curves) == 5, "what was handed out does not change any more"


def test_that_curves_forget_what_a_resume_made_void(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", until=50, end=None)
    reader = CurveReader(run.journal_file)
    reader.read()
    append(run, RunResumed(step=20, time=2.0, from_step=20), progress(30, d=9.0))
    curves, _ = reader.read()
    assert list(curves.steps) == [10, 20, 30]
    assert curves.scalars["loss/discriminator"][-1] == 9.0
    assert len(curves.scalars["logit/real"]) == 3


def test_that_a_scalar_that_comes_and_goes_is_nan_between(tmp_path: Path) -> None:
    points = [
        Progress(step=1, time=0.1, images=1, images_per_second=1.0, scalars={"a": 1.0}),
        Progress(step=2, time=0.2, images=2, images_per_second=1.0, scalars={"b": 2.0}),
        Progress(step=3, time=0.3, images=3, images_per_second=1.0, scalars={"a": 3.0, "b": 3.0}),
    ]
    run = make_run(tmp_path / "run", events=[RunStarted(), *points])
    curves, _ = CurveReader(run.journal_file).read()
    np.testing.assert_array_equal(curves.scalars["a"], [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(curves.scalars["b"], [np.nan, 2.0, 3.0])


def test_that_there_are_no_curves_without_a_journal(tmp_path: Path) -> None:
    curves, _ = CurveReader(tmp_path / "journal.jsonl").read()
    assert len(curves) == 0


def test_that_thinning_keeps_means_and_passes_over_nan() -> None:
    steps = np.arange(1.0, 8.0)
    curves = Curves(steps, steps * 64, steps / 10, {"a": np.array([1.0, 3.0, np.nan, 5.0, np.nan, np.nan, 7.0])})
    thin = curves.thinned(4)
    np.testing.assert_allclose(thin.steps, [1.5, 3.5, 5.5, 7.0])
    np.testing.assert_array_equal(thin.scalars["a"], [2.0, 5.0, np.nan, 7.0])
    assert curves.thinned(7) is curves


def test_that_damaged_points_are_passed_over(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", until=20, end=None)
    with run.journal_file.open("a", encoding="utf-8") as stream:
        for damage in (
            '{"event": "progress", "step": 30',
            '{"event": "progress", "step": "x", "time": 1, "images": 1, "images_per_second": 1, "scalars": {}}',
            '{"event": "progress", "step": 30, "time": 1, "images": 1, "images_per_second": 1, "scalars": {"a": "x"}}',
            '{"event": "progress", "step": 30, "time": 1, "images": 1, "images_per_second": 1, "scalars": []}',
            '{"event": "progress", "step": NaN, "time": 1, "images": 1, "images_per_second": 1, "scalars": {}}',
        ):
            stream.write(damage + "\n")
    append(run, progress(40))
    curves, _ = CurveReader(run.journal_file).read()
    assert list(curves.steps) == [10, 20, 40] and "a" not in curves.scalars
