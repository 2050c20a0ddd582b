"""Transfer: start from another run's networks, and hold D's first layers still (FreezeD: Mo et al. 2020, section 3).

The trainer takes the weights (training/transfer.py); which layers are held still is part of the game.
"""

from __future__ import annotations

from dataclasses import replace

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, Game, Task
from ganstudio.techniques.technique import Technique, first_of, needs_latents

_FREEZE = "techniques.transfer.freeze"


def freeze(game: Game, config: RunConfig) -> Game:
    """D's first layers are not trained. UserError when that would be all of them."""
    count = config.techniques.transfer.freeze
    if not count:
        return game
    from ganstudio.networks.discriminator import Discriminator

    network = game.networks[DISCRIMINATOR]
    assert isinstance(network, Discriminator), "every D of a latent game has stages"
    stages = network.stages()
    if count >= len(stages):
        raise UserError(f"D has {len(stages)} layers; at most {len(stages) - 1} can be held still.", path=_FREEZE)
    held = {id(parameter) for stage in stages[:count] for parameter in stage.parameters()}
    names = frozenset(f"{DISCRIMINATOR}.{key}" for key, p in network.named_parameters() if id(p) in held)
    players = tuple(
        replace(player, frozen=player.frozen | names) if DISCRIMINATOR in player.networks else player
        for player in game.players
    )
    return replace(game, players=players)


def refuse_without_run(config: RunConfig, _task: Task) -> str | None:
    """Layers that have learned nothing are not worth keeping."""
    if not config.techniques.transfer.run:
        return "Only layers that another run has trained are worth holding still; choose the run to start from."
    return None


TRANSFER = Technique(
    name="transfer",
    title="Start from run",
    paper="Wang et al. 2018",
    paths=("techniques.transfer.run",),
    off=None,
    help="Training starts from the weights of another run, wherever names and shapes agree.",
)

FREEZE = Technique(
    name="freeze",
    title="Freeze D's layers",
    paper="Mo et al. 2020",
    paths=(_FREEZE,),
    off=0,
    help="The first layers of D stay as the other run left them: small data cannot spoil them.",
    refusal=first_of(needs_latents, refuse_without_run),
    apply=freeze,
)
