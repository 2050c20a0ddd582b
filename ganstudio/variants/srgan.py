"""SRGAN (Ledig et al. 2017): enlarge images, first by pixels, then so that D takes the detail for real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import (
    DISCRIMINATOR,
    GENERATOR,
    SOURCE,
    Cursor,
    DataShape,
    Door,
    Game,
    Kind,
    Networks,
    Phase,
    Player,
    Setting,
    Term,
    Translation,
)
from ganstudio.variants.quick import betas, rates
from ganstudio.variants.variant import FIRST_MINUTE_PRESET, Paper, Preset, Variant

if TYPE_CHECKING:
    from torch import Tensor

_PERCEPTUAL = "perceptual"
COLUMNS = ("low", "bicubic", "restored", "truth")


def build(config: RunConfig, shape: DataShape) -> Game:
    """One generator that enlarges, one discriminator, and a network whose features are compared."""
    from ganstudio.networks.perceptual import PerceptualDistance
    from ganstudio.networks.resampling import enlarge, shrink
    from ganstudio.networks.srgan import SuperDiscriminator, SuperResolver
    from ganstudio.techniques import apply_techniques
    from ganstudio.variants.adversarial import critic_options

    options, channels, scale = config.variant, shape.channels, config.variant.scale
    side = crop_side(options.crop, shape.resolution, scale)

    def show(networks: Networks, images: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        low = shrink(images[SOURCE], scale)
        coarse = low.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3)
        return coarse, enlarge(low, scale), networks[GENERATOR](low), images[SOURCE]

    game = Game(
        networks={
            GENERATOR: SuperResolver(
                channels, options.generator_width, options.generator_depth, scale, options.generator_norm
            ),
            DISCRIMINATOR: SuperDiscriminator(side, channels, options.discriminator_width, critic_options(config, 0)),
        },
        players=(
            Player(name=DISCRIMINATOR, networks=(DISCRIMINATOR,), optimizer="optimizer.discriminator"),
            Player(name=GENERATOR, networks=(GENERATOR,), optimizer="optimizer.generator"),
        ),
        phase=phases(config, side),
        helpers={_PERCEPTUAL: PerceptualDistance()},
        translation=Translation(
            columns=COLUMNS,
            show=show,
            translate=lambda networks, images: networks[GENERATOR](images),
            scale=scale,
            as_input=lambda images: shrink(images, scale),
        ),
    )
    return apply_techniques(game, config, "image-to-image")


def crop_side(crop: int, resolution: int, scale: int) -> int:
    """Side of the pieces that are learnt from: `crop`, or the largest below it that the data and the scale allow."""
    return min(crop, resolution) // scale * scale


def phases(config: RunConfig, side: int) -> Callable[[Cursor, Setting], Phase]:
    """G alone by pixels for `variant.pretraining` images, then both networks (section 3.2)."""
    from ganstudio.losses.adversarial import CROSS_ENTROPY, adversarial_loss
    from ganstudio.networks.resampling import shrink
    from ganstudio.networks.srgan import crop

    loss, scale = adversarial_loss(config.objective), config.variant.scale
    smooths = config.objective.loss in CROSS_ENTROPY

    def truth(door: Door) -> Tensor:
        return door.once("truth", lambda: crop(door.real(), side, door.random("crop")))

    def restored(door: Door) -> Tensor:
        return door.once("restored", lambda: door.run(GENERATOR, shrink(truth(door), scale)))

    def score(door: Door, kind: Kind) -> Tensor:
        logits = door.critic(truth(door) if kind == "real" else restored(door), stream=f"critic/{kind}")
        door.observe(kind, logits)
        return logits

    def pixels(door: Door) -> Tensor:
        return (restored(door) - truth(door)).square().mean()

    def perceptual(door: Door) -> Tensor:
        return door.run(_PERCEPTUAL, restored(door), truth(door))

    def tell_apart(door: Door) -> Tensor:
        label = door.setting("techniques.real_label") if smooths else 1.0
        return loss.discriminator(score(door, "real"), score(door, "fake"), real_label=label)

    def fool(door: Door) -> Tensor:
        return loss.generator(score(door, "real") if loss.paired else None, score(door, "fake"))

    first = {GENERATOR: (Term(name="pixels", value=pixels),)}
    second = {
        DISCRIMINATOR: (Term(name="adversarial", value=tell_apart),),
        GENERATOR: (
            Term(name="pixels", value=pixels, weight="objective.pixels"),
            Term(name="perceptual", value=perceptual, weight="objective.perceptual"),
            Term(name="adversarial", value=fool, weight="objective.adversarial"),
        ),
    }

    def phase(cursor: Cursor, setting: Setting) -> Phase:
        if cursor.images < config.variant.pretraining:
            return Phase(name="pre-training", plays=(GENERATOR,), terms=first)
        plays = (DISCRIMINATOR,) * setting("training.discriminator_steps") + (GENERATOR,)
        return Phase(name="adversarial", plays=plays, terms=second, stage=1)

    return phase


def demand(config: RunConfig, shape: DataShape) -> None:
    """UserError when the image cannot be shrunk evenly, or G would have nothing to learn."""
    scale, side = config.variant.scale, shape.resolution
    if side % scale:
        raise UserError(
            f"Images of {side} px cannot be shrunk {scale} times; use {side // scale * scale} px.",
            path="dataset.resolution",
        )
    if side < 16:
        raise UserError(f"SRGAN learns from images of 16 px or more, not {side} px.", path="dataset.resolution")
    objective = config.objective
    if not (objective.pixels or objective.perceptual or objective.adversarial):
        raise UserError(
            "G would have nothing to learn: give the pixels, the perceptual or the adversarial loss a weight.",
            path="objective.perceptual",
        )


SRGAN = Variant(
    name="srgan",
    title="Super-resolution GAN",
    short="SRGAN",
    task="image-to-image",
    idea="G enlarges small images. Pixels alone would make it blur; D makes it draw detail that could be real.",
    paper=Paper("Ledig et al.", 2017, "1609.04802"),
    defaults={
        "dataset.name": "emoji-noto",
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.generator_depth": 16,
        "variant.generator_norm": "batch",
        "variant.discriminator_norm": "batch",
        "variant.scale": 4,
        "variant.pretraining": 16_000_000,
        "objective.loss": "non-saturating",
        "objective.perceptual": 0.006,
        "objective.adversarial": 1e-3,
        "techniques.ema.half_life": 0.0,
        "optimizer.generator.learning_rate": 1e-4,
        "optimizer.discriminator.learning_rate": 1e-4,
        "optimizer.generator.beta1": 0.9,
        "optimizer.discriminator.beta1": 0.9,
        "optimizer.schedule.name": "step",
        "optimizer.schedule.start": 16_000_000,
        "optimizer.schedule.length": 1_600_000,
        "optimizer.schedule.final": 0.1,
        "training.batch_size": 16,
        "training.steps": 1_200_000,
    },
    presets=(
        Preset(
            name=FIRST_MINUTE_PRESET,
            title="First minutes on a CPU",
            summary="Twice the side; narrow networks without norms, small pieces, higher rates. D compares pairs, "
            "and the pixels go on to count.",
            values={
                "dataset.name": "emoji-noto",
                "dataset.resolution": 64,
                "variant.scale": 2,
                "variant.generator_width": 24,
                "variant.discriminator_width": 16,
                "variant.generator_depth": 3,
                "variant.generator_norm": "none",
                "variant.discriminator_norm": "none",
                "variant.crop": 32,
                "variant.pretraining": 40_000,
                "techniques.ema.half_life": 800.0,
                "objective.loss": "relativistic",
                "objective.pixels": 1.0,
                "objective.perceptual": 0.0,
                "objective.adversarial": 0.003,
                **rates(1e-3, 2.5e-3),
                **betas(0.5, 0.99),
                "optimizer.schedule.name": "cosine",
                "optimizer.schedule.start": 0,
                "optimizer.schedule.length": 48_000,
                "optimizer.schedule.final": 0.05,
                "training.batch_size": 16,
                "training.steps": 2800,
                "training.sample_every": 100,
            },
        ),
    ),
    without=frozenset(
        {"variant.latent_size", "variant.discriminator_depth", "variant.conditional", "variant.conditioning"}
    ),
    special=frozenset(
        {
            "variant.scale",
            "variant.crop",
            "variant.pretraining",
            "objective.pixels",
            "objective.perceptual",
            "objective.adversarial",
        }
    ),
    grows=False,
    demands=demand,
    build=build,
)
