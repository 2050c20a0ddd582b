"""The image store: what every source is prepared into, once.

A store is a folder with `images.npy` (N, H, W, C) uint8, `labels.npy` (N,) int64 and `manifest.json`, which carries
the SHA-256 of both, the classes, and the files that were passed over. Points are kept as float32 (N, 2). Imports no
torch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from ganstudio import paths
from ganstudio.config import DatasetConfig
from ganstudio.data.description import Unreadable
from ganstudio.data.sources import Source, find_source, fit
from ganstudio.errors import UserError
from ganstudio.game import DataShape, Subject, is_growable

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
    def images(self) -> NDArray[Any]:
        """All images, uint8 (N, H, W, C), or points, float32 (N, 2); memory-mapped."""
        array: NDArray[Any] = np.load(self.folder / "images.npy", mmap_mode="r", allow_pickle=False)
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
        if self.images.ndim == 2:
            return DataShape(1, self.images.shape[1], len(self.classes), "points")
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

    def is_whole(self) -> bool:
        """Whether the files are there in the sizes they were written with; `verify` looks at what is in them."""
        try:
            count = self.manifest["count"]
            current = self.manifest["format_version"] == FORMAT_VERSION
            return bool(current and count == len(self.images) == len(self.labels))
        except (OSError, ValueError, KeyError, TypeError):
            return False


def target_of(config: DatasetConfig, shape: DataShape) -> DatasetConfig:
    """The data set that images are translated to, brought to the `shape` of the first.

    UserError, naming the target, when there is none, it cannot be found, or it holds no images.
    """
    if config.target is None:
        raise UserError("Translation needs a second data set: the one images are translated to.", path="dataset.target")
    with _naming_the_target():
        if find_source(config.target).describe().subject == "points":
            raise UserError(f"{config.target} holds points; images are translated to images.", path="dataset.target")
    channels = "grey" if shape.channels == 1 else "rgb"
    return config.model_copy(
        update={"name": config.target, "target": None, "resolution": shape.resolution, "channels": channels}
    )


def prepare_target(config: DatasetConfig, shape: DataShape, report: Report | None = None) -> ImageStore:
    """The store of the images that those of `config`, of this `shape`, are translated to; see `target_of`."""
    target = target_of(config, shape)
    with _naming_the_target():
        return prepare(target, report or _no_report)


@contextmanager
def _naming_the_target() -> Iterator[None]:
    """What is wrong with a data set is the target's fault here."""
    try:
        yield
    except UserError as error:
        raise UserError(str(error), path="dataset.target") from error


def training_indices(store: ImageStore, config: DatasetConfig) -> NDArray[np.int64]:
    """Indices of the images that training sees: the training share, at most `config.limit` of them.

    The limit draws from all classes, and a smaller one from what a larger one has drawn.
    """
    training, _ = store.split(config.holdout)
    if config.limit is None:
        return training
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(training))
    return np.sort(training[order[: config.limit]])


def check_batch(name: str, batch_size: int, count: int, subject: Subject = "images") -> None:
    """UserError when a batch is larger than the `count` images of the data set `name` that training sees."""
    if batch_size > count:
        raise UserError(
            f"The batch of {batch_size} is larger than the {count} training {subject} of {name}; use at most {count}.",
            path="training.batch_size",
        )


def planned_count(config: DatasetConfig, total: int) -> int:
    """Images that training would see of a data set of `total`, if all can be read."""
    training = total - round(total * config.holdout)
    return training if config.limit is None else min(training, config.limit)


def plan(config: DatasetConfig) -> tuple[Source, DataShape]:
    """The source of `config` and the shape it will be prepared to, without preparing it."""
    source = find_source(config.name)
    description = source.describe()
    if description.subject == "points":
        _refuse_pixels(config)
        return source, DataShape(1, 2, len(description.classes), "points")
    if config.resolution is None and description.resolution < 8:
        raise UserError(f"The images of {source.name} are only {description.resolution} px wide.", path="dataset.name")
    side = config.resolution or _natural_side(description.resolution)
    channels = {"native": description.channels, "grey": 1, "rgb": 3}[config.channels]
    return source, DataShape(side, channels, len(description.classes))


def _refuse_pixels(config: DatasetConfig) -> None:
    """UserError when something is asked of points that only pictures can have."""
    if config.resolution is not None:
        raise UserError("Points have no resolution; leave it empty.", path="dataset.resolution")
    if config.channels != "native":
        raise UserError("Points have no colour; leave it at native.", path="dataset.channels")
    if config.mirror:
        raise UserError("Only images are mirrored; turn it off for points.", path="dataset.mirror")


def _no_report(done: int, total: int) -> None:
    """For those who do not watch."""


def prepare(config: DatasetConfig, report: Report = _no_report) -> ImageStore:
    """The store of `config`, prepared now unless it has been before. UserError when no image can be read."""
    source, shape = plan(config)
    label = "".join(c if c.isalnum() else "-" for c in Path(source.name).name)[:40]
    stores = paths.stores_folder()
    try:
        key = f"{source.fingerprint()}-{shape.resolution}-{shape.channels}-v{FORMAT_VERSION}"
        folder = stores / f"{label}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        stores.mkdir(parents=True, exist_ok=True)
        with FileLock(stores / f"{folder.name}.lock"):
            if not ImageStore(folder).is_whole():
                _write(source, shape, folder, report)
    except OSError as error:
        raise UserError(f"The data cannot be prepared in {stores}: {error.strerror or error}.") from error
    return ImageStore(folder)


def _write(source: Source, shape: DataShape, folder: Path, report: Report) -> None:
    description = source.describe()
    temporary = Path(tempfile.mkdtemp(prefix=".preparing-", dir=folder.parent))
    try:
        labels: list[int] = []
        skipped: list[Unreadable] = []
        # Written as a stream: a memory map on a full disk would end the process without a word.
        with (temporary / "images.npy").open("wb") as stream:
            _write_header(stream, description.count, shape)
            start = stream.tell()
            for done, item in enumerate(source.pictures()):
                if isinstance(item, Unreadable):
                    skipped.append(item)
                else:
                    stream.write(_stored(item[0], shape).tobytes())
                    labels.append(item[1])
                if done % 64 == 0:
                    report(done, description.count)
            if not labels:
                raise UserError(
                    f"None of the {description.count} {shape.subject} of {source.name} can be read.",
                    path="dataset.name",
                )
            stream.seek(0)
            _write_header(stream, len(labels), shape)
            assert stream.tell() == start, "NumPy leaves room in the header for another count"
        np.save(temporary / "labels.npy", np.array(labels, np.int64), allow_pickle=False)
        manifest = {
            "format_version": FORMAT_VERSION,
            "count": len(labels),
            "resolution": shape.resolution,
            "channels": shape.channels,
            "classes": list(description.classes),
            "skipped": [asdict(item) for item in skipped],
            "sha256": {name: _digest(temporary / name) for name in ("images.npy", "labels.npy")},
        }
        (temporary / "manifest.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
        report(description.count, description.count)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_header(stream: BinaryIO, count: int, shape: DataShape) -> None:
    header: dict[str, Any] = {"descr": "|u1", "fortran_order": False}
    header["shape"] = (count, shape.resolution, shape.resolution, shape.channels)
    if shape.subject == "points":
        header |= {"descr": "<f4", "shape": (count, shape.channels)}
    np.lib.format.write_array_header_1_0(stream, header)


def _stored(item: NDArray[Any], shape: DataShape) -> NDArray[Any]:
    """A picture (H, W, C) in the store's size, or a point (2,), as it is written."""
    if shape.subject == "points":
        return item.astype("<f4")
    return fit(item, shape.resolution, shape.channels)


def _natural_side(side: int) -> int:
    """The side to train at when none is asked for: the largest that networks grow to, up to 64 and to the data's."""
    return next(candidate for candidate in range(min(side, _LARGEST_NATURAL_SIDE), 7, -1) if is_growable(candidate))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
