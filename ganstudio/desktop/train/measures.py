"""What the measures of an evaluation are called where they are shown, and which way is better. Imports no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ganstudio.evaluation.measures import MEASURES, About, Better

_OF_FEATURES = frozenset({"fid", "kid", "is"})
"""The extractor belongs to their names: their values mean nothing without it."""
_SHORT: Mapping[str, str] = {"is": "IS", "js": "NDB, JS"}
_OTHERS: Mapping[str, About] = {
    "psnr": About("PSNR", "higher", "Decibels between an enlarged image and the true one."),
    "ssim": About("SSIM", "higher", "Structural likeness of an enlarged image and the true one; 1 is the same."),
}
_ARROWS: Mapping[Better, str] = {"lower": " ↓", "higher": " ↑", "neither": ""}
_ORDER = [*MEASURES, *_OTHERS]


def about(measure: str) -> About:
    """What a measure is; one that is not known here goes by its own name, without a direction."""
    known = MEASURES.get(measure) or _OTHERS.get(measure)
    return known or About(measure.replace("_", " ").capitalize(), "neither", measure)


def quoted_name(measure: str, extractor: str) -> str:
    """As it may be quoted: ``"FID-MobileNetV2"``, ``"Recall"``."""
    name = _SHORT.get(measure, about(measure).title)
    return f"{name}-{extractor}" if measure in _OF_FEATURES and extractor else name


def full_name(measure: str, extractor: str) -> str:
    """The same with an arrow for what is better: ``"FID-MobileNetV2 ↓"``, ``"Recall ↑"``."""
    return quoted_name(measure, extractor) + _ARROWS[about(measure).better]


def in_order(measures: Iterable[str]) -> list[str]:
    """The known ones in their usual order, then the others by name."""
    return sorted(measures, key=lambda one: (_ORDER.index(one) if one in _ORDER else len(_ORDER), one))
