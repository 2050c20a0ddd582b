"""Inversion: the latent whose image is nearest to a given one, by optimisation in latent space (Zhu et al. 2016,
section 3.1, with several starts in place of a trained encoder)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.data.sources import fit
from ganstudio.errors import UserError
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents
from ganstudio.networks.perceptual import PerceptualDistance
from ganstudio.streams import stream_seed

_BATCH = 32
_BETAS = (0.9, 0.99)


@dataclass(frozen=True)
class Round:
    """Adam on the best `starts` latents for `steps`, at a rate that falls from `rate` to 0 along half a cosine."""

    starts: int
    steps: int
    rate: float


@dataclass(frozen=True)
class Search:
    """How a latent is searched for: the nearest of `tries` random latents of each class start; after every round the
    best go on. `features` weighs the distance of MobileNetV2's features against that of the pixels."""

    tries: int = 1024
    rounds: tuple[Round, ...] = (Round(32, 100, 0.2), Round(8, 150, 0.1), Round(3, 400, 0.1))
    features: float = 0.0
    seed: int = 0

    @property
    def steps(self) -> int:
        """All steps of a search."""
        return sum(each.steps for each in self.rounds)


DEFAULT = Search()


@dataclass(frozen=True, eq=False)
class Found:
    """The nearest latent (latent size,), its class where there are classes, and how far off its image is: the mean
    absolute error of pixels on [0, 1], or the distance of points. `done` is the part of the search that is over."""

    z: NDArray[np.float32]
    label: int | None
    error: float
    done: float


Progress = Callable[[Found], bool]
"""Told the best so far from time to time; False ends the search."""


def invert(
    model: LatentModel,
    image: NDArray[Any],
    search: Search = DEFAULT,
    *,
    label: int | None = None,
    progress: Progress | None = None,
    pause: Callable[[], None] | None = None,
) -> Found:
    """The latent of an image uint8 (H, W, 1 or 3), which is cropped and scaled to the model's, or of a point (2,).

    All classes are tried unless `label` names one. A search that `progress` ends gives the best so far.
    `pause` is called every few milliseconds, to let something more urgent through.
    """
    work = _Inversion(model, _target(model, image), search, label, pause or _go_on)
    for found in work.run():
        if progress is not None and not progress(found):
            break
    return work.found


def fitted(model: LatentModel, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Any picture uint8 (H, W, 1 or 3) as the model's are: cropped to the middle square and scaled (S, S, C)."""
    channels, side, _ = model.output_shape
    return fit(image, side, channels)


def _target(model: LatentModel, image: NDArray[Any]) -> Tensor:
    """What is searched for, as the generator makes it: (1, C, H, W) in [-1, 1], or (1, 2)."""
    if model.makes_points:
        if image.shape != (2,):
            raise UserError("This run makes points: give a point of two numbers to search for.")
        return torch.tensor(image[None], dtype=torch.float32, device=model.device)
    pixels = torch.tensor(fitted(model, image)[None], device=model.device)
    return pixels.permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1.0


def _go_on() -> None:
    """Nothing is more urgent."""


class _Inversion:
    def __init__(
        self, model: LatentModel, target: Tensor, search: Search, label: int | None, pause: Callable[[], None]
    ) -> None:
        if label is not None and not 0 <= label < model.num_classes:
            raise UserError(f"There is no class {label}; this run has {model.num_classes}.")
        self._model, self._target, self._search, self._pause = model, target, search, pause
        self._classes = range(model.num_classes) if label is None else range(label, label + 1)
        wanted = search.features and not model.makes_points
        self._distance = PerceptualDistance().to(model.device) if wanted else None
        self._done = 0
        self.found = Found(np.zeros(model.latent_size, np.float32), label, math.inf, 0.0)

    def run(self) -> Iterator[Found]:
        """Yields the best so far, and keeps it in `found`."""
        z, labels = self._begin()
        yield self.found
        for each in self._search.rounds:
            z, labels = z[: each.starts], None if labels is None else labels[: each.starts]
            best, least = z.clone(), self._losses(z, labels)[0].detach()
            z = z.clone().requires_grad_()
            adam = torch.optim.Adam([z], lr=each.rate, betas=_BETAS)
            for step in range(each.steps):
                adam.param_groups[0]["lr"] = 0.5 * each.rate * (1.0 + math.cos(math.pi * step / each.steps))
                losses, _ = self._losses(z, labels)
                better = losses.detach() < least
                least = torch.where(better, losses.detach(), least)
                best = torch.where(better[:, None], z.detach(), best)
                (z.grad,) = torch.autograd.grad(losses.sum(), z)
                adam.step()
                self._done += 1
                if step % 10 == 9 or step == each.steps - 1:
                    order = least.argsort()
                    self._keep(best[order[0]], None if labels is None else labels[int(order[0])])
                    yield self.found
            order = least.argsort()
            z, labels = best[order], None if labels is None else labels[order.cpu().numpy()]

    @torch.no_grad()
    def _begin(self) -> tuple[Tensor, NDArray[np.int64] | None]:
        """Random latents, the nearest first; where there are classes, the best of each class come before the rest."""
        seed, size = stream_seed(self._search.seed, "inversion"), self._model.latent_size
        every = torch.from_numpy(latents(seed, self._search.tries, size)).to(self._model.device)
        if not self._model.num_classes:
            order = self._tried(every, None).argsort()
            z, labels = every[order], None
        else:
            tried = [(self._tried(every, label), label) for label in self._classes]
            distances = torch.cat([distance for distance, _ in tried])
            labels = np.repeat(np.array(self._classes, np.int64), len(every))
            first = torch.zeros_like(distances)
            for index, (distance, _) in enumerate(tried):
                first[index * len(every) + int(distance.argmin())] = 1.0
            order = (distances - first * (1.0 + distances.max())).argsort()
            z, labels = every.repeat(len(tried), 1)[order], labels[order.cpu().numpy()]
        self._keep(z[0], None if labels is None else labels[0])
        return z, labels

    def _tried(self, z: Tensor, label: int | None) -> Tensor:
        pieces = []
        for piece in torch.split(z, _BATCH):
            labels = None if label is None else np.full(len(piece), label, np.int64)
            pieces.append(self._losses(piece, labels)[0])
        return torch.cat(pieces)

    def _losses(self, z: Tensor, labels: NDArray[np.int64] | None) -> tuple[Tensor, Tensor]:
        """Of each latent what is minimised (N,), and its error alone (N,)."""
        self._pause()
        made = self._model.generate(z, labels)
        if self._model.makes_points:
            errors = (made - self._target).square().sum(dim=1).add(1e-12).sqrt()
            return errors, errors
        errors = (self._within(made) - self._target).abs().mean(dim=(1, 2, 3)) / 2
        if self._distance is None:
            return errors, errors
        pairs = ((each[None], self._target) for each in made)
        distances = torch.stack([self._distance(mine, theirs) for mine, theirs in pairs])
        return errors + self._search.features * distances, errors

    def _within(self, made: Tensor) -> Tensor:
        """Images with what lies beyond black or white, where that is wanted, as black or white: it is drawn so."""
        made = torch.where(self._target >= 1.0, made.clamp(max=1.0), made)
        return torch.where(self._target <= -1.0, made.clamp(min=-1.0), made)

    @torch.no_grad()
    def _keep(self, z: Tensor, label: np.int64 | None) -> None:
        labels = None if label is None else np.array([label])
        error = float(self._losses(z[None].detach(), labels)[1])
        done = self._done / max(1, self._search.steps)
        self.found = Found(z.detach().cpu().numpy().copy(), None if label is None else int(label), error, done)
