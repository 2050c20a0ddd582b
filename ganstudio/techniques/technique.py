"""What a technique says of itself, and how it joins a game. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ganstudio.config import RunConfig
from ganstudio.game import DISCRIMINATOR, Game, Task

Refusal = Callable[[RunConfig, Task], str | None]


def never_refused(_config: RunConfig, _task: Task) -> str | None:
    """For techniques that are defined everywhere."""
    return None


@dataclass(frozen=True, kw_only=True)
class Technique:
    """One switch of the form.

    `paths` are its settings, the first of which turns it on; `off` is the value at which it does nothing. `refusal`
    says in a sentence why it is not defined for a config, whether it is on or not; None where it is. `apply` makes it
    part of a game, also while it is off if it can be turned on during a run: a term whose weight is 0 costs nothing.
    None: it is built into the networks, or done by the trainer.
    """

    name: str
    title: str
    paper: str
    paths: tuple[str, ...]
    off: object
    help: str
    refusal: Refusal = never_refused
    apply: Callable[[Game, RunConfig], Game] | None = None

    def is_on(self, config: RunConfig) -> bool:
        """Whether `config` asks for it."""
        return bool(config.value(self.paths[0]) != self.off)


def needs_one_discriminator(game: Game) -> bool:
    """Whether techniques of D can join `game`: it has one, which scores generated samples."""
    return DISCRIMINATOR in game.networks and game.generate is not None
