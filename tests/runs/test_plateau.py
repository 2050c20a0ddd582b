"""Rates and ends on a plateau, against a sequence of measures whose plateaus were found by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.config import RunConfig
from ganstudio.health.stalling import Stall, stall
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.plateau import RATES, PlateauFollower
from ganstudio.training.control import Control
from ganstudio.training.events import (
    Evaluated,
    Event,
    Measure,
    RunFinished,
    RunForked,
    RunResumed,
    RunStarted,
    SettingChanged,
    Warned,
)
from tests.helpers import of, tiny

FIDS = (100.0, 80.0, 79.0, 78.9, 60.0, 59.5, 61.0, 40.0, 39.9, 41.0, 39.5)
"""One each 10 steps. Two in a row without a gain of 2 % over the best before them: 78.9 (of 80) and 61 (of 60), 41 and
39.5 (of 40)."""
PLATEAU = {"optimizer__schedule__plateau": 2, "evaluation__every": 10}


def evaluated(step: int, value: float, name: str = "fid", n: int = 100, deviation: float | None = None) -> Evaluated:
    return Evaluated(step=step, time=1.0, extractor="E", measures={name: Measure(value, deviation, n)}, chosen=name)


class Follows:
    """A follower, and a trainer that applies what it asks for at the step after the evaluation's."""

    def __init__(self, config: RunConfig, before: tuple[Event, ...] = ()) -> None:
        self.control, self.config = Control(), config
        self.told: list[Event] = list(before)
        self.follower = PlateauFollower(config, self.control, lambda _: self.config, before)

    def tell(self, event: Event) -> list[tuple[int, str, float]]:
        """Emit an event; the changes that come of it."""
        self.told.append(event)
        self.follower(event)
        return self.apply(event.step)

    def apply(self, step: int) -> list[tuple[int, str, float]]:
        made = []
        for path, value in self.control.take_orders().changes:
            changed = SettingChanged(step=step + 1, time=1.0, path=path, old=self.config.value(path), new=value)
            self.config = self.config.with_values({path: value})
            made.append((changed.step, path, value))
            self.told.append(changed)
            self.follower(changed)
        return made


def reductions(follows: Follows, values: tuple[float, ...], begin: int = 0) -> list[int]:
    """Steps of the evaluations after which the rates fell."""
    found = []
    for index, value in enumerate(values):
        step = begin + 10 * (index + 1)
        if follows.tell(evaluated(step, value)):
            found.append(step)
    return found


def test_that_both_rates_are_multiplied_by_the_factor_on_each_plateau() -> None:
    config = tiny("vanilla", optimizer__generator__learning_rate=1e-3, optimizer__discriminator__learning_rate=4e-3,
                  optimizer__schedule__factor=0.25, **PLATEAU)  # fmt: skip
    follows = Follows(config)
    assert reductions(follows, FIDS) == [40, 70, 100]
    assert [event.new for event in follows.told if isinstance(event, SettingChanged)] == pytest.approx(
        [1e-3 / 4, 1e-3, 1e-3 / 16, 1e-3 / 4, 1e-3 / 64, 1e-3 / 16]
    )


def test_that_a_reduction_gives_the_measure_time_and_older_networks_do_not_count() -> None:
    follows = Follows(tiny("vanilla", **PLATEAU))
    assert reductions(follows, (50.0, 50.0, 50.0)) == [30]
    late = Evaluated(step=30, time=2.0, extractor="E", measures={"fid": Measure(50.0, None, 100)})
    assert not follows.tell(late), "made of networks before the reduction"
    assert not follows.tell(evaluated(40, 50.0))
    assert follows.tell(evaluated(50, 50.0))


def test_that_rates_fall_no_further_than_they_may() -> None:
    follows = Follows(tiny("vanilla", optimizer__generator__learning_rate=1.5e-7,
                           optimizer__discriminator__learning_rate=1e-7, **PLATEAU))  # fmt: skip
    reductions(follows, (50.0,) * 9)
    assert [(e.path, e.new) for e in follows.told if isinstance(e, SettingChanged)] == [(RATES[0], 1e-7)]


def test_that_a_resumed_run_goes_on_as_if_it_had_not_been_broken_off() -> None:
    whole, parts = Follows(tiny("vanilla", **PLATEAU)), Follows(tiny("vanilla", **PLATEAU))
    reductions(whole, FIDS)
    reductions(parts, FIDS[:6])
    resumed = Follows(parts.config, tuple(parts.told))
    assert not resumed.tell(RunResumed(step=65, time=1.0, from_step=65))
    assert reductions(resumed, FIDS[6:], 60) == [70, 100]
    assert resumed.config == whole.config


def test_that_a_reduction_that_was_lost_with_the_process_is_made_up_for() -> None:
    broken = Follows(tiny("vanilla", **PLATEAU))
    for step, value in ((10, 50.0), (20, 50.0), (30, 50.0)):
        broken.follower(evaluated(step, value))
        broken.told.append(evaluated(step, value))
    resumed = Follows(broken.config, tuple(broken.told))
    assert len(resumed.tell(RunResumed(step=30, time=1.0, from_step=30))) == 2
    assert not resumed.tell(evaluated(40, 50.0))


def test_that_going_back_takes_the_rates_and_the_evaluations_of_then() -> None:
    follows = Follows(tiny("vanilla", **PLATEAU))
    early = follows.config
    assert reductions(follows, (50.0, 50.0, 50.0)) == [30]
    follows.config = early
    assert not follows.tell(RunResumed(step=20, time=1.0, from_step=20))
    assert follows.tell(evaluated(21, 49.9)), "20 and 21 are no better than 10; the reduction after 30 is void"
    assert follows.config.optimizer.generator.learning_rate == early.optimizer.generator.learning_rate / 2


def test_that_a_fork_gives_both_rules_time() -> None:
    history = tuple(evaluated(step, 50.0) for step in (10, 20, 30, 40))
    forked = RunForked(step=40, time=1.0, parent="parent")
    follows = Follows(tiny("vanilla", training__stop__plateau=2, **PLATEAU), (*history, forked))
    assert not follows.tell(RunResumed(step=40, time=1.0, from_step=40))
    assert not follows.control.finished
    assert not follows.tell(evaluated(50, 50.0))
    assert follows.tell(evaluated(60, 50.0))
    assert follows.control.finished


def test_that_a_run_ends_on_a_plateau_and_says_why() -> None:
    follows = Follows(tiny("vanilla", training__stop__plateau=3, evaluation__every=10))
    ended = []
    for index, value in enumerate(FIDS):
        follows.tell(evaluated(10 * index, value))
        ended.append(bool(follows.control.finished))
    assert ended == [False] * 10 + [True]
    assert follows.control.finished == (
        "Ended on a plateau, as asked: FID was 40 at step 70, and the best of the 3 evaluations since is 39.5."
    )


def test_that_points_are_followed_by_their_discrepancy() -> None:
    follows = Follows(tiny("vanilla", dataset__name="25-gaussians", **PLATEAU))
    follows.tell(RunStarted(subject="points"))
    assert not any(follows.tell(evaluated(step, 0.5, "mmd2")) for step in (10, 20))
    assert follows.tell(evaluated(30, 0.5, "mmd2"))


@pytest.mark.parametrize(
    ("name", "values", "deviation", "expected"),
    [
        ("fid", (50.0, 49.5, 49.1), None, Stall("fid", 0, 50.0, 49.1)),
        ("fid", (50.0, 49.5, 48.9), None, None),
        ("kid", (0.5, 0.45, 0.44), 0.1, Stall("kid", 0, 0.5, 0.44)),
        ("recall", (0.5, 0.505, 0.4), None, Stall("recall", 0, 0.5, 0.505)),
        ("recall", (0.5, 0.52, 0.4), None, None),
        ("fid", (50.0, 50.0), None, None),
    ],
)
def test_that_a_gain_of_two_per_cent_or_of_the_deviation_is_no_plateau(
    name: str, values: tuple[float, ...], deviation: float | None, expected: Stall | None
) -> None:
    events = [evaluated(step, value, name, deviation=deviation) for step, value in enumerate(values)]
    assert stall(events, name, 2) == expected


def test_that_only_evaluations_that_are_alike_are_compared() -> None:
    few = [evaluated(step, 90.0, n=50) for step in range(5)]
    assert stall([*few, evaluated(5, 50.0), evaluated(6, 50.0)], "fid", 2) is None
    assert stall([*few, *(evaluated(step, 50.0) for step in (5, 6, 7))], "fid", 2) == Stall("fid", 5, 50.0, 50.0)


def test_that_a_real_run_is_slowed_and_ended_and_its_journal_says_so(tmp_path: Path) -> None:
    slow = {f"optimizer__{player}__learning_rate": 1e-6 for player in ("generator", "discriminator")}
    config = tiny("vanilla", dataset__name="25-gaussians", training__steps=100_000, training__stop__plateau=6,
                  training__log_every=100, training__sample_every=100_000, training__checkpoint_every=100_000,
                  evaluation__every=20, evaluation__count=50, evaluation__best="none", evaluation__share=1.0,
                  optimizer__schedule__plateau=2, **slow)  # fmt: skip
    train(config, tmp_path / "run", lambda _: None, Control())
    run = RunFolder.open(tmp_path / "run")
    events = run.events()
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert (end.reason, end.error) == ("completed", None)
    assert end.step < 100_000
    assert [event.message for event in of(Warned, events) if event.message.startswith("Ended on a plateau")]
    changes = of(SettingChanged, events)
    assert [(change.path, change.new) for change in changes[:2]] == [(path, 5e-7) for path in RATES]
    last = {change.path: change.new for change in changes}
    assert {path: run.live_config().value(path) for path in RATES} == last
    assert run.config.value(RATES[0]) == 1e-6, "what the run was begun with stays on record"
