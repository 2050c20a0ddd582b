"""Adversarial losses against numbers worked out by hand and with plain mathematics."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from ganstudio.config import ObjectiveConfig
from ganstudio.losses.adversarial import LOSSES, adversarial_loss

REAL, FAKE = (0.0, 2.0, -1.0), (0.5, -3.0, 1.5)
NAMES = tuple(LOSSES)


def sp(x: float) -> float:
    return math.log(1.0 + math.exp(x))


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def logits(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


EXPECTED_D = {
    "non-saturating": mean([sp(-r) for r in REAL]) + mean([sp(f) for f in FAKE]),
    "saturating": mean([sp(-r) for r in REAL]) + mean([sp(f) for f in FAKE]),
    "least-squares": mean([0.5 * (r - 1.0) ** 2 for r in REAL]) + mean([0.5 * f**2 for f in FAKE]),
    "wasserstein": mean(list(FAKE)) - mean(list(REAL)),
    "hinge": mean([max(0.0, 1.0 - r) for r in REAL]) + mean([max(0.0, 1.0 + f) for f in FAKE]),
    "relativistic": mean([sp(-(r - f)) for r, f in zip(REAL, FAKE, strict=True)]),
}
EXPECTED_G = {
    "non-saturating": mean([sp(-f) for f in FAKE]),
    "saturating": -mean([sp(f) for f in FAKE]),
    "least-squares": mean([0.5 * (f - 1.0) ** 2 for f in FAKE]),
    "wasserstein": -mean(list(FAKE)),
    "hinge": -mean(list(FAKE)),
    "relativistic": mean([sp(r - f) for r, f in zip(REAL, FAKE, strict=True)]),
}


@pytest.mark.parametrize("name", NAMES)
def test_that_the_discriminators_loss_is_the_papers(name: str) -> None:
    loss = LOSSES[name].discriminator(logits(*REAL), logits(*FAKE))
    assert loss.item() == pytest.approx(EXPECTED_D[name], rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_that_the_generators_loss_is_the_papers(name: str) -> None:
    real = logits(*REAL) if LOSSES[name].paired else None
    assert LOSSES[name].generator(real, logits(*FAKE)).item() == pytest.approx(EXPECTED_G[name], rel=1e-12)


def test_that_least_squares_pulls_to_the_targets_that_are_chosen() -> None:
    """(a, b, c) = (-1, 1, 0) is Pearson's divergence (Mao et al. 2017, equation 8)."""
    loss = adversarial_loss(ObjectiveConfig(loss="least-squares", targets="-1,1,0"))
    expected = mean([0.5 * (r - 1.0) ** 2 for r in REAL]) + mean([0.5 * (f + 1.0) ** 2 for f in FAKE])
    assert loss.discriminator(logits(*REAL), logits(*FAKE)).item() == pytest.approx(expected, rel=1e-12)
    assert loss.generator(None, logits(*FAKE)).item() == pytest.approx(mean([0.5 * f**2 for f in FAKE]), rel=1e-12)


def test_that_hinge_leaves_alone_what_is_beyond_the_margin() -> None:
    real, fake = logits(1.5, 0.5), logits(-1.5, -0.5)
    LOSSES["hinge"].discriminator(real, fake).backward()
    assert real.grad is not None
    assert fake.grad is not None
    assert (real.grad.tolist(), fake.grad.tolist()) == ([0.0, -0.5], [0.0, 0.5])


@pytest.mark.parametrize("name", NAMES)
def test_that_losses_follow_the_slopes_of_their_values(name: str) -> None:
    """Central differences by one logit of each side, of D's loss and of G's."""
    loss = LOSSES[name]

    def value(real: Tensor, fake: Tensor) -> Tensor:
        return loss.discriminator(real, fake) + 2.0 * loss.generator(real if loss.paired else None, fake)

    sides = [logits(*REAL), logits(*FAKE)]
    value(*sides).backward()
    for side in sides:
        assert side.grad is not None
        moved = []
        for sign in (1, -1):
            side.data[1] += sign * 1e-6
            moved.append(value(*sides).item())
            side.data[1] -= sign * 1e-6
        assert side.grad[1].item() == pytest.approx((moved[0] - moved[1]) / 2e-6, rel=1e-6, abs=1e-8)


def test_that_an_undecided_discriminator_loses_what_theory_says() -> None:
    zeros = logits(0.0, 0.0)
    assert LOSSES["non-saturating"].discriminator(zeros, zeros).item() == pytest.approx(2 * math.log(2))
    assert LOSSES["non-saturating"].generator(None, zeros).item() == pytest.approx(math.log(2))
    assert LOSSES["saturating"].generator(None, zeros).item() == pytest.approx(-math.log(2))
    assert LOSSES["relativistic"].discriminator(zeros, zeros).item() == pytest.approx(math.log(2))
    assert LOSSES["wasserstein"].discriminator(zeros, zeros).item() == 0.0


def test_that_the_non_saturating_generator_learns_most_where_it_fails_and_the_saturating_one_least() -> None:
    """The point of Goodfellow et al., section 3: slopes are -sigmoid(-t) and -sigmoid(t)."""
    for name, slope in (("non-saturating", lambda t: -sigmoid(-t)), ("saturating", lambda t: -sigmoid(t))):
        fake = logits(-6.0, 0.0, 6.0)
        LOSSES[name].generator(None, fake).backward()
        assert fake.grad is not None
        assert fake.grad.tolist() == pytest.approx([slope(t) / 3 for t in (-6.0, 0.0, 6.0)], rel=1e-12)


def test_that_relativistic_pairs_are_compared_index_by_index() -> None:
    """D(x) = (5, -5) against D(G) = (5, -5) is a draw in pairs, though each is far from the mean of the other."""
    loss = LOSSES["relativistic"].discriminator(logits(5.0, -5.0), logits(5.0, -5.0))
    assert loss.item() == pytest.approx(math.log(2))


def test_that_both_relativistic_players_see_the_same_margin_with_opposite_signs() -> None:
    real, fake = logits(1.0), logits(-2.0)
    assert LOSSES["relativistic"].discriminator(real, fake).item() == pytest.approx(sp(-3.0))
    assert LOSSES["relativistic"].generator(real, fake).item() == pytest.approx(sp(3.0))


@pytest.mark.parametrize("name", ["non-saturating", "saturating"])
def test_that_label_smoothing_softens_real_targets_only(name: str) -> None:
    expected = mean([0.9 * sp(-r) + 0.1 * sp(r) for r in REAL]) + mean([sp(f) for f in FAKE])
    loss = LOSSES[name].discriminator(logits(*REAL), logits(*FAKE), real_label=0.9)
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_that_with_smoothed_labels_the_best_answer_on_reals_is_the_target() -> None:
    """The loss on reals is least at sigmoid(D) = .9, so its slope is 0 at log 9."""
    real = logits(math.log(9.0))
    LOSSES["non-saturating"].discriminator(real, logits(0.0), real_label=0.9).backward()
    assert real.grad is not None
    assert real.grad.item() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("real_label", [1.0, 0.9])
def test_that_extreme_logits_leave_losses_and_gradients_finite(name: str, real_label: float) -> None:
    for sign in (1.0, -1.0):
        real = torch.tensor([1000.0, -1000.0], requires_grad=True)
        fake = torch.tensor([-1000.0, 1000.0], requires_grad=True)
        loss = LOSSES[name]
        kept = real_label if name in {"non-saturating", "saturating"} else 1.0
        total = loss.discriminator(sign * real, sign * fake, real_label=kept) + loss.generator(real, sign * fake)
        total.backward()
        assert real.grad is not None
        assert fake.grad is not None
        assert torch.isfinite(torch.stack([total, *real.grad, *fake.grad])).all()


def test_that_a_hopeless_generator_still_feels_how_hopeless_it_is() -> None:
    """log(sigmoid + 1e-8) would stop at 18.4 and give no slope; softplus grows with the logit and keeps slope 1."""
    fake = torch.tensor([-1000.0], requires_grad=True)
    loss = LOSSES["non-saturating"].generator(None, fake)
    loss.backward()
    assert loss.item() == pytest.approx(1000.0)
    assert fake.grad is not None
    assert fake.grad.item() == pytest.approx(-1.0)


def test_that_a_wrong_discriminator_pays_for_confidence() -> None:
    loss = LOSSES["non-saturating"].discriminator(torch.tensor([-1000.0]), torch.tensor([1000.0]))
    assert loss.item() == pytest.approx(2000.0)
