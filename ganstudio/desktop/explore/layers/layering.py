"""Channels of the generator's layers, looked at and changed by hand; the changes are part of the state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Slot

from ganstudio.desktop.explore.layers.dialog import LayersDialog
from ganstudio.desktop.explore.preview import Answered, Ask
from ganstudio.desktop.explore.state import LatentState, class_labels

if TYPE_CHECKING:
    from collections.abc import Callable

    from ganstudio.desktop.explore.workspace import ExploreWorkspace
    from ganstudio.latent.layers import Layer
    from ganstudio.latent.model import LatentModel


@dataclass(frozen=True, eq=False)
class LayerSeen:
    """All layers of a generator, and the maps of one: uint8 (channels, height, width), all on one scale of grey."""

    layers: tuple[Layer, ...]
    name: str
    maps: NDArray[np.uint8]


class Layering(QObject):
    """Ties the dialog to the state and to the preview's thread; the maps are drawn anew when the image has settled."""

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._dialog: LayersDialog | None = None
        self._asked, self._name = 0, ""
        self._key: object = None
        self._button = workspace.image_panel.layers
        self._button.clicked.connect(self.open)
        workspace.settled.connect(self._on_settled)
        workspace.state_changed.connect(self._on_state)
        workspace.cleared.connect(self._on_cleared)
        workspace.worker.rendered.connect(self._on_answer)
        self._on_state(None)

    @property
    def dialog(self) -> LayersDialog | None:
        """The dialog while it is open."""
        return self._dialog

    @Slot()
    def open(self) -> None:
        """Show the layers beside the window."""
        if self._workspace.state is None:
            return
        if self._dialog is None:
            self._dialog = dialog = LayersDialog(self._workspace)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.layer_chosen.connect(self._on_layer)
            dialog.factor_moved.connect(self._on_factor)
            dialog.released.connect(self._workspace.seal)
            dialog.restore_requested.connect(self._on_restore)
            dialog.finished.connect(self._on_closed)
            self._key = None
            self._ask(self._workspace.state)
        self._dialog.show()
        self._dialog.raise_()

    def _ask(self, state: LatentState) -> None:
        source = self._workspace.source
        key = (source, self._workspace.shown_step, self._name, state.look, state.mix, state.label, state.z.tobytes())
        if source is None or key == self._key:
            return
        self._key, self._asked = key, self._workspace.worker.next_number()
        self._workspace.worker.request(
            Ask(number=self._asked, kind="layer", source=source, work=_looking_at(self._name, state))
        )

    @Slot()
    def _on_settled(self) -> None:
        state = self._workspace.state
        if self._dialog is not None and state is not None:
            self._ask(state)

    @Slot(object)
    def _on_state(self, state: LatentState | None) -> None:
        facts = self._workspace.facts
        self._button.setVisible(state is not None and facts is not None and facts.shape.subject != "points")
        if self._dialog is not None:
            if state is None or self._button.isHidden():
                self._dialog.reject()
            else:
                factors = state.look.factors()
                mine = factors.pop(self._name, {})
                self._dialog.set_factors(mine, others=bool(factors))

    @Slot()
    def _on_cleared(self) -> None:
        """Another generator has other channels."""
        state = self._workspace.state
        self._key, self._name = None, ""
        if state is not None and state.look.channels:
            self._workspace.apply(replace(state, look=replace(state.look, channels=())))

    @Slot(object)
    def _on_answer(self, answer: Any) -> None:
        if self._dialog is None or answer.request.number != self._asked:
            return
        if not isinstance(answer, Answered):
            self._key = None
            self._dialog.set_problem(answer.error or "The run has just begun: there is nothing to see yet.")
            return
        seen: LayerSeen = answer.result
        self._name = seen.name
        self._dialog.set_problem(None)
        self._dialog.set_layers(seen.layers, seen.name)
        self._dialog.set_maps(seen.maps)
        self._on_state(self._workspace.state)

    @Slot(str)
    def _on_layer(self, name: str) -> None:
        self._name = name
        self._on_settled()

    @Slot(int, float)
    def _on_factor(self, channel: int, factor: float) -> None:
        state = self._workspace.state
        if state is not None and self._name:
            look = state.look.with_channel(self._name, channel, factor)
            self._workspace.push(replace(state, look=look), f"channel {channel} of {self._name}")

    @Slot()
    def _on_restore(self) -> None:
        state = self._workspace.state
        if state is not None:
            self._workspace.apply(replace(state, look=replace(state.look, channels=())))

    @Slot()
    def _on_closed(self) -> None:
        self._dialog = None
        self._workspace.worker.cancel("layer")


def _looking_at(name: str, state: LatentState) -> Callable[[LatentModel, Callable[[], None]], LayerSeen]:
    def look(model: LatentModel, pause: Callable[[], None]) -> LayerSeen:
        from ganstudio.latent.layers import channel_maps, layers, multiplied
        from ganstudio.latent.sampling import truncated

        known = tuple(layers(model))
        first = next((layer.name for layer in known if layer.height > 1), known[0].name)
        wanted = name if name in {layer.name for layer in known} else first
        pause()
        labels = class_labels(state.label, state.mix, 1, model.num_classes)
        with multiplied(model, state.look.factors()):
            maps = channel_maps(model, wanted, truncated(state.z[None], state.look.truncation), labels)[0]
        return LayerSeen(known, wanted, grey(maps))

    return look


def grey(maps: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Maps (channels, height, width) as uint8 on one scale, from the least of all to the largest."""
    low, high = float(maps.min()), float(maps.max())
    scaled: NDArray[np.uint8] = np.rint((maps - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
    return np.ascontiguousarray(scaled)
