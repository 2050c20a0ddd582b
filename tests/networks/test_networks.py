"""Every network of every variant: shapes, memory layout, classes, norms."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape, is_growable, stages
from ganstudio.networks.layers import BatchNorm2d
from ganstudio.variants import VARIANTS
from tests.helpers import VARIANT_NAMES, assembled, tiny

RESOLUTIONS = (28, 32, 48, 64)


def no_generator(_stream: str) -> None:
    """For layers that draw nothing."""


GROWING = [name for name in VARIANT_NAMES if VARIANTS.get(name).grows]


@pytest.mark.parametrize("variant", VARIANT_NAMES)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_that_networks_fit_the_data(variant: str, resolution: int, channels: int) -> None:
    config, shape = tiny(variant), DataShape(resolution, channels)
    VARIANTS.get(variant).check(config, shape)
    game = VARIANTS.get(variant).build(config, shape)
    with torch.no_grad():
        images = game.generate(game.networks, torch.randn(2, game.latent_size), None)
        logits = game.networks[DISCRIMINATOR](images)
    assert images.shape == (2, channels, resolution, resolution)
    assert logits.shape == (2,)
    assert torch.isfinite(images).all()
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_different_latents_give_different_images(variant: str) -> None:
    game = VARIANTS.get(variant).build(tiny(variant), DataShape(28, 1))
    with torch.no_grad():
        images = game.generate(game.networks, torch.randn(2, game.latent_size), None)
    assert not torch.equal(images[0], images[1])


@pytest.mark.parametrize("variant", GROWING)
def test_that_convolutions_run_channels_last(variant: str) -> None:
    trainer = assembled(tiny(variant), DataShape(32, 3))
    weights = [
        module.weight
        for network in trainer._game.networks.values()
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    ]
    assert weights
    assert all(weight.is_contiguous(memory_format=torch.channels_last) for weight in weights)
    with torch.no_grad():
        images = trainer._game.generate(trainer._game.networks, *trainer._fixed)
    assert images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("variant", GROWING)
@pytest.mark.parametrize(("resolution", "nearest"), [(30, 28), (9, 8), (65, 64), (100, 96), (27, 28), (250, 256)])
def test_that_a_resolution_out_of_reach_is_refused_with_the_nearest_that_is_not(
    variant: str, resolution: int, nearest: int
) -> None:
    with pytest.raises(UserError, match=f"cannot reach {resolution} px; use {nearest} px") as caught:
        VARIANTS.get(variant).check(tiny(variant), DataShape(resolution, 1))
    assert caught.value.path == "dataset.resolution"


def test_that_an_mlp_takes_any_resolution() -> None:
    VARIANTS.get("vanilla").check(tiny(), DataShape(30, 1))


@pytest.mark.parametrize(
    ("resolution", "expected"), [(28, (7, 2)), (32, (4, 3)), (48, (6, 3)), (64, (4, 4)), (40, (5, 3)), (8, (4, 1))]
)
def test_that_networks_grow_from_four_to_seven_pixels(resolution: int, expected: tuple[int, int]) -> None:
    assert stages(resolution) == expected


def test_that_a_resolution_without_a_doubling_is_out_of_reach() -> None:
    assert [side for side in range(1, 33) if is_growable(side)] == [8, 10, 12, 14, 16, 20, 24, 28, 32]


def test_that_both_networks_of_a_conditional_dcgan_depend_on_the_class() -> None:
    config, shape = tiny("dcgan", variant__conditional=True), DataShape(28, 1, num_classes=3)
    game = VARIANTS.get("dcgan").build(config, shape)
    z = torch.randn(1, game.latent_size).expand(3, -1)
    y = torch.arange(3)
    for network in game.networks.values():
        network.eval()
    with torch.no_grad():
        images = game.generate(game.networks, z, y)
        logits = game.networks[DISCRIMINATOR](images[:1].expand(3, -1, -1, -1), y)
    assert len({tuple(image.flatten().tolist()) for image in images}) == 3
    assert len(set(logits.tolist())) == 3


def test_that_no_normalisation_mixes_the_samples_of_a_penalised_critic() -> None:
    """The gradient penalty is on each sample's own slope (Gulrajani et al., section 4)."""
    critic = VARIANTS.get("wgan-gp").build(tiny("wgan-gp"), DataShape(32, 3)).networks[DISCRIMINATOR]
    assert not [module for module in critic.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_a_discriminator_that_claims_to_treat_samples_singly_does(variant: str) -> None:
    """Real and generated images go through it as one batch then; with batch norm that would change the game."""
    critic = VARIANTS.get(variant).build(tiny(variant), DataShape(28, 1)).networks[DISCRIMINATOR].train()
    x = torch.randn(6, 1, 28, 28)
    with torch.no_grad():
        alone, among = critic(x[:2]), critic(x)[:2]
    mixes = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in critic.modules())
    assert getattr(critic, "per_sample", False) == (not mixes)
    assert torch.allclose(alone, among, atol=1e-5) == (not mixes)


def test_that_batch_norm_stands_where_radford_puts_it() -> None:
    """Everywhere but at G's output and D's input, with convolutions that need no bias before it."""
    game = VARIANTS.get("dcgan").build(tiny("dcgan"), DataShape(64, 3))
    layers = list(game.networks[DISCRIMINATOR].layers)
    assert isinstance(layers[0], nn.Conv2d)
    assert isinstance(layers[1], nn.LeakyReLU)
    assert sum(isinstance(layer, BatchNorm2d) for layer in layers) == sum(isinstance(x, nn.Conv2d) for x in layers) - 1
    layers = list(game.networks[GENERATOR].layers)
    assert isinstance(layers[0], BatchNorm2d)
    assert [type(layer) for layer in layers[-2:]] == [nn.ConvTranspose2d, nn.Tanh]
    assert all(
        layer.negative_slope == 0.2
        for layer in game.networks[DISCRIMINATOR].modules()
        if isinstance(layer, nn.LeakyReLU)
    )


def test_that_dcgan_weights_start_as_the_paper_says() -> None:
    game = VARIANTS.get("dcgan").build(tiny("dcgan", variant__generator_width=32), DataShape(32, 3))
    for module in game.networks[GENERATOR].modules():
        if isinstance(module, nn.ConvTranspose2d | nn.Linear):
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
            assert module.weight.mean().item() == pytest.approx(0.0, abs=0.002)


def test_that_batch_norm_has_torchs_eps_and_momentum() -> None:
    """`BatchNorm2d(n, 0.8)` would set eps; a tenth of the new batch enters the running statistics."""
    norm = BatchNorm2d(2)
    assert (norm.eps, norm.momentum) == (1e-5, 0.1)
    x = torch.randn(16, 2, 3, 3) * 2 + 5
    norm(x)
    torch.testing.assert_close(norm.running_mean, 0.1 * x.mean((0, 2, 3)))
    torch.testing.assert_close(norm.running_var, 0.9 * torch.ones(2) + 0.1 * x.transpose(0, 1).flatten(1).var(1))


def test_that_held_batch_norm_normalises_alike_but_remembers_nothing() -> None:
    norm = BatchNorm2d(2)
    x = torch.randn(8, 2, 3, 3) * 3 - 1
    moving = norm(x)
    before = [buffer.clone() for buffer in norm.buffers()]
    norm.begin_play(False, no_generator)
    torch.testing.assert_close(norm(x), moving)
    norm(x + 100)
    assert all(torch.equal(a, b) for a, b in zip(before, norm.buffers(), strict=True))
    norm.begin_play(True, no_generator)
    norm(x)
    assert not torch.equal(before[0], norm.running_mean)
