"""The application's one style sheet, built from a palette.

Widgets choose their looks by dynamic properties: ``role`` on buttons and frames, ``type`` on labels (Qt has a
property ``text`` of its own), ``small`` for the 24 px controls of headers, ``invalid`` on fields. `theme.restyle`
changes a property of a widget that is shown already.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from ganstudio import paths
from ganstudio.desktop.theme import Palette

_IMAGES = ("chevron-down", "chevron-up", "chevron-right", "chevron-down-off", "check", "tick")

_BASE = """
* { font-family: "Inter Studio"; font-size: 12px; color: $ink; selection-background-color: $accent; selection-color:
    $on_accent;
    outline: none; }
QWidget[ground="gap"] { background: $gap; }
QWidget[ground="chrome"] { background: $chrome; }
QWidget[ground="panel"] { background: $panel; }
QWidget[ground="raised"] { background: $raised; }
QWidget[ground="canvas"] { background: $canvas; }
QMainWindow, QMainWindow > QWidget#central { background: $gap; }
QDialog, QMessageBox { background: $panel; }
QFrame[role="panel"] { background: $panel; border: none; }
QFrame[role="card"] { background: $raised; border: 1px solid $line; border-radius: 6px; }
QFrame[role="finding"] { background: $raised; border: 1px solid $line; border-left: 3px solid $warn_fill;
    border-radius: 6px; }
QFrame[role="finding"][severity="error"] { border-left-color: $bad; }
QFrame[role="finding"][severity="info"] { border-left-color: $edge; }
QFrame[role="banner"] { background: $bad_soft; border: none; border-left: 3px solid $bad; }
QFrame[role="drop"] { background: transparent; border: 1px dashed $edge; border-radius: 6px; }
QFrame[role="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="upright"] { background: $line; border: none; max-width: 1px; min-width: 1px; }
QFrame[role="header"] { background: transparent; border: none; border-bottom: 1px solid $line; }
QSplitter { background: $gap; }
QSplitter::handle { background: $gap; }
QSplitter::handle:hover { background: $edge; }
QSplitter::handle:horizontal { width: 4px; }
QSplitter::handle:vertical { height: 4px; }
QStackedWidget, QScrollArea, QScrollArea > QWidget#qt_scrollarea_viewport { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[role="scrolled"] { background: transparent; }
QToolTip { background: $raised; color: $ink; border: 1px solid $edge; padding: 4px 6px; }
"""

_LABELS = """
QLabel { background: transparent; border: none; }
QLabel[type="h1"] { font-size: 20px; font-weight: 600; }
QLabel[type="h2"] { font-size: 13px; font-weight: 600; }
QLabel[type="title"] { font-size: 12px; font-weight: 600; }
QLabel[type="lead"] { font-size: 13px; color: $ink2; }
QLabel[type="label"], QLabel[type="body"] { color: $ink2; }
QLabel[type="subtitle"] { color: $ink3; }
QLabel[type="hint"] { font-size: 11px; color: $ink3; }
QLabel[type="note"] { font-size: 11px; color: $ink2; }
QLabel[type="number"] { font-weight: 600; }
QLabel[type="big"] { font-size: 24px; font-weight: 600; }
QLabel[type="link"] { color: $accent_text; }
QLabel[type="ok"] { color: $ok; }
QLabel[type="warn"] { color: $warn; }
QLabel[type="error"] { font-size: 11px; color: $bad; }
QLabel[type="d"] { color: $d; font-weight: 600; }
QLabel[type="g"] { color: $g; font-weight: 600; }
QLabel:disabled, QLabel[type]:disabled { color: $off; }
QLabel[chip="accent"] { background: $accent_soft; color: $accent_text; border-radius: 8px; padding: 0 8px;
    font-size: 11px;
    font-weight: 600; min-height: 16px; max-height: 16px; }
QLabel[chip="warn"] { background: $warn_soft; color: $warn; border-radius: 10px; padding: 0 8px; font-weight: 600;
    min-height: 20px; max-height: 20px; }
QLabel[chip="bad"] { background: $bad_soft; color: $bad; border-radius: 10px; padding: 0 8px; font-weight: 600;
    min-height: 20px; max-height: 20px; }
"""

_BUTTONS = """
QPushButton, QToolButton { border-radius: 4px; font-weight: 500; }
QPushButton { min-height: 26px; max-height: 26px; padding: 0 11px; border: 1px solid $edge; background: $raised; }
QPushButton[small="true"] { min-height: 22px; max-height: 22px; padding: 0 9px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; min-height: 24px; max-height: 24px; padding: 0 10px; }
QPushButton[small="true"]:focus { min-height: 20px; max-height: 20px; padding: 0 8px; }
QPushButton:disabled { color: $off; background: $panel; border-color: $line; }
QPushButton[role="primary"], QPushButton[role="primary"]:default { background: $accent; color: $on_accent;
    font-weight: 600;
    border: 1px solid $accent; }
QPushButton[role="primary"]:hover { background: $accent_text; border-color: $accent_text; }
QPushButton[role="primary"]:pressed { background: $accent; border-color: $accent; }
QPushButton[role="primary"]:focus { border: 2px solid $ink; }
QPushButton[role="primary"]:disabled { background: $hover; color: $off; border-color: $hover; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; }
QPushButton[role="flat"]:hover { background: $hover; border-color: $hover; }
QPushButton[role="flat"]:pressed { background: $line; }
QPushButton[role="flat"]:focus { border: 2px solid $accent; }
QPushButton[role="flat"]:disabled { background: transparent; color: $off; border-color: transparent; }
QPushButton[bar="true"] { padding: 0 10px 0 7px; text-align: left; }
QPushButton[bar="true"]:focus { padding: 0 9px 0 6px; }
QPushButton[more="true"] { padding: 0 24px 0 7px; }
QPushButton[more="true"]:focus { padding: 0 23px 0 6px; }
QPushButton[role="link"] { background: transparent; border: none; color: $accent_text; padding: 0 2px;
    font-weight: 400;
    min-height: 20px; max-height: 20px; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid $accent; padding: 0 1px; }
QPushButton[role="link"]:disabled { color: $off; }
QPushButton[role="fold"] { background: transparent; border: none; color: $ink2; padding: 0 2px; font-weight: 400;
    text-align: left; min-height: 20px; max-height: 20px; }
QPushButton[role="fold"]:hover { color: $ink; }
QPushButton[role="fold"]:focus { border: 1px solid $accent; padding: 0 1px; }
QPushButton[role="bad"] { color: $bad; }
QPushButton[role="large"] { min-height: 34px; max-height: 34px; padding: 0 15px; font-size: 13px; }
QPushButton[role="large-primary"] { min-height: 36px; max-height: 36px; padding: 0 16px; font-size: 13px;
    font-weight: 600;
    border: none; background: $accent; color: $on_accent; }
QPushButton[role="large-primary"]:hover { background: $accent_text; }
QPushButton[role="large"]:focus { border: 2px solid $accent; min-height: 32px; max-height: 32px; padding: 0 14px; }
QPushButton[role="large-primary"]:focus { border: 2px solid $ink; min-height: 32px; max-height: 32px; padding:
    0 14px; }
QPushButton[role="large-primary"]:disabled { background: $hover; color: $off; }
QPushButton[role="section"] { background: transparent; border: none; border-radius: 0; padding: 0; min-height: 31px;
    max-height: 31px; text-align: left; }
QPushButton[role="section"]:hover { background: $hover; }
QPushButton[role="section"]:focus { border: 2px solid $accent; }
QPushButton[role="raised"]:checked { background: $accent_soft; color: $accent_text; }
QPushButton[segment] { background: $field; color: $ink2; border: 1px solid $edge; border-radius: 0; border-left: none;
    padding: 0 10px; min-height: 22px; max-height: 22px; }
QPushButton[segment="first"] { border-left: 1px solid $edge; border-top-left-radius: 4px;
    border-bottom-left-radius: 4px; }
QPushButton[segment="last"] { border-top-right-radius: 4px; border-bottom-right-radius: 4px; }
QPushButton[segment="only"] { border-left: 1px solid $edge; border-radius: 4px; }
QPushButton[segment][narrow="true"] { padding: 0 6px; }
QPushButton[segment]:hover { background: $hover; }
QPushButton[segment]:checked { background: $accent_soft; color: $accent_text; }
QPushButton[segment]:disabled { color: $off; background: $panel; }
QPushButton[segment]:focus { border: 2px solid $accent; min-height: 20px; max-height: 20px; padding: 0 9px 0 8px; }
QPushButton[segment][narrow="true"]:focus { padding: 0 5px 0 4px; }
QToolButton { border: 1px solid transparent; background: transparent; padding: 0; }
QToolButton[role="raised"] { border-color: $edge; background: $raised; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:open { background: $line; }
QToolButton:checked { background: $accent_soft; }
QToolButton:focus { border: 2px solid $accent; }
QToolButton:disabled { background: transparent; }
QToolButton::menu-indicator { image: none; width: 0; }
"""

_FIELDS = """
QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit { background: $field; border: 1px solid $edge;
    border-radius: 4px;
    padding: 0 7px; }
QLineEdit, QAbstractSpinBox { min-height: 22px; max-height: 22px; }
QLineEdit:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent;
    padding: 0 6px; }
QLineEdit:focus, QAbstractSpinBox:focus { min-height: 20px; max-height: 20px; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border: 2px solid $bad; padding: 0 6px;
    min-height: 20px;
    max-height: 20px; }
QLineEdit:disabled, QAbstractSpinBox:disabled { background: transparent; border-color: transparent; color: $off; }
QLineEdit[locked="true"] { background: transparent; border-color: transparent; color: $ink2; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 16px; border: none; background: transparent; }
QAbstractSpinBox::up-arrow { image: url("$chevron_up"); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url("$chevron_down"); width: 10px; height: 10px; }
QComboBox { background: $raised; border: 1px solid $edge; border-radius: 4px; padding: 0 28px 0 10px;
    min-height: 26px;
    max-height: 26px; font-weight: 500; combobox-popup: 0; }
QComboBox[small="true"] { min-height: 22px; max-height: 22px; padding: 0 24px 0 8px; }
QComboBox:hover { background: $hover; }
QComboBox:focus { border: 2px solid $accent; padding: 0 27px 0 9px; min-height: 24px; max-height: 24px; }
QComboBox[small="true"]:focus { min-height: 20px; max-height: 20px; padding: 0 23px 0 7px; }
QComboBox:disabled { color: $off; background: $panel; border-color: $line; }
QComboBox::drop-down { border: none; background: transparent; width: 24px; subcontrol-origin: border;
    subcontrol-position: center right; }
QComboBox::down-arrow { image: url("$chevron_down"); width: 12px; height: 12px; }
QComboBox::down-arrow:disabled { image: url("$chevron_down_off"); }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $edge; padding: 4px; outline: none; }
QAbstractItemView { background: $panel; border: none; outline: none; alternate-background-color: $panel;
    selection-background-color: $accent_soft; selection-color: $ink; }
QComboBox QAbstractItemView::item, QListView::item { min-height: 26px; padding: 0 8px; border-radius: 4px;
    border: none; }
QComboBox QAbstractItemView::item:hover, QListView::item:hover { background: $hover; }
QComboBox QAbstractItemView::item:selected, QListView::item:selected { background: $accent_soft; color: $ink; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $edge; border-radius: 3px; background: $field; }
QCheckBox::indicator:hover { background: $hover; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QCheckBox::indicator:disabled { background: $panel; border-color: $line; }
QCheckBox::indicator:focus { border: 2px solid $accent; width: 12px; height: 12px; }
QRadioButton::indicator { width: 12px; height: 12px; border: 1px solid $edge; border-radius: 7px; background:
    $field; }
QRadioButton::indicator:checked { background: $accent; border: 4px solid $field; width: 6px; height: 6px; }
QCheckBox:disabled, QRadioButton:disabled { color: $off; }
QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { height: 2px; background: $edge; border-radius: 1px; }
QSlider::sub-page:horizontal { height: 2px; background: $accent; border-radius: 1px; }
QSlider::handle:horizontal { width: 8px; height: 8px; margin: -4px 0; border-radius: 5px; background: $knob;
    border: 1px solid $knob_edge; }
QSlider::handle:horizontal:focus { border: 2px solid $accent; width: 8px; height: 8px; margin: -5px 0;
    border-radius: 6px; }
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled { background: $off; }
QProgressBar { background: $hover; border: none; border-radius: 2px; min-height: 4px; max-height: 4px;
    text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
"""

_LISTS = """
QTableView, QTreeView { background: $panel; gridline-color: $line; }
QTableView::item, QTreeView::item { border: none; border-bottom: 1px solid $line; padding: 0 8px; }
QTableView::item:selected, QTreeView::item:selected { background: $accent_soft; color: $ink; }
QHeaderView { background: $panel; }
QHeaderView::section { background: $panel; color: $ink2; border: none; border-bottom: 1px solid $line; padding: 0 8px;
    min-height: 27px; font-weight: 400; }
QHeaderView::section:hover { color: $ink; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 8px; }
QScrollBar:horizontal { height: 8px; }
QScrollBar::handle { background: $edge; border-radius: 2px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::handle:hover { background: $off; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenu { background: $raised; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 8px; border-radius: 4px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $off; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 0; }
QMenu::indicator { width: 12px; height: 12px; left: 6px; }
QMenu::indicator:checked { image: url("$tick"); }
QMenu::right-arrow { image: url("$chevron_right"); width: 10px; height: 10px; }
QMenuBar { background: transparent; border: none; spacing: 0; padding: 0; }
QMenuBar::item { background: transparent; color: $ink2; padding: 5px 8px; border-radius: 4px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; color: $ink; }
"""

_CHROME = """
QLineEdit[role="find"] { border-color: $line; padding: 0 7px; }
QLineEdit[role="find"]:focus { border-color: $accent; padding: 0 6px; }
QListView[role="popup"] { background: $raised; border: 1px solid $edge; padding: 1px; }
QPushButton[role="status"] { background: transparent; border: none; padding: 1px 0 0 0; color: $ink3; font-size: 11px;
    font-weight: 400; min-height: 20px; max-height: 20px; }
QPushButton[role="status"]:hover { color: $accent_text; }
QPushButton[role="status"]:focus { border: 1px solid $accent; }
QFrame[role="toast"] { background: $toast; border: 1px solid $toast_edge; border-radius: 6px; }
QFrame[role="toast"] QLabel { color: $toast_ink; }
QFrame[role="toast"] QPushButton { background: transparent; border: none; color: $toast_accent; font-weight: 600;
    padding: 0; min-height: 20px; max-height: 20px; }
QFrame[role="toast"] QPushButton:hover { text-decoration: underline; }
QFrame[role="toast"] QPushButton:focus, QFrame[role="toast"] QToolButton:focus { border: 1px solid $toast_accent; }
QFrame[role="toast"] QToolButton:hover { background: transparent; }
"""


def build(palette: Palette) -> str:
    """The style sheet in the colours of `palette`. FileNotFoundError when one of its images is missing."""
    dark = palette.name == "dark"
    tokens = asdict(palette) | {
        "knob": palette.ink if dark else "#ffffff",
        "knob_edge": palette.ink if dark else palette.edge,
        "toast": palette.raised if dark else palette.ink,
        "toast_edge": palette.edge if dark else palette.ink,
        "toast_ink": palette.ink if dark else "#f5f6f7",
        "toast_accent": palette.accent_text if dark else "#6fd6c7",
    }
    for name in _IMAGES:
        tokens[name.replace("-", "_")] = paths.resource("style", f"{name}-{palette.name}.svg").as_posix()
    return Template(_BASE + _LABELS + _BUTTONS + _FIELDS + _LISTS + _CHROME).substitute(tokens)
