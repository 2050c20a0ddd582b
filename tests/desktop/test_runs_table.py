"""The table of runs: what its cells say, in which order, and what stays when it is filled anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from ganstudio.desktop import theme
from ganstudio.desktop.app import create_application
from ganstudio.desktop.runs.cells import (
    ROW_HEIGHT,
    Column,
    cell_text,
    progress_share,
    started_text,
    state_look,
)
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.runs.rows import RowPainter
from ganstudio.desktop.runs.table import LETTER_ROLE, RunsModel, RunsOrder, RunsView
from ganstudio.runs.best import Best
from ganstudio.runs.folder import State
from ganstudio.runs.summary import RunSummary

NOW = datetime(2026, 3, 14, 15, 20, tzinfo=UTC)


def row(number: int, *, state: State = "finished", step: int = 6000, d: float | None = 0.6, **more: object) -> Row:
    summary = RunSummary(
        path=Path(f"/runs/{number:03d}-dcgan"), name=f"{number:03d}-dcgan", title="DCGAN, MNIST", label=f"{number:03d}",
        variant="dcgan", dataset="mnist-10k", latents=(0, 100), state=state, step=step, target=6000, seconds=step / 10,
        images_per_second=712.4, loss_discriminator=d, loss_generator=1.84,
        curve=tuple((float(at), 1.0 - at / 50, 2.0 - at / 40) for at in range(20)),
        started=NOW - timedelta(hours=number), samples=(0, step), checkpoint=step, error=None, damaged=0,
    )  # fmt: skip
    summary = replace(summary, **more)  # type: ignore[arg-type]
    return Row(summary.path, summary.title, summary.label, summary.state, summary, size=4_100_000_000)


def unreadable(number: int) -> Row:
    return Row(Path(f"/runs/{number:03d}-x"), f"{number:03d}-x", f"{number:03d}", "unreadable", problem="No config.")


@pytest.mark.parametrize(
    ("made", "words", "share"),
    [
        (row(1, state="training", step=4210), "Training, 70 %", 4210 / 6000),
        (row(1, state="training", target=None), "Training", None),
        (row(1, state="training", step=7000), "Training, 100 %", 1.0),
        (row(1), "Finished", None),
        (row(1, state="stopped"), "Stopped", None),
        (row(1, state="failed", error="The disk is full."), "Failed", None),
        (row(1, state="failed", error="The loss of D is not finite at step 7."), "Not finite", None),
        (row(1, state="interrupted"), "Interrupted", None),
        (unreadable(1), "Unreadable", None),
    ],
)
def test_that_a_state_is_said_in_words_with_an_icon(made: Row, words: str, share: float | None) -> None:
    assert state_look(made).words == words and state_look(made).icon
    assert progress_share(made) == share


def test_that_a_fork_names_what_it_was_forked_from() -> None:
    assert cell_text(row(15, forked_from=("014", 2000)), Column.RUN) == "DCGAN, MNIST, 015, of 014 at 2\u202f000"
    assert cell_text(row(14), Column.RUN) == "DCGAN, MNIST, 014"


def test_that_states_differ_by_icon_and_not_only_by_colour() -> None:
    states: list[State] = ["training", "finished", "stopped", "failed", "interrupted"]
    assert len({state_look(row(1, state=state)).icon for state in states} | {state_look(unreadable(1)).icon}) == 6


@pytest.mark.parametrize(
    ("started", "text"),
    [
        (NOW - timedelta(hours=2), "Sat 13:20"),
        (NOW - timedelta(days=5), "Mon 15:20"),
        (NOW - timedelta(days=40), "2 Feb"),
        (NOW - timedelta(days=400), "7 Feb 2025"),
    ],
)
def test_that_a_start_is_as_long_as_it_must_be(started: datetime, text: str) -> None:
    assert started_text(started, NOW) == text


def test_that_cells_say_numbers_as_people_read_them() -> None:
    made = row(14, step=4210)
    texts = {column: cell_text(made, column) for column in Column}
    assert texts[Column.STEP] == "4\u202f210" and texts[Column.SPEED] == "712" and texts[Column.TIME] == "7:01"
    assert texts[Column.LOSS_D] == "0.60" and texts[Column.LOSS_G] == "1.84"
    assert cell_text(row(1, d=None), Column.LOSS_D) == "–" and cell_text(row(1, d=-4.2), Column.LOSS_D) == "\u22124.20"
    assert cell_text(row(1, d=-130_006_000.0), Column.LOSS_D) == "\u2212130M"
    assert cell_text(unreadable(1), Column.STEP) == "–" and cell_text(unreadable(1), Column.CURVE) == ""


def order(model: RunsModel, column: Column, direction: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> list[str]:
    made = RunsOrder(model)
    made.sort(column, direction)
    return [made.index(number, 0).data(Qt.ItemDataRole.UserRole).label for number in range(made.rowCount())]


def test_that_rows_are_ordered_by_value_and_those_without_one_stand_last(qapp: object) -> None:
    model = RunsModel()
    model.set_rows([row(1, d=10.0), row(2, d=None), row(3, d=9.0), unreadable(4), row(5, d=-1.0)])
    assert order(model, Column.LOSS_D) == ["005", "003", "001", "002", "004"]
    descending = order(model, Column.LOSS_D, Qt.SortOrder.DescendingOrder)
    assert descending[:3] == ["001", "003", "005"] and set(descending[3:]) == {"002", "004"}
    assert order(model, Column.STARTED, Qt.SortOrder.DescendingOrder)[:4] == ["001", "002", "003", "005"]


def test_that_the_best_evaluation_is_told_and_ordered_measure_by_measure(qapp: object) -> None:
    def best(measure: str, value: float) -> Best:
        return Best(4000, measure, value, 2048, "MobileNetV2")

    model = RunsModel()
    model.set_rows([
        row(1, best=best("fid", 31.8)), row(2), row(3, best=best("fid", 13.4)),
        row(4, best=best("coverage", 0.6)), row(5, best=best("coverage", 0.7)),
    ])  # fmt: skip
    assert order(model, Column.BEST) == ["003", "001", "005", "004", "002"]
    assert [model.index(at, Column.BEST).data() for at in (1, 2, 4)] == ["–", "FID 13.4", "Coverage 0.70"]
    tip = model.index(2, Column.BEST).data(Qt.ItemDataRole.ToolTipRole)
    assert "step 4\u202f000" in tip and "2\u202f048 samples" in tip


def test_that_states_are_ordered_by_how_much_they_matter(qapp: object) -> None:
    model = RunsModel()
    states: list[State] = ["finished", "training", "failed", "stopped"]
    model.set_rows([unreadable(1), *(row(number, state=state) for number, state in enumerate(states, 2))])
    assert order(model, Column.STATE) == ["003", "002", "005", "004", "001"]


def test_that_a_filter_asks_for_every_word(qapp: object) -> None:
    model = RunsModel()
    model.set_rows([row(1), row(2, state="training", step=10), row(3, title="R3GAN, Emoji Noto", dataset="emoji-noto")])
    shown = RunsOrder(model)
    expected = {"": 3, "mnist": 2, "MNIST training": 1, "emoji": 1, "003": 1, "mnist emoji": 0, "dcgan": 3, "x": 0}
    for text, count in expected.items():
        shown.set_filter(text)
        assert shown.rowCount() == count, text


def test_that_filling_anew_changes_only_what_differs(qtbot: QtBot) -> None:
    model = RunsModel()
    one, two, three = row(1), row(2), row(3)
    model.set_rows([one, two, three])
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    assert model.set_rows([row(1), replace(two, size=5), three]) != []
    assert changed == [(1, 1)]
    with qtbot.waitSignal(model.rowsRemoved):
        model.set_rows([one, three])
    assert [made.label for made in model.rows] == ["001", "003"]
    model.set_rows([row(4)], complete=False)
    assert [made.label for made in model.rows] == ["001", "003", "004"]


def test_that_rows_can_be_read_aloud(qapp: object) -> None:
    model = RunsModel()
    model.set_rows([row(1, state="failed", error="The disk is full."), unreadable(2)])
    model.set_letters({row(1).path: "A"})
    aloud = [model.index(0, column).data(Qt.ItemDataRole.AccessibleTextRole) for column in Column]
    assert aloud[Column.MARK] == "compared as A" and aloud[Column.STATE] == "State Failed"
    assert aloud[Column.LOSS_G] == "Loss G 1.84"
    assert model.index(0, Column.STATE).data(Qt.ItemDataRole.ToolTipRole) == "The disk is full."
    assert model.index(1, Column.STATE).data(Qt.ItemDataRole.ToolTipRole) == "No config."
    assert "4.1 GB" in model.index(0, Column.RUN).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(0, Column.MARK).data(LETTER_ROLE) == "A"


@pytest.fixture
def view(qtbot: QtBot) -> RunsView:
    create_application([])
    theme.theme().set_mode("light")
    model = RunsModel()
    strip = QImage(84, 28, QImage.Format.Format_Grayscale8)
    strip.fill(QColor("white"))
    model.set_rows([replace(row(1), thumbnail=strip), row(2), row(3, state="training", step=3000)])
    model.set_letters({row(2).path: "B"})
    made = RunsView(RunsOrder(model))
    model.setParent(made)
    made.order_by(Column.RUN, Qt.SortOrder.AscendingOrder)
    qtbot.addWidget(made)
    made.resize(1100, 200)
    made.show()
    return made


def colour_at(view: RunsView, x: int, y: int) -> str:
    return view.viewport().grab().toImage().pixelColor(x, y).name()


def test_that_rows_are_painted_as_current_compared_or_neither(view: RunsView) -> None:
    view.setCurrentIndex(view.model().index(2, 0))
    palette = theme.palette()
    right = view.viewport().width() - 4
    grounds = [colour_at(view, right, number * ROW_HEIGHT + 3) for number in range(3)]
    assert grounds == [palette.panel, palette.raised, palette.accent_soft]
    assert colour_at(view, 11, ROW_HEIGHT + 14) == palette.run_b, "the chip of B"
    assert colour_at(view, 80, 20) == "#ffffff", "the thumbnail"


def test_that_the_columns_fill_the_view_at_any_width(view: RunsView) -> None:
    for width in (1000, 1280, 1920):
        view.resize(width, 200)
        assert sum(view.columnWidth(column) for column in Column) == view.viewport().width()


def test_that_the_bar_is_as_long_as_the_run_is_far(view: RunsView) -> None:
    left = view.columnViewportPosition(Column.STATE) + 8
    line = 2 * ROW_HEIGHT + 29
    assert colour_at(view, left + 50, line) == theme.palette().accent
    assert colour_at(view, left + 62, line) != theme.palette().accent


def test_that_a_click_on_the_circle_marks_and_a_double_click_elsewhere_opens(view: RunsView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.mark_requested):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(18, 20))
    with qtbot.waitSignal(view.open_requested):
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 20))
    with qtbot.assertNotEmitted(view.open_requested):
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(18, 20))


def test_that_a_click_on_a_column_of_pictures_keeps_the_order(view: RunsView, qtbot: QtBot) -> None:
    header = view.horizontalHeader()
    for column, expected in ((Column.CURVE, Column.RUN), (Column.STEP, Column.STEP)):
        place = QPoint(header.sectionViewportPosition(column) + 20, 10)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert header.sortIndicatorSection() == expected


def test_that_the_row_under_the_pointer_lights_up(view: RunsView, qtbot: QtBot) -> None:
    qtbot.mouseMove(view.viewport(), QPoint(300, 20))
    qtbot.waitUntil(lambda: view.hovered == 0)
    assert colour_at(view, view.viewport().width() - 4, 3) in (theme.palette().hover, theme.palette().accent_soft)


def test_that_a_row_is_painted_again_only_when_something_in_it_changed(
    view: RunsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []
    paint = RowPainter._paint

    def counting(painter: RowPainter, made: Row, look: object) -> object:
        painted.append(made.label)
        return paint(painter, made, look)  # type: ignore[arg-type]

    view.grab()
    monkeypatch.setattr(RowPainter, "_paint", counting)
    view.grab()
    assert painted == []
    model = view.model().sourceModel()  # type: ignore[attr-defined]
    model.set_rows([row(1), row(2), row(3, state="training", step=3010)])
    view.grab()
    assert painted == ["001", "003"], "001 lost its thumbnail, 002 is equal"


def test_that_rows_are_painted_in_both_themes(view: RunsView) -> None:
    light = view.grab().toImage()
    theme.theme().set_mode("dark")
    assert view.grab().toImage() != light
    theme.theme().set_mode("light")
