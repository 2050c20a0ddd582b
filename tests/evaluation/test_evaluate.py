"""Whole evaluations on real digits: worse images measure worse, the cache and the slices change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from ganstudio.config import DatasetConfig
from ganstudio.data.store import ImageStore, prepare, training_indices
from ganstudio.evaluation import evaluate as whole
from ganstudio.evaluation.evaluate import Findings, evaluate
from ganstudio.evaluation.extractors import MobileNetExtractor
from ganstudio.evaluation.measures import MEASURES
from ganstudio.evaluation.reals import Reals
from ganstudio.evaluation.slices import run
from ganstudio.networks.mobilenet import as_imagenet, load_mobilenet
from tests.evaluation.test_background import Averages

DIGITS = DatasetConfig(name="mnist-10k", limit=300)


@pytest.fixture(scope="module")
def store() -> ImageStore:
    return prepare(DIGITS)


@pytest.fixture(scope="module")
def mobilenet() -> MobileNetExtractor:
    return MobileNetExtractor()


@pytest.fixture(scope="module")
def fresh(store: ImageStore) -> np.ndarray:
    """200 digits that are not among the reals."""
    return np.asarray(store.images[np.setdiff1d(np.arange(len(store.images)), training_indices(store, DIGITS))[:200]])


def measured(
    store: ImageStore, images: np.ndarray, extractor: Any, names: tuple[str, ...] = tuple(MEASURES)
) -> Findings:
    pieces = (images[start : start + 70] for start in range(0, len(images), 70))
    return run(evaluate(Reals(store, DIGITS, extractor), pieces, len(images), extractor, names))


def blurred(images: np.ndarray, radius: float) -> np.ndarray:
    return np.stack(
        [np.asarray(Image.fromarray(one[..., 0]).filter(ImageFilter.GaussianBlur(radius))) for one in images]
    )[..., None]


def noisy(images: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma, images.shape)
    return (images + noise).clip(0, 255).astype(np.uint8)


def test_that_worse_digits_measure_worse(store: ImageStore, fresh: np.ndarray, mobilenet: MobileNetExtractor) -> None:
    names = ("fid", "kid", "precision", "density", "coverage")
    for spoil, amounts in ((blurred, (0.5, 1.0, 2.0)), (noisy, (2, 8, 25))):
        found = [
            measured(store, spoil(fresh[:120], amount) if amount else fresh[:120], mobilenet, names)
            for amount in amounts
        ]
        values = {name: [one.measures[name].value for one in found] for name in names}
        for name in ("fid", "kid"):
            assert values[name] == sorted(values[name]), (spoil, name, values[name])
            assert values[name][-1] > 3 * max(values[name][0], 0.001)
        for name in ("precision", "density", "coverage"):
            assert values[name] == sorted(values[name], reverse=True), (spoil, name, values[name])
            assert values[name][0] > 2 * values[name][-1]


def test_that_dropped_classes_measure_worse(store: ImageStore, mobilenet: MobileNetExtractor) -> None:
    others = np.setdiff1d(np.arange(len(store.images)), training_indices(store, DIGITS))[:1500]
    found = []
    for kept in (10, 5, 1):
        chosen = others[store.labels[others] < kept][:130]
        found.append(
            measured(store, np.asarray(store.images[chosen]), mobilenet, ("fid", "kid", "recall", "coverage", "js"))
        )
    for name in ("fid", "kid", "js"):
        values = [one.measures[name].value for one in found]
        assert values == sorted(values), (name, values)
    for name in ("recall", "coverage"):
        values = [one.measures[name].value for one in found]
        assert values == sorted(values, reverse=True), (name, values)


def test_that_the_cached_reals_come_to_the_same(
    store: ImageStore, fresh: np.ndarray, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr("ganstudio.paths.features_folder", lambda: tmp_path / "features")
    first, second = Averages(), Averages()
    cold = measured(store, fresh, first)
    warm = measured(store, fresh, second)
    assert warm == cold
    assert (first.images, second.images) == (300 + 200, 200)
    (folder,) = (tmp_path / "features").iterdir()
    for file in folder.glob("*.npz"):
        file.write_bytes(file.read_bytes()[:-40])
    assert measured(store, fresh, Averages()) == cold, "what is damaged is made anew"
    third = Averages()
    third.fingerprint = "averages/v2"
    measured(store, fresh, third)
    assert third.images == 500, "another extractor's features are others"


def test_that_slices_come_to_what_one_go_does(store: ImageStore, fresh: np.ndarray) -> None:
    extractor = Averages()

    def batches(size: int) -> Iterator[np.ndarray]:
        return (fresh[start : start + size] for start in range(0, len(fresh), size))

    results = []
    for size in (7, 200):
        work = evaluate(Reals(store, DIGITS, extractor), batches(size), 200, extractor, tuple(MEASURES))
        results.append(run(work))
    a, b = results
    assert a.notes == b.notes
    for name in MEASURES:
        assert a.measures[name].value == pytest.approx(b.measures[name].value, rel=1e-6), name


def test_that_pairs_are_bounded_and_it_is_said(store: ImageStore, fresh: np.ndarray, monkeypatch: Any) -> None:
    monkeypatch.setattr(whole, "MOST", 150)
    extractor = Averages()
    found = measured(store, fresh, extractor)
    assert {name: one.n for name, one in found.measures.items() if one.n == 200}.keys() == {"fid", "is"}
    assert any("the first 150" in note for note in found.notes)
    assert not any("the first" in note for note in measured(store, fresh[:150], extractor).notes)
    small = Reals(store, DIGITS, extractor, most=50)
    assert len(small) == 50 and small.available == 300
    assert set(small.indices) < set(training_indices(store, DIGITS))


def test_that_too_few_samples_are_named(store: ImageStore, fresh: np.ndarray, mobilenet: MobileNetExtractor) -> None:
    notes = measured(store, fresh[:20], mobilenet, ("fid",)).notes
    assert any("20 samples are fewer than the 1280" in note for note in notes)
    assert not any("unreliable" in note for note in measured(store, fresh, Averages(), ("fid",)).notes)


def test_that_features_are_those_of_the_network_with_its_batch_norms(fresh: np.ndarray) -> None:
    import torch
    import torch.nn.functional as F

    plain = load_mobilenet()
    x = torch.from_numpy(fresh[:8]).permute(0, 3, 1, 2).float() / 127.5 - 1
    large = F.interpolate(x, size=(96, 96), mode="bilinear", antialias=True, align_corners=False)
    with torch.inference_mode():
        features = plain.embed(as_imagenet(large))
        probabilities = plain.classifier(features).softmax(dim=1)
    made = MobileNetExtractor()(fresh[:8])
    np.testing.assert_allclose(made.features, features.numpy(), atol=1e-3)
    np.testing.assert_allclose(made.probabilities, probabilities.numpy(), atol=1e-4)


def test_that_findings_are_json(store: ImageStore, fresh: np.ndarray) -> None:
    from ganstudio.training.events import Evaluated, from_json, to_json

    found = measured(store, fresh, Averages())
    event = Evaluated(step=3, time=1.0, extractor="Averages", measures=found.measures, notes=found.notes)
    again = from_json(json.loads(json.dumps(to_json(event), allow_nan=False)))
    assert isinstance(again, Evaluated) and again.notes == event.notes
    assert again.measures.keys() == event.measures.keys()
