"""Numbers, durations and settings as text, the same wherever they are shown.

Thousands are set apart by a narrow no-break space, minus is U+2212, and a number that is not finite says so in words.
"""

from __future__ import annotations

import math
from typing import Any

NARROW = "\u202f"
MINUS = "\u2212"
_NOT_FINITE = "not finite"


def number(value: float, decimals: int | None = None) -> str:
    """``4210`` as ``4 210``, ``0.8311`` as ``0.83``, ``-1.5`` as ``−1.50``.

    Without `decimals` a whole number has none and a fraction about three significant figures.
    """
    if not math.isfinite(value):
        return _NOT_FINITE
    if decimals is None:
        decimals = 0 if isinstance(value, int) else _decimals(abs(value))
    text = f"{abs(value):,.{decimals}f}".replace(",", NARROW)
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return MINUS + text if negative else text


def rate(value: float) -> str:
    """A learning rate or small weight, short and typed as shown: ``2e-4``, ``2.5e-4``, ``0.05``, ``1``."""
    if not math.isfinite(value):
        return _NOT_FINITE
    magnitude = abs(value)
    if magnitude == 0 or 0.01 <= magnitude < 1e5:
        return f"{value:.6g}"
    mantissa, exponent = f"{value:.4e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def duration(seconds: float | None) -> str:
    """``151`` as ``2:31``, hours as ``1:02:05``, days as ``2 d 3:04``; an en dash when unknown."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return "–"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days} d {hour}:{minute:02}"
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def age(seconds: float) -> str:
    """How long ago, roughly: ``18 s ago``, ``4 min ago``, ``3 h ago``, ``2 days ago``."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{int(seconds)} s ago"
    if seconds < 3600:
        return f"{int(seconds / 60)} min ago"
    if seconds < 86400:
        return f"{int(seconds / 3600)} h ago"
    days = int(seconds / 86400)
    return f"{days} day{'' if days == 1 else 's'} ago"


def compact(value: float) -> str:
    """For axes: ``3000`` as ``3k``, ``1500`` as ``1.5k``, ``2000000`` as ``2M``."""
    if not math.isfinite(value):
        return _NOT_FINITE
    magnitude = abs(value)
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if magnitude >= size:
            return _signed(value, f"{magnitude / size:.3g}{letter}")
    return _signed(value, f"{magnitude:.3g}")


def size(count: float) -> str:
    """Bytes in decimal units with one decimal below ten: ``1.4 GB``, ``16 GB``, ``512 MB``."""
    magnitude, unit = max(0.0, count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if magnitude < 999.5 or unit == "TB":
            break
        magnitude /= 1000
    decimals = 1 if unit != "B" and magnitude < 9.95 else 0
    return f"{magnitude:.{decimals}f} {unit}"


def value(setting: Any) -> str:
    """A setting as forms and markers show it: ``on``, ``6 000``, ``2e-4``, ``0.9``, ``none``."""
    if setting is None:
        return "none"
    if isinstance(setting, bool):
        return "on" if setting else "off"
    if isinstance(setting, int):
        return number(setting)
    if isinstance(setting, float):
        whole = setting.is_integer() and 1 <= abs(setting) < 1e7
        return number(int(setting)) if whole else rate(setting).replace("-", MINUS, 1 if setting < 0 else 0)
    return str(setting)


def parse_number(text: str) -> float:
    """The number that a person typed or that this module wrote. ValueError when it is none."""
    plain = text.replace(MINUS, "-")
    for space in (NARROW, "\u00a0", "\u2009", " "):
        plain = plain.replace(space, "")
    return float(plain)


def _decimals(magnitude: float) -> int:
    if magnitude >= 99.95:
        return 0
    if magnitude >= 9.995:
        return 1
    return 3 if 0 < magnitude < 0.0995 else 2


def _signed(value: float, magnitude: str) -> str:
    return MINUS + magnitude if value < 0 and magnitude != "0" else magnitude
