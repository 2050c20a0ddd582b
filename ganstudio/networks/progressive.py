"""Networks that grow from 4 x 4 pixels by doubling (Karras et al. 2018; details after the authors' code)."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.discriminator import PLAIN, CriticOptions, Discriminator, Head
from ganstudio.networks.layers import Growing, Stage, class_shares, join_class
from ganstudio.networks.minibatch import MinibatchDeviation
from ganstudio.networks.normalisation import PixelNorm

BASE = 4
_WIDEST = 512
_SLOPE = 0.2
_HE = math.sqrt(2.0)


def last_level(resolution: int) -> int:
    """Doublings from 4 px until an image of `resolution` fits: 28 and 32 px take 3, 33 px take 4."""
    return max(0, math.ceil(math.log2(resolution / BASE)))


class EqualisedConv2d(nn.Conv2d):
    """A convolution with N(0, 1) weights that are scaled by gain / sqrt(fan-in) when used, so that Adam moves all
    layers at one pace (section 4.1). `resample` of 2 doubles the resolution first, of -2 halves it afterwards.

    Both are one strided convolution with the 3 x 3 kernel spread over 4 x 4: the same numbers as a nearest-neighbour
    enlargement before it, or the mean of 2 x 2 pixels after it, in less than half of the products.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, *, gain: float = _HE, resample: int = 0) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)
        nn.init.normal_(self.weight)
        _zero(self.bias)
        self.scale, self.resample = gain / math.sqrt(inputs * kernel**2), resample

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        weight = self.weight * self.scale
        if not self.resample:
            return F.conv2d(input, weight, self.bias, padding=self.padding)
        spread = F.avg_pool2d(weight, 2, 1, 1)
        if self.resample < 0:
            return F.conv2d(input, spread, self.bias, stride=2, padding=1)
        kernel = (4.0 * spread).flip(2, 3).transpose(0, 1)
        return F.conv_transpose2d(input, kernel, self.bias, stride=2, padding=1)


class EqualisedLinear(nn.Linear):
    """A dense layer with N(0, 1) weights that are scaled by gain / sqrt(fan-in) when used (section 4.1)."""

    def __init__(self, inputs: int, outputs: int, *, gain: float = _HE) -> None:
        super().__init__(inputs, outputs)
        nn.init.normal_(self.weight)
        _zero(self.bias)
        self.scale = gain / math.sqrt(inputs)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        return F.linear(input * self.scale, self.weight, self.bias)


class ProgressiveGenerator(Growing):
    """Latents (N, L) -> images (N, C, R, R) of the stage's resolution R; linear, meant for [-1, 1].

    Latents, with the one-hot class appended, are put on the sphere of radius sqrt(their number). Two 3 x 3
    convolutions a level, each followed by LeakyReLU .2 and pixel norm, the first of them after doubling. A 1 x 1
    convolution a level makes the image; while a level fades in, it is blended with the enlarged image of the level
    below (figure 2). `width` is the number of channels at the last level, doubled at each below (up to 512).
    """

    def __init__(self, latent_size: int, resolution: int, channels: int, width: int, num_classes: int = 0) -> None:
        super().__init__()
        widths = _widths(resolution, width)
        self.num_classes, self._width = num_classes, widths[0]
        self.norm = PixelNorm()
        # A quarter of the usual gain: the 4 x 4 convolution that the paper has here counts 16 times the inputs.
        self.start = EqualisedLinear(latent_size + num_classes, widths[0] * BASE**2, gain=_HE / 4)
        self.mix = EqualisedConv2d(widths[0], widths[0], 3)
        self.grow = nn.ModuleList(EqualisedConv2d(a, b, 3, resample=2) for a, b in pairwise(widths))
        self.refine = nn.ModuleList(EqualisedConv2d(each, each, 3) for each in widths[1:])
        self.paint = nn.ModuleList(EqualisedConv2d(each, channels, 1, gain=1.0) for each in widths)
        self.stage = Stage(len(widths) - 1)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        z = self.norm(z if y is None else join_class(z, y, self.num_classes))
        x = self.start(z).view(len(z), self._width, BASE, BASE).contiguous(memory_format=torch.channels_last)
        x = self._settle(self.mix(self._settle(x)))
        level, fade = self.stage.level, self.stage.fade
        below = x
        for grow, refine in list(zip(self.grow, self.refine, strict=True))[:level]:
            below, x = x, self._settle(refine(self._settle(grow(x))))
        image: Tensor = self.paint[level](x)
        if level == 0 or fade == 1.0:
            return image
        return torch.lerp(enlarge(self.paint[level - 1](below), 2), image, fade)

    def _settle(self, x: Tensor) -> Tensor:
        """LeakyReLU, then every pixel's channels to unit length on average."""
        settled: Tensor = self.norm(_act(x))
        return settled


class ProgressiveDiscriminator(Discriminator, Growing):
    """Images (N, C, R, R) of the stage's resolution R -> logits (N,); the mirror image of the generator.

    While a level fades in, its features are blended with those of the halved image at the level below. At 4 x 4 pixels
    the deviation over groups of samples joins as a feature map (section 3), and so does the one-hot class where it is
    joined; then a 3 x 3 convolution, a dense layer and the score. Larger images, such as the data's own, are padded
    and shrunk to the stage's resolution first.
    """

    def __init__(self, resolution: int, channels: int, width: int, options: CriticOptions = PLAIN) -> None:
        super().__init__()
        widths = _widths(resolution, width)
        self.deviation = MinibatchDeviation(options.group) if options.minibatch == "deviation" else None
        self._joined = options.joined_classes
        self.see = nn.ModuleList(EqualisedConv2d(channels, each, 1) for each in widths)
        self.refine = nn.ModuleList(EqualisedConv2d(each, each, 3) for each in widths[1:])
        self.shrink = nn.ModuleList(EqualisedConv2d(b, a, 3, resample=-2) for a, b in pairwise(widths))
        self.mix = EqualisedConv2d(widths[0] + (self.deviation is not None) + self._joined, widths[0], 3)
        self.gather = EqualisedLinear(widths[0] * BASE**2, widths[0])
        self.head = Head(widths[0], replace(options, minibatch="none") if self.deviation is not None else options)
        self.head.score = EqualisedLinear(self.head.score.in_features, 1, gain=1.0)
        self.full = BASE * 2 ** (len(widths) - 1)
        self.stage = Stage(len(widths) - 1)

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        level, fade = self.stage.level, self.stage.fade
        if x.shape[-1] != self.stage.resolution:
            x = shrink(pad(x, self.full), self.stage.resolution)
        seen = _act(self.see[level](x))
        for at in range(level, 0, -1):
            seen = _act(self.shrink[at - 1](_act(self.refine[at - 1](seen))))
            if at == level and fade < 1.0:
                seen = torch.lerp(_act(self.see[level - 1](shrink(x, x.shape[-1] // 2))), seen, fade)
        seen = _act(self.mix(self._with_maps(seen, y)))
        return _act(self.gather(seen.flatten(1)))

    def stages(self) -> list[nn.Module]:
        """From the finest level to the score."""
        levels = reversed(list(zip(self.refine, self.shrink, strict=True)))
        body = [layer for level in levels for layer in level]
        return [*reversed(self.see), *body, self.mix, self.gather, self.head.score]

    def _with_maps(self, x: Tensor, y: Tensor | None) -> Tensor:
        maps = [x]
        if self.deviation is not None:
            maps.append(_as_maps(self.deviation(x), x))
        if self._joined and y is not None:
            maps.append(_as_maps(class_shares(y, self._joined, x.dtype), x))
        return x if len(maps) == 1 else torch.cat(maps, dim=1)


def pad(x: Tensor, side: int) -> Tensor:
    """Images (N, C, H, W) in the middle of (N, C, side, side), their outermost pixels repeated around them."""
    spare = side - x.shape[-1]
    if not spare:
        return x
    before = spare // 2
    return F.pad(x, (before, spare - before, before, spare - before), mode="replicate")


def crop(x: Tensor, side: int) -> Tensor:
    """The middle (N, C, side, side) of images, which `pad` has put there."""
    before = (x.shape[-1] - side) // 2
    return x[..., before : before + side, before : before + side]


def shrink(x: Tensor, side: int) -> Tensor:
    """Images of a smaller side: each pixel is the mean of those that it covers."""
    factor = x.shape[-1] // side
    return x if factor == 1 else F.avg_pool2d(x, factor)


def enlarge(x: Tensor, factor: int) -> Tensor:
    """Images with each pixel repeated `factor` times along both sides."""
    return x if factor == 1 else F.interpolate(x, scale_factor=factor, mode="nearest")


def _widths(resolution: int, width: int) -> list[int]:
    """Channels by level, from 4 px on."""
    last = last_level(resolution)
    return [min(width * 2 ** (last - level), max(_WIDEST, width)) for level in range(last + 1)]


def _as_maps(values: Tensor, x: Tensor) -> Tensor:
    """(N, K) as constant feature maps (N, K, H, W) beside `x`."""
    return values[:, :, None, None].expand(-1, -1, *x.shape[2:])


def _act(x: Tensor) -> Tensor:
    """LeakyReLU in place: for the fresh output of a layer, whose own gradient does not need it."""
    return F.leaky_relu_(x, _SLOPE)


def _zero(bias: Any) -> None:
    nn.init.zeros_(bias)
