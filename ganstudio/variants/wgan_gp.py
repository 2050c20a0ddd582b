"""Wasserstein GAN with gradient penalty (Gulrajani et al. 2017)."""

from __future__ import annotations

from ganstudio.variants import dcgan
from ganstudio.variants.quick import BY_CLASS, betas, first_minute, rates
from ganstudio.variants.variant import Paper, Preset, Variant

_TUTORIAL = Preset(
    name="tutorial",
    title="Tutorial, large batches",
    summary="Batches of 512, three critic steps, Adam at 2e-4 with betas .5 and .9, dropout before the score.",
    values={
        "training.batch_size": 512,
        "training.discriminator_steps": 3,
        "techniques.dropout": 0.2,
        **rates(2e-4),
        **betas(0.5, 0.9),
    },
)

WGAN_GP = Variant(
    name="wgan-gp",
    title="Wasserstein GAN, gradient penalty",
    short="WGAN-GP",
    task="latent",
    idea="D becomes a critic that measures distance; a penalty keeps its slope at one. Its loss tells progress.",
    paper=Paper("Gulrajani et al.", 2017, "1704.00028"),
    defaults={
        "variant.latent_size": 128,
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.generator_norm": "batch",
        "objective.loss": "wasserstein",
        "objective.penalties.gradient.weight": 10.0,
        "training.batch_size": 64,
        "training.discriminator_steps": 5,
        **rates(1e-4),
        **betas(0.0, 0.9),
    },
    presets=(
        first_minute(
            {
                **BY_CLASS,
                "variant.latent_size": 32,
                "training.discriminator_steps": 1,
                **rates(3e-3),
                **betas(0.0, 0.99),
            },
            "One critic step for each of G, and by class.",
            images=110_000,
        ),
        _TUTORIAL,
    ),
    without=frozenset({"variant.generator_depth", "variant.discriminator_depth"}),
    build=dcgan.build,
)
