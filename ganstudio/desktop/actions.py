"""Every action of the window as data, and the one place that says which are possible and why the others are not.

Menus and toolbar are lists of keys. An action appears only once its owner has wired it, so that nothing in the window
does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from ganstudio.desktop import theme

RunState = Literal["idle", "preparing", "training", "paused", "stopping", "stopped", "finished"]
SEPARATOR = "-"


@dataclass(frozen=True)
class ActionSpec:
    """One action: what it is called, how it is reached, and what it does in a sentence."""

    key: str
    text: str
    tooltip: str
    shortcut: str = ""
    icon: str = ""
    group: str = ""
    """Checkable, and exclusive with the others of the same group."""


ACTIONS = (
    ActionSpec("file.open_run", "Open run…", "Open a run folder in the studio", "Ctrl+O", "folder-open"),
    ActionSpec("file.show_folder", "Show run folder", "Open the folder in the file manager", "Ctrl+Shift+O", "folder"),
    ActionSpec("file.open_config", "Open config…", "Fill the form from a JSON or TOML file", "", "upload-simple"),
    ActionSpec("file.export_config", "Export config as JSON…", "Keep the form in a file", "", "download-simple"),
    ActionSpec("file.quit", "Quit", "Close the studio; a run saves a checkpoint first", "Ctrl+Q", "sign-out"),
    ActionSpec("edit.undo", "Undo", "Take back the last change in the form", "Ctrl+Z", "arrow-counter-clockwise"),
    ActionSpec("edit.redo", "Redo", "Make the change in the form again", "Ctrl+Shift+Z", "arrow-clockwise"),
    ActionSpec("edit.reset_form", "Reset all settings", "Give every field the variant's value", "", "arrow-u-up-left"),
    ActionSpec("edit.find", "Find a setting", "Search all settings by name or meaning", "Ctrl+K", "magnifying-glass"),
    ActionSpec("view.train", "Train", "Set up a run and watch it learn", "Ctrl+1", "chart-line", "workspace"),
    ActionSpec("view.explore", "Explore", "Look around in what a model has learnt", "Ctrl+2", "compass", "workspace"),
    ActionSpec("view.runs", "Runs", "Compare all runs so far", "Ctrl+3", "rows", "workspace"),
    ActionSpec("view.full_screen_samples", "Samples in full screen", "Show the samples alone", "F11", "arrows-out"),
    ActionSpec("view.theme_system", "Theme of the system", "Light or dark as the system is", "", "", "theme"),
    ActionSpec("view.theme_light", "Light theme", "Stay light", "", "", "theme"),
    ActionSpec("view.theme_dark", "Dark theme", "Stay dark", "", "", "theme"),
    ActionSpec("view.reset_layout", "Reset layout", "Put all panels back to their first sizes", "", "layout"),
    ActionSpec("run.start", "Start", "Train with these settings", "Ctrl+R", "play"),
    ActionSpec("run.pause", "Pause", "Hold the run; the networks stay loaded", "Ctrl+P", "pause"),
    ActionSpec("run.step", "Step", "Pause, then play the next network's update", "F10", "skip-forward"),
    ActionSpec("run.step_d", "Step D", "Pause, then one update of D alone", "F9", "skip-forward"),
    ActionSpec("run.step_g", "Step G", "Pause, then one update of G alone", "Shift+F9", "skip-forward"),
    ActionSpec("run.stop", "Stop", "End the run with a checkpoint", "Ctrl+.", "stop"),
    ActionSpec("run.snapshot", "Snapshot", "Save a checkpoint and a sample grid now", "Ctrl+S", "camera"),
    ActionSpec("run.fork", "Fork", "A new run from a checkpoint of this one, with the form's settings", "", "git-fork"),
    ActionSpec(
        "run.roll_back", "Go back to step…", "Go back to a checkpoint, and give up what came after it", "", "rewind"
    ),
    ActionSpec("run.samples", "Draw samples…", "Many samples of the run in front, as files", "Ctrl+D", "export"),
    ActionSpec(
        "run.distribution",
        "Distribution…",
        "Where samples lie among reals, and whether you can tell them apart",
        "Ctrl+Shift+D",
        "circles-three",
    ),
    ActionSpec("run.new", "New run", "Leave the run that is shown; its folder and the settings stay", "Ctrl+N", "plus"),
    ActionSpec("help.shortcuts", "Keyboard shortcuts", "Every key of the studio", "F1", "keyboard"),
    ActionSpec("help.about", "About GANStudio", "Version, licence and this machine", "", "info"),
)

STEPS = ("run.step", "run.step_d", "run.step_g")
"""The first is the toolbar's button, all are in the menu beside it."""
MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "&File",
        (
            "file.open_run", "file.show_folder", SEPARATOR, "file.open_config", "file.export_config", SEPARATOR,
            "file.quit",
        ),
    ),
    ("&Edit", ("edit.undo", "edit.redo", SEPARATOR, "edit.reset_form", "edit.find")),
    (
        "&View",
        (
            "view.train", "view.explore", "view.runs", SEPARATOR, "view.full_screen_samples", SEPARATOR,
            "view.theme_system", "view.theme_light", "view.theme_dark", SEPARATOR, "view.reset_layout",
        ),
    ),
    (
        "&Run",
        (
            "run.new", SEPARATOR, "run.start", "run.pause", "run.stop", SEPARATOR, *STEPS, SEPARATOR, "run.snapshot",
            "run.fork", "run.roll_back", SEPARATOR, "run.distribution", "run.samples",
        ),
    ),
    ("&Help", ("help.shortcuts", "help.about")),
)  # fmt: skip
GEAR = (
    "view.theme_system", "view.theme_light", "view.theme_dark", SEPARATOR, "view.reset_layout", SEPARATOR,
    "help.shortcuts", "help.about",
)  # fmt: skip
TOOLBAR = ("run.start", "run.pause", "run.step", "run.stop", SEPARATOR, "run.snapshot", "run.fork")

_RUN_REASONS: Mapping[RunState, Mapping[str, str]] = {
    "idle": {
        "run.pause": "Nothing is training yet.",
        "run.step": "Nothing is training yet.",
        "run.stop": "Nothing is training yet.",
        "run.snapshot": "There are no networks to save yet.",
        "run.fork": "There is no run to fork yet.",
    },
    "preparing": {
        "run.start": "The run is being prepared.",
        "run.pause": "The run is being prepared.",
        "run.step": "The run is being prepared.",
        "run.snapshot": "The run is being prepared.",
        "run.fork": "Stop the run first.",
    },
    "training": {"run.start": "The run is training.", "run.fork": "Stop the run first."},
    "paused": {"run.pause": "The run is paused.", "run.fork": "Stop the run first."},
    "stopping": dict.fromkeys(
        ("run.start", "run.pause", "run.step", "run.stop", "run.snapshot", "run.fork", "file.open_run"),
        "The run is stopping.",
    ),
    "stopped": {
        "run.pause": "The run has been stopped.",
        "run.step": "The run has been stopped; resume it first.",
        "run.stop": "The run has been stopped.",
        "run.snapshot": "The run has been stopped; its last checkpoint is kept.",
    },
    "finished": {
        "run.pause": "The run has ended.",
        "run.step": "The run has ended.",
        "run.stop": "The run has ended.",
        "run.snapshot": "The run has ended; its last checkpoint is kept.",
    },
}


def why_not(state: RunState, form_problem: str | None = None) -> dict[str, str | None]:
    """For each run action why it is impossible in `state`, or None. `form_problem` says which field is invalid."""
    reasons = _RUN_REASONS[state]
    answers = {key: reasons.get(key) for key in (*TOOLBAR, "file.open_run") if key != SEPARATOR}
    answers |= dict.fromkeys(STEPS, reasons.get("run.step"))
    if answers["run.start"] is None and form_problem and state not in {"paused", "stopped"}:
        answers["run.start"] = form_problem
    return answers


class Actions(QObject):
    """The window's actions by key: wired by their owners, switched on and off with a reason."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._specs = {spec.key: spec for spec in ACTIONS}
        self._wired: set[str] = set()
        self._tooltips: dict[str, str] = {}
        self._menus: list[QMenu] = []
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {spec.key: self._make(spec, window) for spec in ACTIONS}

    def __getitem__(self, key: str) -> QAction:
        return self._actions[key]

    def wire(self, key: str, slot: Callable[[], object]) -> None:
        """Give the action its deed: from now on it shows in menus and answers to its shortcut. Once a key."""
        if key in self._wired:
            raise ValueError(f"The action '{key}' is wired twice.")
        self._wired.add(key)
        action = self._actions[key]
        action.triggered.connect(lambda _checked=False: slot())
        action.setVisible(True)
        action.setEnabled(True)
        self._hide_empty_menus()

    def is_wired(self, key: str) -> bool:
        """Whether the action does something."""
        return key in self._wired

    def wired(self) -> list[ActionSpec]:
        """What the window can do, in the order of the menus."""
        return [spec for spec in ACTIONS if spec.key in self._wired]

    def set_reason(self, key: str, reason: str | None) -> None:
        """Switch the action off and say why in its tooltip, or on with None."""
        action = self._actions[key]
        action.setEnabled(reason is None and key in self._wired)
        self._show_tooltip(key, reason)

    def set_text(self, key: str, text: str, tooltip: str) -> None:
        """Call the action something else: Start becomes Resume while paused."""
        action = self._actions[key]
        if action.text() != text:
            action.setText(text)
            self._tooltips[key] = tooltip
            self._show_tooltip(key, None)

    def fill(self, menu: QMenu, keys: tuple[str, ...]) -> QMenu:
        """Put the actions into `menu`."""
        menu.setToolTipsVisible(True)
        for key in keys:
            if key == SEPARATOR:
                menu.addSeparator()
            else:
                menu.addAction(self._actions[key])
        return menu

    def fill_bar(self, bar: QMenuBar) -> None:
        """Put all menus into `bar`; one without a wired action stays away."""
        for title, keys in MENUS:
            self._menus.append(self.fill(bar.addMenu(title), keys))
        self._hide_empty_menus()

    def _make(self, spec: ActionSpec, window: QWidget) -> QAction:
        action = QAction(spec.text, window)
        if spec.icon:
            action.setIcon(theme.icon(spec.icon, "ink2"))
            action.setProperty("glyph", spec.icon)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if spec.group:
            action.setCheckable(True)
            self._groups.setdefault(spec.group, QActionGroup(window)).addAction(action)
        action.setVisible(False)
        action.setEnabled(False)
        window.addAction(action)
        self._tooltips[spec.key] = spec.tooltip
        action.setToolTip(self._tooltip(spec, spec.tooltip))
        return action

    def _show_tooltip(self, key: str, reason: str | None) -> None:
        text = self._tooltip(self._specs[key], reason or self._tooltips[key])
        if self._actions[key].toolTip() != text:
            self._actions[key].setToolTip(text)

    @staticmethod
    def _tooltip(spec: ActionSpec, text: str) -> str:
        keys = QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        return f"{text} ({keys})" if keys else text

    def _hide_empty_menus(self) -> None:
        for menu in self._menus:
            shown = any(action.isVisible() and not action.isSeparator() for action in menu.actions())
            menu.menuAction().setVisible(shown)
