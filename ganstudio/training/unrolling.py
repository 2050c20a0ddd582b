"""Looking ahead: a player's next steps as a function of what another does now (Metz et al. 2017, section 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganstudio.game import Game, Player, Term
from ganstudio.training.door import PlayDoor

Loss = Callable[[Sequence[Term], PlayDoor], Tensor]


@dataclass(frozen=True)
class Unroller:
    """Takes in-graph optimiser steps of a player, on its live optimiser's state, which stays as it is."""

    game: Game
    optimizers: Mapping[str, torch.optim.Optimizer]
    due: Callable[[PlayDoor, str], Sequence[Term]]
    """The terms of a player in the phase of a door that are due at its cursor."""
    loss: Loss
    rate: Callable[[Player], float]

    def __call__(self, door: PlayDoor, name: str, steps: int) -> PlayDoor:
        """`door` as it would be after `steps` steps of the player `name` on the data of this play."""
        player = next(p for p in self.game.players if p.name == name)
        terms = self.due(door, name)
        input_grad = frozenset(source for term in terms for source in term.input_grad)
        keys = [(network, key) for network in player.networks for key, _ in _parameters(self.game, network)]
        live = [parameter for network in player.networks for _, parameter in _parameters(self.game, network)]
        values = [parameter.detach().requires_grad_(True) for parameter in live]
        optimizer = self.optimizers[name]
        state = [_state(optimizer, parameter) for parameter in live]
        ahead = door.branch(_by_network(keys, values), input_grad)
        for _ in range(steps):
            gradients = torch.autograd.grad(self.loss(terms, ahead), values, create_graph=True, materialize_grads=True)
            values = [
                _step(optimizer, value, gradient, kept, self.rate(player))
                for value, gradient, kept in zip(values, gradients, state, strict=True)
            ]
            ahead = door.branch(_by_network(keys, values), input_grad)
        return door.branch(_by_network(keys, values), frozenset())


def _parameters(game: Game, network: str) -> list[tuple[str, Tensor]]:
    return list(game.networks[network].named_parameters())


def _by_network(keys: Sequence[tuple[str, str]], values: Sequence[Tensor]) -> dict[str, dict[str, Tensor]]:
    grouped: dict[str, dict[str, Tensor]] = {}
    for (network, key), value in zip(keys, values, strict=True):
        grouped.setdefault(network, {})[key] = value
    return grouped


def _state(optimizer: torch.optim.Optimizer, parameter: Tensor) -> dict[str, Any]:
    """A copy of the optimiser's memory of one parameter; empty before its first step."""
    return {
        key: value.detach().clone() if isinstance(value, Tensor) else value
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def _step(
    optimizer: torch.optim.Optimizer, value: Tensor, gradient: Tensor, state: dict[str, Any], rate: float
) -> Tensor:
    """`value` after one step, differentiable; `state` moves on. The root is taken of v + eps^2, which has a gradient
    where v is 0."""
    group = optimizer.param_groups[0]
    moved: Tensor
    if isinstance(optimizer, torch.optim.Adam):
        beta1, beta2 = group["betas"]
        count = float(state.get("step", 0.0)) + 1.0
        first = beta1 * state.get("exp_avg", torch.zeros_like(value)) + (1.0 - beta1) * gradient
        second = beta2 * state.get("exp_avg_sq", torch.zeros_like(value)) + (1.0 - beta2) * gradient.square()
        state.update(step=count, exp_avg=first, exp_avg_sq=second)
        root = (second / (1.0 - beta2**count) + group["eps"] ** 2).sqrt()
        moved = value * (1.0 - rate * group["weight_decay"]) - rate / (1.0 - beta1**count) * first / root
        return moved
    if group["weight_decay"]:
        gradient = gradient + group["weight_decay"] * value
    if isinstance(optimizer, torch.optim.RMSprop):
        second = group["alpha"] * state.get("square_avg", torch.zeros_like(value))
        second = second + (1.0 - group["alpha"]) * gradient.square()
        state["square_avg"] = second
        moved = value - rate * gradient / (second + group["eps"] ** 2).sqrt()
        return moved
    momentum = state.get("momentum_buffer")
    state["momentum_buffer"] = gradient if momentum is None else group["momentum"] * momentum + gradient
    moved = value - rate * state["momentum_buffer"]
    return moved
