"""Generator frozen: G has stopped learning while D has not."""

from __future__ import annotations

import math
from typing import ClassVar

from ganstudio.health.history import History, median, series
from ganstudio.health.rules.rule import G_RATE, Finding, Limit, Limits, Reads
from ganstudio.training.events import Progress, Remedy

_STILL, _SHARE = 2e-5, 0.2
_SLOW, _SLOW_SHARE = 2e-4, 0.01
_POINTS, _STEPS = 4, 30


class GeneratorFrozen:
    """G's weights hardly move, relative to their length, while D's do; or no gradient reaches G."""

    name: ClassVar[str] = "generator_frozen"
    looks_at: ClassVar[str] = "how far the weights of both move a step, G's gradient, how far fixed samples move"
    source: ClassVar[str] = (
        "updates of about 1e-3 of the weights a step are usual (Karpathy, CS231n notes, ratio of updates to weights); "
        "this is a fiftieth of that, or a fifth of it at a hundredth of D's; in healthy runs of every variant G's were "
        "0.24 of D's or more"
    )
    patience: ClassVar[int] = 2
    reads: ClassVar[Reads] = (Progress,)
    limits: ClassVar[Limits] = {"update_generator": Limit(_STILL, "below")}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        points = history.window(_STEPS, _POINTS)
        if not points:
            return None
        g, d = median(points, "update/generator"), median(points, "update/discriminator")
        gradients = series(points, "grad_norm/generator")
        reached = not len(gradients) or float(gradients.max()) > 1e-9
        ease = 2 if begun else 1
        still = g <= _STILL * ease and (g <= _SHARE * d or not d > _STILL * ease / 10)
        still = still or (g <= _SLOW * ease and g <= _SLOW_SHARE * ease * d)
        if not still and (reached or len(gradients) < 3):
            return None
        evidence = {
            name: value
            for name, value in (("update_generator", g), ("update_discriminator", d))
            if math.isfinite(value)
        }
        change = median(points, "change")
        if math.isfinite(change):
            evidence["change"] = change
        if len(gradients):
            evidence["grad_norm_generator"] = float(gradients.max())
        if not reached:
            text = (
                "No gradient reaches G: its norm is zero, so that nothing D says can change it. Its units have died or "
                "its output is pinned to its bounds, most often after steps that were too large. It must go back to a "
                "checkpoint before that, or start anew, at a lower rate."
            )
            anew = Remedy("Start anew at a hundredth of G's learning rate.", factors={G_RATE: 0.01}, live=False, step=0)
            return Finding("error", evidence, text, (anew,))
        moves = f" while D's move by {d:.1g}" if math.isfinite(d) else ""
        text = (
            f"G's weights move by {g:.1g} of their length a step{moves}; about 1e-3 is usual. Its samples stay what "
            "they are, whatever D says. Its learning rate is far too low."
        )
        raised = Remedy("Give G the usual learning rate.", changes={G_RATE: 2e-4})
        return Finding(
            "error",
            evidence,
            text,
            (raised, Remedy("Raise G's learning rate a hundred times.", factors={G_RATE: 100.0})),
        )
