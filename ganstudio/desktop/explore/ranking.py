"""Coordinates in the order of how much each changes the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Slot

from ganstudio.desktop.explore.preview import Answered, Ask
from ganstudio.desktop.explore.state import class_labels
from ganstudio.desktop.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ganstudio.desktop.explore.state import LatentState
    from ganstudio.desktop.explore.workspace import ExploreWorkspace
    from ganstudio.latent.model import LatentModel

_KEY = "explore/by_effect"


class Ranking(QObject):
    """Has the effects measured when the person sorts by them, and again for other networks or another class; those of
    a run that trains once, for they would not stand still."""

    def __init__(self, workspace: ExploreWorkspace, settings: Settings) -> None:
        super().__init__(workspace)
        self._workspace, self._settings = workspace, settings
        self._panel = workspace.coordinates
        self._asked = 0
        self._key: object = None
        self._panel.set_by_effect(settings.get(_KEY, False))
        self._panel.by_effect_chosen.connect(self._on_chosen)
        workspace.settled.connect(self._on_settled)
        workspace.cleared.connect(self._on_cleared)
        workspace.worker.rendered.connect(self._on_answer)

    @Slot(bool)
    def _on_chosen(self, wanted: bool) -> None:
        self._settings.set(_KEY, wanted)
        self._on_cleared()
        if wanted:
            self._on_settled()

    @Slot()
    def _on_cleared(self) -> None:
        self._workspace.worker.cancel("ranking")
        self._asked, self._key = 0, None
        self._panel.set_effects(None)

    @Slot()
    def _on_settled(self) -> None:
        state, source = self._workspace.state, self._workspace.source
        if state is None or source is None or not self._panel.by_effect or (source, state.label) == self._key:
            return
        self._key, self._asked = (source, state.label), self._workspace.worker.next_number()
        self._workspace.worker.request(
            Ask(number=self._asked, kind="ranking", source=source, work=_measuring(state), still=True)
        )

    @Slot(object)
    def _on_answer(self, answer: Any) -> None:
        if answer.request.number != self._asked:
            return
        if isinstance(answer, Answered):
            self._panel.set_effects(answer.result)
        else:
            self._key = None


def _measuring(state: LatentState) -> Callable[[LatentModel, Callable[[], None]], Any]:
    def measure(model: LatentModel, pause: Callable[[], None]) -> np.ndarray[Any, Any]:
        from ganstudio.latent.effects import effects

        return effects(model, class_labels(state.label, None, 1, model.num_classes), pause=pause)

    return measure
