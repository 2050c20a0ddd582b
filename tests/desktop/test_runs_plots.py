"""Overlaid plots: what the lines say, where the cursor stands, and what it reads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from ganstudio.desktop import theme
from ganstudio.desktop.app import create_application
from ganstudio.desktop.runs.compare import Compared, ComparePanel, quantity_title
from ganstudio.desktop.runs.marks import LETTERS, pen
from ganstudio.desktop.runs.overlay import Line, OverlayPlot, Unit, _log_ticks, _thin, smoothed
from ganstudio.desktop.runs.reader import Row
from ganstudio.desktop.settings import Settings
from ganstudio.runs.curves import Curves


def curves(until: int = 600, *, level: float = 1.0, batch: int = 64) -> Curves:
    steps = np.arange(10.0, until + 1, 10)
    scalars = {
        "loss/generator": np.full(len(steps), 2 * level),
        "loss/discriminator": np.linspace(level, 0.5 * level, len(steps)),
        "grad_norm/discriminator": np.full(len(steps), 3.0),
        "penalty/r1": np.full(len(steps), np.nan),
    }
    return Curves(steps, steps * batch, steps / 10, scalars)


def run(letter: str) -> Compared:
    number = 10 + LETTERS.index(letter)  # type: ignore[arg-type]
    row = Row(Path(f"/runs/{number:03d}-x"), "DCGAN, MNIST", f"{number:03d}", "finished")
    return Compared(letter, row)  # type: ignore[arg-type]


def test_that_smoothing_keeps_levels_ends_and_lengths() -> None:
    assert smoothed(np.full(500, 3.0)) == pytest.approx(np.full(500, 3.0))
    values = np.sin(np.arange(500.0) * 3) + 1
    calm = smoothed(values)
    assert len(calm) == 500 and calm.std() < 0.1 * values.std()
    assert abs(calm[-1] - 1) < 0.3, "the end is a mean too, not the last value"
    np.testing.assert_array_equal(smoothed(values[:20]), values[:20])
    assert len(smoothed(np.empty(0))) == 0


def test_that_a_line_leaves_out_what_is_not_finite() -> None:
    line = Line.of("A", np.arange(4.0), np.array([1.0, np.nan, np.inf, 4.0]))
    np.testing.assert_array_equal(line.x, [0.0, 3.0])
    assert line.at(1.5) == 2.5 and line.at(3.5) is None and line.at(-1) is None
    assert Line.of("A", np.arange(2.0), np.full(2, np.nan)).at(0) is None


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.5, 4.0, [0.5, 1, 2, 5]), (12, 270, [10, 20, 50, 100, 200, 500]), (0.01, 900, [0.01, 0.1, 1, 10, 100, 1000])],
)
def test_that_a_logarithmic_axis_has_few_round_ticks(low: float, high: float, ticks: list[float]) -> None:
    assert _log_ticks(low, high, 6) == pytest.approx(ticks)


def test_that_the_three_runs_differ_by_stroke(qapp: object) -> None:
    strokes = [tuple(pen(letter).dashPattern()) for letter in LETTERS]
    assert strokes == [(), (7.0, 3.0), (2.0, 2.0)]
    assert list(pen("B", 2.0).dashPattern()) == [14.0, 6.0], "as long on a screen of twice the pixels"


@pytest.fixture
def plot(qtbot: QtBot) -> OverlayPlot:
    create_application([])
    theme.theme().set_mode("light")
    made = OverlayPlot("Loss G")
    qtbot.addWidget(made)
    made.resize(584, 220)
    made.show()
    return made


def test_that_the_cursor_reads_all_lines_the_highest_first(plot: OverlayPlot) -> None:
    steps = np.arange(0.0, 601, 10)
    a = Line.of("A", steps[:31], np.full(31, 1.0))
    b = Line.of("B", steps, np.full(61, 5.0))
    plot.set_lines([a, b], "steps", log=False)
    plot.set_cursor(200.0)
    assert plot.values() == [("B", 5.0), ("A", 1.0)]
    plot.set_cursor(400.0)
    assert plot.values() == [("B", 5.0)], "A had ended"
    plot.set_cursor(None)
    assert plot.values() == []
    assert plot.accessibleDescription() == "A (solid) ends at 1.00, B (dashed) ends at 5.00"


def test_that_each_line_is_painted_in_its_colour(plot: OverlayPlot) -> None:
    steps = np.arange(0.0, 601, 10)
    lines = [Line.of(letter, steps, np.full(61, float(level))) for level, letter in enumerate(LETTERS, 1)]
    plot.set_lines(lines, "steps", log=False)
    image = plot.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(image.height())}
    palette = theme.palette()
    assert {palette.run_a, palette.run_b, palette.run_c} <= seen


def test_that_moving_the_cursor_does_not_paint_the_lines_again(
    plot: OverlayPlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot.set_lines([Line.of("A", np.arange(50.0), np.arange(50.0))], "steps", log=False)
    plot.grab()
    monkeypatch.setattr(plot, "_render", lambda painter: pytest.fail("painted again"))
    before = plot.grab().toImage()
    plot.set_cursor(25.0)
    assert plot.grab().toImage() != before


def test_that_the_pointer_reads_and_a_click_picks(plot: OverlayPlot, qtbot: QtBot) -> None:
    plot.set_lines([Line.of("A", np.arange(101.0), np.arange(101.0))], "steps", log=False)
    plot.grab()
    with qtbot.waitSignal(plot.hovered) as hovered:
        qtbot.mouseMove(plot, QPoint(28 + (584 - 59) // 2, 60))
    assert hovered.args[0] == pytest.approx(50, abs=1)
    with qtbot.waitSignal(plot.picked) as picked:
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(5, 60))
    assert picked.args == [0.0]


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1.0, 1.0], False),
        ([0.0, 0.0], False),
        ([-1e9, 1e9], False),
        ([1e-12, 1e12], True),
        ([0.0, 5.0], True),
        ([3.0], True),
    ],
)
def test_that_odd_values_are_painted_too(plot: OverlayPlot, values: list[float], log: bool) -> None:
    units: list[Unit] = ["steps", "images", "seconds"]
    for unit in units:
        plot.set_lines([Line.of("A", np.arange(float(len(values))), np.array(values))], unit, log=log)
        plot.set_cursor(0.0)
        plot.grab()
    plot.set_lines([], "steps", log=log)
    plot.set_empty_text("Nothing yet")
    plot.grab()


def test_that_a_hundred_thousand_points_are_thinned_before_painting(plot: OverlayPlot) -> None:
    x = np.arange(100_000.0)
    plot.set_lines([Line.of("A", x, np.sin(x))], "steps", log=False)
    plot.grab()
    assert plot._view is not None
    px, py = _thin(plot._view, x, np.sin(x))
    assert len(px) == len(py) < 5000
    assert py.min() == pytest.approx(plot._view.y(1.0), abs=0.1)
    assert py.max() == pytest.approx(plot._view.y(-1.0), abs=0.1)


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[ComparePanel]:
    create_application([])
    settings = Settings(tmp_path / "settings.json")
    made = ComparePanel(settings)
    qtbot.addWidget(made)
    made.resize(608, 396)
    made.show()
    yield made
    settings.flush()


def test_that_quantities_have_names() -> None:
    assert quantity_title("loss/generator") == "Loss G"
    assert quantity_title("penalty/r1") == "Penalty, r1" and quantity_title("grad_norm/encoder") == "Grad norm, encoder"


def test_that_only_measured_quantities_are_offered_and_the_choice_stays(panel: ComparePanel, qtbot: QtBot) -> None:
    runs = [run("A"), run("B")]
    panel.set_runs(runs)
    panel.set_curves({one.row.path: curves() for one in runs})
    combo = panel._quantity
    assert [combo.itemText(index) for index in range(combo.count())] == ["Loss G", "Loss D", "Gradient norm D"]
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert panel.plot.accessibleName() == "Loss D"
    assert [plot.accessibleName() for plot in panel.beside] == ["Loss G", "Gradient norm D"]
    panel.set_curves({one.row.path: curves(900) for one in runs})
    assert combo.currentText() == "Loss D" and panel.plot.lines[0].x[-1] == 900


def test_that_runs_are_compared_by_step_images_or_time(panel: ComparePanel) -> None:
    panel.set_runs([run("A"), run("B")])
    panel.set_curves({run("A").row.path: curves(300, batch=128), run("B").row.path: curves(600)})
    ends = {}
    for key in ("step", "images", "time"):
        panel._axis.button(key).click()
        ends[key] = [float(line.x[-1]) for line in panel.plot.lines]
    assert ends == {"step": [300, 600], "images": [38_400, 38_400], "time": [30, 60]}


def test_that_the_cursor_follows_the_shared_step_on_every_axis(panel: ComparePanel) -> None:
    panel.set_runs([run("A"), run("B")])
    panel.set_curves({run("A").row.path: curves(300), run("B").row.path: curves(600)})
    panel.set_step(400)
    for key, place in (("step", 400), ("images", 400 * 64), ("time", 40)):
        panel._axis.button(key).click()
        assert [plot.cursor_place for plot in (panel.plot, *panel.beside)] == [place] * 3
    panel.plot.hovered.emit(10.0)
    assert panel.beside[0].cursor_place == 10.0
    panel.plot.hovered.emit(math.nan)
    assert panel.beside[0].cursor_place == 40


def test_that_a_picked_place_becomes_a_step_on_every_axis(panel: ComparePanel, qtbot: QtBot) -> None:
    panel.set_runs([run("A")])
    panel.set_curves({run("A").row.path: curves(600)})
    for key, place in (("step", 301.4), ("images", 301 * 64.0), ("time", 30.1)):
        panel._axis.button(key).click()
        with qtbot.waitSignal(panel.step_picked) as picked:
            panel.plot.picked.emit(place)
        assert picked.args == [301]


def test_that_a_logarithm_of_losses_below_zero_is_refused_with_the_reason(panel: ComparePanel) -> None:
    panel.set_runs([run("A")])
    panel.set_curves({run("A").row.path: curves()})
    log = panel._scale.button("log")
    log.click()
    assert log.isEnabled() and panel.plot._log
    panel.set_curves({run("A").row.path: curves(level=-1.0)})
    assert not log.isEnabled() and "below 0" in log.toolTip() and not panel.plot._log
    panel.set_curves({run("A").row.path: curves()})
    assert panel.plot._log, "the choice comes back with values that allow it"


def test_that_choices_are_remembered(panel: ComparePanel, qtbot: QtBot) -> None:
    panel._axis.button("time").click()
    panel._scale.button("log").click()
    again = ComparePanel(panel._settings)
    qtbot.addWidget(again)
    assert (again._axis.current(), again._scale.current()) == ("time", "log")


def test_that_a_letter_passed_on_to_another_run_does_not_keep_its_line(panel: ComparePanel) -> None:
    panel.set_runs([run("A"), run("B")])
    panel.set_curves({run("A").row.path: curves(300), run("B").row.path: curves(600)})
    panel.set_runs([Compared("A", run("B").row)])
    assert [(line.letter, float(line.x[-1])) for line in panel.plot.lines] == [("A", 600)]
    assert panel.value_at(run("B").row.path, "loss/generator", 300) == 2.0
    assert panel.value_at(run("C").row.path, "loss/generator", 300) is None


def test_that_a_run_that_was_shown_before_is_shown_again_at_once(panel: ComparePanel) -> None:
    for letter in LETTERS:
        panel.set_runs([Compared("A", run(letter).row)])
        panel.set_curves({run(letter).row.path: curves(300)})
    panel.set_runs([run("A")])
    assert len(panel.plot.lines) == 1
    for number in range(20):
        panel.set_curves({Path(f"/runs/{number}"): curves(50)})
    assert len(panel._curves) < 20


def test_that_the_plots_can_be_copied(panel: ComparePanel) -> None:
    panel._copy()
    assert not QGuiApplication.clipboard().image().isNull()
