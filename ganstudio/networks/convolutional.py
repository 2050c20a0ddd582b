"""Strided convolutional networks (Radford et al. 2016)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.discriminator import PLAIN, ConvolutionalDiscriminator, CriticOptions, Head
from ganstudio.networks.layers import growth, init_dcgan, join_class
from ganstudio.networks.normalisation import Normalise, NormName

_WIDEST = 1024


class ConvolutionalGenerator(nn.Module):
    """Latents (N, L) -> images (N, C, H, W) in [-1, 1].

    A projection to `base` x `base`, then 4 x 4 transposed convolutions that double it, with `widths` channels, each
    with `norm` and ReLU; then `last`, which `make_last` makes of the last width, and tanh. The class joins the latents
    as a one-hot vector, or enters each norm ("projection").
    """

    def __init__(
        self,
        latent_size: int,
        base: int,
        widths: Sequence[int],
        num_classes: int,
        *,
        norm: NormName,
        conditioning: Literal["joined", "projection"],
        make_last: Callable[[int], nn.Module],
    ) -> None:
        super().__init__()
        by_norm = num_classes if conditioning == "projection" and norm == "batch" else 0
        self._joined = num_classes - by_norm
        self._base = (widths[0], base, base)
        bare = norm in {"batch", "layer", "instance"}
        self.project = nn.Linear(latent_size + self._joined, widths[0] * base * base, bias=not bare)
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=not bare) for wide, narrow in pairwise(widths)
        )
        self.norms = nn.ModuleList(Normalise(norm, each, by_norm) for each in widths)
        self.last = make_last(widths[-1])
        init_dcgan(self)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if y is not None and self._joined:
            z = join_class(z, y, self._joined)
        x = self.project(z).view(len(z), *self._base).contiguous(memory_format=torch.channels_last)
        x = F.relu(self.norms[0](x, y))
        for grow, norm in zip(self.grow, list(self.norms)[1:], strict=True):
            x = F.relu(norm(grow(x), y))
        return torch.tanh(self.last(x))


class DcganGenerator(ConvolutionalGenerator):
    """A convolutional generator whose last doubling draws the image.

    `width` is the number of channels before the output; each stage below has twice as many, up to 1024.
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
        base, doublings = growth(resolution)
        super().__init__(
            latent_size,
            base,
            [min(width * 2 ** (doublings - 1 - i), max(_WIDEST, width)) for i in range(doublings)],
            num_classes,
            norm=norm,
            conditioning=conditioning,
            make_last=lambda narrow: nn.ConvTranspose2d(narrow, channels, 4, 2, 1),
        )


class DcganDiscriminator(ConvolutionalDiscriminator):
    """Images (N, C, H, W) -> logits (N,).

    4 x 4 convolutions that halve the resolution down to the base, LeakyReLU .2, then one convolution over what is
    left. The norm is on all but the first and the last layer; "none" and "layer" suit per-sample gradient penalties.
    A joined class enters the image as a learned plane.
    """

    def __init__(self, resolution: int, channels: int, width: int, options: CriticOptions = PLAIN) -> None:
        super().__init__(resolution, channels, options)
        base, halvings = growth(resolution)
        widths = [min(width * 2**i, max(_WIDEST, width)) for i in range(halvings)]
        bare = options.norm in {"batch", "layer", "instance"}
        layers: list[nn.Module] = [nn.Conv2d(self.inputs, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for narrow, wide in pairwise(widths):
            layers.append(nn.Conv2d(narrow, wide, 4, 2, 1, bias=not bare))
            layers += [] if options.norm == "none" else [Normalise(options.norm, wide)]
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers)
        self.head = Head(widths[-1] * base * base, options)
        init_dcgan(self.layers)
        init_dcgan(self.head)
