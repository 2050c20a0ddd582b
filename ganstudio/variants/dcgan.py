"""Deep convolutional GAN (Radford, Metz, Chintala 2016)."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.variant import Paper, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """Strided convolutions with batch norm; the class, where asked for, joins z (G) and the image (D)."""
    from ganstudio.networks.convolutional import DcganDiscriminator, DcganGenerator
    from ganstudio.variants.adversarial import adversarial_game

    options = config.variant
    num_classes = shape.num_classes if options.conditional else 0
    return adversarial_game(
        config,
        generator=DcganGenerator(
            options.latent_size, shape.resolution, shape.channels, options.generator_width, num_classes
        ),
        discriminator=DcganDiscriminator(
            shape.resolution, shape.channels, options.discriminator_width, num_classes, norm="batch"
        ),
        num_classes=num_classes,
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
        "training.batch_size": 128,
        "optimizer.generator.learning_rate": 2e-4,
        "optimizer.discriminator.learning_rate": 2e-4,
        "optimizer.generator.beta1": 0.5,
        "optimizer.discriminator.beta1": 0.5,
    },
    unused=frozenset({"variant.generator_depth", "variant.discriminator_depth"}),
    build=build,
)
