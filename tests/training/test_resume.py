"""A run that was broken off and resumed ends bit for bit where an unbroken one does."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganstudio.cli import main
from ganstudio.config import RunConfig
from ganstudio.runs import execute
from ganstudio.runs.folder import RunFolder
from ganstudio.training import checkpoint, devices
from ganstudio.training.control import Control
from ganstudio.training.events import CheckpointSaved, Event, Progress, RunFinished, RunResumed, SettingChanged
from ganstudio.training.preview import Preview
from ganstudio.training.trainer import Trainer
from tests.helpers import VARIANT_NAMES, arguments, of, tiny

FILES = ("networks.safetensors", "state.safetensors")
Watch = Callable[[Event, Control], None]


def nothing(event: Event, control: Control) -> None:
    """Only look on."""


def train(config: RunConfig, out: Path, watch: Watch = nothing, preview: Preview | None = None) -> list[Event]:
    """A new run into `out`; `watch` sees each event in the training thread."""
    events: list[Event] = []
    control = Control()
    execute.train(config, out, lambda e: (events.append(e), watch(e, control))[0], control, preview=preview)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error is None
    return events


def resume(out: Path, steps: int, *, changes: dict[str, Any] | None = None) -> list[Event]:
    events: list[Event] = []
    control = Control()
    for path, value in (changes or {}).items():
        control.change(path, value)
    execute.resume(RunFolder.open(out), events.append, control, steps=steps)
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].reason, events[-1].error) == ("completed", None)
    return events


def stop_at(step: int) -> Watch:
    def watch(event: Event, control: Control) -> None:
        if isinstance(event, Progress) and event.step == step:
            control.stop()

    return watch


def state(out: Path, step: int) -> dict[str, bytes]:
    """The bytes of a checkpoint: networks, averages, optimisers."""
    folder = checkpoint.checkpoint_folder(out / "checkpoints", step)
    return {name: (folder / name).read_bytes() for name in FILES}


def assert_same(one: Path, other: Path, step: int) -> None:
    ours, theirs = state(one, step), state(other, step)
    assert {name: ours[name] == theirs[name] for name in FILES} == dict.fromkeys(FILES, True)


CASES = [(name, "float32") for name in VARIANT_NAMES]
CASES += [(name, "bfloat16") for name in ("vanilla", "dcgan", "wgan-gp", "r3gan", "biggan", "cyclegan")]
"""Every variant, and in half precision those that span the shapes of networks and games."""


# -- kill -9 -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def processes() -> BaseContext:
    """Starts processes of their own that have torch loaded already, where the system can."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # torch._dynamo: the first optimiser loads it, which takes longer than all else here.
    context.set_forkserver_preload(
        ["ganstudio.cli", "ganstudio.training.trainer", "ganstudio.terminal", "torch._dynamo"]
    )
    return context


def train_until_killed(processes: BaseContext, config: RunConfig, out: Path) -> int:
    """`ganstudio train` in a process that is killed once it has saved; the step of its newest checkpoint."""
    endless = config.with_values({"training.steps": 1_000_000})
    process = processes.Process(target=main, args=([*arguments(endless), "--out", str(out)],))  # type: ignore[attr-defined]
    process.start()
    try:
        deadline = time.monotonic() + 120
        while not list(out.glob("checkpoints/step-*/manifest.json")):
            assert process.is_alive(), "the process ended by itself"
            assert time.monotonic() < deadline, "no checkpoint"
            time.sleep(0.005)
    finally:
        process.kill()
        process.join()
    assert process.exitcode == -9
    return RunFolder.open(out).checkpoints()[-1]


@pytest.mark.parametrize(("variant", "precision"), CASES)
def test_that_a_run_that_was_killed_resumes_exactly(
    variant: str, precision: str, tmp_path: Path, processes: BaseContext, capfd: pytest.CaptureFixture[str]
) -> None:
    config = tiny(variant, precision=precision, training__checkpoint_every=3)
    saved = train_until_killed(processes, config, tmp_path / "killed")
    steps = saved + 3
    assert main(["train", "--resume", str(tmp_path / "killed"), "--steps", str(steps)]) == 0
    resumed = of(RunResumed, RunFolder.open(tmp_path / "killed").events())
    assert [event.from_step for event in resumed] == [saved]
    train(config.with_values({"training.steps": steps}), tmp_path / "straight")
    assert_same(tmp_path / "killed", tmp_path / "straight", steps)
    assert not list((tmp_path / "killed" / "checkpoints").glob(".*")), "what the killed process was writing is gone"


# -- broken off in other ways ------------------------------------------------------------------------------------------

MANNERS: dict[str, dict[str, Any]] = {
    "sgd with momentum": {"optimizer__generator__name": "sgd", "optimizer__discriminator__name": "sgd"},
    "rmsprop": {"optimizer__generator__name": "rmsprop", "optimizer__discriminator__name": "rmsprop"},
    "mirrored": {"dataset__mirror": True},
    "lazy penalty": {"objective__penalties__r1__every": 4, "objective__penalties__r1__weight": 1.0},
    "scheduled rates": {"optimizer__schedule__name": "cosine", "optimizer__schedule__length": 30},
    "several D steps": {"training__discriminator_steps": 3},
    "two threads": {"threads": 2},
    "few images": {"dataset__limit": 10},
}


@pytest.mark.parametrize("values", MANNERS.values(), ids=MANNERS.keys())
def test_that_a_run_that_was_stopped_resumes_exactly(values: dict[str, Any], tmp_path: Path) -> None:
    config = tiny("vanilla", training__steps=9, **values)
    train(config, tmp_path / "straight")
    train(config, tmp_path / "stopped", stop_at(5))
    assert RunFolder.open(tmp_path / "stopped").checkpoints() == [5]
    resume(tmp_path / "stopped", 9)
    assert_same(tmp_path / "straight", tmp_path / "stopped", 9)


def test_that_a_conditional_run_resumes_exactly(tmp_path: Path) -> None:
    config = tiny("dcgan", variant__conditional=True, training__steps=6, precision="bfloat16")
    train(config, tmp_path / "straight")
    train(config, tmp_path / "stopped", stop_at(2))
    resume(tmp_path / "stopped", 6)
    assert_same(tmp_path / "straight", tmp_path / "stopped", 6)


@contextmanager
def stopping_within_a_round(monkeypatch: pytest.MonkeyPatch, step: int, play: int) -> Iterator[None]:
    """Ask for a stop while a certain play of a certain round is running."""
    original = Trainer._play

    def playing(self: Trainer, *args: Any) -> None:
        original(self, *args)
        if (self._cursor.step, self._cursor.play) == (step, play):
            self._control.stop()

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_play", playing)
        yield


@pytest.mark.parametrize("play", [0, 2, 4])
def test_that_a_round_that_was_stopped_within_is_finished_on_resume(
    play: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny("wgan-gp", training__steps=4)
    train(config, tmp_path / "straight")
    with stopping_within_a_round(monkeypatch, step=2, play=play):
        events = train(config, tmp_path / "stopped")
    assert events[-1].reason == "stopped"
    manifest = checkpoint.read_manifest(tmp_path / "stopped" / "checkpoints" / "step-00000002")
    assert (manifest.cursor.step, manifest.cursor.play) == (2, play + 1)
    resume(tmp_path / "stopped", 4)
    assert_same(tmp_path / "straight", tmp_path / "stopped", 4)


def test_that_a_change_given_with_the_resume_waits_for_the_broken_off_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the round would be counted with fewer images than D has seen, and G would miss its play."""
    with stopping_within_a_round(monkeypatch, step=1, play=3):
        train(tiny("wgan-gp", training__steps=4), tmp_path / "run")
    events = resume(tmp_path / "run", 4, changes={"training.discriminator_steps": 2})
    assert [event.step for event in of(SettingChanged, events)] == [3]
    images = {event.step: event.images for event in of(Progress, events)}
    assert images == {2: 40, 3: 48, 4: 56}


def change_at(step: int, path: str, value: Any, then: Watch = nothing) -> Watch:
    def watch(event: Event, control: Control) -> None:
        if isinstance(event, Progress) and event.step == step:
            control.change(path, value)
        then(event, control)

    return watch


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("optimizer.generator.learning_rate", 0.01),
        ("optimizer.discriminator.beta1", 0.0),
        ("training.discriminator_steps", 2),
        ("objective.penalties.gradient.weight", 5.0),
        ("techniques.ema.half_life", 0.0),
        ("techniques.real_label", 0.9),
    ],
)
def test_that_a_setting_changed_before_a_stop_is_kept_on_resume(path: str, value: Any, tmp_path: Path) -> None:
    config = tiny("vanilla", training__steps=8)
    train(config, tmp_path / "unchanged")
    events = train(config, tmp_path / "straight", change_at(3, path, value))
    assert [(event.step, event.path, event.new) for event in of(SettingChanged, events)] == [(4, path, value)]
    train(config, tmp_path / "stopped", change_at(3, path, value, stop_at(5)))
    resume(tmp_path / "stopped", 8)
    assert_same(tmp_path / "straight", tmp_path / "stopped", 8)
    assert (
        state(tmp_path / "unchanged", 8)["networks.safetensors"]
        != state(tmp_path / "straight", 8)["networks.safetensors"]
    )


def test_that_watching_steering_and_saving_do_not_change_the_result(tmp_path: Path) -> None:
    """Sample grids, logs, checkpoints, previews, pauses and single steps draw no number of training's own."""
    config = tiny("dcgan", training__steps=6)
    train(config.with_values({"training.log_every": 100}), tmp_path / "unwatched")
    timers: list[threading.Timer] = []

    def fuss(event: Event, control: Control) -> None:
        control.snapshot()
        if isinstance(event, Progress) and event.step == 2:
            control.checkpoint_now()
            control.step()
            control.step()
            timers.append(threading.Timer(0.05, control.resume))
            timers[-1].start()

    busy = config.with_values({"training.sample_every": 1, "training.checkpoint_every": 2})
    events = train(busy, tmp_path / "watched", fuss, Preview())
    assert len(of(CheckpointSaved, events)) >= 4
    assert_same(tmp_path / "unwatched", tmp_path / "watched", 6)
    for timer in timers:
        timer.join()


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_a_run_that_is_continued_equals_one_that_was_longer_from_the_start(variant: str, tmp_path: Path) -> None:
    config = tiny(variant, training__steps=2)
    train(config, tmp_path / "continued")
    resume(tmp_path / "continued", 4)
    train(config.with_values({"training.steps": 4}), tmp_path / "longer")
    assert_same(tmp_path / "continued", tmp_path / "longer", 4)


def test_that_a_run_by_time_equals_a_run_by_steps(tmp_path: Path) -> None:
    config = tiny("vanilla")
    events: list[Event] = []
    execute.train(config, tmp_path / "time", events.append, Control(), seconds=0.2)
    steps = events[-1].step
    assert steps > 0
    train(config.with_values({"training.steps": steps}), tmp_path / "steps")
    assert_same(tmp_path / "time", tmp_path / "steps", steps)


# -- seeds -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variant", "precision"), CASES)
def test_that_the_same_seed_gives_the_same_run_and_another_seed_another(
    variant: str, precision: str, tmp_path: Path
) -> None:
    config = tiny(variant, training__steps=3, precision=precision)
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        train(config.with_values({"seed": seed}), tmp_path / name)
    assert_same(tmp_path / "one", tmp_path / "two", 3)
    assert state(tmp_path / "one", 3)["networks.safetensors"] != state(tmp_path / "other", 3)["networks.safetensors"]


def test_that_process_wide_random_generators_neither_matter_nor_move(tmp_path: Path) -> None:
    config = tiny("dcgan", training__steps=2, dataset__mirror=True)
    train(config, tmp_path / "one")
    torch.manual_seed(99)
    torch.rand(7)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002 - the point of the test
    train(config, tmp_path / "two")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert_same(tmp_path / "one", tmp_path / "two", 2)


def test_that_runs_beside_each_other_in_one_process_do_not_disturb_each_other(tmp_path: Path) -> None:
    configs = {"a": tiny("dcgan", training__steps=5), "b": tiny("r3gan", training__steps=5, precision="bfloat16")}
    for name, config in configs.items():
        train(config, tmp_path / name)
    threads = [
        threading.Thread(target=train, args=(config, tmp_path / f"{name}-beside")) for name, config in configs.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in configs:
        assert_same(tmp_path / name, tmp_path / f"{name}-beside", 5)


def test_that_a_resumed_run_keeps_the_precision_and_threads_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "gains_from_bfloat16", lambda device: True)
    monkeypatch.setattr(devices, "default_threads", lambda: 2)
    train(tiny("vanilla", training__steps=2, precision="auto", threads=0), tmp_path / "run")
    recorded = RunFolder.open(tmp_path / "run").config
    assert (recorded.precision, recorded.threads) == ("bfloat16", 2)
    monkeypatch.setattr(devices, "gains_from_bfloat16", lambda device: False)
    monkeypatch.setattr(devices, "default_threads", lambda: 1)
    (resumed,) = of(RunResumed, resume(tmp_path / "run", 4))
    assert (resumed.precision, resumed.threads) == ("bfloat16", 2)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)


def test_that_images_that_changed_since_are_told_on_resume(tmp_path: Path) -> None:
    from tests.helpers import fill

    pictures = fill(tmp_path / "pictures", 20)
    config = tiny("vanilla", dataset__name=str(pictures), training__steps=2)
    train(config, tmp_path / "run")
    assert not [event for event in resume(tmp_path / "run", 3) if event.event == "warning"]
    fill(pictures, 20, seed=5)
    warnings = [event for event in resume(tmp_path / "run", 4) if event.event == "warning"]
    assert len(warnings) == 1
    assert "have changed since the run began" in warnings[0].message
