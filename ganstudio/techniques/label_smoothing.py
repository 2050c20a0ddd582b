"""One-sided label smoothing: D need not be certain of real images (Salimans et al. 2016, section 3.4)."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import Task
from ganstudio.techniques.technique import Technique

_CROSS_ENTROPY = frozenset({"non-saturating", "saturating"})


def refusal(config: RunConfig, _task: Task) -> str | None:
    """Targets are probabilities only where the loss is a cross-entropy."""
    loss = config.objective.loss
    return None if loss in _CROSS_ENTROPY else f"Label smoothing needs a cross-entropy loss; the loss here is {loss}."


LABEL_SMOOTHING = Technique(
    name="label-smoothing",
    title="Label smoothing",
    paper="Salimans et al. 2016",
    paths=("techniques.real_label",),
    off=1.0,
    help="D's target for real images is below 1, for generated ones 0: it cannot grow ever more certain.",
    refusal=refusal,
)
