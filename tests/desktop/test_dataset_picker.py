from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from ganstudio.data.sources import DATASETS, FolderSource
from ganstudio.desktop import theme
from ganstudio.desktop.forms import dataset_picker
from ganstudio.desktop.forms.dataset_picker import DatasetPicker, describe
from ganstudio.desktop.forms.setup_panel import SetupPanel
from ganstudio.desktop.settings import Settings

pytestmark = pytest.mark.desktop


@pytest.fixture
def picker(qtbot: QtBot, settings: Settings) -> Iterator[DatasetPicker]:
    theme.load_fonts()
    theme.theme().set_mode("light")
    made = DatasetPicker(settings)
    qtbot.addWidget(made)
    made.resize(280, 120)
    made.show()
    yield made
    made.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(3):
            pixels = np.full((40, 40, 3), 60 * index, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{index}.png")
    return tmp_path / "pets"


def entries(picker: DatasetPicker) -> list[str]:
    return [picker._choice.itemText(i) for i in range(picker._choice.count()) if picker._choice.itemText(i)]


def test_that_a_data_set_shows_its_size_and_ten_of_its_images(picker: DatasetPicker, qtbot: QtBot) -> None:
    picker.set_dataset("mnist-10k")
    qtbot.waitUntil(lambda: picker.description() is not None)
    assert picker._choice._details == "10\u202f000 · 28×28"
    assert "10\u202f000 grey images of 28×28 px in 10 classes" in picker._choice.toolTip()
    strip = picker._strip.grab().toImage()
    for index in range(10):
        cell = [strip.pixelColor(28 * index + x, y).value() for x in range(28) for y in range(28)]
        assert max(cell) > 200, f"no digit in place {index}"


def test_that_what_ships_and_the_way_to_a_folder_are_offered(picker: DatasetPicker) -> None:
    picker.set_dataset("mnist-10k")
    shown = entries(picker)
    titles = [source.describe().title for source in DATASETS]
    assert [text for text in shown if text in titles] == titles
    assert shown.index("Images") < shown.index("MNIST") < shown.index("Points") < shown.index(titles[-1])
    assert "Choose a folder…" in shown


def test_that_a_choice_is_told_and_the_same_one_is_not(picker: DatasetPicker) -> None:
    picker.set_dataset("mnist-10k")
    told = QSignalSpy(picker.dataset_chosen)
    picker._choice.activated.emit(picker._choice.findData("mnist-10k"))
    picker._choice.activated.emit(picker._choice.findData("emoji-noto"))
    assert [told.at(i) for i in range(told.count())] == [["emoji-noto"]]


def test_that_a_folder_is_described_and_remembered(
    picker: DatasetPicker, settings: Settings, folder: Path, qtbot: QtBot
) -> None:
    told = QSignalSpy(picker.dataset_chosen)
    picker.choose_folder(folder)
    assert told.at(0) == [str(folder)]
    picker.set_dataset(str(folder))
    qtbot.waitUntil(lambda: picker.description() is not None)
    assert picker._choice.currentText() == "pets"
    assert picker._choice._details == "6 · 40×40"
    assert "6 colour images of 40×40 px in 2 classes" in picker._choice.toolTip()
    again = DatasetPicker(settings)
    qtbot.addWidget(again)
    assert "pets" in entries(again)
    again.shutdown()


def test_that_only_the_last_few_folders_are_remembered(
    picker: DatasetPicker, settings: Settings, tmp_path: Path
) -> None:
    for index in range(7):
        picker.choose_folder(tmp_path / f"folder-{index}")
    picker.choose_folder(tmp_path / "folder-4")
    assert [Path(name).name for name in settings.get("datasets.folders", list[str]())] == [
        "folder-4", "folder-6", "folder-5", "folder-3", "folder-2",
    ]  # fmt: skip


def test_that_a_folder_in_the_config_is_shown_though_it_was_never_chosen(picker: DatasetPicker, folder: Path) -> None:
    picker.set_dataset(str(folder))
    assert picker._choice.currentText() == "pets"


@pytest.mark.parametrize(
    ("name", "words"),
    [("mnist-10", "did you mean 'mnist-10k'?"), ("/nowhere/at/all", "does not exist"), ("EMPTY", "holds no images")],
)
def test_that_a_data_set_that_cannot_be_read_gets_a_sentence(
    picker: DatasetPicker, tmp_path: Path, qtbot: QtBot, name: str, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    picker.set_dataset(str(tmp_path / "empty") if name == "EMPTY" else name)
    qtbot.waitUntil(lambda: words in picker.problem())
    assert not picker._problem.isHidden()
    picker.set_dataset("mnist-10k")
    assert picker.problem() == ""


def test_that_a_slow_folder_shows_progress_and_can_be_given_up(
    picker: DatasetPicker, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    picker.set_dataset("mnist-10k")
    qtbot.waitUntil(lambda: picker.description() is not None)
    reading, ended = threading.Event(), threading.Event()

    def endless(path: Path, job: dataset_picker.Job) -> None:
        job.report(12_300)
        reading.set()
        try:
            while True:
                job.check()
        finally:
            ended.set()

    monkeypatch.setattr(dataset_picker, "_count_images", endless)
    picker.set_dataset(str(folder))
    assert reading.wait(10)
    qtbot.waitUntil(lambda: picker._stack.currentIndex() == 1)
    assert picker._choice._details == "Reading…"
    told = QSignalSpy(picker.dataset_chosen)
    qtbot.mouseClick(picker._cancel, Qt.MouseButton.LeftButton)
    assert told.at(0) == ["mnist-10k"]
    assert ended.wait(10)
    picker.set_dataset("mnist-10k")
    qtbot.waitUntil(lambda: picker.description() is not None)
    assert picker._stack.currentIndex() == 0


def test_that_a_folder_is_read_outside_the_gui_thread(
    picker: DatasetPicker, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    original = FolderSource.describe

    def describe_here(self: FolderSource) -> object:
        threads.append(threading.get_ident())
        return original(self)

    monkeypatch.setattr(FolderSource, "describe", describe_here)
    picker.set_dataset(str(folder))
    qtbot.waitUntil(lambda: picker.description() is not None)
    assert threads
    assert threading.get_ident() not in threads


def test_that_the_images_found_so_far_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_picker, "_REPORT_SECONDS", -1.0)
    for name in ("a.png", "b.JPG", "c.txt", "sub/d.webp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    counts: list[object] = []
    dataset_picker._count_images(tmp_path, dataset_picker.Job(None, lambda: None, counts.append))
    assert counts == [2, 3]


def test_that_a_description_says_count_colour_size_and_classes() -> None:
    assert describe(DATASETS.get("mnist-10k").describe()) == "10\u202f000 grey images of 28×28 px in 10 classes"


def test_that_a_folder_dropped_on_the_setup_panel_is_chosen(settings: Settings, folder: Path, qtbot: QtBot) -> None:
    panel = SetupPanel(settings)
    qtbot.addWidget(panel)
    panel.form.apply({"training.batch_size": 2})
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    panel.dropEvent(
        QDropEvent(
            QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    assert panel.form.current().dataset.name == str(folder)
    qtbot.waitUntil(lambda: panel.datasets.description() is not None)
    config = panel.config()
    assert config is not None
    assert config.dataset.name == str(folder)
    panel.form.undo()
    assert panel.datasets.dataset() == "mnist-10k"
    panel.shutdown()
