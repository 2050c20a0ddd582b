"""The real images nearest to a sample, and whether it is new or all but a copy; worked out in a worker."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ganstudio.config import DatasetConfig
from ganstudio.data.store import prepare, training_indices
from ganstudio.desktop.forms.background import Job

SHOWN = 5
_MOST_BYTES = 24_000_000
"""Pixels that are compared at most; of more images an even part."""
_PAIRED = 100
"""Real images whose nearest other one says what is usual."""
_BLOCK = 256
_KEPT = 64
Images = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Wanted:
    """A sample uint8 (H, W, C) of a run on `dataset`, and what it is called by."""

    key: tuple[object, ...]
    sample: Images
    dataset: DatasetConfig


@dataclass(frozen=True, eq=False)
class Nearest:
    """`images` uint8 (K, H, W, C), nearest first, at `distances` (K,): Euclidean, of pixels from 0 to 1.

    `usual` is the median distance of a real image to its nearest other one, `twins` that below which one in a hundred
    lies; both among `compared` of `count` training images.
    """

    images: Images
    distances: NDArray[np.float64]
    usual: float
    twins: float
    compared: int
    count: int

    @property
    def is_copy(self) -> bool:
        """Whether it lies nearer to a real image than all but the most alike real images do to each other."""
        return bool(self.distances[0] < self.twins)


class NearestReals:
    """Finds the nearest training images by pixels; what it found and what is usual is kept. For one worker."""

    def __init__(self) -> None:
        self._dataset: DatasetConfig | None = None
        self._images: Images = np.empty((0, 1, 1, 1), np.uint8)
        self._count = 0
        self._usual, self._twins = 0.0, 0.0
        self._found: OrderedDict[tuple[object, ...], Nearest | None] = OrderedDict()

    def __call__(self, job: Job) -> Nearest | None:
        """What there is to a `Wanted`; None where the data are of another size than the sample."""
        wanted: Wanted = job.request
        if wanted.dataset != self._dataset:
            self._open(wanted.dataset, job)
        if wanted.key not in self._found:
            self._found[wanted.key] = self._find(wanted.sample, job)
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return self._found[wanted.key]

    def _open(self, dataset: DatasetConfig, job: Job) -> None:
        from ganstudio.evaluation.neighbours import TWINS  # imports torch

        self._dataset, self._found = None, OrderedDict()
        store = prepare(dataset, lambda *_: job.check())
        chosen = training_indices(store, dataset)
        self._count = len(chosen)
        if store.images.ndim != 4 or not len(chosen):
            self._images, self._dataset = np.empty((0, 1, 1, 1), np.uint8), dataset
            return
        most = max(SHOWN + 1, _MOST_BYTES // int(np.prod(store.images.shape[1:])))
        chosen = chosen[:: -(-len(chosen) // most)]
        self._images = np.ascontiguousarray(store.images[chosen])
        paired = np.linspace(0, len(chosen) - 1, min(_PAIRED, len(chosen)), dtype=np.int64)
        squares = self._squares(self._images[paired], job)
        squares[np.arange(len(paired)), paired] = np.inf
        between = np.sqrt(squares.min(axis=1))
        self._usual, self._twins = float(np.median(between)), float(np.quantile(between, TWINS))
        self._dataset = dataset

    def _find(self, sample: Images, job: Job) -> Nearest | None:
        if sample.shape != self._images.shape[1:] or len(self._images) < SHOWN:
            return None
        squares = self._squares(sample[None], job)[0]
        nearest = np.argpartition(squares, SHOWN - 1)[:SHOWN]
        nearest = nearest[np.argsort(squares[nearest])]
        distances = np.sqrt(squares[nearest])
        return Nearest(self._images[nearest], distances, self._usual, self._twins, len(self._images), self._count)

    def _squares(self, images: Images, job: Job) -> NDArray[np.float64]:
        """Squared distances (N, reals), in blocks between which the work can be cancelled."""
        x = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
        found = np.empty((len(x), len(self._images)))
        own = np.square(x, dtype=np.float64).sum(axis=1)
        for start in range(0, len(self._images), _BLOCK):
            job.check()
            block = self._images[start : start + _BLOCK]
            y = block.reshape(len(block), -1).astype(np.float32) / np.float32(255)
            squares = own[:, None] + np.square(y, dtype=np.float64).sum(axis=1) - 2.0 * (x @ y.T)
            found[:, start : start + _BLOCK] = np.maximum(squares, 0.0)
        return found
