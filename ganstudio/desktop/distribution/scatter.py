"""Reals and samples as points of a map: the picture of a point under the pointer, and one that is kept by a click."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.distribution.working import small
from ganstudio.desktop.theme import font, qcolor, theme
from ganstudio.desktop.widgets.imaging import enlarged, to_qimage
from ganstudio.desktop.widgets.painting import paint_focus
from ganstudio.runs.distribution import Distribution, Side

_MARGIN, _RADIUS, _REACH = 24, 2.0, 9.0
_CARD_SIDE, _PADDING, _AWAY = 84, 6, 14
_FAINT = 40
_TOKENS: dict[Side, str] = {"real": "real", "fake": "g"}
_RING = "#3fbfae"


@dataclass(frozen=True)
class Point:
    """One of the points."""

    side: Side
    index: int


class Scatter(QWidget):
    """The map of a `Distribution`. Left and Right go from point to point, Enter or a click keeps one."""

    picked = Signal(object)
    """A `Point`; None when the click hit none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Distribution | None = None
        self._places = np.empty((0, 2))
        self._order = np.empty(0, np.int64)
        self._still: QPixmap | None = None
        self._hovered: int | None = None
        self._picked: int | None = None
        self._cluster: int | None = None
        self._sides: frozenset[Side] = frozenset({"real", "fake"})
        self.setMouseTracking(True)
        self.setMinimumSize(320, 280)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Feature map")
        theme().changed.connect(self._redraw)

    def set_distribution(self, found: Distribution | None) -> None:
        """Show another map, or none."""
        self._found = found
        self._hovered = self._picked = self._cluster = None
        if found is not None:
            self._places = np.concatenate([found.map.real, found.map.fake]).astype(np.float64)
            self._order = np.argsort(self._places[:, 0], kind="stable")
            self.setAccessibleDescription(f"{len(found.map.real)} real and {len(found.map.fake)} generated images")
        self._redraw()

    def set_sides(self, sides: frozenset[Side]) -> None:
        """Show these only."""
        self._sides = sides
        self._hovered = None
        self._redraw()

    def set_cluster(self, cluster: int | None) -> None:
        """Let one cluster stand out; None for none."""
        if cluster != self._cluster:
            self._cluster = cluster
            self._redraw()

    def pick(self, point: Point | None) -> None:
        """Ring a point, without a signal."""
        self._picked = None if point is None else self._number(point)
        self.update()

    def image(self) -> QImage:
        """What is shown, without what the pointer calls up."""
        still = self._painted()
        return still.toImage()

    def place_of(self, point: Point) -> QPointF:
        """Where a point is painted."""
        return self._to_screen()[self._number(point)]

    def hovered(self) -> Point | None:
        """The point whose picture is shown at the pointer."""
        return None if self._hovered is None else self._point(self._hovered)

    def sizeHint(self) -> QSize:
        return QSize(640, 560)

    # events

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the picture of the nearest point."""
        self._hover(self._nearest(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep the nearest point."""
        if event.button() == Qt.MouseButton.LeftButton and self._found is not None:
            self._pick(self._nearest(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nobody points."""
        self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """From point to point in the order of the horizontal axis."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._found is not None:
            self._hover(self._beside(step))
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._hovered is not None:
            self._pick(self._hovered)
        elif event.key() == Qt.Key.Key_Escape and self._picked is not None:
            self._pick(None)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._hover(None)

    def resizeEvent(self, event: object) -> None:
        """Paint anew."""
        self._still = None

    @Slot()
    def _redraw(self) -> None:
        self._still = None
        self.update()

    def _hover(self, number: int | None) -> None:
        if number != self._hovered:
            self._hovered = number
            self.update()

    def _pick(self, number: int | None) -> None:
        self._picked = number
        self.update()
        self.picked.emit(None if number is None else self._point(number))

    # points

    def _number(self, point: Point) -> int:
        assert self._found is not None
        return point.index + (0 if point.side == "real" else len(self._found.map.real))

    def _point(self, number: int) -> Point:
        assert self._found is not None
        reals = len(self._found.map.real)
        return Point("real", number) if number < reals else Point("fake", number - reals)

    def _seen(self, number: int) -> bool:
        return self._point(number).side in self._sides

    def _nearest(self, at: QPointF) -> int | None:
        if self._found is None:
            return None
        xy = self._scaled()
        away = np.hypot(xy[:, 0] - at.x(), xy[:, 1] - at.y())
        reals = len(self._found.map.real)
        if "real" not in self._sides:
            away[:reals] = np.inf
        if "fake" not in self._sides:
            away[reals:] = np.inf
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _REACH else None

    def _beside(self, step: int) -> int | None:
        order = [int(number) for number in self._order if self._seen(int(number))]
        if not order:
            return None
        start = self._hovered if self._hovered is not None else self._picked
        at = order.index(start) + step if start in order else 0
        return order[min(len(order) - 1, max(0, at))]

    def _scaled(self) -> NDArray[np.float64]:
        """Every point in px; both axes in one scale, around the middle of all."""
        low, high = self._places.min(axis=0), self._places.max(axis=0)
        room = np.array([self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN], np.float64)
        scale = float(np.min(room / np.maximum(high - low, 1e-9)))
        xy = (self._places - (low + high) / 2) * [scale, -scale]
        moved: NDArray[np.float64] = xy + np.array([self.width() / 2, self.height() / 2])
        return moved

    def _to_screen(self) -> list[QPointF]:
        return [QPointF(x, y) for x, y in self._scaled()]

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The points, then what is kept and what is pointed at."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._painted())
        if self._found is not None:
            xy = self._scaled()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for number, colour in ((self._picked, QColor(_RING)), (self._hovered, qcolor("ink"))):
                if number is not None:
                    painter.setPen(QPen(colour, 2))
                    painter.drawEllipse(QPointF(*xy[number]), 5.0, 5.0)
            if self._hovered is not None:
                self._paint_card(painter, self._hovered, QPointF(*xy[self._hovered]))
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))
        painter.end()

    def _painted(self) -> QPixmap:
        if self._still is None:
            ratio = self.devicePixelRatioF()
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(qcolor("panel"))
            if self._found is not None:
                painter = QPainter(self._still)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._paint_points(painter, self._found)
                self._paint_names(painter, self._found)
                painter.end()
        return self._still

    def _paint_points(self, painter: QPainter, found: Distribution) -> None:
        places = self._to_screen()
        of = np.concatenate([found.map.real_cluster, found.map.fake_cluster])
        painter.setPen(Qt.PenStyle.NoPen)
        # By turns, so that neither side hides the other.
        for number in np.random.default_rng(0).permutation(len(places)).tolist():
            side = self._point(number).side
            if side in self._sides:
                faint = self._cluster is not None and of[number] != self._cluster
                painter.setBrush(qcolor(_TOKENS[side], _FAINT if faint else 200))
                painter.drawEllipse(places[number], _RADIUS, _RADIUS)

    def _paint_names(self, painter: QPainter, found: Distribution) -> None:
        """The number of each cluster in the middle of its reals; those that samples miss in amber."""
        painter.setFont(font(11, 600))
        xy = self._scaled()[: len(found.map.real)]
        for index, cluster in enumerate(found.map.clusters):
            members = xy[found.map.real_cluster == index]
            if not len(members):
                continue
            x, y = members.mean(axis=0)
            box = QRectF(x - 10, y - 8, 20, 16)
            missed = cluster.standing == "missed"
            painter.setPen(QPen(qcolor("warn" if missed else "edge"), 1))
            painter.setBrush(qcolor("warn_soft" if missed else "raised", 235))
            painter.drawRoundedRect(box, 3, 3)
            painter.setPen(qcolor("warn" if missed else "ink"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(index + 1))

    def _paint_card(self, painter: QPainter, number: int, at: QPointF) -> None:
        assert self._found is not None
        point = self._point(number)
        pixels = small(self._found.side(point.side).images[point.index : point.index + 1])[0]
        picture = to_qimage(pixels)
        picture = enlarged(picture, max(1, _CARD_SIDE // picture.width()))
        words = words_of(self._found, point)
        painter.setFont(font(11))
        lines = words.split("\n")
        wide = max(picture.width(), *(painter.fontMetrics().horizontalAdvance(line) for line in lines))
        size = QSize(wide + 2 * _PADDING, picture.height() + 16 * len(lines) + 2 * _PADDING + 2)
        left = at.x() + _AWAY if at.x() + _AWAY + size.width() <= self.width() else at.x() - _AWAY - size.width()
        top = min(max(0.0, at.y() - size.height() / 2), self.height() - size.height())
        box = QRect(int(left), int(top), size.width(), size.height())
        painter.setPen(QPen(qcolor("edge"), 1))
        painter.setBrush(qcolor("raised"))
        painter.drawRoundedRect(box, 4, 4)
        painter.drawImage(box.left() + _PADDING, box.top() + _PADDING, picture)
        below = box.adjusted(_PADDING, _PADDING + picture.height() + 2, -_PADDING, 0)
        for index, line in enumerate(lines):
            painter.setPen(qcolor("ink" if not index else "ink2"))
            painter.drawText(below.left(), below.top() + 12 + 16 * index, line)


def words_of(found: Distribution, point: Point) -> str:
    """What a point is, in two lines: kind and class, then cluster and score."""
    pictures = found.side(point.side)
    of = found.map.real_cluster if point.side == "real" else found.map.fake_cluster
    kind = "Real" if point.side == "real" else "Generated"
    if pictures.labels is not None:
        label = int(pictures.labels[point.index])
        kind += f" {found.classes[label]}" if label < len(found.classes) else f" {label}"
    score = "" if pictures.scores is None else f" · D {fmt.number(float(pictures.scores[point.index]))}"
    return f"{kind}\nCluster {int(of[point.index]) + 1}{score}"
