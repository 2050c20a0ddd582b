"""The run folder, read without torch: config, journal, samples, checkpoints, state."""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from PIL import Image

from ganstudio.config import RunConfig, read_config_data
from ganstudio.errors import RunFolderError, UserError
from ganstudio.paths import runs_folder
from ganstudio.runs.journal import read_journal
from ganstudio.runs.points import read_points
from ganstudio.training.events import EndReason, Event, RunFinished, RunResumed, RunStarted, Samples

State = Literal["training", "finished", "stopped", "failed", "interrupted"]
"""`interrupted`: the process ended without a word (a crash, a power cut); the run can be resumed."""

_STATES: Mapping[EndReason, State] = {"completed": "finished", "stopped": "stopped", "failed": "failed"}
_STEP = re.compile(r"step-(\d{8,})(?:\.png)?")
_NUMBER = re.compile(r"(\d{3,})-")
_LOCK = ".lock"
_LOCK_PATIENCE_S = 0.5
"""Asking whether a run is locked holds its lock for an instant, which must not keep a trainer from it."""


@dataclass(frozen=True)
class RunFolder:
    """A run on disk. Nothing is read before it is asked for; nothing here writes but `lock`."""

    path: Path

    @staticmethod
    def open(path: Path) -> RunFolder:
        """The run at `path`. RunFolderError when there is none."""
        try:
            folder = RunFolder(path.expanduser().resolve())
            if folder.config_file.is_file():
                return folder
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise RunFolderError(f"The folder {path} cannot be opened: {reason}.") from error
        raise RunFolderError(f"{path} is not a run folder: it has no config.json.")

    @property
    def name(self) -> str:
        """The folder's name, such as ``014-dcgan-mnist-10k``."""
        return self.path.name

    @property
    def config_file(self) -> Path:
        """`config.json`, the settled config that the run began with."""
        return self.path / "config.json"

    @property
    def journal_file(self) -> Path:
        """`journal.jsonl`."""
        return self.path / "journal.jsonl"

    @property
    def lineage_file(self) -> Path:
        """`lineage.json`, which only a fork has."""
        return self.path / "lineage.json"

    def forked_from(self) -> tuple[str, int] | None:
        """The name of the run that this one is a fork of, and the step; None where it is none, or cannot be read."""
        try:
            lineage = json.loads(self.lineage_file.read_text(encoding="utf-8"))
            return str(lineage["parent"]), int(lineage["step"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def checkpoints_folder(self) -> Path:
        """`checkpoints/`."""
        return self.path / "checkpoints"

    @cached_property
    def config(self) -> RunConfig:
        """The config that the run began with. RunFolderError when it cannot be read."""
        try:
            return RunConfig.parse(read_config_data(self.config_file))
        except RunFolderError:
            raise
        except UserError as error:
            raise RunFolderError(f"The run {self.name} cannot be opened: {error}") from error

    def live_config(self) -> RunConfig:
        """The config as it is now: with what was changed during the run, as the newest checkpoint tells it."""
        for step in reversed(self.checkpoints()):
            try:
                manifest = json.loads((self.checkpoint_path(step) / "manifest.json").read_text(encoding="utf-8"))
                return RunConfig.parse(manifest["config"])
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue
        return self.config

    def events(self) -> list[Event]:
        """The journal, without what a resume made void."""
        return read_journal(self.journal_file)

    def checkpoints(self) -> list[int]:
        """Steps of the checkpoints, ascending; none is opened."""
        return _steps(self.checkpoints_folder)

    def checkpoint_path(self, step: int) -> Path:
        """The folder of one checkpoint."""
        return self.checkpoints_folder / f"step-{step:08d}"

    def samples(self) -> list[int]:
        """Steps of the sample grids, ascending."""
        return _steps(self.path / "samples")

    def sample_path(self, step: int, *, raw: bool = False) -> Path:
        """The picture of one grid, of the averaged or the raw generator."""
        folder = self.path / "samples"
        return (folder / "raw" if raw else folder) / f"step-{step:08d}.png"

    def points_path(self, step: int) -> Path:
        """The samples of a run on points, with the landscape that D made of the plane."""
        return self.path / "samples" / "points" / f"step-{step:08d}.npz"

    def read_points(self, step: int) -> Samples:
        """The samples of one step of a run on points, but for their time. RunFolderError when they cannot be read."""
        try:
            return read_points(self.points_path(step), step)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise RunFolderError(f"The samples of step {step} cannot be read.") from error

    def read_samples(self, step: int, *, raw: bool = False) -> NDArray[np.uint8]:
        """One grid cut back into its images: uint8 (N, H, W, C). RunFolderError when it cannot be read."""
        try:
            with Image.open(self.sample_path(step, raw=raw), formats=("PNG",)) as image:
                count, side = int(image.info["count"]), int(image.info["side"])
                pixels = np.asarray(image, np.uint8)
        except (OSError, KeyError, ValueError, SyntaxError) as error:
            raise RunFolderError(f"The samples of step {step} cannot be read.") from error
        return cut_grid(pixels if pixels.ndim == 3 else pixels[..., None], count, side)

    def is_locked(self) -> bool:
        """Whether a process of this machine trains this run now. Leaves nothing behind, also in a read-only folder."""
        return _is_held(self.path / _LOCK)

    def lock(self) -> FileLock:
        """A lock that the training process holds; entering it raises RunFolderError when another one does."""
        return _RunLock(self.path / _LOCK, timeout=_LOCK_PATIENCE_S)

    def state(self, events: list[Event] | None = None) -> State:
        """What has become of the run; `events` may be the last of its journal only."""
        if self.is_locked():
            return "training"
        for event in reversed(self.events() if events is None else events):
            if isinstance(event, RunFinished):
                return _STATES[event.reason]
            if isinstance(event, (RunStarted, RunResumed)):
                break
        return "interrupted"

    def size(self) -> int:
        """Bytes of all its files; what cannot be read does not count."""
        total = 0
        for parent, _, names in os.walk(self.path):
            for name in names:
                try:
                    total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - thousands of files
                except OSError:
                    continue
        return total


class _RunLock(FileLock):
    def acquire(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        try:
            return super().acquire(*args, **kwargs)  # type: ignore[arg-type]
        except Timeout:
            raise RunFolderError(
                f"The run {Path(self.lock_file).parent.name} is being trained by another process."
            ) from None
        except OSError as error:
            raise RunFolderError(
                f"The run folder {Path(self.lock_file).parent} cannot be written: {error.strerror or error}."
            ) from error


def list_runs(root: Path | None = None) -> list[RunFolder]:
    """Every run folder in `root` (the user's runs unless given), the highest number first. Hidden ones are left out.

    RunFolderError when there is a `root` that cannot be read.
    """
    root = root or runs_folder()
    try:
        shown = (path for path in root.iterdir() if not path.name.startswith("."))
        found = [RunFolder(path) for path in shown if _is_file(path / "config.json")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RunFolderError(f"The folder {root} cannot be read: {error.strerror or error}.") from error
    return sorted(found, key=lambda run: (_number(run.name), run.name), reverse=True)


def next_run_folder(config: RunConfig, root: Path | None = None) -> Path:
    """A free folder for a new run, such as ``014-dcgan-mnist-10k``."""
    dataset = re.split(r"[\\/]", config.dataset.name.rstrip("\\/"))[-1]
    label = re.sub(r"[^A-Za-z0-9]+", "-", f"{config.variant.name}-{dataset}").strip("-").lower()[:60]
    return free_folder(label, root)


def free_folder(label: str, root: Path | None = None) -> Path:
    """``NNN-label`` in `root`, with the number after the highest there is."""
    root = root or runs_folder()
    try:
        highest = max((_number(path.name) for path in root.iterdir()), default=0)
    except OSError:
        highest = 0
    return root / f"{max(0, highest) + 1:03d}-{label}"


def parse_run(text: str) -> tuple[RunFolder, int | None]:
    """``DIR`` or ``DIR@STEP`` as (run, step); RunFolderError when the run or its checkpoint is not there."""
    path, at, step = text.rpartition("@")
    if not at or not step.isdigit() or Path(text).is_dir():
        return RunFolder.open(Path(text)), None
    folder = RunFolder.open(Path(path))
    if int(step) not in folder.checkpoints():
        known = ", ".join(str(known) for known in folder.checkpoints()[-8:]) or "none"
        raise RunFolderError(f"{folder.name} has no checkpoint at step {step}; the last ones are: {known}.")
    return folder, int(step)


def grid_columns(count: int) -> int:
    """Columns of a near-square grid of `count` images."""
    return max(1, int(np.ceil(np.sqrt(count))))


def lay_grid(images: NDArray[np.uint8], columns: int | None = None) -> NDArray[np.uint8]:
    """Images (N, H, W, C) side by side in one picture, row by row, without gaps."""
    count, height, width, channels = images.shape
    columns = columns or grid_columns(count)
    rows = -(-count // columns)
    grid = np.zeros((rows * columns, height, width, channels), np.uint8)
    grid[:count] = images
    cells = grid.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return cells.reshape(rows * height, columns * width, channels)


def cut_grid(picture: NDArray[np.uint8], count: int, side: int) -> NDArray[np.uint8]:
    """The inverse of `lay_grid` for square images of `side` pixels: uint8 (count, side, side, C)."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    cells = picture.reshape(rows, side, columns, side, -1).swapaxes(1, 2)
    return np.ascontiguousarray(cells.reshape(rows * columns, side, side, -1)[:count])


def _steps(folder: Path) -> list[int]:
    try:
        return sorted(int(match[1]) for path in folder.iterdir() if (match := _STEP.fullmatch(path.name)))
    except OSError:
        return []


def _number(name: str) -> int:
    """The number in front of a run folder's name; -1 when there is none."""
    match = _NUMBER.match(name)
    return int(match[1]) if match else -1


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _is_held(file: Path) -> bool:
    """Whether a process holds the lock of `file`. A reader's lock asks, which two who ask do not take for an answer."""
    if sys.platform == "win32":
        return _is_held_on_windows(file)
    import fcntl

    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file system without locks: nobody can hold one
    finally:
        os.close(descriptor)
    return False


def _is_held_on_windows(file: Path) -> bool:
    if not os.access(file, os.W_OK):
        return False
    try:
        with FileLock(file, timeout=0):
            return False
    except (Timeout, OSError):
        return True
