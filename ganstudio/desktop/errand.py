"""The studio without a person: train for a while, leave a picture, say where everything is, and close."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from ganstudio.desktop.studio import Studio
from ganstudio.training.events import RunFinished

_SETTLE_MS = 700
"""Between the last event and the picture, so that every panel has been painted."""


class Errand(QObject):
    """Trains for `seconds` where given, takes a picture of the window into `screenshot` where given, closes it."""

    def __init__(self, studio: Studio, seconds: float | None, screenshot: Path | None) -> None:
        super().__init__(studio)
        self._studio, self._screenshot = studio, screenshot
        self.exit_code = 0
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._end)
        if seconds is not None:
            studio.run_ended.connect(self._on_run_ended)
            studio.start_when_ready(seconds)
        else:
            studio.machine_known.connect(self._on_ready)

    @Slot(object)
    def _on_run_ended(self, end: RunFinished) -> None:
        if end.error is not None:
            self._fail(end.error)
        self._settle.start()

    @Slot(object)
    def _on_ready(self, machine: object) -> None:
        self._settle.start()

    @Slot()
    def _end(self) -> None:
        folder = self._studio.session.folder
        if self._screenshot is not None:
            self._take(self._screenshot)
        if folder is not None:
            samples = folder.samples()
            if samples:
                _tell(f"Sample grid: {folder.sample_path(samples[-1])}")
            _tell(f"Run folder:  {folder.path}")
        self._studio.window.close()

    def _take(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        if self._studio.window.grab().save(str(file)):
            _tell(f"Screenshot:  {file}")
        else:
            self._fail(f"The screenshot {file} cannot be written.")

    def _fail(self, sentence: str) -> None:
        sys.stderr.write(f"{sentence}\n")
        self.exit_code = 1


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
