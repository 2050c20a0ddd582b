from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QWheelEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ganstudio.config import RunConfig, field, fields
from ganstudio.desktop import theme
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.forms.config_form import ConfigForm
from ganstudio.desktop.forms.fields import ChoiceField, FieldRow, NumberField, SwitchedField, stepped
from ganstudio.desktop.forms.relevance import idle, technique_of
from ganstudio.errors import UserError
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import FIRST_MINUTE, compose

pytestmark = pytest.mark.desktop
RATE = "optimizer.generator.learning_rate"
BATCH = "training.batch_size"


@pytest.fixture
def form(qtbot: QtBot) -> Iterator[ConfigForm]:
    theme.load_fonts()
    theme.theme().set_mode("dark")
    made = ConfigForm()
    qtbot.addWidget(made)
    made.resize(304, 900)
    made.show()
    dcgan = compose({"variant.name": "dcgan"})
    made.set_config(dcgan, dcgan)
    yield made
    made.shutdown()


def row(form: ConfigForm, path: str) -> FieldRow:
    form._sections[field(path).section].set_open(True)
    return next(row for row in form.findChildren(FieldRow) if row.spec.path == path)


def row_around(widget: QWidget | None) -> FieldRow | None:
    while widget is not None and not isinstance(widget, FieldRow):
        widget = widget.parentWidget()
    return widget


def enter(form: ConfigForm, path: str, text: str, *, done: bool = True) -> None:
    editor = row(form, path).editor
    assert isinstance(editor, NumberField)
    editor.setText(text)
    editor.edited.emit()
    if done:
        editor.committed.emit()


def shown(form: ConfigForm) -> set[str]:
    return {row.spec.path for row in form.findChildren(FieldRow) if not row.isHidden()}


SETTABLE = {spec.path for spec in fields() if spec.section != "choice"}


@pytest.mark.parametrize("name", VARIANTS.names())
def test_that_every_setting_shows_but_those_that_do_nothing(form: ConfigForm, name: str) -> None:
    form.open_all()
    config = compose({"variant.name": name})
    form.set_config(config, config)
    assert shown(form) == SETTABLE - set(idle(config))
    assert shown(form).isdisjoint(VARIANTS.get(name).unused)
    assert len(shown(form)) > 40


@pytest.mark.parametrize(
    ("values", "appear"),
    [
        ({"objective.loss": "least-squares"}, {"objective.targets"}),
        ({"objective.loss": "wasserstein"}, {"training.stop.settled"}),
        (
            {"techniques.minibatch.kind": "discrimination"},
            {"techniques.minibatch.kernels", "techniques.minibatch.dims"},
        ),
        ({"techniques.minibatch.kind": "deviation"}, {"techniques.minibatch.group"}),
        (
            {"techniques.augment.policy": "ada", "techniques.augment.adaptive": False},
            {f"techniques.augment.{name}" for name in ("colour", "translation", "adaptive", "probability", "ramp")},
        ),
        (
            {"techniques.augment.policy": "diffaugment"},
            {f"techniques.augment.{name}" for name in ("colour", "translation", "cutout")},
        ),
        ({"techniques.instance_noise.sigma": 0.2}, {"techniques.instance_noise.length"}),
        ({"techniques.lecam.weight": 0.3}, {"techniques.lecam.decay", "techniques.lecam.start"}),
        ({"variant.conditional": True}, {"variant.conditioning"}),
        (
            {"optimizer.schedule.name": "cosine"},
            {f"optimizer.schedule.{name}" for name in ("length", "final", "start", "beta2")},
        ),
    ],
)
def test_that_the_settings_of_a_switch_show_only_while_it_is_on(
    form: ConfigForm, values: dict[str, Any], appear: set[str]
) -> None:
    form.open_all()
    before = shown(form)
    form.apply(values)
    assert shown(form) - before == appear
    form.undo()
    assert shown(form) == before


def test_that_a_switched_number_remembers_what_it_was_and_tells_off_and_on(form: ConfigForm, qtbot: QtBot) -> None:
    editor = row(form, "techniques.lecam.weight").editor
    assert isinstance(editor, SwitchedField)
    assert editor.number.isHidden()
    editor.switch.click()
    assert form.current().techniques.lecam.weight == 0.3, "the paper's weight to begin with"
    editor.number.setText("0.7")
    editor.number.edited.emit()
    editor.number.committed.emit()
    editor.switch.click()
    assert (form.current().techniques.lecam.weight, editor.number.isHidden()) == (0.0, True)
    editor.switch.click()
    assert form.current().techniques.lecam.weight == 0.7


def test_that_a_technique_that_is_not_defined_is_greyed_out_with_the_reason(form: ConfigForm) -> None:
    path = "techniques.real_label"
    assert row(form, path).editor.isEnabled()
    form.apply({"objective.loss": "wasserstein"})
    refusal = VARIANTS.get("dcgan").refusal(technique_of(path), form.current())
    assert refusal
    assert not row(form, path).editor.isEnabled()
    assert refusal in row(form, path).editor.toolTip()
    assert any(refusal == one.note() for one in form.findChildren(FieldRow) if not one.isHidden())
    form.undo()
    assert row(form, path).editor.isEnabled()
    assert refusal not in row(form, path).editor.toolTip()


def test_that_a_refused_technique_that_is_on_can_be_turned_off(form: ConfigForm, qtbot: QtBot) -> None:
    path = "techniques.real_label"
    form.apply({"objective.loss": "wasserstein", path: 0.9})
    qtbot.waitUntil(lambda: form.config() is None)
    editor = row(form, path).editor
    assert isinstance(editor, SwitchedField)
    assert editor.isEnabled()
    editor.switch.click()
    qtbot.waitUntil(lambda: form.config() is not None)


def test_that_every_setting_can_be_found_and_says_what_it_needs(form: ConfigForm) -> None:
    needs = idle(form.current())
    assert needs
    for path in sorted(SETTABLE):
        form.reveal(path)
        assert not form._rows[path].isHidden()
        if path in needs:
            assert form._rows[path].note() == needs[path]
    assert shown(form) == SETTABLE - set(needs) | {max(SETTABLE)}


def test_that_rows_stand_in_the_order_of_the_settings(form: ConfigForm) -> None:
    rows = [row.spec for row in form.findChildren(FieldRow) if row.spec.section == "essentials"]
    rows.sort(key=lambda spec: row(form, spec.path).mapTo(form, QPoint(0, 0)).y())
    assert [spec.order for spec in rows] == sorted(spec.order for spec in rows)
    assert len(rows) > 5


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (BATCH, "32", 32),
        ("training.steps", "6 000", 6000),
        ("training.steps", "6\u202f000", 6000),
        ("training.steps", "1e4", 10000),
        (RATE, "2e-4", 2e-4),
        (RATE, ".01", 0.01),
        ("dataset.resolution", "32", 32),
        ("dataset.resolution", "", None),
    ],
)
def test_that_what_is_typed_is_the_config_at_once(form: ConfigForm, path: str, text: str, value: Any) -> None:
    enter(form, path, text, done=False)
    config = form.config()
    assert config is not None
    assert config.value(path) == value


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        (RATE, "20", "Must lie between 0 and 10."),
        (RATE, "fast", "Must be a finite number."),
        (RATE, "nan", "Must be a finite number."),
        (RATE, "", "Must be a finite number."),
        (BATCH, "6.5", "Must be a whole number."),
        (BATCH, "0", "Must lie between 1 and 8192."),
        (BATCH, "-4", "Must lie between 1 and 8192."),
        (BATCH, "−4", "Must lie between 1 and 8192."),
    ],
)
def test_that_an_invalid_field_says_why_beside_itself(form: ConfigForm, path: str, text: str, words: str) -> None:
    enter(form, path, text)
    assert form.config() is None
    assert form.problems() == [(path, words)]
    assert row(form, path).error() == words
    assert row(form, path).editor.property("invalid") is True
    assert words.lower()[:-1] in form.reason().lower()
    assert field(path).label in form.reason()
    enter(form, path, "0.01" if path == RATE else "8")
    assert form.problems() == []
    assert row(form, path).error() == ""
    assert row(form, path).editor.property("invalid") is False


def test_that_a_half_typed_value_is_not_called_wrong_until_the_person_pauses(form: ConfigForm, qtbot: QtBot) -> None:
    enter(form, RATE, "2e-", done=False)
    assert form.config() is None, "it must not start"
    assert row(form, RATE).error() == ""
    qtbot.waitUntil(lambda: row(form, RATE).error() != "")


def test_that_escape_brings_the_last_valid_value_back(form: ConfigForm, qtbot: QtBot) -> None:
    enter(form, RATE, "90")
    qtbot.keyClick(row(form, RATE).editor, Qt.Key.Key_Escape)
    assert row(form, RATE).editor.value() == 2e-4
    assert form.problems() == []


def test_that_the_reset_arrow_shows_off_the_default_and_goes_back(form: ConfigForm, qtbot: QtBot) -> None:
    reset = row(form, RATE).reset
    assert reset.isHidden()
    enter(form, RATE, "4e-4")
    assert not reset.isHidden()
    assert "2e-4" in reset.toolTip()
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert form.current().value(RATE) == 2e-4
    assert reset.isHidden()


def test_that_the_default_is_the_recipes_where_one_is_loaded(form: ConfigForm) -> None:
    recipe = FIRST_MINUTE.config()
    form.set_config(recipe, recipe, "the recipe’s value")
    assert row(form, RATE).reset.isHidden()
    enter(form, RATE, "2e-4")
    assert "the recipe’s value" in row(form, RATE).reset.toolTip()
    assert form._sections["essentials"]._header.summary.text() == "1 changed"


def test_that_a_tooltip_gives_help_range_and_default(form: ConfigForm) -> None:
    tip = row(form, RATE).editor.toolTip()
    assert field(RATE).help in tip
    assert "etween 0 and 10" in tip
    assert "2e-4" in tip


@pytest.mark.parametrize(
    ("path", "value", "count", "expected"),
    [
        (BATCH, 64, 1, 65),
        (BATCH, 64, -10, 54),
        (BATCH, 1, -1, 1),
        (BATCH, 8192, 10, 8192),
        (RATE, 2e-4, 1, 3e-4),
        (RATE, 2e-4, 4, 2e-3),
        (RATE, 4e-4, 1, 6e-4),
        (RATE, 4e-4, -1, 3e-4),
        (RATE, 10.0, 1, 10.0),
        (RATE, 2e-6, -1, 0.0),
        (RATE, 0.0, -1, 0.0),
        (RATE, 0.0, 1, 2e-6),
        ("objective.penalties.r1.weight", 0.0, 1, 1e-3),
        ("objective.penalties.r1.weight", 1e-3, -1, 0.0),
        ("optimizer.generator.beta2", 0.999, 1, 0.999),
        ("optimizer.generator.beta2", 0.999, -1, 0.99),
        ("techniques.real_label", 1.0, 1, 1.0),
        ("techniques.real_label", 1.0, -10, 0.9),
        ("techniques.real_label", 0.51, -1, 0.51),
        ("dataset.resolution", None, 1, 8),
        ("optimizer.schedule.accuracy", None, 1, 0.51),
        ("training.stop.settled", None, 1, 0.01),
    ],
)
def test_that_a_step_is_sensible(path: str, value: Any, count: int, expected: Any) -> None:
    usual = 0.1 if "weight" in path else 2e-4 if path == RATE else None
    assert stepped(field(path), value, count, usual) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "spec", [spec for spec in fields() if spec.kind in {"int", "float"}], ids=lambda spec: spec.path
)
def test_that_no_step_leaves_the_range(spec: Any) -> None:
    for start in (spec.default, spec.minimum, spec.maximum):
        for count in (1, -1, 10, -10):
            value = RunConfig().value(spec.path) if start is None else start
            if (value == spec.minimum and spec.open_minimum) or (value == spec.maximum and spec.open_maximum):
                continue
            value = int(value) if spec.kind == "int" and value is not None else value
            RunConfig().with_values({spec.path: stepped(spec, value, count)})


def test_that_arrow_keys_step_and_shift_steps_ten_times_as_far(form: ConfigForm, qtbot: QtBot) -> None:
    editor = row(form, BATCH).editor
    qtbot.keyClick(editor, Qt.Key.Key_Up)
    assert form.current().training.batch_size == 129
    qtbot.keyClick(editor, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert form.current().training.batch_size == 119


def test_that_the_wheel_turns_a_field_only_in_focus(form: ConfigForm, qtbot: QtBot) -> None:
    for path, changed in ((BATCH, 129), ("optimizer.generator.name", "sgd")):
        editor = row(form, path).editor
        before = form.current().value(path)
        form.setFocus()
        turn(editor, -120 if isinstance(editor, ChoiceField) else 120)
        assert form.current().value(path) == before
        editor.setFocus()
        qtbot.waitUntil(editor.hasFocus)
        for _ in range(2 if isinstance(editor, ChoiceField) else 1):
            turn(editor, -120 if isinstance(editor, ChoiceField) else 120)
        assert form.current().value(path) == changed


def turn(widget: Any, delta: int) -> None:
    event = QWheelEvent(
        QPointF(5, 5), QPointF(widget.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_that_a_choice_and_a_switch_change_the_config(form: ConfigForm, qtbot: QtBot) -> None:
    combo = row(form, "objective.loss").editor
    assert isinstance(combo, ChoiceField)
    combo.setCurrentIndex(combo.findData("wasserstein"))
    combo.activated.emit(combo.currentIndex())
    qtbot.mouseClick(row(form, "dataset.mirror").editor, Qt.MouseButton.LeftButton, pos=QPoint(6, 12))
    assert form.current().objective.loss == "wasserstein"
    assert form.current().dataset.mirror is True


# ----------------------------------------------------------------------------------------------------- during a run


def test_that_only_live_fields_can_be_edited_during_a_run(form: ConfigForm) -> None:
    form.open_all()
    form.set_running(True)
    for one in form.findChildren(FieldRow):
        if not one.isHidden():
            assert one.editor.isHidden() != one.spec.live, one.spec.path
    form.set_running(False)
    assert all(not one.editor.isHidden() for one in form.findChildren(FieldRow))


def test_that_a_live_value_is_told_when_the_person_is_done_with_it(form: ConfigForm) -> None:
    told = QSignalSpy(form.live_changed)
    enter(form, RATE, "1e-3")
    assert told.count() == 0, "nothing runs"
    form.set_running(True)
    enter(form, RATE, "5e-4", done=False)
    assert told.count() == 0, "still being typed"
    assert form.current().value(RATE) == 1e-3
    enter(form, RATE, "5e-4")
    enter(form, RATE, "5e-4")
    assert [told.at(i) for i in range(told.count())] == [[RATE, 5e-4]]
    assert form.current().value(RATE) == 5e-4


def test_that_a_step_during_a_run_is_told_at_once(form: ConfigForm, qtbot: QtBot) -> None:
    form.set_running(True)
    told = QSignalSpy(form.live_changed)
    qtbot.keyClick(row(form, RATE).editor, Qt.Key.Key_Up)
    assert told.at(0) == [RATE, 3e-4]


def test_that_the_run_goes_on_with_the_old_value_while_a_live_field_is_invalid(form: ConfigForm) -> None:
    form.set_running(True)
    told = QSignalSpy(form.live_changed)
    enter(form, RATE, "20")
    assert told.count() == 0
    assert form.current().value(RATE) == 2e-4
    assert row(form, RATE).error() == "Must lie between 0 and 10. Still using 2e-4."
    form.set_running(False)
    assert form.problems() == []
    assert row(form, RATE).editor.value() == 2e-4


def test_that_a_value_changed_elsewhere_is_shown_and_not_told(form: ConfigForm) -> None:
    form.set_running(True)
    told = QSignalSpy(form.live_changed)
    form.show_value(RATE, 6e-4)
    assert row(form, RATE).editor.value() == 6e-4
    assert told.count() == 0
    assert not row(form, RATE).reset.isHidden()


# ------------------------------------------------------------------------------------------------------ undo and redo


def test_that_the_undo_keys_reach_the_form_unless_text_is_being_typed(form: ConfigForm, qtbot: QtBot) -> None:
    action = QAction(form, shortcut=QKeySequence.StandardKey.Undo)
    action.triggered.connect(form.undo)
    form.addAction(action)
    editor = row(form, BATCH).editor
    assert isinstance(editor, NumberField)
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    qtbot.keyClick(editor, Qt.Key.Key_Up)
    assert form.current().training.batch_size == 129
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert form.current().training.batch_size == 128
    qtbot.keyClicks(editor, "5")
    assert editor.text() != "128"
    qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text() == "128", "the text's own undo"


def test_that_edits_are_taken_back_and_done_again_one_by_one(form: ConfigForm) -> None:
    assert not form.can_undo
    enter(form, RATE, "1e-3")
    enter(form, BATCH, "32")
    form.undo()
    assert (form.current().training.batch_size, form.current().value(RATE)) == (128, 1e-3)
    form.undo()
    assert form.current().value(RATE) == 2e-4
    assert not form.can_undo
    form.redo()
    form.redo()
    assert (form.current().training.batch_size, form.current().value(RATE)) == (32, 1e-3)
    assert not form.can_redo
    form.undo()
    enter(form, BATCH, "16")
    assert not form.can_redo, "a new edit forgets what was taken back"


def test_that_a_typed_value_is_one_step_of_undo_not_one_a_key(form: ConfigForm) -> None:
    for text in ("3", "32"):
        enter(form, BATCH, text, done=False)
    form.undo()
    assert form.current().training.batch_size == 128


def test_that_undo_during_a_run_is_told_and_stops_at_what_cannot_change(form: ConfigForm) -> None:
    enter(form, BATCH, "32")
    form.set_running(True)
    enter(form, RATE, "1e-3")
    told = QSignalSpy(form.live_changed)
    form.undo()
    assert told.at(0) == [RATE, 2e-4]
    assert not form.can_undo, "the batch size cannot change during a run"
    form.undo()
    assert form.current().training.batch_size == 32
    form.set_running(False)
    assert form.can_undo


def test_that_the_history_tells_of_itself(form: ConfigForm) -> None:
    told = QSignalSpy(form.history_changed)
    enter(form, BATCH, "32")
    assert told.count() > 0


# ---------------------------------------------------------------------------------------- what two fields say together


@pytest.mark.parametrize(
    ("values", "path", "words"),
    [
        ({"objective.loss": "wasserstein", "techniques.real_label": 0.9}, "techniques.real_label", "entropy"),
        ({"dataset.resolution": 39}, "dataset.resolution", "doubles"),
        ({"training.batch_size": 8192, "dataset.limit": 5000}, "training.batch_size", "5000"),
    ],
)
def test_that_fields_that_do_not_fit_together_say_so_beside_one_of_them(
    form: ConfigForm, qtbot: QtBot, values: dict[str, Any], path: str, words: str
) -> None:
    form.apply(values)
    qtbot.waitUntil(lambda: form.config() is None)
    assert words in row(form, path).error()
    assert not row(form, path).isHidden(), "also where the variant has no such setting"
    form.undo()
    qtbot.waitUntil(lambda: form.config() is not None)
    assert row(form, path).error() == ""


def test_that_a_closed_section_tells_that_something_in_it_is_wrong(form: ConfigForm) -> None:
    form.close_all()
    form.report(UserError("Only 500 steps are possible.", path="training.checkpoint_every"))
    flag = form._flags["advanced"]
    assert flag.isVisibleTo(form)
    assert flag.text() == "1 to mend"
    assert not form._flags["essentials"].isVisibleTo(form)


def test_that_a_refusal_from_elsewhere_shows_until_the_next_edit(form: ConfigForm) -> None:
    form.report(UserError("The batch of 128 is larger than the 50 training images.", path=BATCH))
    assert form.config() is None
    assert "50 training images" in row(form, BATCH).error()
    enter(form, BATCH, "32")
    assert form.config() is not None
    assert row(form, BATCH).error() == ""


# ------------------------------------------------------------------------------------------------------ showing


def test_that_a_closed_section_tells_what_is_inside(form: ConfigForm) -> None:
    def summary(name: str) -> str:
        return form._sections[name]._header.summary.text()

    recipe = FIRST_MINUTE.config()
    form.set_config(recipe, recipe, "the recipe’s value")
    assert summary("essentials") == "all at the recipe’s values"
    assert summary("objective") == "relativistic, R1 + R2"
    assert summary("techniques") == "EMA"
    form.apply(
        {
            "variant.name": "dcgan",
            "objective.loss": "non-saturating",
            "techniques.real_label": 0.9,
            "precision": "float32",
        }
    )
    form.apply({"objective.penalties.r1.weight": 0, "objective.penalties.r2.weight": 0})
    assert summary("objective") == "non-saturating"
    assert summary("techniques") == "EMA, smoothing 0.9"
    assert summary("advanced") == "float32, channels last"
    form.apply({"precision": "auto"})
    form.set_auto_precision("bfloat16")
    assert summary("advanced") == "bf16, channels last"


def test_that_reveal_opens_scrolls_focuses_and_lights_for_a_moment(form: ConfigForm, qtbot: QtBot) -> None:
    form.close_all()
    form.resize(304, 300)
    form.reveal("threads")
    one = row(form, "threads")
    qtbot.waitUntil(one.editor.hasFocus)
    viewport = form._scroll.viewport()
    qtbot.waitUntil(lambda: viewport.rect().contains(one.mapTo(viewport, one.rect().center())))
    assert one._lit
    qtbot.waitUntil(lambda: not one._lit)


def test_that_closed_sections_behind_the_last_open_one_stay_in_sight(form: ConfigForm, qtbot: QtBot) -> None:
    form.close_all()
    form._sections["essentials"].set_open(True)
    form.resize(304, 320)
    last = form._sections["advanced"]
    qtbot.waitUntil(lambda: form.rect().contains(last.mapTo(form, last.rect().center())))
    assert not form._scroll.isAncestorOf(last)
    last.set_open(True)
    assert form._scroll.isAncestorOf(last)


def test_that_devices_are_offered_and_an_absent_one_is_kept(form: ConfigForm) -> None:
    form.apply({"device": "cuda:1"})
    form.set_devices([("auto", "Automatic"), ("cpu", "CPU · 2 threads")])
    editor = row(form, "device").editor
    assert isinstance(editor, ChoiceField)
    assert form.current().device == "cuda:1"
    assert editor.value() == "cuda:1"
    form.apply({"device": "cpu"})
    assert editor.currentText() == "CPU · 2 threads"


@pytest.mark.parametrize("running", [False, True])
def test_that_nothing_is_cut_off_at_the_panels_width(form: ConfigForm, qtbot: QtBot, running: bool) -> None:
    form.open_all()
    form.resize(304, 700)
    form.set_running(running)
    enter(form, RATE, "20")
    qtbot.waitUntil(lambda: form._page.minimumSizeHint().width() <= 304)
    qtbot.waitUntil(lambda: form._page.width() == form._scroll.viewport().width())
    for text in form.findChildren(QLabel):
        if text.isVisibleTo(form) and not text.wordWrap():
            assert text.width() >= text.minimumSizeHint().width(), text.text()


def test_that_tab_goes_down_the_form_whatever_was_opened_first(form: ConfigForm) -> None:
    for name in ("advanced", "techniques", "objective"):
        form._sections[name].set_open(True)
    chain, widget = [], form._sections["essentials"].header()
    while widget not in chain:
        chain.append(widget)
        widget = widget.nextInFocusChain()
    stops = [one for one in chain if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
    visited = list(dict.fromkeys(one.spec.path for one in map(row_around, stops) if one is not None))
    wanted = sorted(
        (spec for spec in fields() if spec.section != "choice"),
        key=lambda spec: (list(form._sections).index(spec.section), spec.order),
    )
    assert visited == [spec.path for spec in wanted]


def test_that_every_editor_has_a_name_and_a_tooltip(form: ConfigForm) -> None:
    form.open_all()
    for one in form.findChildren(FieldRow):
        assert one.editor.accessibleName() == one.spec.label
        assert one.editor.toolTip()
        assert one.reset.toolTip()


# --------------------------------------------------------------------------------------------------- in the background


def test_that_a_newer_request_replaces_an_older_one(qtbot: QtBot) -> None:
    begun, go = threading.Event(), threading.Event()

    def work(job: Job) -> Any:
        if job.request == 1:
            begun.set()
            go.wait(10)
            job.check()
        return job.request * 10

    background = Background(work)
    told = QSignalSpy(background.done)
    background.request(1)
    assert begun.wait(10)
    background.request(2)
    background.request(3)
    go.set()
    qtbot.waitUntil(lambda: told.count() > 0)
    background.stop()
    assert [told.at(i)[0] for i in range(told.count())] == [Outcome(3, 30)]
    assert not background.is_busy()


def test_that_any_failure_becomes_a_sentence(qtbot: QtBot) -> None:
    def work(job: Job) -> Any:
        raise job.request

    background = Background(work)
    for failure, words in ((UserError("No such folder."), "No such folder."), (KeyError("x"), "KeyError")):
        with qtbot.waitSignal(background.done) as signal:
            background.request(failure)
        assert words in str(signal.args[0].error)
    background.stop()


def test_that_stopping_ends_the_thread_and_what_it_does(qtbot: QtBot) -> None:
    begun = threading.Event()

    def work(job: Job) -> None:
        begun.set()
        while True:
            job.check()

    background = Background(work)
    told = QSignalSpy(background.done)
    background.request(0)
    assert begun.wait(10)
    before = threading.active_count()
    background.stop()
    assert threading.active_count() <= before
    assert background._thread is None or background._thread.isFinished()
    assert told.count() == 0


def test_that_the_setup_panel_imports_neither_torch_nor_pyqtgraph() -> None:
    code = (
        "import sys, ganstudio.desktop.forms.setup_panel, ganstudio.desktop.train.welcome; "
        "print([name for name in ('torch', 'pyqtgraph') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
