"""`ganstudio evaluate`: what it prints for each kind of run, what it leaves in the journal, and what it refuses."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli import main
from ganstudio.evaluation import extractors
from ganstudio.evaluation.measures import MEASURES
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Evaluated
from tests.evaluation.test_background import Averages
from tests.helpers import arguments, of, tiny


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractors, "MobileNetExtractor", Averages)


def trained(out: Path, variant: str, **values: Any) -> Path:
    config = tiny(variant, **{"training__steps": 2, "training__checkpoint_every": 1, **values})
    assert main([*arguments(config), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("runs") / "digits", "vanilla", dataset__limit=100)


def evaluated(capsys: pytest.CaptureFixture[str], *given: str) -> Any:
    capsys.readouterr()
    assert main(["evaluate", *given, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_that_every_measure_is_printed_as_json_and_kept_in_the_journal(
    digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = evaluated(capsys, f"{digits}@1", "--count", "40")
    assert found.keys() == {"step", "extractor", "measures", "notes"}
    assert (found["step"], found["extractor"]) == (1, "Averages")
    assert tuple(found["measures"]) == tuple(MEASURES)
    for measure in found["measures"].values():
        assert measure.keys() == {"value", "deviation", "n"} and measure["n"] == 40
        assert math.isfinite(measure["value"])
    assert found["measures"]["kid"]["deviation"] is not None
    assert any("100 training images" in note for note in found["notes"])
    kept = of(Evaluated, RunFolder(digits).events())[-1]
    assert (kept.step, kept.measures["fid"].value) == (1, pytest.approx(found["measures"]["fid"]["value"]))
    assert RunFolder(digits).state() == "finished"


def test_that_some_measures_of_the_last_step_are_a_table(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(digits), "--metrics", "kid,fid", "--count", "30"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Step 2")
    assert [line.split()[0] for line in lines[1:3]] == ["KID-Averages", "FID-Averages"]
    assert "±" in lines[1] and lines[1].endswith("of 30")


def test_that_a_run_that_is_being_trained_is_measured_but_not_written_to(
    digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (digits / "journal.jsonl").read_bytes()
    with RunFolder(digits).lock():
        evaluated(capsys, str(digits), "--metrics", "fid", "--count", "30")
    assert (digits / "journal.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["--metrics", "fdi"], "There is no measure named 'fdi'; did you mean 'fid'?"),
        (["--count", "5"], "An evaluation needs at least 6 generated images; there are 5."),
    ],
)
def test_that_a_mistake_is_one_line(
    digits: Path, capsys: pytest.CaptureFixture[str], given: list[str], sentence: str
) -> None:
    capsys.readouterr()
    assert main(["evaluate", str(digits), *given]) == 2
    ended = capsys.readouterr()
    assert (ended.out, ended.err) == ("", f"{sentence}\n")


def test_that_points_have_measures_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = trained(tmp_path / "points", "vanilla", dataset__name="8-gaussians")
    found = evaluated(capsys, str(run), "--count", "1500")
    assert found["extractor"] is None
    assert found["measures"].keys() == {"mmd2", "covered_modes", "on_mode"}
    assert {name: one["n"] for name, one in found["measures"].items()} == {
        "mmd2": 1000, "covered_modes": 1500, "on_mode": 1500,
    }  # fmt: skip
    assert main(["evaluate", str(run), "--metrics", "fid"]) == 2


def test_that_super_resolution_is_measured_by_the_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = trained(tmp_path / "large", "srgan")
    found = evaluated(capsys, str(run), "--count", "12")
    assert found["extractor"] is None and found["measures"].keys() == {"psnr", "ssim"}
    assert 0 < found["measures"]["psnr"]["value"] < 40
    assert found["measures"]["ssim"]["n"] == 12


def test_that_a_translation_without_pairs_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = trained(tmp_path / "pairs", "cyclegan")
    capsys.readouterr()
    assert main(["evaluate", str(run)]) == 2
    assert "no pairs" in capsys.readouterr().err
