"""Each variant has exactly the controls that apply to it, and each of them does something."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ganstudio.config import RunConfig
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.game import SOURCE
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.training.events import Event, RunFinished
from ganstudio.variants import VARIANTS
from tests.helpers import VARIANT_NAMES, tiny

pytestmark = pytest.mark.desktop
PATIENCE_MS = 60_000
LATENT_CASES = [name for name in VARIANT_NAMES if VARIANTS.get(name).task != "image-to-image"]
CASES = [*VARIANT_NAMES, "dcgan of classes", "vanilla of points"]


@dataclass(frozen=True)
class Applies:
    """What a run can be explored by, told without the window's own rules."""

    latents: bool
    classes: bool
    truncation: bool
    two_ways: bool
    pixels: bool


def config_of(case: str) -> RunConfig:
    name, *words = case.split(" of ")
    given = {"training__steps": 2, "optimizer__generator__learning_rate": 0.02, "techniques__ema__ramp": 1.0}
    if name in LATENT_CASES:
        given |= {"dataset__limit": 64, "variant__latent_size": 10, "variant__generator_width": 8}
    if words == ["classes"] or name == "cgan":
        given["variant__conditional"] = True
    if words == ["points"]:
        given = {**given, "dataset__name": "8-gaussians", "dataset__limit": None}
    return tiny(name, **given)


def applies(case: str) -> Applies:
    name = case.split(" ", maxsplit=1)[0]
    latents = name in LATENT_CASES
    return Applies(
        latents=latents,
        classes=config_of(case).variant.conditional,
        truncation=latents and name != "progressive",  # whose generator brings every latent to one length
        two_ways=name == "cyclegan",
        pixels="points" not in case,
    )


@functools.cache
def run_of(case: str) -> Path:
    """A run of two steps."""
    folder = Path(os.environ["GANSTUDIO_HOME"]) / "controls" / case.replace(" ", "-")
    events: list[Event] = []
    train(config_of(case), folder, events.append, Control())
    end = events[-1]
    assert isinstance(end, RunFinished) and end.error is None, end
    return RunFolder(folder).path


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def explore(qtbot: QtBot, tmp_path: Path, case: str) -> Iterator[ExploreWorkspace]:
    settings = Settings(tmp_path / "settings.json")
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.open_run(run_of(case))
    made.show()
    if applies(case).latents:
        settled(qtbot, made)
    else:
        qtbot.waitUntil(lambda: made.translator.result.result is not None, timeout=PATIENCE_MS)
    yield made
    made.shutdown()
    settings.flush()


def settled(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    qtbot.waitUntil(
        lambda: explore.shown_number == explore.asked_number and explore.image_panel.view.pixels is not None,
        timeout=PATIENCE_MS,
    )


def test_that_it_has_exactly_the_controls_that_apply(explore: ExploreWorkspace, case: str) -> None:
    expected, latent = applies(case), explore.latent_panel
    offered: dict[str, tuple[QWidget, bool]] = {
        "seed": (latent.seed, expected.latents),
        "new latent": (latent.fresh, expected.latents),
        "reset": (latent.reset, expected.latents),
        "truncation": (latent.truncation, expected.truncation),
        "class": (latent.classes, expected.classes),
        "class mixed in": (latent.other, expected.classes),
        "share of it": (latent.share, expected.classes),
        "coordinates": (explore.coordinates, expected.latents),
        "directions": (explore.directions, expected.latents),
        "walk": (explore.walk, expected.latents),
        "image": (explore.image_panel, expected.latents),
        "inputs": (explore.translator.inputs, not expected.latents),
        "translation": (explore.translator.result, not expected.latents),
        "direction": (explore.translator.inputs.direction, expected.two_ways),
    }
    visible = {name: widget.isVisible() for name, (widget, _) in offered.items()}
    assert visible == {name: applies_ for name, (_, applies_) in offered.items()}
    assert all(widget.isEnabled() for name, (widget, applies_) in offered.items() if applies_ and name != "reset")


def test_that_each_of_them_does_something(qtbot: QtBot, explore: ExploreWorkspace, case: str) -> None:
    expected = applies(case)
    if not expected.latents:
        _translates_another_way(qtbot, explore, expected)
        return
    panel = explore.latent_panel
    moves: dict[str, Callable[[], object]] = {
        "seed": lambda: explore.set_seed(5),
        "new latent": panel.fresh.click,
        "coordinate": lambda: explore.coordinates.moved.emit(0, -3.0 if explore.state.z[0] > 0 else 3.0),
        "direction": lambda: _along(qtbot, explore),
        "walk": lambda: explore.walk.moved.emit(0.9),
    }
    if expected.truncation:
        moves["truncation"] = lambda: panel.truncation.slider.setValue(20)
    if expected.classes:
        moves["class"] = lambda: panel.classes.activated.emit(7)
        moves["share of another class"] = lambda: panel.share.setValue(60)
    for name, move in moves.items():
        explore.set_seed(0)
        settled(qtbot, explore)
        before, state = _pixels(explore), explore.state
        move()
        explore.seal()
        settled(qtbot, explore)
        assert not np.array_equal(_pixels(explore), before), name
        explore.undo()
        settled(qtbot, explore)
        assert np.array_equal(_pixels(explore), before), f"{name} is taken back"
        assert np.array_equal(explore.state.z, state.z), name


def _translates_another_way(qtbot: QtBot, explore: ExploreWorkspace, expected: Applies) -> None:
    translator = explore.translator
    first = translator.result.result.copy()
    translator.inputs.chosen.emit(1)
    qtbot.waitUntil(lambda: not np.array_equal(translator.result.result, first), timeout=PATIENCE_MS)
    if expected.two_ways:
        second = translator.result.result.copy()
        translator.inputs.direction_chosen.emit(SOURCE)
        qtbot.waitUntil(lambda: not np.array_equal(translator.result.result, second), timeout=PATIENCE_MS)


def _along(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    qtbot.waitUntil(lambda: bool(explore.directions.shown), timeout=PATIENCE_MS)
    direction = explore.directions.shown[0]
    here = direction.along(explore.state.z)
    explore.directions.moved.emit(direction.vector, -3.0 if here > 0 else 3.0)


def _pixels(explore: ExploreWorkspace) -> np.ndarray:
    shown = explore.image_panel.view.pixels
    assert shown is not None
    return shown.copy()
