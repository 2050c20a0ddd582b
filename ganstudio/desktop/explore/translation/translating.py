"""What image-to-image runs are asked for in Explore, and the work of it. Imports torch in the preview's thread only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.config import DatasetConfig
from ganstudio.data.description import Unreadable
from ganstudio.data.sources import FolderSource, fit, read_picture
from ganstudio.errors import UserError
from ganstudio.game import TARGET

if TYPE_CHECKING:
    from ganstudio.desktop.explore.preview import Source
    from ganstudio.latent.translation import TranslationModel

Pixels = NDArray[np.uint8]
THUMBNAIL = 60
_MOST = 48
"""Inputs that are offered at once."""


@dataclass(frozen=True, eq=False)
class Input:
    """A picture uint8 (H, W, 1 or 3) to translate; one of the data is made small first where G enlarges."""

    pixels: Pixels
    of_data: bool
    text: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class TranslateRequest:
    """One picture, to be translated in a direction (None: the only one, or the first)."""

    number: int
    source: Source
    input: Input
    direction: str | None = None
    kind: Literal["translate"] = "translate"


@dataclass(frozen=True, kw_only=True, eq=False)
class Translated:
    """The answer: named pictures uint8 (H, W, C) in the order in which they are shown, of which `result` is the one."""

    request: TranslateRequest
    pictures: tuple[tuple[str, Pixels], ...]
    result: int
    step: int
    milliseconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class InputsRequest:
    """Pictures to choose from: held-out images of the data of a direction, or those at `path`, a file or a folder."""

    number: int
    source: Source
    dataset: DatasetConfig
    direction: str | None = None
    path: Path | None = None
    kind: Literal["inputs"] = "inputs"


@dataclass(frozen=True, kw_only=True, eq=False)
class InputsRead:
    """The answer: the pictures, and small squares of them uint8 (N, THUMBNAIL, THUMBNAIL, C)."""

    request: InputsRequest
    inputs: tuple[Input, ...]
    thumbnails: Pixels


def perform(request: TranslateRequest | InputsRequest, model: TranslationModel) -> Translated | InputsRead:
    """The work of the preview's thread. UserError when it cannot be done."""
    return _translate(request, model) if isinstance(request, TranslateRequest) else _read(request, model)


def _translate(request: TranslateRequest, model: TranslationModel) -> Translated:
    begun = time.perf_counter()
    given, direction = request.input, request.direction if model.directions else None
    picture = model.accept(given.pixels) if model.scale == 1 or not given.of_data else given.pixels
    batch = model.as_inputs(picture[None]) if given.of_data else picture[None]
    made = model.translate(batch, direction)
    pictures = [(f"Input, {_size(batch[0])}", batch[0])]
    if model.scale > 1:
        pictures.append(("Bicubic", _enlarged(batch, model.scale)))
    result = len(pictures)
    pictures.append((f"Enlarged {model.scale} times, {_size(made[0])}" if model.scale > 1 else "Translated", made[0]))
    if model.scale > 1 and given.of_data:
        pictures.append(("Truth", given.pixels))
    back = next((name for name in model.directions if name != (direction or model.directions[0])), None)
    if back is not None:
        pictures.append(("And back", model.translate(made, back)[0]))
    return Translated(
        request=request,
        pictures=tuple(pictures),
        result=result,
        step=model.step,
        milliseconds=(time.perf_counter() - begun) * 1e3,
    )


def _read(request: InputsRequest, model: TranslationModel) -> InputsRead:
    if request.path is None:
        inputs = [Input(image, of_data=True, text=f"held-out image {i + 1}") for i, image in _held_out(request, model)]
    else:
        inputs = [Input(image, of_data=False, text=name) for name, image in _own(request.path)]
    if not inputs:
        raise UserError(f"There is no picture in {request.path}.")
    channels = model.shape.channels
    thumbnails = np.stack([fit(one.pixels, THUMBNAIL, channels) for one in inputs])
    return InputsRead(request=request, inputs=tuple(inputs), thumbnails=thumbnails)


def _held_out(request: InputsRequest, model: TranslationModel) -> list[tuple[int, Pixels]]:
    from ganstudio.data.store import plan, prepare, prepare_target

    to_target = model.domain_of_inputs(request.direction if model.directions else None) != TARGET
    dataset = request.dataset
    store = prepare(dataset) if to_target else prepare_target(dataset, plan(dataset)[1])
    _, kept_out = store.split(dataset.holdout)
    if not len(kept_out):
        raise UserError("This run keeps no images out of training; drop one of your own.")
    chosen = kept_out[np.linspace(0, len(kept_out) - 1, min(_MOST, len(kept_out))).astype(int)]
    return [(i, np.array(store.images[index])) for i, index in enumerate(chosen)]


def _own(path: Path) -> list[tuple[str, Pixels]]:
    if not path.is_dir():
        return [(path.name, read_picture(path))]
    found: list[tuple[str, Pixels]] = []
    for i, item in enumerate(FolderSource(path).pictures()):
        if len(found) == _MOST:
            break
        if not isinstance(item, Unreadable):
            found.append((f"image {i + 1} of {path.name}", item[0]))
    return found


def _enlarged(batch: Pixels, scale: int) -> Pixels:
    """Inputs uint8 (1, H, W, C) enlarged without a network, bicubically: (H x scale, W x scale, C)."""
    import torch

    from ganstudio.networks.resampling import enlarge
    from ganstudio.training.sampling import to_pixels

    images = torch.tensor(batch).permute(0, 3, 1, 2).to(torch.float32).mul(2 / 255).sub(1)
    pixels: Pixels = to_pixels(enlarge(images, scale))[0]
    return pixels


def _size(picture: Pixels) -> str:
    return f"{picture.shape[1]} × {picture.shape[0]}"
