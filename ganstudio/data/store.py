"""The image store: what every source is prepared into, once.

A store is a folder with `images.npy` (N, H, W, C) uint8, `labels.npy` (N,) int64 and `manifest.json`, which carries
the SHA-256 of both, the classes, and the files that were passed over. Imports no torch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ganstudio import paths
from ganstudio.config import DatasetConfig
from ganstudio.data.sources import Source, Unreadable, find_source, fit
from ganstudio.errors import UserError
from ganstudio.game import DataShape, is_growable

FORMAT_VERSION = 1
_SPLIT_SEED = 20_140_610
_LARGEST_NATURAL_SIDE = 64
Report = Callable[[int, int], None]
"""Called with (done, total) while a store is prepared; may raise to cancel."""


@dataclass(frozen=True)
class ImageStore:
    """A prepared data set, memory-mapped."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Counts, classes, checksums and what was passed over."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return manifest

    @cached_property
    def images(self) -> NDArray[np.uint8]:
        """All images, uint8 (N, H, W, C), memory-mapped."""
        array: NDArray[np.uint8] = np.load(self.folder / "images.npy", mmap_mode="r", allow_pickle=False)
        return array

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Classes (N,) int64; zeros where there are none."""
        array: NDArray[np.int64] = np.load(self.folder / "labels.npy", allow_pickle=False)
        return array

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty where there are none."""
        return tuple(self.manifest["classes"])

    @property
    def skipped(self) -> tuple[Unreadable, ...]:
        """Files that could not be read."""
        return tuple(Unreadable(**item) for item in self.manifest["skipped"])

    @property
    def shape(self) -> DataShape:
        """What a game needs to know."""
        _, side, _, channels = self.images.shape
        return DataShape(side, channels, len(self.classes))

    def split(self, holdout: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Indices (training, hold-out): disjoint, and the same for every run with this share of the same store."""
        order = np.random.default_rng(_SPLIT_SEED).permutation(len(self.images))
        kept_out = round(len(order) * holdout)
        return np.sort(order[kept_out:]), np.sort(order[:kept_out])

    def verify(self) -> None:
        """UserError when a file no longer has the checksum it was written with."""
        for name, expected in self.manifest["sha256"].items():
            if _digest(self.folder / name) != expected:
                raise UserError(
                    f"The prepared data {self.folder / name} is damaged; delete that folder to prepare it anew."
                )


def training_indices(store: ImageStore, config: DatasetConfig) -> NDArray[np.int64]:
    """Indices of the images that training sees: the training share, at most `config.limit` of them."""
    training, _ = store.split(config.holdout)
    return training if config.limit is None else training[: config.limit]


def plan(config: DatasetConfig) -> tuple[Source, DataShape]:
    """The source of `config` and the shape it will be prepared to, without preparing it."""
    source = find_source(config.name)
    description = source.describe()
    if config.resolution is None and description.resolution < 8:
        raise UserError(f"The images of {source.name} are only {description.resolution} px wide.", path="dataset.name")
    side = config.resolution or _natural_side(description.resolution)
    channels = {"native": description.channels, "grey": 1, "rgb": 3}[config.channels]
    return source, DataShape(side, channels, len(description.classes))


def prepare(config: DatasetConfig, report: Report = lambda done, total: None) -> ImageStore:
    """The store of `config`, prepared now unless it has been before. UserError when no image can be read."""
    source, shape = plan(config)
    key = f"{source.fingerprint()}-{shape.resolution}-{shape.channels}-v{FORMAT_VERSION}"
    label = "".join(c if c.isalnum() else "-" for c in Path(source.name).name)[:40]
    folder = paths.stores_folder() / f"{label}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f"{folder.name}.lock"):
            if not (folder / "manifest.json").exists():
                _write(source, shape, folder, report)
    except OSError as error:
        raise UserError(f"The data cannot be prepared in {folder.parent}: {error.strerror or error}.") from error
    return ImageStore(folder)


def _write(source: Source, shape: DataShape, folder: Path, report: Report) -> None:
    description = source.describe()
    temporary = Path(tempfile.mkdtemp(prefix=".preparing-", dir=folder.parent))
    try:
        side, channels = shape.resolution, shape.channels
        images = np.lib.format.open_memmap(
            temporary / "all.npy", mode="w+", dtype=np.uint8, shape=(description.count, side, side, channels)
        )
        labels: list[int] = []
        skipped: list[Unreadable] = []
        for done, item in enumerate(source.pictures()):
            if isinstance(item, Unreadable):
                skipped.append(item)
            else:
                images[len(labels)] = fit(item[0], side, channels)
                labels.append(item[1])
            if done % 64 == 0:
                report(done, description.count)
        if not labels:
            raise UserError(
                f"None of the {description.count} images of {source.name} can be read.", path="dataset.name"
            )
        _finish(temporary, images, np.array(labels, np.int64), description.classes, skipped)
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
        report(description.count, description.count)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _finish(
    folder: Path,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
    skipped: list[Unreadable],
) -> None:
    kept = np.lib.format.open_memmap(
        folder / "images.npy", mode="w+", dtype=np.uint8, shape=(len(labels), *images.shape[1:])
    )
    for start in range(0, len(labels), 4096):
        kept[start : start + 4096] = images[start : min(start + 4096, len(labels))]
    kept.flush()
    (folder / "all.npy").unlink()
    np.save(folder / "labels.npy", labels, allow_pickle=False)
    manifest = {
        "format_version": FORMAT_VERSION,
        "count": len(labels),
        "resolution": images.shape[1],
        "channels": images.shape[3],
        "classes": list(classes),
        "skipped": [asdict(item) for item in skipped],
        "sha256": {name: _digest(folder / name) for name in ("images.npy", "labels.npy")},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def _natural_side(side: int) -> int:
    """The side to train at when none is asked for: the largest up to 64 that networks can grow to, at most the data's."""
    return next(candidate for candidate in range(min(side, _LARGEST_NATURAL_SIDE), 7, -1) if is_growable(candidate))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
