"""The game of one generator against one discriminator, put together from a loss, penalties, techniques and networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ganstudio.config import RunConfig
from ganstudio.game import (
    DISCRIMINATOR,
    GENERATOR,
    Cursor,
    DataShape,
    Door,
    Game,
    Networks,
    Phase,
    Player,
    Setting,
    Task,
    Term,
)
from ganstudio.losses.adversarial import CROSS_ENTROPY, adversarial_loss
from ganstudio.losses.penalties import between, input_gradients, one_centred, zero_centred
from ganstudio.networks.discriminator import CriticOptions
from ganstudio.networks.mlp import PointDiscriminator, PointGenerator
from ganstudio.techniques import apply_techniques

_BOOSTED_STEPS, _BOOST_EVERY, _BOOST = 25, 500, 100


def latent_game(
    config: RunConfig,
    shape: DataShape,
    *,
    generator: Callable[[int], nn.Module],
    discriminator: Callable[[CriticOptions], nn.Module],
) -> Game:
    """One generator, one discriminator; a round is `training.discriminator_steps` plays of D, then one of G.

    `generator` makes G for a number of classes (0: unconditional), `discriminator` D from the parts that were picked.
    Points are played with multilayer perceptrons in their place.
    """
    options, num_classes = config.variant, num_classes_of(config, shape)
    parts = critic_options(config, num_classes)
    if shape.subject == "points":
        networks: dict[str, nn.Module] = {
            GENERATOR: PointGenerator(
                options.latent_size, options.generator_width, options.generator_depth, num_classes
            ),
            DISCRIMINATOR: PointDiscriminator(options.discriminator_width, options.discriminator_depth, parts),
        }
    else:
        networks = {GENERATOR: generator(num_classes), DISCRIMINATOR: discriminator(parts)}
    game = Game(
        networks=networks,
        players=(
            Player(name=DISCRIMINATOR, networks=(DISCRIMINATOR,), optimizer="optimizer.discriminator"),
            Player(name=GENERATOR, networks=(GENERATOR,), optimizer="optimizer.generator"),
        ),
        phase=rounds(config),
        generate=generate,
        latent_size=options.latent_size,
        num_classes=num_classes,
        subject=shape.subject,
    )
    task: Task = "points" if shape.subject == "points" else "conditional" if num_classes else "latent"
    return apply_techniques(game, config, task)


def convolutional_game(
    config: RunConfig, shape: DataShape, generator: Callable[..., nn.Module], discriminator: Callable[..., nn.Module]
) -> Game:
    """A latent game of networks made as DCGAN's are: of sizes, G's norm, and how the class enters."""
    options, side, channels = config.variant, shape.resolution, shape.channels
    return latent_game(
        config,
        shape,
        generator=lambda num_classes: generator(
            options.latent_size,
            side,
            channels,
            options.generator_width,
            num_classes,
            norm=options.generator_norm,
            conditioning=options.conditioning,
        ),
        discriminator=lambda parts: discriminator(side, channels, options.discriminator_width, parts),
    )


def num_classes_of(config: RunConfig, shape: DataShape) -> int:
    """Classes that both networks are told; 0 for an unconditional game."""
    return shape.num_classes if config.variant.conditional else 0


def critic_options(config: RunConfig, num_classes: int) -> CriticOptions:
    """The parts of D that `config` picks."""
    minibatch = config.techniques.minibatch
    return CriticOptions(
        norm=config.variant.discriminator_norm,
        num_classes=num_classes,
        conditioning=config.variant.conditioning,
        minibatch=minibatch.kind,
        kernels=minibatch.kernels,
        dims=minibatch.dims,
        group=minibatch.group,
        dropout=config.techniques.dropout,
    )


def rounds(config: RunConfig) -> Callable[[Cursor, Setting], Phase]:
    """One phase for the whole run: some plays of D, then one of G."""
    terms = {DISCRIMINATOR: discriminator_terms(config), GENERATOR: generator_terms(config)}
    boosted = config.training.critic_boost

    def phase(cursor: Cursor, setting: Setting) -> Phase:
        count: int = setting("training.discriminator_steps")
        if boosted and (cursor.step < _BOOSTED_STEPS or cursor.step % _BOOST_EVERY == 0):
            count = _BOOST
        return Phase(name="train", plays=(DISCRIMINATOR,) * count + (GENERATOR,), terms=terms)

    return phase


def generate(networks: Networks, z: Tensor, y: Tensor | None) -> Tensor:
    """G's images of latents (N, L) and classes (N,)."""
    images: Tensor = networks[GENERATOR](z) if y is None else networks[GENERATOR](z, y)
    return images


def discriminator_terms(config: RunConfig) -> tuple[Term, ...]:
    """D's adversarial loss and its penalties."""
    loss = adversarial_loss(config.objective)
    smooths = config.objective.loss in CROSS_ENTROPY
    penalties = config.objective.penalties

    def adversarial(door: Door) -> Tensor:
        label = door.setting("techniques.real_label") if smooths else 1.0
        return loss.discriminator(door.score("real"), door.score("fake"), real_label=label)

    def penalty(name: str, value: Callable[[Door], Tensor], **more: Any) -> Term:
        every = getattr(penalties, name).every
        return Term(name=name, value=value, weight=f"objective.penalties.{name}.weight", every=every, **more)

    return (
        Term(name="adversarial", value=adversarial),
        penalty("gradient", lambda door: one_centred(slope_between(door))),
        penalty("one_sided", lambda door: one_centred(slope_between(door), one_sided=True)),
        penalty("zero_centred", lambda door: zero_centred(slope_between(door))),
        penalty("r1", lambda door: zero_centred(door.slope("real")), input_grad=("real",), scheduled=True),
        penalty("r2", lambda door: zero_centred(door.slope("fake")), input_grad=("fake",), scheduled=True),
        Term(name="drift", value=lambda door: door.score("real").square().mean(), weight="objective.drift"),
    )


def slope_between(door: Door) -> Tensor:
    """The gradient of D's logits by images between the play's real and generated ones, one random place a pair."""

    def make() -> Tensor:
        real = door.real()
        share = torch.rand(len(real), generator=door.random("interpolation"), device=real.device)
        mixed = between(real, door.fake(), share)
        return input_gradients(door.critic(mixed, door.labels()), (mixed,))[0]

    return door.once("slope between", make)


def generator_terms(config: RunConfig) -> tuple[Term, ...]:
    """G's adversarial loss."""
    loss = adversarial_loss(config.objective)

    def adversarial(door: Door) -> Tensor:
        return loss.generator(door.score("real") if loss.paired else None, door.score("fake"))

    return (Term(name="adversarial", value=adversarial),)
