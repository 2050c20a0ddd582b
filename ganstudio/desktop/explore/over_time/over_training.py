"""The latent at every kept step of its run: drawn one after the other when nothing else is, and remembered."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QTimer, Slot

from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.catalogue import LATEST
from ganstudio.desktop.explore.over_time.panel import FilmPanel
from ganstudio.desktop.explore.over_time.view import Frame
from ganstudio.desktop.explore.preview import CheckpointSource, Rendered, Request, Source
from ganstudio.desktop.explore.state import LatentState, LiveRun
from ganstudio.desktop.settings import Settings
from ganstudio.runs.folder import RunFolder

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

_LOOK_MS = 1000
"""Between two looks for new steps and at a run that trains."""
_ROOMY = 740
"""The height of the workspace in logical pixels from which on the images are large."""
_FOLDED = "explore/film folded"
_KEPT_BYTES = 48 * 1024 * 1024
Pixels = NDArray[np.uint8]


class OverTraining(QObject):
    """Ties the row to the run and the latent at hand and to the preview's thread.

    Only what is seen is drawn, one image a request, so that the image of the latent waits for one at most.
    """

    def __init__(self, workspace: ExploreWorkspace, settings: Settings) -> None:
        super().__init__(workspace)
        self._workspace, self._settings = workspace, settings
        self.panel = FilmPanel()
        self.panel.set_folded(bool(settings.get(_FOLDED, False)))
        self._kept = _Images()
        self._failed: set[object] = set()
        self._asked: tuple[int, object] = (0, None)
        self._live_step: int | None = None
        self._calm = False
        self._timer = QTimer(self, interval=_LOOK_MS)
        workspace.bottom.addWidget(self.panel)
        workspace.bottom.setVisible(True)
        workspace.state_changed.connect(self._on_state)
        workspace.settled.connect(self._on_settled)
        workspace.cleared.connect(self.panel.view.clear)
        workspace.worker.rendered.connect(self._on_rendered)
        workspace.installEventFilter(self)
        self._timer.timeout.connect(self._on_time)
        panel = self.panel
        panel.view.chosen.connect(self.choose)
        panel.view.wanted.connect(self._draw_next)
        panel.seen_changed.connect(self._on_seen)
        panel.save_requested.connect(self._ask_save)
        panel.folded.connect(self._on_folded)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    @Slot(int)
    def choose(self, index: int) -> None:
        """Load the networks of a frame."""
        frames = self.panel.view.frames
        if not 0 <= index < len(frames):
            return
        newest = index == len(frames) - 1
        step = frames[index].step
        self._workspace.latent_panel.step_chosen.emit(LATEST if newest or step is None else step)
        self._mark()

    def source_of(self, frame: Frame) -> Source | None:
        """The networks of a frame."""
        choice = self._workspace.choice
        if frame.live:
            return choice.live
        if choice.run is None or frame.step is None:
            return None
        return CheckpointSource(RunFolder(choice.run).checkpoint_path(frame.step), choice.ema)

    # what there is

    @Slot(object)
    def _on_state(self, state: LatentState | None) -> None:
        self._calm = False
        facts = self._workspace.facts
        translates = facts is not None and facts.translates is not None
        self._workspace.bottom.setVisible(not translates)
        self._look()

    @Slot()
    def _on_settled(self) -> None:
        self._calm = True
        self._look()
        self._take_image()
        self._show()
        self._draw_next()

    @Slot()
    def _on_time(self) -> None:
        live = self._workspace.choice.live
        before = len(self.panel.view.frames)
        self._look()
        if live is not None and self._calm and not self._workspace.choice.is_live and self._is_live_run():
            live.control.snapshot()
            self._draw_next()
        elif len(self.panel.view.frames) != before:
            self._show()
            self._draw_next()

    def _look(self) -> None:
        """See which steps there are, and which is chosen."""
        choice = self._workspace.choice
        frames = [Frame(step) for step in choice.steps()]
        if choice.live is not None and self._is_live_run():
            frames.append(Frame(choice.live.preview.step, live=True))
        self.panel.set_kept(any(not frame.live for frame in frames))
        self.panel.view.set_frames(frames if self._workspace.state is not None else [])
        self.panel.compare.setEnabled(bool(self.panel.view.frames))
        self._mark()

    def _is_live_run(self) -> bool:
        choice = self._workspace.choice
        return choice.live is not None and choice.run == choice.live.path.resolve()

    def _mark(self) -> None:
        choice, frames = self._workspace.choice, self.panel.view.frames
        places = {frame.step: index for index, frame in enumerate(frames) if not frame.live}
        self.panel.view.set_chosen(len(frames) - 1 if choice.step == LATEST else places.get(choice.step, -1))

    # drawing

    def _key(self, frame: Frame) -> tuple[object, ...] | None:
        """What the image of a frame depends on."""
        state, source = self._workspace.state, self.source_of(frame)
        if state is None or source is None:
            return None
        step = source.preview.step if isinstance(source, LiveRun) else None
        return source, step, state.label, state.mix, state.look, state.z.tobytes()

    def _take_image(self) -> None:
        """The image of the latent is one of the row's."""
        workspace, view = self._workspace, self.panel.view
        pixels, index = workspace.image_panel.view.pixels, view.chosen_frame
        if pixels is None or index < 0 or workspace.shown_number != workspace.asked_number:
            return
        frame = view.frames[index]
        if self.source_of(frame) == workspace.source and (frame.live or workspace.shown_step == frame.step):
            if (key := self._key(frame)) is not None:
                self._kept.put(key, pixels)
            if frame.live:
                view.set_image(index, pixels)

    def _show(self) -> None:
        """Put in place what is drawn already."""
        for index, frame in enumerate(self.panel.view.frames):
            image = self._kept.get(self._key(frame))
            if image is not None:
                self.panel.view.set_image(index, image)
        self.panel.fit()

    @Slot()
    def _draw_next(self) -> None:
        """Ask for the next image that is seen and not drawn, unless one is awaited or the image is not up to date."""
        workspace, view, state = self._workspace, self.panel.view, self._workspace.state
        if self._asked[0] or not self._calm or state is None or not view.isVisible():
            return
        for index in view.seen():
            frame = view.frames[index]
            key, source = self._key(frame), self.source_of(frame)
            if key is None or source is None or key in self._failed or self._kept.get(key) is not None:
                continue
            if frame.live and index == view.chosen_frame:
                continue
            self._asked = (workspace.worker.next_number(), key)
            workspace.worker.request(
                Request(
                    number=self._asked[0],
                    kind="film",
                    source=source,
                    z=state.z[None],
                    label=state.label,
                    mix=state.mix,
                    look=state.look,
                )
            )
            return

    @Slot(object)
    def _on_rendered(self, answer: object) -> None:
        if not isinstance(answer, Rendered) or answer.request.kind != "film":
            return
        number, key = self._asked
        if answer.request.number != number:
            return
        self._asked = (0, None)
        keys = [self._key(frame) for frame in self.panel.view.frames]
        index = keys.index(key) if key in keys else None
        if answer.images is not None:
            self._kept.put(key, answer.images[0])
            if index is not None:
                self.panel.view.set_image(index, answer.images[0])
                self.panel.fit()
        else:
            self._failed.add(key)
            if index is not None and answer.error:
                self.panel.view.set_failed(index, answer.error)
        self._draw_next()

    # window and files

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The images are small where the workspace is low."""
        if watched is self._workspace and event.type() == QEvent.Type.Resize:
            self.panel.set_roomy(self._workspace.height() >= _ROOMY)
            self._show()
        return False

    @Slot(bool)
    def _on_seen(self, seen: bool) -> None:
        if seen:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot(bool)
    def _on_folded(self, folded: bool) -> None:
        self._settings.set(_FOLDED, folded)
        self._show()
        self._draw_next()

    @Slot()
    def _ask_save(self) -> None:
        run = self._workspace.run
        images = [self._kept.get(self._key(frame)) for frame in self.panel.view.frames]
        drawn = [image for image in images if image is not None]
        if run is None or not drawn:
            return
        if len(drawn) < len(images):
            self._workspace.failed.emit("Scroll through the row first: images that were not seen are not drawn yet.")
            return
        row = np.stack(drawn)
        self._workspace.files.save(
            "Save the row", f"{run.name}-over-training.png", lambda file: export.save_strip(file, row, run.name)
        )


class _Images:
    """The images that were drawn last, as many as fit into a few megabytes."""

    def __init__(self) -> None:
        self._images: OrderedDict[object, Pixels] = OrderedDict()
        self._bytes = 0

    def get(self, key: object) -> Pixels | None:
        """The image of a key; None where it has to be drawn."""
        if key in self._images:
            self._images.move_to_end(key)
        return self._images.get(key)

    def put(self, key: object, image: Pixels) -> None:
        """Remember an image."""
        before = self._images.pop(key, None)
        self._bytes += image.nbytes - (0 if before is None else before.nbytes)
        self._images[key] = image
        while self._bytes > _KEPT_BYTES and len(self._images) > 1:
            self._bytes -= self._images.popitem(last=False)[1].nbytes
