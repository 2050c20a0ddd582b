"""The lineage in Runs: who was forked of whom, drawn, selected and compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from ganstudio.desktop.runs.lineage import family_of
from ganstudio.desktop.runs.lineage_panel import LineagePanel
from ganstudio.desktop.runs.reader import Row
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.summary import run_label, summarise
from tests.desktop.test_runs_workspace import labels, root, start
from tests.runs.hand_made import make_run

__all__ = ["root", "start"]


def forked(path: Path, parent: str, step: int, *, until: int = 200) -> RunFolder:
    run = make_run(path, until=until)
    run.lineage_file.write_text(json.dumps({"format_version": 1, "parent": parent, "step": step}), encoding="utf-8")
    return run


def row_of(run: RunFolder) -> Row:
    return Row(run.path, "DCGAN, MNIST", run_label(run.name), "finished", summarise(run))


@pytest.fixture
def family(tmp_path: Path) -> list[Row]:
    """1 with the forks 2 (at 100) and 3 (at 50), of which 4 was forked; and 9, a stranger."""
    runs = [
        make_run(tmp_path / "001-a"),
        forked(tmp_path / "002-b", "001-a", 100),
        forked(tmp_path / "003-c", "001-a", 50, until=80),
        forked(tmp_path / "004-d", "003-c", 70),
        make_run(tmp_path / "009-e"),
    ]
    return [row_of(run) for run in runs]


def laid_out(rows: list[Row], path: Path) -> list[tuple[str, int, int, int | None]]:
    return [(one.row.label, one.first, one.last, one.parent) for one in family_of(rows, path)]


def test_that_a_family_is_the_same_whoever_of_it_is_asked(family: list[Row]) -> None:
    expected = [("001", 0, 200, None), ("003", 50, 80, 0), ("004", 70, 200, 1), ("002", 100, 200, 0)]
    for row in family[:4]:
        assert laid_out(family, row.path) == expected
        assert laid_out(family[::-1], row.path) == expected
    assert laid_out(family, family[4].path) == [("009", 0, 200, None)]


def test_that_a_family_whose_forebear_is_gone_begins_with_the_oldest_left(family: list[Row]) -> None:
    left = [row for row in family if row.label != "001"]
    assert laid_out(left, family[3].path) == [("003", 50, 80, None), ("004", 70, 200, 0)]
    assert laid_out(left, family[1].path) == [("002", 100, 200, None)]
    assert family_of(left, family[0].path) == ()


def test_that_the_parent_is_the_one_in_the_same_folder(family: list[Row], tmp_path: Path) -> None:
    elsewhere = [
        row_of(make_run(tmp_path / "other" / "001-a")),
        row_of(forked(tmp_path / "other" / "002-b", "001-a", 40)),
    ]
    for rows in (family + elsewhere, elsewhere + family):
        assert [one.row.path.parent.name for one in family_of(rows, elsewhere[1].path)] == ["other", "other"]
        assert len(family_of(rows, family[1].path)) == 4


def test_that_a_lineage_that_leads_back_to_itself_ends(tmp_path: Path) -> None:
    rows = [
        row_of(forked(tmp_path / "001-a", "002-b", 5)),
        row_of(forked(tmp_path / "002-b", "001-a", 5)),
    ]
    assert len(family_of(rows, rows[0].path)) == 2


def test_that_the_picture_leads_from_run_to_run(qtbot: QtBot, family: list[Row]) -> None:
    panel = LineagePanel()
    qtbot.addWidget(panel)
    panel.resize(600, 200)
    panel.show_family(family, family[1].path, {})
    assert panel.isVisible()
    view = panel.view
    assert "004, of 003 at 70" in view.accessibleName()
    fork, origin = view.place(3, 100), view.place(0, 100)
    assert fork.x() == origin.x() and fork.y() > origin.y()
    view.grab()
    with qtbot.waitSignal(view.run_requested) as wanted:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(30, round(view.place(1, 0).y())))
    assert wanted.args == [family[2].path]
    with qtbot.waitSignal(view.run_requested) as wanted:
        qtbot.keyClick(view, Qt.Key.Key_Up)
    assert wanted.args == [family[3].path]
    assert panel.relatives() == (family[0].path, family[1].path, family[2].path)
    panel.show_family(family, family[4].path, {})
    assert not panel.isVisible()


def test_that_runs_shows_the_family_and_compares_its_branches(start, root: Path, qtbot: QtBot) -> None:
    make_run(root / "001-a")
    forked(root / "002-b", "001-a", 100)
    make_run(root / "009-e")
    workspace = start()
    qtbot.waitUntil(lambda: len(labels(workspace)) == 3)
    assert workspace.select(root / "009-e")
    assert not workspace.lineage.isVisible()
    assert workspace.select(root / "002-b")
    assert workspace.lineage.isVisible()
    workspace.lineage.view.run_requested.emit(root / "001-a")
    assert workspace.current().label == "001"
    workspace.lineage.compare.click()
    assert [(run.letter, run.row.label) for run in workspace.compared()] == [("A", "001"), ("B", "002")]
    workspace.grab()
