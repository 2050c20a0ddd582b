"""The inception score: how sure a classifier is of each image, and how evenly of all (Salimans et al. 2016)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
SPLITS: Final = 10


class InceptionScore:
    """exp(E KL(p(y|x) || p(y))) of a stream of `total` images, on each of `splits` consecutive parts of it.

    Keeps sums alone, so that a stream of any length fits.
    """

    def __init__(self, total: int, splits: int = SPLITS) -> None:
        self._total, self._splits = total, min(splits, total)
        self._seen = 0
        self._counts = np.zeros(self._splits, np.int64)
        self._negative_entropy = np.zeros(self._splits)
        self._sums: NDArray[np.float64] | None = None

    def add(self, probabilities: Floats) -> None:
        """Take in the classes' probabilities (N, C) of the next images."""
        p = np.asarray(probabilities, np.float64)
        if self._sums is None:
            self._sums = np.zeros((self._splits, p.shape[1]))
        order = np.arange(self._seen, self._seen + len(p))
        for part in np.unique(split := order * self._splits // self._total):
            own = p[split == part]
            self._counts[part] += len(own)
            self._sums[part] += own.sum(axis=0)
            self._negative_entropy[part] += _plogp(own).sum()
        self._seen += len(p)

    def result(self) -> tuple[float, float]:
        """The mean and the deviation (of a sample) over the parts; NaN before any image."""
        if self._sums is None:
            return float("nan"), float("nan")
        kept = self._counts > 0
        counts = self._counts[kept]
        marginal = _plogp(self._sums[kept] / counts[:, None]).sum(axis=1)
        scores = np.exp(self._negative_entropy[kept] / counts - marginal)
        return float(scores.mean()), float(scores.std(ddof=1)) if len(scores) > 1 else float("nan")


def inception_score(probabilities: Floats, splits: int = SPLITS) -> tuple[float, float]:
    """The score of images with the classes' probabilities (N, C), and its deviation over the parts."""
    score = InceptionScore(len(probabilities), splits)
    score.add(probabilities)
    return score.result()


def _plogp(p: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = p * np.log(np.where(p > 0, p, 1.0))
    return result
