"""What the bench of exploring says of a slider that never rests: checked on stories made by hand, and on a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ganstudio.desktop.bench_explore import Mover, Storm, storm
from ganstudio.desktop.explore.workspace import ExploreWorkspace
from ganstudio.desktop.settings import Settings
from tests.latent.tiny_runs import plain_run

pytestmark = pytest.mark.desktop
PATIENCE_MS = 60_000


def story(drawn: list[tuple[int, float]], moves: int = 10) -> Storm:
    """Moves 1, 2, 3, ... after as many seconds, and images as (number, moment)."""
    moments = dict(drawn)
    asked = {number: float(number) for number in range(1, moves + 1)}
    return Storm(asked, moments, dict(moments), [4.0] * len(drawn), float(moves), (10_000_000, 12_500_000))


def test_that_the_newest_is_at_most_one_render_behind() -> None:
    """A renderer that takes two seconds and a half, and then what is newest: moves 1, 3, 5 and 8."""
    newest = story([(1, 3.5), (3, 5.9), (5, 8.4), (8, 10.9)])
    assert newest.renders_behind() == [0, 1, 1, 1]
    assert newest.summary()["stale_images"] == 0


def test_that_a_queue_is_told() -> None:
    """The same renderer takes the oldest of a queue: it falls further and further behind."""
    queued = story([(1, 3.5), (2, 6.0), (3, 8.5), (4, 11.0)])
    assert queued.renders_behind() == [0, 1, 2, 2]
    assert (queued.summary()["stale_images"], queued.summary()["renders_behind"]) == (2, 2)


def test_that_the_figures_are_those_of_the_story() -> None:
    figures = story([(1, 1.5), (2, 2.25), (3, 3.5), (4, 4.25)], moves=4).summary()
    assert figures["slider_to_image_ms"]["p50"] == 375.0
    assert figures["slider_to_image_ms"]["max"] == 500.0
    assert (figures["moves_a_second"], figures["images_a_second"]) == (1.0, 1.0)
    assert figures["renders_a_second_possible"] == 250.0
    assert figures["memory_growth_mb"] == 2.5


@pytest.fixture
def explore(qtbot: QtBot, tmp_path: Path) -> ExploreWorkspace:
    settings = Settings(tmp_path / "settings.json")
    made = ExploreWorkspace(settings)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.open_run(plain_run().path)
    made.show()
    qtbot.waitUntil(lambda: made.image_panel.view.pixels is not None, timeout=PATIENCE_MS)
    yield made
    made.shutdown()
    settings.flush()


def test_that_a_slider_that_never_rests_shows_the_newest(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    seen = storm(explore, 0.5)
    assert len(seen.painted) > 1
    assert min(seen.latencies_ms()) > 0.0
    assert set(seen.painted) & set(seen.asked)
    assert seen.summary()["moves_a_second"] <= 62.0
    qtbot.waitUntil(lambda: explore.shown_number == explore.asked_number, timeout=PATIENCE_MS)


def test_that_all_moves_of_one_drag_are_one_step_back(qtbot: QtBot, explore: ExploreWorkspace) -> None:
    before = explore.state.z.copy()
    mover, asked = Mover(explore, 60), []
    mover.moved.connect(lambda number, moment: asked.append(number))
    mover.start()
    qtbot.waitUntil(lambda: len(asked) >= 5, timeout=PATIENCE_MS)
    mover.stop()
    count = len(asked)
    qtbot.wait(50)
    assert len(asked) == count, "it has let go"
    assert asked == sorted(set(asked))
    explore.undo()
    assert (explore.state.z == before).all()
    assert not explore.can_undo
