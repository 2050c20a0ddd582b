"""Memory for training on the processor: what a step frees is kept for the next one.

By default the C library of Linux gives large blocks back to the system as soon as they are free. Each step of DCGAN
then loses thousands of pages and gets them back, wiped, at the first touch: 5 to 15 % of its time.
"""

from __future__ import annotations

import ctypes
import functools
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""`mallopt`'s names in glibc."""
_PLENTY = 1 << 30


@functools.cache
def keep_freed_memory() -> None:
    """From now on, blocks up to 1 GiB stay with the process when they are freed. Only glibc can and need be told."""
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, _PLENTY)
        library.mallopt(_TRIM_THRESHOLD, _PLENTY)


def return_freed_memory() -> None:
    """Give what is free back to the system: a run has ended."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@functools.cache
def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None
