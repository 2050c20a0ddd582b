"""Draw images from a run's newest checkpoint, look for their latents, and measure how near each comes to its image.

An image is found again when the mean absolute error, of pixels in [0, 1], is at most .01. It passes when nine in ten
are. The search is the one that Explore makes: several starts, the most promising refined.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import report
from numpy.typing import NDArray

from ganstudio.latent.inversion import invert
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents
from ganstudio.paths import resource
from ganstudio.runs.folder import RunFolder

HELP = "how well Find my image brings generated images back, of the example run or any other"
_NEAR, _SHARE = 0.01, 0.9
_COLUMNS = 10


@dataclass(frozen=True)
class Result:
    """Of one image: its class, that of what was found, the mean absolute error, and the seconds it took."""

    label: int | None
    found: int | None
    error: float
    seconds: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run, and how many of its images."""
    parser.add_argument("--run", type=Path, default=resource("example"), help="a run folder (default: the example run)")
    parser.add_argument("--count", type=int, default=10, help="images (default: 10)")
    parser.add_argument("--seed", type=int, default=2000, help="of the latents that are drawn (default: 2000)")


def run(options: argparse.Namespace) -> int:
    """Draw, search, write inversion.md, inversion.png and inversion.json; exit code 1 when too few come back."""
    folder = RunFolder(options.run)
    step = folder.checkpoints()[-1]
    model = LatentModel.load(folder.checkpoint_path(step))
    results, drawn, found = [], [], []
    for index in range(options.count):
        label = index % model.num_classes if model.num_classes else None
        image = _draw(model, latents(options.seed + index, 1, model.latent_size)[0], label)
        began = time.monotonic()
        best = invert(model, image)
        results.append(Result(label, best.label, best.error, time.monotonic() - began))
        drawn.append(image)
        found.append(_draw(model, best.z, best.label))
        print(f"{index}: {best.error:.4f}", flush=True)
    (options.out / "inversion.json").write_text(json.dumps([asdict(one) for one in results], indent=2) + "\n")
    (options.out / "inversion.md").write_text(_page(results, folder.name, step), encoding="utf-8")
    strips = [("Drawn", np.stack(drawn)), ("Found again", np.stack(found))]
    sheet = report.figure([(caption, report.strip(images, _COLUMNS, 2)) for caption, images in strips])
    sheet.save(options.out / "inversion.png")
    return 0 if sum(one.error <= _NEAR for one in results) >= _SHARE * len(results) else 1


def _draw(model: LatentModel, z: NDArray[np.float32], label: int | None) -> NDArray[np.uint8]:
    return model.draw(z[None], None if label is None else np.array([label]))[0]


def _page(results: list[Result], name: str, step: int) -> str:
    near = sum(one.error <= _NEAR for one in results)
    rows = [
        (index, "" if one.label is None else one.label, "" if one.found is None else one.found, f"{one.error:.4f}",
         f"{one.seconds:.1f}")
        for index, one in enumerate(results)
    ]  # fmt: skip
    return (
        f"# Generated images, looked for\n\nRun {name}, step {step}: {near} of {len(results)} come back within "
        f"{_NEAR} mean absolute error on [0, 1].\n\n"
        + report.table(("image", "class", "class found", "error", "seconds"), rows)
    )
