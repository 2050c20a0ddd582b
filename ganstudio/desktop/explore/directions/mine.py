"""Directions of a person's own: what they are, and the file of a run that keeps them. Imports no torch and no Qt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganstudio.desktop.explore.state import Latent, frozen
from ganstudio.errors import UserError

FILE = "directions.json"
"""In the run's folder, so that they go where it goes."""
_VERSION = 1
_LONGEST_NAME = 40


@dataclass(frozen=True, eq=False)
class OwnDirection:
    """A unit `vector` (latent size,) that a person has found and named."""

    name: str
    vector: Latent
    share: None = None

    def along(self, z: Latent) -> float:
        """How far a latent (latent size,) lies along it."""
        return float(self.vector @ z)


def named(name: str, directions: Sequence[OwnDirection]) -> str:
    """A name as it is kept. UserError when it is empty, too long or taken."""
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME:
        raise UserError(f"Give the direction a name of up to {_LONGEST_NAME} characters.")
    if any(each.name == name for each in directions):
        raise UserError(f"There is a direction named {name} already.")
    return name


def read(run: Path, size: int) -> tuple[OwnDirection, ...]:
    """Those of a run whose latents have `size` numbers; none when it has no such file. UserError when damaged."""
    file = run / FILE
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["format_version"] != _VERSION:
            raise UserError(f"{file} was written by another version of GANStudio.")
        found = [(str(each["name"]), np.array(each["vector"], np.float32)) for each in kept["directions"]]
        if not all(vector.ndim == 1 and np.isfinite(vector).all() for _, vector in found):
            raise ValueError("no vectors")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{file} is damaged: the directions kept in it cannot be read.") from error
    return tuple(OwnDirection(name, frozen(vector)) for name, vector in found if len(vector) == size)


def write(run: Path, directions: Sequence[OwnDirection]) -> None:
    """Keep directions with a run, whole or not at all. UserError when they cannot be written."""
    file = run / FILE
    plain = [{"name": each.name, "vector": [float(f"{value:.9g}") for value in each.vector]} for each in directions]
    temporary = run / f".{FILE}.writing"
    try:
        temporary.write_text(json.dumps({"format_version": _VERSION, "directions": plain}) + "\n", encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"{file} cannot be written: {error.strerror or error}.") from error
