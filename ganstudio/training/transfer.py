"""Starting from another run's weights (Wang et al. 2018): taken where names and shapes agree, the rest is fresh."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from ganstudio.errors import RunFolderError, UserError
from ganstudio.training import checkpoint

_PATH = "techniques.transfer.run"


def take_weights(run: str, networks: Mapping[str, nn.Module], averages: Mapping[str, nn.Module]) -> str:
    """Fill `networks` and their `averages` from the newest intact checkpoint of the run folder `run`.

    Returns a sentence on how much was taken. UserError when there is no such checkpoint, or nothing in it fits.
    """
    folder = _newest_intact(Path(run).expanduser())
    tensors = checkpoint.read_tensors(folder)
    taken, total = _fill(networks, tensors, "")
    if not any(target.dim() > 1 for target in taken):  # biases alone fit by chance
        raise UserError(f"Nothing in the run {run} fits these networks; take one of the same variant.", path=_PATH)
    for name, network in averages.items():
        # A network that starts anew is its own average.
        network.load_state_dict(networks[name].state_dict())
    _fill(averages, tensors, "ema.")
    step = int(folder.name.removeprefix("step-"))
    return f"Started from step {step} of {run}: {len(taken)} of {total} tensors fit and were taken, the rest are fresh."


def _newest_intact(run: Path) -> Path:
    checkpoints = run / "checkpoints"
    for step in reversed(checkpoint.list_steps(checkpoints)):
        folder = checkpoint.checkpoint_folder(checkpoints, step)
        try:
            checkpoint.read_manifest(folder)
        except RunFolderError:
            continue
        return folder
    raise UserError(f"There is no intact checkpoint in {run} to start from.", path=_PATH)


@torch.no_grad()
def _fill(networks: Mapping[str, nn.Module], tensors: Mapping[str, Tensor], prefix: str) -> tuple[list[Tensor], int]:
    """The tensors of `networks` that were found, and how many there are."""
    taken, total = [], 0
    for name, network in networks.items():
        for key, target in network.state_dict().items():
            total += 1
            found = tensors.get(f"{prefix}{name}.{key}")
            if found is not None and found.shape == target.shape:
                target.copy_(found)
                taken.append(target)
    return taken, total
