"""What several tests of the window start from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganstudio import paths
from ganstudio.desktop.settings import Settings
from tests.latent.tiny_runs import class_run, plain_run


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings of their own, written when the test ends."""
    made = Settings(tmp_path / "settings.json")
    yield made
    made.flush()


@pytest.fixture
def runs() -> Iterator[Path]:
    """The person's runs: 001 with checkpoints at steps 2 and 4, 002 with classes."""
    root = paths.runs_folder()
    shutil.rmtree(root, ignore_errors=True)
    for run in (plain_run(), class_run()):
        shutil.copytree(run.path, root / run.name)
    yield root
    shutil.rmtree(root)
