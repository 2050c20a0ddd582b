"""What bfloat16 gains over float32 on this machine: the same trainer with both, in turns."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from ganstudio.bench.engine import RECIPE, bench_configs, trainer_lane
from ganstudio.bench.statistics import Effort, interleave, summary


def measure(effort: Effort, say: Callable[[str], None]) -> dict[str, Any]:
    """`bf16_over_float32` of the default recipe, and the `precision` of each game behind it."""
    halves, wholes = bench_configs("bfloat16"), bench_configs("float32")
    found: dict[str, Any] = {}
    for name in halves:
        say(f"bfloat16 against float32, {name}: {effort.pairs} pairs")
        with closing(trainer_lane(halves[name])) as half, closing(trainer_lane(wholes[name])) as whole:
            measured = interleave(lambda: half.piece(effort.seconds), lambda: whole.piece(effort.seconds), effort.pairs)
        found[name] = summary(measured, "bfloat16", "float32")
    return {"bf16_over_float32": found[RECIPE]["ratio"], "bf16": found}
