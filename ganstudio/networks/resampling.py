"""Bicubic resampling as super-resolution takes it: antialiased, with the kernel of Keys 1981, a = -1/2."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def shrink(images: Tensor, scale: int) -> Tensor:
    """Images (N, C, H, W) at 1 / `scale` of their side, rounded to the 8 bits that a picture file would hold."""
    height, width = images.shape[2] // scale, images.shape[3] // scale
    small = F.interpolate(images, size=(height, width), mode="bicubic", align_corners=False, antialias=True)
    return small.clamp(-1.0, 1.0).add(1.0).mul(127.5).round().mul(1 / 127.5).sub(1.0)


def enlarge(images: Tensor, scale: int) -> Tensor:
    """Images (N, C, H, W) at `scale` times their side: what super-resolution is measured against."""
    size = (images.shape[2] * scale, images.shape[3] * scale)
    return F.interpolate(images, size=size, mode="bicubic", align_corners=False, antialias=True).clamp(-1.0, 1.0)
