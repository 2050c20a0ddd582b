"""The window offers actions and places, remembers its layout, and trains nothing."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLineEdit, QSplitter, QWidget
from pytestqt.qtbot import QtBot

from ganstudio import config
from ganstudio.desktop import theme
from ganstudio.desktop.about import AboutDialog
from ganstudio.desktop.actions import ACTIONS
from ganstudio.desktop.app import create_application
from ganstudio.desktop.find import matches
from ganstudio.desktop.main_window import MainWindow
from ganstudio.desktop.readout import numbers
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.status_bar import home_path
from ganstudio.desktop.toolbar import RunView
from ganstudio.desktop.widgets.panel import Panel
from ganstudio.desktop.widgets.section import Section
from ganstudio.desktop.widgets.segmented import Segmented

TRAINING = RunView(
    name="DCGAN on MNIST", label="run 014", state="training", step=4210, target=6000, images_per_second=712.4,
    elapsed=355, eta=151, device="CPU · 8 threads",
)  # fmt: skip


def _factory(key: str, built: list[str]) -> Callable[[], QWidget]:
    def make() -> QWidget:
        built.append(key)
        splitter = QSplitter()
        splitter.setObjectName(key)
        for title in ("left", "right"):
            splitter.addWidget(Panel(title))
        splitter.setSizes([300, 700])
        return splitter

    return make


@pytest.fixture
def built() -> list[str]:
    return []


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, built: list[str]
) -> Iterator[Callable[[], MainWindow]]:
    create_application([])
    windows: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(
            Settings(tmp_path / "settings.json"), {key: _factory(key, built) for key in ("train", "explore", "runs")}
        )
        qtbot.addWidget(window)
        windows.append(window)
        return window

    yield make
    for window in windows:
        window.close()
    theme.theme().set_mode("system")


@pytest.fixture
def window(open_window: Callable[[], MainWindow]) -> MainWindow:
    return open_window()


# --- workspaces ------------------------------------------------------------------------------------------------------


def test_that_only_the_first_workspace_is_built_before_the_window_shows(
    window: MainWindow, built: list[str], qtbot: QtBot
) -> None:
    assert built == ["train"]
    window.show()
    qtbot.waitUntil(lambda: built == ["train", "explore", "runs"])
    assert window.current_workspace() == "train"


def test_that_a_workspace_is_built_when_it_is_asked_for_and_once(window: MainWindow, built: list[str]) -> None:
    window.actions_["view.runs"].trigger()
    window.show_workspace("runs")
    assert built == ["train", "runs"]
    assert window.current_workspace() == "runs"
    assert window.actions_["view.runs"].isChecked()
    assert not window.actions_["view.train"].isChecked()


def test_that_the_first_paint_is_told_once(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.painted):
        window.show()
    with qtbot.assertNotEmitted(window.painted, wait=50):
        window.repaint()


# --- run -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def wired(window: MainWindow) -> MainWindow:
    for key in ("run.start", "run.pause", "run.step", "run.stop", "run.snapshot"):
        window.actions_.wire(key, lambda: None)
    window.set_view(RunView(name="R3GAN on MNIST", label="not started", target=1600, eta=60))
    return window


def test_that_step_opens_a_menu_of_single_steps_by_its_caret_and_by_key(wired: MainWindow, qtbot: QtBot) -> None:
    deeds: list[str] = []
    for key in ("run.step_d", "run.step_g"):
        wired.actions_.wire(key, functools.partial(deeds.append, key))
    wired.actions_["run.step"].triggered.connect(lambda: deeds.append("run.step"))
    wired.show()
    wired.set_view(TRAINING)
    step = wired.toolbar.button("run.step")
    assert step.isEnabled(), "it pauses first"
    menu = step._menu
    assert menu is not None
    qtbot.mouseClick(step, Qt.MouseButton.LeftButton, pos=QPoint(step.width() - 8, step.height() // 2))
    assert menu.isVisible()
    assert [action.text() for action in menu.actions()] == ["Step", "Step D", "Step G"]
    menu.actions()[1].trigger()
    menu.close()
    assert deeds == ["run.step_d"]
    qtbot.keyClick(step, Qt.Key.Key_Down)
    assert menu.isVisible()
    menu.close()
    qtbot.mouseClick(step, Qt.MouseButton.LeftButton, pos=QPoint(12, step.height() // 2))
    assert deeds == ["run.step_d", "run.step"]


def test_that_the_toolbar_follows_the_run(wired: MainWindow) -> None:
    start, pause = wired.toolbar.button("run.start"), wired.toolbar.button("run.pause")
    assert start.isEnabled()
    assert start.property("role") == "primary"
    assert not pause.isEnabled()
    wired.set_view(TRAINING)
    assert not start.isEnabled()
    assert start.toolTip().startswith("The run is training.")
    assert (pause.isEnabled(), pause.property("role")) == (True, "raised")
    wired.set_view(replace(TRAINING, state="paused"))
    assert (start.text(), start.isEnabled()) == ("Resume", True)
    wired.set_view(replace(TRAINING, state="finished"))
    assert start.text() == "Start"


def test_that_an_invalid_form_holds_the_start(wired: MainWindow) -> None:
    start = wired.toolbar.button("run.start")
    wired.set_form_problem("Learning rate D must lie between 0 and 10.")
    assert not start.isEnabled()
    assert "Learning rate D" in start.toolTip()
    wired.set_form_problem(None)
    assert start.isEnabled()
    assert start.toolTip().startswith("Train with these settings")


def test_that_a_button_without_a_deed_is_not_there(window: MainWindow, qtbot: QtBot) -> None:
    window.show()
    assert not window.toolbar.button("run.start").isVisible()
    window.actions_.wire("run.start", lambda: None)
    assert window.toolbar.button("run.start").isVisible()


def test_that_the_numbers_fit_the_state() -> None:
    idle = RunView(name="R3GAN on MNIST", target=1600, eta=58)
    assert numbers(idle)[1:] == [("Target", "1\u202f600", "steps"), ("Expected", "1", "min")]
    assert numbers(TRAINING) == [("Images/s", "712", ""), ("Elapsed", "5:55", ""), ("ETA", "2:31", "")]
    assert numbers(replace(TRAINING, images_per_second=3.25))[0] == ("Images/s", "3.2", "")
    assert numbers(replace(TRAINING, images_per_second=None, eta=None))[0] == ("Images/s", "–", "")
    assert numbers(replace(TRAINING, state="finished"))[2] == ("ETA", "–", "")


def test_that_the_same_view_paints_nothing(wired: MainWindow, qtbot: QtBot) -> None:
    wired.set_view(TRAINING)
    wired.show()
    qtbot.waitExposed(wired)
    QApplication.processEvents()
    painted = _PaintCounter(wired.toolbar)
    wired.set_view(replace(TRAINING))
    QApplication.processEvents()
    assert painted.count == 0
    wired.set_view(replace(TRAINING, step=4211))
    qtbot.waitUntil(lambda: painted.count > 0)


class _PaintCounter(QWidget):
    def __init__(self, root: QWidget) -> None:
        super().__init__()
        self.count = 0
        for child in root.findChildren(QWidget):
            child.installEventFilter(self)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_that_a_device_is_chosen_by_name_and_kept_while_training(wired: MainWindow, qtbot: QtBot) -> None:
    chosen: list[str] = []
    wired.toolbar.device_chosen.connect(chosen.append)
    wired.set_devices([("cpu", "CPU · 8 threads"), ("cuda:0", "NVIDIA RTX")], "cpu")
    device = next(button for button in wired.findChildren(QAbstractButton) if button.accessibleName() == "Device")
    menu = device.findChild(QWidget)
    assert menu is not None
    menu.actions()[1].trigger()
    assert chosen == ["cuda:0"]
    assert device.accessibleDescription() == "NVIDIA RTX"
    wired.set_view(TRAINING)
    assert not device.isEnabled()
    assert device.accessibleDescription() == "CPU · 8 threads"
    assert "keeps its device" in device.toolTip()


# --- find ------------------------------------------------------------------------------------------------------------


def test_that_a_setting_is_found_by_name_meaning_and_path() -> None:
    assert [spec.path for spec in matches("learning rate")[:2]] == [
        "optimizer.generator.learning_rate",
        "optimizer.discriminator.learning_rate",
    ]
    assert matches("adam memory gradient")[0].path.startswith("optimizer.")
    assert "techniques.ema.half_life" in {spec.path for spec in matches("techniques ema")}
    assert matches("  ") == []
    assert matches("no such thing") == []


def test_that_every_setting_is_found_by_its_label() -> None:
    for spec in config.fields():
        assert spec.path in {found.path for found in matches(spec.label)}


def test_that_a_setting_is_revealed_from_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.show_workspace("runs")
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    search = window.menu_row.search
    assert search.hasFocus()
    qtbot.keyClicks(search, "batch")
    assert search.found()[0] == "training.batch_size"
    with qtbot.waitSignal(window.setting_chosen) as chosen:
        qtbot.keyClick(QApplication.focusWidget() or search, Qt.Key.Key_Return)
    assert chosen.args == ["training.batch_size"]
    assert window.current_workspace() == "train"
    assert search.text() == ""


def test_that_the_window_opens_without_the_keyboard_in_the_search(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    assert not window.menu_row.search.hasFocus()


def test_that_escape_gives_the_search_up(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.actions_["edit.find"].trigger()
    qtbot.keyClicks(window.menu_row.search, "zzz")
    qtbot.keyClick(window.menu_row.search, Qt.Key.Key_Escape)
    assert (window.menu_row.search.text(), window.menu_row.search.hasFocus()) == ("", False)


# --- layout, theme, settings -----------------------------------------------------------------------------------------


def test_that_the_layout_comes_back_and_can_be_reset(open_window: Callable[[], MainWindow], qtbot: QtBot) -> None:
    first = open_window()
    first.show()
    splitter = first.findChild(QSplitter, "train")
    assert splitter is not None
    original = splitter.sizes()
    splitter.setSizes([600, splitter.width() - 604])
    moved, size = splitter.sizes(), first.size()
    assert moved != original
    first.close()

    second = open_window()
    second.show()
    splitter = second.findChild(QSplitter, "train")
    assert splitter is not None
    assert second.width() == size.width()
    assert splitter.sizes() == moved
    second.actions_["view.reset_layout"].trigger()
    assert splitter.sizes()[0] / sum(splitter.sizes()) == pytest.approx(0.3, abs=0.03)


def test_that_the_theme_is_remembered(open_window: Callable[[], MainWindow]) -> None:
    first = open_window()
    first.actions_["view.theme_light"].trigger()
    first.close()
    theme.theme().set_mode("dark")
    second = open_window()
    assert theme.theme().mode == "light"
    assert second.actions_["view.theme_light"].isChecked()


@pytest.mark.parametrize(
    "content", ['{"theme": "sepia", "window/geometry": "%%%", "layout/train": "AAAA"}', '{"theme": 7}']
)
def test_that_damaged_settings_open_a_window(
    open_window: Callable[[], MainWindow], tmp_path: Path, content: str, qtbot: QtBot
) -> None:
    (tmp_path / "settings.json").write_text(content)
    window = open_window()
    window.show()
    assert theme.theme().mode == "system"


def test_that_a_problem_with_the_settings_is_told(open_window: Callable[[], MainWindow], tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    window = open_window()
    assert "damaged" in window.toasts.past()[0].text


# --- messages --------------------------------------------------------------------------------------------------------


def test_that_a_toast_acts_once_and_is_remembered(window: MainWindow, qtbot: QtBot) -> None:
    deeds: list[str] = []
    window.show()
    window.toasts.show("Snapshot saved", icon="camera", action=("Show file", lambda: deeds.append("shown")))
    button = next(found for found in window.findChildren(QAbstractButton) if found.text() == "Show file")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert deeds == ["shown"]
    assert not button.isVisible()
    assert [message.text for message in window.toasts.past()] == ["Snapshot saved"]


def test_that_the_same_toast_does_not_pile_up(window: MainWindow) -> None:
    window.show()
    for _ in range(3):
        window.toasts.show("Snapshot saved")
    shown = [child for child in window.findChildren(QWidget) if child.property("role") == "toast" and child.isVisible()]
    assert len(shown) == 1


def test_that_an_error_stays_until_it_is_answered(window: MainWindow, qtbot: QtBot) -> None:
    deeds: list[str] = []
    window.show()
    window.show_error("The loss is not finite.", [("Lower both rates", lambda: deeds.append("lowered"))])
    assert window.banner.text() == "The loss is not finite."
    button = next(found for found in window.findChildren(QAbstractButton) if found.text() == "Lower both rates")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert deeds == ["lowered"]
    assert window.banner.text() == ""


def test_that_the_bell_lists_what_was_said(window: MainWindow, qtbot: QtBot) -> None:
    window.show()
    window.toasts.show("Snapshot saved")
    window.toasts.show("Run stopped")
    bell = next(found for found in window.findChildren(QAbstractButton) if found.accessibleName() == "Past messages")
    qtbot.mouseClick(bell, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    assert [action.text().split("  ")[1] for action in menu.actions()] == ["Run stopped", "Snapshot saved"]
    menu.close()


def test_that_a_long_device_name_is_shown_whole_where_it_fits(wired: MainWindow) -> None:
    wired.set_devices([("auto", "Automatic · CPU · 2 threads")], "auto")
    device = next(found for found in wired.findChildren(QAbstractButton) if found.accessibleName() == "Device")
    text = QFontMetrics(theme.font(12, 500)).horizontalAdvance("Automatic · CPU · 2 threads")
    assert device.sizeHint().width() >= text + 55, "icon and caret need 55 px"


# --- status bar ------------------------------------------------------------------------------------------------------


def test_that_the_status_bar_says_what_was_saved_and_what_it_costs(window: MainWindow, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QLabel

    def words() -> str:
        return " | ".join(label.text() for label in window.status.findChildren(QLabel))

    assert "Ready" in words()
    window.status.set_checkpoint(4000)
    assert "Checkpoint at step 4\u202f000, 0 s ago" in words()
    window.status.set_note("Arrow keys move along the selected direction", "compass")
    assert "Arrow keys" in words()
    window.status.set_note("")
    window.status.set_preview(4.6)
    assert "Preview 5 ms" in words()
    window.show()
    qtbot.waitUntil(lambda: "Memory " in words())


def test_that_paths_below_home_are_short() -> None:
    assert home_path(Path.home() / "GANStudio" / "runs") == "~/GANStudio/runs"
    assert home_path(Path("/elsewhere/runs")) == str(Path("/elsewhere/runs"))


# --- the rest --------------------------------------------------------------------------------------------------------


def test_that_closing_hides_at_once_and_tells(window: MainWindow, qtbot: QtBot) -> None:
    window.show()
    with qtbot.waitSignal(window.closing):
        window.close()
    assert not window.isVisible()


def test_that_every_control_has_a_tooltip_and_a_name(wired: MainWindow) -> None:
    wired.show()
    for control in wired.findChildren(QWidget):
        if isinstance(control, QAbstractButton | QLineEdit | QComboBox) and control.isVisible():
            what = f"{type(control).__name__} {control.objectName()}"
            if control.objectName().startswith("qt_"):
                continue
            assert control.toolTip(), f"{what} has no tooltip"
            assert control.accessibleName(), f"{what} has no accessible name"


def test_that_the_keyboard_reaches_every_button(wired: MainWindow) -> None:
    wired.show()
    reached: set[QWidget] = set()
    widget: QWidget | None = wired
    while widget is not None and widget not in reached:
        reached.add(widget)
        widget = widget.nextInFocusChain()
    buttons = [found for found in wired.findChildren(QAbstractButton) if found.isVisible() and found.isEnabled()]
    unreachable = [
        found.accessibleName()
        for found in buttons
        if found not in reached or not found.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert buttons
    assert unreachable == [name for name in unreachable if name == ""], "some need a mouse"


def test_the_about_box(window: MainWindow, qtbot: QtBot) -> None:
    window.set_devices([("cpu", "CPU · 8 threads")], "cpu")
    window.show()
    window.actions_["help.about"].trigger()
    dialog = window.findChild(QDialog)
    assert isinstance(dialog, AboutDialog)
    copy = next(found for found in dialog.findChildren(QAbstractButton) if found.text() == "Copy versions")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    assert "PyTorch: " in copied
    assert "Device: CPU · 8 threads" in copied
    dialog.close()


def test_that_the_shortcuts_are_those_that_work(window: MainWindow) -> None:
    assert {spec.key for spec in window.actions_.wired()} < {spec.key for spec in ACTIONS}
    assert all(window.actions_[spec.key].isVisible() for spec in window.actions_.wired())


def test_that_a_section_closes_and_tells(qtbot: QtBot) -> None:
    section = Section("Objective", opened=False)
    qtbot.addWidget(section)
    section.set_summary("non-saturating")
    section.show()
    header = section.findChild(QAbstractButton)
    assert header is not None
    assert header.accessibleDescription() == "non-saturating"
    with qtbot.waitSignal(section.toggled) as told:
        qtbot.mouseClick(header, Qt.MouseButton.LeftButton)
    assert told.args == [True]
    assert section.is_open()


def test_that_a_segmented_choice_moves_by_key_and_tells_only_the_persons(qtbot: QtBot) -> None:
    segmented = Segmented([("ema", "EMA"), ("raw", "Raw")], name="Networks")
    qtbot.addWidget(segmented)
    segmented.show()
    chosen: list[str] = []
    segmented.chosen.connect(chosen.append)
    segmented.set_current("raw")
    assert chosen == []
    qtbot.keyClick(segmented, Qt.Key.Key_Left)
    assert (segmented.current(), chosen) == ("ema", ["ema"])


def test_that_the_window_needs_no_torch_and_no_plots() -> None:
    code = (
        "import sys, ganstudio.desktop.app, ganstudio.desktop.main_window\n"
        "print([name for name in ('torch', 'pyqtgraph', 'qtawesome', 'psutil') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
