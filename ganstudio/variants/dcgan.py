"""Deep convolutional GAN (Radford, Metz, Chintala 2016)."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.quick import betas, rates, smooth_by_class
from ganstudio.variants.variant import Paper, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """Strided convolutions, in G after a projection."""
    from ganstudio.networks.convolutional import DcganDiscriminator, DcganGenerator
    from ganstudio.variants.adversarial import convolutional_game

    return convolutional_game(config, shape, DcganGenerator, DcganDiscriminator)


DCGAN = Variant(
    name="dcgan",
    title="Deep convolutional GAN",
    short="DCGAN",
    task="latent",
    idea="Strided convolutions, batch norm and gentle Adam rates: the first recipe that trains steadily.",
    paper=Paper("Radford et al.", 2016, "1511.06434"),
    defaults={
        "variant.latent_size": 100,
        "variant.generator_width": 64,
        "variant.discriminator_width": 64,
        "variant.generator_norm": "batch",
        "variant.discriminator_norm": "batch",
        "training.batch_size": 128,
        **rates(2e-4),
        **betas(0.5, 0.999),
    },
    presets=(smooth_by_class(images=110_000),),
    without=frozenset({"variant.generator_depth", "variant.discriminator_depth"}),
    build=build,
)
