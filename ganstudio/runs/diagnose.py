"""What the doctor makes of a run folder: from its journal, with commands that apply the advice. Imports no torch."""

from __future__ import annotations

import math
from typing import Any

from ganstudio.config import RunConfig
from ganstudio.health.doctor import diagnose
from ganstudio.health.remedies import command, describe, resolve
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Diagnosed, Event, Remedy, RunFinished

Report = dict[str, Any]


def examine(folder: RunFolder, until: int | None = None) -> list[Report]:
    """Every diagnosis of a run up to the step `until`, as plain data; see `report` for one.

    RunFolderError when its config cannot be read. A journal that is missing or damaged gives what it still holds.
    """
    config = folder.live_config()
    events = [event for event in folder.events() if until is None or event.step <= until]
    return [report(diagnosis, folder, config, events) for diagnosis in diagnose(events)]


def report(diagnosis: Diagnosed, folder: RunFolder, config: RunConfig, events: list[Event]) -> Report:
    """A diagnosis as plain data: `name`, `severity`, `step`, `since`, `over`, `explanation`, `evidence` (numbers by
    name; None where not finite) and `advice`: each a `text` and, where it changes something, `settings` and `command`.
    """
    advice = [_advise(remedy, diagnosis, folder, config, events) for remedy in diagnosis.advice]
    return {
        "name": diagnosis.name,
        "severity": diagnosis.severity,
        "step": diagnosis.step,
        "since": diagnosis.since,
        "over": diagnosis.over,
        "explanation": diagnosis.explanation,
        "evidence": {name: _rounded(value) for name, value in diagnosis.evidence.items()},
        "advice": [item for item in advice if item is not None],
    }


def lines(found: Report) -> str:
    """A report as text for a terminal."""
    over = ", over since" if found["over"] else ""
    text = [f"{found['name']} ({found['severity']}) at step {found['step']}{over}", f"  {found['explanation']}"]
    text.append("  " + ", ".join(f"{name} {value}" for name, value in found["evidence"].items()))
    for advice in found["advice"]:
        text.append(f"  - {advice['text']}")
        if "command" in advice:
            text.append(f"      {advice['command']}")
    return "\n".join(text)


def _advise(
    remedy: Remedy, diagnosis: Diagnosed, folder: RunFolder, config: RunConfig, events: list[Event]
) -> Report | None:
    """None for a remedy that would change settings, but none that this run can be given."""
    if not (remedy.changes or remedy.factors):
        return {"text": remedy.text}
    found = command(remedy, config, folder.path, step=_start(remedy, diagnosis, folder), steps=_length(config, events))
    if found is None:
        return None
    values = resolve(remedy, config)
    return {"text": f"{remedy.text} {describe(values, config)}.", "settings": values, "command": found}


def _start(remedy: Remedy, diagnosis: Diagnosed, folder: RunFolder) -> int | None:
    """The checkpoint to fork from: the newest before the signs began; None for a run that just goes on."""
    if remedy.live or remedy.step is not None:
        return None
    return max((step for step in folder.checkpoints() if step < diagnosis.since), default=0)


def _length(config: RunConfig, events: list[Event]) -> int | None:
    """Steps for a run that has come to its end: as many again as it was to have."""
    end = events[-1] if events else None
    return end.step + config.training.steps if isinstance(end, RunFinished) and end.reason == "completed" else None


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None
