"""Fills the map of a plane with images, a few at a time, and takes from it what the person picks."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMimeData, QObject, Slot

from ganstudio.desktop.explore.carried import carried
from ganstudio.desktop.explore.plane.panel import PlanePanel
from ganstudio.desktop.explore.preview import Rendered, Request
from ganstudio.desktop.explore.state import LatentState, LiveRun, seed_text
from ganstudio.errors import UserError
from ganstudio.latent.anchored_plane import Anchor, AnchoredPlane, Cell
from ganstudio.latent.sampling import latent

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_FEWEST, _MOST, _PIECE_MS = 6, 48, 40.0
"""Cells asked for at once: so many that drawing them takes about this long."""
_LIVE_EVERY_S = 5.0
"""Between two drawings of a plane whose networks train."""
_SEEDS = 1_000_000
_REACH = 2.0
"""How far along a direction B and C lie."""
_UNPUBLISHED = "The run has just begun: its first images come with its first step."


class PlaneFiller(QObject):
    """Ties the panel to the latent at hand and to the preview's thread.

    The next cells are asked for when the last ones have come, so that an image of the latent never waits for more than
    a few of them, and none is drawn that has left the map meanwhile.
    """

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self.panel = PlanePanel()
        self._key: object = None
        self._asked, self._density = 0, 0
        self._cells: tuple[Cell, ...] = ()
        self._count = _FEWEST
        self._calm = False
        self._step: int | None = None
        self._drawn_at = 0.0
        self._random = np.random.default_rng()
        workspace.right.insertWidget(0, self.panel)
        workspace.right.setVisible(True)
        workspace.state_changed.connect(self._on_state)
        workspace.settled.connect(self._on_settled)
        workspace.cleared.connect(self._on_cleared)
        workspace.worker.rendered.connect(self._on_rendered)
        panel = self.panel
        panel.view.wanted.connect(self._on_wanted)
        panel.view.picked.connect(self._on_picked)
        panel.view.released.connect(workspace.seal)
        panel.view.carried.connect(self._on_carried)
        panel.shuffle_requested.connect(self.shuffle)
        panel.anchor_requested.connect(self._on_anchor)
        panel.directions_requested.connect(self._on_directions)

    # what a person does

    @Slot()
    def shuffle(self) -> None:
        """Three new latents as A, B and C."""
        state = self._workspace.state
        if state is not None:
            plane = AnchoredPlane(*(self._fresh(state.size) for _ in range(3)))
            self._workspace.apply(replace(state, plane=plane))
            self.panel.view.show_all()

    def set_anchor(self, letter: str, z: np.ndarray, text: str) -> None:
        """Another latent (size,) as ``"a"``, ``"b"`` or ``"c"``."""
        state = self._workspace.state
        if state is None or state.plane is None:
            return
        if len(z) != state.size:
            self._workspace.failed.emit(f"The latent of {text} has {len(z)} values; this model takes {state.size}.")
            return
        anchor = Anchor(np.array(z, np.float32), text)
        self._workspace.apply(replace(state, plane=state.plane.with_anchor(letter, anchor)))

    @Slot(str, str)
    def _on_anchor(self, letter: str, what: str) -> None:
        state = self._workspace.state
        if state is not None:
            anchor = Anchor(state.z, state.text) if what == "here" else self._fresh(state.size)
            self.set_anchor(letter, anchor.z, anchor.text)

    @Slot()
    def _on_directions(self) -> None:
        state, shown = self._workspace.state, self._workspace.directions.shown
        if state is not None and len(shown) >= 2:
            first, second = shown[:2]
            plane = AnchoredPlane.along(
                Anchor(state.z, state.text), first.vector, second.vector, _REACH, (first.name, second.name)
            )
            self._workspace.apply(replace(state, plane=plane))

    @Slot(str, object)
    def _on_carried(self, letter: str, data: QMimeData) -> None:
        try:
            z, text = carried(data)
        except UserError as error:
            self._workspace.failed.emit(str(error))
        else:
            self.set_anchor(letter, z, text)

    @Slot(object, bool)
    def _on_picked(self, cell: Cell, by_key: bool) -> None:
        state = self._workspace.state
        if state is None or state.plane is None:
            return
        taken = state.with_latent(self.panel.view.latents([cell])[0], "the plane", None, state.look)
        if by_key:
            self._workspace.push(taken, "plane")
            self.panel.view.set_mark(self.panel.view.window_shown.place(cell))
        else:
            self._workspace.apply(taken)

    def _fresh(self, size: int) -> Anchor:
        seed = int(self._random.integers(_SEEDS))
        return Anchor(latent(seed, size), seed_text(seed))

    # what is shown

    @Slot(object)
    def _on_state(self, state: LatentState | None) -> None:
        self._calm = False
        workspace, facts = self._workspace, self._workspace.facts
        fits = state is not None and facts is not None and facts.shape.subject != "points"
        plane = state.plane if state is not None and fits else None
        if plane is not self.panel.view.plane:
            self._asked = 0
        self.panel.setVisible(fits or (state is None and (facts is None or facts.translates is None)))
        right = workspace.right
        panels = [right.widget(index) for index in range(right.count())]
        right.setVisible(any(panel is not None and not panel.isHidden() for panel in panels))
        self.panel.set_plane(plane)
        self.panel.set_directions(len(workspace.directions.shown) >= 2)
        if state is not None and plane is not None and facts is not None:
            self.panel.view.set_side(facts.shape.resolution)
            self.panel.view.set_mark(plane.place_of(state.z))

    @Slot()
    def _on_cleared(self) -> None:
        self._key, self._asked = None, 0
        self.panel.view.clear()

    @Slot()
    def _on_settled(self) -> None:
        self._calm = True
        self._follow()
        self._on_wanted()

    def _follow(self) -> None:
        """Have everything drawn anew where the networks, the class or the look are others."""
        workspace, state = self._workspace, self._workspace.state
        if state is None:
            return
        key = (workspace.source, state.label, state.mix, state.look)
        step = workspace.shown_step if isinstance(workspace.source, LiveRun) else None
        due = step != self._step and time.monotonic() - self._drawn_at >= _LIVE_EVERY_S
        if key != self._key or due:
            self._key, self._step, self._asked = key, step, 0
            self.panel.view.age()

    @Slot()
    def _on_wanted(self) -> None:
        """Ask for the next cells, unless some are awaited or the image is not up to date."""
        workspace, view, state = self._workspace, self.panel.view, self._workspace.state
        if self._asked or not self._calm or state is None or workspace.source is None or view.plane is None:
            return
        if not view.isVisible() or not (cells := view.missing(self._count)):
            return
        self._asked, self._cells = workspace.worker.next_number(), tuple(cells)
        self._density, self._drawn_at = view.window_shown.density, time.monotonic()
        workspace.worker.request(
            Request(
                number=self._asked,
                kind="plane",
                source=workspace.source,
                z=view.latents(cells),
                label=state.label,
                mix=state.mix,
                look=state.look,
            )
        )

    @Slot(object)
    def _on_rendered(self, answer: object) -> None:
        if not isinstance(answer, Rendered) or answer.request.kind != "plane":
            return
        if answer.request.number != self._asked:
            return
        self._asked = 0
        if answer.images is None:
            self.panel.view.set_said(
                answer.error or "The run has just begun: its first images come with its first step."
            )
            self._calm = False
            return
        each = max(answer.milliseconds / len(answer.images), 0.01)
        self._count = min(_MOST, max(_FEWEST, round(_PIECE_MS / each)))
        self.panel.view.put(self._density, self._cells, answer.images)
        self._on_wanted()
