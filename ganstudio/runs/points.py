"""The samples of a run on points, as its folder keeps them: a picture to look at, and every number in an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.scatter import GENERATED, REAL, Layer, scatter
from ganstudio.training.events import Landscape, Samples

SIDE = 192
"""Pixels of a picture in the run folder; one that is asked for alone has twice as many."""


def picture_of(generated: NDArray[np.float32], landscape: Landscape) -> NDArray[np.uint8]:
    """Generated points (N, 2) over real ones, as uint8 (1, SIDE, SIDE, 3): a grid of one."""
    return scatter([Layer(landscape.real, REAL, 0.9), Layer(generated, GENERATED, 0.9)], SIDE, landscape.extent)[None]


def scatter_of(generated: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Generated points (N, 2) alone, as uint8 (1, 2 SIDE, 2 SIDE, 3)."""
    finite = generated[np.isfinite(generated).all(axis=1)]
    extent = 1.1 * float(np.abs(finite).max()) if finite.size else 0.0
    return scatter([Layer(finite, GENERATED)], 2 * SIDE, extent or 1.0)[None]


def write_points(file: Path, event: Samples) -> None:
    """Everything that a `Samples` event of points holds, as `.npz`; appears whole or not at all."""
    assert event.ema is not None
    assert event.raw is not None
    assert event.landscape is not None
    space = event.landscape
    arrays: dict[str, NDArray[Any]] = {
        "ema": event.ema,
        "raw": event.raw,
        "extent": np.array([space.extent], np.float32),
        "surface": space.surface,
        "pull": space.pull,
        "real": space.real,
    }
    temporary = file.with_name(f".{file.stem}.writing.npz")
    try:
        np.savez(temporary, **arrays)  # type: ignore[arg-type] # its stub takes an array for `allow_pickle`
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def read_points(file: Path, step: int) -> Samples:
    """The event of `step` as `write_points` kept it, but for its time. OSError, ValueError or KeyError when it cannot
    be read."""
    # Opened here: NumPy leaves a file that is no archive open.
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        landscape = Landscape(
            extent=float(archive["extent"][0]), surface=archive["surface"], pull=archive["pull"], real=archive["real"]
        )
        ema, raw = archive["ema"], archive["raw"]
    return Samples(step=step, time=0.0, count=len(ema), ema=ema, raw=raw, landscape=landscape)
