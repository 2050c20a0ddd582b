"""The variants by name. Importing this imports no torch: a variant's networks are built on demand."""

from ganstudio.game import Task
from ganstudio.variants import dcgan, r3gan, vanilla, wgan_gp
from ganstudio.variants.variant import VARIANTS, Paper, Preset, Variant

for _variant in (vanilla.VANILLA, dcgan.DCGAN, wgan_gp.WGAN_GP, r3gan.R3GAN):
    VARIANTS.add(_variant.name, _variant)

__all__ = ["VARIANTS", "Paper", "Preset", "Task", "Variant"]
