"""What happens once in the life of a set of settings: the example run is put beside the person's own, of which there
are none yet, so that Explore and Runs have something to show."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import Slot

from ganstudio import paths
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.studio import Studio
from ganstudio.runs.example import place_example

_KEY = "example/placed"
_log = logging.getLogger("ganstudio")


class FirstLaunch(Background):
    """Copies the example in a worker when the settings do not know of one; a person who deletes it is rid of it."""

    def __init__(self, settings: Settings, studio: Studio) -> None:
        super().__init__(_place, studio)
        self._settings, self._studio = settings, studio
        studio.done.connect(self.stop)
        self.done.connect(self._on_placed)
        if not settings.get(_KEY, False):
            self.request(paths.runs_folder())

    @Slot(object)
    def _on_placed(self, outcome: Outcome) -> None:
        """Show it; what failed is tried again at the next launch."""
        if outcome.error is not None:
            _log.warning("The example run is not there: %s", outcome.error)
            return
        self._settings.set(_KEY, True)
        if outcome.result is not None:
            self._studio.refresh_runs()


def _place(job: Job) -> Path | None:
    return place_example(job.request, lambda *_: job.check())
