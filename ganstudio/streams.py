"""Named random streams: every number drawn is a function of (seed, stream, cursor), never of what was drawn before.

Plain arithmetic without torch, so that NumPy and torch draw from the same names.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def stream_seed(seed: int, stream: str, *cursor: int) -> int:
    """A 63-bit seed for `stream` at `cursor` (step, play, ...)."""
    text = f"{seed}/{stream}/" + "/".join(str(part) for part in cursor)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def standard_normal(seed: int, stream: str, count: int, size: int) -> NDArray[np.float32]:
    """Standard normal numbers (count, size) of a stream; the first rows do not depend on `count`."""
    return np.random.default_rng(stream_seed(seed, stream)).standard_normal((count, size), np.float32)
