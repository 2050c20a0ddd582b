"""Independent pieces of work on several threads, their results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")
_AHEAD: Final = 2
"""Pieces that wait or are done for each worker, so that memory is bounded and none stands idle."""


def in_order(make: Callable[[Item], Result], items: Iterable[Item], workers: int = 1) -> Iterator[Result]:
    """`make` of each item. With one worker it is called by the caller's thread; else by `workers` others, which compute
    with one thread each: small networks gain more by this than by threads within each operation."""
    if workers <= 1:
        yield from map(make, items)
        return
    pool = ThreadPoolExecutor(workers, "evaluation", initializer=torch.set_num_threads, initargs=(1,))
    try:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(make, item))
            if len(waiting) >= _AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
