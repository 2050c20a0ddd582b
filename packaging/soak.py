"""Start and stop many runs in one process: no thread may stay, and memory must not grow.

    python packaging/soak.py [--cycles 200] [--limit 20] [--json]

Each cycle trains a few steps of the next variant into a folder of its own in a thread, with previews, a change of a
setting and a checkpoint, and stops it. Memory is the resident set after `malloc_trim`, so that what the allocator keeps
for later does not count; it is compared from the 20th cycle on, when everything that is loaded once has been loaded.
Exits with 1 when a thread is left or memory has grown by more than `--limit` MiB.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

_SETTLED = 20


def main() -> int:
    """Run the cycles and print what they came to."""
    parser = argparse.ArgumentParser(description="Start and stop many runs in one process.")
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--limit", type=float, default=20.0, help="MiB that memory may grow by from the 20th cycle on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.cycles <= _SETTLED:
        parser.error(f"--cycles must be above {_SETTLED}")
    with tempfile.TemporaryDirectory(prefix="ganstudio-soak-") as folder:
        os.environ["GANSTUDIO_HOME"] = folder
        found = soak(options.cycles, Path(folder))
    growth = found["mib"][-1] - found["mib"][_SETTLED - 1]
    passed = not found["threads_left"] and growth < options.limit
    result = {"cycles": options.cycles, "growth_mib": round(growth, 1), "limit_mib": options.limit, "passed": passed}
    result["threads_left"] = found["threads_left"]
    result["mib"] = {str(i + 1): round(found["mib"][i], 1) for i in range(_SETTLED - 1, options.cycles, 20)}
    print(json.dumps(result, indent=None if options.json else 2))
    return 0 if passed else 1


def soak(cycles: int, folder: Path) -> dict[str, Any]:
    """Memory in MiB after each cycle, and the names of threads that were left."""
    from ganstudio.variants import VARIANTS

    before = set(threading.enumerate())
    variants = VARIANTS.names()
    memory = []
    for number in range(cycles):
        worker = threading.Thread(target=_cycle, args=(variants[number % len(variants)], folder / f"run-{number}"))
        worker.start()
        worker.join()
        memory.append(_resident_mib())
        print(f"\r{number + 1} of {cycles}: {memory[-1]:.1f} MiB ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {"mib": memory, "threads_left": sorted(thread.name for thread in set(threading.enumerate()) - before)}


def _cycle(variant: str, out: Path) -> None:
    from ganstudio.runs.execute import train
    from ganstudio.training.control import Control
    from ganstudio.training.events import Event, Progress, RunFinished
    from ganstudio.training.preview import Preview
    from ganstudio.variants.recipes import compose

    control, preview = Control(), Preview()
    ends: list[RunFinished] = []

    def watch(event: Event) -> None:
        if isinstance(event, Progress):
            control.snapshot()
            control.change("optimizer.generator.learning_rate", 1e-4 * event.step)
            if event.step == 3:
                control.stop()
        if isinstance(event, RunFinished):
            ends.append(event)

    values = {"training.batch_size": 16, "training.log_every": 1, "training.sample_every": 2, "threads": 1}
    widths = {"variant.generator_width": 16, "variant.discriminator_width": 16}
    train(compose({"variant.name": variant, **widths, **values}), out, watch, control, preview=preview)
    with preview.read() as newest:
        assert newest is not None
    assert ends[0].reason == "stopped", ends[0].error


def _resident_mib() -> float:
    import psutil

    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return float(psutil.Process().memory_info().rss) / 2**20


if __name__ == "__main__":
    sys.exit(main())
