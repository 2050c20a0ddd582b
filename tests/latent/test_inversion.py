"""Finding the latent of an image, and how unlike the others an image is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.errors import UserError
from ganstudio.latent.anomaly import likeness, load_critic
from ganstudio.latent.inversion import Found, Round, Search, invert
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents
from tests.latent.every_model import CASES, LATENT_SIZE, model_of
from tests.latent.tiny_runs import class_run, plain_run

QUICK = Search(tries=16, rounds=(Round(4, 10, 0.1), Round(1, 10, 0.05)))


@pytest.mark.parametrize("case", CASES)
def test_that_a_search_comes_nearer_with_every_variant(case: str) -> None:
    model = model_of(case)
    z, label = latents(9, 1, LATENT_SIZE), np.array([2]) if model.num_classes else None
    wanted = model.points(z, label)[0] if model.makes_points else model.draw(z, label)[0]
    told: list[Found] = []
    found = invert(model, wanted, QUICK, progress=lambda each: told.append(each) is None)
    assert found.z.shape == (LATENT_SIZE,)
    assert (found.label is None) == (not model.num_classes)
    assert found.error < 0.9 * told[0].error
    assert [each.done for each in told] == [0.0, 0.5, 1.0]
    errors = [each.error for each in told]
    assert errors == sorted(errors, reverse=True)


def test_that_the_error_is_that_of_the_pixels() -> None:
    model = LatentModel.load(plain_run().checkpoint_path(4))
    wanted = np.random.default_rng(0).integers(0, 256, (28, 28, 1), np.uint8)
    found = invert(model, wanted, QUICK)
    drawn = model.draw(found.z[None])[0]
    assert found.error == pytest.approx(np.abs(drawn.astype(float) - wanted).mean() / 255, abs=0.002)


def test_that_a_search_repeats() -> None:
    model = model_of("dcgan")
    wanted = model.draw(latents(3, 1, LATENT_SIZE))[0]
    first, second = (invert(model, wanted, QUICK) for _ in range(2))
    np.testing.assert_array_equal(first.z, second.z)
    other = invert(model, wanted, Search(tries=16, rounds=QUICK.rounds, seed=1))
    assert not np.array_equal(first.z, other.z)


def test_that_the_class_is_found_too() -> None:
    model = LatentModel.load(class_run().checkpoint_path(2))
    z = latents(4, 1, model.latent_size)
    right = 0
    for label in range(10):
        found = invert(model, model.draw(z, np.array([label]))[0], Search(tries=64, rounds=(Round(10, 60, 0.1),)))
        right += found.label == label
    assert right >= 7
    assert invert(model, model.draw(z, np.array([1]))[0], QUICK, label=5).label == 5
    with pytest.raises(UserError, match="no class 10"):
        invert(model, np.zeros((28, 28, 1), np.uint8), QUICK, label=10)


def test_that_a_search_can_be_ended() -> None:
    model = model_of("dcgan")
    told: list[Found] = []
    wanted = model.draw(latents(3, 1, LATENT_SIZE))[0]
    found = invert(model, wanted, QUICK, progress=lambda each: told.append(each) or False)
    assert len(told) == 1 and found is told[0]
    assert found.done == 0.0 and np.isfinite(found.error)


def test_that_features_can_be_compared_as_well() -> None:
    model = model_of("dcgan")
    wanted = model.draw(latents(3, 1, LATENT_SIZE))[0]
    search = Search(tries=4, rounds=(Round(1, 6, 0.1),), features=1.0)
    plain = invert(model, wanted, Search(tries=4, rounds=search.rounds))
    found = invert(model, wanted, search)
    assert np.isfinite(found.error)
    assert not np.array_equal(found.z, plain.z)


def test_that_any_picture_is_fitted() -> None:
    found = invert(model_of("dcgan"), np.full((60, 40, 3), 200, np.uint8), QUICK)
    assert np.isfinite(found.error)
    with pytest.raises(UserError, match="point of two numbers"):
        invert(model_of("points"), np.zeros((28, 28, 1), np.uint8), QUICK)


def test_that_searching_leaves_the_model_as_it_was() -> None:
    model = model_of("sngan")
    before = {name: value.clone() for name, value in model.generator.state_dict().items()}
    random = torch.random.get_rng_state()
    invert(model, np.zeros((28, 28, 1), np.uint8), QUICK)
    assert all(torch.equal(value, before[name]) for name, value in model.generator.state_dict().items())
    assert all(parameter.grad is None for parameter in model.generator.parameters())
    assert torch.equal(random, torch.random.get_rng_state())


def test_that_noise_is_less_like_the_others_than_an_image_of_the_generator() -> None:
    checkpoint = class_run().checkpoint_path(2)
    model, critic = LatentModel.load(checkpoint), load_critic(checkpoint)
    own = likeness(model, model.draw(latents(4, 1, model.latent_size), np.array([3]))[0], critic, QUICK)
    noise = np.random.default_rng(0).integers(0, 256, (28, 28, 1), np.uint8)
    strange = likeness(model, noise, critic, QUICK)
    assert strange.score > 2 * own.score
    assert strange.residual > own.residual
    assert strange.features is not None and own.features is not None


def test_that_a_score_weighs_pixels_and_features() -> None:
    checkpoint = plain_run().checkpoint_path(4)
    model, critic = LatentModel.load(checkpoint), load_critic(checkpoint)
    assert critic is not None
    noise = np.random.default_rng(0).integers(0, 256, (28, 28, 1), np.uint8)
    found = likeness(model, noise, critic, QUICK)
    assert found.residual == pytest.approx(np.abs(noise / 255 - found.nearest / 255).sum(), rel=1e-6)
    both = torch.tensor(np.stack([noise, found.nearest])).permute(0, 3, 1, 2).float() / 127.5 - 1
    one, other = critic.features(both)
    assert found.features == pytest.approx(float((one - other).abs().sum()), rel=1e-4)
    assert found.score == pytest.approx(0.9 * found.residual + 0.1 * found.features, rel=1e-6)
    np.testing.assert_array_equal(found.difference, np.abs(noise.astype(int) - found.nearest))
    assert likeness(model, noise, None, QUICK).features is None
