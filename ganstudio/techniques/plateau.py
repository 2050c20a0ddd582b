"""What is done once a measure no longer gets better: lower rates, or the end. Done by who runs a run."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import Task
from ganstudio.techniques.technique import Technique


def refuse_unmeasured(config: RunConfig, task: Task) -> str | None:
    """Without evaluations there is no plateau."""
    if task == "image-to-image":
        return "Runs that translate images are measured by no distribution that could have a plateau."
    if not config.evaluation.every:
        return "This follows the evaluations beside training, which are off; set Evaluate every."
    if task != "points" and config.evaluation.best == "none":
        return "This follows the measure of the best checkpoint, which is none; choose one under Best checkpoint by."
    return None


REDUCE = Technique(
    name="reduce-on-plateau",
    title="Reduce on plateau",
    paper="He et al. 2015",
    paths=("optimizer.schedule.plateau", "optimizer.schedule.factor"),
    off=None,
    help="Both learning rates are lowered each time the measure of the best checkpoint has stopped getting better.",
    refusal=refuse_unmeasured,
)

STOP = Technique(
    name="stop-on-plateau",
    title="Stop on plateau",
    paper="Prechelt 1998",
    paths=("training.stop.plateau",),
    off=None,
    help="The run ends once the measure of the best checkpoint has stopped getting better.",
    refusal=refuse_unmeasured,
)
