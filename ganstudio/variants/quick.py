"""What the first-minute presets have in common: many small steps of narrow networks. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ganstudio.variants.variant import FIRST_MINUTE_PRESET, Preset

QUICK: Mapping[str, Any] = MappingProxyType(
    {
        "variant.generator_width": 16,
        "variant.discriminator_width": 16,
        "techniques.ema.half_life": 4_000.0,
        "techniques.ema.ramp": 0.05,
        "optimizer.schedule.name": "cosine",
        "optimizer.schedule.final": 0.1,
        "training.batch_size": 32,
        "training.log_every": 20,
        "training.sample_every": 50,
    }
)


def first_minute(values: Mapping[str, Any], note: str = "", *, images: int = 100_000) -> Preset:
    """The preset "first minute on a CPU": `values` on top of what all of them share, tried on mnist-10k.

    The rates reach their end, and so does the run, when D has seen so many `images`: what two cores do in two or three
    minutes. `note` says in a sentence what else the preset changes that a person should know.
    """
    shared = {**QUICK, **values}
    summary = "Narrow networks, small batches and high rates: shows digits on a CPU in a minute or three."
    a_step = shared["training.batch_size"] * shared.get("training.discriminator_steps", 1)
    return Preset(
        name=FIRST_MINUTE_PRESET,
        title="First minute on a CPU",
        summary=f"{summary} {note}".strip(),
        values={"optimizer.schedule.length": images, "training.steps": 100 * round(images / a_step / 100), **shared},
    )


def rates(generator: float, discriminator: float | None = None, beta1: float | None = None) -> dict[str, float]:
    """Learning rates of both networks, the same unless D's is given; and their beta1 where given."""
    values = {
        "optimizer.generator.learning_rate": generator,
        "optimizer.discriminator.learning_rate": generator if discriminator is None else discriminator,
    }
    if beta1 is not None:
        values |= {"optimizer.generator.beta1": beta1, "optimizer.discriminator.beta1": beta1}
    return values


def smooth(gamma: float = 0.5) -> dict[str, Any]:
    """R1 in the place of D's batch norm, and the high rates that it allows."""
    return {
        "variant.latent_size": 32,
        "variant.discriminator_norm": "none",
        "objective.penalties.r1.weight": gamma,
        "objective.penalties.r1.every": 8,
        **rates(3e-3),
        **betas(0.0, 0.99),
    }


BY_CLASS: Mapping[str, Any] = MappingProxyType(
    {"variant.conditional": True, "variant.conditioning": "projection"},
)
"""Both networks are told the class, where there are any: what a class looks like is learnt sooner."""


def smooth_by_class(values: Mapping[str, Any] = MappingProxyType({}), *, gamma: float = 0.5, images: int) -> Preset:
    """The preset "first minute on a CPU" with both of these, and `values` on top."""
    note = "R1 in the place of D's batch norm, and by class."
    return first_minute({**BY_CLASS, **smooth(gamma), **values}, note, images=images)


def betas(beta1: float, beta2: float) -> dict[str, float]:
    """The same betas for both networks."""
    return {
        f"optimizer.{player}.{name}": value
        for player in ("generator", "discriminator")
        for name, value in (("beta1", beta1), ("beta2", beta2))
    }
