"""Discriminator overfitting: D knows the training images by heart."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from ganstudio.health.history import History, median, series
from ganstudio.health.rules.rule import D_RATE, Finding, Limit, Limits, Reads
from ganstudio.training.events import Progress, Remedy

_KNOWN, _KNOWN_WELL = 0.72, 0.9
_READINGS, _POINTS_A_READING = 5, 20
"""24 reals of each kind are judged at a time: a chance-level reading has a deviation of .08, a mean of five .04."""


class DiscriminatorOverfitting:
    """D ranks images that it was trained on above others of their kind that it has never seen."""

    name: ClassVar[str] = "discriminator_overfitting"
    looks_at: ClassVar[str] = "P(D(training real) > D(held-out real)); chance is .5"
    source: ClassVar[str] = "Karras et al. 2020 (ADA), section 2.1 and equation 1; .72 is six deviations above chance"
    patience: ClassVar[int] = 2
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {"held_out": Limit(_KNOWN, "above")}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        points = history.last(_READINGS * _POINTS_A_READING)
        readings = series(points, "held_out")[-_READINGS:]
        if len(readings) < _READINGS:
            return None
        known = float(np.mean(readings))
        if known < _KNOWN - (0.08 if begun else 0.0):
            return None
        evidence = {"held_out": known}
        gap = median(points, "overfit")
        if math.isfinite(gap):
            evidence["overfit"] = gap
        text = (
            f"D ranks an image that it was trained on above one it has never seen {known:.0%} of the time; 50 % would "
            "be fair, since both are real. It tells images by heart instead of by what makes them real, and from "
            "then on what it teaches G gets worse. There are too few images for this long a training: augment what D "
            "sees, or hold D back."
        )
        augment = Remedy(
            "Start anew with augmentation of all that D sees.",
            changes={"techniques.augment.policy": "diffaugment"},
            live=False,
            step=0,
        )
        back = Remedy(
            "Hold D back: R1 ten times its usual weight, half its rate.",
            changes={"objective.penalties.r1.weight": 10.0},
            factors={D_RATE: 0.5},
        )
        lecam = Remedy(
            "Hold D's scores near the other side's mean (LeCam).", changes={"techniques.lecam.weight": 0.3}, live=False
        )
        return Finding("error" if known >= _KNOWN_WELL else "warning", evidence, text, (augment, back, lecam))
