from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from ganstudio.health import statistics


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def test_that_separation_counts_pairs() -> None:
    assert float(statistics.separation(torch.tensor([3.0, 1.0]), torch.tensor([0.0, 2.0]))) == 0.75
    assert float(statistics.separation(torch.ones(3), torch.ones(5))) == 0.5
    a, b = normal(30), normal(40, seed=1) - 0.5
    wins = sum(float(x > y) for x in a for y in b)
    assert float(statistics.separation(a, b)) == pytest.approx(wins / 1200)


def test_that_the_margin_is_cohens_d() -> None:
    a, b = normal(50).double() + 3, 2 * normal(50, seed=1).double()
    spread = np.sqrt((np.var(a.numpy()) + np.var(b.numpy())) / 2)
    assert float(statistics.margin(a, b)) == pytest.approx((a.mean() - b.mean()).item() / spread)


def test_that_mean_and_nearest_distances_are_those_of_other_samples() -> None:
    x = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    within = statistics.distances(x, x)
    others = [5.0, 1.0, np.hypot(3, 3)]
    assert float(statistics.mean_distance(within)) == pytest.approx(np.mean(others))
    assert statistics.nearest(within).tolist() == pytest.approx([1.0, np.hypot(3, 3), 1.0])


def test_that_copies_are_duplicates_and_faint_samples_are_not() -> None:
    reals = normal(40, 12)
    among = statistics.distances(reals, reals)
    copies = reals[:10].repeat(4, 1)
    assert float(statistics.duplicates(statistics.distances(copies, copies), among)) == 1.0
    faint = 0.01 * normal(40, 12, seed=1)
    assert float(statistics.duplicates(statistics.distances(faint, faint), among)) == 0.0


def test_that_coverage_and_fidelity_are_their_definitions() -> None:
    reals, fakes = normal(30, 3), normal(20, 3, seed=1) * 0.5
    among, between = statistics.distances(reals, reals), statistics.distances(reals, fakes)
    x, g = reals.double().numpy(), fakes.double().numpy()
    real = np.linalg.norm(x[:, None] - x[None], axis=2)
    cross = np.linalg.norm(x[:, None] - g[None], axis=2)
    radius = np.sort(real, axis=1)[:, 5]
    assert float(statistics.coverage(among, between)) == pytest.approx((cross.min(1) <= radius).mean())
    assert float(statistics.fidelity(among, between)) == pytest.approx((cross <= radius[:, None]).any(0).mean())


@pytest.mark.parametrize("size", [1, 2, 5])
def test_that_the_dimension_is_that_of_what_samples_lie_on(size: int) -> None:
    turned = torch.linalg.qr(normal(20, 20, seed=1)).Q[:size]
    found = statistics.dimension(distances := statistics.distances(x := normal(400, size) @ turned, x))
    assert float(found) == pytest.approx(size, rel=0.2)
    near = np.sort(distances.double().numpy(), axis=1)[:, 1:11]
    assert float(found) == pytest.approx(1 / np.log(near[:, -1:] / near[:, :-1]).mean(), rel=1e-4)


def test_that_the_dimension_of_copies_is_finite() -> None:
    for copies in (torch.zeros(20, 3), normal(2, 3).repeat(10, 1), normal(3, 3)):
        assert np.isfinite(float(statistics.dimension(statistics.distances(copies, copies))))


def test_that_modes_which_draw_no_samples_are_missing() -> None:
    centres = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    reals = centres.repeat_interleave(25, 0) + 0.1 * normal(100, 2)
    anchors = statistics.spread_out(reals, 4)
    assert sorted(torch.cdist(anchors, centres).argmin(1).tolist()) == [0, 1, 2, 3]
    assert float(statistics.missing(reals, reals, anchors)) == 0.0
    assert float(statistics.missing(reals, reals[:50], anchors)) == 0.5
    assert len(statistics.spread_out(reals[:3], 25)) == 3


def test_that_images_are_shrunk_by_means_and_points_are_not() -> None:
    images = normal(2, 1, 8, 8)
    expected = images.view(2, 1, 4, 2, 4, 2).mean(dim=(3, 5)).flatten(1)
    assert torch.allclose(statistics.flat(images, 4), expected)
    assert torch.equal(statistics.flat(images, 32), images.flatten(1))
    points = normal(5, 2)
    assert torch.equal(statistics.flat(points, 4), points)
