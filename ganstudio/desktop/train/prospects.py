"""What a remedy would do to the run that is shown: which settings it would set, when, and why it cannot. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ganstudio import config as settings
from ganstudio.config import RunConfig
from ganstudio.desktop import format as fmt
from ganstudio.errors import UserError
from ganstudio.game import DataShape
from ganstudio.health.remedies import resolve
from ganstudio.training.events import Remedy
from ganstudio.variants import VARIANTS


@dataclass(frozen=True)
class Prospect:
    """A remedy met with a run. `live`: it can be applied now; else it needs a fork. `refusal`: why neither can be."""

    remedy: Remedy
    values: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    when: str = ""
    live: bool = False
    start: int = 0
    """The checkpoint that a fork begins with; 0 for none."""
    refusal: str = ""

    @property
    def is_advice(self) -> bool:
        """Whether it is for the person alone: it sets nothing."""
        return not self.remedy.changes and not self.remedy.factors


@dataclass(frozen=True)
class Fork:
    """A new run that is asked for, with these settings: from the checkpoint at `step`, or from the start for 0."""

    values: Mapping[str, Any]
    step: int = 0


def start_of(remedy: Remedy, since: int, checkpoints: Iterable[int]) -> int:
    """The checkpoint to fork from, 0 where there is none: at or before the remedy's own step; else, for one that is not
    live, the newest before the signs began; else the newest."""
    if remedy.step is not None:
        return max((step for step in checkpoints if step <= remedy.step), default=0)
    return max((step for step in checkpoints if remedy.live or step < since), default=0)


def prospect(remedy: Remedy, config: RunConfig, shape: DataShape | None, *, trains: bool, start: int = 0) -> Prospect:
    """What `remedy` comes to for a run with `config` on data of `shape`; `trains`: whether it can be changed now, else
    it takes a fork from `start`."""
    if not remedy.changes and not remedy.factors:
        return Prospect(remedy, words=remedy.text)
    try:
        values = resolve(remedy, config)
        if not values:
            return Prospect(remedy, words=remedy.text, refusal="It is set so already, or of no use to this variant.")
        changed = config.with_values(values)
        if shape is not None:
            VARIANTS.get(config.variant.name).check(changed, shape)
    except KeyError as error:
        return Prospect(remedy, words=remedy.text, refusal=f"This version knows no setting {error}.")
    except UserError as error:
        return Prospect(remedy, words=remedy.text, refusal=str(error))
    live = trains and remedy.live and all(settings.field(path).live for path in values)
    if live:
        when = "at the next step, marked on plots"
    else:
        when = f"in a new run from step {fmt.number(start)}" if start else "in a new run, from the start"
    return Prospect(remedy, values, change_of(values, config), when, live, start)


def change_of(values: Mapping[str, Any], config: RunConfig) -> str:
    """Settings in words, one a line: ``"Learning rate D 2e-4 → 1e-4"``."""
    return "\n".join(
        f"{settings.field(path).label} {fmt.value(config.value(path))} → {fmt.value(new)}"
        for path, new in values.items()
    )
