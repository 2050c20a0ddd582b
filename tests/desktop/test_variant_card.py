from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ganstudio import paths
from ganstudio.config import LossName, RunConfig
from ganstudio.desktop import theme
from ganstudio.desktop.forms.formula import FormulaView, objective_lines
from ganstudio.desktop.forms.recipe_picker import read_config, recipe_of
from ganstudio.desktop.forms.setup_panel import SetupPanel
from ganstudio.desktop.forms.variant_card import VariantCard, deviations
from ganstudio.desktop.settings import Settings
from ganstudio.errors import UserError
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import FIRST_MINUTE, RECIPES, check, compose, presets

pytestmark = pytest.mark.desktop


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[SetupPanel]:
    theme.load_fonts()
    theme.theme().set_mode("light")
    settings = Settings(tmp_path / "settings.json")
    made = SetupPanel(settings)
    qtbot.addWidget(made)
    made.resize(304, 800)
    made.show()
    yield made
    made.shutdown()
    settings.flush()


def objective(loss: LossName, variant: str = "dcgan", **weights: float) -> RunConfig:
    penalties = {f"objective.penalties.{name}.weight": weight for name, weight in weights.items()}
    return compose({"variant.name": variant, "objective.loss": loss, **penalties})


@pytest.mark.parametrize("loss", get_args(LossName))
@pytest.mark.parametrize("variant", VARIANTS.names())
def test_that_every_objective_of_the_form_has_its_drawing(variant: str, loss: LossName) -> None:
    config = objective(loss, variant)
    more = {
        "objective.drift": 0.1,
        "objective.orthogonal": 0.1,
        "techniques.lecam.weight": 0.3,
        "techniques.feature_matching.weight": 1.0,
        "techniques.augment.policy": "ada",
        "techniques.instance_noise.sigma": 0.1,
        "techniques.real_label": 0.9,
        **{f"objective.penalties.{name}.weight": 1.0 for name in ("gradient", "one_sided", "zero_centred", "r1")},
    }
    alone = [config.with_values({path: value}) for path, value in more.items()]
    for one in (config, config.with_values(more), *alone):
        for name in itertools.chain(*objective_lines(one)):
            assert paths.resource("formulas", f"{name}.svg").is_file()


def test_that_the_formula_is_that_of_the_parts_that_were_picked() -> None:
    config = objective("hinge", r1=1.0).with_values({"techniques.augment.policy": "diffaugment"})
    assert objective_lines(config) == (
        ("hinge-discriminator", "penalty-r1"),
        ("wasserstein-generator",),
        ("view-augment",),
    )
    assert objective_lines(compose({"variant.name": "cgan"}))[0] == (
        "non-saturating-real-classes",
        "added-non-saturating-fake-classes",
    )
    assert objective_lines(compose({"variant.name": "cyclegan"}))[1][1:] == ("added-cycle", "added-identity")
    assert objective_lines(compose({"variant.name": "srgan"}))[1][0] == "perceptual-generator"
    pixels = compose({"variant.name": "srgan", "objective.pixels": 1.0})
    assert objective_lines(pixels)[1][:2] == ("perceptual-generator", "added-pixels")
    alone = pixels.with_values({"objective.perceptual": 0.0, "objective.adversarial": 0.0})
    assert objective_lines(alone)[1] == ("pixels-generator",)


def test_that_only_penalties_with_a_weight_join_the_objective() -> None:
    assert objective_lines(objective("non-saturating"))[:2] == (
        ("non-saturating-discriminator",),
        ("non-saturating-generator",),
    )
    assert objective_lines(objective("relativistic", r1=0.1, r2=0.1))[0][1:] == ("penalty-r1-r2",)
    assert objective_lines(objective("relativistic", r1=0.1, r2=0.2))[0][1:] == ("penalty-r1", "penalty-r2")
    assert objective_lines(objective("wasserstein", gradient=10))[0][1:] == ("penalty-gradient",)


def test_that_a_long_objective_is_broken_before_a_penalty(qtbot: QtBot) -> None:
    view = FormulaView()
    qtbot.addWidget(view)
    view.set_lines(objective_lines(objective("non-saturating", r1=1, r2=1)))
    assert view.heightForWidth(1000) == 44
    assert view.heightForWidth(256) == 66
    assert "R₁ + R₂" in view.accessibleName()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_the_formula_is_drawn_in_the_colours_of_d_and_g(qtbot: QtBot, mode: theme.Mode) -> None:
    theme.theme().set_mode(mode)
    view = FormulaView()
    qtbot.addWidget(view)
    view.set_lines(objective_lines(objective("relativistic", r1=1, r2=1)))
    view.resize(280, 44)
    image = view.grab().toImage()
    found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {theme.palette().d, theme.palette().g, theme.palette().ink} & found, "no letter is painted"
    hues = [theme.qcolor("d").hue(), theme.qcolor("g").hue()]
    for hue in hues:
        assert any(abs(theme.QColor(name).hue() - hue) < 8 and theme.QColor(name).saturation() > 120 for name in found)


def test_that_every_variant_shows_its_card(qtbot: QtBot) -> None:
    card = VariantCard()
    qtbot.addWidget(card)
    for variant in VARIANTS:
        card.set_config(compose({"variant.name": variant.name}))
        assert card._title.text() == variant.title
        assert card._link.text() == variant.paper.reference
        assert str(variant.paper.year) in card._paper.text()
        assert card._changes.isHidden(), "the paper's settings are no change"
        assert card._presets.isHidden() == (len(presets(variant)) == 1)


def test_that_variants_stand_in_groups_and_say_why_they_do_not_suit(panel: SetupPanel) -> None:
    choice = panel.card._choice
    assert {choice.itemData(row) for row in range(choice.count())} - {None} == set(VARIANTS.names())
    items = choice.model()

    def enabled(name: str) -> bool:
        return bool(items.item(choice.findData(name)).isEnabled())

    assert all(enabled(name) for name in VARIANTS.names())
    panel.datasets.dataset_chosen.emit("8-gaussians")
    for variant in VARIANTS:
        translates = variant.task == "image-to-image"
        assert enabled(variant.name) != translates
        tip = choice.itemData(choice.findData(variant.name), Qt.ItemDataRole.ToolTipRole)
        assert ("translates images" in tip) == translates


@pytest.mark.parametrize("name", VARIANTS.names())
def test_that_every_preset_of_every_variant_is_one_edit_and_can_be_trained(panel: SetupPanel, name: str) -> None:
    panel.card.variant_chosen.emit(name)
    for preset in presets(VARIANTS.get(name)):
        before = panel.form.current()
        panel.load_preset(preset.name)
        config = panel.form.current()
        check(config)
        for path, value in preset.values.items():
            assert config.value(path) == value
        if preset.values and before != config:
            panel.form.undo()
            assert panel.form.current() == before


def test_that_the_link_opens_the_paper(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    card = VariantCard()
    qtbot.addWidget(card)
    card.set_config(compose({"variant.name": "dcgan"}))
    card._link.click()
    assert opened == ["https://arxiv.org/abs/1511.06434"]


def test_that_departures_from_the_paper_are_said(panel: SetupPanel) -> None:
    paper = compose({"variant.name": "dcgan"})
    assert deviations(paper) == []
    changed = paper.with_values(
        {"training.batch_size": 64, "techniques.ema.half_life": 9.0, "training.steps": 5, "seed": 3}
    )
    assert deviations(changed) == ["batch size 128 → 64", "EMA half-life 500 → 9"]
    panel.set_config(changed)
    assert panel.card._changed.text() == "Changed: batch size 128 → 64, EMA half-life 500 → 9"
    panel.form.apply({"techniques.ema.half_life": 500.0})
    assert panel.card._changed.text() == "Changed: batch size 128 → 64", "live"


def test_that_reset_takes_the_papers_settings_and_keeps_data_seed_and_device(panel: SetupPanel, qtbot: QtBot) -> None:
    panel.form.apply({"dataset.name": "emoji-noto", "seed": 7, "device": "cpu"})
    qtbot.mouseClick(panel.card._reset, Qt.MouseButton.LeftButton)
    config = panel.form.current()
    assert deviations(config) == []
    assert (config.dataset.name, config.seed, config.device) == ("emoji-noto", 7, "cpu")
    panel.form.undo()
    assert deviations(panel.form.current()) != []


def test_that_another_variant_brings_its_papers_settings(panel: SetupPanel) -> None:
    panel.form.apply({"dataset.name": "emoji-noto"})
    panel.card.variant_chosen.emit("wgan-gp")
    config = panel.form.current()
    assert config.variant.name == "wgan-gp"
    assert config.training.discriminator_steps == 5
    assert config.dataset.name == "emoji-noto"
    assert panel.card._choice.currentText() == "WGAN-GP"
    assert panel.form.defaults().variant.name == "wgan-gp"


def test_that_an_unknown_variant_gets_a_sentence(panel: SetupPanel, qtbot: QtBot) -> None:
    panel.form.apply({"variant.name": "dcgam"})
    qtbot.waitUntil(lambda: panel.config() is None)
    assert "did you mean 'dcgan'?" in panel.card._problem.text()
    panel.set_config(compose({"variant.name": "dcgan"}))
    assert panel.card._problem.text() == ""


# ------------------------------------------------------------------------------------------------- recipes and configs


def test_that_the_first_recipe_is_loaded_at_first(panel: SetupPanel) -> None:
    assert panel.config() == FIRST_MINUTE.config()
    assert panel.form.defaults() == FIRST_MINUTE.config()


def test_that_every_recipe_can_be_chosen_from_the_menu_and_taken_back(panel: SetupPanel) -> None:
    for recipe in RECIPES:
        before = panel.form.current()
        action = next(action for action in panel.recipes.actions() if action.data() == recipe.name)
        assert recipe.expected in action.text()
        action.trigger()
        assert panel.form.current() == recipe.config()
        assert recipe_of(panel.form.current()) == recipe
        if before != recipe.config():
            panel.form.undo()
            assert panel.form.current() == before
            panel.form.redo()


def test_that_paper_settings_are_in_the_menu(panel: SetupPanel) -> None:
    next(action for action in panel.recipes.actions() if action.text() == "Paper settings").trigger()
    assert deviations(panel.form.current()) == []


def test_that_a_saved_config_opens_as_it_was(panel: SetupPanel, tmp_path: Path) -> None:
    panel.form.apply({"training.batch_size": 48, "dataset.resolution": 32})
    saved = panel.config()
    panel.save_config(tmp_path / "mine.json")
    panel.load_recipe("emoji")
    panel.open_config(tmp_path / "mine.json")
    assert panel.config() == saved
    assert panel._banner.text() == ""


def test_that_a_toml_config_opens_on_its_variants_paper(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[variant]\nname = "wgan-gp"\n[training]\nbatch_size = 48\n', encoding="utf-8")
    config = read_config(file)
    assert (config.training.batch_size, config.training.discriminator_steps) == (48, 5)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("bad.json", "{", "not valid JSON"),
        ("bad.toml", "=", "not valid TOML"),
        ("list.json", "[]", "table of settings"),
        ("rate.json", '{"training": {"batch_size": -1}}', "batch_size"),
        ("typo.json", '{"training": {"batchsize": 1}}', "did you mean"),
        ("variant.json", '{"variant": {"name": "dcgam"}}', "did you mean 'dcgan'"),
    ],
)
def test_that_a_config_that_is_none_gets_a_sentence(
    panel: SetupPanel, tmp_path: Path, name: str, text: str, words: str
) -> None:
    before = panel.form.current()
    (tmp_path / name).write_text(text, encoding="utf-8")
    panel.open_config(tmp_path / name)
    assert words in panel._banner.text()
    assert panel.form.current() == before
    panel.load_recipe("emoji")
    assert panel._banner.text() == "", "something was loaded"


def test_that_a_config_is_not_saved_where_it_cannot_be_or_while_it_is_invalid(
    panel: SetupPanel, tmp_path: Path
) -> None:
    panel.save_config(tmp_path / "none" / "mine.json")
    assert "cannot be written" in panel._banner.text()
    panel.form.report(UserError("Too large.", path="training.batch_size"))
    panel.save_config(tmp_path / "mine.json")
    assert "not saved" in panel._banner.text()
    assert not (tmp_path / "mine.json").exists()


def drop(panel: SetupPanel, *files: Path) -> QDropEvent:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.setAccepted(False)
    panel.dropEvent(event)
    return event


def test_that_a_config_can_be_dropped_on_the_panel(panel: SetupPanel, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(RunConfig().with_values({"variant.name": "dcgan", "seed": 5}).to_json(), encoding="utf-8")
    assert drop(panel, file).isAccepted()
    assert panel.form.current().seed == 5


def test_that_something_else_that_is_dropped_gets_a_sentence(panel: SetupPanel, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    drop(panel, tmp_path / "notes.txt")
    assert "notes.txt is no folder of images" in panel._banner.text()
    assert not drop(panel, tmp_path, tmp_path).isAccepted(), "two at once"


def test_that_during_a_run_nothing_can_be_replaced(panel: SetupPanel) -> None:
    panel.set_running(True)
    assert not panel.acceptDrops()
    assert not panel.card._choice.isEnabled()
    assert not panel.datasets._choice.isEnabled()
    enabled = [action.text() for action in panel.recipes.actions() if action.isEnabled() and not action.isSeparator()]
    assert enabled == ["Save config…"]
    panel.set_running(False)
    assert panel.acceptDrops()
    assert panel.card._choice.isEnabled()


def test_that_undo_stands_in_the_panels_menu(panel: SetupPanel) -> None:
    undo = next(action for menu in panel.findChildren(QMenu) for action in menu.actions() if action.text() == "Undo")
    assert not undo.isEnabled()
    panel.form.apply({"seed": 9})
    undo.trigger()
    assert panel.form.current().seed == 0


def test_that_the_panel_tells_of_every_change(panel: SetupPanel) -> None:
    told = QSignalSpy(panel.changed)
    panel.form.apply({"seed": 9})
    assert told.count() > 0
