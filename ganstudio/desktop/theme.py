"""Colours, fonts and icons of the studio, from one palette that follows the system or the person.

Every widget takes its looks from the application's one style sheet (`ganstudio.desktop.stylesheet`) or, where it
paints itself, from `palette()`, `qcolor()` and `font()` at the moment of painting; both follow a change of theme alive.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from ganstudio import paths

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")
FAMILY = "Inter Studio"
"""Inter under a name of its own, so that another version on the system does not take its place."""
_FONT_FILES = ("InterStudio-Regular.ttf", "InterStudio-Medium.ttf", "InterStudio-SemiBold.ttf")


@dataclass(frozen=True)
class Palette:
    """Every colour by its meaning, as ``#rrggbb``."""

    name: Literal["dark", "light"]
    gap: str
    chrome: str
    panel: str
    raised: str
    field: str
    hover: str
    canvas: str
    line: str
    grid: str
    edge: str
    ink: str
    ink2: str
    ink3: str
    off: str
    accent: str
    on_accent: str
    accent_text: str
    accent_soft: str
    d: str
    g: str
    real: str
    ok: str
    warn: str
    warn_fill: str
    warn_soft: str
    bad: str
    bad_soft: str
    run_a: str
    run_b: str
    run_c: str


DARK = Palette(
    name="dark", gap="#101113", chrome="#17181a", panel="#1d1f22", raised="#25282c", field="#141518", hover="#2e3237",
    canvas="#0c0d0e", line="#303439", grid="#2a2d32", edge="#4a5059", ink="#e9ebee", ink2="#b3b9c1", ink3="#949ba5",
    off="#878e98", accent="#3fbfae", on_accent="#06231f", accent_text="#57cdbd", accent_soft="#1c3a38", d="#5aa7f0",
    g="#f28a47", real="#c6cbd2", ok="#3fbfae", warn="#f2c84b", warn_fill="#f2c84b", warn_soft="#332d1b", bad="#ff7a7a",
    bad_soft="#3a2224", run_a="#b39df3", run_b="#f097c5", run_c="#c7cf5a",
)  # fmt: skip
LIGHT = Palette(
    name="light", gap="#d3d5d9", chrome="#e7e8eb", panel="#f5f6f7", raised="#ffffff", field="#ffffff", hover="#e6e8eb",
    canvas="#0c0d0e", line="#d5d8dc", grid="#e4e6e9", edge="#a6acb5", ink="#191b1f", ink2="#444a53", ink3="#5d646e",
    off="#616872", accent="#0b7a6e", on_accent="#ffffff", accent_text="#0a6f64", accent_soft="#d6ece8", d="#1c66b8",
    g="#b0460a", real="#5b626c", ok="#0a7468", warn="#7f5b00", warn_fill="#d89b00", warn_soft="#fbf1d3", bad="#b3261e",
    bad_soft="#fbe6e4", run_a="#6c4ab6", run_b="#a8326e", run_c="#5c6600",
)  # fmt: skip


class Theme(QObject):
    """Which palette is in use, and when it changes. Use `theme()`, the application's one."""

    changed = Signal()
    """The palette is another one; the style sheet has been replaced already."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode: Mode = "system"
        self._palette = DARK
        self._undressed = False

    @property
    def mode(self) -> Mode:
        """What the person chose."""
        return self._mode

    @property
    def palette(self) -> Palette:
        """The palette in use."""
        return self._palette

    def follow_system(self) -> None:
        """Take the system's scheme now and whenever it changes; needs the application."""
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme)
        self._apply()

    def set_mode(self, mode: Mode) -> None:
        """Follow the system, or stay light or dark."""
        if mode not in MODES:
            raise ValueError(f"There is no theme '{mode}'; known: {', '.join(MODES)}.")
        self._mode = mode
        scheme = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}[mode]
        if isinstance(QGuiApplication.instance(), QGuiApplication):
            QGuiApplication.styleHints().setColorScheme(scheme)
        self._apply()

    @contextlib.contextmanager
    def undressed(self) -> Iterator[None]:
        """Put the style sheet on at the end only: a widget that is built under it is polished again at every turn,
        which doubles the time to the first window."""
        self._undressed = True
        application = QApplication.instance()
        if isinstance(application, QApplication) and application.property("dressed"):
            application.setProperty("dressed", None)
            application.setStyleSheet("")
        try:
            yield
        finally:
            self._undressed = False
            self._apply()

    @Slot()
    def _on_scheme(self) -> None:
        self._apply()

    def _apply(self) -> None:
        wanted = self._resolve()
        application = QApplication.instance()
        if self._undressed or not isinstance(application, QApplication):
            self._palette = wanted
        elif application.property("dressed") != wanted.name:
            from ganstudio.desktop import stylesheet  # it reads this module's palettes

            self._palette = wanted
            application.setProperty("dressed", wanted.name)
            application.setPalette(_qpalette(wanted))
            application.setStyleSheet(stylesheet.build(wanted))
            self.changed.emit()

    def _resolve(self) -> Palette:
        if self._mode == "system" and isinstance(QGuiApplication.instance(), QGuiApplication):
            return LIGHT if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light else DARK
        return LIGHT if self._mode == "light" else DARK


@functools.cache
def theme() -> Theme:
    """The application's one theme."""
    return Theme()


def palette() -> Palette:
    """The palette in use."""
    return theme().palette


def qcolor(token: str, alpha: int = 255) -> QColor:
    """A colour of the palette in use, such as ``qcolor("accent")``; `alpha` 0 to 255."""
    colour = QColor(getattr(palette(), token))
    colour.setAlpha(alpha)
    return colour


def font(px: int, weight: int = 400) -> QFont:
    """Inter with tabular figures; `weight` is 400, 500 or 600."""
    face = QFont(FAMILY)
    face.setPixelSize(px)
    face.setWeight(QFont.Weight(weight))
    face.setFeature(QFont.Tag("tnum"), 1)
    face.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return face


def load_fonts() -> None:
    """Register the shipped faces; FileNotFoundError when the installation is incomplete."""
    for name in _FONT_FILES:
        QFontDatabase.addApplicationFont(str(paths.resource("fonts", name)))


def icon(name: str, token: str = "ink", *, disabled: str = "off", checked: str | None = None) -> QIcon:
    """A Phosphor icon such as ``icon("play")`` in the colour `token`, at any size, following the theme.

    `checked` is its colour while the control is on. ValueError when the font has no such icon.
    """
    return QIcon(_GlyphEngine(name, token, disabled, checked or token))


def paint_icon(painter: QPainter, name: str, rect: QRect | QRectF, colour: str | QColor = "ink") -> None:
    """Paint an icon into a square of logical pixels, for widgets that paint themselves; `colour` may be a token."""
    _paint_glyph(painter, _glyph(name), QRectF(rect), qcolor(colour) if isinstance(colour, str) else colour)


def check_icon(name: str) -> str:
    """`name`, if there is such an icon; ValueError otherwise.

    For whoever keeps a name to paint it later: an exception inside a paint event leaves the painter active, and the
    process crashes soon after.
    """
    _glyph(name)
    return name


def restyle(widget: QWidget, **properties: Any) -> None:
    """Set dynamic properties that the style sheet reads and, where they differ, apply its rules anew."""
    changed = [name for name, value in properties.items() if widget.property(name) != value]
    for name in changed:
        widget.setProperty(name, properties[name])
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class _GlyphEngine(QIconEngine):
    """Paints one glyph in a colour of the palette in use, so that an icon never has to be replaced."""

    def __init__(self, name: str, token: str, disabled: str, checked: str) -> None:
        super().__init__()
        self._arguments = (name, token, disabled, checked)
        self._character = _glyph(name)

    def clone(self) -> QIconEngine:
        """Qt's copy."""
        return _GlyphEngine(*self._arguments)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Qt's request."""
        _, token, disabled, checked = self._arguments
        chosen = disabled if mode == QIcon.Mode.Disabled else checked if state == QIcon.State.On else token
        _paint_glyph(painter, self._character, QRectF(rect), qcolor(chosen))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Qt's request, in device pixels."""
        image = QPixmap(size)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return image


def _paint_glyph(painter: QPainter, character: str, rect: QRectF, colour: QColor) -> None:
    """At the left of `rect`, as large as it is high: the font's em is the icon's box, so its lines meet the pixels."""
    face = QFont(_icon_family())
    face.setPixelSize(max(1, round(rect.height())))
    face.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setFont(face)
    painter.setPen(colour)
    painter.drawText(QPointF(rect.left(), rect.top() + rect.height()), character)
    painter.restore()


@functools.cache
def _icon_files() -> Path:
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The package QtAwesome, which holds the icons, is missing.")
    return Path(spec.origin).parent / "fonts"


def _icon_file(pattern: str) -> Path:
    found = sorted(_icon_files().glob(pattern))
    if not found:
        raise FileNotFoundError(f"QtAwesome's {pattern} is missing: the installation is incomplete.")
    return found[-1]


@functools.cache
def _icon_family() -> str:
    """QtAwesome's Phosphor font, registered; the package itself is not imported, which would take 0.4 s."""
    number = QFontDatabase.addApplicationFont(str(_icon_file("phosphor-[0-9]*.ttf")))
    return QFontDatabase.applicationFontFamilies(number)[0]


@functools.cache
def _glyphs() -> dict[str, str]:
    codes: dict[str, str] = json.loads(_icon_file("phosphor-charmap-*.json").read_text(encoding="utf-8"))
    return codes


def _glyph(name: str) -> str:
    code = _glyphs().get(name)
    if code is None:
        raise ValueError(f"Phosphor has no icon '{name}'.")
    return chr(int(code, 16))


def _qpalette(colours: Palette) -> QPalette:
    """The palette for what the style sheet does not reach: native dialogs, selections, placeholder text."""
    role = QPalette.ColorRole
    result = QPalette()
    for target, token in (
        (role.Window, colours.panel), (role.WindowText, colours.ink), (role.Base, colours.field),
        (role.AlternateBase, colours.raised), (role.Text, colours.ink), (role.Button, colours.raised),
        (role.ButtonText, colours.ink), (role.BrightText, colours.bad), (role.Link, colours.accent_text),
        (role.LinkVisited, colours.accent_text), (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.PlaceholderText, colours.ink3), (role.ToolTipBase, colours.raised), (role.ToolTipText, colours.ink),
        (role.Light, colours.hover), (role.Mid, colours.edge), (role.Dark, colours.line), (role.Shadow, colours.gap),
        (role.Accent, colours.accent),
    ):  # fmt: skip
        result.setColor(target, QColor(token))
    for target in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, target, QColor(colours.off))
    return result
