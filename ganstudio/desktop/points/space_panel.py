"""The Point space panel: the plane with its layers, the colour bar, and the timeline of samples."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ganstudio.config import RunConfig
from ganstudio.data.sources import find_source, modes_of
from ganstudio.desktop import format as fmt
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.points.plane import LayerName, Plane, Scene
from ganstudio.desktop.points.scale import Scale
from ganstudio.desktop.points.shading import BANDS, band_colours
from ganstudio.desktop.theme import DARK, font, paint_icon, qcolor, theme
from ganstudio.desktop.widgets.buttons import IconButton
from ganstudio.desktop.widgets.panel import HEADER, Panel, label, rule
from ganstudio.desktop.widgets.scrubber import Scrubber
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.errors import RunFolderError
from ganstudio.evaluation.points import ModeCounts, count_modes
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Landscape, Samples

_LAYERS: tuple[tuple[LayerName, str, str], ...] = (
    ("real", "Real", "Points of the data set, always the same ones"),
    ("generated", "Generated", "What G makes of the same latents each time"),
    ("map", "D(x) map", "What D says of each place: bright is real"),
    ("pull", "Gradient", "Where G’s loss pulls a generated point at each place"),
    ("modes", "Modes", "Three deviations around each mode; a missed one is dashed"),
)
_SIDE_WIDTH, _BAR_HEIGHT = 108, 152
_SHOWN = 1200
_log = logging.getLogger("ganstudio")


def read_points(job: Job) -> Landscape:
    """The work of a `Background`: some points of the data set named by the request, without a map."""
    source = find_source(job.request)
    found: list[NDArray[np.float32]] = []
    for item in source.pictures():
        if isinstance(item, tuple):
            found.append(item[0])
        if len(found) >= _SHOWN:
            break
    job.check()
    real = np.stack(found).astype(np.float32)
    extent = max(0.5, float(np.ceil(2.5 * np.abs(real).max()) / 2))
    empty = np.zeros((0, 0), np.float32)
    return Landscape(extent=extent, surface=empty, pull=np.zeros((0, 0, 2), np.float32), real=real)


class SpacePanel(Panel):
    """Shows the newest samples as they come, or earlier ones of the run folder where the timeline is moved back.

    Before there are any, it shows the points that would be learnt.
    """

    shown = Signal(object, object)
    """What is shown now: its step (None before any), and the `ModeCounts` (None where the data have no modes)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Point space", parent=parent)
        self._folder: RunFolder | None = None
        self._config: RunConfig | None = None
        self._name = ""
        self._live: Samples | None = None
        self._kept: Samples | None = None
        self.plane = Plane(self)
        self.scrubber = Scrubber(self)
        self._reader = Background(read_points, self)
        self._reader.done.connect(self._on_read)
        self._layers: dict[LayerName, QCheckBox] = {}
        self._build_header()
        self._lay_out()
        self.scrubber.moved.connect(self._on_moved)
        self.scrubber.live_requested.connect(self.show_newest)

    # -- the run -------------------------------------------------------------------------------------------------

    def preview(self, config: RunConfig) -> None:
        """No run: show the points of the data set that is chosen."""
        self._forget(None, config)
        self._name = config.dataset.name
        self.set_subtitle("the points to learn")
        self.plane.set_empty_text("Reading the points…")
        self.scrubber.setEnabled(False)
        self._reader.request(self._name)

    def begin(self, folder: RunFolder, config: RunConfig) -> None:
        """Another run: forget the last one."""
        same = self._folder is None and self._name == config.dataset.name
        real = self.plane.scene.landscape if same else None
        self._forget(folder, config)
        self._name = config.dataset.name
        self.scrubber.setEnabled(True)
        self.scrubber.set_target(config.training.steps)
        self.set_subtitle("waiting for the first samples")
        self.plane.set_empty_text("The first points appear a second after training begins.")
        if real is not None:
            self.plane.set_scene(replace(self.plane.scene, landscape=real))

    def shows(self, name: str) -> bool:
        """Whether the points of this data set are shown, and no run."""
        return self._folder is None and self._name == name

    def leave(self) -> None:
        """The run is shown no more."""
        self._folder, self._name = None, ""

    def add(self, event: Samples) -> None:
        """New points; they are shown unless the timeline has been moved back."""
        self.scrubber.add_sample(event.step)
        self._live = event if event.ema is not None and event.landscape is not None else None
        if self.scrubber.live:
            self.show_newest()

    @Slot()
    def show_newest(self) -> None:
        """Show the points at the timeline's end."""
        position = self.scrubber.position
        if position is not None:
            self._show(position)

    def shutdown(self) -> None:
        """End what runs in the background."""
        self.scrubber.stop()
        self._reader.stop()

    def _forget(self, folder: RunFolder | None, config: RunConfig) -> None:
        self._folder, self._config = folder, config
        self._live = self._kept = None
        self.scrubber.clear()
        self.plane.reset_view()
        self.plane.set_scene(Scene(modes=modes_of(config.dataset.name), layers=self.plane.scene.layers))
        self._show_facts()
        self.shown.emit(None, None)

    # -- showing -------------------------------------------------------------------------------------------------

    def _show(self, step: int) -> None:
        samples = self._samples(step)
        if samples is None or samples.landscape is None or self._config is None:
            return
        self._kept = samples
        generated = samples.ema if self._kind.current() == "ema" else samples.raw
        if generated is None:
            return
        modes = self.plane.scene.modes
        counts: ModeCounts | None = None if modes is None else count_modes(generated, modes)
        space = samples.landscape
        self.plane.set_scene(
            replace(
                self.plane.scene,
                landscape=space,
                generated=generated,
                scale=Scale.of(space.surface, self._config.objective.loss),
                covered=None if counts is None else counts.covered,
            )
        )
        self.set_subtitle(f"step {fmt.number(step)}, arrows show where D pulls a sample")
        self._show_facts()
        self.shown.emit(step, counts)

    def _samples(self, step: int) -> Samples | None:
        if self._live is not None and self._live.step == step:
            return self._live
        if self._kept is not None and self._kept.step == step:
            return self._kept
        if self._folder is None:
            return None
        try:
            return self._folder.read_points(step)
        except RunFolderError as error:
            _log.warning("%s", error)
            return None

    def _show_facts(self) -> None:
        scene = self.plane.scene
        self._bar.set_scale(scene.scale)
        count = 0 if scene.generated is None else len(scene.generated)
        self._fixed.setText(f"{fmt.number(count)} fixed z")
        self._fixed.setVisible(count > 0)
        real = 0 if scene.landscape is None else len(scene.landscape.real)
        self._real.setText(f"{fmt.number(real)} real" if real else "")

    @Slot(object)
    def _on_read(self, outcome: Outcome) -> None:
        if outcome.request != self._name or self._folder is not None:
            return
        if outcome.error is not None:
            self.plane.set_empty_text(str(outcome.error))
            return
        self.plane.set_scene(replace(self.plane.scene, landscape=outcome.result))
        self._show_facts()

    @Slot(int)
    def _on_moved(self, step: int) -> None:
        self._show(step)

    @Slot(str)
    def _on_kind(self, _key: str) -> None:
        if self._kept is not None:
            self._show(self._kept.step)

    @Slot()
    def _on_layers(self) -> None:
        self.plane.set_layers(frozenset(name for name, box in self._layers.items() if box.isChecked()))

    # -- building ------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        self._kind = Segmented(
            [("raw", "Raw"), ("ema", "EMA")],
            name="Generator",
            tooltips={"raw": "Points of G as it is, which D sees", "ema": "Points of the moving average of G"},
            parent=self,
        )
        self._kind.chosen.connect(self._on_kind)
        self.add_header_widget(self._kind, left=True)
        for icon, tip, slot in (
            ("minus", "Farther (−)", self.plane.zoom_out),
            ("plus", "Nearer (+)", self.plane.zoom_in),
            ("crosshair", "Show the whole plane (0)", self.plane.reset_view),
        ):
            button = IconButton(icon, tip, parent=self)
            button.clicked.connect(slot)
            self.add_header_widget(button)

    def _lay_out(self) -> None:
        self.body.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.plane, 1)
        row.addWidget(self._make_side())
        row.addStretch(0)
        self.body.addLayout(row, 1)
        self.body.addWidget(rule(self))
        self.body.addWidget(self.scrubber)

    def _make_side(self) -> QWidget:
        side = QWidget(self)
        side.setFixedWidth(_SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 10, 0, 8)
        column.setSpacing(4)
        column.addWidget(label("Layers", "title"))
        for name, text, tip in _LAYERS:
            line = QHBoxLayout()
            line.setSpacing(8)
            box = QCheckBox(text, side)
            box.setChecked(True)
            box.setToolTip(tip)
            box.setAccessibleName(f"Layer {text}")
            box.setFixedHeight(24)
            box.toggled.connect(self._on_layers)
            self._layers[name] = box
            line.addWidget(box, 1)
            line.addWidget(_Key(name, side))
            column.addLayout(line)
        column.addSpacing(12)
        column.addWidget(label("D says", "title"))
        self._bar = _ColourBar(side)
        column.addWidget(self._bar)
        column.addSpacing(12)
        column.addWidget(label("Points", "title"))
        self._fixed, self._real = label("", "hint"), label("", "hint")
        column.addWidget(self._fixed)
        column.addWidget(self._real)
        column.addStretch(1)
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low panel has a shorter bar; beside the square of a wide one, its layers stand next to it."""
        super().resizeEvent(event)
        self.plane.fit_height(self.height() - HEADER - 1 - self.scrubber.height())
        self._bar.setFixedHeight(_BAR_HEIGHT if self.height() >= 560 else 96)


class _Key(QWidget):
    """How a layer looks, as small as a letter."""

    def __init__(self, layer: LayerName, parent: QWidget) -> None:
        super().__init__(parent)
        self._layer = layer
        self.setFixedSize(16, 16)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = QRectF(self.rect()).center()
        match self._layer:
            case "real" | "generated":
                painter.setBrush(qcolor("real" if self._layer == "real" else "g"))
                painter.drawEllipse(middle, 4, 4)
            case "map":
                colours = band_colours()[:: BANDS // 4]
                for index, colour in enumerate(colours.tolist()):
                    painter.fillRect(QRectF(1 + 3.5 * index, 3, 3.5, 10), QColor(*colour))
            case "pull":
                paint_icon(painter, "arrow-right", QRectF(1, 1, 14, 14), "ink2")
            case "modes":
                painter.setPen(QPen(qcolor("ink2"), 1.2))
                painter.drawEllipse(middle, 5, 5)
        painter.end()


class _ColourBar(QWidget):
    """The bands of D's map with what they mean."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._scale: Scale | None = None
        self.setFixedHeight(_BAR_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the map’s brightness means")
        theme().changed.connect(self.update)

    def set_scale(self, scale: Scale | None) -> None:
        """Tell the values of another map; None while there is none."""
        self._scale = scale
        if scale is not None:
            kind = "D’s belief that a point is real" if scale.is_probability else "D’s score, in logits"
            self.setToolTip(f"{kind}: from {scale.words()[2]} to {scale.words()[0]}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE_WIDTH, _BAR_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top, height = 4, self.height() - 8
        edges = np.linspace(top + height, top, BANDS + 1)
        for index, colour in enumerate(band_colours().tolist()):
            low, high = round(edges[index]), round(edges[index + 1])
            painter.fillRect(0, high, 12, low - high, QColor(*colour))
        painter.setPen(QColor(DARK.line))
        painter.drawRect(0, top, 11, height - 1)
        if self._scale is not None:
            painter.setFont(font(11))
            for text, y in zip(self._scale.words(), (top + 7, top + height / 2, top + height - 7), strict=True):
                painter.setPen(qcolor("ink2"))
                place = QRectF(20, y - 8, self.width() - 20, 16)
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
