"""Each variant is picked in the window, trains, shows samples, and is explored in the way that fits it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.studio import Studio
from ganstudio.runs.folder import list_runs
from ganstudio.variants import VARIANTS
from tests.helpers import TINY, TINY_IMAGES, VARIANT_NAMES

PATIENCE_MS = 120_000


@pytest.mark.parametrize("name", VARIANT_NAMES)
def test_that_the_window_trains_and_explores_it(qtbot, tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    translates = VARIANTS.get(name).task == "image-to-image"
    studio = Studio(Settings())
    studio.show()
    with qtbot.waitSignal(studio.machine_known, timeout=PATIENCE_MS):
        pass
    form = studio.train.setup.form
    studio.train.setup.card.variant_chosen.emit(name)
    assert form.current().variant.name == name
    small = {**TINY, **(TINY_IMAGES if translates else {}), "training.sample_every": 1}
    studio.train.setup.set_config(form.current().with_values(small))
    assert studio.window.actions_["run.start"].isEnabled(), studio.train.setup.reason()
    studio.window.actions_["run.start"].trigger()
    qtbot.waitUntil(lambda: studio.session.status.step >= 2, timeout=PATIENCE_MS)
    assert studio.train.samples.grid.images is not None

    studio.window.show_workspace("explore")
    explored = studio.window.workspace("explore")
    assert isinstance(explored, ExploreWorkspace)
    panel = explored.translator.result if translates else explored.image_panel
    assert panel.isVisible()
    qtbot.waitUntil(lambda: (panel.result if translates else panel.view.pixels) is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(studio.done, timeout=PATIENCE_MS):
        studio.window.close()
    studio.window.deleteLater()
    (run,) = list_runs()
    assert run.config.variant.name == name
    assert run.checkpoints()[-1] >= 2
