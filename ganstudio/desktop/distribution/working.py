"""What the window on the distribution has done in workers. Imports neither Qt nor, before it is called, torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganstudio.desktop.forms.background import Job
from ganstudio.evaluation.judgement import Layout, Result
from ganstudio.runs.distribution import Distribution, Material, Request, Side, complete, gradient, look, to_judge
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Judged

_SHOWN = 56


def look_at(job: Job) -> Distribution:
    """The distribution of a `Request`, reporting each `Slice`; on one thread, beside a run that may train."""
    import torch

    torch.set_num_threads(1)
    request: Request = job.request
    return complete(look(request), job.report)


@dataclass(frozen=True, eq=False)
class Looked:
    """One image of a distribution that is looked at more closely."""

    found: Distribution
    side: Side
    index: int


def heat_of(job: Job) -> NDArray[np.float32]:
    """How much each pixel of the image that was `Looked` at counts for D (H, W)."""
    import torch

    from ganstudio.evaluation.critics import saliency

    torch.set_num_threads(1)
    looked: Looked = job.request
    return saliency(gradient(looked.found, looked.side, looked.index))


@dataclass(frozen=True)
class Wanted:
    """Images for `count` questions about a checkpoint of a run."""

    folder: RunFolder
    step: int
    layout: Layout
    count: int
    seed: int

    @property
    def images(self) -> int:
        """How many of either kind the questions need."""
        return self.count if self.layout == "pair" else self.count // 2


def material_of(job: Job) -> Material:
    """The images of a `Wanted`."""
    import torch

    torch.set_num_threads(1)
    wanted: Wanted = job.request
    return to_judge(wanted.folder.checkpoint_path(wanted.step), wanted.images, wanted.seed)


@dataclass(frozen=True)
class Note:
    """An event for the journal of a run."""

    folder: RunFolder
    event: Judged


def event_of(result: Result, material: Material, seed: int) -> Judged:
    """The result as the journal keeps it."""
    return Judged(
        step=material.step,
        time=material.time,
        layout=result.layout,
        trials=result.trials,
        errors=result.errors,
        low=result.low,
        high=result.high,
        fooled=result.fooled,
        mistrusted=result.mistrusted,
        timed=result.timed,
        exposure=result.threshold,
        seed=seed,
    )


def small(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (N, H, W, C) with at most `_SHOWN` pixels a side: each the mean of a square of pixels."""
    factor = max(1, -(-images.shape[1] // _SHOWN))
    if factor == 1:
        return images
    count, height, width, channels = images.shape
    high, wide = height // factor, width // factor
    cells = images[:, : high * factor, : wide * factor].reshape(count, high, factor, wide, factor, channels)
    means: NDArray[np.uint8] = np.rint(cells.mean(axis=(2, 4))).astype(np.uint8)
    return means


def coloured(heat: NDArray[np.float32], ramp: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Heat (H, W) as colours (H, W, 3) of a `ramp` (256, 3), whose end is the largest; even heat is its beginning."""
    most = float(heat.max())
    level = heat / most if most > 0 else np.zeros_like(heat)
    colours: NDArray[np.uint8] = ramp[np.rint(level * 255).astype(np.intp)]
    return colours
