"""Stopping once the critic's distance has settled (Arjovsky et al. 2017, section 3: it tells progress)."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import Task
from ganstudio.techniques.technique import Technique


def refusal(config: RunConfig, _task: Task) -> str | None:
    """Other losses say nothing about how far G is from the data."""
    loss = config.objective.loss
    return None if loss == "wasserstein" else f"Only a Wasserstein critic measures a distance; the loss here is {loss}."


SETTLING = Technique(
    name="stop-when-settled",
    title="Stop when settled",
    paper="Arjovsky et al. 2017",
    paths=("training.stop.settled",),
    off=None,
    help="The run ends once the critic's distance no longer changes.",
    refusal=refusal,
)
