"""Explore: one latent of one model, moved by hand, by seed or along a walk, and drawn as it moves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ganstudio.config import DatasetConfig
from ganstudio.desktop import format as fmt
from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.catalogue import LATEST, Catalogue, Choice, ModelFacts
from ganstudio.desktop.explore.coordinates_panel import CoordinatesPanel
from ganstudio.desktop.explore.directions.panel import DirectionsPanel
from ganstudio.desktop.explore.files import Files
from ganstudio.desktop.explore.finder import off
from ganstudio.desktop.explore.image_panel import ImagePanel
from ganstudio.desktop.explore.latent_panel import LatentPanel
from ganstudio.desktop.explore.over_time.comparison import Comparison
from ganstudio.desktop.explore.over_time.over_training import OverTraining
from ganstudio.desktop.explore.plane.filler import PlaneFiller
from ganstudio.desktop.explore.preview import (
    Answered,
    Ask,
    CheckpointSource,
    DirectionsFound,
    DirectionsRequest,
    FindRequest,
    LatentFound,
    PreviewWorker,
    Rendered,
    Request,
    Source,
)
from ganstudio.desktop.explore.sharing import Sharing, class_words
from ganstudio.desktop.explore.state import (
    PLAIN,
    STRIP,
    History,
    LatentState,
    LiveRun,
    Look,
    Mix,
    coordinate_latents,
    direction_latents,
)
from ganstudio.desktop.explore.tools import Tools
from ganstudio.desktop.explore.translation.input_panel import clipboard_input, path_of
from ganstudio.desktop.explore.translation.translating import Input, InputsRead, Translated
from ganstudio.desktop.explore.translation.translator import Translator
from ganstudio.desktop.explore.walk.walker import Walker
from ganstudio.desktop.settings import Settings
from ganstudio.errors import UserError
from ganstudio.game import DataShape

__all__ = ["ExploreWorkspace", "LiveRun"]

_GAP = 4
_LEFT, _RIGHT, _IMAGE, _WALK = 360, 360, 520, 256
_DIRECTIONS, _COORDINATES = 380, 200
_LIVE_MS, _PAUSED_MS = 250, 1000
"""Between two looks at a run that trains, or that is paused."""
_CALM_MS = 160
"""After the newest image, until what is beside it is drawn: longer than between two of ten moves a second, so that a
drag while a run trains costs the drawing of its images only."""
_STRIPS_EVERY_S = 1.0
_TIME_EVERY_S = 0.5
_DETAILS_MS = 100
_FRESH_SEEDS = 10_000

_NOTHING = "There is no run yet. Press Start in Train: what it learns can be explored here while it learns."
_NO_CHECKPOINT = "This run has no checkpoint yet, so there are no networks to draw with."
_TORCH = "PyTorch is being loaded, which takes a few seconds."
_LOADING = "The networks are being loaded."
_UNPUBLISHED = "The run has just begun: its first image comes with its first step."


class ExploreWorkspace(QWidget):
    """Latent and coordinates at the left; the image and the walk beside them.

    Every change goes through `push`: a state is put into the history and sent to the preview worker, whose answers
    come back to `_on_rendered`; the panels follow. Strips are drawn once the image is up to date.
    """

    preview_time = Signal(object)
    """Milliseconds that the image took, twice a second at most; None while there is none to see."""
    history_changed = Signal()
    """`can_undo` or `can_redo` may have changed."""
    saved = Signal(str)
    """The path of a file that was written."""
    failed = Signal(str)
    """A sentence: something that was asked for could not be done."""
    removed = Signal(str, object)
    """A sentence: something is gone; and a function that brings it back."""
    state_changed = Signal(object)
    """The `LatentState` that panels show from now on, ten times a second at most; None while there is no model."""
    settled = Signal()
    """The image is up to date and nothing moves: there is time to draw what is seen beside it."""
    cleared = Signal()
    """Another run or other networks: what was drawn before is stale."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._catalogue, self._choice = Catalogue(), Choice()
        self._follows_live = True
        self._facts: ModelFacts | None = None
        self._source: Source | None = None
        self._history: History | None = None
        self._chosen = 0
        self._asked = self._shown = 0
        self._shown_step: int | None = None
        self._coordinate_asked = 0
        self._coordinate_key: object = None
        self._directions_asked = self._direction_strips_asked = 0
        self._find_asked, self._find_text = 0, ""
        self._directions_key: object = None
        self._direction_strips_key: object = None
        self._strips_at = self._timed_at = 0.0
        self._random = np.random.default_rng()
        self.worker, self.files = PreviewWorker(self), Files(settings, self)
        self.latent_panel, self.coordinates, self.directions = LatentPanel(), CoordinatesPanel(), DirectionsPanel()
        self.image_panel = ImagePanel()
        self.walker = Walker(self, settings)
        self.walk = self.walker.panel
        self.translator = Translator(self.worker, self.files, self)
        self._live_timer = QTimer(self, interval=_LIVE_MS)
        self._calm = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._details = QTimer(self, singleShot=True, interval=_DETAILS_MS)
        self._lay_out()
        self.plane, self.film = PlaneFiller(self), OverTraining(self, settings)
        self.comparison = Comparison(self)
        self._connect()
        self.sharing, self.tools = Sharing(self), Tools(self, settings)
        directions = settings.get("explore/directions", "sefa")
        self.directions.kind.set_current(directions if directions in {"sefa", "pca", "axes"} else "sefa")
        self._show_nothing(_NOTHING)

    @property
    def keys_hint(self) -> str:
        """What the keyboard does here, for the status bar."""
        if self._translates:
            return "Drop a picture anywhere, or paste one with Ctrl+V"
        return "Arrow keys move the coordinate in hand, Shift for small steps"

    # -- for the window ---------------------------------------------------------------------------------------------

    def set_live(self, live: LiveRun | None) -> None:
        """The run that trains in this process, or that none does any more."""
        before, self._choice.live = self._choice.live, live
        if live is not None:
            self._catalogue.add(live.path)
            if self._follows_live or self._choice.run is None:
                self._choice.run, self._choice.step = live.path.resolve(), LATEST
        if live is not before:
            self.refresh_runs()

    @Slot()
    def refresh_runs(self) -> None:
        """Look again which runs and checkpoints there are."""
        entries = self._catalogue.entries()
        choice = self._choice
        if choice.run not in [entry.path for entry in entries]:
            choice.run, choice.step = (entries[0].path if entries else None), LATEST
        live = choice.live.path.resolve() if choice.live is not None else None
        self.latent_panel.set_runs(entries, choice.run, live)
        self._show_steps()
        self._use_choice()

    def known_runs(self) -> list[Path]:
        """The runs that can be chosen, newest first."""
        return [entry.path for entry in self._catalogue.entries()]

    def open_run(self, path: Path, step: int | None = None, *, ema: bool | None = None) -> None:
        """Explore a run: its latest networks or those of one checkpoint, averaged or raw, or as they were chosen."""
        path = path.resolve()
        self._catalogue.add(path)
        live = self._choice.live
        self._follows_live = live is not None and path == live.path.resolve() and step is None
        self._choice.run, self._choice.step = path, LATEST if step is None else step
        self._choice.ema = self._choice.ema if ema is None else ema
        self.refresh_runs()

    def open_latent(
        self,
        run: Path | None,
        z: NDArray[np.float32],
        label: int | None,
        text: str,
        mix: Mix | None = None,
        look: Look = PLAIN,
    ) -> None:
        """Explore a latent from elsewhere, such as that of "sample 3" in the grid of `run` (None: the run at hand)."""
        if run is not None and run.resolve() != self._choice.run:
            self.open_run(run)
        state = self.state
        if state is None:
            self.failed.emit(f"The latent of {text} cannot be explored yet: its run has no networks to draw with.")
        elif len(z) != state.size:
            self.failed.emit(f"The latent of {text} has {len(z)} values; this model takes {state.size}.")
        else:
            classes = self._facts.classes if self._facts else ()
            other, share = mix if mix is not None and mix[0] < len(classes) else (state.other, 0.0)
            state = state.with_latent(z, text, label if classes else None, look)
            self.apply(replace(state, other=other, share=share))

    @property
    def state(self) -> LatentState | None:
        """The latent that is shown; None while there is no model."""
        return None if self._history is None else self._history.state

    @property
    def source(self) -> Source | None:
        """The networks that draw; None while there are none."""
        return self._source

    @property
    def facts(self) -> ModelFacts | None:
        """What is known of the model: latent size, classes, shape."""
        return self._facts

    @property
    def choice(self) -> Choice:
        """Which networks are explored."""
        return self._choice

    @property
    def run(self) -> Path | None:
        """The folder of the run that is explored."""
        return self._choice.run

    @property
    def shown_step(self) -> int | None:
        """The step of the networks that drew the image."""
        return self._shown_step

    @property
    def can_undo(self) -> bool:
        """Whether a change can be taken back."""
        return self._history is not None and self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether a change can be made again."""
        return self._history is not None and self._history.can_redo

    @Slot()
    def undo(self) -> None:
        """Take back the last change."""
        if self._history is not None and self._history.can_undo:
            self.walk.stop()
            self._history.undo()
            self._show_state()
            self.history_changed.emit()

    @Slot()
    def redo(self) -> None:
        """Make it again."""
        if self._history is not None and self._history.can_redo:
            self.walk.stop()
            self._history.redo()
            self._show_state()
            self.history_changed.emit()

    def shutdown(self) -> None:
        """End all timers and the preview's thread; waits for the piece that is being drawn."""
        self.walk.stop()
        self._live_timer.stop()
        self.film.stop()
        self.comparison.stop()
        self._calm.stop()
        self._details.stop()
        self.tools.shutdown()
        self.worker.stop()

    # -- what a person does -----------------------------------------------------------------------------------------

    @Slot(int, float)
    def set_coordinate(self, index: int, value: float) -> None:
        """Move one coordinate; moves of the same one up to `seal` are one step back."""
        if self.state is not None:
            self.push(self.state.with_value(index, value), f"z{index}")
            assert self.state is not None
            self.coordinates.show_move(self.state, index)

    @Slot(int)
    def choose_coordinate(self, index: int) -> None:
        """Take a coordinate in hand: its strip is shown and the arrow keys move it."""
        state = self.state
        if state is None or index == self._chosen or not 0 <= index < state.size:
            return
        self.seal()
        self._chosen = index
        self.coordinates.choose(index)
        self.image_panel.set_state(state, index)
        self._calm.start()

    @Slot()
    def seal(self) -> None:
        """A drag has ended."""
        if self._history is not None:
            self._history.seal()
        if self._details.isActive():
            self._show_details()

    @Slot()
    def new_latent(self) -> None:
        """Another seed."""
        self.set_seed(int(self._random.integers(_FRESH_SEEDS)))

    @Slot(int)
    def set_seed(self, seed: int) -> None:
        """The latent of a seed."""
        if self.state is not None:
            self.walk.stop()
            self.apply(self.state.with_seed(seed))

    @Slot()
    def reset_all(self) -> None:
        """All unlocked coordinates back to where the latent came from."""
        if self.state is not None:
            self._on_reset(range(self.state.size))

    # -- building ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self.latent_panel)
        self._left_stack, self._centre_stack = QStackedWidget(), QStackedWidget()
        numbers = _splitter(Qt.Orientation.Vertical, "explore/numbers")
        numbers.addWidget(self.directions)
        numbers.addWidget(self.coordinates)
        numbers.setStretchFactor(0, 1)
        numbers.setSizes([_DIRECTIONS, _COORDINATES])
        self._left_stack.addWidget(numbers)
        self._left_stack.addWidget(self.translator.inputs)
        column.addWidget(self._left_stack, 1)
        left.setMinimumWidth(320)
        centre = _splitter(Qt.Orientation.Vertical, "explore/centre")
        centre.addWidget(self.image_panel)
        centre.addWidget(self.walk)
        centre.setStretchFactor(0, 3)
        centre.setStretchFactor(1, 1)
        centre.setSizes([_IMAGE, _WALK])
        columns = _splitter(Qt.Orientation.Horizontal, "explore/columns")
        columns.addWidget(left)
        self._centre_stack.addWidget(centre)
        self._centre_stack.addWidget(self.translator.result)
        columns.addWidget(self._centre_stack)
        self.right = _splitter(Qt.Orientation.Vertical, "explore/right")
        columns.addWidget(self.right)
        columns.setCollapsible(columns.indexOf(self.right), True)
        columns.setStretchFactor(1, 1)
        columns.setSizes([_LEFT, 1000, _RIGHT])
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(_GAP)
        rows.addWidget(columns, 1)
        self.bottom = QStackedWidget()
        rows.addWidget(self.bottom)
        self.right.setVisible(self.right.count() > 0)
        self.bottom.setVisible(self.bottom.count() > 0)

    def _connect(self) -> None:
        self.files.saved.connect(self.saved)
        self.files.failed.connect(self.failed)
        self.worker.rendered.connect(self._on_rendered)
        self.translator.failed.connect(self.failed)
        self.translator.drawn.connect(self._on_translated)
        self.worker.loaded.connect(self._on_loaded)
        self._live_timer.timeout.connect(self._on_live)
        self._calm.timeout.connect(self._on_calm)
        self._details.timeout.connect(self._show_details)
        latent, coordinates = self.latent_panel, self.coordinates
        latent.run_chosen.connect(self._on_run)
        latent.step_chosen.connect(self._on_step)
        latent.ema_chosen.connect(self._on_ema)
        latent.label_chosen.connect(self._on_label)
        latent.other_chosen.connect(self._on_other)
        latent.share_moved.connect(self._on_share)
        latent.share_released.connect(self.seal)
        latent.seed_chosen.connect(self.set_seed)
        latent.new_requested.connect(self.new_latent)
        latent.reset_requested.connect(self.reset_all)
        latent.copy_requested.connect(self._copy_latent)
        latent.list_wanted.connect(self.refresh_runs)
        coordinates.moved.connect(self.set_coordinate)
        coordinates.released.connect(self.seal)
        coordinates.chosen.connect(self.choose_coordinate)
        coordinates.reset_requested.connect(self._on_reset)
        coordinates.randomise_requested.connect(self._on_randomise)
        coordinates.lock_requested.connect(self._on_lock)
        self.directions.kind_chosen.connect(self._on_directions_kind)
        self.directions.refresh_requested.connect(self._on_directions_again)
        self.directions.moved.connect(self._on_direction)
        self.directions.released.connect(self.seal)
        self.directions.strips_wanted.connect(self._calm.start)
        self.image_panel.coordinate_chosen.connect(self.choose_coordinate)
        self.image_panel.finder.file_requested.connect(self._ask_find)
        self.image_panel.finder.paste_requested.connect(self._find_pasted)
        self.image_panel.finder.cancel_requested.connect(self.cancel_find)

    # -- which networks ---------------------------------------------------------------------------------------------

    def _show_steps(self) -> None:
        choice, steps = self._choice, self._choice.steps()
        live = choice.live is not None and choice.run == choice.live.path.resolve()
        if not live and choice.step not in steps:
            choice.step = LATEST
        words = self._latest_words() if live or steps else ""
        has_raw = not choice.is_live and bool(steps)
        self.latent_panel.set_steps(steps, choice.step, words, ema=choice.ema, has_raw=has_raw)

    def _latest_words(self) -> str:
        choice = self._choice
        if choice.live is not None and choice.run == choice.live.path.resolve():
            step = choice.live.preview.step
            return "Live" if step is None else f"Live EMA, step {fmt.number(step)}"
        return f"Latest, step {fmt.number(choice.steps()[-1])}"

    def _use_choice(self) -> None:
        """Draw with the networks that are chosen now."""
        source = self._choice.source()
        self._watch_live()
        if source is None:
            self._source = None
            self._leave_translator()
            self._show_nothing(_NOTHING if self._choice.run is None else _NO_CHECKPOINT)
            return
        if source == self._source and (self._history is not None or self._translates):
            return
        try:
            facts = self._choice.facts()
        except UserError as error:
            self._source = source
            self.image_panel.set_problem(str(error))
            return
        assert facts is not None, "a source has facts"
        other_run = not _same_run(source, self._source)
        self._source = source
        if self._find_asked:
            self.cancel_find()
        if facts.translates is not None:
            self._show_translator(source, facts, facts.translates, other_run)
            return
        self._leave_translator()
        self._adopt(facts)
        if other_run:
            self._clear_images()
        self.image_panel.set_problem(None)
        self._show_state()

    @property
    def _translates(self) -> bool:
        """Whether the run at hand translates images."""
        return self._centre_stack.currentWidget() is self.translator.result

    def _show_translator(self, source: Source, facts: ModelFacts, dataset: DatasetConfig, other_run: bool) -> None:
        if not self._translates:
            self.walk.stop()
            self._show_nothing("")
            other_run = True
        self._facts = facts
        self.latent_panel.set_translates(True)
        self.latent_panel.set_ready(True)
        self._left_stack.setCurrentWidget(self.translator.inputs)
        self._centre_stack.setCurrentWidget(self.translator.result)
        self.state_changed.emit(None)
        name = self._choice.run.name if self._choice.run is not None else "translation"
        self.translator.set_model(source, dataset, two_ways=facts.two_ways, name=name, other_run=other_run)

    def _leave_translator(self) -> None:
        if self._translates:
            self.translator.leave()
            self._left_stack.setCurrentIndex(0)
            self._centre_stack.setCurrentIndex(0)
            self.latent_panel.set_translates(False)

    @Slot(float, int)
    def _on_translated(self, milliseconds: float, step: int) -> None:
        if step != self._shown_step:
            self._shown_step = step
            if self._choice.is_live:
                self.latent_panel.set_latest(self._latest_words())
        self._tell_time(milliseconds)

    def open_image(self, run: Path | None, image: NDArray[np.uint8], direction: str | None, text: str) -> None:
        """Translate an image of the data, such as that of a sample of `run` (None: the run at hand)."""
        if run is not None and run.resolve() != self._choice.run:
            self.open_run(run)
        if self._translates:
            self.translator.translate(Input(image, of_data=True, text=text), direction)
        else:
            self.failed.emit(f"{text} cannot be translated yet: its run has no networks to draw with.")

    def _adopt(self, facts: ModelFacts) -> None:
        """Keep the latent where the model takes it, else begin with a seed."""
        before, self._facts = self._facts, facts
        state = self.state
        fits = before is not None and (before.latent_size, before.classes) == (facts.latent_size, facts.classes)
        if state is None or not fits:
            seed = state.seed if state is not None and state.seed is not None else 0
            first = self.walker.begin(LatentState.of_seed(seed, facts.latent_size, 0 if facts.classes else None))
            self._history = History(replace(first, other=1) if len(facts.classes) > 1 else first)
            self._chosen = min(self._chosen, facts.latent_size - 1)
        self.latent_panel.set_ready(True)

    def _show_nothing(self, sentence: str) -> None:
        self._history, self._facts = None, None
        self._clear_images()
        self.image_panel.set_problem(None)
        self.image_panel.set_waiting(sentence)
        self.image_panel.set_state(None, 0)
        self.image_panel.set_facts([])
        self.coordinates.set_state(None)
        self.directions.set_state(None)
        self.latent_panel.set_ready(False)
        self.latent_panel.set_classes((), None)
        self.latent_panel.set_seed(None, "", can_reset=False)
        self.preview_time.emit(None)
        self.state_changed.emit(None)
        self.history_changed.emit()

    def _clear_images(self) -> None:
        self.image_panel.set_image(None, None, "")
        self.coordinates.set_images(None)
        self._coordinate_key = self._directions_key = self._direction_strips_key = None
        self.directions.set_directions((), "What the networks have learnt to change stands here once there are any.")
        self._shown_step = None
        self._shown = self._asked
        self.cleared.emit()

    @Slot(object)
    def _on_run(self, path: Path) -> None:
        if path != self._choice.run:
            self.open_run(path)

    @Slot(int)
    def _on_step(self, step: int) -> None:
        self._choice.step = step
        self._show_steps()
        self._use_choice()

    @Slot(bool)
    def _on_ema(self, ema: bool) -> None:
        self._choice.ema = ema
        self._use_choice()

    # -- the latent -------------------------------------------------------------------------------------------------

    def apply(self, state: LatentState) -> None:
        """Put a state in force, in one step."""
        self.push(state, None)
        self._show_details()

    def push(self, state: LatentState, key: str | None) -> None:
        """Put a state in force as part of a drag: the image first, and ten times a second whatever is not in hand.

        What the window paints in between holds the interpreter's lock, for which the drawing thread would wait.
        """
        assert self._history is not None
        undoable = self._history.can_undo, self._history.can_redo
        self._history.push(state, key)
        self._request_image()
        if not self._details.isActive():
            self._details.start()
        if undoable != (self._history.can_undo, self._history.can_redo):
            self.history_changed.emit()

    def _show_state(self) -> None:
        """An image of the state is asked for, and all panels follow."""
        self._request_image()
        self._show_details()

    @Slot()
    def _show_details(self) -> None:
        state, facts = self.state, self._facts
        self._details.stop()
        if state is None or facts is None:
            return
        self.state_changed.emit(state)
        self.latent_panel.set_seed(state.seed, state.text, can_reset=state.moved > 0)
        self.latent_panel.set_classes(facts.classes, state.label, state.other, state.share)
        self.coordinates.set_state(state)
        self.directions.set_state(state)
        self.image_panel.set_state(state, self._chosen)
        self._show_facts()

    def _show_facts(self) -> None:
        state, facts = self.state, self._facts
        if state is None or facts is None:
            return
        step = "" if self._shown_step is None else f", step {fmt.number(self._shown_step)}"
        raw = isinstance(self._source, CheckpointSource) and not self._source.ema
        shape = facts.shape
        rows = [
            ("Networks", f"{'raw' if raw else 'EMA'}{step}"),
            ("Size", _size_words(shape)),
            ("Moved", f"{state.moved} of {state.size} values"),
        ]
        if facts.classes and state.label is not None:
            rows.insert(1, ("Class", class_words(facts.classes, state.label, state.mix)))
        if state.locked:
            rows.append(("Locked", f"{len(state.locked)} of {state.size} values"))
        rows += state.look.words()
        self.image_panel.set_facts(rows)

    @Slot(int)
    def _on_label(self, label: int) -> None:
        if self.state is not None and label != self.state.label:
            self.apply(replace(self.state, label=label))

    @Slot(int)
    def _on_other(self, other: int) -> None:
        if self.state is not None and other != self.state.other:
            self.apply(replace(self.state, other=other))

    @Slot(float)
    def _on_share(self, share: float) -> None:
        """Mix more or less of the other class in; moves of one drag are one step back."""
        if self.state is not None and share != self.state.share:
            self.push(replace(self.state, share=share), "share")

    @Slot(object)
    def _on_reset(self, indices: Iterable[int]) -> None:
        state = self.state
        if state is not None:
            fresh = state.with_reset(indices)
            if not np.array_equal(fresh.z, state.z):
                self.apply(fresh)

    @Slot(object)
    def _on_randomise(self, indices: Iterable[int]) -> None:
        if self.state is not None:
            self.apply(self.state.randomised(indices, int(self._random.integers(2**31))))

    @Slot(object, bool)
    def _on_lock(self, indices: Iterable[int], locked: bool) -> None:
        if self.state is not None:
            self.apply(self.state.with_lock(indices, locked))

    @Slot()
    def _copy_latent(self) -> None:
        if self.state is not None:
            text = json.dumps([float(f"{value:.9g}") for value in self.state.z])
            QGuiApplication.clipboard().setText(text)

    # -- directions -------------------------------------------------------------------------------------------------

    @Slot(object, float)
    def _on_direction(self, vector: NDArray[np.float32], value: float) -> None:
        """Move along a direction; moves of one drag are one step back."""
        if self.state is not None:
            self.push(self.state.with_direction(vector, value), f"direction {vector.tobytes()!r}")
            self.directions.set_state(self.state)

    @Slot(str)
    def _on_directions_kind(self, kind: str) -> None:
        self._settings.set("explore/directions", kind)
        self._directions_key = None
        self._calm.start()

    @Slot()
    def _on_directions_again(self) -> None:
        self._directions_key = None
        self._calm.start()

    def _want_directions(self, state: LatentState, source: Source) -> None:
        """Have the directions found where the networks, the kind or the class are others, then what each does drawn.

        Those of a run that trains are found once, and again when the person asks: they would not stand still.
        """
        kind = self.directions.kind.current()
        if kind == "mine":
            if self._directions_key is None:
                self._directions_key, self._direction_strips_key = "mine", None
            if self.directions.shown:
                self._want_direction_strips(state, source)
            return
        key = (source, kind, None if kind == "sefa" else state.label)
        if key != self._directions_key:
            self._directions_key, self._direction_strips_key = key, None
            self._directions_asked = self.worker.next_number()
            self.directions.set_directions((), "Looking for directions.")
            which: Any = kind
            self.worker.request(
                DirectionsRequest(number=self._directions_asked, source=source, which=which, label=key[2])
            )
        elif self.directions.shown:
            self._want_direction_strips(state, source)

    def _want_direction_strips(self, state: LatentState, source: Source) -> None:
        vectors = [each.vector for each in self.directions.shown]
        z = direction_latents(state, vectors)
        key = (source, state.label, state.mix, state.look, z.tobytes())
        step = self._shown_step if isinstance(source, LiveRun) else None
        due = time.monotonic() - self._strips_at >= _STRIPS_EVERY_S
        if _differs(self._direction_strips_key, key, step, due):
            self._direction_strips_key = (key, step)
            self._direction_strips_asked = self._request_strip("strips", z)

    def _on_directions(self, answer: DirectionsFound) -> None:
        if answer.request.number == self._directions_asked and answer.request.source == self._source:
            self.directions.set_directions(answer.directions)
            self.directions.set_state(self.state)
            self._calm.start()

    def _on_no_directions(self, error: str | None) -> None:
        """There are none, for a reason, or not yet: the networks of a run that has just begun."""
        if error is None:
            self._directions_key = None
        self.directions.set_directions((), error or _UNPUBLISHED)

    # -- drawing ----------------------------------------------------------------------------------------------------

    @property
    def asked_number(self) -> int:
        """The number of the newest image that was asked for."""
        return self._asked

    @property
    def shown_number(self) -> int:
        """The number of the image that is shown."""
        return self._shown

    def _request_image(self) -> None:
        state = self.state
        self._calm.stop()
        self._asked = self.worker.next_number()
        if state is None or self._source is None or not self.isVisible():
            return
        self.image_panel.set_waiting(_LOADING if self.worker.is_loaded else _TORCH)
        self.worker.request(
            Request(
                number=self._asked,
                kind="image",
                source=self._source,
                z=state.z[None],
                label=state.label,
                mix=state.mix,
                look=state.look,
            )
        )

    @Slot(object)
    def _on_rendered(
        self, answer: Rendered | Translated | InputsRead | DirectionsFound | LatentFound | Answered
    ) -> None:
        request = answer.request
        if isinstance(request, Ask) or isinstance(answer, Answered):
            return
        if isinstance(answer, DirectionsFound):
            self._on_directions(answer)
            return
        if isinstance(answer, LatentFound) or isinstance(request, FindRequest):
            self._on_find(answer)
            return
        if isinstance(request, DirectionsRequest):
            if request.number == self._directions_asked:
                self._on_no_directions(answer.error if isinstance(answer, Rendered) else None)
            return
        if not isinstance(answer, Rendered) or not isinstance(request, Request):
            if request.source == self._source:
                self.translator.take(answer)
            return
        if request.source != self._source:
            return
        elif request.kind == "image":
            self._on_image(answer)
        elif answer.images is not None and request.number == self._direction_strips_asked:
            self.directions.set_images(answer.images.reshape(-1, STRIP, *answer.images.shape[1:]))
        elif answer.images is not None and request.number == self._coordinate_asked:
            self.coordinates.set_images(answer.images)

    def _on_image(self, answer: Rendered) -> None:
        number = answer.request.number
        if number <= self._shown:
            return
        if answer.images is None:
            self._shown = number
            self.image_panel.set_waiting(_UNPUBLISHED)
            self.image_panel.set_problem(answer.error)
            return
        self._shown = number
        self.image_panel.set_image(answer.images[0], answer.milliseconds, self.file_name(answer.step))
        if answer.step != self._shown_step:
            self._shown_step = answer.step
            self._show_facts()
            if self._choice.is_live:
                self.latent_panel.set_latest(self._latest_words())
        self._tell_time(answer.milliseconds)
        if number == self._asked:
            self._calm.start()

    def _tell_time(self, milliseconds: float) -> None:
        now = time.monotonic()
        if now - self._timed_at >= _TIME_EVERY_S:
            self._timed_at = now
            self.preview_time.emit(milliseconds)

    @Slot()
    def draw_beside(self) -> None:
        """Have what stands beside the image drawn, once nothing moves."""
        if self._shown == self._asked:
            self._calm.start()

    @Slot()
    def _on_calm(self) -> None:
        """The image is up to date and nothing moves: now the strips, where what they show has changed."""
        state, source = self.state, self._source
        if state is None or source is None or self._shown != self._asked:
            return
        if self.walk.is_playing or not self.isVisible():
            return
        step = self._shown_step if isinstance(source, LiveRun) else None
        others = np.delete(state.z, self._chosen).tobytes()
        coordinate = (source, state.label, state.mix, state.look, self._chosen, others)
        due = time.monotonic() - self._strips_at >= _STRIPS_EVERY_S
        if _differs(self._coordinate_key, coordinate, step, due):
            self._coordinate_key = (coordinate, step)
            self._coordinate_asked = self._request_strip("coordinate", coordinate_latents(state.z, self._chosen))
        self._want_directions(state, source)
        self.settled.emit()

    def _request_strip(self, kind: Literal["coordinate", "strips"], z: NDArray[np.float32]) -> int:
        assert self._source is not None and self.state is not None
        self._strips_at = time.monotonic()
        number = self.worker.next_number()
        self.worker.request(
            Request(
                number=number,
                kind=kind,
                source=self._source,
                z=z,
                label=self.state.label,
                mix=self.state.mix,
                look=self.state.look,
            )
        )
        return number

    def _watch_live(self) -> None:
        """Look at the run that trains from time to time, but only while somebody looks."""
        if self._choice.is_live and self.isVisible():
            if not self._live_timer.isActive():
                self._live_timer.start()
                self._on_live()
        else:
            self._live_timer.stop()

    @Slot()
    def _on_live(self) -> None:
        live = self._choice.live
        if live is None:
            return
        self._live_timer.setInterval(_PAUSED_MS if live.control.paused else _LIVE_MS)
        live.control.snapshot()
        if self._translates:
            self.translator.retry()
            if live.preview.step != self._shown_step and self.translator.is_current:
                self.translator.refresh()
            return
        if live.preview.step != self._shown_step and self._shown == self._asked and not self.walk.is_playing:
            self._request_image()

    @Slot()
    def _on_loaded(self) -> None:
        self.image_panel.set_waiting(_LOADING)

    # -- files ------------------------------------------------------------------------------------------------------

    def file_name(self, step: int) -> str:
        """What a picture of the latent is called, as a file."""
        run = self._choice.run.name if self._choice.run is not None else "image"
        state = self.state
        what = "" if state is None else "-" + "".join(c if c.isalnum() else "-" for c in state.text)
        return f"{run}-step-{step}{what}.png".replace("--", "-")

    # -- find my image ----------------------------------------------------------------------------------------------

    def find_image(self, picture: Path | NDArray[np.uint8], text: str) -> None:
        """Search for the latent of a picture; the panel shows how far it is, and the latent is taken when found."""
        if self.state is None or self._source is None or self._facts is None:
            self.failed.emit("There are no networks yet that could be searched.")
        elif self._facts.shape.subject == "points":
            self.failed.emit("This run makes points: there is no picture to search for.")
        else:
            self._find_asked, self._find_text = self.worker.next_number(), text
            self.image_panel.finder.set_progress(0.0, None)
            self.worker.request(FindRequest(number=self._find_asked, source=self._source, picture=picture))

    @Slot()
    def cancel_find(self) -> None:
        """End the search; the latent stays."""
        self.worker.cancel("find")
        self._find_asked = 0
        self.image_panel.finder.set_idle()

    @Slot()
    def _ask_find(self) -> None:
        self.files.open("Search for the latent of a picture", self._find_file, any_picture=True)

    def _find_file(self, file: Path) -> None:
        self.find_image(file, file.stem)

    @Slot()
    def _find_pasted(self) -> None:
        given = clipboard_input()
        if isinstance(given, Path) and not given.is_dir():
            self._find_file(given)
        elif given is None or isinstance(given, Path):
            self.failed.emit("There is no picture on the clipboard.")
        else:
            self.find_image(given.pixels, given.text)

    def _on_find(self, answer: object) -> None:
        finder = self.image_panel.finder
        if isinstance(answer, LatentFound):
            if answer.request.number != self._find_asked or answer.request.source != self._source:
                return
            if answer.done < 1.0:
                finder.set_progress(answer.done, answer.error)
                return
            self._find_asked = 0
            finder.set_idle(f"The nearest image is {off(answer.error)}")
            self.open_latent(None, answer.z, answer.label, self._find_text)
        elif isinstance(answer, Rendered) and answer.request.number == self._find_asked:
            self.cancel_find()
            self.failed.emit(answer.error or "There are no networks yet that could be searched.")

    # -- events -----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Look again at what there is, and draw what was changed meanwhile."""
        super().showEvent(event)
        self.refresh_runs()
        self._watch_live()
        if self.state is not None and self._shown != self._asked:
            self._request_image()
        focused = QApplication.focusWidget()
        if focused is None or not self.isAncestorOf(focused):
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        self.walk.stop()
        self._calm.stop()
        self._live_timer.stop()
        self.preview_time.emit(None)
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys that no control has taken."""
        key = Qt.Key(event.key())
        small = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif self._translates and event.matches(QKeySequence.StandardKey.Copy):
            self.translator.result.copy_result()
        elif self._translates and event.matches(QKeySequence.StandardKey.Paste):
            self.translator.paste()
        elif self._translates:
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.image_panel.view.copy_image()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.coordinates.effect.slider.nudge(-1 if key == Qt.Key.Key_Left else 1, small=small)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.choose_coordinate(self.coordinates.grid.beside(-1 if key == Qt.Key.Key_Up else 1))
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.coordinates.grid.turn(-1 if key == Qt.Key.Key_PageUp else 1)
        elif key == Qt.Key.Key_Space:
            self.walk.toggle()
        elif key == Qt.Key.Key_R and not event.modifiers():
            self.new_latent()
        elif key == Qt.Key.Key_K and not event.modifiers():
            self.tools.collector.keep()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Any picture can be dropped: one that was saved from here brings its latent, that of another is searched for.
        To be translated, a folder too."""
        path = path_of(event.mimeData())
        if self.sharing.takes(event.mimeData()) or (path is not None and (self._translates or not path.is_dir())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path, state = path_of(event.mimeData()), self.sharing.takes(event.mimeData())
        if state is not None:
            self.sharing.open_file(state)
            event.acceptProposedAction()
        if path is None:
            return
        if self._translates:
            self.translator.open_path(path)
        elif export.remembers(path):
            self.sharing.open_file(path)
        else:
            self.find_image(path, path.stem)
        event.acceptProposedAction()


def _differs(before: object, key: object, step: int | None, due: bool) -> bool:
    """Whether a strip has to be drawn: it shows something else, or, when `due`, newer networks."""
    if not isinstance(before, tuple) or before[0] != key:
        return True
    return due and before[1] != step


def _same_run(one: Source | None, other: Source | None) -> bool:
    return _run_of(one) == _run_of(other)


def _run_of(source: Source | None) -> Path | None:
    if source is None:
        return None
    return source.path.resolve() if isinstance(source, LiveRun) else source.folder.parent.parent


def _splitter(orientation: Qt.Orientation, name: str) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setObjectName(name)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(_GAP)
    return splitter


def _size_words(shape: DataShape) -> str:
    """What is made: ``"28 × 28, grey"``, or a point."""
    if shape.subject == "points":
        return "a point, ringed among others"
    return f"{shape.resolution} × {shape.resolution}, {'grey' if shape.channels == 1 else 'colour'}"
