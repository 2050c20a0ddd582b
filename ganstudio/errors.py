"""Errors that are meant for a person: one sentence, and where possible the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """Something the person can mend. `path` names the setting at fault (``"training.batch_size"``), if one is."""

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class RunFolderError(UserError):
    """A run folder or one of its files cannot be read, written or trusted."""


def unknown_name(kind: str, name: str, known: Iterable[str], *, path: str | None = None) -> UserError:
    """The error for a name that is not registered, with the nearest one that is."""
    names = sorted(known)
    nearest = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.4)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"known: {', '.join(names)}."
    return UserError(f"There is no {kind} named '{name}'; {hint}", path=path)
