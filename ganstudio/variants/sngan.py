"""Spectrally normalised GAN (Miyato et al. 2018)."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.quick import BY_CLASS, betas, first_minute, rates
from ganstudio.variants.variant import Paper, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """The paper's convolutional networks; spectral norm is a technique that joins them."""
    from ganstudio.networks.miyato import MiyatoDiscriminator, MiyatoGenerator
    from ganstudio.variants.adversarial import convolutional_game

    return convolutional_game(config, shape, MiyatoGenerator, MiyatoDiscriminator)


SNGAN = Variant(
    name="sngan",
    title="Spectrally normalised GAN",
    short="SNGAN",
    task="latent",
    idea="Each layer of D is divided by the most it can stretch its input, so that D is nowhere steep.",
    paper=Paper("Miyato et al.", 2018, "1802.05957"),
    defaults={
        "variant.latent_size": 128,
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.generator_norm": "batch",
        "objective.loss": "hinge",
        "techniques.spectral_norm.discriminator": True,
        "training.batch_size": 64,
        "training.discriminator_steps": 5,
        **rates(2e-4),
        **betas(0.0, 0.9),
        "optimizer.schedule.name": "linear",
        "optimizer.schedule.length": 32_000_000,
        "optimizer.schedule.final": 0.0,
    },
    presets=(
        first_minute(
            {
                **BY_CLASS,
                "variant.latent_size": 32,
                "variant.generator_width": 8,
                "variant.discriminator_width": 8,
                "training.discriminator_steps": 1,
                **rates(2e-3),
                **betas(0.0, 0.99),
            },
            "One step of D for each of G, and by class.",
            images=90_000,
        ),
    ),
    without=frozenset({"variant.generator_depth", "variant.discriminator_depth"}),
    build=build,
)
