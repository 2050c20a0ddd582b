"""Forks: a new run that begins with another one's checkpoint, with other settings. Imports torch only when called."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganstudio.config import field
from ganstudio.errors import RunFolderError, UserError
from ganstudio.runs.execute import create_folder, environment, located
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.journal import JournalWriter
from ganstudio.training.events import RunForked

FIXED = ("variant.name", "dataset.name", "dataset.target", "dataset.resolution", "dataset.channels")
"""Settings that a fork takes over: what it goes on with was learnt for them."""
_WITHIN_A_ROUND = ("training.discriminator_steps", "training.critic_boost", "training.batch_size")


def fork(parent: RunFolder, step: int | None, changes: Mapping[str, Any], out: Path) -> RunFolder:
    """Make the run `out` from `parent`'s checkpoint of `step`, or its newest intact one, with `changes` by config path.

    `out` must be empty or absent, and appears whole or not at all. It holds the parent's history to that step: journal,
    sample grids, and the checkpoint; `parent` is only read, and may be training. Training goes on by `execute.resume`.
    The optimisers' moments are kept where the kind of optimiser stays. UserError for a change that the networks do
    not fit; RunFolderError for a damaged checkpoint, and for folders that cannot be read or written.
    """
    from ganstudio.training.checkpoint import read_manifest
    from ganstudio.training.devices import settle
    from ganstudio.training.trainer import Trainer
    from ganstudio.variants.recipes import check

    source = parent.checkpoint_path(_intact(parent) if step is None else step)
    manifest = read_manifest(source)
    kept = {path: parent.config.value(path) for path in ("precision", "threads")}
    old = manifest.config.with_values(kept)
    new = old.with_values(changes)
    differences = old.differences(new)
    for path in differences:
        if path in FIXED:
            raise UserError(f"A fork keeps its parent's {field(path).label.lower()}; start a new run.", path=path)
        if manifest.cursor.play and path in _WITHIN_A_ROUND:
            raise UserError(
                f"{field(path).label} cannot change within a round, where {source.name} was saved; fork another "
                "checkpoint.",
                path=path,
            )
    check(new)
    config = settle(located(new))
    create_folder(out)
    unfinished = out.with_name(f".forking-{uuid.uuid4().hex}")
    try:
        unfinished.mkdir()
        made = RunFolder(unfinished)
        made.config_file.write_text(config.to_json(), encoding="utf-8")
        environment_text = json.dumps(environment(config), indent=2) + "\n"
        (unfinished / "environment.json").write_text(environment_text, encoding="utf-8")
        lineage = {"format_version": 1, "parent": parent.name, "step": manifest.cursor.step}
        made.lineage_file.write_text(json.dumps(lineage, indent=2) + "\n", encoding="utf-8")
        _copy_history(
            parent,
            made,
            RunForked(
                step=manifest.cursor.step,
                time=manifest.time,
                parent=parent.name,
                parent_path=str(parent.path),
                changes={path: list(pair) for path, pair in differences.items()},
            ),
        )
        Trainer(config).adopt(source, made.checkpoint_path(manifest.cursor.step), tuple(differences))
        out.rmdir()
        unfinished.rename(out)
    except OSError as error:
        raise RunFolderError(f"{parent.name} cannot be forked: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if out.is_dir() and not any(out.iterdir()):
            out.rmdir()
    return RunFolder(out)


def _intact(parent: RunFolder) -> int:
    from ganstudio.training.checkpoint import read_manifest

    for step in reversed(parent.checkpoints()):
        try:
            read_manifest(parent.checkpoint_path(step))
        except RunFolderError:
            continue
        return step
    raise RunFolderError(f"{parent.name} has no intact checkpoint to fork from.")


def _copy_history(parent: RunFolder, made: RunFolder, forked: RunForked) -> None:
    """The journal and the sample grids up to the fork."""
    journal = JournalWriter(made.journal_file)
    try:
        for event in parent.events():
            if event.step <= forked.step:
                journal(event)
        journal(forked)
    finally:
        journal.close()
    for step in parent.samples():
        if step <= forked.step:
            pictures = [(run.sample_path(step), run.sample_path(step, raw=True), run.points_path(step))
                        for run in (parent, made)]  # fmt: skip
            for original, copy in zip(*pictures, strict=True):
                if original.is_file():
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(original, copy)
