"""What the studio ships is whole, is what the table says, and carries its licence."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

from ganstudio.paths import resource

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

FOLDERS = ("data", "example", "fonts", "formulas", "icons", "style", "weights")
FONTS = {"InterStudio-Regular.ttf": 400, "InterStudio-Medium.ttf": 500, "InterStudio-SemiBold.ttf": 600}
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)

BOTH, ONLY_D, ONLY_G, NEITHER = {"ink", "D", "G"}, {"ink", "D"}, {"ink", "G"}, {"ink"}
ENDINGS = ("", "-classes", "-translated", "-enlarged")
FORMULAS: dict[str, set[str]] = {
    **{f"{loss}-discriminator{end}": BOTH for loss in ("wasserstein", "relativistic") for end in ENDINGS},
    **{f"{loss}-discriminator": BOTH for loss in ("non-saturating", "hinge", "least-squares")},
    **{f"{loss}-real{end}": ONLY_D for loss in ("non-saturating", "hinge", "least-squares") for end in ENDINGS[1:]},
    **{
        f"added-{loss}-fake{end}": {"ink", "D", "G"}
        for loss in ("non-saturating", "hinge", "least-squares")
        for end in ENDINGS
        if end or loss == "non-saturating"
    },
    **{
        f"{loss}-generator{end}": BOTH
        for loss in ("non-saturating", "saturating", "wasserstein", "relativistic", "least-squares")
        for end in ENDINGS
    },
    **{
        f"added-{loss}-generator-enlarged": {"ink", "D", "G"}
        for loss in ("non-saturating", "saturating", "wasserstein", "relativistic", "least-squares")
    },
    **{f"{start}smoothed-real{end}": ONLY_D for start in ("", "added-") for end in ENDINGS},
    **dict.fromkeys(
        (
            "perceptual-generator",
            "pixels-generator",
            "added-pixels",
            "added-cycle",
            "added-identity",
            "added-feature-matching",
        ),
        ONLY_G,
    ),
    **dict.fromkeys(("penalty-gradient", "penalty-one-sided", "penalty-zero-centred", "penalty-drift"), ONLY_D),
    **dict.fromkeys(("penalty-r1", "penalty-r2", "penalty-r1-r2", "penalty-lecam", "added-orthogonal"), NEITHER),
    **dict.fromkeys(("view-augment", "view-noise", "view-augment-noise"), {"D"} | {"ink"}),
}
PAIRS = (  # an objective and the penalty that its paper adds
    ("non-saturating-discriminator", "penalty-r1"),
    ("wasserstein-discriminator", "penalty-gradient"),
    ("relativistic-discriminator", "penalty-r1-r2"),
)
COLOURS = {"ink": "#E9EBEE", "D": "#5AA7F0", "G": "#F28A47"}
SVG = "{http://www.w3.org/2000/svg}"


class Row(NamedTuple):
    """A row of the table in resources/README.md."""

    pattern: str
    licence: str
    sha256: str


def _table() -> list[Row]:
    rows = []
    for line in resource("README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`"):
            rows.append(Row(cells[0].strip("`"), cells[3], cells[4]))
    return rows


TABLE = _table()
ROOT = resource("README.md").parent


def _svg(*parts: str) -> tuple[str, ElementTree.Element]:
    text = resource(*parts).read_text(encoding="utf-8")
    return text, ElementTree.fromstring(text)


@pytest.fixture(scope="module")
def application() -> object:
    """A Qt application: fonts and images need one."""
    from PySide6.QtWidgets import QApplication

    return QApplication.instance() or QApplication([])


# --- the table -------------------------------------------------------------------------------------------------------


def test_every_file_has_a_row_and_every_row_a_file() -> None:
    files = {path for folder in FOLDERS for path in resource(folder).rglob("*") if path.is_file()}
    shipped = {path for path in files if not path.name.startswith("LICENSE")}
    described: set[Path] = set()
    for row in TABLE:
        found = set(ROOT.glob(row.pattern))
        assert found, f"resources/README.md describes {row.pattern}, which is missing"
        described |= found
    assert shipped <= described, f"not in resources/README.md: {sorted(map(str, shipped - described))}"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.pattern)
def test_licence_is_beside_the_file(row: Row) -> None:
    if row.licence == "the studio's own":
        return
    name = re.search(r"`([^`]+)`", row.licence)
    assert name, f"{row.pattern}: the table names no licence file"
    licence = ROOT / name[1]
    assert licence.parent == (ROOT / row.pattern).parent
    text = licence.read_text(encoding="utf-8")
    assert "copyright" in text.lower()
    for mark, phrase in (
        ("CC BY-SA 3.0", "creativecommons.org/licenses/by-sa/3.0"),
        ("MIT", "The MIT License"),
        ("Apache-2.0", "Apache License"),
        ("OFL-1.1", "SIL OPEN FONT LICENSE Version 1.1"),
        ("BSD-3-Clause", "BSD 3-Clause License"),
    ):
        assert (mark in row.licence) == (phrase in text), f"{licence.name} and the table disagree on {mark}"


@pytest.mark.parametrize("row", [row for row in TABLE if row.sha256], ids=lambda row: row.pattern)
def test_checksum(row: Row) -> None:
    assert hashlib.sha256((ROOT / row.pattern).read_bytes()).hexdigest() == row.sha256


def test_all_data_and_fonts_have_a_checksum() -> None:
    pinned = ("data/", "fonts/", "weights/")
    without = [row.pattern for row in TABLE if row.pattern.startswith(pinned) and not row.sha256]
    assert not without


# --- data ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("mnist-10k.npz", (10_000, 28, 28), 10),
        ("emoji-noto.npz", (3_729, 64, 64, 3), 9),
        ("emoji-fluent.npz", (3_139, 64, 64, 3), 9),
    ],
)
def test_data(name: str, shape: tuple[int, ...], classes: int) -> None:
    with np.load(resource("data", name), allow_pickle=False) as arrays:
        images, labels = arrays["images"], arrays["labels"]
        assert images.shape == shape
        assert images.dtype == labels.dtype == np.uint8
        assert images.min() == 0 and images.max() == 255
        assert labels.shape == shape[:1]
        assert len(arrays["classes"]) == classes
        assert np.bincount(labels, minlength=classes).min() > 0 and labels.max() == classes - 1


def test_emoji_have_names_of_which_the_two_styles_share_many() -> None:
    names = {}
    for style, count in (("noto", 3_729), ("fluent", 3_139)):
        with np.load(resource("data", f"emoji-{style}.npz"), allow_pickle=False) as arrays:
            names[style] = set(arrays["names"].tolist())
        assert len(names[style]) == count
    assert len(names["noto"] & names["fluent"]) == 1_561


# --- fonts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FONTS)
def test_font_loads_as_inter(name: str, application: object) -> None:
    from PySide6.QtGui import QFontDatabase, QRawFont

    path = resource("fonts", name)
    identifier = QFontDatabase.addApplicationFont(str(path))
    assert identifier != -1, f"Qt cannot load {name}"
    assert "Inter Studio" in QFontDatabase.applicationFontFamilies(identifier)
    font = QRawFont(str(path), 12)
    assert font.isValid()
    assert int.from_bytes(font.fontTable("OS/2").data()[4:6], "big") == FONTS[name]
    assert b"tnum" in font.fontTable("GSUB").data(), f"{name} has no tabular figures"
    assert 0 not in font.glyphIndexesForString("0123456789−→×·…²\u202fλγ"), f"{name} lacks a character of the studio's"


@pytest.mark.parametrize("weight", FONTS.values())
def test_tabular_figures_are_equally_wide(weight: int, application: object) -> None:
    from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

    for name in FONTS:
        QFontDatabase.addApplicationFont(str(resource("fonts", name)))
    font = QFont("Inter Studio")
    font.setPixelSize(12)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    widths = [QFontMetricsF(font).horizontalAdvance(digit * 100) / 100 for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.05, "px; the fonts' own instances round one figure by a unit"


# --- formulas --------------------------------------------------------------------------------------------------------


def test_all_formulas_are_here_and_no_other() -> None:
    assert {path.stem for path in resource("formulas").glob("*.svg")} == set(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name: str) -> None:
    text, root = _svg("formulas", f"{name}.svg")
    assert set(re.findall(r"\{(\w+)\}", text)) == FORMULAS[name]
    assert not re.search(r"[{}]", text.format(**COLOURS)), "a theme's colours must fill every brace"
    assert {group.get("fill") for group in root.iter(f"{SVG}g")} == {f"{{{role}}}" for role in FORMULAS[name]}

    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"].split() == ["0", "0", root.attrib["width"], root.attrib["height"]]
    baseline = float(root.attrib["data-baseline"])
    assert baseline.is_integer() and 0 < baseline < height

    outlines = " ".join(path.attrib["d"] for path in root.iter(f"{SVG}path"))
    points = np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", outlines), dtype=float)
    assert points[:, 0].min() > -0.2 and points[:, 0].max() < width
    assert points[:, 1].min() > 0 and points[:, 1].max() < height

    title = root.findtext(f"{SVG}title") or ""
    starts = {"added": ("+ ", "− "), "penalty": ("+ ",), "view": ("D(·) ← ",)}.get(name.partition("-")[0])
    assert title.startswith(starts or (("L_G = ",) if "generator" in name else ("L_D = ",)))
    letters = {role: title.count(role) for role in ("D", "G") if role in title}
    drawn = {
        str(group.get("fill")).strip("{}"): len(group.findall(f"{SVG}path"))
        for group in root.iter(f"{SVG}g")
        if group.get("fill") != "{ink}"
    }
    assert drawn == letters, "every D and G of the formula, and nothing else, has its colour"


def test_formulas_share_one_box() -> None:
    boxes = {
        (root.attrib["height"], root.attrib["data-baseline"])
        for root in (_svg("formulas", f"{name}.svg")[1] for name in FORMULAS)
    }
    assert len(boxes) == 1


def test_objectives_fit_the_card_at_its_smallest_type() -> None:
    widths = {name: float(_svg("formulas", f"{name}.svg")[1].attrib["width"]) * 13.5 / 15 for name in FORMULAS}
    for line in [(name,) for name in FORMULAS] + list(PAIRS):
        assert sum(widths[name] for name in line) <= 258, f"{' '.join(line)} is wider than the card"


@pytest.mark.parametrize("name", FORMULAS)
def test_qt_draws_the_formula_in_its_colours(name: str) -> None:
    from PySide6.QtCore import QByteArray
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    text = _svg("formulas", f"{name}.svg")[0].format(**COLOURS)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize() * 8, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    pixels = np.frombuffer(image.constBits(), dtype="<u4").reshape(image.height(), -1) & 0xFFFFFF
    for role, colour in COLOURS.items():
        assert (pixels == int(colour[1:], 16)).any() == (role in FORMULAS[name]), f"{role} in {name}"


# --- icons -----------------------------------------------------------------------------------------------------------


def test_mark_takes_the_theme_s_colours() -> None:
    text, _ = _svg("icons", "mark.svg")
    assert set(re.findall(r"\{(\w+)\}", text)) == {"D", "G"}
    assert "{" not in text.format(D="#1C66B8", G="#B0460A")


def test_icon_is_whole_at_every_size(application: object) -> None:
    from PySide6.QtGui import QIcon, QImage

    assert {path.name for path in resource("icons").glob("*.png")} == {f"ganstudio-{size}.png" for size in ICON_SIZES}
    for size in ICON_SIZES:
        image = QImage(str(resource("icons", f"ganstudio-{size}.png")))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(0, 0).alpha() == 0
        assert image.pixelColor(size // 4, size // 4).name().upper() == COLOURS["D"]
        assert image.pixelColor(size * 3 // 4, size * 3 // 4).name().upper() == COLOURS["G"]
    assert not QIcon(str(resource("icons", "ganstudio.svg"))).pixmap(64).isNull()
    assert {size.width() for size in QIcon(str(resource("icons", "ganstudio.ico"))).availableSizes()} == {
        size for size in ICON_SIZES if size <= 256
    }
