"""Directions, against scikit-learn's principal components and eigenvectors computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from ganstudio.errors import UserError
from ganstudio.latent import directions as d
from ganstudio.latent.layers import entrance, entrance_weights
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents
from tests.latent.every_model import CASES, LATENT_SIZE, model_of

FIRST = {"dcgan": ["project"], "bilinear": ["project"], "vanilla": ["layers.0"], "sngan": ["project"]}
FIRST |= {"wgan": ["project"], "r3gan": ["hidden"], "progressive": ["start"], "points": ["layers.0"]}


def first_weight(model: LatentModel, name: str) -> NDArray[np.float64]:
    weight = model.generator.get_submodule(name).weight
    assert isinstance(weight, torch.Tensor)
    return weight.detach().numpy().astype(np.float64)


@pytest.mark.parametrize("case", FIRST)
def test_that_the_layer_is_found_that_the_latent_enters(case: str) -> None:
    assert list(entrance(model_of(case)).first) == FIRST[case]


def test_that_every_chunk_of_a_latent_is_found_where_it_enters() -> None:
    found = entrance(model_of("biggan"))
    blocks = len(model_of("biggan").generator.blocks)  # type: ignore[arg-type]
    steered = [f"blocks.{i}.norms.{j}.{part}" for i in range(blocks) for j in (0, 1) for part in ("gain", "bias")]
    assert sorted(found.first) == sorted(["project", *steered])
    assert found.after == "blocks.0.first"


@pytest.mark.parametrize("case", ["dcgan", "vanilla", "sngan", "r3gan", "points", "dcgan of classes"])
def test_that_sefa_is_the_eigenvectors_computed_by_hand(case: str) -> None:
    model = model_of(case)
    weight = first_weight(model, entrance(model).first[0])[:, :LATENT_SIZE]
    _, singular, vectors = np.linalg.svd(weight)
    for found, value, vector in zip(d.sefa(model), singular, vectors, strict=True):
        assert abs(float(found.vector @ vector)) == pytest.approx(1.0, abs=1e-4)
        assert found.share == pytest.approx(value**2 / np.square(weight).sum(), rel=1e-4)


@pytest.mark.parametrize("case", ["progressive", "progressive of classes"])
def test_that_a_norm_of_the_latent_is_passed_by(case: str) -> None:
    model = model_of(case)
    weight = first_weight(model, "start")[:, :LATENT_SIZE]
    (used,) = entrance_weights(model)
    assert_allclose(used.numpy() / used.norm().item(), weight / np.linalg.norm(weight), atol=1e-6)


def test_that_chunks_are_weighed_by_all_layers_they_enter() -> None:
    model = model_of("biggan of classes")
    used = torch.cat(entrance_weights(model)).numpy()
    chunks = model.generator._chunks
    gram, start = np.zeros((LATENT_SIZE, LATENT_SIZE)), chunks[0]
    gram[:start, :start] = first_weight(model, "project").T @ first_weight(model, "project")
    for i, size in enumerate(chunks[1:]):
        for name in (f"blocks.{i}.norms.{j}.{part}" for j in (0, 1) for part in ("gain", "bias")):
            weight = first_weight(model, name)[:, -size:]
            gram[start : start + size, start : start + size] += weight.T @ weight
        start += size
    assert_allclose(used.T @ used, gram, atol=1e-5)


@pytest.mark.parametrize("case", ["dcgan", "vanilla", "points", "r3gan", "biggan"])
def test_that_principal_components_are_those_of_scikit_learn(case: str) -> None:
    model = model_of(case)
    z = latents(0, 1000, LATENT_SIZE)
    oracle = PCA(n_components=LATENT_SIZE, svd_solver="full")
    coordinates = oracle.fit_transform(d.features(model, z))
    slopes = np.linalg.lstsq(coordinates, z - z.mean(axis=0), rcond=None)[0]
    found = d.principal(model)
    assert_allclose([each.share for each in found], oracle.explained_variance_ratio_[: len(found)], rtol=1e-6)
    gaps = np.abs(np.diff(oracle.explained_variance_, prepend=np.inf, append=0.0)) / oracle.explained_variance_[0]
    checked = 0
    for index, each in enumerate(found):
        if min(gaps[index], gaps[index + 1]) > 1e-3:
            slope = slopes[index] / np.linalg.norm(slopes[index])
            assert abs(float(each.vector @ slope)) == pytest.approx(1.0, abs=1e-4)
            checked += 1
    assert checked >= 3


def test_that_a_principal_direction_moves_the_features_along_its_component() -> None:
    model = model_of("vanilla")
    z = latents(5, 200, LATENT_SIZE)
    first = d.principal(model)[0]
    component = PCA(n_components=1).fit(d.features(model, latents(0, 1000, LATENT_SIZE))).components_[0]
    moved = d.features(model, z + first.vector) - d.features(model, z - first.vector)
    others = [d.features(model, z + e) - d.features(model, z - e) for e in np.eye(LATENT_SIZE, dtype=np.float32)]
    assert abs((moved @ component).mean()) > max(abs((other @ component).mean()) for other in others)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", d.KINDS)
def test_that_every_variant_has_directions(case: str, kind: d.Kind) -> None:
    model = model_of(case)
    label = np.array([1]) if model.num_classes else None
    found = d.directions(model, kind, label)
    shares = [each.share for each in found]
    assert 2 <= len(found) <= LATENT_SIZE
    assert all(each.vector.shape == (LATENT_SIZE,) and each.vector.dtype == np.float32 for each in found)
    assert_allclose([np.linalg.norm(each.vector) for each in found], 1.0, rtol=1e-5)
    assert shares == sorted(shares, reverse=True)
    assert 0.2 < sum(shares) <= 1.0 + 1e-6
    assert len({each.name for each in found}) == len(found)


def test_that_the_coordinate_with_the_largest_effect_comes_first() -> None:
    model = model_of.__wrapped__("vanilla")
    weight = model.generator.get_submodule("layers.0").weight
    assert isinstance(weight, torch.Tensor)
    weight[:, 5] *= 8
    weight[:, 2] *= 4
    found = d.axes(model)
    assert [each.name for each in found[:2]] == ["z 6", "z 3"]
    np.testing.assert_array_equal(found[0].vector, np.eye(LATENT_SIZE)[5])
    assert {each.name for each in found} == {f"z {index + 1}" for index in range(LATENT_SIZE)}


def test_that_something_urgent_is_let_through() -> None:
    let_through = 0

    def pause() -> None:
        nonlocal let_through
        let_through += 1

    for kind in d.KINDS:
        paused = d.directions(model_of("vanilla"), kind, pause=pause)
        whole = d.directions(model_of("vanilla"), kind)
        for one, other in zip(paused, whole, strict=True):
            np.testing.assert_array_equal(one.vector, other.vector)
    assert let_through > 50


def test_that_a_latent_is_moved_along_a_direction_alone() -> None:
    z = latents(0, 1, LATENT_SIZE)[0]
    direction = d.sefa(model_of("dcgan"))[0]
    moved = direction.moved(z, 2.5)
    assert direction.along(moved) == pytest.approx(2.5, abs=1e-5)
    step = moved - z
    assert_allclose(step, (step @ direction.vector) * direction.vector, atol=1e-5)
    assert_allclose(direction.moved(moved, direction.along(z)), z, atol=1e-5)


def test_that_a_person_can_mark_a_direction() -> None:
    without, having = latents(0, 20, 6), latents(1, 30, 6)
    having[:, 2] += 4
    found = d.between("Smile", without, having)
    difference = having.mean(axis=0) - without.mean(axis=0)
    assert_allclose(found.vector, difference / np.linalg.norm(difference), rtol=1e-4, atol=1e-6)
    assert (found.name, found.share) == ("Smile", None)
    assert int(np.argmax(found.vector)) == 2


def test_that_a_direction_needs_two_groups() -> None:
    z = latents(0, 3, 6)
    with pytest.raises(UserError, match="at least one latent of each"):
        d.between("Smile", [], z)
    with pytest.raises(UserError, match="same mean"):
        d.between("Smile", z, z)
