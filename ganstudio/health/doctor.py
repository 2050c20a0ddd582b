"""The doctor reads a run's events, live or from its journal, and says what is wrong with it. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ganstudio.health.history import History, Point
from ganstudio.health.rules import RULES, Finding, Rule
from ganstudio.training.events import (
    Diagnosed,
    Evaluated,
    Event,
    PhaseBegan,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
)

_REMEMBERED = 200


@dataclass
class _Case:
    """What is known of one rule: since when its signs have been there or gone, and what has been told."""

    rule: Rule
    told: Finding | None = None
    signs: int = 0
    clear: int = 0
    since: int = 0


class Doctor:
    """Applies rules to events as they come. A diagnosis begins when its signs have been there for the rule's
    `patience` points on end, is told again when it becomes worse, and is over after as many points without them."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._cases = [_Case(rule) for rule in rules]
        self._history = History()

    @staticmethod
    def after(events: Sequence[Event]) -> Doctor:
        """The doctor of a run that goes on, who knows its last points and what was told of them."""
        doctor = Doctor()
        points = [index for index, event in enumerate(events) if isinstance(event, Progress)]
        start = points[-_REMEMBERED] if len(points) > _REMEMBERED else 0
        began = (event for event in events[:start] if isinstance(event, RunStarted | PhaseBegan | Evaluated))
        for event in (*began, *events[start:]):
            if not isinstance(event, RunFinished):
                doctor(event)
        return doctor

    def __call__(self, event: Event) -> tuple[Diagnosed, ...]:
        """The diagnoses that `event` gives rise to."""
        if isinstance(event, RunStarted | RunResumed):
            self._begin(event)
        elif isinstance(event, PhaseBegan):
            self._history.began = max(0, event.step - 1)
        elif isinstance(event, Progress):
            self._history.points.append(Point.of(event))
            return tuple(self._look(event))
        elif isinstance(event, Evaluated):
            self._history.evaluations.append(event)
            return tuple(self._look(event))
        elif isinstance(event, RunFinished):
            self._history.end = event
            return tuple(self._look(event))
        return ()

    def _begin(self, event: RunStarted | RunResumed) -> None:
        if isinstance(event, RunStarted):
            self._cases = [_Case(case.rule) for case in self._cases]
            self._history = History()
        history = self._history
        history.subject, history.translates, history.end = event.subject, bool(event.columns), None
        while history.points and history.points[-1].step > event.step:
            history.points.pop()
        history.evaluations = [each for each in history.evaluations if each.step <= event.step]

    def _look(self, event: Progress | Evaluated | RunFinished) -> Iterator[Diagnosed]:
        for case in self._cases:
            if not isinstance(event, case.rule.reads):
                continue
            finding = case.rule.find(self._history, begun=case.told is not None)
            yield from self._note(case, finding, event)

    def _note(
        self, case: _Case, finding: Finding | None, event: Progress | Evaluated | RunFinished
    ) -> Iterator[Diagnosed]:
        if finding is None:
            case.signs, case.clear = 0, case.clear + 1
            if case.told is not None and case.clear >= case.rule.patience and not isinstance(event, RunFinished):
                told, case.told = case.told, None
                yield _diagnosed(case, told, event, over=True)
            return
        if not case.signs:
            case.since = finding.since if finding.since is not None else event.step
        case.signs, case.clear = case.signs + 1, 0
        worse = case.told is not None and _WEIGHT[finding.severity] > _WEIGHT[case.told.severity]
        if case.signs >= (1 if finding.certain else case.rule.patience) and (case.told is None or worse):
            case.told = finding
            yield _diagnosed(case, finding, event)


_WEIGHT = {"info": 0, "warning": 1, "error": 2}


def _diagnosed(case: _Case, finding: Finding, event: Event, *, over: bool = False) -> Diagnosed:
    return Diagnosed(
        step=event.step,
        time=event.time,
        name=case.rule.name,
        severity=finding.severity,
        since=case.since,
        evidence=finding.evidence,
        explanation=finding.explanation,
        advice=() if over else finding.advice,
        over=over,
    )


def diagnose(events: Iterable[Event]) -> list[Diagnosed]:
    """Every diagnosis that the doctor makes of a run, in the order of its events; each once, in its worst form, with
    `over` where it has passed since. What a journal says was diagnosed is not read."""
    doctor, found = Doctor(), dict[tuple[str, int], Diagnosed]()
    for event in events:
        for diagnosis in doctor(event):
            key = (diagnosis.name, diagnosis.since)
            before = found.get(key)
            if diagnosis.over and before is not None:
                found[key] = replace(before, over=True)
            else:
                found[key] = diagnosis
    return list(found.values())
