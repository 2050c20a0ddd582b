"""What happens inside a generator: its layers, those that the latent enters first, and channels made louder or mute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.graph import Node

from ganstudio.errors import UserError
from ganstudio.latent.model import LatentModel
from ganstudio.latent.sampling import latents

Labels = NDArray[np.int64] | NDArray[np.float32]
WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)


@dataclass(frozen=True)
class Layer:
    """A layer of a generator: its name there, and what it makes: `channels` maps of `height` x `width`.

    A dense layer makes `channels` numbers, maps of 1 x 1.
    """

    name: str
    channels: int
    height: int = 1
    width: int = 1


def layers(model: LatentModel) -> list[Layer]:
    """The layers with weights that take part in the making of an image, in the order in which they do."""
    found: list[Layer] = []

    def note(name: str, output: Tensor) -> None:
        found.append(Layer(name, output.shape[1], *output.shape[2:4]))

    with _watched(model.generator, note), torch.no_grad():
        model.generate(torch.zeros(1, model.latent_size, device=model.device))
    return list(dict.fromkeys(found))


def channel_maps(
    model: LatentModel, name: str, z: NDArray[np.float32], labels: Labels | None = None
) -> NDArray[np.float32]:
    """What a layer makes of latents (N, latent size): float32 (N, channels, height, width)."""
    _layer(model, name)
    made: list[Tensor] = []

    def keep(each: str, output: Tensor) -> None:
        if each == name:
            made.append(output.detach().to(torch.float32, copy=True))

    with _watched(model.generator, keep), torch.no_grad():
        model.generate(torch.tensor(z, device=model.device), labels)
    maps = made[-1]
    array: NDArray[np.float32] = maps.reshape(*maps.shape[:2], *(maps.shape[2:] or (1, 1))).cpu().numpy()
    return array


@contextmanager
def scaled(model: LatentModel, factors: Mapping[str, Mapping[int, float]]) -> Iterator[None]:
    """While it lasts, channels are multiplied: `factors` by layer and channel; 0 mutes, 1 changes nothing.

    (Bau et al. 2019, GAN dissection, section 3.2: ablation and insertion of units.) UserError for a layer or a channel
    that is not there. Weights are not touched.
    """
    with ExitStack() as hooks:
        for name, channels in factors.items():
            module, layer = _layer(model, name), next(each for each in layers(model) if each.name == name)
            beyond = [channel for channel in channels if not 0 <= channel < layer.channels]
            if beyond:
                raise UserError(f"The layer {name} has no channel {beyond[0]}; it has {layer.channels}, from 0.")
            factor = torch.ones(layer.channels, device=model.device)
            for channel, value in channels.items():
                factor[channel] = value
            hooks.callback(module.register_forward_hook(_multiply(factor)).remove)
        yield


@contextmanager
def multiplied(model: LatentModel, factors: Mapping[str, Mapping[int, float]]) -> Iterator[None]:
    """As `scaled`, without looking first whether all is there: layers that take no part, and channels that are not
    there, change nothing. Costs next to nothing, for images that follow a hand."""
    weighted = _weighted(model.generator)
    with ExitStack() as hooks:
        for name in factors.keys() & weighted.keys():
            hooks.callback(weighted[name].register_forward_hook(_multiply_some(factors[name])).remove)
        yield


def _multiply_some(channels: Mapping[int, float]) -> Callable[[nn.Module, Any, Tensor], Tensor]:
    def hook(_module: nn.Module, _given: Any, output: Tensor) -> Tensor:
        factor = torch.ones(output.shape[1], dtype=output.dtype)
        for channel, value in channels.items():
            if channel < output.shape[1]:
                factor[channel] = value
        return output * factor.to(output.device).view(-1, *[1] * (output.dim() - 2))

    return hook


def _multiply(factor: Tensor) -> Callable[[nn.Module, Any, Tensor], Tensor]:
    def hook(_module: nn.Module, _given: Any, output: Tensor) -> Tensor:
        return output * factor.to(output.dtype).view(-1, *[1] * (output.dim() - 2))

    return hook


# -- where the latent enters -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entrance:
    """The layers that the latent enters before any other layer with weights, and `after`, the first layer behind them:
    None where there is none."""

    first: tuple[str, ...]
    after: str | None


def entrance(model: LatentModel) -> Entrance:
    """Where the latent enters a generator, found by following the graph of one pass from each layer's input back to z.

    Most have one such layer; one whose norms are steered by chunks of the latent (BigGAN) has one a norm as well.
    """
    z = torch.tensor(latents(0, 1, model.latent_size), device=model.device).requires_grad_()
    outputs: set[Node] = set()
    first: list[str] = []
    behind: list[str] = []

    def look(name: str, given: Tensor) -> None:
        if given is z or given.grad_fn is not None:
            (behind if _passes(given.grad_fn, outputs) else first).append(name)

    def note(_name: str, output: Tensor) -> None:
        if output.grad_fn is not None:
            outputs.add(output.grad_fn)

    with _watched(model.generator, note, look), torch.enable_grad():
        model.generate(z)
    if not first:
        raise UserError("The latent enters this generator through no linear layer or convolution.")
    return Entrance(tuple(dict.fromkeys(first)), behind[0] if behind else None)


def entrance_weights(model: LatentModel) -> list[Tensor]:
    """The matrices (outputs, latent size) by which the first layers take the latent, as float64.

    A norm of the latent itself (progressive growing) is passed by, as SeFa does (Shen & Zhou 2021, section 3.1). What
    else a layer takes, such as a class, has no part in it.
    """
    found = entrance(model).first
    made: dict[str, Tensor] = {}

    def keep(name: str, output: Tensor) -> None:
        if name in found and name not in made:
            made[name] = output.detach().to(torch.float64).flatten(1)

    probes = torch.cat([torch.zeros(1, model.latent_size), torch.eye(model.latent_size)]).to(model.device)
    with _plain(model.generator), _watched(model.generator, keep), torch.no_grad():
        model.generate(probes)
    return [(made[name][1:] - made[name][0]).T for name in found]


def _passes(node: Node | None, outputs: set[Node]) -> bool:
    """Whether the graph behind `node` holds the output of a layer."""
    seen: set[Node] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each is None or each in seen:
            continue
        if each in outputs:
            return True
        seen.add(each)
        waiting += [parent for parent, _ in each.next_functions]
    return False


@contextmanager
def _plain(network: nn.Module) -> Iterator[None]:
    """While it lasts, modules that hold no numbers hand on what they are given, where that has the shape of what they
    would make."""

    def hook(_module: nn.Module, given: tuple[Any, ...], output: Any) -> Any:
        same = isinstance(output, Tensor) and given and isinstance(given[0], Tensor) and given[0].shape == output.shape
        return given[0] if same else output

    with ExitStack() as hooks:
        for module in _leaves(network):
            if not any(True for _ in module.state_dict()):
                hooks.callback(module.register_forward_hook(hook).remove)
        yield


def _leaves(network: nn.Module) -> Iterable[nn.Module]:
    return (module for module in network.modules() if not any(True for _ in module.children()))


@contextmanager
def _watched(
    network: nn.Module, after: Callable[[str, Tensor], None], before: Callable[[str, Tensor], None] | None = None
) -> Iterator[None]:
    """While it lasts, `before` is told the input and `after` the output of every layer with weights."""
    with ExitStack() as hooks:
        for name, module in _weighted(network).items():
            hooks.callback(module.register_forward_hook(_telling(name, after)).remove)
            if before is not None:
                hooks.callback(module.register_forward_pre_hook(_asking(name, before)).remove)
        yield


def _telling(name: str, after: Callable[[str, Tensor], None]) -> Callable[[nn.Module, Any, Tensor], None]:
    return lambda _module, _given, output: after(name, output)


def _asking(name: str, before: Callable[[str, Tensor], None]) -> Callable[[nn.Module, tuple[Any, ...]], None]:
    return lambda _module, given: before(name, given[0])


def _weighted(network: nn.Module) -> dict[str, nn.Module]:
    return {name: module for name, module in network.named_modules() if isinstance(module, WEIGHTED)}


def _layer(model: LatentModel, name: str) -> nn.Module:
    module = _weighted(model.generator).get(name)
    if module is None or name not in {layer.name for layer in layers(model)}:
        raise UserError(f"The generator has no layer named '{name}'.")
    return module
