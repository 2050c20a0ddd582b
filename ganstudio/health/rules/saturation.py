"""Discriminator saturation: D has won, and its verdict no longer tells G where to go."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from ganstudio.game import Subject
from ganstudio.health.history import History, Point, median, series
from ganstudio.health.rules.rule import D_RATE, G_RATE, R1, Finding, Limit, Limits, Reads
from ganstudio.training.events import Progress, Remedy, Severity

_SEPARATED, _APART = 0.99, 3.0
_SPENT, _NEARLY = 0.02, 0.1
_VANISHED, _NONE = 0.01, 1e-6
_OFF: Mapping[Subject, float] = {"images": 0.6, "points": 0.05}
_STILL: Mapping[Subject, float] = {"images": 0.015, "points": 0.03}
"""Fidelity and change below which G is off the data and hardly moves."""
_SLOW, _CRAWL = 0.1, 1.5e-4
"""The same of images whose G moves so little a step: a beginning that is merely slow moves by ten times as much."""
_GAIN = 1.15
_POINTS, _STEPS, _FEW = 5, 80, 2
_USUAL_UPDATE = 5e-3


class DiscriminatorSaturation:
    """D tells all samples apart, and has nothing left to learn, or gives G no gradient, or G is far off and stands
    still."""

    name: ClassVar[str] = "discriminator_saturation"
    looks_at: ClassVar[str] = "P(D(x) > D(G(z))), margin over spread, both networks' gradients, fidelity, change"
    source: ClassVar[str] = (
        "Arjovsky & Bottou 2017, theorem 2.1 and figure 2: a perfect D has a gradient of zero, and theorem 2.4: so has "
        "a G with the saturating loss. A critic that is merely strong may separate by 30 spreads for hundreds of steps "
        "and goes on learning: of 40 healthy runs on images, while separation was above .99, D's gradient stayed above "
        "0.4 of G's, G's above a twentieth of its highest, and samples changed by .24 of the reals' distance, or by "
        ".06 at a fidelity of .9 where rates had decayed; with a D far too fast these were below .1, .01 and .05. Slow "
        "beginnings, at the papers' rates, changed by .026 to .09, a G starved by such a D by .01, or crawled"
    )
    patience: ClassVar[int] = 3
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {"separation": Limit(_SEPARATED, "above"), "gradient_share": Limit(_NEARLY, "below")}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        altogether = _spent_altogether(history)
        points = history.window(_STEPS, _POINTS) or altogether
        if not points or history.translates:
            return None
        ease = 1.5 if begun else 1.0
        separation, apart = median(points, "separation"), median(points, "margin")
        d, g = median(points, "grad_norm/discriminator"), median(points, "grad_norm/generator")
        sure = separation >= _SEPARATED and apart >= _APART / ease
        if not sure and not g <= _NONE:
            return None
        share = d / g if g > 0 else math.nan
        fidelity = series(points, "fidelity")
        off = len(fidelity) >= 3 and float(fidelity.max()) <= _OFF[history.subject] * ease
        crawls = history.subject == "images" and median(points, "update/generator") <= _CRAWL * ease
        standstill = max(_STILL[history.subject], _SLOW if crawls else 0.0)
        still = off and median(points, "change") <= standstill * ease and not _gains(history)
        spent = share <= (_NEARLY if off else _SPENT) * ease
        vanished = g <= _NONE or g <= _VANISHED * ease * _highest(history, "grad_norm/generator")
        if not (spent or still or vanished):
            return None
        why = (
            f"no more than {g:.2g} of a gradient reaches G"
            if vanished
            else f"its own gradient is down to {share:.2g} of G's: it has nothing left to learn"
            if spent
            else "the samples are not yet like reals, and hardly change any more"
        )
        text = (
            f"D ranks a real image above a generated one {separation:.1%} of the time, and the two lie {apart:.1f} "
            f"spreads apart; {why}. So sure a verdict is nearly the same for better and worse samples, and tells G "
            "little about where to go. Slow D down, or make its verdict smoother."
        )
        evidence = {"separation": separation, "margin": apart}
        if math.isfinite(share):
            evidence["gradient_share"] = share
        if len(fidelity):
            evidence["fidelity"] = float(fidelity.max())
        slower = Remedy(
            "Let D learn a tenth as fast and smooth its verdict by R1.",
            changes={R1: 1.0, "training.discriminator_steps": 1},
            factors={D_RATE: 0.1},
        )
        noise = Remedy(
            "Blur D's view by instance noise, which makes the two overlap.",
            changes={"techniques.instance_noise.sigma": 0.3},
        )
        pace = median(points, "update/generator")
        times = float(f"{min(100.0, max(1.0, _USUAL_UPDATE / pace)):.1g}") if pace > 0 else 1.0
        anew = Remedy(
            f"Start anew with R1, D at a tenth of its rate, G at {times:.0f} times its own.",
            changes={R1: 1.0, "training.discriminator_steps": 1},
            factors={D_RATE: 0.1, G_RATE: times},
            live=False,
            step=0,
        )
        severity: Severity = "error" if still and (spent or vanished) else "warning"
        return Finding(severity, evidence, text, (anew, slower, noise), certain=bool(altogether))


def _spent_altogether(history: History) -> list[Point]:
    """The last points when D had no gradient at all at any of them: this needs no more of them, however far apart."""
    points = history.last(_FEW)
    spent = len(points) == _FEW and all(point.scalars.get("grad_norm/discriminator", 1.0) <= _NONE for point in points)
    return points if spent else []


def _gains(history: History) -> bool:
    """Whether samples come to differ more and more: however slowly, G learns."""
    return history.trend("coarse_diversity") >= _GAIN


def _highest(history: History, name: str) -> float:
    """The upper tenth of a signal's values so far."""
    values = series(history.since_began(), name)
    return float(np.quantile(values, 0.9)) if len(values) else math.nan
