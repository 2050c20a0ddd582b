"""What D thinks of the image: its score on a bar, beside the scores of other samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.desktop import theme
from ganstudio.desktop.explore.state import signed
from ganstudio.desktop.widgets.panel import label

if TYPE_CHECKING:
    from ganstudio.latent.verdict import Verdict

_BAR, _BAND = 8, 3
_ROOM = 1.25
"""How much farther than the farthest score the bar reaches."""
_LEAST = 0.5


class VerdictView(QWidget):
    """Heading with the score, the bar, and what its ends mean; hidden without a verdict."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = VerdictBar(self)
        self._score, self._middle = label("", "hint"), label("", "hint")
        self._left, self._right = label("fake", "hint"), label("real", "hint")
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(label("What D thinks", "title"))
        head.addStretch(1)
        head.addWidget(self._score)
        self._middle.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._right.setAlignment(Qt.AlignmentFlag.AlignRight)
        for part in (self._left, self._middle, self._right):
            foot.addWidget(part, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addLayout(foot)
        self._problem = label("", "hint", wrap=True)
        column.addWidget(self._problem)
        self._show_parts(True)
        self.hide()

    def set_problem(self, sentence: str) -> None:
        """Say why there is no verdict."""
        self.show()
        self._score.setText("")
        self._problem.setText(sentence)
        self._show_parts(False)

    def set_verdict(self, verdict: Verdict | None) -> None:
        """Show a verdict, or none."""
        self.setVisible(verdict is not None)
        self.bar.set_verdict(verdict)
        self._show_parts(verdict is not None)
        if verdict is None:
            return
        low, high = (signed(end) for end in verdict.usual)
        self._score.setText(f"score {signed(verdict.score)}")
        if verdict.middle is None:
            words = "Its loss gives single scores no meaning: only which is higher counts."
            self._left.setText("less real")
            self._middle.setText("its samples")
            self._right.setText("more real")
        else:
            words = f"Its loss puts generated images below {signed(verdict.middle, 1)} and real ones above."
            self._left.setText("fake")
            self._middle.setText(signed(verdict.middle, 1) if verdict.middle else "0")
            self._right.setText("real")
        self.setToolTip(f"D's own score of this image. {words} Four in five of G's samples score {low} to {high}.")
        self.setAccessibleDescription(f"score {signed(verdict.score)}, samples usually {low} to {high}")

    def _show_parts(self, known: bool) -> None:
        for part in (self.bar, self._left, self._middle, self._right):
            part.setVisible(known)
        self._problem.setVisible(not known)

    @property
    def said(self) -> str:
        """The score in words; empty without a verdict."""
        return "" if self.isHidden() else self._score.text()


class VerdictBar(QWidget):
    """From the middle to the score in D's colour; below it, in G's, where four in five other samples lie."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What D thinks")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_BAR + 2 + _BAND)
        self._verdict: Verdict | None = None

    def set_verdict(self, verdict: Verdict | None) -> None:
        """Show a verdict, or an empty bar."""
        if verdict != self._verdict:
            self._verdict = verdict
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, _BAR + 2 + _BAND)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, self.width(), _BAR), theme.qcolor("hover"))
        if self._verdict is not None:
            middle, score, low, high = self._places(self._verdict)
            painter.fillRect(QRectF(min(middle, score), 0, abs(score - middle), _BAR), theme.qcolor("d"))
            painter.fillRect(QRectF(score - 1, 0, 2, _BAR), theme.qcolor("d"))
            painter.fillRect(QRectF(middle, 0, 1, _BAR), theme.qcolor("ink2"))
            painter.fillRect(QRectF(low, _BAR + 2, max(2.0, high - low), _BAND), theme.qcolor("g"))
        painter.end()

    def _places(self, verdict: Verdict) -> tuple[float, float, float, float]:
        """Where the middle, the score and the ends of what is usual lie, in pixels."""
        low, high = verdict.usual
        middle = (low + high) / 2 if verdict.middle is None else verdict.middle
        reach = _ROOM * max(_LEAST, *(abs(value - middle) for value in (verdict.score, low, high)))
        half = self.width() / 2
        placed = [half + half * (value - middle) / reach for value in (middle, verdict.score, low, high)]
        return placed[0], placed[1], placed[2], placed[3]
