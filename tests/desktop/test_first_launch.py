"""At the first launch there is something to explore; afterwards nothing is put anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.first_launch import FirstLaunch
from ganstudio.desktop.runs.workspace import RunsWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.studio import Studio
from ganstudio.runs.folder import list_runs

PATIENCE_MS = 60_000


@pytest.fixture
def studio(qtbot, tmp_path: Path, monkeypatch) -> Iterator[Studio]:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    made = Studio(Settings())
    yield made
    with qtbot.waitSignal(made.done, timeout=PATIENCE_MS):
        made.window.close()
    made.window.deleteLater()


def test_that_explore_and_runs_have_something_to_show(qtbot, studio: Studio) -> None:
    settings = studio._settings
    studio.show()
    studio.window.show_workspace("runs")
    FirstLaunch(settings, studio)
    qtbot.waitUntil(lambda: [run.name for run in list_runs()] == ["example"], timeout=PATIENCE_MS)
    runs = studio.window.workspace("runs")
    assert isinstance(runs, RunsWorkspace)
    qtbot.waitUntil(lambda: runs.current() is not None, timeout=PATIENCE_MS)
    assert runs.current().label == "example"
    assert settings.get("example/placed", False)
    studio.window.show_workspace("explore")
    explore = studio.window.workspace("explore")
    assert isinstance(explore, ExploreWorkspace)
    qtbot.waitUntil(lambda: explore.image_panel.view.pixels is not None, timeout=PATIENCE_MS)
    assert explore.latent_panel.runs.currentText() == "example DCGAN on MNIST"
    assert explore.facts.classes == tuple("0123456789")


def test_that_who_has_had_it_is_left_alone(qtbot, studio: Studio) -> None:
    studio._settings.set("example/placed", True)
    launch = FirstLaunch(studio._settings, studio)
    assert not launch.is_busy()
    assert list_runs() == []


def test_that_a_window_made_otherwise_places_nothing(qtbot, studio: Studio) -> None:
    studio.show()
    qtbot.wait(50)
    assert list_runs() == []
