"""CycleGAN's networks: shapes, what a patch sees, and the pool of fakes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from ganstudio.networks.cyclegan import PatchDiscriminator, TranslationGenerator
from ganstudio.networks.pool import ImagePool


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 28, 32, 64, 128])
def test_that_a_translation_has_the_shape_of_its_input(side: int, channels: int) -> None:
    generator = TranslationGenerator(side, channels, width=4, depth=1)
    out = generator(torch.rand(2, channels, side, side).mul(2).sub(1))
    assert out.shape == (2, channels, side, side)
    assert out.abs().max() <= 1


def test_that_the_paper_s_generator_has_the_authors_number_of_weights() -> None:
    generator = TranslationGenerator(256, 3, width=64, depth=9)
    assert sum(parameter.numel() for parameter in generator.parameters()) == 11_378_179


def test_that_the_paper_s_discriminator_has_the_authors_number_of_weights() -> None:
    discriminator = PatchDiscriminator(256, 3, width=64)
    assert sum(parameter.numel() for parameter in discriminator.parameters()) == 2_764_737


@pytest.mark.parametrize(("side", "patch", "grid"), [(256, 70, 30), (128, 34, 30), (64, 16, 30), (32, 16, 14)])
def test_that_a_logit_sees_one_patch(side: int, patch: int, grid: int) -> None:
    discriminator = PatchDiscriminator(side, 1, width=4, norm="none").double()
    image = torch.rand(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    logits = discriminator(image)
    assert logits.shape == (1, grid * grid)
    middle = logits[0, (grid // 2) * grid + grid // 2]
    (gradient,) = torch.autograd.grad(middle, image)
    rows = gradient[0, 0].abs().sum(dim=1).nonzero().flatten()
    assert int(rows[-1] - rows[0]) + 1 == patch


def test_that_instance_norm_learns_nothing_as_in_the_authors_code() -> None:
    generator = TranslationGenerator(32, 3, width=4, depth=2)
    norms = [module for module in generator.modules() if isinstance(module, nn.InstanceNorm2d)]
    assert len(norms) == 7
    assert not any(list(norm.parameters()) for norm in norms)


def test_that_the_image_is_reflected_at_its_border() -> None:
    """An even image has no border to see: every pixel of its translation is alike before the strided layers."""
    generator = TranslationGenerator(32, 1, width=4, depth=0, norm="none")
    first = generator.layers[0](torch.full((1, 1, 32, 32), 0.5))
    assert torch.allclose(first, first[..., :1, :1].expand_as(first), atol=1e-6)


# -- the pool ----------------------------------------------------------------------------------------------------------


def numbered(numbers: Sequence[int]) -> Tensor:
    """Images of one pixel that hold a number."""
    return torch.tensor(numbers, dtype=torch.float32).view(-1, 1, 1, 1)


def by_the_authors(size: int, batches: Sequence[Sequence[int]], seeds: Sequence[int]) -> tuple[list[int], list[int]]:
    """What the authors' code shows and what it keeps, with the pool's own coins and slots, as plain lists."""
    pool: list[int] = []
    shown: list[int] = []
    for batch, seed in zip(batches, seeds, strict=True):
        random = torch.Generator().manual_seed(seed)
        slots = torch.randint(size, (len(batch),), generator=random).tolist()
        coins = torch.rand(len(batch), generator=random).tolist()
        for image, slot, coin in zip(batch, slots, coins, strict=True):
            if len(pool) < size:
                pool.append(image)
                shown.append(image)
            elif coin > 0.5:
                shown.append(pool[slot])
                pool[slot] = image
            else:
                shown.append(image)
    return shown, pool


@pytest.mark.parametrize(("size", "batch"), [(3, 1), (4, 3), (2, 7), (5, 5)])
def test_that_the_pool_follows_the_authors_rule(size: int, batch: int) -> None:
    pool = ImagePool(size, 1, 1)
    batches = [list(range(i * batch, (i + 1) * batch)) for i in range(12)]
    seen: list[float] = []
    for seed, numbers in enumerate(batches):
        fakes = numbered(numbers)
        seen += pool.offered(fakes, torch.Generator().manual_seed(seed)).flatten().tolist()
        pool.push(fakes, torch.Generator().manual_seed(seed))
    shown, kept = by_the_authors(size, batches, range(12))
    assert seen == shown
    assert pool.images.flatten().tolist() == kept
    assert int(pool.count) == size
    assert len(set(shown)) < len(shown), "old fakes were shown again"


def test_that_looking_leaves_the_pool_as_it_is() -> None:
    pool = ImagePool(2, 1, 1)
    pool.push(numbered([1, 2]), torch.Generator().manual_seed(0))
    pool.offered(numbered([3, 4]), torch.Generator().manual_seed(1))
    assert pool.images.flatten().tolist() == [1, 2]


def test_that_a_part_filled_pool_shows_what_it_is_given() -> None:
    pool = ImagePool(50, 1, 1)
    for start in range(0, 48, 4):
        fakes = numbered(range(start, start + 4))
        assert torch.equal(pool.offered(fakes, torch.Generator().manual_seed(start)), fakes)
        pool.push(fakes, torch.Generator().manual_seed(start))
    assert int(pool.count) == 48
    assert pool.images.flatten().tolist() == [*range(48), 0, 0]
