"""What every variant says of itself, what its paper sets, and what it refuses."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ganstudio.config import RunConfig, fields
from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import RECIPES, check, compose, resolve
from tests.helpers import VARIANT_NAMES, tiny


@pytest.mark.parametrize("name", VARIANT_NAMES)
def test_that_a_variant_has_a_card(name: str) -> None:
    variant = VARIANTS.get(name)
    assert variant.name == name
    assert variant.title
    assert variant.short
    assert variant.idea.endswith(".")
    assert variant.task in {"latent", "conditional", "points", "image-to-image"}
    assert 2014 <= variant.paper.year <= 2030
    assert variant.paper.url.startswith("https://arxiv.org/abs/")


@pytest.mark.parametrize("name", VARIANT_NAMES)
def test_that_a_variants_paper_settings_are_settings(name: str) -> None:
    paths = {spec.path for spec in fields()}
    variant = VARIANTS.get(name)
    assert set(variant.defaults) <= paths
    assert variant.unused <= paths
    compose({"variant.name": name})


PAPERS: dict[str, dict[str, object]] = {
    "vanilla": {"objective.loss": "non-saturating", "training.batch_size": 64, "training.discriminator_steps": 1},
    "dcgan": {
        "objective.loss": "non-saturating",
        "training.batch_size": 128,
        "optimizer.generator.name": "adam",
        "optimizer.generator.learning_rate": 2e-4,
        "optimizer.discriminator.learning_rate": 2e-4,
        "optimizer.generator.beta1": 0.5,
        "optimizer.discriminator.beta1": 0.5,
    },
    "wgan-gp": {
        "objective.loss": "wasserstein",
        "objective.penalties.gradient.weight": 10.0,
        "objective.penalties.gradient.every": 1,
        "training.discriminator_steps": 5,
        "optimizer.generator.learning_rate": 1e-4,
        "optimizer.discriminator.learning_rate": 1e-4,
        "optimizer.generator.beta1": 0.0,
        "optimizer.generator.beta2": 0.9,
        "optimizer.discriminator.beta1": 0.0,
        "optimizer.discriminator.beta2": 0.9,
    },
    "r3gan": {
        "objective.loss": "relativistic",
        "objective.penalties.r1.every": 1,
        "objective.penalties.r2.every": 1,
        "optimizer.generator.beta1": 0.0,
        "optimizer.discriminator.beta1": 0.0,
        "training.discriminator_steps": 1,
    },
}


@pytest.mark.parametrize("name", list(PAPERS))
def test_that_a_variant_starts_from_its_papers_settings(name: str) -> None:
    config = resolve({"variant": {"name": name}})
    assert {path: config.value(path) for path in PAPERS[name]} == PAPERS[name]


def test_that_r3gan_weighs_both_penalties_alike() -> None:
    config = resolve({"variant.name": "r3gan"})
    assert config.objective.penalties.r1.weight == config.objective.penalties.r2.weight > 0


@pytest.mark.parametrize("name", VARIANT_NAMES)
def test_that_a_round_trains_the_discriminator_first_and_both_players(name: str) -> None:
    config = tiny(name)
    game = VARIANTS.get(name).build(config, DataShape(28, 1))
    plays = game.phase(0, config.value).plays
    assert plays == (DISCRIMINATOR,) * config.training.discriminator_steps + (GENERATOR,)
    trained = [network for player in game.players for network in player.networks]
    assert sorted(trained) == sorted(game.networks)


def test_that_what_a_person_sets_wins_over_the_paper() -> None:
    config = resolve({"variant": {"name": "wgan-gp"}, "training": {"discriminator_steps": 3}})
    assert (config.training.discriminator_steps, config.objective.loss) == (3, "wasserstein")


def test_that_without_a_variant_the_first_recipe_is_taken() -> None:
    assert resolve({}) == RECIPES[0].config()
    assert resolve({"seed": 7}) == RECIPES[0].config().with_values({"seed": 7})


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_that_every_recipe_can_be_trained(recipe: object) -> None:
    check(recipe.config())  # type: ignore[attr-defined]


def test_that_a_config_of_another_format_is_refused() -> None:
    with pytest.raises(UserError, match="format version 2"):
        resolve({"format_version": 2})


REFUSED: list[tuple[dict[str, object], str, str]] = [
    ({"variant.name": "vanilla", "variant.conditional": True}, "variant.conditional", "no class-conditional form"),
    ({"variant.name": "wgan-gp", "techniques.real_label": 0.9}, "techniques.real_label", "cross-entropy"),
    ({"variant.name": "dcgan", "dataset.resolution": 30}, "dataset.resolution", "use 28 px"),
    ({"training.batch_size": 8192, "dataset.limit": 100}, "training.batch_size", "use at most 100"),
    ({"training.batch_size": 8192, "dataset.holdout": 0.5}, "training.batch_size", "use at most 5000"),
    ({"variant.name": "dcgna"}, "variant.name", "did you mean 'dcgan'"),
    ({"dataset.name": "mnist"}, "dataset.name", "did you mean 'mnist-10k'"),
]


@pytest.mark.parametrize(("values", "path", "words"), REFUSED)
def test_that_what_cannot_be_trained_is_refused_before_it_starts(
    values: dict[str, object], path: str, words: str
) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check(resolve(values))
    assert caught.value.path == path


def test_that_classes_need_a_data_set_that_has_them() -> None:
    config = tiny("dcgan", variant__conditional=True)
    with pytest.raises(UserError, match="one sub-folder a class"):
        VARIANTS.get("dcgan").check(config, DataShape(28, 1, num_classes=0))


def test_that_listing_variants_and_recipes_does_not_load_torch() -> None:
    code = "import sys, ganstudio.variants.recipes, ganstudio.data.store; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_that_a_config_tells_which_settings_differ_from_the_paper() -> None:
    changed = compose({"variant.name": "dcgan", "training.batch_size": 32}).differences(
        compose({"variant.name": "dcgan"})
    )
    assert changed == {"training.batch_size": (32, 128)}


def test_that_the_neutral_defaults_are_a_valid_config() -> None:
    assert RunConfig.parse(RunConfig().model_dump()) == RunConfig()
