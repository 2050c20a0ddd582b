"""Which settings do something, given the others, and which are switches. Imports neither Qt nor torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ganstudio.config import FieldSpec, RunConfig, field, fields
from ganstudio.data.sources import subject_of
from ganstudio.techniques import TECHNIQUES, Technique
from ganstudio.techniques.augment import ADAPTIVE
from ganstudio.variants import VARIANTS

_PENALTIES = ("gradient", "one_sided", "zero_centred", "r1", "r2")


@dataclass(frozen=True)
class Need:
    """When a setting does something: `holds` for the config; `words` name what it needs."""

    holds: Callable[[RunConfig], bool]
    words: str


def _is(path: str, *values: object) -> Callable[[RunConfig], bool]:
    return lambda config: config.value(path) in values


def _on(path: str) -> Callable[[RunConfig], bool]:
    return lambda config: config.value(path) != SWITCHES[path].off


@dataclass(frozen=True)
class Switch:
    """A number that is also a switch: `off` does nothing, `first` is what switching it on begins with."""

    off: Any
    first: Any


SWITCHES: Mapping[str, Switch] = {
    "objective.penalties.gradient.weight": Switch(0.0, 10.0),
    "objective.penalties.one_sided.weight": Switch(0.0, 10.0),
    "objective.penalties.zero_centred.weight": Switch(0.0, 10.0),
    "objective.penalties.r1.weight": Switch(0.0, 1.0),
    "objective.penalties.r2.weight": Switch(0.0, 1.0),
    "objective.drift": Switch(0.0, 1e-3),
    "objective.orthogonal": Switch(0.0, 1e-4),
    "techniques.instance_noise.sigma": Switch(0.0, 0.1),
    "techniques.feature_matching.weight": Switch(0.0, 1.0),
    "techniques.unrolled.steps": Switch(0, 5),
    "techniques.lecam.weight": Switch(0.0, 0.3),
    "techniques.weight_clip": Switch(0.0, 0.01),
    "techniques.dropout": Switch(0.0, 0.3),
    "techniques.perturbation": Switch(0.0, 1.0),
    "techniques.real_label": Switch(1.0, 0.9),
    **{f"optimizer.{player}.{clip}": Switch(0.0, 1.0) for player in ("generator", "discriminator")
       for clip in ("clip_norm", "clip_value")},
}  # fmt: skip
"""Those with a value of their own; switches without one are booleans, and choices of which one is "none"."""

_AUGMENT, _MINIBATCH, _SCHEDULE = "techniques.augment", "techniques.minibatch", "optimizer.schedule"
_IS_DIFFAUGMENT = Need(_is(f"{_AUGMENT}.policy", "diffaugment"), "augmentation diffaugment")
_IS_ADA = Need(_is(f"{_AUGMENT}.policy", "ada"), "augmentation ada")


def _adapts(config: RunConfig) -> bool:
    defined = config.variant.name not in VARIANTS or not VARIANTS.get(config.variant.name).refusal(ADAPTIVE, config)
    return defined and config.techniques.augment.adaptive


_IS_ADAPTIVE = Need(
    lambda config: config.techniques.augment.policy == "ada" and _adapts(config),
    "augmentation ada with adaptive strength",
)
_IS_FIXED = Need(
    lambda config: config.techniques.augment.policy == "ada" and not _adapts(config),
    "augmentation ada without adaptive strength",
)
_AUGMENTS = Need(lambda config: config.techniques.augment.policy != "none", "an augmentation")
_FALLS = Need(lambda config: config.optimizer.schedule.name != "constant", "a rate schedule")
_NEEDS: Mapping[str, Need] = {
    "objective.targets": Need(_is("objective.loss", "least-squares"), "the least-squares loss"),
    **{f"objective.penalties.{name}.every": Need(_on(f"objective.penalties.{name}.weight"), "its penalty")
       for name in _PENALTIES},
    "variant.conditioning": Need(_is("variant.conditional", True), "class-conditional networks"),
    "techniques.ema.ramp": Need(lambda config: config.techniques.ema.half_life > 0, "an EMA half-life"),
    "techniques.instance_noise.length": Need(_on("techniques.instance_noise.sigma"), "instance noise"),
    f"{_MINIBATCH}.kernels": Need(_is(f"{_MINIBATCH}.kind", "discrimination"), "minibatch discrimination"),
    f"{_MINIBATCH}.dims": Need(_is(f"{_MINIBATCH}.kind", "discrimination"), "minibatch discrimination"),
    f"{_MINIBATCH}.group": Need(_is(f"{_MINIBATCH}.kind", "deviation"), "minibatch deviation"),
    f"{_AUGMENT}.colour": _AUGMENTS,
    f"{_AUGMENT}.translation": _AUGMENTS,
    f"{_AUGMENT}.cutout": _IS_DIFFAUGMENT,
    f"{_AUGMENT}.adaptive": _IS_ADA,
    f"{_AUGMENT}.probability": _IS_FIXED,
    f"{_AUGMENT}.ramp": _IS_FIXED,
    f"{_AUGMENT}.target": _IS_ADAPTIVE,
    f"{_AUGMENT}.speed": _IS_ADAPTIVE,
    "techniques.lecam.decay": Need(_on("techniques.lecam.weight"), "LeCam"),
    "techniques.lecam.start": Need(_on("techniques.lecam.weight"), "LeCam"),
    "techniques.transfer.freeze": Need(
        lambda config: config.techniques.transfer.run is not None, "a run to start from"
    ),
    **{f"{_SCHEDULE}.{name}": _FALLS for name in ("length", "final", "start", "beta2")},
    f"{_SCHEDULE}.penalties": Need(
        lambda config: config.optimizer.schedule.name != "constant"
        and bool(config.objective.penalties.r1.weight or config.objective.penalties.r2.weight),
        "a rate schedule, and R1 or R2",
    ),
    **{f"optimizer.{player}.beta1": Need(_is(f"optimizer.{player}.name", "adam", "sgd"), "Adam or SGD")
       for player in ("generator", "discriminator")},
    **{f"optimizer.{player}.beta2": Need(_is(f"optimizer.{player}.name", "adam", "rmsprop"), "Adam or RMSprop")
       for player in ("generator", "discriminator")},
    f"{_SCHEDULE}.slowest": Need(
        lambda config: config.optimizer.schedule.accuracy is not None, "rates by D's accuracy"
    ),
    f"{_SCHEDULE}.factor": Need(lambda config: config.optimizer.schedule.plateau is not None, "reduce on plateau"),
    "training.stop.settled": Need(_is("objective.loss", "wasserstein"), "the Wasserstein loss"),
}  # fmt: skip
_OF_IMAGES = frozenset({"dataset.resolution", "dataset.channels", "dataset.mirror"})


def idle(config: RunConfig) -> dict[str, str]:
    """The settings that do nothing with the others as they are, each with the reason in a sentence."""
    found = {path: f"Only with {need.words}." for path, need in _NEEDS.items() if not need.holds(config)}
    if subject_of(config.dataset.name) == "points":
        found |= dict.fromkeys(_OF_IMAGES, "Only for images.")
    if config.variant.name in VARIANTS:
        variant = VARIANTS.get(config.variant.name)
        found |= dict.fromkeys(variant.unused_by(config), f"{variant.short} has no such setting.")
    return found


def refusals(config: RunConfig) -> dict[str, str]:
    """Switches of techniques that are not defined here and do nothing, each with the reason in a sentence."""
    if config.variant.name not in VARIANTS:
        return {}
    variant = VARIANTS.get(config.variant.name)
    asked = ((technique, variant.refusal(technique, config)) for technique in TECHNIQUES)
    return {
        technique.paths[0]: reason
        for technique, reason in asked
        if reason is not None and not technique.insists(config)
    }


def technique_of(path: str) -> Technique | None:
    """The technique that `path` switches."""
    return next((technique for technique in TECHNIQUES if technique.paths[0] == path), None)


def is_detail(path: str) -> bool:
    """Whether `path` says more about the setting above it, and shows only while that is in use."""
    return path in _DETAILS


def switched_on(config: RunConfig, section: str) -> list[str]:
    """The switches of a section of the form that are on, in the order of the form."""
    hidden = idle(config)
    return [path for path in _heads(section) if path not in hidden and _is_on(path, config.value(path))]


def _heads(section: str) -> list[str]:
    return [spec.path for spec in fields() if spec.section == section and _is_switch(spec)]


def _is_switch(spec: FieldSpec) -> bool:
    switches = spec.path in SWITCHES or spec.kind == "bool" or spec.optional or "none" in spec.choices
    return switches and not is_detail(spec.path)


def _is_on(path: str, value: object) -> bool:
    off = SWITCHES[path].off if path in SWITCHES else "none" if field(path).choices else field(path).default
    return bool(value != off)


_DETAILS = frozenset(_NEEDS) - {
    "training.stop.settled",
    *(f"optimizer.{player}.{name}" for player in ("generator", "discriminator") for name in ("beta1", "beta2")),
}
