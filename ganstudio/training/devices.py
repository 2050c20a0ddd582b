"""Which device, which precision, how many threads: decided once a machine, and recorded with the run."""

from __future__ import annotations

import os
import platform
import threading
from pathlib import Path

import torch

from ganstudio.config import RunConfig
from ganstudio.errors import UserError

_seed_lock = threading.Lock()


def list_devices() -> list[tuple[str, str]]:
    """(name for the config, words for a person) of every device, the best first; "cpu" is always among them."""
    devices = [(f"cuda:{i}", torch.cuda.get_device_name(i)) for i in range(torch.cuda.device_count())]
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        devices += [(f"xpu:{i}", torch.xpu.get_device_name(i)) for i in range(torch.xpu.device_count())]
    if torch.backends.mps.is_available():
        devices.append(("mps", "Apple GPU"))
    threads = default_threads()
    return [*devices, ("cpu", f"CPU · {threads} thread{'s' if threads > 1 else ''}")]


def resolve_device(name: str) -> torch.device:
    """The torch device of a config's `device`. UserError with the ones there are when it is not here."""
    names = [key for key, _ in list_devices()]
    if name == "auto":
        return torch.device(names[0])
    wanted = f"{name}:0" if name in {"cuda", "xpu"} else name
    if wanted not in names:
        raise UserError(f"There is no device '{name}' here; there is: auto, {', '.join(names)}.", path="device")
    return torch.device(wanted)


def settle(config: RunConfig) -> RunConfig:
    """`config` with "auto" precision and threads decided for this machine, so that a repeated run keeps both."""
    device = resolve_device(config.device)
    precision = config.precision
    if precision == "auto":
        precision = "bfloat16" if gains_from_bfloat16(device) else "float32"
    return config.with_values({"precision": precision, "threads": config.threads or default_threads()})


def gains_from_bfloat16(device: torch.device) -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware (AVX512-BF16, AMX, or CUDA from Ampere on)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    if device.type == "cpu":
        return bool(_cpu_flags() & {"avx512_bf16", "amx_bf16"})
    return device.type == "xpu"


def default_threads() -> int:
    """Cores this process may use; hyper-threads do not speed up matrix products."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    physical = _physical_cores()
    return max(1, min(usable, physical) if physical else usable)


def describe(device: torch.device) -> str:
    """The device in words for a person."""
    named = dict(list_devices())
    return named.get(str(device), str(device))


def seeded_build_lock() -> threading.Lock:
    """Held while networks are initialised: torch's initialisers draw from the process-wide generator."""
    return _seed_lock


def _physical_cores() -> int | None:
    import psutil

    cores: int | None = psutil.cpu_count(logical=False)
    return cores


def _cpu_flags() -> set[str]:
    if platform.system() != "Linux":
        return set()
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return set()
    line = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return set(line.split())
