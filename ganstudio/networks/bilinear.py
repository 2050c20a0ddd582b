"""Resize-convolution: images grow by bilinear interpolation and convolution, free of checkerboards (Odena et al. 2016).

The networks are those of the method's tutorial for 28 px, 12-10-20-18-36-32-28, generalised to any side; their weights
start as there, Glorot-uniform.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.discriminator import PLAIN, ConvolutionalDiscriminator, CriticOptions, Head
from ganstudio.networks.layers import Dropout, init_glorot, join_class
from ganstudio.networks.normalisation import Normalise, NormName

_SLOPE = 0.2
_LARGEST_BASE = 13
_LARGEST_LAST = 8
_WIDEST = 4
"""Times the width that a layer can have."""


class BilinearGenerator(nn.Module):
    """Latents (N, L) -> images (N, C, H, W) in [-1, 1]; any side from 8 px.

    A projection to at most 13 x 13, then valid 3 x 3 convolutions, each followed by a doubling (to one pixel less than
    double where the side needs it), then two valid 5 x 5 ones; `norm` and LeakyReLU .2 everywhere but at the output
    (tanh). `width` is the number of channels before the output; each doubling below has twice as many, up to four
    times. Classes join as in DCGAN.
    """

    def __init__(
        self,
        latent_size: int,
        resolution: int,
        channels: int,
        width: int,
        num_classes: int = 0,
        *,
        norm: NormName = "batch",
        conditioning: Literal["joined", "projection"] = "joined",
    ) -> None:
        super().__init__()
        base, self._sizes = sides(resolution)
        widths = [width * min(2 ** (len(self._sizes) - i), _WIDEST) for i in range(len(self._sizes) + 1)]
        by_norm = num_classes if conditioning == "projection" and norm == "batch" else 0
        self._joined = num_classes - by_norm
        self._base = (widths[0], base, base)
        bare = norm in {"batch", "layer", "instance"}
        kernels = [3] * len(self._sizes) + [5]
        self.project = nn.Linear(latent_size + self._joined, widths[0] * base * base, bias=not bare)
        self.convolve = nn.ModuleList(
            nn.Conv2d(wide, narrow, kernel, bias=not bare)
            for wide, narrow, kernel in zip([widths[0], *widths], widths, kernels, strict=False)
        )
        self.norms = nn.ModuleList(Normalise(norm, each, by_norm) for each in [widths[0], *widths])
        self.last = nn.Conv2d(widths[-1], channels, 5)
        init_glorot(self)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if y is not None and self._joined:
            z = join_class(z, y, self._joined)
        x = self.project(z).view(len(z), *self._base).contiguous(memory_format=torch.channels_last)
        x = F.leaky_relu(self.norms[0](x, y), _SLOPE)
        for i, (convolve, norm) in enumerate(zip(self.convolve, list(self.norms)[1:], strict=True)):
            x = F.leaky_relu(norm(convolve(x), y), _SLOPE)
            if i < len(self._sizes):
                x = F.interpolate(x, size=self._sizes[i], mode="bilinear", align_corners=False)
        return torch.tanh(self.last(x))


class BilinearDiscriminator(ConvolutionalDiscriminator):
    """Images (N, C, H, W) -> logits (N,); any side.

    A 3 x 3 convolution with stride 2 to `width` channels, then 5 x 5 ones with stride 2 down to at most 8 x 8, each
    with twice as many channels up to four times; LeakyReLU .2 and dropout after each. A joined class enters the image
    as a learned plane.
    """

    def __init__(self, resolution: int, channels: int, width: int, options: CriticOptions = PLAIN) -> None:
        super().__init__(resolution, channels, options)
        side, widths = math.ceil(resolution / 2), [width]
        while side > _LARGEST_LAST or len(widths) < 2:
            side = math.ceil(side / 2)
            widths.append(min(2 * widths[-1], _WIDEST * width))
        bare = options.norm in {"batch", "layer", "instance"}
        layers: list[nn.Module] = [nn.Conv2d(self.inputs, width, 3, 2, 1)]
        layers += [nn.LeakyReLU(_SLOPE)]
        for narrow, wide in pairwise(widths):
            layers += [Dropout(options.dropout)] if options.dropout else []
            layers.append(nn.Conv2d(narrow, wide, 5, 2, 2, bias=not bare))
            layers += [] if options.norm == "none" else [Normalise(options.norm, wide)]
            layers.append(nn.LeakyReLU(_SLOPE))
        self.layers = nn.Sequential(*layers)
        self.head = Head(widths[-1] * side * side, options)
        init_glorot(self.layers)
        init_glorot(self.head)


def sides(resolution: int) -> tuple[int, list[int]]:
    """The side of the first feature map, and those that each interpolation makes: 28 -> (12, [20, 36])."""
    side = resolution + 8
    sizes: list[int] = []
    while side > _LARGEST_BASE:
        sizes.insert(0, side)
        side = math.ceil(side / 2) + 2
    return side, sizes
