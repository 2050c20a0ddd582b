"""Latents that a person keeps, each with its image and where it comes from; their file and their contact sheet."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.export import Origin, Pixels
from ganstudio.errors import UserError

FORMAT = "ganstudio-favourites"
_VERSION = 1
_GAP = 2
_SHORT = 8


@dataclass(frozen=True, eq=False)
class Favourite:
    """The image uint8 (H, W, C) as it was kept, its origin, and in words what its latent is."""

    image: Pixels
    origin: Origin
    text: str

    def is_same(self, other: Favourite) -> bool:
        """Whether both were drawn by the same networks from the same latent, in the same way."""
        mine, others = export.origin_data(self.origin), export.origin_data(other.origin)
        return mine | {"seed": None} == others | {"seed": None}


def favourites_file(folder: Path, run: Path) -> Path:
    """Where the favourites of a run are kept below the folder of the person's settings: runs are told apart by where
    they lie."""
    short = hashlib.sha256(str(run.resolve()).encode()).hexdigest()[:_SHORT]
    return folder / "favourites" / f"{run.name}-{short}.json"


def read_favourites(file: Path) -> list[Favourite]:
    """The favourites of a run, none while there is no file. UserError when it is damaged."""
    if not file.exists():
        return []
    data = export.read_json(file)
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise UserError(f"The favourites in {file} are damaged.")
    if data.get("format_version") != _VERSION:
        raise UserError(f"The favourites in {file} were written by a newer studio.")
    try:
        return [_parse(each) for each in data["favourites"]]
    except (KeyError, ValueError, TypeError, OSError, UnidentifiedImageError, SyntaxError) as error:
        raise UserError(f"The favourites in {file} are damaged.") from error


def write_favourites(file: Path, favourites: Sequence[Favourite]) -> None:
    """Keep the favourites of a run. UserError when they cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The favourites cannot be kept: {error.strerror or error}.") from error
    kept = [_data(each) for each in favourites]
    export.save_json(file, {"format": FORMAT, "format_version": _VERSION, "favourites": kept})


def save_contact_sheet(file: Path, favourites: Sequence[Favourite]) -> None:
    """Write all images as one PNG in near-square rows, 2 px apart. Its text `tiles` is a JSON list with the origin of
    each, row by row, and `columns` how many stand in a row. UserError when it cannot be written."""
    columns = max(1, int(np.ceil(np.sqrt(len(favourites)))))
    info = PngInfo()
    info.add_text("tiles", json.dumps([export.origin_data(each.origin) for each in favourites]))
    info.add_text("columns", str(columns))
    info.add_text("Software", "GANStudio")
    export.save_png(file, _sheet([each.image for each in favourites], columns), info)


def save_images(folder: Path, favourites: Sequence[Favourite]) -> Path:
    """Write each image as a PNG that remembers its origin, into a new folder below `folder`, which is returned.
    UserError when it cannot be written."""
    run = favourites[0].origin.run or "favourites"
    names = [f"{run}-favourites{'' if number == 1 else f'-{number}'}" for number in range(1, 1000)]
    target = next(folder / name for name in names if not (folder / name).exists())
    try:
        target.mkdir(parents=True)
    except OSError as error:
        raise UserError(f"{target} cannot be made: {error.strerror or error}.") from error
    for number, each in enumerate(favourites, start=1):
        export.save_image(target / f"{number:03}-step-{each.origin.step}.png", each.image, each.origin)
    return target


def _sheet(images: Sequence[Pixels], columns: int) -> Pixels:
    """Images side by side: smaller ones enlarged by a whole number and centred, grey ones made colour among others."""
    side, channels = max(max(image.shape[:2]) for image in images), max(image.shape[2] for image in images)
    rows = -(-len(images) // columns)
    step = side + _GAP
    sheet = np.zeros((rows * step - _GAP, columns * step - _GAP, channels), np.uint8)
    for index, image in enumerate(images):
        factor = side // max(image.shape[:2])
        large = image.repeat(factor, axis=0).repeat(factor, axis=1)
        height, width = large.shape[:2]
        top = index // columns * step + (side - height) // 2
        left = index % columns * step + (side - width) // 2
        sheet[top : top + height, left : left + width] = large
    return sheet


def _data(favourite: Favourite) -> dict[str, Any]:
    buffer = io.BytesIO()
    export.picture(favourite.image).save(buffer, "PNG")
    image = base64.b64encode(buffer.getvalue()).decode()
    return {"text": favourite.text, "origin": export.origin_data(favourite.origin), "image": image}


def _parse(data: Mapping[str, Any]) -> Favourite:
    with Image.open(io.BytesIO(base64.b64decode(data["image"], validate=True)), formats=("PNG",)) as read:
        image = np.array(read if read.mode in ("L", "RGB") else read.convert("RGB"))
    return Favourite(np.atleast_3d(image), export.parse_origin(data["origin"]), str(data["text"]))
