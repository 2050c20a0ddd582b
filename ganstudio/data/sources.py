"""Where data come from: embedded archives, folders of a person's own pictures, and points in a plane.

A source is described without reading its pictures (`describe`) and read once, picture by picture, when it is prepared
into an image store. Imports no torch.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ganstudio.data.description import Description, Unreadable
from ganstudio.data.points import POINT_SOURCES, CsvSource, Modes, is_points_file
from ganstudio.errors import UserError
from ganstudio.game import Subject
from ganstudio.paths import resource
from ganstudio.registry import Registry

Picture = NDArray[np.uint8]

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
_MAX_PIXELS = 64_000_000
_GREY = frozenset({"1", "L", "LA", "La"})
_DEEP_GREY = ("I", "F")
"""Beginnings of Pillow's modes of grey in more than 8 bits: I, I;16, I;16B, F."""
_DEEP_TOPS = {"I;16": (65535.0,), "F": (1.0, 255.0, 65535.0)}
"""What white may be in them; the first that no value exceeds."""


class Source(Protocol):
    """Pictures or points that can be prepared."""

    @property
    def name(self) -> str: ...

    def describe(self) -> Description:
        """Counts and shapes, without decoding every picture. UserError when there is nothing to learn from."""

    def fingerprint(self) -> str:
        """A digest that changes when the content does."""

    def pictures(self) -> Iterator[tuple[NDArray[Any], int] | Unreadable]:
        """Every picture as uint8 (H, W, C), or point as float32 (2,), with its class (0 where there are none), or why
        it cannot be read."""

    def preview(self, count: int, side: int) -> Picture:
        """`count` pictures, spread over the classes, as uint8 (count, side, side, C); of points, one that shows all."""


@dataclass(frozen=True)
class EmbeddedSource:
    """An `.npz` archive that ships with the studio: `images` (N, H, W[, C]) uint8, `labels` (N,), `classes` names."""

    name: str
    title: str
    file: str

    @cached_property
    def _arrays(self) -> tuple[Picture, NDArray[np.uint8], tuple[str, ...]]:
        with np.load(resource("data", self.file), allow_pickle=False) as archive:
            images = archive["images"]
            classes = tuple(str(name) for name in archive["classes"])
            return images if images.ndim == 4 else images[..., None], archive["labels"], classes

    def describe(self) -> Description:
        return self._description

    @cached_property
    def _description(self) -> Description:
        """Told by the arrays' headers: unpacking the pictures would hold up the window's start."""
        with np.load(resource("data", self.file), allow_pickle=False) as archive:
            with archive.zip.open("images.npy") as stream:
                np.lib.format.read_magic(stream)
                shape, _, _ = np.lib.format.read_array_header_1_0(stream)
            classes = tuple(str(name) for name in archive["classes"])
        return Description(
            name=self.name,
            title=self.title,
            count=shape[0],
            resolution=shape[1],
            channels=shape[3] if len(shape) == 4 else 1,
            classes=classes,
        )

    def fingerprint(self) -> str:
        return _file_digest(resource("data", self.file))

    def pictures(self) -> Iterator[tuple[Picture, int] | Unreadable]:
        images, labels, _ = self._arrays
        for image, label in zip(images, labels, strict=True):
            yield image, int(label)

    def preview(self, count: int, side: int) -> Picture:
        images, labels, classes = self._arrays
        chosen = _spread(labels.astype(np.int64), len(classes), count)
        return np.stack([fit(images[i], side, images.shape[3]) for i in chosen])


class FolderSource:
    """A folder of images: flat, or one sub-folder a class. Hidden files are passed over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        self.name = str(self.folder)

    @cached_property
    def _listing(self) -> tuple[tuple[str, ...], tuple[tuple[Path, int], ...]]:
        if not self.folder.is_dir():
            raise UserError(f"The folder {self.folder} does not exist.", path="dataset.name")
        try:
            folders, images = _look_into(str(self.folder), follow=True)
            groups = [(Path(folder).name, _images_below(folder)) for folder in folders]
            flat = [Path(image) for image in images]
        except OSError as error:
            where = error.filename or self.folder
            raise UserError(f"The folder {where} cannot be read: {error.strerror}.", path="dataset.name") from error
        groups = [(name, files) for name, files in groups if files]
        if groups and not flat:
            listing = [(file, label) for label, (_, files) in enumerate(groups) for file in files]
            return tuple(name for name, _ in groups), tuple(listing)
        every = flat + [file for _, files in groups for file in files]
        if not every:
            raise UserError(
                f"The folder {self.folder} holds no images (png, jpg, webp, bmp, gif, tif); "
                "put them there, or in one sub-folder a class.",
                path="dataset.name",
            )
        return (), tuple((file, 0) for file in every)

    def describe(self) -> Description:
        classes, listing = self._listing
        headers = [header for file, _ in listing[:: max(1, len(listing) // 24)] if (header := _read_header(file))]
        if not headers:  # the few that were looked at may be the broken ones
            headers = list(islice(filter(None, (_read_header(file) for file, _ in listing)), 1))
        if not headers:
            raise UserError(f"None of the images in {self.folder} can be read.", path="dataset.name")
        return Description(
            name=self.name,
            title=self.folder.name,
            count=len(listing),
            resolution=int(np.median([side for side, _ in headers])),
            channels=3 if any(colour for _, colour in headers) else 1,
            classes=classes,
        )

    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for file, label in self._listing[1]:
            status = file.stat()
            digest.update(f"{file.relative_to(self.folder)}|{status.st_size}|{status.st_mtime_ns}|{label}\n".encode())
        return digest.hexdigest()

    def pictures(self) -> Iterator[tuple[Picture, int] | Unreadable]:
        for file, label in self._listing[1]:
            try:
                picture = _decode(file)
            except Exception as error:  # decoders raise whatever a damaged file makes them trip over
                yield Unreadable(str(file.relative_to(self.folder)), _reason(error))
            else:
                yield picture, label

    def preview(self, count: int, side: int) -> Picture:
        classes, listing = self._listing
        labels = np.array([label for _, label in listing])
        shown: list[Picture] = []
        for i in _spread(labels, max(1, len(classes)), count):
            try:
                shown.append(fit(_decode(listing[i][0]), side, 3))
            except Exception:  # named and counted when the folder is prepared
                continue
        return np.stack(shown) if shown else np.zeros((0, side, side, 3), np.uint8)


DATASETS: Registry[Source] = Registry("data set", "ganstudio.datasets", "dataset.name")
DATASETS.add("mnist-10k", EmbeddedSource("mnist-10k", "MNIST", "mnist-10k.npz"))
DATASETS.add("emoji-noto", EmbeddedSource("emoji-noto", "Emoji, Noto", "emoji-noto.npz"))
DATASETS.add("emoji-fluent", EmbeddedSource("emoji-fluent", "Emoji, Fluent", "emoji-fluent.npz"))
for _points in POINT_SOURCES:
    DATASETS.add(_points.name, _points)


def find_source(name: str) -> Source:
    """The registered data set named `name`, else the folder or the file of points at that path.

    UserError with the nearest name.
    """
    if name not in DATASETS and is_points_file(name) and not Path(name).is_dir():
        return CsvSource(Path(name))
    looks_like_path = os.sep in name or "/" in name or name.startswith((".", "~"))
    if name not in DATASETS and (looks_like_path or Path(name).is_dir()):
        return FolderSource(Path(name))
    return DATASETS.get(name)


def subject_of(name: str) -> Subject:
    """What the data set `name` is made of, told without reading it; images where there is no such data set."""
    if name in DATASETS:
        return DATASETS.get(name).describe().subject
    return "points" if is_points_file(name) and not Path(name).is_dir() else "images"


def modes_of(name: str) -> Modes | None:
    """The modes of the points of the data set `name`, where it is known to have any."""
    return getattr(DATASETS.get(name), "modes", None) if name in DATASETS else None


def fit(picture: Picture, side: int, channels: int) -> Picture:
    """`picture` (H, W, C) cropped to its central square and scaled to (side, side, channels); grey by luma."""
    height, width = picture.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = picture[top : top + edge, left : left + edge]
    if square.shape[2] == channels and edge == side:
        return np.ascontiguousarray(square)
    image = Image.fromarray(square[..., 0] if square.shape[2] == 1 else square)
    image = image.convert("L" if channels == 1 else "RGB")
    if edge != side:
        image = image.resize((side, side), Image.Resampling.LANCZOS)
    array = np.asarray(image, np.uint8)
    return array[..., None] if channels == 1 else array


def read_picture(file: Path) -> Picture:
    """One picture file as uint8 (H, W, 1 or 3). UserError when it cannot be read."""
    try:
        return _decode(file)
    except Exception as error:  # decoders raise whatever a damaged file makes them trip over
        raise UserError(f"The file {file} cannot be read: {_reason(error)}.") from error


def _decode(file: Path) -> Picture:
    """One picture, upright, as uint8 (H, W, 1 or 3), over white where it is transparent."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file, formats=_FORMATS) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                raise ValueError(f"{opened.width} x {opened.height} pixels are too many")
            opened.load()
            image: Image.Image = ImageOps.exif_transpose(opened)
    if image.mode.startswith(_DEEP_GREY):
        return _eight_bits(image)
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    elif image.mode in _GREY:
        return np.asarray(image.convert("L"), np.uint8)[..., None]
    return np.asarray(image.convert("RGB"), np.uint8)


def _eight_bits(image: Image.Image) -> Picture:
    """Grey in 16 or 32 bits or floating point as uint8 (H, W, 1), by the range of such files.

    Pillow's own conversion clips at 255, which leaves a 16-bit picture all white.
    """
    values = np.nan_to_num(np.asarray(image).astype(np.float64))
    tops = _DEEP_TOPS.get("I;16" if image.mode.startswith("I;16") else image.mode, (255.0, 65535.0))
    top = next((top for top in tops if values.max() <= top), float(values.max()))
    return (values / top * 255).round().clip(0, 255).astype(np.uint8)[..., None]


def _read_header(file: Path) -> tuple[int, bool] | None:
    """The shorter side in pixels and whether there is colour; None for a file that will be passed over."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=_FORMATS) as image:
                if image.width * image.height > _MAX_PIXELS:
                    return None
                return min(image.size), not (image.mode in _GREY or image.mode.startswith(_DEEP_GREY))
    except Exception:  # named and counted when the folder is prepared
        return None


def _images_below(folder: str) -> list[Path]:
    """Images at any depth, in a fixed order. Names are text until the end: a folder may hold a hundred thousand."""
    found: list[str] = []
    waiting = [folder]
    while waiting:
        folders, images = _look_into(waiting.pop(), follow=False)
        waiting += folders
        found += images
    return [Path(name) for name in sorted(found)]


def _look_into(folder: str, *, follow: bool) -> tuple[list[str], list[str]]:
    """Sub-folders and images in a folder, sorted, without what is hidden. A pipe named like an image is none: reading
    it would never end. Links to folders count where `follow` says so; below, they might lead in a circle."""
    with os.scandir(folder) as entries:
        seen = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    folders = [entry.path for entry in seen if entry.is_dir(follow_symlinks=follow)]
    return folders, [entry.path for entry in seen if is_image_name(entry.name) and entry.is_file()]


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image: a known suffix, and not hidden."""
    return f".{name.rpartition('.')[2].lower()}" in IMAGE_SUFFIXES and "." in name and not name.startswith(".")


def _reason(error: BaseException) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    return str(error).strip() or type(error).__name__


def _spread(labels: NDArray[np.int64], num_classes: int, count: int) -> list[int]:
    """Indices of `count` items, taking the classes in turn."""
    queues = [list(np.flatnonzero(labels == c)[: count + 1]) for c in range(num_classes)]
    chosen: list[int] = []
    while len(chosen) < count and any(queues):
        for queue in queues:
            if queue and len(chosen) < count:
                chosen.append(int(queue.pop(0)))
    return chosen


def _file_digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
