"""The Runs workspace: it follows the folders, compares what is marked, and loses nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import send2trash
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from ganstudio import paths
from ganstudio.desktop.app import create_application
from ganstudio.desktop.runs.workspace import RunsWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.status_bar import StatusBar
from ganstudio.runs.folder import RunFolder
from tests.runs.hand_made import append, images, make_run, progress

PATIENCE_MS = 20_000


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path / "home"))
    return paths.runs_folder()


@pytest.fixture
def start(qtbot: QtBot, root: Path, settings: Settings) -> Iterator[Callable[[], RunsWorkspace]]:
    create_application([])
    started: list[RunsWorkspace] = []

    def begin() -> RunsWorkspace:
        made = RunsWorkspace(settings)
        qtbot.addWidget(made)
        started.append(made)
        made.resize(1440, 784)
        with qtbot.waitSignal(made.status, timeout=PATIENCE_MS):
            made.show()
        return made

    yield begin
    for workspace in started:
        workspace.shutdown()


def labels(workspace: RunsWorkspace) -> list[str]:
    order = workspace.view.model()
    return [order.index(number, 2).data(Qt.ItemDataRole.UserRole).label for number in range(order.rowCount())]


def subtitle(workspace: RunsWorkspace) -> str:
    return workspace.panel._subtitle.text()


def look_again(workspace: RunsWorkspace, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not workspace._scanner.is_busy(), timeout=PATIENCE_MS)
    with qtbot.waitSignal(workspace._scanner.done, timeout=PATIENCE_MS):
        workspace.refresh()


def press(workspace: RunsWorkspace, key: str) -> None:
    workspace._actions[key].trigger()


def answer(box: QMessageBox, text: str) -> None:
    next(button for button in box.buttons() if button.text().replace("&", "") == text).click()


def test_that_without_runs_it_says_what_will_be_here(start: Callable[[], RunsWorkspace], root: Path) -> None:
    workspace = start()
    assert workspace._stack.currentIndex() == 1 and workspace._empty._title.text() == "No runs yet"
    assert subtitle(workspace) == "" and workspace.status_text().endswith("runs, 0 B")
    assert all(not button.isEnabled() for button in workspace._buttons.values())
    assert not root.exists(), "looking makes nothing"


def test_that_runs_are_shown_newest_first_and_the_first_is_selected(
    start: Callable[[], RunsWorkspace], root: Path
) -> None:
    for number in (1, 2):
        run = make_run(root / f"00{number}-a")
        started = f'{{"started": "2026-01-0{number}T10:00:00+00:00"}}'
        (run.path / "environment.json").write_text(started, encoding="utf-8")
    workspace = start()
    assert labels(workspace) == ["002", "001"] and subtitle(workspace) == "2"
    current = workspace.current()
    assert current is not None and current.label == "002"
    assert [(run.letter, run.row.label) for run in workspace.compared()] == [("A", "002")]


def test_that_a_run_started_elsewhere_appears_and_moves(
    start: Callable[[], RunsWorkspace], root: Path, qtbot: QtBot
) -> None:
    make_run(root / "001-a")
    workspace = start()
    workspace.select(root / "001-a")
    run = make_run(root / "002-b", until=50, end=None)
    with run.lock():
        look_again(workspace, qtbot)
        row = workspace._model.find(run.path)
        assert row is not None and row.state == "training" and row.summary is not None and row.summary.step == 50
        append(run, progress(60))
        look_again(workspace, qtbot)
        row = workspace._model.find(run.path)
        assert row is not None and row.summary is not None and row.summary.step == 60
    current = workspace.current()
    assert current is not None and current.label == "001", "the selection stays"


def test_that_the_run_of_this_window_is_looked_at_as_soon_as_it_begins(
    start: Callable[[], RunsWorkspace], root: Path, qtbot: QtBot
) -> None:
    make_run(root / "002-b")
    workspace = start()
    run = make_run(root / "001-a", until=50, end=None)
    qtbot.waitUntil(lambda: not workspace._scanner.is_busy(), timeout=PATIENCE_MS)
    workspace._timer.stop()
    with run.lock():
        workspace.set_live(run.path)
        qtbot.waitUntil(lambda: len(labels(workspace)) == 2, timeout=PATIENCE_MS)
    current = workspace.current()
    assert current is not None and current.label == "001"


def test_that_looking_stops_while_it_is_hidden(start: Callable[[], RunsWorkspace], qtbot: QtBot) -> None:
    workspace = start()
    assert workspace._timer.isActive()
    workspace.hide()
    assert not workspace._timer.isActive()
    workspace.show()
    assert workspace._timer.isActive()


def test_that_up_to_three_runs_are_marked_and_compared(
    start: Callable[[], RunsWorkspace], root: Path, qtbot: QtBot
) -> None:
    for number in range(1, 5):
        make_run(root / f"00{number}-a", steps=100 * number)
    workspace = start()
    said: list[str] = []
    workspace.notice.connect(said.append)
    workspace.view.setFocus()
    for number in (3, 1, 2):
        workspace.select(root / f"00{number}-a")
        qtbot.keyClick(workspace.view, Qt.Key.Key_Space)
    assert [(run.letter, run.row.label) for run in workspace.compared()] == [("A", "003"), ("B", "001"), ("C", "002")]
    assert subtitle(workspace) == "4, of which 3 compared" and said == []
    workspace.select(root / "004-a")
    qtbot.keyClick(workspace.view, Qt.Key.Key_Space)
    assert len(workspace.compared()) == 3 and "Three runs" in said[0]
    workspace.select(root / "001-a")
    qtbot.keyClick(workspace.view, Qt.Key.Key_Space)
    workspace.select(root / "004-a")
    qtbot.keyClick(workspace.view, Qt.Key.Key_Space)
    assert [(run.letter, run.row.label) for run in workspace.compared()] == [("A", "003"), ("B", "004"), ("C", "002")]
    qtbot.waitUntil(lambda: len(workspace.compare.plot.lines) == 3, timeout=PATIENCE_MS)
    assert [float(line.x[-1]) for line in workspace.compare.plot.lines] == [300, 400, 200]
    workspace.compare.clear_requested.emit()
    assert [run.row.label for run in workspace.compared()] == ["004"] and subtitle(workspace) == "4"


def test_that_sample_grids_are_gone_through_together(
    start: Callable[[], RunsWorkspace], root: Path, qtbot: QtBot
) -> None:
    make_run(root / "001-a", steps=100, samples=(0, 50, 100))
    make_run(root / "002-b", steps=60, samples=(0, 60))
    workspace = start()
    for number in (1, 2):
        workspace.select(next(root.glob(f"00{number}-*")))
        press(workspace, "mark")
    a, b, c = workspace.side.cells
    assert workspace.side.scrubber.position == 100

    def shows(cell: QWidget, step: int, raw: bool = False) -> bool:
        shown = cell.grid.images  # type: ignore[attr-defined]
        return shown is not None and np.array_equal(shown, images(25, 8, 1, step + raw)[: len(shown)])

    qtbot.waitUntil(lambda: shows(a, 100) and shows(b, 60), timeout=PATIENCE_MS)
    assert a._at.text() == "" and b._at.text() == "step 60" and len(a.grid.images) == 16
    assert workspace.side._subtitle.text() == "same latents, EMA, step 100"
    assert workspace.compare.plot.cursor_place == 100
    workspace.compare.step_picked.emit(52)
    qtbot.waitUntil(lambda: shows(a, 50) and shows(b, 0), timeout=PATIENCE_MS)
    workspace.side._which.button("raw").click()
    qtbot.waitUntil(lambda: shows(a, 50, raw=True), timeout=PATIENCE_MS)
    assert not c.grid.isVisible()
    with qtbot.waitSignal(workspace.explore_requested) as explored:
        b.grid.activated.emit(3)
    assert explored.args == [root / "002-b"]


def test_that_a_run_without_samples_says_so(start: Callable[[], RunsWorkspace], root: Path) -> None:
    make_run(root / "001-a", samples=())
    workspace = start()
    assert workspace.side.cells[0].grid._empty == "No samples yet" and workspace.side.scrubber.position is None


def test_that_filter_and_order_keep_the_selection_and_are_counted(
    start: Callable[[], RunsWorkspace], root: Path, settings: Settings
) -> None:
    for number, end in ((1, "completed"), (2, "stopped"), (3, "completed")):
        make_run(root / f"00{number}-a", steps=100 * number, end=end)
    workspace = start()
    workspace.select(root / "002-a")
    workspace.view.order_by(4, Qt.SortOrder.DescendingOrder)
    assert labels(workspace) == ["003", "002", "001"]
    current = workspace.current()
    assert current is not None and current.label == "002"
    workspace._filter.setText("stopped")
    assert labels(workspace) == ["002"] and subtitle(workspace) == "1 of 3"
    workspace._filter.setText("nothing like this")
    assert workspace._stack.currentIndex() == 1 and "No run fits" in workspace._empty._title.text()
    workspace._clear_filter.trigger()
    assert len(labels(workspace)) == 3
    assert settings.get("runs/order", []) == [4, 0]


def test_that_commands_say_why_they_are_impossible(
    start: Callable[[], RunsWorkspace], root: Path, qtbot: QtBot
) -> None:
    finished = make_run(root / "001-a", steps=100, checkpoints=(100,))
    stopped = make_run(root / "002-a", steps=100, until=50, end="stopped", checkpoints=(50,))
    bare = make_run(root / "003-a", steps=100, until=50, end=None)
    broken = make_run(root / "004-a")
    broken.config_file.write_text("{", encoding="utf-8")
    with make_run(root / "005-a", end=None, checkpoints=(100,)).lock():
        workspace = start()

        def off(run: RunFolder) -> dict[str, str]:
            workspace.select(run.path)
            actions = workspace._actions.items()
            return {key: one.toolTip() for key, one in actions if one.isVisible() and not one.isEnabled()}

        assert off(finished) == {"resume": "The run has trained all its 100 steps."}
        assert off(stopped) == {}
        assert (
            set(off(bare)) == {"resume", "explore", "samples", "distribution"}
            and "no checkpoint" in off(bare)["resume"]
        )
        assert set(off(broken)) == {"open", "resume", "explore", "samples", "distribution", "mark"}
        training = off(RunFolder(root / "005-a"))
        assert set(training) == {"resume", "trash"} and "stop it" in training["trash"]
        with qtbot.assertNotEmitted(workspace.resume_requested):
            press(workspace, "resume")
    workspace.select(stopped.path)
    for key, signal in (
        ("open", workspace.open_requested),
        ("resume", workspace.resume_requested),
        ("explore", workspace.explore_requested),
        ("samples", workspace.samples_requested),
    ):
        with qtbot.waitSignal(signal) as caught:
            press(workspace, key)
        assert caught.args == [stopped.path]
    workspace.view.setFocus()
    with qtbot.waitSignal(workspace.open_requested):
        qtbot.keyClick(workspace.view, Qt.Key.Key_Return)


def test_that_the_path_can_be_copied(start: Callable[[], RunsWorkspace], root: Path) -> None:
    run = make_run(root / "001-a")
    workspace = start()
    press(workspace, "copy")
    assert QGuiApplication.clipboard().text() == str(run.path)


def test_that_a_run_goes_to_the_trash_only_after_a_yes(
    start: Callable[[], RunsWorkspace], root: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send2trash, "send2trash", lambda path: Path(path).rename(tmp_path / "trash"))
    one, two = make_run(root / "001-a"), make_run(root / "002-b")
    workspace = start()
    workspace.select(one.path)
    row = workspace.current()
    assert row is not None
    answer(workspace._trash.ask(row), "Keep")
    assert not workspace._trash.busy and one.path.exists()
    box = workspace._trash.ask(row)
    assert "001" in box.text() and "B in" in box.informativeText()
    with qtbot.waitSignals([workspace.removed, workspace.notice], timeout=PATIENCE_MS):
        answer(box, "Move to trash")
    qtbot.waitUntil(lambda: labels(workspace) == ["002"], timeout=PATIENCE_MS)
    assert (tmp_path / "trash" / "config.json").exists()
    current = workspace.current()
    assert current is not None and current.path == two.path


def test_that_without_a_trash_the_run_stays_and_the_person_is_told(
    start: Callable[[], RunsWorkspace], root: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(send2trash, "send2trash", refuse)
    run = make_run(root / "001-a")
    workspace = start()
    row = workspace.current()
    assert row is not None
    with qtbot.waitSignal(workspace.failed, timeout=PATIENCE_MS) as told:
        answer(workspace._trash.ask(row), "Move to trash")
    assert "stays where it is" in told.args[0] and str(run.path) in told.args[0]
    assert run.path.exists() and labels(workspace) == ["001"]


def drop(workspace: RunsWorkspace, *found: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in found])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(100, 100), Qt.DropAction.CopyAction, data, buttons, keys)
    workspace.dragEnterEvent(entering)
    assert entering.isAccepted()
    workspace.dropEvent(QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, data, buttons, keys))


def question(workspace: RunsWorkspace, qtbot: QtBot) -> QMessageBox:
    def boxes() -> list[QMessageBox]:
        return [box for box in workspace.findChildren(QMessageBox) if box.isVisible()]

    qtbot.waitUntil(lambda: len(boxes()) == 1, timeout=PATIENCE_MS)
    return boxes()[0]


def test_that_a_dropped_run_is_copied_when_wanted(
    start: Callable[[], RunsWorkspace], root: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    make_run(root / "001-a")
    elsewhere = make_run(tmp_path / "elsewhere" / "007-cats")
    workspace = start()
    drop(workspace, elsewhere.path)
    with qtbot.waitSignal(workspace.notice, timeout=PATIENCE_MS) as told:
        answer(question(workspace, qtbot), "Copy")
    assert "002-cats" in told.args[0]
    qtbot.waitUntil(lambda: sorted(labels(workspace)) == ["001", "002"], timeout=PATIENCE_MS)
    current = workspace.current()
    assert current is not None and current.path == root / "002-cats" and not current.extra
    assert elsewhere.path.exists() and not workspace._progress.isVisible()


def test_that_a_dropped_run_is_listed_in_place_when_wanted_and_forgotten_again(
    start: Callable[[], RunsWorkspace], root: Path, tmp_path: Path, qtbot: QtBot, settings: Settings
) -> None:
    make_run(root / "001-a")
    elsewhere = make_run(tmp_path / "elsewhere" / "cats")
    workspace = start()
    drop(workspace, elsewhere.path.parent)
    answer(question(workspace, qtbot), "List in place")
    qtbot.waitUntil(lambda: sorted(labels(workspace)) == ["001", "cats"], timeout=PATIENCE_MS)
    current = workspace.current()
    assert current is not None and current.extra and settings.get("runs/extra", []) == [str(elsewhere.path)]
    assert workspace._actions["forget"].isVisible()
    drop(workspace, elsewhere.path)
    with qtbot.waitSignal(workspace.notice, timeout=PATIENCE_MS) as told:
        answer(question(workspace, qtbot), "List in place")
    assert "already" in told.args[0]
    press(workspace, "forget")
    qtbot.waitUntil(lambda: labels(workspace) == ["001"], timeout=PATIENCE_MS)
    assert elsewhere.path.exists() and settings.get("runs/extra", [1]) == []


def test_that_a_dropped_folder_without_a_run_is_refused_with_a_sentence(
    start: Callable[[], RunsWorkspace], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "photos").mkdir()
    workspace = start()
    with qtbot.waitSignal(workspace.failed, timeout=PATIENCE_MS) as told:
        drop(workspace, tmp_path / "photos")
    assert "no run in photos" in told.args[0]


def test_that_every_control_has_a_tooltip_and_a_name(start: Callable[[], RunsWorkspace], root: Path) -> None:
    make_run(root / "001-a")
    workspace = start()
    controls = [*workspace.findChildren(QAbstractButton), workspace._filter, workspace.compare._quantity]
    shown = [control for control in controls if not isinstance(control.parent(), QLineEdit) and control.isVisible()]
    assert len(shown) > 12
    for control in shown:
        assert control.toolTip(), control.text() if isinstance(control, QAbstractButton) else control
        assert control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())


def test_that_shutting_down_while_it_reads_leaves_nothing_running(
    start: Callable[[], RunsWorkspace], root: Path
) -> None:
    for number in range(1, 4):
        make_run(root / f"00{number}-a")
    workspace = start()
    press(workspace, "mark")
    workspace.refresh()
    workspace.side.scrubber.toggle_playing()
    workspace.shutdown()
    assert not workspace._timer.isActive() and not workspace.side.scrubber.playing


def test_that_the_workspace_needs_neither_torch_nor_the_plotting_library() -> None:
    code = (
        "import sys, ganstudio.desktop.runs.workspace; "
        "print([name for name in ('torch', 'pyqtgraph', 'send2trash') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_the_status_bar_says_where_the_runs_are_only_while_they_are_shown(qtbot: QtBot, root: Path) -> None:
    create_application([])
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.show()
    before = bar._link.text()
    bar.show_runs("~/GANStudio/runs, 4.1 GB")
    bar.set_folder(Path("/somewhere"))
    assert bar._link.text() == "~/GANStudio/runs, 4.1 GB" and bar._keys.isVisible() and not bar._words.isVisible()
    bar.set_folder(None)
    bar.show_runs(None)
    assert bar._link.text() == before and not bar._keys.isVisible() and bar._words.isVisible()
