"""Going back to a checkpoint in a running run is exact, and leaves nothing of what was given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ganstudio.runs import execute
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, Progress, RunResumed, SettingChanged, Warned
from ganstudio.training.trainer import Trainer
from tests.helpers import VARIANT_NAMES, of, tiny

FILES = ("networks.safetensors", "state.safetensors")
EVERY = {"training__checkpoint_every": 2, "training__sample_every": 1}


def train(out: Path, variant: str = "vanilla", watch: Any = None, steps: int = 6, **values: Any) -> list[Event]:
    control, events = Control(), list[Event]()

    def emit(event: Event) -> None:
        events.append(event)
        if watch is not None:
            watch(event, control, events)

    execute.train(tiny(variant, training__steps=steps, **{**EVERY, **values}), out, emit, control)
    return events


def state(out: Path, step: int) -> tuple[bytes, ...]:
    return tuple((RunFolder(out).checkpoint_path(step) / name).read_bytes() for name in FILES)


def back_once(at: int, to: int) -> Any:
    def watch(event: Event, control: Control, events: list[Event]) -> None:
        if isinstance(event, Progress) and event.step == at and not of(RunResumed, events):
            control.roll_back(to)

    return watch


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_a_run_that_went_back_equals_one_that_did_not(variant: str, tmp_path: Path) -> None:
    train(tmp_path / "straight", variant, steps=4)
    events = train(tmp_path / "back", variant, back_once(3, 2), steps=4)
    assert events[-1].error is None
    assert [event.from_step for event in of(RunResumed, events)] == [2]
    assert state(tmp_path / "back", 4) == state(tmp_path / "straight", 4)


def test_that_what_was_given_up_is_gone_and_settings_are_those_of_then(tmp_path: Path) -> None:
    """A change made in the stretch that is given up does not count; a later resume finds none of its checkpoints."""
    rate = "optimizer.generator.learning_rate"

    def watch(event: Event, control: Control, events: list[Event]) -> None:
        if isinstance(event, Progress) and not of(RunResumed, events):
            if event.step == 3:
                control.change(rate, 0.05)
            if event.step == 5:
                control.roll_back(2)
        if isinstance(event, RunResumed):
            control.stop()

    events = train(tmp_path / "run", watch=watch)
    run = RunFolder(tmp_path / "run")
    assert events[-1].reason == "stopped"
    assert run.checkpoints() == [2]
    assert max(run.samples()) == 2
    assert not of(SettingChanged, run.events())
    train(tmp_path / "straight")
    execute.resume(run, events.append, Control())
    assert state(run.path, 6) == state(tmp_path / "straight", 6)


def test_that_a_paused_run_goes_back_at_once(tmp_path: Path) -> None:
    def watch(event: Event, control: Control, events: list[Event]) -> None:
        if isinstance(event, Progress) and event.step == 5 and not of(RunResumed, events):
            control.pause()
            control.roll_back(4)
        if isinstance(event, RunResumed):
            control.resume()

    assert train(tmp_path / "run", watch=watch)[-1].error is None
    train(tmp_path / "straight")
    assert state(tmp_path / "run", 6) == state(tmp_path / "straight", 6)


def test_that_a_checkpoint_that_is_not_there_is_told_and_training_goes_on(tmp_path: Path) -> None:
    done: list[int] = []

    def watch(event: Event, control: Control, events: list[Event]) -> None:
        if isinstance(event, Progress) and event.step == 3 and not done:
            done.append(3)
            control.roll_back(1)

    events = train(tmp_path / "run", watch=watch)
    assert events[-1].error is None
    assert any("Not gone back" in event.message for event in of(Warned, events))
    assert not of(RunResumed, events)


def failing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The loss of the play at step 5 is not a number, so many times."""
    original, left = Trainer._loss, [times]

    def loss(self: Trainer, *args: Any, **kwargs: Any) -> torch.Tensor:
        value = original(self, *args, **kwargs)
        if self._cursor.step == 5 and left[0]:
            left[0] -= 1
            return value * float("nan")
        return value

    monkeypatch.setattr(Trainer, "_loss", loss)


def test_that_a_run_that_diverges_goes_back_by_itself_with_half_the_rates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, 2)
    events = train(tmp_path / "run", health__roll_back=True)
    assert events[-1].error is None
    assert [event.from_step for event in of(RunResumed, events)] == [4, 4]
    first = tiny("vanilla").optimizer.generator.learning_rate
    rates = [event.new for event in of(SettingChanged, events) if event.path == "optimizer.generator.learning_rate"]
    assert rates == [first / 2, first / 4]
    assert len([event for event in of(Warned, events) if "Gone back by itself" in event.message]) == 2


@pytest.mark.parametrize(("roll_back", "times"), [(True, 3), (False, 0)])
def test_that_it_gives_up_after_three_times_and_never_tries_unasked(
    roll_back: bool, times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, 10)
    events = train(tmp_path / "run", health__roll_back=roll_back)
    assert events[-1].reason == "failed"
    assert "not finite" in (events[-1].error or "")
    assert len(of(RunResumed, events)) == times
