"""What a variant says of itself: its card, its paper's settings, and how to build its game. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import DataShape, Game, Task, is_growable
from ganstudio.registry import Registry
from ganstudio.techniques import TECHNIQUES, Technique
from ganstudio.variants import points

SPECIAL = frozenset(
    {
        "dataset.target",
        "variant.scale",
        "variant.stage_images",
        "variant.pretraining",
        "variant.crop",
        "objective.cycle",
        "objective.identity",
        "objective.pixels",
        "objective.perceptual",
        "objective.adversarial",
        "training.critic_boost",
    }
)
"""Settings that only those variants have which name them."""


@dataclass(frozen=True)
class Paper:
    """Where a variant comes from."""

    authors: str
    year: int
    arxiv: str = ""
    """Its number on arXiv; empty where it is not there, and `doi` says where it is."""
    doi: str = ""

    @property
    def url(self) -> str:
        """The paper's page."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else f"https://doi.org/{self.doi}"

    @property
    def reference(self) -> str:
        """Its number, as a link shows it."""
        return f"arXiv {self.arxiv}" if self.arxiv else f"doi {self.doi}"


FIRST_MINUTE_PRESET = "first-minute"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Settings, by config path, that were tried together on top of a variant's paper. `summary` says for what."""

    name: str
    title: str
    summary: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One GAN variant.

    `title` is the paper's name for it, `short` what lists show. `defaults` are the paper's settings by config path.
    `without` are settings that mean nothing here, and `special` those of a few variants that mean something; forms
    leave out the rest of them. `build` makes the game and may import torch.
    """

    name: str
    title: str
    short: str
    task: Task
    idea: str
    paper: Paper
    defaults: Mapping[str, Any]
    build: Callable[[RunConfig, DataShape], Game]
    without: frozenset[str] = field(default=frozenset())
    special: frozenset[str] = field(default=frozenset())
    presets: tuple[Preset, ...] = ()
    """Starting points besides the paper's."""
    needs_classes: bool = False
    """Whether it is nothing without classes."""
    grows: bool = True
    """Whether its networks grow by doubling, which restricts the resolutions."""
    unit_latents: bool = False
    """Whether its generator brings latents to one length first, so that truncation changes nothing."""
    demands: Callable[[RunConfig, DataShape], None] | None = None
    """Raises a UserError for what this variant alone cannot do."""

    @property
    def unused(self) -> frozenset[str]:
        """Settings that mean nothing here."""
        return self.without | (SPECIAL - self.special)

    def unused_by(self, config: RunConfig) -> frozenset[str]:
        """Settings that mean nothing here on the data set of `config`."""
        return points.unused_on_points(self.unused) if points.are_learnt(config) else self.unused

    def check(self, config: RunConfig, shape: DataShape) -> None:
        """UserError, naming the setting, when `config` makes no sense for this variant on data of this shape."""
        if shape.subject == "points":
            if self.task == "image-to-image":
                raise UserError(f"{self.short} translates images; points have none.", path="dataset.name")
            points.check_points(config)
        elif self.grows and not is_growable(shape.resolution):
            near = [side for side in range(8, 513) if is_growable(side)]
            nearest = min(near, key=lambda side: abs(side - shape.resolution))
            raise UserError(
                f"{self.short} doubles a 4 to 7 px image and cannot reach {shape.resolution} px; use {nearest} px.",
                path="dataset.resolution",
            )
        if config.variant.conditional and "variant.conditional" in self.unused:
            raise UserError(f"{self.short} has no class-conditional form; DCGAN has.", path="variant.conditional")
        if self.needs_classes and not config.variant.conditional:
            raise UserError(f"{self.short} is told the class; without one, take DCGAN.", path="variant.conditional")
        if config.variant.conditional and shape.num_classes < 2:
            remedy = "take others" if shape.subject == "points" else "put them in one sub-folder a class"
            raise UserError(
                f"These {shape.subject} have no classes to condition on; {remedy}.", path="variant.conditional"
            )
        if self.demands is not None:
            self.demands(config, shape)
        for technique in TECHNIQUES:
            reason = self.refusal(technique, config)
            if reason is not None and technique.insists(config):
                raise UserError(reason, path=technique.paths[0])

    def techniques(self, config: RunConfig) -> tuple[Technique, ...]:
        """Those that are defined for this variant with these settings, on or off."""
        return tuple(technique for technique in TECHNIQUES if self.refusal(technique, config) is None)

    def refusal(self, technique: Technique, config: RunConfig) -> str | None:
        """Why `technique` is not defined for this variant with these settings; None where it is."""
        if technique.paths[0] in self.unused:
            return f"{self.short} has no place for {technique.title.lower()}."
        if technique.paths[0] in points.REFUSALS and points.are_learnt(config):
            return points.REFUSALS[technique.paths[0]]
        return technique.refusal(config, "points" if points.are_learnt(config) else self.task)


VARIANTS: Registry[Variant] = Registry("variant", "ganstudio.variants", "variant.name")
