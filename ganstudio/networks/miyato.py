"""The convolutional networks of spectral normalisation (Miyato et al. 2018, table 3), for 32 px there, generalised."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from torch import nn

from ganstudio.networks.convolutional import ConvolutionalGenerator
from ganstudio.networks.discriminator import PLAIN, ConvolutionalDiscriminator, CriticOptions, Head
from ganstudio.networks.layers import growth, init_dcgan
from ganstudio.networks.normalisation import Normalise, NormName

_WIDEST = 512
_SLOPE = 0.1


class MiyatoGenerator(ConvolutionalGenerator):
    """Latents (N, L) -> images (N, C, H, W) in [-1, 1].

    A projection to the base, 4 x 4 transposed convolutions that double it, then a 3 x 3 convolution; `norm` and ReLU
    everywhere but at the output (tanh). `width` is the number of channels before the output; each stage below has
    twice as many, up to 512. Classes join as in DCGAN.
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
        base, widths = _widths(resolution, width)
        super().__init__(
            latent_size,
            base,
            widths[::-1],
            num_classes,
            norm=norm,
            conditioning=conditioning,
            make_last=lambda narrow: nn.Conv2d(narrow, channels, 3, 1, 1),
        )


class MiyatoDiscriminator(ConvolutionalDiscriminator):
    """Images (N, C, H, W) -> logits (N,).

    At each resolution a 3 x 3 convolution, then a 4 x 4 one that halves it and doubles the channels (up to 512), down
    to the base, where a last 3 x 3 one stands; LeakyReLU .1. The norm, if any, is on all but the first layer. A joined
    class enters the image as a learned plane.
    """

    def __init__(self, resolution: int, channels: int, width: int, options: CriticOptions = PLAIN) -> None:
        super().__init__(resolution, channels, options)
        base, widths = _widths(resolution, width)
        layers: list[nn.Module] = [nn.Conv2d(self.inputs, width, 3, 1, 1), nn.LeakyReLU(_SLOPE)]
        for narrow, wide in pairwise(widths):
            layers += _layer(nn.Conv2d(narrow, wide, 4, 2, 1), options)
            layers += _layer(nn.Conv2d(wide, wide, 3, 1, 1), options)
        self.layers = nn.Sequential(*layers)
        self.head = Head(widths[-1] * base * base, options)
        init_dcgan(self.layers)
        init_dcgan(self.head)


def _layer(convolution: nn.Conv2d, options: CriticOptions) -> list[nn.Module]:
    norm = [] if options.norm == "none" else [Normalise(options.norm, convolution.out_channels)]
    return [convolution, *norm, nn.LeakyReLU(_SLOPE)]


def _widths(resolution: int, width: int) -> tuple[int, list[int]]:
    """The base, and the channels at each resolution from the image's own down to the base."""
    base, halvings = growth(resolution)
    return base, [min(width * 2**i, max(_WIDEST, width)) for i in range(halvings + 1)]
