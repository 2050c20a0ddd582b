"""A choice of data set or variant alone never leaves the form invalid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from ganstudio.config import RunConfig
from ganstudio.data.sources import DATASETS
from ganstudio.desktop import theme
from ganstudio.desktop.forms.adapting import describe_at_once, to_dataset, to_description, to_variant
from ganstudio.desktop.forms.setup_panel import SetupPanel
from ganstudio.desktop.settings import Settings
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import FIRST_MINUTE, check, compose
from tests.helpers import fill

pytestmark = pytest.mark.desktop
KEPT = ("dataset.", "seed", "device", "precision", "threads")


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[SetupPanel]:
    theme.load_fonts()
    theme.theme().set_mode("dark")
    settings = Settings(tmp_path / "settings.json")
    made = SetupPanel(settings)
    qtbot.addWidget(made)
    made.resize(304, 800)
    made.show()
    yield made
    made.shutdown()
    settings.flush()


def offered(variant: str) -> list[str]:
    """The data sets that the picker offers for a variant."""
    one = VARIANTS.get(variant)
    described = {source.name: source.describe() for source in DATASETS}
    return [
        name
        for name, description in described.items()
        if not (one.task == "image-to-image" and description.subject == "points")
        and not (one.needs_classes and len(description.classes) < 2)
    ]


def taken(config: RunConfig, name: str) -> RunConfig:
    config = config.with_values(to_dataset(config, name).values)
    description = describe_at_once(name)
    assert description is not None
    return config.with_values(to_description(config, description).values)


@pytest.mark.parametrize("variant", VARIANTS.names())
def test_that_every_data_set_that_is_offered_can_be_trained_at_once(variant: str) -> None:
    first = to_variant(FIRST_MINUTE.config(), VARIANTS.get(variant), KEPT)
    check(first)
    for name in offered(variant):
        config = taken(first, name)
        check(config)
        check(taken(config, first.dataset.name))


@pytest.mark.parametrize(
    ("variant", "before"),
    [
        (name, before)
        for name in VARIANTS.names()
        for before in offered(name)
        if before in {"8-gaussians", "emoji-noto"}
    ],
)
def test_that_every_variant_that_is_offered_can_be_trained_at_once(variant: str, before: str) -> None:
    config = taken(compose({"variant.name": "dcgan"}), before)
    check(to_variant(config, VARIANTS.get(variant), KEPT))


def test_that_data_without_classes_turn_class_conditioning_off_and_on_again(panel: SetupPanel) -> None:
    told = QSignalSpy(panel.noticed)
    assert panel.form.current().variant.conditional
    panel.datasets.dataset_chosen.emit("two-moons" if not describe_at_once("two-moons").classes else "swiss-roll")
    assert not panel.form.current().variant.conditional
    assert "class-conditional is off" in told.at(0)[0]
    panel.form.undo()
    assert panel.form.current() == FIRST_MINUTE.config(), "one edit"
    panel.form.redo()
    panel.datasets.dataset_chosen.emit("mnist-10k")
    assert panel.form.current().variant.conditional, "as it was asked for"
    assert told.count() == 1


def test_that_a_folder_without_classes_is_learnt_without_them_and_no_batch_is_too_large(
    panel: SetupPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    told = QSignalSpy(panel.noticed)
    panel.choose_folder(fill(tmp_path / "flat", 10, side=32))
    qtbot.waitUntil(lambda: not panel.form.current().variant.conditional)
    assert panel.form.current().training.batch_size == 9
    qtbot.waitUntil(lambda: panel.config() is not None)
    check(panel.config())
    assert told.count() == 2


def test_that_a_second_data_set_is_asked_for_where_images_are_translated(panel: SetupPanel, qtbot: QtBot) -> None:
    assert not panel.targets.isVisible()
    panel.card.variant_chosen.emit("cyclegan")
    config = panel.form.current()
    assert panel.targets.isVisible()
    assert (panel.datasets.dataset(), panel.targets.dataset()) == (config.dataset.name, config.dataset.target)
    panel.targets.dataset_chosen.emit("mnist-10k")
    assert panel.form.current().dataset.target == "mnist-10k"
    qtbot.waitUntil(lambda: panel.targets.description() is not None)
    panel.datasets.dataset_chosen.emit("mnist-10k")
    assert panel.form.current().dataset.target != "mnist-10k", "the two change places"
    panel.card.variant_chosen.emit("dcgan")
    assert not panel.targets.isVisible()
    assert panel.form.current().dataset.target is None


def test_that_data_that_do_not_suit_the_variant_are_greyed_out_with_the_reason(panel: SetupPanel) -> None:
    panel.card.variant_chosen.emit("srgan")
    choice = panel.datasets._choice
    for source in DATASETS:
        item = choice.model().item(choice.findData(source.name))
        assert item.isEnabled() == (source.describe().subject == "images")
        assert item.isEnabled() or "translates images" in item.toolTip()
