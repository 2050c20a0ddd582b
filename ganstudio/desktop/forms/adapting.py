"""What a choice of data set or variant changes besides, so that it alone never leaves the form invalid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ganstudio.config import RunConfig
from ganstudio.data.description import Description
from ganstudio.data.sources import DATASETS, find_source, subject_of
from ganstudio.data.store import planned_count
from ganstudio.errors import UserError
from ganstudio.variants import VARIANTS, Variant
from ganstudio.variants.recipes import compose

_OF_PICTURES = {"dataset.resolution": None, "dataset.channels": "native", "dataset.mirror": False}
_SHAPED = ("variant.", "optimizer.", "training.", "objective.", "techniques.")


@dataclass(frozen=True)
class Adaptation:
    """Settings to take, by path, and sentences that tell the person why."""

    values: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def describe_at_once(name: str) -> Description | None:
    """The description of a data set that is known by name; None for folders and files, which take a while to read."""
    if name not in DATASETS:
        return None
    try:
        return find_source(name).describe()
    except UserError:
        return None


def to_dataset(config: RunConfig, name: str) -> Adaptation:
    """Settings for the data set `name`; between images and points, what suits the one gives way to what the other."""
    values: dict[str, Any] = {"dataset.name": name}
    if subject_of(name) != subject_of(config.dataset.name):
        values |= _suited(config, name)
        if subject_of(name) == "points":
            values |= _OF_PICTURES
    if name == config.dataset.target:
        values["dataset.target"] = config.dataset.name
    return Adaptation(values)


def to_description(config: RunConfig, description: Description, wanted: bool = False) -> Adaptation:
    """What data of this description need changed; `wanted`: classes were asked for before they were gone."""
    values: dict[str, Any] = {}
    said: list[str] = []
    variant = VARIANTS.get(config.variant.name) if config.variant.name in VARIANTS else None
    can = variant is not None and "variant.conditional" not in variant.unused
    has_classes = len(description.classes) >= 2
    if config.variant.conditional and not has_classes and not (variant and variant.needs_classes):
        values["variant.conditional"] = False
        said.append(f"{description.title} has no classes: class-conditional is off.")
    elif wanted and has_classes and can and not config.variant.conditional:
        values["variant.conditional"] = True
    count = planned_count(config.dataset, description.count)
    if 1 <= count < config.training.batch_size:
        values["training.batch_size"] = count
        said.append(f"{description.title} has {count} images to learn from: the batch is no larger.")
    return Adaptation(values, tuple(said))


def to_variant(config: RunConfig, variant: Variant, kept: tuple[str, ...]) -> RunConfig:
    """The paper's settings of `variant`, with what `kept` names (beginnings of paths) as it is in `config`.

    Where the data set does not suit it, it brings its own; so does one that translates to a second data set.
    """
    suits = not (variant.task == "image-to-image" and subject_of(config.dataset.name) == "points")
    name = config.dataset.name if suits else variant.defaults.get("dataset.name", RunConfig().dataset.name)
    paper = compose({"variant.name": variant.name, "dataset.name": name})
    mine = {path: value for path, (value, _) in config.differences(paper).items() if path.startswith(kept)}
    mine.pop("dataset.name", None)
    if "dataset.target" not in variant.special:
        mine["dataset.target"] = None
    elif config.dataset.target is None:
        mine |= {
            path: variant.defaults[path] for path in ("dataset.name", "dataset.target") if path in variant.defaults
        }
    if variant.needs_classes:
        mine["variant.conditional"] = True
    return paper.with_values(mine)


def _suited(config: RunConfig, name: str) -> dict[str, Any]:
    """What the variant's settings are on the data set `name` where they are other than on that of `config`."""
    if config.variant.name not in VARIANTS:
        return {}
    before, after = (
        compose({"variant.name": config.variant.name, "dataset.name": dataset})
        for dataset in (config.dataset.name, name)
    )
    return {path: new for path, (new, _) in after.differences(before).items() if path.startswith(_SHAPED)}
