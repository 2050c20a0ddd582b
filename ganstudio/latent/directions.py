"""Directions in latent space along which images change: found in the generator, in its features, or by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.latent.grouping import mean_difference
from ganstudio.latent.layers import Labels, entrance, entrance_weights
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents

Latent = NDArray[np.float32]
Kind = Literal["sefa", "pca", "axes"]
KINDS: tuple[Kind, ...] = ("sefa", "pca", "axes")
_FEATURES_OF = 1000
"""Latents whose features are analysed; at least `_TIMES` as many as a latent has numbers."""
_TIMES = 4
_BATCH = 20
_AROUND = 8
"""Latents around which the effect of a coordinate is measured."""


@dataclass(frozen=True, eq=False)
class Direction:
    """A unit `vector` (latent size,) of latent space. `share` (0 to 1) is its part of the variance, or of the effect,
    of all directions of its kind; None where that means nothing."""

    name: str
    vector: Latent
    share: float | None = None

    def along(self, z: Latent) -> float:
        """How far a latent (latent size,) lies along the direction; standard normal where z is."""
        return float(self.vector @ z)

    def moved(self, z: Latent, value: float) -> Latent:
        """The latent (latent size,) moved along the direction, and along it alone, until it lies `value` far."""
        step = np.float64(value) - self.vector.astype(np.float64) @ z.astype(np.float64)
        moved: Latent = (z + step * self.vector.astype(np.float64)).astype(np.float32)
        return moved


def directions(
    model: LatentModel, kind: Kind, labels: Labels | None = None, *, pause: Callable[[], None] | None = None
) -> list[Direction]:
    """All directions of a kind, those with the largest share first. `labels` (1, ...) is the class where there are any:
    SeFa does not depend on it. `pause` is called every few milliseconds, to let something more urgent through."""
    make: dict[Kind, Callable[[], list[Direction]]] = {
        "sefa": lambda: sefa(model),
        "pca": lambda: principal(model, labels, pause=pause),
        "axes": lambda: axes(model, labels, pause=pause),
    }
    return make[kind]()


def sefa(model: LatentModel) -> list[Direction]:
    """The eigenvectors of A^T A, the largest eigenvalue first, of the weights A by which the latent enters (Shen & Zhou
    2021, equation 5); several such layers are one tall A. The share is the eigenvalue's of their sum."""
    weights = torch.cat(entrance_weights(model))
    values, vectors = torch.linalg.eigh(weights.T @ weights)
    shares = _shares(values.flip(0).clamp(min=0).cpu().numpy())
    return _numbered("SeFa", vectors.flip(1).T.cpu().numpy(), shares)


def principal(
    model: LatentModel, labels: Labels | None = None, *, pause: Callable[[], None] | None = None
) -> list[Direction]:
    """The principal components of the generator's early features, as directions of latent space (Härkönen et al. 2020,
    section 2.2): each is the regression of latents on the features' coordinate along a component. The share is the
    component's of the features' variance.

    The features are what enters the layer behind those that take the latent.
    """
    z = latents(0, max(_FEATURES_OF, _TIMES * model.latent_size), model.latent_size)
    found = features(model, z, labels, pause=pause)
    centred = found - found.mean(axis=0)
    coordinates, variances = _components(centred)
    count = min(model.latent_size, int(np.count_nonzero(variances > 1e-9 * variances.max(initial=0.0))))
    slopes = (coordinates[:, :count] / np.maximum(variances[:count], 1e-300)).T @ z.astype(np.float64) / len(z)
    return _numbered("PCA", slopes, _shares(variances)[:count])


def axes(
    model: LatentModel, labels: Labels | None = None, *, pause: Callable[[], None] | None = None
) -> list[Direction]:
    """The coordinates, those that change the image most first. The share is of the squared change from -1 to +1, on
    average around a few latents."""
    size = model.latent_size
    around = latents(0, _AROUND, size)
    effects = np.zeros(size)
    steps = np.concatenate([np.eye(size, dtype=np.float32), -np.eye(size, dtype=np.float32)])
    for base in around:
        places = np.where(steps != 0, steps, base)
        made = np.concatenate([_made(model, piece, labels) for piece in _pieces(places, pause)])
        effects += np.square(made[:size] - made[size:]).sum(axis=1)
    shares = _shares(effects)
    order = np.argsort(-shares, kind="stable")
    identity = np.eye(size, dtype=np.float32)
    return [Direction(f"z {index + 1}", _frozen(identity[index]), float(shares[index])) for index in order]


def between(name: str, without: Iterable[Latent], having: Iterable[Latent]) -> Direction:
    """The direction from the mean of one group of latents to that of another, such as images without and with a smile.

    UserError when a group is empty or their means are the same.
    """
    return Direction(name, mean_difference(without, having))


def features(
    model: LatentModel, z: Latent, labels: Labels | None = None, *, pause: Callable[[], None] | None = None
) -> NDArray[np.float64]:
    """What enters the layer behind those that take the latent, of latents (N, latent size): (N, F).

    Of a generator of a single layer it is what that makes.
    """
    where = entrance(model)
    pieces: list[Tensor] = []

    def keep(value: Tensor) -> None:
        pieces.append(value.detach().flatten(1).to(torch.float64).cpu())

    module = model.generator.get_submodule(where.after or where.first[0])
    if where.after is not None:
        hook = module.register_forward_pre_hook(lambda _module, given: keep(given[0]))
    else:
        hook = module.register_forward_hook(lambda _module, _given, output: keep(output))
    try:
        for piece in _pieces(z, pause):
            _made(model, piece, labels)
    finally:
        hook.remove()
    return torch.cat(pieces).numpy()


def _components(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates (N, K) of centred features (N, F) along their principal components, and the variances (K,), by the
    smaller of the two products of the features with themselves."""
    x = torch.from_numpy(centred)
    count = len(x)
    if x.shape[1] <= count:
        values, vectors = torch.linalg.eigh(x.T @ x / count)
        return (x @ vectors.flip(1)).numpy(), values.flip(0).clamp(min=0).numpy()
    values, vectors = torch.linalg.eigh(x @ x.T / count)
    values = values.flip(0).clamp(min=0)
    return (vectors.flip(1) * (values * count).sqrt()).numpy(), values.numpy()


def _made(model: LatentModel, z: Latent, labels: Labels | None) -> NDArray[np.float32]:
    """What a batch of latents becomes, flat (N, numbers), all of one class."""
    every: Any = None if labels is None else np.repeat(labels[:1], len(z), axis=0)
    with torch.inference_mode():
        made = model.generate(torch.tensor(z, device=model.device), every)
        array: NDArray[np.float32] = made.flatten(1).to(torch.float32).cpu().numpy()
        return array


def _pieces(z: Latent, pause: Callable[[], None] | None) -> Iterator[Latent]:
    for start in range(0, len(z), _BATCH):
        if pause is not None:
            pause()
        yield z[start : start + _BATCH]


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    total = float(values.sum())
    return values / total if total > 0 else np.zeros_like(values)


def _numbered(word: str, vectors: NDArray[np.float64], shares: NDArray[np.float64]) -> list[Direction]:
    """Directions of unit length whose largest number is positive, so that they are the same wherever they are found."""
    found = []
    for index, (vector, share) in enumerate(zip(vectors, shares, strict=True), 1):
        largest = vector[int(np.argmax(np.abs(vector)))]
        length = float(np.linalg.norm(vector)) * (1.0 if largest > 0 else -1.0)
        found.append(Direction(f"{word} {index}", _frozen(vector / length), float(share)))
    return found


def _frozen(vector: NDArray[np.float64] | Latent) -> Latent:
    copy = np.array(vector, np.float32)
    copy.setflags(write=False)
    return copy
