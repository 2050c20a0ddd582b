from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from ganstudio.desktop.theme import DARK, LIGHT, theme
from ganstudio.desktop.widgets.scrubber import Scrubber

pytestmark = pytest.mark.desktop


@pytest.fixture
def scrubber(qtbot: QtBot) -> Iterator[Scrubber]:
    theme().set_mode("dark")
    made = Scrubber()
    qtbot.addWidget(made)
    made.resize(808, made.height())
    made.show()
    made.set_target(6000)
    made.set_samples(range(0, 4201, 100))
    yield made
    theme().set_mode("dark")


def values(spy: QSignalSpy) -> list[int]:
    return [spy.at(index)[0] for index in range(spy.count())]


def place(scrubber: Scrubber, step: int, y: int = 27) -> QPoint:
    return QPoint(round(scrubber._x(step)), y)


def test_that_it_follows_the_newest_sample_while_live(scrubber: Scrubber) -> None:
    moved = QSignalSpy(scrubber.moved)
    assert (scrubber.live, scrubber.position) == (True, 4200)
    scrubber.add_sample(4300)
    assert scrubber.position == 4300
    assert not values(moved)


def test_that_pressing_the_track_shows_the_nearest_sample_and_ends_live(scrubber: Scrubber, qtbot: QtBot) -> None:
    moved = QSignalSpy(scrubber.moved)
    qtbot.mousePress(scrubber, Qt.MouseButton.LeftButton, pos=place(scrubber, 1030))
    qtbot.mouseMove(scrubber, place(scrubber, 2380))
    qtbot.mouseMove(scrubber, place(scrubber, 2390))
    qtbot.mouseRelease(scrubber, Qt.MouseButton.LeftButton, pos=place(scrubber, 2390))
    qtbot.mouseMove(scrubber, place(scrubber, 100))
    assert values(moved) == [1000, 2400]
    assert not scrubber.live
    scrubber.add_sample(4300)
    assert scrubber.position == 2400


def test_that_dragging_past_the_newest_sample_stays_at_it(scrubber: Scrubber, qtbot: QtBot) -> None:
    qtbot.mousePress(scrubber, Qt.MouseButton.LeftButton, pos=place(scrubber, 1000))
    qtbot.mouseMove(scrubber, place(scrubber, 6000))
    qtbot.mouseRelease(scrubber, Qt.MouseButton.LeftButton, pos=place(scrubber, 6000))
    assert scrubber.position == 4200


def test_that_keys_step_and_return_to_now(scrubber: Scrubber, qtbot: QtBot) -> None:
    moved, live = QSignalSpy(scrubber.moved), QSignalSpy(scrubber.live_requested)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_Left):
        qtbot.keyClick(scrubber, key)
    assert values(moved) == [4100, 4000, 4100, 0]
    qtbot.keyClick(scrubber, Qt.Key.Key_End)
    assert (scrubber.live, scrubber.position, live.count()) == (True, 4200, 1)


def test_that_stepping_past_the_newest_sample_returns_to_now(scrubber: Scrubber, qtbot: QtBot) -> None:
    live = QSignalSpy(scrubber.live_requested)
    qtbot.keyClick(scrubber, Qt.Key.Key_Left)
    qtbot.keyClick(scrubber, Qt.Key.Key_Right)
    assert (scrubber.live, scrubber.position) == (False, 4200)
    qtbot.keyClick(scrubber, Qt.Key.Key_Right)
    assert (scrubber.live, live.count()) == (True, 1)


def test_that_the_pill_returns_to_now_once(scrubber: Scrubber, qtbot: QtBot) -> None:
    live = QSignalSpy(scrubber.live_requested)
    pill = scrubber._pill
    assert pill is not None
    scrubber.step_back()
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    assert (scrubber.live, live.count()) == (True, 1)


def test_that_the_pill_says_what_the_present_is(scrubber: Scrubber) -> None:
    pill = scrubber._pill
    assert pill is not None
    names = []
    for state in ("running", "paused", "ended"):
        scrubber.set_run_state(state)
        names.append(pill.text())
        assert pill.geometry().right() == scrubber.width() - 13
    assert names == ["Live", "Paused", "Newest"]
    scrubber.step_back()
    assert "Return" in pill.toolTip()


def test_that_playing_runs_to_the_end_by_a_timer_that_stops(scrubber: Scrubber, qtbot: QtBot) -> None:
    moved, live = QSignalSpy(scrubber.moved), QSignalSpy(scrubber.live_requested)
    scrubber._timer.setInterval(1)
    qtbot.keyClick(scrubber, Qt.Key.Key_Space)
    assert scrubber.playing
    qtbot.waitUntil(lambda: not scrubber.playing)
    assert values(moved) == list(range(0, 4201, 100))
    assert (scrubber.live, live.count()) == (True, 1)


def test_that_playing_from_the_past_stays_in_the_past(scrubber: Scrubber, qtbot: QtBot) -> None:
    scrubber._timer.setInterval(1)
    scrubber.set_position(4000)
    scrubber.toggle_playing()
    qtbot.waitUntil(lambda: not scrubber.playing)
    assert (scrubber.live, scrubber.position) == (False, 4200)


@pytest.mark.parametrize("how", ["space", "hide", "drag", "clear"])
def test_that_playing_stops_when_asked_hidden_moved_or_emptied(scrubber: Scrubber, qtbot: QtBot, how: str) -> None:
    scrubber.toggle_playing()
    assert scrubber._timer.isActive()
    if how == "space":
        qtbot.keyClick(scrubber, Qt.Key.Key_Space)
    elif how == "hide":
        scrubber.hide()
    elif how == "drag":
        qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=place(scrubber, 1000))
    else:
        scrubber.clear()
    assert not scrubber._timer.isActive()


def test_that_a_long_run_is_played_with_grids_left_out(scrubber: Scrubber, qtbot: QtBot) -> None:
    moved = QSignalSpy(scrubber.moved)
    scrubber.set_samples(range(0, 100_000, 10))
    scrubber._timer.setInterval(1)
    scrubber.toggle_playing()
    qtbot.waitUntil(lambda: not scrubber.playing, timeout=20_000)
    assert 200 <= moved.count() <= 260
    assert values(moved)[-1] == 99_990


def test_that_ten_thousand_samples_leave_ticks_that_can_be_told_apart(scrubber: Scrubber) -> None:
    scrubber.set_target(None)
    scrubber.set_samples(range(0, 100_000, 10))
    columns = scrubber._tick_columns()
    assert 150 <= len(columns) <= 250
    assert min(b - a for a, b in itertools.pairwise(columns)) >= 2
    for step in range(100_000, 100_500, 10):
        scrubber.add_sample(step)
    grown = list(scrubber._tick_columns())
    assert min(b - a for a, b in itertools.pairwise(grown)) >= 2


def test_that_a_tick_a_diamond_and_a_flag_stand_at_their_steps(scrubber: Scrubber) -> None:
    bare = scrubber.grab().toImage()
    assert bare.pixelColor(place(scrubber, 1000, 24)) == QColor(DARK.ink3)
    scrubber.add_checkpoint(1000)
    scrubber.add_change(2400, "Learning rate G 2e-4 → 4e-4")
    marked = scrubber.grab().toImage()
    assert marked.pixelColor(place(scrubber, 2400, 10) + QPoint(3, 0)) == QColor(DARK.ink2)
    differing = {x for x in range(92, 720) if any(bare.pixelColor(x, y) != marked.pixelColor(x, y) for y in range(22))}
    assert all(abs(x - scrubber._x(1000)) < 8 or -2 <= x - scrubber._x(2400) < 11 for x in differing)
    assert any(abs(x - scrubber._x(1000)) < 8 for x in differing)


def test_that_clicking_a_mark_tells_what_it_is_and_moves_nothing(scrubber: Scrubber, qtbot: QtBot) -> None:
    scrubber.set_checkpoints([1000, 2000])
    scrubber.set_changes([(2400, "Learning rate G 2e-4 → 4e-4")])
    qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=place(scrubber, 1000, 13))
    assert QToolTip.text() == "Checkpoint at step 1\u202f000"
    qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=place(scrubber, 2400, 10) + QPoint(3, 0))
    assert QToolTip.text() == "Step 2\u202f400: Learning rate G 2e-4 → 4e-4"
    assert scrubber.live
    QToolTip.hideText()


def test_that_the_axis_ends_at_the_target_or_at_a_round_number_beyond_the_samples(scrubber: Scrubber) -> None:
    assert scrubber._label_steps() == [0, 1000, 2000, 3000, 4000, 5000, 6000]
    scrubber.set_target(4700)
    assert scrubber._label_steps() == [0, 1000, 2000, 3000, 4000, 4700]
    scrubber.set_target(None)
    assert scrubber._end == 5000
    scrubber.add_sample(5100)
    assert scrubber._end == 10_000
    scrubber.set_target(3000)
    assert scrubber._end == 5100


def test_that_going_back_to_a_checkpoint_forgets_what_came_after(scrubber: Scrubber) -> None:
    scrubber.set_checkpoints([1000, 4000])
    scrubber.set_changes([(500, "a"), (3000, "b")])
    scrubber.set_position(3500)
    scrubber.truncate_after(2000)
    assert (scrubber.position, scrubber._checkpoints, scrubber._changes) == (2000, [1000], [(500, "a")])
    scrubber.go_live()
    scrubber.add_sample(1500)
    assert scrubber.position == 1500


def test_that_without_samples_nothing_can_be_moved(scrubber: Scrubber, qtbot: QtBot) -> None:
    moved = QSignalSpy(scrubber.moved)
    scrubber.clear()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space):
        qtbot.keyClick(scrubber, key)
    qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=QPoint(300, 27))
    assert scrubber.position is None
    assert not values(moved)
    assert not scrubber._play.isEnabled()
    scrubber.grab()


def test_that_every_button_has_a_tooltip_and_a_name(scrubber: Scrubber) -> None:
    for button in (scrubber._previous, scrubber._play, scrubber._next, scrubber._pill):
        assert button is not None
        assert button.toolTip()
        assert button.accessibleName()
    assert scrubber.accessibleName()


def test_that_without_a_pill_the_step_is_written(qtbot: QtBot) -> None:
    made = Scrubber(pill=False)
    qtbot.addWidget(made)
    made.resize(828, made.height())
    made.show()
    made.set_target(6000)
    made.set_samples(range(0, 6001, 100))
    before = made.grab().toImage()
    made.set_position(3000)
    after = made.grab().toImage()
    assert any(before.pixelColor(x, 29) != after.pixelColor(x, 29) for x in range(780, 816))


def test_that_a_theme_changed_at_run_time_repaints_it(scrubber: Scrubber) -> None:
    scrubber.grab()
    theme().set_mode("light")
    shown = scrubber.grab().toImage()
    assert shown.pixelColor(5, 5) == QColor(LIGHT.panel)
    assert shown.pixelColor(place(scrubber, 1000, 24)) == QColor(LIGHT.ink3)
