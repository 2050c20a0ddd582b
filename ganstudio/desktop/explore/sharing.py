"""What leaves Explore as a file, and comes back from one: a picture with its origin, and the whole state as JSON."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QMimeData, QObject, Slot

from ganstudio.desktop import format as fmt
from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.export import Origin, Pixels
from ganstudio.desktop.explore.preview import CheckpointSource, Rendered, Request
from ganstudio.desktop.explore.state import LatentState, frozen, seed_text
from ganstudio.errors import UserError
from ganstudio.latent.anchored_plane import Anchor, AnchoredPlane
from ganstudio.latent.sampling import latent
from ganstudio.latent.walks import FORMAT as WALK_FORMAT
from ganstudio.latent.walks import numbers, parse_latent, parse_walk, walk_data
from ganstudio.runs.folder import RunFolder

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace

FORMAT = "ganstudio-explore"
_VERSION = 1
_WEIGHTS = "networks.safetensors"

Complete = Callable[[LatentState], LatentState]


@dataclass(frozen=True)
class Networks:
    """The checkpoint that an origin names, or the nearest to it; what has to be told where it is not the same one."""

    run: Path | None
    step: int | None
    remark: str = ""


class Sharing(QObject):
    """Remembers from which request the image that is shown was drawn, so that what is saved tells the truth."""

    def __init__(self, workspace: ExploreWorkspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._shown: Rendered | None = None
        workspace.worker.rendered.connect(self._on_rendered)
        workspace.cleared.connect(self._on_cleared)
        workspace.image_panel.save_requested.connect(self._ask_image)
        workspace.latent_panel.file_requested.connect(self._ask_file)
        workspace.latent_panel.save_requested.connect(self._ask_state)

    @Slot(object)
    def _on_rendered(self, answer: object) -> None:
        if not isinstance(answer, Rendered) or answer.images is None or answer.request.kind != "image":
            return
        if answer.request.source == self._workspace.source and answer.request.number == self._workspace.shown_number:
            self._shown = answer

    @Slot()
    def _on_cleared(self) -> None:
        self._shown = None

    # -- where an image comes from ----------------------------------------------------------------------------------

    def shown(self) -> tuple[Pixels, Origin] | None:
        """The image that is shown, uint8 (H, W, C), and its origin; None while there is none."""
        answer, state = self._shown, self._workspace.state
        if answer is None or answer.images is None or state is None or not isinstance(answer.request, Request):
            return None
        asked = answer.request
        seed = state.seed if not state.moved and np.array_equal(asked.z[0], state.z) else None
        origin = self._origin(asked.z[0], answer.step)
        origin = replace(origin, label=asked.label, mix=asked.mix, look=asked.look, seed=seed)
        return answer.images[0], replace(origin, class_name=self._class_words(origin))

    def _origin(self, z: np.ndarray, step: int) -> Origin:
        source, run = self._workspace.source, self._workspace.run
        kept = source if isinstance(source, CheckpointSource) else None
        return Origin(
            latent=frozen(z),
            run=run.name if run is not None else "",
            step=step,
            networks="raw" if kept is not None and not kept.ema else "ema",
            weights=None if kept is None else fingerprint(kept.folder),
        )

    def _class_words(self, origin: Origin) -> str:
        facts = self._workspace.facts
        classes = facts.classes if facts is not None else ()
        return class_words(classes, origin.label, origin.mix)

    def restore(self, origin: Origin, text: str, complete: Complete = lambda state: state) -> bool:
        """Show what an origin describes: its run and step where they are known, else the networks at hand, which is
        told. `complete` may change the state before it is put in force. Whether there is now something to see."""
        workspace = self._workspace
        found = find_networks(origin, workspace.known_runs())
        if found.run is not None and (not found.remark or found.run != workspace.run):
            workspace.open_run(found.run, found.step, ema=origin.networks == "ema")
        state, facts = workspace.state, workspace.facts
        if state is None or facts is None:
            workspace.failed.emit(f"{text} cannot be explored: there are no networks to draw its latent with.")
            return False
        if len(origin.latent) != state.size:
            size = len(origin.latent)
            workspace.failed.emit(f"The latent of {text} has {size} values; this model takes {state.size}.")
            return False
        workspace.walk.stop()
        workspace.apply(complete(_described(state, origin, text, len(facts.classes))))
        if found.remark:
            workspace.failed.emit(found.remark)
        return True

    # -- files ------------------------------------------------------------------------------------------------------

    @Slot()
    def _ask_image(self) -> None:
        shown = self.shown()
        if shown is not None:
            write = functools.partial(export.save_image, image=shown[0], origin=shown[1])
            self._workspace.files.save("Save the image", self._workspace.file_name(shown[1].step), write)

    @Slot()
    def _ask_state(self) -> None:
        run = self._workspace.run
        if run is not None and self._workspace.state is not None:
            self._workspace.files.save("Save this state", f"{run.name}-state.json", self.save_state)

    @Slot()
    def _ask_file(self) -> None:
        kinds = "Saved picture, state or key frames (*.png *.json)"
        self._workspace.files.open_kind("Open what was saved from Explore", kinds, self.open_file)

    def takes(self, data: QMimeData) -> Path | None:
        """The one JSON file in what is dragged."""
        urls = data.urls()
        path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
        return path if path is not None and path.suffix.lower() == ".json" else None

    def open_file(self, file: Path) -> None:
        """Restore what a file that was saved from Explore describes; what is wrong with it is told."""
        try:
            if file.suffix.lower() == ".json":
                self._open_json(file)
            else:
                self.restore(export.read_origin(file), file.stem)
        except UserError as error:
            self._workspace.failed.emit(str(error))

    def _open_json(self, file: Path) -> None:
        data = export.read_json(file)
        form = data.get("format") if isinstance(data, Mapping) else None
        if form == WALK_FORMAT:
            self._workspace.walker.open_keys(file)
        elif form == FORMAT and isinstance(data, Mapping):
            origin, text, complete = parse_state(data)
            self.restore(origin, text, complete)
        else:
            raise UserError(f"{file.name} is neither a state of Explore nor the key frames of a walk.")

    def save_state(self, file: Path) -> None:
        """Write the whole state as JSON. UserError when it cannot be written."""
        state, step = self._workspace.state, self._workspace.shown_step
        if state is None or step is None:
            raise UserError("There is no image yet whose state could be saved.")
        origin = replace(self._origin(state.z, step), label=state.label, mix=state.mix, look=state.look)
        seed = state.seed if not state.moved else None
        origin = replace(origin, class_name=self._class_words(origin), seed=seed)
        export.save_json(file, state_data(state, origin))


def class_words(classes: Sequence[str], label: int | None, mix: tuple[int, float] | None) -> str:
    """Such as ``"3"``, or ``"3 with 40 % 8"``; empty for a model without classes."""
    if label is None or not classes:
        return ""
    return classes[label] if mix is None else f"{classes[label]} with {round(mix[1] * 100)} % {classes[mix[0]]}"


def fingerprint(checkpoint: Path) -> str | None:
    """The checksum of a checkpoint's networks, which no other networks share; None when it cannot be read."""
    try:
        manifest = json.loads((checkpoint / "manifest.json").read_text(encoding="utf-8"))
        return str(manifest["sha256"][_WEIGHTS])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def find_networks(origin: Origin, runs: Sequence[Path]) -> Networks:
    """The checkpoint of an origin among runs: by the checksum of its networks where there is one, else by run and
    step; the nearest step of its run where that one was not kept."""
    named = [run for run in runs if run.name == origin.run]
    if origin.weights is not None:
        for run in [*named, *(run for run in runs if run not in named)]:
            if fingerprint(RunFolder(run).checkpoint_path(origin.step)) == origin.weights:
                return Networks(run, origin.step)
    for run in named:
        steps = RunFolder(run).checkpoints()
        if origin.step in steps and origin.weights is None:
            return Networks(run, origin.step)
        if steps and origin.step not in steps:
            nearest = min(steps, key=lambda step: abs(step - origin.step))
            missing = f"Step {fmt.number(origin.step)} of run {run.name} was not kept"
            return Networks(run, nearest, f"{missing}: the image may differ from the one saved.")
    name = f"The networks of run {origin.run}" if origin.run else "Its networks"
    return Networks(None, None, f"{name} are not here: the latent is drawn with the networks at hand.")


def state_data(state: LatentState, origin: Origin) -> dict[str, Any]:
    """The whole state as JSON holds it."""
    plane = state.plane
    anchors = [] if plane is None else [{"latent": numbers(each.z), "text": each.text} for each in plane.anchors]
    return {
        "format": FORMAT,
        "format_version": _VERSION,
        "origin": export.origin_data(origin),
        "text": state.text,
        "seed": state.seed,
        "base": numbers(state.base),
        "locked": sorted(state.locked),
        "position": state.position,
        "walk": walk_data(state.walk),
        "plane": anchors,
    }


def parse_state(data: Mapping[str, Any]) -> tuple[Origin, str, Complete]:
    """What `state_data` wrote: where the image comes from, in words too, and what completes the state. UserError when
    it is damaged."""
    if data.get("format_version") != _VERSION:
        raise UserError("This state was written by a newer studio.")
    try:
        origin = export.parse_origin(data["origin"])
        size = len(origin.latent)
        base, text, seed = parse_latent(data["base"]), str(data["text"]), data["seed"]
        locked = frozenset(int(index) for index in data["locked"])
        position = None if data["position"] is None else float(data["position"])
        anchors = [Anchor(parse_latent(each["latent"]), str(each["text"])) for each in data["plane"]]
        walk = parse_walk(data["walk"], size)
        if len(base) != size or not all(0 <= index < size for index in locked):
            raise ValueError("of another size")
        if len(anchors) not in (0, 3) or any(len(each.z) != size for each in anchors):
            raise ValueError("no plane")
        if not (seed is None or (isinstance(seed, int) and np.array_equal(latent(seed, size), base))):
            raise ValueError("of another seed")
        if position is not None and not 0.0 <= position <= walk.duration:
            raise ValueError("off the walk")
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise error if isinstance(error, UserError) else UserError("This state is damaged.") from error

    def complete(state: LatentState) -> LatentState:
        plane = AnchoredPlane(*anchors) if anchors else state.plane
        state = replace(state, base=base, text=text, seed=seed, locked=locked, walk=walk, plane=plane)
        return replace(state, position=position)

    return origin, text, complete


def _described(state: LatentState, origin: Origin, text: str, classes: int) -> LatentState:
    """A state as an origin describes it, as far as the model knows its classes."""
    known = origin.label if origin.label is not None and 0 <= origin.label < classes else None
    mix = origin.mix if origin.mix is not None and 0 <= origin.mix[0] < classes else None
    other, share = mix if mix is not None else (state.other, 0.0)
    state = replace(state.with_latent(origin.latent, text, known, origin.look), other=other, share=share)
    if origin.seed is not None and np.array_equal(latent(origin.seed, state.size), origin.latent):
        state = replace(state, seed=origin.seed, text=seed_text(origin.seed))
    return state
