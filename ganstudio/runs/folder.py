"""The run folder, read without torch: config, journal, samples, checkpoints, state."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
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
from ganstudio.training.events import Event, Progress, RunFinished

State = Literal["training", "finished", "stopped", "failed", "interrupted"]
"""`interrupted`: the process ended without a word (a crash, a power cut); the run can be resumed."""

_STEP = re.compile(r"step-(\d{8,})(?:\.png)?$")


@dataclass(frozen=True)
class RunFolder:
    """A run on disk. Nothing is read before it is asked for; nothing here writes but `lock`."""

    path: Path

    @staticmethod
    def open(path: Path) -> RunFolder:
        """The run at `path`. RunFolderError when there is none."""
        folder = RunFolder(path.expanduser().resolve())
        if not folder.config_file.is_file():
            raise RunFolderError(f"{path} is not a run folder: it has no config.json.")
        return folder

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
            except (OSError, ValueError, KeyError):
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
        """Whether a process trains this run now."""
        try:
            with self.lock():
                return False
        except RunFolderError:
            return True

    def lock(self) -> FileLock:
        """A lock that the training process holds; entering it raises RunFolderError when another one does."""
        return _RunLock(self.path / ".lock", timeout=0)

    def state(self, events: list[Event] | None = None) -> State:
        """What has become of the run."""
        if self.is_locked():
            return "training"
        for event in reversed(self.events() if events is None else events):
            if isinstance(event, RunFinished):
                return {"completed": "finished", "stopped": "stopped", "failed": "failed"}[event.reason]  # type: ignore[return-value]
        return "interrupted"


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


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """One row of the table of runs."""

    path: Path
    name: str
    variant: str
    dataset: str
    state: State
    step: int
    target: int
    seconds: float
    images_per_second: float | None
    loss_discriminator: float | None
    loss_generator: float | None
    started: datetime
    thumbnail: Path | None
    error: str | None


def summarise(folder: RunFolder) -> RunSummary:
    """The row of a run. RunFolderError when its config cannot be read."""
    config = folder.live_config() if folder.checkpoints() else folder.config
    events = folder.events()
    progress = next((event for event in reversed(events) if isinstance(event, Progress)), None)
    end = next((event for event in reversed(events) if isinstance(event, RunFinished)), None)
    last = events[-1] if events else None
    samples = folder.samples()
    scalars = progress.scalars if progress else {}
    return RunSummary(
        path=folder.path,
        name=folder.name,
        variant=config.variant.name,
        dataset=config.dataset.name,
        state=folder.state(events),
        step=last.step if last else 0,
        target=config.training.steps,
        seconds=last.time if last else 0.0,
        images_per_second=progress.images_per_second if progress else None,
        loss_discriminator=scalars.get("loss/discriminator"),
        loss_generator=scalars.get("loss/generator"),
        started=datetime.fromtimestamp(folder.config_file.stat().st_mtime).astimezone(),
        thumbnail=folder.sample_path(samples[-1]) if samples else None,
        error=end.error if end else None,
    )


def list_runs(root: Path | None = None) -> list[RunFolder]:
    """Every run folder below `root` (the user's runs unless given), newest name first."""
    root = root or runs_folder()
    if not root.is_dir():
        return []
    return [RunFolder(path) for path in sorted(root.iterdir(), reverse=True) if (path / "config.json").is_file()]


def next_run_folder(config: RunConfig, root: Path | None = None) -> Path:
    """A free folder for a new run, such as ``014-dcgan-mnist-10k``."""
    root = root or runs_folder()
    numbers = [int(path.name[:3]) for path in root.glob("[0-9][0-9][0-9]-*")] if root.is_dir() else []
    dataset = Path(config.dataset.name).name
    label = re.sub(r"[^A-Za-z0-9]+", "-", f"{config.variant.name}-{dataset}").strip("-").lower()[:60]
    return root / f"{max(numbers, default=0) + 1:03d}-{label}"


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
    return grid.reshape(rows, columns, height, width, channels).swapaxes(1, 2).reshape(rows * height, columns * width, channels)


def cut_grid(picture: NDArray[np.uint8], count: int, side: int) -> NDArray[np.uint8]:
    """The inverse of `lay_grid` for square images of `side` pixels: uint8 (count, side, side, C)."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    cells = picture.reshape(rows, side, columns, side, -1).swapaxes(1, 2)
    return np.ascontiguousarray(cells.reshape(rows * columns, side, side, -1)[:count])


def _steps(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return sorted(int(match[1]) for path in folder.iterdir() if (match := _STEP.fullmatch(path.name)))
