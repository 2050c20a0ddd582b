"""Evaluation beside training: one thread of its own, within a budget, on copies of the averaged networks."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from ganstudio.config import RunConfig
from ganstudio.data.store import plan
from ganstudio.errors import UserError
from ganstudio.evaluation.measures import MEASURES
from ganstudio.latent.model import LatentModel, build_game
from ganstudio.runs.evaluate import Found, Judge
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.pace import Pace
from ganstudio.training.control import Control
from ganstudio.training.events import Evaluated, Event, Measure, Warned
from ganstudio.training.preview import copy_into, frozen_copy

if TYPE_CHECKING:
    from torch import nn

_log = logging.getLogger("ganstudio")
_ASK_S = 0.1


class _DroppedError(Exception):
    """The run ended before the evaluation did."""


@dataclass(frozen=True)
class _Asked:
    """The networks as they were after `step`."""

    networks: dict[str, nn.Module]
    config: RunConfig
    step: int
    time: float


class BackgroundEvaluator:
    """The `Evaluator` of a run. Of several looks while it is busy, the last one is measured next.

    It takes `evaluation.share` of one processor: after each slice it sleeps in proportion to what that has cost.
    """

    def __init__(self, folder: RunFolder, control: Control) -> None:
        self._folder, self._control = folder, control
        self.pace = Pace()
        """Takes the events of the run, to tell what an evaluation costs it."""
        self._changed = threading.Condition()
        self._next: _Asked | None = None
        self._spare: list[dict[str, nn.Module]] = []
        self._busy = self._closed = self._hurry = False
        self._found: list[Event] = []
        self._thread: threading.Thread | None = None
        self._judge: Judge | None = None
        self._bests: dict[tuple[str, str, int], float] | None = None

    # -- the trainer's side ------------------------------------------------------------------------------------------

    def look(self, networks: Mapping[str, nn.Module], config: RunConfig, step: int, time: float) -> None:
        """Copy `networks`, to measure them next."""
        with self._changed:
            if self._closed:
                return
            if self._next is not None:
                copies = self._next.networks
            elif self._spare:
                copies = self._spare.pop()
            else:
                copies = frozen_copy(networks)
            copy_into(networks, copies)
            self._next = _Asked(copies, config, step, time)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="evaluation", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def found(self) -> Sequence[Event]:
        """What has been found since the last call."""
        if not self._found:
            return ()
        with self._changed:
            found, self._found = self._found, []
        return found

    def finish(self, gives_up: Callable[[], bool]) -> None:
        """Wait, without a budget now that training is over, until all is measured or until `gives_up`."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            while (self._busy or self._next is not None) and not gives_up():
                self._changed.wait(_ASK_S)

    def close(self) -> None:
        """End the thread after the slice that it is at."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    # -- the thread --------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        torch.set_num_threads(1)
        while (asked := self._take()) is not None:
            event: Event | None
            self.pace.turn(True)
            try:
                event = self._evaluate(asked)
            except _DroppedError:
                event = None
            except UserError as error:
                event = Warned(step=asked.step, time=asked.time, message=f"Not evaluated: {error}")
            except Exception as error:
                _log.exception("The evaluation of step %d failed", asked.step)
                message = f"The evaluation of step {asked.step} failed: {type(error).__name__}: {error}"
                event = Warned(step=asked.step, time=asked.time, message=message)
            self.pace.turn(False)
            with self._changed:
                self._busy = False
                self._spare.append(asked.networks)
                if event is not None:
                    self._found.append(event)
                self._changed.notify_all()
            self._control.report()

    def _take(self) -> _Asked | None:
        """The next networks to measure; None once the run has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._next is not None)
            if self._closed:
                return None
            asked, self._next = self._next, None
            self._busy = True
            return asked

    def _evaluate(self, asked: _Asked) -> Evaluated:
        config = asked.config
        _, shape = plan(config.dataset)
        game = build_game(config, shape)
        if game.generate is None:
            raise UserError("this run translates images; what is measured of it comes with its samples.")
        model = LatentModel(game, asked.networks, asked.step)
        if self._judge is None:
            self._judge = Judge(config, model.device)
        work = self._judge.measure(model, None, config.evaluation.count, config.evaluation.extractor)
        began = spent = time.thread_time()
        while True:
            try:
                next(work)
            except StopIteration as end:
                found: Found = end.value
                break
            now = time.thread_time()
            self._rest((now - spent) * (1 / config.evaluation.share - 1))
            spent = now
        alone, beside = self.pace.speeds() or (None, None)
        return Evaluated(
            step=asked.step,
            time=asked.time,
            extractor=found.extractor,
            measures=found.measures,
            seconds=time.thread_time() - began,
            best=self._is_best(found, config.evaluation.best),
            chosen="" if config.evaluation.best == "none" else config.evaluation.best,
            notes=found.notes,
            speed_alone=alone,
            speed_beside=beside,
        )

    def _rest(self, seconds: float) -> None:
        """Leave the processor to the training for a while."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._hurry, seconds)
            if self._closed:
                raise _DroppedError

    def _is_best(self, found: Found, name: str) -> bool:
        """Whether `name` is better than ever in this run, among evaluations of as many samples."""
        if self._bests is None:
            self._bests = {}
            for event in self._folder.events():
                if isinstance(event, Evaluated):
                    for each, measure in event.measures.items():
                        self._note(event.extractor, each, measure)
        better = {each: self._note(found.extractor, each, measure) for each, measure in found.measures.items()}
        return better.get(name, False)

    def _note(self, extractor: str, name: str, measure: Measure) -> bool:
        """Remember a value; whether it is the best so far."""
        assert self._bests is not None
        about = MEASURES.get(name)
        if about is None or about.better == "neither" or not math.isfinite(measure.value):
            return False
        key = (extractor, name, measure.n)
        value = -measure.value if about.better == "lower" else measure.value
        if value <= self._bests.get(key, -math.inf):
            return False
        self._bests[key] = value
        return True
