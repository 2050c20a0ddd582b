"""Fork in the toolbar: the checkpoint is picked near the timeline's position, and the form says what differs."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QInputDialog

from ganstudio.desktop.opened import OpenedRun
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.steps import ask_step
from ganstudio.desktop.studio import Studio
from ganstudio.runs.folder import RunFolder
from ganstudio.variants.recipes import compose

D_RATE = "optimizer.discriminator.learning_rate"


@pytest.mark.parametrize(("near", "offered"), [(None, 2), (5, 1), (4, 1), (1, 0)])
def test_that_the_last_checkpoint_up_to_the_position_is_offered(qtbot, monkeypatch, near, offered):
    asked = []

    def get_item(parent, title, label, items, current, editable):
        asked.append(current)
        return items[current], True

    monkeypatch.setattr(QInputDialog, "getItem", get_item)
    steps = [2, 4, 1200]
    assert ask_step(None, "Fork", "From", steps, near) == steps[offered]
    assert asked == [offered]
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("Step 2", False))
    assert ask_step(None, "Fork", "From", steps, near) is None


def test_that_the_fork_takes_what_differs_in_the_form(qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    config = compose({"variant.name": "vanilla", "dataset.name": "25-gaussians"})
    for step in (2, 4):
        (tmp_path / "run" / "checkpoints" / f"step-{step:08d}").mkdir(parents=True)
    studio = Studio(Settings())
    qtbot.addWidget(studio.window)
    folder = RunFolder(tmp_path / "run")
    studio._opened = OpenedRun(folder, config, [], 4)
    studio.train.begin(folder, config)
    studio.train.setup.set_config(config.with_values({D_RATE: 1e-5}))
    asked = []
    monkeypatch.setattr("ganstudio.desktop.studio.ask_step", lambda *_: 2)
    monkeypatch.setattr(studio._forker, "request", asked.append)
    studio._ask_fork()
    (one,) = asked
    assert (one.parent, one.fork.step, dict(one.fork.values)) == (folder, 2, {D_RATE: 1e-5})
    with qtbot.waitSignal(studio.done):
        studio.window.close()
