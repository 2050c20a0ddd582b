"""Hand-made runs: points of signals, told to a doctor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ganstudio.game import Subject
from ganstudio.health.doctor import Doctor
from ganstudio.health.rules import Rule
from ganstudio.training.events import Diagnosed, Progress, RunStarted

Values = Mapping[str, float]
CALM: Values = {
    "loss/discriminator": 0.7,
    "loss/generator": 1.2,
    "grad_norm/discriminator": 3.0,
    "grad_norm/generator": 2.0,
    "health/separation": 0.75,
    "health/margin": 1.0,
    "health/update/discriminator": 5e-3,
    "health/update/generator": 5e-3,
    "health/growth/discriminator": 1.2,
    "health/growth/generator": 1.2,
    "health/diversity": 0.95,
    "health/coarse_diversity": 0.95,
    "health/dimension": 0.9,
    "health/fidelity": 0.9,
    "health/change": 0.4,
    "health/held_out": 0.5,
    "health/overfit": 0.0,
    "health/place/0": 0.0,
}
"""A run that is well."""


_PREFIXES = ("loss/", "grad_norm/", "logit/", "health/")


def point(step: int, **values: float) -> Progress:
    """A point of a calm run but for `values`; ``__`` in a name is a slash, and ``health/`` goes without saying."""
    named = {name.replace("__", "/"): value for name, value in values.items()}
    scalars = {name if name.startswith(_PREFIXES) else f"health/{name}": value for name, value in named.items()}
    return Progress(step=step, time=step / 100, images=32 * step, images_per_second=100.0, scalars={**CALM, **scalars})


def told(
    rule: Rule,
    story: Callable[[int], Mapping[str, float]],
    steps: int = 600,
    *,
    every: int = 10,
    subject: Subject = "images",
    columns: tuple[str, ...] = (),
) -> list[Diagnosed]:
    """What a doctor who knows only `rule` says of a run whose points differ from a calm one by ``story(step)``."""
    doctor = Doctor([rule])
    doctor(RunStarted(subject=subject, columns=columns))
    found: list[Diagnosed] = []
    for step in range(every, steps + 1, every):
        found += doctor(point(step, **story(step)))
    return found
