"""Differentiable augmentation of everything D sees (Zhao et al. 2020; Karras et al. 2020)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ganstudio.config import AugmentConfig, RunConfig
from ganstudio.game import DISCRIMINATOR, Door, Game, Task, View
from ganstudio.techniques.technique import Technique, first_of, needs_latents, needs_pixels
from ganstudio.techniques.zero import needs_fixed_zero, undecided

if TYPE_CHECKING:
    from torch import Tensor

    from ganstudio.techniques.augmentation.strength import Strength

_MEMORY = "augment"


def apply(game: Game, config: RunConfig) -> Game:
    """The picked policy before D, in D's steps and in G's."""
    augment = config.techniques.augment
    if augment.policy == "diffaugment":
        return replace(game, views=(*game.views, _diffaugment(augment)))
    if augment.policy == "ada":
        return replace(game, views=(*game.views, _ada(augment)))
    return game


def adapt(game: Game, config: RunConfig) -> Game:
    """The probability follows how often D is right about real images; without this it is the setting's."""
    augment = config.techniques.augment
    if augment.policy != "ada" or not augment.adaptive:
        return game
    from ganstudio.techniques.augmentation.strength import Strength

    zero = undecided(config.objective)
    assert zero is not None, "refused for losses without"

    def observe(door: Door) -> None:
        _strength(door).observe(door.score("real") - zero)

    game = game.with_memory(_MEMORY, Strength(augment.target, augment.speed))
    return game.with_after(DISCRIMINATOR, observe)


def _diffaugment(augment: AugmentConfig) -> View:
    def view(door: Door, x: Tensor, stream: str) -> Tensor:
        from ganstudio.techniques.augmentation import diffaugment

        return diffaugment.change(
            x,
            door.random(f"augment/{stream}"),
            colour=augment.colour,
            translation=augment.translation,
            cutout=augment.cutout,
        )

    return view


def _ada(augment: AugmentConfig) -> View:
    def view(door: Door, x: Tensor, stream: str) -> Tensor:
        import torch

        from ganstudio.techniques.augmentation.chance import Chance
        from ganstudio.techniques.augmentation.colour import coloured
        from ganstudio.techniques.augmentation.geometry import moved

        if _MEMORY in door.memory:
            probability = _strength(door).probability
        else:
            scheduled = door.setting("techniques.augment.probability") * risen(door.cursor.images, augment.ramp)
            if not scheduled:
                return x
            probability = torch.full((), scheduled, device=x.device)
        chance = Chance(len(x), probability, door.random(f"augment/{stream}"))
        x = moved(x, chance) if augment.translation else x
        return coloured(x, chance) if augment.colour else x

    return view


def risen(images: int, ramp: int) -> float:
    """The share of the probability that is used after so many images: from 0 to 1 over the first `ramp`, as half a
    cosine (Huang et al. 2024, their code)."""
    return 0.5 * (1.0 - math.cos(math.pi * min(1.0, images / ramp))) if ramp else 1.0


def _strength(door: Door) -> Strength:
    from ganstudio.techniques.augmentation.strength import Strength

    strength = door.memory[_MEMORY]
    assert isinstance(strength, Strength)
    return strength


def refuse_adapting(config: RunConfig, task: Task) -> str | None:
    """Only where ada is picked: the setting means nothing elsewhere."""
    if config.techniques.augment.policy != "ada":
        return None
    reason = first_of(needs_latents, needs_fixed_zero("An adaptive strength"))(config, task)
    return reason and f"{reason} The probability is as set, or rises to it over a ramp."


AUGMENT = Technique(
    name="augment",
    title="Augmentation",
    paper="Zhao et al. 2020; Karras et al. 2020",
    paths=(
        "techniques.augment.policy",
        "techniques.augment.colour",
        "techniques.augment.translation",
        "techniques.augment.cutout",
        "techniques.augment.probability",
        "techniques.augment.ramp",
    ),
    off="none",
    help="D sees real and generated images changed at random, and cannot learn few images by heart.",
    refusal=needs_pixels,
    apply=apply,
)

ADAPTIVE = Technique(
    name="adaptive-augment",
    title="Adaptive strength",
    paper="Karras et al. 2020",
    paths=("techniques.augment.adaptive", "techniques.augment.target", "techniques.augment.speed"),
    off=False,
    help="ada changes images more often while D is too sure of real ones, and less often once it is not.",
    refusal=refuse_adapting,
    apply=adapt,
    yields=True,
)
