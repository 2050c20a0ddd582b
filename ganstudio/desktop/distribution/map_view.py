"""The feature map of a checkpoint: points, clusters, and the images at either end of D's scores."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QSplitter, QToolButton, QVBoxLayout, QWidget

from ganstudio.desktop import format as fmt
from ganstudio.desktop.distribution.close_up import CloseUp
from ganstudio.desktop.distribution.scatter import Point, Scatter
from ganstudio.desktop.distribution.shares import Shares
from ganstudio.desktop.distribution.working import look_at, small
from ganstudio.desktop.forms.background import Background, Outcome
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.empty import EmptyState
from ganstudio.desktop.widgets.image_grid import ImageGrid
from ganstudio.desktop.widgets.imaging import ask_where, save_png, save_table
from ganstudio.desktop.widgets.panel import PADDING, Panel, label
from ganstudio.desktop.widgets.scrolled import OverlayScroll
from ganstudio.desktop.widgets.segmented import Segmented
from ganstudio.errors import UserError
from ganstudio.evaluation.feature_map import Method, methods
from ganstudio.evaluation.slices import Slice
from ganstudio.runs.distribution import COUNT, Distribution, Request, Side, Space, table

_COUNTS = (256, COUNT, 1024, 2048)
_NEIGHBOURLY = "Neighbours stay neighbours; distances and axes mean nothing. Slow, and cannot be broken off"
_METHODS: dict[Method, tuple[str, str]] = {
    "pca": ("PCA", "The two principal axes of the reals: stays where it is between checkpoints"),
    "t-sne": ("t-SNE", _NEIGHBOURLY),
    "umap": ("UMAP", _NEIGHBOURLY),
}
_EXTREMES, _COLUMNS, _STRIP_HEIGHT = 10, 5, 122
_RIGHT = 344
_SIDES: dict[str, frozenset[Side]] = {
    "both": frozenset({"real", "fake"}),
    "real": frozenset({"real"}),
    "fake": frozenset({"fake"}),
}


class MapView(QWidget):
    """Draws the map of the checkpoint it was given when asked to, off the GUI's thread."""

    saved = Signal(str)
    """The path of a picture or table that was written."""
    failed = Signal(str)
    """A sentence for the person."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checkpoint: Path | None = None
        self._found: Distribution | None = None
        self._ends: dict[Side, NDArray[np.int64]] = {}
        self._worker = Background(look_at, self)
        self._worker.done.connect(self._on_found)
        self._worker.progressed.connect(self._on_progress)
        self.scatter, self.shares, self.close_up = Scatter(self), Shares(self), CloseUp(self)
        self.strips: dict[Side, ImageGrid] = {
            "real": ImageGrid("Hardest reals", self),
            "fake": ImageGrid("Most-real samples", self),
        }
        self._lay_out()
        self.scatter.picked.connect(self._on_picked)
        self.shares.chosen.connect(self.scatter.set_cluster)
        for side, strip in self.strips.items():
            strip.selected.connect(partial(self._on_extreme, side))
            strip.saved.connect(self.saved)
            strip.failed.connect(self.failed)
        self._show_state()

    def set_checkpoint(self, checkpoint: Path | None) -> None:
        """Another checkpoint, or none: what is shown stays until it is drawn anew."""
        if checkpoint != self._checkpoint:
            self._checkpoint = checkpoint
            self._worker.cancel()
            self._show_state()

    def clear(self) -> None:
        """Another run."""
        self._worker.cancel()
        self._show_found(None)

    @property
    def found(self) -> Distribution | None:
        """What is shown."""
        return self._found

    @Slot()
    def draw(self) -> None:
        """Draw the map of the checkpoint; asked again while it is drawn, break that off."""
        if self._worker.is_busy():
            self._worker.cancel()
        elif self._checkpoint is not None:
            space: Space = "pixels" if self.space.current() == "pixels" else "features"
            method = next(each for each in methods() if each == self.method.current())
            self._progress.setRange(0, 0)
            self._worker.request(Request(self._checkpoint, int(self.count.current()), space, method))
        self._show_state()

    def shutdown(self) -> None:
        """End the workers."""
        self._worker.stop()
        self.close_up.shutdown()

    # -- building ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.space = Segmented(
            [("features", "Features"), ("pixels", "Pixels")],
            name="Compare",
            tooltips={
                "features": "By the features of the embedded MobileNetV2: what is pictured",
                "pixels": "By the pixels themselves: quick, and blind to what is pictured",
            },
        )
        self.method = Segmented(
            [(each, _METHODS[each][0]) for each in methods()],
            name="Map",
            tooltips={each: _METHODS[each][1] for each in methods()},
        )
        self.count = Segmented([(str(each), fmt.number(each)) for each in _COUNTS], name="Images a side")
        self.count.set_current(str(COUNT))
        self.go = Button("Draw", "circles-three", "primary", small=True)
        self.go.clicked.connect(self.draw)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(96)
        self._progress.setAccessibleName("Progress of the map")
        self._doing = label("", "hint")
        bar = QHBoxLayout()
        bar.setContentsMargins(PADDING, 8, PADDING, 8)
        bar.setSpacing(8)
        for widget in (self.space, self.method, self.count, self.go, self._progress, self._doing):
            bar.addWidget(widget)
        bar.addStretch(1)
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.setHandleWidth(4)
        columns.setChildrenCollapsible(False)
        columns.addWidget(self._make_map())
        columns.addWidget(self._make_right())
        columns.setStretchFactor(0, 1)
        columns.setSizes([760, _RIGHT])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(columns, 1)

    def _make_map(self) -> Panel:
        self._panel = Panel("Feature map")
        self.sides = Segmented([("both", "Both"), ("real", "Real"), ("fake", "Generated")], name="Show")
        self.sides.chosen.connect(lambda key: self.scatter.set_sides(_SIDES[key]))
        self.more = IconButton("dots-three", "More for the feature map", token="ink")
        menu = QMenu(self.more)
        self._exports = [menu.addAction("Save as PNG…"), menu.addAction("Save as CSV…")]
        self._exports[0].triggered.connect(self._ask_png)
        self._exports[1].triggered.connect(self._ask_csv)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._panel.add_header_widget(self.sides)
        self._panel.add_header_widget(self.more)
        self._waiting = EmptyState(
            "circles-three",
            "No map yet",
            "Draw shows real and generated images as points: near ones are alike. Clusters of reals that samples "
            "miss are named.",
        )
        self._note = label("", "hint", wrap=True)
        self._panel.body.addWidget(self._waiting)
        self._panel.body.addWidget(self.scatter, 1)
        self._panel.body.addWidget(self._note)
        self._panel.body.addWidget(self.close_up)
        self._panel.body.addStretch(0)
        return self._panel

    def _make_right(self) -> QWidget:
        scroll = OverlayScroll(self)
        column = scroll.column(PADDING, 8, PADDING, PADDING)
        column.setSpacing(6)
        self._verdict = label("", "body", wrap=True)
        self._ends_place = QWidget()
        ends = QVBoxLayout(self._ends_place)
        ends.setContentsMargins(0, 0, 0, 0)
        ends.setSpacing(4)
        for side, words in (
            ("real", "Hardest reals: D scores them lowest"),
            ("fake", "Most-real samples: D scores them highest"),
        ):
            strip = self.strips["real" if side == "real" else "fake"]
            strip.setFixedHeight(_STRIP_HEIGHT)
            ends.addSpacing(8)
            ends.addWidget(label(words, "title"))
            ends.addWidget(strip)
        self._no_critic = label("This run’s discriminator does not score whole images.", "hint", wrap=True)
        column.addWidget(label("Clusters of the reals", "title"))
        column.addWidget(self._verdict)
        column.addWidget(self.shares)
        column.addWidget(self._ends_place)
        column.addWidget(self._no_critic)
        column.addStretch(1)
        self._right = Panel("What stands out")
        self._right.body.setContentsMargins(0, 0, 0, 0)
        self._right.body.addWidget(scroll)
        self._right.setMinimumWidth(_RIGHT)
        return self._right

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        busy, ready = self._worker.is_busy(), self._checkpoint is not None
        self.go.setText("Cancel" if busy else "Draw")
        self.go.setEnabled(ready)
        self.go.setToolTip("" if ready else "This run has no checkpoint yet.")
        self._progress.setVisible(busy)
        if not busy:
            self._doing.setText("")
        shown = self._found is not None
        for part in (self.scatter, self._note, self.close_up, self._right, self.sides, self.more):
            part.setVisible(shown)
        self._waiting.setVisible(not shown)

    def _show_found(self, found: Distribution | None) -> None:
        self._found = found
        self.scatter.set_distribution(found)
        self.close_up.show_point(None, None)
        self._show_state()
        if found is None:
            return
        self.shares.set_clusters(found.map.clusters)
        self._verdict.setText(verdict(found))
        self._note.setText(note(found))
        self._panel.set_subtitle(f"step {fmt.number(found.step)}")
        scored = found.real.scores is not None
        self._ends_place.setVisible(scored)
        self._no_critic.setVisible(not scored)
        for side, highest in (("real", False), ("fake", True)):
            kind: Side = "real" if side == "real" else "fake"
            pictures = found.side(kind)
            self._ends[kind] = pictures.by_score(_EXTREMES, highest=highest)
            self.strips[kind].select(-1)
            self.strips[kind].set_images(small(pictures.images[self._ends[kind]]) if scored else None, _COLUMNS)

    @Slot(object)
    def _on_progress(self, piece: Slice) -> None:
        self._progress.setRange(0, piece.total if piece.total > 1 else 0)
        self._progress.setValue(piece.done)
        share = f", {100 * piece.done // piece.total} %" if piece.total > 1 else ""
        self._doing.setText(f"{piece.what.capitalize()}{share}")

    @Slot(object)
    def _on_found(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            self.failed.emit(str(outcome.error))
            self._show_state()
        else:
            self._show_found(outcome.result)

    @Slot(object)
    def _on_picked(self, point: Point | None) -> None:
        for strip in self.strips.values():
            strip.select(-1)
        self.close_up.show_point(self._found, point)

    def _on_extreme(self, side: Side, index: int) -> None:
        if self._found is None or index < 0:
            return
        point = Point(side, int(self._ends[side][index]))
        self.strips["fake" if side == "real" else "real"].select(-1)
        self.scatter.pick(point)
        self.close_up.show_point(self._found, point)

    # -- saving --------------------------------------------------------------------------------------------------

    @Slot()
    def _ask_png(self) -> None:
        ask_where(self, "Save as PNG", "feature-map.png", "PNG image", self.write_png)

    @Slot()
    def _ask_csv(self) -> None:
        ask_where(self, "Save as CSV", "feature-map.csv", "Table", self.write_csv)

    @Slot(str)
    def write_png(self, path: str) -> None:
        """Write the map as a picture."""
        self._write(path, lambda file: save_png(self.scatter.image(), file))

    @Slot(str)
    def write_csv(self, path: str) -> None:
        """Write every point with its cluster and score."""
        found = self._found
        if found is not None:
            self._write(path, lambda file: save_table(table(found), file))

    def _write(self, path: str, write: Callable[[Path], None]) -> None:
        try:
            write(Path(path))
        except UserError as error:
            self.failed.emit(str(error))
        else:
            self.saved.emit(path)


def verdict(found: Distribution) -> str:
    """What the clusters say, in a sentence or two."""
    missed = [str(index + 1) for index, one in enumerate(found.map.clusters) if one.standing == "missed"]
    crowded = [str(index + 1) for index, one in enumerate(found.map.clusters) if one.standing == "crowded"]
    words = []
    if missed:
        words.append(
            f"Samples miss cluster{'s' * (len(missed) > 1)} {_listed(missed)}: rarer there than chance explains."
        )
    if crowded:
        words.append(f"They crowd in {_listed(crowded)}.")
    return " ".join(words) or "Samples are spread over the clusters as the reals are, as far as these tell."


def note(found: Distribution) -> str:
    """What is compared, how, and what the axes mean."""
    by = f"{found.extractor} features" if found.extractor else "pixels"
    counts = f"{fmt.number(len(found.map.real))} real, {fmt.number(len(found.map.fake))} generated, by {by}."
    if found.map.explained is None:
        return f"{counts} t-SNE: only neighbourhood means something, no distance and no axis."
    shares = " and ".join(f"{100 * each:.0f} %" for each in found.map.explained)
    return f"{counts} The axes are the reals’ principal ones, with {shares} of their variance; one scale for both."


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
