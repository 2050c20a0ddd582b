"""Progressive growing (Karras et al. 2018): both networks start at 4 x 4 pixels and double, level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import Cursor, DataShape, Game, Networks, Phase, Setting
from ganstudio.variants.quick import QUICK, rates
from ganstudio.variants.variant import FIRST_MINUTE_PRESET, Paper, Preset, Variant

if TYPE_CHECKING:
    from torch import Tensor

STABLE, FADING = "stable", "fading in"


def build(config: RunConfig, shape: DataShape) -> Game:
    """Images whose side is no 4, 8, 16, ... are padded to the next one, by their outermost pixels, for both networks;
    what people see is cropped again, and enlarged to the data's own size at every stage."""
    from dataclasses import replace

    import torch

    from ganstudio.networks.layers import Growing, Stage
    from ganstudio.networks.progressive import (
        ProgressiveDiscriminator,
        ProgressiveGenerator,
        crop,
        enlarge,
        last_level,
        pad,
        shrink,
    )
    from ganstudio.variants.adversarial import generate as generate_small
    from ganstudio.variants.adversarial import latent_game

    options, side, channels = config.variant, shape.resolution, shape.channels
    game = latent_game(
        config,
        shape,
        generator=lambda num_classes: ProgressiveGenerator(
            options.latent_size, side, channels, options.generator_width, num_classes
        ),
        discriminator=lambda parts: ProgressiveDiscriminator(side, channels, options.discriminator_width, parts),
    )
    if shape.subject == "points":
        return game
    last = last_level(side)
    full = Stage(last).resolution

    def phase(cursor: Cursor, setting: Setting) -> Phase:
        level, fade, name = growth(cursor.images, options.stage_images, last)
        found = game.phase(cursor, setting)
        return replace(found, name=name, resolution=Stage(level).resolution, fade=fade, stage=level)

    def enter(phase: Phase, networks: Networks) -> None:
        for network in networks.values():
            if isinstance(network, Growing):
                network.stage = Stage(phase.stage, phase.fade)

    def real_view(phase: Phase, x: Tensor) -> Tensor:
        """Real images at the phase's resolution, blended like the generated ones while it fades in."""
        assert phase.resolution is not None
        x = shrink(pad(x, full), phase.resolution)
        if phase.fade == 1.0:
            return x
        return torch.lerp(enlarge(shrink(x, phase.resolution // 2), 2), x, phase.fade)

    def generate(networks: Networks, z: Tensor, y: Tensor | None) -> Tensor:
        images = generate_small(networks, z, y)
        return crop(enlarge(images, full // images.shape[-1]), side)

    return replace(
        game, phase=phase, enter=enter, real_view=real_view, generate=generate, generate_small=generate_small
    )


def growth(images: int, stage_images: int, last: int) -> tuple[int, float, str]:
    """Level, share of the level in (0, 1] and name of the phase after so many images (appendix A.1).

    4 px for `stage_images`; then each level up to `last` fades in for as many, and trains on for as many.
    """
    halves, into = divmod(max(0, images - 1), stage_images)
    level = (halves + 1) // 2
    if level > last or halves % 2 == 0:
        return min(level, last), 1.0, STABLE
    return level, (into + 1) / stage_images, FADING


_FIRST_MINUTE = Preset(
    name=FIRST_MINUTE_PRESET,
    title="First minutes on a CPU",
    summary="Narrow networks that grow every 4 000 images, at ten times the rates: digits on a CPU in three minutes. "
    "R3GAN's loss, whose penalties are cheap, in the place of WGAN-GP's.",
    values={
        **QUICK,
        "variant.conditional": True,
        "variant.conditioning": "projection",
        "variant.latent_size": 32,
        "variant.generator_width": 8,
        "variant.discriminator_width": 8,
        "variant.stage_images": 2000,
        "objective.loss": "relativistic",
        "objective.penalties.gradient.weight": 0.0,
        "objective.drift": 0.0,
        "objective.penalties.r1.weight": 1.0,
        "objective.penalties.r2.weight": 1.0,
        "objective.penalties.r1.every": 8,
        "objective.penalties.r2.every": 8,
        "techniques.ema.half_life": 2000.0,
        "optimizer.schedule.length": 50_000,
        "training.steps": 1500,
        **rates(1e-2),
    },
)

PROGRESSIVE = Variant(
    name="progressive",
    title="Progressive growing of GANs",
    short="Progressive",
    task="latent",
    idea="Both networks begin with 4 px images and double: coarse shapes first, details once those hold.",
    paper=Paper("Karras et al.", 2018, "1710.10196"),
    defaults={
        "variant.latent_size": 512,
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.stage_images": 600_000,
        "objective.loss": "wasserstein",
        "objective.penalties.gradient.weight": 10.0,
        "objective.drift": 1e-3,
        "techniques.minibatch.kind": "deviation",
        "techniques.minibatch.group": 4,
        "techniques.ema.half_life": 11_085.0,
        "training.batch_size": 16,
        "training.steps": 300_000,
        "optimizer.generator.learning_rate": 1e-3,
        "optimizer.discriminator.learning_rate": 1e-3,
        "optimizer.generator.beta1": 0.0,
        "optimizer.discriminator.beta1": 0.0,
        "optimizer.generator.beta2": 0.99,
        "optimizer.discriminator.beta2": 0.99,
    },
    without=frozenset(
        {
            "variant.generator_depth",
            "variant.discriminator_depth",
            "variant.generator_norm",
            "variant.discriminator_norm",
            "techniques.spectral_norm.discriminator",
            "techniques.spectral_norm.generator",
            "techniques.orthogonal_start",
        }
    ),
    special=frozenset({"variant.stage_images"}),
    grows=False,
    unit_latents=True,
    presets=(_FIRST_MINUTE,),
    build=build,
)
