"""Adversarial perturbation: D also sees real images moved to where it likes them less (after Goodfellow et al. 2015,
equation 2, whose examples train D here)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ganstudio.config import RunConfig
from ganstudio.game import DISCRIMINATOR, Door, Game, Term
from ganstudio.techniques.technique import Technique, first_of, needs_latents, needs_pixels

if TYPE_CHECKING:
    from torch import Tensor

_PIXEL = 2.0 / 255.0
_PATH = "techniques.perturbation"


def apply(game: Game, config: RunConfig) -> Game:
    """D's adversarial term is the mean of its values with the real images and with the moved ones."""
    from ganstudio.losses.adversarial import adversarial_loss

    loss = adversarial_loss(config.objective)

    def wrapped(term: Term) -> Term:
        def value(door: Door) -> Tensor:
            plain = term.value(door)
            far: float = door.setting(_PATH)
            if not far:
                return plain
            scores = door.critic(moved(door, far * _PIXEL), door.labels())
            label = door.setting("techniques.real_label")
            return 0.5 * (plain + loss.discriminator(scores, door.score("fake"), real_label=label))

        return replace(term, value=value) if term.name == "adversarial" else term

    return game.with_terms(DISCRIMINATOR, lambda terms: tuple(wrapped(term) for term in terms))


def moved(door: Door, far: float) -> Tensor:
    """This play's real images x - far x sign(grad_x D(x)), kept within [-1, 1]."""
    import torch

    x = door.real().detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(door.critic(x, door.labels()).sum(), x)
    return (x - far * slope.sign()).detach().clamp(-1.0, 1.0)


PERTURBATION = Technique(
    name="perturbation",
    title="Perturbed reals",
    paper="Goodfellow et al. 2015",
    paths=(_PATH,),
    off=0.0,
    help="D also sees real images moved a little to where it likes them less, and must not fall for it.",
    refusal=first_of(needs_latents, needs_pixels),
    apply=apply,
)
