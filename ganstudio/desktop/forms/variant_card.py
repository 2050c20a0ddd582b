"""Which variant, what it minimises, which paper it is, and where the settings depart from that paper."""

from __future__ import annotations

import html

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from ganstudio.config import RunConfig, field
from ganstudio.data.sources import subject_of
from ganstudio.desktop import format as text_of
from ganstudio.desktop import theme
from ganstudio.desktop.forms.fields import ResetButton
from ganstudio.desktop.forms.formula import FormulaView, objective_lines
from ganstudio.desktop.forms.grouped import GroupedBox
from ganstudio.desktop.forms.relevance import idle
from ganstudio.desktop.widgets.buttons import Button
from ganstudio.desktop.widgets.elided import ElidedLabel
from ganstudio.desktop.widgets.panel import label
from ganstudio.errors import UserError
from ganstudio.variants import VARIANTS, Variant
from ganstudio.variants.recipes import compose, presets

LABEL_WIDTH = 68
TASKS = (
    ("latent", "From latents"),
    ("conditional", "From classes"),
    ("points", "Points"),
    ("image-to-image", "Image to image"),
)
_OF_THE_PAPER = ("variant.", "objective.", "techniques.", "optimizer.")
_ALSO = frozenset({"training.batch_size", "training.discriminator_steps"})


def deviations(config: RunConfig) -> list[str]:
    """Where `config` departs from its variant's paper, such as ``"batch size 64 → 128"``, in the order of the form."""
    variant = VARIANTS.get(config.variant.name)
    paper, hidden = compose({"variant.name": variant.name, "dataset.name": config.dataset.name}), idle(config)
    changed = [
        (path, old, new)
        for path, (old, new) in paper.differences(config).items()
        if (path.startswith(_OF_THE_PAPER) or path in _ALSO) and path not in hidden
    ]
    changed.sort(key=_place)
    return [f"{_lowered(field(path).label)} {text_of.value(old)} → {text_of.value(new)}" for path, old, new in changed]


def unsuited(config: RunConfig) -> dict[str, str]:
    """Variants that cannot learn the data set of `config`, each with the reason in a sentence."""
    if subject_of(config.dataset.name) != "points":
        return {}
    return {
        variant.name: f"{variant.short} translates images; points have none."
        for variant in VARIANTS
        if variant.task == "image-to-image"
    }


class VariantCard(QWidget):
    """The choice of a variant above its card."""

    variant_chosen = Signal(str)
    """The name that the person chose."""
    reset_requested = Signal()
    """Take the paper's settings."""
    preset_chosen = Signal(str)
    """The name of one of the variant's presets."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._url = QUrl()
        self._running = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(0)
        name = label("Variant", "label")
        name.setMinimumWidth(LABEL_WIDTH)
        self._choice = self._make_choice()
        name.setBuddy(self._choice)
        row.addWidget(name)
        row.addWidget(self._choice, 1)
        column.addLayout(row)
        column.addWidget(self._make_card())

    def set_config(self, config: RunConfig) -> None:
        """Show the variant of `config`, the objective that it makes, and its departures from the paper."""
        try:
            variant = VARIANTS.get(config.variant.name)
        except UserError as error:
            self._problem.setText(str(error))
            self._problem.show()
            return
        self._problem.hide()
        self._choice.setCurrentIndex(self._choice.findData(variant.name))
        self._choice.set_refusals(unsuited(config))
        self._show_presets(variant)
        self._title.setText(variant.title)
        self._idea.setText(f"<p style='line-height: 16px'>{html.escape(variant.idea)}</p>")
        self._formula.set_lines(objective_lines(config))
        self._paper.setText(f"{variant.paper.authors} {variant.paper.year}")
        self._link.setText(variant.paper.reference)
        self._link.setAccessibleName(f"Open the paper, {variant.paper.reference}")
        self._url = QUrl(variant.paper.url)
        self._show_deviations(deviations(config))

    def set_problem(self, message: str) -> None:
        """Say what keeps this variant from training; empty when nothing does."""
        self._problem.setText(message)
        self._problem.setVisible(bool(message))

    def reveal(self) -> None:
        """Put the keyboard on the choice."""
        self._choice.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_running(self, running: bool) -> None:
        """During a run the variant stands."""
        self._running = running
        self._choice.setEnabled(not running)
        self._choice.setToolTip(
            "A run keeps its variant: it needs a new run." if running else "The GAN variant; each is one paper"
        )
        self._reset.setVisible(not running)
        self._presets.setVisible(
            not running and self._preset_menu.actions() != [] and len(self._preset_menu.actions()) > 1
        )

    def _show_deviations(self, changed: list[str]) -> None:
        self._changed.setText(f"Changed: {', '.join(changed)}")
        self._changed.setToolTip("\n".join(changed))
        self._changed.setAccessibleName(f"Changed from the paper: {', '.join(changed)}" if changed else "")
        self._changes.setVisible(bool(changed))

    def _show_presets(self, variant: Variant) -> None:
        known = presets(variant)
        self._presets.setVisible(len(known) > 1 and not self._running)
        if self._preset_menu.title() == variant.name:
            return
        self._preset_menu.setTitle(variant.name)
        self._preset_menu.clear()
        for preset in known:
            action = self._preset_menu.addAction(preset.title)
            action.setToolTip(preset.summary)
            action.setData(preset.name)

    def _make_choice(self) -> GroupedBox:
        choice = GroupedBox(self)
        for task, title in TASKS:
            members = [variant for variant in VARIANTS if variant.task == task]
            if members:
                choice.add_group(title)
            for variant in members:
                choice.add_entry(variant.short, variant.name, f"{variant.title}\n{variant.idea}")
        choice.setAccessibleName("Variant")
        choice.setToolTip("The GAN variant; each is one paper")
        choice.activated.connect(self._on_activated)
        return choice

    def _make_card(self) -> QFrame:
        card = QFrame(self)
        card.setProperty("role", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 8, 12, 6)
        column.setSpacing(0)
        self._title = label("", "h2", wrap=True)
        self._title.setMinimumHeight(20)
        self._idea = label("", "body", wrap=True)
        self._idea.setTextFormat(Qt.TextFormat.RichText)
        self._formula = FormulaView()
        self._problem = label("", "error", wrap=True)
        self._problem.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(self._make_presets(), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addSpacing(2)
        column.addWidget(self._idea)
        column.addSpacing(8)
        column.addWidget(self._formula)
        column.addWidget(self._problem)
        column.addWidget(self._make_changes())
        column.addSpacing(6)
        column.addLayout(self._make_source())
        return card

    def _make_presets(self) -> Button:
        self._presets = Button("Presets", role="link", tooltip="Settings of this variant that were tried together")
        self._preset_menu = QMenu(self)
        self._preset_menu.setToolTipsVisible(True)
        self._preset_menu.triggered.connect(self._on_preset)
        self._presets.clicked.connect(self._on_presets)
        return self._presets

    def _make_changes(self) -> QWidget:
        self._changes = QWidget()
        row = QHBoxLayout(self._changes)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(4)
        self._changed = ElidedLabel("", "note")
        self._reset = ResetButton(height=16)
        self._reset.setToolTip("Reset to paper")
        self._reset.setAccessibleName("Reset to paper")
        self._reset.clicked.connect(self.reset_requested)
        row.addWidget(self._changed, 1)
        row.addWidget(self._reset)
        return self._changes

    def _make_source(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._paper = label("", "hint")
        self._link = _PaperLink()
        self._link.clicked.connect(self._on_link)
        row.addWidget(self._paper, 1)
        row.addWidget(self._link)
        return row

    @Slot()
    def _on_presets(self) -> None:
        self._preset_menu.popup(self._presets.mapToGlobal(QPoint(0, self._presets.height())))

    @Slot(QAction)
    def _on_preset(self, action: QAction) -> None:
        self.preset_chosen.emit(action.data())

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.variant_chosen.emit(self._choice.itemData(index))

    @Slot()
    def _on_link(self) -> None:
        QDesktopServices.openUrl(self._url)


class _PaperLink(Button):
    """A link whose icon says that it leaves the studio."""

    def __init__(self) -> None:
        super().__init__("", role="link", tooltip="Open the paper in the browser")

    def sizeHint(self) -> QSize:
        """With room for the icon."""
        return super().sizeHint() + QSize(18, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text at the left, the icon at the right."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        option.rect.setWidth(self.width() - 18)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        box = QRect(self.width() - 14, (self.height() - 12) // 2, 12, 12)
        theme.paint_icon(painter, "arrow-square-out", box, "accent_text")
        painter.end()


def _place(change: tuple[str, object, object]) -> tuple[int, int]:
    spec = field(change[0])
    sections = ("choice", "objective", "essentials", "techniques", "advanced")
    return sections.index(spec.section), spec.order


def _lowered(text: str) -> str:
    """Without its capital, unless that is a name's or an abbreviation's."""
    return text[0].lower() + text[1:] if text[1:2].islower() else text
