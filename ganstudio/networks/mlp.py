"""Multilayer perceptrons (Goodfellow et al. 2014; widths as in the field's tutorials)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganstudio.networks.discriminator import PLAIN, CriticOptions, Discriminator, Head
from ganstudio.networks.layers import join_class

_SLOPE = 0.2
_MOST_WEIGHTS = 2**25
"""Of the layer beside the pixels; a wider one is narrowed."""


class MlpGenerator(nn.Module):
    """Latents (N, L) -> w -> 2w -> 4w -> images (N, C, H, W) in [-1, 1]; LeakyReLU .2 between, tanh last.

    From about 90 px in colour on, the last hidden layer is narrower. With `num_classes` the one-hot class joins the
    latents.
    """

    def __init__(self, latent_size: int, resolution: int, channels: int, width: int, num_classes: int = 0) -> None:
        super().__init__()
        self.num_classes, self._image = num_classes, (channels, resolution, resolution)
        pixels = channels * resolution**2
        sizes = [latent_size + num_classes, width, 2 * width, _beside(pixels, 4 * width)]
        self.layers = nn.Sequential(*_hidden(sizes), nn.Linear(sizes[-1], pixels), nn.Tanh())

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        x: Tensor = self.layers(z if y is None else join_class(z, y, self.num_classes))
        return x.view(len(z), *self._image)


class MlpDiscriminator(Discriminator):
    """Images (N, C, H, W) -> w -> w/2 -> logits (N,); LeakyReLU .2 between. A joined class joins the pixels."""

    def __init__(self, resolution: int, channels: int, width: int, options: CriticOptions = PLAIN) -> None:
        super().__init__()
        self._joined = options.joined_classes
        pixels = channels * resolution**2
        self.layers = nn.Sequential(*_hidden([pixels + self._joined, _beside(pixels, width), width // 2]))
        self.head = Head(width // 2, options)

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        x = x.flatten(1)
        features: Tensor = self.layers(join_class(x, y, self._joined) if y is not None and self._joined else x)
        return features


class PointGenerator(nn.Module):
    """Latents (N, L) -> `depth` hidden layers of `width` -> points (N, 2), without a bound.

    Points are standardised by their data set, so that coordinates are of the order of 1.
    """

    def __init__(self, latent_size: int, width: int, depth: int, num_classes: int = 0) -> None:
        super().__init__()
        self.num_classes = num_classes
        last = nn.Linear(width, 2)
        self.layers = nn.Sequential(*_hidden([latent_size + num_classes, *[width] * depth]), last)
        _spread_kinks(self.layers)
        with torch.no_grad():
            last.weight.mul_(0.5)
            last.bias.zero_()

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        points: Tensor = self.layers(z if y is None else join_class(z, y, self.num_classes))
        return points


class PointDiscriminator(Discriminator):
    """Points (N, 2) -> `depth` hidden layers of `width` -> logits (N,)."""

    def __init__(self, width: int, depth: int, options: CriticOptions = PLAIN) -> None:
        super().__init__()
        self._joined = options.joined_classes
        self.layers = nn.Sequential(*_hidden([2 + self._joined, *[width] * depth]))
        _spread_kinks(self.layers)
        self.head = Head(width, options)

    def features(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        features: Tensor = self.layers(join_class(x, y, self._joined) if y is not None and self._joined else x)
        return features


def _spread_kinks(layers: nn.Sequential) -> None:
    """Weights by He et al. (2015, eq. 14, leaky), and biases that spread the units' kinks as far as the points lie.

    torch's own weights have a sixth of that variance, a layer: three of them make a function so flat that it takes
    thousands of steps to tell neighbouring modes apart.
    """
    bound = 2.0
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, a=_SLOPE)
            nn.init.uniform_(layer.bias, -bound, bound)
            bound = 0.5


def _beside(pixels: int, width: int) -> int:
    """Units of the layer beside the pixels: `width`, as far as the weights between them stay below 2^25."""
    return max(1, min(width, _MOST_WEIGHTS // pixels))


def _hidden(sizes: list[int]) -> list[nn.Module]:
    return [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.LeakyReLU(_SLOPE))]
