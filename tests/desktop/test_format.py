"""Numbers read the same everywhere."""

from __future__ import annotations

import math

import pytest

from ganstudio.desktop import format as fmt


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4210, "4\u202f210"), (999, "999"), (1_234_567, "1\u202f234\u202f567"), (-4210, "−4\u202f210"), (0, "0"),
        (0.8311, "0.83"), (0.7, "0.70"), (31.84, "31.8"), (5.394, "5.39"), (0.018, "0.018"), (-1.5, "−1.50"),
        (712.4, "712"), (12345.6, "12\u202f346"), (0.0, "0.00"), (math.nan, "not finite"), (math.inf, "not finite"),
    ],
)  # fmt: skip
def test_that_numbers_are_grouped_and_signed(value: float, text: str) -> None:
    assert fmt.number(value) == text


def test_that_a_number_that_rounds_to_zero_has_no_sign() -> None:
    assert fmt.number(-0.001, 2) == "0.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2e-4, "2e-4"),
        (2.5e-4, "2.5e-4"),
        (1e-7, "1e-7"),
        (0.1, "0.1"),
        (0.05, "0.05"),
        (0.002, "2e-3"),
        (1.0, "1"),
        (0.0, "0"),
    ],
)
def test_that_rates_are_short_and_can_be_typed_as_shown(value: float, text: str) -> None:
    assert fmt.rate(value) == text
    assert float(text) == value


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (151, "2:31"), (355, "5:55"), (0, "0:00"), (59.6, "1:00"), (3725, "1:02:05"), (9067, "2:31:07"),
        (2 * 86400 + 11040, "2 d 3:04"), (None, "–"), (math.inf, "–"), (-1, "–"),
    ],
)  # fmt: skip
def test_that_durations_read_like_a_clock(seconds: float | None, text: str) -> None:
    assert fmt.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(3000, "3k"), (1500, "1.5k"), (250, "250"), (2e6, "2M"), (0, "0"), (-4000, "−4k"), (0.5, "0.5")]
)
def test_that_axis_labels_are_compact(value: float, text: str) -> None:
    assert fmt.compact(value) == text


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (True, "on"), (False, "off"), (None, "none"), (6000, "6\u202f000"), (6000.0, "6\u202f000"), (2e-4, "2e-4"),
        (0.9, "0.9"), (-0.5, "−0.5"), ("adam", "adam"), (1.0, "1"), (0.0, "0"),
    ],
)  # fmt: skip
def test_that_settings_read_as_in_the_form(setting: object, text: str) -> None:
    assert fmt.value(setting) == text


@pytest.mark.parametrize("value", [4210, 2e-4, 0.9, -1.5, 0.018])
def test_that_what_is_shown_can_be_read_back(value: float) -> None:
    assert fmt.parse_number(fmt.value(value)) == value


def test_that_words_are_no_number() -> None:
    with pytest.raises(ValueError, match="many"):
        fmt.parse_number("many")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(18, "18 s ago"), (240, "4 min ago"), (3 * 3600, "3 h ago"), (86400, "1 day ago"), (-5, "0 s ago")],
)
def test_that_ages_are_rough(seconds: float, text: str) -> None:
    assert fmt.age(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(1.4e9, "1.4 GB"), (16e9, "16 GB"), (512e6, "512 MB"), (12, "12 B"), (9.96e9, "10 GB"), (0, "0 B")],
)
def test_that_sizes_have_units(count: float, text: str) -> None:
    assert fmt.size(count) == text
