"""Oscillation: G runs round in circles, with D always a step behind."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ganstudio.health.history import History, Series, series
from ganstudio.health.rules.rule import D_RATE, G_RATE, R1, Finding, Limits, Reads
from ganstudio.training.events import Progress, Remedy

_POINTS, _STEPS = 12, 150
_SETTLED = 400
"""Steps in which a run on points may swing: fast networks overshoot at first, and those that settle have by then."""
_SWING = 0.5
_FOOLED, _FOOLED_SHARE = 0.42, 0.15
_SURE, _SURE_SHARE = 0.58, 0.15


class Oscillation:
    """The generated images as a whole move to and fro, and D is by turns right and wrong about them."""

    name: ClassVar[str] = "oscillation"
    looks_at: ClassVar[str] = "where the mean generated image lies along the reals' principal directions, separation"
    source: ClassVar[str] = (
        "Mescheder et al. 2018, section 2: unregularised games circle about their equilibrium instead of reaching "
        "it; a D that ranks the fakes above the reals has been left behind; half a deviation of the data is a mode's "
        "distance"
    )
    patience: ClassVar[int] = 3
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        on_points = history.subject == "points"
        points = history.window(_STEPS + 50 * on_points, _POINTS)
        if not points or history.translates or (on_points and history.age < _SETTLED):
            return None
        separation = series(points, "separation")
        if len(separation) < _POINTS // 2:
            return None
        fooled, sure = float((separation < _FOOLED).mean()), float((separation > _SURE).mean())
        ease = 0.6 if begun else 1.0
        if not (fooled >= _FOOLED_SHARE * ease and sure >= _SURE_SHARE * ease):
            return None
        swing = max(_swing(series(points, f"place/{axis}")) for axis in range(3))
        if swing < _SWING * ease:
            return None
        text = (
            f"Over the last {points[-1].step - points[0].step} steps the generated images as a whole have moved to "
            f"and fro by {swing:.1f} of the reals' deviation, and D was right about them at times and wrong at "
            f"others: in {fooled:.0%} of the points it ranked them above the reals. G runs from one place to the "
            "next, D follows, and neither gets better. Damp the game: a penalty on D's slope, less momentum, lower "
            "rates."
        )
        damp = Remedy(
            "Damp the game: R1, a quarter of both rates, no momentum.",
            changes={R1: 1.0, "optimizer.generator.beta1": 0.0, "optimizer.discriminator.beta1": 0.0},
            factors={D_RATE: 0.25, G_RATE: 0.25},
        )
        follow = Remedy("Let D keep up: two updates for each of G.", changes={"training.discriminator_steps": 2})
        return Finding(
            "warning",
            {
                "swing": swing,
                "fooled": fooled,
                "separation_low": float(separation.min()),
                "separation_high": float(separation.max()),
            },
            text,
            (damp, follow),
        )


def _swing(places: Series) -> float:
    """How far a place moves to and fro: its deviation about its own straight trend. 0 of fewer than 6 points."""
    if len(places) < 6:
        return 0.0
    t = np.arange(len(places), dtype=np.float64) - (len(places) - 1) / 2
    slope = float((t * places).sum() / (t * t).sum())
    return float((places - slope * t).std())
