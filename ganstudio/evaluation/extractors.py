"""Networks whose features are compared in place of pixels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from ganstudio.networks.mobilenet import FEATURES, MobileNetV2, as_imagenet, load_mobilenet
from ganstudio.paths import resource

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Extract:
    """What an extractor makes of N images: `features` (N, F) float32, and `probabilities` of classes (N, C)."""

    features: NDArray[np.float32]
    probabilities: NDArray[np.float32]


class Extractor(Protocol):
    """A frozen network of known weights."""

    @property
    def name(self) -> str:
        """Its name, which every measure made with it carries."""

    @property
    def size(self) -> int:
        """F, the numbers in one feature vector."""

    @property
    def classes(self) -> int:
        """C, the classes that it tells apart; 0 where it knows of none, and there is no inception score."""

    @property
    def batch(self) -> int:
        """Images that go through it at once: a slice of a fraction of a second on one core."""

    @property
    def fingerprint(self) -> str:
        """What its features depend on: its weights and how images are brought to it."""

    def __call__(self, images: Images) -> Extract:
        """What it makes of the images (N, H, W, 1 or 3)."""


class MobileNetExtractor:
    """The embedded MobileNetV2 on images resized to 96 px, antialiased: 1 280 features and 1 000 classes of ImageNet.

    Each batch norm is folded into its convolution, which halves the time and changes no feature by more than 1e-4.
    """

    side: Final = 96
    name: Final = "MobileNetV2"
    size: Final = FEATURES
    classes: Final = 1000
    batch: Final = 32

    def __init__(self, device: torch.device | None = None) -> None:
        self._device = device or torch.device("cpu")
        self._network = _folded(load_mobilenet()).to(self._device).to(memory_format=torch.channels_last)

    @property
    def fingerprint(self) -> str:
        return f"mobilenet-v2/{_weights_digest()}/{self.side}px-antialiased/v1"

    @torch.inference_mode()
    def __call__(self, images: Images) -> Extract:
        x = torch.from_numpy(np.ascontiguousarray(images)).to(self._device).permute(0, 3, 1, 2)
        x = x.to(torch.float32).mul_(2 / 255).sub_(1)
        x = F.interpolate(x, size=(self.side, self.side), mode="bilinear", antialias=True, align_corners=False)
        features = self._network.embed(as_imagenet(x).contiguous(memory_format=torch.channels_last))
        probabilities = self._network.classifier(features).softmax(dim=1)
        return Extract(features.cpu().numpy(), probabilities.cpu().numpy())


def _folded(network: MobileNetV2) -> MobileNetV2:
    """The same function without batch norms of their own."""
    for block in network.modules():
        if isinstance(block, nn.Sequential):
            for index, layer in enumerate(block):
                follower = block[index + 1] if index + 1 < len(block) else None
                if isinstance(layer, nn.Conv2d) and isinstance(follower, nn.BatchNorm2d):
                    block[index] = _fuse(layer, follower)
                    block[index + 1] = nn.Identity()
    return network


def _fuse(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    fused: nn.Conv2d = torch.nn.utils.fuse_conv_bn_eval(convolution, norm)
    return fused.requires_grad_(False)


@cache
def _weights_digest() -> str:
    with resource("weights", "mobilenet-v2-imagenet.safetensors").open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
