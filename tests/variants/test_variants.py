"""What every variant says of itself, what its paper sets, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.utils.parametrize import is_parametrized

from ganstudio.config import RunConfig, fields
from ganstudio.errors import UserError
from ganstudio.game import DISCRIMINATOR, GENERATOR, Cursor, DataShape
from ganstudio.losses.adversarial import adversarial_loss
from ganstudio.training.ema import ema_decay
from ganstudio.training.optimizers import build_optimizer, penalty_share, set_optimizer
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import EMOJI, RECIPES, check, compose, presets, resolve
from tests.helpers import VARIANT_NAMES, assembled, fill, tiny

LATENT = [name for name in VARIANT_NAMES if VARIANTS.get(name).task in {"latent", "conditional"}]


@pytest.mark.parametrize("name", VARIANT_NAMES)
def test_that_a_variant_has_a_card(name: str) -> None:
    variant = VARIANTS.get(name)
    assert variant.name == name
    assert variant.title
    assert variant.short
    assert variant.idea.endswith(".")
    assert variant.task in {"latent", "conditional", "points", "image-to-image"}
    assert 2014 <= variant.paper.year <= 2030
    assert variant.paper.url.startswith(("https://arxiv.org/abs/", "https://doi.org/"))
    assert variant.paper.reference.split()[0] in {"arXiv", "doi"}
    assert variant.idea.count(". ") <= 1, "two sentences at most"


FIRST = ["vanilla", "dcgan", "bilinear", "lsgan", "wgan", "wgan-gp", "sngan", "cgan", "progressive", "biggan", "r3gan"]


def test_that_variants_are_listed_from_the_first_to_the_modern_and_translators_last() -> None:
    assert VARIANT_NAMES[: len(FIRST) + 2] == [*FIRST, "cyclegan", "srgan"]


@pytest.mark.parametrize("name", VARIANT_NAMES)
def test_that_a_variants_paper_settings_are_settings(name: str) -> None:
    paths = {spec.path for spec in fields()}
    variant = VARIANTS.get(name)
    assert set(variant.defaults) <= paths
    assert variant.unused <= paths
    compose({"variant.name": name})


def adam(rate: float, beta1: float, beta2: float, d_rate: float | None = None) -> dict[str, object]:
    return {
        "optimizer.generator.name": "adam",
        "optimizer.discriminator.name": "adam",
        "optimizer.generator.learning_rate": rate,
        "optimizer.discriminator.learning_rate": d_rate or rate,
        "optimizer.generator.beta1": beta1,
        "optimizer.discriminator.beta1": beta1,
        "optimizer.generator.beta2": beta2,
        "optimizer.discriminator.beta2": beta2,
    }


PAPERS: dict[str, dict[str, object]] = {
    "vanilla": {
        "objective.loss": "non-saturating",
        "training.batch_size": 64,
        "training.discriminator_steps": 1,
        "variant.latent_size": 100,
        "variant.generator_width": 256,
        "variant.discriminator_width": 512,
    },
    "dcgan": {
        "objective.loss": "non-saturating",
        "training.batch_size": 128,
        "training.discriminator_steps": 1,
        "variant.latent_size": 100,
        "variant.generator_norm": "batch",
        "variant.discriminator_norm": "batch",
        **adam(2e-4, 0.5, 0.999),
    },
    "bilinear": {
        "objective.loss": "non-saturating",
        "training.batch_size": 128,
        "training.samples": 16,
        "techniques.dropout": 0.3,
        "optimizer.discriminator.clip_value": 1.0,
        "optimizer.generator.clip_value": 0.0,
        **adam(1e-3, 0.9, 0.999),
    },
    "lsgan": {
        "objective.loss": "least-squares",
        "objective.targets": "0,1,1",
        "optimizer.discriminator.beta1": 0.5,
        "variant.discriminator_norm": "batch",
    },
    "wgan": {
        "objective.loss": "wasserstein",
        "techniques.weight_clip": 0.01,
        "training.discriminator_steps": 5,
        "training.critic_boost": True,
        "training.batch_size": 64,
        "optimizer.generator.name": "rmsprop",
        "optimizer.discriminator.name": "rmsprop",
        "optimizer.generator.learning_rate": 5e-5,
        "optimizer.discriminator.learning_rate": 5e-5,
        "optimizer.generator.beta2": 0.99,
        "optimizer.discriminator.beta2": 0.99,
    },
    "wgan-gp": {
        "objective.loss": "wasserstein",
        "objective.penalties.gradient.weight": 10.0,
        "objective.penalties.gradient.every": 1,
        "training.discriminator_steps": 5,
        "variant.discriminator_norm": "none",
        **adam(1e-4, 0.0, 0.9),
    },
    "sngan": {
        "objective.loss": "hinge",
        "techniques.spectral_norm.discriminator": True,
        "techniques.spectral_norm.generator": False,
        "training.discriminator_steps": 5,
        "training.batch_size": 64,
        "variant.latent_size": 128,
        "variant.discriminator_norm": "none",
        "optimizer.schedule.name": "linear",
        "optimizer.schedule.final": 0.0,
        **adam(2e-4, 0.0, 0.9),
    },
    "cgan": {
        "objective.loss": "non-saturating",
        "variant.conditional": True,
        "variant.conditioning": "joined",
        "training.batch_size": 100,
    },
    "biggan": {
        "objective.loss": "hinge",
        "objective.orthogonal": 1e-4,
        "techniques.spectral_norm.discriminator": True,
        "techniques.spectral_norm.generator": True,
        "training.discriminator_steps": 2,
        "variant.conditional": True,
        "variant.latent_size": 120,
        **adam(5e-5, 0.0, 0.999, d_rate=2e-4),
    },
    "r3gan": {
        "objective.loss": "relativistic",
        "objective.penalties.r1.weight": 0.05,
        "objective.penalties.r1.every": 1,
        "objective.penalties.r2.weight": 0.05,
        "objective.penalties.r2.every": 1,
        "training.discriminator_steps": 1,
        "optimizer.schedule.name": "cosine",
        "optimizer.schedule.length": 20_000_000,
        "optimizer.schedule.penalties": 0.1,
        "optimizer.schedule.beta2": 0.9,
        "techniques.ema.ramp": 0.05,
        **adam(2e-4, 0.0, 0.99),
    },
}


@pytest.mark.parametrize("name", list(PAPERS))
def test_that_a_variant_starts_from_its_papers_settings(name: str) -> None:
    config = resolve({"variant": {"name": name}})
    assert {path: config.value(path) for path in PAPERS[name]} == PAPERS[name]


@pytest.mark.parametrize(
    ("images", "rate", "beta2", "penalty"),
    [(0, 2e-4, 0.9, 0.05), (10**7, 1.25e-4, 0.945, 0.0275), (2 * 10**7, 5e-5, 0.99, 0.005)],
)
def test_that_r3gans_schedules_run_from_its_papers_first_values_to_its_last(
    images: int, rate: float, beta2: float, penalty: float
) -> None:
    """Cosines over 2e7 images: rate 2e-4 to 5e-5, beta2 .9 to .99, gamma .05 to .005; in the middle, their means."""
    config = resolve({"variant.name": "r3gan"})
    schedule, player = config.optimizer.schedule, config.optimizer.discriminator
    optimizer = build_optimizer([torch.nn.Parameter(torch.zeros(1))], player, torch.device("cpu"))
    set_optimizer(optimizer, player, schedule, images)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(rate)
    assert optimizer.param_groups[0]["betas"] == pytest.approx((0.0, beta2))
    assert config.objective.penalties.r1.weight * penalty_share(schedule, images) == pytest.approx(penalty)


def test_that_biggan_averages_as_its_paper_does() -> None:
    """.9999 at each step, as a half-life in images of its batches."""
    config = resolve({"variant.name": "biggan"})
    batch, half_life = config.training.batch_size, config.techniques.ema.half_life
    assert ema_decay(batch, 10**9, half_life, 0.05) == pytest.approx(0.9999, abs=1e-7)


@pytest.mark.parametrize("name", LATENT)
def test_that_a_round_trains_the_discriminator_first_and_both_players(name: str) -> None:
    config = tiny(name)
    game = VARIANTS.get(name).build(config, DataShape(28, 1))
    plays = game.phase(Cursor(), config.value).plays
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
    ({"variant.name": "cgan", "variant.conditional": False}, "variant.conditional", "take DCGAN"),
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


# -- starting points ---------------------------------------------------------------------------------------------------


WITH: dict[str, dict[str, object]] = {"cyclegan": {"dataset.name": "emoji-noto", "dataset.target": "emoji-fluent"}}
WITH["srgan"] = {"dataset.name": "emoji-noto"}
PRESETS = [(name, preset.name) for name in VARIANT_NAMES for preset in presets(VARIANTS.get(name))]


@pytest.mark.parametrize(("variant", "preset"), PRESETS)
def test_that_every_preset_can_be_trained(variant: str, preset: str) -> None:
    config = resolve({"variant.name": variant, **WITH.get(variant, {})}, preset)
    check(config)
    assert config.variant.name == variant


def test_that_a_preset_is_laid_over_the_paper_and_gives_way_to_what_a_person_sets() -> None:
    paper = resolve({"variant.name": "dcgan"})
    quick = resolve({"variant.name": "dcgan", "training.batch_size": 48}, "first-minute")
    preset = presets(VARIANTS.get("dcgan"))[1]
    changed = {path: new for path, (new, _) in quick.differences(paper).items()}
    expected = {path: value for path, value in preset.values.items() if value != paper.value(path)}
    assert changed == expected | {"training.batch_size": 48}


def test_that_the_papers_preset_is_the_paper() -> None:
    assert resolve({"variant.name": "sngan"}, "paper") == resolve({"variant.name": "sngan"})


def test_that_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="no preset of dcgan named 'first-minit'; did you mean 'first-minute'"):
        resolve({"variant.name": "dcgan"}, "first-minit")


@pytest.mark.parametrize("name", LATENT)
def test_that_every_latent_variant_has_a_first_minute(name: str) -> None:
    assert [preset.name for preset in presets(VARIANTS.get(name))][:2] == ["paper", "first-minute"]


@pytest.mark.parametrize("name", LATENT)
def test_that_a_first_minute_on_points_keeps_the_networks_of_points(name: str) -> None:
    config = resolve({"variant.name": name, "dataset.name": "8-gaussians"}, presets(VARIANTS.get(name))[-1].name)
    assert (config.variant.generator_width, config.training.batch_size) == (128, 256)
    if name != "progressive":
        check(config)


# -- data without classes ----------------------------------------------------------------------------------------------


@pytest.fixture
def flat(tmp_path: Path) -> str:
    """A folder of pictures, without classes."""
    return str(fill(tmp_path / "pictures", 40, side=32))


def test_that_a_folder_without_classes_is_trained_without_any(flat: str) -> None:
    config = resolve({"dataset.name": flat})
    check(config)
    assert not config.variant.conditional
    assert config.training.batch_size == 36, "of 40 pictures 4 are held out"


def test_that_a_variant_that_need_not_be_conditional_is_not_without_classes(flat: str) -> None:
    config = resolve({"variant.name": "biggan", "dataset.name": flat, "training.batch_size": 8})
    check(config)
    assert not config.variant.conditional
    assert resolve({"variant.name": "biggan"}).variant.conditional


def test_that_a_person_who_asks_for_classes_that_are_not_there_is_told(flat: str) -> None:
    for values in ({"variant.name": "biggan", "variant.conditional": True}, {"variant.name": "cgan"}):
        config = resolve({"dataset.name": flat, "training.batch_size": 8, **values})
        assert config.variant.conditional
        with pytest.raises(UserError, match="no classes to condition on") as caught:
            check(config)
        assert caught.value.path == "variant.conditional"


def test_that_digits_settings_are_not_forced_on_other_images(flat: str) -> None:
    config = resolve({"dataset.name": flat})
    assert config.variant.name == "r3gan"
    assert config.optimizer.schedule.length > 1_000_000
    assert config.techniques.ema.half_life == EMOJI.values["techniques.ema.half_life"]


@pytest.mark.parametrize(("resolution", "gamma"), [(16, 1.0), (32, 1.0), (64, 2.0), (128, 17.0), (256, 150.0)])
def test_that_r3gans_penalties_suit_the_side_of_a_persons_images(flat: str, resolution: int, gamma: float) -> None:
    config = resolve({"dataset.name": flat, "dataset.resolution": resolution})
    assert config.objective.penalties.r1.weight == config.objective.penalties.r2.weight == gamma


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_that_a_data_set_with_a_recipe_of_its_own_begins_with_its_first(recipe: Any) -> None:
    name = recipe.values["dataset.name"]
    first = next(each for each in RECIPES if each.values["dataset.name"] == name)
    assert resolve({"dataset.name": name}) == first.config()


# -- what each paper plays ---------------------------------------------------------------------------------------------


def terms(variant: str, player: str) -> set[str]:
    """Names of the terms of `player` that weigh anything, with the paper's settings."""
    config = compose({"variant.name": variant, **SMALL})
    game = VARIANTS.get(variant).build(config, DataShape(28, 1, 10))
    phase = game.phase(Cursor(), config.value)
    every = (*phase.terms[player], *game.extra.get(player, ()))
    return {term.name for term in every if term.weight is None or config.value(term.weight)}


SMALL = {"variant.generator_width": 4, "variant.discriminator_width": 4}
PLAYED: dict[str, tuple[set[str], set[str]]] = {
    **{name: ({"adversarial"}, {"adversarial"}) for name in ("vanilla", "dcgan", "bilinear", "lsgan", "wgan", "sngan")},
    "cgan": ({"adversarial"}, {"adversarial"}),
    "wgan-gp": ({"adversarial", "gradient"}, {"adversarial"}),
    "biggan": ({"adversarial"}, {"adversarial", "orthogonal"}),
    "r3gan": ({"adversarial", "r1", "r2"}, {"adversarial"}),
}


@pytest.mark.parametrize("variant", list(PLAYED))
def test_that_each_player_minimises_what_its_paper_says_and_no_more(variant: str) -> None:
    assert (terms(variant, DISCRIMINATOR), terms(variant, GENERATOR)) == PLAYED[variant]


@pytest.mark.parametrize(("targets", "d", "g"), [("0,1,1", 0.5 + 2.0, 0.5), ("-1,1,0", 0.5 + 4.5, 2.0)])
def test_that_lsgan_pulls_scores_to_the_targets_that_are_picked(targets: str, d: float, g: float) -> None:
    """Scores of 2 everywhere: 1/2 (2 - b)^2 + 1/2 (2 - a)^2 for D, 1/2 (2 - c)^2 for G."""
    loss = adversarial_loss(compose({"variant.name": "lsgan", "objective.targets": targets}).objective)
    two = torch.full((3,), 2.0)
    assert float(loss.discriminator(two, two)) == pytest.approx(d)
    assert float(loss.generator(None, two)) == pytest.approx(g)


def test_that_wgans_critic_has_its_head_start() -> None:
    """100 updates for each of the first 25 of the generator and for every 500th (the authors' code), 5 for others."""
    config = compose({"variant.name": "wgan", **SMALL})
    game = VARIANTS.get("wgan").build(config, DataShape(28, 1))
    counts = {step: len(game.phase(Cursor(step=step), config.value).plays) - 1 for step in (0, 24, 25, 499, 500, 501)}
    assert counts == {0: 100, 24: 100, 25: 5, 499: 5, 500: 100, 501: 5}


def test_that_wgans_weights_are_clipped_after_every_critic_step() -> None:
    trainer = assembled(tiny("wgan", optimizer__discriminator__learning_rate=0.05), DataShape(28, 1))
    for _ in range(3):
        trainer._play_next()
        largest = max(float(p.detach().abs().max()) for p in trainer._game.networks[DISCRIMINATOR].parameters())
        assert largest <= 0.01 + 1e-9


def test_that_the_head_start_is_wgans_alone() -> None:
    having = [name for name in VARIANT_NAMES if "training.critic_boost" not in VARIANTS.get(name).unused]
    assert having == ["wgan"]


@pytest.mark.parametrize(
    ("variant", "normalised"), [("sngan", [DISCRIMINATOR]), ("biggan", [DISCRIMINATOR, GENERATOR])]
)
def test_that_spectral_norm_stands_where_the_paper_puts_it(variant: str, normalised: list[str]) -> None:
    game = VARIANTS.get(variant).build(tiny(variant), DataShape(28, 1, 10))
    found = [
        name
        for name, network in game.networks.items()
        if all(is_parametrized(layer, "weight") for layer in network.modules() if isinstance(layer, torch.nn.Conv2d))
    ]
    assert sorted(found) == sorted(normalised)
