"""R3GAN, the modern baseline (Huang et al. 2024): relativistic loss, R1 and R2, residual networks without norms."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.variant import Paper, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """Residual networks whose blocks start as the identity."""
    from ganstudio.networks.residual import ResidualDiscriminator, ResidualGenerator
    from ganstudio.variants.adversarial import adversarial_game

    options = config.variant
    num_classes = shape.num_classes if options.conditional else 0
    return adversarial_game(
        config,
        generator=ResidualGenerator(
            options.latent_size,
            shape.resolution,
            shape.channels,
            options.generator_width,
            options.generator_depth,
            num_classes,
        ),
        discriminator=ResidualDiscriminator(
            shape.resolution, shape.channels, options.discriminator_width, options.discriminator_depth, num_classes
        ),
        num_classes=num_classes,
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
    build=build,
)
