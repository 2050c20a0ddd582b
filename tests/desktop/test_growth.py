"""How far a growing run has come: live, where the timeline is moved back, and of a run that is opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganstudio.desktop.train.growth import Growth, phase_label, phase_words
from ganstudio.desktop.train.journal_panel import JournalView
from ganstudio.desktop.train.plots_panel import PlotsPanel
from ganstudio.desktop.train.samples_panel import SamplesPanel
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.journal import JournalTail, JournalWriter, history
from ganstudio.training.events import Event, PhaseBegan, Progress, RunResumed, Samples
from tests.helpers import tiny


def point(step: int, **scalars: float) -> Progress:
    return Progress(step=step, time=float(step), images=step * 8, images_per_second=700.0, scalars=scalars)


def growth() -> Growth:
    made = Growth()
    for step, resolution, fade in ((10, 4.0, 1.0), (20, 8.0, 0.434), (30, 8.0, 1.0), (40, 16.0, 0.999)):
        made.add(point(step, resolution=resolution, fade=fade))
    return made


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (None, "16 px, fading in 99 %"),
        (40, "16 px, fading in 99 %"),
        (39, "8 px, stable"),
        (20, "8 px, fading in 43 %"),
        (19, "4 px, stable"),
        (0, "4 px, stable"),
    ],
)
def test_that_the_stage_is_told_at_any_step(step: int | None, words: str) -> None:
    assert growth().words(step) == words


def test_that_a_run_that_does_not_grow_tells_none() -> None:
    made = Growth()
    made.add(point(10))
    assert made.words() == made.words(10) == ""


def test_that_what_a_resume_made_void_is_forgotten() -> None:
    made = growth()
    made.truncate_after(20)
    assert made.words() == "8 px, fading in 43 %"
    made.add(point(15, resolution=4.0, fade=1.0))
    assert made.words() == "4 px, stable"
    made.clear()
    assert made.words() == ""


def test_that_a_new_phase_is_named() -> None:
    grows = PhaseBegan(step=1, time=0.0, name="fading in", resolution=16)
    follows = PhaseBegan(step=1, time=0.0, name="adversarial")
    assert (phase_words(grows), phase_label(grows)) == ("Grows to 16 px", "16 px")
    assert phase_words(follows) == phase_label(follows) == "Adversarial"


# -- in the panels -----------------------------------------------------------------------------------------------------

STAGES = ((4.0, 1.0), (4.0, 1.0), (4.0, 1.0), (8.0, 0.5), (8.0, 1.0), (8.0, 1.0), (8.0, 1.0), (16.0, 0.5))
"""Of steps 1 to 8."""


def grown() -> list[Event]:
    """A run of eight steps with a sample grid each."""
    events: list[Event] = []
    for step, (resolution, fade) in enumerate(STAGES, 1):
        if fade == 0.5:
            events.append(PhaseBegan(step=step, time=step - 0.5, name="fading in", resolution=int(resolution)))
        events.append(point(step, resolution=resolution, fade=fade, **{"loss/generator": 1.0}))
        grid = np.full((4, 28, 28, 1), step, np.uint8)
        events.append(Samples(step=step, time=float(step), count=4, ema=grid, raw=grid))
    return events


def shown(panel: SamplesPanel, events: list[Event]) -> str:
    for event in events:
        if isinstance(event, Progress):
            panel.add_progress(event)
        elif isinstance(event, Samples):
            panel.add(event)
    panel.refresh()
    return str(panel._subtitle.text())


@pytest.fixture
def panel(qtbot, tmp_path: Path) -> SamplesPanel:
    made = SamplesPanel()
    qtbot.addWidget(made)
    made.begin(RunFolder(tmp_path), tiny("progressive"))
    return made


def test_that_the_samples_tell_the_stage_as_it_comes_and_where_the_timeline_is_moved(panel: SamplesPanel) -> None:
    assert panel._subtitle.text() == "4 fixed latents"
    assert shown(panel, grown()[:3]) == "4 px, stable, 4 fixed latents"
    assert shown(panel, grown()[3:]) == "16 px, fading in 50 %, 4 fixed latents"
    told = []
    for _ in range(4):
        panel.scrubber.step_back()
        told.append(panel._subtitle.text().removesuffix(", 4 fixed latents"))
    assert told == ["8 px, stable", "8 px, stable", "8 px, stable", "8 px, fading in 50 %"]
    panel.scrubber.go_live()
    assert panel._subtitle.text() == "16 px, fading in 50 %, 4 fixed latents"


def test_that_a_run_read_from_its_journal_tells_the_same(panel: SamplesPanel, tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "journal.jsonl")
    for event in grown():
        writer(event)
    writer.close()
    events = history(JournalTail(tmp_path / "journal.jsonl").read())
    assert [replace(event, name="") for event in events if isinstance(event, PhaseBegan)] == [
        PhaseBegan(step=4, time=3.5, name="", resolution=8),
        PhaseBegan(step=8, time=7.5, name="", resolution=16),
    ]
    assert shown(panel, events) == "16 px, fading in 50 %, 4 fixed latents"


def test_that_another_run_begins_without_a_stage(panel: SamplesPanel, tmp_path: Path) -> None:
    shown(panel, grown())
    panel.begin(RunFolder(tmp_path), tiny("dcgan"))
    assert panel._subtitle.text() == "4 fixed latents"


def test_that_a_new_stage_is_marked_once_on_the_plots_and_noted_in_the_journal(qtbot) -> None:
    plots, journal = PlotsPanel(), JournalView()
    qtbot.addWidget(plots)
    qtbot.addWidget(journal)
    plots.apply(grown())
    marks = [(4, "8 px"), (8, "16 px")]
    assert plots.losses._changes == marks
    plots.apply([RunResumed(step=7, time=7.0, from_step=7)])
    assert plots.losses._changes == marks[:1]
    plots.apply([event for event in grown() if event.step > 7])
    assert plots.losses._changes == marks
    journal.add(grown())
    model = journal._model
    lines = [str(model.data(model.index(row))) for row in range(model.rowCount())]
    assert [("16 px" in line, "8 px" in line) for line in lines] == [(True, False), (False, True)]
