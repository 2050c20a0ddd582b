"""Mode collapse: G makes the same few samples whatever the latent."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from ganstudio.health.history import History, median, series
from ganstudio.health.rules.rule import D_RATE, G_RATE, Finding, Limit, Limits, Reads
from ganstudio.training.events import Progress, Remedy

_POINTS, _STEPS = 5, 60
_NOTHING = 0.02
_LOST, _LOST_FROM = 0.12, 0.35
_POORER, _POOR = 0.55, 0.5
_LATE, _LATE_POOR, _LATE_GAIN = 2000, 0.15, 1.15
_SCATTERED = 0.45
_MISSING = 0.4
_POINTS_STEPS, _POINTS_SETTLED = 150, 400
_USUAL_UPDATE = 5e-3
_BEATEN, _SAME = 0.05, 0.3


class ModeCollapse:
    """Generated samples resemble each other far more than reals do, once they have had time to differ.

    Early in training they do too: samples are faint at first, and differ as they gain contrast. So images must have
    been diverse before, or have no difference at all, or still have little after a long time.
    """

    name: ClassVar[str] = "mode_collapse"
    looks_at: ClassVar[str] = "mean distance of generated samples relative to that of reals, and to its own past"
    source: ClassVar[str] = (
        "Goodfellow 2016, section 5.1.1; MS-SSIM of Odena et al. 2017, section 4.2, plays the same part; on points, "
        "bins as NDB's (Richardson & Weiss 2018)"
    )
    patience: ClassVar[int] = 3
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {"diversity": Limit(_POOR, "below")}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        if history.translates:
            return None
        if history.subject == "points":
            return self._of_points(history, begun=begun)
        points = history.window(_STEPS, _POINTS)
        diversity = median(points, "diversity")
        if not points or math.isnan(diversity):
            return None
        ease = 1.3 if begun else 1.0
        if diversity >= _POOR * ease:
            return None
        best = _best(history, len(points))
        evidence = {"diversity": diversity, "best": best}
        coarse = median(points, "coarse_diversity")
        if math.isfinite(coarse):
            evidence["coarse_diversity"] = coarse
        separation = median(points, "separation")
        if separation < _BEATEN * ease and max(diversity, coarse) < 2 * _SAME and coarse < _SAME * ease:
            return _beaten({**evidence, "separation": separation}, median(points, "update/discriminator"))
        if diversity < _NOTHING * ease or (best >= _LOST_FROM and max(diversity, coarse) < _LOST * ease):
            return _full(evidence, diversity, best)
        poorer = best >= _POOR and diversity < _POORER * best * ease and diversity < _POOR * ease
        late = history.age >= _LATE and diversity < _LATE_POOR * ease and not _rising(history)
        if poorer or late:
            return _partial(evidence, f"is {diversity:.2f} of what it is among reals; at its best it was {best:.2f}")
        return None

    def _of_points(self, history: History, *, begun: bool) -> Finding | None:
        points = history.window(_POINTS_STEPS, _POINTS)
        diversity, missing = median(points, "diversity"), median(points, "missing")
        if not points or math.isnan(diversity) or history.age < _POINTS_SETTLED:
            return None
        ease = 1.3 if begun else 1.0
        evidence = {"diversity": diversity}
        if math.isfinite(missing):
            evidence["missing"] = missing
        if diversity < _LOST * ease:
            return _full(evidence, diversity, _best(history, len(points)))
        if diversity < _SCATTERED * ease:
            return _partial(evidence, f"is {diversity:.2f} of what it is among reals")
        if missing > _MISSING / ease:
            return _partial(
                evidence,
                f"is {diversity:.2f} of what it is among reals, but {missing:.0%} of them lie where hardly any is "
                "generated",
            )
        return None


def _best(history: History, window: int) -> float:
    """The highest median of a window so far, at most 1: what reals have."""
    values = series(history.since_began(), "diversity")
    if len(values) < window:
        return math.nan
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, window), axis=1)
    return float(min(1.0, medians.max()))


def _rising(history: History) -> bool:
    """Whether the last quarter of the run is more diverse than the one before it."""
    values = series(history.since_began(), "diversity")
    quarter = len(values) // 4
    if quarter < 3:
        return True
    return float(np.median(values[-quarter:])) > _LATE_GAIN * float(np.median(values[-2 * quarter : -quarter]))


def _advice() -> tuple[Remedy, ...]:
    return (
        Remedy(
            "Let D see whole batches and smooth its verdict: a minibatch layer and R1, G at a quarter of its rate.",
            changes={"techniques.minibatch.kind": "deviation", "objective.penalties.r1.weight": 1.0},
            factors={G_RATE: 0.25},
            live=False,
            step=0,
        ),
        Remedy(
            "Let D catch up: G at a tenth of its rate, R1, two updates of D for each of G.",
            changes={"objective.penalties.r1.weight": 1.0, "training.discriminator_steps": 2},
            factors={G_RATE: 0.1},
        ),
        Remedy("Raise D's learning rate ten times.", factors={D_RATE: 10.0}),
    )


def _full(evidence: dict[str, float], diversity: float, best: float) -> Finding:
    before = f" (it was {best:.2f} at its best)" if best > 2 * diversity else ""
    text = (
        f"The mean distance between generated samples is {diversity:.3f} of that between reals{before}: whatever the "
        "latent, G makes nearly the same sample. It has found one that passes D and has no reason to make others. "
        "Let D compare samples with each other, or give G less of a lead."
    )
    return Finding("error", evidence, text, _advice())


def _beaten(evidence: dict[str, float], pace: float) -> Finding:
    text = (
        f"D ranks a generated sample below a real one only {evidence['separation']:.1%} of the time: it has been "
        "beaten and does not recover. G has nothing more to learn from it, and makes samples that differ by "
        f"{evidence['coarse_diversity']:.2f} of what reals do in the large. Let D learn faster."
    )
    times = float(f"{min(1000.0, max(10.0, _USUAL_UPDATE / pace)):.1g}") if pace > 0 else 100.0
    faster = Remedy(f"Start anew with D {times:.0f} times as fast.", factors={D_RATE: times}, live=False, step=0)
    return Finding("error", evidence, text, (faster, *_advice()))


def _partial(evidence: dict[str, float], what: str) -> Finding:
    text = (
        f"The mean distance between generated samples {what}. G leaves out a part of the data, and nothing in D's "
        "verdict on single samples tells it so. Let D compare samples with each other, or smooth its verdict."
    )
    return Finding("warning", evidence, text, _advice())
