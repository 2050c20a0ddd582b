"""Traps that others fell into, one test each, unless a test elsewhere is about it already."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import nn

import ganstudio
from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape
from ganstudio.techniques.augmentation.strength import Strength
from ganstudio.training import checkpoint
from tests.helpers import LATENT_NAMES, assembled, tiny, train

SMALL = DataShape(8, 1)
CODE = [path.read_text(encoding="utf-8") for path in Path(ganstudio.__file__).parent.rglob("*.py")]


@pytest.mark.parametrize("variant", LATENT_NAMES)
def test_that_no_batch_norm_has_its_momentum_for_an_eps(variant: str) -> None:
    """`BatchNorm2d(n, 0.8)` sets eps; Keras's momentum .8 is .2 here, and of the defaults both are torch's."""
    config = tiny(variant, variant__conditional=True) if variant in {"cgan", "biggan"} else tiny(variant)
    game = assembled(config, DataShape(8, 1, num_classes=3))._game
    norms = [m for network in game.networks.values() for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(norm.eps <= 1e-3 for norm in norms)
    assert all(norm.momentum is not None and norm.momentum <= 0.2 for norm in norms)


def test_that_no_loss_takes_the_logarithm_of_a_sigmoid() -> None:
    found = [
        line for text in CODE for line in re.findall(r".*log\(\s*torch\.sigmoid.*|.*sigmoid\([^)]*\)\s*\+\s*1e.*", text)
    ]
    assert not found
    assert not any("binary_cross_entropy(" in text or "BCELoss" in text for text in CODE)


def test_that_weights_are_clipped_at_every_step_of_the_critic_and_not_once_a_round() -> None:
    trainer = assembled(tiny("wgan", training__critic_boost=False), SMALL)
    for _ in range(trainer._config.training.discriminator_steps):
        trainer._play_next()
        assert max(p.abs().max().item() for p in trainer._parameters[DISCRIMINATOR]) <= 0.01 + 1e-9


@pytest.mark.parametrize("variant", ["dcgan", "lsgan", "cgan"])
def test_that_ds_statistics_stand_still_while_g_is_trained(variant: str) -> None:
    trainer = assembled(tiny(variant, variant__discriminator_norm="batch"), DataShape(16, 1, num_classes=3))
    trainer._play_next()
    network = trainer._game.networks[DISCRIMINATOR]
    before = {key: value.clone() for key, value in network.named_buffers()}
    assert any(key.endswith("running_mean") for key in before)
    trainer._play_next()
    assert all(torch.equal(before[key], value) for key, value in network.named_buffers())


def test_that_reals_and_fakes_pass_batch_norm_apart() -> None:
    trainer = assembled(tiny("dcgan"), DataShape(16, 1))
    sizes: list[int] = []
    trainer._game.networks[DISCRIMINATOR].register_forward_pre_hook(lambda m, given: sizes.append(len(given[0])))
    trainer._play_next()
    assert sizes == [4, 4]


def test_that_the_average_of_g_has_gs_statistics() -> None:
    trainer = assembled(tiny("dcgan", techniques__spectral_norm__generator=True), SMALL)
    trainer.round()
    mine, theirs = (
        dict(n.named_buffers()) for n in (trainer._ema.networks[GENERATOR], trainer._game.networks[GENERATOR])
    )
    assert mine.keys() == theirs.keys()
    assert any(key.endswith("running_mean") for key in mine)
    assert any(key.endswith(".u") for key in mine)
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)


def test_that_a_checkpoint_holds_the_strength_of_augmentation_and_the_optimisers(tmp_path: Path) -> None:
    values = {"techniques__augment__policy": "ada", "techniques__augment__speed": 20, "dataset__name": "mnist-10k"}
    config = tiny("vanilla", training__steps=5, techniques__augment__target=-1.0, **values)
    train(config, tmp_path)
    trainer = assembled(config, DataShape(28, 1))
    trainer._restore(checkpoint.checkpoint_folder(tmp_path, 5))
    strength = trainer._game.memory["augment"]
    assert isinstance(strength, Strength)
    assert strength.probability.item() == pytest.approx(4 * 4 / 20)
    assert strength.images.item() == 4.0
    assert all(optimizer.state for optimizer in trainer._optimizers.values())
