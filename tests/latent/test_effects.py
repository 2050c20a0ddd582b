"""What coordinates do to images, and what D says of them, against numbers worked out otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganstudio.config import ObjectiveConfig
from ganstudio.desktop.explore.state import LatentState
from ganstudio.latent.anomaly import load_critic
from ganstudio.latent.effects import effects
from ganstudio.latent.layers import layers, multiplied, scaled
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents, truncated
from ganstudio.latent.verdict import Critic, middle
from ganstudio.variants import VARIANTS
from tests.latent.every_model import CASES, LATENT_SIZE, model_of
from tests.latent.tiny_runs import class_run, plain_run


@pytest.mark.parametrize("case", ["dcgan", "dcgan of classes", "points"])
def test_that_an_effect_is_the_mean_change_of_a_step(case):
    model = model_of(case)
    labels = np.array([1]) if model.num_classes else None
    found = effects(model, labels, pause=lambda: None)
    assert found.shape == (LATENT_SIZE,)
    changes = []
    for z in latents(0, 4, LATENT_SIZE):
        for sign in (1, -1):
            moved = z.copy()
            moved[3] += sign
            pair = torch.from_numpy(np.stack([z, moved]))
            with torch.no_grad():
                made = model.generate(pair, None if labels is None else np.repeat(labels, 2)).numpy()
            made = made if model.makes_points else (made + 1) / 2
            changes.append(np.abs(made[1] - made[0]).mean())
    assert found[3] == pytest.approx(np.mean(changes), rel=1e-4)


def test_that_measuring_effects_can_be_broken_off():
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        effects(model_of("vanilla"), pause=stop)


@pytest.mark.parametrize("case", CASES)
def test_that_truncation_changes_what_every_variant_draws_but_those_of_unit_latents(case):
    model, z = model_of(case), latents(1, 4, LATENT_SIZE)
    np.testing.assert_array_equal(truncated(z, 1.0), z)
    np.testing.assert_allclose(truncated(z, 0.4), z * 0.4, rtol=1e-6)
    if model.makes_points or model.num_classes:
        return
    same = np.allclose(model.draw(z).astype(int), model.draw(truncated(z, 0.4)).astype(int), atol=1)
    assert same == VARIANTS.get(case.split(" ")[0]).unit_latents


@pytest.mark.parametrize("case", ["dcgan", "biggan of classes", "r3gan"])
def test_that_multiplying_quickly_is_scaling_and_passes_by_what_is_not_there(case):
    model, z = model_of(case), latents(0, 2, LATENT_SIZE)
    names = [layer.name for layer in layers(model)]
    factors = {names[0]: {0: 0.0, 2: 3.0}, names[1]: {1: 0.0}}
    with scaled(model, factors):
        wanted = model.draw(z)
    with multiplied(model, {**factors, "nowhere": {0: 0.0}, names[0]: {**factors[names[0]], 10**6: 0.0}}):
        np.testing.assert_array_equal(model.draw(z), wanted)
    assert not np.array_equal(model.draw(z), wanted)


@pytest.mark.parametrize("run", [plain_run, class_run])
def test_that_the_verdict_is_the_score_of_the_discriminator(run):
    folder = run().checkpoint_path(2)
    model, critic, network = LatentModel.load(folder), Critic.load(folder), load_critic(folder)
    z = LatentState.of_seed(5, model.latent_size).z
    labels = np.array([3]) if model.num_classes else None
    with torch.no_grad():
        made = model.generate(torch.tensor(z[None]), labels)
        score = float(network(made, None if labels is None else torch.tensor(labels)))
        other = torch.from_numpy(latents(0, 31, model.latent_size))
        others = model.generate(other, None if labels is None else np.repeat(labels, 31))
        usual = network(others, None if labels is None else torch.full((31,), 3)).numpy()
    verdict = critic.judge(model, made, labels)
    assert verdict.score == pytest.approx(score, rel=1e-4, abs=1e-5)
    assert verdict.usual == pytest.approx(tuple(np.quantile(usual, [0.1, 0.9])), rel=1e-4, abs=1e-5)
    assert verdict.middle == 0.0


def test_that_the_middle_is_that_of_the_loss():
    losses = {"non-saturating": 0.0, "hinge": 0.0, "least-squares": 0.5, "wasserstein": None, "relativistic": None}
    assert {loss: middle(ObjectiveConfig(loss=loss)) for loss in losses} == losses
    assert middle(ObjectiveConfig(loss="least-squares", targets="-1,1,0")) == 0.0
