"""Real or generated? Questions to a person, and how often the answer was wrong."""

from __future__ import annotations

import secrets

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ganstudio.desktop.distribution.stage import Stage
from ganstudio.desktop.distribution.working import Wanted, event_of, material_of
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.panel import label
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.evaluation.judgement import (
    START_MS,
    Answer,
    Layout,
    Result,
    Trial,
    draw_trials,
    next_exposure,
    summarise,
)
from ganstudio.runs.distribution import Material
from ganstudio.runs.folder import RunFolder

_COUNTS = ("20", "50", "100")
FEWEST = 10
"""Answers below which nothing is told."""
_WORDS: dict[Layout, tuple[str, str, str]] = {
    "single": ("Is this image real or generated?", "Real", "Generated"),
    "pair": ("Which of the two is generated?", "Left", "Right"),
}


class JudgeView(QWidget):
    """Asks in balanced, random order and gives no hint until the end."""

    judged = Signal(object)
    """The `Judged` event of a person who has answered enough."""
    failed = Signal(str)
    """A sentence for the person."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place: tuple[RunFolder, int] | None = None
        self._material: Material | None = None
        self._trials: tuple[Trial, ...] = ()
        self._answers: list[Answer] = []
        self._exposure: int | None = None
        self._seed = 0
        self._open = False
        self._worker = Background(material_of, self)
        self._worker.done.connect(self._on_material)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._stack = QStackedWidget(self)
        self._pages = {"begin": self._make_begin(), "ask": self._make_ask(), "end": self._make_end()}
        for page in self._pages.values():
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.set_place(None)

    def set_place(self, place: tuple[RunFolder, int] | None) -> None:
        """The run and the step of the checkpoint that is judged next; questions that were begun go on."""
        self._place = place
        self._start.setEnabled(place is not None)
        self._start.setToolTip("Prepare the images and ask" if place is not None else "This run has no checkpoint yet.")

    def reset(self) -> None:
        """Another run: what was begun is given up."""
        self._worker.cancel()
        self._give_up()

    @property
    def asks(self) -> bool:
        """Whether a question waits for its answer."""
        return self._open

    @property
    def trial(self) -> Trial | None:
        """The question that is asked."""
        asked = len(self._answers)
        return self._trials[asked] if self._trials and asked < len(self._trials) else None

    def words(self) -> str:
        """What is said at the end."""
        return f"{self._rate.text()}\n{self._within.text()}\n{self._told.text()}\n{self._note.text()}"

    @Slot()
    def begin(self) -> None:
        """Prepare the images; the first question follows."""
        if self._place is None:
            return
        folder, step = self._place
        layout: Layout = "pair" if self.layout_choice.current() == "pair" else "single"
        self._seed = secrets.randbits(32)  # nobody is to know the order, not who has answered before either
        self._start.setEnabled(False)
        self._start.setText("Preparing…")
        self._worker.request(Wanted(folder, step, layout, int(self.count.current()), self._seed))

    @Slot(int)
    def answer(self, said: int) -> None:
        """0: the left button, 1: the right one."""
        trial = self.trial
        if not self._open or trial is None:
            return
        self._open = False
        told = Answer(trial, said, self._exposure)
        self._answers.append(told)
        if self._exposure is not None:
            self._exposure = next_exposure(self._exposure, told.right)
        if self.trial is None:
            self._finish()
        else:
            self._ask()

    def confirm(self, noted: bool) -> None:
        """Whether the result is in the journal."""
        self._note.setText("Noted in the journal of the run." if noted else "Not noted: the journal cannot be written.")

    def shutdown(self) -> None:
        """End the worker and the clock."""
        self._worker.stop()
        self.stage.clear()

    # -- building ------------------------------------------------------------------------------------------------

    def _make_begin(self) -> QWidget:
        self.layout_choice = Segmented([("single", "One at a time"), ("pair", "Pairs")], name="Images")
        self.time = Segmented(
            [("free", "As long as you like"), ("timed", "Timed")],
            name="Time",
            tooltips={
                "free": "HYPE-infinity: no limit",
                "timed": f"HYPE-time: {START_MS} ms at first; shorter after a right answer, longer after a wrong one",
            },
        )
        self.count = Segmented([(each, each) for each in _COUNTS], name="Questions")
        self.count.set_current("50")
        self._start = Button("Start", "play", "primary")
        self._start.clicked.connect(self.begin)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addWidget(label("Real or generated?", "h1"))
        words = label(
            "You see training images and samples in random order, as many of one as of the other, and say which is "
            "which. Half wrong is no better than a coin: then the samples pass for real. Your error rate goes into "
            "the run’s journal, with its 95 % interval.",
            "lead",
            wrap=True,
        )
        words.setMaximumWidth(620)
        column.addWidget(words)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for row, (name, field) in enumerate(
            (("Images", self.layout_choice), ("Time", self.time), ("Questions", self.count))
        ):
            grid.addWidget(label(name, "label"), row, 0)
            grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addWidget(self._start, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return page

    def _make_ask(self) -> QWidget:
        self.stage = Stage()
        self.stage.shown.connect(self._on_shown)
        self._question, self._count = label("", "h2"), label("", "hint")
        self._left, self._right = Button(""), Button("")
        self._left.clicked.connect(lambda: self.answer(0))
        self._right.clicked.connect(lambda: self.answer(1))
        stop = Button("End now", role="flat", tooltip=f"End here; {FEWEST} answers or more are told")
        stop.clicked.connect(self._finish)
        page = QWidget()
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setContentsMargins(16, 12, 16, 0)
        head.addWidget(self._question)
        head.addStretch(1)
        head.addWidget(self._count)
        foot.setContentsMargins(16, 0, 16, 12)
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self._left)
        foot.addWidget(self._right)
        foot.addStretch(1)
        foot.addWidget(stop)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.stage, 1)
        column.addLayout(foot)
        return page

    def _make_end(self) -> QWidget:
        self._rate = label("", "big")
        self._within, self._told = label("", "lead", wrap=True), label("", "body", wrap=True)
        self._note = label("", "hint", wrap=True)
        again = Button("Once more", "arrow-counter-clockwise", tooltip="Other images, in another order")
        again.clicked.connect(self._give_up)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        for words in (self._rate, self._within, self._told, self._note):
            words.setMaximumWidth(620)
            column.addWidget(words)
        column.addSpacing(8)
        column.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return page

    # -- asking --------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_material(self, outcome: Outcome) -> None:
        self._start.setText("Start")
        self.set_place(self._place)
        if outcome.error is not None:
            self.failed.emit(str(outcome.error))
            return
        wanted: Wanted = outcome.request
        self._material = outcome.result
        self._trials = draw_trials(wanted.layout, wanted.count, wanted.images, wanted.images, wanted.seed)
        self._answers = []
        self._exposure = START_MS if self.time.current() == "timed" else None
        question, left, right = _WORDS[wanted.layout]
        self._question.setText(question)
        for button, text, key in ((self._left, left, "←"), (self._right, right, "→")):
            button.setText(f"{key} {text}" if button is self._left else f"{text} {key}")
            button.setAccessibleName(text)
        self._stack.setCurrentWidget(self._pages["ask"])
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._ask()

    def _ask(self) -> None:
        trial, material = self.trial, self._material
        assert trial is not None and material is not None, "there is a question left"
        self._count.setText(f"{len(self._answers) + 1} of {len(self._trials)}")
        self._allow(False)
        shown = []
        if trial.real is not None:
            shown.append(material.real[trial.real])
        if trial.fake is not None:
            shown.insert(0 if trial.fake_at == 0 else 1, material.fake[trial.fake])
        self.stage.ask(np.stack(shown), self._exposure, self._seed + len(self._answers))

    @Slot()
    def _on_shown(self) -> None:
        self._open = True
        self._allow(True)

    def _allow(self, allowed: bool) -> None:
        self._left.setEnabled(allowed)
        self._right.setEnabled(allowed)

    @Slot()
    def _finish(self) -> None:
        self._open = False
        self.stage.clear()
        if len(self._answers) < FEWEST or self._material is None:
            self._give_up()
            return
        result = summarise(self._answers)
        self._rate.setText(f"{100 * result.rate:.0f} % wrong")
        self._within.setText(within(result))
        self._told.setText(told(result))
        self._trials = ()
        self._stack.setCurrentWidget(self._pages["end"])
        self._note.setText("")
        self.judged.emit(event_of(result, self._material, self._seed))

    @Slot()
    def _give_up(self) -> None:
        self._open = False
        self._trials, self._answers, self._material = (), [], None
        self.stage.clear()
        self._start.setText("Start")
        self.set_place(self._place)
        self._stack.setCurrentWidget(self._pages["begin"])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right answer, R and G too where one image is shown; Escape ends."""
        keys = {Qt.Key.Key_Left: 0, Qt.Key.Key_Right: 1}
        if self.trial is not None and self.trial.layout == "single":
            keys |= {Qt.Key.Key_R: 0, Qt.Key.Key_G: 1}
        said = keys.get(Qt.Key(event.key()))
        if said is not None and self._open:
            self.answer(said)
        elif event.key() == Qt.Key.Key_Escape and self.trial is not None:
            self._finish()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """What is shown for some milliseconds must be seen: a question that is hidden is given up with all others."""
        super().hideEvent(event)
        if self.trial is not None and self._exposure is not None and self._stack.currentWidget() is self._pages["ask"]:
            self._give_up()


def within(result: Result) -> str:
    """The interval in words, and what it means."""
    span = f"95 % interval {100 * result.low:.0f} to {100 * result.high:.0f} %, {result.trials} answers."
    if result.timed:
        return f"{span} The time followed your answers, which holds the rate near 25 %."
    if result.high < 0.5:
        return f"{span} You can tell samples from reals."
    if result.low > 0.5:
        return f"{span} Wrong more often than a coin: you take the samples for the reals."
    return f"{span} No better than a coin, as far as so many answers tell."


def told(result: Result) -> str:
    """What else the answers say."""
    words = []
    if result.fooled is not None and result.mistrusted is not None:
        words.append(f"Samples taken for real: {100 * result.fooled:.0f} %.")
        words.append(f"Reals taken for generated: {100 * result.mistrusted:.0f} %.")
    if result.threshold is not None:
        words.append(f"Three in four right at {result.threshold:.0f} ms: the longer, the better the samples.")
    return " ".join(words)
