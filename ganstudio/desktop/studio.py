"""The studio: ties the window, the run that trains, and the workspaces together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from ganstudio import paths
from ganstudio.config import RunConfig, field
from ganstudio.data.sources import DATASETS
from ganstudio.desktop.distribution.desk import DistributionDesk
from ganstudio.desktop.distribution.desk import why_not as why_no_distribution
from ganstudio.desktop.distribution.working import Note
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.loading import Loader, Machine
from ganstudio.desktop.main_window import MainWindow
from ganstudio.desktop.opened import Follower, OpenedRun, read_run
from ganstudio.desktop.session import RunStatus, TrainingSession
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.steps import ask_step, confirm_roll_back
from ganstudio.desktop.timeline_menu import TimelineMenu
from ganstudio.desktop.toolbar import RunView
from ganstudio.desktop.train.columns import PickedImage
from ganstudio.desktop.train.evaluating import evaluate_run
from ganstudio.desktop.train.forking import ForkOf, fork_run
from ganstudio.desktop.train.prospects import Fork
from ganstudio.desktop.train.workspace import PickedLatent, TrainWorkspace
from ganstudio.errors import UserError
from ganstudio.evaluation.slices import Slice
from ganstudio.game import DISCRIMINATOR, GENERATOR, DataShape
from ganstudio.runs.folder import RunFolder, next_run_folder
from ganstudio.training.events import BELATED, CheckpointSaved, Event, Progress, RunFinished, RunResumed, RunStarted
from ganstudio.variants import VARIANTS
from ganstudio.variants.points import are_learnt

if TYPE_CHECKING:
    from ganstudio.desktop.explore.workspace import ExploreWorkspace
    from ganstudio.desktop.runs.workspace import RunsWorkspace

_AUTOSAVE_MS = 1500
_log = logging.getLogger("ganstudio")


class Studio(QObject):
    """Owns the window and the session. Nothing here computes; nothing here paints."""

    done = Signal()
    """The window is closed and every thread has ended."""
    run_ended = Signal(object)
    """The `RunFinished` of a run, once its thread has gone."""
    run_opened = Signal(object)
    """The path of a run that is now shown; None when it could not be read."""
    machine_known = Signal(object)
    """The `Machine`, once PyTorch is loaded."""
    all_loaded = Signal()
    """What is needed later is loaded too; once more when a run makes its first steps, for which PyTorch loads more."""

    def __init__(self, settings: Settings, window: MainWindow | None = None) -> None:
        super().__init__()
        self._settings = settings
        self._closing = False
        self._machine: Machine | None = None
        self._opened: OpenedRun | None = None
        self._shown_step, self._shown_seconds = 0, 0.0
        self._waits_for_start = False
        self._has_stepped = False
        self._seconds: float | None = None
        self._wants_start = False
        self.session = TrainingSession(self)
        self.train = TrainWorkspace(settings)
        self._explore: ExploreWorkspace | None = None
        self._runs: RunsWorkspace | None = None
        self.window = window or MainWindow(settings)
        self.window.furnish({"train": lambda: self.train, "explore": self._make_explore, "runs": self._make_runs})
        timelines = (self.train.samples.scrubber, self.train.lab.space.scrubber)
        self._timeline = TimelineMenu(timelines, self.window)
        self._loader = Loader(self)
        self._reader = Background(read_run, self)
        self.distribution = DistributionDesk(self.session, self)
        self._evaluator = Background(evaluate_run, self)
        self._forker = Background(fork_run, self)
        self._follower = Follower(self)
        self._autosave = QTimer(self, singleShot=True, interval=_AUTOSAVE_MS)
        self._connect()
        self._wire_actions()
        self._restore_form()
        self._show_status(self.session.status)

    # -- what a person does ------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the window; PyTorch is loaded once it has been painted."""
        self.window.painted.connect(self._on_painted)
        self.window.show()

    def start(self, seconds: float | None = None) -> None:
        """Start a run with the form's settings, go on with a paused one, or resume the one that is shown."""
        if self.session.status.state == "paused":
            self.session.unpause()
            return
        if self.session.busy:
            return
        if self._can_resume() and seconds is None:
            assert self._opened is not None
            self._resume(self._opened.folder)
            return
        config = self.train.setup.config()
        if config is None:
            self._tell_problem()
            return
        try:
            folder = RunFolder(next_run_folder(config))
        except UserError as error:
            self.window.show_error(str(error))
            return
        self._enter(folder, config)
        self.session.start(config, folder.path, seconds)

    def open(self, path: Path) -> None:
        """Show a run that was trained before."""
        if self.session.busy:
            if self.session.folder is not None and self.session.folder.path == path:
                self.window.show_workspace("train")
            else:
                self.window.toasts.show("A run is training: stop it before another is opened.", icon="info")
            return
        self._reader.request(path)

    @Slot()
    def refresh_runs(self) -> None:
        """Look again which runs there are."""
        if self._explore is not None:
            self._explore.refresh_runs()
        if self._runs is not None:
            self._runs.refresh()

    def resume(self, path: Path) -> None:
        """Go on with a run from its newest intact checkpoint."""
        if self.session.busy:
            self.window.toasts.show("A run is training: stop it before another is resumed.", icon="info")
            return
        self._wants_start = True
        self._reader.request(path)

    def new_run(self) -> None:
        """Leave the run that is shown; the form keeps its settings."""
        self._opened = None
        self._follower.follow(None)
        self._settings.remove("last_run")
        self.train.show_welcome()
        self.window.set_run_folder(None)
        self.window.status.clear_checkpoint()
        self._show_status(RunStatus())

    def start_when_ready(self, seconds: float | None = None) -> None:
        """Start a run as soon as PyTorch is loaded."""
        self._waits_for_start, self._seconds = True, seconds

    # -- building ----------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self.session.events.connect(self._on_events)
        self.session.status_changed.connect(self._show_status)
        self.session.ended.connect(self._on_ended)
        self._loader.ready.connect(self._on_machine)
        self._loader.finished.connect(self.all_loaded)
        self._reader.done.connect(self._on_read)
        self._evaluator.done.connect(self._on_evaluated)
        self._forker.done.connect(self._on_forked)
        self._evaluator.progressed.connect(self._on_evaluating)
        self._follower.events.connect(self._on_followed)
        self._follower.ended.connect(self._reader.request)
        setup = self.train.setup
        setup.changed.connect(self._on_form)
        setup.noticed.connect(self._on_notice)
        setup.form.live_changed.connect(self._on_live_change)
        setup.form.history_changed.connect(self._on_history)
        self._autosave.timeout.connect(self._save_form)
        self.train.explore_requested.connect(self._on_explore)
        self.train.translate_requested.connect(self._on_translate)
        self.train.lab.steps_requested.connect(self._on_steps)
        self.train.saved.connect(self._on_saved)
        self.train.failed.connect(self._on_failed)
        self.train.noticed.connect(self._on_notice)
        self.train.evaluation_requested.connect(self._evaluate)
        self.train.fork_requested.connect(self._on_fork)
        self.train.distribution_requested.connect(self._show_distribution)
        self.distribution.saved.connect(self._on_saved)
        self.distribution.failed.connect(self._on_failed)
        self.distribution.written.connect(self._on_judged)
        self._timeline.roll_back_requested.connect(self._roll_back_to)
        self._timeline.fork_requested.connect(self._fork_from)
        setup.config_saved.connect(self._on_saved)
        welcome = self.train.welcome
        welcome.start_requested.connect(self._on_start)
        welcome.recipe_chosen.connect(setup.load_recipe)
        welcome.folder_dropped.connect(setup.choose_folder)
        self.window.closing.connect(self._on_closing)
        self.window.workspace_shown.connect(self._show_place)
        self.window.workspace_shown.connect(self._on_history)
        self.window.setting_chosen.connect(setup.reveal)
        self.window.toolbar.device_chosen.connect(self._on_device)

    def _wire_actions(self) -> None:
        actions = self.window.actions_
        form = self.train.setup.form
        actions.wire("run.start", self.start)
        actions.wire("run.pause", self.session.pause)
        actions.wire("run.step", self.session.step)
        actions.wire("run.step_d", lambda: self.session.step(DISCRIMINATOR))
        actions.wire("run.step_g", lambda: self.session.step(GENERATOR))
        actions.wire("run.stop", self.session.stop)
        actions.wire("run.snapshot", self.session.snapshot)
        actions.wire("run.fork", self._ask_fork)
        actions.wire("run.roll_back", self._ask_roll_back)
        actions.wire("run.samples", self._ask_samples)
        actions.wire("run.distribution", self._show_distribution)
        actions.wire("run.new", self.new_run)
        actions.wire("file.open_run", self._choose_run)
        actions.wire("file.show_folder", self._show_folder)
        actions.wire("file.open_config", self._choose_config)
        actions.wire("file.export_config", self._choose_export)
        actions.wire("edit.undo", self._undo)
        actions.wire("edit.redo", self._redo)
        actions.wire("edit.reset_form", self.train.setup.load_paper)
        for key in ("edit.undo", "edit.redo"):
            actions.set_reason(key, "Nothing has been changed yet.")
        form.history_changed.emit()

    def _make_explore(self) -> QWidget:
        from ganstudio.desktop.explore.workspace import ExploreWorkspace

        made = ExploreWorkspace(self._settings)
        made.preview_time.connect(self.window.status.set_preview)
        made.saved.connect(self._on_saved)
        made.failed.connect(self._on_failed)
        made.removed.connect(self._on_taken_away)
        made.history_changed.connect(self._on_history)
        self._explore = made
        self._offer_live()
        if self._opened is not None and not self.session.busy:
            made.open_run(self._opened.folder.path)
        return made

    def _make_runs(self) -> QWidget:
        from ganstudio.desktop.runs.workspace import RunsWorkspace

        made = RunsWorkspace(self._settings)
        made.open_requested.connect(self._on_open_requested)
        made.resume_requested.connect(self._on_resume_requested)
        made.explore_requested.connect(self._on_explore_requested)
        made.distribution_requested.connect(self._look_at)
        made.samples_requested.connect(self._on_samples_requested)
        made.notice.connect(self._on_runs_notice)
        made.failed.connect(self.window.show_error)
        made.status.connect(self._show_place)
        made.removed.connect(self._on_removed)
        self._runs = made
        if self.session.busy and self.session.folder is not None:
            made.set_live(self.session.folder.path)
        return made

    # -- the run -----------------------------------------------------------------------------------------------

    def _enter(self, folder: RunFolder, config: RunConfig) -> None:
        self._opened = None
        self._follower.follow(None)
        self.train.begin(folder, config)
        self.train.setup.set_running(True)
        self._evaluator.cancel()
        self.window.banner.clear()
        self.window.set_run_folder(folder.path)
        self.window.status.clear_checkpoint()
        self._settings.set("last_run", str(folder.path))

    def _resume(self, folder: RunFolder) -> None:
        assert self._opened is not None
        opened = self._opened
        config = self.train.setup.form.current()
        changed = [path for path in opened.config.differences(config) if field(path).live]
        steps = config.training.steps
        self.train.setup.set_running(True)
        self._evaluator.cancel()
        self.window.banner.clear()
        self._settings.set("last_run", str(folder.path))
        self.session.resume(folder, steps if steps > opened.step else None)
        for path in changed:
            self.session.control.change(path, config.value(path))

    def _can_resume(self) -> bool:
        """Whether Start goes on with the run that is shown: it is not at its end and the form asks for the same run."""
        if self._opened is None or self._opened.is_elsewhere:
            return False
        config = self.train.setup.form.current()
        differing = [path for path in self._opened.config.differences(config) if not field(path).live]
        return not differing and self._opened.step < config.training.steps and bool(self._opened.folder.checkpoints())

    @Slot(str)
    def _on_notice(self, sentence: str) -> None:
        self.window.toasts.show(sentence, icon="info")

    @Slot(object)
    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, RunStarted | RunResumed):
                self._offer_live(event)
            elif isinstance(event, Progress) and not self._has_stepped:
                self._has_stepped = True
                self.all_loaded.emit()
            elif isinstance(event, CheckpointSaved):
                self.window.status.set_checkpoint(event.step)
                self.distribution.refresh()
        self.train.apply(events)

    @Slot(object)
    def _on_steps(self, players: tuple[str, ...]) -> None:
        for player in players:
            self.session.step(player)

    @Slot(object)
    def _on_ended(self, end: RunFinished) -> None:
        if self._explore is not None:
            self._explore.set_live(None)
        if self._runs is not None:
            self._runs.set_live(None)
        self.train.setup.set_running(False)
        folder = self.session.folder
        if folder is not None and folder.config_file.is_file():
            step = end.step or self.session.status.step
            self._show_opened(OpenedRun(RunFolder(folder.path), folder.live_config(), [], step, end.time))
        self.distribution.rescue()
        if self._closing:
            self._finish()
            return
        self._show_status(self.session.status)
        if end.reason == "failed":
            self.window.show_error(end.error or "The run failed.")
        elif end.reason == "completed":
            self.window.toasts.show(f"Finished at step {end.step}", icon="check-circle")
        self.run_ended.emit(end)

    def _offer_live(self, event: RunStarted | RunResumed | None = None) -> None:
        """Hand the run that trains to Explore and Runs."""
        if event is not None:
            self._live_event = event
        session = self.session
        if not session.busy or session.folder is None or session.preview is None or not hasattr(self, "_live_event"):
            return
        if self._runs is not None:
            self._runs.set_live(session.folder.path)
        if self._explore is not None:
            from ganstudio.desktop.explore.workspace import LiveRun

            started = self._live_event
            shape = DataShape(started.resolution, started.channels, len(started.classes), started.subject)
            self._explore.set_live(
                LiveRun(
                    path=session.folder.path,
                    config=session.folder.config,
                    preview=session.preview,
                    control=session.control,
                    shape=shape,
                    classes=started.classes,
                )
            )

    @Slot(object)
    def _show_status(self, status: RunStatus) -> None:
        config = self.train.setup.form.current()
        folder = self.session.folder if self.session.busy else (self._opened.folder if self._opened else None)
        state = status.state
        step, target = status.step, status.target
        if not self.session.busy and self._opened is not None:
            state = "stopped" if self._can_resume() else "finished"
            step, target = self._shown_step, config.training.steps
            status = replace(status, elapsed=self._shown_seconds)
        elif not self.session.busy:
            state, step, target = "idle", 0, config.training.steps
        label = _run_label(folder.path) if folder else "not started"
        if self._opened is not None and self._opened.is_elsewhere and not self.session.busy:
            label += ", trained by another process"
        if state == "preparing":
            label = f"preparing {status.preparing}"
        self.window.set_view(
            RunView(
                name=f"{VARIANTS.get(config.variant.name).short} on {_dataset_title(config.dataset.name)}",
                label=label,
                state=state,
                step=step,
                target=target,
                images_per_second=status.images_per_second if state != "idle" else None,
                elapsed=status.elapsed if state != "idle" else None,
                eta=status.eta,
                device=status.device,
                subject="points" if are_learnt(config) else "images",
            )
        )
        self.train.set_run_state(
            "paused" if state == "paused" else "running" if state in {"preparing", "training", "stopping"} else "ended",
            "" if state in {"training", "paused"} else "Only while a run trains or is paused.",
        )
        self.train.metrics.set_available(self._evaluation_problem(state))
        shown = self._opened.config if self._opened is not None and not self.session.busy else config
        no_distribution = why_no_distribution(shown if folder is not None else None)
        self.window.actions_.set_reason("run.distribution", no_distribution)
        self.train.set_distribution(no_distribution)
        goes = state in {"training", "paused"}
        self.window.actions_.set_reason("run.roll_back", None if goes else "Only while a run trains or is paused.")
        self._timeline.set_reasons(
            "" if goes else "Only while a run trains or is paused.", "Stop the run first." if self.session.busy else ""
        )
        self.window.actions_.set_reason("run.new", "Stop the run first." if self.session.busy else None)

    # -- distribution ------------------------------------------------------------------------------------------

    @Slot()
    def _show_distribution(self) -> None:
        folder = self.session.folder if self.session.busy else (self._opened.folder if self._opened else None)
        if folder is not None:
            self._look_at(folder.path)

    @Slot(object)
    def _look_at(self, path: Path) -> None:
        folder = RunFolder(path)
        try:
            config = folder.config
        except UserError as error:
            self.window.toasts.show(str(error), kind="error")
            return
        if (reason := why_no_distribution(config)) is not None:
            self.window.toasts.show(reason, icon="info")
            return
        name = VARIANTS.get(config.variant.name).short
        self.distribution.show(folder, f"{name} on {_dataset_title(config.dataset.name)}, {_run_label(path)}")

    @Slot(object)
    def _on_judged(self, note: Note) -> None:
        if self._opened is not None and self._opened.folder.path == note.folder.path and not self.session.busy:
            self.train.apply([note.event])

    # -- evaluation --------------------------------------------------------------------------------------------

    def _evaluation_problem(self, state: str) -> str:
        """Why the samples cannot be measured now; empty when they can."""
        if self.session.busy:
            return "" if state in {"training", "paused"} else "Once training has begun."
        if self._opened is None:
            return "There is no run yet."
        return "Another process trains this run." if self._opened.is_elsewhere else ""

    @Slot()
    def _evaluate(self) -> None:
        if self.session.busy:
            self.session.control.evaluate_now()
        elif self._opened is not None:
            self._evaluator.request(self._opened.folder)

    @Slot(object)
    def _on_evaluating(self, piece: Slice) -> None:
        share = f", {100 * piece.done // piece.total} %" if piece.total else ""
        self.train.metrics.show_progress(f"Evaluating: {piece.what}{share}")

    @Slot(object)
    def _on_evaluated(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.train.metrics.show_progress("")
            self.window.toasts.show(str(outcome.error), kind="error")
        elif self._opened is not None and self._opened.folder.path == outcome.request.path:
            self.train.apply([outcome.result])

    # -- remedies that need a new run ----------------------------------------------------------------------------

    @Slot(object)
    def _on_fork(self, fork: Fork) -> None:
        """Train on in a fork; one that begins with nothing is a new run, which the person starts."""
        if self.session.busy:
            self.window.toasts.show(
                "Stop the run first: only one trains at a time.", icon="info", action=("Stop", self.session.stop)
            )
        elif self._opened is not None and fork.step:
            self._forker.request(ForkOf(self._opened.folder, fork))
        elif self._opened is not None:
            config = self._opened.config
            self.new_run()
            self.train.setup.set_config(config)
            self.train.setup.form.apply(fork.values)
            self.window.toasts.show("The settings are in the form: Start begins the new run.", icon="info")

    def _ask_fork(self) -> None:
        """Fork the run that is shown, from a checkpoint that the person picks, with the settings of the form."""
        if self.session.busy or self._opened is None:
            self.window.toasts.show("Stop the run first: only one trains at a time.", icon="info")
            return
        steps = self._opened.folder.checkpoints()
        if not steps:
            self.window.toasts.show("This run has no checkpoint to fork from.", icon="info")
            return
        position = self.train.samples.scrubber.position
        step = ask_step(self.window, "Fork", "Begin the new run with the checkpoint of", steps, position)
        if step is not None:
            self._fork_from(step)

    @Slot(int)
    def _fork_from(self, step: int) -> None:
        if self._opened is not None:
            asked = self._opened.config.differences(self.train.setup.form.current())
            self._on_fork(Fork({path: new for path, (_, new) in asked.items()}, step))

    def _ask_roll_back(self) -> None:
        folder = self.session.folder
        steps = folder.checkpoints() if self.session.busy and folder is not None else []
        if not steps:
            self.window.toasts.show("There is no checkpoint to go back to.", icon="info")
            return
        step = ask_step(self.window, "Go back", "Go back to the checkpoint of", steps, None)
        if step is not None:
            self._roll_back_to(step)

    @Slot(int)
    def _roll_back_to(self, step: int) -> None:
        if self.session.busy and confirm_roll_back(self.window, step, self.session.status.step - step):
            self.session.control.roll_back(step)

    @Slot(object)
    def _on_forked(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.window.toasts.show(str(outcome.error), kind="error")
        else:
            self.resume(outcome.result)

    # -- opening -----------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_read(self, outcome: Outcome) -> None:
        wants_start, self._wants_start = self._wants_start, False
        if outcome.error is not None:
            self.window.show_error(str(outcome.error))
            self.run_opened.emit(None)
            return
        opened: OpenedRun = outcome.result
        if self.session.busy:
            return
        self._show_opened(opened)
        self.train.setup.set_config(opened.config)
        self.train.begin(opened.folder, opened.config)
        self.train.apply(opened.events)
        self.window.set_run_folder(opened.folder.path)
        checkpoints = opened.folder.checkpoints()
        if checkpoints:
            saved = opened.folder.checkpoint_path(checkpoints[-1]).stat().st_mtime
            self.window.status.set_checkpoint(checkpoints[-1], saved)
        self._settings.set("last_run", str(opened.folder.path))
        if self._explore is not None:
            self._explore.open_run(opened.folder.path)
        self._show_status(self.session.status)
        self.window.show_workspace("train")
        self.run_opened.emit(opened.folder.path)
        if wants_start:
            self._resume(opened.folder)

    def _show_opened(self, opened: OpenedRun) -> None:
        self._opened = opened
        told = (event.step for event in reversed(opened.events) if not isinstance(event, BELATED))
        self._shown_step = next(told, opened.step)
        self._shown_seconds = opened.seconds
        self._follower.follow(opened)

    @Slot(object)
    def _on_followed(self, events: list[Event]) -> None:
        self._shown_step, self._shown_seconds = events[-1].step, events[-1].time
        self.train.apply(events)
        self._show_status(self.session.status)

    @Slot(object)
    def _on_removed(self, path: Path) -> None:
        if self._opened is not None and not self.session.busy and self._opened.folder.path == path:
            self.new_run()

    @Slot(object)
    def _on_open_requested(self, path: Path) -> None:
        self.open(path)

    @Slot(object)
    def _on_resume_requested(self, path: Path) -> None:
        self.resume(path)

    @Slot()
    def _show_place(self) -> None:
        runs = self._runs if self.window.current_workspace() == "runs" else None
        self.window.status.show_runs((runs.status_text() or None) if runs is not None else None)
        exploring = self.window.current_workspace() == "explore" and self._explore is not None
        self.window.status.set_note(self._explore.keys_hint if exploring and self._explore else "", "compass")

    @Slot(str)
    def _on_runs_notice(self, text: str) -> None:
        self.window.toasts.show(text)

    @Slot()
    def _ask_samples(self) -> None:
        """Ask what to draw of the run in front: the one explored, selected in Runs, or shown in Train."""
        front = self.window.current_workspace()
        if front == "explore" and self._explore is not None:
            path = self._explore.run
        elif front == "runs" and self._runs is not None:
            row = self._runs.current()
            path = row.path if row is not None else None
        else:
            folder = self._opened.folder if self._opened is not None else self.session.folder
            path = folder.path if folder is not None else None
        self._on_samples_requested(path)

    @Slot(object)
    def _on_samples_requested(self, path: Path | None) -> None:
        from ganstudio.desktop.samples_dialog import SamplesDialog
        from ganstudio.desktop.sampling import find_subject

        if path is None:
            self.window.toasts.show("There is no run yet that could be drawn from.", icon="info")
            return
        try:
            subject = find_subject(path)
        except UserError as error:
            self.window.toasts.show(str(error), icon="info")
        else:
            SamplesDialog(subject, self.window).show()

    @Slot(object)
    def _on_explore_requested(self, path: Path) -> None:
        self.window.show_workspace("explore")
        if self._explore is not None:
            self._explore.open_run(path)

    @Slot(object)
    def _on_explore(self, picked: PickedLatent) -> None:
        self.window.show_workspace("explore")
        folder = self.session.folder if self.session.busy else (self._opened.folder if self._opened else None)
        if self._explore is not None and folder is not None:
            self._explore.open_latent(folder.path, picked.z, picked.label, picked.text)

    @Slot(object)
    def _on_translate(self, picked: PickedImage) -> None:
        self.window.show_workspace("explore")
        folder = self.session.folder if self.session.busy else (self._opened.folder if self._opened else None)
        if self._explore is not None and folder is not None:
            self._explore.open_image(folder.path, picked.image, picked.direction, picked.text)

    # -- the form ----------------------------------------------------------------------------------------------

    def _restore_form(self) -> None:
        kept: dict[str, object] = self._settings.get("form", {})
        if kept:
            try:
                self.train.setup.set_config(RunConfig.parse(kept))
            except UserError as error:
                _log.warning("The settings of last time cannot be used: %s", error)

    @Slot()
    def _on_form(self) -> None:
        self.window.set_form_problem(self.train.setup.reason() or None)
        if not self.session.busy:
            self._show_status(self.session.status)
        if not self._closing:
            self._autosave.start()

    @Slot()
    def _save_form(self) -> None:
        self._settings.set("form", self.train.setup.form.current().model_dump())

    @Slot(str, object)
    def _on_live_change(self, path: str, value: object) -> None:
        if not self.session.busy:
            return
        try:
            self.session.control.change(path, value)
        except UserError as error:
            self.window.toasts.show(str(error), kind="error")

    @Slot()
    def _on_history(self) -> None:
        exploring = self.window.current_workspace() == "explore"
        changed = self._explore if exploring and self._explore is not None else self.train.setup.form
        actions = self.window.actions_
        actions.set_reason("edit.undo", None if changed.can_undo else "Nothing has been changed yet.")
        actions.set_reason("edit.redo", None if changed.can_redo else "Nothing has been taken back.")

    def _undo(self) -> None:
        if self.window.current_workspace() == "explore" and self._explore is not None:
            self._explore.undo()
        else:
            self.train.setup.form.undo()

    def _redo(self) -> None:
        if self.window.current_workspace() == "explore" and self._explore is not None:
            self._explore.redo()
        else:
            self.train.setup.form.redo()

    @Slot(str)
    def _on_device(self, key: str) -> None:
        if not self.session.busy:
            self.train.setup.form.apply({"device": key})

    def _tell_problem(self) -> None:
        problems = self.train.setup.problems()
        if problems:
            self.window.show_workspace("train")
            self.train.setup.reveal(problems[0][0])

    # -- files -------------------------------------------------------------------------------------------------

    def _choose_run(self) -> None:
        root = paths.runs_folder()
        chosen = QFileDialog.getExistingDirectory(
            self.window, "Open a run folder", str(root if root.is_dir() else Path.home())
        )
        if chosen:
            self.open(Path(chosen))

    def _show_folder(self) -> None:
        folder = self.session.folder if self.session.busy else (self._opened.folder if self._opened else None)
        path = folder.path if folder else paths.runs_folder()
        path.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _choose_config(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self.window, "Open a config", "", "Configs (*.json *.toml)")
        if chosen:
            self.train.setup.open_config(Path(chosen))

    def _choose_export(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self.window, "Export the config", "config.json", "Config (*.json)")
        if chosen:
            self.train.setup.save_config(Path(chosen))

    # -- beginning and end -------------------------------------------------------------------------------------

    @Slot()
    def _on_painted(self) -> None:
        if self._closing:
            return
        self._loader.start()
        last = self._settings.get("last_run", "")
        if not self._waits_for_start and self._opened is None and last and (Path(last) / "config.json").is_file():
            self._reader.request(Path(last))

    @Slot(object)
    def _on_machine(self, machine: Machine) -> None:
        if self._closing:
            return
        self._machine = machine
        self.machine_known.emit(machine)
        if machine.error is not None:
            self.window.show_error(machine.error)
            return
        best = machine.devices[0][1]
        self.train.welcome.set_device("this computer’s CPU" if machine.devices[0][0] == "cpu" else best)
        choices = [("auto", f"Automatic · {best}"), *machine.devices]
        self.train.setup.form.set_devices(choices)
        self.train.setup.form.set_auto_precision(machine.precision)
        self.window.set_devices(choices, self.train.setup.form.current().device)
        if self._waits_for_start:
            self._waits_for_start = False
            self.start(self._seconds)

    @Slot(object)
    def _on_saved(self, file: str | Path) -> None:
        path = Path(file)

        def show_folder() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

        self.window.toasts.show(f"Saved {path.name}", icon="check-circle", action=("Show folder", show_folder))

    @Slot(str, object)
    def _on_taken_away(self, sentence: str, bring_back: Callable[[], None]) -> None:
        self.window.toasts.show(sentence, icon="trash", action=("Undo", bring_back))

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.window.toasts.show(sentence, kind="error")

    @Slot()
    def _on_start(self) -> None:
        self.start()

    @Slot()
    def _on_closing(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._autosave.stop()
        self._save_form()
        self._settings.flush()
        if self.session.busy:
            self.session.stop()
        else:
            self._finish()

    def _finish(self) -> None:
        """Every thread ends here; the loader's import cannot be broken off, and is waited for."""
        self._follower.follow(None)
        self._autosave.stop()
        started = time.monotonic()
        for workspace in (self._explore, self._runs, self.train):
            if workspace is not None:
                workspace.shutdown()
        self.distribution.shutdown()
        self._reader.stop()
        self._evaluator.stop()
        self._forker.stop()
        for dialog in self.window.findChildren(QDialog):
            dialog.close()
        self._loader.wait()
        _log.debug("closed in %.2f s", time.monotonic() - started)
        self.done.emit()


def _run_label(path: Path) -> str:
    number = path.name.split("-", 1)[0]
    return f"run {number}" if number.isdigit() else path.name


@lru_cache
def _dataset_title(name: str) -> str:
    return DATASETS.get(name).describe().title if name in DATASETS else Path(name).name
