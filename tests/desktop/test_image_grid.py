from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QWheelEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from ganstudio.desktop.theme import LIGHT, palette, theme
from ganstudio.desktop.widgets.image_grid import ImageGrid

pytestmark = pytest.mark.desktop


def numbered(count: int, side: int = 4, channels: int = 1) -> NDArray[np.uint8]:
    """Images of which each has its own brightness all over."""
    shade = (np.arange(count, dtype=np.uint8) * 3)[:, None, None, None]
    return np.broadcast_to(shade, (count, side, side, channels)).copy()


@pytest.fixture
def grid(qtbot: QtBot) -> Iterator[ImageGrid]:
    theme().set_mode("dark")
    made = ImageGrid()
    qtbot.addWidget(made)
    made.resize(200, 200)
    made.show()
    yield made
    theme().set_mode("dark")


def at(grid: ImageGrid, x: int, y: int) -> QColor:
    return grid.viewport().grab().toImage().pixelColor(x, y)


def test_that_sixty_four_images_stand_in_eight_columns_at_the_largest_whole_zoom(grid: ImageGrid) -> None:
    grid.set_images(numbered(64))
    assert grid.columns == 8
    assert grid.zoom == (200 - 4 - 7 * 2) // (8 * 4)


def test_that_every_image_pixel_is_a_square_of_equal_pixels_with_two_of_line_between_images(grid: ImageGrid) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 3, 3, 3), np.uint8)
    grid.set_images(images)
    shown, zoom = grid.viewport().grab().toImage(), grid.zoom
    for index in range(4):
        corner = grid.cell_rect(index).topLeft()
        for offset in range(3 * zoom):
            colour = shown.pixelColor(corner + QPoint(offset, offset))
            assert colour.getRgb()[:3] == tuple(int(part) for part in images[index, offset // zoom, offset // zoom])
    between = grid.cell_rect(0).right()
    line = QColor(palette().line)
    assert [shown.pixelColor(between + step, 8) == line for step in (1, 2, 3)] == [True, True, False]


def test_that_cells_without_an_image_are_canvas_and_the_rest_is_panel(grid: ImageGrid) -> None:
    grid.set_images(numbered(3) + 100)
    assert at(grid, *grid.cell_rect(3).center().toTuple()) == QColor(palette().canvas)
    assert at(grid, 199, 199) == QColor(palette().panel)


def test_that_new_images_of_the_same_shape_replace_the_old_and_keep_selection_and_zoom(grid: ImageGrid) -> None:
    grid.set_images(numbered(16))
    grid.select(5)
    grid.zoom_out()
    zoom = grid.zoom
    grid.set_images(numbered(16) + 77)
    assert (grid.selected_index, grid.zoom) == (5, zoom)
    assert at(grid, *grid.cell_rect(2).center().toTuple()).red() == 2 * 3 + 77


def test_that_painting_again_without_a_change_composes_nothing(
    grid: ImageGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid.set_images(numbered(16))
    grid.repaint()
    composed = []
    original = ImageGrid._compose
    monkeypatch.setattr(ImageGrid, "_compose", lambda *a: composed.append(1) or original(*a))
    grid.select(3)
    grid.viewport().repaint()
    assert not composed
    grid.set_images(numbered(16) + 1)
    grid.viewport().repaint()
    assert composed == [1]


def test_that_a_click_selects_and_a_double_click_and_enter_activate(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.set_images(numbered(9))
    chosen, opened = QSignalSpy(grid.selected), QSignalSpy(grid.activated)
    view = grid.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=grid.cell_rect(4).center())
    assert grid.selected_index == 4
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=grid.cell_rect(4).center())
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert [chosen.at(i)[0] for i in range(chosen.count())] == [4]
    assert [opened.at(i)[0] for i in range(opened.count())] == [4, 4]


def test_that_a_click_beside_the_images_selects_none(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.set_images(numbered(3))
    grid.select(1)
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.cell_rect(3).center())
    assert grid.selected_index == -1


@pytest.mark.parametrize(
    ("start", "key", "end"),
    [
        (-1, Qt.Key.Key_Right, 0),
        (4, Qt.Key.Key_Left, 3),
        (4, Qt.Key.Key_Down, 7),
        (4, Qt.Key.Key_Up, 1),
        (1, Qt.Key.Key_Up, 1),
        (7, Qt.Key.Key_Down, 7),
        (2, Qt.Key.Key_End, 7),
        (6, Qt.Key.Key_Home, 0),
    ],
)
def test_that_keys_move_the_selection_inside_the_grid(
    grid: ImageGrid, qtbot: QtBot, start: int, key: Qt.Key, end: int
) -> None:
    grid.set_images(numbered(8))
    grid.select(start)
    qtbot.keyClick(grid, key)
    assert grid.selected_index == end


def test_that_the_selection_is_a_ring_of_accent_with_a_dark_line_inside(grid: ImageGrid) -> None:
    grid.set_images(numbered(9) + 150)
    grid.select(0)
    shown, rect = grid.viewport().grab().toImage(), grid.cell_rect(0)
    middle = rect.center().y()
    colours = [shown.pixelColor(x, middle).name() for x in range(rect.left() - 2, rect.left() + 3)]
    assert colours == ["#3fbfae", "#3fbfae", "#0c0d0e", "#0c0d0e", "#969696"]


def test_that_zooming_beyond_the_view_scrolls_and_reveals_what_the_keys_select(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.set_images(numbered(64))
    zooms = QSignalSpy(grid.zoom_changed)
    for _ in range(4):
        grid.zoom_in()
    assert zooms.count() == 4
    assert grid.verticalScrollBar().maximum() > 0
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.viewport().rect().contains(grid.cell_rect(63))
    grid.fit()
    assert grid.verticalScrollBar().maximum() == 0


def test_that_dragging_an_overflowing_grid_moves_it_and_selects_nothing(grid: ImageGrid, qtbot: QtBot) -> None:
    grid.set_images(numbered(64))
    for _ in range(4):
        grid.zoom_in()
    grid.verticalScrollBar().setValue(0)
    view = grid.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 150))
    qtbot.mouseMove(view, QPoint(100, 110))
    qtbot.mouseMove(view, QPoint(100, 90))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    assert grid.verticalScrollBar().value() == 60
    assert grid.selected_index == -1


def test_that_ctrl_and_the_wheel_zoom_around_the_mouse(grid: ImageGrid) -> None:
    grid.set_images(numbered(64))
    point = grid.cell_rect(27).center()
    event = QWheelEvent(
        QPointF(point), QPointF(grid.viewport().mapToGlobal(point)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    before = grid.zoom
    QApplication.sendEvent(grid.viewport(), event)
    assert grid.zoom == before + 1
    assert grid.index_at(point) == 27


def test_that_a_theme_changed_at_run_time_repaints_lines_and_ground(grid: ImageGrid) -> None:
    grid.set_images(numbered(9))
    theme().set_mode("light")
    assert at(grid, 199, 199) == QColor(LIGHT.panel)
    assert at(grid, grid.cell_rect(0).right() + 1, 8) == QColor("#c9ccd1")


def test_that_images_of_a_wrong_kind_are_refused_and_none_are_an_empty_state(grid: ImageGrid) -> None:
    with pytest.raises(ValueError, match="uint8"):
        grid.set_images(numbered(4).astype(np.float32))
    with pytest.raises(ValueError, match="1 or 3"):
        grid.set_images(np.zeros((4, 4, 4, 2), np.uint8))
    grid.set_empty_text("The first samples appear a second after Start.")
    blank = grid.viewport().grab().toImage()
    grid.set_images(numbered(4))
    assert grid.viewport().grab().toImage() != blank
    grid.set_images(np.zeros((0, 4, 4, 1), np.uint8))
    assert grid.images is None
    assert grid.viewport().grab().toImage() == blank


def test_that_a_selection_beyond_fewer_images_is_given_up(grid: ImageGrid) -> None:
    grid.set_images(numbered(16))
    grid.select(12)
    grid.set_images(numbered(4))
    assert grid.selected_index == -1
    assert not grid.actions()[0].isEnabled()


def test_that_copying_puts_the_selected_image_on_the_clipboard_pixel_by_pixel(grid: ImageGrid) -> None:
    grid.set_images(numbered(9))
    grid.select(6)
    grid.actions()[0].trigger()
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.pixelColor(0, 0).red()) == (4, 18)


def test_that_saving_the_grid_writes_a_png_and_says_so(grid: ImageGrid, tmp_path: Path) -> None:
    grid.set_images(numbered(9))
    saved, failed = QSignalSpy(grid.saved), QSignalSpy(grid.failed)
    grid.actions()[2].trigger()
    dialog = grid.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "grid.png"))
    dialog.fileSelected.emit(str(tmp_path / "missing" / "grid.png"))
    dialog.close()
    assert (tmp_path / "grid.png").stat().st_size > 0
    assert saved.at(0) == [str(tmp_path / "grid.png")]
    assert "cannot be written" in failed.at(0)[0]


def test_that_people_and_screen_readers_count_from_one(grid: ImageGrid) -> None:
    grid.set_images(numbered(64))
    grid.select(26)
    assert grid.accessibleName() == "Samples"
    assert "Sample 27 of 64" in grid.accessibleDescription()


def test_that_the_same_images_in_other_columns_are_fitted_anew(qtbot: QtBot) -> None:
    grid = ImageGrid()
    qtbot.addWidget(grid)
    grid.resize(400, 100)
    grid.show()
    images = np.zeros((12, 8, 8, 1), np.uint8)
    grid.set_images(images, 2)
    assert grid.zoom == 1
    grid.set_images(images, 12)
    assert grid.zoom == 3
