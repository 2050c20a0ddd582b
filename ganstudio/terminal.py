"""A run in the terminal: one progress bar, and plain lines where there is no terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ganstudio.evaluation.slices import Slice
from ganstudio.training.events import (
    CheckpointSaved,
    Event,
    Preparing,
    RunFinished,
    RunResumed,
    RunStarted,
    SettingChanged,
    Warned,
)
from ganstudio.training.events import Progress as Point


class ProgressBar:
    """Shows a run's events; call it with each. `error` is set when the run failed, `began` once it trains."""

    def __init__(self, folder: Path, seconds: float | None) -> None:
        self._folder, self._seconds = folder, seconds
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[numbers]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None
        self._start = 0.0
        self.error: str | None = None
        self.began = False

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted() | RunResumed():
                self.began, self._start = True, event.time
                total = self._seconds if self._seconds is not None else event.target
                self._task = self._bar.add_task(
                    "training", total=total, numbers="", completed=0 if self._seconds else event.step
                )
                threads = f"{event.threads} thread{'s' if event.threads != 1 else ''}"
                self._say(f"Training on {event.device}, {event.precision}, {threads}, into {self._folder}")
            case Preparing(total=total) if total and self._console.is_terminal:
                self._bar.console.print(f"Preparing {event.what}: {event.done} of {total}", end="\r")
            case Point():
                self._advance(event)
            case CheckpointSaved() if not self._console.is_terminal:
                self._say(f"step {event.step}: checkpoint saved")
            case SettingChanged():
                self._say(f"step {event.step}: {event.path} {event.old} -> {event.new}")
            case Warned():
                self._say(event.message)
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def _advance(self, event: Point) -> None:
        losses = "  ".join(
            f"{name[5:6].upper()} {value:.3f}" for name, value in event.scalars.items() if name.startswith("loss/")
        )
        numbers = f"step {event.step}  {event.images_per_second:.0f} img/s  {losses}"
        if self._task is not None:
            done = event.time - self._start if self._seconds is not None else event.step
            self._bar.update(self._task, completed=done, numbers=numbers)
        if not self._console.is_terminal and event.step % 100 == 0:
            self._say(numbers)

    def _finish(self, event: RunFinished) -> None:
        self.error = event.error
        if event.error is None:
            print(f"{event.reason} at step {event.step} after {event.time:.1f} s: {self._folder}")
            sys.stdout.flush()

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)


class StageBar:
    """Shows work that goes through stages; call it with each slice that is done."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, piece: Slice) -> None:
        self._bar.update(self._task, description=piece.what, completed=piece.done, total=piece.total)
