"""Samples of a run in a stream: each one as it comes, or the best of a few. Memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ganstudio.config import RunConfig
from ganstudio.data.store import prepare, training_indices
from ganstudio.errors import UserError
from ganstudio.evaluation.pairs import blocks
from ganstudio.evaluation.slices import Slice
from ganstudio.latent.anomaly import load_critic
from ganstudio.latent.model import LatentModel
from ganstudio.networks.discriminator import Discriminator
from ganstudio.training.checkpoint import read_manifest

By = Literal["critic", "distance"]
BY: Final[tuple[By, ...]] = ("critic", "distance")
"""What D thinks of a sample, or how far it is from the nearest training image."""
MOST_CANDIDATES: Final = 64
_BATCH = 256
_BATCH_EMBEDDED = 32
"""Images that go through a feature network at once: a slice of a fraction of a second on one core."""
_MOST_REALS = 10_000

Made = NDArray[Any]
"""Images uint8 (N, H, W, C), or points float32 (N, 2)."""
Labels = NDArray[np.int64] | None
Judge = Callable[[Made, Labels], NDArray[np.float64]]
"""Scores (N,) of what was made as the classes: the higher, the rather it is picked."""
Report = Callable[[Slice], None]
"""Told of each slice; may raise to break off."""


@dataclass(frozen=True, eq=False)
class Picked:
    """N samples: what was `made`, the `labels` (N,) where there are classes, the `scores` (N,) of a judge."""

    made: Made
    labels: Labels = None
    scores: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.made)


def pick(
    model: LatentModel,
    count: int,
    seed: int,
    label: int | None = None,
    *,
    candidates: int = 1,
    judge: Judge | None = None,
    batch: int = _BATCH,
) -> Iterator[Picked]:
    """`count` samples in batches, of `label` or of all classes in turn. With a judge each is the highest scored of so
    many `candidates` of its class, so that neither the classes' shares change nor one mode takes all places.

    The first samples do not depend on `count`. UserError when there is no such class.
    """
    if judge is None:
        for made, labels in model.samples(count, seed, label):
            yield Picked(made, labels)
        return
    size = max(1, batch // candidates) * candidates
    for made, labels in model.samples(count * candidates, seed, label, size, candidates):
        scores = judge(made, labels).reshape(-1, candidates)
        best = scores.argmax(axis=1) + np.arange(len(scores)) * candidates
        yield Picked(made[best], None if labels is None else labels[best], scores.max(axis=1).astype(np.float32))


def find_judge(checkpoint: Path, model: LatentModel, by: By, report: Report) -> tuple[Judge, int]:
    """The judge of a run's samples, and how many it takes at once. UserError when the run has none of that kind, or its
    training data are gone."""
    if by == "critic":
        critic = load_critic(checkpoint)
        if critic is None:
            raise UserError(
                "This run's discriminator does not score single samples: they can only be told by distance."
            )
        return CriticJudge(critic), _BATCH
    config = read_manifest(checkpoint).config
    if model.makes_points:
        return _point_distances(config), _BATCH
    return _image_distances(config, report), _BATCH_EMBEDDED


class CriticJudge:
    """D's logits: the higher, the more real a sample of its class looks to it."""

    def __init__(self, critic: Discriminator) -> None:
        self._critic = critic
        self._device = next(critic.parameters()).device

    @torch.no_grad()
    def __call__(self, made: Made, labels: Labels) -> NDArray[np.float64]:
        x = torch.tensor(made, device=self._device)
        if made.ndim == 4:
            x = x.permute(0, 3, 1, 2).to(torch.float32).div(127.5).sub(1)
        y = None if labels is None else torch.tensor(labels, device=self._device)
        logits = self._critic(x, y)
        scores: NDArray[np.float64] = logits.double().cpu().numpy()
        return scores


class DistanceJudge:
    """The distance of a sample's features to the nearest of those of training images (N, F): what is far is new."""

    def __init__(self, reals: NDArray[np.float32], embed: Callable[[Made], NDArray[np.float32]]) -> None:
        self._reals, self._embed = reals, embed

    def __call__(self, made: Made, labels: Labels) -> NDArray[np.float64]:
        nearest = [block.distances().amin(dim=1).numpy() for block in blocks(self._embed(made), self._reals)]
        return np.concatenate(nearest)


def _point_distances(config: RunConfig) -> Judge:
    """Distances in the plane."""
    from sklearn.neighbors import KDTree

    store = prepare(config.dataset)
    tree = KDTree(np.asarray(store.images[training_indices(store, config.dataset)], np.float64))

    def judge(made: Made, _labels: Labels) -> NDArray[np.float64]:
        nearest: NDArray[np.float64] = tree.query(made, k=1)[0][:, 0]
        return nearest

    return judge


def _image_distances(config: RunConfig, report: Report) -> DistanceJudge:
    from ganstudio.evaluation.extractors import MobileNetExtractor
    from ganstudio.evaluation.reals import Reals

    extractor = MobileNetExtractor()
    work = Reals(prepare(config.dataset), config.dataset, extractor, most=_MOST_REALS).features()
    while True:
        try:
            report(next(work))
        except StopIteration as end:
            features: NDArray[np.float32] = end.value
            return DistanceJudge(features, lambda made: extractor(made).features)
