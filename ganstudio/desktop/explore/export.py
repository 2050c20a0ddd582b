"""Pictures from Explore as files that remember their latent: one image, a strip. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from ganstudio.desktop.explore.state import MOST, PLAIN, Latent, Look, Mix
from ganstudio.errors import UserError
from ganstudio.latent.walks import numbers, parse_latent

_WORDS = {"run", "networks", "class_name", "weights"}
"""Keys of a picture whose text is no JSON."""
_KEYS = {"latent", "step", "class", "other_class", "other_share", "seed", "truncation", "channels"}
_LARGEST_JSON = 16 * 1024 * 1024

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Origin:
    """Where a picture comes from: what has to be known to make it again."""

    latent: Latent
    run: str
    step: int
    networks: str
    """``"ema"`` or ``"raw"``."""
    label: int | None = None
    class_name: str = ""
    mix: Mix | None = None
    seed: int | None = None
    look: Look = PLAIN
    weights: str | None = None
    """The checksum of the networks; None for those of a run that trained."""


def save_image(file: Path, image: Pixels, origin: Origin) -> None:
    """Write uint8 (H, W, C) as PNG, one pixel a pixel, with its origin. UserError when it cannot be written."""
    info = PngInfo()
    for key, value in _texts(origin).items():
        info.add_text(key, value)
    save_png(file, image, info)


def save_picture(file: Path, image: Pixels, run: str) -> None:
    """Write uint8 (H, W, C) as PNG with the name of the run that made it. UserError when it cannot be written."""
    save_strip(file, image[None], run)


def save_strip(file: Path, images: Pixels, run: str) -> None:
    """Write uint8 (N, H, W, C) side by side as PNG. UserError when it cannot be written."""
    info = PngInfo()
    info.add_text("run", run)
    info.add_text("Software", "GANStudio")
    save_png(file, np.concatenate(list(images), axis=1), info)


def save_png(file: Path, image: Pixels, info: PngInfo) -> None:
    """Write uint8 (H, W, C) as PNG with texts. UserError when it cannot be written."""
    _write(file, lambda temporary: picture(image).save(temporary, "PNG", pnginfo=info))


def save_json(file: Path, data: object) -> None:
    """Write plain data as JSON. UserError when it cannot be written."""
    _write(file, lambda temporary: temporary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8"))


def read_json(file: Path) -> object:
    """The plain data of a JSON file. UserError when it cannot be read."""
    try:
        if file.stat().st_size > _LARGEST_JSON:
            raise UserError(f"{file.name} is too large to come from Explore.")
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file.name} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file.name} is no JSON file.") from error


def read_origin(file: Path) -> Origin:
    """The origin that a picture saved by `save_image` remembers. UserError when it has none."""
    try:
        with Image.open(file, formats=("PNG",)) as image:
            texts = {key: value for key, value in image.info.items() if isinstance(value, str)}
    except UnidentifiedImageError as error:
        raise UserError(f"{file.name} is no PNG picture.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{file.name} cannot be read.") from error
    try:
        words = {key: text for key, text in texts.items() if key in _WORDS}
        known = words | {key: json.loads(text) for key, text in texts.items() if key in _KEYS}
        return parse_origin(known)
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{file.name} remembers no latent: it was not saved from Explore.") from error


def remembers(file: Path) -> bool:
    """Whether a picture remembers its origin."""
    try:
        read_origin(file)
    except UserError:
        return False
    return True


def origin_data(origin: Origin) -> dict[str, Any]:
    """An origin as JSON holds it."""
    data: dict[str, Any] = {
        "latent": numbers(origin.latent),
        "run": origin.run,
        "step": origin.step,
        "networks": origin.networks,
    }
    if origin.weights is not None:
        data["weights"] = origin.weights
    if origin.label is not None:
        data |= {"class": origin.label, "class_name": origin.class_name}
    if origin.mix is not None:
        data |= {"other_class": origin.mix[0], "other_share": origin.mix[1]}
    if origin.seed is not None:
        data["seed"] = origin.seed
    if origin.look.truncation != 1.0:
        data["truncation"] = origin.look.truncation
    if origin.look.channels:
        data["channels"] = origin.look.channels
    return data


def parse_origin(data: Mapping[str, Any]) -> Origin:
    """The origin that `origin_data` wrote. KeyError, TypeError or ValueError when it is none."""
    return Origin(
        latent=parse_latent(data["latent"]),
        run=str(data.get("run", "")),
        step=int(data.get("step", 0)),
        networks=str(data.get("networks", "ema")),
        weights=str(data["weights"]) if "weights" in data else None,
        label=int(data["class"]) if "class" in data else None,
        class_name=str(data.get("class_name", "")),
        mix=(int(data["other_class"]), _share(data["other_share"])) if "other_class" in data else None,
        seed=int(data["seed"]) if "seed" in data else None,
        look=Look(truncation=_share(data.get("truncation", 1.0)), channels=_channels(data.get("channels", []))),
    )


def _texts(origin: Origin) -> dict[str, str]:
    texts = {key: value if key in _WORDS else json.dumps(value) for key, value in origin_data(origin).items()}
    return texts | {"Software": "GANStudio"}


def _channels(values: Any) -> tuple[tuple[str, int, float], ...]:
    found = tuple((str(layer), int(channel), float(factor)) for layer, channel, factor in values)
    if not all(channel >= 0 and abs(factor) <= MOST for _, channel, factor in found):
        raise ValueError("no channels of a layer")
    return found


def _share(value: Any) -> float:
    share = float(value)
    if not 0.0 <= share <= 1.0:
        raise ValueError("not a share")
    return share


def picture(image: Pixels) -> Image.Image:
    """uint8 (H, W, 1 or 3) as Pillow has it."""
    return Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)


def _write(file: Path, save: Callable[[Path], object]) -> None:
    temporary = file.with_name(f".{file.name}.writing")
    try:
        save(temporary)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"{file} cannot be written: {error.strerror or error}.") from error
