"""Our trainer against a loop written by hand: the same networks, losses, data and precision, in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganstudio.bench.lanes import LoopLane, TrainingLane
from ganstudio.bench.statistics import Effort, Pair, interleave, summary
from ganstudio.config import PenaltyConfig, PlayerOptimizerConfig, RunConfig
from ganstudio.data.store import prepare, training_indices
from ganstudio.game import DISCRIMINATOR, GENERATOR
from ganstudio.latent.model import build_game
from ganstudio.training.control import Control
from ganstudio.training.devices import resolve_device, settle
from ganstudio.training.trainer import Emit, Trainer
from ganstudio.variants.recipes import FIRST_MINUTE, compose

_ENDLESS = 10**9
_RARELY = 10**6
DCGAN = "dcgan"
RECIPE = "recipe"


def measure(effort: Effort, say: Callable[[str], None]) -> dict[str, Any]:
    """`engine_over_plain_loop`: the smaller of the ratios of DCGAN and of the default recipe. `engine` tells both."""
    found: dict[str, Any] = {}
    for name, config in bench_configs("float32").items():
        for tuned in (False, True):
            loop = "tuned_loop" if tuned else "plain_loop"
            say(f"Trainer against {loop.replace('_', ' ')}, {name}: {effort.pairs} pairs")
            found.setdefault(name, {})[loop] = summary(race(config, effort, tuned=tuned), "trainer", "loop")
    plain = min(part["plain_loop"]["ratio"] for part in found.values())
    tuned_ratio = min(part["tuned_loop"]["ratio"] for part in found.values())
    return {"engine_over_plain_loop": plain, "engine_over_tuned_loop": tuned_ratio, "engine": found}


def live_configs() -> dict[str, RunConfig]:
    """What is timed: DCGAN as in its paper on 28 px digits, and the recipe that a new user meets first; without end."""
    chosen = {DCGAN: compose({"variant.name": "dcgan", "dataset.name": "mnist-10k"}), RECIPE: FIRST_MINUTE.config()}
    return {name: settle(config.with_values({"training.steps": _ENDLESS})) for name, config in chosen.items()}


def bench_configs(precision: str) -> dict[str, RunConfig]:
    """The same without the pictures and checkpoints that a loop by hand would not make either."""
    bare = {"precision": precision, "training.sample_every": _RARELY, "training.checkpoint_every": _RARELY}
    return {name: config.with_values(bare) for name, config in live_configs().items()}


def trainer_lane(config: RunConfig) -> TrainingLane:
    """The trainer with everything it does in a round: averages, measures, finiteness, events, control."""

    def train(emit: Emit, control: Control) -> None:
        Trainer(config).run(emit, control)

    return TrainingLane(train, images_a_round(config))


def images_a_round(config: RunConfig) -> int:
    """Real images that D sees in one round, by which speed is told."""
    return config.training.batch_size * config.training.discriminator_steps


def race(config: RunConfig, effort: Effort, *, tuned: bool) -> list[Pair]:
    """Images a second of our trainer and of a loop by hand."""
    loop = LoopLane(lambda: PlainLoop(config, tuned=tuned).step, config.training.batch_size, config.threads)
    with closing(loop), closing(trainer_lane(config)) as ours:
        return interleave(lambda: ours.piece(effort.seconds), lambda: loop.piece(effort.seconds), effort.pairs)


class PlainLoop:
    """What a competent person writes in an afternoon: DCGAN or R3GAN, one update of D and one of G a step.

    It keeps no average, measures nothing and logs nothing. `tuned` adds what an expert adds: channels-last networks,
    fused optimisers, and D frozen while G learns.
    """

    def __init__(self, config: RunConfig, *, tuned: bool) -> None:
        self._tuned, self._batch, self._latent = tuned, config.training.batch_size, config.variant.latent_size
        self._relativistic = config.objective.loss == "relativistic"
        self._r1, self._r2 = config.objective.penalties.r1, config.objective.penalties.r2
        self._step = 0
        self._device = resolve_device(config.device)
        if config.objective.loss not in {"relativistic", "non-saturating"}:
            raise ValueError(f"no loop has been written for the loss {config.objective.loss}")
        store = prepare(config.dataset)
        pixels = torch.from_numpy(store.images[training_indices(store, config.dataset)])
        labels = torch.from_numpy(store.labels[training_indices(store, config.dataset)]).to(self._device)
        self._labels = labels if config.variant.conditional else None
        self._images = (pixels.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1).contiguous().to(self._device)
        game = build_game(config, store.shape)
        self._generator, self._discriminator = game.networks[GENERATOR], game.networks[DISCRIMINATOR]
        for network in (self._generator, self._discriminator):
            network.to(self._device).train()
            if tuned:
                network.to(memory_format=torch.channels_last)
        self._of_generator = self._adam(self._generator, config.optimizer.generator)
        self._of_discriminator = self._adam(self._discriminator, config.optimizer.discriminator)
        self._random = torch.Generator(self._device).manual_seed(config.seed)
        self._batches = self._shuffled()

    def step(self) -> None:
        """One update of D, one of G."""
        real, classes = next(self._batches)
        self._update_discriminator(real, classes)
        if self._tuned:
            self._discriminator.requires_grad_(False)
        self._update_generator(real, classes)
        if self._tuned:
            self._discriminator.requires_grad_(True)
        self._step += 1

    def _update_discriminator(self, real: Tensor, classes: tuple[Tensor, ...]) -> None:
        with torch.no_grad():
            fake = self._generator(self._latents(), *classes)
        r1, r2 = self._weight(self._r1), self._weight(self._r2)
        real.requires_grad_(r1 > 0)
        fake.requires_grad_(r2 > 0)
        on_real, on_fake = self._discriminator(real, *classes), self._discriminator(fake, *classes)
        if self._relativistic:
            loss = F.softplus(on_fake - on_real).mean()
        else:
            loss = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        if r1 > 0:
            loss = loss + r1 * _penalty(on_real, real)
        if r2 > 0:
            loss = loss + r2 * _penalty(on_fake, fake)
        self._of_discriminator.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._of_discriminator.step()

    def _update_generator(self, real: Tensor, classes: tuple[Tensor, ...]) -> None:
        on_fake = self._discriminator(self._generator(self._latents(), *classes), *classes)
        if self._relativistic:
            with torch.no_grad():
                on_real = self._discriminator(real.detach(), *classes)
            loss = F.softplus(on_real - on_fake).mean()
        else:
            loss = F.softplus(-on_fake).mean()
        self._of_generator.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._of_generator.step()

    def _weight(self, penalty: PenaltyConfig) -> float:
        """Lazily, on every so many steps, so many times as much."""
        return penalty.weight * penalty.every if self._step % penalty.every == 0 else 0.0

    def _latents(self) -> Tensor:
        return torch.randn(self._batch, self._latent, device=self._device, generator=self._random)

    def _shuffled(self) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Images and, for a conditional game, their classes."""
        while True:
            order = torch.randperm(len(self._images), device=self._device, generator=self._random)
            for start in range(0, len(order) - self._batch + 1, self._batch):
                rows = order[start : start + self._batch]
                yield self._images[rows], () if self._labels is None else (self._labels[rows],)

    def _adam(self, network: torch.nn.Module, config: PlayerOptimizerConfig) -> torch.optim.Adam:
        betas = (config.beta1, config.beta2)
        fused = True if self._tuned else None
        return torch.optim.Adam(network.parameters(), lr=config.learning_rate, betas=betas, fused=fused)


def _penalty(logits: Tensor, images: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return 0.5 * gradient.square().sum((1, 2, 3)).mean()
