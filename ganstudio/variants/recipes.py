"""Starting points: a variant with its paper's settings, or a recipe tried for a purpose. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganstudio.config import RunConfig, check_format_version, flatten
from ganstudio.data.sources import subject_of
from ganstudio.data.store import check_batch, plan, planned_count, target_of
from ganstudio.errors import unknown_name
from ganstudio.variants import VARIANTS, Preset, Variant, points, r3gan
from ganstudio.variants.quick import rates


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
        **r3gan.FIRST_MINUTE.values,
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

POINTS = Recipe(
    name="25-gaussians",
    title="25 Gaussians",
    summary="R3GAN learns points on a grid of 25 modes: see D’s map and where it pulls.",
    expected="about 2 min",
    values={
        "dataset.name": "25-gaussians",
        "variant.name": "r3gan",
        "objective.penalties.r1.weight": 0.1,
        "objective.penalties.r2.weight": 0.1,
        "objective.penalties.r1.every": 4,
        "objective.penalties.r2.every": 4,
        **rates(2e-3),
        "optimizer.generator.beta2": 0.99,
        "optimizer.discriminator.beta2": 0.99,
        "optimizer.schedule.length": 1_000_000,
        "optimizer.schedule.beta2": None,
        "optimizer.schedule.penalties": 1.0,
        "techniques.ema.half_life": 3_000.0,
        "training.steps": 6_000,
    },
)

RECIPES = (FIRST_MINUTE, EMOJI, CLASSES, POINTS)


def presets(variant: Variant) -> tuple[Preset, ...]:
    """The starting points of `variant`, its paper's settings first. Each is laid over the paper's."""
    paper = Preset(name="paper", title="Paper", summary="The settings of the paper.", values={})
    return (paper, *variant.presets)


def preset_named(variant: Variant, name: str) -> Preset:
    """The preset of `variant`. UserError with the nearest name when there is none."""
    known = {preset.name: preset for preset in presets(variant)}
    if name not in known:
        raise unknown_name(f"preset of {variant.name}", name, known)
    return known[name]


def compose(values: Mapping[str, Any]) -> RunConfig:
    """A config from dotted `values` on top of their variant's paper settings. UserError names what is wrong.

    On a data set of points the networks, rates and lengths are those that suit points.
    """
    base = RunConfig()
    variant = VARIANTS.get(str(values.get("variant.name", base.variant.name)))
    on_points = subject_of(str(values.get("dataset.name", base.dataset.name))) == "points"
    adapted = points.DEFAULTS if on_points else {}
    return base.with_values({"variant.name": variant.name, **variant.defaults, **adapted, **values})


def resolve(data: Mapping[str, Any], preset: str | None = None) -> RunConfig:
    """A config from what a person gave: that variant's `preset`, its paper unless given.

    Without a variant, it is what suits the data set. `data` is nested (a config file) or dotted (a command line).
    What stems from a starting point gives way to the data: without classes, nothing is conditional; on points, the
    networks, rates and lengths are theirs.
    """
    check_format_version(data)
    given = flatten(data)
    given.pop("format_version", None)
    values = given
    if preset is not None:
        variant = VARIANTS.get(str(given.get("variant.name", FIRST_MINUTE.values["variant.name"])))
        on_points = subject_of(str(given.get("dataset.name", ""))) == "points"
        kept = points.DEFAULTS if on_points else {}
        found = preset_named(variant, preset).values
        values = {"variant.name": variant.name, **{path: found[path] for path in found if path not in kept}, **given}
    elif "variant.name" not in given:
        values = {**starting_values(given), **given}
    config = compose(values)
    if not config.variant.conditional or "variant.conditional" in given:
        return config
    if VARIANTS.get(config.variant.name).needs_classes or plan(config.dataset)[1].num_classes >= 2:
        return config
    return config.with_values({"variant.conditional": False})


def starting_values(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What to train the data set of `given` with when no variant is named: the recipe that was tried on it, else R3GAN.

    R3GAN's penalties are the paper's at 64 and 256 px, their geometric mean at 128 px, and the digits' up to 32 px;
    batches are no larger than the data.
    """
    name = given.get("dataset.name", FIRST_MINUTE.values["dataset.name"])
    for recipe in RECIPES:
        if recipe.values["dataset.name"] == name:
            return recipe.values
    paths = ("name", "resolution", "limit", "holdout")
    if subject_of(str(name)) == "points":
        return {**POINTS.values, "dataset.name": name}
    chosen = {f"dataset.{path}": given[f"dataset.{path}"] for path in paths if f"dataset.{path}" in given}
    dataset = RunConfig().with_values(chosen).dataset
    source, shape = plan(dataset)
    count = planned_count(dataset, source.describe().count)
    gamma = next((gamma for side, gamma in _GAMMAS if shape.resolution <= side), _GAMMAS[-1][1])
    return {
        **EMOJI.values,
        "dataset.name": name,
        "objective.penalties.r1.weight": gamma,
        "objective.penalties.r2.weight": gamma,
        "training.batch_size": max(1, min(64, count)),
    }


_GAMMAS = ((32, 1.0), (64, 2.0), (128, 17.0), (256, 150.0))
"""Weights of R3GAN's penalties by side in pixels."""


def check(config: RunConfig) -> None:
    """UserError, naming the setting, when the config cannot be trained; decodes no picture and imports no torch."""
    source, shape = plan(config.dataset)
    variant = VARIANTS.get(config.variant.name)
    variant.check(config, shape)
    if "dataset.target" not in variant.unused:
        target, _ = plan(target_of(config.dataset, shape))
        check_batch(target.name, config.training.batch_size, planned_count(config.dataset, target.describe().count))
    count = planned_count(config.dataset, source.describe().count)
    check_batch(config.dataset.name, config.training.batch_size, count, shape.subject)
