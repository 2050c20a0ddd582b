"""The config: every field documented and bounded, one way in, and sentences for what is wrong."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ganstudio.config import (
    RunConfig,
    explain,
    field,
    fields,
    flatten,
    parse_assignment,
    read_config_data,
)
from ganstudio.errors import UserError

PATHS = [spec.path for spec in fields()]


@pytest.mark.parametrize("path", PATHS)
def test_that_every_setting_says_what_it_is(path: str) -> None:
    spec = field(path)
    assert spec.label
    assert spec.help.endswith(".")
    assert spec.section in {"choice", "essentials", "objective", "techniques", "advanced"}
    if spec.kind in {"int", "float"}:
        assert spec.minimum is not None, "unbounded"
        assert spec.maximum is not None, "unbounded"
        assert spec.range_text()
        if spec.default is not None:
            assert spec.minimum <= spec.default <= spec.maximum
    if spec.kind == "choice":
        assert spec.default in spec.choices
    assert RunConfig().value(path) == spec.default


def test_that_no_two_settings_have_the_same_label() -> None:
    labels = [field(path).label for path in PATHS]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    "path",
    [
        "optimizer.discriminator.learning_rate",
        "optimizer.generator.learning_rate",
        "objective.penalties.r1.weight",
        "training.discriminator_steps",
        "training.batch_size",
        "training.steps",
        "training.log_every",
        "training.sample_every",
        "training.checkpoint_every",
        "dataset.limit",
        "dataset.name",
        "variant.name",
        "techniques.ema.half_life",
        "seed",
        "device",
        "precision",
    ],
)
def test_that_settings_other_programs_rely_on_are_there(path: str) -> None:
    assert path in PATHS


def test_that_what_may_change_during_a_run_is_what_training_reads_anew() -> None:
    live = {path for path in PATHS if field(path).live}
    assert {
        "optimizer.generator.learning_rate",
        "objective.penalties.r1.weight",
        "training.discriminator_steps",
    } <= live
    assert not live & {"seed", "training.batch_size", "variant.name", "dataset.name", "precision", "threads", "device"}


# -- in and out --------------------------------------------------------------------------------------------------------


def test_that_a_config_survives_json_and_toml(tmp_path: Path) -> None:
    config = RunConfig().with_values(
        {"training.batch_size": 32, "dataset.resolution": 48, "optimizer.generator.beta1": 0.0}
    )
    (tmp_path / "c.json").write_text(config.to_json())
    assert RunConfig.parse(read_config_data(tmp_path / "c.json")) == config
    (tmp_path / "c.toml").write_text("seed = 3\n[training]\nbatch_size = 32\n[optimizer.generator]\nbeta1 = 0.0\n")
    assert flatten(read_config_data(tmp_path / "c.toml")) == {
        "seed": 3,
        "training.batch_size": 32,
        "optimizer.generator.beta1": 0.0,
    }


def test_that_numbers_survive_json_to_the_last_bit() -> None:
    config = RunConfig().with_values({"optimizer.generator.learning_rate": 0.1 * 3e-3})
    assert RunConfig.parse(json.loads(config.to_json())) == config


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("c.json", "{", "is not valid JSON"),
        ("c.toml", "a = ", "is not valid TOML"),
        ("c.json", "[1]", "must be a table"),
        ("c.json", "7", "must be a table"),
    ],
)
def test_that_a_malformed_file_is_told(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=words):
        read_config_data(tmp_path / name)


def test_that_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"dataset": {"name": "\xe9"}}')
    for name, words in (("nowhere.json", "No such file"), ("", "directory"), ("latin.json", "not valid JSON")):
        with pytest.raises(UserError, match=words):
            read_config_data(tmp_path / name)


def test_that_a_config_of_a_later_format_is_refused() -> None:
    with pytest.raises(UserError, match="has format version 2; this GANStudio reads version 1"):
        RunConfig.parse({"format_version": 2})


def test_that_a_config_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        RunConfig().seed = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        RunConfig().training.batch_size = 3  # type: ignore[misc]


# -- what is wrong -----------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, Any, str]] = [
    ("training.batch_size", 0, "training.batch_size: must lie between 1 and 8192 (given: 0)"),
    ("training.batch_size", 2.5, "training.batch_size: must be a whole number (given: 2.5)"),
    ("training.batch_size", "many", "training.batch_size: must be a whole number (given: many)"),
    ("training.batch_size", None, "training.batch_size: must be a whole number (given: None)"),
    ("optimizer.generator.learning_rate", -1e-3, "must lie between 0 and 10 (given: -0.001)"),
    ("optimizer.generator.learning_rate", math.nan, "must be a finite number (given: nan)"),
    ("optimizer.generator.learning_rate", math.inf, "must be a finite number (given: inf)"),
    ("optimizer.generator.beta1", 1.0, "must be at least 0 and below 1 (given: 1.0)"),
    ("techniques.real_label", 0.5, "must be above 0.5 and at most 1 (given: 0.5)"),
    ("variant.conditional", "perhaps", "must be true or false (given: perhaps)"),
    ("precision", "bfloat", "'bfloat' is not one of auto, float32, bfloat16; did you mean 'bfloat16'?"),
    ("objective.loss", "wassserstein", "did you mean 'wasserstein'?"),
    ("dataset.resolution", 7, "must lie between 8 and 512 (given: 7)"),
    ("seed", -1, "must lie between 0 and 2147483647 (given: -1)"),
    ("training.steps", 0, "must lie between 1 and 1e9 (given: 0)"),
]


@pytest.mark.parametrize(("path", "value", "sentence"), WRONG)
def test_that_a_wrong_value_is_told_with_its_range(path: str, value: Any, sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        RunConfig().with_values({path: value})
    assert sentence in str(caught.value)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("training.batchsize", "training.batch_size"),
        ("batch_size", "training.batch_size"),
        ("optimizer.learning_rate", "optimizer.generator.learning_rate"),
        ("objective.penalties.r1.wieght", "objective.penalties.r1.weight"),
    ],
)
def test_that_an_unknown_setting_brings_the_nearest(path: str, nearest: str) -> None:
    for attempt in (lambda: RunConfig().with_values({path: 1}), lambda: field(path)):
        with pytest.raises(
            UserError, match=f"There is no setting '{re.escape(path)}'; did you mean '{re.escape(nearest)}'"
        ):
            attempt()


@pytest.mark.parametrize("path", ["training", "training.steps.more", "", "format_version.x", "optimizer.generator"])
def test_that_a_section_is_no_setting(path: str) -> None:
    with pytest.raises(UserError, match="There is no setting"):
        RunConfig().with_values({path: 1})


def test_that_an_unknown_setting_in_a_file_is_told() -> None:
    with pytest.raises(UserError, match=r"There is no setting 'training\.epochs'"):
        RunConfig.parse({"training": {"epochs": 5}})


def test_that_a_value_is_looked_up_by_its_path_only() -> None:
    assert RunConfig().value("training.batch_size") == 64
    for path in ("training.epochs", "nothing", "training.batch_size.more"):
        with pytest.raises(KeyError):
            RunConfig().value(path)


def test_that_every_problem_of_a_form_is_explained_beside_its_field() -> None:
    with pytest.raises(ValidationError) as caught:
        RunConfig.model_validate({"seed": -1, "training": {"batch_size": 0}})
    assert {problem.path for problem in explain(caught.value)} == {"seed", "training.batch_size"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("training.batch_size=32", ("training.batch_size", 32)),
        ("optimizer.generator.learning_rate=2e-4", ("optimizer.generator.learning_rate", 2e-4)),
        ("variant.conditional=true", ("variant.conditional", True)),
        ("dataset.resolution=none", ("dataset.resolution", None)),
        ("dataset.resolution=", ("dataset.resolution", None)),
        ("dataset.name=/a/b=c", ("dataset.name", "/a/b=c")),
        ("precision=bfloat16", ("precision", "bfloat16")),
    ],
)
def test_that_an_assignment_is_read_as_a_person_means_it(text: str, expected: tuple[str, Any]) -> None:
    assert parse_assignment(text) == expected


@pytest.mark.parametrize("text", ["training.batch_size", "=3", " = 3"])
def test_that_what_is_no_assignment_is_told(text: str) -> None:
    with pytest.raises(UserError, match="not of the form PATH=VALUE"):
        parse_assignment(text)


def test_that_differences_name_only_what_differs() -> None:
    one, other = RunConfig(), RunConfig().with_values({"seed": 4, "training.steps": 10})
    assert one.differences(other) == {"seed": (0, 4), "training.steps": (one.training.steps, 10)}
    assert one.differences(RunConfig()) == {}
