"""Regularisers by hand."""

from __future__ import annotations

import pytest
import torch

from ganstudio.losses.regularisers import feature_distance, lecam, off_diagonal


def test_that_orthogonal_filters_of_any_size_pay_nothing() -> None:
    assert off_diagonal([torch.tensor([[3.0, 0.0, 0.0], [0.0, 0.5, 0.0]])]).item() == 0.0


def test_that_filters_pay_for_each_product_with_another_twice() -> None:
    """W W^T of rows (1, 2), (3, 4) is 5, 11; 11, 25: 2 x 121. Of (1, 0), (1, 1), (0, 2) the products are 1, 0, 2."""
    assert off_diagonal([torch.tensor([[1.0, 2.0], [3.0, 4.0]])]).item() == pytest.approx(242.0)
    more_filters_than_inputs = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    assert off_diagonal([more_filters_than_inputs]).item() == pytest.approx(2 * (1 + 4), rel=1e-6)
    both = [torch.tensor([[1.0, 2.0], [3.0, 4.0]]), more_filters_than_inputs]
    assert off_diagonal(both).item() == pytest.approx(252.0)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3)])
def test_that_both_ways_of_counting_have_the_same_slope(shape: tuple[int, int]) -> None:
    """4 (W W^T * (1 - I)) W."""
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    off_diagonal([matrix]).backward()
    products = matrix.detach() @ matrix.detach().T
    products.fill_diagonal_(0.0)
    torch.testing.assert_close(matrix.grad, 4 * products @ matrix.detach())


def test_that_lecam_punishes_scores_beyond_the_other_sides_mean_only() -> None:
    """m_real 1, m_fake -1: reals 2 and -3 are 3 above m_fake and below; fakes 0 and 4 are 1 below m_real and above."""
    real, fake = torch.tensor([2.0, -3.0]), torch.tensor([0.0, 4.0])
    found = lecam(real, fake, torch.tensor(1.0), torch.tensor(-1.0))
    assert found.item() == pytest.approx((9 + 0) / 2 + (1 + 0) / 2)


def test_that_feature_matching_is_the_squared_distance_of_means_and_leaves_reals_alone() -> None:
    real = torch.tensor([[1.0, 0.0], [3.0, 0.0]], requires_grad=True)
    fake = torch.tensor([[0.0, 1.0], [0.0, 5.0]], requires_grad=True)
    distance = feature_distance(real, fake)
    assert distance.item() == pytest.approx(4.0 + 9.0)
    distance.backward()
    assert real.grad is None
    assert fake.grad is not None
    assert fake.grad.tolist() == [[-2.0, 3.0], [-2.0, 3.0]]
