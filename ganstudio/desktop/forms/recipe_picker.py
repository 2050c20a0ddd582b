"""Starting points: recipes, a variant's paper, and config files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QIODevice, QSaveFile, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from ganstudio.config import RunConfig, read_config_data
from ganstudio.desktop import theme
from ganstudio.errors import UserError
from ganstudio.variants.recipes import RECIPES, Recipe, resolve

CONFIG_SUFFIXES = frozenset({".json", ".toml"})


def recipe_named(name: str) -> Recipe:
    """The recipe; UserError when there is none of that name."""
    for recipe in RECIPES:
        if recipe.name == name:
            return recipe
    raise UserError(f"There is no recipe named '{name}'.")


def recipe_of(config: RunConfig) -> Recipe | None:
    """The recipe that is exactly `config`, if one is."""
    return next((recipe for recipe in RECIPES if recipe.config() == config), None)


def read_config(path: Path) -> RunConfig:
    """A config file on top of its variant's paper. UserError, a sentence, when it is no config."""
    return resolve(read_config_data(path))


def write_config(path: Path, config: RunConfig) -> None:
    """Write JSON, whole or not at all. UserError when it cannot be written."""
    file = QSaveFile(str(path))
    data = config.to_json().encode()
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()):
        raise UserError(f"The config {path} cannot be written: {file.errorString()}.")


class RecipeMenu(QMenu):
    """Recipes with what they bring, the paper's settings, and configs on disk."""

    recipe_chosen = Signal(str)
    """The recipe's name."""
    paper_chosen = Signal()
    opened = Signal(object)
    """Path of a config to read."""
    saved = Signal(object)
    """Path of a config to write."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self._recipes: list[QAction] = []
        for recipe in RECIPES:
            action = self.addAction(f"{recipe.title}\t{recipe.expected}")
            action.setData(recipe.name)
            action.setToolTip(recipe.summary)
            action.triggered.connect(self._on_recipe)
            self._recipes.append(action)
        self.addSeparator()
        self._paper = self._add("Paper settings", "article", "The variant as its paper describes it", self.paper_chosen)
        self._open = self._add("Open config…", "folder-open", "Read the settings of a JSON or TOML file", self._on_open)
        self._save = self._add("Save config…", "floppy-disk", "Write these settings to a JSON file", self._on_save)

    def set_running(self, running: bool) -> None:
        """During a run settings can be saved, not replaced."""
        for action in (*self._recipes, self._paper, self._open):
            action.setEnabled(not running)

    def set_savable(self, savable: bool) -> None:
        """Whether the form is valid."""
        self._save.setEnabled(savable)

    def _add(self, text: str, icon: str, tip: str, slot: object) -> QAction:
        action = self.addAction(theme.icon(icon, "ink2"), text)
        action.setToolTip(tip)
        action.triggered.connect(slot)
        return action

    @Slot()
    def _on_recipe(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.recipe_chosen.emit(action.data())

    @Slot()
    def _on_open(self) -> None:
        dialog = self._dialog("Open config", QFileDialog.AcceptMode.AcceptOpen, "Configs (*.json *.toml)")
        dialog.fileSelected.connect(self._on_open_path)
        dialog.open()

    @Slot()
    def _on_save(self) -> None:
        dialog = self._dialog("Save config", QFileDialog.AcceptMode.AcceptSave, "Config (*.json)")
        dialog.setDefaultSuffix("json")
        dialog.selectFile("config.json")
        dialog.fileSelected.connect(self._on_save_path)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.AcceptMode, kinds: str) -> QFileDialog:
        dialog = QFileDialog(self.parentWidget(), title, "", kinds)
        dialog.setAcceptMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    @Slot(str)
    def _on_open_path(self, path: str) -> None:
        self.opened.emit(Path(path))

    @Slot(str)
    def _on_save_path(self, path: str) -> None:
        self.saved.emit(Path(path))
