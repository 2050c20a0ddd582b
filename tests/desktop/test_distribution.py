"""The window on the distribution: map, clusters, close-up, questions to a person, and what becomes of the answers."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from ganstudio.desktop.distribution.desk import DistributionDesk, why_not
from ganstudio.desktop.distribution.judge_view import FEWEST, JudgeView, told, within
from ganstudio.desktop.distribution.map_view import MapView, verdict
from ganstudio.desktop.distribution.scatter import Point
from ganstudio.desktop.distribution.shares import Shares
from ganstudio.desktop.distribution.stage import Stage, shuffled
from ganstudio.desktop.distribution.window import DistributionWindow
from ganstudio.desktop.distribution.working import Note, coloured, small
from ganstudio.desktop.session import TrainingSession
from ganstudio.desktop.train.journal_panel import judgement_words
from ganstudio.evaluation.feature_map import Cluster, FeatureMap
from ganstudio.evaluation.judgement import Answer, Trial, summarise, wilson
from ganstudio.runs.distribution import Distribution, Material, Pictures, Request
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Judged
from tests.helpers import tiny
from tests.latent.tiny_runs import plain_run

COUNT = 30
_PATIENCE_MS = 180_000


@pytest.fixture
def found() -> Distribution:
    """Reals and samples on a line each; samples miss the second cluster."""
    random = np.random.default_rng(0)
    sides = []
    for height in (0.0, 1.0):
        sides.append(np.stack([np.arange(COUNT), np.full(COUNT, height)], axis=1).astype(np.float32))
    half = (np.arange(COUNT) >= COUNT // 2).astype(np.int64)
    clusters = (Cluster(0.5, 1.0, "crowded", (0.0, 0.0)), Cluster(0.5, 0.0, "missed", (1.0, 0.0)))
    pictures = [
        Pictures(
            random.integers(0, 256, (COUNT, 8, 8, 1), np.uint8),
            None,
            random.normal(size=COUNT).astype(np.float32),
            np.arange(COUNT) + 100 * number,
        )
        for number in range(2)
    ]
    laid = FeatureMap(sides[0], sides[1], half, np.zeros(COUNT, np.int64), clusters, "pca", (0.5, 0.25))
    request = Request(plain_run().checkpoint_path(4))
    return Distribution(request, 4, laid, pictures[0], pictures[1], (), "MobileNetV2")


@pytest.fixture
def view(qtbot, found) -> MapView:
    made = MapView()
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    made._show_found(found)
    yield made
    made.shutdown()


def test_that_hover_shows_the_point_and_a_click_keeps_it(view, qtbot):
    view.scatter.resize(600, 400)
    at = view.scatter.place_of(Point("fake", 7))
    qtbot.mouseMove(view.scatter, at.toPoint())
    assert view.scatter.hovered() == Point("fake", 7)
    with qtbot.waitSignal(view.scatter.picked) as picked:
        qtbot.mouseClick(view.scatter, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert picked.args == [Point("fake", 7)]
    assert view.close_up.words().startswith("Generated, Cluster 1")
    view.scatter.grab()


def test_that_keys_go_from_point_to_point_of_the_side_that_is_shown(view, qtbot):
    view.scatter.set_sides(frozenset({"real"}))
    for _ in range(3):
        qtbot.keyClick(view.scatter, Qt.Key.Key_Right)
    assert view.scatter.hovered() == Point("real", 2)
    qtbot.keyClick(view.scatter, Qt.Key.Key_Left)
    with qtbot.waitSignal(view.scatter.picked) as picked:
        qtbot.keyClick(view.scatter, Qt.Key.Key_Return)
    assert picked.args == [Point("real", 1)]


def test_that_the_strips_show_the_lowest_reals_and_the_highest_samples_in_order(view, found):
    for side, order in (("real", np.argsort(found.real.scores)), ("fake", np.argsort(-found.fake.scores))):
        images = view.strips[side].images
        assert images is not None
        np.testing.assert_array_equal(images, found.side(side).images[order[: len(images)]])


def test_that_the_verdict_names_missed_and_crowded_clusters(view, found):
    assert verdict(found) == "Samples miss cluster 2: rarer there than chance explains. They crowd in 1."
    assert "50 % of the reals, 0 % of the samples" in view.shares.words(1)


def test_that_a_cluster_can_be_chosen_by_mouse_and_keys_and_let_go(qtbot):
    shares = Shares()
    qtbot.addWidget(shares)
    shares.set_clusters(tuple(Cluster(0.1, 0.1, "usual", (0.0, 0.0)) for _ in range(10)))
    chosen = []
    shares.chosen.connect(chosen.append)
    qtbot.mouseClick(shares, Qt.MouseButton.LeftButton, pos=QPointF(20, 25).toPoint())
    qtbot.keyClick(shares, Qt.Key.Key_Down)
    qtbot.keyClick(shares, Qt.Key.Key_Escape)
    assert chosen == [1, 2, None]
    shares.grab()


def test_that_the_table_and_the_picture_are_written(view, found, tmp_path):
    view.write_csv(str(tmp_path / "map.csv"))
    view.write_png(str(tmp_path / "map.png"))
    rows = list(csv.reader((tmp_path / "map.csv").read_text().splitlines()))
    assert rows[0] == ["kind", "row", "class", "x", "y", "cluster", "score"] and len(rows) == 1 + 2 * COUNT
    assert rows[COUNT + 1][:2] == ["generated", "100"] and float(rows[3][6]) == pytest.approx(
        found.real.scores[2], 1e-4
    )
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


def test_that_the_map_of_a_checkpoint_is_drawn_with_its_heat_and_can_be_broken_off(qtbot):
    folder = plain_run()
    window = DistributionWindow()
    qtbot.addWidget(window)
    window.show_run(folder, "Vanilla")
    window.show()
    assert window.step() == 4
    drawn = window.map
    drawn.space.set_current("pixels")
    drawn.draw()
    drawn.draw()
    assert not drawn._worker.is_busy()
    drawn.draw()
    qtbot.waitUntil(lambda: drawn.found is not None, timeout=_PATIENCE_MS)
    assert drawn.found.step == 4 and len(drawn.found.map.real) == len(drawn.found.fake.images) > 20
    drawn._on_extreme("fake", 0)
    qtbot.waitUntil(lambda: "|∂D/∂pixel|" in drawn.close_up.words(), timeout=_PATIENCE_MS)
    window.grab()
    window.shutdown()


def test_that_large_images_are_shown_as_means_and_heat_in_the_ramps_colours():
    images = np.zeros((2, 112, 112, 3), np.uint8)
    images[:, ::2] = 200
    assert small(images).shape == (2, 56, 56, 3) and set(small(images).ravel().tolist()) == {100}
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    np.testing.assert_array_equal(coloured(np.float32([[0, 1, 2]]), ramp)[0, :, 0], [0, 128, 255])
    assert not coloured(np.zeros((2, 2), np.float32), ramp).any()


# -- real or generated ------------------------------------------------------------------------------------------------


@pytest.fixture
def judge(qtbot) -> JudgeView:
    made = JudgeView()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    made.set_place((plain_run(), 4))
    yield made
    made.shutdown()


def asked(judge, qtbot, layout="single", time="free") -> JudgeView:
    judge.layout_choice.set_current(layout)
    judge.time.set_current(time)
    judge.count.set_current("20")
    judge.begin()
    qtbot.waitUntil(lambda: judge.trial is not None, timeout=_PATIENCE_MS)
    return judge


@pytest.mark.parametrize(("layout", "keys"), [("single", "RG"), ("pair", None)])
def test_that_answers_by_key_are_judged_and_told(judge, qtbot, layout, keys):
    asked(judge, qtbot, layout)
    wrong, events = 0, []
    judge.judged.connect(events.append)
    for number in range(20):
        trial = judge.trial
        said = number % 2
        wrong += said != (trial.fake_at if layout == "pair" else int(trial.is_fake))
        key = Qt.Key(ord(keys[said])) if keys else (Qt.Key.Key_Left, Qt.Key.Key_Right)[said]
        qtbot.keyClick(judge, key)
    (event,) = events
    assert (event.trials, event.errors, event.layout, event.step) == (20, wrong, layout, 4)
    assert (event.low, event.high) == wilson(wrong, 20)
    assert judge.words().startswith(f"{5 * wrong} % wrong")
    judge.confirm(noted=False)
    assert "Not noted" in judge.words()


def test_that_a_timed_question_is_answered_after_its_masks_and_sets_the_next_time(judge, qtbot, monkeypatch):
    monkeypatch.setattr("ganstudio.desktop.distribution.stage._CROSS_MS", 1)
    monkeypatch.setattr("ganstudio.desktop.distribution.stage._MASK_MS", 1)
    monkeypatch.setattr("ganstudio.desktop.distribution.judge_view.START_MS", 140)
    asked(judge, qtbot, time="timed")
    shown = []
    for _ in range(3):
        assert not judge.asks
        qtbot.waitUntil(lambda: judge.asks, timeout=20_000)
        assert not judge.stage.shows_images
        shown.append(judge._exposure)
        judge.answer(int(judge.trial.is_fake))
    assert shown == [140, 130, 120]


def test_that_what_is_hidden_while_it_is_timed_is_given_up(judge, qtbot):
    asked(judge, qtbot, time="timed")
    judge.hide()
    assert judge.trial is None and not judge.stage._timer.isActive()


def test_that_few_answers_tell_nothing_and_enough_do(judge, qtbot):
    events = []
    judge.judged.connect(events.append)
    asked(judge, qtbot)
    qtbot.keyClick(judge, Qt.Key.Key_Escape)
    assert events == [] and judge.trial is None
    asked(judge, qtbot)
    for _ in range(FEWEST):
        judge.answer(0)
    qtbot.keyClick(judge, Qt.Key.Key_Escape)
    assert [event.trials for event in events] == [FEWEST]


def test_that_the_words_follow_the_interval():
    right = [Answer(Trial("single", None, index), 1) for index in range(30)]
    wrong = [Answer(Trial("single", None, index), 0) for index in range(30)]
    assert "You can tell" in within(summarise(right))
    assert "more often than a coin" in within(summarise(wrong))
    assert "No better than a coin" in within(summarise(right[:15] + wrong[:15]))
    assert told(summarise([*wrong, Answer(Trial("single", 0, None), 0)])).startswith("Samples taken for real: 100 %.")


def test_that_a_mask_has_the_images_own_pixels_in_disorder():
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), np.uint8)
    mask = shuffled(images, np.random.default_rng(1))
    assert mask.shape == images.shape and (mask != images).any()
    np.testing.assert_array_equal(np.sort(mask, axis=None), np.sort(images, axis=None))


def test_that_the_stage_shows_one_and_two_images(qtbot):
    stage = Stage()
    qtbot.addWidget(stage)
    stage.resize(500, 300)
    stage.show()
    lit = []
    for count in (1, 2):
        stage.ask(np.full((count, 10, 10, 1), 255, np.uint8), None, 0)
        image = stage.grab().toImage()
        lit.append(sum(image.pixelColor(x, 150).lightness() > 250 for x in range(500)))
    stage.clear()
    assert lit == [250, 420]


# -- the journal ------------------------------------------------------------------------------------------------------


def judged(step: int = 4) -> Judged:
    return Judged(step=step, time=1.0, layout="single", trials=50, errors=19, low=0.26, high=0.52, exposure=320.0)


def test_that_the_journal_says_what_a_person_made_of_it():
    assert judgement_words(judged()) == "Step 4: 38 % of 50 judged wrong (26 to 52 %), 3 in 4 right at 320 ms"


def test_that_a_finished_runs_journal_is_appended_to_once(qtbot, tmp_path):
    folder = RunFolder(tmp_path)
    folder.journal_file.write_text("")
    desk = DistributionDesk(TrainingSession())
    with qtbot.waitSignal(desk.written, timeout=_PATIENCE_MS):
        desk.take(Note(folder, judged()))
    desk.take(Note(folder, judged(5)))
    desk.take(Note(folder, judged(6)))
    desk.shutdown()
    assert [event.step for event in folder.events()] == [4, 5, 6]


def test_that_a_run_that_another_process_trains_is_left_alone(qtbot, tmp_path):
    folder = RunFolder(tmp_path)
    folder.journal_file.write_text("")
    desk = DistributionDesk(TrainingSession())
    written = []
    desk.written.connect(written.append)
    with folder.lock():
        desk.take(Note(folder, judged()))
        qtbot.waitUntil(lambda: not desk._waiting, timeout=_PATIENCE_MS)
    desk.shutdown()
    assert folder.events() == written == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (None, "no run"),
        (tiny("srgan"), "translates"),
        (tiny("cyclegan"), "translates"),
        (tiny("vanilla", dataset__name="8-gaussians"), "plane"),
    ],
)
def test_that_it_is_absent_where_it_does_not_fit(config, words):
    assert words in why_not(config)
    assert why_not(tiny("cgan")) is None


def test_that_material_needs_no_more_than_it_asks_for():
    from ganstudio.runs.distribution import to_judge

    material = to_judge(plain_run().checkpoint_path(4), 12, seed=1)
    assert isinstance(material, Material) and material.real.shape == material.fake.shape == (12, 28, 28, 1)
    other = to_judge(plain_run().checkpoint_path(4), 12, seed=2)
    assert (material.real != other.real).any() and (material.fake != other.fake).any()
