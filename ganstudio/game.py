"""The shape of every variant: networks, players, terms, phases. Types only; `ganstudio.training` plays the game.

A loss reaches networks, data and randomness only through the `Door`. That is what lets one loop play every game and
makes resuming, lazy penalties and schedules exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Kind = Literal["real", "fake"]
GENERATOR = "generator"
DISCRIMINATOR = "discriminator"


@dataclass(frozen=True)
class DataShape:
    """What a game needs to know of its data: side in pixels, channels (1 or 3), and number of classes (0: none)."""

    resolution: int
    channels: int
    num_classes: int = 0


def stages(resolution: int) -> tuple[int, int] | None:
    """(base, doublings) with ``resolution == base * 2**doublings`` and base from 4 to 7; None when there are none.

    Networks grow from a `base` x `base` image by doubling: 28 = 7 x 2 x 2, 32 = 4 x 2 x 2 x 2.
    """
    base, doublings = resolution, 0
    while base > 7 and base % 2 == 0:
        base, doublings = base // 2, doublings + 1
    return (base, doublings) if 4 <= base <= 7 and doublings else None


def is_growable(resolution: int) -> bool:
    """Whether networks can grow to `resolution` by doubling."""
    return stages(resolution) is not None


@dataclass(frozen=True)
class Cursor:
    """Where training stands. `step` counts rounds, `play` the plays within the round, `images` the real images that
    D has been shown before this round; schedules follow `images`."""

    step: int = 0
    play: int = 0
    images: int = 0


class Door(Protocol):
    """All that a term may touch during one play."""

    cursor: Cursor
    player: str

    def setting(self, path: str) -> Any:
        """The live value of a config path."""

    def net(self, name: str) -> nn.Module:
        """A network. Those of other players are frozen: no gradient for their parameters, statistics stand still."""

    def critic(self, x: Tensor, y: Tensor | None = None, *, name: str = DISCRIMINATOR) -> Tensor:
        """Float32 logits (N,) of images `x` (N, C, H, W) with classes `y` (N,); a play's terms share one pass."""

    def score(self, kind: Kind) -> Tensor:
        """D's logits (N,) on this play's real or generated images; one pass for both where D treats samples singly."""

    def slope(self, kind: Kind) -> Tensor:
        """The gradient of D's logits by this play's real or generated images (N, C, H, W), with its graph.

        Only for inputs that a term of this play lists in `input_grad`; one backward pass serves all of them.
        """

    def real(self) -> Tensor:
        """The real images of this play: float32 (N, C, H, W) in [-1, 1]."""

    def labels(self) -> Tensor | None:
        """The classes (N,) int64 of this play's real images; None for a game without classes."""

    def latents(self) -> Tensor:
        """Latents of this play: standard normal (N, latent size)."""

    def fake(self) -> Tensor:
        """Generated images of this play (N, C, H, W); carries G's graph only when G plays."""

    def random(self, stream: str) -> torch.Generator | None:
        """The generator of a named stream at this cursor; None on devices that draw no numbers (meta)."""

    def once(self, key: str, make: Callable[[], Tensor]) -> Tensor:
        """A value computed once a play."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One summand of a player's loss: value x live weight, on every `every`-th step with `every` times the weight.

    `weight` is the path of a live setting (a weight of 0 skips the term); None means 1. `input_grad` names the inputs
    ("real", "fake") that `value` differentiates by.
    """

    name: str
    value: Callable[[Door], Tensor]
    weight: str | None = None
    every: int = 1
    input_grad: tuple[Kind, ...] = ()


@dataclass(frozen=True)
class Phase:
    """The plays of a round and the terms of each player while it lasts."""

    name: str
    plays: tuple[str, ...]
    terms: Mapping[str, tuple[Term, ...]]


@dataclass(frozen=True, kw_only=True)
class Player:
    """Networks that are trained together. `optimizer` is the config section of its optimiser."""

    name: str
    networks: tuple[str, ...]
    optimizer: str


@dataclass(frozen=True, kw_only=True)
class Game:
    """What a variant builds: everything the trainer needs, and nothing about how it is trained.

    `phase(images, setting)` is a pure function of the images seen and of live settings. `generate(networks, z, y)`
    maps latents (N, latent size) and classes (N,) to images (N, C, H, W) in [-1, 1].
    """

    networks: dict[str, nn.Module]
    players: tuple[Player, ...]
    phase: Callable[[int, Callable[[str], Any]], Phase]
    generate: Callable[[Mapping[str, nn.Module], Tensor, Tensor | None], Tensor]
    latent_size: int
    num_classes: int = 0
    ema: tuple[str, ...] = (GENERATOR,)
    memory: nn.Module | None = field(default=None)
