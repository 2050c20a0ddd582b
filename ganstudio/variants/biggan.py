"""BigGAN (Brock, Donahue, Simonyan 2019): large residual networks, steered by class and latent at every block."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.quick import betas, first_minute, rates
from ganstudio.variants.variant import Paper, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """Residual networks; the class enters D by projection."""
    from dataclasses import replace

    from ganstudio.networks.biggan import BigDiscriminator, BigGenerator
    from ganstudio.variants.adversarial import latent_game

    options, side, channels = config.variant, shape.resolution, shape.channels
    return latent_game(
        config,
        shape,
        generator=lambda num_classes: BigGenerator(
            options.latent_size, side, channels, options.generator_width, num_classes
        ),
        discriminator=lambda parts: BigDiscriminator(
            side, channels, options.discriminator_width, replace(parts, conditioning="projection")
        ),
    )


BIGGAN = Variant(
    name="biggan",
    title="BigGAN",
    short="BigGAN",
    task="conditional",
    idea="Class and latent steer every block of wide residual networks, held in check by spectral norm in both. "
    "Truncated latents trade variety for quality.",
    paper=Paper("Brock et al.", 2019, "1809.11096"),
    defaults={
        "variant.latent_size": 120,
        "variant.generator_width": 96,
        "variant.discriminator_width": 96,
        "variant.conditional": True,
        "objective.loss": "hinge",
        "objective.orthogonal": 1e-4,
        "techniques.spectral_norm.discriminator": True,
        "techniques.spectral_norm.generator": True,
        "techniques.orthogonal_start": True,
        "techniques.ema.half_life": 1_774_000.0,
        "training.batch_size": 256,
        "training.discriminator_steps": 2,
        **rates(5e-5, 2e-4),
        **betas(0.0, 0.999),
    },
    presets=(
        first_minute(
            {
                "variant.latent_size": 40,
                "variant.generator_width": 12,
                "variant.discriminator_width": 12,
                "training.discriminator_steps": 1,
                **rates(1e-3, 2e-3),
            },
            "One step of D for each of G.",
            images=55_000,
        ),
    ),
    without=frozenset(
        {
            "variant.generator_depth",
            "variant.discriminator_depth",
            "variant.generator_norm",
            "variant.discriminator_norm",
            "variant.conditioning",
        }
    ),
    build=build,
)
