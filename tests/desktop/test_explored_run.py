"""A run that is explored while it trains comes out the same to the bit, for every variant."""

from __future__ import annotations

import hashlib
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ganstudio.config import RunConfig
from ganstudio.data.store import plan
from ganstudio.desktop.explore.preview import Answer, DirectionsRequest, Order, PreviewWorker, Rendered, Request
from ganstudio.desktop.explore.state import LiveRun
from ganstudio.desktop.explore.translation.translating import Input, Translated, TranslateRequest
from ganstudio.latent.sampling import latents
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, Progress, RunFinished
from ganstudio.training.preview import Preview
from ganstudio.variants import VARIANTS
from tests.helpers import VARIANT_NAMES, of, tiny

pytestmark = pytest.mark.desktop
STEPS = 6
PATIENCE_S = 60.0


class Explorer:
    """Asks for fresh networks and for pictures of them without pause, from a thread of its own."""

    def __init__(self, live: LiveRun, worker: PreviewWorker) -> None:
        self._live, self._worker = live, worker
        self._translates = VARIANTS.get(live.config.variant.name).task == "image-to-image"
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.answers: list[Answer] = []
        self._ask()
        self._thread.start()

    def end(self) -> None:
        self._ends.set()
        self._thread.join()

    def has_seen(self, step: int) -> bool:
        """Whether there is a picture of the networks as they were after `step`, or later."""
        return any(isinstance(answer, Rendered | Translated) and answer.step >= step for answer in self.answers)

    def _work(self) -> None:
        while not self._ends.wait(0.002):
            self.answers += self._worker._mailbox.take_answers()
            self._ask()

    def _ask(self) -> None:
        self._live.control.snapshot()
        for order in self._orders():
            self._worker.request(order)

    def _orders(self) -> list[Order]:
        number = self._worker.next_number
        if self._translates:
            picture = Input(np.full((16, 16, self._live.shape.channels), 90, np.uint8), of_data=True)
            return [TranslateRequest(number=number(), source=self._live, input=picture)]
        z = latents(self._worker._number, 3, self._live.config.variant.latent_size)
        label = 0 if self._live.config.variant.conditional else None
        return [
            Request(number=number(), kind="image", source=self._live, z=z[:1], label=label),
            Request(number=number(), kind="walk", source=self._live, z=z, label=label),
            DirectionsRequest(number=number(), source=self._live, which="sefa", label=label),
        ]


def trained(config: RunConfig, folder: Path, worker: PreviewWorker | None = None) -> tuple[dict[str, str], list[Event]]:
    """The checksums of the last checkpoint of a run, explored by `worker` where given, and its events."""
    events: list[Event] = []
    control, preview = Control(), Preview()
    shape = plan(config.dataset)[1]
    live = LiveRun(path=folder, config=config, preview=preview, control=control, shape=shape)
    explorer = Explorer(live, worker) if worker is not None else None

    def emit(event: Event) -> None:
        """Training waits for the explorer, so that each of its first steps is seen."""
        events.append(event)
        deadline = time.monotonic() + PATIENCE_S
        while explorer is not None and isinstance(event, Progress) and 2 <= event.step < STEPS:
            if explorer.has_seen(event.step - 1) or time.monotonic() > deadline:
                break
            time.sleep(0.002)

    try:
        train(config, folder, emit, control, preview=preview)
    finally:
        if explorer is not None:
            explorer.end()
    end = events[-1]
    assert isinstance(end, RunFinished) and end.error is None, end
    if explorer is not None:
        assert explorer.has_seen(STEPS - 2), "it was not explored while it trained"
        assert not [answer.error for answer in explorer.answers if isinstance(answer, Rendered) and answer.error]
    checkpoint = RunFolder(folder).checkpoint_path(STEPS)
    files = ("networks.safetensors", "state.safetensors")
    return {name: hashlib.sha256((checkpoint / name).read_bytes()).hexdigest() for name in files}, events


@pytest.mark.parametrize("name", VARIANT_NAMES)
def test_that_exploring_a_run_changes_nothing_of_it(qtbot: QtBot, tmp_path: Path, name: str) -> None:
    config = tiny(name, training__steps=STEPS, techniques__ema__ramp=1.0)
    plain, events = trained(config, tmp_path / "plain")
    worker = PreviewWorker()
    try:
        explored, seen = trained(config, tmp_path / "explored", worker)
    finally:
        worker.stop()
    assert explored == plain
    for one, other in zip(of(Progress, events), of(Progress, seen), strict=True):
        losses = [{key: value for key, value in point.scalars.items() if "/" in key} for point in (one, other)]
        assert losses[0] == losses[1]
