from __future__ import annotations

import math

import numpy as np
import pytest

from ganstudio.desktop.widgets import ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 2.6, [0, 1, 2, 3]),
        (0.4, 1.6, [0, 0.5, 1.0, 1.5, 2.0]),
        (-3.1, 2.0, [-4, -2, 0, 2]),
        (0.0, 1000.0, [0, 250, 500, 750, 1000]),
    ],
)
def test_that_values_are_marked_at_round_numbers_around_them(low: float, high: float, expected: list[float]) -> None:
    assert ticks.value_ticks(low, high, 4) == pytest.approx(expected)


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (3.0, 3.0), (1e-9, 2e-9), (-1e12, 1e12), (7.0, 7.0000001)])
def test_that_any_range_gets_at_least_one_interval_that_holds_it(low: float, high: float) -> None:
    marks = ticks.value_ticks(low, high, 4)
    slack = 1e-5 * (marks[1] - marks[0])
    assert 2 <= len(marks) <= 6
    assert marks[0] <= low + slack
    assert marks[-1] >= high - slack


def test_that_decades_and_their_names_are_whole() -> None:
    assert ticks.decades(0.3, 1.7) == [0, 1, 2]
    assert ticks.decades(1.0, 1.0) == [1, 2]
    assert [ticks.power_of_ten(power) for power in (-5, -1, 0, 2, 4)] == ["1e\u22125", "0.1", "1", "100", "10k"]


def test_that_steps_are_marked_at_whole_round_numbers() -> None:
    assert ticks.step_ticks(0, 4210, 6.2) == [0, 1000, 2000, 3000, 4000]
    assert ticks.step_ticks(0, 4, 50) == [0, 1, 2, 3, 4]


def test_that_labels_keep_their_distance_and_stay_inside() -> None:
    assert ticks.apart([10, 12, 50], 14, 0, 100) == [10, 24, 50]
    assert ticks.apart([95, 99], 14, 0, 100) == [86, 100]
    assert ticks.apart([], 14, 0, 100) == []


def test_that_a_quantile_and_a_logarithm_leave_out_what_is_not_a_number() -> None:
    assert ticks.quantile(np.array([np.nan, 1.0, 2.0, 3.0]), 0.5) == 2.0
    assert math.isnan(ticks.quantile(np.array([np.nan]), 0.5))
    logarithms = ticks.log10(np.array([100.0, 0.0, -1.0, np.nan]))
    assert logarithms[0] == 2.0
    assert np.isnan(logarithms[1:]).all()


def test_that_neighbouring_ticks_are_told_apart() -> None:
    assert [ticks.decimals(interval) for interval in (1.0, 0.5, 0.25, 1e-3, 100.0)] == [0, 1, 2, 3, 0]
