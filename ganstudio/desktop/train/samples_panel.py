"""The Samples panel: the grid of fixed latents over training, one sample enlarged, and the timeline."""

from __future__ import annotations

import logging
import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ganstudio.config import DatasetConfig, RunConfig
from ganstudio.desktop import format as fmt
from ganstudio.desktop.train.columns import ColumnNames, PickedImage, data_index, direction_of
from ganstudio.desktop.train.growth import Growth
from ganstudio.desktop.train.nearest import Wanted
from ganstudio.desktop.train.nearest_view import NearestView
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.image_grid import ImageGrid
from ganstudio.desktop.widgets.image_view import ImageView
from ganstudio.desktop.widgets.panel import Panel, label, rule
from ganstudio.desktop.widgets.scrubber import Scrubber
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.errors import RunFolderError
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Progress, Samples
from ganstudio.training.layout import GridLayout

_DETAIL_WIDTH = 280
_DETAIL_FROM = 720
"""Width of the panel from which there is room for the enlarged sample."""
_log = logging.getLogger("ganstudio")
Images = NDArray[np.uint8]


class SamplesPanel(Panel):
    """Shows the newest grid as it comes, or an earlier one of the run folder where the timeline is moved back."""

    explore_requested = Signal(int)
    """The index of the sample whose latent is to be explored."""
    saved = Signal(str)
    """The path of a picture that was written."""
    failed = Signal(str)
    """A sentence: one could not be written."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Samples", parent=parent)
        self._folder: RunFolder | None = None
        self._dataset: DatasetConfig | None = None
        self._classes: tuple[str, ...] = ()
        self._layout = GridLayout(0)
        self._names: tuple[str, ...] = ()
        self._live: dict[bool, Images] = {}
        self._step: int | None = None
        self._raw = False
        self._growth = Growth()
        self._fixed = ""
        self.grid = ImageGrid(parent=self)
        self.names = ColumnNames(self.grid, self)
        self.scrubber = Scrubber(self)
        self.detail = _Detail(self)
        self._rearrange = QTimer(self, singleShot=True, interval=0)
        self._rearrange.timeout.connect(self._on_rearrange)
        self._build_header()
        self._lay_out()
        self.grid.selected.connect(self._on_selected)
        self.grid.activated.connect(self.explore_requested)
        self.grid.zoom_changed.connect(self._on_zoom)
        self.detail.explore.clicked.connect(self._on_explore)
        for pictures in (self.grid, self.detail.view):
            pictures.saved.connect(self.saved)
            pictures.failed.connect(self.failed)
        self.scrubber.moved.connect(self._on_moved)
        self.scrubber.live_requested.connect(self._on_live)

    # -- the run -------------------------------------------------------------------------------------------------

    def begin(self, folder: RunFolder, config: RunConfig) -> None:
        """Another run: forget the last one's pictures."""
        self._folder, self._classes, self._layout = folder, (), GridLayout(0)
        self._dataset = config.dataset
        self.set_columns(())
        self._live.clear()
        self._step = None
        self.scrubber.clear()
        self.scrubber.set_target(config.training.steps)
        self.grid.set_images(None)
        self.grid.set_empty_text("The first samples appear a second after training begins.")
        self.detail.show_sample(None, -1, "")
        self._growth.clear()
        self._fixed = f"{config.training.samples} fixed latents"
        self._show_stage()

    def set_classes(self, classes: tuple[str, ...], layout: GridLayout) -> None:
        """Name the classes of a class-conditional run, and tell how its samples are laid out."""
        self._classes, self._layout = classes, layout
        if layout.group:
            self._fixed = f"{layout.latents} fixed latents for each class"
            self._show_stage()
        self._show_detail()

    def set_columns(self, names: tuple[str, ...]) -> None:
        """Name what the columns show in an image-to-image run; empty for others, whose columns are free."""
        if names == self._names:
            return
        self._names = names
        self.names.set_names(names)
        self.detail.set_translates(bool(names))
        self.grid.set_hint("Double-click to translate it in Explore" if names else "Double-click to explore")
        if names:
            self._fixed = "held-out images"
            self._show_stage()

    def picked(self, index: int) -> PickedImage | None:
        """The image of the data behind a sample of an image-to-image run."""
        images = self.grid.images
        if not self._names or images is None or not 0 <= index < len(images):
            return None
        origin = data_index(self._names, index)
        text = f"{self._names[origin % len(self._names)]} {origin // len(self._names) + 1}"
        return PickedImage(images[origin], direction_of(self._names, index), text)

    def add_progress(self, event: Progress) -> None:
        """Tell the stage of a run that grows."""
        self._growth.add(event)

    def truncate_after(self, step: int) -> None:
        """The run goes on from `step`: forget what came after it."""
        self.scrubber.truncate_after(step)
        self._growth.truncate_after(step)

    def refresh(self) -> None:
        """Tell the stage that is shown."""
        self._show_stage()

    def add(self, event: Samples) -> None:
        """A new grid; it is shown unless the timeline has been moved back."""
        self.scrubber.add_sample(event.step)
        if event.ema is None or event.raw is None:
            self._live.clear()
        else:
            self._live = {False: event.ema, True: event.raw}
        if self.scrubber.live:
            self.show_newest()

    def show_newest(self) -> None:
        """Show the grid at the timeline's end."""
        position = self.scrubber.position
        if position is not None:
            self._show(position)

    def shutdown(self) -> None:
        """End what runs in the background."""
        self.scrubber.stop()
        self.detail.nearest.shutdown()

    # -- building ------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        self._kind = Segmented(
            [("ema", "EMA"), ("raw", "Raw")],
            name="Generator",
            tooltips={"ema": "Samples of the moving average of G", "raw": "Samples of G as it is"},
            parent=self,
        )
        self._kind.chosen.connect(self._on_kind)
        self.add_header_widget(self._kind, left=True)
        self._zoom = label("", "hint")
        self._zoom_out = IconButton("minus", "Smaller (Ctrl+−)", parent=self)
        self._zoom_in = IconButton("plus", "Larger (Ctrl++)", parent=self)
        self._fit = IconButton("arrows-out", "Fit the grid to the panel", parent=self)
        for widget in (self._zoom, self._zoom_out, self._zoom_in, self._fit):
            self.add_header_widget(widget)
        self._zoom_out.clicked.connect(self.grid.zoom_out)
        self._zoom_in.clicked.connect(self.grid.zoom_in)
        self._fit.clicked.connect(self.grid.fit)

    def _lay_out(self) -> None:
        self.grid.set_hint("Double-click to explore")
        self.body.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(10, 6, 12, 0)
        row.setSpacing(12)
        pictures = QVBoxLayout()
        pictures.setSpacing(0)
        pictures.addWidget(self.names)
        pictures.addWidget(self.grid, 1)
        row.addLayout(pictures, 1)
        row.addWidget(self.detail)
        self.body.addLayout(row, 1)
        self.body.addWidget(rule(self))
        self.body.addWidget(self.scrubber)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the enlarged sample out where the grid needs the room."""
        super().resizeEvent(event)
        self.detail.setVisible(self.width() >= _DETAIL_FROM)
        self._rearrange.start()

    # -- showing -------------------------------------------------------------------------------------------------

    def _show(self, step: int) -> None:
        images = self._images(step)
        if images is None:
            return
        self._step = step
        self.grid.set_images(images, self._columns(images))
        self.names.update()
        if self.grid.selected_index < 0:
            self.grid.select(0)
        self._show_detail()
        self._show_stage()

    def _show_stage(self) -> None:
        """Of a run that grows: how far it has, now or where the timeline has been moved to."""
        words = self._growth.words(None if self.scrubber.live else self._step)
        self.set_subtitle(f"{words}, {self._fixed}" if words else self._fixed)

    @Slot()
    def _on_rearrange(self) -> None:
        images = self.grid.images
        if images is not None and self._columns(images) != self.grid.columns:
            self.grid.set_images(images, self._columns(images))
            self.names.update()

    def _columns(self, images: Images) -> int:
        """As near to a square as may be, but wider where that lets every sample be drawn larger.

        Named columns, or samples of one class, stay together, one group a row, or more where that lets every sample be
        drawn larger, or all be seen without scrolling.
        """
        count, side = len(images), int(images.shape[1])
        room_x, room_y = self.grid.width() - self.grid.margin, self.grid.height() - self.grid.margin
        square = max(1, math.ceil(math.sqrt(count)))

        def zoom(columns: int) -> int:
            cell = min(room_x // columns, room_y // -(-count // columns)) - self.grid.gap
            return max(1, cell // side)

        widths = range(square, min(count, 2 * square) + 1)
        if group := len(self._names) or self._layout.group:
            groups = range(group, count + 1, group)
            fitting = [columns for columns in groups if columns * (side + self.grid.gap) <= room_x] or groups[:1]

            def worth(columns: int) -> tuple[int, bool, int]:
                whole = -(-count // columns) * (side * zoom(columns) + self.grid.gap) <= room_y
                return zoom(columns), whole, -columns if whole else columns

            return max(fitting, key=worth, default=square)
        return max(widths, key=lambda columns: (zoom(columns), -columns))

    def _images(self, step: int) -> Images | None:
        if self.scrubber.live and self._live:
            return self._live[self._raw]
        if self._folder is None:
            return None
        try:
            return self._folder.read_samples(step, raw=self._raw)
        except RunFolderError as error:
            _log.warning("%s", error)
            return self._live.get(self._raw)

    def _show_detail(self) -> None:
        index, images = self.grid.selected_index, self.grid.images
        if images is None or not 0 <= index < len(images):
            self.detail.show_sample(None, -1, "")
            self.detail.nearest.look_at(None)
            return
        words = f"step {fmt.number(self._step or 0)}"
        if self._names:
            words = f"{self._names[index % len(self._names)]}, {words}"
        elif self._classes:
            words = f"{self._classes[self._layout.label(index) or 0]}, {words}"
        self.detail.show_sample(images[index], index, words)
        if self._dataset is not None and self._folder is not None and not self._names:
            key = (self._folder.path, self._step, self._raw, index)
            self.detail.nearest.look_at(Wanted(key, images[index], self._dataset))
        else:
            self.detail.nearest.look_at(None)

    # -- slots ---------------------------------------------------------------------------------------------------

    @Slot(str)
    def _on_kind(self, key: str) -> None:
        self._raw = key == "raw"
        if self._step is not None:
            self._show(self._step)

    @Slot(int)
    def _on_selected(self, index: int) -> None:
        self._show_detail()

    @Slot(int)
    def _on_zoom(self, zoom: int) -> None:
        self._zoom.setText(f"×{zoom}")
        self._zoom_in.setEnabled(self.grid.can_zoom_in)
        self._zoom_out.setEnabled(self.grid.can_zoom_out)

    @Slot(int)
    def _on_moved(self, step: int) -> None:
        self._show(step)

    @Slot()
    def _on_live(self) -> None:
        self.show_newest()

    @Slot()
    def _on_explore(self) -> None:
        if self.grid.selected_index >= 0:
            self.explore_requested.emit(self.grid.selected_index)


class _Detail(QWidget):
    """One sample enlarged, and what can be done with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedWidth(_DETAIL_WIDTH)
        self._title, self._words = label("", "title"), label("", "hint")
        self._words.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.view = ImageView("Enlarged sample", self)
        self.view.set_empty_text("Click a sample to enlarge it")
        self.view.setFixedSize(_DETAIL_WIDTH, _DETAIL_WIDTH)
        self.explore = Button(
            "Open in Explore", "compass", tooltip="Move through latent space from this sample", parent=self
        )
        self._copy = IconButton("copy", "Copy this sample", role="raised", px=14, parent=self)
        self._save = IconButton("download-simple", "Save this sample as PNG", role="raised", px=14, parent=self)
        for button in (self._copy, self._save):
            button.setFixedSize(28, 28)
        self._copy.clicked.connect(self.view.copy_image)
        self._save.clicked.connect(self.view.save_image)
        self.nearest = NearestView(self)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        """There is room for it again."""
        super().showEvent(event)
        self.nearest.resume()

    def set_translates(self, translates: bool) -> None:
        """Whether the run translates images rather than drawing from latents."""
        self.explore.setToolTip(
            "Translate the image behind this sample" if translates else "Move through latent space from this sample"
        )

    def show_sample(self, image: Images | None, index: int, words: str) -> None:
        """Show sample `index` (counted from 0), uint8 (H, W, C); None shows what to do."""
        self._title.setText(f"Sample {index + 1}" if image is not None else "No sample chosen")
        self._words.setText(words)
        self.view.set_image(image, f"sample-{index + 1}.png")
        for widget in (self.explore, self._copy, self._save):
            widget.setEnabled(image is not None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(8)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._words)
        foot.setSpacing(8)
        foot.addWidget(self.explore, 1)
        foot.addWidget(self._copy)
        foot.addWidget(self._save)
        column.addLayout(head)
        column.addWidget(self.view)
        column.addLayout(foot)
        column.addWidget(self.nearest)
        column.addStretch(1)
