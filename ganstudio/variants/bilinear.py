"""Resize-convolution (Odena, Dumoulin, Olah 2016): G enlarges by bilinear interpolation, then convolves."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DataShape, Game
from ganstudio.variants.quick import betas, rates, smooth_by_class
from ganstudio.variants.variant import Paper, Preset, Variant


def build(config: RunConfig, shape: DataShape) -> Game:
    """Convolutions without padding between bilinear doublings; D with dropout."""
    from ganstudio.networks.bilinear import BilinearDiscriminator, BilinearGenerator
    from ganstudio.variants.adversarial import convolutional_game

    return convolutional_game(config, shape, BilinearGenerator, BilinearDiscriminator)


_TUTORIAL = Preset(
    name="tutorial",
    title="Tutorial, minimax",
    summary="The saturating loss of the tutorial. Its output without tanh, its slopes of .3, the constants of its "
    "batch norm and its simultaneous updates are not taken over.",
    values={"objective.loss": "saturating"},
)

BILINEAR = Variant(
    name="bilinear",
    title="Bilinear resize-convolution GAN",
    short="Bilinear",
    task="latent",
    idea="G enlarges by bilinear interpolation and then convolves: no checkerboards, which strided convolutions leave.",
    paper=Paper("Odena et al.", 2016, doi="10.23915/distill.00003"),
    defaults={
        "variant.latent_size": 100,
        "variant.generator_width": 25,
        "variant.discriminator_width": 64,
        "variant.generator_norm": "batch",
        "techniques.dropout": 0.3,
        "training.batch_size": 128,
        "training.samples": 16,
        **rates(1e-3),
        **betas(0.9, 0.999),
        "optimizer.discriminator.clip_value": 1.0,
    },
    presets=(
        smooth_by_class({"variant.generator_width": 8}, images=65_000),
        _TUTORIAL,
    ),
    without=frozenset({"variant.generator_depth", "variant.discriminator_depth"}),
    grows=False,
    build=build,
)
