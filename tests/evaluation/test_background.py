"""Evaluation beside training: it measures what was trained, changes nothing, and leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from ganstudio.evaluation import extractors
from ganstudio.evaluation.extractors import Extract
from ganstudio.evaluation.measures import MEASURES
from ganstudio.runs.evaluate import evaluate
from ganstudio.runs.execute import resume, train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Evaluated, Event, Paused, Progress, RunFinished, Warned
from tests.helpers import of, tiny


class Averages:
    """A quick extractor: means of 49 patches of the image."""

    name, size, classes, batch, fingerprint = "Averages", 49, 49, 32, "averages/v1"

    def __init__(self, device: Any = None) -> None:
        self.images = 0

    def __call__(self, images: Any) -> Extract:
        self.images += len(images)
        grey = images.astype(np.float32).mean(axis=3) / 255
        patches = grey.reshape(len(images), 7, 4, 7, 4).mean(axis=(2, 4)).reshape(len(images), 49)
        return Extract(patches, np.exp(patches) / np.exp(patches).sum(axis=1, keepdims=True))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Features of a few numbers: what is tested here is when and where they are compared."""
    monkeypatch.setattr(extractors, "MobileNetExtractor", Averages)


def config(**values: Any) -> Any:
    given = {"dataset__limit": 200, "training__steps": 6, "training__checkpoint_every": 100, "evaluation__count": 64}
    return tiny("vanilla", **{**given, "evaluation__share": 1.0, **values})


def trained(
    out: Path, listen: Callable[[Event, Control], None] = lambda event, control: None, **values: Any
) -> list[Event]:
    events: list[Event] = []
    control = Control()

    def emit(event: Event) -> None:
        events.append(event)
        listen(event, control)

    train(config(**values), out, emit, control)
    assert isinstance(events[-1], RunFinished) and events[-1].error is None, events[-1]
    return events


def test_that_evaluations_come_at_their_steps_and_are_those_of_the_checkpoints_kept_there(tmp_path: Path) -> None:
    events = trained(tmp_path / "run", evaluation__every=3)
    found = of(Evaluated, events)
    assert [one.step for one in found][-1] == 6, "the last step is always measured"
    folder = RunFolder(tmp_path / "run")
    assert {3, 6} <= set(folder.checkpoints())
    for one in found:
        again = evaluate(folder.checkpoint_path(one.step), None, 64)
        assert again.measures.keys() == one.measures.keys() == MEASURES.keys()
        for name, measure in one.measures.items():
            assert measure.value == pytest.approx(again.measures[name].value, rel=1e-4, abs=1e-7), name
            assert measure.n == 64
    assert [one.measures for one in of(Evaluated, folder.events())], "the journal keeps them"


def test_that_training_is_the_same_bit_for_bit_with_and_without(tmp_path: Path) -> None:
    trained(tmp_path / "with", evaluation__every=1, evaluation__best="none")
    trained(tmp_path / "without")
    with_, without = (
        load_file(tmp_path / name / "checkpoints" / "step-00000006" / "networks.safetensors")
        for name in ("with", "without")
    )
    assert with_.keys() == without.keys()
    for name, value in with_.items():
        np.testing.assert_array_equal(value, without[name])


def test_that_a_paused_run_is_evaluated_on_demand_and_tells_at_once(tmp_path: Path) -> None:
    asked: list[int] = []

    def listen(event: Event, control: Control) -> None:
        if isinstance(event, Progress) and event.step == 2:
            control.pause()
        if isinstance(event, Paused) and event.paused:
            asked.append(event.step)
            control.evaluate_now()
        if isinstance(event, Evaluated):
            assert control.paused and threading.current_thread() is threading.main_thread()
            control.resume()

    events = trained(tmp_path / "run", listen)
    assert [one.step for one in of(Evaluated, events)] == asked == [2]


def test_that_the_best_step_is_marked_and_a_resumed_run_remembers_it(tmp_path: Path) -> None:
    found = of(Evaluated, trained(tmp_path / "run", evaluation__every=2, training__steps=4))
    values = [one.measures["fid"].value for one in found]
    assert [one.best for one in found] == [value == min(values[: i + 1]) for i, value in enumerate(values)]
    events: list[Event] = []
    resume(RunFolder(tmp_path / "run"), events.append, Control(), steps=6)
    (later,) = of(Evaluated, events)
    assert later.step == 6
    assert later.best == (later.measures["fid"].value < min(values))


def test_that_a_stop_drops_the_evaluation_and_ends_its_thread(tmp_path: Path) -> None:
    def listen(event: Event, control: Control) -> None:
        if isinstance(event, Progress) and event.step == 2:
            control.evaluate_now()
        if isinstance(event, Progress) and event.step == 3:
            control.stop()

    # A share this small would take hours of sleep.
    events = trained(tmp_path / "run", listen, evaluation__share=1e-6, evaluation__count=5000)
    assert not of(Evaluated, events)
    assert "evaluation" not in [thread.name for thread in threading.enumerate()]


def test_that_too_few_images_are_a_warning_and_no_end(tmp_path: Path) -> None:
    events = trained(tmp_path / "run", evaluation__every=6, dataset__limit=5, training__batch_size=2)
    (warning,) = of(Warned, events)
    assert "at least 6 training images; there are 5" in warning.message
    assert events[-1].step == 6


def test_that_what_an_evaluation_costs_training_is_told(tmp_path: Path) -> None:
    """It is held up until enough has been logged beside it."""
    begun, enough = threading.Event(), threading.Event()
    seen = 0

    class Slow(Averages):
        def __call__(self, images: Any) -> Extract:
            begun.set()
            assert enough.wait(30)
            return super().__call__(images)

    def listen(event: Event, control: Control) -> None:
        nonlocal seen
        if isinstance(event, Progress):
            seen += 1
            if seen == 5:
                control.evaluate_now()
            if seen == 7:
                assert begun.wait(30)
            if seen == 11:
                enough.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extractors, "MobileNetExtractor", Slow)
        events = trained(tmp_path / "run", listen, training__steps=14)
    (found,) = of(Evaluated, events)[:1]
    assert found.speed_alone is not None and found.speed_alone > 0
    assert found.speed_beside is not None and found.speed_beside > 0
    kept = of(Evaluated, RunFolder(tmp_path / "run").events())[0]
    speeds = pytest.approx((found.speed_alone, found.speed_beside), rel=1e-3)
    assert (kept.speed_alone, kept.speed_beside) == speeds
