"""Strided convolutional networks (Radford et al. 2016)."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from ganstudio.game import stages
from ganstudio.networks.layers import BatchNorm2d, ClassPlane, init_dcgan, join_class


class DcganGenerator(nn.Module):
    """Latents (N, L) -> images (N, C, H, W) in [-1, 1].

    A projection to the base resolution, then 4 x 4 transposed convolutions that double it; batch norm and ReLU
    everywhere but at the output (tanh). `width` is the number of channels before the output; each stage below has
    twice as many. With `num_classes` the one-hot class joins the latents.
    """

    def __init__(self, latent_size: int, resolution: int, channels: int, width: int, num_classes: int = 0) -> None:
        super().__init__()
        base, doublings = _stages(resolution)
        widths = [width * 2 ** (doublings - 1 - i) for i in range(doublings)]
        self.num_classes = num_classes
        self._base = (widths[0], base, base)
        self.project = nn.Linear(latent_size + num_classes, widths[0] * base * base, bias=False)
        layers: list[nn.Module] = [BatchNorm2d(widths[0]), nn.ReLU()]
        for wide, narrow in pairwise(widths):
            layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), BatchNorm2d(narrow), nn.ReLU()]
        layers += [nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        init_dcgan(self)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if y is not None:
            z = join_class(z, y, self.num_classes)
        x = self.project(z).view(len(z), *self._base)
        images: Tensor = self.layers(x.contiguous(memory_format=torch.channels_last))
        return images


class DcganDiscriminator(nn.Module):
    """Images (N, C, H, W) -> logits (N,).

    4 x 4 convolutions that halve the resolution down to the base, LeakyReLU .2, then one convolution over what is
    left. `norm` "batch" normalises all but the first and the last layer; "none" suits per-sample gradient penalties.
    With `num_classes` the class joins the image as a learned plane.
    """

    def __init__(
        self,
        resolution: int,
        channels: int,
        width: int,
        num_classes: int = 0,
        *,
        norm: Literal["batch", "none"] = "batch",
    ) -> None:
        super().__init__()
        base, halvings = _stages(resolution)
        widths = [width * 2**i for i in range(halvings)]
        self.per_sample = norm == "none"
        self.label = ClassPlane(num_classes, resolution) if num_classes else None
        layers: list[nn.Module] = [nn.Conv2d(channels + bool(num_classes), width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for narrow, wide in pairwise(widths):
            layers.append(nn.Conv2d(narrow, wide, 4, 2, 1, bias=norm == "none"))
            layers += [BatchNorm2d(wide)] if norm == "batch" else []
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers)
        self.score = nn.Linear(widths[-1] * base * base, 1)
        init_dcgan(self.layers)
        init_dcgan(self.score)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        if self.label is not None and y is not None:
            x = self.label(x, y)
        logits: Tensor = self.score(self.layers(x).flatten(1))
        return logits.squeeze(1)


def _stages(resolution: int) -> tuple[int, int]:
    found = stages(resolution)
    assert found is not None, "Variant.check refuses resolutions that networks cannot reach"
    return found
