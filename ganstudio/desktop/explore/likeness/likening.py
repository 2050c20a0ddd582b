"""Is this image like the others? Pictures scored off the GUI's thread. Imports torch in its own thread only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganstudio.data.sources import is_image_name, read_picture
from ganstudio.desktop.explore.preview import CheckpointSource
from ganstudio.desktop.forms.background import Job
from ganstudio.errors import UserError

if TYPE_CHECKING:
    from ganstudio.latent.anomaly import Likeness
    from ganstudio.latent.inversion import Found

MOST = 1000
"""Pictures that are scored at once."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pictures that are to be compared with what a checkpoint's generator makes."""

    source: CheckpointSource
    files: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Scored:
    """A picture and what came of it: a `Likeness`, or a sentence why there is none."""

    file: Path
    likeness: Likeness | None = None
    error: str = ""

    @property
    def score(self) -> float:
        """The higher the stranger; what could not be read comes last."""
        return -np.inf if self.likeness is None else self.likeness.score


@dataclass(frozen=True)
class Advanced:
    """How far the work is (0 to 1), and a picture that has been scored meanwhile."""

    done: float
    scored: Scored | None = None


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Picture files, and those in folders and their subfolders, by name. UserError when there is none, or too many."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [file for file in inside if is_image_name(file.name) and file.is_file()]
    if not found:
        raise UserError("There is no picture among these files.")
    if len(found) > MOST:
        raise UserError(f"These are {len(found)} pictures; at most {MOST} are scored at once.")
    return tuple(found)


def compare(job: Job) -> int:
    """The work of a `Background`: scores the pictures of a `Comparison` one by one, and reports each."""
    import torch

    from ganstudio.latent.anomaly import likeness, load_critic
    from ganstudio.latent.model import LatentModel

    torch.get_num_threads()  # asking first leaves the count of other threads alone
    torch.set_num_threads(1)
    wanted: Comparison = job.request
    model = LatentModel.load(wanted.source.folder, ema=wanted.source.ema)
    critic = load_critic(wanted.source.folder)
    total = len(wanted.files)
    for index, file in enumerate(wanted.files):

        def tell(found: Found, index: int = index) -> bool:
            job.report(Advanced((index + found.done) / total))
            return True

        try:
            picture: NDArray[np.uint8] = read_picture(file)
            scored = Scored(file, likeness(model, picture, critic, progress=tell))
        except UserError as error:
            scored = Scored(file, error=str(error))
        job.report(Advanced((index + 1) / total, scored))
    return total


def table(scored: Sequence[Scored]) -> list[tuple[object, ...]]:
    """Rows for a file, the strangest first, under their headings."""
    rows: list[tuple[object, ...]] = [("file", "score", "residual", "features", "class", "error")]
    for each in scored:
        found = each.likeness
        if found is None:
            rows.append((each.file, "", "", "", "", each.error))
        else:
            features = "" if found.features is None else f"{found.features:.6g}"
            label = "" if found.found.label is None else found.found.label
            rows.append((each.file, f"{found.score:.6g}", f"{found.residual:.6g}", features, label, ""))
    return rows
