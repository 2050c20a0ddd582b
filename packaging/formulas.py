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


class Setting(NamedTuple):
    """What D scores: a real and a made image, and the means over them, each for the eye and for the ear."""

    real: Formula
    fake: Formula
    over_real: Formula
    over_fake: Formula


E = r"\mathrm{\mathbb{E}}"
SP, RELU = r"\mathrm{sp}", r"\mathrm{relu}"
_X, _Z, _ALL = Formula(rf"{E}_x\,", "E_x "), Formula(rf"{E}_z\,", "E_z "), Formula(rf"{E}\,", "E ")
SETTINGS: dict[str, Setting] = {
    "": Setting(Formula("D(x)", "D(x)"), Formula("D(G(z))", "D(G(z))"), _X, _Z),
    "-classes": Setting(Formula("D(x,y)", "D(x, y)"), Formula("D(G(z,y),y)", "D(G(z, y), y)"), _ALL, _ALL),
    "-translated": Setting(Formula("D(y)", "D(y)"), Formula("D(G(x))", "D(G(x))"), Formula(rf"{E}_y\,", "E_y "), _X),
    "-enlarged": Setting(Formula("D(x)", "D(x)"), Formula(r"D(G(x_\downarrow))", "D(G(x↓))"), _X, _X),
}
"""By the ending of a drawing's name. The downward arrow marks a small image."""


def _minus(mean: Formula) -> str:
    """A sign stands close, but must not touch."""
    return rf"-\hspace{{0.08}}{mean.mathtext}"


def _objectives(ending: str, setting: Setting) -> dict[str, Formula]:
    """Each loss of D, in two parts where it is long (the second begins with a sum's sign), and of G.

    D's saturating loss is the non-saturating one, and G's hinge loss the Wasserstein one.
    """
    (real, real_), (fake, fake_), (ex, ex_), (ez, ez_) = setting
    real_parts = {
        "non-saturating": (rf"{ex}{SP}(-{real})", f"{ex_}sp(−{real_})"),
        "hinge": (rf"{ex}{RELU}(1 - {real})", f"{ex_}relu(1 − {real_})"),
        "least-squares": (rf"½\,{ex}({real} - b)^2", f"½ {ex_}({real_} − b)²"),
    }
    fake_parts = {
        "non-saturating": (rf"{ez}{SP}({fake})", f"{ez_}sp({fake_})"),
        "hinge": (rf"{ez}{RELU}(1 + {fake})", f"{ez_}relu(1 + {fake_})"),
        "least-squares": (rf"½\,{ez}({fake} - a)^2", f"½ {ez_}({fake_} − a)²"),
    }
    made: dict[str, Formula] = {}
    for loss, (a, a_) in real_parts.items():
        b, b_ = fake_parts[loss]
        if not ending:
            made[f"{loss}-discriminator"] = Formula(rf"L_D = {a} + {b}", f"L_D = {a_} + {b_}")
        else:
            made[f"{loss}-real{ending}"] = Formula(rf"L_D = {a}", f"L_D = {a_}")
        if ending or loss == "non-saturating":
            made[f"added-{loss}-fake{ending}"] = Formula(rf"{{}}+ {b}", f"+ {b_}")
    made[f"wasserstein-discriminator{ending}"] = Formula(
        rf"L_D = {ez}{fake} - {ex}{real}", f"L_D = {ez_}{fake_} − {ex_}{real_}"
    )
    pair = _ALL.mathtext
    made[f"relativistic-discriminator{ending}"] = Formula(
        rf"L_D = {pair}{SP}({fake} - {real})", f"L_D = E sp({fake_} − {real_})"
    )
    made |= {
        f"smoothed-real{ending}": Formula(rf"L_D = s\,{ex}{SP}(-{real})", f"L_D = s {ex_}sp(−{real_})"),
        f"added-smoothed-real{ending}": Formula(rf"{{}}+ (1-s)\,{ex}{SP}({real})", f"+ (1 − s) {ex_}sp({real_})"),
        f"non-saturating-generator{ending}": Formula(rf"L_G = {ez}{SP}(-{fake})", f"L_G = {ez_}sp(−{fake_})"),
        f"saturating-generator{ending}": Formula(
            rf"L_G = {_minus(setting.over_fake)}{SP}({fake})", f"L_G = −{ez_}sp({fake_})"
        ),
        f"wasserstein-generator{ending}": Formula(rf"L_G = {_minus(setting.over_fake)}{fake}", f"L_G = −{ez_}{fake_}"),
        f"relativistic-generator{ending}": Formula(
            rf"L_G = {pair}{SP}({real} - {fake})", f"L_G = E sp({real_} − {fake_})"
        ),
        f"least-squares-generator{ending}": Formula(rf"L_G = ½\,{ez}({fake} - c)^2", f"L_G = ½ {ez_}({fake_} − c)²"),
    }
    return made


def _weighted(generator: Formula, weight: str) -> Formula:
    """G's loss as a further summand of another: without its name, with a weight."""
    text, plain = (part.removeprefix("L_G = ") for part in generator)
    sign, text = ("-", text.removeprefix(r"-\hspace{0.08}")) if text.startswith("-") else ("+", text)
    return Formula(
        rf"{{}}{sign} \{weight}\,{text}", f"{sign.replace('-', '−')} {_GREEK[weight]} {plain.removeprefix('−')}"
    )


_GREEK = {"beta": "β"}
_EVERY = {
    name: formula for ending, setting in SETTINGS.items() for name, formula in _objectives(ending, setting).items()
}
_SLOPE = r"\Vert\nabla D(\hat{x})\Vert"

FORMULAS: dict[str, Formula] = {
    **_EVERY,
    # What is added follows a line: the empty group makes its plus a sum, with a sum's spaces.
    **{
        f"added-{loss}-generator-enlarged": _weighted(_EVERY[f"{loss}-generator-enlarged"], "beta")
        for loss in ("non-saturating", "saturating", "least-squares", "wasserstein", "relativistic")
    },
    "perceptual-generator": Formula(
        rf"L_G = \alpha\,{E}\,\Vert\varphi(G(x_\downarrow)) - \varphi(x)\Vert^2", "L_G = α E ‖φ(G(x↓)) − φ(x)‖²"
    ),
    "pixels-generator": Formula(rf"L_G = \lambda\,{E}\,\Vert G(x_\downarrow) - x\Vert^2", "L_G = λ E ‖G(x↓) − x‖²"),
    "added-pixels": Formula(rf"{{}}+ \lambda\,{E}\,\Vert G(x_\downarrow) - x\Vert^2", "+ λ E ‖G(x↓) − x‖²"),
    "added-cycle": Formula(rf"{{}}+ \lambda\,{E}\,\Vert G'(G(x)) - x\Vert_1", "+ λ E ‖G′(G(x)) − x‖₁"),
    "added-identity": Formula(rf"{{}}+ \mu\,{E}\,\Vert G(y) - y\Vert_1", "+ μ E ‖G(y) − y‖₁"),
    "added-feature-matching": Formula(
        rf"{{}}+ \lambda\,\Vert{E}\,f(x) - {E}\,f(G(z))\Vert^2", "+ λ ‖E f(x) − E f(G(z))‖²"
    ),
    "added-orthogonal": Formula(r"{}+ \beta\,\Vert W^{\top}W \odot (1 - I)\Vert^2", "+ β ‖WᵀW ⊙ (1 − I)‖²"),
    "penalty-gradient": Formula(rf"{{}}+ \lambda{E}({_SLOPE} - 1)^2", "+ λ E(‖∇D(x̂)‖ − 1)²"),
    "penalty-one-sided": Formula(rf"{{}}+ \lambda{E}\,{RELU}({_SLOPE} - 1)^2", "+ λ E relu(‖∇D(x̂)‖ − 1)²"),
    "penalty-zero-centred": Formula(rf"{{}}+ \lambda\,/\,2\,{E}{_SLOPE}^2", "+ λ/2 E‖∇D(x̂)‖²"),
    "penalty-r1": Formula(r"{}+ \gamma\,/\,2\,R_1", "+ γ/2 R₁"),
    "penalty-r2": Formula(r"{}+ \gamma\,/\,2\,R_2", "+ γ/2 R₂"),
    "penalty-r1-r2": Formula(r"{}+ \gamma\,/\,2\,(R_1 + R_2)", "+ γ/2 (R₁ + R₂)"),
    "penalty-drift": Formula(rf"{{}}+ \varepsilon\,{E}_x\,D(x)^2", "+ ε E_x D(x)²"),
    "penalty-lecam": Formula(r"{}+ \lambda\,R_{\mathrm{LC}}", "+ λ R_LC"),
    "view-augment": Formula(r"D(\cdot) \leftarrow D(T(\cdot))", "D(·) ← D(T(·))"),
    "view-noise": Formula(r"D(\cdot) \leftarrow D(\cdot + \sigma\epsilon)", "D(·) ← D(· + σϵ)"),
    "view-augment-noise": Formula(r"D(\cdot) \leftarrow D(T(\cdot) + \sigma\epsilon)", "D(·) ← D(T(·) + σϵ)"),
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
    for old in out.glob("*.svg"):
        old.unlink()
    for name, formula in FORMULAS.items():
        (out / f"{name}.svg").write_text(svg(formula), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
