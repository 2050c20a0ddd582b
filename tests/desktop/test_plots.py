from __future__ import annotations

import csv
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ganstudio.desktop.theme import DARK, LIGHT, theme
from ganstudio.desktop.widgets.plots import GradientPlot, LogitPlot, LossPlot
from ganstudio.training.events import Histogram

pytestmark = pytest.mark.desktop
D, G = "loss/discriminator", "loss/generator"


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Callable[[LossPlot | GradientPlot | LogitPlot], None]]:
    theme().set_mode("dark")

    def shown(plot: LossPlot | GradientPlot | LogitPlot) -> None:
        qtbot.addWidget(plot)
        plot.resize(400, 180)
        plot.show()

    yield shown
    theme().set_mode("dark")


@pytest.fixture
def losses(show: Callable[[LossPlot], None]) -> LossPlot:
    plot = LossPlot()
    show(plot)
    return plot


def feed(plot: LossPlot | GradientPlot, count: int, prefix: str = "loss/", start: int = 0) -> None:
    rng = np.random.default_rng(start)
    for index in range(start, start + count):
        values = {prefix + "discriminator": 1.0 + rng.normal(0, 0.05), prefix + "generator": 2.0 + rng.normal(0, 0.05)}
        plot.append(index * 10, values | {"images_per_second": 700.0})


def picture(plot: LossPlot | GradientPlot | LogitPlot) -> QImage:
    """What is seen once everything fed is painted."""
    plot._redraw()
    return plot.grab().toImage()


def near(image: QImage, colour: str, tolerance: int = 40) -> list[tuple[int, int]]:
    """Pixels (x, y) whose channels differ from a colour by so much in all."""
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.bytesPerLine() // 4, 4)
    wanted = QColor(colour)
    off = np.abs(rows[:, : flat.width(), :3].astype(int) - (wanted.blue(), wanted.green(), wanted.red())).sum(axis=2)
    return [(int(x), int(y)) for y, x in np.argwhere(off <= tolerance)]


def test_that_importing_the_plots_imports_neither_torch_nor_a_plotting_library() -> None:
    code = (
        "import sys, ganstudio.desktop.widgets.plots as plots\n"
        "print([name for name in ('torch', 'pyqtgraph', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_both_curves_stand_at_their_values_in_their_colours(losses: LossPlot) -> None:
    feed(losses, 400)
    shown = picture(losses)
    view = losses._view
    assert view is not None
    middle = range(round(view.x(1000)), round(view.x(3000)))
    for token, value in ((DARK.d, 1.0), (DARK.g, 2.0)):
        heights = [y for x, y in near(shown, token) if x in middle]
        assert np.mean(heights) == pytest.approx(view.y(value), abs=3)


def test_that_each_line_is_named_with_its_last_value_at_its_end(losses: LossPlot) -> None:
    for step in range(100):
        losses.append(step, {D: 0.83, G: 1.47})
    assert losses._end_texts() == ["D 0.83", "G 1.47"]
    view = picture(losses) and losses._view
    assert view is not None
    assert [x for x, _ in near(picture(losses), DARK.d) if x > view.area.right() + 5]


def test_that_names_at_nearly_equal_ends_do_not_cover_each_other(losses: LossPlot) -> None:
    for step in range(50):
        losses.append(step, {D: 1.0, G: 1.001})
    shown = picture(losses)
    view = losses._view
    assert view is not None
    right = round(view.area.right()) + 5
    d = [y for x, y in near(shown, DARK.d, 90) if x > right]
    g = [y for x, y in near(shown, DARK.g, 90) if x > right]
    assert max(g) < min(d)


def test_that_the_scale_holds_the_curves_between_round_numbers(losses: LossPlot) -> None:
    feed(losses, 300)
    picture(losses)
    view = losses._view
    assert view is not None
    assert (view.start, view.end, view.low, view.high) == (0.0, 2990.0, 0.0, 3.0)


def test_that_a_short_spike_does_not_flatten_the_rest(losses: LossPlot) -> None:
    feed(losses, 300)
    losses.append(3000, {D: 500.0, G: 2.0})
    feed(losses, 300, start=301)
    picture(losses)
    assert losses._view is not None
    assert losses._view.high <= 20.0


def test_that_numbers_that_are_not_finite_are_gaps(losses: LossPlot) -> None:
    for step in range(100):
        losses.append(step, {D: math.nan if 40 <= step < 60 else 1.0, G: math.inf})
    shown = picture(losses)
    view = losses._view
    assert view is not None
    columns = {x for x, _ in near(shown, DARK.d) if x < view.area.right()}
    assert not columns & set(range(round(view.x(42)), round(view.x(58))))
    assert columns & set(range(round(view.x(10)), round(view.x(30))))
    assert losses._end_texts() == ["D 1.00", "G"]


def test_that_only_gaps_and_a_single_point_can_be_painted(losses: LossPlot) -> None:
    losses.append(0, {D: math.nan, G: math.nan})
    picture(losses)
    losses.append(1, {D: 0.5, G: 0.7})
    picture(losses)
    assert losses._view is not None


def test_that_before_the_first_point_the_plot_says_what_will_be_here(losses: LossPlot) -> None:
    ghost = picture(losses)
    losses.set_empty_text("Losses appear with the first steps.")
    assert picture(losses) != ghost
    losses.append(0, {"grad_norm/generator": 1.0, "logit/real": 3.0})
    assert not losses._curves


def test_that_further_players_get_names_and_colours_of_their_kind(losses: LossPlot) -> None:
    losses.append(0, {"loss/generator_a": 1.0, "loss/discriminator_b": 2.0, "loss/critic": 3.0, "loss/encoder": 4.0})
    assert [(curve.label, curve.token) for curve in losses._curves] == [
        ("G a", "g"),
        ("D b", "d"),
        ("D", "d"),
        ("encoder", "real"),
    ]
    picture(losses)


def test_that_a_live_change_is_a_dashed_line_with_its_words(losses: LossPlot) -> None:
    feed(losses, 421)
    bare = picture(losses)
    losses.add_change(2400, "Learning rate G 2e-4 → 4e-4")
    marked = picture(losses)
    view = losses._view
    assert view is not None
    x = round(view.x(2400))
    dashes = [marked.pixelColor(x, y) == QColor(DARK.ink2) for y in range(60, 150)]
    assert 30 <= sum(dashes) <= 60
    assert marked.pixelColor(x + 3, 24) == QColor(DARK.raised) != bare.pixelColor(x + 3, 24)


def test_that_going_back_to_a_checkpoint_forgets_what_came_after(losses: LossPlot) -> None:
    feed(losses, 100)
    losses.add_change(300, "kept")
    before = picture(losses)
    feed(losses, 50, start=100)
    losses.add_change(1200, "forgotten")
    assert picture(losses) != before
    losses.truncate_after(990)
    assert picture(losses) == before


def test_that_clearing_forgets_everything(losses: LossPlot) -> None:
    empty = picture(losses)
    feed(losses, 100)
    losses.add_change(300, "x")
    picture(losses)
    losses.set_cursor(500)
    losses.clear()
    assert picture(losses) == empty


def test_that_a_hidden_plot_paints_nothing_and_shows_all_when_it_comes_back(
    losses: LossPlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []
    original = LossPlot._render
    monkeypatch.setattr(LossPlot, "_render", lambda *a: painted.append(1) or original(*a))
    losses.hide()
    feed(losses, 100)
    losses.refresh()
    QApplication.processEvents()
    assert not painted
    losses.show()
    shown = losses.grab().toImage()
    assert painted
    assert shown == picture(losses)


def test_that_refreshing_faster_than_it_may_paint_ends_with_the_newest_shown(
    losses: LossPlot, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []
    original = LossPlot._render
    monkeypatch.setattr(LossPlot, "_render", lambda *a: painted.append(1) or original(*a))
    for start in range(0, 200, 5):
        feed(losses, 5, start=start)
        losses.refresh()
        QApplication.processEvents()
    assert len(painted) < 20
    qtbot.waitUntil(lambda: losses._painted_to == 1990.0)


def test_that_hiding_a_plot_stops_its_timer(losses: LossPlot) -> None:
    feed(losses, 10)
    losses.refresh()
    assert losses._rest.isActive()
    losses.hide()
    assert not losses._rest.isActive()


def test_that_growth_of_less_than_a_pixel_is_not_painted(
    losses: LossPlot, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(losses, 5000)
    losses.refresh()
    losses.grab()
    qtbot.waitUntil(lambda: not losses._rest.isActive())
    painted: list[int] = []
    original = LossPlot._render
    monkeypatch.setattr(LossPlot, "_render", lambda *a: painted.append(1) or original(*a))
    feed(losses, 3, start=5000)
    losses.refresh()
    losses.grab()
    assert not painted
    feed(losses, 40, start=5003)
    losses.refresh()
    losses.grab()
    assert painted


def test_that_following_the_mouse_paints_only_the_cursor(losses: LossPlot, monkeypatch: pytest.MonkeyPatch) -> None:
    feed(losses, 100)
    picture(losses)
    painted: list[int] = []
    monkeypatch.setattr(LossPlot, "_render", lambda *a: painted.append(1))
    losses.set_cursor(500)
    losses.repaint()
    assert not painted


def test_that_the_cursor_tells_its_step_and_can_be_set_without_telling(losses: LossPlot, qtbot: QtBot) -> None:
    feed(losses, 100)
    bare = picture(losses)
    moved = QSignalSpy(losses.cursor_moved)
    view = losses._view
    assert view is not None
    qtbot.mouseMove(losses, QPoint(round(view.x(500)), 90))
    qtbot.mouseMove(losses, QPoint(round(view.x(502)), 91))
    qtbot.mouseMove(losses, QPoint(5, 5))
    assert [moved.at(index)[0] for index in range(moved.count())] == [500, None]
    losses.set_cursor(500)
    assert losses.grab().toImage().pixelColor(round(view.x(500)), 150) == QColor(DARK.accent)
    losses.set_cursor(None)
    assert losses.grab().toImage() == bare
    assert moved.count() == 2


def test_that_keys_move_the_cursor_and_zoom(losses: LossPlot, qtbot: QtBot) -> None:
    feed(losses, 100)
    picture(losses)
    qtbot.keyClick(losses, Qt.Key.Key_Left)
    assert losses.cursor_step == 990
    qtbot.keyClick(losses, Qt.Key.Key_Left)
    assert losses.cursor_step == 980
    qtbot.keyClick(losses, Qt.Key.Key_Plus)
    assert losses.zoomed is not None
    qtbot.keyClick(losses, Qt.Key.Key_0)
    assert losses.zoomed is None


def test_that_the_wheel_zooms_around_the_mouse_and_a_zoom_stays_inside_the_run(losses: LossPlot, qtbot: QtBot) -> None:
    feed(losses, 401)
    picture(losses)
    view = losses._view
    assert view is not None
    point = QPointF(view.x(2000), 90)
    for _ in range(5):
        wheel = QWheelEvent(
            point, losses.mapToGlobal(point), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(losses, wheel)
        picture(losses)
    assert losses.zoomed is not None
    start, end = losses.zoomed
    assert end - start == pytest.approx(4000 * 0.8**5)
    assert (start + end) / 2 == pytest.approx(2000, abs=20)
    qtbot.mousePress(losses, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    qtbot.mouseMove(losses, QPoint(390, 90))
    qtbot.mouseMove(losses, QPoint(395, 90))
    qtbot.mouseRelease(losses, Qt.MouseButton.LeftButton, pos=QPoint(395, 90))
    assert losses.zoomed[1] - losses.zoomed[0] == pytest.approx(end - start)
    losses.zoom_to(-500, 800)
    assert losses.zoomed == (0.0, 1300.0)
    qtbot.mouseDClick(losses, Qt.MouseButton.LeftButton, pos=QPoint(100, 90))
    assert losses.zoomed is None


def test_that_a_zoom_stays_while_data_comes(losses: LossPlot) -> None:
    feed(losses, 100)
    losses.zoom_to(200, 400)
    zoomed = picture(losses)
    feed(losses, 100, start=100)
    losses.zoom_to(200, 400)
    view = picture(losses) and losses._view
    assert view is not None
    assert (view.start, view.end) == (200, 400)
    assert zoomed.size() == losses.grab().toImage().size()


def test_that_the_menu_switches_between_linear_and_logarithmic(losses: LossPlot) -> None:
    feed(losses, 100)
    linear = picture(losses)
    menu = {action.text(): action for action in losses.actions()}
    menu["Logarithmic scale"].trigger()
    assert losses.logarithmic
    assert picture(losses) != linear
    menu["Linear scale"].trigger()
    assert picture(losses) == linear


def test_that_gradient_norms_stand_on_a_logarithmic_axis(show: Callable[[GradientPlot], None]) -> None:
    plot = GradientPlot()
    show(plot)
    for step in range(300):
        plot.append(step, {"grad_norm/discriminator": 30.0, "grad_norm/generator": 0.0 if step == 7 else 3.0})
    picture(plot)
    view = plot._view
    assert view is not None
    assert (view.low, view.high) == (0.0, 2.0)
    assert plot._end_texts() == ["D", "G"]


def test_that_logits_are_drawn_left_and_right_of_zero(show: Callable[[LogitPlot], None]) -> None:
    plot = LogitPlot()
    show(plot)
    plot.set_histograms(Histogram(-4.0, 4.0, (0, 0, 0, 0, 4, 8, 4, 0)), Histogram(-4.0, 4.0, (0, 8, 4, 0, 0, 0, 0, 0)))
    shown = picture(plot)
    zero = round(plot._area().left() + (0 - plot._range[0]) / (plot._range[1] - plot._range[0]) * plot._area().width())
    fake = [x for x, y in near(shown, DARK.g, 20) if 45 < y < 150]
    real = [x for x, y in near(shown, DARK.real, 20) if 45 < y < 150]
    assert max(fake) < zero < np.median(real)


def test_that_the_range_of_logits_holds_still_while_it_fits(show: Callable[[LogitPlot], None]) -> None:
    plot = LogitPlot()
    show(plot)

    def range_for(low: float, high: float) -> tuple[float, float]:
        plot.set_histograms(Histogram(low, high, (1, 2, 1)), Histogram(low, high, (2, 1, 1)))
        picture(plot)
        return plot._range

    first = range_for(-4.0, 4.0)
    assert range_for(-2.5, 2.7) == first
    wider = range_for(-9.0, 4.0)
    assert wider[0] <= -9.0
    assert range_for(-0.5, 0.5) != wider


def test_that_histograms_without_counts_are_an_empty_plot(show: Callable[[LogitPlot], None]) -> None:
    plot = LogitPlot()
    show(plot)
    empty = picture(plot)
    plot.set_histograms(Histogram(0.0, 1.0, (0, 0)), None)
    assert picture(plot) == empty
    plot.set_histograms(None, Histogram(2.0, 2.0, (5,)))
    assert picture(plot) != empty
    plot.clear()
    assert picture(plot) == empty


def test_that_a_theme_changed_at_run_time_repaints_everything(losses: LossPlot) -> None:
    feed(losses, 100)
    picture(losses)
    theme().set_mode("light")
    shown = losses.grab().toImage()
    assert shown.pixelColor(2, 2) == QColor(LIGHT.panel)
    assert near(shown, LIGHT.g)
    assert not near(shown, DARK.g, 10)


def test_that_numbers_and_picture_can_be_saved(losses: LossPlot, tmp_path: Path) -> None:
    losses.append(0, {D: 1.5, G: math.nan})
    losses.append(10, {D: 1.25, G: 2.5})
    saved, failed = QSignalSpy(losses.saved), QSignalSpy(losses.failed)
    losses._write_csv(str(tmp_path / "a.csv"))
    losses._write_png(str(tmp_path / "a.png"))
    losses._write_csv(str(tmp_path / "missing" / "a.csv"))
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["step", D, G], ["0", "1.5", ""], ["10", "1.25", "2.5"]]
    assert QImage(str(tmp_path / "a.png")).width() == 400
    assert (saved.count(), failed.count()) == (2, 1)


def test_that_logits_are_saved_bin_by_bin(show: Callable[[LogitPlot], None]) -> None:
    plot = LogitPlot()
    show(plot)
    plot.set_histograms(Histogram(0.0, 2.0, (3, 4)), None)
    assert list(plot.rows()) == [["logits", "low", "high", "count"], ["real", 0.0, 1.0, 3], ["real", 1.0, 2.0, 4]]


@pytest.mark.parametrize("size", [(120, 80), (121, 81), (700, 90), (130, 600)])
def test_that_small_and_odd_sizes_can_be_painted(losses: LossPlot, size: tuple[int, int]) -> None:
    feed(losses, 200)
    losses.add_change(300, "A change with a name that is far too long for so small a plot")
    losses.resize(*size)
    losses.set_cursor(500)
    picture(losses)
