"""Starting points: a variant with its paper's settings, or a recipe tried for a purpose. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganstudio.config import RunConfig, check_format_version, flatten
from ganstudio.data.store import check_batch, plan, planned_count
from ganstudio.variants import VARIANTS


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings that were tried together. `expected` says what it brings and how long that takes, in words."""

    name: str
    title: str
    summary: str
    expected: str
    values: Mapping[str, Any]

    def config(self) -> RunConfig:
        """The recipe as a config."""
        return compose(self.values)


FIRST_MINUTE = Recipe(
    name="digits",
    title="Digits in about a minute",
    summary="R3GAN learns to draw handwritten digits from 10 000 examples that came with the studio. "
    "Nothing to download or set.",
    expected="about 1 min",
    values={
        "dataset.name": "mnist-10k",
        "variant.name": "r3gan",
        "variant.conditional": True,
        "variant.latent_size": 32,
        "variant.generator_width": 16,
        "variant.discriminator_width": 16,
        "variant.generator_depth": 0,
        "variant.discriminator_depth": 0,
        "objective.penalties.r1.weight": 1.0,
        "objective.penalties.r2.weight": 1.0,
        "objective.penalties.r1.every": 8,
        "objective.penalties.r2.every": 8,
        "techniques.ema.half_life": 4_000.0,
        "optimizer.generator.learning_rate": 4e-3,
        "optimizer.discriminator.learning_rate": 4e-3,
        "optimizer.schedule.name": "cosine",
        "optimizer.schedule.length": 60_000,
        "optimizer.schedule.final": 0.2,
        "training.batch_size": 32,
        "training.steps": 2000,
        "training.log_every": 20,
        "training.sample_every": 50,
    },
)

EMOJI = Recipe(
    name="emoji",
    title="Emoji, 64 px",
    summary="R3GAN on 3 729 colour images.",
    expected="about 2 h",
    values={
        "dataset.name": "emoji-noto",
        "variant.name": "r3gan",
        "variant.generator_depth": 1,
        "variant.discriminator_depth": 1,
        "variant.generator_width": 32,
        "variant.discriminator_width": 32,
        "objective.penalties.r1.weight": 1.0,
        "objective.penalties.r2.weight": 1.0,
        "techniques.ema.half_life": 20_000.0,
        "optimizer.generator.learning_rate": 1e-3,
        "optimizer.discriminator.learning_rate": 1e-3,
        "training.steps": 20_000,
    },
)

CLASSES = Recipe(
    name="digits-by-class",
    title="Digits by class",
    summary="DCGAN, told which digit to draw.",
    expected="about 10 min",
    values={
        "dataset.name": "mnist-10k",
        "variant.name": "dcgan",
        "variant.conditional": True,
        "training.batch_size": 64,
        "techniques.ema.half_life": 5_000.0,
    },
)

RECIPES = (FIRST_MINUTE, EMOJI, CLASSES)


def compose(values: Mapping[str, Any]) -> RunConfig:
    """A config from dotted `values` on top of their variant's paper settings. UserError names what is wrong."""
    base = RunConfig()
    variant = VARIANTS.get(str(values.get("variant.name", base.variant.name)))
    return base.with_values({"variant.name": variant.name, **variant.defaults, **values})


def resolve(data: Mapping[str, Any]) -> RunConfig:
    """A config from what a person gave: the first-minute recipe when it names no variant, else that variant's paper.

    `data` is nested (a config file) or dotted (a command line).
    """
    check_format_version(data)
    values = flatten(data)
    values.pop("format_version", None)
    if "variant.name" not in values:
        values = {**FIRST_MINUTE.values, **values}
    return compose(values)


def check(config: RunConfig) -> None:
    """UserError, naming the setting, when the config cannot be trained; decodes no picture and imports no torch."""
    source, shape = plan(config.dataset)
    VARIANTS.get(config.variant.name).check(config, shape)
    count = planned_count(config.dataset, source.describe().count)
    check_batch(config.dataset.name, config.training.batch_size, count)
