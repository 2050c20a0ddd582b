"""Explore's other side, for runs that translate images: inputs, direction, result. Newest request wins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from ganstudio.config import DatasetConfig
from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.files import Files
from ganstudio.desktop.explore.preview import PreviewWorker, Rendered, Source
from ganstudio.desktop.explore.translation.input_panel import InputPanel, clipboard_input
from ganstudio.desktop.explore.translation.panel import TranslationPanel
from ganstudio.desktop.explore.translation.translating import (
    Input,
    InputsRead,
    InputsRequest,
    Translated,
    TranslateRequest,
)
from ganstudio.game import TARGET

_WAITING = "The networks are being loaded."
_UNPUBLISHED = "The run has just begun: its first translation comes with its first step."


class Translator(QObject):
    """Ties the two panels to the preview's thread."""

    drawn = Signal(float, int)
    """Milliseconds that a translation took, and the step of its networks."""
    failed = Signal(str)

    def __init__(self, worker: PreviewWorker, files: Files, parent: QWidget) -> None:
        super().__init__(parent)
        self._worker, self._files, self._widget = worker, files, parent
        self.inputs, self.result = InputPanel(), TranslationPanel()
        self._source: Source | None = None
        self._dataset: DatasetConfig | None = None
        self._two_ways = False
        self._direction = TARGET
        self._offered: tuple[Input, ...] = ()
        self._wanted: Input | None = None
        self._name = ""
        self._asked = self._shown = self._inputs_asked = 0
        inputs = self.inputs
        inputs.chosen.connect(self._on_chosen)
        inputs.direction_chosen.connect(self.set_direction)
        inputs.file_requested.connect(self._ask_file)
        inputs.folder_requested.connect(self._ask_folder)
        inputs.paste_requested.connect(self.paste)
        inputs.held_out_requested.connect(self.show_held_out)
        self.result.save_requested.connect(self._save)

    @property
    def is_current(self) -> bool:
        """Whether the newest translation that was asked for is shown."""
        return self._asked == self._shown

    def set_model(self, source: Source, dataset: DatasetConfig, *, two_ways: bool, name: str, other_run: bool) -> None:
        """Translate with these networks; pictures of another run's data are forgotten."""
        self._source, self._dataset, self._two_ways, self._name = source, dataset, two_ways, name
        self.inputs.set_directions(two_ways, self._direction)
        if other_run or not self._offered:
            self._wanted = None
            self.result.set_nothing(_WAITING)
            self.show_held_out()
        self.refresh()

    def leave(self) -> None:
        """The run at hand does not translate."""
        self._source = None
        self._offered = ()
        self._wanted = None
        self._shown = self._asked

    def refresh(self) -> None:
        """Translate again what is shown, with the networks as they are now."""
        if self._wanted is None or self._source is None:
            return
        self._asked = self._worker.next_number()
        direction = self._direction if self._two_ways else None
        self._worker.request(
            TranslateRequest(number=self._asked, source=self._source, input=self._wanted, direction=direction)
        )

    def translate(self, wanted: Input, direction: str | None = None) -> None:
        """Translate a picture; `direction` turns the way where there are two."""
        self._wanted = wanted
        if direction is not None and direction != self._direction:
            self._direction = direction
            self.inputs.set_directions(self._two_ways, direction)
            self.show_held_out()
        self.inputs.grid.select(-1)
        self.refresh()

    def open_path(self, path: Path) -> None:
        """Take a picture, or the pictures of a folder."""
        self._request_inputs(path)

    @Slot()
    def paste(self) -> None:
        """Take what is on the clipboard."""
        found = clipboard_input()
        if isinstance(found, Path):
            self.open_path(found)
        elif found is not None:
            self.translate(found)
        else:
            self.failed.emit("There is no picture on the clipboard.")

    @Slot(str)
    def set_direction(self, direction: str) -> None:
        """The other way: with the other data set's images, or the picture of one's own."""
        self._direction = direction
        if self._wanted is None or self._wanted.of_data:
            self._wanted = None
            self.show_held_out()
        else:
            self.refresh()

    @Slot()
    def show_held_out(self) -> None:
        """Offer images that training has not seen."""
        self._request_inputs(None)

    def take(self, answer: Translated | InputsRead | Rendered) -> None:
        """What the worker made of a request."""
        number = answer.request.number
        if isinstance(answer, InputsRead):
            if number == self._inputs_asked:
                self._show_inputs(answer)
        elif isinstance(answer, Translated):
            if number > self._shown:
                self._shown = number
                self.result.set_pictures(answer.pictures, answer.result, f"{self._name}-{answer.step}.png")
                self.result.set_subtitle(f"{answer.request.input.text}, in {max(1, round(answer.milliseconds))} ms")
                self.drawn.emit(answer.milliseconds, answer.step)
        elif answer.request.kind == "translate":
            self._shown = max(self._shown, number)
            self._show_failure(answer.error, self.result.set_problem)
        elif number == self._inputs_asked:
            self._show_failure(answer.error, self.failed.emit)

    def _show_failure(self, error: str | None, tell: Callable[[str], object]) -> None:
        if error is not None:
            tell(error)
        elif self.result.result is None:
            self.result.set_nothing(_UNPUBLISHED)
            self._inputs_asked = 0

    def _show_inputs(self, answer: InputsRead) -> None:
        own = answer.request.path is not None
        self._offered = answer.inputs
        self.inputs.set_inputs(answer.inputs, answer.thumbnails, own=own)
        if own or self._wanted is None:
            self.inputs.grid.select(0)
            self._wanted = answer.inputs[0]
            self.refresh()

    def retry(self) -> None:
        """A run that had no networks yet may have some now."""
        if self._source is not None and not self._offered and not self._inputs_asked:
            self.show_held_out()

    def _request_inputs(self, path: Path | None) -> None:
        if self._source is None or self._dataset is None:
            return
        self._inputs_asked = self._worker.next_number()
        direction = self._direction if self._two_ways else None
        self._worker.request(
            InputsRequest(
                number=self._inputs_asked, source=self._source, dataset=self._dataset, direction=direction, path=path
            )
        )

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        if 0 <= index < len(self._offered):
            self._wanted = self._offered[index]
            self.refresh()

    @Slot()
    def _ask_file(self) -> None:
        self._files.open("Translate a picture", self.open_path, any_picture=True)

    @Slot()
    def _ask_folder(self) -> None:
        self._files.open("Translate the pictures of a folder", self.open_path, folder=True)

    @Slot()
    def _save(self) -> None:
        result = self.result.result
        if result is not None:
            self._files.save(
                "Save the result", f"{self._name}.png", lambda file: export.save_picture(file, result, self._name)
            )
