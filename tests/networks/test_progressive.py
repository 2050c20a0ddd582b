"""Growing networks: equalised layers, fading, feature maps of the batch; against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ganstudio.networks.discriminator import CriticOptions
from ganstudio.networks.layers import Stage
from ganstudio.networks.progressive import (
    EqualisedConv2d,
    EqualisedLinear,
    ProgressiveDiscriminator,
    ProgressiveGenerator,
    crop,
    enlarge,
    last_level,
    pad,
    shrink,
)

LAST = 3


def generator(resolution: int = 32, channels: int = 1, num_classes: int = 0) -> ProgressiveGenerator:
    return ProgressiveGenerator(6, resolution, channels, 4, num_classes).to(torch.float64)


def discriminator(**options: object) -> ProgressiveDiscriminator:
    return ProgressiveDiscriminator(32, 1, 4, CriticOptions(**options)).to(torch.float64)  # type: ignore[arg-type]


def noise(*size: int) -> torch.Tensor:
    return torch.randn(size, dtype=torch.float64)


# -- equalised layers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "x", "expected"),
    [
        (EqualisedConv2d(8, 1, 3), torch.ones(1, 8, 3, 3), 72 * math.sqrt(2 / 72)),
        (EqualisedConv2d(9, 1, 1, gain=1.0), torch.ones(1, 9, 1, 1), 3.0),
        (EqualisedLinear(50, 1), torch.ones(1, 50), 10.0),
        (EqualisedLinear(16, 1, gain=1.0), torch.ones(1, 16), 4.0),
    ],
)
def test_that_a_weight_is_scaled_by_its_gain_over_the_root_of_its_inputs(
    layer: nn.Conv2d | nn.Linear, x: torch.Tensor, expected: float
) -> None:
    """A weight of ones sums its inputs: n x gain / sqrt(n); the middle of the image, where nothing is padded."""
    with torch.no_grad():
        nn.init.ones_(layer.weight)
        out = layer(x)
    middle = out if out.dim() == 2 else out[..., out.shape[2] // 2, out.shape[3] // 2]
    assert middle.item() == pytest.approx(expected, rel=1e-6)


def test_that_the_first_layer_of_g_has_a_quarter_of_the_gain() -> None:
    assert generator().start.scale == pytest.approx(math.sqrt(2 / 6) / 4)
    assert {round(layer.scale * math.sqrt(layer.in_channels), 6) for layer in generator().paint} == {1.0}


def test_that_all_weights_begin_alike_whatever_the_layer() -> None:
    for network in (generator(), discriminator()):
        layers = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
        weights = torch.cat([layer.weight.flatten() for layer in layers])
        assert weights.std().item() == pytest.approx(1.0, abs=0.05)
        assert not any(layer.bias.any() for layer in layers)


def test_that_doubling_first_is_a_convolution_of_the_enlarged_image() -> None:
    layer = EqualisedConv2d(3, 5, 3, resample=2).double()
    nn.init.normal_(layer.bias)
    x = noise(2, 3, 6, 6)
    expected = F.conv2d(enlarge(x, 2), layer.weight * layer.scale, layer.bias, padding=1)
    torch.testing.assert_close(layer(x), expected)


def test_that_halving_afterwards_is_the_mean_of_a_convolutions_pixels() -> None:
    layer = EqualisedConv2d(3, 5, 3, resample=-2).double()
    nn.init.normal_(layer.bias)
    x = noise(2, 3, 8, 8)
    expected = F.avg_pool2d(F.conv2d(x, layer.weight * layer.scale, layer.bias, padding=1), 2)
    torch.testing.assert_close(layer(x), expected)


# -- pixel norm and the sphere -----------------------------------------------------------------------------------------


def test_that_pixel_norm_gives_each_place_unit_length_on_average() -> None:
    x = torch.tensor([3.0, 4.0, 0.0, 0.0]).view(2, 2, 1, 1)
    out = generator().norm(x)
    length = math.sqrt(12.5)
    assert out.flatten().tolist() == pytest.approx([3 / length, 4 / length, 0.0, 0.0], rel=1e-6)


def test_that_only_the_direction_of_a_latent_counts() -> None:
    network, z = generator(), noise(3, 6)
    with torch.no_grad():
        torch.testing.assert_close(network(7.0 * z), network(z), rtol=1e-6, atol=1e-7)


# -- fading ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [1, 2, 3])
def test_that_a_level_of_g_fades_in_from_the_enlarged_level_below(level: int) -> None:
    network, z = generator(), noise(3, 6)
    images = {}
    with torch.no_grad():
        for stage in (Stage(level - 1), Stage(level, 0.0), Stage(level, 0.25), Stage(level)):
            network.stage = stage
            images[stage] = network(z)
    below, grown = enlarge(images[Stage(level - 1)], 2), images[Stage(level)]
    assert grown.shape[-1] == 4 * 2**level
    assert torch.equal(images[Stage(level, 0.0)], below)
    torch.testing.assert_close(images[Stage(level, 0.25)], 0.75 * below + 0.25 * grown)
    assert not torch.allclose(below, grown)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_that_a_level_of_d_fades_in_from_its_opinion_of_the_halved_image(level: int) -> None:
    network = discriminator()
    x = noise(4, 1, 4 * 2**level, 4 * 2**level)
    with torch.no_grad():
        network.stage = Stage(level, 0.0)
        new = network(x)
        network.stage = Stage(level - 1)
        old = network(F.avg_pool2d(x, 2))
        network.stage = Stage(level, 1.0)
        grown = network(x)
        network.stage = Stage(level, 1.0 - 1e-12)
        almost = network(x)
    assert torch.equal(new, old)
    torch.testing.assert_close(almost, grown)
    assert not torch.allclose(old, grown)


def test_that_levels_to_come_have_no_part_in_training() -> None:
    network = generator()
    network.stage = Stage(1, 0.5)
    network(noise(2, 6)).sum().backward()
    reached = {name for name, parameter in network.named_parameters() if parameter.grad is not None}
    names = ("start", "mix", "grow.0", "refine.0", "paint.0", "paint.1")
    assert reached == {f"{name}.{part}" for name in names for part in ("weight", "bias")}


# -- what D sees beside the image --------------------------------------------------------------------------------------


def test_that_the_deviation_of_a_group_is_a_map_of_d() -> None:
    """Samples 0, 2, 4, 6 are a group with values 0, 0, 2, 2 everywhere: deviation 1. The others do not differ."""
    network = discriminator(minibatch="deviation", group=4)
    x = torch.zeros(8, 16, 4, 4, dtype=torch.float64)
    x[[4, 6]] = 2.0
    x[1::2] = 5.0
    maps = network._with_maps(x, None)
    assert maps.shape == (8, 17, 4, 4)
    assert torch.equal(maps[:, :16], x)
    expected = torch.tensor([math.sqrt(1 + 1e-8), 1e-4], dtype=torch.float64).repeat(4)
    torch.testing.assert_close(maps[:, 16], expected[:, None, None].expand(8, 4, 4))
    assert not network.per_sample


def test_that_a_joined_class_is_one_more_map_each() -> None:
    network = discriminator(num_classes=3, conditioning="joined")
    maps = network._with_maps(torch.zeros(2, 16, 4, 4), torch.tensor([2, 0]))
    assert maps[:, 16:].mean(dim=(2, 3)).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert network.per_sample


@pytest.mark.parametrize("conditioning", ["joined", "projection"])
def test_that_both_networks_depend_on_the_class(conditioning: str) -> None:
    critic = discriminator(num_classes=3, conditioning=conditioning)
    y = torch.arange(3)
    with torch.no_grad():
        images = generator(num_classes=3)(noise(1, 6).expand(3, -1), y)
        logits = critic(images[:1].expand(3, -1, -1, -1), y)
    assert len({tuple(image.flatten().tolist()) for image in images}) == 3
    assert len(set(logits.tolist())) == 3


def test_that_d_takes_images_of_the_datas_own_size_at_every_stage() -> None:
    network = discriminator()
    x = noise(4, 1, 28, 28)
    with torch.no_grad():
        for level in range(LAST + 1):
            network.stage = Stage(level)
            assert torch.equal(network(x), network(shrink(pad(x, 32), 4 * 2**level)))


def test_that_ds_layers_are_told_from_the_finest_level_on() -> None:
    network = discriminator()
    layers = network.stages()
    expected = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    assert {id(layer) for layer in layers} == {id(layer) for layer in expected}
    assert len(layers) == len(expected)
    assert layers[0] is network.see[LAST]
    assert layers[LAST + 1] is network.refine[LAST - 1]
    assert layers[-1] is network.head.score


# -- sizes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resolution", "level"), [(4, 0), (5, 1), (8, 1), (9, 2), (27, 3), (28, 3), (32, 3), (33, 4), (64, 4), (512, 7)]
)
def test_that_networks_grow_until_the_image_fits(resolution: int, level: int) -> None:
    assert last_level(resolution) == level


def test_that_channels_double_downwards_up_to_512() -> None:
    network = ProgressiveGenerator(4, 64, 3, 64)
    assert [layer.in_channels for layer in network.paint] == [512, 512, 256, 128, 64]
    assert [layer.out_channels for layer in network.paint] == [3] * 5


def test_that_padding_repeats_the_edge() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])[None, None]
    assert pad(x, 4)[0, 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert pad(x, 2) is x


@pytest.mark.parametrize("side", [9, 27, 28, 31, 32])
def test_that_cropping_undoes_padding(side: int) -> None:
    x = noise(2, 3, side, side)
    assert torch.equal(crop(pad(x, 32), side), x)


def test_that_shrinking_takes_means_and_enlarging_repeats() -> None:
    x = torch.arange(16.0).view(1, 1, 4, 4)
    assert shrink(x, 2)[0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert enlarge(shrink(x, 1), 2)[0, 0].tolist() == [[7.5, 7.5], [7.5, 7.5]]
