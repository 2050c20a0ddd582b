"""Spectral norm of D's or G's layers (Miyato et al. 2018; of G: Zhang et al. 2019, section 4.1).

Embeddings of classes are normalised in D only, as in Brock et al. 2019's code.
"""

from __future__ import annotations

from ganstudio.config import RunConfig
from ganstudio.game import Game
from ganstudio.techniques.technique import OF_DISCRIMINATOR, OF_GENERATOR, Technique, networks_of


def _of(side: str, letter: str, optimizer: str, paper: str) -> Technique:
    def apply(game: Game, config: RunConfig) -> Game:
        if config.value(f"techniques.spectral_norm.{side}"):
            from ganstudio.networks.spectral import add_spectral_norm

            for network in networks_of(game, optimizer):
                add_spectral_norm(network, embeddings=optimizer == OF_DISCRIMINATOR)
        return game

    return Technique(
        name=f"spectral-norm-{side}",
        title=f"Spectral norm of {letter}",
        paper=paper,
        paths=(f"techniques.spectral_norm.{side}",),
        off=False,
        help=f"Each layer of {letter} stretches nothing by more than 1, which bounds how steep {letter} can be.",
        apply=apply,
    )


SPECTRAL_NORMS = (
    _of("discriminator", "D", OF_DISCRIMINATOR, "Miyato et al. 2018"),
    _of("generator", "G", OF_GENERATOR, "Zhang et al. 2019"),
)
