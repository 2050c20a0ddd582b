"""Run folders as things: found, copied in from elsewhere, and moved to the trash. Nothing is ever deleted for good."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from ganstudio.errors import RunFolderError
from ganstudio.runs.folder import RunFolder, free_folder, list_runs

_CHUNK = 4 * 1024 * 1024
_SPARE = 64 * 1024 * 1024
"""Bytes that copying leaves free."""

Report = Callable[[int, int], None]
"""Bytes done and in all; may raise to break off."""


def find_runs(paths: Iterable[Path]) -> list[RunFolder]:
    """The run folders among `paths` and directly in them."""
    found: dict[Path, RunFolder] = {}
    for path in paths:
        try:
            run = RunFolder.open(path)
            found[run.path] = run
        except RunFolderError:
            found |= {run.path: run for run in list_runs(path.expanduser().resolve())}
    return list(found.values())


def copy_run(run: RunFolder, root: Path, report: Report, name: str | None = None) -> Path:
    """Copy a run into `root` as `name`, or under the next number; it appears there whole or not at all. Links are left
    out.

    RunFolderError when it is training, or does not fit or cannot be read or written.
    """
    if run.is_locked():
        raise RunFolderError(f"{run.name} is training; it can be copied when it has ended.")
    unfinished = root / f".copying-{uuid.uuid4().hex}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        total, free = run.size(), shutil.disk_usage(root).free
        if total + _SPARE > free:
            raise RunFolderError(
                f"{run.name} needs {total / 1e9:.1f} GB and the disk of {root} has {free / 1e9:.1f} GB left."
            )
        _copy_tree(run.path, unfinished, total, report)
        target = root / name if name else free_folder(re.sub(r"^\d{3,}-", "", run.name), root)
        unfinished.rename(target)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise RunFolderError(f"{run.name} cannot be copied: {error.strerror or error}{where}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def trash_run(run: RunFolder) -> None:
    """Move a run to the system's trash. RunFolderError, and the run stays, when it trains or there is no trash."""
    from send2trash import send2trash

    if run.is_locked():
        raise RunFolderError(f"{run.name} is training; stop it before it is moved to the trash.")
    try:
        send2trash(run.path)
    except Exception as error:  # each system's way has errors of its own
        reason = getattr(error, "strerror", None) or error
        raise RunFolderError(
            f"{run.name} could not be moved to the trash ({reason}) and stays where it is. "
            f"To delete it for good, remove {run.path} in the file manager."
        ) from error


def _copy_tree(source: Path, target: Path, total: int, report: Report) -> None:
    done = 0
    for parent, folders, names in os.walk(source):
        here = target / Path(parent).relative_to(source)
        here.mkdir()
        folders[:] = [name for name in folders if not (Path(parent) / name).is_symlink()]
        for name in names:
            file = Path(parent) / name
            if file.is_symlink() or name == ".lock" or not file.is_file():
                continue
            with file.open("rb") as reading, (here / name).open("wb") as writing:
                while chunk := reading.read(_CHUNK):
                    report(done, total)
                    writing.write(chunk)
                    done += len(chunk)
            shutil.copystat(file, here / name)
        shutil.copystat(parent, here)
    report(total, total)
