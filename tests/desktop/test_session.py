"""The run in the window's process: its thread, its mailbox, and what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ganstudio.config import RunConfig
from ganstudio.desktop.session import Mailbox, TrainingSession
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import CheckpointSaved, Event, Progress, RunFinished, Samples
from ganstudio.variants.recipes import compose

PATIENCE_MS = 120_000


def tiny(**more: object) -> RunConfig:
    return compose(
        {
            "variant.name": "vanilla",
            "dataset.limit": 64,
            "training.batch_size": 8,
            "training.log_every": 1,
            "training.samples": 4,
            "training.steps": 6,
            "variant.generator_width": 8,
            "variant.discriminator_width": 8,
            "threads": 1,
            **more,
        }
    )


@pytest.fixture
def session(qtbot: QtBot) -> TrainingSession:
    return TrainingSession()


def collected(session: TrainingSession) -> list[Event]:
    events: list[Event] = []
    session.events.connect(events.extend)
    return events


def test_that_a_run_ends_with_its_thread_gone_and_everything_told(session, qtbot, tmp_path):
    events = collected(session)
    with qtbot.waitSignal(session.ended, timeout=PATIENCE_MS) as ended:
        session.start(tiny(), tmp_path / "run")
    assert ended.args[0].reason == "completed"
    assert not session.busy
    assert session.status.state == "finished"
    assert [event.step for event in events if isinstance(event, Progress)] == [1, 2, 3, 4, 5, 6]
    assert isinstance(events[-1], RunFinished)
    assert RunFolder(tmp_path / "run").checkpoints() == [6]


def test_that_a_failure_before_the_first_step_arrives_as_an_end(session, qtbot, tmp_path):
    (tmp_path / "occupied").write_text("x")
    with qtbot.waitSignal(session.ended, timeout=PATIENCE_MS) as ended:
        session.start(tiny(), tmp_path)
    assert ended.args[0].reason == "failed"
    assert "not empty" in ended.args[0].error


def test_that_a_stopped_run_saves_and_can_be_resumed_to_the_end(session, qtbot, tmp_path):
    with qtbot.waitSignal(session.ended, timeout=PATIENCE_MS) as ended:
        session.start(tiny(**{"training.steps": 1_000_000}), tmp_path / "run")
        qtbot.waitUntil(lambda: session.status.step >= 3, timeout=PATIENCE_MS)
        session.stop()
        assert session.status.state == "stopping"
    stopped_at = ended.args[0].step
    folder = RunFolder(tmp_path / "run")
    assert ended.args[0].reason == "stopped"
    assert folder.checkpoints()[-1] == stopped_at
    with qtbot.waitSignal(session.ended, timeout=PATIENCE_MS) as ended:
        session.resume(folder, steps=stopped_at + 2)
    assert (ended.args[0].reason, ended.args[0].step) == ("completed", stopped_at + 2)


def test_that_a_paused_run_stands_still_until_it_is_stepped_or_resumed(session, qtbot, tmp_path):
    with qtbot.waitSignal(session.ended, timeout=PATIENCE_MS):
        session.start(tiny(**{"training.steps": 1_000_000}), tmp_path / "run")
        qtbot.waitUntil(lambda: session.status.step >= 1, timeout=PATIENCE_MS)
        session.pause()
        qtbot.waitUntil(lambda: session.status.state == "paused", timeout=PATIENCE_MS)
        standing = session.status.step
        session.step()  # D and G, or the G that the pause has left and the next D
        session.step()
        qtbot.waitUntil(lambda: session.status.step == standing + 1, timeout=PATIENCE_MS)
        qtbot.wait(300)
        assert (session.status.step, session.status.state) == (standing + 1, "paused")
        session.unpause()
        qtbot.waitUntil(lambda: session.status.step > standing + 2, timeout=PATIENCE_MS)
        session.stop()


def test_that_a_snapshot_saves_a_checkpoint_while_paused(session, qtbot, tmp_path):
    events = collected(session)
    with qtbot.waitSignal(session.ended, timeout=PATIENCE_MS):
        session.start(tiny(**{"training.steps": 1_000_000}), tmp_path / "run")
        qtbot.waitUntil(lambda: session.status.step >= 1, timeout=PATIENCE_MS)
        session.pause()
        qtbot.waitUntil(lambda: session.status.state == "paused", timeout=PATIENCE_MS)
        session.snapshot()
        qtbot.waitUntil(lambda: any(isinstance(event, CheckpointSaved) for event in events), timeout=PATIENCE_MS)
        session.stop()


def test_that_the_mailbox_keeps_the_pictures_of_the_newest_grid_only():
    mailbox = Mailbox()
    picture = np.zeros((1, 2, 2, 1), np.uint8)
    for step in (1, 2, 3):
        mailbox.put(Samples(step=step, time=0.0, count=1, ema=picture, raw=picture))
    samples = mailbox.take()
    assert [event.step for event in samples] == [1, 2, 3]
    assert [event.ema is not None for event in samples] == [False, False, True]
    assert mailbox.take() == []
