"""Several runs' generators sampled in turn as one model (Wang et al. 2016, "Ensembles of GANs")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ganstudio.errors import UserError
from ganstudio.latent.model import LatentModel
from ganstudio.latent.picking import Picked
from ganstudio.streams import stream_seed

_BATCH = 256


def check_alike(models: Sequence[LatentModel]) -> None:
    """UserError when they do not make the same kind of thing: shape, number of classes, and what these mean."""
    first = models[0]
    for position, other in enumerate(models[1:], start=2):
        which = f"Run {position} cannot be drawn from beside the first: it"
        if other.output_shape != first.output_shape:
            raise UserError(f"{which} makes {_words(other)}, not {_words(first)}.")
        if other.num_classes != first.num_classes:
            raise UserError(f"{which} has {other.num_classes or 'no'} classes, not {first.num_classes or 'none'}.")
        if first.num_classes and other.classes != first.classes:
            raise UserError(f"{which} has other classes ({_some(other.classes)}, not {_some(first.classes)}).")


def seed_of(seed: int, member: int) -> int:
    """The seed of a member's latents: the first draws what it draws alone, and no two draw from the same latents."""
    return stream_seed(seed, "ensemble", member) if member else seed


def each_of(count: int, members: int, block: int) -> int:
    """How many samples a member is asked for, so that `count` come of all of them in whole blocks."""
    return -(-count // (members * block)) * block


def in_turn(streams: Sequence[Iterator[Picked]], count: int, block: int) -> Iterator[Picked]:
    """`count` samples of `streams`, one a member, each of which gives `each_of` them: a block of the first, one of the
    second, and so on. With all classes in turn a block is one of each, so that every member makes every class."""
    rounds = max(1, _BATCH // (len(streams) * block))
    takers = [_Taker(stream) for stream in streams]
    left = each_of(count, len(streams), block) // block
    done = 0
    while done < count:
        taken = min(rounds, left)
        pieces = [taker.take(taken * block) for taker in takers]
        size = min(taken * block * len(streams), count - done)
        yield _woven(pieces, block, size)
        left -= taken
        done += size


class _Taker:
    """Takes as many samples from a stream as are wanted, whatever pieces it comes in."""

    def __init__(self, stream: Iterator[Picked]) -> None:
        self._stream = stream
        self._rest: Picked | None = None

    def take(self, count: int) -> Picked:
        pieces = [] if self._rest is None else [self._rest]
        while sum(map(len, pieces)) < count:
            pieces.append(next(self._stream))
        every = _joined(pieces)
        self._rest = _cut(every, slice(count, None)) if len(every) > count else None
        return _cut(every, slice(count))


def _woven(pieces: Sequence[Picked], block: int, size: int) -> Picked:
    """The first `size` of members' samples, a block of each at a time."""
    rounds = len(pieces[0]) // block
    order = np.arange(len(pieces) * rounds * block).reshape(len(pieces), rounds, block).swapaxes(0, 1).reshape(-1)
    return _cut(_joined(pieces), order[:size])


def _joined(pieces: Sequence[Picked]) -> Picked:
    labels = [piece.labels for piece in pieces if piece.labels is not None]
    scores = [piece.scores for piece in pieces if piece.scores is not None]
    return Picked(
        np.concatenate([piece.made for piece in pieces]),
        np.concatenate(labels) if labels else None,
        np.concatenate(scores) if scores else None,
    )


def _cut(piece: Picked, where: slice | np.ndarray) -> Picked:
    return Picked(
        piece.made[where],
        None if piece.labels is None else piece.labels[where],
        None if piece.scores is None else piece.scores[where],
    )


def _words(model: LatentModel) -> str:
    if model.makes_points:
        return "points"
    channels, height, width = model.output_shape
    return f"{'colour' if channels == 3 else 'grey'} images of {width} x {height} px"


def _some(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:3]) + (", …" if len(classes) > 3 else "") if classes else "without names"
