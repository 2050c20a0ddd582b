"""Latents that are dragged from one panel of Explore to another."""

from __future__ import annotations

import json

import numpy as np
from PySide6.QtCore import QMimeData

from ganstudio.desktop.explore import export
from ganstudio.desktop.explore.state import Latent, frozen
from ganstudio.desktop.explore.translation.input_panel import path_of
from ganstudio.errors import UserError

MIME = "application/x-ganstudio-latent"


def carry(data: QMimeData, z: Latent, text: str) -> None:
    """Put a latent (size,) and where it comes from into what is dragged."""
    numbers = [float(value) for value in z]
    data.setData(MIME, json.dumps({"z": numbers, "text": text}).encode())


def can_carry(data: QMimeData) -> bool:
    """Whether a latent is dragged, or a picture that remembers its latent."""
    path = path_of(data)
    return data.hasFormat(MIME) or (path is not None and path.is_file() and export.remembers(path))


def carried(data: QMimeData) -> tuple[Latent, str]:
    """The latent (size,) that is dragged and where it comes from. UserError where there is none to be read."""
    if data.hasFormat(MIME):
        try:
            read = json.loads(bytes(data.data(MIME).data()))
            z, text = np.array(read["z"], np.float32), str(read["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError("What was dropped holds no latent.") from error
        if z.ndim != 1 or not len(z) or not np.isfinite(z).all():
            raise UserError("What was dropped holds no latent.")
        return frozen(z), text
    path = path_of(data)
    if path is None or not path.is_file():
        raise UserError("What was dropped holds no latent.")
    return frozen(export.read_origin(path).latent), path.stem
