"""Train a run into its folder: the one way in for the terminal and the window. Imports torch only when called."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ganstudio.config import RunConfig
from ganstudio.data.points import CsvSource
from ganstudio.data.sources import FolderSource, find_source
from ganstudio.errors import RunFolderError, UserError
from ganstudio.evaluation.points import PointMeter
from ganstudio.health.doctor import Doctor
from ganstudio.runs.folder import RunFolder, lay_grid
from ganstudio.runs.journal import JournalWriter
from ganstudio.runs.plateau import PlateauFollower
from ganstudio.runs.points import picture_of, write_points
from ganstudio.runs.restoration import RestorationMeter
from ganstudio.training.control import Control
from ganstudio.training.events import Event, RunFinished, RunResumed, RunStarted, Samples

if TYPE_CHECKING:
    from ganstudio.training.preview import Preview

Emit = Callable[[Event], None]


def train(
    config: RunConfig,
    out: Path,
    emit: Emit,
    control: Control,
    *,
    seconds: float | None = None,
    preview: Preview | None = None,
) -> None:
    """Train a new run into `out`, which must be empty or absent. The last event is always `RunFinished`."""
    _guarded(emit, lambda: _train(config, out, emit, control, seconds, preview))


def resume(
    folder: RunFolder,
    emit: Emit,
    control: Control,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    preview: Preview | None = None,
) -> None:
    """Go on with a run from its newest intact checkpoint, to `steps` in all where given."""
    _guarded(emit, lambda: _resume(folder, emit, control, steps, seconds, preview))


def _train(
    config: RunConfig, out: Path, emit: Emit, control: Control, seconds: float | None, preview: Preview | None
) -> None:
    from ganstudio.training.devices import settle
    from ganstudio.variants.recipes import check

    check(config)
    settled = settle(located(config))
    create_folder(out)
    folder = RunFolder(out)
    with folder.lock():
        folder.config_file.write_text(settled.to_json(), encoding="utf-8")
        (out / "environment.json").write_text(json.dumps(environment(settled), indent=2) + "\n", encoding="utf-8")
        _run(settled, folder, emit, control, resumed=False, seconds=seconds, preview=preview)


def located(config: RunConfig) -> RunConfig:
    """`config` with a folder of images named by its whole path, so that the run can be resumed from anywhere."""
    from ganstudio.variants import VARIANTS

    for path in {"dataset.name", "dataset.target"} - VARIANTS.get(config.variant.name).unused:
        source = find_source(config.value(path))
        if isinstance(source, FolderSource | CsvSource):
            config = config.with_values({path: source.name})
    return config


def _resume(
    folder: RunFolder,
    emit: Emit,
    control: Control,
    steps: int | None,
    seconds: float | None,
    preview: Preview | None,
) -> None:
    config = folder.live_config().with_values(
        {"precision": folder.config.precision, "threads": folder.config.threads}
        | ({"training.steps": steps} if steps else {})
    )
    with folder.lock():
        _run(config, folder, emit, control, resumed=True, seconds=seconds, preview=preview)


def _run(
    config: RunConfig,
    folder: RunFolder,
    emit: Emit,
    control: Control,
    *,
    resumed: bool,
    seconds: float | None,
    preview: Preview | None,
) -> None:
    from ganstudio.health.signals import Signals
    from ganstudio.runs.observe import BackgroundEvaluator
    from ganstudio.training.checkpoint import read_manifest
    from ganstudio.training.trainer import Limits, Trainer

    before = folder.events() if resumed else []
    doctor = Doctor.after(before) if resumed else Doctor()
    recorder, meters = Recorder(folder), (RestorationMeter(), PointMeter(config))

    def config_at(step: int) -> RunConfig:
        return read_manifest(folder.checkpoint_path(step)).config

    follower = PlateauFollower(config, control, config_at, before)
    evaluator = BackgroundEvaluator(folder, control)

    def tell(event: Event) -> None:
        evaluator.pace(event)
        diagnoses = doctor(event)
        if not isinstance(event, RunFinished):
            _both(recorder, emit, event)
        for diagnosis in diagnoses:
            _both(recorder, emit, diagnosis)
        follower(event)
        if isinstance(event, RunFinished):  # the last word
            _both(recorder, emit, event)
        for meter in meters:
            if (measured := meter(event)) is not None:
                _both(recorder, emit, measured)

    try:
        Trainer(
            config,
            checkpoints=folder.checkpoints_folder,
            resume=resumed,
            limits=Limits(seconds=seconds),
            preview=preview,
            observers=(Signals(),),
            evaluator=evaluator,
        ).run(tell, control)
    finally:
        recorder.close()


def _both(recorder: Recorder, emit: Emit, event: Event) -> None:
    """The record first; an end is told even when it can no longer be written."""
    try:
        recorder(event)
    except OSError:
        if not isinstance(event, RunFinished):
            raise
    emit(event)


def _guarded(emit: Emit, work: Callable[[], None]) -> None:
    """Failures before the trainer has begun end in the same event as its own."""
    try:
        work()
    except UserError as error:
        emit(RunFinished(step=0, time=0.0, reason="failed", error=str(error)))
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        message = f"The run folder{where} cannot be written: {error.strerror or error}."
        emit(RunFinished(step=0, time=0.0, reason="failed", error=message))
    except Exception as error:
        logging.getLogger("ganstudio").exception("The run failed")
        emit(RunFinished(step=0, time=0.0, reason="failed", error=f"{type(error).__name__}: {error}"))


class Recorder:
    """Writes a run's events to its folder: the journal, and sample grids as PNG."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._journal = JournalWriter(folder.journal_file)
        self._columns: int | None = None
        (folder.path / "samples" / "raw").mkdir(parents=True, exist_ok=True)

    def __call__(self, event: Event) -> None:
        """Write one event. OSError when the disk is full."""
        if isinstance(event, RunStarted | RunResumed):
            self._columns = event.group or None
        if isinstance(event, RunResumed):
            self._forget_after(event.from_step)
        if isinstance(event, Samples):
            if event.landscape is not None:
                self._keep_points(event)
            for raw, images in ((False, event.ema), (True, event.raw)):
                if images is not None and event.landscape is not None:
                    write_grid(self._folder.sample_path(event.step, raw=raw), picture_of(images, event.landscape))
                elif images is not None:
                    write_grid(self._folder.sample_path(event.step, raw=raw), images, self._columns)
        self._journal(event)

    def _forget_after(self, step: int) -> None:
        """Remove the sample grids that a resume or a roll-back has made void."""
        for void in self._folder.samples():
            if void > step:
                for raw in (False, True):
                    self._folder.sample_path(void, raw=raw).unlink(missing_ok=True)
                self._folder.points_path(void).unlink(missing_ok=True)

    def _keep_points(self, event: Samples) -> None:
        file = self._folder.points_path(event.step)
        file.parent.mkdir(exist_ok=True)
        write_points(file, event)

    def close(self) -> None:
        """End writing."""
        self._journal.close()


def write_grid(file: Path, images: object, columns: int | None = None) -> None:
    """uint8 images (N, H, W, C) as one PNG grid that remembers their number and size; appears whole or not at all.

    Near-square unless its `columns` are given.
    """
    import numpy as np

    array = np.asarray(images, np.uint8)
    grid = lay_grid(array, columns)
    info = PngInfo()
    info.add_text("count", str(len(array)))
    info.add_text("side", str(array.shape[1]))
    temporary = file.with_name(f".{file.name}.writing")
    try:
        Image.fromarray(grid[..., 0] if grid.shape[2] == 1 else grid).save(temporary, "PNG", pnginfo=info)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def create_folder(out: Path) -> None:
    """Make the folder of a new run. RunFolderError when it holds something or cannot be made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        occupied = any(out.iterdir())
    except OSError as error:
        raise RunFolderError(
            f"The folder {out} cannot be made: {error.strerror or error}; choose another with --out."
        ) from error
    if occupied:
        raise RunFolderError(f"The folder {out} is not empty; choose another, or go on with it by --resume {out}.")


def environment(config: RunConfig) -> dict[str, object]:
    """The machine and the packages with which a run begins, for `environment.json`."""
    from ganstudio.training.devices import describe, resolve_device

    packages: dict[str, str] = {}
    for name in ("ganstudio", "torch", "numpy", "PySide6-Essentials", "pydantic", "safetensors"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "format_version": 1,
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "device": describe(resolve_device(config.device)),
        "threads": config.threads,
        "precision": config.precision,
        "packages": packages,
    }
