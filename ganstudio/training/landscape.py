"""What D makes of a plane of points: its scores, and where it would pull a generated point."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from ganstudio.config import ObjectiveConfig
from ganstudio.losses.adversarial import adversarial_loss
from ganstudio.training.events import Landscape
from ganstudio.training.sampling import to_points

_SURFACE, _PULL = 96, 21
_SHOWN = 1200
_MARGIN = 1.25
_TOGETHER = 128


def survey(discriminator: nn.Module, objective: ObjectiveConfig, real: Tensor, y: Tensor | None) -> Landscape:
    """The landscape over a square around the real points (N, 2), its side a whole number; where D is told a class, of
    the first class in `y`.

    The pull is minus the gradient of G's loss by a generated point, which stands opposite the mean real score in
    losses that compare pairs.
    """
    shown = real[:_SHOWN]
    extent = max(0.5, math.ceil(2 * _MARGIN * float(real.abs().max())) / 2)
    training = discriminator.training
    discriminator.eval()
    try:
        with torch.no_grad():
            surface = _score(discriminator, _grid(extent, _SURFACE, real.device), y)
            level = _score(discriminator, shown, y).mean()
        spots = _grid(extent, _PULL, real.device).requires_grad_(True)
        scores = _score(discriminator, spots, y)
        # One sum over all spots: each point's gradient is its own, and free of the number of spots.
        loss = adversarial_loss(objective).generator(level.expand_as(scores), scores) * len(spots)
        (gradient,) = torch.autograd.grad(loss, spots)
    finally:
        discriminator.train(training)
    return Landscape(
        extent=extent,
        surface=surface.reshape(_SURFACE, _SURFACE).cpu().numpy().astype(np.float32),
        pull=to_points(-gradient).reshape(_PULL, _PULL, 2),
        real=to_points(shown),
    )


def _score(discriminator: nn.Module, points: Tensor, y: Tensor | None) -> Tensor:
    """D's logits (N,) on points (N, 2). A D that compares the samples of a batch is shown `_TOGETHER` places at a time,
    scattered over the plane: all at once would take memory by the square of their number."""
    count = len(points)
    parts = 1 if getattr(discriminator, "per_sample", True) else -(-count // _TOGETHER)
    order = torch.cat([torch.arange(part, count, parts, device=points.device) for part in range(parts)])
    scores = torch.cat([_logits(discriminator, points[part::parts], y) for part in range(parts)])
    return scores[order.argsort()]


def _logits(discriminator: nn.Module, points: Tensor, y: Tensor | None) -> Tensor:
    logits: Tensor = discriminator(points) if y is None else discriminator(points, y[:1].expand(len(points)))
    return logits.to(torch.float32)


def _grid(extent: float, side: int, device: torch.device) -> Tensor:
    """Points (side^2, 2) of an even grid over [-extent, extent], x fastest, y upwards."""
    ticks = torch.linspace(-extent, extent, side, device=device)
    y, x = torch.meshgrid(ticks, ticks, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)
