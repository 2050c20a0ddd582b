#!/usr/bin/env python3
"""Compare the first-minute recipe with the textbook DCGAN at equal training times, as the digit judge sees them.

    python packaging/first_minute.py [--seconds 15 30 60] [--seed 0] [--out FOLDER]

For each time a run of each recipe is trained in a process of its own and judged on 3 000 samples: the recipe's from
the average, the textbook's from the average or from G itself, whichever is better. Prints a table, then JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from judge import Judge, Verdict

TEXTBOOK = (
    "--variant", "dcgan", "--set", "training.batch_size=64",
    "--set", "optimizer.generator.learning_rate=2e-4", "--set", "optimizer.discriminator.learning_rate=2e-4",
)  # fmt: skip
COUNT = 3000


def main() -> int:
    """Train, judge, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, nargs="+", default=[15.0, 30.0, 60.0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="file that keeps the judge")
    parser.add_argument("--out", type=Path, help="keep the runs here")
    options = parser.parse_args()
    judge = Judge(cache=options.cache)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.out or Path(scratch)
        for seconds in options.seconds:
            ours = trained(folder / f"recipe-{seconds:g}", seconds, options.seed, ())
            book = trained(folder / f"textbook-{seconds:g}", seconds, options.seed, TEXTBOOK)
            mine = judged(judge, ours, raw=False)
            theirs = min((judged(judge, book, raw=raw) for raw in (False, True)), key=lambda verdict: verdict.frechet)
            ratio = mine.frechet / theirs.frechet
            rows.append({"seconds": seconds, "recipe": asdict(mine), "textbook": asdict(theirs), "ratio": ratio})
            print(
                f"{seconds:5g} s  recipe FD {mine.frechet:6.2f}  confidence {mine.confidence:.3f}  smallest class "
                f"{mine.smallest_class_share:.3f}   textbook FD {theirs.frechet:6.2f}   ratio 1/{1 / ratio:.1f}",
                flush=True,
            )
    print(json.dumps(rows))
    return 0


def trained(out: Path, seconds: float, seed: int, arguments: tuple[str, ...]) -> Path:
    """A run of `seconds`, by the command line."""
    command = [
        sys.executable,
        "-m",
        "ganstudio",
        "train",
        "--for",
        str(seconds),
        "--seed",
        str(seed),
        "--out",
        str(out),
    ]
    subprocess.run([*command, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return out


def judged(judge: Judge, run: Path, *, raw: bool) -> Verdict:
    """What the judge says of samples of a run."""
    file = run / ("raw.npz" if raw else "ema.npz")
    command = [
        sys.executable,
        "-m",
        "ganstudio",
        "sample",
        str(run),
        "--count",
        str(COUNT),
        "--seed",
        "1",
        "--out",
        str(file),
    ]
    subprocess.run([*command, "--raw"] if raw else command, check=True, stdout=subprocess.DEVNULL)
    with np.load(file) as archive:
        return judge.verdict(archive["images"])


if __name__ == "__main__":
    sys.exit(main())
