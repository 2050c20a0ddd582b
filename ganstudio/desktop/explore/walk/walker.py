"""Ties the walk's panel to the latent that is shown, to the preview's thread, and to files."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMimeData, QObject, Slot

from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.carried import carried
from ganstudio.desktop.explore.preview import Progressed, Rendered, Request
from ganstudio.desktop.explore.state import LatentState, LiveRun
from ganstudio.desktop.explore.walk.panel import GIF_RATES, WalkPanel
from ganstudio.desktop.settings import Settings
from ganstudio.errors import UserError
from ganstudio.export.animation import save_animation
from ganstudio.latent.sampling import latent
from ganstudio.latent.walks import Walk, circle, parse_walk, random_walk, walk_data

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_STRIPS_EVERY_S = 1.0
_BETWEEN = 4
"""Steps from key to key in a saved strip."""
_SEEDS = 2**31
_LARGEST_FILE = 4 * 1024 * 1024


class Walker(QObject):
    """Every change of the walk is a step that can be taken back; its images are drawn once the shown one is."""

    def __init__(self, workspace: ExploreWorkspace, settings: Settings) -> None:
        super().__init__(workspace)
        self._workspace, self._settings = workspace, settings
        self.panel = WalkPanel()
        self._random = np.random.default_rng()
        self._key: object = None
        self._step: int | None = None
        self._drawn_at = 0.0
        self._asked = self._export_asked = 0
        self._cells: tuple[int, ...] = ()
        self.panel.set_pace(settings.get("explore/rate", 30), settings.get("explore/speed", 1.0))
        self._connect()

    def begin(self, state: LatentState) -> LatentState:
        """A first state, with the kind of walk that the person chose last."""
        kind = self._settings.get("explore/walk", "spherical")
        return replace(state, walk=replace(state.walk, kind="linear" if kind == "linear" else "spherical"))

    def _connect(self) -> None:
        workspace, panel = self._workspace, self.panel
        workspace.state_changed.connect(self._on_state)
        workspace.settled.connect(self._draw)
        workspace.cleared.connect(self._on_cleared)
        workspace.worker.rendered.connect(self._on_rendered)
        workspace.worker.progressed.connect(self._on_progressed)
        panel.moved.connect(self._on_moved)
        panel.released.connect(self._on_released)
        panel.kind_chosen.connect(self._on_kind)
        panel.loop_chosen.connect(self._on_loop)
        panel.add_requested.connect(self.add_here)
        panel.delete_requested.connect(self._on_delete)
        panel.replace_requested.connect(self._on_replace)
        panel.fresh_requested.connect(self._on_fresh)
        panel.reverse_requested.connect(self._on_reverse)
        panel.even_requested.connect(self._on_even)
        panel.fill_requested.connect(self.fill)
        panel.save_requested.connect(self._ask_where)
        panel.open_requested.connect(self._ask_keys)
        panel.cancel_requested.connect(self._cancel)
        panel.pace_chosen.connect(self._on_pace)
        panel.timeline.key_moved.connect(self._on_key_moved)
        panel.timeline.dropped.connect(self._on_dropped)
        panel.timeline.laid_out.connect(workspace.draw_beside)

    # -- the walk and the latent ------------------------------------------------------------------------------------

    @Slot(object)
    def _on_state(self, state: LatentState | None) -> None:
        self.panel.set_walk(None if state is None else state.walk)
        self.panel.set_position(None if state is None else state.position)

    @Slot(float)
    def _on_moved(self, position: float) -> None:
        state = self._workspace.state
        if state is not None:
            self._workspace.push(state.at(position), "walk")
            self.panel.timeline.set_on_walk(True)

    @Slot()
    def _on_released(self) -> None:
        self._workspace.seal()
        self._workspace.draw_beside()

    @Slot()
    def add_here(self) -> None:
        """The latent that is shown becomes a key, at the playhead."""
        state = self._workspace.state
        if state is not None:
            walk, index = self._with_key(state, state.z, self.panel.timeline.position)
            if walk is not None:
                self._apply(replace(state, walk=walk, position=walk.keys[index].time))
                self.panel.timeline.choose(index)

    def _with_key(self, state: LatentState, z: np.ndarray, time: float) -> tuple[Walk | None, int]:
        try:
            return state.walk.with_key(z, time)
        except UserError as error:
            self._workspace.failed.emit(str(error))
            return None, 0

    def set_key(self, index: int, z: np.ndarray) -> None:
        """Another latent at a key."""
        self._change(lambda walk: walk.with_latent(index, z))

    def _change(self, change: Callable[[Walk], Walk], key: str | None = None) -> None:
        """Put a changed walk in force; with a `key` as part of a drag. What is impossible is told."""
        state = self._workspace.state
        if state is None:
            return
        self.panel.stop()
        try:
            changed = state.with_walk(change(state.walk))
        except UserError as error:
            self._workspace.failed.emit(str(error))
            return
        if key is None:
            self._apply(changed)
        else:
            self._workspace.push(changed, key)
            self._on_state(changed)

    def _apply(self, state: LatentState) -> None:
        self.panel.stop()
        self._workspace.apply(state)

    @Slot(str)
    def _on_kind(self, kind: str) -> None:
        self._settings.set("explore/walk", kind)
        self._change(lambda walk: replace(walk, kind="linear" if kind == "linear" else "spherical"))

    @Slot(bool)
    def _on_loop(self, loop: bool) -> None:
        self._change(lambda walk: replace(walk, loop=loop))
        state = self._workspace.state
        self.panel.loop.setChecked(state is not None and state.walk.loop)

    @Slot(int)
    def _on_delete(self, index: int) -> None:
        self.panel.timeline.choose(-1)
        self._change(lambda walk: walk.without(index))

    @Slot(int)
    def _on_replace(self, index: int) -> None:
        state = self._workspace.state
        if state is not None:
            changed = state.walk.with_latent(index, state.z)
            self._apply(replace(state, walk=changed, position=changed.keys[index].time))

    @Slot(int)
    def _on_fresh(self, index: int) -> None:
        state = self._workspace.state
        if state is not None:
            self.set_key(index, latent(int(self._random.integers(_SEEDS)), state.size))

    @Slot()
    def _on_reverse(self) -> None:
        self._change(lambda walk: walk.reversed())

    @Slot()
    def _on_even(self) -> None:
        self._change(lambda walk: walk.evenly())

    @Slot(str, int)
    def fill(self, which: str, count: int) -> None:
        """Key frames of a ``"random"`` walk from the latent that is shown, or of a ``"circle"`` through it."""
        state = self._workspace.state
        if state is None:
            return
        seed = int(self._random.integers(_SEEDS))
        round_trip = which == "circle"
        keys = (circle if round_trip else random_walk)(state.z, count, seed)
        walk = replace(state.walk, keys=Walk.through(keys).keys, loop=round_trip or state.walk.loop)
        self.panel.timeline.choose(-1)
        self._apply(replace(state, walk=replace(walk, kind="spherical"), position=0.0))

    @Slot(int, float)
    def _on_key_moved(self, index: int, second: float) -> None:
        self._change(lambda walk: walk.with_time(index, second), f"key {index}")

    @Slot(object, int, float)
    def _on_dropped(self, data: QMimeData, index: int, second: float) -> None:
        """A latent from the favourites, or from a picture, becomes a key, or takes the place of one."""
        state = self._workspace.state
        if state is None:
            return
        try:
            z, text = carried(data)
        except UserError as error:
            self._workspace.failed.emit(str(error))
            return
        if len(z) != state.size:
            self._workspace.failed.emit(f"The latent of {text} has {len(z)} values; this model takes {state.size}.")
        elif index >= 0:
            self.set_key(index, z)
        else:
            walk, number = self._with_key(state, z, max(0.0, second))
            if walk is not None:
                self._apply(state.with_walk(walk))
                self.panel.timeline.choose(number)

    @Slot()
    def _on_pace(self) -> None:
        self._settings.set("explore/rate", self.panel.rate)
        self._settings.set("explore/speed", self.panel.speed)

    # -- its images -------------------------------------------------------------------------------------------------

    @Slot()
    def _on_cleared(self) -> None:
        self.panel.timeline.set_images(None)
        self._key = None

    @Slot()
    def _draw(self) -> None:
        """Have the images of the timeline drawn where they are others; those of a run that trains now and then."""
        workspace, timeline = self._workspace, self.panel.timeline
        state, source = workspace.state, workspace.source
        if state is None or source is None or self.panel.is_playing or timeline.walk is not state.walk:
            return
        z = state.walk.latents(timeline.times)
        key = (source, state.label, state.mix, state.look, timeline.cells, z.tobytes())
        step = workspace.shown_step if isinstance(source, LiveRun) else None
        due = time.monotonic() - self._drawn_at >= _STRIPS_EVERY_S
        if key == self._key and (step == self._step or not due):
            return
        self._key, self._step, self._drawn_at = key, step, time.monotonic()
        self._cells, self._asked = timeline.cells, workspace.worker.next_number()
        self._request("walk", self._asked, state, z)

    def _request(
        self,
        kind: str,
        number: int,
        state: LatentState,
        z: np.ndarray,
        write: Callable[[np.ndarray], None] | None = None,
        file: Path | None = None,
    ) -> None:
        source = self._workspace.source
        assert source is not None
        request = Request(
            number=number,
            kind="export" if kind == "export" else "walk",
            source=source,
            z=z,
            label=state.label,
            mix=state.mix,
            look=state.look,
            write=write,
            file=file,
        )
        self._workspace.worker.request(request)

    @Slot(object)
    def _on_rendered(self, answer: object) -> None:
        if not isinstance(answer, Rendered) or not isinstance(answer.request, Request):
            return
        if answer.request.number == self._asked and answer.images is not None:
            self.panel.timeline.set_images(answer.images, self._cells)
        elif answer.request.number == self._export_asked:
            self._on_exported(answer)

    # -- files ------------------------------------------------------------------------------------------------------

    @Slot(str)
    def _ask_where(self, suffix: str) -> None:
        run, state = self._workspace.run, self._workspace.state
        if run is None or state is None:
            return
        name = f"{run.name}-walk.{suffix}"
        if suffix == "json":
            self._workspace.files.save("Save the key frames", name, self.save_keys)
        else:
            self._workspace.files.choose("Save the walk", name, self.export)

    @Slot()
    def _ask_keys(self) -> None:
        self._workspace.files.open_kind("Open the key frames of a walk", "JSON file (*.json)", self.open_keys)

    def save_keys(self, file: Path) -> None:
        """Write the key frames as JSON. UserError when it cannot be written."""
        state = self._workspace.state
        if state is not None:
            export.save_json(file, walk_data(state.walk))

    def open_keys(self, file: Path) -> None:
        """Take the key frames of a JSON file; what is wrong with them is told."""
        state = self._workspace.state
        if state is None:
            return
        try:
            walk = parse_walk(export.read_json(file), state.size)
        except UserError as error:
            self._workspace.failed.emit(str(error))
        else:
            self.panel.timeline.choose(-1)
            self._apply(replace(state, walk=walk, position=None))

    def export(self, file: Path) -> None:
        """Have the worker draw the walk and write it as GIF, MP4 or PNG; `saved` or `failed` of the workspace tells."""
        workspace = self._workspace
        state, run = workspace.state, workspace.run
        if state is None or workspace.source is None or run is None:
            return
        suffix = file.suffix.lower()
        rate = GIF_RATES.get(self.panel.rate, self.panel.rate) if suffix == ".gif" else self.panel.rate
        if suffix == ".png":
            times = strip_times(state.walk)
            write: Callable[[np.ndarray], None] = functools.partial(_write_strip, file, run.name)
        else:
            times = state.walk.frame_times(rate / self.panel.speed).tolist()
            write = functools.partial(_write_animation, file, rate)
        self._export_asked = workspace.worker.next_number()
        self.panel.set_export(0.0)
        self._request("export", self._export_asked, state, state.walk.latents(times), write, file)

    @Slot()
    def _cancel(self) -> None:
        self._workspace.worker.cancel("export")
        self._export_asked = 0
        self.panel.set_export(None)

    @Slot(object)
    def _on_progressed(self, progress: Progressed) -> None:
        if progress.number == self._export_asked:
            self.panel.set_export(progress.done / progress.total)

    def _on_exported(self, answer: Rendered) -> None:
        request, workspace = answer.request, self._workspace
        assert isinstance(request, Request)
        self._export_asked = 0
        self.panel.set_export(None)
        if answer.error is not None:
            workspace.failed.emit(answer.error)
        elif answer.images is None:
            workspace.failed.emit("There are no networks to draw the walk with yet.")
        else:
            workspace.saved.emit(str(request.file))


def strip_times(walk: Walk) -> list[float]:
    """The seconds of a saved strip: each key and three between it and the next; a loop ends before its first."""
    stations = walk.stations
    times = [
        start.time + (end.time - start.time) * part / _BETWEEN
        for start, end in itertools.pairwise(stations)
        for part in range(_BETWEEN)
    ]
    return times if walk.loop else [*times, walk.duration]


def _write_strip(file: Path, run: str, images: np.ndarray) -> None:
    export.save_strip(file, images, run)


def _write_animation(file: Path, rate: int, images: np.ndarray) -> None:
    save_animation(file, images, rate)
