"""Actions are data, appear when wired, and say why they cannot be."""

from __future__ import annotations

import collections
from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenuBar, QWidget
from pytestqt.qtbot import QtBot

from ganstudio.desktop.actions import ACTIONS, GEAR, MENUS, SEPARATOR, STEPS, TOOLBAR, Actions, RunState, why_not

RUN_KEYS = list(dict.fromkeys(key for key in (*TOOLBAR, *STEPS) if key != SEPARATOR))


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_that_every_key_of_a_menu_is_an_action_and_every_action_is_in_a_menu() -> None:
    known = {spec.key for spec in ACTIONS}
    placed = {key for _, keys in MENUS for key in keys if key != SEPARATOR}
    assert placed == known
    assert {key for key in (*TOOLBAR, *GEAR) if key != SEPARATOR} <= known


def test_that_no_key_and_no_shortcut_is_given_twice() -> None:
    keys = collections.Counter(spec.key for spec in ACTIONS)
    shortcuts = collections.Counter(spec.shortcut for spec in ACTIONS if spec.shortcut)
    assert [item for item, count in (keys + shortcuts).items() if count > 1] == []


def test_that_every_action_says_what_it_does() -> None:
    assert all(spec.tooltip and spec.tooltip != spec.text for spec in ACTIONS)


def test_that_an_action_without_a_deed_is_not_there(window: QWidget, qtbot: QtBot) -> None:
    actions = Actions(window)
    bar = QMenuBar(window)
    actions.fill_bar(bar)
    assert not any(action.isVisible() for action in bar.actions()), "empty menus show"
    actions.set_reason("run.start", None)
    assert not actions["run.start"].isEnabled()
    actions.wire("run.start", lambda: None)
    assert [action.text() for action in bar.actions() if action.isVisible()] == ["&Run"]
    assert actions["run.start"].isVisible()
    assert actions["run.start"].isEnabled()
    assert [spec.key for spec in actions.wired()] == ["run.start"]


def test_that_a_shortcut_does_the_deed_once(window: QWidget, qtbot: QtBot) -> None:
    actions = Actions(window)
    deeds: list[str] = []
    actions.wire("run.start", lambda: deeds.append("start"))
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert deeds == ["start"]
    actions.set_reason("run.start", "The run is training.")
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert deeds == ["start"], "a shortcut of an impossible action works"


def test_that_wiring_twice_is_a_mistake(window: QWidget) -> None:
    actions = Actions(window)
    actions.wire("file.quit", lambda: None)
    with pytest.raises(ValueError, match="twice"):
        actions.wire("file.quit", lambda: None)


def test_that_the_reason_stands_in_the_tooltip_and_goes_again(window: QWidget) -> None:
    actions = Actions(window)
    actions.wire("run.step", lambda: None)
    before = actions["run.step"].toolTip()
    actions.set_reason("run.step", "Pause first.")
    assert actions["run.step"].toolTip().startswith("Pause first.")
    assert not actions["run.step"].isEnabled()
    actions.set_reason("run.step", None)
    assert actions["run.step"].toolTip() == before
    assert actions["run.step"].isEnabled()


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        ("idle", {"run.start"}),
        ("preparing", {"run.stop"}),
        ("training", {"run.pause", "run.step", "run.step_d", "run.step_g", "run.stop", "run.snapshot"}),
        ("paused", {"run.start", "run.step", "run.step_d", "run.step_g", "run.stop", "run.snapshot"}),
        ("stopping", set()),
        ("finished", {"run.start", "run.fork"}),
    ],
)
def test_what_can_be_done_in_each_state(state: RunState, possible: set[str]) -> None:
    reasons = why_not(state)
    assert {key for key in RUN_KEYS if reasons[key] is None} == possible
    assert all(reason is None or reason.endswith(".") for reason in reasons.values())


def test_that_every_state_is_covered() -> None:
    for state in get_args(RunState):
        assert set(RUN_KEYS) <= set(why_not(state))


def test_that_an_invalid_field_holds_a_start_but_not_a_resume() -> None:
    problem = "Learning rate D must lie between 0 and 10."
    assert why_not("idle", problem)["run.start"] == problem
    assert why_not("finished", problem)["run.start"] == problem
    assert why_not("paused", problem)["run.start"] is None
    assert why_not("training", problem)["run.start"] == "The run is training."
