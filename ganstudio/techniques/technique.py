"""What a technique says of itself, and how it joins a game. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import Game, Task

if TYPE_CHECKING:
    from torch import nn

Refusal = Callable[[RunConfig, Task], str | None]

OF_GENERATOR, OF_DISCRIMINATOR = "optimizer.generator", "optimizer.discriminator"


def never_refused(_config: RunConfig, _task: Task) -> str | None:
    """For techniques that are defined everywhere."""
    return None


def needs_latents(_config: RunConfig, task: Task) -> str | None:
    """For techniques of games in which one D scores what one G makes of latents."""
    if task == "image-to-image":
        return "This is defined for a G that draws from latents; here images are translated."
    return None


def needs_pixels(_config: RunConfig, task: Task) -> str | None:
    """For techniques that change images."""
    return "This is defined for images; points have no pixels." if task == "points" else None


def first_of(*refusals: Refusal) -> Refusal:
    """The first reason that any of `refusals` has."""

    def refusal(config: RunConfig, task: Task) -> str | None:
        return next((reason for each in refusals if (reason := each(config, task)) is not None), None)

    return refusal


@dataclass(frozen=True, kw_only=True)
class Technique:
    """One switch of the form.

    `paths` are its settings, the first of which turns it on; `off` is the value at which it does nothing. `refusal`
    says in a sentence why it is not defined for a config, whether it is on or not; None where it is. `apply` makes it
    part of a game, also while it is off if it can be turned on during a run: a term whose weight is 0 costs nothing.
    None: it is built into the networks, or done by the trainer. One that `yields` is on by default, and does nothing
    where it is not defined; to ask for others there is an error.
    """

    name: str
    title: str
    paper: str
    paths: tuple[str, ...]
    off: object
    help: str
    refusal: Refusal = never_refused
    apply: Callable[[Game, RunConfig], Game] | None = None
    yields: bool = False

    def is_on(self, config: RunConfig) -> bool:
        """Whether `config` asks for it."""
        return bool(config.value(self.paths[0]) != self.off)

    def insists(self, config: RunConfig) -> bool:
        """Whether `config` asks for it, and makes no sense where it is not defined."""
        return self.is_on(config) and not self.yields


def networks_of(game: Game, optimizer: str) -> Iterator[nn.Module]:
    """The networks of the players on one side of a game, which have their optimiser's settings in common."""
    for player in game.players:
        if player.optimizer == optimizer:
            yield from (game.networks[name] for name in player.networks)
