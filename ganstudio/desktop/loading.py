"""PyTorch is loaded, and the machine asked, in a thread once the window can be seen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QThread, Signal

_STACK_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Machine:
    """What this machine computes with: (key, name) of each device, the best first, and its usual precision."""

    devices: tuple[tuple[str, str], ...]
    precision: str
    error: str | None = None


class Loader(QThread):
    """Imports torch, tells by `ready` what the `Machine` is, then imports what is needed later."""

    ready = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("loader")
        self.setStackSize(_STACK_BYTES)

    def run(self) -> None:
        """In the thread: import, ask, tell."""
        try:
            from ganstudio.training.devices import gains_from_bfloat16, list_devices, resolve_device
            from ganstudio.training.trainer import Trainer  # noqa: F401 - loads what the first run would wait for
        except Exception as error:
            self.ready.emit(Machine((), "float32", f"PyTorch cannot be loaded: {error}"))
            return
        devices = tuple(list_devices())
        precision = "bfloat16" if gains_from_bfloat16(resolve_device("auto")) else "float32"
        self.ready.emit(Machine(devices, precision))
        # The first evaluation needs it; loaded beside a run that trains it would hold the window up for 0.3 s.
        import sklearn.cluster  # noqa: F401
