"""The Metrics panel: tiles by measure, what is best, what the samples were, when the next comes."""

from __future__ import annotations

import csv
import math
from dataclasses import replace

import pytest

from ganstudio.desktop.forms.background import Background
from ganstudio.desktop.train.evaluating import evaluate_run
from ganstudio.desktop.train.measures import full_name, in_order
from ganstudio.desktop.train.metrics_panel import MetricsView
from ganstudio.desktop.widgets.curve import Curve
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Evaluated, Measure, RunFinished, RunResumed, Warned
from ganstudio.variants.recipes import compose


def told(
    step: int, fid: float, recall: float = 0.5, *, best: bool = False, extractor: str = "MobileNetV2"
) -> Evaluated:
    return Evaluated(
        step=step,
        time=step / 10,
        extractor=extractor,
        measures={"recall": Measure(recall, None, 2048), "fid": Measure(fid, 0.4, 2048)},
        seconds=12.0,
        best=best,
        notes=("Compared with 9000 training images.",),
    )


@pytest.fixture
def metrics(qtbot) -> MetricsView:
    view = MetricsView()
    qtbot.addWidget(view)
    for tool in view.tools:
        qtbot.addWidget(tool)
    view.resize(320, 400)
    view.show()
    return view


def test_that_each_measure_has_its_full_name_newest_value_and_best(metrics):
    metrics.apply([told(250, 60.0, 0.3), told(500, 30.5, 0.6, best=True), told(750, 35.1, 0.54)])
    assert metrics.tiles() == {
        "fid": ("FID-MobileNetV2 ↓", "35.1", "best 30.5 ±0.40 · 750"),
        "recall": ("Recall ↑", "0.54", "best 0.60 750"),
    }
    curve = metrics.findChildren(Curve)[0]
    assert curve.points() == ([250, 500, 750], [60.0, 30.5, 35.1])
    assert "Best at step 500." in metrics.note()
    metrics.grab()


def test_that_the_note_says_what_was_measured_at_what_cost_and_with_what_it_compares(metrics):
    metrics.set_interval(250)
    metrics.apply([told(250, 60.0)])
    note = metrics.note().replace("\u202f", " ")
    assert note.startswith("2 048 samples, every 250 steps. All on MobileNetV2 features: not comparable with published")
    assert "Compared with 9000 training images." in note
    assert "took 12.0 s" in note
    metrics.apply([told(500, 60.0, extractor="Inception")])
    assert "not comparable" not in metrics.note()
    metrics.apply([told(750, 60.0, extractor="Inception.onnx:a1b2c3")])
    assert "not comparable" in metrics.note(), "a module of that name is another network"
    metrics.apply([replace(told(1000, 60.0), speed_alone=612.4, speed_beside=187.2)])
    assert "training ran at 187 images/s, without at 612." in metrics.note()


def test_that_measures_of_another_extractor_are_never_one_curve(metrics):
    metrics.apply([told(250, 60.0), told(500, 6.0, extractor="Inception")])
    assert metrics.tiles()["fid"] == ("FID-Inception ↓", "6.00", "best 6.00 ±0.40 · 500")
    metrics.apply([told(750, 50.0)])
    assert metrics.tiles()["fid"][2] == "best 50.0 ±0.40 · 750"


def test_that_a_resume_forgets_what_was_measured_after_it(metrics):
    metrics.apply([told(250, 60.0), told(500, 30.0)])
    metrics.apply([RunResumed(step=300, time=30.0, from_step=300)])
    assert metrics.tiles()["fid"][1] == "60.0"
    metrics.apply([told(500, 40.0)])
    assert metrics.findChildren(Curve)[0].points()[1] == [60.0, 40.0]


def test_that_a_number_that_is_not_there_is_a_gap(metrics):
    metrics.apply([told(250, 60.0), told(500, math.nan)])
    assert metrics.tiles()["fid"] == ("FID-MobileNetV2 ↓", "–", "best 60.0 ±0.40 · 500")
    metrics.grab()


def test_that_a_measure_of_a_later_version_is_shown_under_its_own_name():
    assert full_name("sliced_distance", "MobileNetV2") == "Sliced distance"
    assert full_name("kid", "MobileNetV2") == "KID-MobileNetV2 ↓"
    assert in_order(["zeta", "recall", "fid", "alpha"]) == ["fid", "recall", "alpha", "zeta"]


def test_that_evaluate_now_asks_once_and_is_off_with_the_reason_while_it_cannot(metrics, qtbot):
    assert not metrics.evaluate.isEnabled()
    assert metrics.evaluate.toolTip() == "There is no run yet."
    metrics.set_available("")
    for event in (
        told(250, 60.0),
        Warned(step=1, time=1.0, message="no"),
        RunFinished(step=1, time=1.0, reason="stopped"),
    ):
        with qtbot.waitSignal(metrics.evaluation_requested):
            metrics.evaluate.click()
        assert not metrics.evaluate.isEnabled()
        metrics.apply([event])
        assert metrics.evaluate.isEnabled()


def test_that_the_interval_is_chosen_from_the_menu_and_shows_what_is_set(metrics, qtbot):
    menu = metrics.more.menu()
    chosen = {action.text().replace("\u202f", " "): action for action in menu.actions()}
    with qtbot.waitSignal(metrics.interval_chosen) as asked:
        chosen["Every 1 000 steps"].trigger()
    assert asked.args == [1000]
    metrics.set_interval(333)
    assert [action.text() for action in menu.actions() if action.isChecked() and action.isVisible()] == [
        "Every 333 steps"
    ]
    metrics.set_interval(0)
    assert chosen["Only when asked"].isChecked()


def test_that_all_numbers_can_be_saved(metrics, tmp_path, qtbot):
    metrics.apply([told(250, 60.0), told(500, 30.0)])
    with qtbot.waitSignal(metrics.saved):
        metrics._write(str(tmp_path / "metrics.csv"))
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["step", "extractor", "measure", "value", "deviation", "n"]
    assert ["500", "MobileNetV2", "fid", "30.0", "0.4", "2048"] in rows
    assert len(rows) == 5


def test_that_a_run_that_does_not_train_is_measured_and_its_journal_keeps_it(qtbot, tmp_path):
    config = compose(
        {
            "variant.name": "vanilla",
            "variant.generator_width": 8,
            "dataset.name": "25-gaussians",
            "training.batch_size": 8,
            "training.samples": 4,
            "training.steps": 4,
            "evaluation.count": 50,
            "threads": 1,
        }
    )
    train(config, tmp_path / "run", lambda event: None, Control())
    folder = RunFolder(tmp_path / "run")
    worker = Background(evaluate_run)
    with qtbot.waitSignal(worker.done, timeout=60_000) as waited:
        worker.request(folder)
    worker.stop()
    (outcome,) = waited.args
    assert outcome.error is None
    assert outcome.result.step == 4
    (kept,) = [event for event in folder.events() if isinstance(event, Evaluated)]
    assert kept.measures.keys() == outcome.result.measures.keys() == {"mmd2", "covered_modes", "on_mode"}


def test_that_a_run_without_a_checkpoint_says_so(qtbot, tmp_path):
    worker = Background(evaluate_run)
    with qtbot.waitSignal(worker.done) as waited:
        worker.request(RunFolder(tmp_path))
    worker.stop()
    assert "no checkpoint" in str(waited.args[0].error)
