"""Wasserstein GAN (Arjovsky, Chintala, Bottou 2017): a critic with clipped weights."""

from __future__ import annotations

from ganstudio.variants import dcgan
from ganstudio.variants.quick import BY_CLASS, first_minute, rates
from ganstudio.variants.variant import Paper, Preset, Variant

_TUTORIAL = Preset(
    name="tutorial",
    title="Tutorial, RMSprop",
    summary="Without the critic's head start of the authors' code.",
    values={"training.critic_boost": False},
)

WGAN = Variant(
    name="wgan",
    title="Wasserstein GAN",
    short="WGAN",
    task="latent",
    idea="D becomes a critic that estimates a distance, its weights clipped after every step. Its loss tells progress.",
    paper=Paper("Arjovsky et al.", 2017, "1701.07875"),
    defaults={
        "variant.latent_size": 100,
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.generator_norm": "batch",
        "variant.discriminator_norm": "batch",
        "objective.loss": "wasserstein",
        "techniques.weight_clip": 0.01,
        "training.batch_size": 64,
        "training.discriminator_steps": 5,
        "training.critic_boost": True,
        "optimizer.generator.name": "rmsprop",
        "optimizer.discriminator.name": "rmsprop",
        "optimizer.generator.beta2": 0.99,
        "optimizer.discriminator.beta2": 0.99,
        **rates(5e-5),
    },
    presets=(
        first_minute(
            {
                **BY_CLASS,
                "variant.latent_size": 32,
                "variant.discriminator_norm": "none",
                "techniques.weight_clip": 0.05,
                "training.discriminator_steps": 1,
                "training.critic_boost": False,
                **rates(1e-3),
            },
            "By class, one critic step for each of G and no head start. Clipped critics learn slowly: expect rough "
            "digits, and classes mixed up, in the time in which other variants are done.",
            images=120_000,
        ),
        _TUTORIAL,
    ),
    without=dcgan.DCGAN.without,
    special=frozenset({"training.critic_boost"}),
    build=dcgan.build,
)
