"""Augmentations: what they may change and by how much, their randomness, and the controller of their strength."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape
from ganstudio.techniques.augment import risen
from ganstudio.techniques.augmentation import diffaugment
from ganstudio.techniques.augmentation.chance import Chance
from ganstudio.techniques.augmentation.colour import coloured, draw_change
from ganstudio.techniques.augmentation.geometry import _shift, _turn, draw_inverse, moved, warp
from ganstudio.techniques.augmentation.strength import Strength
from ganstudio.techniques.zero import undecided
from tests.helpers import assembled, tiny


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(count: int, channels: int = 3, side: int = 16, seed: int = 5) -> Tensor:
    return torch.rand((count, channels, side, side), generator=seeded(seed)) * 2 - 1


def chance(count: int, probability: float, seed: int = 0) -> Chance:
    return Chance(count, torch.tensor(probability), seeded(seed))


# -- DiffAugment -------------------------------------------------------------------------------------------------------


def test_that_brightness_moves_each_image_as_a_whole_by_up_to_a_half() -> None:
    x = images(4000, side=4)
    moved_by = diffaugment.brightened(x, seeded()) - x
    each = moved_by.flatten(1)
    torch.testing.assert_close(each.amax(1), each.amin(1), rtol=0, atol=1e-6)
    assert -0.5 <= each.min() < -0.49
    assert 0.49 < each.max() <= 0.5
    assert abs(each[:, 0].mean()) < 4 * (1 / 12) ** 0.5 / 4000**0.5


def test_that_saturation_scales_the_distance_from_grey_by_zero_to_two() -> None:
    x = images(4000, side=4)
    out = diffaugment.saturated(x, seeded())
    grey = x.mean(1, keepdim=True)
    torch.testing.assert_close(out.mean(1, keepdim=True), grey, rtol=0, atol=1e-6)
    factors = ((out - grey) * (x - grey)).flatten(1).sum(1) / (x - grey).square().flatten(1).sum(1)
    assert 0.0 <= factors.min() < 0.02
    assert 1.98 < factors.max() <= 2.0 + 1e-5
    assert factors.mean() == pytest.approx(1.0, abs=0.04)


def test_that_contrast_scales_the_distance_from_the_mean_by_a_half_to_one_and_a_half() -> None:
    x = images(4000, side=4)
    out = diffaugment.contrasted(x, seeded())
    torch.testing.assert_close(out.mean((1, 2, 3)), x.mean((1, 2, 3)), rtol=0, atol=1e-5)
    factors = out.flatten(1).std(1) / x.flatten(1).std(1)
    assert 0.499 < factors.min() < 0.51
    assert 1.49 < factors.max() < 1.501


def test_that_grey_images_have_no_saturation_to_change() -> None:
    x = images(3, channels=1)
    assert torch.equal(diffaugment.saturated(x, seeded()), x)


@pytest.mark.parametrize(("side", "reach"), [(16, 2), (28, 4), (32, 4)])
def test_that_translation_moves_by_whole_pixels_up_to_an_eighth_and_fills_with_zero(side: int, reach: int) -> None:
    x = torch.arange(1, side * side + 1, dtype=torch.float32).view(1, 1, side, side).repeat(400, 1, 1, 1)
    out = diffaugment.shifted(x, seeded())
    seen = set()
    for image in out[:, 0]:
        row, column = (int(i) for i in (image > 0).nonzero()[0])
        number = int(image[row, column]) - 1
        down, right = row - number // side, column - number % side
        expected = torch.zeros(side, side)
        source = x[0, 0]
        expected[max(0, down) : side + min(0, down), max(0, right) : side + min(0, right)] = source[
            max(0, -down) : side - max(0, down), max(0, -right) : side - max(0, right)
        ]
        assert torch.equal(image, expected)
        seen.add((down, right))
    assert {down for down, _ in seen} == {right for _, right in seen} == set(range(-reach, reach + 1))


@pytest.mark.parametrize("side", [16, 28])
def test_that_cutout_blanks_half_of_each_side_or_what_lies_within(side: int) -> None:
    out = diffaugment.cut_out(torch.ones(500, 2, side, side), seeded())
    half, rows, columns = side // 2, set(), set()
    for image in out:
        hole = image[0] == 0
        assert torch.equal(image[0], image[1])
        tall, wide = int(hole.any(1).sum()), int(hole.any(0).sum())
        assert int(hole.sum()) == tall * wide
        rows.add(tall)
        columns.add(wide)
    assert rows == columns == set(range(half - half // 2, half + 1))


def test_that_every_policy_can_be_differentiated_twice() -> None:
    """Penalties differentiate D's gradient by images, through the augmentation."""
    x = images(4).requires_grad_(True)
    for augment in (
        lambda x: diffaugment.change(x, seeded(), colour=True, translation=True, cutout=True),
        lambda x: coloured(moved(x, chance(4, 1.0)), chance(4, 1.0, 1)),
    ):
        (slope,) = torch.autograd.grad(augment(x).square().sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(slope.square().sum(), x)
        assert torch.isfinite(slope).all()
        assert torch.isfinite(second).all()
        assert second.abs().sum() > 0


# -- ADA ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_that_ada_of_no_probability_is_the_identity(channels: int) -> None:
    x = images(6, channels, side=11)
    assert torch.equal(moved(x, chance(6, 0.0)), x)
    torch.testing.assert_close(coloured(x, chance(6, 0.0)), x, rtol=0, atol=1e-7)


@pytest.mark.parametrize("channels", [1, 3])
def test_that_ada_of_full_probability_changes_every_image(channels: int) -> None:
    x = images(64, channels)
    for change in (moved, coloured):
        out = change(x, chance(64, 1.0))
        assert out.shape == x.shape
        assert torch.isfinite(out).all()
        assert ((out - x).abs().flatten(1).amax(1) > 1e-3).all()


def test_that_a_probability_is_the_share_of_images_that_change() -> None:
    changed = chance(20_000, 0.3).gate(torch.ones(20_000), neutral=0.0)[0].mean()
    assert changed == pytest.approx(0.3, abs=4 * (0.21 / 20_000) ** 0.5)


def test_that_turns_and_whole_shifts_move_pixels_without_blending() -> None:
    x = images(1, side=8)
    quarter = warp(x, _turn(torch.tensor([math.pi / 2])))
    # With y downwards (x, y) shows what was at (-y, x): the right shows what was at the bottom.
    torch.testing.assert_close(quarter, torch.rot90(x, 1, (2, 3)), rtol=0, atol=1e-5)
    assert quarter[0, 0, 4, 7].item() == pytest.approx(x[0, 0, 7, 3].item(), abs=1e-5)
    shifted = warp(x, _shift(torch.tensor([2.0]), torch.tensor([-1.0])))
    torch.testing.assert_close(shifted[..., :7, 2:], x[..., 1:, :6])
    # What comes in from the left is the mirror image beyond the first column.
    torch.testing.assert_close(shifted[..., :7, :2], x[..., 1:, [2, 1]])


def test_that_half_a_pixel_blends_two() -> None:
    x = images(1, side=6)
    half = warp(x, _shift(torch.tensor([0.5]), torch.tensor([0.0])))
    torch.testing.assert_close(half[..., 1:], (x[..., 1:] + x[..., :-1]) / 2)


def test_that_geometry_draws_what_the_authors_draw() -> None:
    """Only turns, shifts, scales and mirrors: of a matrix [A t], |det A| is 2^(-.4 n), n normal."""
    inverse = draw_inverse(32, chance(20_000, 1.0)).double()
    size = torch.linalg.det(inverse[:, :2, :2]).abs().log2() / -0.4
    assert size.mean() == pytest.approx(0.0, abs=0.03)
    assert size.std() == pytest.approx(1.0, abs=0.03)
    mirrored = (torch.linalg.det(inverse[:, :2, :2]) < 0).double().mean()
    assert mirrored == pytest.approx(0.5, abs=0.02)


def test_that_colour_changes_keep_grey_grey_and_have_the_authors_spread() -> None:
    change = draw_change(chance(20_000, 1.0), chromatic=True).double()
    grey = change[:, :3, :3] @ torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(grey, grey[:, :1].expand(-1, 3), rtol=1e-4, atol=1e-5)
    assert grey[:, 0].abs().log2().std() == pytest.approx(0.5, abs=0.02)
    assert (grey[:, 0] < 0).double().mean() == pytest.approx(0.5, abs=0.02)
    brightness = (change[:, 0, 3] / grey[:, 0]).abs()
    assert brightness.square().mean().sqrt() == pytest.approx(0.2, abs=0.01)


def test_that_grey_images_are_lightened_swapped_and_stretched_only() -> None:
    x = images(200, channels=1)
    out = coloured(x, chance(200, 1.0))
    change = draw_change(chance(200, 1.0), chromatic=False)
    factor, offset = change[:, 0, :3].sum(1), change[:, 0, 3]
    torch.testing.assert_close(out, x * factor.view(-1, 1, 1, 1) + offset.view(-1, 1, 1, 1), rtol=1e-4, atol=1e-5)
    assert (factor < 0).any()
    assert (factor > 0).any()


# -- the controller ----------------------------------------------------------------------------------------------------


def test_that_the_strength_follows_the_sign_of_overfitting_every_four_batches() -> None:
    """Eight images a batch, speed 320: a move is 4 x 8 / 320 = .1. r is 1, then .5, then exactly .625 against .6."""
    strength = Strength(0.6, 320)
    sure, half = torch.full((8,), 3.0), torch.tensor([1.0] * 6 + [-1.0] * 2)
    seen = []
    for batch in [sure] * 8 + [half] * 4 + [sure, half, half, half] + [-sure] * 12:
        strength.observe(batch)
        seen.append(round(strength.probability.item(), 6))
    expected = [0.0] * 3 + [0.1] * 4 + [0.2] * 4 + [0.1] * 4 + [0.2] * 4 + [0.1] * 4 + [0.0] * 5
    assert seen == expected


def test_that_the_strength_stays_a_probability() -> None:
    strength = Strength(0.6, 8)
    for _ in range(40):
        strength.observe(torch.ones(8))
    assert strength.probability.item() == 1.0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"objective__loss": "hinge"}, 0.0),
        ({"objective__loss": "least-squares", "objective__targets": "0,1,1"}, 0.5),
        ({"objective__loss": "least-squares", "objective__targets": "-1,1,0"}, 0.0),
        ({"objective__loss": "wasserstein"}, None),
        ({"objective__loss": "relativistic"}, None),
    ],
)
def test_that_an_undecided_score_is_where_the_loss_puts_it(values: dict[str, Any], expected: float | None) -> None:
    assert undecided(tiny("dcgan", **values).objective) == expected


def test_that_the_strength_sees_each_play_of_d_and_none_of_g() -> None:
    config = tiny("vanilla", techniques__augment__policy="ada", techniques__augment__speed=32)
    trainer = assembled(config, DataShape(8, 1))
    strength = trainer._game.memory["augment"]
    assert isinstance(strength, Strength)
    for rounds in range(1, 4):
        trainer.round()
        assert strength.images.item() == 4 * rounds
    trainer.round()
    assert strength.images.item() == 0
    assert strength.probability.item() in {0.0, 0.5}


def test_that_plots_show_the_strength() -> None:
    config = tiny("vanilla", techniques__augment__policy="ada", techniques__augment__target=-1.0)
    trainer = assembled(config.with_values({"techniques.augment.speed": 160}), DataShape(8, 1))
    events: list[Any] = []
    trainer._emit = events.append
    trainer._last_log = (0.0, 0)
    for _ in range(4):
        trainer.round()
    trainer._log()
    assert events[-1].scalars["augment/probability"] == pytest.approx(0.1)


@pytest.mark.parametrize("policy", ["diffaugment", "ada"])
def test_that_d_sees_reals_and_fakes_changed_in_ds_plays_and_in_gs(policy: str) -> None:
    config = tiny(
        "vanilla",
        techniques__augment__policy=policy,
        techniques__augment__adaptive=False,
        techniques__augment__probability=1.0,
    )
    trainer = assembled(config, DataShape(8, 1))
    seen: list[Tensor] = []
    made: list[Tensor] = []
    trainer._game.networks[DISCRIMINATOR].register_forward_pre_hook(lambda m, given: seen.append(given[0].detach()))
    trainer._game.networks[GENERATOR].register_forward_hook(lambda m, given, out: made.append(out.detach()))
    trainer.round()
    real, fake = seen[0].chunk(2)
    plain = trainer._data["source"].at(0, 4)[0]
    for shown, raw in ((real, plain), (fake, made[0]), (seen[1], made[1])):
        assert shown.shape == raw.shape
        assert not torch.allclose(shown, raw)


@pytest.mark.parametrize(
    ("images", "ramp", "expected"),
    [(0, 0, 1.0), (0, 100, 0.0), (25, 100, 0.5 - 0.5**1.5), (50, 100, 0.5), (100, 100, 1.0), (900, 100, 1.0)],
)
def test_that_a_fixed_probability_rises_as_half_a_cosine(images: int, ramp: int, expected: float) -> None:
    assert risen(images, ramp) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("variant", ["r3gan", "wgan"])
def test_that_ada_changes_images_by_a_rising_share_where_no_strength_can_adapt(
    variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[float] = []

    def chance_of(count: int, probability: Tensor, generator: torch.Generator) -> Chance:
        used.append(float(probability))
        return Chance(count, probability, generator)

    monkeypatch.setattr("ganstudio.techniques.augmentation.chance.Chance", chance_of)
    values = {"techniques__augment__ramp": 8, "training__discriminator_steps": 1, "training__batch_size": 4}
    trainer = assembled(tiny(variant, techniques__augment__policy="ada", **values), DataShape(8, 1))
    for _ in range(3):
        trainer.round()
    assert sorted(set(used)) == pytest.approx([0.15, 0.3]), "after 0, 4 and 8 images; 0 changes nothing"


def test_that_a_run_without_strength_costs_no_change() -> None:
    ada = {"techniques__augment__policy": "ada", "techniques__augment__adaptive": False}
    trainer = assembled(tiny("vanilla", techniques__augment__probability=0.0, **ada), DataShape(8, 1))
    plain = assembled(tiny("vanilla"), DataShape(8, 1))
    trainer.round()
    plain.round()
    for a, b in zip(trainer._parameters[GENERATOR], plain._parameters[GENERATOR], strict=True):
        assert torch.equal(a, b)
