"""Divergence: numbers that are not finite, or weights that have been thrown far from where they began."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

from ganstudio.health.history import History, Point, series
from ganstudio.health.rules.rule import D_RATE, G_RATE, Finding, Limits, Reads
from ganstudio.training.events import Progress, Remedy, RunFinished

_WATCHED = ("loss/", "grad_norm/", "logit/", "update/", "growth/")
_THROWN, _THROWN_WITHIN = 5.0, 100
"""Weights five times as long within 100 steps. Adam moves a weight by at most about its rate a step (Kingma & Ba 2015,
section 2.1): with rates up to 5e-3 and the usual N(0, .02) weights, healthy runs stayed below 3."""
_LEAP, _AWAY = 0.03, 5.0
"""Points as many of the reals' deviations away while weights move by so much of their length a step. No tanh bounds
points; of 30 runs that swung or collapsed, none had both but those with rates of .1."""

_ANEW = Remedy(
    "Start anew at a hundredth of both learning rates.", factors={D_RATE: 0.01, G_RATE: 0.01}, live=False, step=0
)


class Divergence:
    """A loss, gradient or weight that is not finite; or weights that grow many times over at once."""

    name: ClassVar[str] = "divergence"
    looks_at: ClassVar[str] = "non-finite numbers, and the length of the weights relative to where they began"
    source: ClassVar[str] = "not a number is no threshold; the growth is from Adam's bound on a step (Kingma & Ba 2015)"
    patience: ClassVar[int] = 1
    reads: ClassVar[Reads] = (Progress, RunFinished)
    limits: ClassVar[Limits] = {}

    def find(self, history: History, *, begun: bool) -> Finding | None:
        end = history.end
        if end is not None and end.reason == "failed" and "not finite" in (end.error or "").lower():
            return _finding(
                {"step": float(end.step)},
                f"Training ended at step {end.step + 1}: {end.error}",
                certain=True,
            )
        if not history.points:
            return None
        newest = history.points[-1]
        bad = [name for name, value in newest.scalars.items() if name.startswith(_WATCHED) and not math.isfinite(value)]
        if bad:
            evidence = {"not_finite": float(len(bad)), "step": float(newest.step)}
            text = (
                f"At step {newest.step}, {len(bad)} of the measured numbers are not finite ({', '.join(bad[:3])}). "
                "Everything computed from them is lost too: the networks must go back to before it."
            )
            return _finding(evidence, text, certain=True)
        return self._thrown(history, begun=begun) or _hurled(history)

    def _thrown(self, history: History, *, begun: bool) -> Finding | None:
        early = _first_steps(history)
        if begun:
            return _thrown_finding(early[-1].step if early else 0, _largest(list(history.points)[-1:], "growth/"))
        if not early or early[-1] is not history.points[-1]:
            return None
        growth = _largest(early, "growth/")
        return _thrown_finding(early[-1].step, growth) if growth and max(growth.values()) >= _THROWN else None


def _first_steps(history: History) -> list[Point]:
    return [point for point in history.points if point.step - history.began <= _THROWN_WITHIN]


def _hurled(history: History) -> Finding | None:
    """Points that the first steps have thrown far out of the data."""
    early = _first_steps(history)
    if history.subject != "points" or not early or early[-1] is not history.points[-1]:
        return None
    leap = max(_largest(early, "update/").values(), default=0.0)
    away = max(_largest(early, "place/").values(), default=0.0)
    if leap < _LEAP or away < _AWAY:
        return None
    text = (
        f"Within {early[-1].step} steps the generated points were thrown {away:.0f} of the reals' deviations away, "
        f"while the weights moved by {leap:.0%} of their length a step; about 0.1 % is usual. The learning rate is "
        "much too high; start anew with a lower one."
    )
    return _anew_first(_finding({"away": away, "update": leap}, text))


def _largest(points: list[Point], prefix: str) -> dict[str, float]:
    """The largest size of each scalar whose name begins so."""
    names = {name for point in points for name in point.scalars if name.startswith(prefix)}
    return {name: float(abs(series(points, name)).max()) for name in sorted(names) if len(series(points, name))}


def _anew_first(finding: Finding) -> Finding:
    return replace(finding, advice=(_ANEW, *(remedy for remedy in finding.advice if remedy is not _ANEW)))


def _thrown_finding(step: int, growth: dict[str, float]) -> Finding | None:
    if not growth or max(growth.values()) < _THROWN:
        return None
    player = max(growth, key=lambda name: growth[name]).removeprefix("growth/")
    factor = max(growth.values())
    text = (
        f"Within {step} steps the weights of the {player} have become {factor:.0f} times as long as they were: the "
        "steps are far larger than the weights, and what the network knew is overwritten at each of them. The learning "
        "rate is much too high; start anew with a lower one."
    )
    return _anew_first(_finding({name.replace("/", "_"): value for name, value in growth.items()}, text))


def _finding(evidence: dict[str, float], explanation: str, *, certain: bool = False) -> Finding:
    quarter = {D_RATE: 0.25, G_RATE: 0.25}
    return Finding(
        "error",
        evidence,
        explanation,
        (
            Remedy(
                "Go back to before it and train on at a quarter of both learning rates.", factors=quarter, live=False
            ),
            _ANEW,
            Remedy(
                "Clip the gradients of both networks to a norm of 1.",
                changes={"optimizer.discriminator.clip_norm": 1.0, "optimizer.generator.clip_norm": 1.0},
                live=False,
            ),
        ),
        certain=certain,
    )
