"""What techniques add to a play: their terms, what they do after a step, and what they remember."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ganstudio.game import DISCRIMINATOR, GENERATOR, SOURCE, Cursor, DataShape
from ganstudio.networks.discriminator import Discriminator
from ganstudio.networks.filters import as_matrix, layers
from ganstudio.techniques.instance_noise import noisy
from ganstudio.techniques.perturbation import moved
from ganstudio.techniques.running_means import RunningMeans
from ganstudio.training.door import PlayDoor
from ganstudio.training.trainer import Trainer
from tests.helpers import assembled, tiny
from tests.techniques.switched_on import SETTINGS

SMALL = DataShape(8, 1)


def door_of(trainer: Trainer, player: str) -> PlayDoor:
    """The door of the next play of `player`."""
    return PlayDoor(
        trainer._game,
        trainer._cursor,
        player,
        phase=trainer._game.phase(trainer._cursor, trainer.setting),
        setting=trainer.setting,
        data=trainer._data,
        position=trainer._cursor.images,
        seed=0,
        device=torch.device("cpu"),
        autocast=None,
        input_grad=frozenset(),
    )


def scalars(trainer: Trainer, player: str) -> dict[str, float]:
    trainer._meters.read()
    trainer._play(trainer._game.phase(trainer._cursor, trainer.setting), player, 0)
    return trainer._meters.read()[0]


# -- instance noise ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("images", "share"), [(0, 1.0), (50, 0.5), (100, 0.0), (500, 0.0)])
def test_that_instance_noise_fades_over_images(images: int, share: float) -> None:
    config = tiny("vanilla", techniques__instance_noise__sigma=0.4, techniques__instance_noise__length=100)
    trainer = assembled(config, SMALL)
    trainer._cursor = Cursor(step=3, images=images)
    door = door_of(trainer, DISCRIMINATOR)
    x = torch.zeros(64, 1, 16, 16)
    out = noisy(door, x, "critic")
    assert out.std().item() == pytest.approx(0.4 * share, rel=0.02)
    assert torch.equal(noisy(door, x, "critic"), out), "the same numbers for the same pass"
    assert share == 0.0 or not torch.equal(noisy(door, x, "other"), out)


def test_that_reals_and_fakes_get_noise_of_one_size() -> None:
    config = tiny("vanilla", techniques__instance_noise__sigma=1.0, training__batch_size=64)
    trainer = assembled(config, SMALL)
    seen: list[Tensor] = []
    trainer._game.networks[DISCRIMINATOR].register_forward_pre_hook(lambda m, given: seen.append(given[0].detach()))
    trainer._play_next()
    door = door_of(trainer, DISCRIMINATOR)
    real, fake = seen[0].chunk(2)
    raw = trainer._data[SOURCE].at(0, 64)[0]
    assert (real - raw).std().item() == pytest.approx(1.0, rel=0.05)
    assert (fake - door.fake()).std().item() == pytest.approx(1.0, rel=0.05)


# -- LeCam -------------------------------------------------------------------------------------------------------------


def test_that_running_means_are_the_last_batchs_until_they_begin() -> None:
    means = RunningMeans()
    batches = [(2.0, -2.0), (4.0, -4.0), (8.0, 0.0), (0.0, 0.0)]
    seen = []
    for step, (real, fake) in enumerate(batches):
        means.follow(torch.full((4,), real), torch.full((4,), fake), 0.9, step >= 1)
        seen.append((means.real.item(), means.fake.item(), means.begun.item()))
    expected = [(2.0, -2.0, 0.0), (4.0, -4.0, 1.0), (4.4, -3.6, 1.0), (3.96, -3.24, 1.0)]
    assert [value for row in seen for value in row] == pytest.approx([value for row in expected for value in row])


def test_that_lecam_joins_ds_loss_once_its_means_have_begun() -> None:
    config = tiny("vanilla", techniques__lecam__weight=0.3, techniques__lecam__start=1)
    trainer = assembled(config, SMALL)
    found, expected = [], []
    means = trainer._game.memory["lecam"]
    assert isinstance(means, RunningMeans)
    for _ in range(4):
        held = (means.real.item(), means.fake.item(), means.begun.item())
        trainer._meters.read()
        door = door_of(trainer, DISCRIMINATOR)
        real, fake = door.score("real").detach(), door.score("fake").detach()
        by_hand = (real - held[1]).clamp(min=0).square().mean() + (held[0] - fake).clamp(min=0).square().mean()
        expected.append(held[2] * by_hand.item())
        trainer._play_next()
        found.append(trainer._meters.read()[0]["term/discriminator/lecam"])
        trainer._play_next()
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)
    assert found[:2] == [0.0, 0.0]
    assert found[3] > 0


def test_that_lecam_turned_off_forgets_and_begins_anew() -> None:
    trainer = assembled(tiny("vanilla", techniques__lecam__weight=0.3, techniques__lecam__start=0), SMALL)
    trainer.round()
    means = trainer._game.memory["lecam"]
    assert isinstance(means, RunningMeans)
    assert means.begun.item() == 1.0
    trainer._settings["techniques.lecam.weight"] = 0.0
    trainer.round()
    assert means.begun.item() == 0.0


# -- feature matching, orthogonal weights ------------------------------------------------------------------------------


def test_that_g_is_drawn_to_the_mean_of_ds_features() -> None:
    trainer = assembled(tiny("vanilla", techniques__feature_matching__weight=2.0), SMALL)
    door = door_of(trainer, GENERATOR)
    network = trainer._game.networks[DISCRIMINATOR]
    assert isinstance(network, Discriminator)
    real, fake = (network.features(x).detach().double().mean(0) for x in (door.real(), door.fake()))
    found = scalars(trainer, GENERATOR)
    distance = found["term/generator/feature_matching"]
    assert distance == pytest.approx((real - fake).square().sum().item(), rel=1e-4)
    assert found["loss/generator"] == pytest.approx(found["term/generator/adversarial"] + 2.0 * distance, rel=1e-5)


def test_that_matching_features_trains_g_and_leaves_d_alone() -> None:
    trainer = assembled(tiny("dcgan", techniques__feature_matching__weight=1.0), SMALL)
    before = {key: value.clone() for key, value in trainer._game.networks[DISCRIMINATOR].state_dict().items()}
    scalars(trainer, GENERATOR)
    after = trainer._game.networks[DISCRIMINATOR].state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)


@pytest.mark.parametrize("variant", ["vanilla", "dcgan"])
def test_that_the_orthogonal_penalty_is_of_gs_filters(variant: str) -> None:
    trainer = assembled(tiny(variant, objective__orthogonal=0.5), SMALL)
    expected = 0.0
    for layer in layers(trainer._game.networks[GENERATOR]):
        matrix = as_matrix(layer, layer.weight).detach().double()
        products = matrix @ matrix.T
        expected += (products - torch.diag(torch.diag(products))).square().sum().item()
    assert scalars(trainer, GENERATOR)["term/generator/orthogonal"] == pytest.approx(expected, rel=1e-4)


def test_that_weights_start_orthogonal_where_asked() -> None:
    trainer = assembled(tiny("dcgan", techniques__orthogonal_start=True), SMALL)
    for network in trainer._game.networks.values():
        for layer in layers(network):
            matrix = as_matrix(layer, layer.weight).detach().double()
            small = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
            torch.testing.assert_close(small, torch.eye(len(small), dtype=torch.float64), rtol=0, atol=1e-5)


def test_that_branches_that_start_at_zero_stay_there() -> None:
    values = {"variant__generator_depth": 2, "variant__discriminator_depth": 2}
    trainer = assembled(tiny("r3gan", techniques__orthogonal_start=True, **values), SMALL)
    merges = [p for key, p in trainer._game.networks[GENERATOR].named_parameters() if "merge" in key]
    assert merges
    assert not any(bool(weight.any()) for weight in merges)


# -- perturbation ------------------------------------------------------------------------------------------------------


def test_that_perturbed_reals_are_moved_by_whole_pixel_values_to_where_d_likes_them_less() -> None:
    trainer = assembled(tiny("vanilla", techniques__perturbation=2.0), SMALL)
    door = door_of(trainer, DISCRIMINATOR)
    network = trainer._game.networks[DISCRIMINATOR]
    x, out = door.real(), moved(door, 2.0 * 2 / 255)
    inside = x.abs() < 1 - 2 * 2 / 255
    torch.testing.assert_close((out - x).abs()[inside], torch.full_like(x, 4 / 255)[inside], rtol=0, atol=1e-6)
    with torch.no_grad():
        assert (network(out) < network(x)).all()
    assert out.abs().max() <= 1.0


def test_that_d_learns_from_plain_and_moved_reals_alike() -> None:
    plain = assembled(tiny("vanilla"), SMALL)
    trainer = assembled(tiny("vanilla", techniques__perturbation=8.0), SMALL)
    door = door_of(trainer, DISCRIMINATOR)
    on_moved = torch.nn.functional.softplus(-trainer._game.networks[DISCRIMINATOR](moved(door, 16 / 255))).mean()
    on_fake = torch.nn.functional.softplus(door.score("fake")).mean()
    first = scalars(plain, DISCRIMINATOR)["loss/discriminator"]
    found = scalars(trainer, DISCRIMINATOR)["loss/discriminator"]
    assert found == pytest.approx(0.5 * (first + (on_moved + on_fake).item()), rel=1e-5)
    assert found > first


# -- weight clipping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["wgan", "vanilla"])
def test_that_all_of_ds_weights_are_clipped_after_every_one_of_its_steps(variant: str) -> None:
    values = {"optimizer__discriminator__learning_rate": 0.05, "techniques__weight_clip": 0.01}
    config = tiny(variant, training__critic_boost=False, training__discriminator_steps=3, **values)
    trainer = assembled(config, SMALL)
    largest = []
    for _ in range(3):
        trainer._play_next()
        largest.append(max(p.abs().max().item() for p in trainer._parameters[DISCRIMINATOR]))
    assert largest == pytest.approx([0.01] * 3)
    trainer._play_next()
    assert max(p.abs().max().item() for p in trainer._parameters[GENERATOR]) > 0.01


def test_that_clipping_turned_on_during_a_run_takes_effect() -> None:
    trainer = assembled(tiny("vanilla"), SMALL)
    trainer.round()
    assert max(p.abs().max().item() for p in trainer._parameters[DISCRIMINATOR]) > 0.02
    trainer._settings["techniques.weight_clip"] = 0.02
    trainer.round()
    assert max(p.abs().max().item() for p in trainer._parameters[DISCRIMINATOR]) == pytest.approx(0.02)


# -- gradient clipping -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["value", "norm"])
def test_that_gradients_are_clipped_by_value_or_by_norm(kind: str) -> None:
    free = assembled(tiny("vanilla"), SMALL)
    clipped = assembled(tiny("vanilla", **{f"optimizer__discriminator__clip_{kind}": 1e-3}), SMALL)
    norms = [scalars(trainer, DISCRIMINATOR)["grad_norm/discriminator"] for trainer in (free, clipped)]
    assert norms[0] == norms[1], "plots show the norm that the loss has"
    before, after = (
        torch.cat([p.grad.flatten() for p in t._parameters[DISCRIMINATOR] if p.grad is not None])
        for t in (free, clipped)
    )
    expected = before.clamp(-1e-3, 1e-3) if kind == "value" else before * 1e-3 / before.norm()
    torch.testing.assert_close(after, expected, rtol=1e-3, atol=1e-9)


# -- transfer and freezing ---------------------------------------------------------------------------------------------


def test_that_frozen_layers_of_d_are_not_trained() -> None:
    values = SETTINGS["freeze"] | {"techniques__transfer__freeze": 2}
    trainer = assembled(tiny("vanilla", **values), SMALL)
    network = trainer._game.networks[DISCRIMINATOR]
    assert isinstance(network, Discriminator)
    before = [p.clone() for p in network.parameters()]
    trainer.round()
    same = [torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True)]
    assert same == [True] * 4 + [False] * 2, "weights and biases of two layers of three"


# -- bit for bit -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["adaptive-augment", "lecam", "spectral-norm-discriminator", "unrolled", "perturbation"]
)
def test_that_a_run_with_memory_resumes_exactly(name: str, tmp_path: Path) -> None:
    from tests.training.test_resume import FILES, resume, state, stop_at, train

    values: dict[str, Any] = {"training__steps": 6, "dataset__limit": 200, **SETTINGS[name]}
    config = tiny("vanilla", dataset__name="mnist-10k", **values)
    train(config, tmp_path / "straight")
    train(config, tmp_path / "stopped", stop_at(3))
    resume(tmp_path / "stopped", 6)
    ours, theirs = state(tmp_path / "straight", 6), state(tmp_path / "stopped", 6)
    assert {file: ours[file] == theirs[file] for file in FILES} == dict.fromkeys(FILES, True)


def test_that_everything_stays_finite_when_d_is_certain() -> None:
    trainer = assembled(tiny("vanilla", techniques__lecam__weight=0.3, techniques__lecam__start=0), SMALL)
    with torch.no_grad():
        network = trainer._game.networks[DISCRIMINATOR]
        assert isinstance(network, Discriminator)
        network.head.score.weight.mul_(1e4)
    for _ in range(2):
        assert all(math.isfinite(value) for value in scalars(trainer, DISCRIMINATOR).values())
