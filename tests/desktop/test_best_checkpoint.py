"""The best checkpoint by the chosen measure: kept by the run, and marked where the run is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ganstudio.desktop.settings import Settings
from ganstudio.desktop.train.workspace import TrainWorkspace
from ganstudio.evaluation import extractors
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Evaluated
from tests.evaluation.test_background import Averages, trained
from tests.helpers import of


@pytest.mark.parametrize(("measure", "better"), [("fid", min), ("recall", max)])
def test_that_the_best_checkpoint_is_kept_and_marked(
    measure: str, better, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractors, "MobileNetExtractor", Averages)
    trained(tmp_path / "run", evaluation__every=2, evaluation__best=measure)
    folder = RunFolder(tmp_path / "run")
    found = of(Evaluated, folder.events())
    values = [one.measures[measure].value for one in found]
    expected = found[values.index(better(values))].step
    assert expected in folder.checkpoints()
    workspace = TrainWorkspace(Settings(tmp_path / "settings.json"))
    qtbot.addWidget(workspace)
    workspace.begin(folder, folder.config)
    workspace.apply(folder.events())
    assert workspace.samples.scrubber.best == expected
    assert f"Best at step {expected}." in workspace.metrics.note()
    workspace.shutdown()
