"""The trainer's side of its contract: what it says, what it obeys, and how it ends."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ganstudio.config import RunConfig
from ganstudio.data.batches import Batches
from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, Cursor
from ganstudio.losses import adversarial
from ganstudio.runs import execute
from ganstudio.runs.folder import RunFolder, cut_grid
from ganstudio.training import checkpoint
from ganstudio.training import trainer as trainer_module
from ganstudio.training.control import Control
from ganstudio.training.events import (
    CheckpointSaved,
    Event,
    Paused,
    Preparing,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
    Samples,
    SettingChanged,
    Warned,
    from_json,
    to_json,
)
from ganstudio.training.preview import Preview
from ganstudio.training.trainer import Trainer
from ganstudio.variants import VARIANTS
from tests.helpers import LATENT_NAMES, VARIANT_NAMES, assembled, fill, of, run, tiny, train


class Session:
    """A run in a thread of its own, watched from outside like the window does."""

    def __init__(self, config: RunConfig, control: Control | None = None, **options: Any) -> None:
        self.control, self.events = control or Control(), list[Event]()
        self._changed = threading.Condition()
        self.trainer = Trainer(config, **options)
        self._thread = threading.Thread(target=self.trainer.run, args=(self._take, self.control))
        self._thread.start()

    def _take(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(self, kind: type[Any], when: Callable[[Any], bool] = lambda event: True, after: int = 0) -> int:
        """Wait for an event beyond the first `after`; the number of events up to it."""

        def found() -> int | None:
            numbers = range(after, len(self.events))
            return next((i + 1 for i in numbers if isinstance(self.events[i], kind) and when(self.events[i])), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, timeout=60), f"no {kind.__name__}"
            number = found()
            assert number is not None
            return number

    def finish(self) -> RunFinished:
        self._thread.join(60)
        assert not self._thread.is_alive()
        last = self.events[-1]
        assert isinstance(last, RunFinished)
        return last


ENDLESS = tiny("vanilla", training__steps=1_000_000)


# -- what it says ------------------------------------------------------------------------------------------------------


def test_that_a_run_tells_its_story_in_order() -> None:
    events = train(tiny("vanilla", training__steps=4, training__sample_every=2, training__log_every=2))
    told = [(event.event, event.step) for event in events if not isinstance(event, Preparing)]
    assert told == [
        ("run_started", 0),
        ("samples", 0),
        ("progress", 2),
        ("samples", 2),
        ("progress", 4),
        ("samples", 4),
        ("run_finished", 4),
    ]
    assert isinstance(events[0], Preparing)
    assert [event.time for event in events] == sorted(event.time for event in events)


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_progress_carries_what_the_plots_need(variant: str) -> None:
    config = tiny(variant, training__steps=2, **({"variant__pretraining": 0} if variant == "srgan" else {}))
    events = train(config)
    for event in of(Progress, events):
        assert {
            "loss/discriminator",
            "loss/generator",
            "grad_norm/discriminator",
            "grad_norm/generator",
            "logit/real",
            "logit/fake",
            "learning_rate/discriminator",
            "learning_rate/generator",
        } <= set(event.scalars)
        assert all(math.isfinite(value) for value in event.scalars.values())
        assert event.images_per_second > 0
        assert set(event.histograms) == {"logit/real", "logit/fake"}
        real, fake = event.histograms["logit/real"], event.histograms["logit/fake"]
        assert (real.low, real.high) == (fake.low, fake.high), "laid over each other"
        scores = 4 * config.training.discriminator_steps
        assert sum(real.counts) == sum(fake.counts)
        assert sum(real.counts) == scores or variant == "cyclegan", "a score of each patch there"
    assert of(Progress, events)[-1].images == 2 * 4 * tiny(variant).training.discriminator_steps


def test_that_logged_means_are_means_since_the_last_point() -> None:
    every = [event.scalars for event in of(Progress, train(tiny("vanilla", training__steps=6)))]
    third = [event.scalars for event in of(Progress, train(tiny("vanilla", training__steps=6, training__log_every=3)))]
    for point, group in zip(third, (every[:3], every[3:]), strict=True):
        for name in ("loss/generator", "grad_norm/discriminator", "logit/real"):
            assert point[name] == pytest.approx(sum(scalars[name] for scalars in group) / 3, rel=1e-5)


def test_that_the_gradient_norm_is_over_all_of_a_players_weights() -> None:
    trainer = assembled(tiny("dcgan"))
    phase = trainer._game.phase(trainer._cursor, trainer.setting)
    trainer._play(phase, DISCRIMINATOR, 0)
    gradients = [p.grad.double() for p in trainer._game.networks[DISCRIMINATOR].parameters() if p.grad is not None]
    expected = math.sqrt(sum(gradient.square().sum().item() for gradient in gradients))
    assert trainer._meters.read()[0]["grad_norm/discriminator"] == pytest.approx(expected, rel=1e-5)


def test_that_samples_come_as_pixels_of_the_average_and_of_the_generator() -> None:
    config = tiny(
        "dcgan", training__steps=3, training__samples=6, techniques__ema__half_life=1e6, techniques__ema__ramp=1.0
    )
    first, last = of(Samples, train(config))[0], of(Samples, train(config))[-1]
    for pixels in (first.ema, first.raw, last.ema, last.raw):
        assert pixels is not None
        assert (pixels.shape, pixels.dtype) == ((6, 28, 28, 1), np.uint8)
    assert np.array_equal(first.ema, first.raw), "nothing is averaged yet"
    assert not np.array_equal(last.ema, last.raw)


def test_that_a_larger_grid_begins_with_the_same_samples() -> None:
    grids = [of(Samples, train(tiny("vanilla", training__steps=1, training__samples=n)))[-1].ema for n in (4, 9)]
    assert np.array_equal(grids[0], grids[1][:4])


def test_that_drawing_samples_leaves_batch_norm_as_it_was() -> None:
    trainer = assembled(tiny("dcgan"))
    trainer.round()
    before = {name: value.clone() for name, value in trainer._game.networks[GENERATOR].named_buffers()}
    trainer._draw(ema=False)
    after = dict(trainer._game.networks[GENERATOR].named_buffers())
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert trainer._game.networks[GENERATOR].training


def test_that_the_rates_follow_their_schedule_in_images_whatever_the_runs_length() -> None:
    """80 images are 20 steps of 4: a cosine from 1 through .6 at half way to .2, and .2 ever after."""
    schedule = {
        "optimizer__schedule__name": "cosine",
        "optimizer__schedule__length": 80,
        "optimizer__schedule__final": 0.2,
    }
    rates: dict[int, list[float]] = {}
    for steps in (20, 25):
        events = train(tiny("vanilla", training__steps=steps, optimizer__generator__learning_rate=0.01, **schedule))
        rates[steps] = [event.scalars["learning_rate/generator"] for event in of(Progress, events)]
    assert rates[25][:20] == rates[20]
    assert rates[25][9] == pytest.approx(0.006)
    assert rates[25][4] == pytest.approx(0.01 * (0.2 + 0.8 * (1 + math.cos(math.pi / 4)) / 2))
    assert rates[25][19:] == pytest.approx([0.002] * 6)


def test_that_linear_and_constant_rates_are_what_they_say() -> None:
    for name, half_way in (("linear", 0.0055), ("constant", 0.01)):
        config = tiny(
            "vanilla",
            training__steps=2,
            optimizer__generator__learning_rate=0.01,
            optimizer__schedule__name=name,
            optimizer__schedule__length=16,
        )
        assert of(Progress, train(config))[-1].scalars["learning_rate/generator"] == pytest.approx(half_way)


# -- the journal -------------------------------------------------------------------------------------------------------


def recorded(config: RunConfig, out: Path) -> list[dict[str, Any]]:
    """The journal of a run, line by line, as another program reads it."""

    def no_constant(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    execute.train(config, out, lambda event: None, Control())
    lines = (out / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line, parse_constant=no_constant) for line in lines]


def test_that_the_journal_keeps_its_contract(tmp_path: Path) -> None:
    lines = recorded(
        tiny("dcgan", training__steps=4, training__checkpoint_every=2, training__sample_every=2), tmp_path / "run"
    )
    assert all({"event", "step", "time"} <= set(line) for line in lines)
    assert all(isinstance(line["step"], int) and isinstance(line["time"], float) for line in lines)
    assert [line["event"] for line in lines].count("progress") == 4
    assert {line["event"] for line in lines} == {"run_started", "progress", "samples", "checkpoint", "run_finished"}
    for line in lines:
        if line["event"] == "progress":
            assert {"images", "images_per_second", "scalars"} <= set(line)
            assert {"loss/discriminator", "loss/generator", "logit/real", "logit/fake"} <= set(line["scalars"])
    assert lines[0]["event"] == "run_started"
    assert lines[-1] == {
        "event": "run_finished", "step": 4, "time": lines[-1]["time"], "reason": "completed", "error": None,
    }  # fmt: skip


def test_that_a_number_that_is_not_finite_is_null_in_the_journal() -> None:
    scalars = {"loss/generator": math.nan, "loss/discriminator": math.inf}
    line = to_json(Progress(step=1, time=0.5, images=4, images_per_second=math.inf, scalars=scalars))
    assert json.loads(json.dumps(line, allow_nan=False))["scalars"] == dict.fromkeys(scalars)
    assert line["images_per_second"] is None
    back = from_json(line)
    assert isinstance(back, Progress)
    assert math.isnan(back.scalars["loss/generator"])


def test_that_sample_grids_lie_in_the_run_folder_as_pictures(tmp_path: Path) -> None:
    events: list[Event] = []
    config = tiny("dcgan", training__steps=2, training__sample_every=2, training__samples=5)
    execute.train(config, tmp_path / "run", events.append, Control())
    for kind, folder in (("ema", "samples"), ("raw", "samples/raw")):
        file = tmp_path / "run" / folder / "step-00000002.png"
        with Image.open(file) as image:
            pixels = np.asarray(image)[..., None]
        assert np.array_equal(cut_grid(pixels, 5, 28), getattr(of(Samples, events)[-1], kind))


def test_that_what_came_after_the_checkpoint_no_longer_counts_once_the_run_is_resumed(tmp_path: Path) -> None:
    config = tiny("vanilla", training__steps=6, training__checkpoint_every=3)
    execute.train(config, tmp_path / "run", lambda event: None, Control())
    checkpoint_6 = tmp_path / "run" / "checkpoints" / "step-00000006"
    (checkpoint_6 / "state.safetensors").write_bytes(b"")
    execute.resume(RunFolder.open(tmp_path / "run"), lambda event: None, Control(), steps=5)
    events = RunFolder.open(tmp_path / "run").events()
    assert [event.step for event in of(Progress, events)] == [1, 2, 3, 4, 5]
    assert [event.from_step for event in of(RunResumed, events)] == [3]
    assert [event.reason for event in of(RunFinished, events)] == ["completed"]


def test_that_a_run_that_died_before_its_first_checkpoint_starts_anew(tmp_path: Path) -> None:
    out = tmp_path / "run"
    execute.train(tiny("vanilla", training__steps=2), out, lambda event: None, Control())
    for folder in (out / "checkpoints").iterdir():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    events: list[Event] = []
    execute.resume(RunFolder.open(out), events.append, Control())
    assert of(RunStarted, events)
    assert (events[-1].step, events[-1].error) == (2, None)  # type: ignore[union-attr]


# -- what it obeys -----------------------------------------------------------------------------------------------------


def test_that_a_run_pauses_steps_and_goes_on_at_a_word_from_another_thread() -> None:
    session = Session(ENDLESS)
    session.wait(Progress, lambda event: event.step >= 2)
    session.control.pause()
    seen = session.wait(Paused, lambda event: event.paused)
    step = session.events[-1].step
    for _ in range(2):  # D's play, then G's, which ends the round
        session.control.step()
        seen = session.wait(Samples, after=seen)
        seen = session.wait(Paused, lambda event: event.paused, after=seen)
    assert session.events[-1].step in {step, step + 1}, "two plays, and it waits again"
    session.control.resume()
    seen = session.wait(Paused, lambda event: not event.paused, after=seen)
    session.wait(Progress, lambda event: event.step > step + 2, after=seen)
    session.control.stop()
    assert session.finish().reason == "stopped"


def test_that_single_steps_go_play_by_play_and_show_what_each_has_done() -> None:
    control = Control()
    control.pause()
    control.step(count=3)
    session = Session(ENDLESS, control=control)
    session.wait(Paused, lambda event: event.paused)
    seen = of(Progress, session.events)
    assert [event.step for event in seen] == [1], "plots are brought up to date after the last of them"
    assert session.trainer._cursor == Cursor(step=1, play=1, images=4)
    control.stop()
    assert session.finish().reason == "stopped"


@pytest.mark.parametrize("player", [DISCRIMINATOR, GENERATOR])
def test_that_a_step_of_one_player_moves_that_player_alone(player: str) -> None:
    control = Control()
    control.pause()
    session = Session(ENDLESS, control=control)
    seen = session.wait(Paused, lambda event: event.paused)
    networks = session.trainer._game.networks
    before = {
        name: {key: value.clone() for key, value in network.state_dict().items()} for name, network in networks.items()
    }
    control.step(player, count=5)
    session.wait(Paused, lambda event: event.paused and event.step == 5, after=seen)
    for name, network in networks.items():
        moved = any(not torch.equal(before[name][key], value) for key, value in network.state_dict().items())
        assert moved == (name == player)
    images = 20 if player == DISCRIMINATOR else 0
    assert session.trainer._cursor == Cursor(step=5, images=images), "a step of G alone shows D no image"
    control.stop()
    session.finish()


def test_that_settings_change_between_rounds_only() -> None:
    """A round is played with one set of settings, also when it is played step by step."""
    control = Control()
    control.pause()
    session = Session(ENDLESS, control=control)
    seen = session.wait(Paused, lambda event: event.paused)
    control.step()
    seen = session.wait(Paused, lambda event: event.paused, after=seen)
    control.change("training.discriminator_steps", 3)
    control.step()
    seen = session.wait(SettingChanged, lambda event: event.step == 2, after=seen)
    control.stop()
    session.finish()


def test_that_a_paused_run_stops_saves_samples_and_changes_at_once(tmp_path: Path) -> None:
    session = Session(ENDLESS, checkpoints=tmp_path, preview=(preview := Preview()))
    session.control.pause()
    seen = session.wait(Paused, lambda event: event.paused)
    session.control.checkpoint_now()
    seen = session.wait(CheckpointSaved, after=seen)
    assert isinstance(session.events[seen - 2], Samples)
    session.control.change("training.discriminator_steps", 2)
    session.wait(SettingChanged, lambda event: event.new == 2, after=seen)
    session.control.snapshot()
    session.control.stop()
    assert session.finish().reason == "stopped"
    assert preview.step == session.events[-1].step


def test_that_resuming_forgets_single_steps_that_were_still_owed() -> None:
    control = Control()
    for _ in range(3):
        control.step()
    control.resume()
    control.pause()
    assert not control.next_move(round_begins=True).goes, "else the next pause would play on for as many rounds"


def test_that_a_stopped_run_leaves_a_checkpoint(tmp_path: Path) -> None:
    session = Session(ENDLESS, checkpoints=tmp_path)
    session.wait(Progress)
    session.control.stop()
    finished = session.finish()
    assert checkpoint.read_manifest(tmp_path / f"step-{finished.step:08d}").cursor.step == finished.step


def test_that_a_stop_before_the_first_step_is_a_stop(tmp_path: Path) -> None:
    control = Control()
    control.stop()
    events = run(Trainer(ENDLESS, checkpoints=tmp_path), control)
    assert (events[-1].reason, events[-1].step, events[-1].error) == ("stopped", 0, None)  # type: ignore[union-attr]


def test_that_a_stop_while_data_are_prepared_is_a_stop_and_no_failure(tmp_path: Path) -> None:
    control = Control()
    control.stop()
    pictures = fill(tmp_path / "pictures", 8)
    events = run(Trainer(tiny("vanilla", dataset__name=str(pictures))), control)
    assert (events[-1].reason, events[-1].error) == ("stopped", None)  # type: ignore[union-attr]
    assert not of(RunStarted, events)


def test_that_a_live_change_takes_effect_at_the_next_step_and_is_told(tmp_path: Path) -> None:
    control = Control()
    events: list[Event] = []

    def watch(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress) and event.step == 2:
            control.change("optimizer.discriminator.learning_rate", 0.05)

    Trainer(tiny("vanilla", training__steps=4)).run(watch, control)
    (changed,) = of(SettingChanged, events)
    assert (changed.step, changed.path) == (3, "optimizer.discriminator.learning_rate")
    assert (changed.old, changed.new) == (2e-4, 0.05)
    rates = [event.scalars["learning_rate/discriminator"] for event in of(Progress, events)]
    assert rates == [2e-4, 2e-4, 0.05, 0.05]


def test_that_a_change_reaches_the_optimiser() -> None:
    trainer = assembled(tiny("vanilla"))
    trainer._change("optimizer.generator.learning_rate", 0.03)
    trainer._change("optimizer.generator.beta1", 0.25)
    trainer.round()
    group = trainer._optimizers[GENERATOR].param_groups[0]
    assert (group["lr"], group["betas"]) == (0.03, (0.25, 0.999))


def test_that_a_longer_run_asked_for_in_the_last_round_is_given() -> None:
    control = Control()
    events: list[Event] = []

    def watch(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress) and event.step == 3:
            control.change("training.steps", 5)

    Trainer(tiny("vanilla", training__steps=3)).run(watch, control)
    assert (events[-1].step, events[-1].event) == (5, "run_finished")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("training.batch_size", 8, "cannot change during a run"),
        ("seed", 1, "cannot change during a run"),
        ("variant.name", "dcgan", "cannot change during a run"),
        ("optimizer.generator.learning_rate", -1.0, "must lie between"),
        ("optimizer.generator.learning_rate", "fast", "finite number"),
        ("optimizer.generator.learning_rate", math.nan, "finite number"),
        ("training.discriminator_steps", 0, "must lie between"),
        ("training.discriminator_steps", 1.5, "whole number"),
        ("optimizer.generator.learning_rat", 1.0, "did you mean 'optimizer.generator.learning_rate'"),
    ],
)
def test_that_a_change_that_cannot_be_is_refused_with_a_sentence(path: str, value: Any, words: str) -> None:
    control = Control()
    with pytest.raises(UserError, match=words) as caught:
        control.change(path, value)
    assert caught.value.path == path
    assert control.take_orders().changes == ()


def test_that_a_change_that_the_variant_refuses_is_told_and_training_goes_on() -> None:
    control = Control()
    control.change("techniques.real_label", 0.9)
    events = train(tiny("wgan-gp", training__steps=1), control=control)
    (warning,) = of(Warned, events)
    assert warning.message.startswith("Not changed: Label smoothing needs a cross-entropy loss")
    assert not of(SettingChanged, events)


def test_that_of_a_flood_of_changes_the_last_of_each_setting_counts() -> None:
    session = Session(ENDLESS)
    session.control.pause()
    seen = session.wait(Paused, lambda event: event.paused)
    writers = [
        threading.Thread(target=lambda path=path: [session.control.change(path, 1e-4 + i * 1e-6) for i in range(300)])
        for path in ("optimizer.generator.learning_rate", "optimizer.discriminator.learning_rate")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    session.control.resume()
    session.wait(Progress, after=seen)
    session.control.stop()
    session.finish()
    progress = of(Progress, session.events)[-1]
    last = pytest.approx(1e-4 + 299 * 1e-6)
    assert progress.scalars["learning_rate/generator"] == last
    assert progress.scalars["learning_rate/discriminator"] == last


def test_that_changes_nobody_has_taken_yet_do_not_pile_up() -> None:
    control = Control()
    for i in range(1000):
        control.change("optimizer.generator.learning_rate", 1e-4 + i * 1e-8)
    control.change("training.discriminator_steps", 3)
    assert control.take_orders().changes == (
        ("optimizer.generator.learning_rate", pytest.approx(1e-4 + 999e-8)),
        ("training.discriminator_steps", 3),
    )


def test_that_time_in_a_pause_is_not_training_time() -> None:
    session = Session(ENDLESS)
    session.wait(Progress)
    session.control.pause()
    seen = session.wait(Paused, lambda event: event.paused)
    time.sleep(0.5)
    before = session.events[seen - 1].time
    session.control.step()
    session.wait(Progress, after=seen)
    session.control.stop()
    assert session.finish().time < before + 0.4


def test_that_a_preview_is_a_copy_that_training_does_not_touch() -> None:
    trainer, preview = assembled(tiny("dcgan")), Preview()
    trainer._preview = preview
    trainer.round()
    trainer._publish()
    with preview.read() as newest:
        assert newest is not None
        networks, step = newest
        before = [p.clone() for p in networks[GENERATOR].parameters()]
        for _ in range(3):
            trainer.round()
            trainer._publish()
        assert step == 1
        assert all(torch.equal(a, b) for a, b in zip(before, networks[GENERATOR].parameters(), strict=True))
    trainer._publish()
    assert preview.step == 4


# -- how it ends -------------------------------------------------------------------------------------------------------


def failing(message: str, kind: type[Exception] = RuntimeError) -> Callable[..., Tensor]:
    def fail(*args: Any, **kwargs: Any) -> Tensor:
        raise kind(message)

    return fail


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (RuntimeError("a bug"), "RuntimeError: a bug"),
        (UserError("Do this instead."), "Do this instead."),
        (torch.OutOfMemoryError("CUDA out of memory"), "out of memory; use a smaller batch"),
        (MemoryError(), "out of memory; use a smaller batch"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), "out of memory"),
        (OSError(28, "No space left on device"), "cannot be written: No space left on device"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_that_the_end_is_told_whatever_goes_wrong_in_a_term(
    problem: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Tensor:
        raise problem

    monkeypatch.setattr(adversarial.CrossEntropy, "generator", fail)
    events = run(Trainer(tiny("vanilla", training__steps=3)))
    last = events[-1]
    assert isinstance(last, RunFinished)
    assert last.reason == "failed"
    assert last.error is not None
    assert sentence in last.error
    assert len(of(RunFinished, events)) == 1


def test_that_memory_that_is_really_not_there_ends_in_a_sentence() -> None:
    config = tiny("vanilla", variant__generator_width=1024, variant__latent_size=8, training__steps=1)

    def greedy(*args: Any) -> Any:
        return torch.empty(2**60)

    trainer = Trainer(config)
    trainer.assemble = greedy  # type: ignore[method-assign]
    assert "out of memory" in (run(trainer)[-1].error or "")  # type: ignore[union-attr]


def test_that_the_end_is_told_when_the_data_is_missing(tmp_path: Path) -> None:
    events = run(Trainer(tiny("vanilla", dataset__name=str(tmp_path / "nowhere"))))
    assert events[-1].error == f"The folder {tmp_path / 'nowhere'} does not exist."  # type: ignore[union-attr]


def test_that_the_end_is_told_when_a_watcher_fails() -> None:
    events: list[Event] = []

    def watch(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress):
            raise ValueError("cannot draw this")

    Trainer(tiny("vanilla", training__steps=3)).run(watch, Control())
    assert isinstance(events[-1], RunFinished)
    assert events[-1].error == "ValueError: cannot draw this"


def test_that_an_interrupt_is_passed_on_and_told() -> None:
    events: list[Event] = []

    def watch(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Trainer(tiny("vanilla", training__steps=3)).run(watch, Control())
    assert isinstance(events[-1], RunFinished)
    assert (events[-1].reason, events[-1].error) == ("failed", "The run was interrupted.")


def test_that_a_failure_before_the_trainer_is_made_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganstudio.training.devices.settle", failing("a bug"))
    events: list[Event] = []
    execute.train(tiny("vanilla"), tmp_path / "run", events.append, Control())
    assert [event.error for event in of(RunFinished, events)] == ["RuntimeError: a bug"]


def poison_loss(monkeypatch: pytest.MonkeyPatch, player: str, call: int, value: float) -> None:
    """Make the loss of a player not finite at its `call`-th play."""
    original = getattr(adversarial.CrossEntropy, player)
    count = 0

    def poisoned(self: Any, real: Tensor, fake: Tensor, **options: Any) -> Tensor:
        nonlocal count
        count += 1
        loss: Tensor = original(self, real, fake, **options)
        return loss * value if count == call else loss

    monkeypatch.setattr(adversarial.CrossEntropy, player, poisoned)


@pytest.mark.parametrize("player", [DISCRIMINATOR, GENERATOR])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_that_a_loss_that_is_not_finite_never_reaches_the_weights(
    player: str, value: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny("dcgan", training__steps=9, training__checkpoint_every=2)
    poison_loss(monkeypatch, player, call=6, value=value)
    trainer = Trainer(config, checkpoints=tmp_path)
    before: dict[str, Tensor] = {}
    original = trainer._play

    def playing(phase: Any, name: str, position: int) -> None:
        if trainer._cursor.step == 5 and name == player:
            parameters = trainer._game.networks[name].named_parameters()
            before.update({key: p.detach().clone() for key, p in parameters})
        original(phase, name, position)

    trainer._play = playing  # type: ignore[method-assign]
    events = run(trainer)
    last = events[-1]
    assert isinstance(last, RunFinished)
    assert last.reason == "failed"
    assert last.error is not None
    assert f"The loss of the {player} is not finite at step 6" in last.error
    assert "learning rate a quarter as large" in last.error
    after = dict(trainer._game.networks[player].named_parameters())
    assert before
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert checkpoint.list_steps(tmp_path) == [2, 4], "the last good checkpoint is kept, and nothing is saved after it"
    checkpoint.read_manifest(tmp_path / "step-00000004")


def test_that_a_gradient_that_is_not_finite_stops_the_run_though_the_loss_is(monkeypatch: pytest.MonkeyPatch) -> None:
    original = adversarial.CrossEntropy.generator

    def steep(self: Any, real: Tensor | None, fake: Tensor) -> Tensor:
        return original(self, real, fake) + (fake.sum() * 0).sqrt()  # 0, with an infinite slope

    monkeypatch.setattr(adversarial.CrossEntropy, "generator", steep)
    events = run(Trainer(tiny("vanilla", training__steps=3)))
    assert "The gradient of the generator is not finite at step 1" in (events[-1].error or "")  # type: ignore[union-attr]


def test_that_a_poisoned_weight_stops_the_run_and_the_last_checkpoint_stays(tmp_path: Path) -> None:
    control = Control()
    trainer = Trainer(tiny("dcgan", training__steps=9, training__checkpoint_every=2), checkpoints=tmp_path)
    events: list[Event] = []

    def watch(event: Event) -> None:
        events.append(event)
        if isinstance(event, Progress) and event.step == 3:
            next(iter(trainer._game.networks[DISCRIMINATOR].parameters())).data.fill_(math.nan)

    trainer.run(watch, control)
    assert "not finite at step 4" in (events[-1].error or "")  # type: ignore[union-attr]
    assert checkpoint.list_steps(tmp_path) == [2]


def test_that_on_an_accelerator_a_bad_step_is_skipped_without_looking_and_told_at_the_next_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There the optimiser itself skips; this plays an accelerator's part on the CPU."""
    poison_loss(monkeypatch, GENERATOR, call=2, value=math.nan)
    trainer = assembled(tiny("vanilla"))
    guard, ensure = trainer._guard, trainer._ensure_finite

    def as_accelerator(method: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            device, trainer._device = trainer._device, SimpleNamespace(type="cuda")  # type: ignore[assignment]
            try:
                method(*args)
            finally:
                trainer._device = device

        return call

    trainer._guard = as_accelerator(guard)  # type: ignore[method-assign]
    trainer._ensure_finite = as_accelerator(ensure)  # type: ignore[method-assign]
    trainer.round()
    before = [p.detach().clone() for p in trainer._game.networks[GENERATOR].parameters()]
    trainer.round()
    trainer.round()
    assert all(torch.equal(a, b) for a, b in zip(before, trainer._game.networks[GENERATOR].parameters(), strict=True))
    with pytest.raises(UserError, match="not finite"):
        trainer._log()


# -- data that is not all there ----------------------------------------------------------------------------------------


def test_that_files_that_cannot_be_read_are_named_and_counted_once_training_begins(tmp_path: Path) -> None:
    pictures = fill(tmp_path / "pictures", 12)
    for i in range(7):
        (pictures / f"broken-{i}.png").write_bytes(b"no picture")
    (warning,) = of(Warned, train(tiny("vanilla", dataset__name=str(pictures), training__steps=1)))
    assert warning.message.startswith("7 files could not be read and were passed over: broken-0.png (not an image)")
    assert warning.message.endswith("and 2 more.")


def test_that_the_loading_thread_ends_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer_module, "Batches", partial(Batches, resident_bytes=0))
    before = threading.active_count()
    session = Session(ENDLESS)
    session.wait(Progress)
    assert any(thread.name.startswith("batches") for thread in threading.enumerate())
    session.control.stop()
    session.finish()
    assert threading.active_count() == before


def test_that_thirty_runs_leave_no_thread() -> None:
    before = set(threading.enumerate())
    for _ in range(30):
        session = Session(ENDLESS.with_values({"training.log_every": 1}))
        session.wait(RunStarted)
        session.control.stop()
        assert session.finish().reason == "stopped"
    assert set(threading.enumerate()) == before


def test_that_a_finished_trainer_is_freed() -> None:
    """The networks of a run must not outlive it: neither in the control nor in a cycle that only a collector finds."""
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        trainer = Trainer(tiny("dcgan", training__steps=1))
        run(trainer)
        network = weakref.ref(trainer._game.networks[GENERATOR])
        del trainer
        assert network() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("variant", LATENT_NAMES)
def test_that_training_lowers_the_discriminators_loss_on_what_it_has_seen(variant: str) -> None:
    """A learner would notice a player whose steps go uphill: D alone, on one batch, gets better at it."""
    trainer = assembled(tiny(variant, optimizer__discriminator__learning_rate=1e-3, techniques__weight_clip=0.0))
    losses = []
    for _ in range(30):
        trainer._play(trainer._game.phase(trainer._cursor, trainer.setting), DISCRIMINATOR, 0)
        losses.append(trainer._meters.read()[0]["loss/discriminator"])
    assert losses[-1] < losses[0]
    assert VARIANTS.get(variant).name == variant
