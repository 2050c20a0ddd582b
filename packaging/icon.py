"""Draw the studio's icon: a square, D's half above the diagonal, G's half below.

    python packaging/icon.py [--out resources/icons]

Writes ``mark.svg`` with the placeholders {D} and {G}, for the window's top left corner in either theme, and the
application's icon in fixed colours, as the desktop shows it: ``ganstudio.svg``, ``ganstudio-<size>.png`` and
``ganstudio.ico``. Edges lie on the pixel grid at every size.

Needs PySide6 and Pillow.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

OUT = Path(__file__).resolve().parents[1] / "resources" / "icons"

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)  # the format ends at 256
COLOUR_D, COLOUR_G = "#5AA7F0", "#F28A47"  # the dark theme's pair, clear on light and dark desktops alike


def svg(size: int, colour_d: str, colour_g: str) -> str:
    """The icon in a box of ``size`` px. G is painted over D, so that no seam of background shows along the diagonal."""
    near = round(size / 16)
    far = size - near
    side = far - near
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}">\n'
        f'<rect x="{near}" y="{near}" width="{side}" height="{side}" fill="{colour_d}"/>\n'
        f'<path d="M{far},{near}V{far}H{near}Z" fill="{colour_g}"/>\n'
        "</svg>\n"
    )


def draw(size: int) -> QImage:
    """The application's icon as pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg(size, COLOUR_D, COLOUR_G).encode())).render(painter)
    painter.end()
    return image


def main() -> None:
    """Write the mark, the SVG, the PNGs and the ICO."""
    parser = argparse.ArgumentParser(description="Draw the studio's icon in every form.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the icons (default: %(default)s)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    (out / "mark.svg").write_text(svg(16, "{D}", "{G}"), encoding="utf-8", newline="\n")
    (out / "ganstudio.svg").write_text(svg(16, COLOUR_D, COLOUR_G), encoding="utf-8", newline="\n")
    for size in SIZES:
        if not draw(size).save(str(out / f"ganstudio-{size}.png")):
            raise OSError(f"ganstudio-{size}.png could not be written to {out}")

    *smaller, largest = [Image.open(out / f"ganstudio-{size}.png").convert("RGBA") for size in ICO_SIZES]
    largest.save(out / "ganstudio.ico", sizes=[(size, size) for size in ICO_SIZES], append_images=smaller)


if __name__ == "__main__":
    main()
