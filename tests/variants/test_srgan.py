"""SRGAN's game: its two phases, their losses by closed form, its measures, and what it refuses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, SOURCE, Cursor, DataShape
from ganstudio.networks.resampling import shrink
from ganstudio.training.door import PlayDoor
from ganstudio.training.events import PhaseBegan, Progress, RunStarted, Samples
from ganstudio.training.trainer import Trainer
from ganstudio.variants.recipes import check, compose
from ganstudio.variants.srgan import crop_side
from tests.helpers import assembled, fill, of, tiny, train

SHAPE = DataShape(16, 3)


def door_of(trainer: Trainer, player: str, images: int) -> PlayDoor:
    """A play after so many images."""
    cursor = Cursor(images=images)
    return PlayDoor(
        trainer._game, cursor, player, phase=trainer._game.phase(cursor, trainer.setting), setting=trainer.setting,
        data=trainer._data, position=0, seed=0, device=torch.device("cpu"), autocast=None, input_grad=frozenset(),
    )  # fmt: skip


def test_that_pixels_come_first_and_then_both_players() -> None:
    trainer = assembled(tiny("srgan", variant__pretraining=8, training__batch_size=4), SHAPE)
    stages = []
    for _ in range(4):
        before = {name: [p.clone() for p in net.parameters()] for name, net in trainer._game.networks.items()}
        trainer.round()
        changed = {
            name: any(not torch.equal(a, b) for a, b in zip(before[name], net.parameters(), strict=True))
            for name, net in trainer._game.networks.items()
        }
        stages.append((changed[GENERATOR], changed[DISCRIMINATOR], trainer._cursor.images, trainer._cursor.stage))
    assert stages == [(True, False, 4, 0), (True, False, 8, 0), (True, True, 12, 1), (True, True, 16, 1)]


def test_that_the_optimiser_begins_anew_with_the_second_phase() -> None:
    trainer = assembled(tiny("srgan", variant__pretraining=8, training__batch_size=4), SHAPE)
    steps = []
    for _ in range(4):
        trainer.round()
        state = next(iter(trainer._optimizers[GENERATOR].state.values()))
        steps.append(int(state["step"]))
    assert steps == [1, 2, 1, 2]


def test_that_each_batch_of_the_first_phase_is_new() -> None:
    trainer = assembled(tiny("srgan", variant__pretraining=8, training__batch_size=4), SHAPE)
    for _ in range(3):
        trainer.round()
    assert sorted(set(trainer._data[SOURCE].asked)) == [0, 4, 8]  # type: ignore[attr-defined]


def test_that_the_first_phase_is_the_mean_squared_error() -> None:
    trainer = assembled(tiny("srgan", variant__pretraining=8), SHAPE)
    door = door_of(trainer, GENERATOR, 0)
    real = trainer._data[SOURCE].at(0, 4)[0]
    made = trainer._game.networks[GENERATOR](shrink(real, 4))
    assert compose({"variant.name": "srgan"}).variant.scale == 4
    terms = door.phase.terms[GENERATOR]
    assert float(trainer._loss(terms, door).detach()) == pytest.approx(
        float(((made - real) ** 2).mean().detach()), rel=1e-5
    )


def test_that_the_second_phase_weighs_features_and_the_discriminator_as_the_paper() -> None:
    trainer = assembled(tiny("srgan", variant__pretraining=0), SHAPE)
    game, door = trainer._game, door_of(trainer, GENERATOR, 0)
    real = trainer._data[SOURCE].at(0, 4)[0]
    for network in game.networks.values():
        for layer in network.modules():
            if hasattr(layer, "tracks"):
                layer.tracks = False
    made = game.networks[GENERATOR](shrink(real, 4))
    features = float(game.helpers["perceptual"](made, real).detach())
    logits = game.networks[DISCRIMINATOR](made)
    fooled = float(F.softplus(-logits).mean().detach())
    loss = float(trainer._loss(door.phase.terms[GENERATOR], door).detach())
    assert loss == pytest.approx(0.006 * features + 1e-3 * fooled, rel=1e-4)
    assert pytest.approx(1 / 12.75**2, rel=0.03) == 0.006, "the paper's scale of the features, squared"


def test_that_the_discriminator_sees_real_and_restored_apart() -> None:
    """Batch norm would give them away if they shared a batch."""
    trainer = assembled(tiny("srgan", variant__pretraining=0), SHAPE)
    seen: list[int] = []
    handle = trainer._game.networks[DISCRIMINATOR].register_forward_hook(
        lambda module, given, out: seen.append(len(given[0]))
    )
    trainer.round()
    handle.remove()
    assert seen == [4, 4, 4], "two passes when D plays, one when G does"


@pytest.mark.parametrize(("resolution", "scale", "side"), [(256, 4, 96), (64, 2, 64), (96, 3, 96), (50, 4, 48)])
def test_that_crops_are_the_papers_or_the_datas(resolution: int, scale: int, side: int) -> None:
    assert crop_side(96, resolution, scale) == side


def test_that_crops_can_be_smaller_and_pixels_be_weighed_beside_the_discriminator() -> None:
    config = tiny("srgan", variant__pretraining=0, variant__crop=17, objective__pixels=3.0)
    trainer = assembled(config, DataShape(64, 1))
    door = door_of(trainer, GENERATOR, 0)
    terms = {term.name: float(term.value(door).detach()) for term in door.phase.terms[GENERATOR]}
    made = door.once("restored", lambda: pytest.fail("the image is made once"))
    truth = door.once("truth", lambda: pytest.fail("the piece is cut once"))
    assert made.shape == truth.shape == (4, 1, 16, 16), "the largest below 17 that can be shrunk 4 times"
    assert terms["pixels"] == pytest.approx(float(F.mse_loss(made, truth).detach()), rel=1e-6)
    weights = [3.0, 0.006, 1e-3]
    expected = sum(w * terms[name] for w, name in zip(weights, ("pixels", "perceptual", "adversarial"), strict=True))
    assert float(trainer._loss(door.phase.terms[GENERATOR], door).detach()) == pytest.approx(expected, rel=1e-4)


def test_that_large_images_are_learnt_from_in_random_pieces() -> None:
    trainer = assembled(tiny("srgan", variant__pretraining=1000), DataShape(128, 1))
    seen: list[torch.Size] = []
    handle = trainer._game.networks[GENERATOR].register_forward_hook(lambda module, given, out: seen.append(out.shape))
    trainer.round()
    handle.remove()
    assert seen == [(4, 1, 96, 96)]


def test_that_low_bicubic_restored_and_truth_are_shown_side_by_side(tmp_path: Path) -> None:
    config = tiny(
        "srgan",
        dataset__name=str(fill(tmp_path / "a", 40, side=16)),
        variant__scale=2,
        variant__pretraining=4,
        training__samples=8,
        training__steps=3,
    )
    events = train(config)
    assert of(RunStarted, events)[0].columns == ("low", "bicubic", "restored", "truth")
    samples = of(Samples, events)[-1].ema
    low, bicubic, restored, truth = (samples[i::4] for i in range(4))
    assert low.shape == truth.shape == (2, 16, 16, 3)
    assert (low[:, ::2, ::2] == low[:, 1::2, 1::2]).all(), "the small image, each pixel twice as wide"
    assert not (bicubic == restored).all()
    assert [event.name for event in of(PhaseBegan, events)] == ["adversarial"]
    last = of(Progress, events)[-1].scalars
    assert {"term/generator/perceptual", "term/generator/adversarial", "logit/real", "logit/fake"} <= set(last)
    assert "loss/discriminator" not in of(Progress, events)[0].scalars


REFUSED = [
    ({"variant.scale": 3, "dataset.resolution": 64}, "dataset.resolution", "use 63 px"),
    ({"dataset.resolution": 12}, "dataset.resolution", "16 px or more"),
    ({"objective.perceptual": 0.0, "objective.adversarial": 0.0}, "objective.perceptual", "nothing to learn"),
    ({"variant.scale": 5}, "variant.scale", "between 2 and 4"),
    ({"variant.conditional": True}, "variant.conditional", "no class-conditional form"),
    ({"dataset.name": "25-gaussians"}, "dataset.name", "translates images"),
]


@pytest.mark.parametrize(("values", "path", "words"), REFUSED)
def test_that_what_cannot_be_restored_is_refused(values: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check(compose({"variant.name": "srgan", **values}))
    assert caught.value.path == path


def test_that_its_paper_sets_lengths_and_rates() -> None:
    config = compose({"variant.name": "srgan"})
    schedule = config.optimizer.schedule
    assert config.variant.pretraining == 16_000_000 == 10**6 * config.training.batch_size
    assert (schedule.name, schedule.final) == ("step", 0.1)
    assert schedule.start + schedule.length == 1_100_000 * 16
    assert config.training.steps == 1_200_000
    assert math.isclose(config.optimizer.generator.learning_rate, 1e-4)
    assert (config.optimizer.generator.beta1, config.variant.generator_depth) == (0.9, 16)
