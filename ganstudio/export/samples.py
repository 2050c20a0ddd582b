"""Many samples as files: one .npz for programs, or a folder of PNG pictures that is a data set itself. No torch.

Samples are written as they come; the file or folder appears whole or not at all.
"""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.errors import UserError

if TYPE_CHECKING:
    from ganstudio.latent.picking import Picked

Filter = Literal["nearest", "bicubic"]
FILTERS: Final[tuple[Filter, ...]] = ("nearest", "bicubic")
LARGEST_FACTOR: Final = 16
TABLE: Final = "samples.csv"

Report = Callable[[int], None]
"""Told how many samples are written; may raise to break off, and nothing is left behind."""


def enlarged(samples: Iterable[Picked], factor: int, method: Filter = "nearest") -> Iterator[Picked]:
    """Samples with images `factor` times as large; points stay as they are."""
    for piece in samples:
        if factor == 1 or piece.made.ndim != 4:
            yield piece
        else:
            yield replace(piece, made=np.stack([_resized(image, factor, method) for image in piece.made]))


def write_npz(file: Path, samples: Iterable[Picked], count: int, report: Report = lambda _: None) -> None:
    """Write `count` samples as `images` (N, H, W, C) uint8, or `points` (N, 2) float32, with `labels` (N,) int64 and
    `scores` (N,) float32 where they have any. UserError when it cannot be written."""
    temporary = file.with_name(f".{file.name}.writing")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            beside = _write_made(archive, samples, count, report)
            for name, pieces in beside.items():
                if pieces:
                    with archive.open(f"{name}.npy", "w") as stream:
                        np.lib.format.write_array(cast(BinaryIO, stream), np.concatenate(pieces), allow_pickle=False)
        temporary.replace(file)
    except OSError as error:
        raise UserError(f"The file {file} cannot be written: {error.strerror or error}.") from error
    finally:
        _remove_file(temporary)


def write_folder(
    folder: Path, samples: Iterable[Picked], classes: Sequence[str] = (), report: Report = lambda _: None
) -> None:
    """Write images as numbered PNG files into a new or empty folder, one sub-folder a class where there are `classes`,
    and beside them a table of their names, classes and scores: the folder can be trained on.

    UserError when something is in it already, or it cannot be written.
    """
    temporary = folder.with_name(f".{folder.name}.writing")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"The folder {folder} is not empty; choose a new one.")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        _fill(temporary, samples, classes, report)
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    except OSError as error:
        raise UserError(f"The folder {folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_made(
    archive: zipfile.ZipFile, samples: Iterable[Picked], count: int, report: Report
) -> dict[str, list[NDArray[Any]]]:
    """The first member as it comes; labels and scores, which are small, are handed back."""
    beside: dict[str, list[NDArray[Any]]] = {"labels": [], "scores": []}
    pieces = iter(samples)
    first = next(pieces)
    name = "images" if first.made.ndim == 4 else "points"
    done = 0
    with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
        header = {"descr": first.made.dtype.str, "fortran_order": False, "shape": (count, *first.made.shape[1:])}
        np.lib.format.write_array_header_1_0(cast(BinaryIO, stream), header)
        for piece in _chained(first, pieces):
            stream.write(np.ascontiguousarray(piece.made).tobytes())
            for key, values in (("labels", piece.labels), ("scores", piece.scores)):
                if values is not None:
                    beside[key].append(values)
            done += len(piece)
            report(done)
    assert done == count, f"{done} samples came, {count} were announced"
    return beside


def _fill(folder: Path, samples: Iterable[Picked], classes: Sequence[str], report: Report) -> None:
    names = class_folders(classes)
    for name in names:
        (folder / name).mkdir()
    done = 0
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        for piece in samples:
            if done == 0:
                scored = ["score"] if piece.scores is not None else []
                table.writerow(["file", *(["class"] if names else []), *scored])
            for index, image in enumerate(piece.made):
                label = int(piece.labels[index]) if names and piece.labels is not None else None
                file = f"{done:06d}.png" if label is None else f"{names[label]}/{done:06d}.png"
                _picture(image).save(folder / file, "PNG")
                score = [] if piece.scores is None else [f"{float(piece.scores[index]):.6g}"]
                table.writerow([file, *([] if label is None else [classes[label]]), *score])
                done += 1
            report(done)
    for name in names:  # a class that nothing was asked of
        if not any((folder / name).iterdir()):
            (folder / name).rmdir()


def class_folders(classes: Sequence[str]) -> list[str]:
    """Names of folders for classes: the classes' own where every system takes them and they differ, else numbered."""
    plain = [re.sub(r"[^\w .,()+-]+", "-", name).strip(" .-") for name in classes]
    if all(plain) and len({name.lower() for name in plain}) == len(plain):
        return plain
    digits = len(str(max(0, len(plain) - 1)))
    return [f"{index:0{digits}d}-{name}".rstrip("-") for index, name in enumerate(plain)]


def _chained(first: Picked, others: Iterator[Picked]) -> Iterator[Picked]:
    yield first
    yield from others


def _resized(image: NDArray[np.uint8], factor: int, method: Filter) -> NDArray[np.uint8]:
    height, width, channels = image.shape
    how = Image.Resampling.NEAREST if method == "nearest" else Image.Resampling.BICUBIC
    large = np.asarray(_picture(image).resize((width * factor, height * factor), how), np.uint8)
    return large[..., None] if channels == 1 else large


def _picture(image: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)


def _remove_file(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:
        """It could not be made either."""
