"""R3GAN, the modern baseline (Huang et al. 2024): relativistic loss, R1 and R2, residual networks without norms."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
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


R3GAN = Variant(
    name="r3gan",
    title="R3GAN",
    short="R3GAN",
    task="latent",
    idea="D compares real and generated in pairs, held smooth by two gradient penalties. Needs no tricks.",
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
        "optimizer.generator.learning_rate": 2e-4,
        "optimizer.discriminator.learning_rate": 2e-4,
        "optimizer.generator.beta1": 0.0,
        "optimizer.discriminator.beta1": 0.0,
        "optimizer.generator.beta2": 0.99,
        "optimizer.discriminator.beta2": 0.99,
    },
    without=frozenset({"variant.generator_norm", "variant.discriminator_norm", "variant.conditioning"}),
    build=build,
)
