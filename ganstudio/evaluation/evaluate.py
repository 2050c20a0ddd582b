"""One evaluation: generated images against training images, in slices and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ganstudio.errors import UserError
from ganstudio.evaluation.bins import compare_bins, count_bins
from ganstudio.evaluation.extractors import Extractor
from ganstudio.evaluation.frechet import Moments, frechet_distance
from ganstudio.evaluation.inception import InceptionScore
from ganstudio.evaluation.kernel import LARGEST, KernelSums, Subsets, discrepancies
from ganstudio.evaluation.neighbours import (
    MOST,
    NEAREST_DC,
    NEAREST_PR,
    TWINS,
    Neighbours,
    NeighboursReader,
    memorised_share,
)
from ganstudio.evaluation.pairs import Reader, blocks
from ganstudio.evaluation.reals import Reals
from ganstudio.evaluation.slices import Slice, Slices
from ganstudio.evaluation.spread import Spread, SpreadReader
from ganstudio.evaluation.workers import in_order
from ganstudio.training.events import Measure

FEWEST: Final = max(NEAREST_PR, NEAREST_DC) + 1
"""Images a side below which nothing is measured."""
_NEIGHBOURS = frozenset({"precision", "recall", "density", "coverage", "nearest_real", "memorised"})
_PAIRS = _NEIGHBOURS | {"kid", "diversity"}
_BINS = frozenset({"ndb", "js"})


@dataclass(frozen=True)
class Findings:
    """Measures by name, and sentences on how far they can be trusted."""

    measures: dict[str, Measure]
    notes: tuple[str, ...]


def evaluate(
    reals: Reals,
    images: Iterable[NDArray[np.uint8]],
    count: int,
    extractor: Extractor,
    names: Sequence[str],
    workers: int = 1,
) -> Slices[Findings]:
    """The measures `names` of `count` generated `images`, which come in batches (N, H, W, C).

    FID and IS take every image; what compares pairs takes the first `MOST`, and so does not grow with `count`.
    `workers` threads bring images through the extractor.
    UserError when either side has fewer than `FEWEST` images.
    """
    for what, number in (("training", len(reals)), ("generated", count)):
        if number < FEWEST:
            raise UserError(f"An evaluation needs at least {FEWEST} {what} images; there are {number}.")
    wanted = frozenset(names)
    features = yield from reals.features()
    fake = yield from _extract(images, count, extractor, wanted, workers)
    found: dict[str, Measure] = {}
    if "fid" in wanted:
        found["fid"] = Measure(frechet_distance(reals.gaussian, fake.moments.gaussian()), None, count)
        yield Slice("fid", 1, 1)
    if "is" in wanted:
        found["is"] = Measure(*fake.score.result(), count)
    diversity = float("nan")
    if wanted & _PAIRS:
        pairs = yield from _pairs(reals, features, fake.features, wanted)
        diversity = pairs.real.mean
        found |= pairs.measures()
    if wanted & _BINS:
        bins = yield from reals.bins()
        difference = compare_bins(bins.counts, count_bins(fake.features, bins.centres))
        found["ndb"] = Measure(difference.share, None, len(fake.features))
        found["js"] = Measure(difference.js, None, len(fake.features))
    notes = tuple(_notes(reals, features.shape[1], count, wanted, diversity))
    return Findings({name: found[name] for name in names}, notes)


@dataclass
class _Extracted:
    """What is kept of the generated images."""

    moments: Moments
    score: InceptionScore
    features: NDArray[np.float32]


def _extract(
    images: Iterable[NDArray[np.uint8]], count: int, extractor: Extractor, wanted: frozenset[str], workers: int
) -> Slices[_Extracted]:
    moments, score = Moments(), InceptionScore(count)
    kept = np.empty((min(count, MOST) if wanted & (_PAIRS | _BINS) else 0, extractor.size), np.float32)
    done, size = 0, extractor.batch
    batches = (batch[start : start + size] for batch in images for start in range(0, len(batch), size))
    for made in in_order(extractor, batches, workers):
        if "fid" in wanted:
            moments.add(made.features)
        if "is" in wanted:
            score.add(made.probabilities)
        room = kept[done : done + len(made.features)]
        room[:] = made.features[: len(room)]
        done += len(made.features)
        yield Slice("samples", done, count)
    assert done == count, "as many images as were announced"
    return _Extracted(moments, score, kept)


@dataclass(frozen=True)
class _Pairs:
    """What is read off the pairs of both sides; `kernel` holds the KID of each subset."""

    real: Spread
    fake: Spread
    neighbours: Neighbours
    kernel: NDArray[np.float64]

    def measures(self) -> dict[str, Measure]:
        near, n = self.neighbours, len(self.fake.radii)
        plain = {name: Measure(getattr(near, name), None, n) for name in ("precision", "recall", "density", "coverage")}
        return plain | {
            "kid": Measure(float(self.kernel.mean()), float(self.kernel.std()), n),
            "diversity": Measure(self.fake.mean, self.fake.deviation, n),
            "nearest_real": Measure(float(near.nearest.mean()), float(near.nearest.std()), n),
            "memorised": Measure(memorised_share(near.nearest, self.real.radius(1)), None, n),
        }


def _pairs(
    reals: Reals, real: NDArray[np.float32], fake: NDArray[np.float32], wanted: frozenset[str]
) -> Slices[_Pairs]:
    size = min(len(real), len(fake), LARGEST)
    real_spread, within_real = yield from reals.pairs(size)
    subsets_real, subsets_fake = Subsets.draw("real", len(real), size), Subsets.draw("fake", len(fake), size)
    spread, within_fake = SpreadReader(len(fake), NEAREST_PR), KernelSums(subsets_fake, subsets_fake)
    yield from _read("pairs of samples", fake, None, [spread, within_fake] if "kid" in wanted else [spread])
    fake_spread = spread.spread()
    nearest, across = NeighboursReader(fake_spread, real_spread), KernelSums(subsets_fake, subsets_real)
    yield from _read("samples and reals", fake, real, [nearest, across] if "kid" in wanted else [nearest])
    kernel = discrepancies(within_real, within_fake.sums(), across.sums(), size)
    return _Pairs(real_spread, fake_spread, nearest.neighbours(), kernel)


def _read(what: str, a: NDArray[np.float32], b: NDArray[np.float32] | None, readers: Sequence[Reader]) -> Slices[None]:
    for block in blocks(a, b):
        for reader in readers:
            reader.read(block)
        yield Slice(what, block.rows.stop, len(a))


def _notes(reals: Reals, size: int, count: int, wanted: frozenset[str], diversity: float) -> Iterable[str]:
    sample = "" if len(reals) == reals.available else f", a fixed sample of {reals.available}"
    yield f"Compared with {len(reals)} training images{sample}."
    if "fid" in wanted and (fewest := min(count, len(reals))) < size:
        side = "samples" if count <= len(reals) else "training images"
        yield f"FID is unreliable: {fewest} {side} are fewer than the {size} numbers of a feature vector."
    elif "fid" in wanted:
        yield f"FID is biased by the number of samples: compare it at {count} samples only."
    if count > MOST and wanted & (_PAIRS | _BINS):
        yield f"FID and IS take all {count} samples; measures by pairs and clusters the first {MOST}."
    if "diversity" in wanted:
        yield f"Two training images are {diversity:.3g} apart on average."
    if "memorised" in wanted:
        yield f"Fresh images of the same kind come to a memorised share of about {TWINS}."
