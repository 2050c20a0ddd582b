"""Train runs with known truth, have each diagnosed, and write the table of what was named.

    python packaging/faults --out table.md [--only WORD...] [--keep FOLDER [--again]]

The cases are of two parts: those that the rules were made with, and those that were written down before any rule was
tried on them.
Of a part of the faults, the advice is then applied to the sick run by the command line that `ganstudio diagnose`
prints, and the table shows the signal that it should mend before and after.
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import blind
import cases
import later
from cases import Case

from ganstudio.health.history import Point
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Progress

_LAST = 6
_ALARMS = ("warning", "error")
_PARTS = {
    "known": (*cases.HEALTHY, *cases.FAULTS),
    "blind": (*blind.HEALTHY, *blind.FAULTS),
    "later": (*later.HEALTHY, *later.FAULTS),
}


@dataclass
class Outcome:
    """What came of a case of a part: the alarms by name, the seconds it took, and the advice that was applied with its
    effect."""

    case: Case
    part: str
    named: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    cure: tuple[str, float, float, list[str]] | None = None

    @property
    def right(self) -> bool:
        """Whether the fault was named, or nothing was of a healthy run."""
        return self.case.truth in self.named if self.case.truth else not self.named


def main() -> int:
    """Run all cases; 0 when nine in ten faults are named and at most one in ten healthy runs gives an alarm."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="the table, a Markdown file")
    parser.add_argument("--only", nargs="*", default=[], help="only cases whose name or truth holds one of these words")
    parser.add_argument("--keep", type=Path, help="keep the runs in this folder")
    parser.add_argument("--again", action="store_true", help="diagnose kept runs anew and train only what is missing")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    chosen = [(case, part) for part, many in _PARTS.items() for case in many if _is_chosen(case, part, options.only)]
    work = options.keep or Path(tempfile.mkdtemp(prefix="ganstudio-faults-"))
    outcomes: list[Outcome] = []
    try:
        for case, part in chosen:
            outcomes.append(_carry_out(case, part, work / case.folder, again=options.again))
            print(_line(outcomes[-1]), file=sys.stderr, flush=True)
            options.out.write_text(_report(outcomes), encoding="utf-8")
    finally:
        if options.keep is None:
            shutil.rmtree(work, ignore_errors=True)
    faults = [outcome for outcome in outcomes if outcome.case.truth]
    healthy = [outcome for outcome in outcomes if not outcome.case.truth]
    named, alarms = sum(one.right for one in faults), sum(not one.right for one in healthy)
    return 0 if named >= 0.9 * len(faults) and alarms <= 0.1 * len(healthy) else 1


def _is_chosen(case: Case, part: str, words: list[str]) -> bool:
    return not words or any(word in case.name or word in {case.truth, part} for word in words)


def _carry_out(case: Case, part: str, folder: Path, *, again: bool) -> Outcome:
    trained = again and (folder / "journal.jsonl").exists()
    if not trained:
        shutil.rmtree(folder, ignore_errors=True)
        _ganstudio(*case.arguments(), "--out", str(folder))
    outcome = Outcome(case, part, seconds=max((event.time for event in RunFolder(folder).events()), default=0.0))
    found = _diagnoses(folder)
    outcome.named = {one["name"]: one["step"] for one in found if one["severity"] in _ALARMS}
    if case.cure and case.truth in outcome.named and not trained:
        advice = next(one for one in found if one["name"] == case.truth)["advice"]
        outcome.cure = _apply(advice, case, folder)
    return outcome


def _apply(advice: list[dict[str, Any]], case: Case, folder: Path) -> tuple[str, float, float, list[str]] | None:
    """The first advice that has a command: the command, the signal before and after, and the alarms of what is new."""
    assert case.cure is not None
    command = next((item["command"] for item in advice if "command" in item), None)
    if command is None:
        return None
    before = _signal(folder, case.cure[0])
    words = shlex.split(command)[1:]
    cured = folder
    if "--resume" not in words:
        cured = folder.with_name(f"{folder.name}-cured")
        words += ["--out", str(cured)]
    known = 0 if cured != folder else len(_points(folder))
    _ganstudio(*words)
    alarms = [one["name"] for one in _diagnoses(cured) if one["severity"] in _ALARMS and not one["over"]]
    return command.replace(str(folder), "RUN"), before, _signal(cured, case.cure[0], known), alarms


def _signal(folder: Path, name: str, skip: int = 0) -> float:
    """The median of a signal over the last points of a run, of those after the first `skip`."""
    points = _points(folder)[skip:]
    values = [point.scalars[name] for point in points if math.isfinite(point.scalars.get(name, math.nan))]
    return statistics.median(values[-_LAST:]) if values else math.nan


def _points(folder: Path) -> list[Point]:
    return [Point.of(event) for event in RunFolder(folder).events() if isinstance(event, Progress)]


def _diagnoses(folder: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(_ganstudio("diagnose", str(folder), "--json"))["diagnoses"]
    return told


def _ganstudio(*arguments: str) -> str:
    """What the studio's command line prints. A run that fails is a result too, an error of usage is not."""
    ended = subprocess.run([sys.executable, "-m", "ganstudio", *arguments], capture_output=True, text=True, check=False)
    if ended.returncode not in {0, 1}:
        raise RuntimeError(f"{shlex.join(arguments)}: {ended.stderr.strip()}")
    return ended.stdout


def _line(outcome: Outcome) -> str:
    named = ", ".join(f"{name} at {step}" for name, step in outcome.named.items()) or "-"
    verdict = "ok" if outcome.right else "WRONG"
    cure = (
        f"; {outcome.case.cure[0]} {outcome.cure[1]:.3g} -> {outcome.cure[2]:.3g}"
        if outcome.cure and outcome.case.cure
        else ""
    )
    truth = outcome.case.truth or "healthy"
    return f"{verdict:<6}{outcome.case.name:<34}{truth:<28}{named} ({outcome.seconds:.0f} s){cure}"


def _tally(part: str, outcomes: list[Outcome]) -> str:
    faults = [outcome for outcome in outcomes if outcome.case.truth]
    healthy = [outcome for outcome in outcomes if not outcome.case.truth]
    return (
        f"- {part}: {sum(one.right for one in faults)} of {len(faults)} faults are named; "
        f"{sum(not one.right for one in healthy)} of {len(healthy)} healthy runs give an alarm."
    )


def _report(outcomes: list[Outcome]) -> str:
    text = [
        "# Faults that are provoked, and what the doctor names",
        "",
        *(_tally(part, [one for one in outcomes if one.part == part]) for part in _PARTS),
        "",
        "| run | part | truth | named (step) | right | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        named = ", ".join(f"{name} ({step})" for name, step in one.named.items()) or "nothing"
        right = "yes" if one.right else "**no**"
        truth = one.case.truth or "healthy"
        text.append(f"| {one.case.name} | {one.part} | {truth} | {named} | {right} | {one.seconds:.0f} |")
    text += [
        "",
        "## Advice, applied",
        "",
        "| run | command | signal | before | after | alarms then |",
        "|---|---|---|---|---|---|",
    ]
    for one in outcomes:
        if one.cure is not None and one.case.cure is not None:
            command, before, after, alarms = one.cure
            then = ", ".join(alarms) or "none"
            text.append(f"| {one.case.name} | `{command}` | {one.case.cure[0]} | {before:.3g} | {after:.3g} | {then} |")
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
