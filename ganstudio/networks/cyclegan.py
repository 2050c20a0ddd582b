"""The networks of CycleGAN (Zhu et al. 2017, appendix 7.2, and the authors' code)."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.layers import init_dcgan
from ganstudio.networks.normalisation import Normalise, NormName


def halvings(resolution: int) -> int:
    """How often the generator halves its input: twice as in the paper from 64 px on, else once."""
    return 2 if resolution >= 64 else 1


class TranslationGenerator(nn.Module):
    """Images (N, C, H, W) in [-1, 1] -> images of the same shape, whose side the halvings divide.

    A 7 x 7 convolution to `width` channels, strided ones that halve the image and double the channels, `depth` residual
    blocks, transposed ones back, and a 7 x 7 convolution to the image (tanh). Reflection padding.
    """

    def __init__(self, resolution: int, channels: int, width: int, depth: int, norm: NormName = "instance") -> None:
        super().__init__()
        steps = halvings(resolution)
        widths = [width * 2**i for i in range(steps + 1)]
        layers: list[nn.Module] = [_padded(channels, width, 7), normalisation(norm, width), nn.ReLU(inplace=True)]
        for narrow, wide in pairwise(widths):
            layers += [nn.Conv2d(narrow, wide, 3, 2, 1), normalisation(norm, wide), nn.ReLU(inplace=True)]
        layers += [ResidualBlock(widths[-1], norm) for _ in range(depth)]
        for narrow, wide in reversed(list(pairwise(widths))):
            layers += [
                nn.ConvTranspose2d(wide, narrow, 3, 2, 1, output_padding=1),
                normalisation(norm, narrow),
                nn.ReLU(inplace=True),
            ]
        layers.append(_padded(width, channels, 7))
        self.layers = nn.Sequential(*layers)
        init_dcgan(self)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.layers(x))


class ResidualBlock(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), with nothing after the sum."""

    def __init__(self, width: int, norm: NormName) -> None:
        super().__init__()
        self.first, self.second = _padded(width, width, 3), _padded(width, width, 3)
        self.norms = nn.ModuleList([normalisation(norm, width), normalisation(norm, width)])

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(self.norms[0](self.first(x)))
        out: Tensor = x + self.norms[1](self.second(hidden))
        return out


class PatchDiscriminator(nn.Module):
    """Images (N, C, H, W) -> logits (N, patches), each of one patch of the image (Isola et al. 2017, section 3.2.2).

    Strided 4 x 4 convolutions, one more and the score; a patch is 70 px wide at 256 px, as in the paper, 34 at 128 and
    16 below: about a quarter of the image, or half of it at 32 px. The norm is on all but the first and last layer.
    """

    def __init__(self, resolution: int, channels: int, width: int, norm: NormName = "instance") -> None:
        super().__init__()
        strided = min(3, max(1, int(math.log2(resolution)) - 5))
        widths = [width * min(2**i, 8) for i in range(strided + 1)]
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        for i, (narrow, wide) in enumerate(pairwise(widths)):
            stride = 2 if i < strided - 1 else 1
            layers += [nn.Conv2d(narrow, wide, 4, stride, 1), normalisation(norm, wide)]
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        layers.append(nn.Conv2d(widths[-1], 1, 4, 1, 1))
        self.layers = nn.Sequential(*layers)
        init_dcgan(self)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x)
        return logits.flatten(1)


def normalisation(norm: NormName, channels: int) -> nn.Module:
    """The named norm; instance norm has no gain and bias here, as in the authors' code."""
    return nn.InstanceNorm2d(channels) if norm == "instance" else Normalise(norm, channels)


def _padded(width: int, channels: int, kernel: int) -> nn.Conv2d:
    """A convolution that keeps the size by reflecting the image at its border."""
    return nn.Conv2d(width, channels, kernel, padding=kernel // 2, padding_mode="reflect")
