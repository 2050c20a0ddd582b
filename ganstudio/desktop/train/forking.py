"""A fork that a remedy asks for, made in a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ganstudio.desktop.forms.background import Job
from ganstudio.desktop.train.prospects import Fork
from ganstudio.runs.folder import RunFolder, next_run_folder


@dataclass(frozen=True)
class ForkOf:
    """A fork of `parent`."""

    parent: RunFolder
    fork: Fork


def fork_run(job: Job) -> Path:
    """In a worker: make the fork that was requested; the folder of the new run. UserError when it cannot be."""
    from ganstudio.runs.fork import fork

    asked: ForkOf = job.request
    made = fork(asked.parent, asked.fork.step, asked.fork.values, next_run_folder(asked.parent.config))
    return made.path
