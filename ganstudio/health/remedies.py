"""What a remedy comes to for a run: the values that it would set, and the command that sets them. Imports no torch.

A rule sees no config, so that its advice is relative ("D's rate, a quarter as large"); here it meets one.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganstudio.config import FieldSpec, RunConfig, field
from ganstudio.errors import UserError
from ganstudio.techniques import TECHNIQUES
from ganstudio.training.events import Remedy
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import check

_DIGITS = 3


def resolve(remedy: Remedy, config: RunConfig) -> dict[str, Any]:
    """The settings, by config path, that `remedy` would give to a run with `config`; empty when it changes nothing.

    Factors are taken of what is set now, rounded to three digits and kept within the setting's range. Settings that
    already have the value, mean nothing for the variant, or are refused by it, are left out.
    """
    variant = VARIANTS.get(config.variant.name)
    refused = {path for each in TECHNIQUES if variant.refusal(each, config) for path in each.paths}
    unused = variant.unused_by(config) | refused
    values = {path: value for path, value in remedy.changes.items() if path not in unused}
    for path, factor in remedy.factors.items():
        if path not in unused:
            values[path] = _scaled(field(path), config.value(path), factor)
    return {path: value for path, value in values.items() if value != config.value(path)}


def is_possible(remedy: Remedy, config: RunConfig) -> bool:
    """Whether a run with `config` can be given what `remedy` would set, and it would make a difference."""
    values = resolve(remedy, config)
    if not values:
        return False
    try:
        check(config.with_values(values))
    except UserError as error:
        return (error.path or "").startswith("dataset.")  # the images are elsewhere now, which speaks against no remedy
    return True


def command(
    remedy: Remedy, config: RunConfig, run: Path, *, step: int | None = None, steps: int | None = None
) -> str | None:
    """The command line that applies `remedy` to the run in the folder `run`; None where it changes nothing there.

    A live one goes on with the run. Another forks it from the checkpoint of `step`, and at step 0 starts anew with the
    run's config. `steps`: the length that the run is given, where it has come to its end.
    """
    if not is_possible(remedy, config):
        return None
    sets = "".join(f" --set {shlex.quote(f'{path}={_spelt(new)}')}" for path, new in resolve(remedy, config).items())
    start = remedy.step if remedy.step is not None else step
    if start == 0:
        return f"ganstudio train {shlex.quote(str(run / 'config.json'))}{sets}"
    length = f" --steps {steps}" if steps is not None else ""
    if start is None:
        return f"ganstudio train --resume {shlex.quote(str(run))}{sets}{length}"
    return f"ganstudio train --fork {shlex.quote(f'{run}@{start}')}{sets}{length}"


def describe(values: Mapping[str, Any], config: RunConfig) -> str:
    """Settings in words: ``"Learning rate of D 0.0002 -> 5e-05"``."""
    return ", ".join(
        f"{field(path).label} {_spelt(config.value(path))} → {_spelt(new)}" for path, new in values.items()
    )


def _scaled(spec: FieldSpec, value: Any, factor: float) -> float | int:
    """`value` times `factor`, within the setting's range."""
    new = float(f"{float(value) * factor:.{_DIGITS}g}")
    if spec.minimum is not None:
        new = max(new, math.nextafter(spec.minimum, math.inf) if spec.open_minimum else spec.minimum)
    if spec.maximum is not None:
        new = min(new, math.nextafter(spec.maximum, -math.inf) if spec.open_maximum else spec.maximum)
    return round(new) if spec.kind == "int" else new


def _spelt(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
