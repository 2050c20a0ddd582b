"""Techniques by name: switches that join any variant for which they are defined. Importing this imports no torch."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import Game, Task
from ganstudio.techniques.catalogue import TECHNIQUES
from ganstudio.techniques.technique import Technique

__all__ = ["TECHNIQUES", "Technique", "apply_techniques"]


def apply_techniques(game: Game, config: RunConfig, task: Task) -> Game:
    """`game` with every technique that is defined for it."""
    for technique in TECHNIQUES:
        if technique.apply is not None and technique.refusal(config, task) is None:
            game = technique.apply(game, config)
    return game
