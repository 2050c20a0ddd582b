"""The variants by name. Importing this imports no torch: a variant's networks are built on demand."""

from ganstudio.game import Task
from ganstudio.variants import (
    biggan,
    bilinear,
    cgan,
    cyclegan,
    dcgan,
    lsgan,
    progressive,
    r3gan,
    sngan,
    srgan,
    vanilla,
    wgan,
    wgan_gp,
)
from ganstudio.variants.variant import VARIANTS, Paper, Preset, Variant

for _variant in (
    vanilla.VANILLA,
    dcgan.DCGAN,
    bilinear.BILINEAR,
    lsgan.LSGAN,
    wgan.WGAN,
    wgan_gp.WGAN_GP,
    sngan.SNGAN,
    cgan.CGAN,
    progressive.PROGRESSIVE,
    biggan.BIGGAN,
    r3gan.R3GAN,
    cyclegan.CYCLEGAN,
    srgan.SRGAN,
):
    VARIANTS.add(_variant.name, _variant)

__all__ = ["VARIANTS", "Paper", "Preset", "Task", "Variant"]
