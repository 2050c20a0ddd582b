"""Below an enlarged sample: the real images nearest to it, and whether it is new."""

from __future__ import annotations

from PySide6.QtCore import QRect, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.train.nearest import SHOWN, Nearest, NearestReals, Wanted
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.imaging import enlarged, to_qimage
from ganstudio.desktop.widgets.panel import label

_SIDE = 56
_PATIENCE_MS = 300
"""A sample must have been looked at for so long; those that are flown over cost nothing."""
_LIVE_MS = 1500
"""The same sample of later steps, which come by themselves, is compared no more often than this."""


class NearestView(QWidget):
    """Asks for the nearest images of the newest sample it was given, off the GUI's thread; hidden without an answer."""

    def __init__(self, parent: QWidget | None = None, *, shown: int = SHOWN) -> None:
        super().__init__(parent)
        self._wanted: Wanted | None = None
        self._answered: Wanted | None = None
        self._worker = Background(NearestReals(), self)
        self._worker.done.connect(self._on_done)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._ask)
        self._away = label("", "hint")
        self._away.setToolTip("Euclidean distance of pixels from 0 to 1")
        self.strip = _Strip(self, shown)
        self._glyph, self._verdict = Glyph("check-circle", "ok"), label("", "note", wrap=True)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(label("Nearest real images", "title"))
        head.addStretch(1)
        head.addWidget(self._away)
        foot.setSpacing(6)
        foot.addWidget(self._glyph)
        foot.addWidget(self._verdict, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.strip)
        column.addLayout(foot)
        self.hide()

    def look_at(self, wanted: Wanted | None) -> None:
        """Find out about another sample, or the same of another step (the last of the `key` is its place in the grid);
        what is known of that one stays until then. None: there is none."""
        before, self._wanted = self._wanted, wanted
        if wanted is None:
            self._patience.stop()
            self._worker.cancel()
            self.hide()
        elif before is None or before.key[-1] != wanted.key[-1]:
            self.strip.clear()
            self._away.setText("")
            self._glyph.set_icon("magnifying-glass", "ink3")
            self._verdict.setText("Comparing with real images")
            self._patience.start(_PATIENCE_MS)
        elif not self._patience.isActive():
            self._patience.start(_LIVE_MS)

    def resume(self) -> None:
        """It can be seen again: find out about what came meanwhile."""
        if self._wanted is not None and self._answered is not self._wanted:
            self._patience.start(_PATIENCE_MS)

    def verdict(self) -> str:
        """What is said of the sample; empty while nothing is."""
        return "" if self.isHidden() else self._verdict.text()

    def shutdown(self) -> None:
        """End the worker."""
        self._patience.stop()
        self._worker.stop()

    @Slot()
    def _ask(self) -> None:
        parent = self.parentWidget()
        if self._wanted is not None and parent is not None and parent.isVisible():
            self._worker.request(self._wanted)

    @Slot(object)
    def _on_done(self, outcome: Outcome) -> None:
        if outcome.request is not self._wanted:
            return
        self._answered = self._wanted
        found: Nearest | None = outcome.result
        self.setVisible(found is not None)
        if found is None:
            return
        self.strip.set_images(found)
        self._away.setText(f"{fmt.number(float(found.distances[0]))} away")
        if found.is_copy:
            self._glyph.set_icon("warning", "warn")
            words = f"All but a copy: 99 in 100 real images lie {fmt.number(found.twins)} or more from their nearest"
        else:
            self._glyph.set_icon("check-circle", "ok")
            words = f"New: typical real pairs lie {fmt.number(found.usual)} apart"
        part = "" if found.compared == found.count else f", of {fmt.number(found.compared)} compared"
        self._verdict.setText(words + part)


class _Strip(QWidget):
    """The first `shown` images side by side, nearest first, in whole-number scales where they fit."""

    def __init__(self, parent: QWidget, shown: int) -> None:
        super().__init__(parent)
        self._shown = shown
        self.setFixedSize(shown * _SIDE, _SIDE)
        self._found: Nearest | None = None

    def set_images(self, found: Nearest) -> None:
        """Show these."""
        self._found = found
        distances = ", ".join(fmt.number(float(one)) for one in found.distances[: self._shown])
        self.setToolTip(f"Distances {distances}")
        self.setAccessibleName(f"Nearest real images, at distances {distances}")
        self.update()

    def clear(self) -> None:
        """Show none."""
        self._found = None
        self.setToolTip("")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The images on the ground that is behind all images."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.qcolor("canvas"))
        if self._found is not None:
            for index, pixels in enumerate(self._found.images[: self._shown]):
                picture = to_qimage(pixels)
                if (factor := _SIDE // picture.width()) > 1:
                    picture = enlarged(picture, factor)
                side = min(_SIDE, picture.width())
                room = (_SIDE - side) // 2
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > _SIDE)
                painter.drawImage(QRect(index * _SIDE + room, room, side, side), picture)
        painter.end()
