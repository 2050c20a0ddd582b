"""Plateau: the measure that judges the run no longer gets better."""

from __future__ import annotations

from typing import ClassVar

from ganstudio.health.history import History
from ganstudio.health.rules.rule import D_RATE, G_RATE, Finding, Limits, Reads
from ganstudio.training.events import Evaluated, Remedy

_LOWER_IS_BETTER = ("fid", "kid")
_EVALUATIONS = 5
_GAIN = 0.02


class Plateau:
    """None of the last evaluations is notably better than the best before them."""

    name: ClassVar[str] = "plateau"
    looks_at: ClassVar[str] = "FID, else KID, of the evaluations"
    source: ClassVar[str] = "the best of five evaluations gains less than 2 % or their deviation, whichever is more"
    patience: ClassVar[int] = 1
    reads: ClassVar[Reads] = (Evaluated,)
    limits: ClassVar[Limits] = {}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        for name in _LOWER_IS_BETTER:
            measured = [(event.step, event.measures[name]) for event in history.evaluations if name in event.measures]
            if len(measured) > _EVALUATIONS:
                break
        else:
            return None
        before = min(measured[:-_EVALUATIONS], key=lambda item: item[1].value)
        recent = min(measured[-_EVALUATIONS:], key=lambda item: item[1].value)
        noise = max(_GAIN * abs(before[1].value), before[1].deviation or 0.0)
        if not recent[1].value > before[1].value - noise:
            return None
        text = (
            f"{name.upper()} was {before[1].value:.4g} at step {before[0]}, and the best of the {_EVALUATIONS} "
            f"evaluations since is {recent[1].value:.4g}. Training on as it is brings little: this may be as good as "
            "it gets, or the rates are too high to settle further."
        )
        lower = Remedy("Settle further at a quarter of both learning rates.", factors={D_RATE: 0.25, G_RATE: 0.25})
        evidence = {f"{name}_best": before[1].value, f"{name}_since": recent[1].value, "best_step": float(before[0])}
        return Finding("info", evidence, text, (lower, Remedy("Stop here and keep the best checkpoint.")))
