"""Deep convolutional GAN (Radford, Metz, Chintala 2016)."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.variant import Paper, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """Strided convolutions, in G after a projection."""
    from ganstudio.networks.convolutional import DcganDiscriminator, DcganGenerator
    from ganstudio.variants.adversarial import latent_game

    options, side, channels = config.variant, shape.resolution, shape.channels
    return latent_game(
        config,
        shape,
        generator=lambda num_classes: DcganGenerator(
            options.latent_size,
            side,
            channels,
            options.generator_width,
            num_classes,
            norm=options.generator_norm,
            conditioning=options.conditioning,
        ),
        discriminator=lambda parts: DcganDiscriminator(side, channels, options.discriminator_width, parts),
    )


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
        "optimizer.generator.learning_rate": 2e-4,
        "optimizer.discriminator.learning_rate": 2e-4,
        "optimizer.generator.beta1": 0.5,
        "optimizer.discriminator.beta1": 0.5,
    },
    without=frozenset({"variant.generator_depth", "variant.discriminator_depth"}),
    build=build,
)
