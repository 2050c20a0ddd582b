from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.desktop.widgets.series import History


def filled(count: int, seed: int = 0, smoothing: float = 0.98) -> History:
    rng = np.random.default_rng(seed)
    history = History(smoothing)
    for index, (a, b) in enumerate(rng.normal(1.0, 0.2, (count, 2))):
        history.append(index * 10, {"a": a, "b": b})
    return history


def test_that_values_come_back_at_their_steps() -> None:
    history = filled(3000)
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(history.values, rng.normal(1.0, 0.2, (3000, 2)).T)
    np.testing.assert_array_equal(history.steps, np.arange(3000) * 10)


def test_that_the_moving_average_is_a_weighted_mean_from_the_first_value_on() -> None:
    constant = History(0.98)
    for step in range(500):
        constant.append(step, {"a": 3.0})
    np.testing.assert_allclose(constant.averages, 3.0)
    history = filled(5000)
    assert float(history.averages[0, -1]) == pytest.approx(1.0, abs=0.1)
    assert float(np.std(history.averages[0, 500:])) < 0.15 * float(np.std(history.values[0, 500:]))


def test_that_what_is_not_finite_or_missing_is_a_gap_and_does_not_touch_the_average() -> None:
    history = History(0.98)
    for step, value in enumerate((1.0, math.nan, math.inf, 2.0)):
        history.append(step, {"a": value})
    history.append(4, {"b": 5.0})
    assert np.isnan(history.values[0]).tolist() == [False, True, True, False, True]
    assert np.isnan(history.values[1]).tolist() == [True, True, True, True, False]
    assert all(math.isfinite(value) for value in history.newest_averages)
    assert np.isnan(history.averages[0]).tolist() == [False, True, True, False, True]


def test_that_going_back_forgets_what_came_after_and_goes_on_as_if_it_had_not_been() -> None:
    straight, back = filled(2000), filled(1001)
    for step in range(10_010, 10_500, 10):
        back.append(step, {"a": 99.0, "b": 99.0})
    back.spans(0, 10_490, 40)
    back.truncate_after(10_000)
    for index in range(1001, 2000):
        values = straight.values[:, index]
        back.append(index * 10, {"a": float(values[0]), "b": float(values[1])})
    np.testing.assert_array_equal(back.values, straight.values)
    np.testing.assert_allclose(back.averages, straight.averages)
    for ours, theirs in zip(back.spans(0, 19_990, 40), straight.spans(0, 19_990, 40), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_that_a_step_that_was_there_before_replaces_everything_from_it_on() -> None:
    history = filled(100)
    history.append(500, {"a": 7.0, "b": 8.0})
    assert len(history) == 51
    assert history.values[:, -1].tolist() == [7.0, 8.0]


@pytest.mark.parametrize("count", [50, 400, 20_000])
def test_that_no_peak_is_lost_however_much_is_put_into_a_column(count: int) -> None:
    history = filled(count)
    history.append(count * 10, {"a": 50.0, "b": -50.0})
    for extra in range(1, 40):
        history.append((count + extra) * 10, {"a": 1.0, "b": 1.0})
    low, high = history.spans(0, float(history.steps[-1]), 100)
    assert np.nanmax(high[0]) == 50.0
    assert np.nanmin(low[1]) == -50.0
    assert np.nanmin(low[0]) == np.min(history.values[0])
    assert not np.isnan(low).any()


def test_that_columns_between_sparse_points_hold_the_line_between_them() -> None:
    history = History(0.98)
    history.append(0, {"a": 0.0})
    history.append(100, {"a": 10.0})
    low, high = history.spans(0, 100, 10)
    np.testing.assert_allclose(low[0], np.arange(10.0), atol=1e-9)
    np.testing.assert_allclose(high[0], np.arange(1.0, 11.0), atol=1e-9)


def test_that_a_gap_stays_empty_and_a_zoom_sees_only_its_part() -> None:
    history = History(0.98)
    for step in range(40):
        history.append(step, {"a": math.nan if 10 <= step < 30 else float(step)})
    low, _ = history.spans(0, 40, 40)
    assert np.isnan(low[0, 11:29]).all()
    zoom_low, zoom_high = history.spans(0, 5, 5)
    assert np.nanmin(zoom_low) == 0.0
    assert np.nanmax(zoom_high) == 5.0


def test_that_what_drawing_reads_does_not_grow_with_the_history() -> None:
    sizes = []
    for count in (5_000, 50_000):
        history = filled(count)
        x, _, _ = history._entries(0, count * 10, 300)
        steps, lines = history.lines(0, count * 10, 300)
        sizes.append((len(x), len(steps)))
        assert lines.shape == (2, len(steps))
    assert max(read for read, _ in sizes) <= 300 * 4 + 4096
    assert max(drawn for _, drawn in sizes) <= 602


def test_that_the_nearest_step_is_found() -> None:
    history = History(0.98)
    assert history.index_at(5) == -1
    for step in (0, 10, 20):
        history.append(step, {"a": 1.0})
    assert [history.index_at(step) for step in (-3, 4, 6, 14, 99)] == [0, 0, 1, 1, 2]
