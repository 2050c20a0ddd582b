from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from ganstudio.game import Subject
from ganstudio.health.doctor import Doctor
from ganstudio.health.rules import RULES
from ganstudio.health.rules.collapse import ModeCollapse
from ganstudio.health.rules.divergence import Divergence
from ganstudio.health.rules.explosion import ExplodingGradients
from ganstudio.health.rules.frozen import GeneratorFrozen
from ganstudio.health.rules.oscillation import Oscillation
from ganstudio.health.rules.overfitting import DiscriminatorOverfitting
from ganstudio.health.rules.plateau import Plateau
from ganstudio.health.rules.rule import Rule
from ganstudio.health.rules.saturation import DiscriminatorSaturation
from ganstudio.training.events import Evaluated, Measure, RunFinished, RunResumed, RunStarted
from tests.health.stories import told

Story = Callable[[int], Mapping[str, float]]
SICK_FROM, WELL_FROM = 200, 400


def during(values: Mapping[str, float]) -> Story:
    """Sick from step 200 until 400."""
    return lambda step: values if SICK_FROM <= step < WELL_FROM else {}


SIGNS: list[tuple[Rule, Mapping[str, float], str]] = [
    (ExplodingGradients(), {"grad_norm__discriminator": 5e3}, "error"),
    (ExplodingGradients(), {"grad_norm__generator": 300.0}, "error"),
    (
        DiscriminatorSaturation(),
        {"separation": 1.0, "margin": 20.0, "grad_norm__discriminator": 0.01, "fidelity": 0.5},
        "warning",
    ),
    (
        DiscriminatorSaturation(),
        {"separation": 1.0, "margin": 20.0, "grad_norm__discriminator": 0.01, "fidelity": 0.0, "change": 0.01},
        "error",
    ),
    (
        DiscriminatorSaturation(),
        {"separation": 1.0, "margin": 4.0, "grad_norm__discriminator": 0.1, "fidelity": 0.3},
        "warning",
    ),
    (DiscriminatorSaturation(), {"separation": 1.0, "margin": 6.0, "grad_norm__generator": 1e-3}, "warning"),
    (
        DiscriminatorSaturation(),
        {"separation": 1.0, "margin": 6.0, "fidelity": 0.0, "change": 0.01},
        "warning",
    ),
    (GeneratorFrozen(), {"update__generator": 5e-5, "update__discriminator": 8e-3}, "error"),
    (GeneratorFrozen(), {"update__generator": 1e-6}, "error"),
    (GeneratorFrozen(), {"grad_norm__generator": 0.0}, "error"),
    (ModeCollapse(), {"diversity": 0.05, "coarse_diversity": 0.04}, "error"),
    (ModeCollapse(), {"diversity": 0.4, "coarse_diversity": 0.45}, "warning"),
    (ModeCollapse(), {"diversity": 0.4, "coarse_diversity": 0.1, "separation": 0.0}, "error"),
    (ModeCollapse(), {"diversity": 0.65, "coarse_diversity": 0.45, "separation": 0.0, "fidelity": 0.0}, "error"),
    (ModeCollapse(), {"dimension": 0.2}, "warning"),
    (DiscriminatorOverfitting(), {"held_out": 0.8}, "warning"),
    (DiscriminatorOverfitting(), {"held_out": 0.97}, "error"),
    (Divergence(), {"loss__generator": math.nan}, "error"),
    (Divergence(), {"health__update__generator": math.inf}, "error"),
]


@pytest.mark.parametrize(("rule", "signs", "severity"), SIGNS, ids=lambda value: getattr(value, "name", None))
def test_that_a_rule_begins_once_with_its_signs_and_ends_after_them(
    rule: Rule, signs: Mapping[str, float], severity: str
) -> None:
    found = told(rule, during(signs))
    begun, over = found[0], found[-1]
    assert {each.name for each in found} == {rule.name}
    assert [each.over for each in found] == [False] * (len(found) - 1) + [True]
    assert found[-2].severity == severity
    assert SICK_FROM <= begun.step <= SICK_FROM + 100
    assert SICK_FROM <= begun.since <= begun.step
    assert WELL_FROM <= over.step <= WELL_FROM + 150
    assert all(math.isfinite(value) for value in begun.evidence.values())
    assert begun.evidence and begun.advice and len(begun.explanation.split(". ")) >= 2
    assert not over.advice


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_that_a_calm_run_gives_no_diagnosis(rule: Rule) -> None:
    assert told(rule, lambda step: {}, 3000) == []
    assert told(rule, lambda step: {}, 3000, subject="points") == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("every", [1, 10, 100])
def test_that_early_training_gives_no_diagnosis(rule: Rule, every: int) -> None:
    """D ahead at first, faint samples alike, slowly gaining: what an honest slow start looks like."""

    def story(step: int) -> dict[str, float]:
        gained = min(1.0, step / 600)
        return {
            "separation": 1.0 - 0.2 * gained,
            "margin": 15.0 - 12 * gained,
            "grad_norm__discriminator": 2.0,
            "grad_norm__generator": 20.0,
            "diversity": 0.08 + 0.8 * gained,
            "coarse_diversity": 0.04 + 0.8 * gained,
            "fidelity": gained,
            "place__0": -2.0 * (1 - gained),
        }

    assert told(rule, story, 1000, every=every) == []


def test_that_a_growing_margin_of_a_critic_is_no_saturation() -> None:
    story = lambda step: {"separation": 1.0, "margin": step / 20, "fidelity": 0.0, "change": 0.2}  # noqa: E731
    assert told(DiscriminatorSaturation(), story) == []


def test_that_a_g_which_gets_on_with_a_sure_d_is_not_starved() -> None:
    story = lambda step: {"separation": 1.0, "margin": 9.0, "grad_norm__discriminator": 0.1, "fidelity": 0.95}  # noqa: E731
    assert told(DiscriminatorSaturation(), story) == []


@pytest.mark.parametrize("change", [0.09, 0.02])
def test_that_a_slow_beginning_is_no_saturation(change: float) -> None:
    story = lambda step: {"separation": 1.0, "margin": 15.0, "fidelity": 0.0, "change": change}  # noqa: E731
    assert told(DiscriminatorSaturation(), story) == []


def test_that_a_d_without_any_gradient_is_named_after_two_points_however_far_apart() -> None:
    def story(step: int) -> Mapping[str, float]:
        return {"separation": 1.0, "margin": 8.0, "grad_norm__discriminator": 0.0 if step > 20 else 1.0}

    found = told(DiscriminatorSaturation(), story, 60, every=20)
    assert [each.step for each in found] == [60]
    assert told(DiscriminatorSaturation(), lambda step: {**story(step), "separation": 0.9}, 60, every=20) == []


@pytest.mark.parametrize(("dimension", "named"), [(0.2, True), (0.32, False)])
def test_that_samples_along_very_few_directions_are_named_before_it_is_known_how_many_they_gain(
    dimension: float, named: bool
) -> None:
    assert bool(told(ModeCollapse(), lambda step: {"dimension": dimension}, 220, every=20)) is named
    assert told(ModeCollapse(), lambda step: {"dimension": dimension}, 500, every=20)


def test_that_images_which_hardly_change_under_a_crawling_g_are_starved() -> None:
    story = lambda step: {"separation": 1.0, "margin": 4.0, "fidelity": 0.4, "change": 0.06, "update__generator": 3e-5}  # noqa: E731
    assert [each.name for each in told(DiscriminatorSaturation(), story, 200)] == ["discriminator_saturation"]


@pytest.mark.parametrize(("rise", "starved"), [(0.0, True), (1.5e-4, False)])
def test_that_a_g_whose_samples_come_to_differ_is_not_starved(rise: float, starved: bool) -> None:
    def story(step: int) -> Mapping[str, float]:
        return {
            "separation": 1.0,
            "margin": 15.0,
            "fidelity": 0.0,
            "change": 0.01 if step > 120 else 0.05,
            "coarse_diversity": 0.02 + rise * step,
        }

    assert bool(told(DiscriminatorSaturation(), story, 300)) is starved


@pytest.mark.parametrize(
    ("first", "subject", "hurled"),
    [
        ({"place__1": -6.0, "update__generator": 0.04}, "points", True),
        ({"place__1": -6.0, "update__generator": 0.02}, "points", False),
        ({"place__1": -3.0, "update__generator": 0.04}, "points", False),
        ({"place__1": -6.0, "update__generator": 0.04}, "images", False),
    ],
)
def test_that_points_which_the_first_steps_hurl_away_have_diverged(
    first: Mapping[str, float], subject: Subject, hurled: bool
) -> None:
    found = told(Divergence(), lambda step: first if step == 20 else {}, subject=subject)
    assert [each.severity for each in found if not each.over] == (["error"] if hurled else [])
    late = told(Divergence(), lambda step: first if step == 200 else {}, subject=subject)
    assert late == [], "later it is a swing"


def test_that_one_bad_point_is_no_diagnosis() -> None:
    for rule, signs, _ in SIGNS:
        if not isinstance(rule, Divergence):
            assert told(rule, lambda step, signs=signs: signs if step == 300 else {}) == []


def test_that_a_diagnosis_is_told_again_when_it_becomes_worse() -> None:
    def story(step: int) -> dict[str, float]:
        return {"held_out": 0.5 if step < 100 else 0.8 if step < 300 else 0.99}

    assert [each.severity for each in told(DiscriminatorOverfitting(), story)] == ["warning", "error"]


@pytest.mark.parametrize("period", [60, 120])
def test_that_circles_about_the_data_are_oscillation(period: int) -> None:
    def story(step: int) -> dict[str, float]:
        angle = 2 * math.pi * step / period
        return {"place__0": math.cos(angle), "separation": 0.5 + 0.3 * math.sin(angle)}

    found = told(Oscillation(), story, 800)
    assert [each.name for each in found] == ["oscillation"]
    assert found[0].evidence["swing"] == pytest.approx(math.sqrt(0.5), rel=0.2)


def test_that_points_which_hop_are_oscillation_though_d_finds_them_out_each_time() -> None:
    def story(step: int) -> dict[str, float]:
        return {"place__1": 0.6 if step // 40 % 2 else -0.6, "separation": 0.8}

    found = told(Oscillation(), story, 800, subject="points")
    assert [(each.name, each.evidence["fooled"]) for each in found] == [("oscillation", 0.0)]
    assert found[0].evidence["swing"] == pytest.approx(0.6, rel=0.2)
    assert told(Oscillation(), story, 800) == [], "a few images swing as far as that by themselves"


def test_that_images_which_settle_nowhere_are_oscillation() -> None:
    found = told(Oscillation(), lambda step: {"place__2": math.sin(step / 20) * 1.4, "separation": 0.8}, 800)
    assert [(each.name, each.step >= 350) for each in found] == [("oscillation", True)]


def test_that_points_which_settle_after_overshooting_are_no_oscillation() -> None:
    story = lambda step: {"place__0": math.cos(step / 15) if step < 200 else 0.0}  # noqa: E731
    assert told(Oscillation(), story, 1000, subject="points") == []


@pytest.mark.parametrize(("deviation", "named"), [(1.0, True), (0.7, False)])
def test_that_points_which_swing_widely_are_not_waited_for_so_long(deviation: float, named: bool) -> None:
    def story(step: int) -> Mapping[str, float]:
        return {"place__0": deviation * math.sqrt(2) * math.cos(step / 15) if step < 380 else 0.0, "separation": 0.8}

    assert bool(told(Oscillation(), story, 1000, subject="points")) is named


def test_that_samples_which_come_to_fill_the_space_are_no_collapse() -> None:
    """A class-conditional game learns the classes first, and what differs within them later."""
    story = lambda step: {"dimension": 0.1 + step / 1200, "diversity": 0.9}  # noqa: E731
    assert told(ModeCollapse(), story, 600) == []


def test_that_walking_up_to_the_data_is_no_oscillation() -> None:
    assert told(Oscillation(), lambda step: {"place__0": -3 + step / 200, "separation": 0.4 + step % 20 / 50}) == []


def test_that_translation_is_judged_by_what_makes_sense_for_it() -> None:
    signs = {"separation": 1.0, "margin": 30.0, "grad_norm__discriminator": 1e-4, "diversity": 0.01}
    for rule in (DiscriminatorSaturation(), ModeCollapse(), Oscillation()):
        assert told(rule, lambda step: signs, columns=("input", "output")) == []
    assert told(GeneratorFrozen(), lambda step: {"update__generator": 1e-7}, columns=("input", "output"))


def test_that_points_which_leave_out_modes_are_a_partial_collapse() -> None:
    found = told(ModeCollapse(), lambda step: {"diversity": 0.9, "missing": 0.6}, 800, subject="points")
    assert [(each.severity, each.over) for each in found] == [("warning", False)]
    assert found[0].evidence["missing"] == 0.6


def test_that_points_which_are_still_finding_their_modes_are_no_collapse() -> None:
    story = lambda step: {"diversity": 0.9, "missing": max(0.05, 0.9 - step / 1000)}  # noqa: E731
    assert told(ModeCollapse(), story, 1500, subject="points") == []


def test_that_weights_which_are_thrown_at_the_start_are_divergence() -> None:
    found = told(Divergence(), lambda step: {"growth__generator": 40.0})
    assert [(each.name, each.step) for each in found] == [("divergence", 10)]
    assert told(Divergence(), lambda step: {"growth__generator": 1 + step / 100}, 3000) == []


def test_that_a_run_which_ended_by_a_number_that_is_none_diverged() -> None:
    doctor = Doctor()
    doctor(RunStarted())
    error = "The loss of the generator is not finite at step 3; the networks are as they were before it."
    found = doctor(RunFinished(step=2, time=1.0, reason="failed", error=error))
    assert [each.name for each in found] == ["divergence"]
    assert error in found[0].explanation
    other = Doctor()
    assert other(RunFinished(step=2, time=1.0, reason="failed", error="The device is out of memory.")) == ()


def evaluated(step: int, fid: float, deviation: float | None = None) -> Evaluated:
    return Evaluated(step=step, time=0.0, extractor="x", measures={"fid": Measure(fid, deviation, 100)})


def test_that_a_measure_which_no_longer_falls_is_a_plateau() -> None:
    doctor = Doctor([Plateau()])
    falling = [doctor(evaluated(step, 100 - step)) for step in range(0, 60, 10)]
    assert falling == [()] * 6
    flat = [found for step in range(60, 150, 10) for found in doctor(evaluated(step, 50.0 + step % 3))]
    assert [(each.name, each.severity) for each in flat] == [("plateau", "info")]
    again = [found for step in range(150, 220, 10) for found in doctor(evaluated(step, 200.0 - step))]
    assert [each.over for each in again] == [True]


def judged(step: int, coverage: float, *, n: int = 100, chosen: str = "coverage") -> Evaluated:
    measures = {"fid": Measure(100.0 - step, None, n), "coverage": Measure(coverage, None, n)}
    return Evaluated(step=step, time=0.0, extractor="x", measures=measures, chosen=chosen)


def test_that_a_plateau_is_of_the_measure_that_a_person_has_chosen() -> None:
    """FID falls all the while; coverage rises until step 30 and stays."""
    values = [(step, min(step, 30) / 40) for step in range(0, 90, 10)]
    (found,) = [told for doctor in [Doctor([Plateau()])] for each in values for told in doctor(judged(*each))]
    assert found.evidence == {"coverage_best": 0.75, "coverage_since": 0.75, "best_step": 30.0}
    other = Doctor([Plateau()])
    assert [told for each in values for told in other(judged(*each, chosen=""))] == []


def test_that_a_plateau_compares_only_what_is_alike() -> None:
    """FID of fewer samples is higher, whatever the run does."""
    doctor = Doctor([Plateau()])
    assert [told for step in range(0, 60, 10) for told in doctor(evaluated(step, 100.0 - step))] == []
    few = (replace(evaluated(step, 300.0), measures={"fid": Measure(300.0, None, 10)}) for step in range(60, 110, 10))
    assert [told for event in few for told in doctor(event)] == []


def test_that_evaluations_that_a_roll_back_has_made_void_are_forgotten() -> None:
    doctor = Doctor([Plateau()])
    for step in range(0, 60, 10):
        doctor(evaluated(step, 100.0 - step))
    doctor(RunResumed(step=20, time=0.0, from_step=20))
    assert [told for step in range(30, 70, 10) for told in doctor(evaluated(step, 200.0 - step))] == []


def test_that_what_a_rule_says_of_itself_is_complete() -> None:
    names = {rule.name for rule in RULES}
    assert names == {
        *("mode_collapse", "discriminator_saturation", "exploding_gradients", "oscillation"),
        *("discriminator_overfitting", "generator_frozen", "divergence", "plateau"),
    }
    assert all(rule.looks_at and rule.source and rule.patience >= 1 and rule.reads for rule in RULES)
