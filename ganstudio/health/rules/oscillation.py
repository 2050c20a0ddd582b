"""Oscillation: G runs round in circles, with D always a step behind."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ganstudio.health.history import History, Series, series
from ganstudio.health.rules.rule import D_RATE, G_RATE, R1, Finding, Limits, Reads
from ganstudio.training.events import Progress, Remedy

_POINTS, _STEPS = 12, 150
_POINTS_STEPS, _POINTS_WIDE_FROM, _POINTS_SETTLED = 200, 300, 500
"""Steps in which a run on points may swing, and may swing widely: fast networks overshoot at first, and those that
settle have by then."""
_SETTLED = 350
_SWING, _WIDE = 0.5, 0.8
_FOOLED, _SURE, _SHARE = 0.42, 0.58, 0.15


class Oscillation:
    """The generated samples as a whole move to and fro: points once they have had time to settle; images while D is by
    turns right and wrong about them, or, when they have had time to settle too, as far as never in a healthy run."""

    name: ClassVar[str] = "oscillation"
    looks_at: ClassVar[str] = "where the mean generated sample lies along the reals' principal directions, separation"
    source: ClassVar[str] = (
        "Mescheder et al. 2018, section 2: unregularised games circle about their equilibrium instead of reaching "
        "it; a D that ranks the fakes above the reals has been left behind. Half a deviation of the data is ten times "
        "what the mean of 512 points varies by chance; once settled, healthy runs stayed below .2 on points (below .7 "
        "after 300 steps) and below .56 on images"
    )
    patience: ClassVar[int] = 3
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        on_points = history.subject == "points"
        points = history.window(_POINTS_STEPS if on_points else _STEPS, _POINTS)
        if not points or history.translates or (on_points and history.age < _POINTS_WIDE_FROM):
            return None
        ease = 0.6 if begun else 1.0
        swing = max(_swing(series(points, f"place/{axis}")) for axis in range(3))
        settles = on_points and history.age < _POINTS_SETTLED
        if swing < (_WIDE if settles else _SWING) * ease:
            return None
        separation = series(points, "separation")
        if len(separation) < _POINTS // 2:
            return None
        fooled, sure = float((separation < _FOOLED).mean()), float((separation > _SURE).mean())
        by_turns = min(fooled, sure) >= _SHARE * ease
        if not (on_points or by_turns or (history.age >= _SETTLED and swing >= _WIDE * ease)):
            return None
        evidence = {
            "swing": swing,
            "fooled": fooled,
            "separation_low": float(separation.min()),
            "separation_high": float(separation.max()),
        }
        return Finding("warning", evidence, _text(evidence, points[-1].step - points[0].step), _advice())


def _swing(places: Series) -> float:
    """How far a place moves to and fro: its deviation about its own straight trend. 0 of fewer than 6 points."""
    if len(places) < 6:
        return 0.0
    t = np.arange(len(places), dtype=np.float64) - (len(places) - 1) / 2
    slope = float((t * places).sum() / (t * t).sum())
    return float((places - slope * t).std())


def _text(evidence: dict[str, float], steps: int) -> str:
    follows = (
        f"D was right about them at times and wrong at others: in {evidence['fooled']:.0%} of the points it ranked "
        "them above the reals"
        if evidence["fooled"] > 0
        else "D finds them out each time soon enough to drive them on"
    )
    return (
        f"Over the last {steps} steps the generated samples as a whole have moved to and fro by "
        f"{evidence['swing']:.1f} of the reals' deviation, and {follows}. G runs from one place to the next, D "
        "follows, and neither gets better. Damp the game: a penalty on D's slope, less momentum, lower rates."
    )


def _advice() -> tuple[Remedy, ...]:
    damp = Remedy(
        "Damp the game: R1, a quarter of both rates, no momentum.",
        changes={R1: 1.0, "optimizer.generator.beta1": 0.0, "optimizer.discriminator.beta1": 0.0},
        factors={D_RATE: 0.25, G_RATE: 0.25},
    )
    return damp, Remedy("Let D keep up: two updates for each of G.", changes={"training.discriminator_steps": 2})
