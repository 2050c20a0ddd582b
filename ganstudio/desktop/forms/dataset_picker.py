"""Which images are learnt: what ships with the studio, or a folder of one's own, with a strip of examples."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from ganstudio.data.description import Description
from ganstudio.data.sources import DATASETS, FolderSource, find_source, is_image_name, subject_of
from ganstudio.desktop import format as text_of
from ganstudio.desktop import theme
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.forms.grouped import GroupedBox
from ganstudio.desktop.forms.variant_card import LABEL_WIDTH
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.imaging import to_qimage
from ganstudio.desktop.widgets.panel import label

THUMBNAIL, POINTS_SIDE = 28, 72
_FOLDERS_KEY = "datasets.folders"
_FOLDERS_KEPT = 5
_THUMBNAILS = 24
_SOON_MS = 300
_REPORT_SECONDS = 0.1
_CHOOSE = "…"
_CHOOSE_POINTS = "….csv"
"""The entries that open a dialog; no data set is named so."""


@dataclass(frozen=True)
class ReadRequest:
    """Describe the data set `name` and take `count` examples for squares of `side` device pixels.

    Images that fill such a square a whole number of times stay as they are; with `whole` all that fit into it do.
    """

    name: str
    count: int
    side: int
    whole: bool = False


@dataclass(frozen=True)
class Reading:
    """What is shown of a data set: its description, and examples as uint8 (N, side, side, C)."""

    name: str
    description: Description
    pictures: NDArray[np.uint8]


def read_source(job: Job) -> Reading:
    """The work of a `Background`: a `Reading` of a `ReadRequest`; reports the images found so far in a folder.

    Arrays of a shipped archive are not kept: they are read from a copy of the source.
    """
    request: ReadRequest = job.request
    source = copy.copy(find_source(request.name))
    if isinstance(source, FolderSource):
        _count_images(source.folder, job)
    description = source.describe()
    job.check()
    side = description.resolution
    fits = request.side % side == 0 or (request.whole and side < request.side)
    stays = description.subject == "images" and fits
    pictures = source.preview(request.count, side if stays else request.side)
    return Reading(request.name, description, pictures)


def describe(description: Description) -> str:
    """A data set in a few words, such as ``"10 000 grey images of 28×28 px in 10 classes"``."""
    if description.subject == "points":
        return f"{text_of.number(description.count)} points in a plane"
    colour = "colour" if description.channels == 3 else "grey"
    side = description.resolution
    text = f"{text_of.number(description.count)} {colour} images of {side}×{side} px"
    return f"{text} in {len(description.classes)} classes" if description.classes else f"{text}, without classes"


class DatasetPicker(QWidget):
    """The choice of a data set above ten of its images."""

    dataset_chosen = Signal(str)
    """A data set's name, or the path of a folder."""
    described = Signal(object)
    """The `Description` of a data set that has been read."""

    def __init__(self, settings: Settings, parent: QWidget | None = None, *, name: str = "Dataset") -> None:
        super().__init__(parent)
        self.setAcceptDrops(name != "Dataset")
        self._settings = settings
        self._title = name
        self._refusals: Mapping[str, str] = {}
        self._name = ""
        self._previous = ""
        self._described: Description | None = None
        self._refusal = ""
        self._reader = Background(read_source, self)
        self._reader.done.connect(self._on_read)
        self._reader.progressed.connect(self._on_progress)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._on_slow)
        self._build()
        self._fill()

    def dataset(self) -> str:
        """The name, or the folder, that is shown."""
        return self._name

    def description(self) -> Description | None:
        """What is known of it; None until it has been read."""
        return self._described

    def set_dataset(self, name: str) -> None:
        """Show a data set and read its description in the background; tells nobody."""
        if name == self._name:
            return
        if self._described is not None:
            self._previous = self._name
        self._name, self._described = name, None
        self._refusal = ""
        self._show_problem("")
        self._fill()
        if name:
            self._read()
        else:
            self._strip.set_pictures(None)

    def set_name(self, name: str) -> None:
        """What stands beside the choice."""
        self._label.setText(name)

    def set_refusals(self, refusals: Mapping[str, str]) -> None:
        """Data sets that cannot be chosen with this variant, by name, each with the reason."""
        self._refusals = dict(refusals)
        self._choice.set_refusals(self._refusals)

    def choose_folder(self, folder: Path) -> None:
        """Take a folder of images, or a file of points, as if the person had chosen it in the dialog."""
        name = str(folder.expanduser().resolve())
        kept = [name, *(other for other in self._folders() if other != name)]
        self._settings.set(_FOLDERS_KEY, kept[:_FOLDERS_KEPT])
        self._fill()
        if name == self._name:
            self._read()
        self.dataset_chosen.emit(name)

    def set_problem(self, message: str) -> None:
        """Say what keeps these images from being learnt; empty when nothing does."""
        self._show_problem(message or self._refusal)

    def problem(self) -> str:
        """What is said."""
        return self._problem.text()

    def reveal(self) -> None:
        """Put the keyboard on the choice."""
        self._choice.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_running(self, running: bool) -> None:
        """During a run the data set stands."""
        self._choice.setEnabled(not running)
        self._show_tip()

    def shutdown(self) -> None:
        """End what runs in the background."""
        self._soon.stop()
        self._reader.stop()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One folder."""
        if self._choice.isEnabled() and _dropped_folder(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the folder's images."""
        folder = _dropped_folder(event)
        if folder is not None:
            event.acceptProposedAction()
            self.choose_folder(folder)

    # ------------------------------------------------------------------------------------------------ reading

    def _read(self) -> None:
        side = round(_side_of(self._name) * self.devicePixelRatioF())
        self._choice.set_details("")
        self._soon.start()
        self._reader.request(ReadRequest(self._name, _THUMBNAILS, side))

    @Slot()
    def _on_slow(self) -> None:
        self._choice.set_details("Reading…")
        self._progress.setText("Reading…")
        self._cancel.setVisible(bool(self._previous))
        self._stack.setCurrentIndex(1)

    @Slot(object)
    def _on_progress(self, found: int) -> None:
        self._progress.setText(f"Reading… {text_of.number(found)} images")

    @Slot(object)
    def _on_read(self, outcome: Outcome) -> None:
        self._soon.stop()
        self._stack.setCurrentIndex(0)
        if outcome.error is not None:
            self._refusal = str(outcome.error)
            self._choice.set_details("")
            self._strip.set_pictures(None)
            self._show_problem(self._refusal)
            return
        reading: Reading = outcome.result
        self._described, side = reading.description, reading.description.resolution
        what = f"{side}×{side}" if reading.description.subject == "images" else "points"
        self._choice.set_details(f"{text_of.number(reading.description.count)} · {what}")
        self._strip.set_pictures(reading.pictures, reading.description.note)
        self._show_tip()
        self.described.emit(reading.description)

    @Slot()
    def _on_cancel(self) -> None:
        self._soon.stop()
        self._reader.cancel()
        self._stack.setCurrentIndex(0)
        self.dataset_chosen.emit(self._previous)

    # ------------------------------------------------------------------------------------------------ choosing

    def _folders(self) -> list[str]:
        return [str(name) for name in self._settings.get(_FOLDERS_KEY, list[str]())]

    def _fill(self) -> None:
        """The entries: what ships, the folders used before, and the way to another."""
        folders = self._folders()
        if self._name and self._name not in DATASETS and self._name not in folders:
            folders = [self._name, *folders]
        self._choice.clear()
        for title, subject in (("Images", "images"), ("Points", "points")):
            members = [source for source in DATASETS if subject_of(source.name) == subject]
            if members:
                self._choice.add_group(title)
            for source in members:
                self._choice.add_entry(getattr(source, "title", source.name), source.name, "")
        if folders:
            self._choice.add_group("Folders")
        for folder in folders:
            self._choice.add_entry(Path(folder).name or folder, folder, folder)
        self._choice.insertSeparator(self._choice.count())
        self._choice.addItem(theme.icon("folder-open", "ink2"), "Choose a folder…", _CHOOSE)
        self._choice.addItem(theme.icon("file-text", "ink2"), "Choose points (.csv)…", _CHOOSE_POINTS)
        self._choice.set_refusals(self._refusals, again=True)
        self._choice.setCurrentIndex(self._choice.findData(self._name))

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        chosen: str = self._choice.itemData(index)
        if chosen not in (_CHOOSE, _CHOOSE_POINTS):
            if chosen != self._name:
                self.dataset_chosen.emit(chosen)
            return
        self._choice.setCurrentIndex(self._choice.findData(self._name))
        dialog = QFileDialog(self, "Choose a folder of images", self._start_folder())
        if chosen == _CHOOSE_POINTS:
            dialog.setWindowTitle("Choose a file of points")
            dialog.setNameFilter("Two columns of numbers (*.csv)")
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_folder)
        dialog.open()

    def _start_folder(self) -> str:
        return next((str(Path(folder).parent) for folder in self._folders()), str(Path.home()))

    @Slot(str)
    def _on_folder(self, folder: str) -> None:
        self.choose_folder(Path(folder))

    # ------------------------------------------------------------------------------------------------- showing

    def _show_problem(self, message: str) -> None:
        self._problem.setText(message)
        self._problem.setVisible(bool(message))

    def _show_tip(self) -> None:
        if not self._choice.isEnabled():
            tip = "A run keeps its data set: it needs a new run."
        elif self._described is None:
            tip = "The images to learn from, or a folder of your own."
        else:
            tip = f"{self._described.title}: {describe(self._described)}."
        for widget in (self._choice, self._strip):
            widget.setToolTip(tip)
        self._choice.setAccessibleDescription(tip)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(0)
        self._label = label(self._title, "label")
        self._label.setMinimumWidth(LABEL_WIDTH)
        self._choice = GroupedBox(self)
        self._choice.setAccessibleName("Dataset" if self._title == "Dataset" else "Dataset that is translated to")
        self._choice.activated.connect(self._on_activated)
        self._label.setBuddy(self._choice)
        row.addWidget(self._label)
        row.addWidget(self._choice, 1)
        self._strip = _Strip(self)
        self._problem = label("", "error", wrap=True)
        self._problem.hide()
        self._stack = QStackedLayout()
        self._stack.addWidget(self._strip)
        self._stack.addWidget(self._make_progress())
        column.addLayout(row)
        column.addLayout(self._stack)
        column.addWidget(self._problem)
        self._show_tip()

    def _make_progress(self) -> QWidget:
        place = QWidget(self)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        self._progress = label("", "subtitle")
        self._cancel = Button(
            "Cancel", role="link", small=True, tooltip="Stop reading and go back to the last data set"
        )
        self._cancel.clicked.connect(self._on_cancel)
        row.addWidget(self._progress, 1)
        row.addWidget(self._cancel)
        return place


class _Strip(QWidget):
    """Examples, touching, on the canvas, as many as fit; or one larger picture with a note beside it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmaps: Sequence[QPixmap] = ()
        self._note = ""
        self.setFixedHeight(THUMBNAIL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Examples of the data set")

    def set_pictures(self, pictures: NDArray[np.uint8] | None, note: str = "") -> None:
        """Show uint8 (N, side, side, C), the first alone where there is a `note` on it; None shows none."""
        self._pixmaps = () if pictures is None else [QPixmap.fromImage(to_qimage(picture)) for picture in pictures]
        self._note = note
        self.setFixedHeight(POINTS_SIDE if note else THUMBNAIL)
        self.update()

    def sizeHint(self) -> QSize:
        """Ten examples."""
        return QSize(10 * THUMBNAIL, THUMBNAIL)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nearest neighbour: what is smaller than its place is a whole number of times smaller."""
        painter = QPainter(self)
        if self._note:
            self._paint_noted(painter)
            painter.end()
            return
        painter.fillRect(self.rect(), theme.qcolor("canvas"))
        for index, pixmap in enumerate(self._pixmaps[: self.width() // THUMBNAIL]):
            painter.drawPixmap(QRect(index * THUMBNAIL, 0, THUMBNAIL, THUMBNAIL), pixmap)
        painter.end()

    def _paint_noted(self, painter: QPainter) -> None:
        if self._pixmaps:
            painter.drawPixmap(QRect(0, 0, POINTS_SIDE, POINTS_SIDE), self._pixmaps[0])
        painter.setFont(theme.font(12))
        painter.setPen(theme.qcolor("ink2"))
        place = QRect(POINTS_SIDE + 12, 0, self.width() - POINTS_SIDE - 12, POINTS_SIDE)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, self._note)


def _side_of(name: str) -> int:
    """Pixels of an example of a data set."""
    return POINTS_SIDE if subject_of(name) == "points" else THUMBNAIL


def _dropped_folder(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return path if path is not None and path.is_dir() else None


def _count_images(folder: Path, job: Job) -> None:
    """Walk the folder and report the images found so far: where the disk is slow, this is what takes long."""
    found, told = 0, time.monotonic()
    for _, _, files in os.walk(folder):
        for start in range(0, len(files) or 1, 1000):
            job.check()
            found += sum(is_image_name(name) for name in files[start : start + 1000])
            if time.monotonic() - told > _REPORT_SECONDS:
                told = time.monotonic()
                job.report(found)
