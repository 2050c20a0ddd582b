"""Features of a user's own network, as an ONNX module."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F

from ganstudio.errors import UserError
from ganstudio.evaluation.extractors import Extract, Images

PATH: Final = "evaluation.extractor"
_RANK_OF_IMAGES = 4


class OnnxExtractor:
    """A module that takes images (N, C, H, W), float32 in [0, 1], with C 1 or 3.

    Where it fixes H and W, images are resized to them, antialiased; grey ones are repeated to 3 channels, coloured ones
    averaged to 1. Its first output are the features (N, F), or maps (N, F, h, w), which are averaged over the image. A
    second one (N, K) are logits of classes, without which there is no inception score.
    """

    batch: Final = 16

    def __init__(self, file: Path) -> None:
        self._digest = _digest(file)
        self._session, self._input, outputs = _open(file)
        self.name = f"{file.name}:{self._digest[:6]}"
        self._file = file
        shape = self._input.shape
        if len(shape) != _RANK_OF_IMAGES or shape[1] not in (1, 3) or self._input.type != "tensor(float)":
            raise _refusal(file, f"takes {self._input.type} {shape}, not float images (N, 1 or 3, H, W)")
        self._channels = int(shape[1])
        self._sides = tuple(side if isinstance(side, int) else None for side in shape[2:])
        self._outputs = outputs[:2]
        trial = self(np.zeros((2, *(side or 64 for side in self._sides), self._channels), np.uint8))
        self.size, self.classes = trial.features.shape[1], trial.probabilities.shape[1]

    @property
    def fingerprint(self) -> str:
        return f"onnx/{self._digest}/antialiased/v1"

    def __call__(self, images: Images) -> Extract:
        x = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).to(torch.float32).div_(255)
        if x.shape[1] != self._channels:
            x = x.expand(-1, 3, -1, -1) if self._channels == 3 else x.mean(dim=1, keepdim=True)
        sides = tuple(fixed or own for fixed, own in zip(self._sides, x.shape[2:], strict=True))
        if sides != tuple(x.shape[2:]):
            x = F.interpolate(x, size=sides, mode="bilinear", antialias=True, align_corners=False)
        try:
            made = self._session.run(self._outputs, {self._input.name: x.contiguous().numpy()})
        except Exception as error:  # the runtime's errors have no common class but this
            raise _refusal(self._file, f"failed: {_first_line(error)}") from error
        features = np.asarray(made[0], np.float32)
        if features.ndim == 4:
            features = features.mean(axis=(2, 3))
        if features.ndim != 2 or len(features) != len(images) or not features.shape[1]:
            raise _refusal(self._file, f"makes {np.shape(made[0])} of {len(images)} images, not (N, F) or (N, F, h, w)")
        return Extract(features, self._probabilities(made[1:], len(images)))

    def _probabilities(self, rest: list[Any], count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        if not rest:
            return np.empty((count, 0), np.float32)
        logits = torch.from_numpy(np.asarray(rest[0], np.float32))
        if logits.ndim != 2 or len(logits) != count:
            raise _refusal(self._file, f"makes {tuple(logits.shape)} as its second output, not logits (N, K)")
        return logits.softmax(dim=1).numpy()


def _open(file: Path) -> tuple[Any, Any, list[str]]:
    """A session of one thread, its only input, and the names of its outputs."""
    try:
        import onnxruntime
    except ImportError as error:
        sentence = "An ONNX extractor needs the package onnxruntime: pip install 'ganstudio[onnx]'."
        raise UserError(sentence, path=PATH) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise _refusal(file, f"cannot be opened: {_first_line(error)}") from error
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise _refusal(file, f"has {len(inputs)} inputs, not one")
    return session, inputs[0], [output.name for output in session.get_outputs()]


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"The module {file} cannot be read: {error.strerror or error}.", path=PATH) from error


def _refusal(file: Path, what: str) -> UserError:
    return UserError(f"The module {file.name} {what}.", path=PATH)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
