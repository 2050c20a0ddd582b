"""Optimisers and the schedules of their settings, by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.config import PlayerOptimizerConfig, ScheduleConfig
from ganstudio.game import DISCRIMINATOR, DataShape
from ganstudio.training.optimizers import build_optimizer, penalty_share, rate_share, set_optimizer
from tests.helpers import assembled, tiny

CPU = torch.device("cpu")


def schedule(**values: Any) -> ScheduleConfig:
    return ScheduleConfig(**{"length": 1000, "final": 0.1, **values})


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("constant", (1.0, 1.0, 1.0, 1.0)),
        ("linear", (1.0, 0.775, 0.55, 0.1)),
        ("cosine", (1.0, 0.1 + 0.9 * (1 + math.cos(math.pi / 4)) / 2, 0.55, 0.1)),
        ("exponential", (1.0, 0.1**0.25, 0.1**0.5, 0.1)),
        ("step", (1.0, 1.0, 1.0, 0.1)),
    ],
)
def test_that_a_schedule_takes_its_path_from_the_first_rate_to_the_last(name: str, shares: tuple[float, ...]) -> None:
    given = schedule(name=name)
    assert [rate_share(given, images) for images in (0, 250, 500, 1000)] == pytest.approx(shares)
    assert rate_share(given, 50_000) == pytest.approx(shares[-1])


def test_that_a_schedule_begins_where_it_is_told() -> None:
    given = schedule(name="linear", start=400)
    assert [rate_share(given, images) for images in (0, 400, 900, 1400)] == pytest.approx([1.0, 1.0, 0.55, 0.1])


def test_that_rates_rise_from_nothing_while_they_warm_up() -> None:
    given = schedule(name="linear", warmup=100)
    assert [rate_share(given, images) for images in (0, 25, 100)] == pytest.approx([0.0, 0.25 * 0.9775, 0.91])
    assert rate_share(schedule(name="constant", warmup=100), 50) == 0.5


@pytest.mark.parametrize("final", [0.0, 1.0])
def test_that_an_exponential_path_to_nothing_and_to_the_same_is_finite(final: float) -> None:
    given = schedule(name="exponential", final=final)
    assert rate_share(given, 0) == pytest.approx(1.0)
    assert rate_share(given, 1000) == pytest.approx(final, abs=1e-7)
    assert 0.0 <= rate_share(given, 500) <= 1.0


def test_that_penalties_follow_the_same_path_to_a_share_of_their_own() -> None:
    given = schedule(name="cosine", penalties=0.1)
    assert [penalty_share(given, images) for images in (0, 500, 1000)] == pytest.approx([1.0, 0.55, 0.1])
    assert penalty_share(schedule(name="cosine"), 1000) == 1.0


def test_that_the_weight_of_r1_in_ds_loss_is_scheduled() -> None:
    values = {"optimizer__schedule__length": 8, "optimizer__schedule__penalties": 0.0}
    trainer = assembled(
        tiny("vanilla", objective__penalties__r1__weight=3.0, optimizer__schedule__name="linear", **values),
        DataShape(8, 1),
    )
    weights = []
    for _ in range(3):
        trainer._meters.read()
        trainer.round()
        found = trainer._meters.read()[0]
        extra = found["loss/discriminator"] - found["term/discriminator/adversarial"]
        weights.append(extra / found["term/discriminator/r1"])
    assert weights == pytest.approx([3.0, 1.5, 0.0], rel=1e-2, abs=1e-3)


def test_that_beta2_goes_from_its_first_value_to_the_optimisers_own() -> None:
    parameter = torch.nn.Parameter(torch.ones(2))
    config = PlayerOptimizerConfig(name="adam", beta1=0.5, beta2=0.99)
    optimizer = build_optimizer([parameter], config, CPU)
    seen = []
    for images in (0, 500, 1000):
        set_optimizer(optimizer, config, schedule(name="linear", beta2=0.9), images)
        seen.append(optimizer.param_groups[0]["betas"])
    assert [beta2 for _, beta2 in seen] == pytest.approx([0.9, 0.945, 0.99])
    assert {beta1 for beta1, _ in seen} == {0.5}


def stepped(config: PlayerOptimizerConfig, gradients: list[float], start: float = 1.0) -> float:
    parameter = torch.nn.Parameter(torch.tensor([start]))
    optimizer = build_optimizer([parameter], config, CPU)
    for gradient in gradients:
        parameter.grad = torch.tensor([gradient])
        set_optimizer(optimizer, config, ScheduleConfig(), 0)
        optimizer.step()
    return parameter.item()


def test_that_adams_weight_decay_is_apart_from_the_gradient() -> None:
    """Loshchilov & Hutter 2019: w (1 - rate x decay) - rate x m / sqrt(v); the first step is rate x sign."""
    config = PlayerOptimizerConfig(name="adam", learning_rate=0.1, beta1=0.9, weight_decay=0.5)
    assert stepped(config, [2.0]) == pytest.approx(1.0 * (1 - 0.05) - 0.1, rel=1e-5)
    assert stepped(config, [1e-3]) == pytest.approx(1.0 * (1 - 0.05) - 0.1, rel=1e-4)


def test_that_rmsprop_and_momentum_are_their_textbooks() -> None:
    config = PlayerOptimizerConfig(name="rmsprop", learning_rate=0.1, beta2=0.9)
    first = 1.0 - 0.1 * 2 / math.sqrt(0.1 * 4)
    assert stepped(config, [2.0]) == pytest.approx(first, rel=1e-5)
    assert stepped(config, [2.0, 1.0]) == pytest.approx(first - 0.1 / math.sqrt(0.9 * 0.4 + 0.1), rel=1e-5)
    momentum = PlayerOptimizerConfig(name="sgd", learning_rate=0.1, beta1=0.5, weight_decay=0.2)
    first = 1.0 - 0.1 * (2.0 + 0.2)
    assert stepped(momentum, [2.0]) == pytest.approx(first, rel=1e-6)
    second = first - 0.1 * (0.5 * 2.2 + 1.0 + 0.2 * first)
    assert stepped(momentum, [2.0, 1.0]) == pytest.approx(second, rel=1e-6)


def test_that_two_time_scales_are_two_rates() -> None:
    """Heusel et al. 2017: each player has a rate of its own, and both follow the schedule."""
    trainer = assembled(
        tiny(
            "vanilla",
            optimizer__discriminator__learning_rate=4e-4,
            optimizer__generator__learning_rate=1e-4,
            optimizer__schedule__name="step",
            optimizer__schedule__length=4,
        ),
        DataShape(8, 1),
    )

    def rates() -> list[float]:
        return [optimizer.param_groups[0]["lr"] for optimizer in trainer._optimizers.values()]

    trainer.round()
    assert rates() == pytest.approx([4e-4, 1e-4])
    trainer.round()
    assert rates() == pytest.approx([4e-5, 1e-5])


def test_that_weight_decay_changed_during_a_run_reaches_the_optimiser() -> None:
    trainer = assembled(tiny("vanilla"), DataShape(8, 1))
    trainer.round()
    trainer._change("optimizer.discriminator.weight_decay", 0.25)
    trainer.round()
    assert trainer._optimizers[DISCRIMINATOR].param_groups[0]["weight_decay"] == 0.25


def test_that_a_frozen_parameter_is_in_no_optimiser() -> None:
    config = tiny("vanilla", techniques__transfer__run="x", techniques__transfer__freeze=1)
    trainer = assembled(config, DataShape(8, 1))
    held: list[Tensor] = [p for p in trainer._game.networks[DISCRIMINATOR].parameters() if id(p) in trainer._frozen]
    trained = {id(p) for group in trainer._optimizers[DISCRIMINATOR].param_groups for p in group["params"]}
    assert len(held) == 2
    assert not trained & {id(p) for p in held}
