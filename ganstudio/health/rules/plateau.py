"""Plateau: the measure that judges the run no longer gets better."""

from __future__ import annotations

from typing import ClassVar

from ganstudio.health.history import History
from ganstudio.health.rules.rule import D_RATE, G_RATE, Finding, Limits, Reads
from ganstudio.training.events import Evaluated, Measure, Remedy

_LOWER_IS_BETTER = frozenset({"fid", "kid"})
_USUAL = ("fid", "kid")
_EVALUATIONS = 5
_GAIN = 0.02

Readings = list[tuple[int, Measure]]


class Plateau:
    """None of the last evaluations is notably better than the best before them."""

    name: ClassVar[str] = "plateau"
    looks_at: ClassVar[str] = "the measure that the best checkpoint is chosen by, else FID, else KID"
    source: ClassVar[str] = "the best of five evaluations gains less than 2 % or their deviation, whichever is more"
    patience: ClassVar[int] = 1
    reads: ClassVar[Reads] = (Evaluated,)
    limits: ClassVar[Limits] = {}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        if not history.evaluations:
            return None
        for name in (history.evaluations[-1].chosen, *_USUAL):
            measured = _comparable(history.evaluations, name)
            if len(measured) > _EVALUATIONS:
                break
        else:
            return None
        sign = 1 if name in _LOWER_IS_BETTER else -1
        before = min(measured[:-_EVALUATIONS], key=lambda item: sign * item[1].value)
        recent = min(measured[-_EVALUATIONS:], key=lambda item: sign * item[1].value)
        noise = max(_GAIN * abs(before[1].value), before[1].deviation or 0.0)
        if sign * (before[1].value - recent[1].value) >= noise:
            return None
        title = name.upper() if name in _LOWER_IS_BETTER else name.capitalize()
        text = (
            f"{title} was {before[1].value:.4g} at step {before[0]}, and the best of the {_EVALUATIONS} "
            f"evaluations since is {recent[1].value:.4g}. Training on as it is brings little: this may be as good as "
            "it gets, or the rates are too high to settle further."
        )
        lower = Remedy("Settle further at a quarter of both learning rates.", factors={D_RATE: 0.25, G_RATE: 0.25})
        evidence = {f"{name}_best": before[1].value, f"{name}_since": recent[1].value, "best_step": float(before[0])}
        return Finding("info", evidence, text, (lower, Remedy("Stop here and keep the best checkpoint.")))


def _comparable(evaluations: list[Evaluated], name: str) -> Readings:
    """Steps and values of a measure, of those evaluations that are of as many samples, by the same features, as the
    newest that has it."""
    having = [event for event in evaluations if name in event.measures]
    if not having:
        return []
    newest = having[-1]
    return [
        (event.step, event.measures[name])
        for event in having
        if event.extractor == newest.extractor and event.measures[name].n == newest.measures[name].n
    ]
