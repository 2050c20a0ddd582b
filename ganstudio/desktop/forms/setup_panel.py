"""The Setup panel: variant, data set and settings of the next run, or of the one that trains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from ganstudio.config import RunConfig
from ganstudio.data.description import Description
from ganstudio.data.points import is_points_file
from ganstudio.data.sources import DATASETS
from ganstudio.desktop import theme
from ganstudio.desktop.forms.adapting import Adaptation, describe_at_once, to_dataset, to_description, to_variant
from ganstudio.desktop.forms.config_form import ConfigForm
from ganstudio.desktop.forms.dataset_picker import DatasetPicker
from ganstudio.desktop.forms.recipe_picker import (
    CONFIG_SUFFIXES,
    RecipeMenu,
    read_config,
    recipe_named,
    recipe_of,
    write_config,
)
from ganstudio.desktop.forms.variant_card import VariantCard
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.widgets.banner import Banner
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.panel import Panel
from ganstudio.errors import UserError
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import FIRST_MINUTE, compose, preset_named

PAPER = "the paper’s value"
RECIPE = "the recipe’s value"
PRESET = "the preset’s value"
_CHOICES = ("variant.name", "dataset.name", "dataset.target")
_KEPT = ("dataset.", "seed", "device", "precision", "threads")
"""What a change of variant leaves alone."""


class SetupPanel(Panel):
    """Ties the variant's card, the data set and the form together. Folders and config files can be dropped on it."""

    changed = Signal()
    """The config, or what is wrong with it, is another."""
    recipe_changed = Signal(str)
    """The name of the recipe that was loaded."""
    noticed = Signal(str)
    """A sentence: something was changed by itself."""
    config_saved = Signal(object)
    """The path that the settings were written to."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Setup", parent=parent)
        self._running = False
        self.card = VariantCard(self)
        self._classes_wanted = False
        self.datasets = DatasetPicker(settings, self)
        self.targets = DatasetPicker(settings, self, name="To")
        self.targets.hide()
        self.form = ConfigForm(self)
        self.recipes = RecipeMenu(self)
        self._banner = Banner(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self._banner)
        self.body.addWidget(self.form, 1)
        self.form.lead.addWidget(self.card)
        self.form.lead.addWidget(self.datasets)
        self.form.lead.addWidget(self.targets)
        self._build_header()
        self.setAcceptDrops(True)
        self.form.changed.connect(self._on_form_changed)
        self.form.history_changed.connect(self._on_history)
        self.card.variant_chosen.connect(self._on_variant)
        self.card.reset_requested.connect(self.load_paper)
        self.card.preset_chosen.connect(self.load_preset)
        self.datasets.dataset_chosen.connect(self._on_dataset)
        self.datasets.described.connect(self._on_described)
        self.targets.dataset_chosen.connect(self._on_target)
        self.recipes.recipe_chosen.connect(self.load_recipe)
        self.recipes.paper_chosen.connect(self.load_paper)
        self.recipes.opened.connect(self.open_config)
        self.recipes.saved.connect(self.save_config)
        self.set_config(FIRST_MINUTE.config())

    def config(self) -> RunConfig | None:
        """The config as it stands; None while anything is wrong."""
        return self.form.config()

    def set_config(self, config: RunConfig) -> None:
        """Show `config`; its reset arrows go to the recipe that it is, else to its variant's paper."""
        self._load(config, undoable=False)

    def problems(self) -> list[tuple[str, str]]:
        """(path, sentence) of everything that keeps a run from starting."""
        return self.form.problems()

    def reason(self) -> str:
        """Why a run cannot start, for a tooltip; empty when it can."""
        return self.form.reason()

    def reveal(self, path: str) -> None:
        """Bring a setting into sight and put the cursor into it."""
        if path in _CHOICES:
            if path == "variant.name":
                self.card.reveal()
            else:
                (self.targets if path == "dataset.target" else self.datasets).reveal()
        else:
            self.form.reveal(path)

    def set_running(self, running: bool) -> None:
        """A run begins or ends."""
        self._running = running
        self.setAcceptDrops(not running)
        self.card.set_running(running)
        self.datasets.set_running(running)
        self.targets.set_running(running)
        self.recipes.set_running(running)
        self.form.set_running(running)

    def tell(self, sentence: str) -> None:
        """Show an error in the panel until it is closed or something is loaded."""
        self._banner.tell(sentence)

    def shutdown(self) -> None:
        """End what runs in the background."""
        self.form.shutdown()
        self.datasets.shutdown()
        self.targets.shutdown()

    # ------------------------------------------------------------------------------------------------- loading

    @Slot(str)
    def load_recipe(self, name: str) -> None:
        """Take a recipe, as one edit."""
        recipe = recipe_named(name)
        self._load(recipe.config(), undoable=True)
        self.recipe_changed.emit(name)

    @Slot()
    def load_paper(self) -> None:
        """Take the paper's settings of the variant, as one edit."""
        self._load_variant(self.form.current().variant.name)

    @Slot(object)
    def open_config(self, path: Path) -> None:
        """Take a config file, as one edit; a sentence in the panel when it is none."""
        try:
            config = read_config(path)
        except UserError as error:
            self.tell(str(error))
        else:
            self._load(config, undoable=True)

    @Slot(object)
    def save_config(self, path: Path) -> None:
        """Write the settings; a sentence in the panel when that fails."""
        config = self.form.config()
        if config is None:
            self.tell(f"The settings are not saved. {self.form.reason()}")
            return
        try:
            write_config(path, config)
        except UserError as error:
            self.tell(str(error))
        else:
            self.config_saved.emit(path)

    def choose_folder(self, folder: Path) -> None:
        """Learn the images in a folder."""
        self.datasets.choose_folder(folder)

    def _load(self, config: RunConfig, *, undoable: bool) -> None:
        self._banner.clear()
        recipe = recipe_of(config)
        defaults = config if recipe else _paper(config)
        self.form.set_config(config, defaults, RECIPE if recipe else PAPER, undoable=undoable)

    @Slot(str)
    def load_preset(self, name: str) -> None:
        """Take a preset of the variant on the data set that is chosen, as one edit."""
        variant = VARIANTS.get(self.form.current().variant.name)
        values = preset_named(variant, name).values
        if not values:
            self.load_paper()
            return
        config = to_variant(self.form.current(), variant, _KEPT).with_values(values)
        self._banner.clear()
        self.form.set_config(config, config, PRESET, undoable=True)
        self._adapt(self.datasets.description())

    def _load_variant(self, name: str) -> None:
        config = to_variant(self.form.current(), VARIANTS.get(name), _KEPT)
        self._banner.clear()
        self.form.set_config(config, _paper(config), PAPER, undoable=True)
        self._adapt(self.datasets.description())

    @Slot(str)
    def _on_variant(self, name: str) -> None:
        self._load_variant(name)

    @Slot(str)
    def _on_dataset(self, name: str) -> None:
        """Take a data set, and what it needs changed, as one edit as far as it is known at once."""
        self._banner.clear()
        config = self.form.current()
        taken = dict(to_dataset(config, name).values)
        description = describe_at_once(name)
        if description is not None:
            more = self._adaptation(config.with_values(taken), description)
            taken |= more.values
            self.form.apply(taken)
            self._say(more.said)
        else:
            self.form.apply(taken)

    @Slot(str)
    def _on_target(self, name: str) -> None:
        self._banner.clear()
        self.form.apply({"dataset.target": name})

    @Slot(object)
    def _on_described(self, description: Description) -> None:
        """A folder has been read: what was unknown when it was chosen."""
        self._adapt(description)

    def _adapt(self, description: Description | None) -> None:
        if description is None or self._running or description.name != self.form.current().dataset.name:
            return
        more = self._adaptation(self.form.current(), description)
        if more.values:
            self.form.apply(more.values)
        self._say(more.said)

    def _adaptation(self, config: RunConfig, description: Description) -> Adaptation:
        more = to_description(config, description, self._classes_wanted)
        if "variant.conditional" in more.values:
            self._classes_wanted = not more.values["variant.conditional"]
        return more

    def _say(self, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            self.noticed.emit(sentence)

    @Slot()
    def _on_form_changed(self) -> None:
        config = self.form.current()
        self.card.set_config(config)
        self.datasets.set_dataset(config.dataset.name)
        known = config.variant.name in VARIANTS
        translates = known and "dataset.target" in VARIANTS.get(config.variant.name).special
        self.targets.setVisible(translates)
        if translates:
            self.targets.set_dataset(config.dataset.target or "")
        self.datasets.set_name("Translate" if translates else "Dataset")
        for picker in (self.datasets, self.targets):
            picker.set_refusals(_unsuited_data(config))
        problems = dict(self.form.problems())
        self.datasets.set_problem(problems.get("dataset.name", ""))
        self.targets.set_problem(problems.get("dataset.target", ""))
        self.card.set_problem(problems.get("variant.name", ""))
        self.recipes.set_savable(not problems)
        self.changed.emit()

    # -------------------------------------------------------------------------------------------- drag and drop

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One folder, or one config file."""
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        path = _dropped(event)
        if path is None:
            return
        event.acceptProposedAction()
        self.take(path)

    def take(self, path: Path) -> None:
        """Learn a folder's images or a file's points, or load a config; anything else gets a sentence."""
        if path.is_dir() or is_points_file(path.name):
            self.choose_folder(path)
        elif path.suffix.lower() in CONFIG_SUFFIXES:
            self.open_config(path)
        else:
            self.tell(f"{path.name} is no folder of images, no file of points (.csv) and no config (.json, .toml).")

    # -------------------------------------------------------------------------------------------------- header

    def _build_header(self) -> None:
        more = QMenu(self)
        self._undo = more.addAction(theme.icon("arrow-u-up-left", "ink2"), "Undo")
        self._redo = more.addAction(theme.icon("arrow-u-up-right", "ink2"), "Redo")
        more.addSeparator()
        opened, closed = more.addAction("Open all sections"), more.addAction("Close all sections")
        self._undo.triggered.connect(self.form.undo)
        self._redo.triggered.connect(self.form.redo)
        opened.triggered.connect(self.form.open_all)
        closed.triggered.connect(self.form.close_all)
        for icon, tip, menu in (("bookmark-simple", "Recipes and configs", self.recipes), ("dots-three", "More", more)):
            button = IconButton(icon, tip, token="ink")
            button.setFixedWidth(24)
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            self.add_header_widget(button)
        self._on_history()

    @Slot()
    def _on_history(self) -> None:
        self._undo.setEnabled(self.form.can_undo)
        self._redo.setEnabled(self.form.can_redo)


def _paper(config: RunConfig) -> RunConfig:
    """What the reset arrows go back to: the paper's settings, on the data set that is chosen."""
    known = config.variant.name in VARIANTS
    if not known:
        return RunConfig().with_values({"dataset.name": config.dataset.name, "variant.name": config.variant.name})
    paper = compose({"variant.name": config.variant.name, "dataset.name": config.dataset.name})
    return paper.with_values({"dataset.target": config.dataset.target})


def _unsuited_data(config: RunConfig) -> dict[str, str]:
    """Data sets that the variant of `config` cannot learn, each with the reason in a sentence."""
    if config.variant.name not in VARIANTS:
        return {}
    variant, found = VARIANTS.get(config.variant.name), {}
    for source in DATASETS:
        description = source.describe()
        if variant.task == "image-to-image" and description.subject == "points":
            found[source.name] = f"{variant.short} translates images; points have none."
        elif variant.needs_classes and len(description.classes) < 2:
            found[source.name] = f"{variant.short} is told the class; these have none."
    return found


def _dropped(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
