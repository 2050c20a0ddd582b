"""The shape of every variant: networks, players, terms, phases. Types only; `ganstudio.training` plays the game.

A loss reaches networks, data and randomness only through the `Door`. That is what lets one loop play every game and
makes resuming, lazy penalties and schedules exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

Kind = Literal["real", "fake"]
Subject = Literal["images", "points"]
Task = Literal["latent", "conditional", "points", "image-to-image"]
GENERATOR = "generator"
DISCRIMINATOR = "discriminator"
SOURCE, TARGET = "source", "target"
"""Domains of data; all but image-to-image games have the first only."""


@dataclass(frozen=True)
class DataShape:
    """What a game needs to know of its data: side in pixels, channels (1 or 3), and number of classes (0: none).

    Of points in a plane, `resolution` is 1 and `channels` the numbers of a point.
    """

    resolution: int
    channels: int
    num_classes: int = 0
    subject: Subject = "images"


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
    D has been shown before this round; schedules follow `images`. `stage` is the last stage that has been entered."""

    step: int = 0
    play: int = 0
    images: int = 0
    stage: int = 0


class Door(Protocol):
    """All that a term may touch during one play."""

    cursor: Cursor
    player: str
    phase: Phase
    memory: Mapping[str, nn.Module]

    def setting(self, path: str) -> Any:
        """The live value of a config path."""

    def net(self, name: str) -> Callable[..., Tensor]:
        """A network. Those of other players are frozen: no gradient for their parameters, statistics stand still."""

    def run(self, name: str, *inputs: Tensor) -> Tensor:
        """Float32 output of a network, computed in the precision of the run."""

    def critic(
        self, x: Tensor, y: Tensor | None = None, *, name: str = DISCRIMINATOR, stream: str = "critic"
    ) -> Tensor:
        """Float32 logits (N,) or (N, patches) of `x` as D sees it, noise and augmentation applied; classes `y` (N,).

        Passes of one play with different `stream`s draw different noise.
        """

    def observe(self, kind: Kind, logits: Tensor) -> None:
        """Let the plots show these logits on real or generated images; for games that score without `score`."""

    def features(self, kind: Kind) -> Tensor:
        """D's features (N, F), float32, of this play's real or generated images; of the same pass as `score`."""

    def score(self, kind: Kind) -> Tensor:
        """D's logits (N,) on this play's real or generated images; one pass for both where D treats samples singly."""

    def slope(self, kind: Kind) -> Tensor:
        """The gradient of D's logits by this play's real or generated images (N, C, H, W), with its graph.

        Only for inputs that a term of this play lists in `input_grad`; one backward pass serves all of them.
        """

    def real(self, domain: str = SOURCE) -> Tensor:
        """The real images of this play: float32 (N, C, H, W) in [-1, 1]; points: float32 (N, 2)."""

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

    def lookahead(self, player: str, steps: int) -> Door:
        """The same door after `steps` updates of another player on this play's data, differentiable through them."""


@runtime_checkable
class Shown(Protocol):
    """A memory that plots show."""

    def shown(self) -> Mapping[str, Tensor]:
        """Scalars by name."""


@runtime_checkable
class Pacing(Protocol):
    """A memory that slows players down. The trainer has it settled every few rounds, and reads it then only."""

    def settle(self) -> None:
        """Set the pace by what has been seen so far."""

    def pace(self) -> Mapping[str, Tensor]:
        """Shares of the learning rates, scalars, by config section of the optimiser."""


Value = Callable[[Door], "Tensor"]
View = Callable[[Door, "Tensor", str], "Tensor"]
"""What is done to anything before D sees it, such as noise: (door, images, stream) -> images. `stream` names the pass,
so that two passes of one play draw different numbers."""
After = Callable[[Door], None]


@dataclass(frozen=True, kw_only=True)
class Term:
    """One summand of a player's loss: value x live weight, on every `every`-th step with `every` times the weight.

    `weight` is the path of a live setting (a weight of 0 skips the term); None means 1. `input_grad` names the inputs
    ("real", "fake") that `value` differentiates by. `scheduled` weights follow the schedule of penalties.
    """

    name: str
    value: Value
    weight: str | None = None
    every: int = 1
    input_grad: tuple[Kind, ...] = ()
    scheduled: bool = False


@dataclass(frozen=True, kw_only=True)
class Phase:
    """The plays of a round and the terms of each player while it lasts.

    `resolution` and `fade` in (0, 1] are for networks that grow: the new resolution's share of the image.
    The optimisers start anew when `stage` goes up.
    """

    name: str
    plays: tuple[str, ...]
    terms: Mapping[str, tuple[Term, ...]]
    resolution: int | None = None
    fade: float = 1.0
    stage: int = 0


@dataclass(frozen=True, kw_only=True)
class Player:
    """Networks that are trained together. `optimizer` is the config section of its optimiser.

    `after` is done, without gradients, once the player has stepped: weights clipped, a pool filled.
    """

    name: str
    networks: tuple[str, ...]
    optimizer: str
    after: tuple[After, ...] = ()
    frozen: frozenset[str] = frozenset()
    """Parameters that stay as they are, as ``<network>.<parameter>``."""


Setting = Callable[[str], Any]
Networks = Mapping[str, "nn.Module"]


@dataclass(frozen=True, kw_only=True)
class Translation:
    """What an image-to-image game shows. `show` maps images of each domain (N, C, H, W) in [-1, 1] to the columns of
    the grid, in order and of one size; `translate` maps inputs to what they become, `scale` times as large a side."""

    columns: tuple[str, ...]
    show: Callable[[Networks, Mapping[str, Tensor]], tuple[Tensor, ...]]
    translate: Callable[[Networks, Tensor], Tensor]
    directions: Mapping[str, Callable[[Networks, Tensor], Tensor]] = field(default_factory=dict)
    """Translations by the domain that they lead to, where there is more than one; `translate` is the first."""
    scale: int = 1
    as_input: Callable[[Tensor], Tensor] = lambda images: images
    """What images of the data look like as inputs: the same, or smaller where G enlarges."""


@dataclass(frozen=True, kw_only=True)
class Game:
    """What a variant builds: everything the trainer needs, and nothing about how it is trained.

    `phase(cursor, setting)` is a pure function of where training stands (the same during a round) and of live settings.
    `generate(networks, z, y)` maps latents (N, latent size) and classes (N,) to images (N, C, H, W) in [-1, 1], or to
    points (N, 2); None for image-to-image games, which have a `translation` in its place. `enter` prepares networks,
    the averaged ones too, for a phase. `helpers` are networks that stay as they are: moved to the device, never saved.
    """

    networks: dict[str, nn.Module]
    players: tuple[Player, ...]
    phase: Callable[[Cursor, Setting], Phase]
    generate: Callable[[Networks, Tensor, Tensor | None], Tensor] | None = None
    latent_size: int = 0
    num_classes: int = 0
    subject: Subject = "images"
    ema: tuple[str, ...] = (GENERATOR,)
    memory: dict[str, nn.Module] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    enter: Callable[[Phase, Networks], None] | None = None
    translation: Translation | None = None
    domains: tuple[str, ...] = (SOURCE,)
    helpers: dict[str, nn.Module] = field(default_factory=dict)
    extra: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)
    """Terms by player that join those of every phase; how techniques add theirs."""
    real_view: Callable[[Phase, Tensor], Tensor] | None = None
    """How real images look in a phase, such as at a lower resolution."""
    generate_small: Callable[[Networks, Tensor, Tensor | None], Tensor] | None = None
    """What plays take in the place of `generate`: generated images as small as `real_view` makes the real ones."""

    def with_terms(self, player: str, change: Callable[[tuple[Term, ...]], tuple[Term, ...]]) -> Game:
        """The game with the terms of `player` changed, in every phase in which it has any."""

        def phase(cursor: Cursor, setting: Setting) -> Phase:
            found = self.phase(cursor, setting)
            if player not in found.terms:
                return found
            return replace(found, terms={**found.terms, player: change(found.terms[player])})

        return replace(self, phase=phase)

    def with_extra(self, player: str, *terms: Term) -> Game:
        """The game with more terms for `player`, in every phase."""
        return replace(self, extra={**self.extra, player: (*self.extra.get(player, ()), *terms)})

    def with_after(self, player: str, *after: After) -> Game:
        """The game with something more to do after each step of `player`."""
        players = tuple(replace(p, after=(*p.after, *after)) if p.name == player else p for p in self.players)
        return replace(self, players=players)

    def with_memory(self, name: str, memory: nn.Module) -> Game:
        """The game with one more memory, reached through ``door.memory``."""
        return replace(self, memory={**self.memory, name: memory})
