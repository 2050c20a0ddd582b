"""Rates that fall, and runs that end, on a plateau of a measure. Each reduction is a change of settings like one made
by hand, at a step of its own in the journal: that alone says what a run that is resumed or forked goes on with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ganstudio.config import RunConfig
from ganstudio.game import Subject
from ganstudio.health.stalling import stall
from ganstudio.training.control import Control
from ganstudio.training.events import Evaluated, Event, RunForked, RunResumed, RunStarted, SettingChanged

RATES: Final = ("optimizer.generator.learning_rate", "optimizer.discriminator.learning_rate")
_LOWEST: Final = 1e-7
"""A rate at which nothing is learnt any more: it falls no further."""


class PlateauFollower:
    """Hears a run's events, and tells `control` of plateaus.

    `before` are the events of a run that is resumed; `config_at` knows the config at a checkpoint that is gone back to.
    A reduction gives the measure as many evaluations anew; those of networks from before it do not count. Neither do,
    for both rules, those of a parent before a fork.
    """

    def __init__(
        self,
        config: RunConfig,
        control: Control,
        config_at: Callable[[int], RunConfig],
        before: Iterable[Event] = (),
    ) -> None:
        self._control, self._config_at = control, config_at
        self._evaluations: list[Evaluated] = []
        self._subject: Subject = "images"
        self._began = 0
        self._reduced: list[int] = []
        self._asked = False
        for event in before:
            self._hear(event)
        self._config = config

    def __call__(self, event: Event) -> None:
        """Take in an event, and act where it may tell of a plateau."""
        self._hear(event)
        match event:
            case SettingChanged():
                self._config = self._config.with_values({event.path: event.new})
            case RunResumed():
                self._config = self._config_at(event.from_step)
            case Evaluated():
                pass
            case _:
                return
        self._reduce()
        self._stop()

    def _hear(self, event: Event) -> None:
        match event:
            case RunStarted() | RunResumed():
                self._subject, self._asked = event.subject, False
                self._evaluations = [each for each in self._evaluations if each.step <= event.step]
                self._reduced = [step for step in self._reduced if step <= event.step]
            case RunForked():
                self._began = event.step + 1
            case SettingChanged() if event.path in RATES:
                self._reduced.append(event.step)
                self._asked = False
            case Evaluated():
                self._evaluations.append(event)
            case _:
                pass

    def _reduce(self) -> None:
        schedule = self._config.optimizer.schedule
        if schedule.plateau is None or self._asked:
            return
        begun = max([self._began, *self._reduced[-1:]])
        if stall(self._evaluations, self._measure, schedule.plateau, begun=begun) is None:
            return
        for path in RATES:
            rate = self._config.value(path)
            if rate > _LOWEST:
                self._asked = True
                self._control.change(path, max(rate * schedule.factor, _LOWEST))

    def _stop(self) -> None:
        patience = self._config.training.stop.plateau
        if patience is None:
            return
        found = stall(self._evaluations, self._measure, patience, begun=self._began)
        if found is not None:
            self._control.finish(
                f"Ended on a plateau, as asked: {found.title} was {found.before:.4g} at step {found.step}, and the "
                f"best of the {patience} evaluations since is {found.since:.4g}."
            )

    @property
    def _measure(self) -> str:
        """What the best checkpoint is kept by; points have one measure that all of them have."""
        return "mmd2" if self._subject == "points" else self._config.evaluation.best
