"""Least squares GAN (Mao et al. 2017): DCGAN's networks, another distance."""

from __future__ import annotations

from ganstudio.variants import dcgan
from ganstudio.variants.quick import rates, smooth_by_class
from ganstudio.variants.variant import Paper, Variant

LSGAN = Variant(
    name="lsgan",
    title="Least squares GAN",
    short="LSGAN",
    task="latent",
    idea="D's scores are pulled to targets by squared error, so that samples far on the right side still teach G.",
    paper=Paper("Mao et al.", 2017, "1611.04076"),
    defaults={
        **dcgan.DCGAN.defaults,
        "objective.loss": "least-squares",
        "objective.targets": "0,1,1",
        "training.batch_size": 64,
        **rates(1e-3),
    },
    presets=(smooth_by_class(rates(2e-3), gamma=5.0, images=120_000),),
    without=dcgan.DCGAN.without,
    build=dcgan.build,
)
