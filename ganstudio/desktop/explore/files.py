"""Which file: dialogs that do not block and remember the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from ganstudio.data.sources import IMAGE_SUFFIXES
from ganstudio.desktop.settings import Settings
from ganstudio.errors import UserError

_FOLDER = "explore/folder"
_KINDS = {"json": "file", "csv": "table", "gif": "animation", "mp4": "animation"}


class Files(QObject):
    """Asks for a file and hands it on; at most one dialog at a time."""

    saved = Signal(str)
    """The path of a file that was written."""
    failed = Signal(str)
    """A sentence: it was not."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings, self._widget = settings, parent
        self._then: Callable[[Path], None] | None = None

    def save(self, title: str, name: str, write: Callable[[Path], None]) -> None:
        """Ask where, then `write`, which raises UserError when it cannot; ends in `saved` or `failed`."""
        self.choose(title, name, lambda file: self._write(write, file))

    def choose(self, title: str, name: str, then: Callable[[Path], None]) -> None:
        """Ask where a file is to be written; its kind is that of the proposed `name`."""
        suffix = Path(name).suffix.removeprefix(".")
        kind = _KINDS.get(suffix, "picture")
        dialog = QFileDialog(self._widget, title, str(self._folder() / name), f"{suffix.upper()} {kind} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        self._ask(dialog, then)

    def open(
        self, title: str, then: Callable[[Path], None], *, any_picture: bool = False, folder: bool = False
    ) -> None:
        """Ask for a PNG picture that exists, for one of any kind, or for a folder."""
        kinds = f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(IMAGE_SUFFIXES))})"
        dialog = QFileDialog(self._widget, title, str(self._folder()), kinds if any_picture else "PNG picture (*.png)")
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, folder)
        self._ask(dialog, then)

    def open_kind(self, title: str, kinds: str, then: Callable[[Path], None]) -> None:
        """Ask for a file that exists, of kinds such as ``"JSON file (*.json)"``."""
        dialog = QFileDialog(self._widget, title, str(self._folder()), kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._ask(dialog, then)

    def _ask(self, dialog: QFileDialog, then: Callable[[Path], None]) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_selected)
        self._then = then
        dialog.open()

    def _folder(self) -> Path:
        kept = self._settings.get(_FOLDER, "")
        return Path(kept) if kept and Path(kept).is_dir() else Path.home()

    def _write(self, write: Callable[[Path], None], file: Path) -> None:
        try:
            write(file)
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(str(file))

    @Slot(str)
    def _on_selected(self, chosen: str) -> None:
        file, then = Path(chosen), self._then
        self._settings.set(_FOLDER, str(file.parent))
        if then is not None:
            then(file)
