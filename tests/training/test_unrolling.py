"""Looking ahead against an unroll written by hand in float64, differentiated by central differences."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganstudio.game import DISCRIMINATOR, GENERATOR, SOURCE, DataShape
from ganstudio.training.door import generator_at
from ganstudio.training.trainer import Trainer
from tests.helpers import RandomBatches, assembled, tiny

EPSILON = 1e-8
D = "optimizer__discriminator__"


def ready(**values: Any) -> Trainer:
    """A trainer whose next play is G's, after two rounds and a play of D."""
    trainer = assembled(tiny("vanilla", **values), DataShape(8, 1))
    trainer.round()
    trainer.round()
    trainer._play_next()
    return trainer


def state_of(trainer: Trainer, player: str) -> dict[str, Any]:
    """Copies of the player's weights, buffers and optimiser state."""
    state = {key: value.clone() for key, value in trainer._game.networks[player].state_dict().items()}
    optimizer = trainer._optimizers[player]
    for i, parameter in enumerate(trainer._parameters[player]):
        state |= {f"{i}.{key}": value.clone() for key, value in optimizer.state[parameter].items()}
    return state


class ByHand:
    """The play that a trainer is about to make, in float64 and without a graph through the steps."""

    def __init__(self, trainer: Trainer, steps: int) -> None:
        self.steps, config = steps, trainer._config.optimizer.discriminator
        self.config = config
        self.G = copy.deepcopy(trainer._game.networks[GENERATOR]).double()
        self.D = copy.deepcopy(trainer._game.networks[DISCRIMINATOR]).double()
        self.state = [
            {key: value.double() for key, value in trainer._optimizers[DISCRIMINATOR].state[p].items()}
            for p in trainer._game.networks[DISCRIMINATOR].parameters()
        ]
        batches = trainer._data[SOURCE]
        assert isinstance(batches, RandomBatches)
        self.x = batches.at(batches.asked[-1], 4)[0].double()
        cursor = trainer._cursor
        random = generator_at(0, "latents", cursor.step, cursor.play, device=torch.device("cpu"))
        self.z = torch.randn((4, 8), generator=random).double()

    def loss(self) -> float:
        """G's loss against D as it is after the steps."""
        network = copy.deepcopy(self.D).requires_grad_(True)
        weights, state = list(network.parameters()), copy.deepcopy(self.state)
        fake = self.G(self.z).detach()
        for _ in range(self.steps):
            real, generated = network(self.x), network(fake)
            loss = (torch.log1p(torch.exp(-real)) + torch.log1p(torch.exp(generated))).mean()
            gradients = list(torch.autograd.grad(loss, weights))
            if self.config.clip_value:
                gradients = [g.clamp(-self.config.clip_value, self.config.clip_value) for g in gradients]
            if self.config.clip_norm:
                norm = float(sum((g**2).sum() for g in gradients)) ** 0.5
                gradients = [g * min(1.0, self.config.clip_norm / norm) for g in gradients]
            with torch.no_grad():
                for weight, gradient, kept in zip(weights, gradients, state, strict=True):
                    weight.sub_(self.step(weight, gradient, kept))
        return float(torch.log1p(torch.exp(-network(fake))).mean().detach())

    def step(self, weight: Tensor, gradient: Tensor, kept: dict[str, Tensor]) -> Tensor:
        config = self.config
        rate = config.learning_rate
        if config.name == "sgd":
            gradient = gradient + config.weight_decay * weight
            kept["momentum_buffer"] = config.beta1 * kept["momentum_buffer"] + gradient
            return rate * kept["momentum_buffer"]
        if config.name == "rmsprop":
            gradient = gradient + config.weight_decay * weight
            kept["square_avg"] = config.beta2 * kept["square_avg"] + (1 - config.beta2) * gradient**2
            return rate * gradient / (kept["square_avg"].sqrt() + EPSILON)
        kept["step"] += 1
        kept["exp_avg"] = config.beta1 * kept["exp_avg"] + (1 - config.beta1) * gradient
        kept["exp_avg_sq"] = config.beta2 * kept["exp_avg_sq"] + (1 - config.beta2) * gradient**2
        mean = kept["exp_avg"] / (1 - config.beta1 ** kept["step"])
        square = kept["exp_avg_sq"] / (1 - config.beta2 ** kept["step"])
        return rate * (mean / (square.sqrt() + EPSILON) + config.weight_decay * weight)

    def slope(self, parameter: nn.Parameter, place: int, far: float = 1e-5) -> float:
        """The central difference by one weight of G."""
        flat = parameter.data.view(-1)
        before = float(flat[place])
        values = []
        for sign in (1, -1):
            flat[place] = before + sign * far
            values.append(self.loss())
        flat[place] = before
        return (values[0] - values[1]) / (2 * far)


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize(
    "optimizer",
    [
        {},
        {D + "name": "rmsprop", D + "learning_rate": 1e-3},
        {D + "name": "sgd", D + "learning_rate": 0.05, D + "weight_decay": 0.1},
        {D + "weight_decay": 0.5, D + "clip_value": 0.05, D + "clip_norm": 0.2},
    ],
    ids=["adam", "rmsprop", "sgd", "clipped"],
)
def test_that_g_follows_the_slope_of_its_loss_after_ds_next_steps(steps: int, optimizer: dict[str, Any]) -> None:
    """From D's live optimiser state; the direct slope alone, through today's D, is another one."""
    rates = {D + "learning_rate": 0.02, **optimizer}
    trainer = ready(techniques__unrolled__steps=steps, **rates)
    by_hand = ByHand(trainer, steps)
    direct = ByHand(trainer, 0)
    before = state_of(trainer, DISCRIMINATOR)
    trainer._play_next()
    after = state_of(trainer, DISCRIMINATOR)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)
    found, expected, unrolled_matters = [], [], False
    for (_, mine), theirs, other in zip(
        trainer._game.networks[GENERATOR].named_parameters(),
        by_hand.G.parameters(),
        direct.G.parameters(),
        strict=True,
    ):
        assert mine.grad is not None
        place = int(mine.grad.abs().argmax())
        found.append(float(mine.grad.flatten()[place]))
        expected.append(by_hand.slope(theirs, place))
        unrolled_matters |= abs(direct.slope(other, place) - expected[-1]) > 0.02 * abs(expected[-1])
    assert found == pytest.approx(expected, rel=2e-3, abs=1e-7)
    assert unrolled_matters


@pytest.mark.parametrize("variant", ["dcgan", "r3gan", "wgan-gp"])
def test_that_looking_ahead_leaves_weights_statistics_and_plots_of_d_alone(variant: str) -> None:
    trainer = assembled(
        tiny(variant, techniques__unrolled__steps=2, techniques__spectral_norm__discriminator=True), DataShape(8, 1)
    )
    trainer.round()
    for _ in range(trainer._config.training.discriminator_steps):
        trainer._play_next()
    before = state_of(trainer, DISCRIMINATOR)
    trainer._meters.read()
    trainer._play_next()
    after = state_of(trainer, DISCRIMINATOR)
    assert all(torch.equal(before[key], after[key]) for key in before)
    scalars, _ = trainer._meters.read()
    assert {name for name in scalars if not name.startswith(("loss/", "grad_norm/"))} <= {
        f"term/generator/{name}" for name in ("adversarial",)
    }
    assert all(math.isfinite(value) for value in scalars.values())


def test_that_lazy_penalties_join_every_step_ahead_with_their_own_weight() -> None:
    gradients = []
    for every in (1, 4):
        penalty = {"objective__penalties__r1__weight": 2.0, "objective__penalties__r1__every": every}
        trainer = assembled(tiny("vanilla", techniques__unrolled__steps=1, **penalty), DataShape(8, 1))
        door_play = trainer._game.phase(trainer._cursor, trainer.setting)
        trainer._play(door_play, GENERATOR, 0)
        gradients.append([p.grad.clone() for p in trainer._parameters[GENERATOR] if p.grad is not None])
    for one, four in zip(*gradients, strict=True):
        torch.testing.assert_close(one, four)


def test_that_frozen_layers_stand_still_ahead_too() -> None:
    trainer = assembled(
        tiny("vanilla", techniques__unrolled__steps=1, techniques__transfer__freeze=1, techniques__transfer__run="x"),
        DataShape(8, 1),
    )
    seen: list[Tensor] = []
    first = trainer._game.networks[DISCRIMINATOR].stages()[0]  # type: ignore[operator]
    first.register_forward_hook(lambda layer, given, out: seen.append(layer.weight.detach().clone()))
    trainer._play(trainer._game.phase(trainer._cursor, trainer.setting), GENERATOR, 0)
    assert len(seen) > 2
    assert all(torch.equal(weight, seen[0]) for weight in seen)
