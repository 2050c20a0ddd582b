"""Losses whose zero means something."""

from __future__ import annotations

from ganstudio.config import ObjectiveConfig, RunConfig
from ganstudio.game import Task
from ganstudio.techniques.technique import Refusal


def undecided(objective: ObjectiveConfig) -> float | None:
    """The logit at which D takes a sample for as real as generated; None where only differences of logits count."""
    match objective.loss:
        case "wasserstein" | "relativistic":
            return None
        case "least-squares":
            a, b, _ = (float(target) for target in objective.targets.split(","))
            return (a + b) / 2
        case _:
            return 0.0


def needs_fixed_zero(title: str) -> Refusal:
    """Refuses losses in which adding a number to all logits changes nothing."""

    def refusal(config: RunConfig, _task: Task) -> str | None:
        if undecided(config.objective) is None:
            return f"{title} needs scores whose zero is fixed; with the {config.objective.loss} loss it is free."
        return None

    return refusal
