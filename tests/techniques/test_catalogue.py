"""What every technique says of itself, and where it is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ganstudio.cli import main
from ganstudio.config import fields
from ganstudio.errors import UserError
from ganstudio.game import DataShape
from ganstudio.techniques import TECHNIQUES, Technique
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import RECIPES, compose
from tests.helpers import VARIANT_NAMES, tiny
from tests.techniques.switched_on import SETTINGS

BY_NAME = {technique.name: technique for technique in TECHNIQUES}


@pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda technique: technique.name)
def test_that_a_technique_has_settings_a_paper_and_words(technique: Technique) -> None:
    paths = {spec.path: spec for spec in fields()}
    assert set(technique.paths) <= set(paths)
    assert technique.help.endswith(".")
    assert technique.paper.rstrip()[-4:].isdecimal()
    assert not technique.title.endswith(".")


def test_that_every_technique_has_a_name_of_its_own_and_is_tested() -> None:
    assert len(BY_NAME) == len(TECHNIQUES)
    assert set(SETTINGS) == set(BY_NAME)


@pytest.mark.parametrize("name", SETTINGS)
def test_that_a_technique_knows_when_it_is_on(name: str) -> None:
    technique = BY_NAME[name]
    off = compose({"variant.name": "vanilla", technique.paths[0]: technique.off})
    assert not technique.is_on(off)
    assert technique.is_on(tiny("vanilla", **SETTINGS[name]))


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_that_no_variant_is_refused_as_its_paper_has_it(variant: str) -> None:
    config = compose({"variant.name": variant})
    refused = {
        technique.name: reason
        for technique in TECHNIQUES
        if technique.insists(config) and (reason := VARIANTS.get(variant).refusal(technique, config))
    }
    assert not refused


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_that_no_recipe_is_refused(recipe: Any) -> None:
    config = recipe.config()
    variant = VARIANTS.get(config.variant.name)
    assert not [t.name for t in TECHNIQUES if t.insists(config) and variant.refusal(t, config)]


_ELSEWHERE = "images are translated|has no place for"

REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("wgan-gp", SETTINGS["label-smoothing"], "techniques.real_label", "cross-entropy loss; the loss here is wasser"),
    ("dcgan", SETTINGS["gradient-penalty"], "objective.penalties.gradient.weight", "batch norm mixes D's scores"),
    ("lsgan", SETTINGS["one-sided-penalty"], "objective.penalties.one_sided.weight", "choose another norm of D, or R1"),
    ("r3gan", SETTINGS["lecam"], "techniques.lecam.weight", "LeCam needs scores whose zero is fixed"),
    ("wgan", SETTINGS["lecam"], "techniques.lecam.weight", "wasserstein loss it is free"),
    ("wgan", SETTINGS["unrolled"], "techniques.unrolled.steps", "cannot follow weight clipping"),
    ("wgan", SETTINGS["spectral-norm-discriminator"], "techniques.weight_clip", "undoes what clipping does"),
    ("vanilla", {"techniques__transfer__freeze": 1}, "techniques.transfer.freeze", "choose the run"),
    ("dcgan", SETTINGS["stop-when-settled"], "training.stop.settled", "Only a Wasserstein critic"),
    ("wgan-gp", SETTINGS["rates-by-accuracy"], "optimizer.schedule.accuracy", "critic ought to be ahead"),
    ("dcgan", {"optimizer__schedule__plateau": 2}, "optimizer.schedule.plateau", "set Evaluate every"),
    ("dcgan", SETTINGS["stop-on-plateau"] | {"evaluation__best": "none"}, "training.stop.plateau", "which is none"),
    ("cyclegan", SETTINGS["reduce-on-plateau"], "optimizer.schedule.plateau", "measured by no distribution"),
    ("cyclegan", SETTINGS["rates-by-accuracy"], "optimizer.schedule.accuracy", _ELSEWHERE),
    ("cyclegan", SETTINGS["feature-matching"], "techniques.feature_matching.weight", _ELSEWHERE),
    ("cyclegan", SETTINGS["unrolled"], "techniques.unrolled.steps", _ELSEWHERE),
    ("cyclegan", SETTINGS["lecam"], "techniques.lecam.weight", _ELSEWHERE),
    ("srgan", SETTINGS["minibatch"], "techniques.minibatch.kind", _ELSEWHERE),
]


@pytest.mark.parametrize(("variant", "values", "path", "words"), REFUSED)
def test_that_a_technique_is_refused_where_it_is_not_defined(
    variant: str, values: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(UserError, match=words) as caught:
        VARIANTS.get(variant).check(tiny(variant, **values), DataShape(28, 3))
    assert caught.value.path == path
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("variant", "words"), [("r3gan", "relativistic loss it is free"), ("wgan", "wasserstein"), ("srgan", "translated")]
)
def test_that_an_adaptive_strength_gives_way_where_it_is_not_defined(variant: str, words: str) -> None:
    config = tiny(variant, **SETTINGS["adaptive-augment"])
    assert BY_NAME["adaptive-augment"].is_on(config)
    about, shape = VARIANTS.get(variant), DataShape(16 if variant == "srgan" else 32, 3)
    about.check(config, shape)
    assert words in str(about.refusal(BY_NAME["adaptive-augment"], config))
    assert "augment" not in about.build(config, shape).memory


@pytest.mark.parametrize("name", ["augment", "perturbation"])
def test_that_points_refuse_what_changes_pixels(name: str) -> None:
    config = tiny("vanilla", dataset__name="25-gaussians", **SETTINGS[name])
    with pytest.raises(UserError):
        VARIANTS.get("vanilla").check(config, DataShape(1, 2, subject="points"))
    for task in ("latent", "conditional", "points", "image-to-image"):
        assert (BY_NAME["perturbation"].refusal(config, task) is None) == (task in {"latent", "conditional"})


def test_that_dcgan_with_hinge_loss_r1_and_diffaugment_is_three_picks() -> None:
    picks = {
        "objective.loss": "hinge",
        "objective.penalties.r1.weight": 1.0,
        "techniques.augment.policy": "diffaugment",
    }
    VARIANTS.get("dcgan").check(compose({"variant.name": "dcgan", **picks}), DataShape(28, 1, 10))


def test_that_points_have_no_batch_norm_to_refuse_a_penalty_for() -> None:
    config = compose(
        {"variant.name": "dcgan", "dataset.name": "25-gaussians", "objective.penalties.gradient.weight": 1.0}
    )
    VARIANTS.get("dcgan").check(config, DataShape(1, 2, subject="points"))


def test_that_techniques_are_listed_without_torch() -> None:
    code = "import sys, ganstudio.techniques; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_that_the_command_line_lists_what_each_variant_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["variants", "--json"]) == 0
    found = {row["name"]: set(row["techniques"]) for row in json.loads(capsys.readouterr().out)}
    assert set(found) == set(VARIANT_NAMES)
    assert "label-smoothing" in found["dcgan"]
    assert "label-smoothing" not in found["wgan-gp"]
    assert "gradient-penalty" not in found["dcgan"]
    assert {"gradient-penalty", "augment", "unrolled"} <= found["wgan-gp"]
    assert "unrolled" not in found["cyclegan"]


def test_that_more_layers_cannot_be_held_still_than_there_are() -> None:
    config = tiny("vanilla", techniques__transfer__run="x", techniques__transfer__freeze=16)
    with pytest.raises(UserError, match="D has 3 layers; at most 2") as caught:
        VARIANTS.get("vanilla").build(config, DataShape(8, 1))
    assert caught.value.path == "techniques.transfer.freeze"
