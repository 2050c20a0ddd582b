"""Many samples from the window: what applies to the run is offered, drawn and written; what is broken off is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ganstudio.data.sources import FolderSource
from ganstudio.desktop.explore.catalogue import ModelFacts
from ganstudio.desktop.samples_dialog import SamplesDialog
from ganstudio.desktop.sampling import Subject, find_subject
from ganstudio.errors import UserError
from ganstudio.export.draw import Wish
from ganstudio.game import DataShape
from ganstudio.latent.model import LatentModel
from ganstudio.runs.example import shipped_example
from tests.runs.hand_made import make_run

PATIENCE_MS = 120_000


@pytest.fixture
def dialog(qtbot) -> Iterator[Callable[[Subject], SamplesDialog]]:
    made: list[SamplesDialog] = []

    def build(subject: Subject) -> SamplesDialog:
        made.append(SamplesDialog(subject))
        qtbot.addWidget(made[-1])
        made[-1].show()
        return made[-1]

    yield build
    for each in made:
        each.shutdown()


def example() -> Subject:
    return find_subject(shipped_example().path)


def test_that_samples_are_drawn_as_a_data_set(qtbot, dialog, tmp_path: Path) -> None:
    asked = dialog(example())
    asked.count.setText("25")
    asked.classes.setCurrentIndex(asked.classes.findText("7"))
    asked.which.setCurrentIndex(asked.which.findData("critic"))
    asked.candidates.setText("3")
    asked.factor.setCurrentIndex(asked.factor.findData(2))
    out = tmp_path / "sevens"
    asked.draw_into(out)
    assert asked.is_busy and not asked.start.isEnabled()
    assert asked.stop.text() == "Cancel"
    qtbot.waitUntil(lambda: not asked.is_busy, timeout=PATIENCE_MS)
    assert asked.words.text() == f"Written to {out}"
    assert asked.start.isEnabled() and asked.stop.text() == "Close"
    about = FolderSource(out).describe()
    assert (about.count, about.resolution, about.classes) == (25, 56, ("7",))


def test_that_the_step_networks_and_seed_are_those_asked_for(qtbot, dialog, tmp_path: Path) -> None:
    asked, run = dialog(example()), shipped_example()
    asked.steps.setCurrentIndex(asked.steps.findData(1000))
    asked.networks.set_current("raw")
    asked.seed.setText("5")
    asked.count.setText("4")
    asked.draw_into(tmp_path / "s.npz")
    qtbot.waitUntil(lambda: not asked.is_busy, timeout=PATIENCE_MS)
    images, labels = next(iter(LatentModel.load(run.checkpoint_path(1000), ema=False).samples(4, 5)))
    with np.load(tmp_path / "s.npz") as archive:
        assert np.array_equal(archive["images"], images)
        assert np.array_equal(archive["labels"], labels)


def test_that_what_is_broken_off_leaves_nothing(qtbot, dialog, tmp_path: Path) -> None:
    asked = dialog(example())
    asked.count.setText("1000000")
    asked.draw_into(tmp_path / "s.npz")
    qtbot.waitUntil(lambda: asked.progress.value() > 0 or "of" in asked.words.text(), timeout=PATIENCE_MS)
    asked.stop.click()
    assert asked.isVisible() and asked.words.text() == "Broken off; nothing was written."
    asked.shutdown()
    assert list(tmp_path.iterdir()) == []


def test_that_an_error_is_told(qtbot, dialog, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    asked = dialog(example())
    asked.draw_into(tmp_path)
    qtbot.waitUntil(lambda: not asked.is_busy, timeout=PATIENCE_MS)
    assert "is not empty" in asked.words.text()


def test_that_only_what_applies_is_offered(dialog) -> None:
    asked = dialog(example())
    assert asked.classes.isVisible() and asked.factor.isVisible()
    assert not asked.candidates.isVisible() and not asked.method.isVisible()
    asked.which.setCurrentIndex(1)
    asked.factor.setCurrentIndex(1)
    assert asked.candidates.isVisible() and asked.method.isVisible()
    points = ModelFacts(8, DataShape(1, 2, 8, subject="points"))
    plain = dialog(Subject(shipped_example(), "points", (1,), points))
    assert not plain.classes.isVisible() and not plain.factor.isVisible() and not plain.method.isVisible()
    assert plain.kind.current() == "npz"


def test_that_numbers_are_brought_into_their_ranges(dialog) -> None:
    asked = dialog(example())
    asked.which.setCurrentIndex(2)
    for field, text in ((asked.count, "0"), (asked.seed, ""), (asked.candidates, "1000")):
        field.setText(text)
    assert asked.wish() == Wish(count=1, seed=0, candidates=64, by="distance")
    assert (asked.count.text(), asked.seed.text(), asked.candidates.text()) == ("1", "0", "64")


def test_that_a_run_without_networks_is_told(tmp_path: Path) -> None:
    bare = make_run(tmp_path / "001-a", checkpoints=())
    with pytest.raises(UserError, match="no checkpoint yet"):
        find_subject(bare.path)
