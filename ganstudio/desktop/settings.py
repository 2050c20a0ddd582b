"""What the window remembers between two starts. Never a reason to stop: damaged or unwritable, it lives in memory."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from ganstudio import paths

T = TypeVar("T")
_WRITE_DELAY_MS = 500


class Settings(QObject):
    """Plain JSON values by key, written half a second after the last change and at `flush`."""

    problem_found = Signal(str)
    """A sentence for a toast, once for each new problem."""

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problem: str | None = None
        self._file = file or paths.settings_file()
        self._values: dict[str, Any] = {}
        self._read()
        self._timer = QTimer(self, singleShot=True, interval=_WRITE_DELAY_MS)
        self._timer.timeout.connect(self.flush)

    @property
    def folder(self) -> Path:
        """Where the person's settings are kept, and what else belongs to the person."""
        return self._file.parent

    def get(self, key: str, default: T) -> T:
        """The value kept under `key`, or `default` when there is none or its type is another."""
        found = self._values.get(key, default)
        if default is None or isinstance(found, type(default)):
            return found  # type: ignore[no-any-return]
        return default

    def set(self, key: str, value: Any) -> None:
        """Keep `value`, which JSON must be able to hold; TypeError when it cannot."""
        value = json.loads(json.dumps(value))
        if key in self._values and self._values[key] == value:
            return
        self._values[key] = value
        self._timer.start()

    def remove(self, prefix: str) -> None:
        """Forget every key that begins with `prefix`."""
        kept = {key: value for key, value in self._values.items() if not key.startswith(prefix)}
        if len(kept) != len(self._values):
            self._values = kept
            self._timer.start()

    @Slot()
    def flush(self) -> None:
        """Write at once what has changed."""
        if not self._timer.isActive() and self.sender() is not self._timer:
            return
        self._timer.stop()
        try:
            _write(self._file, json.dumps(self._values, indent=2, sort_keys=True) + "\n")
        except OSError as error:
            reason = error.strerror or str(error)
            self._report(f"The window's settings cannot be kept: {self._file} cannot be written ({reason}).")
        else:
            self.problem = None

    def _read(self) -> None:
        try:
            values = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except OSError as error:
            self._report(f"The window's settings cannot be read ({error.strerror or error}); defaults are used.")
            return
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            self._values = values
            return
        aside = self._set_aside()
        self._report(f"The window's settings were damaged; defaults are used. The old file is kept as {aside}.")

    def _set_aside(self) -> str:
        aside = self._file.with_suffix(".damaged.json")
        try:
            self._file.replace(aside)
        except OSError:
            return self._file.name
        return aside.name

    def _report(self, sentence: str) -> None:
        if self.problem != sentence:
            self.problem = sentence
            self.problem_found.emit(sentence)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=file.name, suffix=".new", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
