"""The window: three workspaces under one menu row and one toolbar. It offers actions and places, and trains nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.about import AboutDialog, ShortcutsDialog
from ganstudio.desktop.actions import Actions, why_not
from ganstudio.desktop.menu_row import MenuRow
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.status_bar import StatusBar
from ganstudio.desktop.toolbar import RunView, Toolbar
from ganstudio.desktop.widgets.banner import Banner, Choice
from ganstudio.desktop.widgets.toast import Toasts

WORKSPACES = ("train", "explore", "runs")
_GAP = 4
_FIRST_SIZE = (1440, 900)
_SMALLEST = (1024, 640)
_LATER_MS = 250
"""Between the window's first paint and the next workspace being built behind it."""

Factory = Callable[[], QWidget]


class MainWindow(QMainWindow):
    """Menu row, toolbar, workspaces, status bar.

    `factories` makes the workspaces ``train``, ``explore`` and ``runs``: the first at once, the others after the window
    has been shown or when they are asked for. Without it the window is an empty frame until `furnish`. A splitter in a
    workspace that has an object name is remembered.
    """

    workspace_built = Signal(str, object)
    """The key of a workspace and its widget."""
    workspace_shown = Signal(str)
    closing = Signal()
    """The window hides; whatever still runs is to be ended now."""
    setting_chosen = Signal(str)
    """The path of a setting that the person looked for."""
    appeared = Signal()
    """Once, after the window has been painted for the first time, be it without a workspace."""
    painted = Signal()
    """Once, after a workspace has been painted for the first time."""

    def __init__(
        self, settings: Settings, factories: Mapping[str, Factory] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._factories: dict[str, Factory] = {}
        self._workspaces: dict[str, QWidget] = {}
        self._first_layout: dict[str, QByteArray] = {}
        self._form_problem: str | None = None
        self._view = RunView(name="")
        self._device = ""
        self._has_appeared = self._has_painted = False
        self.setWindowTitle("GANStudio")
        self.setMinimumSize(*_SMALLEST)
        self.actions_ = Actions(self)
        self.menu_row = MenuRow(self.actions_, self)
        self.toolbar = Toolbar(self.actions_, self)
        self.banner = Banner(self)
        self.status = StatusBar(self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self.toasts = Toasts(self, bottom=_GAP + 24)
        self.toasts.shown.connect(self.menu_row.add_message)
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(self._build_next)
        self._wire()
        self._restore()
        self.set_view(self._view)
        if factories is not None:
            self.furnish(factories)

    # ------------------------------------------------------------------------------------------------- workspaces

    def furnish(self, factories: Mapping[str, Factory]) -> None:
        """Show Train, and make the others when their time comes. For a window that was shown without `factories`."""
        self._factories = dict(factories)
        self.show_workspace("train")
        if self.isVisible():
            self._later.start()
            self.update()

    def workspace(self, key: str) -> QWidget:
        """The workspace ``train``, ``explore`` or ``runs``, built now if it was not yet."""
        if key not in self._workspaces:
            made = self._factories[key]()
            self._workspaces[key] = made
            self._stack.addWidget(made)
            self._restore_splitters(made)
            self.workspace_built.emit(key, made)
        return self._workspaces[key]

    def show_workspace(self, key: str) -> None:
        """Bring a workspace to the front."""
        self._stack.setCurrentWidget(self.workspace(key))
        self.actions_[f"view.{key}"].setChecked(True)
        self.workspace_shown.emit(key)

    def current_workspace(self) -> str:
        """The key of the workspace in front."""
        return next(key for key, widget in self._workspaces.items() if widget is self._stack.currentWidget())

    # -------------------------------------------------------------------------------------------------------- run

    def set_view(self, view: RunView) -> None:
        """Show the state of the run in the toolbar, and switch the run's actions accordingly."""
        before, self._view = self._view, view
        self.toolbar.set_view(view)
        if view.device:
            self._device = view.device
        if before.state != view.state or not self._has_painted:
            self._switch_actions()

    def set_form_problem(self, sentence: str | None) -> None:
        """Why Start is impossible (which field is invalid), or None."""
        if sentence != self._form_problem:
            self._form_problem = sentence
            self._switch_actions()

    def set_devices(self, devices: Sequence[tuple[str, str]], chosen: str) -> None:
        """The devices of this machine as (key, name), and the one that the form has."""
        self.toolbar.set_devices(devices)
        self.toolbar.set_device(chosen)
        self._device = dict(devices).get(chosen, self._device)

    def show_error(self, sentence: str, choices: Sequence[Choice] = ()) -> None:
        """An error that needs action: it stays over the workspaces until it is closed or answered."""
        self.banner.tell(sentence, choices)

    def set_run_folder(self, folder: Path | None) -> None:
        """Link to the run's folder in the status bar."""
        self.status.set_folder(folder)

    # ------------------------------------------------------------------------------------------------------ window

    def reset_layout(self) -> None:
        """Put every splitter back to where it first was."""
        self._settings.remove("layout/")
        for splitter in self._splitters(self._stack):
            first = self._first_layout.get(splitter.objectName())
            if first is not None:
                splitter.restoreState(first)

    def save_layout(self) -> None:
        """Remember the window's place and the splitters."""
        self._settings.set("window/geometry", _text(self.saveGeometry()))
        for splitter in self._splitters(self._stack):
            self._settings.set(f"layout/{splitter.objectName()}", _text(splitter.saveState()))

    def showEvent(self, event: QShowEvent) -> None:
        """Build the other workspaces once this one can be seen."""
        super().showEvent(event)
        self._later.start()
        if self.focusWidget() is None:
            self.setFocus()  # else Qt gives the keyboard to the first field, which is the search

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide at once, remember the layout, and tell."""
        self._later.stop()
        self.save_layout()
        self._settings.flush()
        self.toasts.clear()
        event.accept()
        self.hide()
        self.closing.emit()

    def event(self, event: QEvent) -> bool:
        """Notice the first paint; the children are painted after this event, so it is told in the next turn."""
        handled = super().event(event)
        if event.type() == QEvent.Type.Paint and not self._has_painted:
            if not self._has_appeared:
                self._has_appeared = True
                QTimer.singleShot(0, self, self.appeared.emit)
            if self._workspaces:
                self._has_painted = True
                QTimer.singleShot(0, self, self.painted.emit)
        return handled

    # ---------------------------------------------------------------------------------------------------- building

    def _lay_out(self) -> None:
        central = QWidget(self)
        central.setObjectName("central")
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.menu_row)
        column.addWidget(self.toolbar)
        column.addWidget(self.banner)
        column.addSpacing(_GAP)
        column.addWidget(self._stack, 1)
        column.addSpacing(_GAP)
        column.addWidget(self.status)
        self.setCentralWidget(central)

    def _wire(self) -> None:
        actions = self.actions_
        actions.wire("view.train", self._show_train)
        actions.wire("view.explore", self._show_explore)
        actions.wire("view.runs", self._show_runs)
        actions.wire("view.theme_system", self._theme_system)
        actions.wire("view.theme_light", self._theme_light)
        actions.wire("view.theme_dark", self._theme_dark)
        actions.wire("view.reset_layout", self.reset_layout)
        actions.wire("edit.find", self.menu_row.search.begin)
        actions.wire("file.quit", self.close)
        actions.wire("help.about", self._show_about)
        actions.wire("help.shortcuts", self._show_shortcuts)
        self.menu_row.setting_chosen.connect(self._on_setting_chosen)
        self.menu_row.theme_toggled.connect(self._toggle_theme)
        self._settings.problem_found.connect(self._on_settings_problem)
        if self._settings.problem:
            self._on_settings_problem(self._settings.problem)

    def _restore(self) -> None:
        self.resize(*_FIRST_SIZE)
        available = self.screen().availableGeometry()
        if available.width() < self.width() or available.height() < self.height():
            self.resize(min(self.width(), available.width()), min(self.height(), available.height()))
        geometry = _bytes(self._settings.get("window/geometry", ""))
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        mode = self._settings.get("theme", "system")
        self._set_theme(mode if mode in theme.MODES else "system")

    def _restore_splitters(self, workspace: QWidget) -> None:
        for splitter in self._splitters(workspace):
            name = splitter.objectName()
            self._first_layout[name] = splitter.saveState()
            state = _bytes(self._settings.get(f"layout/{name}", ""))
            if not state.isEmpty():
                splitter.restoreState(state)

    @staticmethod
    def _splitters(root: QWidget) -> list[QSplitter]:
        itself = [root] if isinstance(root, QSplitter) else []
        return [splitter for splitter in (*itself, *root.findChildren(QSplitter)) if splitter.objectName()]

    def _switch_actions(self) -> None:
        state = self._view.state
        for key, reason in why_not(state, self._form_problem).items():
            self.actions_.set_reason(key, reason)
        if state in {"paused", "stopped"}:
            self.actions_.set_text("run.start", "Resume", "Go on training")
        else:
            self.actions_.set_text("run.start", "Start", "Train with these settings")
            self.actions_.set_reason("run.start", why_not(state, self._form_problem)["run.start"])

    @Slot()
    def _build_next(self) -> None:
        missing = [key for key in WORKSPACES if key in self._factories and key not in self._workspaces]
        if missing:
            self.workspace(missing[0])
        if len(missing) > 1:
            self._later.start()

    # ------------------------------------------------------------------------------------------------------- slots

    @Slot()
    def _show_train(self) -> None:
        self.show_workspace("train")

    @Slot()
    def _show_explore(self) -> None:
        self.show_workspace("explore")

    @Slot()
    def _show_runs(self) -> None:
        self.show_workspace("runs")

    @Slot()
    def _theme_system(self) -> None:
        self._set_theme("system")

    @Slot()
    def _theme_light(self) -> None:
        self._set_theme("light")

    @Slot()
    def _theme_dark(self) -> None:
        self._set_theme("dark")

    @Slot()
    def _toggle_theme(self) -> None:
        self._set_theme("light" if theme.palette().name == "dark" else "dark")

    def _set_theme(self, mode: theme.Mode) -> None:
        theme.theme().set_mode(mode)
        self.actions_[f"view.theme_{mode}"].setChecked(True)
        self._settings.set("theme", mode)

    @Slot(str)
    def _on_setting_chosen(self, path: str) -> None:
        self.show_workspace("train")
        self.setting_chosen.emit(path)

    @Slot(str)
    def _on_settings_problem(self, sentence: str) -> None:
        self.toasts.show(sentence, kind="error")

    @Slot()
    def _show_about(self) -> None:
        self._open(AboutDialog(self._device, self.windowIcon(), self))

    @Slot()
    def _show_shortcuts(self) -> None:
        self._open(ShortcutsDialog(self.actions_.wired(), self))

    @staticmethod
    def _open(dialog: AboutDialog | ShortcutsDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _text(state: QByteArray) -> str:
    return base64.b64encode(state.data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    """The state that was kept as text; empty when it is none."""
    try:
        return QByteArray(base64.b64decode(text, validate=True))
    except ValueError:
        return QByteArray()
