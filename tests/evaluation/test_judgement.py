"""Real or generated: balanced questions, the staircase, and the interval against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from ganstudio.evaluation.judgement import (
    LONGEST_MS,
    SHORTEST_MS,
    START_MS,
    Answer,
    Layout,
    Trial,
    draw_trials,
    next_exposure,
    summarise,
    threshold,
    wilson,
)


@pytest.mark.parametrize(("errors", "trials"), [(0, 1), (1, 1), (0, 20), (20, 20), (7, 20), (31, 50), (499, 1000)])
def test_that_the_interval_is_scipys(errors: int, trials: int) -> None:
    expected = binomtest(errors, trials).proportion_ci(0.95, method="wilson")
    assert wilson(errors, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("layout", ["single", "pair"])
def test_that_questions_are_balanced_and_show_no_image_twice(layout: Layout) -> None:
    trials = draw_trials(layout, 40, reals=60, fakes=50, seed=3)
    assert len(trials) == 40
    reals = [trial.real for trial in trials if trial.real is not None]
    fakes = [trial.fake for trial in trials if trial.fake is not None]
    each = 40 if layout == "pair" else 20
    assert len(set(reals)) == len(set(fakes)) == each and max(reals) < 60 and max(fakes) < 50
    kinds = [trial.fake_at if layout == "pair" else int(trial.is_fake) for trial in trials]
    assert sum(kinds) == 20 and kinds != sorted(kinds) and kinds != sorted(kinds, reverse=True)
    assert trials == draw_trials(layout, 40, 60, 50, seed=3) != draw_trials(layout, 40, 60, 50, seed=4)


@pytest.mark.parametrize(("count", "reals"), [(0, 9), (7, 9), (20, 9), (-2, 9)])
def test_that_unbalanced_or_too_many_questions_are_refused(count: int, reals: int) -> None:
    with pytest.raises(ValueError, match="balanced"):
        draw_trials("single", count, reals, 100, seed=0)


def test_that_pairs_need_an_image_of_either_kind_each() -> None:
    with pytest.raises(ValueError, match="20 images"):
        draw_trials("pair", 20, 19, 100, seed=0)


def test_that_errors_are_counted_by_kind() -> None:
    real, fake = Trial("single", 0, None), Trial("single", None, 0)
    said = [(fake, 0), (fake, 0), (fake, 0), (fake, 1), (real, 1), (real, 0), (real, 0), (real, 0)]
    result = summarise([Answer(trial, each) for trial, each in said])
    assert (result.trials, result.errors, result.rate) == (8, 4, 0.5)
    assert (result.fooled, result.mistrusted, result.threshold) == (0.75, 0.25, None)
    assert (result.low, result.high) == wilson(4, 8)


def test_that_an_answer_to_a_pair_names_the_side_of_the_generated_one() -> None:
    left, right = Trial("pair", 0, 0, 0), Trial("pair", 1, 1, 1)
    result = summarise([Answer(left, 0), Answer(left, 1), Answer(right, 1), Answer(right, 1)])
    assert (result.errors, result.fooled, result.mistrusted) == (1, None, None)


def test_that_the_staircase_stays_within_its_bounds() -> None:
    exposure = START_MS
    for _ in range(100):
        exposure = next_exposure(exposure, right=True)
    assert exposure == SHORTEST_MS
    for _ in range(100):
        exposure = next_exposure(exposure, right=False)
    assert exposure == LONGEST_MS
    assert (next_exposure(500, right=True), next_exposure(500, right=False)) == (490, 530)


@pytest.mark.parametrize("needed", [250.0, 400.0, 700.0])
def test_that_the_staircase_finds_where_an_observer_is_right_three_times_in_four(needed: float) -> None:
    """An observer who guesses at 0 ms, is right at 3 in 4 at `needed`, and always at the double."""
    found = []
    for seed in range(20):
        random, exposure, shown = np.random.default_rng(seed), START_MS, []
        for _ in range(300):
            shown.append(exposure)
            right = random.random() < min(1.0, 0.5 + 0.25 * exposure / needed)
            exposure = next_exposure(exposure, right)
        found.append(threshold(shown))
    assert np.mean([each for each in found if each is not None]) == pytest.approx(needed, rel=0.1)


def test_that_a_threshold_needs_answers() -> None:
    assert threshold([500] * 19) is None
    assert threshold([900] * 10 + [300] * 10) == 300.0
