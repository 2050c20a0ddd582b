"""Translations of a run: of images that it never trained on, or of a person's own. Imports torch when called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ganstudio.config import DatasetConfig
from ganstudio.data.description import Unreadable
from ganstudio.data.sources import FolderSource, read_picture
from ganstudio.data.store import plan, prepare, prepare_target
from ganstudio.errors import UserError
from ganstudio.game import TARGET

if TYPE_CHECKING:
    from ganstudio.latent.translation import TranslationModel

Images = NDArray[np.uint8]


def held_out_inputs(
    model: TranslationModel, dataset: DatasetConfig, direction: str | None, count: int, seed: int
) -> Images:
    """Up to `count` inputs uint8 (N, H, W, C) from images that training has not seen, drawn by `seed`.

    UserError when the data set is gone, or the run keeps no images out.
    """
    if model.domain_of_inputs(direction) == TARGET:
        store = prepare_target(dataset, plan(dataset)[1])
    else:
        store = prepare(dataset)
    _, kept_out = store.split(dataset.holdout)
    if not len(kept_out):
        raise UserError("This run has trained on all its images and kept none out; give others with --input.")
    chosen = np.random.default_rng(seed).permutation(kept_out)[:count]
    return model.as_inputs(store.images[np.sort(chosen)])


def own_inputs(model: TranslationModel, path: Path, count: int) -> Images:
    """An image file, or up to `count` images of a folder, as inputs uint8 (N, H, W, C).

    UserError when there is none, one cannot be read, or they have different sizes where those count.
    """
    pictures = [model.accept(picture) for picture in _pictures(path, count)]
    shapes = {picture.shape for picture in pictures}
    if len(shapes) > 1:
        raise UserError(f"The images in {path} have different sizes; give one at a time.")
    return np.stack(pictures)


def _pictures(path: Path, count: int) -> Iterator[Images]:
    if not path.exists():
        raise UserError(f"The file {path} does not exist.")
    if not path.is_dir():
        yield read_picture(path)
        return
    for i, item in enumerate(FolderSource(path).pictures()):
        if i == count:
            return
        if isinstance(item, Unreadable):
            raise UserError(f"The file {path / item.file} cannot be read: {item.reason}.")
        yield item[0]


def beside(inputs: Images, images: Images) -> Images:
    """Inputs and what became of them in turn, of one size: uint8 (2 N, H, W, C)."""
    scale = images.shape[1] // inputs.shape[1]
    shown = inputs.repeat(scale, axis=1).repeat(scale, axis=2)
    return np.stack([shown, images], axis=1).reshape(-1, *images.shape[1:])
