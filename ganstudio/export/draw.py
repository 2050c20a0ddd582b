"""Many samples of a run, drawn as somebody wishes and written as they come: for the command line and for the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganstudio.errors import UserError
from ganstudio.evaluation.slices import Slice
from ganstudio.export.samples import Filter, enlarged, write_folder, write_npz

if TYPE_CHECKING:
    from ganstudio.latent.model import LatentModel
    from ganstudio.latent.picking import By, Picked

Report = Callable[[Slice], None]
"""Told of each piece that is done; may raise to break off."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How many samples, from which latents, of which class (None: all in turn), which of so many `candidates` by what,
    and how many times as large."""

    count: int
    seed: int = 0
    label: int | None = None
    candidates: int = 1
    by: By = "critic"
    factor: int = 1
    method: Filter = "nearest"


def draw(checkpoint: Path, model: LatentModel, wish: Wish, report: Report) -> Iterator[Picked]:
    """The samples of a model that was loaded from `checkpoint`. UserError when they cannot be had."""
    from ganstudio.latent.picking import find_judge, pick

    if model.makes_points and wish.factor > 1:
        raise UserError("This run makes points, which cannot be enlarged.")
    if wish.candidates == 1:
        picked = pick(model, wish.count, wish.seed, wish.label)
    else:
        judge, batch = find_judge(checkpoint, model, wish.by, report)
        picked = pick(model, wish.count, wish.seed, wish.label, candidates=wish.candidates, judge=judge, batch=batch)
    return enlarged(picked, wish.factor, wish.method)


def draw_into(out: Path, checkpoint: Path, model: LatentModel, wish: Wish, report: Report) -> None:
    """Draw into an .npz, or into a new folder of pictures where `out` does not end so. UserError when it cannot be."""
    into_file = out.suffix.lower() == ".npz" and not out.is_dir()
    if model.makes_points and not into_file:
        raise UserError("This run makes points, not images: they are written to an .npz.")
    samples = draw(checkpoint, model, wish, report)

    def tell(done: int) -> None:
        report(Slice("samples", done, wish.count))

    if into_file:
        write_npz(out, samples, wish.count, tell)
    else:
        numbered = tuple(str(number) for number in range(model.num_classes))
        write_folder(out, samples, model.classes or numbered, tell)
