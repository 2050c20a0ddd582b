"""Unrolled GAN: G is judged by D as it will be some steps from now (Metz et al. 2017, section 2.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import DISCRIMINATOR, GENERATOR, Door, Game, Task, Term
from ganstudio.techniques.technique import Technique, first_of, needs_latents

if TYPE_CHECKING:
    from torch import Tensor


def apply(game: Game, config: RunConfig) -> Game:
    """G's own terms look at D after its next steps; terms of other techniques look at D as it is."""
    steps = config.techniques.unrolled.steps
    if not steps:
        return game

    def ahead(term: Term) -> Term:
        def value(door: Door) -> Tensor:
            return term.value(door.lookahead(DISCRIMINATOR, steps))

        return replace(term, value=value)

    return game.with_terms(GENERATOR, lambda terms: tuple(ahead(term) for term in terms))


def refuse_clipped_weights(config: RunConfig, _task: Task) -> str | None:
    """The steps ahead are those of the optimiser alone."""
    if config.techniques.weight_clip:
        return "The steps ahead cannot follow weight clipping, which comes after each step; turn one of them off."
    return None


UNROLLED = Technique(
    name="unrolled",
    title="Unrolled steps",
    paper="Metz et al. 2017",
    paths=("techniques.unrolled.steps",),
    off=0,
    help="G is judged by D as it would be some steps later, so that it does not chase one weakness after another. "
    "Each step ahead costs about as much as a step of D.",
    refusal=first_of(needs_latents, refuse_clipped_weights),
    apply=apply,
)
