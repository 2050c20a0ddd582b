"""The Health panel: findings come and go, remedies change exactly what they say, signs are rows."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ganstudio.config import RunConfig
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.train.diagnosis_card import DiagnosisCard
from ganstudio.desktop.train.health_panel import HealthView
from ganstudio.desktop.train.prospects import Fork, prospect
from ganstudio.desktop.train.signs import Signs, scalar_of
from ganstudio.desktop.train.workspace import TrainWorkspace
from ganstudio.desktop.widgets.curve import Curve
from ganstudio.game import DataShape
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import (
    CheckpointSaved,
    Diagnosed,
    Event,
    Progress,
    Remedy,
    RunFinished,
    RunResumed,
    RunStarted,
    SettingChanged,
)
from ganstudio.variants.recipes import compose

D_RATE = "optimizer.discriminator.learning_rate"
G_RATE = "optimizer.generator.learning_rate"
R1 = "objective.penalties.r1.weight"
SLOWER = Remedy("D learns more slowly", factors={D_RATE: 0.5})
STARTED = RunStarted(variant="dcgan", dataset="mnist", device="CPU", resolution=28, channels=1)


def found(name: str = "discriminator_saturation", *, step: int = 100, **more: object) -> Diagnosed:
    told: dict[str, object] = {"severity": "warning", "since": step - 20, "evidence": {"separation": 0.99}}
    return Diagnosed(step=step, time=1.0, name=name, **{"advice": (SLOWER,), **told, **more})  # type: ignore[arg-type]


def point(step: int, **scalars: float) -> Progress:
    named = {name.replace("__", "/"): value for name, value in scalars.items()}
    return Progress(step=step, time=step / 10, images=8 * step, images_per_second=700.0, scalars=named)


class _Spy(QObject):
    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self._seen = seen

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._seen.append(type(watched).__name__)
        return False


@pytest.fixture
def health(qtbot) -> HealthView:
    view = HealthView()
    qtbot.addWidget(view)
    qtbot.addWidget(view.chip)
    view.resize(320, 600)
    view.show()
    view.begin(Path("/runs/014 digits"), compose({"variant.name": "dcgan"}))
    view.set_training(True)
    view.apply([STARTED])
    return view


def names(view: HealthView) -> list[str]:
    return [one.name for one in view.findings()]


def test_that_a_finding_shows_with_its_words_and_goes_when_it_is_over(health, qtbot):
    health.apply([point(90, health__separation=0.9), found(explanation="D is sure.")])
    assert names(health) == ["discriminator_saturation"]
    assert health.chip.text() == "1 to look at"
    card = health.card("discriminator_saturation")
    qtbot.waitUntil(card.isVisible)
    assert "since step 80" in card.accessibleName()
    assert card.accessibleDescription() == "D is sure."
    health.apply([found(step=160, over=True, advice=())])
    assert names(health) == []
    assert health.chip.text() == "Healthy"
    assert card.isHidden()


def test_that_the_worst_finding_stands_first_and_information_alarms_nobody(health):
    health.apply([point(1), found("plateau", severity="info")])
    assert health.chip.text() == "Healthy"
    health.apply([found("oscillation"), found("divergence", severity="error")])
    assert names(health) == ["divergence", "oscillation", "plateau"]
    assert health.chip.text() == "2 to look at"
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    tops = [health.card(name).y() for name in names(health)]
    assert tops == sorted(tops)


def test_that_a_resume_forgets_what_was_found_and_measured_after_it(health):
    health.apply([point(step, health__separation=step / 1000) for step in range(10, 210, 10)])
    health.apply([found(step=100), found("oscillation", step=200)])
    health.apply([RunResumed(step=150, time=1.0, from_step=150)])
    assert names(health) == ["discriminator_saturation"]
    assert health.signs()["Separation"] == "0.15"
    health.apply([RunResumed(step=50, time=1.0, from_step=50)])
    assert names(health) == []


def test_that_apply_asks_for_exactly_the_settings_it_names(health, qtbot):
    remedy = Remedy("", changes={R1: 1.0}, factors={D_RATE: 0.1})
    health.apply([found(advice=(remedy,))])
    (row,) = health.card("discriminator_saturation").remedies()
    assert row.words.text().splitlines() == ["R1 penalty γ 0 → 1", "Learning rate D 2e-4 → 2e-5"]
    with qtbot.waitSignal(health.change_requested) as asked:
        row.button.click()
    assert asked.args == [{R1: 1.0, D_RATE: 2e-5}]


def test_that_what_was_applied_says_so_until_it_is_set_otherwise(health):
    health.apply([found()])
    card = health.card("discriminator_saturation")
    card.remedies()[0].button.click()
    health.apply([SettingChanged(step=101, time=1.0, path=D_RATE, old=2e-4, new=1e-4)])
    (row,) = card.remedies()
    assert not row.button.isEnabled()
    assert row.words.text() == "Learning rate D 2e-4 → 1e-4"
    assert "since step 101" in row.note.text()
    health.apply([SettingChanged(step=140, time=1.0, path=D_RATE, old=1e-4, new=2e-4)])
    assert card.remedies()[0].button.isEnabled()


def test_that_a_factor_is_taken_of_what_is_set_now(health):
    health.apply([SettingChanged(step=5, time=1.0, path=D_RATE, old=2e-4, new=8e-4), found()])
    assert health.card("discriminator_saturation").remedies()[0].prospect.values == {D_RATE: 4e-4}


def test_that_what_cannot_change_during_a_run_is_offered_as_a_fork(health, qtbot):
    anew = Remedy("Start anew", changes={R1: 1.0}, live=False, step=0)
    before = Remedy("From before", changes={R1: 1.0}, live=False)
    health.apply([CheckpointSaved(step=step, time=1.0) for step in (50, 75, 95)])
    health.apply([found(since=80, advice=(SLOWER, anew, before))])
    rows = health.card("discriminator_saturation").remedies()
    assert [row.button.text() for row in rows] == ["Apply", "Fork…", "Fork…"]
    for row, step in zip(rows[1:], (0, 75), strict=True):
        with qtbot.waitSignal(health.fork_requested) as asked:
            row.button.click()
        assert asked.args == [Fork({R1: 1.0}, step)]
    health.set_training(False)
    first, *_ = health.card("discriminator_saturation").remedies()
    with qtbot.waitSignal(health.fork_requested) as asked:
        first.button.click()
    assert asked.args == [Fork({D_RATE: 1e-4}, 95)]


def test_that_a_remedy_that_does_not_apply_is_off_and_says_why(health):
    useless = Remedy("Labels", changes={"training.discriminator_steps": 1})
    unknown = Remedy("Of a later version", changes={"objective.magic": 1})
    refused = Remedy(
        "Hinge needs no smoothing", changes={"objective.loss": "wasserstein", "techniques.real_label": 0.9}
    )
    health.apply([found(advice=(useless, unknown, refused))])
    rows = health.card("discriminator_saturation").remedies()
    assert [row.button.isEnabled() for row in rows] == [False, False, False]
    assert "set so already" in rows[0].note.text()
    assert "objective.magic" in rows[1].note.text()
    assert rows[2].note.text() == rows[2].prospect.refusal != ""


def test_that_advice_that_sets_nothing_has_no_button(health):
    health.apply([found(advice=(Remedy("Use more images."),))])
    (row,) = health.card("discriminator_saturation").remedies()
    assert row.button is None
    assert row.words.text() == "Use more images."


def test_that_the_command_of_a_remedy_can_be_copied(health, qtbot):
    health.apply([found()])
    (row,) = health.card("discriminator_saturation").remedies()
    with qtbot.waitSignal(health.copied):
        row.actions()[0].trigger()
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[:4] == ["ganstudio", "train", "--resume", "/runs/014 digits"]
    path, value = words[words.index("--set") + 1].split("=")
    assert (path, float(value)) == (D_RATE, 1e-4)


def test_that_the_evidence_is_drawn_with_its_band_where_the_run_has_the_curve(health, qtbot):
    health.apply([point(s, health__separation=s / 500, health__margin=6.0) for s in range(10, 500, 10)])
    health.apply([found("plateau", evidence={"fid_best": 3.0}), found(evidence={"separation": 0.99, "margin": 9.0})])
    assert health.card("plateau").findChild(Curve) is None
    curve = health.card("discriminator_saturation").findChild(Curve)
    steps, values = curve.points()
    assert (steps[0], steps[-1]) == (10, 490)
    assert values == sorted(values)
    assert values[-1] > 0.9
    health.apply([point(500, health__margin=9.0)])
    health.refresh()
    assert curve.points()[0] == steps
    health.apply([point(510, health__separation=0.99)])
    assert curve.points()[0] == steps, "points are not painted as fast as they come"
    health.refresh()
    assert curve.points()[0] == [*steps, 510]
    health.grab()


def test_that_evidence_names_the_scalar_it_is_about():
    assert scalar_of("separation") == "health/separation"
    assert scalar_of("grad_norm_generator") == "grad_norm/generator"
    assert scalar_of("update_discriminator") == "health/update/discriminator"
    assert scalar_of("loss/generator") == "loss/generator"


def test_that_signs_are_those_of_the_run_and_a_gap_is_told_from_what_was_not_measured(health):
    health.apply([point(10, grad_norm__discriminator=31.8, logit__real=2.0, logit__fake=0.5)])
    health.refresh()
    assert health.signs() == {
        "Gradients of D": "31.8",
        "D real − fake": "1.50",
        "Images/s": "700",
        "Numbers": "all finite",
    }
    health.apply([point(20, grad_norm__discriminator=math.nan, health__held_out=0.5)])
    health.apply([point(30, grad_norm__discriminator=math.nan)])
    health.refresh()
    assert health.signs()["Gradients of D"] == "–"
    assert health.signs()["Memory of D"] == "0.50"
    health.apply([RunFinished(step=30, time=3.0, reason="failed", error="The loss is not finite.")])
    assert health.signs()["Numbers"] == "not finite"
    health.grab()


def test_that_points_and_findings_cost_no_layout_of_what_stays(health):
    """A batch of points must not lay the panel out anew, which would take the GUI's time at every batch."""
    scalars = {"grad_norm__discriminator": 3.0, "grad_norm__generator": 2.0, "health__separation": 0.6}
    health.apply([found(), *(point(step, **scalars) for step in range(10, 100, 10))])
    for _ in range(3):  # one layout may call for another
        QApplication.processEvents()
    requests: list[str] = []

    widgets = [health, *health.findChildren(Signs), *health.findChildren(DiagnosisCard)]
    spy = _Spy(requests)
    for widget in widgets:
        widget.installEventFilter(spy)
    health.apply([point(step, **{**scalars, "health__separation": step / 1000}) for step in range(100, 300, 10)])
    health.refresh()
    QApplication.sendPostedEvents()
    assert requests == []


def test_that_a_remedy_is_refused_by_what_the_variant_says_of_the_data():
    config = compose({"variant.name": "dcgan"})
    conditional = Remedy("", changes={"variant.conditional": True}, live=False)
    without = prospect(conditional, config, DataShape(28, 1, 0), trains=True)
    assert "classes" in without.refusal
    assert prospect(conditional, config, DataShape(28, 1, 10), trains=True).refusal == ""


def test_that_apply_goes_the_way_of_the_form_and_can_be_taken_back(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    workspace = TrainWorkspace(Settings())
    qtbot.addWidget(workspace)
    config: RunConfig = compose({"variant.name": "dcgan"})
    workspace.setup.set_config(config)
    workspace.begin(RunFolder(tmp_path / "run"), config)
    workspace.setup.set_running(True)
    workspace.set_run_state("running", "")
    events: list[Event] = [STARTED, point(10, loss__generator=1.0), found()]
    workspace.apply(events)
    changes: list[tuple[str, object]] = []
    workspace.setup.form.live_changed.connect(lambda path, value: changes.append((path, value)))
    workspace.health.card("discriminator_saturation").remedies()[0].button.click()
    assert changes == [(D_RATE, 1e-4)]
    assert workspace.setup.form.current().value(D_RATE) == 1e-4
    assert workspace.setup.form.current().value(G_RATE) == config.value(G_RATE)
    workspace.setup.form.undo()
    assert changes == [(D_RATE, 1e-4), (D_RATE, 2e-4)]
    workspace.setup.set_running(False)
    workspace.shutdown()
