"""The blits and geometry of ADA (Karras et al. 2020, appendix B and the authors' code)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganstudio.techniques.augmentation.chance import Chance

_INTEGER_SHIFT, _SCALE, _STRETCH, _FRACTION = 0.125, 0.2, 0.2, 0.125


def moved(x: Tensor, chance: Chance) -> Tensor:
    """Images (N, C, S, S) mirrored, turned, shifted, scaled and stretched, each with the probability."""
    return warp(x, draw_inverse(x.shape[3], chance))


def draw_inverse(side: int, chance: Chance) -> Tensor:
    """A random transform (N, 3, 3) from pixels of the result to those of the image, both from the centre.

    In order: mirror, quarter turns, shift by whole pixels; scale, turn, stretch, turn again, shift. Each turn has
    probability 1 - sqrt(1 - p), so that either happens with p.
    """
    (mirrored,) = chance.gate(torch.floor(chance.uniform() * 2), neutral=0.0)
    inverse = _scale(1 - 2 * mirrored, torch.ones_like(mirrored))
    (quarters,) = chance.gate(torch.floor(chance.uniform() * 4), neutral=0.0)
    inverse = inverse @ _turn(quarters * (math.pi / 2))
    shift = [torch.round((chance.uniform() * 2 - 1) * _INTEGER_SHIFT * side) for _ in range(2)]
    inverse = inverse @ _shift(*chance.gate(*shift, neutral=0.0))
    (scale,) = chance.gate(torch.exp2(-_SCALE * chance.normal()), neutral=1.0)
    inverse = inverse @ _scale(scale, scale)
    either = 1 - (1 - chance.probability).sqrt()
    inverse = inverse @ _turn(_angle(chance, either))
    (stretch,) = chance.gate(torch.exp2(-_STRETCH * chance.normal()), neutral=1.0)
    inverse = inverse @ _scale(stretch, 1 / stretch)
    inverse = inverse @ _turn(_angle(chance, either))
    shift = [chance.normal() * _FRACTION * side for _ in range(2)]
    return inverse @ _shift(*chance.gate(*shift, neutral=0.0))


def warp(x: Tensor, inverse: Tensor) -> Tensor:
    """Images (N, C, H, W) seen through `inverse` (N, 3, 3): pixels between pixels are blended, beyond the edge the
    image is mirrored. The authors filter before and after; here images are blended as they are.

    By `gather`, whose gradient has a gradient of its own: penalties differentiate twice.
    """
    height, width = x.shape[2:]
    y, x_at = (torch.arange(side, device=x.device) - (side - 1) / 2 for side in (height, width))
    columns, rows = (
        row[:, 0, None, None] * x_at + row[:, 1, None, None] * y[:, None] + row[:, 2, None, None]
        for row in (inverse[:, 0], inverse[:, 1])
    )
    left, right, across = _neighbours(columns + (width - 1) / 2, width)
    upper, lower, down = _neighbours(rows + (height - 1) / 2, height)
    flat = x.flatten(2)

    def at(row: Tensor, column: Tensor) -> Tensor:
        index = (row * width + column).flatten(1)[:, None].expand(-1, x.shape[1], -1)
        return flat.gather(2, index).view_as(x)

    above = at(upper, left) * (1 - across) + at(upper, right) * across
    below = at(lower, left) * (1 - across) + at(lower, right) * across
    return above * (1 - down) + below * down


def _neighbours(place: Tensor, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """The pixels on both sides of `place` (N, H, W) on an axis of `side`, and the second's share (N, 1, H, W)."""
    last = side - 1
    inner = last - (torch.remainder(place, 2 * last) - last).abs()
    first = inner.floor().clamp(0, last)
    return first.long(), (first + 1).clamp(max=last).long(), (inner - first)[:, None]


def _angle(chance: Chance, probability: Tensor) -> Tensor:
    (angle,) = chance.gate((chance.uniform() * 2 - 1) * math.pi, neutral=0.0, probability=probability)
    return angle


def _scale(x: Tensor, y: Tensor) -> Tensor:
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix([[x, zero, zero], [zero, y, zero], [zero, zero, one]])


def _turn(angle: Tensor) -> Tensor:
    zero, one, cos, sin = torch.zeros_like(angle), torch.ones_like(angle), torch.cos(angle), torch.sin(angle)
    return _matrix([[cos, -sin, zero], [sin, cos, zero], [zero, zero, one]])


def _shift(x: Tensor, y: Tensor) -> Tensor:
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return _matrix([[one, zero, -x], [zero, one, -y], [zero, zero, one]])


def _matrix(rows: list[list[Tensor]]) -> Tensor:
    """Entries (N,) as matrices (N, 3, 3)."""
    return torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
