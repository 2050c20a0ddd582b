"""Train on 25 Gaussians and count the modes that are covered: by R3GAN, by vanilla, and by vanilla with what helps it.

A mode is covered when at least 20 of 2 500 generated points lie within three deviations of its centre. R3GAN passes if
it covers all 25 within its time. Vanilla, with one setting that is common to all its rows, passes when it collapses: it
covers fewer than half at the median of the seeds; unrolling and minibatch discrimination pass when each covers more
modes than vanilla at the median. Points are of G as it is, at the last step.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import report
from PIL import Image

from ganstudio.data.sources import modes_of
from ganstudio.evaluation.points import count_modes
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Measured, RunFinished
from ganstudio.variants.recipes import POINTS

HELP = "modes covered on 25 Gaussians: R3GAN, vanilla, and vanilla unrolled or with minibatch discrimination"
DATASET, MODES = "25-gaussians", 25
COLLAPSED = MODES // 2
COMMON: Mapping[str, Any] = {
    "variant.generator_width": 64,
    "variant.discriminator_width": 64,
    "variant.generator_depth": 2,
    "variant.discriminator_depth": 2,
    "variant.latent_size": 2,
    "training.batch_size": 128,
    "techniques.ema.half_life": 0,
    "optimizer.discriminator.learning_rate": 2e-4,
}
"""Of all rows of vanilla: small networks, and a D that learns a fifth as fast as G, so that G outruns it."""
ROWS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "vanilla": ("Vanilla", {}),
    "unrolled": ("Vanilla, unrolled 5 steps", {"techniques.unrolled.steps": 5}),
    "minibatch": (
        "Vanilla, minibatch discrimination",
        {
            "techniques.minibatch.kind": "discrimination",
            "techniques.minibatch.kernels": 16,
            "techniques.minibatch.dims": 4,
        },
    ),
}


@dataclass(frozen=True)
class Result:
    """What came of one run. `complete` is the time in s at which all modes were first covered by the averaged G."""

    row: str
    seed: int
    steps: int
    seconds: float
    covered: int
    on_mode: float
    mmd2: float
    complete: float | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this sub-command."""
    parser.add_argument("--seeds", type=int, default=5, help="runs of each row of vanilla")
    parser.add_argument("--steps", type=int, default=1500, help="of each row of vanilla")
    parser.add_argument("--seconds", type=float, default=120.0, help="of R3GAN")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of the training")
    parser.add_argument("--rows", nargs="*", default=["r3gan", *ROWS], choices=["r3gan", *ROWS], metavar="ROW")


def run(options: argparse.Namespace) -> int:
    """Train, count, write points.md, points.png and points.json; exit code 1 when a row does not pass."""
    results: list[Result] = []
    if "r3gan" in options.rows:
        results.append(trained("r3gan", POINTS.values, 0, options))
    for seed in range(options.seeds):
        for row, (_, changes) in ROWS.items():
            if row in options.rows:
                results.append(trained(row, {"variant.name": "vanilla", **COMMON, **changes}, seed, options))
    verdicts = verdicts_of(results)
    (options.out / "points.json").write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    (options.out / "points.md").write_text(_page(results, verdicts, options), encoding="utf-8")
    report.figure(_strips(results, options.out)).save(options.out / "points.png")
    return 0 if all(verdicts.values()) else 1


def trained(row: str, values: Mapping[str, Any], seed: int, options: argparse.Namespace) -> Result:
    """One run, unless its folder holds it already, and what it covers."""
    folder = options.out / f"{row}-{seed}"
    if not (folder / "config.json").exists():
        length = ("--for", options.seconds) if row == "r3gan" else ("--steps", options.steps)
        settings = {**values, "threads": options.threads}
        name = settings.pop("variant.name")
        settings.pop("dataset.name", None)
        sets = [f"--set={path}={json.dumps(value) if not isinstance(value, str) else value}" for path, value in
                settings.items()]  # fmt: skip
        report.ganstudio(
            "train", "--variant", name, "--dataset", DATASET, "--seed", seed, *length, *sets, "--out", folder
        )
    result = measured(RunFolder.open(folder), row, seed)
    print(_caption(result), flush=True)
    return result


def measured(folder: RunFolder, row: str, seed: int) -> Result:
    """What the last samples of a run cover."""
    events = folder.events()
    step = folder.samples()[-1]
    modes = modes_of(DATASET)
    samples = folder.read_points(step)
    assert modes is not None
    assert samples.raw is not None
    counts = count_modes(samples.raw, modes)
    measures = [event for event in events if isinstance(event, Measured)]
    full = [event.time for event in measures if event.measures.get("covered_modes") == MODES]
    last = next(event for event in reversed(measures) if event.step == step)
    end = next(event for event in reversed(events) if isinstance(event, RunFinished))
    return Result(
        row=row,
        seed=seed,
        steps=step,
        seconds=end.time,
        covered=counts.num_covered,
        on_mode=counts.share,
        mmd2=last.measures["raw/mmd2"],
        complete=full[0] if full else None,
    )


def median(results: list[Result], row: str) -> float:
    """Modes covered by the runs of a row, at the median of the seeds; NaN where there are none."""
    covered = [result.covered for result in results if result.row == row]
    return float(statistics.median(covered)) if covered else float("nan")


def verdicts_of(results: list[Result]) -> dict[str, bool]:
    """Whether each row that was run is the evidence that it is meant to be."""
    base = median(results, "vanilla")
    verdicts = {
        "r3gan": any(result.complete is not None for result in results if result.row == "r3gan"),
        "vanilla": base < COLLAPSED,
        "unrolled": median(results, "unrolled") > base,
        "minibatch": median(results, "minibatch") > base,
    }
    return {row: verdict for row, verdict in verdicts.items() if any(result.row == row for result in results)}


def _title(row: str) -> str:
    return "R3GAN" if row == "r3gan" else ROWS[row][0]


def _caption(result: Result) -> str:
    return (
        f"{_title(result.row)}, seed {result.seed}: {result.covered} of {MODES} modes after {result.steps} steps "
        f"({result.seconds:.0f} s), {result.on_mode:.0%} of the points on one"
    )


def _page(results: list[Result], verdicts: Mapping[str, bool], options: argparse.Namespace) -> str:
    rows = []
    for row, verdict in verdicts.items():
        mine = [result for result in results if result.row == row]
        complete = [result.complete for result in mine if result.complete is not None]
        rows.append(
            (
                _title(row),
                len(mine),
                mine[0].steps,
                ", ".join(str(result.covered) for result in mine),
                f"{median(results, row):g}",
                f"{statistics.median(result.on_mode for result in mine):.2f}",
                f"{statistics.median(result.mmd2 for result in mine):.4f}",
                f"{min(complete):.0f} s" if complete else "never",
                verdict,
            )
        )
    columns = ("variant", "seeds", "steps", "modes covered", "median", "on a mode", "MMD²", "all 25 after", "passes")
    common = ", ".join(f"`{path}` {value}" for path, value in COMMON.items())
    return (
        f"# Modes of 25 Gaussians\n\n{' '.join((__doc__ or '').split())}\n\n"
        f"R3GAN: the studio's recipe, {options.seconds:g} s at most, {options.threads} thread(s). "
        f"Vanilla, in all rows: {common}; the rest as the studio has it on points.\n\n{report.table(columns, rows)}"
    )


def _strips(results: list[Result], out: Path) -> list[tuple[str, Image.Image]]:
    """A row of scatters for each row of the table: real points grey, generated ones orange."""
    strips = []
    for row in dict.fromkeys(result.row for result in results):
        mine = [result for result in results if result.row == row]
        folders = [RunFolder.open(out / f"{row}-{result.seed}") for result in mine]
        pictures = [
            folder.read_samples(result.steps, raw=True)[0] for folder, result in zip(folders, mine, strict=True)
        ]
        small = [
            np.asarray(Image.fromarray(picture).resize((240, 240), Image.Resampling.LANCZOS)) for picture in pictures
        ]
        covered = ", ".join(str(result.covered) for result in mine)
        strips.append((f"{_title(row)}: {covered} of {MODES} modes", report.strip(np.stack(small), columns=len(small))))
    return strips


if __name__ == "__main__":
    sys.exit("Run it as: python packaging/evidence points --out FOLDER")
