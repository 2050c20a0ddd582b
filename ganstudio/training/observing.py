"""What an observer of a run may read at a log step. Observers change nothing: training is bit-exact with or without."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor, nn

from ganstudio.data.batches import Batches
from ganstudio.game import Cursor, Game, Kind, Phase

KEPT_IMAGES, KEPT_POINTS = 64, 512
_KEPT_LOGITS = 512


@dataclass
class Recent:
    """What the first player (D) was shown last: `KEPT_IMAGES` of each kind (`KEPT_POINTS`) or one batch where that is
    more, and logits a play, (N,) each; tensors without graphs, on the device."""

    images: dict[Kind, deque[Tensor]] = field(default_factory=lambda: {"real": deque(), "fake": deque()})
    logits: dict[Kind, deque[Tensor]] = field(default_factory=lambda: {"real": deque(), "fake": deque()})

    def add(self, kind: Kind, images: Tensor | None, logits: Tensor | None) -> None:
        """Keep what one play has shown, where it has."""
        if images is not None:
            _push(self.images[kind], images, KEPT_POINTS if images.dim() == 2 else KEPT_IMAGES)
        if logits is not None:
            _push(self.logits[kind], logits, _KEPT_LOGITS)

    def clear_logits(self) -> None:
        """Begin a new interval of the plots."""
        for kept in self.logits.values():
            kept.clear()


@dataclass(frozen=True, kw_only=True)
class Observed:
    """A run at a log step, to be read only."""

    cursor: Cursor
    phase: Phase
    game: Game
    parameters: Mapping[str, Sequence[nn.Parameter]]
    """What each player trains."""
    recent: Recent
    batches: Mapping[str, Batches]
    """Images by domain; empty for a trainer that was handed none."""
    autocast: torch.dtype | None = None


class Observer(Protocol):
    """Measures a run at its log steps, between two rounds; what it returns joins the plots' scalars.

    Networks, their statistics and every random stream must be left as they are.
    """

    def begin(self, observed: Observed) -> None:
        """Called once, before the first step of a session."""

    def __call__(self, observed: Observed) -> Mapping[str, float]:
        """Scalars by name."""


def _push(kept: deque[Tensor], piece: Tensor, most: int) -> None:
    if kept and kept[0].shape[1:] != piece.shape[1:]:
        kept.clear()  # the resolution has grown
    kept.append(piece)
    while len(kept) > 1 and sum(map(len, kept)) - len(kept[0]) >= most:
        kept.popleft()
