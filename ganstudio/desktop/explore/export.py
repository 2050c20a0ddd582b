"""Pictures from Explore as files that remember their latent: one image, a strip, an animation. Imports no torch."""

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
from ganstudio.export.animation import save_animation as save_video

FRAME_MS = 30
"""Between two frames of an animation; GIF counts hundredths of a second, and 33 is none."""
FRAMES_A_SECOND = 30
"""Of a video, which can."""
_ANIMATION_PX = 256
_LARGEST_LATENT = 2048

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


def save_animation(file: Path, images: Pixels) -> None:
    """Write uint8 (N, H, W, C) as a GIF that plays there and back for ever, enlarged by a whole number to about 256 px,
    or as an MP4 that does so once. UserError when it cannot be written.
    """
    if file.suffix.lower() == ".mp4":
        save_video(file, np.concatenate([images, images[-2:0:-1]]), FRAMES_A_SECOND)
        return
    factor = max(1, _ANIMATION_PX // images.shape[1])
    large = images.repeat(factor, axis=1).repeat(factor, axis=2)
    frames = [_picture(image) for image in large]
    frames += frames[-2:0:-1]
    _write(
        file,
        lambda temporary: frames[0].save(
            temporary, "GIF", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0
        ),
    )


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


def _write(file: Path, save: Callable[[Path], None]) -> None:
    temporary = file.with_name(f".{file.name}.writing")
    try:
        save(temporary)
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"{file} cannot be written: {error.strerror or error}.") from error
