"""Set the objectives of the variants as SVG, once, so that the studio needs no typesetter.

    python packaging/formulas.py [--out resources/formulas]

Every formula is one SVG of glyph outlines at 15 px. The letters D and G, subscripts included, are filled with the
placeholders ``{D}`` and ``{G}``, everything else with ``{ink}``: ``text.format(ink=..., D=..., G=...)`` gives a drawing
in a theme's colours. All have the same height and baseline (``data-baseline``, px from the top), and a penalty begins
with the space that belongs before its plus, so an objective and a penalty set side by side read as one line. The
``<title>`` is the formula in plain text, for screen readers and tooltips.

Needs matplotlib, whose STIX fonts the outlines are from.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.mathtext import MathTextParser
from matplotlib.path import Path as Outline

if TYPE_CHECKING:
    from matplotlib.ft2font import GlyphIndexType

OUT = Path(__file__).resolve().parents[1] / "resources" / "formulas"

SIZE = 15.0  # px: the type size a formula is drawn at
HEIGHT = 22  # px: the box of every formula, and the distance of two lines
BASELINE = 16  # px from the top of the box, whole so that the feet of the letters meet the pixel grid
STROKE = 0.2  # px: outlines are drawn without hinting, and would look thinner than the text around them
PRECISION = 100  # layout is done this much larger, because the layout engine rounds widths to whole units


class Formula(NamedTuple):
    """One line of mathematics, for the eye and for the ear."""

    mathtext: str
    plain: str


LOSS_D, LOSS_G = r"L_D = ", r"L_G = "
E, E_X, E_Z = r"\mathrm{\mathbb{E}}\,", r"\mathrm{\mathbb{E}}_x\,", r"\mathrm{\mathbb{E}}_z\,"
MINUS_E_Z = rf"-\hspace{{0.08}}{E_Z}"  # a sign stands close, but must not touch
SP, RELU = r"\mathrm{sp}", r"\mathrm{relu}"
REAL, FAKE = "D(x)", "D(G(z))"

_D_CLASSIC = Formula(
    LOSS_D + rf"{E_X}{SP}(-{REAL}) + {E_Z}{SP}({FAKE})",
    "L_D = E_x sp(−D(x)) + E_z sp(D(G(z)))",
)
_G_CRITIC = Formula(LOSS_G + rf"{MINUS_E_Z}{FAKE}", "L_G = −E_z D(G(z))")

FORMULAS: dict[str, Formula] = {
    "non-saturating-discriminator": _D_CLASSIC,
    "non-saturating-generator": Formula(LOSS_G + rf"{E_Z}{SP}(-{FAKE})", "L_G = E_z sp(−D(G(z)))"),
    "saturating-discriminator": _D_CLASSIC,
    "saturating-generator": Formula(LOSS_G + rf"{MINUS_E_Z}{SP}({FAKE})", "L_G = −E_z sp(D(G(z)))"),
    "wasserstein-discriminator": Formula(LOSS_D + rf"{E_Z}{FAKE} - {E_X}{REAL}", "L_D = E_z D(G(z)) − E_x D(x)"),
    "wasserstein-generator": _G_CRITIC,
    "relativistic-discriminator": Formula(LOSS_D + rf"{E}{SP}({FAKE} - {REAL})", "L_D = E sp(D(G(z)) − D(x))"),
    "relativistic-generator": Formula(LOSS_G + rf"{E}{SP}({REAL} - {FAKE})", "L_G = E sp(D(x) − D(G(z)))"),
    "hinge-discriminator": Formula(
        LOSS_D + rf"{E_X}{RELU}(1 - {REAL}) + {E_Z}{RELU}(1 + {FAKE})",
        "L_D = E_x relu(1 − D(x)) + E_z relu(1 + D(G(z)))",
    ),
    "hinge-generator": _G_CRITIC,
    "least-squares-discriminator": Formula(
        LOSS_D + rf"½\,{E_X}({REAL} - b)^2 + ½\,{E_Z}({FAKE} - a)^2",
        "L_D = ½ E_x (D(x) − b)² + ½ E_z (D(G(z)) − a)²",
    ),
    "least-squares-generator": Formula(LOSS_G + rf"½\,{E_Z}({FAKE} - c)^2", "L_G = ½ E_z (D(G(z)) − c)²"),
    # A penalty follows a discriminator's line: the empty group makes its plus a sum, with a sum's spaces.
    "penalty-gradient": Formula(
        r"{}+ \lambda\mathrm{\mathbb{E}}(\Vert\nabla D(\hat{x})\Vert - 1)^2", "+ λ E(‖∇D(x̂)‖ − 1)²"
    ),
    "penalty-r1": Formula(r"{}+ \gamma\,/\,2\,R_1", "+ γ/2 R₁"),
    "penalty-r2": Formula(r"{}+ \gamma\,/\,2\,R_2", "+ γ/2 R₂"),
    "penalty-r1-r2": Formula(r"{}+ \gamma\,/\,2\,(R_1 + R_2)", "+ γ/2 (R₁ + R₂)"),
}

_COMMANDS = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C"}


@cache
def _outline(font_file: str, glyph_index: GlyphIndexType) -> Outline:
    """The unhinted outline of a glyph, 1000 units to the em, y upwards."""
    font = FT2Font(font_file)
    font.set_size(1000, 72)
    font.load_glyph(glyph_index, flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    return Outline(vertices, codes)


def _path_data(outline: Outline, x: float, y: float, size: float) -> str:
    """SVG path data of an outline set at (x, y), y downwards, in a type size in px."""
    scale = size / 1000
    parts: list[str] = []
    for vertices, code in outline.iter_segments(simplify=False):
        if code == Outline.CLOSEPOLY:
            parts.append("Z")
            continue
        points = [(x + scale * px, y - scale * py) for px, py in vertices.reshape(-1, 2)]
        parts.append(_COMMANDS[code] + " ".join(f"{px:.2f},{py:.2f}" for px, py in points))
    return "".join(parts)


def _glyphs(mathtext: str) -> tuple[float, list[tuple[str, str]]]:
    """Lay a formula out: its width in px and, glyph by glyph, (role, path data), where role is ink, D or G."""
    properties = FontProperties(size=SIZE * PRECISION, math_fontfamily="stix")
    layout = MathTextParser("path").parse(f"${mathtext}$", dpi=72, prop=properties)
    if layout.rects:
        raise ValueError(f"{mathtext!r} draws a rule (a fraction or a root); write it without")
    baseline = layout.glyphs[0][-1]  # every formula begins with a glyph that is no script
    glyphs = []
    for font, size, code, glyph_index, x, y in layout.glyphs:
        role = chr(code) if code in (ord("D"), ord("G")) else "ink"
        data = _path_data(
            _outline(str(font.fname), glyph_index),
            x / PRECISION,
            BASELINE - (y - baseline) / PRECISION,
            size / PRECISION,
        )
        glyphs.append((role, data))
    return layout.width / PRECISION, glyphs


def svg(formula: Formula) -> str:
    """One formula as an SVG document with the placeholders {ink}, {D} and {G}."""
    width, glyphs = _glyphs(formula.mathtext)

    def groups() -> Iterator[str]:
        for role in ("ink", "D", "G"):
            paths = [f'<path d="{data}"/>' for drawn_as, data in glyphs if drawn_as == role]
            if paths:
                yield (
                    f'<g fill="{{{role}}}" stroke="{{{role}}}" stroke-width="{STROKE}">\n'
                    + "\n".join(paths)
                    + "\n</g>\n"
                )

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}" height="{HEIGHT}" '
        f'viewBox="0 0 {width:.2f} {HEIGHT}" data-baseline="{BASELINE}">\n'
        f"<title>{formula.plain}</title>\n" + "".join(groups()) + "</svg>\n"
    )


def main() -> None:
    """Write one SVG per formula."""
    parser = argparse.ArgumentParser(description="Set the objectives of the variants as SVG.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the SVG files (default: %(default)s)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, formula in FORMULAS.items():
        (out / f"{name}.svg").write_text(svg(formula), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
