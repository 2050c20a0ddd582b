"""The studio as a whole: start, steer, explore, close, open again, resume."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from ganstudio import paths
from ganstudio.config import RunConfig
from ganstudio.desktop.app import _Interrupt
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.studio import Studio
from ganstudio.runs import execute
from ganstudio.runs.folder import RunFolder, list_runs
from ganstudio.training.control import Control
from ganstudio.training.events import RunFinished, SettingChanged
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
            "training.steps": 1_000_000,
            "variant.generator_width": 8,
            "variant.discriminator_width": 8,
            "threads": 1,
            **more,
        }
    )


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    return tmp_path


def opened(qtbot: QtBot) -> Studio:
    studio = Studio(Settings())
    studio.show()
    with qtbot.waitSignal(studio.machine_known, timeout=PATIENCE_MS):
        pass
    return studio


def closed(qtbot: QtBot, studio: Studio) -> None:
    with qtbot.waitSignal(studio.done, timeout=PATIENCE_MS):
        studio.window.close()
    assert not studio.window.isVisible()
    studio.window.deleteLater()


def trained_to(qtbot: QtBot, studio: Studio, step: int) -> None:
    qtbot.waitUntil(lambda: studio.session.status.step >= step, timeout=PATIENCE_MS)


def test_that_closing_while_training_saves_and_the_next_launch_resumes_where_it_was(qtbot, home):
    studio = opened(qtbot)
    studio.train.setup.set_config(tiny())
    studio.start()
    trained_to(qtbot, studio, 3)
    closed(qtbot, studio)
    (run,) = list_runs()
    stopped_at = run.checkpoints()[-1]
    assert stopped_at >= 3

    studio = opened(qtbot)
    qtbot.waitUntil(lambda: studio.train.shows_run, timeout=PATIENCE_MS)
    assert studio.window.actions_["run.start"].text() == "Resume"
    assert studio.train.samples.grid.images is not None
    studio.window.actions_["run.start"].trigger()
    trained_to(qtbot, studio, stopped_at + 2)
    closed(qtbot, studio)
    assert [folder.path for folder in list_runs()] == [run.path]
    assert RunFolder(run.path).checkpoints()[-1] >= stopped_at + 2


def test_that_a_live_change_reaches_the_run_and_is_marked(qtbot, home):
    studio = opened(qtbot)
    studio.train.setup.set_config(tiny())
    studio.start()
    trained_to(qtbot, studio, 1)
    studio.train.setup.form.live_changed.emit("optimizer.generator.learning_rate", 0.001)
    seen: list[SettingChanged] = []
    studio.session.events.connect(
        lambda events: seen.extend(event for event in events if isinstance(event, SettingChanged))
    )
    qtbot.waitUntil(lambda: bool(seen), timeout=PATIENCE_MS)
    assert (seen[0].path, seen[0].new) == ("optimizer.generator.learning_rate", 0.001)
    assert studio.train.setup.form.current().optimizer.generator.learning_rate == 0.001
    closed(qtbot, studio)


def test_that_all_workspaces_live_through_a_run(qtbot, home):
    studio = opened(qtbot)
    studio.train.setup.set_config(tiny(**{"training.sample_every": 2}))
    studio.start()
    trained_to(qtbot, studio, 2)
    for workspace in ("explore", "runs", "train"):
        studio.window.show_workspace(workspace)
        qtbot.wait(200)
        studio.window.grab()
    studio.train.samples.explore_requested.emit(1)
    assert studio.window.current_workspace() == "explore"
    with qtbot.waitSignal(studio.run_ended, timeout=PATIENCE_MS) as ended:
        studio.session.stop()
    assert ended.args[0].reason == "stopped"
    closed(qtbot, studio)


def test_that_a_failed_run_says_why_over_the_window(qtbot, home):
    studio = opened(qtbot)
    studio.train.setup.set_config(tiny(**{"training.batch_size": 65}))
    with qtbot.waitSignal(studio.run_ended, timeout=PATIENCE_MS) as ended:
        studio.start()
    end: RunFinished = ended.args[0]
    assert end.error is not None
    assert "64 training images" in end.error
    assert studio.window.banner.isVisible()
    closed(qtbot, studio)


@pytest.mark.slow
def test_that_the_process_ends_cleanly_when_it_is_told_to_close(home):
    settings = paths.settings_file()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"form": tiny().model_dump(), "example/placed": True}), encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ganstudio", "studio", "--start"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not any(folder.samples() for folder in list_runs()):
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    (run,) = list_runs()
    assert run.config.value("variant.generator_width") == 8
    assert run.checkpoints()
    assert run.state() == "stopped"


def test_that_what_is_removed_in_explore_is_offered_back(qtbot, home):
    studio = opened(qtbot)
    studio.window.show_workspace("explore")
    back: list[bool] = []
    studio.window.workspace("explore").removed.emit("Removed seed 4 from the favourites", lambda: back.append(True))
    assert studio.window.toasts.past()[-1].text == "Removed seed 4 from the favourites"
    button = next(b for b in studio.window.findChildren(QAbstractButton) if b.text() == "Undo" and b.isVisible())
    button.click()
    assert back == [True]
    closed(qtbot, studio)


def test_that_a_signal_closes_the_window_from_the_event_loop_and_never_in_the_middle_of_something(qtbot):
    asked: list[bool] = []
    interrupt = _Interrupt(lambda: asked.append(True))
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        assert not asked
        qtbot.waitUntil(lambda: asked == [True], timeout=PATIENCE_MS)
        os.kill(os.getpid(), signal.SIGINT)
        assert asked == [True]
        qtbot.waitUntil(lambda: asked == [True, True], timeout=PATIENCE_MS)
    finally:
        interrupt.close()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_that_a_window_that_is_closed_before_it_was_painted_starts_no_thread(qtbot, home):
    studio = Studio(Settings())
    studio.show()
    with qtbot.waitSignal(studio.done, timeout=PATIENCE_MS):
        studio.window.close()
    studio.window.painted.emit()
    assert not studio._loader.isRunning()
    studio.window.deleteLater()


def test_that_a_run_trained_elsewhere_is_followed_and_can_be_resumed_after_it(qtbot, home):
    out = home / "runs" / "001-elsewhere"
    control, events = Control(), []
    trainer = threading.Thread(target=lambda: execute.train(tiny(), out, events.append, control))
    trainer.start()
    try:
        qtbot.waitUntil(lambda: len(events) > 5, timeout=PATIENCE_MS)
        studio = opened(qtbot)
        with qtbot.waitSignal(studio.run_opened, timeout=PATIENCE_MS) as shown:
            studio.open(out)
        assert shown.args == [out]
        assert "another process" in studio.window._view.label
        first = studio.window._view.step
        qtbot.waitUntil(lambda: studio.window._view.step > first, timeout=PATIENCE_MS)
        assert studio.window.actions_["run.start"].text() == "Start"
    finally:
        control.stop()
        trainer.join()
    qtbot.waitUntil(lambda: studio.window.actions_["run.start"].text() == "Resume", timeout=PATIENCE_MS)
    closed(qtbot, studio)


def test_that_points_bring_their_laboratory_and_are_played_one_by_one(qtbot, home):
    studio = opened(qtbot)
    lab = studio.train.lab
    studio.train.setup.set_config(tiny())
    assert not studio.train.shows_points
    values = {"variant.name": "vanilla", "dataset.name": "8-gaussians", "variant.generator_width": 8,
              "variant.discriminator_width": 8, "training.steps": 100_000}  # fmt: skip
    studio.train.setup.set_config(compose(values))
    assert studio.train.shows_points
    assert studio.train._middle.currentWidget() is lab.space
    studio.start()
    trained_to(qtbot, studio, 3)
    studio.session.pause()
    qtbot.waitUntil(lambda: studio.session.status.state == "paused", timeout=PATIENCE_MS)

    def played(button):
        before = studio.session.status.step
        button.click()
        qtbot.waitUntil(lambda: lab.space.scrubber.position == before + 1, timeout=PATIENCE_MS)
        return lab.space.plane.scene

    first = played(lab.steps._buttons["generator"])
    after_d = played(lab.steps._buttons["discriminator"])
    assert (after_d.generated == first.generated).all(), "a play of D moves the map alone"
    assert (after_d.landscape.surface != first.landscape.surface).any()
    after_g = played(lab.steps._buttons["generator"])
    assert (after_g.generated != after_d.generated).any()
    assert (after_g.landscape.surface == after_d.landscape.surface).all(), "a play of G moves the points alone"
    assert studio.session.status.state == "paused"
    with qtbot.waitSignal(studio.run_ended, timeout=PATIENCE_MS):
        studio.session.stop()
    assert lab.space.plane.scene.generated is not None
    assert not lab.steps._both.isEnabled()
    closed(qtbot, studio)
