"""A plane through three latents, against planes worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ganstudio.latent.anchored_plane import DENSITIES, Anchor, AnchoredPlane, Window, next_density
from ganstudio.latent.sampling import latent


def plane_of(a: list[float], b: list[float], c: list[float]) -> AnchoredPlane:
    return AnchoredPlane(*(Anchor(np.array(z, np.float32), "") for z in (a, b, c)))


# the plane


def test_that_the_latents_are_those_worked_out_by_hand() -> None:
    plane = plane_of([1, 2, 3], [3, 2, 3], [1, 2, 7])
    made = plane.at([0, 1, 0, 0.5, -1, 2], [0, 0, 1, 0.25, 0, -0.5])
    expected = [[1, 2, 3], [3, 2, 3], [1, 2, 7], [2, 2, 4], [-1, 2, 3], [5, 2, 1]]
    assert made.dtype == np.float32
    assert np.array_equal(made, np.array(expected, np.float32))


@pytest.mark.parametrize("size", [1, 2, 7, 512])
def test_that_the_anchors_lie_on_the_plane_to_the_bit(size: int) -> None:
    plane = AnchoredPlane.of_seed(11, size)
    made = plane.at([0, 1, 0], [0, 0, 1])
    for row, anchor in zip(made, plane.anchors, strict=True):
        assert np.array_equal(row, anchor.z)
    assert [np.array_equal(plane.anchors[n].z, latent(11 + n, size)) for n in range(3)] == [True] * 3


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-1.5, 2.25), (1 / 3, -1 / 6)])
def test_that_a_latent_on_the_plane_has_its_place(place: tuple[float, float]) -> None:
    plane = AnchoredPlane.of_seed(3, 64)
    found = plane.place_of(plane.at([place[0]], [place[1]])[0])
    assert found == pytest.approx(place, abs=1e-5)


def test_that_a_latent_off_the_plane_has_none() -> None:
    plane = plane_of([0, 0, 0], [1, 0, 0], [0, 1, 0])
    assert plane.place_of(np.array([0.25, -2, 0], np.float32)) == pytest.approx((0.25, -2))
    assert plane.place_of(np.array([0.25, -2, 0.1], np.float32)) is None


def test_that_anchors_that_span_no_plane_still_give_a_place_and_latents() -> None:
    plane = plane_of([1, 1], [1, 1], [1, 1])
    assert plane.place_of(np.array([1, 1], np.float32)) == pytest.approx((0, 0))
    assert plane.place_of(np.array([1, 2], np.float32)) is None
    assert np.array_equal(plane.at([5], [-3]), np.array([[1, 1]], np.float32))


def test_that_directions_span_a_plane_through_the_latent() -> None:
    start = Anchor(np.array([1, 1, 1], np.float32), "here")
    across, up = np.array([0, 1, 0], np.float32), np.array([0.6, 0, 0.8], np.float32)
    plane = AnchoredPlane.along(start, across, up, 2.0, ("SeFa 1", "SeFa 2"))
    assert np.allclose(plane.at([1, 0, 0.5], [0, 1, -1]), [[1, 3, 1], [2.2, 1, 2.6], [-0.2, 2, -0.6]])
    assert [each.text for each in plane.anchors] == ["here", "SeFa 1", "SeFa 2"]


def test_that_one_anchor_can_be_another() -> None:
    plane = AnchoredPlane.of_seed(0, 4)
    moved = plane.with_anchor("c", Anchor(latent(9, 4), "nine"))
    assert moved.c.text == "nine"
    assert moved.a is plane.a
    assert moved.b is plane.b


# the window


def test_that_the_anchors_cells_stand_where_they_are_drawn_in_the_layout() -> None:
    window = Window(364, 364, 28, 6)
    assert window.corner((0, 0)) == (168, 168)
    assert window.corner((6, 0)) == (336, 168)
    assert window.corner((0, 6)) == (168, 0)
    assert window.place((6, 0)) == (1, 0)
    assert window.place((-1, 1)) == pytest.approx((-1 / 6, 1 / 6))


def test_that_all_cells_of_a_window_are_seen_nearest_first() -> None:
    window = Window(364, 364, 28, 6)
    cells = window.cells()
    assert len(cells) == len(set(cells)) == 13 * 13
    assert cells[0] == (0, 0)
    assert set(cells[1:5]) == {(1, 0), (-1, 0), (0, 1), (0, -1)}
    assert set(cells[-4:]) == {(6, 6), (-6, 6), (6, -6), (-6, -6)}
    assert window.cells((363, 363))[0] == (6, -6)
    assert len(window.moved(10, 0).cells()) == 14 * 13


def test_that_a_pixel_lies_in_the_cell_whose_corner_is_left_of_and_above_it() -> None:
    window = Window(300, 200, 28, 4, 0.3, -0.7)
    for x, y in [(0.5, 0.5), (150, 100), (299.5, 3), (77, 180)]:
        left, top = window.corner(window.cell_at(x, y))
        assert left <= x < left + 28
        assert top <= y < top + 28


def test_that_dragging_moves_the_contents_with_the_pointer() -> None:
    window = Window(364, 364, 28, 6)
    before = window.corner((2, 1))
    after = window.moved(33, -12).corner((2, 1))
    assert after == pytest.approx((before[0] + 33, before[1] - 12))
    assert window.moved(28, -56).u == pytest.approx(-1 / 6)
    assert window.moved(28, -56).v == pytest.approx(-2 / 6)


def test_that_after_a_drag_the_window_snaps_to_whole_cells() -> None:
    assert Window(364, 364, 28, 6).moved(33, -12).snapped().corner((0, 0)) == pytest.approx((196, 168))
    even = Window(336, 308, 28, 6).moved(33, -12).snapped()
    assert even.corner((0, 0)) == pytest.approx((196, 140))
    assert len(even.cells()) == 12 * 11


@pytest.mark.parametrize("density", DENSITIES)
def test_that_zooming_keeps_what_lies_under_the_pointer(density: int) -> None:
    window = Window(364, 252, 28, 6, 0.4, -1.1)
    assert window.zoomed(density, 90, 201).place_at(90, 201) == pytest.approx(window.place_at(90, 201))


def test_that_densities_end_at_both_ends() -> None:
    assert next_density(6, 1) == 8
    assert next_density(6, -2) == 3
    assert next_density(5, 0) in {4, 6}
    assert next_density(1, -1) == DENSITIES[0]
    assert next_density(64, 3) == DENSITIES[-1]
