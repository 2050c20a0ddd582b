"""Features of the Inception network, by which published FIDs are measured; its weights are the user's to bring."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ganstudio.errors import UserError
from ganstudio.evaluation.extractors import Extract, Images
from ganstudio.networks.inception import CLASSES, FEATURES, SIDE, load_inception
from ganstudio.paths import weights_folder

PATH: Final = "evaluation.extractor"
FILES: Final = (
    "inception.safetensors",
    "pt_inception-2015-12-05-6726825d.pth",
    "weights-inception-2015-12-05-6726825d.pth",
)
"""What the weights may be called in the folder of weights."""
_PUBLISHED: Final = "6726825d"
"""How the SHA-256 of the file begins that PyTorch's tools for FID share."""


class InceptionExtractor:
    """Images resized to 299 px as TensorFlow 1 did, which published figures have in common: 2 048 features."""

    name: Final = "Inception"
    size: Final = FEATURES
    classes: Final = CLASSES
    batch: Final = 4

    def __init__(self, file: Path, device: torch.device | None = None) -> None:
        self._device = device or torch.device("cpu")
        self._digest = _digest(file)
        try:
            network = load_inception(_read(file, self._digest))
        except (RuntimeError, KeyError) as error:
            raise UserError(f"The file {file.name} does not hold the weights of FID's Inception.", path=PATH) from error
        self._network = network.to(self._device).to(memory_format=torch.channels_last)

    @property
    def fingerprint(self) -> str:
        return f"inception-2015/{self._digest}/{SIDE}px-tf1/v1"

    @torch.inference_mode()
    def __call__(self, images: Images) -> Extract:
        x = torch.from_numpy(np.ascontiguousarray(images)).to(self._device).permute(0, 3, 1, 2)
        x = resized_as_tensorflow(x.to(torch.float32).sub_(128).div_(128), SIDE).expand(-1, 3, -1, -1)
        features, logits = self._network(x.contiguous(memory_format=torch.channels_last))
        return Extract(features.cpu().numpy(), logits.softmax(dim=1).cpu().numpy())


def find_weights() -> Path:
    """The file of Inception's weights in the folder of weights. UserError that says where it belongs."""
    for name in FILES:
        if (file := weights_folder() / name).is_file():
            return file
    raise UserError(
        f"Inception's weights are not here: put {FILES[1]} (96 MB) into {weights_folder()}, or name the file. "
        "Nothing is downloaded.",
        path=PATH,
    )


def resized_as_tensorflow(x: Tensor, side: int) -> Tensor:
    """Images (N, C, H, W) as (N, C, side, side): bilinear, pixel i at i times the ratio of the sides, not antialiased.

    So TensorFlow 1 resized inside the network from which FID is defined.
    """
    rows, columns = (_taps(length, side, x.device) for length in x.shape[2:])
    return torch.einsum("oh,nchw,pw->ncop", rows, x, columns)


def _taps(length: int, side: int, device: torch.device) -> Tensor:
    """The share of each of `length` pixels in each of `side`: (side, length)."""
    place = torch.arange(side, dtype=torch.float64) * length / side
    low = place.long()
    high = (low + 1).clamp(max=length - 1)
    share = (place - low)[:, None]
    taps = torch.eye(length, dtype=torch.float64)
    return (taps[low] * (1 - share) + taps[high] * share).to(device, torch.float32)


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"The weights {file} cannot be read: {error.strerror or error}.", path=PATH) from error


def _read(file: Path, digest: str) -> Mapping[str, Tensor]:
    """The tensors of a file. Of pickles only the published one is opened: another could run code."""
    if file.suffix.lower() == ".safetensors":
        try:
            return load_file(file)
        except SafetensorError as error:
            raise UserError(f"The file {file.name} is damaged: {error}.", path=PATH) from error
    if not digest.startswith(_PUBLISHED):
        raise UserError(
            f"The file {file.name} is not the published {FILES[1]} (its SHA-256 begins with {digest[:8]}, not "
            f"{_PUBLISHED}), and such files can run code. Others are taken as .safetensors.",
            path=PATH,
        )
    weights: Mapping[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return weights
