"""Many samples of a run into a folder or an .npz, in a worker: what is asked for, and the work. Imports no torch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ganstudio.desktop.explore.catalogue import ModelFacts, checkpoint_facts, run_title
from ganstudio.desktop.forms.background import Job
from ganstudio.errors import UserError
from ganstudio.evaluation.slices import Slice
from ganstudio.export.draw import Wish
from ganstudio.runs.folder import RunFolder

_TELL_S = 0.1


@dataclass(frozen=True)
class Subject:
    """A run that can be drawn from: the steps of its checkpoints, rising, and what is known of its model."""

    folder: RunFolder
    title: str
    steps: tuple[int, ...]
    facts: ModelFacts


def find_subject(path: Path) -> Subject:
    """The run at a path. UserError when it has no checkpoint, cannot be read, or has no latents to draw from."""
    folder = RunFolder.open(path)
    steps = tuple(folder.checkpoints())
    if not steps:
        raise UserError("This run has no checkpoint yet, so there are no networks to draw with.")
    facts = checkpoint_facts(folder, steps[-1])
    if facts.translates is not None:
        raise UserError("This run translates images: drop a picture or a folder of them in Explore.")
    return Subject(folder, run_title(folder.path, folder.config.model_dump()), steps, facts)


@dataclass(frozen=True)
class DrawRequest:
    """Samples of the averaged or the raw networks of a checkpoint as wished, into `out`: an .npz, or a new folder."""

    checkpoint: Path
    out: Path
    wish: Wish
    ema: bool = True


def draw_samples(job: Job) -> Path:
    """In a worker: draw and write, reporting a `Slice` now and then; returns where. Nothing is left when broken off."""
    import torch

    from ganstudio.export.draw import draw_into
    from ganstudio.latent.model import LatentModel

    # Asking first settles this thread's count; the number that a trainer sets later then leaves it alone.
    torch.get_num_threads()
    torch.set_num_threads(1)
    request: DrawRequest = job.request
    told = 0.0

    def tell(piece: Slice) -> None:
        nonlocal told
        job.check()
        if time.monotonic() - told >= _TELL_S:
            told = time.monotonic()
            job.report(piece)

    model = LatentModel.load(request.checkpoint, ema=request.ema)
    job.check()
    draw_into(request.out, request.checkpoint, model, request.wish, tell)
    return request.out
