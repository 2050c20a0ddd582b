"""Runs with known truth: healthy ones, and ones in which a fault is provoked by a setting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ganstudio.data.sources import subject_of

D, G = "optimizer.discriminator", "optimizer.generator"
R1 = "objective.penalties.r1.weight"
SMALL: Mapping[str, Any] = {
    "variant.generator_width": 12,
    "variant.discriminator_width": 12,
    "training.batch_size": 32,
    "training.log_every": 10,
    "training.sample_every": 1000,
    "threads": 1,
    "precision": "float32",
}


@dataclass(frozen=True)
class Case:
    """One run: `truth` is the diagnosis that it must be given, None where it is healthy.

    `cure`: the signal that shows whether the advice has helped, and whether more or less of it is better.
    """

    name: str
    truth: str | None
    variant: str
    steps: int
    values: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "mnist-10k"
    preset: str | None = "first-minute"
    cure: tuple[str, str] | None = None

    @property
    def folder(self) -> str:
        """A name for the folder of the run."""
        return re.sub(r"\W+", "-", self.name)

    def arguments(self) -> list[str]:
        """The command line that trains it, but for its folder."""
        on_points = subject_of(self.dataset) == "points"
        fixed = {path: SMALL[path] for path in ("threads", "training.sample_every")} if on_points else SMALL
        preset = ["--preset", self.preset] if self.preset and not on_points else []
        sets = [f"--set={path}={value}" for path, value in {**fixed, **self.values}.items()]
        return [
            *("train", "--variant", self.variant, *preset, "--dataset", self.dataset, "--steps", str(self.steps)),
            *sets,
        ]


def rates(d: float, g: float | None = None) -> dict[str, float]:
    """Learning rates of D and G, the same unless G's is given."""
    return {f"{D}.learning_rate": d, f"{G}.learning_rate": d if g is None else g}


HEALTHY = (
    Case("dcgan", None, "dcgan", 300),
    Case("dcgan, another seed", None, "dcgan", 200, {"seed": 5}),
    Case("vanilla", None, "vanilla", 400),
    Case("lsgan", None, "lsgan", 300),
    Case("sngan", None, "sngan", 150),
    Case("wgan", None, "wgan", 100),
    Case("wgan-gp", None, "wgan-gp", 100),
    Case("r3gan", None, "r3gan", 150),
    Case("cgan", None, "cgan", 250, {"variant.conditional": "true"}),
    Case("progressive, its start", None, "progressive", 250),
    Case("dcgan on emoji", None, "dcgan", 200, {"dataset.resolution": 32}, "emoji-noto"),
    Case("r3gan on 25 Gaussians", None, "r3gan", 800, {}, "25-gaussians"),
    Case("vanilla on 8 Gaussians", None, "vanilla", 800, {}, "8-gaussians"),
)

FAULTS = (
    Case(
        "G a million times too slow",
        "generator_frozen",
        "dcgan",
        150,
        {f"{G}.learning_rate": 1e-7},
        cure=("update/generator", "more"),
    ),
    Case("G of lsgan too slow", "generator_frozen", "lsgan", 150, {f"{G}.learning_rate": 1e-7, "seed": 2}),
    Case(
        "D's rate far too high",
        "discriminator_saturation",
        "dcgan",
        200,
        {**rates(5e-3, 1e-5), R1: 0.0},
        cure=("coarse_diversity", "more"),
    ),
    Case(
        "ten fast updates of D",
        "discriminator_saturation",
        "vanilla",
        100,
        {"training.discriminator_steps": 10, **rates(3e-3, 1e-5), R1: 0.0},
    ),
    Case(
        "critic without bounds",
        "exploding_gradients",
        "wgan-gp",
        100,
        {"objective.penalties.gradient.weight": 0.0, f"{D}.learning_rate": 3e-3},
        cure=("grad_norm/discriminator", "less"),
    ),
    Case(
        "wgan without clipping",
        "exploding_gradients",
        "wgan",
        150,
        {"techniques.weight_clip": 0.0, f"{D}.learning_rate": 2e-3},
    ),
    Case(
        "dcgan on 50 images",
        "discriminator_overfitting",
        "dcgan",
        400,
        {"dataset.limit": 50},
        cure=("held_out", "less"),
    ),
    Case("lsgan on 50 images", "discriminator_overfitting", "lsgan", 400, {"dataset.limit": 50, "seed": 3}),
    Case("both rates at .1", "divergence", "dcgan", 100, rates(0.1), cure=("growth/generator", "less")),
    Case(
        "sgd at .1 under a steep penalty",
        "divergence",
        "dcgan",
        100,
        {f"{D}.name": "sgd", f"{D}.learning_rate": 0.1, R1: 1000.0},
    ),
    Case("D asleep", "mode_collapse", "dcgan", 200, {f"{D}.learning_rate": 1e-6}, cure=("coarse_diversity", "more")),
    Case("G far ahead on 25 Gaussians", "mode_collapse", "vanilla", 1000, {f"{G}.learning_rate": 5e-3}, "25-gaussians"),
    Case(
        "momentum on 8 Gaussians",
        "oscillation",
        "vanilla",
        1000,
        {**rates(3e-3), f"{G}.beta1": 0.9, f"{D}.beta1": 0.9},
        "8-gaussians",
    ),
    Case(
        "G ahead on 8 Gaussians",
        "oscillation",
        "vanilla",
        1000,
        {f"{G}.learning_rate": 5e-3, f"{G}.beta1": 0.9},
        "8-gaussians",
    ),
)
