"""The run that the studio ships: digits by class, small enough to come along, whole enough to go on with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ganstudio.paths import resource
from ganstudio.runs.folder import RunFolder, list_runs
from ganstudio.runs.manage import Report, copy_run

NAME: Final = "example"
"""Of its folder among the others: without a number, so that a person's own first run is 001."""


def shipped_example() -> RunFolder:
    """The run as it is shipped; nothing writes to it. FileNotFoundError when the installation is incomplete."""
    return RunFolder(resource("example"))


def place_example(root: Path, report: Report = lambda *_: None) -> Path | None:
    """Copy the example into a folder of runs that has none yet; None, and nothing happens, where it has some.

    It is a run like any other from then on: it can be explored, resumed, forked and moved to the trash. RunFolderError
    when it cannot be written.
    """
    if list_runs(root):
        return None
    return copy_run(shipped_example(), root, report, NAME)
