"""Two sets of networks at one latent, side by side: the second follows whatever moves the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from ganstudio.desktop.explore.catalogue import LATEST, Choice, ModelFacts, RunEntry
from ganstudio.desktop.explore.over_time.comparison_view import ROW, ComparisonView
from ganstudio.desktop.explore.preview import Rendered, Request, Source
from ganstudio.desktop.explore.state import Latent, Look, Mix
from ganstudio.errors import UserError
from ganstudio.runs.folder import RunFolder

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_LIVE_MS = 500
_NOTHING_ELSE = "There is no other step and no other run yet to compare with."
_NO_NETWORKS = "This run has no networks to draw with yet."


class Comparison(QObject):
    """Draws with the compared networks each latent whose image has just been drawn: both show the same latent."""

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._film = workspace.film.panel
        self.view = ComparisonView()
        self._choice = Choice()
        self._active = False
        self._source: Source | None = None
        self._facts: ModelFacts | None = None
        self._unreadable = _NO_NETWORKS
        self._key: object = None
        self._asked = self._shown = 0
        self._step: int | None = None
        self._timer = QTimer(self, interval=_LIVE_MS)
        self._timer.timeout.connect(self._on_time)
        workspace.worker.rendered.connect(self._on_rendered)
        workspace.state_changed.connect(self._on_state)
        self._film.comparing_requested.connect(self._on_toggled)
        self._film.compare_requested.connect(self._on_frame)
        self.view.close_requested.connect(self.end)
        self.view.run_chosen.connect(self._on_run)
        self.view.step_chosen.connect(self._on_step)

    @property
    def is_active(self) -> bool:
        """Whether something is compared."""
        return self._active

    @property
    def is_current(self) -> bool:
        """Whether the newest image that was asked for is shown."""
        return self._asked == self._shown

    def begin(self, run: Path, step: int = LATEST) -> None:
        """Compare with a step of a run, or with its latest networks."""
        self._choice.run, self._choice.step = run.resolve(), step
        if not self._active:
            self._active = True
            self._workspace.image_panel.set_second(self.view, ROW)
            self._film.compare.setChecked(True)
        self._refresh()

    @Slot()
    def end(self) -> None:
        """Compare no more."""
        self.stop()
        self._active = False
        self._workspace.worker.cancel("compare")
        self._workspace.image_panel.set_second(None, 0)
        self._film.compare.setChecked(False)

    def stop(self) -> None:
        """Look no more at a run that trains."""
        self._timer.stop()

    # what is compared

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        if not on:
            self.end()
            return
        other = self._something_else()
        if other is None:
            self._film.compare.setChecked(False)
            self._workspace.failed.emit(_NOTHING_ELSE)
        else:
            self.begin(*other)

    def _something_else(self) -> tuple[Path, int] | None:
        """The step before the chosen one, else the one after it, else another run."""
        run, frames, chosen = self._workspace.run, self._film.view.frames, self._film.view.chosen_frame
        for index in (chosen - 1, chosen + 1):
            if run is not None and 0 <= index < len(frames):
                step = frames[index].step
                return run, LATEST if frames[index].live or step is None else step
        others = [entry.path for entry in self._entries() if entry.path != run and RunFolder(entry.path).checkpoints()]
        return (others[0], LATEST) if others else None

    @Slot(int)
    def _on_frame(self, index: int) -> None:
        run, frame = self._workspace.run, self._film.view.frames[index]
        if run is not None:
            self.begin(run, LATEST if frame.live or frame.step is None else frame.step)

    @Slot(object)
    def _on_run(self, path: Path) -> None:
        self.begin(path)

    @Slot(int)
    def _on_step(self, step: int) -> None:
        if self._choice.run is not None:
            self.begin(self._choice.run, step)

    def _entries(self) -> list[RunEntry]:
        runs = self._workspace.latent_panel.runs
        return [RunEntry(runs.itemData(index), runs.itemText(index)) for index in range(runs.count())]

    @Slot(object)
    def _on_state(self, state: object) -> None:
        if not self._active:
            return
        facts = self._workspace.facts
        if state is None and facts is not None and facts.translates is not None:
            self.end()
        elif (self._choice.live, self._choice.ema) != (self._workspace.choice.live, self._workspace.choice.ema):
            self._refresh()

    def _refresh(self) -> None:
        """Show what is chosen, and draw with it."""
        choice, here = self._choice, self._workspace.choice
        choice.live, choice.ema = here.live, here.ema
        live = None if here.live is None else here.live.path.resolve()
        self.view.set_runs(self._entries(), choice.run, live)
        self.view.set_steps(choice.steps(), choice.step, live=live is not None and choice.run == live)
        self._source, self._facts, self._unreadable = choice.source(), None, _NO_NETWORKS
        try:
            self._facts = choice.facts()
        except UserError as error:
            self._unreadable = str(error)
        self._timer.start() if choice.is_live else self._timer.stop()
        state = self._workspace.state
        if state is not None:
            self._draw(state.z, state.label, state.mix, state.look)

    # drawing

    def _draw(self, z: Latent, label: int | None, mix: Mix | None, look: Look) -> None:
        """Draw a latent with the compared networks, or say why that cannot be."""
        self._key = (label, mix, look, z.tobytes())
        problem = self._unreadable if self._facts is None else mismatch(self._facts, len(z), label, mix)
        if problem is not None or self._source is None:
            self._workspace.worker.cancel("compare")
            self._shown = self._asked
            self.view.image.set_image(None)
            self.view.image.set_error(problem or _NO_NETWORKS)
            return
        self._asked = self._workspace.worker.next_number()
        self._workspace.worker.request(
            Request(
                number=self._asked,
                kind="compare",
                source=self._source,
                z=z.reshape(1, -1),
                label=label if label is not None or not self._facts or not self._facts.classes else 0,
                mix=mix,
                look=look,
            )
        )

    @Slot(object)
    def _on_rendered(self, answer: object) -> None:
        if not self._active or not isinstance(answer, Rendered) or not isinstance(answer.request, Request):
            return
        request = answer.request
        if request.kind == "image":
            key = (request.label, request.mix, request.look, request.z.tobytes())
            if request.source == self._workspace.source and answer.images is not None and key != self._key:
                self._draw(request.z[0], request.label, request.mix, request.look)
        elif request.kind == "compare" and request.source == self._source and request.number > self._shown:
            self._shown, self._step = request.number, answer.step
            if answer.images is not None:
                self.view.image.set_image(answer.images[0], "comparison.png")
            elif answer.error:
                self.view.image.set_error(answer.error)

    @Slot()
    def _on_time(self) -> None:
        """The compared run trains: see whether it has got on."""
        live = self._choice.live
        if live is None or not self.view.isVisible():
            return
        live.control.snapshot()
        state = self._workspace.state
        if live.preview.step != self._step and self.is_current and state is not None:
            self._draw(state.z, state.label, state.mix, state.look)


def mismatch(facts: ModelFacts, size: int, label: int | None, mix: Mix | None) -> str | None:
    """Why a model cannot draw a latent of `size` numbers as a class or a mix of two; None where it can."""
    if facts.translates is not None:
        return "That run translates images: it has no latents to compare at."
    if facts.latent_size != size:
        return f"That run takes latents of {facts.latent_size} values; this one has {size}. They cannot be compared."
    highest = max([-1 if label is None else label, -1 if mix is None else mix[0]])
    if facts.classes and highest >= len(facts.classes):
        return f"That run has {len(facts.classes)} classes: there is none that matches the one shown here."
    return None
