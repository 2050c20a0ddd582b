"""One row of the table of runs, read in milliseconds however long the run is."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ganstudio.config import RunConfig
from ganstudio.data.sources import DATASETS
from ganstudio.errors import RunFolderError, UserError
from ganstudio.runs.best import Best, find_best
from ganstudio.runs.folder import RunFolder, State
from ganstudio.runs.journal import history, is_progress, parse_line, without_histograms
from ganstudio.training.events import (
    BELATED,
    CheckpointSaved,
    Event,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
    SettingChanged,
)
from ganstudio.variants import VARIANTS

CURVE_POINTS = 48
"""Points of a summary's loss curves at most."""
_HEAD, _TAIL, _MOST_TAIL, _PROBE = 8 * 1024, 128 * 1024, 4 * 1024 * 1024, 6 * 1024
"""Bytes that are read of a long journal: its beginning, its end (more when it tells too little), a place between."""
_PROBED = 2
"""Lines that are read of those."""
_RESUMED = b'"run_resumed"'
_LOSSES = ("loss/discriminator", "loss/generator")

Point = tuple[float, float, float]
"""Step, loss of D, loss of G; NaN where it was not finite."""


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What a run is and where it stands.

    `title` is "DCGAN, MNIST", `label` the run's number or, where it has none, its folder's name. `target` is None for a
    run that ends by time; `checkpoint` the newest checkpoint's step. `curve` are points of the losses along the run.
    `damaged` counts lines of the journal that could not be read, as far as it was looked at.
    """

    path: Path
    name: str
    title: str
    label: str
    variant: str
    dataset: str
    latents: tuple[int, int]
    """Seed and latent size: runs that agree in them draw their samples from the same latents."""
    state: State
    step: int
    target: int | None
    seconds: float
    images_per_second: float | None
    loss_discriminator: float | None
    loss_generator: float | None
    curve: tuple[Point, ...]
    started: datetime
    samples: tuple[int, ...]
    """Steps of the sample grids, rising."""
    checkpoint: int | None
    error: str | None
    damaged: int
    forked_from: tuple[str, int] | None = None
    """The label of the run that this one is a fork of, and the step."""
    best: Best | None = None
    """The best evaluated step, by the measure that was chosen for it."""


def summarise(folder: RunFolder) -> RunSummary:
    """The row of a run. RunFolderError when its config or journal cannot be read."""
    checkpoints = folder.checkpoints()
    config = folder.live_config()
    try:
        glance, best = _glance(folder.journal_file), find_best(folder.journal_file)
    except OSError as error:
        raise RunFolderError(f"The journal of {folder.name} cannot be read: {error.strerror or error}.") from error
    events = glance.events
    progress = next((event for event in reversed(events) if isinstance(event, Progress)), None)
    last = next((event for event in reversed(events) if not isinstance(event, BELATED)), None)
    samples = [step for step in folder.samples() if last is None or step <= last.step]
    state = folder.state(events)
    losses = [_finite(progress.scalars.get(name)) if progress else None for name in _LOSSES]
    return RunSummary(
        path=folder.path,
        name=folder.name,
        title=run_title(config),
        label=run_label(folder.name),
        variant=config.variant.name,
        dataset=config.dataset.name,
        latents=(config.seed, config.variant.latent_size),
        state=state,
        step=last.step if last else 0,
        target=_target(config, glance),
        seconds=last.time if last else 0.0,
        images_per_second=_finite(progress.images_per_second) if progress else None,
        loss_discriminator=losses[0],
        loss_generator=losses[1],
        curve=glance.curve,
        started=_started(folder),
        samples=tuple(samples),
        checkpoint=checkpoints[-1] if checkpoints else None,
        error=next((event.error for event in reversed(events) if isinstance(event, RunFinished)), None)
        if state == "failed"
        else None,
        damaged=glance.damaged,
        forked_from=_parent(folder),
        best=best,
    )


def run_title(config: RunConfig) -> str:
    """Variant and data set in a few words: ``"DCGAN, MNIST"``, ``"DCGAN by class, MNIST"``."""
    try:
        variant = VARIANTS.get(config.variant.name).short
    except UserError:
        variant = config.variant.name
    if config.variant.conditional:
        variant += " by class"
    return f"{variant}, {_dataset_title(config.dataset.name)}"


def run_label(name: str) -> str:
    """The number of a run folder that has one, ``"014"`` of ``"014-dcgan-mnist-10k"``, else its name."""
    number = re.match(r"(\d{3,})-", name)
    return number[1] if number else name


def _parent(folder: RunFolder) -> tuple[str, int] | None:
    origin = folder.forked_from()
    return (run_label(origin[0]), origin[1]) if origin else None


def _dataset_title(name: str) -> str:
    """The title of a registered set, else the last part of a path; one of another system's machine too."""
    if name in DATASETS:
        return str(getattr(DATASETS.get(name), "title", name)).replace(", ", " ")
    return re.split(r"[\\/]", name.rstrip("\\/"))[-1] or name


def _started(folder: RunFolder) -> datetime:
    """When the run began: as it was noted; a copied folder's own time tells when it was copied."""
    try:
        environment = json.loads((folder.path / "environment.json").read_text(encoding="utf-8"))
        return datetime.fromisoformat(environment["started"]).astimezone()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return datetime.fromtimestamp(folder.config_file.stat().st_mtime).astimezone()


def _target(config: RunConfig, glance: _Glance) -> int | None:
    for event in reversed(glance.events):
        if isinstance(event, (RunStarted, RunResumed)):
            return event.target
        if isinstance(event, SettingChanged) and event.path == "training.steps" and isinstance(event.new, int):
            return event.new
    return None if glance.begun is not None and glance.begun.target is None else config.training.steps


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


# -- a glance at a journal ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Glance:
    """`begun` opens the journal; `events` are those near its end that count; `curve` spans all of it."""

    begun: RunStarted | None
    events: list[Event]
    curve: tuple[Point, ...]
    damaged: int


def _glance(file: Path) -> _Glance:
    """A journal's beginning and end, and a few places between; empty when there is none. OSError when unreadable."""
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return _Glance(None, [], (), 0)
    with stream:
        size = os.fstat(stream.fileno()).st_size
        reach = _TAIL
        lines, begin = _whole_lines(stream, max(0, size - reach), size)
        events, damaged = _events(lines)
        points_begin = begin
        while begin > 0 and reach < _MOST_TAIL and not _tells_enough(history(events)):
            reach *= 4
            lines, begin = _whole_lines(stream, max(0, size - reach), begin)
            if any(isinstance(event, Progress) for event in history(events)):
                lines = [line for line in lines if not is_progress(line)]
            else:
                points_begin = begin
            earlier, more_damaged = _events(lines, all_points=True)
            events, damaged = earlier + events, damaged + more_damaged
        head, more_damaged = _events(_whole_lines(stream, 0, min(_HEAD, points_begin))[0])
        between = _probe(stream, _HEAD, points_begin) if points_begin > _HEAD else []
    begun = next((event for event in (*head, *events) if isinstance(event, RunStarted)), None)
    kept = history(events)
    damaged += more_damaged if begin > 0 else 0
    return _Glance(begun, kept, _curve([*_points(head), *between, *_points(kept)]), damaged)


def _tells_enough(events: list[Event]) -> bool:
    """Whether what came before is told by the newest checkpoint's config, and there is a point to show."""
    begins = (RunStarted, RunResumed, CheckpointSaved)
    return any(isinstance(event, Progress) for event in events) and any(isinstance(event, begins) for event in events)


def _whole_lines(stream: BinaryIO, begin: int, end: int) -> tuple[list[bytes], int]:
    """The lines that lie within a part of the file, and where the first begins.

    One without an end is left out: at the end of the file it is still being written.
    """
    stream.seek(max(0, begin - 1))
    first, *lines = stream.read(end - stream.tell()).split(b"\n")
    if begin == 0:
        return [first, *lines][:-1], 0
    return lines[:-1], begin + len(first)


def _events(lines: list[bytes], *, all_points: bool = False) -> tuple[list[Event], int]:
    """The events of whole lines, of many points only some and the last ones; and how many lines are damaged."""
    events, damaged = [], 0
    for line in lines if all_points else _chosen(lines):
        if not line.strip():
            continue
        try:
            event = parse_line(without_histograms(line))
        except ValueError:
            damaged += 1
            continue
        if event is not None:
            events.append(event)
    return events, damaged


def _chosen(lines: list[bytes]) -> list[bytes]:
    """The lines that are worth reading: where nothing is void, a curve needs no more points than it has."""
    points = [index for index, line in enumerate(lines) if is_progress(line)]
    stride = len(points) // CURVE_POINTS
    if stride < 2 or any(_RESUMED in line for line in lines if not is_progress(line)):
        return lines
    kept = {*points[::stride], *points[-3:]}
    return [line for index, line in enumerate(lines) if index in kept or not is_progress(line)]


def _probe(stream: BinaryIO, begin: int, end: int) -> list[Point]:
    """Points of a few places between two offsets, each the mean of those that stand there."""
    found = []
    for index in range(CURVE_POINTS):
        place = begin + (end - begin) * index // CURVE_POINTS
        lines, _ = _whole_lines(stream, place, min(end, place + _PROBE))
        points = _points(_events(lines[:_PROBED])[0])
        if points:
            found.append(_mean(points))
    return found


def _points(events: Iterable[Event]) -> list[Point]:
    return [
        (float(event.step), *(event.scalars.get(name, math.nan) for name in _LOSSES))  # type: ignore[misc]
        for event in events
        if isinstance(event, Progress)
    ]


def _curve(points: list[Point]) -> tuple[Point, ...]:
    """`CURVE_POINTS` at most, at rising steps and evenly along them; what a resume made void is left out."""
    kept: list[Point] = []
    lowest = math.inf
    for point in reversed(points):
        if point[0] < lowest:
            lowest = point[0]
            kept.append(point)
    kept.reverse()
    if not kept:
        return ()
    first, span = kept[0][0], max(1.0, kept[-1][0] - kept[0][0])
    groups: dict[int, list[Point]] = {}
    for point in kept:
        groups.setdefault(min(CURVE_POINTS - 1, int((point[0] - first) / span * CURVE_POINTS)), []).append(point)
    return tuple(_mean(group) for group in groups.values())


def _mean(points: list[Point]) -> Point:
    """The mean of one or more points, losses over those that are finite."""
    columns = [[value for value in column if math.isfinite(value)] for column in zip(*points, strict=True)]
    step, d, g = (sum(column) / len(column) if column else math.nan for column in columns)
    return step, d, g
