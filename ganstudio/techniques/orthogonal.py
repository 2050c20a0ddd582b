"""Orthogonal weights: at the start (Saxe et al. 2014), and by a penalty on G (Brock et al. 2019, equation 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import Door, Game, Player, Term
from ganstudio.techniques.technique import OF_DISCRIMINATOR, OF_GENERATOR, Technique, networks_of

if TYPE_CHECKING:
    from torch import Tensor


def start(game: Game, config: RunConfig) -> Game:
    """All convolutions and linear maps, but for those that start at zero for a reason."""
    if config.techniques.orthogonal_start:
        from ganstudio.networks.filters import layers, start_orthogonal

        for side in (OF_GENERATOR, OF_DISCRIMINATOR):
            for network in networks_of(game, side):
                for layer in layers(network):
                    if bool(layer.weight.any()):
                        start_orthogonal(layer)
    return game


def regularise(game: Game, _config: RunConfig) -> Game:
    """One more term for each player with a G."""
    for player in game.players:
        if player.optimizer == OF_GENERATOR:
            game = game.with_extra(player.name, _penalty(game, player))
    return game


def _penalty(game: Game, player: Player) -> Term:
    def value(_door: Door) -> Tensor:
        from ganstudio.losses.regularisers import off_diagonal
        from ganstudio.networks.filters import as_matrix, free_weight, layers

        found = [layer for name in player.networks for layer in layers(game.networks[name])]
        return off_diagonal(as_matrix(layer, free_weight(layer)) for layer in found)

    return Term(name="orthogonal", value=value, weight="objective.orthogonal")


ORTHOGONAL_START = Technique(
    name="orthogonal-start",
    title="Orthogonal start",
    paper="Saxe et al. 2014",
    paths=("techniques.orthogonal_start",),
    off=False,
    help="Initial weights are orthogonal matrices: signals keep their size through the layers.",
    apply=start,
)

ORTHOGONAL_WEIGHTS = Technique(
    name="orthogonal-weights",
    title="Orthogonal weights",
    paper="Brock et al. 2019",
    paths=("objective.orthogonal",),
    off=0.0,
    help="Filters of G are kept from resembling each other; their size is left free. BigGAN uses 1e-4.",
    apply=regularise,
)
