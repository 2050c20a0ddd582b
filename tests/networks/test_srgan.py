"""SRGAN's networks: shapes, the pixel shuffle, crops, and bicubic resampling."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from ganstudio.networks.resampling import enlarge, shrink
from ganstudio.networks.srgan import SuperDiscriminator, SuperResolver, crop
from ganstudio.training.sampling import to_pixels


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_that_images_of_any_size_are_enlarged(scale: int) -> None:
    resolver = SuperResolver(3, width=4, depth=2, scale=scale)
    assert resolver(torch.rand(2, 3, 10, 13)).shape == (2, 3, 10 * scale, 13 * scale)


def test_that_the_paper_s_generator_is_as_deep_as_in_the_paper() -> None:
    resolver = SuperResolver(3, width=64, depth=16, scale=4)
    convolutions = [module for module in resolver.modules() if isinstance(module, nn.Conv2d)]
    assert len(convolutions) == 1 + 2 * 16 + 1 + 2 + 1
    assert [each.kernel_size for each in (convolutions[0], convolutions[-1])] == [(9, 9), (9, 9)]
    assert [each.out_channels for each in convolutions[-3:]] == [256, 256, 3]


def test_that_each_step_of_the_enlargement_spreads_channels_over_pixels() -> None:
    resolver = SuperResolver(1, width=2, depth=0, scale=2)
    shuffle = next(module for module in resolver.grow if isinstance(module, nn.PixelShuffle))
    x = torch.arange(16.0).view(1, 4, 2, 2)
    assert shuffle(x)[0, 0].tolist() == [[0, 4, 1, 5], [8, 12, 9, 13], [2, 6, 3, 7], [10, 14, 11, 15]]


@pytest.mark.parametrize(("side", "halvings"), [(96, 4), (64, 4), (32, 3), (30, 3), (16, 2), (20, 2)])
def test_that_the_discriminator_has_a_pair_of_convolutions_for_each_halving(side: int, halvings: int) -> None:
    discriminator = SuperDiscriminator(side, 3, width=4)
    convolutions = [module for module in discriminator.modules() if isinstance(module, nn.Conv2d)]
    assert len(convolutions) == 2 * halvings
    assert [each.stride[0] for each in convolutions] == [1, 2] * halvings
    assert discriminator(torch.rand(2, 3, side, side)).shape == (2,)


def test_that_the_paper_s_discriminator_widens_as_in_the_paper() -> None:
    discriminator = SuperDiscriminator(96, 3, width=64)
    convolutions = [module for module in discriminator.modules() if isinstance(module, nn.Conv2d)]
    assert [each.out_channels for each in convolutions] == [64, 64, 128, 128, 256, 256, 512, 512]
    assert (discriminator.hidden.in_features, discriminator.hidden.out_features) == (512 * 6 * 6, 1024)


def test_that_a_crop_is_a_piece_of_each_image_and_differs_between_them() -> None:
    places = torch.arange(100.0).view(1, 1, 10, 10).expand(40, 2, 10, 10).contiguous()
    pieces = crop(places, 6, torch.Generator().manual_seed(0))
    assert pieces.shape == (40, 2, 6, 6)
    corners = set()
    for piece in pieces:
        row, column = divmod(int(piece[0, 0, 0]), 10)
        corners.add((row, column))
        assert torch.equal(piece, places[0, :, row : row + 6, column : column + 6])
    assert {row for row, _ in corners} == {column for _, column in corners} == set(range(5))


def test_that_a_crop_of_the_whole_image_is_the_image() -> None:
    images = torch.rand(2, 3, 8, 8)
    assert crop(images, 8, None) is images


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_that_resampling_is_pillow_s_bicubic(scale: int) -> None:
    pixels = np.random.default_rng(3).integers(64, 192, (24, 24, 3), np.uint8)
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(torch.float32) / 127.5 - 1
    small = np.asarray(Image.fromarray(pixels).resize((24 // scale,) * 2, Image.Resampling.BICUBIC), np.int64)
    large = np.asarray(Image.fromarray(pixels).resize((24 * scale,) * 2, Image.Resampling.BICUBIC), np.int64)
    # Pillow rounds after each of the two directions, which may come to one value's difference.
    assert np.abs(to_pixels(shrink(images, scale))[0] - small).max() <= 1
    assert np.abs(to_pixels(enlarge(images, scale))[0] - large).max() <= 1


def test_that_a_shrunk_image_holds_what_a_file_would() -> None:
    values = shrink(torch.rand(2, 3, 16, 16).mul(4).sub(2), 2).add(1).mul(127.5)
    assert torch.allclose(values, values.round(), atol=1e-4)
    assert values.min() >= 0 and values.max() <= 255.001
