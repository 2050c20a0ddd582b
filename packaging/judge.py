"""Judge samples of handwritten digits with a small classifier that the GAN never meets.

    python packaging/judge.py SAMPLES.npz [--cache judge.safetensors]

A convolutional network is trained on the digits that training sees, tested on the hold-out that neither it nor a GAN
ever sees (deterministic for a seed and a machine, under two minutes on one core), and cached. ``SAMPLES.npz`` is what
``ganstudio sample`` writes: ``images``, (N, H, W, C) or (N, H, W), uint8. One JSON object is printed:

- ``classifier_accuracy``: on the hold-out. A judge below .985 is refused (exit code 1).
- ``confidence``: mean of the largest class probability over the samples; ``confidence_real`` that of the hold-out.
- ``class_shares`` and ``smallest_class_share``: how the samples spread over the ten digits.
- ``frechet``: squared Frechet distance between Gaussians fitted to the penultimate features of the samples and of
  the training digits; ``frechet_floor`` is the same distance for the hold-out, hence what real digits reach.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from ganstudio.config import DatasetConfig
from ganstudio.data.store import prepare

CLASSES = 10
FEATURES = 64
REQUIRED_ACCURACY = 0.985


class DigitClassifier(nn.Module):
    """28 x 28 grey digits in [-1, 1] to ten logits; ``features`` is the penultimate layer."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, FEATURES, bias=False),
            nn.BatchNorm1d(FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, CLASSES)

    def features(self, images: Tensor) -> Tensor:
        return self.body(images)  # type: ignore[no-any-return]

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one set of samples."""

    classifier_accuracy: float
    count: int
    confidence: float
    confidence_real: float
    smallest_class_share: float
    class_shares: tuple[float, ...]
    frechet: float
    frechet_floor: float


@dataclass(frozen=True)
class Statistics:
    """Mean and covariance of a set of features."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, features: NDArray[np.float32]) -> Statistics:
        wide = features.astype(np.float64)
        return cls(wide.mean(axis=0), np.cov(wide, rowvar=False))


def frechet_distance(a: Statistics, b: Statistics) -> float:
    """|m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)), through symmetric square roots."""

    def root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        values, vectors = np.linalg.eigh(matrix)
        return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T

    root_a = root(a.covariance)
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root_a @ b.covariance @ root_a), 0.0, None)).sum()
    gap = a.mean - b.mean
    return float(gap @ gap + np.trace(a.covariance) + np.trace(b.covariance) - 2.0 * cross)


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """(N, 28, 28) or (N, 28, 28, C) uint8 to (N, 1, 28, 28) float32 in [-1, 1]; colour is averaged."""
    if images.dtype != np.uint8:
        raise ValueError(f"images must be uint8, not {images.dtype}")
    if images.ndim == 4:
        images = images.mean(axis=3).round().astype(np.uint8)
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"the judge knows 28 x 28 digits, not an array of shape {images.shape}")
    return torch.from_numpy(images.copy()).unsqueeze(1).float().div_(127.5).sub_(1.0)


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Random small rotation, scale, shear and shift of each digit."""
    count = images.shape[0]

    def uniform(bound: float) -> Tensor:
        return (torch.rand(count, generator=generator) * 2.0 - 1.0) * bound

    angle, shear = uniform(0.22), uniform(0.2)
    scale_x, scale_y = 1.0 + uniform(0.12), 1.0 + uniform(0.12)
    cos, sin = torch.cos(angle), torch.sin(angle)
    first = torch.stack([cos * scale_x, -sin * scale_y + shear, uniform(0.12)], dim=1)
    second = torch.stack([sin * scale_x, cos * scale_y, uniform(0.12)], dim=1)
    grid = functional.affine_grid(torch.stack([first, second], dim=1), list(images.shape), align_corners=False)
    return functional.grid_sample(images + 1.0, grid, align_corners=False) - 1.0


def train_classifier(images: Tensor, labels: Tensor, *, epochs: int, seed: int) -> DigitClassifier:
    """Train with augmentation and a one-cycle rate; the last epochs' weights are averaged."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = DigitClassifier()
    generator = torch.Generator().manual_seed(seed)
    batch = 128
    steps = len(images) // batch
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=epochs * steps)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.99), use_buffers=True
    )
    model.train()
    for _ in range(epochs):
        order = torch.randperm(len(images), generator=generator)
        for index in order[: steps * batch].split(batch):
            loss = functional.cross_entropy(model(augment(images[index], generator)), labels[index])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(model)
    result = average.module
    assert isinstance(result, DigitClassifier)
    return result.eval()


@torch.inference_mode()
def look(model: DigitClassifier, images: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features and class probabilities of all images."""
    features = torch.cat([model.features(part) for part in images.split(500)])
    return features.numpy(), model.head(features).softmax(dim=1).numpy()


class Judge:
    """A trained classifier with the statistics of real digits."""

    def __init__(self, *, cache: Path | None = None, epochs: int = 10, seed: int = 0) -> None:
        store = prepare(DatasetConfig(name="mnist-10k"))
        training, holdout = store.split(DatasetConfig().holdout)
        images, labels = store.images[..., 0], store.labels
        inputs, targets = to_input(images), torch.from_numpy(labels)
        key = hashlib.sha256(images.tobytes() + repr((epochs, seed, str(DigitClassifier()))).encode()).hexdigest()
        model = self._cached(cache, key)
        if model is None:
            model = train_classifier(inputs[training], targets[training], epochs=epochs, seed=seed)
            if cache is not None:
                save_file(model.state_dict(), cache, metadata={"key": key})
        self.model = model
        train_features, _ = look(self.model, inputs[training])
        real_features, real_probabilities = look(self.model, inputs[holdout])
        self.reference = Statistics.of(train_features)
        self.floor = frechet_distance(Statistics.of(real_features), self.reference)
        self.accuracy = float((real_probabilities.argmax(axis=1) == labels[holdout]).mean())
        self.confidence_real = float(real_probabilities.max(axis=1).mean())

    @staticmethod
    def _cached(cache: Path | None, key: str) -> DigitClassifier | None:
        if cache is None or not cache.exists():
            return None
        with safe_open(cache, framework="pt") as stored:
            if (stored.metadata() or {}).get("key") != key:
                return None
            weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - not a mapping
        model = DigitClassifier()
        model.load_state_dict(weights)
        return model.eval()

    def verdict(self, images: NDArray[np.uint8]) -> Verdict:
        """Judge uint8 samples."""
        features, probabilities = look(self.model, to_input(images))
        shares = np.bincount(probabilities.argmax(axis=1), minlength=CLASSES) / len(features)
        return Verdict(
            classifier_accuracy=self.accuracy,
            count=len(features),
            confidence=float(probabilities.max(axis=1).mean()),
            confidence_real=self.confidence_real,
            smallest_class_share=float(shares.min()),
            class_shares=tuple(round(float(share), 4) for share in shares),
            frechet=frechet_distance(Statistics.of(features), self.reference),
            frechet_floor=self.floor,
        )


def main(arguments: list[str] | None = None) -> int:
    """Judge a file of samples; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path, help="npz with images, (N, H, W, C) uint8")
    parser.add_argument("--cache", type=Path, help="file that keeps the trained classifier")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    judge = Judge(cache=options.cache, epochs=options.epochs, seed=options.seed)
    with np.load(options.samples) as archive:
        verdict = judge.verdict(archive["images"])
    print(json.dumps(asdict(verdict)))
    if verdict.classifier_accuracy < REQUIRED_ACCURACY:
        print(f"the classifier reaches only {verdict.classifier_accuracy:.3f}: not fit to judge", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
