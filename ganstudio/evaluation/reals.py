"""The real side of an evaluation: features of training images and what is derived of them, cached on disk.

The cache is keyed by the images' checksum, which of them are taken, and the extractor; each part of it is a file of its
own, made when it is first needed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganstudio import paths
from ganstudio.config import DatasetConfig
from ganstudio.data.store import ImageStore, training_indices
from ganstudio.evaluation.bins import Bins, bins_in_slices
from ganstudio.evaluation.extractors import Extractor
from ganstudio.evaluation.frechet import Gaussian, gaussian_of
from ganstudio.evaluation.kernel import KernelSums, Subsets
from ganstudio.evaluation.neighbours import MOST, NEAREST_DC, NEAREST_PR
from ganstudio.evaluation.pairs import blocks
from ganstudio.evaluation.slices import Slice, Slices
from ganstudio.evaluation.spread import Spread, SpreadReader
from ganstudio.evaluation.workers import in_order
from ganstudio.streams import stream_seed

_VERSION = 1
_KEPT = 24
_log = logging.getLogger("ganstudio")


class Reals:
    """Training images of `store` as `dataset` takes them, at most `most`: beyond that a fixed sample of them.
    `workers` threads bring them through the extractor."""

    def __init__(
        self, store: ImageStore, dataset: DatasetConfig, extractor: Extractor, *, most: int = MOST, workers: int = 1
    ) -> None:
        self._images, self._extractor, self._workers = store.images, extractor, workers
        training = training_indices(store, dataset)
        self.available = len(training)
        """Training images that there are."""
        if len(training) > most:
            chosen = np.random.default_rng(stream_seed(0, "reals", most)).choice(len(training), most, replace=False)
            training = training[np.sort(chosen)]
        self.indices = training
        """Which images of the store are compared (N,)."""
        parts = (store.manifest["sha256"]["images.npy"], extractor.fingerprint, f"v{_VERSION}")
        key = hashlib.sha256("/".join(parts).encode() + training.tobytes()).hexdigest()
        self._folder = paths.features_folder() / key[:24]
        self._features: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.indices)

    def features(self) -> Slices[NDArray[np.float32]]:
        """Their features (N, F)."""
        if self._features is not None:
            return self._features
        found = self._load("features", ("features",))
        if found is None:
            pieces = []
            size = self._extractor.batch
            batches = (self._images[self.indices[start : start + size]] for start in range(0, len(self), size))
            made = in_order(self._extractor, batches, self._workers)
            for start, one in zip(range(0, len(self), size), made, strict=True):
                pieces.append(one.features)
                yield Slice("reals", min(start + size, len(self)), len(self))
            found = {"features": np.concatenate(pieces)}
            self._save("features", found)
        self._features = found["features"]
        return found["features"]

    @cached_property
    def gaussian(self) -> Gaussian:
        """Their mean and covariance; after `features`."""
        return gaussian_of(self._taken())

    def pairs(self, subset: int) -> Slices[tuple[Spread, NDArray[np.float64]]]:
        """How they lie among themselves, and their kernel's sums over KID's subsets of size `subset`; after
        `features`."""
        name, most = f"pairs-{subset}", max(NEAREST_PR, NEAREST_DC)
        found = self._load(name, ("radii", "spread", "kernel"))
        if found is None:
            subsets = Subsets.draw("real", len(self), subset)
            spread, kernel = SpreadReader(len(self), most), KernelSums(subsets, subsets)
            for block in blocks(self._taken()):
                spread.read(block)
                kernel.read(block)
                yield Slice("pairs of reals", block.rows.stop, len(self))
            made = spread.spread()
            pair = np.array([made.mean, made.deviation])
            found = {"radii": made.radii, "spread": pair, "kernel": kernel.sums()}
            self._save(name, found)
        return Spread(found["radii"], *map(float, found["spread"])), found["kernel"]

    def bins(self) -> Slices[Bins]:
        """Their bins; after `features`."""
        found = self._load("clusters", ("centres", "counts"))
        if found is None:
            made = yield from bins_in_slices(self._taken())
            found = {"centres": made.centres, "counts": made.counts}
            self._save("clusters", found)
        return Bins(found["centres"], found["counts"])

    def _taken(self) -> NDArray[np.float32]:
        assert self._features is not None, "features come first"
        return self._features

    def _load(self, name: str, keys: tuple[str, ...]) -> dict[str, NDArray[Any]] | None:
        """A part of the cache; None where it is not there, or damaged."""
        file = self._folder / f"{name}.npz"
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                found = {key: stored[key] for key in keys}
            os.utime(self._folder)
        except (OSError, ValueError, KeyError, EOFError):
            return None
        except Exception as error:  # zipfile and zlib have errors of their own for a file that was cut short
            _log.warning("The cached features %s are damaged and are made anew: %s", file, error)
            return None
        return found

    def _save(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep a part; what cannot be written is made again next time."""
        temporary = self._folder / f".{name}.{os.getpid()}.writing.npz"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            np.savez(temporary, **arrays)  # type: ignore[arg-type] # its stub takes an array for `allow_pickle`
            temporary.replace(self._folder / f"{name}.npz")
            _forget_oldest(self._folder.parent)
        except OSError as error:
            _log.warning("The features of the training images are not cached: %s", error)
        finally:
            temporary.unlink(missing_ok=True)


def _forget_oldest(folder: Path) -> None:
    """Keep the sets of features that were used last, so that the cache does not grow without bound."""
    kept = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in kept[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
