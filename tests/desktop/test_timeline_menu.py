"""The timeline's context menu: go back to a checkpoint of a run that trains, or fork one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ganstudio.desktop import studio as studios
from ganstudio.desktop.timeline_menu import TimelineMenu
from ganstudio.desktop.train.prospects import Fork
from ganstudio.desktop.widgets.scrubber import Scrubber
from ganstudio.training.events import RunResumed
from tests.desktop.test_studio import PATIENCE_MS, closed, home, opened, tiny, trained_to

__all__ = ["home"]


def asked(scrubber: Scrubber, x: float, reason: QContextMenuEvent.Reason = QContextMenuEvent.Reason.Mouse) -> None:
    at = QPointF(x, 20).toPoint()
    QApplication.sendEvent(scrubber, QContextMenuEvent(reason, at, scrubber.mapToGlobal(at)))


@pytest.fixture
def timeline(qtbot: QtBot) -> Scrubber:
    scrubber = Scrubber()
    qtbot.addWidget(scrubber)
    scrubber.resize(800, 55)
    scrubber.show()
    scrubber.set_target(100)
    scrubber.set_samples(range(0, 101, 10))
    return scrubber


def test_that_the_menu_is_that_of_the_nearest_checkpoint(qtbot: QtBot, timeline: Scrubber) -> None:
    steps: list[int] = []
    timeline.menu_requested.connect(lambda step, at: steps.append(step))
    asked(timeline, 300)
    assert not steps, "without a checkpoint there is nothing to do"
    timeline.set_checkpoints([20, 60, 90])
    for step in (18, 24, 55, 100):
        asked(timeline, timeline._x(step))
    assert steps == [20, 20, 60, 90]
    timeline.set_position(60)
    asked(timeline, 0, QContextMenuEvent.Reason.Keyboard)
    assert steps[-1] == 60


def test_that_the_best_checkpoint_is_marked_until_the_run_goes_back_beyond_it(timeline: Scrubber) -> None:
    timeline.set_checkpoints([20, 60, 90])
    plain = timeline.grab().toImage()
    timeline.add_best(20)
    timeline.add_best(60)
    assert timeline.best == 60
    assert timeline.grab().toImage() != plain
    above = QPointF(timeline._x(60), 13)
    assert timeline._mark_text(above) == "Checkpoint at step 60, the best so far"
    assert timeline._mark_text(QPointF(timeline._x(20), 13)) == "Checkpoint at step 20"
    timeline.truncate_after(40)
    assert timeline.best == 20
    timeline.clear()
    assert timeline.best is None


def test_that_what_cannot_be_done_says_why(qtbot: QtBot, timeline: Scrubber) -> None:
    menu = TimelineMenu([timeline], timeline)
    timeline.set_checkpoints([20])
    menu.set_reasons("Only while a run trains.", "")
    timeline.menu_requested.emit(20, QPoint(0, 0))
    assert (menu.back.text(), menu.fork.text()) == ("Go back to step 20…", "Fork from step 20")
    assert not menu.back.isEnabled() and menu.back.toolTip() == "Only while a run trains."
    with qtbot.waitSignal(menu.fork_requested) as forked:
        menu.fork.trigger()
    assert forked.args == [20]
    menu.menu.close()


def test_that_a_run_that_trains_goes_back_to_the_checkpoint(qtbot, home, monkeypatch) -> None:
    agreed: list[int] = []
    monkeypatch.setattr(studios, "confirm_roll_back", lambda parent, step, lost: bool(agreed.append(step)) or True)
    studio = opened(qtbot)
    studio.train.setup.set_config(tiny(**{"training.checkpoint_every": 3, "training.sample_every": 2}))
    studio.start()
    trained_to(qtbot, studio, 8)
    scrubber, menu = studio.train.samples.scrubber, studio._timeline
    qtbot.waitUntil(lambda: 6 in scrubber._checkpoints, timeout=PATIENCE_MS)
    qtbot.waitUntil(menu.back.isEnabled, timeout=PATIENCE_MS)
    assert not menu.fork.isEnabled() and menu.fork.toolTip() == "Stop the run first."
    back: list[RunResumed] = []
    studio.session.events.connect(
        lambda events: back.extend(event for event in events if isinstance(event, RunResumed))
    )
    studio.session.pause()
    qtbot.waitUntil(lambda: studio.session.status.state == "paused", timeout=PATIENCE_MS)
    asked(scrubber, scrubber._x(6) if scrubber._x(6) - scrubber._x(3) > 1 else scrubber._x(3))
    step = menu._step
    assert step in studio.session.folder.checkpoints()
    menu.back.trigger()
    qtbot.waitUntil(lambda: bool(back), timeout=PATIENCE_MS)
    assert agreed == [back[0].from_step] == [step]
    assert studio.session.folder.checkpoints()[-1] == step
    qtbot.waitUntil(lambda: scrubber._checkpoints[-1:] == [step], timeout=PATIENCE_MS)
    menu.menu.close()
    closed(qtbot, studio)


def test_that_a_run_that_rests_is_forked_from_there(qtbot, home, monkeypatch) -> None:
    studio = opened(qtbot)
    studio.train.setup.set_config(tiny(**{"training.steps": 4, "training.checkpoint_every": 2}))
    with qtbot.waitSignal(studio.run_ended, timeout=PATIENCE_MS):
        studio.start()
    menu = studio._timeline
    qtbot.waitUntil(menu.fork.isEnabled, timeout=PATIENCE_MS)
    assert not menu.back.isEnabled()
    forks: list[Fork] = []
    monkeypatch.setattr(studio, "_on_fork", forks.append)
    scrubber = studio.train.samples.scrubber
    asked(scrubber, scrubber._x(2))
    menu.fork.trigger()
    assert [fork.step for fork in forks] == [2]
    menu.menu.close()
    closed(qtbot, studio)
