"""Residual networks without normalisation (after Huang et al. 2024, section 4), cut down to what a CPU can train.

Kept from the paper: no norm anywhere, residual branches that start at zero, LeakyReLU, symmetric G and D. Changed for
speed: resampling is learned (strided convolution, pixel shuffle) instead of filtered, blocks are ungrouped, and most of
them stand at the lowest resolution, where they cost least.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.discriminator import PLAIN, CriticOptions, Discriminator, Head
from ganstudio.networks.layers import growth, init_kaiming, join_class

_WIDEST = 512
_SLOPE = 0.2


class ResidualBlock(nn.Module):
    """x + W2 lrelu(W1 x) with W1 3 x 3 and W2 1 x 1; W2 starts at zero, so that a block starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.spread = nn.Conv2d(width, width, 3, 1, 1)
        self.merge = nn.Conv2d(width, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.merge(_act(self.spread(x)))
        return out


class ResidualGenerator(nn.Module):
    """Latents (N, L) -> images (N, C, H, W) in [-1, 1].

    A hidden layer of max(256, 4 L) units and a projection to the base; then each stage doubles by pixel shuffle.
    `width` is the number of channels before the output, doubled at each stage below (up to 512). The base has `depth`
    residual blocks, every other stage one fewer. With `num_classes` the one-hot class joins the latents.
    """

    def __init__(
        self, latent_size: int, resolution: int, channels: int, width: int, depth: int, num_classes: int = 0
    ) -> None:
        super().__init__()
        base, doublings = growth(resolution)
        widths = [min(width * 2 ** (doublings - 1 - i), _WIDEST) for i in range(doublings)]
        self._base = (widths[0], base, base)
        units = max(256, 4 * latent_size)
        self.num_classes = num_classes
        self.hidden = nn.Linear(latent_size + num_classes, units)
        self.project = nn.Linear(units, widths[0] * base * base)
        self.blocks = nn.ModuleList(_blocks(w, depth if i == 0 else depth - 1) for i, w in enumerate(widths))
        self.grow = nn.ModuleList(
            nn.Conv2d(wide, 4 * narrow, 3, 1, 1) for wide, narrow in zip(widths, [*widths[1:], channels], strict=True)
        )
        init_kaiming(self, _SLOPE)
        _scale(self.grow[-1], 0.5)
        _start_at_zero(self)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if y is not None:
            z = join_class(z, y, self.num_classes)
        x = self.project(_act(self.hidden(z))).view(len(z), *self._base)
        x = x.contiguous(memory_format=torch.channels_last)
        for blocks, grow in zip(self.blocks, self.grow, strict=True):
            x = F.pixel_shuffle(grow(blocks(_act(x))), 2)
        return torch.tanh(x)


class ResidualDiscriminator(Discriminator):
    """Images (N, C, H, W) -> logits (N,); the mirror image of the generator.

    4 x 4 convolutions halve the resolution down to the base, where a 3 x 3 one follows; the base has `depth` residual
    blocks, every stage before it one fewer; a hidden layer of twice the base's channels, then the head. A class
    enters by projection.
    """

    def __init__(self, resolution: int, channels: int, width: int, depth: int, options: CriticOptions = PLAIN) -> None:
        super().__init__()
        base, halvings = growth(resolution)
        widths = [min(width * 2**i, _WIDEST) for i in range(halvings)]
        self.shrink = nn.ModuleList(
            nn.Conv2d(narrow, wide, 4, 2, 1) for narrow, wide in zip([channels, *widths], widths, strict=False)
        )
        self.blocks = nn.ModuleList(_blocks(w, depth if i == halvings - 1 else depth - 1) for i, w in enumerate(widths))
        self.mix = nn.Conv2d(widths[-1], widths[-1], 3, 1, 1)
        self.hidden = nn.Linear(widths[-1] * base * base, 2 * widths[-1])
        self.head = Head(2 * widths[-1], options)
        init_kaiming(self, _SLOPE)
        _scale(self.head.score, 0.5)
        _start_at_zero(self)

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        *early, (last, at_base) = zip(self.shrink, self.blocks, strict=True)
        for shrink, blocks in early:
            x = blocks(_act(shrink(x)))
        x = at_base(_act(self.mix(_act(last(x)))))
        return _act(self.hidden(x.flatten(1)))


def _act(x: Tensor) -> Tensor:
    """LeakyReLU in place: for the fresh output of a layer, whose own gradient does not need it."""
    return F.leaky_relu_(x, _SLOPE)


def _scale(layer: nn.Module, factor: float) -> None:
    assert isinstance(layer.weight, Tensor)
    with torch.no_grad():
        layer.weight.mul_(factor)


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(width) for _ in range(count)))


def _start_at_zero(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, ResidualBlock):
            nn.init.zeros_(module.merge.weight)
