"""MobileNetV2 trained on ImageNet (Sandler et al. 2018), whose features perceptual losses and measures compare.

The architecture is torchvision's, so that its weights, which the studio ships, load by name.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from ganstudio.paths import resource

_PLAN = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels, blocks, stride of the first (table 2)."""
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FEATURES = 1280
"""Numbers in the last feature vector."""


class MobileNetV2(nn.Module):
    """Images (N, 3, H, W), normalised as ImageNet's, -> logits (N, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_convolution(3, 32, kernel=3, stride=2)]
        width = 32
        for expansion, channels, blocks, stride in _PLAN:
            for i in range(blocks):
                layers.append(InvertedResidual(width, channels, stride if i == 0 else 1, expansion))
                width = channels
        layers.append(_convolution(width, FEATURES))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(FEATURES, 1000))

    def maps(self, x: Tensor, after: Sequence[int]) -> list[Tensor]:
        """The feature maps (N, F, h, w) after some of the 19 layers, given in ascending order; no layer beyond is run.

        Layers 1, 3, 6, 13 and 18 are the last of their size: 1/2, 1/4, 1/8, 1/16 and 1/32 of the image's side.
        """
        found = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in after:
                found.append(x)
            if index == after[-1]:
                break
        return found

    def embed(self, x: Tensor) -> Tensor:
        """The last feature maps, averaged over the image: (N, 1280)."""
        vector: Tensor = self.features(x).mean(dim=(2, 3))
        return vector

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.embed(x))
        return logits


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow; the input is added where the shapes agree (section 3.3)."""

    def __init__(self, width: int, channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = width * expansion
        self.adds = stride == 1 and width == channels
        widen = [_convolution(width, hidden)] if expansion != 1 else []
        self.conv = nn.Sequential(
            *widen,
            _convolution(hidden, hidden, kernel=3, stride=stride, groups=hidden),
            nn.Conv2d(hidden, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return x + out if self.adds else out


def load_mobilenet() -> MobileNetV2:
    """The network with the weights that the studio ships: in evaluation mode, its parameters frozen."""
    with torch.device("meta"):
        network = MobileNetV2()
    weights = load_file(resource("weights", "mobilenet-v2-imagenet.safetensors"))
    network.load_state_dict(weights, strict=True, assign=True)
    return network.requires_grad_(False).eval()


def as_imagenet(images: Tensor) -> Tensor:
    """Images (N, 1 or 3, H, W) in [-1, 1] as (N, 3, H, W) normalised like those that the network was trained on."""
    images = images.expand(-1, 3, -1, -1)
    mean = torch.tensor(_MEAN, device=images.device)[:, None, None]
    deviation = torch.tensor(_DEVIATION, device=images.device)[:, None, None]
    return (0.5 * images + 0.5 - mean) / deviation


def _convolution(width: int, channels: int, *, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution, batch norm, and ReLU up to 6."""
    return nn.Sequential(
        nn.Conv2d(width, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU6(inplace=True),
    )
