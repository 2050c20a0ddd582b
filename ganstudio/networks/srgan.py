"""The networks of SRGAN (Ledig et al. 2017, figure 4)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.discriminator import PLAIN, CriticOptions, Discriminator, Head
from ganstudio.networks.normalisation import Normalise, NormName

FACTORS = {2: (2,), 3: (3,), 4: (2, 2)}
"""Enlargements by the steps of pixel shuffle that they take."""
_SLOPE = 0.2


class SuperResolver(nn.Module):
    """Images (N, C, H, W) in [-1, 1] -> (N, C, scale H, scale W), about in [-1, 1], of any size.

    A 9 x 9 convolution; `depth` residual blocks and a convolution around which the input skips; for each step of the
    enlargement a convolution, a pixel shuffle and a PReLU; a 9 x 9 convolution, with nothing after it.
    """

    def __init__(self, channels: int, width: int, depth: int, scale: int, norm: NormName = "batch") -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(channels, width, 9, padding=4), nn.PReLU())
        self.blocks = nn.Sequential(*(ResidualBlock(width, norm) for _ in range(depth)))
        self.merge = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), Normalise(norm, width))
        grow: list[nn.Module] = []
        for factor in FACTORS[scale]:
            grow += [nn.Conv2d(width, width * factor**2, 3, padding=1), nn.PixelShuffle(factor), nn.PReLU()]
        self.grow = nn.Sequential(*grow)
        self.last = nn.Conv2d(width, channels, 9, padding=4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        x = x + self.merge(self.blocks(x))
        out: Tensor = self.last(self.grow(x))
        return out


class ResidualBlock(nn.Module):
    """x + norm(conv(prelu(norm(conv(x)))))."""

    def __init__(self, width: int, norm: NormName) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            Normalise(norm, width),
            nn.PReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            Normalise(norm, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.layers(x)
        return out


class SuperDiscriminator(Discriminator):
    """Images (N, C, H, H) -> logits (N,).

    Pairs of 3 x 3 convolutions, the second of which halves the image; the channels double from pair to pair. Four pairs
    as in the paper (96 px), fewer where the image would shrink below 4 px; then a dense layer of 16 `width` units.
    """

    def __init__(self, side: int, channels: int, width: int, options: CriticOptions = PLAIN) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 3, 1, 1), nn.LeakyReLU(_SLOPE)]
        wide = width
        for pair in range(4):
            if pair and side < 8:
                break
            narrow, wide = wide, width * 2**pair
            if pair:
                layers += _block(narrow, wide, 1, options.norm)
            layers += _block(wide, wide, 2, options.norm)
            side = -(-side // 2)
        self.layers = nn.Sequential(*layers)
        self.hidden = nn.Linear(wide * side * side, 16 * width)
        self.head = Head(16 * width, options)

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        return F.leaky_relu(self.hidden(self.layers(x).flatten(1)), _SLOPE)


def crop(images: Tensor, side: int, random: torch.Generator | None) -> Tensor:
    """A random square of `side` pixels of each image (N, C, H, H): (N, C, side, side)."""
    count, _, height, _ = images.shape
    if side == height:
        return images
    device = images.device
    corners = torch.randint(height - side + 1, (2, count, 1), generator=random, device=device)
    rows, columns = corners + torch.arange(side, device=device)
    each = torch.arange(count, device=device)[:, None, None]
    return images.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)


def _block(narrow: int, wide: int, stride: int, norm: NormName) -> list[nn.Module]:
    return [nn.Conv2d(narrow, wide, 3, stride, 1), Normalise(norm, wide), nn.LeakyReLU(_SLOPE)]
