"""The Runs workspace: table, comparison, sample grids side by side, and what can be done with a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QHideEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ganstudio import paths
from ganstudio.desktop import theme
from ganstudio.desktop.format import number, size
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.runs.cells import Column
from ganstudio.desktop.runs.compare import Compared, ComparePanel
from ganstudio.desktop.runs.errands import Importer, Trash
from ganstudio.desktop.runs.lineage_panel import LineagePanel
from ganstudio.desktop.runs.marks import LETTERS, Letter
from ganstudio.desktop.runs.reader import CurvesWork, Listing, Relay, Row, Scan, Scanner
from ganstudio.desktop.runs.side_by_side import SideBySidePanel
from ganstudio.desktop.runs.table import RunsModel, RunsOrder, RunsView
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.status_bar import home_path
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.empty import EmptyState
from ganstudio.desktop.widgets.panel import Panel, label

_REFRESH_MS = 2000
_GAP = 4
_NOTHING = "Select a run first"


@dataclass(frozen=True)
class _Command:
    """Something that can be done with the selected run."""

    key: str
    text: str
    icon: str
    tooltip: str
    shortcuts: tuple[str, ...] = ()


_COMMANDS = (
    _Command("open", "Open", "arrow-square-out", "Show this run in the Train workspace", ("Return", "Enter")),
    _Command("resume", "Resume", "play", "Go on training this run from its newest checkpoint"),
    _Command("explore", "Explore", "compass", "Look around in what this run has learnt", ("Ctrl+E",)),
    _Command("samples", "Draw samples…", "export", "Many samples of this run, into a folder or an .npz"),
    _Command("distribution", "Distribution…", "circles-three", "Where this run’s samples lie among reals"),
    _Command("mark", "Compare", "check-square", "Compare this run with others, or no longer", ("Space",)),
    _Command("folder", "Open folder", "folder-open", "Open this run's folder in the file manager"),
    _Command("copy", "Copy path", "copy", "Put the path of this run's folder on the clipboard", ("Ctrl+C",)),
    _Command("forget", "Remove from the list", "minus-circle", "List this folder no longer; it stays where it is"),
    _Command("trash", "Move to trash", "trash", "Move this run's folder to the trash", ("Delete",)),
)


class RunsWorkspace(QWidget):
    """Every run so far. Reads in worker threads, every two seconds while it is shown."""

    open_requested = Signal(object)
    """The path of a run that is to be shown in Train."""
    resume_requested = Signal(object)
    """The path of a run that is to go on."""
    explore_requested = Signal(object)
    """The path of a run that is to be shown in Explore."""
    samples_requested = Signal(object)
    """The path of a run of which many samples are to be drawn."""
    distribution_requested = Signal(object)
    """The path of a run whose samples are to be looked at among the reals."""
    removed = Signal(object)
    """The path of a run that is in the trash now."""
    status = Signal(str)
    """Where the runs are and how much disk they take."""
    notice = Signal(str)
    """Something worth a toast."""
    failed = Signal(str)
    """Something that could not be done, and why."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._letters: dict[Path, Letter] = {}
        self._select_next: Path | None = None
        self._listed = False
        self._status = ""
        self._model = RunsModel(self)
        self._order = RunsOrder(self._model, self)
        self._actions: dict[str, QAction] = {}
        self._buttons: dict[str, QAbstractButton] = {}
        self._scanner = Background(Scanner(), self)
        self._curves = Relay(CurvesWork(), self)
        self._trash, self._importer = Trash(self), Importer(self)
        self._timer = QTimer(self, interval=_REFRESH_MS)
        self._build()
        self._wire()
        self._show_counts()
        self._show_current()

    # -- for the window ----------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Look at the run folders again, soon."""
        if not self._scanner.is_busy():
            self._scanner.request(Scan(paths.runs_folder(), self._extras()))

    def set_live(self, path: Path | None) -> None:
        """Which run this window trains, which is selected once it is listed; None when it trains none."""
        if path is not None:
            self._select_next = path
        if self.isVisible():
            self.refresh()

    def shutdown(self) -> None:
        """End the timer and all threads."""
        self._timer.stop()
        self._scanner.stop()
        self._curves.stop()
        self.side.stop()
        self._importer.stop()
        self._trash.stop()

    def status_text(self) -> str:
        """Where the runs are and how much disk they take, such as ``"~/GANStudio/runs, 4.1 GB"``."""
        return self._status

    def select(self, path: Path) -> bool:
        """Make a run the current one; False when it is not shown."""
        return self.view.select(path)

    def current(self) -> Row | None:
        """The selected run."""
        return self.view.current_row()

    def compared(self) -> list[Compared]:
        """The marked runs by letter; the selected one as A while none is marked."""
        found = [(letter, self._model.find(path)) for path, letter in self._letters.items()]
        marked = [Compared(letter, row) for letter, row in found if row is not None]
        if marked:
            return sorted(marked, key=lambda run: run.letter)
        row = self.current()
        return [Compared("A", row)] if row is not None else []

    # -- building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setAcceptDrops(True)
        self.view = RunsView(self._order, self)
        self.setFocusProxy(self.view)
        self.compare = ComparePanel(self._settings, self)
        self.side = SideBySidePanel(self.compare.value_at, self)
        self.panel = self._make_panel()
        below = QSplitter(Qt.Orientation.Horizontal, self)
        below.setObjectName("runs-below")
        self.lineage = LineagePanel(self)
        left = QWidget(self)
        under = QVBoxLayout(left)
        under.setContentsMargins(0, 0, 0, 0)
        under.setSpacing(_GAP)
        under.addWidget(self.compare, 1)
        under.addWidget(self.lineage)
        below.addWidget(left)
        below.addWidget(self.side)
        below.setSizes([608, 828])
        rows = QSplitter(Qt.Orientation.Vertical, self)
        rows.setObjectName("runs-rows")
        rows.addWidget(self.panel)
        rows.addWidget(below)
        rows.setSizes([386, 394])
        for splitter in (below, rows):
            splitter.setHandleWidth(_GAP)
            splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(rows)

    def _make_panel(self) -> Panel:
        panel = Panel("Runs", parent=self)
        panel.body.setContentsMargins(0, 0, 0, 0)
        panel.body.addWidget(self._make_progress())
        self._filter = self._make_filter()
        panel.add_header_widget(self._filter)
        self._make_actions()
        panel.add_header_widget(self._button("open", small=True))
        panel.add_header_widget(self._button("resume", small=True))
        line = QFrame()
        line.setProperty("role", "upright")
        line.setFixedHeight(24)
        panel.add_header_widget(line)
        panel.add_header_widget(self._button("explore", small=True, flat=True))
        self._import = Button("Import", "download-simple", "flat", small=True)
        self._import.setToolTip("Add a run folder from elsewhere; it can be dropped here too")
        panel.add_header_widget(self._import)
        panel.add_header_widget(self._icon_button("folder"))
        panel.add_header_widget(self._icon_button("trash"))
        self._stack = QStackedWidget()
        self._empty = EmptyState("rows", "", "")
        self._stack.addWidget(self.view)
        self._stack.addWidget(_placed(self._empty))
        panel.body.addWidget(self._stack, 1)
        return panel

    def _make_filter(self) -> QLineEdit:
        field = QLineEdit()
        field.setProperty("role", "find")
        field.setFixedSize(QSize(174, 24))
        field.setPlaceholderText("Filter runs")
        field.setAccessibleName("Filter runs")
        field.setToolTip("Show only runs whose name, data set or state holds these words (Ctrl+F)")
        field.addAction(theme.icon("funnel", "ink2"), QLineEdit.ActionPosition.LeadingPosition)
        self._clear_filter = QAction(theme.icon("x", "ink2"), "Show all runs", field)
        self._clear_filter.setToolTip("Show all runs")
        field.addAction(self._clear_filter, QLineEdit.ActionPosition.TrailingPosition)
        self._clear_filter.setVisible(False)
        return field

    def _make_progress(self) -> QWidget:
        self._progress = QWidget()
        row = QHBoxLayout(self._progress)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(12)
        self._progress_words = label("", "body")
        self._progress_bar = QProgressBar()
        self._progress_bar.setRange(0, 1000)
        self._progress_bar.setTextVisible(False)
        self._progress_bar.setAccessibleName("Progress of copying")
        self._cancel = Button("Cancel", small=True, tooltip="Break off copying; what was copied of this run goes")
        for widget, stretch in ((self._progress_words, 0), (self._progress_bar, 1), (self._cancel, 0)):
            row.addWidget(widget, stretch)
        self._progress.hide()
        return self._progress

    def _make_actions(self) -> None:
        slots: Mapping[str, Callable[[], None]] = {
            "open": self._open,
            "resume": self._resume,
            "explore": self._explore,
            "samples": self._draw_samples,
            "distribution": self._show_distribution,
            "mark": self._mark,
            "folder": self._open_folder,
            "copy": self._copy_path,
            "forget": self._forget,
            "trash": self._ask_to_trash,
        }
        for command in _COMMANDS:
            action = QAction(theme.icon(command.icon, "ink2"), command.text, self.view)
            action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slots[command.key])
            self.view.addAction(action)
            self._actions[command.key] = action
        find = QAction("Filter runs", self)
        find.setShortcut(QKeySequence("Ctrl+F"))
        find.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.triggered.connect(self._begin_filter)
        self.addAction(find)

    def _button(self, key: str, *, small: bool, flat: bool = False) -> Button:
        command = next(one for one in _COMMANDS if one.key == key)
        button = Button(command.text, command.icon, "flat" if flat else "raised", small=small)
        button.clicked.connect(self._actions[key].trigger)
        self._buttons[key] = button
        return button

    def _icon_button(self, key: str) -> IconButton:
        command = next(one for one in _COMMANDS if one.key == key)
        button = IconButton(command.icon, command.tooltip, token="ink")
        button.setAccessibleName(command.text)
        button.clicked.connect(self._actions[key].trigger)
        self._buttons[key] = button
        return button

    def _wire(self) -> None:
        column, ascending = self._kept_order()
        self.view.order_by(column, Qt.SortOrder.AscendingOrder if ascending else Qt.SortOrder.DescendingOrder)
        self.view.horizontalHeader().sortIndicatorChanged.connect(self._on_order)
        self._timer.timeout.connect(self.refresh)
        self._scanner.done.connect(self._on_scanned)
        self._scanner.progressed.connect(self._on_rows)
        self._curves.done.connect(self._on_curves)
        self._filter.textChanged.connect(self._on_filter)
        self._clear_filter.triggered.connect(self._filter.clear)
        self._import.clicked.connect(self._ask_what_to_import)
        self._cancel.clicked.connect(self._importer.cancel)
        self.view.current_changed.connect(self._on_current)
        self.view.mark_requested.connect(self._mark)
        self.view.open_requested.connect(self._open)
        self.compare.step_picked.connect(self.side.set_step)
        self.compare.clear_requested.connect(self._unmark_all)
        self.lineage.view.run_requested.connect(self._on_relative)
        self.lineage.compare_requested.connect(self._compare_family)
        self.side.step_changed.connect(self._on_step)
        self.side.explore_requested.connect(self.explore_requested)
        self._trash.moved.connect(self._on_trashed)
        self._trash.failed.connect(self.failed)
        self._importer.copied.connect(self._on_imported)
        self._importer.listed.connect(self._on_listed_in_place)
        self._importer.progressed.connect(self._on_progress)
        self._importer.failed.connect(self.failed)

    def _kept_order(self) -> tuple[int, bool]:
        kept = self._settings.get("runs/order", [int(Column.STARTED), 0])
        if len(kept) == 2 and all(isinstance(one, int) for one in kept):
            return kept[0], bool(kept[1])
        return int(Column.STARTED), False

    def _extras(self) -> tuple[Path, ...]:
        kept: list[object] = self._settings.get("runs/extra", [])
        return tuple(Path(path) for path in kept if isinstance(path, str))

    # -- rows --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Look now, and every two seconds."""
        super().showEvent(event)
        self._timer.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: rest."""
        super().hideEvent(event)
        self._timer.stop()

    @Slot(object)
    def _on_scanned(self, outcome: Outcome) -> None:
        if outcome.result is None:
            self.failed.emit(str(outcome.error))
            return
        self._on_rows(outcome.result)
        listing: Listing = outcome.result
        text = f"{home_path(paths.runs_folder())}, {size(listing.size)}"
        if text != self._status:
            self._status = text
            self.status.emit(text)

    @Slot(object)
    def _on_rows(self, listing: Listing) -> None:
        changed = self._model.set_rows(listing.rows, complete=listing.complete)
        if listing.complete:
            self._listed = True
            left = {path: letter for path, letter in self._letters.items() if self._model.find(path) is not None}
            if len(left) < len(self._letters):
                self._letters = left
                self._model.set_letters(left)
        self._select_something()
        self._show_counts(listing.problem)
        if changed or listing.complete:
            self._show_current()
        compared = {run.row.path for run in self.compared()}
        if any(row.path in compared for row in changed):
            self._show_compared()

    def _select_something(self) -> None:
        if self._select_next is not None and self.view.select(self._select_next):
            self._select_next = None
        if self.view.current_row() is None and self._order.rowCount():
            self.view.setCurrentIndex(self._order.index(0, Column.RUN))

    def _show_counts(self, problem: str = "") -> None:
        total, shown, marked = len(self._model.rows), self._order.rowCount(), len(self._letters)
        words = number(total) if shown == total else f"{number(shown)} of {number(total)}"
        if marked:
            words += f", of which {marked} compared"
        self.panel.set_subtitle(words if total else "")
        self._stack.setCurrentIndex(0 if shown else 1)
        if problem:
            self._empty.set_content("warning-circle", "The runs cannot be read", problem)
        elif total:
            self._empty.set_content("funnel", "No run fits the filter", "Clear the filter to see all runs again.")
        elif self._listed:
            self._empty.set_content(
                "rows",
                "No runs yet",
                "Press Start in Train: the run appears here at once, with its samples and losses, and stays when it "
                f"has ended. Runs are kept in {home_path(paths.runs_folder())}; others can be dropped here as folders.",
            )
        else:
            self._empty.set_content("rows", "Reading the runs …", "")
        self.compare.set_empty_text("" if total else "The losses of a run are drawn here as soon as it has any.")

    @Slot(int, Qt.SortOrder)
    def _on_order(self, column: int, order: Qt.SortOrder) -> None:
        self._settings.set("runs/order", [column, int(order == Qt.SortOrder.AscendingOrder)])

    @Slot(str)
    def _on_filter(self, text: str) -> None:
        self._clear_filter.setVisible(bool(text))
        self._order.set_filter(text)
        self._select_something()
        self._show_counts()

    @Slot()
    def _begin_filter(self) -> None:
        self._filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filter.selectAll()

    # -- comparing ---------------------------------------------------------------------------------------------------

    @Slot()
    def _on_current(self) -> None:
        self._show_current()
        if not self._letters:
            self._show_compared()

    @Slot()
    def _mark(self) -> None:
        row = self.current()
        if row is None:
            return
        if row.path in self._letters:
            del self._letters[row.path]
        else:
            free = [letter for letter in LETTERS if letter not in self._letters.values()]
            if not free:
                self.notice.emit("Three runs are compared already; press Space on one of them to take it out.")
                return
            self._letters[row.path] = free[0]
        self._show_marks()

    @Slot()
    def _unmark_all(self) -> None:
        self._letters = {}
        self._show_marks()

    @Slot(object)
    def _on_relative(self, path: Path) -> None:
        if not self.select(path):
            self.notice.emit("This run is not among those that the filter shows.")

    @Slot(object)
    def _compare_family(self, paths: tuple[Path, ...]) -> None:
        self._letters = dict(zip(paths, LETTERS, strict=False))
        self._show_marks()

    def _show_marks(self) -> None:
        self._model.set_letters(self._letters)
        self._show_counts()
        self._show_current()
        self._show_compared()

    def _show_compared(self) -> None:
        runs = self.compared()
        self.compare.set_runs(runs)
        self.side.set_runs(runs)
        if runs:
            self._curves.request(tuple(run.row.path for run in runs))

    @Slot(object)
    def _on_curves(self, outcome: Outcome) -> None:
        if outcome.result is not None:
            self.compare.set_curves(outcome.result)
            self.side.refresh_values()

    @Slot(object)
    def _on_step(self, step: int | None) -> None:
        self.compare.set_step(step)

    # -- commands ----------------------------------------------------------------------------------------------------

    def _show_current(self) -> None:
        """Switch the commands on, or off with the reason."""
        row = self.current()
        reasons = self._reasons(row)
        for command in _COMMANDS:
            reason, action = reasons.get(command.key), self._actions[command.key]
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            tooltip = reason or (f"{command.tooltip} ({keys})" if keys else command.tooltip)
            action.setEnabled(reason is None)
            action.setToolTip(tooltip)
            button = self._buttons.get(command.key)
            if button is not None:
                button.setEnabled(reason is None)
                button.setToolTip(tooltip)
        self._actions["mark"].setText("Compare no longer" if row and row.path in self._letters else "Compare")
        self._actions["forget"].setVisible(bool(row and row.extra))
        self.lineage.show_family(self._model.rows, row.path if row else None, self._letters)

    def _reasons(self, row: Row | None) -> dict[str, str]:
        """For each command that is impossible, why."""
        if row is None:
            return dict.fromkeys((command.key for command in _COMMANDS), _NOTHING)
        summary = row.summary
        reasons: dict[str, str] = {}
        if summary is None:
            reasons |= dict.fromkeys(("open", "resume", "explore", "samples", "distribution", "mark"), row.problem)
        else:
            if row.state == "training":
                reasons["resume"] = "The run is training."
                reasons["trash"] = "The run is training; stop it before it is moved to the trash."
            elif summary.checkpoint is None:
                reasons["resume"] = "The run has no checkpoint to go on from."
            elif summary.target is not None and summary.step >= summary.target:
                reasons["resume"] = f"The run has trained all its {number(summary.target)} steps."
            if summary.checkpoint is None:
                reasons["explore"] = "The run has no checkpoint yet; its generator cannot be loaded."
                reasons["samples"] = reasons["distribution"] = reasons["explore"]
        if self._trash.busy:
            reasons["trash"] = "Another run is being moved to the trash."
        return reasons

    @Slot()
    def _open(self) -> None:
        row = self._possible("open")
        if row is not None:
            self.open_requested.emit(row.path)

    @Slot()
    def _resume(self) -> None:
        row = self._possible("resume")
        if row is not None:
            self.resume_requested.emit(row.path)

    @Slot()
    def _explore(self) -> None:
        row = self._possible("explore")
        if row is not None:
            self.explore_requested.emit(row.path)

    @Slot()
    def _draw_samples(self) -> None:
        row = self._possible("samples")
        if row is not None:
            self.samples_requested.emit(row.path)

    @Slot()
    def _show_distribution(self) -> None:
        row = self._possible("distribution")
        if row is not None:
            self.distribution_requested.emit(row.path)

    def _possible(self, key: str) -> Row | None:
        """The selected run, if this can be done with it: a double click asks no button."""
        return self.current() if self._actions[key].isEnabled() else None

    @Slot()
    def _open_folder(self) -> None:
        row = self.current()
        if row is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(row.path))):
            self.failed.emit(f"No file manager could be opened; the folder is {row.path}.")

    @Slot()
    def _copy_path(self) -> None:
        row = self.current()
        if row is not None:
            QGuiApplication.clipboard().setText(str(row.path))
            self.notice.emit(f"The path of {row.label} is on the clipboard.")

    @Slot()
    def _forget(self) -> None:
        row = self.current()
        if row is not None and row.extra:
            self._settings.set("runs/extra", [str(path) for path in self._extras() if path != row.path])
            self._scan_anew()

    @Slot()
    def _ask_to_trash(self) -> None:
        row = self.current()
        if row is not None:
            self._trash.ask(row)

    @Slot(object)
    def _on_trashed(self, path: Path) -> None:
        row = self._model.find(path)
        self._settings.set("runs/extra", [str(extra) for extra in self._extras() if extra != path])
        self.notice.emit(f"{row.label} {row.title} is in the trash." if row else "The run is in the trash.")
        self.removed.emit(path)
        self._scan_anew()

    def _scan_anew(self) -> None:
        """Look at once, also when a look at what was before is under way."""
        self._scanner.request(Scan(paths.runs_folder(), self._extras()))

    # -- from elsewhere ----------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Folders are welcome."""
        if _local(event):
            event.acceptProposedAction()
            self.panel.set_subtitle("drop to add the runs")

    def dragLeaveEvent(self, event: object) -> None:
        """Nothing was dropped."""
        self._show_counts()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look for runs in what was dropped."""
        event.acceptProposedAction()
        self._show_counts()
        self.offer(_local(event))

    def offer(self, dropped: list[Path]) -> None:
        """Ask what to do with the runs at these paths."""
        if self._importer.busy:
            self.failed.emit("Other runs are still being copied.")
        elif dropped:
            self._importer.offer(dropped, paths.runs_folder())

    @Slot()
    def _ask_what_to_import(self) -> None:
        dialog = QFileDialog(self, "Import a run folder", str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_folder_chosen)
        dialog.open()

    @Slot(str)
    def _on_folder_chosen(self, folder: str) -> None:
        self.offer([Path(folder)])

    @Slot(object)
    def _on_imported(self, copies: tuple[Path, ...]) -> None:
        self._select_next = copies[-1]
        names = ", ".join(path.name for path in copies)
        self.notice.emit(f"Imported as {names}.")
        self._scan_anew()

    @Slot(object)
    def _on_listed_in_place(self, found: tuple[Path, ...]) -> None:
        known = {row.path for row in self._model.rows}
        new = [path for path in found if path not in known]
        self._select_next = found[-1]
        if new:
            self._settings.set("runs/extra", [str(path) for path in (*self._extras(), *new)])
            self._scan_anew()
        else:
            self._select_something()
            self.notice.emit("It is in the list already." if len(found) == 1 else "They are in the list already.")

    @Slot(str, float)
    def _on_progress(self, words: str, share: float) -> None:
        self._progress.setVisible(bool(words))
        self._progress_words.setText(words)
        self._progress_bar.setValue(round(1000 * share))


def _placed(content: QWidget) -> QWidget:
    """At the upper left, with the panel's padding."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(12, 16, 12, 12)
    content.setMaximumWidth(520)
    column.addWidget(content)
    column.addStretch(1)
    return holder


def _local(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
