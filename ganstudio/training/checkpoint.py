"""Checkpoints: safetensors and JSON only, written atomically, refused when damaged.

``checkpoints/step-00001000/`` holds `networks.safetensors` (`<network>.<parameter>`, `ema.<network>.<parameter>`),
`state.safetensors` (`<player>.<network>.<parameter>.<moment>`, `memory.<buffer>`) and `manifest.json` with the cursor,
the live config and the SHA-256 of both files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ganstudio.config import RunConfig
from ganstudio.errors import RunFolderError
from ganstudio.game import Cursor, DataShape

FORMAT_VERSION = 1
_FILES = ("networks.safetensors", "state.safetensors")
_NAME = re.compile(r"step-(\d{8,})")


@dataclass(frozen=True)
class Manifest:
    """What a checkpoint says of itself. `time` is seconds of training so far; `config` has the live settings.

    `shape` and `classes` are the data's, so that the networks can be built where the data is not; `data` is a digest of
    the images, which tells whether they are still the same.
    """

    cursor: Cursor
    time: float
    config: RunConfig
    shape: DataShape
    classes: tuple[str, ...] = ()
    data: str = ""


def checkpoint_folder(checkpoints: Path, step: int) -> Path:
    """Where the checkpoint of `step` stands."""
    return checkpoints / f"step-{step:08d}"


def list_steps(checkpoints: Path) -> list[int]:
    """Steps of the checkpoints in a folder, ascending; none is opened, and there need be no folder."""
    if not checkpoints.is_dir():
        return []
    return sorted(int(match[1]) for path in checkpoints.iterdir() if (match := _NAME.fullmatch(path.name)))


def tidy(checkpoints: Path) -> None:
    """Clear up what a process that was killed while it saved has left; a checkpoint it was replacing comes back."""
    for old in checkpoints.glob(".step-*.old"):
        folder = checkpoints / old.name.removeprefix(".").removesuffix(".old")
        if not folder.exists():
            old.rename(folder)
    for rest in (*checkpoints.glob(".step-*.old"), *checkpoints.glob(".step-*.writing")):
        shutil.rmtree(rest, ignore_errors=True)


def save(
    folder: Path,
    manifest: Manifest,
    networks: Mapping[str, nn.Module],
    ema: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    memory: Mapping[str, nn.Module],
) -> None:
    """Write a checkpoint to `folder`; it appears whole or not at all. OSError when the disk is full or read-only."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.writing")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        weights = _named(networks) | {f"ema.{name}": value for name, value in _named(ema).items()}
        state = _optimizer_tensors(networks, optimizers)
        state |= {f"memory.{name}": value for name, value in _named(memory).items()}
        for name, tensors in zip(_FILES, (weights, state), strict=True):
            try:
                save_file({key: _plain(value) for key, value in tensors.items()}, temporary / name)
            except SafetensorError as error:
                raise OSError(str(error)) from error
        text = {
            "format_version": FORMAT_VERSION,
            "cursor": asdict(manifest.cursor),
            "time": manifest.time,
            "config": manifest.config.model_dump(),
            "shape": asdict(manifest.shape),
            "classes": list(manifest.classes),
            "data": manifest.data,
            "sha256": {name: _digest(temporary / name) for name in _FILES},
        }
        text["checksum"] = _checksum(text)
        (temporary / "manifest.json").write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
        for written in temporary.iterdir():
            _flush(written)
        _replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an intact checkpoint. RunFolderError when a file is missing, damaged, or of another version."""
    try:
        data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        version = data["format_version"]
        if version != FORMAT_VERSION:
            raise RunFolderError(
                f"The checkpoint {folder.name} has format version {version}, which this GANStudio cannot read."
            )
        if data.pop("checksum") != _checksum(data):
            raise RunFolderError(f"The checkpoint {folder.name} is damaged: its manifest has changed.")
        for name in _FILES:
            if _digest(folder / name) != data["sha256"][name]:
                raise RunFolderError(
                    f"The checkpoint {folder.name} is damaged: {name} has changed since it was written."
                )
        return Manifest(
            Cursor(**data["cursor"]),
            float(data["time"]),
            RunConfig.parse(data["config"]),
            DataShape(**data["shape"]),
            tuple(data["classes"]),
            str(data["data"]),
        )
    except RunFolderError:
        raise
    except OSError as error:
        raise RunFolderError(f"The checkpoint {folder.name} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunFolderError(f"The checkpoint {folder.name} is damaged: its manifest cannot be read.") from error


def load_networks(folder: Path, networks: Mapping[str, nn.Module], *, prefix: str = "") -> None:
    """Fill `networks` from a checkpoint; `prefix` "ema." takes the averages. RunFolderError when they do not fit."""
    tensors = _load(folder / "networks.safetensors")
    for name, network in networks.items():
        for key, target in network.state_dict().items():
            _fill(target, tensors, f"{prefix}{name}.{key}", folder)


def tensor_names(folder: Path) -> frozenset[str]:
    """Names of all tensors of a checkpoint, those of its state too. RunFolderError when they cannot be read."""
    names: set[str] = set()
    for name in _FILES:
        try:
            with safe_open(folder / name, framework="pt") as opened:
                names |= set(opened.keys())
        except (OSError, SafetensorError) as error:
            raise RunFolderError(f"The file {folder / name} cannot be read: {error}.") from error
    return frozenset(names)


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """The weights of a checkpoint by name. RunFolderError when they cannot be read."""
    return _load(folder / "networks.safetensors")


def load_state(
    folder: Path,
    networks: Mapping[str, nn.Module],
    optimizers: Mapping[str, torch.optim.Optimizer],
    memory: Mapping[str, nn.Module],
) -> None:
    """Restore optimisers and memory.

    Each moment takes the strides of its parameter: a fused optimiser walks both by raw memory, and contiguous moments
    beside channels-last weights would corrupt training without an error.
    """
    tensors = _load(folder / "state.safetensors")
    names = _parameter_names(networks)
    for player, optimizer in optimizers.items():
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                prefix = f"{player}.{names[id(parameter)]}."
                for key in [key for key in tensors if key.startswith(prefix)]:
                    value = tensors[key]
                    like = torch.empty_like(parameter) if value.shape == parameter.shape else torch.empty_like(value)
                    optimizer.state[parameter][key.removeprefix(prefix)] = like.detach().copy_(value)
                    _step_beside_fused(optimizer, parameter)
    for key, target in _named(memory).items():
        _fill(target, tensors, f"memory.{key}", folder)


def _step_beside_fused(optimizer: torch.optim.Optimizer, parameter: Tensor) -> None:
    """Fused optimisers keep their step count on the parameter's device."""
    state = optimizer.state[parameter]
    if optimizer.defaults.get("fused") and "step" in state:
        state["step"] = state["step"].to(parameter.device)


def _named(networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    return {f"{name}.{key}": value for name, network in networks.items() for key, value in network.state_dict().items()}


def _parameter_names(networks: Mapping[str, nn.Module]) -> dict[int, str]:
    return {id(p): f"{name}.{key}" for name, network in networks.items() for key, p in network.named_parameters()}


def _optimizer_tensors(
    networks: Mapping[str, nn.Module], optimizers: Mapping[str, torch.optim.Optimizer]
) -> dict[str, Tensor]:
    names = _parameter_names(networks)
    tensors: dict[str, Tensor] = {}
    for player, optimizer in optimizers.items():
        for parameter, state in optimizer.state.items():
            for key, value in state.items():
                if isinstance(value, Tensor):
                    tensors[f"{player}.{names[id(parameter)]}.{key}"] = value
    return tensors


def _plain(value: Tensor) -> Tensor:
    """A contiguous copy on the CPU that shares no memory with another tensor."""
    return value.detach().to("cpu").contiguous().clone()


def _fill(target: Tensor, tensors: Mapping[str, Tensor], name: str, folder: Path) -> None:
    value = tensors.get(name)
    if value is None or value.shape != target.shape:
        raise RunFolderError(
            f"The checkpoint {folder.name} does not fit this configuration: {name} is missing or of another shape."
        )
    with torch.no_grad():
        target.copy_(value)


def _load(file: Path) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        raise RunFolderError(f"The file {file} cannot be read: {error}.") from error
    return tensors


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _checksum(text: Mapping[str, object]) -> str:
    """Of a manifest without its checksum; independent of the order and spacing of its JSON."""
    return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()


def _flush(path: Path) -> None:
    with path.open("r+b") as stream:  # Windows flushes only what may be written
        os.fsync(stream.fileno())


def _replace(temporary: Path, folder: Path) -> None:
    """Put `temporary` in the place of `folder`, which may exist from the same step."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    temporary.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    if os.name == "posix":
        descriptor = os.open(folder.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
