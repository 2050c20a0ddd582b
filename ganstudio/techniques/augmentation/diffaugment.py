"""The changes of DiffAugment (Zhao et al. 2020, section 4 and the authors' code), one draw an image.

Images are float32 (N, C, H, W) in [-1, 1].
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

_SHIFT = 1 / 8
_CUTOUT = 1 / 2


def change(x: Tensor, random: torch.Generator | None, *, colour: bool, translation: bool, cutout: bool) -> Tensor:
    """`x` with the changes that are picked, in the authors' order."""
    if colour:
        x = contrasted(saturated(brightened(x, random), random), random)
    if translation:
        x = shifted(x, random)
    return cut_out(x, random) if cutout else x


def brightened(x: Tensor, random: torch.Generator | None) -> Tensor:
    """Brighter or darker by up to .5."""
    return x + (_uniform(x, random) - 0.5)


def saturated(x: Tensor, random: torch.Generator | None) -> Tensor:
    """Distance from grey times U(0, 2); grey images have none."""
    if x.shape[1] == 1:
        return x
    grey = x.mean(dim=1, keepdim=True)
    return (x - grey) * (2.0 * _uniform(x, random)) + grey


def contrasted(x: Tensor, random: torch.Generator | None) -> Tensor:
    """Distance from the image's mean times U(.5, 1.5)."""
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return (x - mean) * (_uniform(x, random) + 0.5) + mean


def shifted(x: Tensor, random: torch.Generator | None) -> Tensor:
    """Moved by whole pixels, up to an eighth of each side; 0 comes in."""
    count, channels, height, width = x.shape
    reach = [int(side * _SHIFT + 0.5) for side in (height, width)]
    rows, columns = (
        torch.arange(side, device=x.device) + _whole(x, random, -far, far + 1) + far
        for side, far in zip((height, width), reach, strict=True)
    )
    padded = F.pad(x, (reach[1], reach[1], reach[0], reach[0]))
    places = rows[:, :, None] * padded.shape[3] + columns[:, None, :]
    index = places.view(count, 1, -1).expand(-1, channels, -1)
    return padded.flatten(2).gather(2, index).view_as(x)


def cut_out(x: Tensor, random: torch.Generator | None) -> Tensor:
    """A rectangle of half of each side is 0; its centre lies anywhere, so that a part of it may lie outside."""
    inside = []
    for side in x.shape[2:]:
        size = int(side * _CUTOUT + 0.5)
        first = _whole(x, random, 0, side + (1 - size % 2)) - size // 2
        at = torch.arange(side, device=x.device)
        inside.append((at >= first) & (at < first + size))
    rows, columns = inside
    hole = rows[:, None, :, None] & columns[:, None, None, :]
    return x * (~hole).to(x.dtype)


def _uniform(x: Tensor, random: torch.Generator | None) -> Tensor:
    """U(0, 1), one number an image (N, 1, 1, 1)."""
    return torch.rand((len(x), 1, 1, 1), generator=random, device=x.device)


def _whole(x: Tensor, random: torch.Generator | None, low: int, high: int) -> Tensor:
    """Whole numbers in [low, high), one an image (N, 1)."""
    return torch.randint(low, high, (len(x), 1), generator=random, device=x.device)
