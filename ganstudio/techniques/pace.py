"""Learning rates that follow D's accuracy: whichever network is ahead learns more slowly."""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import DISCRIMINATOR, Door, Game, Task
from ganstudio.techniques.technique import Technique, first_of, needs_latents
from ganstudio.techniques.zero import undecided

_MEMORY = "balance"


def apply(game: Game, config: RunConfig) -> Game:
    """A memory of D's accuracy, which the trainer takes the pace from."""
    target = config.optimizer.schedule.accuracy
    if target is None:
        return game
    from ganstudio.techniques.balance import Balance

    zero = undecided(config.objective)

    def observe(door: Door) -> None:
        balance = door.memory[_MEMORY]
        assert isinstance(balance, Balance)
        balance.observe(door.score("real"), door.score("fake"), zero)

    game = game.with_memory(_MEMORY, Balance(target, config.optimizer.schedule.slowest))
    return game.with_after(DISCRIMINATOR, observe)


def refuse_critics(config: RunConfig, _task: Task) -> str | None:
    """A critic ought to be as good as it can be; it is wrong about nothing."""
    if config.objective.loss != "wasserstein":
        return None
    return "A Wasserstein critic ought to be ahead of G, and its scores have no right and wrong."


PACE = Technique(
    name="rates-by-accuracy",
    title="Rates by D's accuracy",
    paper="Hazimeh & Ponomareva 2023",
    paths=("optimizer.schedule.accuracy", "optimizer.schedule.slowest"),
    off=None,
    help="Whichever network is ahead learns more slowly: D when it is right too often, G when D is wrong too often.",
    refusal=first_of(needs_latents, refuse_critics),
    apply=apply,
)
