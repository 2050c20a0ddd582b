"""What a form shows of a data set, and what is said of a part of it that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from ganstudio.game import Subject


@dataclass(frozen=True, kw_only=True)
class Description:
    """What a form shows of a data set.

    `resolution` is the side in pixels of most pictures, `channels` 1 or 3; of points they are 1 and 2 (numbers of a
    point). `note` are a few words on what they look like.
    """

    name: str
    title: str
    count: int
    resolution: int
    channels: int
    classes: tuple[str, ...]
    subject: Subject = "images"
    note: str = ""


@dataclass(frozen=True)
class Unreadable:
    """A file, or a line of one, that was passed over, and why."""

    file: str
    reason: str
