"""Where a fork begins is named on the timeline, the plots and in the journal, with its parent's history before it."""

from __future__ import annotations

from ganstudio.desktop import theme
from ganstudio.desktop.train.journal_panel import entry_of
from ganstudio.training.events import RunForked

RATE = "optimizer.generator.learning_rate"


def forked(**changes: list[float]) -> RunForked:
    return RunForked(step=3, time=1.0, parent="011-dcgan", changes=changes)


def test_that_the_journal_names_the_parent_and_what_differs() -> None:
    entry = entry_of(forked(**{RATE: [2e-4, 4e-4], "training.steps": [6000, 9000]}))
    assert entry is not None
    assert (entry.step, entry.text) == (3, "Fork of 011-dcgan: Learning rate G 2e-4 → 4e-4")


def test_that_a_fork_without_changes_names_its_parent(qapp: object) -> None:
    entry = entry_of(forked())
    assert entry is not None
    assert entry.text == "Fork of 011-dcgan"
    assert not theme.icon(entry.icon, entry.token).isNull()
