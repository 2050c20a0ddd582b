"""Remedies that need a new run: a fork of a checkpoint, or a fresh start with the settings in the form."""

from __future__ import annotations

import pytest

from ganstudio.config import RunConfig
from ganstudio.desktop.forms.background import Job
from ganstudio.desktop.opened import OpenedRun
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.studio import Studio
from ganstudio.desktop.train.forking import ForkOf, fork_run
from ganstudio.desktop.train.prospects import Fork
from ganstudio.runs.execute import train
from ganstudio.runs.folder import RunFolder
from ganstudio.training.control import Control
from ganstudio.variants.recipes import compose

D_RATE = "optimizer.discriminator.learning_rate"


@pytest.fixture
def config(tmp_path, monkeypatch) -> RunConfig:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    return compose(
        {
            "variant.name": "vanilla",
            "dataset.name": "25-gaussians",
            "training.batch_size": 8,
            "training.samples": 4,
            "training.steps": 4,
            "training.checkpoint_every": 2,
            "threads": 1,
        }
    )


def test_that_a_fork_begins_with_the_checkpoint_and_the_settings(config, tmp_path):
    train(config, tmp_path / "run", lambda event: None, Control())
    asked = ForkOf(RunFolder(tmp_path / "run"), Fork({D_RATE: 1e-5}, 2))
    made = RunFolder(fork_run(Job(asked, lambda: None, lambda progress: None)))
    assert made.path != asked.parent.path
    assert made.checkpoints() == [2]
    assert made.config.value(D_RATE) == 1e-5
    assert asked.parent.checkpoints()[-1] == 4


def test_that_a_remedy_that_starts_anew_leaves_its_settings_in_the_form(qtbot, config, tmp_path):
    studio = Studio(Settings())
    qtbot.addWidget(studio.window)
    folder = RunFolder(tmp_path / "run")
    studio._opened = OpenedRun(folder, config, [], 4)
    studio.train.begin(folder, config)
    studio.train.fork_requested.emit(Fork({D_RATE: 1e-5}, 0))
    assert not studio.train.shows_run
    form = studio.train.setup.form.current()
    assert form == config.with_values({D_RATE: 1e-5})
    with qtbot.waitSignal(studio.done):
        studio.window.close()
