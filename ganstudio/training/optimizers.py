"""Optimisers from the config: fused where torch has it, with rates that can change while they run."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganstudio.config import PlayerOptimizerConfig, ScheduleConfig

_FUSED_ON = frozenset({"cpu", "cuda", "mps", "xpu"})


def build_optimizer(
    parameters: Sequence[Tensor], config: PlayerOptimizerConfig, device: torch.device
) -> torch.optim.Optimizer:
    """The optimiser that `config` names, over `parameters` on `device`."""
    rate, fused = config.learning_rate, device.type in _FUSED_ON
    if config.name == "adam":
        return torch.optim.Adam(parameters, lr=rate, betas=(config.beta1, config.beta2), fused=fused)
    if config.name == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=rate, alpha=config.beta2, foreach=True)
    return torch.optim.SGD(parameters, lr=rate, momentum=config.beta1, fused=fused)


def set_optimizer(optimizer: torch.optim.Optimizer, config: PlayerOptimizerConfig) -> None:
    """Give a running optimiser the live settings of `config`; its moments stay."""
    for group in optimizer.param_groups:
        group["lr"] = config.learning_rate
        if config.name == "adam":
            group["betas"] = (config.beta1, config.beta2)
        elif config.name == "rmsprop":
            group["alpha"] = config.beta2
        else:
            group["momentum"] = config.beta1


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def rate_share(schedule: ScheduleConfig, images: int) -> float:
    """The share of the learning rate that is used after so many images: from 1 down to `schedule.final`.

    Cosine after Loshchilov & Hutter 2017, equation 5, without restarts.
    """
    done = min(1.0, images / schedule.length)
    match schedule.name:
        case "linear":
            return 1.0 - (1.0 - schedule.final) * done
        case "cosine":
            return schedule.final + (1.0 - schedule.final) * 0.5 * (1.0 + math.cos(math.pi * done))
        case _:
            return 1.0


def is_fused(optimizer: torch.optim.Optimizer) -> bool:
    """Whether the optimiser honours `found_inf`, which makes it skip a step without a look from the CPU."""
    return bool(optimizer.defaults.get("fused"))
