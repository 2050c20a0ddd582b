from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from ganstudio.desktop.widgets.imaging import ask_where, enlarged, save_bytes, save_png, to_qimage
from ganstudio.errors import UserError

pytestmark = pytest.mark.desktop


def test_that_grey_and_colour_arrays_keep_every_pixel() -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (5, 7), np.uint8)
    colour = rng.integers(0, 256, (5, 7, 3), np.uint8)
    flat, deep, coloured = to_qimage(grey), to_qimage(grey[..., None]), to_qimage(colour)
    assert flat == deep
    for row in range(5):
        for column in range(7):
            assert flat.pixelColor(column, row).red() == grey[row, column]
            assert coloured.pixelColor(column, row).getRgb()[:3] == tuple(int(part) for part in colour[row, column])


def test_that_an_image_owns_its_memory() -> None:
    pixels = np.full((64, 64, 3), 200, np.uint8)
    image = to_qimage(pixels)
    pixels[:] = 0
    del pixels
    gc.collect()
    assert image.pixelColor(63, 63) == QColor(200, 200, 200)


def test_that_an_array_that_is_a_slice_of_another_is_read_right() -> None:
    sheet = np.arange(16 * 16, dtype=np.uint8).reshape(16, 16)
    image = to_qimage(sheet[4:8, 2:13:2])
    assert (image.width(), image.height()) == (6, 4)
    assert image.pixelColor(1, 0).red() == sheet[4, 4]


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_that_what_is_no_image_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="image"):
        to_qimage(pixels)


def test_that_enlarging_repeats_pixels_and_mixes_none() -> None:
    image = enlarged(to_qimage(np.array([[0, 255]], np.uint8)), 3)
    assert (image.width(), image.height()) == (6, 3)
    assert [image.pixelColor(x, 2).red() for x in range(6)] == [0, 0, 0, 255, 255, 255]


def test_that_a_png_comes_back_as_it_was(tmp_path: Path) -> None:
    image = to_qimage(np.random.default_rng(1).integers(0, 256, (9, 9, 3), np.uint8))
    save_png(image, tmp_path / "a.png")
    assert QImage(str(tmp_path / "a.png")).convertToFormat(image.format()) == image


def test_that_a_file_that_cannot_be_written_is_said_in_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        save_png(to_qimage(np.zeros((2, 2), np.uint8)), tmp_path / "missing" / "a.png")
    (tmp_path / "kept.txt").write_bytes(b"old")
    save_bytes(b"new", tmp_path / "kept.txt")
    assert (tmp_path / "kept.txt").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_that_asking_where_does_not_wait_and_tells_the_chosen_file(qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    chosen: list[str] = []
    ask_where(parent, "Save", "a.png", "PNG image", chosen.append)
    dialog = parent.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.defaultSuffix() == "png"
    dialog.fileSelected.emit(str(tmp_path / "b.png"))
    assert chosen == [str(tmp_path / "b.png")]
    dialog.close()
