"""Pictures from Explore as files that remember their latent: one image, a strip. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from ganstudio.desktop.explore.state import LARGEST, MOST, PLAIN, Latent, Look, Mix, frozen
from ganstudio.errors import UserError

_LARGEST_LATENT = 2048
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


def save_image(file: Path, image: Pixels, origin: Origin) -> None:
    """Write uint8 (H, W, C) as PNG, one pixel a pixel, with its origin. UserError when it cannot be written."""
    info = PngInfo()
    for key, value in _texts(origin).items():
        info.add_text(key, value)
    _write(file, lambda temporary: _picture(image).save(temporary, "PNG", pnginfo=info))


def save_picture(file: Path, image: Pixels, run: str) -> None:
    """Write uint8 (H, W, C) as PNG with the name of the run that made it. UserError when it cannot be written."""
    save_strip(file, image[None], run)


def save_strip(file: Path, images: Pixels, run: str) -> None:
    """Write uint8 (N, H, W, C) side by side as PNG. UserError when it cannot be written."""
    info = PngInfo()
    info.add_text("run", run)
    info.add_text("Software", "GANStudio")
    strip = np.concatenate(list(images), axis=1)
    _write(file, lambda temporary: _picture(strip).save(temporary, "PNG", pnginfo=info))


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
        latent = np.array(json.loads(texts["latent"]), np.float32)
        if latent.ndim != 1 or not 1 <= len(latent) <= _LARGEST_LATENT or not np.all(np.abs(latent) <= LARGEST):
            raise ValueError("not a latent")
        return Origin(
            latent=frozen(latent),
            run=texts.get("run", ""),
            step=int(texts.get("step", "0")),
            networks=texts.get("networks", "ema"),
            label=int(texts["class"]) if "class" in texts else None,
            class_name=texts.get("class_name", ""),
            mix=(int(texts["other_class"]), _share(texts["other_share"])) if "other_class" in texts else None,
            seed=int(texts["seed"]) if "seed" in texts else None,
            look=Look(
                truncation=_share(texts.get("truncation", "1")),
                channels=_channels(json.loads(texts.get("channels", "[]"))),
            ),
        )
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{file.name} remembers no latent: it was not saved from Explore.") from error


def remembers(file: Path) -> bool:
    """Whether a picture remembers its origin."""
    try:
        read_origin(file)
    except UserError:
        return False
    return True


def _texts(origin: Origin) -> dict[str, str]:
    texts = {
        "latent": json.dumps([float(f"{value:.9g}") for value in origin.latent]),
        "run": origin.run,
        "step": str(origin.step),
        "networks": origin.networks,
        "Software": "GANStudio",
    }
    if origin.label is not None:
        texts |= {"class": str(origin.label), "class_name": origin.class_name}
    if origin.mix is not None:
        texts |= {"other_class": str(origin.mix[0]), "other_share": str(origin.mix[1])}
    if origin.seed is not None:
        texts["seed"] = str(origin.seed)
    if origin.look.truncation != 1.0:
        texts["truncation"] = f"{origin.look.truncation:.9g}"
    if origin.look.channels:
        texts["channels"] = json.dumps(origin.look.channels)
    return texts


def _channels(values: Any) -> tuple[tuple[str, int, float], ...]:
    found = tuple((str(layer), int(channel), float(factor)) for layer, channel, factor in values)
    if not all(channel >= 0 and abs(factor) <= MOST for _, channel, factor in found):
        raise ValueError("no channels of a layer")
    return found


def _share(text: str) -> float:
    share = float(text)
    if not 0.0 <= share <= 1.0:
        raise ValueError("not a share")
    return share


def _picture(image: Pixels) -> Image.Image:
    return Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)


def _write(file: Path, save: Callable[[Path], object]) -> None:
    temporary = file.with_name(f".{file.name}.writing")
    try:
        save(temporary)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"{file} cannot be written: {error.strerror or error}.") from error
