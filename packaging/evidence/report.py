"""What the sub-commands share: the studio's command line, Markdown tables, and sheets of pictures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ganstudio.paths import resource

_GAP, _LINE, _INK, _PAPER = 2, 22, (36, 36, 40), (255, 255, 255)


def ganstudio(*arguments: object) -> None:
    """Run the studio's command line in a process of its own. RuntimeError, with what it said, when it fails."""
    command = [sys.executable, "-m", "ganstudio", *map(str, arguments)]
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)}: {ended.stderr.strip().splitlines()[-1:]}")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; floats are written with three digits."""
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_text(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def strip(images: NDArray[np.uint8], columns: int, scale: int = 1) -> Image.Image:
    """Images (N, H, W, C) in rows of `columns`, each pixel `scale` wide."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + _GAP), columns * (width + _GAP), 3), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = (i // columns) * (height + _GAP), (i % columns) * (width + _GAP)
        sheet[top : top + height, left : left + width] = image if channels == 3 else np.repeat(image, 3, axis=2)
    picture = Image.fromarray(sheet)
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def figure(strips: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Strips below each other, each under its caption."""
    font = ImageFont.truetype(str(resource("fonts", "InterStudio-Medium.ttf")), 13)
    width = max(picture.width for _, picture in strips) + 2 * _LINE
    height = sum(picture.height + 2 * _LINE for _, picture in strips)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw, top = ImageDraw.Draw(sheet), 0
    for caption, picture in strips:
        draw.text((_LINE, top + _LINE // 3), caption, fill=_INK, font=font)
        sheet.paste(picture, (_LINE, top + _LINE + _LINE // 3))
        top += picture.height + 2 * _LINE
    return sheet


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
