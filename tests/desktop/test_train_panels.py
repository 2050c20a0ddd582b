"""The panels of the Train workspace, fed with events."""

from __future__ import annotations

import pytest

from ganstudio.desktop.train.journal_panel import JournalView, entry_of
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.training.events import (
    CheckpointSaved,
    Diagnosed,
    Evaluated,
    Event,
    Measure,
    PhaseBegan,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
    SettingChanged,
    Warned,
)

EVENTS: tuple[Event, ...] = (
    RunStarted(device="CPU", precision="float32"),
    RunResumed(step=5, time=1.0, from_step=5),
    CheckpointSaved(step=10, time=2.0),
    SettingChanged(step=11, time=2.0, path="optimizer.generator.learning_rate", old=2e-4, new=4e-4),
    PhaseBegan(step=12, time=2.2, name="fading in", resolution=16),
    PhaseBegan(step=12, time=2.2, name="adversarial"),
    Evaluated(step=12, time=2.3, extractor="MobileNetV2", measures={"fid": Measure(35.1, None, 2048)}, best=True),
    Diagnosed(step=12, time=2.4, name="oscillation", severity="warning", since=8),
    Diagnosed(step=12, time=2.4, name="oscillation", severity="warning", since=8, over=True),
    Diagnosed(step=12, time=2.4, name="a_new_rule", severity="error"),
    Warned(step=12, time=2.5, message="3 files could not be read and were passed over: a.png (not an image)."),
    RunFinished(step=20, time=4.0, reason="completed"),
    RunFinished(step=20, time=4.0, reason="stopped"),
    RunFinished(step=20, time=4.0, reason="failed", error="The loss is not finite."),
)


def point(step: int, **scalars: float) -> Progress:
    names = {"grad_d": "grad_norm/discriminator", "real": "logit/real", "fake": "logit/fake"}
    return Progress(
        step=step,
        time=float(step),
        images=step * 8,
        images_per_second=700.0,
        scalars={names[key]: value for key, value in scalars.items()},
    )


def test_that_an_icon_that_does_not_exist_is_refused_before_it_is_painted(qtbot):
    with pytest.raises(ValueError, match="no icon"):
        Glyph("no-such-icon")


def test_that_every_event_worth_a_line_can_be_painted_and_read_aloud(qtbot):
    panel = JournalView()
    qtbot.addWidget(panel)
    panel.resize(300, 500)
    panel.show()
    panel.add([*EVENTS, point(3, real=1.0)])
    assert panel._model.rowCount() == len(EVENTS)
    assert "Learning rate G 2e-4 → 4e-4" in str(panel._model.data(panel._model.index(len(EVENTS) - 4)))
    lines = [str(panel._model.data(panel._model.index(row))) for row in range(len(EVENTS))]
    assert any("Step 12: FID-MobileNetV2 35.1, the best so far" in line for line in lines)
    assert any("Losses circle without progress, since step 8" in line for line in lines)
    assert any("Over: Losses circle without progress" in line for line in lines)
    assert any("A new rule" in line for line in lines)
    panel.grab()


def test_that_the_newest_line_stands_first_and_old_ones_give_way(qtbot):
    panel = JournalView()
    qtbot.addWidget(panel)
    panel.add([CheckpointSaved(step=step, time=0.0) for step in range(700)])
    assert panel._model.rowCount() == 500
    assert "699" in str(panel._model.data(panel._model.index(0)))


def test_that_progress_makes_no_line():
    assert entry_of(point(1, real=1.0)) is None
