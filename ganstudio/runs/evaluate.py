"""Measure a checkpoint of a run against its training images. Imports torch when called."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ganstudio.data.sources import modes_of
from ganstudio.data.store import prepare
from ganstudio.errors import RunFolderError, UserError, unknown_name
from ganstudio.evaluation.points import MOST as MOST_POINTS
from ganstudio.evaluation.points import Discrepancy, held_out_points, measure_points
from ganstudio.evaluation.restoration import psnr, ssim
from ganstudio.evaluation.slices import Slice, Slices
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.journal import JournalWriter
from ganstudio.training.events import Evaluated, Judged, Measure

if TYPE_CHECKING:
    import torch

    from ganstudio.config import RunConfig
    from ganstudio.evaluation.extractors import Extractor
    from ganstudio.evaluation.reals import Reals
    from ganstudio.latent.model import LatentModel
    from ganstudio.training.checkpoint import Manifest

Report = Callable[[Slice], None]

POINT_MEASURES: Final = ("mmd2", "covered_modes", "on_mode")
RESTORATION_MEASURES: Final = ("psnr", "ssim")
_MOST_WORKERS, _BATCH = 8, 32
SEED: Final = 0
"""Of the latents that are measured: the same for every step and run, so that evaluations can be compared."""


@dataclass(frozen=True)
class Found:
    """What is found of one state of a generator; `extractor` is empty where none was needed."""

    extractor: str
    measures: dict[str, Measure]
    notes: tuple[str, ...]


def evaluate(
    checkpoint: Path,
    names: str | None,
    count: int | None,
    report: Report = lambda _: None,
    extractor: str | None = None,
) -> Evaluated:
    """The measures of the averaged networks of a checkpoint, over `count` samples or as many as its config says,
    by the features of `extractor` or of that of its config.

    `names` are measures by comma; all that the run has where None. Points have measures of their own, and so has
    super-resolution. UserError when the run has no such measure or nothing to be compared with.
    """
    import torch

    from ganstudio.latent.model import LatentModel
    from ganstudio.training.checkpoint import read_manifest
    from ganstudio.variants import VARIANTS

    manifest = read_manifest(checkpoint)
    count = count or manifest.config.evaluation.count
    began = time.perf_counter()
    if VARIANTS.get(manifest.config.variant.name).task == "image-to-image":
        found = _restoration(checkpoint, manifest, names, count)
    else:
        judge = Judge(manifest.config, workers=min(torch.get_num_threads(), _MOST_WORKERS))
        found = _run(judge.measure(LatentModel.load(checkpoint), names, count, extractor), report)
    return Evaluated(
        step=manifest.cursor.step,
        time=manifest.time,
        extractor=found.extractor,
        measures=found.measures,
        seconds=time.perf_counter() - began,
        notes=found.notes,
    )


def keep(folder: RunFolder, event: Evaluated | Judged) -> bool:
    """Write an evaluation, or what a person has judged, to the run's journal; False where another process writes it, or
    none may."""
    try:
        with folder.lock():
            journal = JournalWriter(folder.journal_file)
            try:
                journal(event)
            finally:
                journal.close()
    except (RunFolderError, OSError):
        return False
    return True


def _run(work: Slices[Found], report: Report) -> Found:
    while True:
        try:
            report(next(work))
        except StopIteration as end:
            found: Found = end.value
            return found


class Judge:
    """Measures generators of one run against its data, on `workers` threads; keeps what stays the same between them."""

    def __init__(self, config: RunConfig, device: torch.device | None = None, workers: int = 1) -> None:
        self._config, self._device, self._workers = config, device, workers
        self._kept: tuple[str, Extractor, Reals] | None = None

    def measure(self, model: LatentModel, names: str | None, count: int, extractor: str | None = None) -> Slices[Found]:
        """The measures `names` (all where None) of `count` samples, in slices; by `extractor`, or the config's.

        UserError as `evaluate` has it.
        """
        if model.makes_points:
            return self._points(model, names, count)
        return (yield from self._images(model, names, count, extractor or self._config.evaluation.extractor))

    def _images(self, model: LatentModel, names: str | None, count: int, choice: str) -> Slices[Found]:
        from ganstudio.evaluation.evaluate import evaluate as compare
        from ganstudio.evaluation.measures import parse_measures

        wanted = parse_measures(names)
        extractor, reals = self._sides(choice)
        if not extractor.classes and "is" in wanted:
            if names is not None:
                raise UserError(f"{extractor.name} tells no classes apart, which the inception score is made of.")
            wanted = tuple(name for name in wanted if name != "is")
        images = (made for made, _ in model.samples(count, SEED, batch=_BATCH))
        found = yield from compare(reals, images, count, extractor, wanted, self._workers)
        return Found(extractor.name, found.measures, found.notes)

    def _sides(self, choice: str) -> tuple[Extractor, Reals]:
        """The extractor of that name or file, and the training images as it sees them."""
        if self._kept is None or self._kept[0] != choice:
            from ganstudio.evaluation.choose import choose_extractor
            from ganstudio.evaluation.reals import Reals

            extractor, dataset = choose_extractor(choice, self._device), self._config.dataset
            self._kept = choice, extractor, Reals(prepare(dataset), dataset, extractor, workers=self._workers)
        return self._kept[1:]

    def _points(self, model: LatentModel, names: str | None, count: int) -> Found:
        modes = modes_of(self._config.dataset.name)
        known = POINT_MEASURES if modes is not None else POINT_MEASURES[:1]
        wanted = _chosen(names, known, "run on points")
        points = np.concatenate([made for made, _ in model.samples(count, SEED)])
        found = measure_points(points, Discrepancy(held_out_points(self._config)), modes)
        compared = {"mmd2": min(count, MOST_POINTS)}
        numbers = {name: Measure(found[name], None, compared.get(name, count)) for name in wanted}
        notes = (f"MMD compares at most {MOST_POINTS} points a side.",) if compared["mmd2"] < count else ()
        return Found("", numbers, notes)


def _restoration(checkpoint: Path, manifest: Manifest, names: str | None, count: int) -> Found:
    from ganstudio.latent.translation import TranslationModel

    model = TranslationModel.load(checkpoint)
    if model.scale == 1:
        raise UserError("This run translates between images that are no pairs: there is no truth to measure it by.")
    wanted = _chosen(names, RESTORATION_MEASURES, "run that enlarges images")
    store = prepare(manifest.config.dataset)
    _, kept_out = store.split(manifest.config.dataset.holdout)
    if not len(kept_out):
        raise UserError("This run has trained on all its images and kept none out to be measured by.")
    chosen = np.sort(np.random.default_rng(SEED).permutation(kept_out)[:count])
    truth = np.asarray(store.images[chosen])
    restored = model.translate(model.as_inputs(truth))
    values = {"psnr": psnr(restored, truth), "ssim": ssim(restored, truth)}
    numbers = {name: Measure(float(values[name].mean()), float(values[name].std()), len(truth)) for name in wanted}
    return Found("", numbers, (f"Measured on {len(truth)} images that training has not seen.",))


def _chosen(names: str | None, known: Sequence[str], kind: str) -> tuple[str, ...]:
    """The measures of `names` that such a run has; all where None. UserError for another."""
    if names is None:
        return tuple(known)
    wanted = tuple(dict.fromkeys(name.strip().lower() for name in names.split(",") if name.strip()))
    for name in wanted:
        if name not in known:
            raise unknown_name(f"measure of a {kind}", name, known)
    return wanted or tuple(known)
