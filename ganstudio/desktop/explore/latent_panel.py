"""Which model is explored, and the seed and class from which its latent comes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionViewItem,
    QStylePainter,
    QWidget,
)

from ganstudio.desktop import format as fmt
from ganstudio.desktop import theme
from ganstudio.desktop.explore.catalogue import LATEST, RunEntry
from ganstudio.desktop.explore.truncation import TruncationRow
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.desktop.widgets.segmented import Segmented

_LABEL_WIDTH = 84
_LARGEST_SEED = 2**31 - 1
_CHIP = "training"
_BADGE_ROLE = Qt.ItemDataRole.UserRole + 1


class LatentPanel(Panel):
    """Run, networks, class and seed. It shows what it is told and tells what the person chose."""

    run_chosen = Signal(object)
    """A path."""
    step_chosen = Signal(int)
    """The step of a checkpoint, or `LATEST`."""
    ema_chosen = Signal(bool)
    label_chosen = Signal(int)
    other_chosen = Signal(int)
    """The class that is mixed in."""
    share_moved = Signal(float)
    """How much of it, 0 to 1."""
    share_released = Signal()
    seed_chosen = Signal(int)
    new_requested = Signal()
    reset_requested = Signal()
    file_requested = Signal()
    """Open a picture or a state that was saved."""
    save_requested = Signal()
    """Save the whole state."""
    copy_requested = Signal()
    list_wanted = Signal()
    """The person opens a list: what there is may have changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Latent", parent=parent)
        self.runs = RunCombo(self)
        self.networks = Segmented(
            [("ema", "EMA"), ("raw", "Raw")],
            name="Networks",
            tooltips={"ema": "The moving average of G's weights: steadier", "raw": "G's own weights at that step"},
        )
        self.steps = _Combo(small=True)
        self.classes = _Combo(small=True)
        self.seed, self.truncation = QLineEdit(), TruncationRow()
        self.reset = IconButton("arrow-counter-clockwise", "Put all unlocked coordinates back", role="raised")
        self.fresh = Button("New latent", "dice-five", small=True, tooltip="Draw the unlocked coordinates anew (R)")
        self._menu_button = IconButton("dots-three", "More for this latent")
        self._class_label = label("Class", "label")
        self._mix_label = label("Mixed with", "label")
        self._seed_label, self._truncation_label = label("Seed", "label"), label("Truncation", "label")
        self.other = _Combo(small=True)
        self.share = QSlider(Qt.Orientation.Horizontal)
        self._percent = label("", "hint")
        self._seed_value: int | None = None
        self._lay_out()
        self._connect()

    def set_runs(self, entries: Sequence[RunEntry], current: Path | None, live: Path | None) -> None:
        """The runs to choose from, newest first; the one that trains has a badge."""
        self.runs.set_entries(entries, live)
        index = next((i for i, entry in enumerate(entries) if entry.path == current), -1)
        self.runs.setCurrentIndex(index)
        self.runs.setEnabled(bool(entries))

    def set_steps(self, steps: Sequence[int], current: int, latest: str, *, ema: bool, has_raw: bool) -> None:
        """The checkpoints, the chosen one or `LATEST`, words for the latest, and whether raw networks can be had."""
        items = [(latest, LATEST)] + [(f"Step {fmt.number(step)}", step) for step in reversed(steps)]
        self.steps.set_items(items, current)
        self.steps.setEnabled(bool(steps) or bool(latest))
        self.networks.setVisible(has_raw)
        self.networks.set_current("ema" if ema else "raw")

    def set_latest(self, text: str) -> None:
        """Other words for the latest networks: their step goes on while a run trains."""
        if self.steps.count() and self.steps.itemText(0) != text:
            self.steps.setItemText(0, text)

    def set_classes(
        self, classes: Sequence[str], current: int | None, other: int | None = None, share: float = 0.0
    ) -> None:
        """The classes of a model that knows any: the one asked for, and the `share` of an `other` mixed into it."""
        for part in (self._class_label, self.classes):
            part.setVisible(bool(classes))
        self._mix_label.setVisible(len(classes) > 1)
        self._mix.setVisible(len(classes) > 1)
        items = [(name, index) for index, name in enumerate(classes)]
        self.classes.set_items(items, current or 0)
        self.other.set_items(items, other or 0)
        if not self.share.isSliderDown():
            self.share.blockSignals(True)
            self.share.setValue(round(share * 100))
            self.share.blockSignals(False)
        self._percent.setText(f"{round(share * 100)} %")

    def set_translates(self, translates: bool) -> None:
        """Whether the run translates images: then there is no latent, and only networks are chosen."""
        self.set_title("Model" if translates else "Latent")
        for part in (self._seed_label, self.seed, self.reset, self.fresh, self._menu_button):
            part.setVisible(not translates)

    def set_truncates(self, truncates: bool) -> None:
        """Whether there are latents whose length means something."""
        self._truncation_label.setVisible(truncates)
        self.truncation.setVisible(truncates)

    def set_seed(self, seed: int | None, otherwise: str, *, can_reset: bool) -> None:
        """The seed, or in grey where the latent came from when it has none."""
        self._seed_value = seed
        self._show_seed()
        self.seed.setPlaceholderText(otherwise if seed is None else "")
        self.reset.setEnabled(can_reset)

    def set_ready(self, ready: bool) -> None:
        """Whether there is a latent."""
        for part in (self.networks, self.steps, self.seed, self.fresh, self._menu_button):
            part.setEnabled(ready)

    # building

    def _lay_out(self) -> None:
        self.add_header_widget(self._menu_button)
        self._menu_button.setMenu(self._make_menu())
        self._menu_button.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self.seed.setValidator(QRegularExpressionValidator(r"[0-9 \x{202f}]{0,14}", self.seed))
        self.runs.setAccessibleName("Run")
        self.runs.setToolTip("The run whose model is explored")
        self.steps.setAccessibleName("Checkpoint")
        self.steps.setToolTip("Networks of which step")
        self.classes.setAccessibleName("Class")
        self.classes.setToolTip("The class that is asked for")
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("The number that stands for a latent: Enter takes it")
        networks, seed = QHBoxLayout(), QHBoxLayout()
        for row in (networks, seed):
            row.setSpacing(8)
            row.setContentsMargins(0, 0, 0, 0)
        networks.addWidget(self.networks)
        networks.addWidget(self.steps, 1)
        seed.addWidget(self.seed, 1)
        seed.addWidget(self.reset)
        seed.addWidget(self.fresh)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(0)
        grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("Run", "label"), 0, 0)
        grid.addWidget(self.runs, 0, 1)
        grid.addWidget(label("Networks", "label"), 1, 0)
        grid.addLayout(networks, 1, 1)
        grid.addWidget(self._class_label, 2, 0)
        grid.addWidget(self.classes, 2, 1)
        grid.addWidget(self._mix_label, 3, 0)
        grid.addWidget(self._make_mix(), 3, 1)
        grid.addWidget(self._truncation_label, 4, 0)
        grid.addWidget(self.truncation, 4, 1)
        grid.addWidget(self._seed_label, 5, 0)
        grid.addLayout(seed, 5, 1)
        self.body.setContentsMargins(12, 12, 12, 8)
        self.body.addLayout(grid)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _make_mix(self) -> QWidget:
        self._mix = QWidget(self)
        row = QHBoxLayout(self._mix)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.other.setAccessibleName("Class that is mixed in")
        self.other.setToolTip("A second class, of which the slider mixes more or less into the first")
        self.share.setRange(0, 100)
        self.share.setAccessibleName("Share of the second class")
        self.share.setToolTip("How much of the second class is asked for")
        self._percent.setFixedWidth(32)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.other, 1)
        row.addWidget(self.share, 1)
        row.addWidget(self._percent)
        return self._mix

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction(theme.icon("folder-open", "ink2"), "Open a saved picture or state…", self.file_requested.emit)
        menu.addAction(theme.icon("floppy-disk", "ink2"), "Save this state as JSON…", self.save_requested.emit)
        menu.addAction(theme.icon("copy", "ink2"), "Copy the latent as numbers", self.copy_requested.emit)
        return menu

    def _connect(self) -> None:
        self.runs.activated.connect(self._on_run)
        self.runs.opening.connect(self.list_wanted)
        self.steps.activated.connect(self._on_step)
        self.steps.opening.connect(self.list_wanted)
        self.classes.activated.connect(self.label_chosen)
        self.other.activated.connect(self.other_chosen)
        self.share.valueChanged.connect(self._on_share)
        self.share.sliderReleased.connect(self.share_released)
        self.networks.chosen.connect(self._on_networks)
        self.seed.returnPressed.connect(self._on_seed)
        self.seed.editingFinished.connect(self._show_seed)
        self.reset.clicked.connect(self.reset_requested)
        self.fresh.clicked.connect(self.new_requested)

    @Slot(int)
    def _on_run(self, index: int) -> None:
        self.run_chosen.emit(self.runs.itemData(index))

    @Slot(int)
    def _on_step(self, index: int) -> None:
        self.step_chosen.emit(self.steps.itemData(index))

    @Slot(int)
    def _on_share(self, percent: int) -> None:
        self._percent.setText(f"{percent} %")
        self.share_moved.emit(percent / 100)

    @Slot(str)
    def _on_networks(self, key: str) -> None:
        self.ema_chosen.emit(key == "ema")

    @Slot()
    def _on_seed(self) -> None:
        try:
            seed = int(fmt.parse_number(self.seed.text()))
        except ValueError:
            return
        self.seed_chosen.emit(min(seed, _LARGEST_SEED))

    @Slot()
    def _show_seed(self) -> None:
        text = "" if self._seed_value is None else fmt.number(self._seed_value)
        if self.seed.text() != text:
            self.seed.setText(text)


class _Combo(QComboBox):
    """A list that takes all room there is, tells before it opens, and lets the wheel pass."""

    opening = Signal()

    def __init__(self, *, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("small", small)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setMaxVisibleItems(16)

    def set_items(self, items: Sequence[tuple[str, Any]], current: Any) -> None:
        """Replace the entries where they differ, and choose the one with the data `current`."""
        known = [(self.itemText(index), self.itemData(index)) for index in range(self.count())]
        if known != list(items):
            self.clear()
            for text, data in items:
                self.addItem(text, data)
        index = next((place for place, (_, data) in enumerate(items) if data == current), 0)
        if items and index != self.currentIndex():
            self.setCurrentIndex(index)

    def showPopup(self) -> None:
        self.opening.emit()
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text up to the arrow; the style would cut it an arrow's width sooner."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        small = bool(self.property("small"))
        self.paint_text(painter, self.rect().adjusted(9 if small else 11, 0, -26 if small else -32, 0))

    def paint_text(self, painter: QPainter, area: QRect) -> None:
        """The current entry, or in its place what is said while there is none."""
        text = self.currentText()
        painter.setFont(theme.font(12, 500))
        painter.setPen(theme.qcolor("ink" if self.isEnabled() and text else "off"))
        shown = QFontMetrics(painter.font()).elidedText(
            text or self.placeholderText(), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def wheelEvent(self, event: Any) -> None:
        """A list changes by intent, not by scrolling past."""
        event.ignore()


class RunCombo(_Combo):
    """The runs; the one that trains has a badge."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setPlaceholderText("No run yet")
        self.setItemDelegate(_BadgeDelegate(self))

    def set_entries(self, entries: Sequence[RunEntry], live: Path | None) -> None:
        """Replace the entries where they differ."""
        self.set_items([(entry.title, entry.path) for entry in entries], None)
        for index, entry in enumerate(entries):
            self.setItemData(index, entry.path == live, _BADGE_ROLE)
        self.update()

    def paint_text(self, painter: QPainter, area: QRect) -> None:
        if self.currentData(_BADGE_ROLE):
            area.setRight(_paint_badge(painter, area) - 8)
        super().paint_text(painter, area)


class _BadgeDelegate(QStyledItemDelegate):
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if index.data(_BADGE_ROLE):
            area: QRect = option.rect
            _paint_badge(painter, area.adjusted(0, 0, -8, 0))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(0, 28))


def _paint_badge(painter: QPainter, area: QRect) -> int:
    """Paint the badge at the right of `area`; returns its left edge."""
    face = theme.font(11, 600)
    width = QFontMetrics(face).horizontalAdvance(_CHIP) + 16
    box = QRect(QPoint(area.right() - width + 1, area.center().y() - 7), QSize(width, 16))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.qcolor("accent_soft"))
    painter.drawRoundedRect(box, 8, 8)
    painter.setFont(face)
    painter.setPen(theme.qcolor("accent_text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, _CHIP)
    painter.restore()
    return box.left()
