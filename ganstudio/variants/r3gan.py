"""R3GAN, the modern baseline (Huang et al. 2024): relativistic loss, R1 and R2, residual networks without norms."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.quick import betas, first_minute, rates
from ganstudio.variants.variant import Paper, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """Residual networks whose blocks start as the identity; the class enters D by projection."""
    from dataclasses import replace

    from ganstudio.networks.residual import ResidualDiscriminator, ResidualGenerator
    from ganstudio.variants.adversarial import latent_game

    options, side, channels = config.variant, shape.resolution, shape.channels
    return latent_game(
        config,
        shape,
        generator=lambda num_classes: ResidualGenerator(
            options.latent_size, side, channels, options.generator_width, options.generator_depth, num_classes
        ),
        discriminator=lambda parts: ResidualDiscriminator(
            side,
            channels,
            options.discriminator_width,
            options.discriminator_depth,
            replace(parts, conditioning="projection"),
        ),
    )


FIRST_MINUTE = first_minute(
    {
        "variant.latent_size": 32,
        "variant.generator_depth": 0,
        "variant.discriminator_depth": 0,
        "objective.penalties.r1.weight": 1.0,
        "objective.penalties.r2.weight": 1.0,
        "objective.penalties.r1.every": 8,
        "objective.penalties.r2.every": 8,
        **rates(4e-3),
        "optimizer.schedule.final": 0.2,
        "optimizer.schedule.penalties": 1.0,
        "optimizer.schedule.beta2": None,
        "training.steps": 2000,
    },
    images=60_000,
)

R3GAN = Variant(
    name="r3gan",
    title="R3GAN",
    short="R3GAN",
    task="latent",
    idea="D compares real and generated in pairs, held smooth by two gradient penalties; no tricks. These networks are "
    "smaller than the paper's: they learn their resampling, and are plain at depth 0.",
    paper=Paper("Huang et al.", 2024, "2501.05441"),
    defaults={
        "variant.latent_size": 64,
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.generator_depth": 2,
        "variant.discriminator_depth": 2,
        "objective.loss": "relativistic",
        "objective.penalties.r1.weight": 0.05,
        "objective.penalties.r2.weight": 0.05,
        "techniques.ema.half_life": 500_000.0,
        "techniques.ema.ramp": 0.05,
        **rates(2e-4),
        **betas(0.0, 0.99),
        "optimizer.schedule.name": "cosine",
        "optimizer.schedule.length": 20_000_000,
        "optimizer.schedule.final": 0.25,
        "optimizer.schedule.penalties": 0.1,
        "optimizer.schedule.beta2": 0.9,
    },
    presets=(FIRST_MINUTE,),
    without=frozenset({"variant.generator_norm", "variant.discriminator_norm", "variant.conditioning"}),
    build=build,
)
