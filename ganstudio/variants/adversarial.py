"""The game of one generator against one discriminator, put together from a loss, penalties and two networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.config import RunConfig
from ganstudio.game import DISCRIMINATOR, GENERATOR, Door, Game, Phase, Player, Term
from ganstudio.losses.adversarial import LOSSES
from ganstudio.losses.penalties import one_centred, zero_centred


def adversarial_game(
    config: RunConfig, *, generator: nn.Module, discriminator: nn.Module, num_classes: int = 0
) -> Game:
    """One generator, one discriminator; a round is `training.discriminator_steps` plays of D, then one of G."""
    terms = {DISCRIMINATOR: _discriminator_terms(config), GENERATOR: _generator_terms(config)}

    def phase(_images: int, setting: Callable[[str], Any]) -> Phase:
        plays = (DISCRIMINATOR,) * setting("training.discriminator_steps") + (GENERATOR,)
        return Phase("train", plays, terms)

    return Game(
        networks={GENERATOR: generator, DISCRIMINATOR: discriminator},
        players=(
            Player(name=DISCRIMINATOR, networks=(DISCRIMINATOR,), optimizer="optimizer.discriminator"),
            Player(name=GENERATOR, networks=(GENERATOR,), optimizer="optimizer.generator"),
        ),
        phase=phase,
        generate=_generate,
        latent_size=config.variant.latent_size,
        num_classes=num_classes,
    )


def _generate(networks: Mapping[str, nn.Module], z: Tensor, y: Tensor | None) -> Tensor:
    images: Tensor = networks[GENERATOR](z) if y is None else networks[GENERATOR](z, y)
    return images


def _discriminator_terms(config: RunConfig) -> tuple[Term, ...]:
    loss = LOSSES[config.objective.loss]
    smooths = config.objective.loss in {"non-saturating", "saturating"}
    penalties = config.objective.penalties

    def adversarial(door: Door) -> Tensor:
        label = door.setting("techniques.real_label") if smooths else 1.0
        return loss.discriminator(door.score("real"), door.score("fake"), real_label=label)

    def gradient(door: Door) -> Tensor:
        real = door.real()
        share = torch.rand(len(real), generator=door.random("interpolation"), device=real.device)
        return one_centred(lambda x: door.critic(x, door.labels()), real, door.fake(), share)

    return (
        Term(name="adversarial", value=adversarial),
        Term(
            name="gradient",
            value=gradient,
            weight="objective.penalties.gradient.weight",
            every=penalties.gradient.every,
        ),
        Term(
            name="r1",
            value=lambda door: zero_centred(door.slope("real")),
            weight="objective.penalties.r1.weight",
            every=penalties.r1.every,
            input_grad=("real",),
        ),
        Term(
            name="r2",
            value=lambda door: zero_centred(door.slope("fake")),
            weight="objective.penalties.r2.weight",
            every=penalties.r2.every,
            input_grad=("fake",),
        ),
    )


def _generator_terms(config: RunConfig) -> tuple[Term, ...]:
    loss = LOSSES[config.objective.loss]

    def adversarial(door: Door) -> Tensor:
        return loss.generator(door.score("real") if loss.paired else None, door.score("fake"))

    return (Term(name="adversarial", value=adversarial),)
