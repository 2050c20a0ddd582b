"""Wasserstein GAN with gradient penalty (Gulrajani et al. 2017)."""

from __future__ import annotations

from ganstudio.variants import dcgan
from ganstudio.variants.variant import Paper, Variant

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
        "optimizer.generator.learning_rate": 1e-4,
        "optimizer.discriminator.learning_rate": 1e-4,
        "optimizer.generator.beta1": 0.0,
        "optimizer.discriminator.beta1": 0.0,
        "optimizer.generator.beta2": 0.9,
        "optimizer.discriminator.beta2": 0.9,
    },
    without=frozenset({"variant.generator_depth", "variant.discriminator_depth"}),
    build=dcgan.build,
)
