"""Make the studio's faces from Inter's: TrueType outlines, the characters that it needs, a family name of their own.

    python packaging/fonts.py FOLDER [--out resources/fonts]

FOLDER holds Inter-Regular.otf, Inter-Medium.otf and Inter-SemiBold.otf, such as Debian's fonts-inter 3.19 does. Qt
thickens the stems of PostScript outlines, which makes small light text on dark look bold; TrueType outlines it paints
as they are. The name "Inter Studio" keeps an Inter that the system has, of another version, from taking their place.

Needs fontTools.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

OUT = Path(__file__).resolve().parents[1] / "resources" / "fonts"
WEIGHTS = ("Regular", "Medium", "SemiBold")
FAMILY = "Inter Studio"

FEATURES = ("calt", "case", "ccmp", "kern", "locl", "mark", "mkmk", "tnum", "zero")
BLOCKS = (
    (0x20, 0x52F),  # Latin, phonetic, accents, Greek, Cyrillic
    (0x1E00, 0x1EFF),  # Vietnamese
    (0x2000, 0x23FF),  # spaces, dashes, superscripts, currencies, letter-like, arrows, operators, technical
    (0x25A0, 0x25FF),  # shapes
)
ERROR = 1.0  # font units of 1/2816 em: how far an outline may move
RENAMED = {1: " ", 3: "", 4: " ", 6: "", 16: " "}  # name records that hold the family, and what joins its words


def reduce(font: TTFont) -> None:
    """Keep the characters of the studio, and the features that it uses or a script needs."""
    options = subset.Options(layout_features=list(FEATURES), name_IDs=["*"], notdef_outline=True, glyph_names=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in BLOCKS for code in range(first, last + 1)])
    subsetter.subset(font)


def to_truetype(font: TTFont) -> None:
    """Replace cubic curves by quadratic ones."""
    order = font.getGlyphOrder()
    shapes = font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(shapes)
        shapes[name].draw(Cu2QuPen(pen, ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    for table in ("CFF ", "VORG"):
        if table in font:
            del font[table]
    font["loca"] = newTable("loca")
    font["glyf"] = newTable("glyf")
    font["glyf"].glyphOrder = order
    font["glyf"].glyphs = glyphs
    font["maxp"].tableVersion = 0x00010000
    for field in (
        "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
        "maxSizeOfInstructions", "maxComponentElements",
    ):  # fmt: skip
        setattr(font["maxp"], field, 0)
    font["maxp"].maxZones = 1
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"


def rename(font: TTFont) -> None:
    """Call the family by its own name."""
    for record in font["name"].names:
        if record.nameID in RENAMED:
            record.string = record.toUnicode().replace("Inter", FAMILY.replace(" ", RENAMED[record.nameID]), 1)


def main() -> None:
    """Write the three faces."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    for weight in WEIGHTS:
        font = TTFont(arguments.folder / f"Inter-{weight}.otf", recalcTimestamp=False)
        reduce(font)
        to_truetype(font)
        rename(font)
        font.save(arguments.out / f"InterStudio-{weight}.ttf")


if __name__ == "__main__":
    main()
