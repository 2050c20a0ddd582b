"""What a variant says of itself: its card, its paper's settings, and how to build its game. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import DataShape, Game, is_growable
from ganstudio.registry import Registry

Task = Literal["latent", "conditional", "points", "image-to-image"]


@dataclass(frozen=True)
class Paper:
    """Where a variant comes from."""

    authors: str
    year: int
    arxiv: str

    @property
    def url(self) -> str:
        """The paper's page."""
        return f"https://arxiv.org/abs/{self.arxiv}"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One GAN variant.

    `title` is the paper's name for it, `short` what lists show. `defaults` are the paper's settings by config path.
    `unused` are settings that mean nothing here; forms leave them out. `build` makes the game and may import torch.
    """

    name: str
    title: str
    short: str
    task: Task
    idea: str
    paper: Paper
    defaults: Mapping[str, Any]
    build: Callable[[RunConfig, DataShape], Game]
    unused: frozenset[str] = field(default=frozenset())
    grows: bool = True
    """Whether its networks grow by doubling, which restricts the resolutions."""

    def check(self, config: RunConfig, shape: DataShape) -> None:
        """UserError, naming the setting, when `config` makes no sense for this variant on data of this shape."""
        if self.grows and not is_growable(shape.resolution):
            near = [side for side in range(8, 513) if is_growable(side)]
            nearest = min(near, key=lambda side: abs(side - shape.resolution))
            raise UserError(
                f"{self.short} doubles a 4 to 7 px image and cannot reach {shape.resolution} px; use {nearest} px.",
                path="dataset.resolution",
            )
        if config.variant.conditional and "variant.conditional" in self.unused:
            raise UserError(f"{self.short} has no class-conditional form; DCGAN has.", path="variant.conditional")
        if config.variant.conditional and shape.num_classes < 2:
            raise UserError(
                "These images have no classes to condition on; put them in one sub-folder a class.",
                path="variant.conditional",
            )
        if config.techniques.real_label != 1.0 and config.objective.loss not in {"non-saturating", "saturating"}:
            raise UserError(
                f"Label smoothing needs a cross-entropy loss; the loss here is {config.objective.loss}.",
                path="techniques.real_label",
            )


VARIANTS: Registry[Variant] = Registry("variant", "ganstudio.variants", "variant.name")
