"""The middle of the Train workspace before the first run: one thing to press, and what it will bring."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QMenu,
    QScrollArea,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ganstudio import paths
from ganstudio.config import RunConfig
from ganstudio.desktop import theme
from ganstudio.desktop.format import NARROW
from ganstudio.desktop.forms.background import Background, Job, Outcome
from ganstudio.desktop.forms.dataset_picker import Reading, ReadRequest, read_source
from ganstudio.desktop.forms.recipe_picker import recipe_of
from ganstudio.desktop.settings import Settings
from ganstudio.desktop.train.welcome_cards import (
    DIGIT,
    PICTURE,
    BeginCard,
    Draw,
    FolderCard,
    GridPicture,
    QuietLink,
    TourCard,
    draw_exploring,
    draw_learning,
    draw_resuming,
    draw_steering,
    strip_of,
)
from ganstudio.desktop.widgets.buttons import Button, IconButton
from ganstudio.desktop.widgets.empty import Glyph
from ganstudio.desktop.widgets.panel import Panel, label
from ganstudio.errors import UserError
from ganstudio.variants import VARIANTS
from ganstudio.variants.recipes import FIRST_MINUTE, RECIPES, Recipe

_WIDTH = 736
_TOUR_KEY = "welcome.tour"
_MOMENTS = ((1, "1 s"), (2, "2 s"), (5, "5 s"), (20, "20 s"), (60, "1 min"))
_GRID_PITCH = DIGIT + 2
_WATCHED = 2
"""Which of a grid's samples the tour follows through the run."""


class Welcome(Panel):
    """Says what Start will do, shows a real run of the first recipe, and offers other ways to begin."""

    start_requested = Signal()
    recipe_chosen = Signal(str)
    """A recipe's name."""
    folder_dropped = Signal(object)
    """Path of a folder of images, dropped or chosen."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Samples", "the first ones appear a second after Start", parent=parent)
        self._settings = settings
        self._recipe: Recipe | None = None
        self._cards: dict[str, BeginCard] = {}
        self._reader = Background(_read_pictures, self)
        self._reader.done.connect(self._on_pictures)
        self._asked = False
        self._build()
        self.set_config(FIRST_MINUTE.config())

    def set_config(self, config: RunConfig) -> None:
        """Say what Start would do with `config`."""
        recipe = recipe_of(config)
        if recipe is not None:
            title, text = recipe.title, recipe.summary
        else:
            variant = VARIANTS.get(config.variant.name) if config.variant.name in VARIANTS else None
            title = f"{variant.short if variant else config.variant.name} on {Path(config.dataset.name).name}"
            text = variant.idea if variant else ""
        self._title.setText(title)
        self._text.setText(_typeset(text))
        if recipe != self._recipe or self._recipes_place.isEmpty():
            self._recipe = recipe
            self._show_recipes()

    def set_start(self, reason: str) -> None:
        """Whether Start can be pressed: `reason` says why not, and is empty when it can."""
        self._start.setEnabled(not reason)
        self._start.setToolTip(reason or f"Start training ({_start_keys()})")

    def set_device(self, words: str) -> None:
        """What it will run on, such as ``"this computer’s CPU"``."""
        self._note.setText(f"Runs on {words}. Pause or stop it at any time.")

    def shutdown(self) -> None:
        """End what runs in the background."""
        self._reader.stop()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the recipes' pictures when they are first seen."""
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            side = round(PICTURE * self.devicePixelRatioF())
            names = dict.fromkeys(str(recipe.values["dataset.name"]) for recipe in RECIPES)
            self._reader.request(tuple(ReadRequest(name, 2, side, whole=True) for name in names))

    # ---------------------------------------------------------------------------------------------------- building

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(0, 40, 0, 24)
        column.setSpacing(0)
        self._title, self._text = label("", "h1", wrap=True), label("", "lead", wrap=True)
        self._title.setMinimumHeight(28)
        self._text.setMinimumHeight(20)
        self._moments = self._make_moments()
        self._recipes_place = QGridLayout()
        self._recipes_place.setSpacing(12)
        column.addWidget(self._title)
        column.addSpacing(5)
        column.addWidget(self._text)
        column.addSpacing(15)
        column.addLayout(self._make_actions())
        column.addWidget(self._moments)
        self._tour = self._make_tour()
        column.addWidget(self._tour)
        column.addSpacing(30)
        column.addWidget(_heading("Other recipes"))
        column.addSpacing(6)
        column.addLayout(self._recipes_place)
        column.addStretch(1)
        self._scroll(column)
        self._build_menu()
        self._show_tour(self._settings.get(_TOUR_KEY, True))

    def _scroll(self, column: QLayout) -> None:
        page, content = QWidget(), QWidget()
        page.setProperty("role", "scrolled")
        content.setLayout(column)
        content.setMaximumWidth(_WIDTH)
        row = QHBoxLayout(page)
        row.setContentsMargins(8, 0, 8, 0)
        row.addStretch(1)
        row.addWidget(content, 1000)
        row.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(scroll)

    def _make_actions(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._start = _StartButton(_start_keys())
        self._start.clicked.connect(self.start_requested)
        choose = Button("Choose a recipe", "book-open", "large", tooltip="Other starting points, each tried")
        choose.clicked.connect(self._on_choose)
        self._choose, self._menu = choose, self._make_recipe_menu()
        self._note = label("", "subtitle", wrap=True)
        row.addWidget(self._start)
        row.addWidget(choose)
        row.addSpacing(8)
        row.addWidget(self._note, 1)
        self.set_device("this computer’s CPU")
        self.set_start("")
        return row

    def _make_recipe_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for recipe in RECIPES:
            action = menu.addAction(f"{recipe.title}\t{recipe.expected}")
            action.setToolTip(recipe.summary)
            action.setData(recipe.name)
            action.triggered.connect(self._on_recipe)
        return menu

    def _make_moments(self) -> QWidget:
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 32, 0, 0)
        row.setSpacing(0)
        for index, (seconds, caption) in enumerate(_MOMENTS):
            pixmap = _picture(str(seconds))
            if pixmap is None:
                continue
            if index:
                row.addStretch(1)
                row.addLayout(_arrow())
                row.addStretch(1)
            row.addWidget(GridPicture(pixmap, caption, strong=seconds == 60))
        return place

    def _make_tour(self) -> QWidget:
        place = QWidget()
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 30, 0, 0)
        column.setSpacing(6)
        hide = QuietLink("Hide", "Hide this; the menu at the top right brings it back")
        hide.clicked.connect(self._on_hide)
        head = QHBoxLayout()
        head.addWidget(_heading("What the studio does"), 1)
        head.addWidget(hide)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for title, text, draw in _tour():
            cards.addWidget(TourCard(title, text, draw), 1)
        column.addLayout(head)
        column.addLayout(cards)
        return place

    def _build_menu(self) -> None:
        menu = QMenu(self)
        self._tour_action = menu.addAction("What the studio does")
        self._tour_action.setCheckable(True)
        self._tour_action.triggered.connect(self._show_tour)
        more = IconButton("dots-three", "More", token="ink")
        more.setFixedWidth(24)
        more.setMenu(menu)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add_header_widget(more)

    # ----------------------------------------------------------------------------------------------------- showing

    def _show_recipes(self) -> None:
        """Cards of all recipes but the one that Start would run, and of a folder."""
        self._moments.setVisible(self._recipe == FIRST_MINUTE and _picture("60") is not None)
        while (item := self._recipes_place.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
        cards = [self._card(recipe) for recipe in RECIPES if recipe != self._recipe]
        for index, card in enumerate([*cards, self._folder]):
            self._recipes_place.addWidget(card, index // 2, index % 2)
            card.show()

    def _card(self, recipe: Recipe) -> BeginCard:
        card = self._cards.get(recipe.name)
        if card is None:
            summary = _typeset(recipe.summary.split(". ")[0].removesuffix("."))
            card = self._cards[recipe.name] = BeginCard(recipe.title, summary, recipe.expected)
            card.setProperty("recipe", recipe.name)
            card.clicked.connect(self._on_card)
        return card

    @functools.cached_property
    def _folder(self) -> FolderCard:
        card = FolderCard(self)
        card.dropped.connect(self.folder_dropped)
        card.clicked.connect(self._on_choose_folder)
        return card

    @Slot(object)
    def _on_pictures(self, outcome: Outcome) -> None:
        readings: dict[str, Reading] = outcome.result or {}
        for recipe in RECIPES:
            reading = readings.get(str(recipe.values["dataset.name"]))
            if reading is not None:
                self._card(recipe).set_pictures(reading.pictures)

    @Slot(bool)
    def _show_tour(self, shown: bool) -> None:
        self._tour.setVisible(shown)
        self._tour_action.setChecked(shown)
        self._settings.set(_TOUR_KEY, shown)

    @Slot()
    def _on_hide(self) -> None:
        self._show_tour(False)

    @Slot()
    def _on_choose(self) -> None:
        self._menu.popup(self._choose.mapToGlobal(QPoint(0, self._choose.height() + 2)))

    @Slot()
    def _on_recipe(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.recipe_chosen.emit(action.data())

    @Slot()
    def _on_card(self) -> None:
        self.recipe_chosen.emit(self.sender().property("recipe"))

    @Slot()
    def _on_choose_folder(self) -> None:
        dialog = QFileDialog(self, "Choose a folder of images", str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_folder)
        dialog.open()

    @Slot(str)
    def _on_folder(self, folder: str) -> None:
        self.folder_dropped.emit(Path(folder))


class _StartButton(Button):
    """Start, with its keys written inside."""

    def __init__(self, keys: str) -> None:
        super().__init__("Start", "play-fill", "large-primary")
        self._keys = keys

    def sizeHint(self) -> QSize:
        """With room for the keys."""
        return super().sizeHint() + QSize(self._room(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style's button without its text, then both texts."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        option.rect = self.rect().adjusted(0, 0, -self._room(), 0)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option)
        painter.setFont(theme.font(13))
        painter.setPen(theme.qcolor("on_accent" if self.isEnabled() else "off"))
        where = self.rect().adjusted(0, 0, -17, 0)
        painter.drawText(where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._keys)
        painter.end()

    def _room(self) -> int:
        return 16 + self.fontMetrics().horizontalAdvance(self._keys)


def _read_pictures(job: Job) -> dict[str, Reading]:
    """Readings of several data sets by name; one that cannot be read is left out, since it is only decoration."""
    readings: dict[str, Reading] = {}
    for request in job.request:
        job.check()
        try:
            readings[request.name] = read_source(Job(request, job.check, job.report))
        except UserError:
            continue
    return readings


def _tour() -> list[tuple[str, str, Draw]]:
    grids = [_picture(str(seconds)) for seconds, _ in _MOMENTS]
    cell = QRect(_WATCHED * _GRID_PITCH, 0, DIGIT, DIGIT)
    watched = [grid.copy(cell) for grid in grids if grid is not None]
    walk = _picture("walk")
    return [
        (
            "Watch it learn",
            "Scrub back through every sample, from noise to now.",
            strip_of(watched, 2) if watched else draw_learning,
        ),
        ("Steer while it runs", "Change a rate or a penalty. The plots mark the moment.", draw_steering),
        (
            "Explore the latents",
            "Walk from one sample to another, as it trains.",
            draw_exploring if walk is None else strip_of([walk]),
        ),
        ("Resume exactly", "Close at any time. The run goes on where it was.", draw_resuming),
    ]


@functools.cache
def _shipped(name: str) -> Path | None:
    try:
        return paths.resource("welcome", f"{name}.png")
    except FileNotFoundError:
        return None


def _picture(name: str) -> QPixmap | None:
    """A picture of a real run that ships with the studio, if it does."""
    file = _shipped(name)
    return QPixmap(str(file)) if file is not None else None


def _arrow() -> QVBoxLayout:
    """Between two pictures, at the middle of their height, which the caption below them moves."""
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 22)
    column.addWidget(Glyph("caret-right", "ink3", 14))
    return column


def _heading(text: str) -> QWidget:
    made = label(text, "title")
    made.setMinimumHeight(20)
    return made


def _start_keys() -> str:
    return QKeySequence("Ctrl+R").toString(QKeySequence.SequenceFormat.NativeText)


def _typeset(text: str) -> str:
    """Thousands set apart by a narrow space."""
    return re.sub(r"(?<=\d) (?=\d{3}\b)", NARROW, text)
