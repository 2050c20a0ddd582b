"""Plateau: the measure that judges the run no longer gets better."""

from __future__ import annotations

from typing import ClassVar

from ganstudio.health.history import History
from ganstudio.health.rules.rule import D_RATE, G_RATE, Finding, Limits, Reads
from ganstudio.health.stalling import comparable, stall
from ganstudio.training.events import Evaluated, Remedy

_USUAL = ("fid", "kid")
_EVALUATIONS = 5


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
            if len(comparable(history.evaluations, name)) > _EVALUATIONS:
                break
        else:
            return None
        found = stall(history.evaluations, name, _EVALUATIONS)
        if found is None:
            return None
        text = (
            f"{found.title} was {found.before:.4g} at step {found.step}, and the best of the {_EVALUATIONS} "
            f"evaluations since is {found.since:.4g}. Training on as it is brings little: this may be as good as "
            "it gets, or the rates are too high to settle further."
        )
        lower = Remedy("Settle further at a quarter of both learning rates.", factors={D_RATE: 0.25, G_RATE: 0.25})
        evidence = {f"{name}_best": found.before, f"{name}_since": found.since, "best_step": float(found.step)}
        return Finding("info", evidence, text, (lower, Remedy("Stop here and keep the best checkpoint.")))
