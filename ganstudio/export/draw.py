"""Many samples of a run, drawn as somebody wishes and written as they come: for the command line and for the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
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
Member = tuple[Path, "LatentModel"]
"""A checkpoint and the model that was loaded from it."""


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


def draw(
    checkpoint: Path, model: LatentModel, wish: Wish, report: Report, others: Sequence[Member] = ()
) -> Iterator[Picked]:
    """The samples of a model that was loaded from `checkpoint`, or of it and `others` in turn. UserError when they
    cannot be had."""
    if model.makes_points and wish.factor > 1:
        raise UserError("This run makes points, which cannot be enlarged.")
    if others:
        picked = _draw_together(((checkpoint, model), *others), wish, report)
    else:
        picked = _draw_one(checkpoint, model, wish, report)
    return enlarged(picked, wish.factor, wish.method)


def _draw_one(checkpoint: Path, model: LatentModel, wish: Wish, report: Report) -> Iterator[Picked]:
    from ganstudio.latent.picking import find_judge, pick

    if wish.candidates == 1:
        return pick(model, wish.count, wish.seed, wish.label)
    judge, batch = find_judge(checkpoint, model, wish.by, report)
    return pick(model, wish.count, wish.seed, wish.label, candidates=wish.candidates, judge=judge, batch=batch)


def _draw_together(members: Sequence[Member], wish: Wish, report: Report) -> Iterator[Picked]:
    """Each member draws what it would draw alone, from latents of its own and by its own judge."""
    from ganstudio.latent.ensemble import check_alike, each_of, in_turn, seed_of

    models = [model for _, model in members]
    check_alike(models)
    block = 1 if wish.label is not None else max(1, models[0].num_classes)
    count = each_of(wish.count, len(members), block)
    streams = [
        _draw_one(checkpoint, model, replace(wish, count=count, seed=seed_of(wish.seed, number)), report)
        for number, (checkpoint, model) in enumerate(members)
    ]
    return in_turn(streams, wish.count, block)


def draw_into(
    out: Path, checkpoint: Path, model: LatentModel, wish: Wish, report: Report, others: Sequence[Member] = ()
) -> None:
    """Draw into an .npz, or into a new folder of pictures where `out` does not end so. UserError when it cannot be."""
    into_file = out.suffix.lower() == ".npz" and not out.is_dir()
    if model.makes_points and not into_file:
        raise UserError("This run makes points, not images: they are written to an .npz.")
    samples = draw(checkpoint, model, wish, report, others)

    def tell(done: int) -> None:
        report(Slice("samples", done, wish.count))

    if into_file:
        write_npz(out, samples, wish.count, tell)
    else:
        numbered = tuple(str(number) for number in range(model.num_classes))
        write_folder(out, samples, model.classes or numbered, tell)
