"""The preview worker: latest wins, nothing leaks, what goes wrong is a sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ganstudio.desktop.explore import preview
from ganstudio.desktop.explore.preview import CheckpointSource, PreviewWorker, Progressed, Rendered, Request
from ganstudio.desktop.explore.state import LiveRun
from ganstudio.errors import UserError
from ganstudio.game import DataShape
from ganstudio.latent.sampling import latents
from ganstudio.training.control import Control
from tests.latent.tiny_runs import LATENT_SIZE, class_run, plain_config, plain_run

PATIENCE_MS = 60_000
NOWHERE = CheckpointSource(Path("nowhere"))


class Box:
    """What a worker answered."""

    def __init__(self, worker: PreviewWorker) -> None:
        self.rendered: list[Rendered] = []
        self.progress: list[Progressed] = []
        worker.rendered.connect(self.rendered.append)
        worker.progressed.connect(self.progress.append)

    def numbers(self, kind: str = "image") -> list[int]:
        return [answer.request.number for answer in self.rendered if answer.request.kind == kind]


@pytest.fixture
def worker(qtbot: QtBot) -> Iterator[PreviewWorker]:
    made = PreviewWorker()
    yield made
    made.stop()


@pytest.fixture
def checkpoint() -> CheckpointSource:
    return CheckpointSource(plain_run().checkpoint_path(4))


class FakeRenderer:
    """Draws grey images without torch, as slowly as a test lets it: one permit an image."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, int]] = []
        self.permits = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)

    def piece(self) -> int:
        return 1

    def draw(self, request: Request, part: slice):
        self.drawn.append((request.kind, request.number))
        self.entered.release()
        assert self.permits.acquire(timeout=30)
        return np.zeros((len(request.z[part]), 4, 4, 1), np.uint8), 1, 1.0


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> FakeRenderer:
    renderer = FakeRenderer()
    monkeypatch.setattr(preview, "_Renderer", lambda: renderer)
    return renderer


def request(number: int, kind: preview.Kind = "image", count: int = 1, **more: object) -> Request:
    values: dict[str, object] = {"source": NOWHERE, "z": latents(0, count, LATENT_SIZE), **more}
    return Request(number=number, kind=kind, **values)  # type: ignore[arg-type]


# what is drawn, without torch


def test_that_a_flood_of_states_draws_few_and_ends_with_the_newest(
    qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer
) -> None:
    box = Box(worker)
    worker.request(request(1))
    assert slow.entered.acquire(timeout=30)
    for number in range(2, 1001):
        worker.request(request(number))
    slow.permits.release(1000)
    qtbot.waitUntil(lambda: 1000 in box.numbers(), timeout=PATIENCE_MS)
    assert slow.drawn == [("image", 1), ("image", 1000)]
    assert box.numbers() in ([1, 1000], [1000])


def test_that_answers_wait_in_one_slot_while_the_window_is_busy(
    qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer
) -> None:
    box = Box(worker)
    slow.permits.release(50)
    for number in range(1, 21):
        worker.request(request(number))
        assert slow.entered.acquire(timeout=30)
    worker.stop()
    assert len(slow.drawn) == 20
    qtbot.waitUntil(lambda: bool(box.rendered), timeout=PATIENCE_MS)
    assert box.numbers() == [20]


def test_that_the_image_is_let_through_between_the_pieces_of_a_strip(
    qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer
) -> None:
    box = Box(worker)
    worker.request(request(1, "coordinate", 4))
    assert slow.entered.acquire(timeout=30)
    worker.request(request(2))
    slow.permits.release(5)
    qtbot.waitUntil(lambda: box.numbers("coordinate") == [1], timeout=PATIENCE_MS)
    assert slow.drawn == [("coordinate", 1), ("image", 2), *[("coordinate", 1)] * 3]
    assert len(box.rendered[-1].images) == 4


def test_that_a_newer_strip_ends_the_one_being_drawn(qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer) -> None:
    box = Box(worker)
    worker.request(request(1, "walk", 9))
    assert slow.entered.acquire(timeout=30)
    worker.request(request(2, "walk", 2))
    slow.permits.release(20)
    qtbot.waitUntil(lambda: box.numbers("walk") == [2], timeout=PATIENCE_MS)
    assert slow.drawn == [("walk", 1), ("walk", 2), ("walk", 2)]


def test_that_an_export_tells_how_far_it_is_and_can_be_broken_off(
    qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer
) -> None:
    box, written = Box(worker), []
    worker.request(request(1, "export", 10, write=written.append))
    assert slow.entered.acquire(timeout=30)
    slow.permits.release(3)
    qtbot.waitUntil(lambda: bool(box.progress) and box.progress[-1] == Progressed(1, 3, 10), timeout=PATIENCE_MS)
    worker.cancel("export")
    slow.permits.release(20)
    worker.request(request(2))
    qtbot.waitUntil(lambda: box.numbers() == [2], timeout=PATIENCE_MS)
    assert not written
    assert box.numbers("export") == []


def test_that_an_export_is_written_in_the_thread(qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer) -> None:
    box, written = Box(worker), []
    slow.permits.release(3)

    def write(images: np.ndarray) -> None:
        written.append((images.shape, threading.current_thread() is threading.main_thread()))

    worker.request(request(1, "export", 3, write=write))
    qtbot.waitUntil(lambda: box.numbers("export") == [1], timeout=PATIENCE_MS)
    assert written == [((3, 4, 4, 1), False)]


def test_that_a_file_that_cannot_be_written_is_a_sentence(
    qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer
) -> None:
    box = Box(worker)
    slow.permits.release(1)

    def write(images: np.ndarray) -> None:
        raise UserError("The disk is full.")

    worker.request(request(1, "export", 1, write=write))
    qtbot.waitUntil(lambda: bool(box.rendered), timeout=PATIENCE_MS)
    assert box.rendered[0].error == "The disk is full."


def test_that_stopping_ends_the_thread_and_later_requests_are_ignored(
    qtbot: QtBot, worker: PreviewWorker, slow: FakeRenderer
) -> None:
    slow.permits.release(10)
    worker.request(request(1))
    assert slow.entered.acquire(timeout=30)
    worker.stop()
    assert not worker.is_running()
    worker.request(request(2))
    worker.stop()
    assert not worker.is_running()


def test_that_a_worker_that_was_never_asked_has_no_thread(worker: PreviewWorker) -> None:
    assert not worker.is_running()
    worker.stop()


def test_that_a_missing_torch_is_a_sentence(
    qtbot: QtBot, worker: PreviewWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ImportError("no torch here")

    monkeypatch.setattr(preview, "_Renderer", broken)
    box = Box(worker)
    worker.request(request(1))
    qtbot.waitUntil(lambda: bool(box.rendered), timeout=PATIENCE_MS)
    assert box.rendered[0].error == "PyTorch cannot be loaded: no torch here"


# with networks


def drawn(qtbot: QtBot, worker: PreviewWorker, asked: Request) -> Rendered:
    box = Box(worker)
    worker.request(asked)
    qtbot.waitUntil(lambda: asked.number in box.numbers(asked.kind), timeout=PATIENCE_MS)
    return box.rendered[-1]


def test_that_a_checkpoint_draws(qtbot: QtBot, worker: PreviewWorker, checkpoint: CheckpointSource) -> None:
    with qtbot.waitSignal(worker.loaded, timeout=PATIENCE_MS):
        worker.request(request(1, source=checkpoint))
    answer = drawn(qtbot, worker, request(2, source=checkpoint))
    assert answer.error is None
    assert (answer.images.shape, answer.images.dtype, answer.step) == ((1, 28, 28, 1), np.uint8, 4)
    assert answer.milliseconds > 0


def test_that_raw_and_averaged_networks_are_told_apart(
    qtbot: QtBot, worker: PreviewWorker, checkpoint: CheckpointSource
) -> None:
    raw = CheckpointSource(checkpoint.folder, ema=False)
    pictures = [drawn(qtbot, worker, request(i, source=s)).images for i, s in enumerate((checkpoint, raw, checkpoint))]
    assert not np.array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


def test_that_the_class_is_asked_for(qtbot: QtBot, worker: PreviewWorker) -> None:
    source = CheckpointSource(class_run().checkpoint_path(2))
    pictures = [drawn(qtbot, worker, request(label, source=source, label=label)).images for label in (1, 2)]
    assert not np.array_equal(pictures[0], pictures[1])


def test_that_two_classes_are_mixed(qtbot: QtBot, worker: PreviewWorker) -> None:
    source = CheckpointSource(class_run().checkpoint_path(2))
    mixes = (None, (2, 0.0), (2, 0.5), (2, 1.0))
    pictures = [
        drawn(qtbot, worker, request(number, source=source, label=1, mix=mix)).images
        for number, mix in enumerate(mixes, start=1)
    ]
    second = drawn(qtbot, worker, request(9, source=source, label=2)).images
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[3], second)
    for end in (pictures[0], pictures[3]):
        assert not np.array_equal(pictures[2], end)


def test_that_a_damaged_checkpoint_is_a_sentence_and_the_next_one_draws(
    qtbot: QtBot, worker: PreviewWorker, checkpoint: CheckpointSource, tmp_path: Path
) -> None:
    copy = tmp_path / checkpoint.folder.name
    shutil.copytree(checkpoint.folder, copy)
    (copy / "networks.safetensors").write_bytes(b"rubbish")
    answer = drawn(qtbot, worker, request(1, source=CheckpointSource(copy)))
    assert answer.images is None
    assert "damaged" in (answer.error or "")
    assert drawn(qtbot, worker, request(2, source=checkpoint)).error is None


def test_that_a_checkpoint_that_is_gone_is_a_sentence(qtbot: QtBot, worker: PreviewWorker, tmp_path: Path) -> None:
    answer = drawn(qtbot, worker, request(1, source=CheckpointSource(tmp_path / "step-00000009")))
    assert "cannot be read" in (answer.error or "")


def test_that_a_latent_of_another_size_is_a_sentence(
    qtbot: QtBot, worker: PreviewWorker, checkpoint: CheckpointSource
) -> None:
    answer = drawn(qtbot, worker, request(1, source=checkpoint, z=latents(0, 1, LATENT_SIZE + 1)))
    assert answer.error == f"This model has {LATENT_SIZE} coordinates; the latent has {LATENT_SIZE + 1}."


def test_that_a_checkpoint_that_was_written_anew_is_read_anew(
    qtbot: QtBot, worker: PreviewWorker, checkpoint: CheckpointSource, tmp_path: Path
) -> None:
    copy = tmp_path / checkpoint.folder.name
    shutil.copytree(plain_run().checkpoint_path(2), copy)
    first = drawn(qtbot, worker, request(1, source=CheckpointSource(copy)))
    shutil.rmtree(copy)
    shutil.copytree(checkpoint.folder, copy)
    second = drawn(qtbot, worker, request(2, source=CheckpointSource(copy)))
    assert (first.step, second.step) == (2, 4)
    assert not np.array_equal(first.images, second.images)


def test_that_a_run_that_trains_draws_once_it_has_published(qtbot: QtBot, worker: PreviewWorker) -> None:
    from ganstudio.latent.model import build_game
    from ganstudio.training.preview import Preview

    config, shape = plain_config(), DataShape(28, 1, 10)
    live = LiveRun(path=Path("run"), config=config, preview=Preview(), control=Control(), shape=shape)
    waiting = drawn(qtbot, worker, request(1, source=live))
    assert (waiting.images, waiting.error) == (None, None)

    game = build_game(config, shape)
    networks = {name: game.networks[name] for name in game.ema}
    live.preview.publish(networks, 5)
    first = drawn(qtbot, worker, request(2, source=live))
    assert (first.step, first.images.shape) == (5, (1, 28, 28, 1))
    for parameter in networks["generator"].parameters():
        parameter.data.zero_()
    live.preview.publish(networks, 6)
    second = drawn(qtbot, worker, request(3, source=live))
    assert second.step == 6
    assert not np.array_equal(first.images, second.images)


def test_that_the_preview_takes_one_thread_and_leaves_the_others_theirs(
    qtbot: QtBot, worker: PreviewWorker, checkpoint: CheckpointSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from ganstudio.latent.model import LatentModel

    counts: list[int] = []
    draw = LatentModel.draw

    def counting(self: LatentModel, *arguments: object) -> object:
        counts.append(torch.get_num_threads())
        return draw(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(LatentModel, "draw", counting)
    mine = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        drawn(qtbot, worker, request(1, source=checkpoint))
        assert counts == [1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(mine)


def test_that_explore_is_imported_without_torch() -> None:
    code = (
        "import sys; import ganstudio.desktop.explore.workspace, ganstudio.desktop.explore.latency; "
        "assert 'torch' not in sys.modules and 'pyqtgraph' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
