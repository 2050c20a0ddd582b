"""Techniques with every latent variant for which they are defined: two rounds, and one on the meta device."""

from __future__ import annotations

import math

import pytest
import torch

from ganstudio.config import RunConfig
from ganstudio.errors import UserError
from ganstudio.game import SOURCE, DataShape
from ganstudio.techniques import TECHNIQUES
from ganstudio.variants import VARIANTS
from tests.helpers import VARIANT_NAMES, assembled, tiny
from tests.techniques.switched_on import SETTINGS

LATENT = [name for name in VARIANT_NAMES if VARIANTS.get(name).task != "image-to-image"]
BUNDLES = (
    ("orthogonal-start", "spectral-norm-discriminator", "augment", "r1-penalty", "unrolled", "warm-up", "freeze"),
    ("spectral-norm-generator", "adaptive-augment", "lecam", "perturbation", "feature-matching", "one-sided-penalty"),
    (
        "instance-noise",
        "minibatch",
        "dropout",
        "orthogonal-weights",
        "clip-norm-discriminator",
        "gradient-penalty",
        "rates-by-accuracy",
        "reduce-on-plateau",
        "stop-on-plateau",
    ),
    ("label-smoothing", "zero-centred-penalty", "r2-penalty", "clip-value-generator", "weight-decay-generator"),
    ("ema", "schedule", "clip-norm-generator", "clip-value-discriminator", "weight-decay-discriminator", "unrolled"),
    ("weight-clipping", "transfer", "stop-when-settled", "adaptive-augment"),
)
TECHNIQUE = {technique.name: technique for technique in TECHNIQUES}


def data(variant: str) -> DataShape:
    side = 8 if variant in LATENT else 16
    return DataShape(side, 3, num_classes=3 if tiny(variant).variant.conditional else 0)


class RandomPoints:
    """Real points of noise: a pure function of the position."""

    def at(self, position: int, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        points = torch.randn((count, 2), generator=torch.Generator().manual_seed(position))
        return points, torch.zeros(count, dtype=torch.int64)


def bundled(variant: str, names: tuple[str, ...]) -> RunConfig:
    """The config with those of `names` on that are not refused, one after the other."""
    short = {"training__critic_boost": False, "training__discriminator_steps": 1, "variant__pretraining": 0}
    config = tiny(variant, **short)
    for name in names:
        values = {path.replace("__", "."): value for path, value in SETTINGS[name].items()}
        wider = config.with_values(values)
        try:
            VARIANTS.get(variant).check(wider, data(variant))
        except UserError:
            continue
        config = wider
    return config


def assert_trains(config: RunConfig, shape: DataShape) -> None:
    trainer = assembled(config, shape)
    if shape.subject == "points":
        trainer._data = {SOURCE: RandomPoints()}
    trainer.round()
    trainer.round()
    scalars, _ = trainer._meters.read()
    assert {"loss/discriminator", "loss/generator"} <= scalars.keys()
    assert all(math.isfinite(value) for value in scalars.values())
    for network in trainer._game.networks.values():
        assert all(bool(torch.isfinite(value).all()) for value in network.state_dict().values())


def test_that_every_technique_is_in_a_bundle() -> None:
    assert {name for bundle in BUNDLES for name in bundle} == set(SETTINGS)


@pytest.mark.parametrize("variant", LATENT)
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle[0])
def test_that_techniques_train_together_with_a_variant(variant: str, bundle: tuple[str, ...]) -> None:
    config = bundled(variant, bundle)
    assert any(TECHNIQUE[name].is_on(config) for name in bundle)
    assert_trains(config, data(variant))


@pytest.mark.parametrize("variant", LATENT)
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle[0])
def test_that_techniques_keep_every_tensor_on_its_device(variant: str, bundle: tuple[str, ...]) -> None:
    assembled(bundled(variant, bundle), data(variant), "meta").round()


@pytest.mark.parametrize("name", SETTINGS)
def test_that_a_technique_trains_alone(name: str) -> None:
    variant = "wgan-gp" if name == "stop-when-settled" else "vanilla"
    config = bundled(variant, (name,))
    assert TECHNIQUE[name].is_on(config)
    assert_trains(config, data(variant))


@pytest.mark.parametrize("variant", [name for name in VARIANT_NAMES if name not in LATENT])
def test_that_translators_take_what_is_defined_for_them(variant: str) -> None:
    wanted = ("instance-noise", "augment", "spectral-norm-discriminator", "orthogonal-weights", "clip-norm-generator")
    config = bundled(variant, wanted)
    assert all(TECHNIQUE[name].is_on(config) for name in wanted)
    assert_trains(config, data(variant))
    assembled(config, data(variant), "meta").round()


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in {"augment", "perturbation"}])
def test_that_a_technique_trains_on_points(name: str) -> None:
    shape = DataShape(1, 2, subject="points")
    config = tiny("vanilla", dataset__name="25-gaussians", **SETTINGS[name])
    try:
        VARIANTS.get("vanilla").check(config, shape)
    except UserError:
        return
    assert_trains(config, shape)
