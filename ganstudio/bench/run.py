"""All benches: which there are, what the machine is, and one JSON object of what was found."""

from __future__ import annotations

import importlib
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ganstudio.bench.statistics import Effort
from ganstudio.errors import unknown_name

_HOME = "GANSTUDIO_HOME"
Say = Callable[[str], None]
Bench = Callable[[Effort, Say], dict[str, Any]]


def measure(*, pairs: int = 24, only: Sequence[str] | None = None, say: Say, seconds: float = 1.0) -> dict[str, Any]:
    """Run the benches `only` names (all by default), each ratio from so many pairs of pieces of at least `seconds`.

    Works in a home of its own: no run, setting or prepared data of the person is touched. `say` is told what goes on.
    UserError when `only` names a bench that does not exist.
    """
    chosen = [name.strip() for name in only] if only else list(BENCHES)
    for name in chosen:
        if name not in BENCHES:
            raise unknown_name("bench", name, tuple(BENCHES))
    began = time.monotonic()
    result: dict[str, Any] = {"machine": machine(), "pairs": pairs, "piece_seconds": seconds}
    with _home_of_its_own():
        for name, bench in BENCHES.items():
            if name in chosen:
                result |= bench(Effort(pairs, seconds), say)
    result["took_s"] = round(time.monotonic() - began, 1)
    return result


def machine() -> dict[str, Any]:
    """What was measured on, and how busy it was before: a load average near or above the cores spoils every figure."""
    import torch

    from ganstudio.config import RunConfig
    from ganstudio.training.devices import describe, resolve_device, settle

    settled = settle(RunConfig())
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": settled.threads,
        "device": describe(resolve_device(settled.device)),
        "precision": settled.precision,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "load_average": [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }


def _engine(effort: Effort, say: Say) -> dict[str, Any]:
    from ganstudio.bench import engine

    return engine.measure(effort, say)


def _bf16(effort: Effort, say: Say) -> dict[str, Any]:
    from ganstudio.bench import precision

    return precision.measure(effort, say)


def _of_the_window(name: str) -> Bench:
    """A bench of the window, reached by name: nothing here may depend on Qt."""

    def run(effort: Effort, say: Say) -> dict[str, Any]:
        desktop: Any = importlib.import_module("ganstudio.desktop.bench")
        found: dict[str, Any] = desktop.BENCHES[name](effort, say)
        return found

    return run


BENCHES: dict[str, Bench] = {
    "engine": _engine,
    "bf16": _bf16,
    "window": _of_the_window("window"),
    "studio": _of_the_window("studio"),
    "latency": _of_the_window("latency"),
    "slider": _of_the_window("slider"),
    "explore": _of_the_window("explore"),
    "evaluation": _of_the_window("evaluation"),
}


@contextmanager
def _home_of_its_own() -> Iterator[None]:
    before = os.environ.get(_HOME)
    with tempfile.TemporaryDirectory(prefix="ganstudio-bench-", ignore_cleanup_errors=True) as folder:
        os.environ[_HOME] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ[_HOME]
            else:
                os.environ[_HOME] = before


def _processor() -> str:
    """The processor's name as its maker gives it, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:  # noqa: PTH123
            for line in stream:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
