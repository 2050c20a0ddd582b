"""Learning rates that follow D's accuracy, against sequences computed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape
from ganstudio.techniques.balance import Balance
from ganstudio.techniques.technique import OF_DISCRIMINATOR, OF_GENERATOR
from ganstudio.training.control import Control
from ganstudio.training.events import Progress
from ganstudio.training.trainer import Trainer
from tests.helpers import assembled, of, run, tiny, train

SHAPE = DataShape(8, 1)


def shares(balance: Balance) -> tuple[float, float]:
    """Of D's rate and of G's."""
    pace = balance.pace()
    return float(pace[OF_DISCRIMINATOR]), float(pace[OF_GENERATOR])


def test_that_the_accuracy_is_the_running_mean_of_what_d_tells_right() -> None:
    balance = Balance(target=0.75, slowest=0.1)
    real, fake = torch.tensor([2.0, -1.0, 3.0, 4.0]), torch.tensor([-2.0, -3.0, 1.0, -1.0])
    expected = 0.75
    for zero, right in ((0.0, 6 / 8), (2.5, 6 / 8), (-2.5, 5 / 8)):
        balance.observe(real, fake, zero)
        expected = 0.95 * expected + 0.05 * right
        assert float(balance.accuracy) == pytest.approx(expected, abs=1e-6)


def test_that_without_a_zero_each_real_is_compared_with_its_partner() -> None:
    balance = Balance(target=0.75, slowest=0.1)
    balance.observe(torch.tensor([5.0, 6.0, 7.0]), torch.tensor([4.0, 9.0, 7.0]), None)
    assert float(balance.accuracy) == pytest.approx(0.95 * 0.75 + 0.05 / 3, abs=1e-6)


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [
        (0.75, (1.0, 1.0)),
        (0.875, (0.1**0.5, 1.0)),
        (1.0, (0.1, 1.0)),
        (0.625, (1.0, 0.1**0.5)),
        (0.5, (1.0, 0.1)),
        (0.2, (1.0, 0.1)),
    ],
)
def test_that_whoever_is_ahead_is_slowed_down_to_the_slowest_rate(
    accuracy: float, expected: tuple[float, float]
) -> None:
    balance = Balance(target=0.75, slowest=0.1)
    balance.accuracy.fill_(accuracy)
    assert shares(balance) == (1.0, 1.0), "nothing changes before it is settled"
    balance.settle()
    assert shares(balance) == pytest.approx(expected, abs=1e-6)


def rates(trainer: Trainer) -> tuple[float, float]:
    """That the optimisers of D and of G last stepped with."""
    groups = [trainer._optimizers[name].param_groups[0] for name in (DISCRIMINATOR, GENERATOR)]
    return groups[0]["lr"], groups[1]["lr"]


@pytest.mark.parametrize("variant", ["vanilla", "lsgan", "r3gan"])
def test_that_the_rates_change_every_sixteenth_round_by_d_s_accuracy_so_far(variant: str) -> None:
    values: dict[str, Any] = {
        "optimizer__schedule__accuracy": 0.51,
        "optimizer__discriminator__learning_rate": 0.01,
        "optimizer__generator__learning_rate": 1e-7,
        "optimizer__schedule__name": "constant",
        "optimizer__schedule__beta2": None,
        "optimizer__schedule__slowest": 0.2,
    }
    trainer = assembled(tiny(variant, **values), SHAPE)
    balance = trainer._game.memory["balance"]
    assert isinstance(balance, Balance)
    for step in range(1, 18):
        trainer.round()
        if step <= 16:
            assert rates(trainer) == (0.01, 1e-7)
        if step == 16:
            lead = (float(balance.accuracy) - 0.51) / 0.49
            lag = (0.51 - float(balance.accuracy)) / 0.01
    expected = (0.01 * 0.2 ** min(max(lead, 0.0), 1.0), 1e-7 * 0.2 ** min(max(lag, 0.0), 1.0))
    assert min(expected[0] / 0.01, expected[1] / 1e-7) < 1.0
    assert rates(trainer) == pytest.approx(expected, rel=1e-5)


def test_that_a_resumed_run_keeps_its_pace_bit_for_bit(tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "dataset__limit": 32,
        "optimizer__schedule__accuracy": 0.6,
        "optimizer__discriminator__learning_rate": 0.01,
        "training__checkpoint_every": 100,
        "training__sample_every": 100,
    }
    whole = train(tiny("vanilla", training__steps=40, **values), tmp_path / "whole")
    train(tiny("vanilla", training__steps=21, **values), tmp_path / "parts")
    resumed = Trainer(tiny("vanilla", training__steps=40, **values), checkpoints=tmp_path / "parts", resume=True)
    rest = of(Progress, run(resumed, Control()))
    later = [event for event in of(Progress, whole) if event.step > 21]
    assert [event.scalars for event in rest] == [event.scalars for event in later]
    name = "learning_rate/discriminator"
    assert 0.001 <= rest[0].scalars[name] < 0.01
    assert rest[-1].scalars[name] != rest[0].scalars[name], "and it went on being adapted"
    assert 0.0 < rest[-1].scalars["balance/accuracy"] < 1.0
    for file in ("networks.safetensors", "state.safetensors"):
        one, other = (tmp_path / each / "checkpoints" / "step-00000040" for each in ("whole", "parts"))
        folders = [f if f.is_dir() else f.parent.parent / "step-00000040" for f in (one, other)]
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes()
