"""Gradient penalties in float64: closed forms for linear critics, finite differences for others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from ganstudio.losses.penalties import between, input_gradients, one_centred, zero_centred


def draw(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def r1(logits: Tensor, x: Tensor) -> Tensor:
    """The penalty of one input."""
    (gradient,) = input_gradients(logits, (x,))
    return zero_centred(gradient)


def slope_between(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """The slope of `critic` at the share of the way from real to fake."""
    mixed = between(real, fake, share)
    (gradient,) = input_gradients(critic(mixed), (mixed,))
    return gradient


def small_mlp() -> nn.Sequential:
    network = nn.Sequential(nn.Flatten(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 1)).double()
    with torch.no_grad():
        for i, parameter in enumerate(network.parameters()):
            parameter.copy_(draw(*parameter.shape, seed=10 + i))
    return network


def numeric_squared_norms(critic: Callable[[Tensor], Tensor], x: Tensor, step: float = 1e-5) -> Tensor:
    """Central differences, pixel by pixel: sum of squared slopes of each sample (N,)."""
    flat = x.flatten(1)
    total = torch.zeros(len(x), dtype=torch.float64)
    for i in range(flat.shape[1]):
        nudge = torch.zeros_like(flat)
        nudge[:, i] = step
        upper, lower = (critic((flat + sign * nudge).view_as(x)) for sign in (1, -1))
        total += ((upper - lower) / (2 * step)).detach().square()
    return total


@pytest.mark.parametrize("seed", [0, 1])
def test_that_a_linear_critic_pays_half_its_squared_slope(seed: int) -> None:
    weight, x = draw(2, 4, 4, seed=seed), draw(5, 2, 4, 4, seed=seed + 7).requires_grad_(True)
    logits = (x * weight).flatten(1).sum(1) + 3.0
    assert r1(logits, x).item() == pytest.approx(0.5 * weight.square().sum().item(), rel=1e-12)


def test_that_the_penalty_sums_over_pixels_and_averages_over_samples() -> None:
    """Slopes 3 and 4 on two pixels of one sample, none on the other: 1/2 (25 + 0) / 2."""
    x = torch.zeros(2, 1, 1, 2, dtype=torch.float64, requires_grad=True)
    slopes = torch.tensor([[3.0, 4.0], [0.0, 0.0]], dtype=torch.float64).view(2, 1, 1, 2)
    assert r1((x * slopes).flatten(1).sum(1), x).item() == pytest.approx(6.25)


def test_that_penalties_of_a_small_network_agree_with_finite_differences() -> None:
    critic, x = small_mlp(), draw(4, 2, 2, 2).requires_grad_(True)
    expected = numeric_squared_norms(lambda v: critic(v).squeeze(1), x.detach())
    logits = critic(x).squeeze(1)
    (gradient,) = input_gradients(logits, (x,))
    torch.testing.assert_close(gradient.detach().square().flatten(1).sum(1), expected, rtol=1e-7, atol=1e-9)
    assert r1(logits, x).item() == pytest.approx(0.5 * expected.mean().item(), rel=1e-7)


def test_that_the_one_centred_penalty_of_a_small_network_agrees_with_finite_differences() -> None:
    critic, real, fake = small_mlp(), draw(4, 2, 2, 2), draw(4, 2, 2, 2, seed=1)
    share = torch.tensor([0.0, 0.25, 0.5, 1.0], dtype=torch.float64)
    mixed = torch.stack([x + e * (g - x) for x, g, e in zip(real, fake, share.tolist(), strict=True)])
    norms = numeric_squared_norms(lambda v: critic(v).squeeze(1), mixed).sqrt()
    expected = ((norms - 1) ** 2).mean().item()
    gradient = slope_between(lambda v: critic(v).squeeze(1), real, fake, share)
    assert one_centred(gradient).item() == pytest.approx(expected, rel=1e-6)
    beyond = (norms - 1).clamp(min=0).square().mean().item()
    assert one_centred(gradient, one_sided=True).item() == pytest.approx(beyond, rel=1e-6)
    assert zero_centred(gradient).item() == pytest.approx(0.5 * norms.square().mean().item(), rel=1e-6)


def test_that_training_follows_the_true_slope_of_the_penalty() -> None:
    """The penalty is itself differentiated by the weights: central differences by one weight of each layer."""
    critic, x = small_mlp(), draw(4, 2, 2, 2).requires_grad_(True)

    def penalty() -> Tensor:
        return r1(critic(x).squeeze(1), x)

    penalty().backward()
    for parameter in (critic[1].weight, critic[3].weight):
        assert parameter.grad is not None
        slope = parameter.grad[0, 0].item()
        parameter.data[0, 0] += 1e-5
        upper = penalty().item()
        parameter.data[0, 0] -= 2e-5
        lower = penalty().item()
        parameter.data[0, 0] += 1e-5
        assert slope == pytest.approx((upper - lower) / 2e-5, rel=1e-5)


def test_that_slopes_by_real_and_by_generated_images_do_not_mix() -> None:
    """Both come from one backward pass, and are what two passes would give."""
    critic, real, fake = (
        small_mlp(),
        draw(3, 2, 2, 2).requires_grad_(True),
        draw(3, 2, 2, 2, seed=5).requires_grad_(True),
    )
    joint = critic(torch.cat([real, fake])).squeeze(1)
    by_real, by_fake = input_gradients(joint, (real, fake))
    torch.testing.assert_close(by_real, input_gradients(critic(real).squeeze(1), (real,))[0])
    torch.testing.assert_close(by_fake, input_gradients(critic(fake).squeeze(1), (fake,))[0])


def test_that_penalties_of_a_bfloat16_pass_are_summed_in_float32() -> None:
    gradient = torch.full((1, 4096), 1.0, dtype=torch.bfloat16)
    assert zero_centred(gradient).item() == 2048.0
    assert zero_centred(gradient + 2**-7).item() == pytest.approx(2048.0 * (1 + 2**-7) ** 2, rel=1e-6)


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_that_a_linear_critic_pays_the_squared_distance_of_its_slope_from_one(length: float) -> None:
    weight = draw(1, 3, 3)
    weight = weight / weight.norm() * length
    real, fake = draw(6, 1, 3, 3, seed=1), draw(6, 1, 3, 3, seed=2)
    share = torch.rand(6, dtype=torch.float64)
    gradient = slope_between(lambda x: (x * weight).flatten(1).sum(1), real, fake, share)
    assert one_centred(gradient).item() == pytest.approx((length - 1.0) ** 2, abs=1e-12)
    assert one_centred(gradient, one_sided=True).item() == pytest.approx(max(0.0, length - 1.0) ** 2, abs=1e-12)


def test_that_samples_between_real_and_generated_are_where_the_share_says() -> None:
    real, fake = torch.zeros(3, 1, 2, 2), torch.ones(3, 1, 2, 2)
    mixed = between(real, fake, torch.tensor([0.0, 0.25, 1.0]))
    assert [sample.unique().tolist() for sample in mixed] == [[0.0], [0.25], [1.0]]
    assert mixed.requires_grad


def test_that_points_are_mixed_one_by_one_too() -> None:
    mixed = between(torch.zeros(2, 2), torch.tensor([[2.0, 4.0], [2.0, 4.0]]), torch.tensor([0.5, 1.0]))
    assert mixed.tolist() == [[1.0, 2.0], [2.0, 4.0]]


def test_that_a_critic_without_any_slope_pays_one_and_stays_finite() -> None:
    """sqrt of a sum of squares has an infinite slope at 0; the norm's is 0."""
    weight = nn.Parameter(torch.zeros(1, 2, 2))
    real, fake = torch.zeros(2, 1, 2, 2), torch.ones(2, 1, 2, 2)
    found = one_centred(slope_between(lambda x: (x * weight).flatten(1).sum(1), real, fake, torch.rand(2)))
    found.backward()
    assert found.item() == pytest.approx(1.0)
    assert weight.grad is not None
    assert torch.isfinite(weight.grad).all()


def test_that_the_penalty_does_not_reach_the_generator() -> None:
    fake = torch.ones(2, 1, 2, 2, requires_grad=True)
    scale = nn.Parameter(torch.ones(()))
    real = torch.zeros(2, 1, 2, 2)
    one_centred(slope_between(lambda x: scale * x.square().flatten(1).sum(1), real, fake, torch.rand(2))).backward()
    assert fake.grad is None
