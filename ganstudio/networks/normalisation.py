"""Normalisation of feature maps, by name."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganstudio.networks.layers import BatchNorm2d, ClassEmbedding

NormName = Literal["none", "batch", "instance", "layer", "pixel"]


class Normalise(nn.Module):
    """Feature maps (N, C, H, W) normalised as `kind` says; classes (N,) are used by the class-conditional kind only.

    batch: Ioffe & Szegedy 2015; with `num_classes`, gain and bias are learned for each class (de Vries et al. 2017;
    Miyato & Koyama 2018). instance: Ulyanov et al. 2016. layer: over all of a sample (Ba et al. 2016). pixel: over the
    channels at each place (Karras et al. 2018, section 4.2).
    """

    def __init__(self, kind: NormName, channels: int, num_classes: int = 0) -> None:
        super().__init__()
        self.layer: nn.Module = _layer(kind, channels, affine=not num_classes)
        self.gain = self.bias = None
        if kind == "batch" and num_classes:
            self.gain, self.bias = ClassEmbedding(num_classes, channels), ClassEmbedding(num_classes, channels)
            nn.init.ones_(self.gain.weight)
            nn.init.zeros_(self.bias.weight)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        out: Tensor = self.layer(x)
        if self.gain is None or self.bias is None:
            return out
        assert y is not None, "a class-conditional norm needs classes"
        gain, bias = (table(y).to(out.dtype)[:, :, None, None] for table in (self.gain, self.bias))
        scaled: Tensor = out * gain + bias
        return scaled


class PixelNorm(nn.Module):
    """x / sqrt(mean_c x^2 + 1e-8), at each place (Karras et al. 2018, section 4.2)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class LayerNorm2d(nn.Module):
    """Over all of a sample, with a gain and a bias a channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return F.group_norm(x, 1, self.weight, self.bias)


def _layer(kind: NormName, channels: int, *, affine: bool) -> nn.Module:
    match kind:
        case "batch":
            return BatchNorm2d(channels, affine=affine)
        case "instance":
            return nn.InstanceNorm2d(channels, affine=True)
        case "layer":
            return LayerNorm2d(channels)
        case "pixel":
            return PixelNorm()
        case _:
            return nn.Identity()
