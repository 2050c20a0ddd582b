"""Train each image variant on the embedded digits, from its first-minute preset, and judge what it draws.

The judge (packaging/judge.py) is a classifier that no GAN meets. A variant passes when the judge is sure of its samples
(mean confidence of .85 or more), each of the ten classes has a share of at least a tenth of an even one, and, where a
class was asked for, the judge confirms it for 95 of 100 samples. Samples are of the averaged generator.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import report
import torch
from judge import Judge, look, to_input
from numpy.typing import NDArray

from ganstudio.runs.folder import RunFolder
from ganstudio.variants import VARIANTS
from ganstudio.variants.variant import FIRST_MINUTE_PRESET

HELP = "every latent variant on handwritten digits, judged by a classifier"
CONFIDENCE, SMALLEST_SHARE, OBEDIENCE = 0.85, 0.01, 0.95
_PICTURED = 40


@dataclass(frozen=True)
class Result:
    """What came of one variant. `obeyed`: share whose class the judge confirms; None without classes."""

    variant: str
    steps: int
    images: int
    confidence: float
    classes: int
    smallest_share: float
    obeyed: float | None
    frechet: float

    @property
    def passes(self) -> bool:
        """Whether it is evidence."""
        obeys = self.obeyed is None or self.obeyed >= OBEDIENCE
        return self.confidence >= CONFIDENCE and self.classes == 10 and obeys


def trainable() -> list[str]:
    """Variants that draw images from latents and have a preset to begin with."""
    return [
        variant.name
        for variant in VARIANTS
        if variant.task in {"latent", "conditional"} and any(p.name == FIRST_MINUTE_PRESET for p in variant.presets)
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this sub-command."""
    parser.add_argument("--variants", nargs="+", default=trainable(), choices=trainable(), metavar="NAME")
    parser.add_argument("--seconds", type=float, default=180.0, help="of training, each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=3000, help="samples that are judged, each")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of the training; 0 lets the studio decide")
    parser.add_argument("--cache", type=Path, help="file that keeps the judge")


def run(options: argparse.Namespace) -> int:
    """Train, judge, write digits.md, digits.png and digits.json; exit code 1 when a variant does not pass."""
    judge = Judge(cache=options.cache or options.out / "judge.safetensors")
    results, strips = [], []
    for name in options.variants:
        samples, labels = drawn(name, options)
        result = judged(judge, name, options.out / name, samples, labels)
        results.append(result)
        strips.append((_caption(result), report.strip(samples[:_PICTURED], columns=20, scale=2)))
        print(_caption(result), flush=True)
    (options.out / "digits.md").write_text(_page(results, options, judge), encoding="utf-8")
    (options.out / "digits.json").write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    report.figure(strips).save(options.out / "digits.png")
    return 0 if all(result.passes for result in results) else 1


def drawn(name: str, options: argparse.Namespace) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
    """Samples of a new run of the variant, and the classes that were asked for."""
    folder = options.out / name
    report.ganstudio(
        "train", "--variant", name, "--preset", FIRST_MINUTE_PRESET, "--for", options.seconds, "--seed", options.seed,
        "--set", f"threads={options.threads}", "--out", folder,
    )  # fmt: skip
    file = folder / "samples.npz"
    report.ganstudio("sample", folder, "--count", options.count, "--seed", 1, "--out", file)
    with np.load(file) as archive:
        return archive["images"], archive["labels"] if "labels" in archive.files else None


def judged(
    judge: Judge, name: str, folder: Path, samples: NDArray[np.uint8], labels: NDArray[np.int64] | None
) -> Result:
    """What the judge says of the samples of a run."""
    verdict = judge.verdict(samples)
    obeyed = None
    if labels is not None:
        with torch.inference_mode():
            _, probabilities = look(judge.model, to_input(samples))
        obeyed = float((probabilities.argmax(axis=1) == labels).mean())
    steps, images = _length(folder)
    return Result(
        variant=name,
        steps=steps,
        images=images,
        confidence=verdict.confidence,
        classes=sum(share >= SMALLEST_SHARE for share in verdict.class_shares),
        smallest_share=verdict.smallest_class_share,
        obeyed=obeyed,
        frechet=verdict.frechet,
    )


def _length(folder: Path) -> tuple[int, int]:
    """Steps and images that a run trained."""
    run = RunFolder.open(folder)
    manifest = json.loads((run.checkpoint_path(run.checkpoints()[-1]) / "manifest.json").read_text())
    cursor = manifest["cursor"]
    return int(cursor["step"]), int(cursor["images"])


def _caption(result: Result) -> str:
    obeyed = "" if result.obeyed is None else f", {result.obeyed:.3f} of the asked class"
    short = VARIANTS.get(result.variant).short
    verdict = "passes" if result.passes else "does not pass"
    return f"{short}: confidence {result.confidence:.3f}, {result.classes} of 10 classes{obeyed}; {verdict}"


def _page(results: list[Result], options: argparse.Namespace, judge: Judge) -> str:
    threads = RunFolder.open(options.out / results[0].variant).config.threads
    columns = ("variant", "steps", "images", "confidence", "classes", "smallest share", "obeyed", "FD", "passes")
    rows = [
        (
            VARIANTS.get(result.variant).short,
            result.steps,
            result.images,
            result.confidence,
            result.classes,
            result.smallest_share,
            "-" if result.obeyed is None else result.obeyed,
            result.frechet,
            result.passes,
        )
        for result in results
    ]
    return (
        "# Digits\n\n"
        f'Each variant from its preset "First minute on a CPU", trained for {options.seconds:g} s on mnist-10k '
        f"(seed {options.seed}, {threads} CPU threads); {options.count} samples of the "
        f"averaged generator, judged by a classifier of accuracy {judge.accuracy:.3f} whose confidence on real digits "
        f"is {judge.confidence_real:.3f}. FD is the Frechet distance of its features; real digits reach "
        f"{judge.floor:.2f}.\n\n{report.table(columns, rows)}\n"
        f"Command: `python packaging/evidence {' '.join(sys.argv[1:])}`\n"
    )
