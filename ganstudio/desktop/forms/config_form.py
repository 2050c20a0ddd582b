"""The form of a run's config, generated from `ganstudio.config.fields()`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ganstudio.config import FieldSpec, RunConfig, field, fields
from ganstudio.desktop import format as text_of
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.forms.fields import ChoiceField, FieldRow
from ganstudio.desktop.forms.relevance import idle, is_detail, refusals, switched_on
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import PADDING, label
from ganstudio.desktop.widgets.scrolled import OverlayScroll
from ganstudio.desktop.widgets.section import Section
from ganstudio.errors import UserError
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import check

SECTIONS = (
    ("essentials", "Essentials"),
    ("objective", "Objective"),
    ("techniques", "Techniques"),
    ("advanced", "Advanced"),
)
_PATIENCE_MS = 700
"""How long a half-typed value may be wrong before it is called so."""
_LIT_MS = 1200
_CHECK_MS = 120
_UNDO_DEPTH = 100


@dataclass(frozen=True)
class _State:
    """What undo goes back to."""

    config: RunConfig
    defaults: RunConfig
    words: str


class ConfigForm(QWidget):
    """Every setting of a run in sections, validated as it is typed.

    `lead` is a place above the sections that scrolls with them. Sections that are closed and last stay in sight at the
    bottom. Before a run an edit is the config at once; during one, a live field's new value is told by `live_changed`
    when the person is done with it, and the config follows.
    """

    changed = Signal()
    """The config, or what is wrong with it, is another."""
    live_changed = Signal(str, object)
    """During a run: the path of a live setting and its new, valid value."""
    history_changed = Signal()
    """`can_undo` or `can_redo` is another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        first = RunConfig()
        self._state = self._kept = _State(first, first, "the paper’s value")
        self._past: list[_State] = []
        self._future: list[_State] = []
        self._refused: dict[str, str] = {}
        self._cross: tuple[str, str] | None = None
        self._reported: tuple[str, str] | None = None
        self._running = False
        self._auto_precision = ""
        self._devices: Sequence[tuple[str, str]] = ()
        self._rows: dict[str, FieldRow] = {}
        self._sections: dict[str, Section] = {}
        self._flags: dict[str, QLabel] = {}
        self._lit: FieldRow | None = None
        self._sought = ""
        self._words_of_groups: list[tuple[QLabel, tuple[str, ...]]] = []
        self._typed: str | None = None
        self._make_timers()
        self._checker = Background(_check, self)
        self._checker.done.connect(self._on_checked)
        self._build()
        self._arrange()
        self._order_tabs()
        self._show_all()

    # ------------------------------------------------------------------------------------------------ the config

    def config(self) -> RunConfig | None:
        """The config as it stands; None while anything is wrong."""
        self._keep()
        return None if self.problems() else self._state.config

    def current(self) -> RunConfig:
        """The last valid values, whatever else is typed; during a run, the values in use."""
        return self._state.config

    def defaults(self) -> RunConfig:
        """What the reset arrows go back to."""
        return self._state.defaults

    def set_config(
        self, config: RunConfig, defaults: RunConfig, words: str = "the paper’s value", *, undoable: bool = False
    ) -> None:
        """Show `config`; `defaults`, named by `words`, is what the reset arrows go back to."""
        if undoable:
            self._keep()
        else:
            self._past.clear()
            self._future.clear()
        self._set_state(_State(config, defaults, words))
        if undoable:
            self._keep()
        else:
            self._kept = self._state
            self.history_changed.emit()

    def apply(self, values: Mapping[str, Any]) -> None:
        """Set several paths at once, as one edit; during a run, from the next step on. UserError, and nothing done,
        when one is wrong or cannot change now."""
        before, config = self._state.config, self._state.config.with_values(values)
        changed = before.differences(config)
        locked = next((path for path in changed if self._running and not field(path).live), None)
        if locked is not None:
            raise UserError(f"{field(locked).label} cannot change during a run; it needs a new run.", path=locked)
        self._keep()
        self._set_state(_State(config, self._state.defaults, self._state.words))
        self._keep()
        if self._running:
            for path, (_, new) in changed.items():
                self.live_changed.emit(path, new)

    def show_value(self, path: str, value: Any) -> None:
        """A live setting was changed elsewhere (a remedy, another window): show it, tell nobody."""
        self._state = self._kept = self._with({path: value})
        self._refused.pop(path, None)
        if path in self._rows:
            self._show(path)
        self._show_errors()
        self._show_summaries()

    def problems(self) -> list[tuple[str, str]]:
        """(path, sentence) of everything that keeps a run from starting."""
        found = list(self._refused.items())
        found += [problem for problem in (self._cross, self._reported) if problem and problem[0] not in self._refused]
        return found

    def reason(self) -> str:
        """The first problem with the name of its field, for a tooltip; empty when all is well."""
        for path, message in self.problems():
            if path not in self._refused:
                return message
            return f"{field(path).label} {message[0].lower()}{message[1:]}"
        return ""

    def report(self, error: UserError) -> None:
        """Show a refusal that came from elsewhere (the start of a run) beside its field, until the next edit."""
        self._reported = (error.path or "", _sentence(error))
        self._show_errors()
        self.changed.emit()

    def set_devices(self, devices: Sequence[tuple[str, str]]) -> None:
        """What the field `device` offers: (value, words)."""
        self._devices = devices
        row = self._rows.get("device")
        if row is not None and isinstance(row.editor, ChoiceField):
            row.editor.set_entries(devices)
            self._show("device")

    def set_auto_precision(self, precision: str) -> None:
        """What ``precision = "auto"`` means on this machine, once that is known."""
        self._auto_precision = precision
        self._show_summaries()

    def set_running(self, running: bool) -> None:
        """A run begins or ends: only live fields can be edited during one."""
        if running == self._running:
            return
        self._keep()
        self._running = running
        self._refused.clear()
        self._cross = self._reported = None
        for row in self._rows.values():
            row.set_running(running)
        self._legend.setVisible(running)
        self._show_all()
        self._check_soon()
        self.history_changed.emit()
        self.changed.emit()

    def reveal(self, path: str) -> None:
        """Open the field's section, scroll to it, put the cursor into it, and light it for a moment.

        One that does nothing as things stand shows with what it needs, until another one is looked for or edited.
        """
        section = self._sections.get(field(path).section)
        if section is None:
            return
        section.set_open(True)
        row = self._rows[path]
        self._sought = path
        self._show_errors()
        row.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._put_out()
        self._lit = row
        row.set_lit(True)
        self._lit_timer.start()
        self._scroll_to_lit()

    @Slot()
    def open_all(self) -> None:
        """Open every section."""
        for section in self._sections.values():
            section.set_open(True)

    @Slot()
    def close_all(self) -> None:
        """Close every section."""
        for section in self._sections.values():
            section.set_open(False)

    def shutdown(self) -> None:
        """End what runs in the background."""
        for timer in (self._patience, self._lit_timer, self._check_timer):
            timer.stop()
        self._checker.stop()

    # ---------------------------------------------------------------------------------------------- undo and redo

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back; during a run, one that can be taken back now."""
        return bool(self._past) and self._reachable(self._past[-1])

    @property
    def can_redo(self) -> bool:
        """Whether an edit was taken back."""
        return bool(self._future) and self._reachable(self._future[-1])

    @Slot()
    def undo(self) -> None:
        """Take back the last edit."""
        self._keep()
        if self.can_undo:
            self._future.append(self._state)
            self._travel(self._past.pop())

    @Slot()
    def redo(self) -> None:
        """Do again what was taken back."""
        if self.can_redo:
            self._past.append(self._state)
            self._travel(self._future.pop())

    def _travel(self, state: _State) -> None:
        before, self._kept = self._state.config, state
        self._set_state(state)
        self._kept = self._state
        if self._running:
            for path, (_, new) in before.differences(state.config).items():
                self.live_changed.emit(path, new)
        self.history_changed.emit()

    def _reachable(self, state: _State) -> bool:
        return not self._running or all(field(path).live for path in self._state.config.differences(state.config))

    def _keep(self) -> None:
        """Make what was edited since the last time one step of undo."""
        if self._state == self._kept:
            return
        self._past.append(self._kept)
        del self._past[:-_UNDO_DEPTH]
        self._future.clear()
        self._kept = self._state
        self.history_changed.emit()

    # ------------------------------------------------------------------------------------------------------ edits

    @Slot(str)
    def _on_edited(self, path: str) -> None:
        self._reported = None
        self._typed = path
        if path != self._sought:
            self._sought = ""
        self._patience.start()
        message = self._judge(path)
        if not message:
            self._rows[path].set_error("")
        if not self._running:
            self._refuse(path, message)
            self._after_edit(path)

    @Slot(str)
    def _on_committed(self, path: str) -> None:
        self._patience.stop()
        self._typed = None
        message = self._judge(path, commit=True)
        self._refuse(path, message)
        if not message:
            self._show(path)
        self._keep()
        self._after_edit(path)
        self._show_errors()

    @Slot(str)
    def _on_reverted(self, path: str) -> None:
        self._patience.stop()
        self._refuse(path, "")
        self._show(path)
        self._show_errors()
        self.changed.emit()

    @Slot(str)
    def _on_reset(self, path: str) -> None:
        self._rows[path].editor.show_value(self._state.defaults.value(path))
        self._on_committed(path)

    @Slot()
    def _on_patience_over(self) -> None:
        if self._typed is not None:
            self._refuse(self._typed, self._judge(self._typed))
            self._show_errors()
            self.changed.emit()

    def _judge(self, path: str, *, commit: bool = False) -> str:
        """Why the entry at `path` is refused; when it is not, it becomes the config, during a run only on `commit`."""
        value = self._rows[path].editor.value()
        try:
            config = self._state.config.with_values({path: value})
        except UserError as error:
            still = self._state.config.value(path)
            return _sentence(error) + (f" Still using {text_of.value(still)}." if self._running else "")
        if self._running and not commit:
            return ""
        new = config.value(path)
        if new != self._state.config.value(path):
            self._state = _State(config, self._state.defaults, self._state.words)
            if self._running:
                self.live_changed.emit(path, new)
        return ""

    def _refuse(self, path: str, message: str) -> None:
        if message:
            self._refused[path] = message
        else:
            self._refused.pop(path, None)

    def _after_edit(self, path: str) -> None:
        state = self._state
        self._rows[path].show_default(state.config.value(path), state.defaults.value(path), state.words)
        self._show_summaries()
        self._check_soon()
        self.changed.emit()

    def _with(self, values: Mapping[str, Any]) -> _State:
        return _State(self._state.config.with_values(values), self._state.defaults, self._state.words)

    def _set_state(self, state: _State) -> None:
        self._state = state
        self._refused.clear()
        self._cross = self._reported = None
        self._show_all()
        self._check_soon()
        self.changed.emit()

    # ----------------------------------------------------------------------------- what two fields say together

    def _check_soon(self) -> None:
        self._checker.cancel()
        if self._running:
            self._check_timer.stop()
        else:
            self._check_timer.start()

    @Slot()
    def _on_check_due(self) -> None:
        if not self._refused:
            self._checker.request(self._state.config)

    @Slot(object)
    def _on_checked(self, outcome: Outcome) -> None:
        if outcome.request is not self._state.config or self._running:
            return
        error = outcome.error
        found = (error.path or "", _sentence(error)) if error else None
        if found != self._cross:
            self._cross = found
            self._show_errors()
            self.changed.emit()

    # ----------------------------------------------------------------------------------------------------- showing

    def _show_all(self) -> None:
        for path in self._rows:
            self._show(path)
        self._show_errors()
        self._show_summaries()

    def _show(self, path: str) -> None:
        state = self._state
        self._rows[path].show_value(state.config.value(path), state.defaults.value(path), state.words)

    def _show_errors(self) -> None:
        """What is wrong, what does nothing as things stand and stays away, and what is not defined here and why."""
        problems = dict(self.problems())
        hidden, refused = idle(self._state.config), refusals(self._state.config)
        below = ""
        for path in reversed(_PATHS_IN_ORDER):
            row = self._rows.get(path)
            if row is None:
                continue
            message, refusal = problems.get(path, ""), refused.get(path, "")
            shown = path not in hidden or bool(message) or path == self._sought
            row.set_error(message)
            row.set_refusal("" if message else refusal)
            row.set_note(hidden.get(path, refusal if refusal != below else "") if shown and not message else "")
            row.setVisible(shown)
            below = refusal if shown else below
        for caption, paths in self._words_of_groups:
            caption.setVisible(any(not self._rows[path].isHidden() for path in paths))
        for name, section in self._sections.items():
            count = sum(path in _PATHS[name] for path in problems)
            self._flags[name].setVisible(count > 0 and not section.is_open())
            self._flags[name].setText(f"{count} to mend")

    def _show_summaries(self) -> None:
        state = self._state
        hidden = idle(state.config)
        changed = [
            path for path in state.config.differences(state.defaults) if path in self._rows and path not in hidden
        ]
        for name, section in self._sections.items():
            if name == "essentials":
                count = sum(field(path).section == name for path in changed)
                whose = state.words.replace("value", "values")
                section.set_summary("" if self._running else f"{count} changed" if count else f"all at {whose}")
            else:
                flagged = self._flags[name].isVisibleTo(section)
                section.set_summary("" if flagged else _SUMMARIES[name](state.config, self._auto_precision))

    # ---------------------------------------------------------------------------------------------------- building

    def _make_timers(self) -> None:
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_over)
        self._lit_timer = QTimer(self, singleShot=True, interval=_LIT_MS)
        self._lit_timer.timeout.connect(self._put_out)
        self._check_timer = QTimer(self, singleShot=True, interval=_CHECK_MS)
        self._check_timer.timeout.connect(self._on_check_due)

    def _build(self) -> None:
        self._page = QWidget()
        self._page.setProperty("role", "scrolled")
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        self.lead = QVBoxLayout()
        self.lead.setContentsMargins(PADDING, 8, PADDING, 8)
        self.lead.setSpacing(8)
        self._open_place, self._closed_place = QVBoxLayout(), QVBoxLayout()
        for place in (self._open_place, self._closed_place):
            place.setContentsMargins(0, 0, 0, 0)
            place.setSpacing(0)
        page.addLayout(self.lead)
        page.addLayout(self._open_place)
        page.addStretch(1)
        self._scroll = OverlayScroll(self)
        self._scroll.setWidget(self._page)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._scroll_to_lit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addLayout(self._closed_place)
        for name, title in SECTIONS:
            self._add_section(name, title)
        self._legend = _Legend(self)
        self._legend.hide()
        self._sections["essentials"].add_header_widget(self._legend)

    def _add_section(self, name: str, title: str) -> None:
        section = Section(title, opened=name == "essentials", parent=self)
        flag = label("", "error")
        flag.hide()
        section.add_header_widget(flag)
        self._sections[name], self._flags[name] = section, flag
        if section.is_open():
            self._fill(name)
        section.toggled.connect(self._on_toggled)

    def _fill(self, name: str) -> None:
        """Make the rows of a section, which nobody needs before it is opened."""
        section, group = self._sections[name], ""
        for spec in sorted((field(path) for path in _PATHS[name]), key=_order):
            if spec.path in self._rows:
                continue
            if name == "advanced" and _group(spec.path) != group:
                group = _group(spec.path)
                section.body.addWidget(self._caption(group))
            row = self._rows[spec.path] = FieldRow(spec, section.content, indented=is_detail(spec.path))
            if spec.path == "device" and isinstance(row.editor, ChoiceField) and self._devices:
                row.editor.set_entries(self._devices)
            row.edited.connect(self._on_edited)
            row.committed.connect(self._on_committed)
            row.reverted.connect(self._on_reverted)
            row.reset_requested.connect(self._on_reset)
            row.set_running(self._running)
            self._show(spec.path)
            section.body.addWidget(row)

    def _caption(self, group: str) -> QLabel:
        caption = label(group, "title")
        caption.setContentsMargins(0, 8, 0, 2)
        self._words_of_groups.append((caption, tuple(path for path in _PATHS["advanced"] if _group(path) == group)))
        return caption

    @Slot()
    def _on_toggled(self) -> None:
        self._arrange()
        for name, section in self._sections.items():
            if section.is_open():
                self._fill(name)
        self._order_tabs()
        self._show_errors()
        self._show_summaries()

    def _arrange(self) -> None:
        """Let the sections up to the last open one scroll; keep those behind it in sight.

        What stands in its place is left there: a section that moves has all its rows styled anew.
        """
        sections = list(self._sections.values())
        last = max((index for index, section in enumerate(sections) if section.is_open()), default=-1)
        focus = QApplication.focusWidget()
        for section in sections[: last + 1]:
            if self._open_place.indexOf(section) < 0:
                self._open_place.addWidget(section)
        for section in reversed(sections[last + 1 :]):
            if self._closed_place.indexOf(section) < 0:
                self._closed_place.insertWidget(0, section)
        if focus is not None and self.isAncestorOf(focus):
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _order_tabs(self) -> None:
        """Let Tab go down the form, whenever its rows were made."""
        before: QWidget | None = None
        for name, section in self._sections.items():
            stops: list[QWidget] = [section.header()]
            for row in sorted((row for row in self._rows.values() if row.spec.section == name), key=_row_order):
                stops += row.stops()
            for stop in stops:
                if before is not None:
                    QWidget.setTabOrder(before, stop)
                before = stop

    @Slot()
    def _scroll_to_lit(self) -> None:
        """At once, and again when the layout has taken in what was opened."""
        if self._lit is not None:
            self._scroll.ensureWidgetVisible(self._lit, 0, 48)

    @Slot()
    def _put_out(self) -> None:
        self._lit_timer.stop()
        if self._lit is not None:
            self._lit.set_lit(False)
            self._lit = None

    def minimumSizeHint(self) -> QSize:
        """As wide as its widest row; any height will do, since it scrolls."""
        return QSize(self._page.minimumSizeHint().width(), 200)


class _Legend(QWidget):
    """What bolt and lock mean."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for glyph, token, words in (
            ("lightning", "accent_text", "changes live"),
            ("lock-simple", "ink3", "new run only"),
        ):
            row.addWidget(Glyph(glyph, token, 12))
            row.addWidget(label(words, "hint"))
        row.insertSpacing(2, 4)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def _check(job: Job) -> None:
    check(job.request)


def _order(spec: FieldSpec) -> int:
    return spec.order


def _row_order(row: FieldRow) -> int:
    return row.spec.order


def _group(path: str) -> str:
    return next(name for prefix, name in _GROUPS if path.startswith(prefix))


def _sentence(error: UserError) -> str:
    """The error as it stands beside its own field: without the path, and without what was typed, which is in sight."""
    text = str(error).removeprefix(f"{error.path}: ") if error.path else str(error)
    text = re.sub(r" \(given: .*\)$", "", text, flags=re.DOTALL)
    text = f"{text[0].upper()}{text[1:]}"
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _objective_summary(config: RunConfig, _: str) -> str:
    used = " + ".join(_SHORT.get(path, field(path).label) for path in switched_on(config, "objective"))
    return f"{config.objective.loss}, {used}" if used else config.objective.loss


def _techniques_summary(config: RunConfig, _: str) -> str:
    used = ["EMA"] if config.techniques.ema.half_life else []
    for path in switched_on(config, "techniques"):
        value = config.value(path)
        name = _SHORT.get(path, field(path).label)
        words = text_of.value(value)
        used.append(f"{name} {words}" if path in _TOLD else _NAMED[path].format(words) if path in _NAMED else name)
    return ", ".join(dict.fromkeys(used)) or "none"


def _advanced_summary(config: RunConfig, auto_precision: str) -> str:
    precision = auto_precision if config.precision == "auto" and auto_precision else config.precision
    words = {"auto": "automatic precision", "bfloat16": "bf16"}.get(precision, precision)
    convolutional = config.variant.name in VARIANTS and VARIANTS.get(config.variant.name).grows
    return f"{words}, channels last" if convolutional else words


_SHORT = {
    "objective.penalties.gradient.weight": "gradient penalty",
    "objective.penalties.one_sided.weight": "one-sided penalty",
    "objective.penalties.zero_centred.weight": "zero-centred penalty",
    "objective.penalties.r1.weight": "R1",
    "objective.penalties.r2.weight": "R2",
    "objective.drift": "drift",
    "objective.orthogonal": "orthogonal",
    "techniques.real_label": "smoothing",
    "techniques.instance_noise.sigma": "noise",
    "techniques.feature_matching.weight": "feature matching",
    "techniques.unrolled.steps": "unrolled",
    "techniques.spectral_norm.discriminator": "spectral norm",
    "techniques.spectral_norm.generator": "spectral norm",
    "techniques.weight_clip": "clip",
    "techniques.dropout": "dropout",
    "techniques.orthogonal_start": "orthogonal start",
    "techniques.perturbation": "perturbed reals",
    "techniques.transfer.run": "transfer",
    **{f"optimizer.{player}.{clip}": "clipped gradients" for player in ("generator", "discriminator")
       for clip in ("clip_norm", "clip_value")},
}  # fmt: skip
_TOLD = frozenset({"techniques.real_label", "techniques.instance_noise.sigma", "techniques.weight_clip",
                   "techniques.unrolled.steps", "techniques.dropout"})  # fmt: skip
"""Switches whose value the summary tells."""
_NAMED = {"techniques.augment.policy": "{}", "techniques.minibatch.kind": "minibatch {}"}
"""Choices whose value says what they are."""
_GROUPS = (
    ("dataset.", "Data"),
    ("variant.", "Networks"),
    ("optimizer.generator", "Optimiser of G"),
    ("optimizer.discriminator", "Optimiser of D"),
    ("optimizer.schedule", "Schedule"),
    ("training.stop", "Stop rules"),
    ("training.", "Training"),
    ("", "Machine"),
)
"""Captions in Advanced, by the beginning of a path."""
_PATHS = {name: [spec.path for spec in fields() if spec.section == name] for name, _ in SECTIONS}
_PATHS_IN_ORDER = [spec.path for name, _ in SECTIONS for spec in sorted(map(field, _PATHS[name]), key=_order)]
_SUMMARIES: dict[str, Callable[[RunConfig, str], str]] = {
    "objective": _objective_summary,
    "techniques": _techniques_summary,
    "advanced": _advanced_summary,
}
