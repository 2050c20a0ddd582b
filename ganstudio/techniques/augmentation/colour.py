"""The colour changes of ADA (Karras et al. 2020, appendix B and the authors' code)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganstudio.techniques.augmentation.chance import Chance

_BRIGHTNESS, _CONTRAST, _SATURATION = 0.2, 0.5, 1.0


def coloured(x: Tensor, chance: Chance) -> Tensor:
    """Images (N, C, H, W), C 1 or 3, with brightness, contrast, light and dark swapped, hue and saturation changed,
    each with the probability; hue and saturation of colour images only."""
    change = draw_change(chance, chromatic=x.shape[1] == 3)
    if x.shape[1] == 3:
        return (change[:, :3, :3] @ x.flatten(2) + change[:, :3, 3:]).view_as(x)
    factor, offset = change[:, :3, :3].sum(dim=2).mean(dim=1), change[:, :3, 3].mean(dim=1)
    return x * factor[:, None, None, None] + offset[:, None, None, None]


def draw_change(chance: Chance, *, chromatic: bool) -> Tensor:
    """A random affine change (N, 4, 4) of colours (r, g, b, 1); the grey axis runs through 0."""
    device = chance.probability.device
    identity, rgb = torch.eye(4, device=device), torch.tensor([1.0, 1.0, 1.0, 0.0], device=device)
    along = rgb[:, None] * rgb / 3
    (brightness,) = chance.gate(_BRIGHTNESS * chance.normal(), neutral=0.0)
    (contrast,) = chance.gate(torch.exp2(_CONTRAST * chance.normal()), neutral=1.0)
    change = identity + brightness[:, None, None] * rgb[:, None] * identity[3]
    change = (identity + (contrast[:, None, None] - 1) * torch.diag(rgb)) @ change
    (swapped,) = chance.gate(torch.floor(chance.uniform() * 2), neutral=0.0)
    change = (identity - 2 * swapped[:, None, None] * along) @ change
    if chromatic:
        (angle,) = chance.gate((chance.uniform() * 2 - 1) * math.pi, neutral=0.0)
        change = _about_grey(angle) @ change
        (saturation,) = chance.gate(torch.exp2(_SATURATION * chance.normal()), neutral=1.0)
        change = (identity + (saturation[:, None, None] - 1) * (torch.diag(rgb) - along)) @ change
    return change


def _about_grey(angle: Tensor) -> Tensor:
    """Rotations (N, 4, 4) about the grey axis by `angle` (N,) (Rodrigues)."""
    rows = [[0.0, -1.0, 1.0, 0.0], [1.0, 0.0, -1.0, 0.0], [-1.0, 1.0, 0.0, 0.0], [0.0] * 4]
    cross = torch.tensor(rows, device=angle.device) * 3**-0.5
    sine, rest = torch.sin(angle)[:, None, None], (1 - torch.cos(angle))[:, None, None]
    return torch.eye(4, device=angle.device) + sine * cross + rest * (cross @ cross)
