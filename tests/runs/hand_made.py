"""Run folders written by hand, as a trainer would have left them; no torch, no training."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ganstudio.runs.execute import write_grid
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.journal import JournalWriter
from ganstudio.training.events import (
    CheckpointSaved,
    Event,
    Histogram,
    Progress,
    RunFinished,
    RunStarted,
    Samples,
)
from ganstudio.variants.recipes import compose


def progress(step: int, *, d: float | None = None, g: float | None = None, batch: int = 64) -> Progress:
    """A point of the plots in the middle of a run that learns."""
    d = round(0.9 + math.exp(-step / 400), 4) if d is None else d
    g = round(1.2 + math.exp(-step / 700), 4) if g is None else g
    scalars = {
        "loss/discriminator": d,
        "loss/generator": g,
        "grad_norm/discriminator": 3.0,
        "grad_norm/generator": 5.0,
        "logit/real": 1.5,
        "logit/fake": -1.5,
    }
    histogram = Histogram(-4.0, 4.0, tuple(range(48)))
    return Progress(
        step=step, time=step / 10, images=step * batch, images_per_second=640.0, scalars=scalars,
        histograms={"logit/real": histogram, "logit/fake": histogram},
    )  # fmt: skip


def make_run(
    path: Path,
    *,
    steps: int = 200,
    until: int | None = None,
    every: int = 10,
    end: str | None = "completed",
    error: str | None = None,
    values: dict[str, Any] | None = None,
    events: Iterable[Event] | None = None,
    samples: Iterable[int] | None = None,
    checkpoints: Iterable[int] = (),
    side: int = 8,
    channels: int = 1,
) -> RunFolder:
    """A run of `steps` that came to `until`; `end` None leaves it without an end, as a killed process does.

    `events` replaces what stands in the journal.
    """
    config = compose({"variant.name": "dcgan", "training.steps": steps, **(values or {})})
    until = steps if until is None else until
    folder = RunFolder(path)
    (path / "samples" / "raw").mkdir(parents=True)
    folder.config_file.write_text(config.to_json(), encoding="utf-8")
    steps_with_samples = list(range(0, until + 1, max(1, until // 4))) if samples is None else list(samples)
    for step in steps_with_samples:
        for raw in (False, True):
            write_grid(folder.sample_path(step, raw=raw), images(25, side, channels, step + raw))
    for step in checkpoints:
        make_checkpoint(folder, step)
    if events is None:
        events = usual_events(steps, until, every, end, error, steps_with_samples, checkpoints)
    writer = JournalWriter(folder.journal_file)
    for event in events:
        writer(event)
    writer.close()
    return folder


def usual_events(
    steps: int,
    until: int,
    every: int,
    end: str | None,
    error: str | None,
    samples: Iterable[int],
    checkpoints: Iterable[int],
) -> list[Event]:
    """What a journal holds, in the order in which it was written."""
    told: list[Event] = [RunStarted(variant="dcgan", dataset="mnist-10k", target=steps)]
    told += [progress(step) for step in range(every, until + 1, every)]
    told += [Samples(step=step, time=step / 10, count=25) for step in samples]
    told += [CheckpointSaved(step=step, time=step / 10) for step in checkpoints]
    told[1:] = sorted(told[1:], key=lambda event: event.step)
    if end is not None:
        told.append(RunFinished(step=until, time=until / 10, reason=end, error=error))  # type: ignore[arg-type]
    return told


def make_checkpoint(folder: RunFolder, step: int, values: dict[str, Any] | None = None) -> None:
    """A checkpoint's manifest, which is all that is read of it without torch."""
    place = folder.checkpoint_path(step)
    place.mkdir(parents=True)
    config = folder.config.with_values(values or {})
    (place / "manifest.json").write_text(json.dumps({"config": config.model_dump(), "step": step}), encoding="utf-8")


def images(count: int, side: int, channels: int, seed: int) -> np.ndarray:
    """uint8 (count, side, side, channels), each image of one grey level that tells which it is."""
    levels = (np.arange(count) * 7 + seed) % 256
    return np.broadcast_to(levels[:, None, None, None], (count, side, side, channels)).astype(np.uint8)


def append(folder: RunFolder, *events: Event) -> None:
    """Go on writing its journal."""
    writer = JournalWriter(folder.journal_file)
    for event in events:
        writer(event)
    writer.close()


def write_long_journal(file: Path, lines: int) -> None:
    """A journal of so many points, ten steps apart, that loses its D loss from 2 towards 1."""
    line = json.dumps({
        "event": "progress", "step": -1, "time": -2.0, "images": -3, "images_per_second": 640.0,
        "scalars": {"loss/discriminator": -4.0, "loss/generator": 1.5, "logit/real": 1.0},
        "histograms": {"logit/real": {"low": -4.0, "high": 4.0, "counts": list(range(48))}},
    })  # fmt: skip
    with file.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps({"event": "run_started", "step": 0, "time": 0.0, "target": lines * 10}) + "\n")
        for number in range(1, lines + 1):
            loss = 1 + math.exp(-3 * number / lines)
            stream.write(
                line.replace("-1,", f"{number * 10},", 1)
                .replace("-2.0", f"{number / 10}", 1)
                .replace("-3,", f"{number * 640},", 1)
                .replace("-4.0", f"{loss:.6g}", 1)
                + "\n"
            )
