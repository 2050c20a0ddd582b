"""Looking ahead: a player's next steps as a function of what another does now (Metz et al. 2017, section 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganstudio.game import Game, Player, Term
from ganstudio.training.door import PlayDoor


@dataclass(frozen=True)
class Unroller:
    """Takes in-graph optimiser steps of a player, on its live optimiser's state, which stays as it is.

    `terms` are those of the player; lazy ones are taken at every step, with their own weight. `loss` is their weighted
    sum as a door sees it.
    """

    game: Game
    optimizers: Mapping[str, torch.optim.Optimizer]
    terms: Sequence[Term]
    loss: Callable[[PlayDoor], Tensor]
    rate: Callable[[Player], float]

    def __call__(self, door: PlayDoor, name: str, steps: int) -> PlayDoor:
        """`door` as it would be after `steps` steps of the player `name` on the data of this play."""
        player = next(p for p in self.game.players if p.name == name)
        optimizer, rate = self.optimizers[name], self.rate(player)
        input_grad = frozenset(source for term in self.terms for source in term.input_grad)
        trained = _trained(self.game, player)
        values = [parameter.detach().requires_grad_(True) for parameter in trained.values()]
        state = [_state(optimizer, parameter) for parameter in trained.values()]
        # Made before the doors part, so that all of them share the same.
        door.real(), door.fake()
        for _ in range(steps):
            ahead = door.branch(_by_network(trained, values), input_grad)
            raw = torch.autograd.grad(self.loss(ahead), values, create_graph=True, materialize_grads=True)
            gradients = _clipped(raw, door, player)
            values = [
                _step(optimizer, value, gradient, kept, rate)
                for value, gradient, kept in zip(values, gradients, state, strict=True)
            ]
        return door.branch(_by_network(trained, values), frozenset())


def _trained(game: Game, player: Player) -> dict[tuple[str, str], Tensor]:
    """The parameters that `player` trains, by network and name."""
    return {
        (network, key): parameter
        for network in player.networks
        for key, parameter in game.networks[network].named_parameters()
        if f"{network}.{key}" not in player.frozen
    }


def _by_network(keys: Iterable[tuple[str, str]], values: Sequence[Tensor]) -> dict[str, dict[str, Tensor]]:
    grouped: dict[str, dict[str, Tensor]] = {}
    for (network, key), value in zip(keys, values, strict=True):
        grouped.setdefault(network, {})[key] = value
    return grouped


def _clipped(gradients: Sequence[Tensor], door: PlayDoor, player: Player) -> Sequence[Tensor]:
    """As the trainer clips them before a step of `player`: by value, then by norm."""
    largest: float = door.setting(f"{player.optimizer}.clip_value")
    longest: float = door.setting(f"{player.optimizer}.clip_norm")
    if largest:
        gradients = [gradient.clamp(-largest, largest) for gradient in gradients]
    if longest:
        norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
        share = (longest / (norm + 1e-6)).clamp(max=1.0)
        gradients = [gradient * share for gradient in gradients]
    return gradients


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
