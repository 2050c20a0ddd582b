"""Residual networks of BigGAN (Brock et al. 2019, appendix B): classes and chunks of the latent steer G's norms."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.discriminator import PLAIN, CriticOptions, Discriminator, Head
from ganstudio.networks.layers import BatchNorm2d, ClassEmbedding, growth, init_glorot

_MOST, _WIDEST = 16, 1024
"""Times the width that a layer can have (the paper's), and its channels at most."""
_ATTENTIVE = 64
_SHARED = 128


class ConditionalNorm(nn.Module):
    """Batch norm whose gain and bias are linear in a condition (N, K); a plain one without (K = 0)."""

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.norm = BatchNorm2d(channels, affine=not condition)
        self.gain = nn.Linear(condition, channels, bias=False) if condition else None
        self.bias = nn.Linear(condition, channels, bias=False) if condition else None

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        out: Tensor = self.norm(x)
        if self.gain is None or self.bias is None:
            return out
        gain, bias = (layer(condition)[:, :, None, None] for layer in (self.gain, self.bias))
        steered: Tensor = out * (1.0 + gain) + bias
        return steered


class GrowingBlock(nn.Module):
    """(N, A, H, W) -> (N, B, 2H, 2W): norm, ReLU, doubling, 3 x 3, norm, ReLU, 3 x 3; beside it doubling and 1 x 1."""

    def __init__(self, wide: int, narrow: int, condition: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([ConditionalNorm(wide, condition), ConditionalNorm(narrow, condition)])
        self.first, self.second = nn.Conv2d(wide, narrow, 3, 1, 1), nn.Conv2d(narrow, narrow, 3, 1, 1)
        self.beside = nn.Conv2d(wide, narrow, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.first(_double(F.relu(self.norms[0](x, condition))))
        h = self.second(F.relu(self.norms[1](h, condition)))
        out: Tensor = h + _double(self.beside(x))
        return out


class ShrinkingBlock(nn.Module):
    """(N, A, H, W) -> (N, B, H/2, W/2), or of the same side: ReLU, 3 x 3, ReLU, 3 x 3, mean; beside it 1 x 1, mean.

    The first block of a network has no ReLU before its first convolution.
    """

    def __init__(self, narrow: int, wide: int, *, first: bool = False, halves: bool = True) -> None:
        super().__init__()
        self._first, self._halves = first, halves
        self.first, self.second = nn.Conv2d(narrow, wide, 3, 1, 1), nn.Conv2d(wide, wide, 3, 1, 1)
        self.beside = nn.Conv2d(narrow, wide, 1) if narrow != wide or halves else None

    def forward(self, x: Tensor) -> Tensor:
        h = self.second(F.relu(self.first(x if self._first else F.relu(x))))
        if self._halves:
            h, x = F.avg_pool2d(h, 2), F.avg_pool2d(x, 2)
        out: Tensor = h + (x if self.beside is None else self.beside(x))
        return out


class SelfAttention(nn.Module):
    """x + gain x what each place gathers from all others, gain from 0 (Zhang et al. 2019, section 3)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner, carried = max(1, channels // 8), max(1, channels // 2)
        self.query, self.key = nn.Conv2d(channels, inner, 1, bias=False), nn.Conv2d(channels, inner, 1, bias=False)
        self.value, self.out = nn.Conv2d(channels, carried, 1, bias=False), nn.Conv2d(carried, channels, 1, bias=False)
        self.gain = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        query = self.query(x).flatten(2)
        key, value = (F.max_pool2d(layer(x), 2).flatten(2) for layer in (self.key, self.value))
        weights = torch.softmax(query.transpose(1, 2) @ key, dim=-1)
        gathered = (value @ weights.transpose(1, 2)).view(len(x), -1, *x.shape[2:])
        attended: Tensor = x + self.gain.to(x.dtype) * self.out(gathered)
        return attended


class BigGenerator(nn.Module):
    """Latents (N, L) -> images (N, C, H, W) in [-1, 1].

    The latent is cut into one chunk for the projection to the base and one for each block. A block's norms are steered
    by its chunk and by one embedding of the class that all blocks share. `width` is the number of channels before the
    output, doubled at each stage below up to 16 times and 1024. Images above 64 px have self-attention at the
    largest feature map of at most 64 px.
    """

    def __init__(self, latent_size: int, resolution: int, channels: int, width: int, num_classes: int = 0) -> None:
        super().__init__()
        base, widths = _widths(resolution, width)
        outs = list(reversed(widths))
        chunk = latent_size // (len(outs) + 1)
        self._chunks = [latent_size - chunk * len(outs), *[chunk] * len(outs)]
        self._base = (outs[0], base, base)
        self.shared = ClassEmbedding(num_classes, _SHARED) if num_classes else None
        condition = chunk + (_SHARED if num_classes else 0)
        self.project = nn.Linear(self._chunks[0], outs[0] * base * base)
        self.blocks = nn.ModuleList(GrowingBlock(a, b, condition) for a, b in pairwise([outs[0], *outs]))
        self._attentive = _attentive([base * 2 ** (i + 1) for i in range(len(outs))], resolution)
        self.attention = SelfAttention(outs[self._attentive]) if self._attentive is not None else None
        self.norm = BatchNorm2d(outs[-1])
        self.last = nn.Conv2d(outs[-1], channels, 3, 1, 1)
        init_glorot(self)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        first, *chunks = torch.split(z, self._chunks, dim=1)
        x = self.project(first).view(len(z), *self._base).contiguous(memory_format=torch.channels_last)
        for i, (block, chunk) in enumerate(zip(self.blocks, chunks, strict=True)):
            condition = chunk if self.shared is None or y is None else torch.cat([self.shared(y), chunk], dim=1)
            x = block(x, condition)
            if self.attention is not None and i == self._attentive:
                x = self.attention(x)
        return torch.tanh(self.last(F.relu(self.norm(x))))


class BigDiscriminator(Discriminator):
    """Images (N, C, H, W) -> logits (N,).

    Residual blocks that halve the resolution down to the base, one more there, ReLU, a sum over places, then the head.
    Channels and self-attention mirror G's. A class enters by projection.
    """

    def __init__(self, resolution: int, channels: int, width: int, options: CriticOptions = PLAIN) -> None:
        super().__init__()
        _, widths = _widths(resolution, width)
        sizes = [channels, *widths]
        self.blocks = nn.ModuleList(ShrinkingBlock(a, b, first=i == 0) for i, (a, b) in enumerate(pairwise(sizes)))
        self.blocks.append(ShrinkingBlock(widths[-1], widths[-1], halves=False))
        self._attentive = _attentive([resolution // 2 ** (i + 1) for i in range(len(widths))], resolution)
        self.attention = SelfAttention(widths[self._attentive]) if self._attentive is not None else None
        self.head = Head(widths[-1], options)
        init_glorot(self)

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        for i, block in enumerate(self.blocks):
            x = block(x)
            if self.attention is not None and i == self._attentive:
                x = self.attention(x)
        return F.relu(x).sum(dim=(2, 3))


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _widths(resolution: int, width: int) -> tuple[int, list[int]]:
    """The base, and the channels at each resolution from the image's own down to twice the base."""
    base, halvings = growth(resolution)
    return base, [min(width * min(2**i, _MOST), max(_WIDEST, width)) for i in range(halvings)]


def _attentive(sides: list[int], resolution: int) -> int | None:
    """The block after which attention stands: the one with the largest side up to 64 px; None for small images."""
    if resolution <= _ATTENTIVE:
        return None
    return max((side, i) for i, side in enumerate(sides) if side <= _ATTENTIVE)[1]
