"""Every network of every variant: shapes, memory layout, classes, norms."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape, is_growable, stages
from ganstudio.networks.biggan import SelfAttention
from ganstudio.networks.bilinear import sides as bilinear_sides
from ganstudio.networks.layers import BatchNorm2d, Dropout
from ganstudio.networks.normalisation import Normalise
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import compose
from tests.helpers import VARIANT_NAMES, assembled, tiny

RESOLUTIONS = (28, 32, 48, 64)
LARGE = (96, 128, 256)


def no_generator(_stream: str) -> None:
    """For layers that draw nothing."""


LATENT = [name for name in VARIANT_NAMES if VARIANTS.get(name).task in {"latent", "conditional"}]
FREE = ["vanilla", "bilinear"]
"""Variants that any side suits."""
SINGLE = [name for name in LATENT if name != "progressive"]
"""Variants whose networks are of one resolution; those that grow have tests of their own."""
GROWING = [name for name in SINGLE if name not in FREE]
SIZES = [
    *((side, channels, channels == 3) for side in RESOLUTIONS for channels in (1, 3)),
    *((side, 3, True) for side in LARGE),
]


@pytest.mark.parametrize("variant", SINGLE)
@pytest.mark.parametrize(("resolution", "channels", "conditional"), SIZES)
def test_that_networks_fit_the_data(variant: str, resolution: int, channels: int, conditional: bool) -> None:
    config, shape = tiny(variant, variant__conditional=conditional), DataShape(resolution, channels, 3)
    if conditional or not VARIANTS.get(variant).needs_classes:
        VARIANTS.get(variant).check(config, shape)
    game = VARIANTS.get(variant).build(config, shape)
    y = (torch.tensor([0, 2]),) if conditional else ()
    with torch.no_grad():
        images = game.generate(game.networks, torch.randn(2, game.latent_size), *(y or (None,)))
        logits = game.networks[DISCRIMINATOR](images, *y)
    assert images.shape == (2, channels, resolution, resolution)
    assert logits.shape == (2,)
    assert torch.isfinite(images).all()
    assert images.abs().max() <= 1.0
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("variant", SINGLE)
def test_that_what_is_trained_at_256_px_is_of_a_size_that_can_be(variant: str) -> None:
    """The paper's widths, capped: below 70 million weights a network, 1 GB with its gradients and Adam's moments."""
    plain = {"techniques.orthogonal_start": False, "techniques.spectral_norm.discriminator": False}
    config = compose({"variant.name": variant, **plain, "techniques.spectral_norm.generator": False})
    with torch.device("meta"):
        game = VARIANTS.get(variant).build(config, DataShape(256, 3, 10))
    for network in game.networks.values():
        assert sum(parameter.numel() for parameter in network.parameters()) < 70e6


@pytest.mark.parametrize("variant", LATENT)
@pytest.mark.parametrize("conditional", [False, True])
def test_that_points_are_played_by_every_latent_variant(variant: str, conditional: bool) -> None:
    config = tiny(variant, variant__conditional=conditional)
    if variant == "progressive":
        pytest.skip("grows images")
    game = VARIANTS.get(variant).build(config, DataShape(1, 2, 3, subject="points"))
    y = (torch.tensor([0, 1, 2, 0]),) if conditional else ()
    points = game.generate(game.networks, torch.randn(4, game.latent_size), *(y or (None,)))
    assert points.shape == (4, 2)
    assert game.networks[DISCRIMINATOR](points, *y).shape == (4,)


@pytest.mark.parametrize("variant", SINGLE)
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
        images = trainer._game.generate(trainer._game.networks, trainer._fixed.z, trainer._fixed.y)
    assert images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("variant", GROWING)
@pytest.mark.parametrize(("resolution", "nearest"), [(30, 28), (9, 8), (65, 64), (100, 96), (27, 28), (250, 256)])
def test_that_a_resolution_out_of_reach_is_refused_with_the_nearest_that_is_not(
    variant: str, resolution: int, nearest: int
) -> None:
    with pytest.raises(UserError, match=f"cannot reach {resolution} px; use {nearest} px") as caught:
        VARIANTS.get(variant).check(tiny(variant), DataShape(resolution, 1))
    assert caught.value.path == "dataset.resolution"


@pytest.mark.parametrize("variant", FREE)
@pytest.mark.parametrize("resolution", [9, 30, 100])
def test_that_networks_that_do_not_grow_by_doubling_take_any_resolution(variant: str, resolution: int) -> None:
    config, shape = tiny(variant), DataShape(resolution, 1)
    VARIANTS.get(variant).check(config, shape)
    game = VARIANTS.get(variant).build(config, shape)
    with torch.no_grad():
        images = game.generate(game.networks, torch.randn(2, game.latent_size), None)
        assert images.shape == (2, 1, resolution, resolution)
        assert game.networks[DISCRIMINATOR](images).shape == (2,)


@pytest.mark.parametrize(
    ("resolution", "expected"), [(28, (7, 2)), (32, (4, 3)), (48, (6, 3)), (64, (4, 4)), (40, (5, 3)), (8, (4, 1))]
)
def test_that_networks_grow_from_four_to_seven_pixels(resolution: int, expected: tuple[int, int]) -> None:
    assert stages(resolution) == expected


def test_that_a_resolution_without_a_doubling_is_out_of_reach() -> None:
    assert [side for side in range(1, 33) if is_growable(side)] == [8, 10, 12, 14, 16, 20, 24, 28, 32]


WAYS = [
    *((name, "joined") for name in SINGLE),
    *((name, "projection") for name in ("dcgan", "cgan", "bilinear", "sngan", "vanilla", "wgan-gp")),
]


@pytest.mark.parametrize(("variant", "conditioning"), WAYS)
def test_that_both_networks_of_a_conditional_variant_depend_on_the_class(variant: str, conditioning: str) -> None:
    torch.manual_seed(0)
    config = tiny(variant, variant__conditional=True, variant__conditioning=conditioning)
    game = VARIANTS.get(variant).build(config, DataShape(28, 1, num_classes=3))
    z, y = torch.randn(1, game.latent_size).expand(3, -1), torch.arange(3)
    for network in game.networks.values():
        for name, parameter in network.named_parameters():
            if name.endswith((".gain.weight", ".bias.weight")):
                torch.nn.init.normal_(parameter)  # class-conditional norms start alike for all classes
        network.eval()
    with torch.no_grad():
        images = game.generate(game.networks, z, y)
        logits = game.networks[DISCRIMINATOR](images[:1].expand(3, -1, -1, -1), y)
    assert len({tuple(image.flatten().tolist()) for image in images}) == 3
    assert len(set(logits.tolist())) == 3


def test_that_projection_scores_how_well_features_suit_the_class() -> None:
    """D(x, y) = psi(phi(x)) + <emb(y), phi(x)> (Miyato & Koyama 2018, equation 4), worked out by hand."""
    config = tiny("cgan", variant__conditioning="projection")
    critic = VARIANTS.get("cgan").build(config, DataShape(28, 1, 3)).networks[DISCRIMINATOR].eval()
    x, y = torch.randn(4, 1, 28, 28), torch.tensor([0, 1, 2, 1])
    with torch.no_grad():
        logits, features = critic(x, y, with_features=True)
        weight, table = critic.head.score.weight[0], critic.head.label.embedding.weight
        expected = [
            sum((weight[j] + table[y[i], j]) * features[i, j] for j in range(features.shape[1]))
            + critic.head.score.bias[0]
            for i in range(4)
        ]
    torch.testing.assert_close(logits, torch.stack(expected), rtol=1e-4, atol=1e-5)


def test_that_a_joined_class_is_seen_with_the_image_as_a_plane() -> None:
    critic = VARIANTS.get("cgan").build(tiny("cgan"), DataShape(28, 1, 3)).networks[DISCRIMINATOR]
    assert critic.layers[0].in_channels == 2
    assert critic.head.label is None


@pytest.mark.parametrize("variant", ["wgan-gp", "sngan", "biggan", "r3gan", "bilinear", "vanilla"])
def test_that_no_normalisation_mixes_the_samples_of_a_critic(variant: str) -> None:
    """A gradient penalty is on each sample's own slope (Gulrajani et al., section 4); spectral norm stands alone."""
    critic = VARIANTS.get(variant).build(tiny(variant), DataShape(32, 3)).networks[DISCRIMINATOR]
    assert not [module for module in critic.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


@pytest.mark.parametrize("variant", SINGLE)
def test_that_a_discriminator_that_claims_to_treat_samples_singly_does(variant: str) -> None:
    """Real and generated images go through it as one batch then; with batch norm that would change the game."""
    config = tiny(variant, techniques__dropout=0.0)
    critic = VARIANTS.get(variant).build(config, DataShape(28, 1)).networks[DISCRIMINATOR].train()
    x = torch.randn(6, 1, 28, 28)
    with torch.no_grad():
        alone, among = critic(x[:2]), critic(x)[:2]
    mixes = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in critic.modules())
    assert getattr(critic, "per_sample", False) == (not mixes)
    assert torch.allclose(alone, among, atol=1e-5) == (not mixes)


def test_that_a_penalised_critic_may_have_layer_norm() -> None:
    """Which takes each sample by itself (Gulrajani et al., section 4, "no critic batch normalization")."""
    config = tiny("wgan-gp", variant__discriminator_norm="layer")
    critic = VARIANTS.get("wgan-gp").build(config, DataShape(28, 1)).networks[DISCRIMINATOR].train()
    assert [module.layer for module in critic.modules() if isinstance(module, Normalise)]
    assert critic.per_sample
    x = torch.randn(6, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(critic(x[:2]), critic(x)[:2])


def test_that_batch_norm_stands_where_radford_puts_it() -> None:
    """Everywhere but at G's output and D's input, with convolutions that need no bias before it."""
    game = VARIANTS.get("dcgan").build(tiny("dcgan"), DataShape(64, 3))
    layers = list(game.networks[DISCRIMINATOR].layers)
    assert isinstance(layers[0], nn.Conv2d)
    assert isinstance(layers[1], nn.LeakyReLU)
    norms = [layer for layer in layers if isinstance(layer, Normalise)]
    assert all(isinstance(norm.layer, BatchNorm2d) for norm in norms)
    assert len(norms) == sum(isinstance(layer, nn.Conv2d) for layer in layers) - 1
    generator = game.networks[GENERATOR]
    assert len(generator.norms) == 1 + len(generator.grow)
    assert all(isinstance(norm.layer, BatchNorm2d) for norm in generator.norms)
    assert isinstance(generator.last, nn.ConvTranspose2d)
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


# -- what each paper draws ---------------------------------------------------------------------------------------------


def sides(network: nn.Module, *inputs: torch.Tensor) -> list[tuple[int, int]]:
    """(channels, side) of what each convolution of `network` makes, in the order in which they run."""
    seen: list[tuple[int, int]] = []
    hooks = [
        module.register_forward_hook(lambda _m, _i, out: seen.append((out.shape[1], out.shape[3])))
        for module in network.modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    ]
    with torch.no_grad():
        network.eval()(*inputs)
    for hook in hooks:
        hook.remove()
    return seen


NARROW = {"variant__generator_width": 4, "variant__discriminator_width": 4}


def built(variant: str, shape: DataShape, **values: object) -> dict[str, nn.Module]:
    given = {name.replace("__", "."): value for name, value in values.items()}
    return VARIANTS.get(variant).build(compose({"variant.name": variant, **given}), shape).networks


def test_that_the_bilinear_generator_goes_through_the_sides_of_its_tutorial() -> None:
    """12 - 10 - 20 - 18 - 36 - 32 - 28, from 12 x 12 x 100."""
    generator = built("bilinear", DataShape(28, 1))[GENERATOR]
    assert generator.project.out_features == 12 * 12 * 100
    enlarged: list[int] = []
    generator.convolve[1].register_forward_pre_hook(lambda _m, inputs: enlarged.append(inputs[0].shape[3]))
    generator.convolve[2].register_forward_pre_hook(lambda _m, inputs: enlarged.append(inputs[0].shape[3]))
    assert [side for _, side in sides(generator, torch.randn(1, 100))] == [10, 18, 32, 28]
    assert enlarged == [20, 36]
    assert [layer.kernel_size[0] for layer in [*generator.convolve, generator.last]] == [3, 3, 5, 5]


def test_that_the_bilinear_discriminator_is_its_tutorials() -> None:
    """3 x 3 and 5 x 5 convolutions with stride 2, 64 and 128 channels, dropout of .3 after each."""
    critic = built("bilinear", DataShape(28, 1))[DISCRIMINATOR]
    assert sides(critic, torch.randn(1, 1, 28, 28)) == [(64, 14), (128, 7)]
    convolutions = [layer for layer in critic.layers if isinstance(layer, nn.Conv2d)]
    assert [(layer.kernel_size, layer.stride) for layer in convolutions] == [((3, 3), (2, 2)), ((5, 5), (2, 2))]
    assert [module.share for module in critic.modules() if isinstance(module, Dropout)] == [0.3, 0.3]


@pytest.mark.parametrize("resolution", [8, 9, 28, 31, 32, 64, 100, 256])
def test_that_the_bilinear_generator_starts_small_whatever_the_side(resolution: int) -> None:
    base, sizes = bilinear_sides(resolution)
    assert 8 <= base <= 13
    side = base
    for size in sizes:
        assert size in {2 * (side - 2), 2 * (side - 2) - 1}
        side = size
    assert side - 8 == resolution


def test_that_the_spectrally_normalised_networks_are_those_of_their_paper() -> None:
    """Miyato et al. 2018, table 3, for 32 px; channels double at the strides, as in the authors' code."""
    networks = built("sngan", DataShape(32, 3))
    assert networks[GENERATOR].project.out_features == 4 * 4 * 512
    assert sides(networks[GENERATOR], torch.randn(1, 128)) == [(256, 8), (128, 16), (64, 32), (3, 32)]
    critic = networks[DISCRIMINATOR]
    expected = [(64, 32), (128, 16), (128, 16), (256, 8), (256, 8), (512, 4), (512, 4)]
    assert sides(critic, torch.randn(1, 3, 32, 32)) == expected
    slopes = {layer.negative_slope for layer in critic.modules() if isinstance(layer, nn.LeakyReLU)}
    assert slopes == {0.1}


def test_that_big_networks_have_the_widths_of_their_paper() -> None:
    """Brock et al. 2019, table 4, at 128 px: 16, 8, 4, 2, 1 times the width in G; 1 to 16, and 16 once more, in D."""
    networks = built("biggan", DataShape(128, 3, 10), **NARROW)
    assert [block.second.out_channels for block in networks[GENERATOR].blocks] == [64, 32, 16, 8, 4]
    assert [block.second.out_channels for block in networks[DISCRIMINATOR].blocks] == [4, 8, 16, 32, 64, 64]


def test_that_every_block_of_big_g_has_a_chunk_of_the_latent_and_the_shared_class() -> None:
    generator = built("biggan", DataShape(128, 3, 10), variant__generator_width=4)[GENERATOR]
    assert generator.project.in_features == 20, "120 numbers: one chunk for the projection and one for each of 5 blocks"
    gains = [norm.gain.in_features for block in generator.blocks for norm in block.norms]
    assert gains == [20 + 128] * 10
    assert sum(isinstance(module, nn.Embedding) for module in generator.modules()) == 1


def test_that_a_latents_last_chunk_leaves_big_gs_first_features_alone() -> None:
    generator = built("biggan", DataShape(32, 1), variant__generator_width=4, variant__conditional=False)[GENERATOR]
    z = torch.randn(1, 120)
    other = torch.cat([z[:, :-30], torch.randn(1, 30)], dim=1)
    seen: list[torch.Tensor] = []
    for block in generator.blocks:
        block.register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.no_grad():
        generator.eval()(z)
        generator(other)
    assert [torch.equal(a, b) for a, b in zip(seen[:3], seen[3:], strict=True)] == [True, True, False]


@pytest.mark.parametrize(("resolution", "side"), [(32, None), (64, None), (96, 48), (128, 64), (256, 64)])
def test_that_attention_stands_at_64_px_of_images_above_it(resolution: int, side: int | None) -> None:
    networks = built("biggan", DataShape(resolution, 1), variant__conditional=False, **NARROW)
    seen: list[int] = []
    inputs = {GENERATOR: torch.randn(1, 120), DISCRIMINATOR: torch.randn(1, 1, resolution, resolution)}
    for name, network in networks.items():
        if network.attention is not None:
            network.attention.register_forward_hook(lambda _m, _i, out: seen.append(out.shape[3]))
        with torch.no_grad():
            network.eval()(inputs[name])
    assert seen == ([] if side is None else [side, side])


def test_that_self_attention_is_its_formula() -> None:
    """o_j = sum_i softmax_i(k_i . q_j) v_i (Zhang et al. 2019, equations 1 to 3), keys and values pooled by two."""
    layer = SelfAttention(8)
    nn.init.constant_(layer.gain, 0.7)
    x = torch.randn(1, 8, 4, 4)
    with torch.no_grad():
        query = layer.query(x)[0].flatten(1)
        key, value = (nn.functional.max_pool2d(part(x), 2)[0].flatten(1) for part in (layer.key, layer.value))
        gathered = torch.zeros(4, 16)
        for j in range(16):
            weights = torch.exp(torch.stack([query[:, j] @ key[:, i] for i in range(4)]))
            gathered[:, j] = (value * weights / weights.sum()).sum(1)
        expected = x + 0.7 * layer.out(gathered.view(1, 4, 4, 4))
        torch.testing.assert_close(layer(x), expected)


def test_that_mlps_are_narrowed_beside_very_many_pixels_only() -> None:
    small, large = (built("vanilla", DataShape(side, 3)) for side in (64, 256))
    widths = [[m.out_features for m in n[GENERATOR].modules() if isinstance(m, nn.Linear)] for n in (small, large)]
    assert widths == [[256, 512, 1024, 64 * 64 * 3], [256, 512, 170, 256 * 256 * 3]]
