"""A million samples: FID takes all of them and KID those that it says, in memory that does not grow with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil
import pytest

from ganstudio.config import DatasetConfig
from ganstudio.data.store import prepare
from ganstudio.evaluation.evaluate import Findings, evaluate
from ganstudio.evaluation.extractors import Extract
from ganstudio.evaluation.frechet import frechet_distance, gaussian_of
from ganstudio.evaluation.kernel import kernel_distance
from ganstudio.evaluation.reals import Reals

MANY, BATCH, SIDE = 1_000_000, 10_000, 28
CAP = 10_000
DIGITS = DatasetConfig(name="mnist-10k", limit=300)


class Corners:
    """The brightness of 16 pixels."""

    name, size, classes, batch, fingerprint = "Corners", 16, 0, BATCH, "corners/v1"

    def __call__(self, images: Any) -> Extract:
        grid = slice(3, SIDE, 7)
        pixels = images[:, grid, grid, 0].reshape(len(images), 16).astype(np.float32) / 255
        return Extract(pixels, np.empty((len(images), 0), np.float32))


def batches(count: int) -> Iterator[np.ndarray]:
    for start in range(0, count, BATCH):
        random = np.random.default_rng(start)
        yield random.integers(0, 256, (min(BATCH, count - start), SIDE, SIDE, 1), np.uint8)


@pytest.mark.slow
def test_that_a_million_samples_stream_through_in_bounded_memory() -> None:
    extractor, process = Corners(), psutil.Process(os.getpid())
    reals = Reals(prepare(DIGITS), DIGITS, extractor)
    work = evaluate(reals, batches(MANY), MANY, extractor, ("fid", "kid", "precision"))
    seen: list[int] = []
    rest: list[int] = []
    try:
        while True:
            piece = next(work)
            (seen if piece.what == "samples" else rest).append(process.memory_info().rss)
    except StopIteration as end:
        found: Findings = end.value
    assert len(seen) == MANY // BATCH
    one = BATCH * 16 * 4  # the features of one batch: kept all, they would come to a hundred times as much
    assert max(seen[10:]) - seen[10] < 20 * one, "nothing is kept of each batch"
    assert max(seen + rest) - seen[10] < 400 * 2**20
    assert {name: one.n for name, one in found.measures.items()} == {"fid": MANY, "kid": CAP, "precision": CAP}
    assert any(f"take all {MANY} samples; measures by pairs and clusters the first {CAP}" in n for n in found.notes)

    features = np.concatenate([extractor(batch).features for batch in batches(MANY)])
    real = extractor(np.asarray(prepare(DIGITS).images[reals.indices])).features
    expected = frechet_distance(gaussian_of(real), gaussian_of(features))
    assert found.measures["fid"].value == pytest.approx(expected, rel=1e-6)
    assert found.measures["kid"].value == pytest.approx(kernel_distance(real, features[:CAP])[0], rel=1e-6)
