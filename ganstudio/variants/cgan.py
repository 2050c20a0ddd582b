"""Conditional GAN (Mirza & Osindero 2014), by projection as well (Miyato & Koyama 2018)."""

from __future__ import annotations

from ganstudio.variants import dcgan
from ganstudio.variants.quick import first_minute, smooth
from ganstudio.variants.variant import Paper, Variant

CGAN = Variant(
    name="cgan",
    title="Conditional GAN",
    short="cGAN",
    task="conditional",
    idea="Both networks are told the class, so that one can be asked for. The networks are DCGAN's, where the paper "
    "has multilayer perceptrons.",
    paper=Paper("Mirza & Osindero", 2014, "1411.1784"),
    defaults={
        **dcgan.DCGAN.defaults,
        "variant.conditional": True,
        "variant.conditioning": "joined",
        "training.batch_size": 100,
    },
    presets=(
        first_minute(
            smooth(),
            "R1 in the place of D's batch norm.",
            images=100_000,
        ),
    ),
    without=dcgan.DCGAN.without,
    needs_classes=True,
    build=dcgan.build,
)
