"""Exploding gradients."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from ganstudio.health.history import History, series
from ganstudio.health.rules.rule import D_RATE, G_RATE, Finding, Limit, Limits, Reads
from ganstudio.training.events import Progress, Remedy

_STEEP, _HUGE, _GROWN = 200.0, 1000.0, 10.0
"""Norms of a whole network's gradient. Healthy runs of every variant stay below 100 (a Lipschitz critic's score moves
at most about as far as its input). A norm of 1000 is told at once; one of 200 when it has grown ten times over."""


class ExplodingGradients:
    """Gradient norms that are huge, or have grown many times over."""

    name: ClassVar[str] = "exploding_gradients"
    looks_at: ClassVar[str] = "the gradient norm of each network against its own past"
    source: ClassVar[str] = (
        "Pascanu et al. 2013, section 2.1, for the sign; the norms from healthy runs of every variant"
    )
    patience: ClassVar[int] = 3
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {
        f"grad_norm_{player}": Limit(_STEEP, "above") for player in ("discriminator", "generator")
    }

    def find(self, history: History, *, begun: bool) -> Finding | None:
        points = history.window(0, 3)
        steep = _STEEP / 2 if begun else _STEEP
        worst: tuple[float, float, str] | None = None
        for player in _players(points):
            name = f"grad_norm/{player}"
            now = series(points, name)
            if len(now) < 2:
                continue
            norm = float(np.median(now))
            if norm < steep:
                continue
            usual = float(np.quantile(series(history.since_began(), name), 0.1))
            grown = norm / usual if usual > 0 else math.inf
            if norm >= _HUGE or grown >= _GROWN or begun:
                worst = max(worst or (0.0, 0.0, ""), (norm, grown, player))
        if worst is None:
            return None
        norm, grown, player = worst
        text = (
            f"The gradient of the {player} has a norm of {norm:.3g}, {_times(grown)} what it was at its calmest in "
            "this run; norms of 0.1 to 100 are usual. Each step is then decided by a few extreme values, and the "
            "other network has nothing steady to learn from. Hold the gradients down, or D's slope by a penalty."
        )
        evidence = {f"grad_norm_{player}": norm, "growth": min(grown, 1e9)}
        penalty = Remedy(
            "Hold D's slope down by an R1 penalty.",
            changes={"objective.penalties.r1.weight": 1.0},
            factors={D_RATE: 0.25},
        )
        clip = Remedy(
            "Clip the gradients of both networks to a norm of 1, at a quarter of both learning rates.",
            changes={"optimizer.discriminator.clip_norm": 1.0, "optimizer.generator.clip_norm": 1.0},
            factors={D_RATE: 0.25, G_RATE: 0.25},
        )
        start = Remedy(
            "Start anew with a gradient penalty and a quarter of D's learning rate.",
            changes={"objective.penalties.gradient.weight": 10.0},
            factors={D_RATE: 0.25},
            live=False,
            step=0,
        )
        return Finding("error", evidence, text, (start, penalty, clip))


def _times(grown: float) -> str:
    return f"{grown:.0f} times" if math.isfinite(grown) and grown >= 1.5 else "about"


def _players(points: list) -> list[str]:  # type: ignore[type-arg]
    return sorted(
        {name.partition("/")[2] for point in points for name in point.scalars if name.startswith("grad_norm/")}
    )
