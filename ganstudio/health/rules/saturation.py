"""Discriminator saturation: D has won, and its verdict no longer tells G where to go."""

from __future__ import annotations

import math
from typing import ClassVar

from ganstudio.health.history import History, median, series
from ganstudio.health.rules.rule import D_RATE, G_RATE, R1, Finding, Limit, Limits, Reads
from ganstudio.training.events import Progress, Remedy

_SEPARATED, _APART = 0.99, 8.0
_SPENT = 0.02
_FAR, _STILL = 0.02, 0.03
_POINTS, _STEPS = 5, 80
_USUAL_UPDATE = 5e-3


class DiscriminatorSaturation:
    """D tells all samples apart by a wide margin, and either has nothing left to learn, or G is far off and stands "
    "still."""

    name: ClassVar[str] = "discriminator_saturation"
    looks_at: ClassVar[str] = "P(D(x) > D(G(z))), margin over spread, D's gradient relative to G's, fidelity"
    source: ClassVar[str] = (
        "Arjovsky & Bottou 2017, theorem 2.1 and figure 2: a perfect D has a gradient of zero; a critic that is merely "
        "strong, which may separate by 30 spreads for hundreds of steps, goes on learning: its gradient stays above a "
        "twentieth of G's in healthy runs"
    )
    patience: ClassVar[int] = 3
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {"margin": Limit(_APART, "above")}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        points = history.window(_STEPS, _POINTS)
        if not points or history.translates:
            return None
        separation, apart = median(points, "separation"), median(points, "margin")
        if not (separation >= _SEPARATED and apart >= _APART * (0.75 if begun else 1.0)):
            return None
        d, g = median(points, "grad_norm/discriminator"), median(points, "grad_norm/generator")
        share = d / g if g > 0 else math.nan
        fidelity = series(points, "fidelity")
        change = median(points, "change")
        far = len(fidelity) >= 3 and float(fidelity.max()) <= _FAR * (5 if begun else 1)
        far = far and change <= _STILL * (2 if begun else 1)
        spent = share <= _SPENT * (3 if begun else 1)
        if not (spent or far):
            return None
        why = (
            f"its own gradient is down to {share:.2g} of G's: it has nothing left to learn"
            if spent
            else "no generated sample comes as near to a real one as reals come to each other, and they hardly change"
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
        return Finding("error" if spent and far else "warning", evidence, text, (anew, slower, noise))
