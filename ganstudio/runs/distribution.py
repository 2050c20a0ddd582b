"""Samples of a checkpoint among the reals: their map and clusters, and what its discriminator thinks of each. Imports
torch when called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ganstudio.config import DatasetConfig
from ganstudio.data.store import ImageStore, prepare, training_indices
from ganstudio.errors import UserError
from ganstudio.evaluation.feature_map import CLUSTERS, FEWEST, FeatureMap, Method, feature_map_in_slices
from ganstudio.evaluation.slices import Slice, Slices
from ganstudio.streams import stream_seed

if TYPE_CHECKING:
    from ganstudio.latent.model import LatentModel

Images = NDArray[np.uint8]
Space = Literal["features", "pixels"]
Side = Literal["real", "fake"]
COUNT: Final = 512
_MOST_BYTES: Final = 128_000_000
"""Of images a side: of larger ones there are fewer."""
_MOST_PIXELS: Final = 32
"""Side to which images are shrunk before their pixels are compared."""
_SEED: Final = 0
_BATCH: Final = 32


@dataclass(frozen=True)
class Request:
    """`count` images a side of a checkpoint, compared by an extractor's `features` or by `pixels`."""

    checkpoint: Path
    count: int = COUNT
    space: Space = "features"
    method: Method = "pca"


@dataclass(frozen=True, eq=False)
class Pictures:
    """One side: `images` uint8 (N, H, W, C), their classes (N,) where the run has any, what D scores them (N,), None
    for a run without such a D; `rows` (N,) are the reals' places in the data, or the samples' in their order."""

    images: Images
    labels: NDArray[np.int64] | None
    scores: NDArray[np.float32] | None
    rows: NDArray[np.int64]

    def by_score(self, count: int, *, highest: bool) -> NDArray[np.int64]:
        """Indices of the `count` with the highest scores, or the lowest, most extreme first; none without scores."""
        if self.scores is None:
            return np.empty(0, np.int64)
        order = np.argsort(-self.scores if highest else self.scores, kind="stable")
        return order[:count]


@dataclass(frozen=True, eq=False)
class Distribution:
    """A checkpoint's samples among the reals. `extractor` is empty where pixels were compared."""

    request: Request
    step: int
    map: FeatureMap
    real: Pictures
    fake: Pictures
    classes: tuple[str, ...]
    extractor: str

    def side(self, side: Side) -> Pictures:
        """The reals or the samples."""
        return self.real if side == "real" else self.fake


def look(request: Request) -> Slices[Distribution]:
    """The distribution, in slices. UserError for a run that has no latents or learns points, with too little data, or
    with a damaged checkpoint."""
    from ganstudio.evaluation.critics import scores
    from ganstudio.latent.anomaly import load_critic
    from ganstudio.latent.model import LatentModel
    from ganstudio.training.checkpoint import read_manifest

    model = LatentModel.load(request.checkpoint)
    if model.makes_points:
        raise UserError("A run on points has its map in the Train workspace.")
    config = read_manifest(request.checkpoint).config
    yield Slice("reals", 0, 1)
    store = prepare(config.dataset)
    rows = some_reals(store, config.dataset, request.count)
    if len(rows) < FEWEST:
        raise UserError(f"A feature map needs at least {FEWEST} training images; there are {len(rows)}.")
    real = np.asarray(store.images[rows])
    real_labels = store.labels[rows] if model.num_classes else None
    fake, fake_labels = yield from _samples(model, len(rows), real_labels)
    extractor, real_features, fake_features = yield from _features(request.space, real, fake)
    found = yield from feature_map_in_slices(
        real_features, fake_features, request.method, max(CLUSTERS, model.num_classes)
    )
    critic = load_critic(request.checkpoint)
    yield Slice("scores", 0, 1)
    judged = [None if critic is None else scores(critic, *side) for side in ((real, real_labels), (fake, fake_labels))]
    return Distribution(
        request=request,
        step=model.step,
        map=found,
        real=Pictures(real, real_labels, judged[0], rows),
        fake=Pictures(fake, fake_labels, judged[1], np.arange(len(fake))),
        classes=model.classes,
        extractor=extractor,
    )


def gradient(found: Distribution, side: Side, index: int) -> NDArray[np.floating[Any]]:
    """The gradient (H, W, C) of D's score by the pixels of one of the images that it was found among. UserError for a
    run without such a D."""
    from ganstudio.evaluation.critics import pixel_gradient
    from ganstudio.latent.anomaly import load_critic

    critic = load_critic(found.request.checkpoint)
    if critic is None:
        raise UserError("This run has no discriminator that scores whole images.")
    pictures = found.side(side)
    return pixel_gradient(critic, pictures.images, index, pictures.labels)


@dataclass(frozen=True, eq=False)
class Material:
    """Images that a person is to tell apart: reals and samples, uint8 (N, H, W, C) each, of `step`."""

    real: Images
    fake: Images
    step: int
    time: float


def to_judge(checkpoint: Path, count: int, seed: int) -> Material:
    """`count` reals and as many samples of a checkpoint, others for another `seed`, of the same classes. UserError as
    for `look`."""
    from ganstudio.evaluation.slices import run
    from ganstudio.latent.model import LatentModel
    from ganstudio.training.checkpoint import read_manifest

    model, manifest = LatentModel.load(checkpoint), read_manifest(checkpoint)
    if model.makes_points:
        raise UserError("A run on points makes no pictures to be told apart.")
    store = prepare(manifest.config.dataset)
    rows = some_reals(store, manifest.config.dataset, count, seed)
    if len(rows) < count:
        raise UserError(f"There are only {len(rows)} training images; ask for fewer questions.")
    labels = store.labels[rows] if model.num_classes else None
    fake, _ = run(_samples(model, count, labels, seed))
    return Material(np.asarray(store.images[rows]), fake, model.step, manifest.time)


def some_reals(store: ImageStore, dataset: DatasetConfig, count: int, seed: int = _SEED) -> NDArray[np.int64]:
    """Which training images are looked at: `count` of them, or as many as there are or as memory is meant for."""
    training = training_indices(store, dataset)
    fit = _MOST_BYTES // max(1, int(np.prod(store.images.shape[1:])))
    chosen = np.random.default_rng(stream_seed(seed, "distribution")).permutation(training)
    return np.sort(chosen[: min(count, fit)])


def _samples(
    model: LatentModel, count: int, labels: NDArray[np.int64] | None, seed: int = _SEED
) -> Slices[tuple[Images, NDArray[np.int64] | None]]:
    """As many samples, of the reals' classes: else what differs would be how often each class is asked for."""
    from ganstudio.latent.sampling import latents

    z = latents(seed, count, model.latent_size)
    made = []
    for start in range(0, count, _BATCH):
        part = slice(start, start + _BATCH)
        made.append(model.draw(z[part], None if labels is None else labels[part]))
        yield Slice("samples", min(start + _BATCH, count), count)
    return np.concatenate(made), labels


def _features(space: Space, real: Images, fake: Images) -> Slices[tuple[str, NDArray[np.float32], NDArray[np.float32]]]:
    if space == "pixels":
        return "", pixel_features(real), pixel_features(fake)
    from ganstudio.evaluation.extractors import MobileNetExtractor

    extractor = MobileNetExtractor()
    found = []
    for what, side in (("reals", real), ("samples", fake)):
        pieces = []
        for start in range(0, len(side), _BATCH):
            pieces.append(extractor(side[start : start + _BATCH]).features)
            yield Slice(f"features of {what}", min(start + _BATCH, len(side)), len(side))
        found.append(np.concatenate(pieces))
    return extractor.name, found[0], found[1]


def pixel_features(images: Images) -> NDArray[np.float32]:
    """Pixels from 0 to 1 of images (N, H, W, C) as vectors (N, F), each the mean of a square of pixels where the images
    have more than `_MOST_PIXELS` a side."""
    factor = max(1, -(-images.shape[1] // _MOST_PIXELS))
    count, height, width, channels = images.shape
    high, wide = height // factor, width // factor
    cells = images[:, : high * factor, : wide * factor].reshape(count, high, factor, wide, factor, channels)
    flat: NDArray[np.float32] = (cells.mean(axis=(2, 4), dtype=np.float32) / np.float32(255)).reshape(count, -1)
    return flat


def complete(work: Slices[Distribution], report: Callable[[Slice], None]) -> Distribution:
    """All of the work, telling of each slice; `report` may raise to break it off."""
    while True:
        try:
            report(next(work))
        except StopIteration as end:
            found: Distribution = end.value
            return found


def table(found: Distribution) -> Iterable[list[str]]:
    """The map as rows of a table, with a head: kind, row, class, x, y, cluster, and the score where D has one."""
    yield ["kind", "row", "class", "x", "y", "cluster", "score"]
    sides = (
        ("real", found.real, found.map.real, found.map.real_cluster),
        ("generated", found.fake, found.map.fake, found.map.fake_cluster),
    )
    for kind, pictures, at, cluster in sides:
        for index, (x, y) in enumerate(at):
            label = "" if pictures.labels is None else _class(found, int(pictures.labels[index]))
            score = "" if pictures.scores is None else f"{pictures.scores[index]:.6g}"
            place = [f"{x:.6g}", f"{y:.6g}", str(int(cluster[index]) + 1)]
            yield [kind, str(int(pictures.rows[index])), label, *place, score]


def _class(found: Distribution, label: int) -> str:
    return found.classes[label] if label < len(found.classes) else str(label)
