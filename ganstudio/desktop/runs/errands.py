"""What is done to run folders besides reading them: moved to the trash, copied in from elsewhere. In worker threads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from ganstudio.desktop.format import size
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.status_bar import home_path
from ganstudio.errors import UserError
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.manage import copy_run, find_runs, trash_run

_TELL_S = 0.1


class Trash(QObject):
    """Moves a run to the system's trash after asking; one at a time."""

    moved = Signal(object)
    """The path of a run that is in the trash now."""
    failed = Signal(str)
    """A sentence: the run stays where it is."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._asked: Path | None = None
        self._background = Background(_trash, self)
        self._background.done.connect(self._on_done)

    @property
    def busy(self) -> bool:
        """Whether a run is on its way."""
        return self._background.is_busy()

    def ask(self, row: Row) -> QMessageBox:
        """Ask whether this run is to go; the answer is acted upon when it comes."""
        self._asked = row.path
        box = QMessageBox(self._window)
        box.setWindowTitle("Move to trash")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Move {row.label} {row.title} to the trash?")
        amount = f"{size(row.size)} in " if row.size else ""
        box.setInformativeText(f"{amount}{home_path(row.path)}. It can be brought back from the system's trash.")
        move = box.addButton("Move to trash", QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        move.setToolTip("The run leaves this list")
        keep.setToolTip("Do nothing")
        box.setDefaultButton(keep)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(self._on_accepted)
        box.open()
        return box

    def stop(self) -> None:
        """Wait for the thread."""
        self._background.stop()

    @Slot()
    def _on_accepted(self) -> None:
        if self._asked is not None:
            self._background.request(self._asked)

    @Slot(object)
    def _on_done(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.failed.emit(str(outcome.error))
        else:
            self.moved.emit(outcome.request)


def _trash(job: Job) -> None:
    trash_run(RunFolder(job.request))


@dataclass(frozen=True)
class _Copy:
    """A request: bring these runs into `root`."""

    runs: tuple[Path, ...]
    root: Path


class Importer(QObject):
    """Brings runs from elsewhere into the list: copied into the folder of runs, or listed where they are."""

    copied = Signal(object)
    """The paths of the copies."""
    listed = Signal(object)
    """Paths of runs that are to be listed where they are."""
    progressed = Signal(str, float)
    """What is being done, and how much of it, 0 to 1; an empty text when nothing is any more."""
    failed = Signal(str)
    """A sentence."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._root = Path()
        self._found: tuple[Path, ...] = ()
        self._search = Background(_find, self)
        self._search.done.connect(self._on_found)
        self._copying = Background(_copy, self)
        self._copying.progressed.connect(self._on_progressed)
        self._copying.done.connect(self._on_copied)

    @property
    def busy(self) -> bool:
        """Whether runs are being looked for or copied."""
        return self._search.is_busy() or self._copying.is_busy()

    def offer(self, dropped: Sequence[Path], root: Path) -> None:
        """Look for runs at these paths, then ask what to do with them; `root` is where copies go."""
        self._root = root
        self._search.request(tuple(dropped))

    def cancel(self) -> None:
        """Break off copying; what was copied of an unfinished run goes."""
        self._search.cancel()
        self._copying.cancel()
        self.progressed.emit("", 0.0)

    def stop(self) -> None:
        """Break off and wait for the threads."""
        self._search.stop()
        self._copying.stop()

    def ask(self, found: tuple[Path, ...]) -> QMessageBox:
        """Ask whether to copy or only to list."""
        self._found = found
        one = len(found) == 1
        what = found[0].name if one else f"these {len(found)} runs"
        box = QMessageBox(self._window)
        box.setWindowTitle("Import runs")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Import {what}?")
        box.setInformativeText(
            f"A copy in {home_path(self._root)} stays when {'the' if one else 'each'} folder goes; listed where "
            f"{'it is, it takes' if one else 'they are, they take'} no more space."
        )
        copy = box.addButton("Copy", QMessageBox.ButtonRole.AcceptRole)
        place = box.addButton("List in place", QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        copy.setObjectName("copy")
        place.setObjectName("place")
        copy.setToolTip("Copy into the folder of runs, under the next number")
        place.setToolTip("Leave the folder where it is and add it to this list")
        box.setDefaultButton(copy)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.buttonClicked.connect(self._on_answered)
        box.open()
        return box

    @Slot(QAbstractButton)
    def _on_answered(self, button: QAbstractButton) -> None:
        if button.objectName() == "copy":
            self._copying.request(_Copy(self._found, self._root))
        elif button.objectName() == "place":
            self.listed.emit(self._found)

    @Slot(object)
    def _on_found(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.failed.emit(str(outcome.error))
        else:
            self.ask(outcome.result)

    @Slot(object)
    def _on_progressed(self, progress: tuple[str, float]) -> None:
        self.progressed.emit(*progress)

    @Slot(object)
    def _on_copied(self, outcome: Outcome) -> None:
        self.progressed.emit("", 0.0)
        if outcome.error is not None:
            self.failed.emit(str(outcome.error))
        else:
            self.copied.emit(outcome.result)


def _find(job: Job) -> tuple[Path, ...]:
    found = tuple(run.path for run in find_runs(job.request))
    if not found:
        names = ", ".join(path.name for path in job.request)
        raise UserError(f"There is no run in {names}: a run folder holds a config.json and a journal.jsonl.")
    return found


def _copy(job: Job) -> tuple[Path, ...]:
    request: _Copy = job.request
    copies = []
    for index, path in enumerate(request.runs):
        copies.append(copy_run(RunFolder(path), request.root, _Teller(job, path.name, index, len(request.runs)).tell))
    return tuple(copies)


class _Teller:
    """Tells of copying now and then, and looks each time whether it is still wanted."""

    def __init__(self, job: Job, name: str, index: int, count: int) -> None:
        self._job, self._name, self._index, self._count = job, name, index, count
        self._told = 0.0

    def tell(self, done: int, total: int) -> None:
        """So many bytes of this run are copied."""
        self._job.check()
        if time.monotonic() - self._told >= _TELL_S:
            self._told = time.monotonic()
            share = (self._index + done / max(1, total)) / self._count
            self._job.report((f"Copying {self._name}", share))
