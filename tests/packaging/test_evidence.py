"""The evidence of learning: who passes, and what is written of it. Brightness stands in for the trained judge."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganstudio.runs.execute import train
from ganstudio.training.control import Control
from tests.helpers import tiny
from tests.latent.tiny_runs import class_run

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PACKAGING))
    monkeypatch.syspath_prepend(str(PACKAGING / "evidence"))
    return importlib.import_module("digits")


class Brightness(torch.nn.Module):
    """Takes an image whose pixels are 25 n for the digit n."""

    def features(self, images: torch.Tensor) -> torch.Tensor:
        return (images.mean(dim=(1, 2, 3)) + 1.0) * 127.5 / 25.0

    def head(self, features: torch.Tensor) -> torch.Tensor:
        return -100.0 * (features[:, None] - torch.arange(10.0)).square()


@pytest.fixture
def judge(digits: ModuleType) -> Any:
    judge = object.__new__(digits.Judge)
    judge.model, judge.accuracy, judge.confidence_real, judge.floor = Brightness(), 1.0, 1.0, 0.0
    judge.verdict = lambda samples: SimpleNamespace(
        confidence=0.9,
        class_shares=tuple(np.bincount(samples[:, 0, 0, 0] // 25, minlength=10) / len(samples)),
        smallest_class_share=0.0,
        frechet=1.0,
    )
    return judge


def drawn(classes: list[int]) -> np.ndarray[Any, Any]:
    """Images of these digits, 28 x 28."""
    return np.broadcast_to(25 * np.array(classes, np.uint8)[:, None, None, None], (len(classes), 28, 28, 1)).copy()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of two steps of four images."""
    train(tiny("vanilla", training__steps=2), tmp_path / "run", lambda _event: None, Control())
    return tmp_path / "run"


def test_that_a_variant_is_held_to_the_class_that_was_asked_for(digits: ModuleType, judge: Any, run: Path) -> None:
    every = list(range(10)) * 10
    wrong = [*every[:-6], *[0] * 6]
    obeyed = digits.judged(judge, "cgan", run, drawn(every), np.array(every))
    astray = digits.judged(judge, "cgan", run, drawn(wrong), np.array(every))
    free = digits.judged(judge, "dcgan", run, drawn(wrong), None)
    assert (obeyed.obeyed, obeyed.passes) == (1.0, True)
    assert (astray.obeyed, astray.passes) == (0.94, False)
    assert (free.obeyed, free.passes) == (None, True)


@pytest.mark.parametrize(
    ("confidence", "classes", "obeyed", "passes"),
    [
        (0.85, 10, None, True),
        (0.84, 10, None, False),
        (0.99, 9, None, False),
        (0.99, 10, 0.95, True),
        (0.99, 10, 0.94, False),
    ],
)
def test_that_what_passes_is_sure_whole_and_obedient(
    digits: ModuleType, confidence: float, classes: int, obeyed: float | None, passes: bool
) -> None:
    result = digits.Result("cgan", 1, 1, confidence, classes, 0.01, obeyed, 1.0)
    assert result.passes == passes


def test_that_every_latent_variant_with_a_first_minute_is_tried(digits: ModuleType) -> None:
    image = {"vanilla", "dcgan", "bilinear", "lsgan", "wgan", "wgan-gp", "sngan", "cgan", "biggan", "r3gan"}
    assert image <= set(digits.trainable())
    assert not {"cyclegan", "srgan"} & set(digits.trainable())


def test_that_tables_are_markdown_and_sheets_hold_every_image(digits: ModuleType) -> None:
    report = digits.report
    assert report.table(("a", "b"), [(1.23456, True)]) == "| a | b |\n|---|---|\n| 1.235 | yes |\n"
    strip = report.strip(drawn([1, 2, 3]), columns=2, scale=2)
    assert strip.size == (2 * 30 * 2, 2 * 30 * 2)
    assert strip.getpixel((0, 0)) == (25, 25, 25)
    assert strip.getpixel((0, 60)) == (75, 75, 75)
    assert report.figure([("one", strip), ("two", strip)]).height > 2 * strip.height


def test_that_a_runs_length_is_read_from_its_checkpoint(digits: ModuleType, run: Path) -> None:
    assert digits._length(run) == (2, 8)


@pytest.mark.parametrize(("most", "code"), [(1.0, 0), (0.0, 1)])
def test_that_images_which_come_back_are_counted(
    digits: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: float, code: int
) -> None:
    inversion = importlib.import_module("inversion")
    monkeypatch.setattr(inversion, "_NEAR", most)
    options = SimpleNamespace(run=class_run().path, count=3, seed=5, out=tmp_path)
    assert inversion.run(options) == code
    results = json.loads((tmp_path / "inversion.json").read_text())
    assert [one["label"] for one in results] == [0, 1, 2] and all(one["error"] > 0 for one in results)
    assert f"{3 if most else 0} of 3 come back" in (tmp_path / "inversion.md").read_text(encoding="utf-8")
    with Image.open(tmp_path / "inversion.png") as sheet:
        assert sheet.width > 3 * 2 * 28
