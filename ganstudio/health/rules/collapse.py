"""Mode collapse: G makes the same few samples whatever the latent."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from ganstudio.health.history import History, Point, median, series
from ganstudio.health.rules import collapses
from ganstudio.health.rules.rule import Finding, Limit, Limits, Reads
from ganstudio.training.events import Progress

_POINTS, _STEPS = 5, 60
_NOTHING = 0.02
_LOST, _LOST_FROM = 0.12, 0.35
_POORER, _POOR = 0.55, 0.5
_LATE, _LATE_POOR = 2000, 0.15
_GAIN = 1.15
_FLAT, _FLAT_SOON, _FLAT_STEPS = 0.35, 0.28, 150
_BEATEN, _SAME, _UNREAL = 0.05, 0.3, 0.02
_SCATTERED = 0.45
_MISSING, _SPREAD = 0.4, 0.7
_POINTS_STEPS, _POINTS_SETTLED = 150, 400


class ModeCollapse:
    """Generated samples resemble each other far more than reals do, once they have had time to differ.

    Early in training they do too: samples are faint at first, and differ as they gain contrast. So images must have
    been diverse before, or have no difference at all, or still have little after a long time; or be as different as
    reals, but along few directions only.
    """

    name: ClassVar[str] = "mode_collapse"
    looks_at: ClassVar[str] = (
        "mean distance of generated samples and the dimension of what they lie on, relative to reals' and to their past"
    )
    source: ClassVar[str] = (
        "Goodfellow 2016, section 5.1.1; MS-SSIM of Odena et al. 2017, section 4.2, plays the same part; on points, "
        "bins as NDB's (Richardson & Weiss 2018); dimension by Levina & Bickel 2004, of which images from one or "
        "two latent numbers had 0.15 to 0.28 of the reals', those of healthy runs soon 0.5 or more"
    )
    patience: ClassVar[int] = 3
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {"diversity": Limit(_POOR, "below"), "dimension": Limit(_FLAT, "below")}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        if history.translates:
            return None
        ease = 1.3 if begun else 1.0
        return _of_points(history, ease) if history.subject == "points" else _of_images(history, ease)


def _of_images(history: History, ease: float) -> Finding | None:
    points = history.window(_STEPS, _POINTS)
    diversity = median(points, "diversity")
    if not points or math.isnan(diversity):
        return None
    best = _best(history, len(points))
    evidence = {"diversity": diversity, "best": best}
    evidence |= _known(points, "coarse_diversity", "dimension")
    coarse = evidence.get("coarse_diversity", math.nan)
    if _is_beaten(points, diversity, coarse, ease):
        evidence["separation"] = median(points, "separation")
        return collapses.beaten(evidence, median(points, "update/discriminator"))
    if diversity < _NOTHING * ease or (best >= _LOST_FROM and max(diversity, coarse) < _LOST * ease):
        return collapses.full(evidence, diversity, best)
    poorer = best >= _POOR and diversity < min(_POORER * best, _POOR) * ease
    late = history.age >= _LATE and diversity < _LATE_POOR * ease and history.trend("diversity") <= _GAIN
    if poorer or late:
        return collapses.partial(
            evidence, f"is {diversity:.2f} of what it is among reals; at its best it was {best:.2f}"
        )
    if best >= _POOR and history.age >= _FLAT_STEPS and _is_flat(history, evidence.get("dimension", math.nan), ease):
        return collapses.flat(evidence)
    return None


def _is_flat(history: History, dimension: float, ease: float) -> bool:
    """Whether samples lie along few directions and gain none; before it is known how many they gain, along very few."""
    gained = history.trend("dimension")
    return dimension < (_FLAT_SOON if math.isnan(gained) else _FLAT) * ease and not gained > _GAIN


def _is_beaten(points: list[Point], diversity: float, coarse: float, ease: float) -> bool:
    """Whether D has been wrong of nearly all samples, while they are much alike in the large or nothing like reals."""
    if not median(points, "separation") < _BEATEN * ease:
        return False
    alike = max(diversity, coarse) < 2 * _SAME and coarse < _SAME * ease
    fidelity = series(points, "fidelity")
    unreal = len(fidelity) >= _POINTS and float(fidelity.max()) <= _UNREAL * ease and coarse < _POOR * ease
    return alike or unreal


def _of_points(history: History, ease: float) -> Finding | None:
    points = history.window(_POINTS_STEPS, _POINTS)
    diversity, missing = median(points, "diversity"), median(points, "missing")
    if not points or math.isnan(diversity) or history.age < _POINTS_SETTLED:
        return None
    evidence = {"diversity": diversity, **_known(points, "missing")}
    if diversity < _LOST * ease:
        return collapses.full(evidence, diversity, _best(history, len(points)))
    if diversity < _SCATTERED * ease:
        return collapses.partial(evidence, f"is {diversity:.2f} of what it is among reals")
    finding_more = ease == 1 and diversity >= _SPREAD and history.trend("missing") < 1 / _GAIN
    if missing > _MISSING / ease and not finding_more:
        where = f"but {missing:.0%} of them lie where hardly any is generated"
        return collapses.partial(evidence, f"is {diversity:.2f} of what it is among reals, {where}")
    return None


def _known(points: list[Point], *names: str) -> dict[str, float]:
    """The medians of those signals that there are."""
    found = {name: median(points, name) for name in names}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _best(history: History, window: int) -> float:
    """The highest median of a window so far, at most 1: what reals have."""
    values = series(history.since_began(), "diversity")
    if len(values) < window:
        return math.nan
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, window), axis=1)
    return float(min(1.0, medians.max()))
