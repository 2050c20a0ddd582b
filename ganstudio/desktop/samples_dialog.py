"""The dialog in which many samples of a run are asked for, drawn and written, with progress, while the studio lives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QRegularExpression, Qt, Slot
from PySide6.QtGui import QCloseEvent, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from ganstudio.desktop import format as fmt
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.sampling import DrawRequest, Subject, draw_samples
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.panel import label
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.evaluation.slices import Slice
from ganstudio.export.draw import Wish

_MOST, _LARGEST_SEED, _MOST_CANDIDATES = 1_000_000, 2**31 - 1, 64
_WIDTH = 440
_EVERY, _ALL = "every", -1
_FACTORS = (1, 2, 3, 4, 8)


class SamplesDialog(QDialog):
    """What to draw from a run, and how far it is; does not block the window. It is gone when it is closed."""

    def __init__(self, subject: Subject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Draw samples")
        self._subject = subject
        self._worker = Background(draw_samples, self)
        points = subject.facts.shape.subject == "points"
        self.steps = _combo("Checkpoint", [(f"Step {fmt.number(step)}", step) for step in reversed(subject.steps)])
        self.networks = Segmented([("ema", "EMA"), ("raw", "Raw")], name="Networks")
        self.count = _number("How many", 1000, "How many samples are drawn")
        self.seed = _number("Seed", 0, "The seed of the latents: the same seed draws the same samples")
        self.classes = _combo("Class", [("All in turn", _ALL), *((c, i) for i, c in enumerate(subject.facts.classes))])
        self.which = _combo(
            "Which",
            [
                ("As they come", _EVERY),
                ("The best of a few by D's score", "critic"),
                ("Of a few, the farthest from the training data", "distance"),
            ],
        )
        self.candidates = _number("A few are", 8, "So many of a class are drawn for each that is kept: 2 to 64")
        self.factor = _combo("Size", [("As made" if n == 1 else f"× {n}", n) for n in _FACTORS])
        self.method = Segmented([("nearest", "Sharp pixels"), ("bicubic", "Smooth")], name="Enlarged by")
        kinds = [("npz", "One .npz")] if points else [("folder", "Folder of PNG"), ("npz", "One .npz")]
        self.kind = Segmented(kinds, name="Written as")
        self.progress, self.words = QProgressBar(), label("", "hint")
        self.start = Button("Draw…", "export", "primary", tooltip="Choose where, and draw")
        self.stop = Button("Close", tooltip="Close this dialog; what is being drawn is broken off and leaves nothing")
        self._rows: list[tuple[QLabel, QWidget]] = []
        self._lay_out()
        self._connect()
        self._show_what_applies()

    def draw_into(self, out: Path) -> None:
        """Draw what is asked for into a file or a new folder."""
        self._show_progress(0.0, "Loading the networks")
        step = int(self.steps.currentData())
        checkpoint = self._subject.folder.checkpoint_path(step)
        self._worker.request(DrawRequest(checkpoint, out, self.wish(), ema=self.networks.current() == "ema"))

    def wish(self) -> Wish:
        """What is asked for, with numbers brought into their ranges."""
        by, chosen = self.which.currentData(), int(self.classes.currentData())
        few = 1 if by == _EVERY else _value(self.candidates, 2, _MOST_CANDIDATES)
        return Wish(
            count=_value(self.count, 1, _MOST),
            seed=_value(self.seed, 0, _LARGEST_SEED),
            label=None if chosen == _ALL else chosen,
            candidates=few,
            by="critic" if by == _EVERY else by,
            factor=int(self.factor.currentData()),
            method=cast(Any, self.method.current()),
        )

    @property
    def is_busy(self) -> bool:
        """Whether something is being drawn."""
        return self._worker.is_busy()

    def shutdown(self) -> None:
        """Break off, and wait for the thread."""
        self._worker.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shutdown()
        super().closeEvent(event)

    def reject(self) -> None:
        """Escape and Close: first what is being drawn ends, then the dialog."""
        if self.is_busy:
            self._worker.cancel()
            self._show_idle("Broken off; nothing was written.")
        else:
            self.close()

    def _lay_out(self) -> None:
        facts = self._subject.facts
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(self._subject.title, "title"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        rows: list[tuple[str, QWidget, bool]] = [
            ("Networks", _beside(self.networks, self.steps), True),
            ("How many", self.count, True),
            ("Class", self.classes, bool(facts.classes)),
            ("Seed", self.seed, True),
            ("Which", self.which, True),
            ("Of so many", self.candidates, True),
            ("Size", self.factor, facts.shape.subject != "points"),
            ("Enlarged by", self.method, True),
            ("Written as", self.kind, True),
        ]
        for row, (text, widget, applies) in enumerate(rows):
            named = label(text, "label")
            grid.addWidget(named, row, 0)
            grid.addWidget(widget, row, 1)
            self._rows.append((named, widget))
            named.setVisible(applies)
            widget.setVisible(applies)
        self.words.setWordWrap(True)
        column.addWidget(self.words)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of drawing")
        self.progress.hide()
        column.addWidget(self.progress)
        column.addStretch(1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.stop)
        foot.addWidget(self.start)
        column.addLayout(foot)
        self.setMinimumWidth(_WIDTH)

    def _connect(self) -> None:
        for combo in (self.which, self.factor):
            combo.currentIndexChanged.connect(self._show_what_applies)
        self.start.clicked.connect(self._ask_where)
        self.stop.clicked.connect(self.reject)
        self._worker.progressed.connect(self._on_progressed)
        self._worker.done.connect(self._on_done)

    @Slot()
    def _show_what_applies(self) -> None:
        applies = {
            self.candidates: self.which.currentData() != _EVERY,
            self.method: int(self.factor.currentData()) > 1,
        }
        for named, widget in self._rows:
            if widget in applies:
                named.setVisible(applies[widget])
                widget.setVisible(applies[widget])

    @Slot()
    def _ask_where(self) -> None:
        file = self.kind.current() == "npz"
        name = f"{self._subject.folder.name}-samples{'.npz' if file else ''}"
        dialog = QFileDialog(self, "Draw samples into", str(Path.home() / name), "NumPy arrays (*.npz)" if file else "")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        if file:
            dialog.setDefaultSuffix("npz")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.open()

    @Slot(str)
    def _on_chosen(self, chosen: str) -> None:
        self.draw_into(Path(chosen))

    @Slot(object)
    def _on_progressed(self, piece: Slice) -> None:
        share = piece.done / piece.total if piece.total else 0.0
        what = "Looking at the training images" if piece.what == "reals" else "Drawing"
        self._show_progress(share, f"{what}: {fmt.number(piece.done)} of {fmt.number(piece.total)}")

    @Slot(object)
    def _on_done(self, outcome: Outcome) -> None:
        self._show_idle(str(outcome.error) if outcome.error is not None else f"Written to {outcome.result}")

    def _show_progress(self, share: float, words: str) -> None:
        self.progress.setVisible(True)
        self.progress.setValue(round(1000 * share))
        self.words.setText(words)
        self.start.setEnabled(False)
        self.stop.setText("Cancel")

    def _show_idle(self, words: str) -> None:
        self.progress.setVisible(False)
        self.words.setText(words)
        self.start.setEnabled(True)
        self.stop.setText("Close")


def _combo(name: str, items: Sequence[tuple[str, Any]]) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    combo.setProperty("small", True)
    for text, data in items:
        combo.addItem(text, data)
    return combo


def _number(name: str, value: int, tooltip: str) -> QLineEdit:
    field = QLineEdit(fmt.number(value))
    field.setAccessibleName(name)
    field.setToolTip(tooltip)
    field.setValidator(QRegularExpressionValidator(QRegularExpression(r"[0-9 \x{202f}]{1,14}"), field))
    return field


def _value(field: QLineEdit, lowest: int, highest: int) -> int:
    """The number in a field, brought into its range and shown so; the lowest where there is none."""
    try:
        value = min(highest, max(lowest, int(fmt.parse_number(field.text()))))
    except ValueError:
        value = lowest
    field.setText(fmt.number(value))
    return value


def _beside(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1 if widget is widgets[-1] else 0)
    return holder
