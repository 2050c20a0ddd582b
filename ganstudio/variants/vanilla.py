"""The first GAN (Goodfellow et al. 2014): two multilayer perceptrons."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.quick import BY_CLASS, betas, first_minute, rates
from ganstudio.variants.variant import Paper, Preset, Variant

_TUTORIAL = Preset(
    name="tutorial",
    title="Tutorial, half batches",
    summary="Each batch of D is half real and half generated, 32 and 32; G's is 32 too, where the tutorial takes 64.",
    values={"training.batch_size": 32, **betas(0.5, 0.999)},
)


def build(config: RunConfig, shape: DataShape) -> Game:
    """G: latent - w - 2w - 4w - pixels; D: pixels - w - w/2 - 1."""
    from ganstudio.networks.mlp import MlpDiscriminator, MlpGenerator
    from ganstudio.variants.adversarial import latent_game

    options, side, channels = config.variant, shape.resolution, shape.channels
    return latent_game(
        config,
        shape,
        generator=lambda num_classes: MlpGenerator(
            options.latent_size, side, channels, options.generator_width, num_classes
        ),
        discriminator=lambda parts: MlpDiscriminator(side, channels, options.discriminator_width, parts),
    )


VANILLA = Variant(
    name="vanilla",
    title="Generative adversarial network",
    short="Vanilla",
    task="latent",
    idea="Two networks compete: D learns to tell real from generated, G learns to fool it.",
    paper=Paper("Goodfellow et al.", 2014, "1406.2661"),
    defaults={
        "variant.latent_size": 100,
        "variant.generator_width": 256,
        "variant.discriminator_width": 512,
        "training.batch_size": 64,
        **rates(2e-4),
        "training.steps": 12_000,
    },
    presets=(
        first_minute(
            {
                **BY_CLASS,
                "variant.latent_size": 32,
                "variant.generator_width": 256,
                "variant.discriminator_width": 256,
                "objective.penalties.r1.weight": 0.5,
                "objective.penalties.r1.every": 8,
                **rates(5e-4, 1e-3),
                **betas(0.0, 0.99),
            },
            "R1, and by class.",
            images=220_000,
        ),
        _TUTORIAL,
    ),
    without=frozenset(
        {
            "variant.generator_depth",
            "variant.discriminator_depth",
            "variant.generator_norm",
            "variant.discriminator_norm",
        }
    ),
    grows=False,
    build=build,
)
