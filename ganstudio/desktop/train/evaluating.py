"""The evaluation of a run that does not train, in a worker; what it finds joins the run's journal."""

from __future__ import annotations

from ganstudio.desktop.forms.background import Job
from ganstudio.errors import UserError
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Evaluated


def evaluate_run(job: Job) -> Evaluated:
    """In a worker: measure the newest checkpoint of the run folder that was requested, reporting each `Slice`.

    UserError when it has none, or nothing that it could be compared with.
    """
    from ganstudio.runs.evaluate import evaluate, keep

    folder: RunFolder = job.request
    checkpoints = folder.checkpoints()
    if not checkpoints:
        raise UserError("The run has no checkpoint yet that could be measured.")
    event = evaluate(folder.checkpoint_path(checkpoints[-1]), None, None, job.report)
    job.check()
    keep(folder, event)
    return event
