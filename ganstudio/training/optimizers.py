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
    """The optimiser that `config` names, over `parameters` on `device`. Adam's weight decay is decoupled (AdamW)."""
    rate, decay, fused = config.learning_rate, config.weight_decay, device.type in _FUSED_ON
    if config.name == "adam":
        return torch.optim.Adam(
            parameters,
            lr=rate,
            betas=(config.beta1, config.beta2),
            weight_decay=decay,
            decoupled_weight_decay=True,
            fused=fused,
        )
    if config.name == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=rate, alpha=config.beta2, weight_decay=decay, foreach=True)
    return torch.optim.SGD(parameters, lr=rate, momentum=config.beta1, weight_decay=decay, fused=fused)


def set_optimizer(
    optimizer: torch.optim.Optimizer,
    config: PlayerOptimizerConfig,
    schedule: ScheduleConfig,
    images: int,
    pace: float = 1.0,
) -> None:
    """Give a running optimiser the settings of `config` as they are after so many images, its rate times `pace`; its
    moments stay."""
    beta2 = config.beta2
    if schedule.beta2 is not None:
        beta2 += (schedule.beta2 - beta2) * curve(schedule, images)
    for group in optimizer.param_groups:
        group["lr"] = config.learning_rate * rate_share(schedule, images) * pace
        group["weight_decay"] = config.weight_decay
        if config.name == "adam":
            group["betas"] = (config.beta1, beta2)
        elif config.name == "rmsprop":
            group["alpha"] = beta2
        else:
            group["momentum"] = config.beta1


def curve(schedule: ScheduleConfig, images: int) -> float:
    """How much of the way from the last value back to the first is left after so many images: from 1 to 0.

    Cosine after Loshchilov & Hutter 2017, equation 5, without restarts.
    """
    done = min(1.0, max(0, images - schedule.start) / schedule.length)
    match schedule.name:
        case "linear":
            return 1.0 - done
        case "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * done))
        case "exponential":
            last = max(schedule.final, 1e-8)
            return 1.0 if last == 1.0 else (last**done - last) / (1.0 - last)
        case "step":
            return 1.0 if done < 1.0 else 0.0
        case _:
            return 1.0


def rate_share(schedule: ScheduleConfig, images: int) -> float:
    """The share of the learning rate that is used after so many images: up from 0 over the warm-up, then down to
    `schedule.final`."""
    rising = min(1.0, images / schedule.warmup) if schedule.warmup else 1.0
    return rising * (schedule.final + (1.0 - schedule.final) * curve(schedule, images))


def penalty_share(schedule: ScheduleConfig, images: int) -> float:
    """The share of the weights of R1 and R2 that is used after so many images."""
    return schedule.penalties + (1.0 - schedule.penalties) * curve(schedule, images)


def is_fused(optimizer: torch.optim.Optimizer) -> bool:
    """Whether the optimiser honours `found_inf`, which makes it skip a step without a look from the CPU."""
    return bool(optimizer.defaults.get("fused"))
