"""The layers of the generator: what their channels make of the latent, and each of them louder or mute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.explore.layers.channel_sheet import ChannelSheet
from ganstudio.desktop.explore.state import MOST
from ganstudio.desktop.explore.truncation import ResettingSlider
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.panel import label, rule
from ganstudio.desktop.widgets.scrolled import OverlayScroll

if TYPE_CHECKING:
    from ganstudio.latent.layers import Layer

_SIZE = (540, 620)
_HOW = "Each square is what one channel makes of this latent. Make it louder or mute it, and the image follows."


class LayersDialog(QDialog):
    """Stays open beside the window. It shows what it is told and tells what the person does."""

    layer_chosen = Signal(str)
    factor_moved = Signal(int, float)
    """A channel of the layer, and what it is to be multiplied by."""
    released = Signal()
    restore_requested = Signal()
    """All channels of all layers as they were."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Layers of the generator")
        self.layers, self.sheet = QComboBox(), ChannelSheet()
        self.slider = ResettingSlider(Qt.Orientation.Horizontal)
        self._size, self._channel, self._factor = label("", "hint"), label("", "title"), label("", "number")
        self._said = label(_HOW, "body", wrap=True)
        self._mute = Button("Mute", "speaker-slash", small=True, tooltip="Multiply the channel by 0")
        self._boost = Button("Boost", "speaker-high", small=True, tooltip="Multiply the channel by 2")
        self._restore = Button("Restore", "arrow-counter-clockwise", small=True, tooltip="The channel as it was")
        self._all = Button("Restore all", small=True, tooltip="All channels of all layers as they were")
        self._factors: Mapping[int, float] = {}
        self._chosen = 0
        self._lay_out()
        self._connect()
        self._show_channel()

    @property
    def channel(self) -> int:
        """The channel in hand."""
        return self._chosen

    def set_layers(self, layers: Sequence[Layer], current: str) -> None:
        """The layers to choose from, and which one is shown."""
        names = [layer.name for layer in layers]
        if names != [self.layers.itemData(index) for index in range(self.layers.count())]:
            self.layers.clear()
            for number, layer in enumerate(layers, 1):
                self.layers.addItem(f"{number}  {layer.name}", layer.name)
        self.layers.setCurrentIndex(names.index(current))
        shown = layers[names.index(current)]
        of = "numbers" if shown.height == shown.width == 1 else f"maps of {shown.height} × {shown.width}"
        self._size.setText(f"{fmt.number(shown.channels)} {of}")

    def set_maps(self, maps: NDArray[np.uint8] | None) -> None:
        """The maps (channels, height, width) of the layer."""
        self.sheet.set_maps(maps)
        self._take(min(self._chosen, 0 if maps is None else len(maps) - 1))

    def set_factors(self, factors: Mapping[int, float], *, others: bool) -> None:
        """What the channels of the layer are multiplied by, and whether any of `others` is."""
        self._factors = factors
        self.sheet.set_factors(factors)
        self._all.setEnabled(bool(factors) or others)
        self._show_channel()

    def set_problem(self, sentence: str | None) -> None:
        """Say why there is nothing to see."""
        self._said.setText(sentence or _HOW)

    def _lay_out(self) -> None:
        self.layers.setAccessibleName("Layer")
        self.layers.setToolTip("The layers with weights, in the order in which they make the image")
        self.slider.setRange(0, round(100 * MOST))
        self.slider.setPageStep(25)
        self.slider.setAccessibleName("Factor of the channel")
        self.slider.setToolTip("What the channel is multiplied by: 0 mutes it, 1 leaves it; a double click restores it")
        self._factor.setFixedWidth(48)
        self._factor.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head, row, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for each in (head, row, foot):
            each.setSpacing(8)
        head.addWidget(self.layers, 1)
        head.addWidget(self._size)
        row.addWidget(self._channel)
        row.addWidget(self.slider, 1)
        row.addWidget(self._factor)
        for button in (self._mute, self._boost, self._restore):
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(self._all)
        scroll = OverlayScroll(self)
        holder = scroll.column(0, 0, 12, 0)
        holder.addWidget(self.sheet)
        holder.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 16, 16, 16)
        rows.setSpacing(12)
        rows.addWidget(self._said)
        rows.addLayout(head)
        rows.addWidget(scroll, 1)
        rows.addWidget(rule())
        rows.addLayout(row)
        rows.addLayout(foot)
        self.resize(*_SIZE)

    def _connect(self) -> None:
        self.layers.activated.connect(self._on_layer)
        self.sheet.chosen.connect(self._take)
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self.released)
        self.slider.reset_requested.connect(self._on_restore)
        self._mute.clicked.connect(self._on_mute)
        self._boost.clicked.connect(self._on_boost)
        self._restore.clicked.connect(self._on_restore)
        self._all.clicked.connect(self.restore_requested)

    def _show_channel(self) -> None:
        factor, known = self._factors.get(self._chosen, 1.0), self.sheet.maps is not None
        self._channel.setText(f"Channel {self._chosen + 1}" if known else "")
        self._factor.setText(f"×{fmt.number(factor, 2)}" if known else "")
        for part in (self.slider, self._mute, self._boost):
            part.setEnabled(known)
        self._restore.setEnabled(known and factor != 1.0)
        if not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(round(100 * factor))
            self.slider.blockSignals(False)

    def _set(self, factor: float) -> None:
        self.factor_moved.emit(self._chosen, factor)
        self.released.emit()

    @Slot(int)
    def _take(self, channel: int) -> None:
        self._chosen = max(0, channel)
        self.sheet.choose(self._chosen)
        self._show_channel()

    @Slot(int)
    def _on_layer(self, index: int) -> None:
        self._chosen = 0
        self.layer_chosen.emit(self.layers.itemData(index))

    @Slot(int)
    def _on_slider(self, percent: int) -> None:
        self._factor.setText(f"×{fmt.number(percent / 100, 2)}")
        self.factor_moved.emit(self._chosen, percent / 100)
        if not self.slider.isSliderDown():
            self.released.emit()

    @Slot()
    def _on_mute(self) -> None:
        self._set(0.0)

    @Slot()
    def _on_boost(self) -> None:
        self._set(2.0)

    @Slot()
    def _on_restore(self) -> None:
        self._set(1.0)
