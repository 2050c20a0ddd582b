"""What is noted of a run that trains: told by the trainer, at once, and without a trace in what is learnt."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ganstudio.runs.execute import train as train_run
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, Judged, Progress, RunFinished, from_json, to_json
from tests.helpers import of, tiny

JUDGED = Judged(step=1, time=0.5, layout="pair", trials=20, errors=9, low=0.26, high=0.66, timed=True, seed=7)
CONFIG = tiny("vanilla", training__steps=4, dataset__limit=64)


def trained(folder: Path, note_at: int | None) -> RunFolder:
    control = Control()

    def emit(event: Event) -> None:
        if isinstance(event, Progress) and event.step == note_at:
            control.note(JUDGED)

    train_run(CONFIG, folder, emit, control)
    return RunFolder(folder)


def test_that_an_event_of_a_judgement_survives_the_journal() -> None:
    assert from_json(to_json(JUDGED)) == JUDGED


def test_that_a_note_during_a_run_is_told_once_and_changes_nothing(tmp_path: Path) -> None:
    plain, noted = trained(tmp_path / "plain", None), trained(tmp_path / "noted", 2)
    assert of(Judged, plain.events()) == [] and of(Judged, noted.events()) == [JUDGED]
    digests = [
        hashlib.sha256((run.checkpoint_path(4) / "networks.safetensors").read_bytes()).hexdigest()
        for run in (plain, noted)
    ]
    assert digests[0] == digests[1]


def test_that_a_note_after_the_last_step_is_told_before_the_end(tmp_path: Path) -> None:
    events = trained(tmp_path / "late", 4).events()
    kinds = [type(event) for event in events]
    assert kinds.index(Judged) < kinds.index(RunFinished) == len(kinds) - 1


def test_that_what_nobody_took_can_be_taken_once() -> None:
    control = Control()
    control.note(JUDGED)
    assert control.take_notes() == (JUDGED,) and control.take_notes() == ()
