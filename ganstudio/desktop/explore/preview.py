"""Pictures from a generator, drawn off the GUI thread while it may train. Imports torch in its own thread only.

Latest wins: each kind of request has one slot, which a newer request overwrites; so has each kind of answer on its way
back. No queue can grow, no tensor leaves the thread.
"""

from __future__ import annotations

import copy
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal, Slot

from ganstudio.desktop.explore.kept import KeptModels
from ganstudio.desktop.explore.state import PLAIN, Latent, LiveRun, Look, Mix, class_labels
from ganstudio.desktop.explore.translation.translating import (
    InputsRead,
    InputsRequest,
    Translated,
    TranslateRequest,
    perform,
)
from ganstudio.errors import UserError
from ganstudio.latent.sampling import truncated
from ganstudio.variants import VARIANTS

if TYPE_CHECKING:
    from torch import nn

    from ganstudio.game import Game
    from ganstudio.latent.directions import Direction
    from ganstudio.latent.directions import Kind as DirectionKind
    from ganstudio.latent.model import LatentModel
    from ganstudio.latent.translation import TranslationModel

Kind = Literal[
    "image",
    "compare",
    "translate",
    "inputs",
    "coordinate",
    "walk",
    "layer",
    "directions",
    "strips",
    "verdict",
    "film",
    "plane",
    "samples",
    "ranking",
    "find",
    "export",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The most urgent first: the others are drawn in pieces, between which an image is let through."""
_PIECE_MS = 6.0
_STACK_BYTES = 16 * 1024 * 1024
_log = logging.getLogger("ganstudio")

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class CheckpointSource:
    """The averaged or the raw networks of a checkpoint folder."""

    folder: Path
    ema: bool = True


Source = CheckpointSource | LiveRun


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """Latents `z` (N, latent size) to draw as `label`, or as a `mix` of it with another class, with a `look`. `write`,
    where given, is called with the images in the thread, to make `file`."""

    number: int
    kind: Kind
    source: Source
    z: Latent
    label: int | None = None
    mix: Mix | None = None
    look: Look = PLAIN
    write: Callable[[Pixels], None] | None = None
    file: Path | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class DirectionsRequest:
    """Directions of a kind ("sefa", "pca" or "axes") to find in the networks, for a class where there are any."""

    number: int
    source: Source
    which: DirectionKind
    label: int | None = None
    kind: Kind = "directions"


@dataclass(frozen=True, kw_only=True, eq=False)
class DirectionsFound:
    """Their directions, those with the largest share first."""

    request: DirectionsRequest
    directions: tuple[Direction, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class FindRequest:
    """A picture whose latent is searched for: uint8 (H, W, 1 or 3), or a file that is read first."""

    number: int
    source: Source
    picture: Pixels | Path
    kind: Kind = "find"


@dataclass(frozen=True, kw_only=True, eq=False)
class LatentFound:
    """The nearest latent so far, its class, and how far off its image is; `done` is 1 once the search is over."""

    request: FindRequest
    z: Latent
    label: int | None
    error: float
    done: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Ask:
    """Anything else that is asked of the networks: `work(model, pause)` is called in the thread, in inference mode or
    not, as it likes. It calls `pause` every few milliseconds, which lets images through and ends work that nobody waits
    for. With `still`, a run that trains hands over a copy that stays as it is meanwhile."""

    number: int
    kind: Kind
    source: Source
    work: Callable[[LatentModel, Callable[[], None]], Any]
    still: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Answered:
    """What the work returned."""

    request: Ask
    result: Any


Order = Request | TranslateRequest | InputsRequest | DirectionsRequest | FindRequest | Ask


@dataclass(frozen=True, kw_only=True, eq=False)
class Rendered:
    """The answer: uint8 images (N, H, W, C) of the networks after `step`, or a sentence why there are none.

    Without images and error there is nothing to draw with yet: the run has not published its networks.
    """

    request: Order
    images: Pixels | None = None
    step: int = 0
    milliseconds: float = 0.0
    error: str | None = None


@dataclass(frozen=True)
class Progressed:
    """How many images of an export are drawn."""

    number: int
    done: int
    total: int


Answer = Rendered | Translated | InputsRead | DirectionsFound | LatentFound | Answered | Progressed


class PreviewWorker(QObject):
    """The GUI thread's side: requests go in, `rendered` comes out, in the GUI thread."""

    rendered = Signal(object)
    """An `Answer` but for progress; what failed is a `Rendered` with an error."""
    progressed = Signal(object)
    """A `Progressed`."""
    loaded = Signal()
    """PyTorch is there; drawing begins."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = _Mailbox()
        self._thread: _Thread | None = None
        self._number = 0
        self._loaded = False

    @property
    def is_loaded(self) -> bool:
        """Whether PyTorch is there."""
        return self._loaded

    def next_number(self) -> int:
        """Requests are numbered upwards, so that a view can tell what is stale."""
        self._number += 1
        return self._number

    def request(self, request: Order) -> None:
        """Have `request` drawn instead of an earlier one of its kind; the thread starts with the first."""
        self._mailbox.put(request)
        if self._thread is None:
            self._thread = _Thread(self._mailbox)
            self._thread.arrived.connect(self._on_arrived)
            self._thread.loaded.connect(self._on_loaded)
            self._thread.start()

    def cancel(self, kind: Kind) -> None:
        """Forget what is asked for of `kind`, and break off what is being drawn."""
        self._mailbox.cancel(kind)

    def stop(self) -> None:
        """End the thread after the piece that it draws, and wait for it. It does not start again."""
        self._mailbox.close()
        if self._thread is not None:
            self._thread.wait()

    def is_running(self) -> bool:
        """Whether the thread lives."""
        return self._thread is not None and self._thread.isRunning()

    @Slot()
    def _on_loaded(self) -> None:
        self._loaded = True
        self.loaded.emit()

    @Slot()
    def _on_arrived(self) -> None:
        for answer in self._mailbox.take_answers():
            if isinstance(answer, Progressed):
                self.progressed.emit(answer)
            else:
                self.rendered.emit(answer)


class _Mailbox:
    """One slot for each kind of request, one for each kind of answer."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._requests: dict[Kind, Order] = {}
        self._answers: dict[str, Answer] = {}
        self._valid: dict[Kind, int] = {}
        self._closed = False

    def put(self, request: Order) -> None:
        with self._condition:
            self._requests[request.kind] = request
            self._valid[request.kind] = request.number
            self._condition.notify()

    def cancel(self, kind: Kind) -> None:
        with self._condition:
            self._requests.pop(kind, None)
            self._valid.pop(kind, None)

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._requests.clear()
            self._valid.clear()
            self._condition.notify()

    def wait(self) -> Order | None:
        """The most urgent request, once there is one; None when all is over."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._requests)
            return self._take()

    def take_image(self) -> Order | None:
        """An image that is asked for, without waiting."""
        with self._condition:
            return self._requests.pop("image", None)

    def is_wanted(self, request: Order) -> bool:
        """Whether nothing newer of its kind has been asked for, and it was not cancelled."""
        with self._condition:
            return self._valid.get(request.kind) == request.number

    def answer(self, answer: Answer) -> bool:
        """Leave an answer; whether the GUI has to be told."""
        key = "progress" if isinstance(answer, Progressed) else answer.request.kind
        with self._condition:
            quiet = not self._answers
            self._answers.pop(key, None)
            self._answers[key] = answer
            return quiet

    def take_answers(self) -> list[Answer]:
        with self._condition:
            answers = list(self._answers.values())
            self._answers.clear()
            return answers

    def _take(self) -> Order | None:
        for kind in KINDS:
            if kind in self._requests:
                return self._requests.pop(kind)
        return None


class _Thread(QThread):
    arrived = Signal()
    loaded = Signal()

    def __init__(self, mailbox: _Mailbox) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setStackSize(_STACK_BYTES)
        self._mailbox = mailbox

    def run(self) -> None:
        """Until the mailbox is closed. Nothing that goes wrong ends the thread."""
        try:
            renderer = _Renderer()
        except Exception as error:
            _log.exception("PyTorch cannot be loaded")
            failure = f"PyTorch cannot be loaded: {error}"
            while (request := self._mailbox.wait()) is not None:
                self._answer(Rendered(request=request, error=failure))
            return
        self.loaded.emit()
        while (request := self._mailbox.wait()) is not None:
            self._serve(renderer, request)

    def _serve(self, renderer: _Renderer, request: Order) -> None:
        answer: Answer | None
        try:
            if isinstance(request, Request):
                answer = self._draw(renderer, request)
            elif isinstance(request, DirectionsRequest):
                answer = renderer.directions(request, lambda: self._let_through(renderer)) or Rendered(request=request)
            elif isinstance(request, FindRequest):
                answer = self._find(renderer, request)
            elif isinstance(request, Ask):
                answer = renderer.ask(request, lambda: self._go_on(renderer, request)) or Rendered(request=request)
            else:
                answer = renderer.translate(request) or Rendered(request=request)
        except _UnwantedError:
            return
        except UserError as error:
            answer = Rendered(request=request, error=str(error))
        except Exception as error:
            _log.exception("The preview failed")
            answer = Rendered(request=request, error=f"The image cannot be drawn: {type(error).__name__}: {error}")
        if answer is not None:
            self._answer(answer)

    def _draw(self, renderer: _Renderer, request: Request) -> Rendered | None:
        """All images of a request, in pieces that leave room for the image; None when it is not wanted any more."""
        done, pieces, spent, step = 0, [], 0.0, 0
        while done < len(request.z):
            if done:
                self._let_through(renderer)
            if not self._mailbox.is_wanted(request):
                return None
            count = 1 if request.kind == "image" else renderer.piece()
            drawn = renderer.draw(request, slice(done, done + count))
            if drawn is None:
                return Rendered(request=request)
            images, step, milliseconds = drawn
            pieces.append(images)
            done, spent = done + len(images), spent + milliseconds
            if request.kind == "export":
                self._answer(Progressed(request.number, done, len(request.z)))
        whole = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        if request.write is not None:
            if not self._mailbox.is_wanted(request):
                return None
            request.write(whole)
        return Rendered(request=request, images=whole, step=step, milliseconds=spent)

    def _find(self, renderer: _Renderer, request: FindRequest) -> LatentFound | Rendered | None:
        """The latent of a picture; None when it is not wanted any more."""

        def progress(found: LatentFound) -> bool:
            self._answer(found)
            return self._mailbox.is_wanted(request)

        found = renderer.find(request, progress, lambda: self._let_through(renderer))
        if not self._mailbox.is_wanted(request):
            return None
        return found or Rendered(request=request)

    def _go_on(self, renderer: _Renderer, request: Ask) -> None:
        if not self._mailbox.is_wanted(request):
            raise _UnwantedError
        self._let_through(renderer)

    def _let_through(self, renderer: _Renderer) -> None:
        if (image := self._mailbox.take_image()) is not None:
            self._serve(renderer, image)

    def _answer(self, answer: Answer) -> None:
        if self._mailbox.answer(answer):
            self.arrived.emit()


class _UnwantedError(Exception):
    """Nobody waits any more for what is being worked on."""


class _Renderer:
    """Lives in the thread: PyTorch, the models that were loaded last, and how long an image takes."""

    def __init__(self) -> None:
        import torch

        from ganstudio.latent.layers import multiplied
        from ganstudio.latent.model import LatentModel, build_game
        from ganstudio.latent.translation import TranslationModel

        # Asking first settles this thread's count; the number that a trainer sets later then leaves it alone.
        torch.get_num_threads()
        torch.set_num_threads(1)
        self._model, self._translator, self._build = LatentModel, TranslationModel, build_game
        self._multiplied = multiplied
        self._kept = KeptModels(self._load, lambda source: source.folder)
        self._live: tuple[LiveRun, Game] | None = None
        self._live_models: dict[int, LatentModel | TranslationModel] = {}
        self._milliseconds = _PIECE_MS

    def piece(self) -> int:
        """Images that can be drawn in one go without holding up an urgent one."""
        return max(1, int(_PIECE_MS / self._milliseconds))

    def draw(self, request: Request, part: slice) -> tuple[Pixels, int, float] | None:
        """A part of the request's images, the step of the networks, and the time; None when there are no networks."""
        z = request.z[part]
        with self._model_of(request.source, passing=request.kind == "film") as model:
            if model is None:
                return None
            if not isinstance(model, self._model):
                raise UserError("This run translates images: it has no latents to draw from.")
            return self._timed(model, z, request)

    def translate(self, request: TranslateRequest | InputsRequest) -> Translated | InputsRead | None:
        """What is asked of a run that translates; None when there are no networks."""
        with self._model_of(request.source) as model:
            if model is None:
                return None
            if not isinstance(model, self._translator):
                raise UserError("This run draws from latents: there is nothing that it could translate.")
            return perform(request, model)

    def directions(self, request: DirectionsRequest, pause: Callable[[], None]) -> DirectionsFound | None:
        """The directions that are asked for; None when there are no networks. `pause` lets images through."""
        from ganstudio.latent.directions import directions

        model = self._still(request.source)
        if model is None:
            return None
        labels = np.array([request.label or 0], np.int64) if model.num_classes else None
        return DirectionsFound(request=request, directions=tuple(directions(model, request.which, labels, pause=pause)))

    def find(
        self, request: FindRequest, progress: Callable[[LatentFound], bool], pause: Callable[[], None]
    ) -> LatentFound | None:
        """The latent of a picture; None when there are no networks. UserError when it cannot be read."""
        from ganstudio.data.sources import read_picture
        from ganstudio.latent.inversion import Found, invert

        def tell(found: Found, done: float) -> LatentFound:
            return LatentFound(request=request, z=found.z, label=found.label, error=found.error, done=done)

        model = self._still(request.source)
        if model is None:
            return None
        picture = read_picture(request.picture) if isinstance(request.picture, Path) else request.picture
        found = invert(
            model, picture, progress=lambda each: each.done == 1.0 or progress(tell(each, each.done)), pause=pause
        )
        return tell(found, 1.0)

    def ask(self, request: Ask, pause: Callable[[], None]) -> Answered | None:
        """What the work makes of the networks; None when there are none."""
        if request.still:
            model = self._still(request.source)
            return None if model is None else Answered(request=request, result=request.work(model, pause))
        with self._model_of(request.source) as made:
            if made is None:
                return None
            if not isinstance(made, self._model):
                raise UserError("This run translates images: it has no latents to draw from.")
            return Answered(request=request, result=request.work(made, pause))

    def _still(self, source: Source) -> LatentModel | None:
        """A model that stays as it is for seconds, of a run that trains a copy; None when there are no networks."""
        if isinstance(source, CheckpointSource):
            model = self._kept.get(source)
        else:
            with source.preview.read() as published:
                if published is None:
                    return None
                networks, step = copy.deepcopy(published[0]), published[1]
            game = self._build(source.config, source.shape)
            model = self._model(game, networks, step)
        if not isinstance(model, self._model):
            raise UserError("This run translates images: it has no latents to draw from.")
        return model

    @contextmanager
    def _model_of(self, source: Source, *, passing: bool = False) -> Iterator[LatentModel | TranslationModel | None]:
        """The model of a checkpoint, or of the newest networks of a run that trains, which stand still meanwhile."""
        if isinstance(source, CheckpointSource):
            yield self._kept.get(source, passing=passing)
            return
        with source.preview.read() as published:
            if published is None:
                yield None
                return
            networks, step = published
            model = self._live_model(source, networks)
            model.step = step
            yield model

    def _timed(self, model: LatentModel, z: Latent, request: Request) -> tuple[Pixels, int, float]:
        if z.shape[1] != model.latent_size:
            raise UserError(f"This model has {model.latent_size} coordinates; the latent has {z.shape[1]}.")
        start = time.perf_counter()
        with self._looking(model, request.look):
            images = model.draw(
                truncated(z, request.look.truncation),
                class_labels(request.label, request.mix, len(z), model.num_classes),
            )
        milliseconds = (time.perf_counter() - start) * 1e3
        self._milliseconds += 0.3 * (max(milliseconds / len(z), 1e-3) - self._milliseconds)
        return images, model.step, milliseconds

    def _looking(self, model: LatentModel, look: Look) -> AbstractContextManager[None]:
        """While it lasts, the channels of a look are louder or mute, as far as their layers take part."""
        return self._multiplied(model, look.factors()) if look.channels else nullcontext()

    def _load(self, source: CheckpointSource) -> LatentModel | TranslationModel:
        kind = self._translator if _translates(source.folder) else self._model
        return kind.load(source.folder, ema=source.ema)

    def _live_model(self, run: LiveRun, networks: dict[str, nn.Module]) -> LatentModel | TranslationModel:
        """The model of one half of the run's double buffer; both are kept."""
        if self._live is None or self._live[0] is not run:
            self._live = (run, self._build(run.config, run.shape))
            self._live_models.clear()
        half = id(next(iter(networks.values())))
        if half not in self._live_models:
            game = self._live[1]
            self._live_models[half] = (
                self._model(game, networks, 0)
                if game.translation is None
                else self._translator(game, networks, run.shape, 0)
            )
        return self._live_models[half]


def _translates(checkpoint: Path) -> bool:
    """Whether the run of a checkpoint translates images."""
    from ganstudio.training.checkpoint import read_manifest

    name = read_manifest(checkpoint).config.variant.name
    return name in VARIANTS and VARIANTS.get(name).task == "image-to-image"
