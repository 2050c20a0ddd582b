from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from ganstudio.desktop.theme import palette, theme
from ganstudio.desktop.widgets.image_view import ImageView

pytestmark = pytest.mark.desktop
PIXELS = np.random.default_rng(0).integers(0, 256, (28, 28, 1), np.uint8)


@pytest.fixture
def view(qtbot: QtBot) -> ImageView:
    theme().set_mode("dark")
    made = ImageView()
    qtbot.addWidget(made)
    made.resize(300, 290)
    made.show()
    return made


def test_that_the_image_is_enlarged_by_a_whole_factor_in_the_middle_of_the_canvas(view: ImageView) -> None:
    view.set_image(PIXELS)
    shown = view.viewport().grab().toImage()
    assert view.zoom == 10
    assert shown.pixelColor(9, 5) == QColor(palette().canvas)
    for row, column in ((0, 0), (13, 7), (27, 27)):
        corner = QPoint(10 + 10 * column, 5 + 10 * row)
        expected = int(PIXELS[row, column, 0])
        assert shown.pixelColor(corner).red() == shown.pixelColor(corner + QPoint(9, 9)).red() == expected


def test_that_a_larger_view_enlarges_more_unless_zoomed_by_hand(view: ImageView) -> None:
    view.set_image(PIXELS)
    zooms = QSignalSpy(view.zoom_changed)
    view.resize(600, 600)
    assert (view.zoom, zooms.count()) == (21, 1)
    view.zoom_out()
    view.resize(900, 900)
    assert view.zoom == 20
    view.fit()
    assert view.zoom == 32


def test_that_keys_zoom(view: ImageView, qtbot: QtBot) -> None:
    view.set_image(PIXELS)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom == 12
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.zoom == 11
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == 10


def test_that_an_error_is_drawn_in_the_images_place_until_the_next_image(view: ImageView) -> None:
    view.set_image(PIXELS)
    good = view.viewport().grab().toImage()
    view.set_error("The checkpoint at step 3 000 is damaged.")
    assert view.viewport().grab().toImage() != good
    assert view.accessibleDescription() == "The checkpoint at step 3 000 is damaged."
    view.set_image(PIXELS)
    assert view.viewport().grab().toImage() == good
    assert view.accessibleDescription() == ""


def test_that_nothing_to_show_says_what_will_be_here(view: ImageView) -> None:
    blank = view.viewport().grab().toImage()
    view.set_empty_text("Start a run.")
    assert view.viewport().grab().toImage() != blank
    assert view.image().isNull()
    assert not any(action.isEnabled() for action in view.actions())


def test_that_the_image_can_be_copied_and_dragged_out_as_pixels_and_file(view: ImageView) -> None:
    view.set_image(PIXELS, "sample-27.png")
    view.actions()[0].trigger()
    assert QGuiApplication.clipboard().image().size() == view.image().size()
    data = view.mime_data()
    path = Path(data.urls()[0].toLocalFile())
    assert path.name == "sample-27.png"
    assert QImage(str(path)).pixelColor(3, 5).red() == PIXELS[5, 3, 0]
    assert data.hasImage()


def test_that_dragging_starts_only_beyond_the_systems_distance(
    view: ImageView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[int] = []
    monkeypatch.setattr(ImageView, "_drag_out", lambda _self: dragged.append(1))
    view.set_image(PIXELS)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(view.viewport(), QPoint(102, 101))
    assert not dragged
    qtbot.mouseMove(view.viewport(), QPoint(160, 140))
    qtbot.mouseMove(view.viewport(), QPoint(200, 200))
    assert dragged == [1]


def test_that_saving_proposes_the_given_name(view: ImageView, tmp_path: Path) -> None:
    view.set_image(PIXELS, "step-100.png")
    saved = QSignalSpy(view.saved)
    view.save_image()
    dialog = view.findChild(QFileDialog)
    assert dialog is not None
    assert Path(dialog.selectedFiles()[0]).name == "step-100.png"
    dialog.fileSelected.emit(str(tmp_path / "a.png"))
    dialog.close()
    assert saved.count() == 1
    assert QImage(str(tmp_path / "a.png")).width() == 28


def test_that_what_is_no_image_is_refused(view: ImageView) -> None:
    with pytest.raises(ValueError, match="image"):
        view.set_image(np.zeros((4, 4, 7), np.uint8))
