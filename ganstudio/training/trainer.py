"""The one loop that plays every game. It knows no window: it is handed an `emit` and a `Control`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.config import RunConfig, fields
from ganstudio.data.batches import Batches
from ganstudio.data.store import prepare
from ganstudio.errors import RunFolderError, UserError
from ganstudio.game import Cursor, DataShape, Game, Kind, Phase, Player, Term
from ganstudio.networks.layers import set_tracking
from ganstudio.streams import stream_seed
from ganstudio.training import allocator, checkpoint
from ganstudio.training.control import Control
from ganstudio.training.devices import describe, resolve_device, seeded_build_lock
from ganstudio.training.door import BatchSource, PlayDoor, freeze_all_but
from ganstudio.training.ema import Ema, ema_decay
from ganstudio.training.events import (
    CheckpointSaved,
    EndReason,
    Event,
    Paused,
    Preparing,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
    Samples,
    SettingChanged,
    Warned,
)
from ganstudio.training.meters import Meters
from ganstudio.training.optimizers import build_optimizer, is_fused, rate_share, set_optimizer, set_rate
from ganstudio.training.preview import Preview
from ganstudio.training.sampling import fixed_latents, to_pixels
from ganstudio.variants import VARIANTS

Emit = Callable[[Event], None]


class _StoppedError(Exception):
    """A stop was asked for before there was anything to save."""


class NotFiniteError(UserError):
    """A loss or a gradient is not a finite number; raised before the optimiser steps."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a run ends: after `seconds` of training in this session if given, else at the config's `training.steps`."""

    seconds: float | None = None


class Trainer:
    """One run, from data to its end event.

    `config` must be settled (`ganstudio.training.devices.settle`). `checkpoints` is the folder of checkpoints; None
    keeps nothing. `resume` goes on from the newest intact checkpoint there. `preview`, where given, receives copies of
    the averaged networks when `Control.snapshot` asks for them.
    """

    def __init__(
        self,
        config: RunConfig,
        *,
        checkpoints: Path | None = None,
        resume: bool = False,
        limits: Limits = Limits(),
        preview: Preview | None = None,
    ) -> None:
        self._config, self._checkpoints, self._resume = config, checkpoints, resume
        self._limits, self._preview = limits, preview
        self._cursor = Cursor()
        self._elapsed = 0.0
        self._emit: Emit = _ignore
        self._control = Control()
        self._saved: tuple[Cursor, RunConfig] | None = None
        self._batches: Batches | None = None

    def run(self, emit: Emit, control: Control) -> None:
        """Train until the end, a stop, or a failure; the last event is always `RunFinished`. Raises nothing."""
        self._emit, self._control = emit, control
        reason: EndReason = "failed"
        error: str | None = "The run was interrupted."
        try:
            self._set_up()
            reason, error = self._loop(), None
        except _StoppedError:
            reason, error = "stopped", None
        except UserError as problem:
            error = str(problem)
        except Exception as problem:
            if _is_out_of_memory(problem):
                error = "The device is out of memory; use a smaller batch or narrower networks."
            elif isinstance(problem, OSError):
                error = f"The run folder cannot be written: {problem.strerror or problem}. The last checkpoint is kept."
            else:
                error = f"{type(problem).__name__}: {problem}"
                _log_traceback()
        finally:
            try:
                self._close()
            finally:
                emit(RunFinished(step=self._cursor.step, time=self._elapsed, reason=reason, error=error))

    # -- set-up ------------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        # Asking first settles this thread's count: else its first operation would take what another thread set since.
        usual = torch.get_num_threads()
        torch.set_num_threads(self._config.threads or usual)
        self._device = resolve_device(self._config.device)
        if self._device.type == "cpu":
            allocator.keep_freed_memory()
        self._emit(Preparing(what="data"))
        store = prepare(self._config.dataset, self._report_preparing)
        manifest = self._find_checkpoint() if self._resume else None
        if manifest is not None:
            live = {path: manifest.config.value(path) for path in _live_paths() if path != "training.steps"}
            self._config = self._config.with_values(live)
            self._cursor, self._elapsed = manifest.cursor, manifest.time
            self._saved = (manifest.cursor, manifest.config)
        variant = VARIANTS.get(self._config.variant.name)
        variant.check(self._config, store.shape)
        self._classes = store.classes
        self._data_digest: str = store.manifest["sha256"]["images.npy"]
        if manifest is not None and manifest.data != self._data_digest:
            self._warn(
                f"The images of {self._config.dataset.name} have changed since the run began: training goes on with "
                "them, and may now see images that were held out before."
            )
        self._batches = Batches(
            store, self._config.dataset, self._config.seed, self._config.training.batch_size, self._device
        )
        self._data: BatchSource = self._batches
        self._num_images = self._batches.count
        if store.skipped:
            self._warn(_skipped_sentence(store.skipped))
        self.assemble(variant.build, store.shape, self._device)
        if manifest is not None and self._checkpoints is not None:
            self._restore(checkpoint.checkpoint_folder(self._checkpoints, manifest.cursor.step))
        self._announce(resumed=manifest is not None)

    def assemble(self, build: Callable[[RunConfig, DataShape], Game], shape: DataShape, device: torch.device) -> None:
        """Build the game, its averages and optimisers on `device`; seeded, and apart from process-wide randomness."""
        self._device, self._shape = device, shape
        with seeded_build_lock(), torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(stream_seed(self._config.seed, "init"))
            self._game = build(self._config, shape)
        for network in self._game.networks.values():
            network.to(device).to(memory_format=torch.channels_last).train()
        self._ema = Ema({name: self._game.networks[name] for name in self._game.ema})
        self._players = {player.name: player for player in self._game.players}
        self._optimizers = {player.name: self._optimizer(player) for player in self._game.players}
        self._parameters = {
            player.name: [p for name in player.networks for p in self._game.networks[name].parameters()]
            for player in self._game.players
        }
        self._autocast = torch.bfloat16 if self._config.precision == "bfloat16" else None
        self._settings = {path: self._config.value(path) for path in _all_paths()}
        self._meters = Meters()
        self._not_finite = torch.zeros((), device=device)
        self._fixed = fixed_latents(self._config, self._game, device)

    def _optimizer(self, player: Player) -> torch.optim.Optimizer:
        parameters = [p for name in player.networks for p in self._game.networks[name].parameters()]
        return build_optimizer(parameters, self._config.value(player.optimizer), self._device)

    def _report_preparing(self, done: int, total: int) -> None:
        self._emit(Preparing(what="data", done=done, total=total))
        if self._control.stopped:
            raise _StoppedError

    def _find_checkpoint(self) -> checkpoint.Manifest | None:
        """The newest intact checkpoint; damaged ones are named and passed over. None when there was never one."""
        if self._checkpoints is None:
            return None
        checkpoint.tidy(self._checkpoints)
        steps = checkpoint.list_steps(self._checkpoints)
        for step in reversed(steps):
            try:
                return checkpoint.read_manifest(checkpoint.checkpoint_folder(self._checkpoints, step))
            except RunFolderError as error:
                self._warn(f"{error} An older one is used." if step != steps[0] else str(error))
        if steps:
            raise RunFolderError("No checkpoint of this run is intact; start a new run with the same config.json.")
        return None

    def _restore(self, folder: Path) -> None:
        checkpoint.load_networks(folder, self._game.networks)
        checkpoint.load_networks(folder, self._ema.networks, prefix="ema.")
        checkpoint.load_state(folder, self._game.networks, self._optimizers, self._game.memory)

    def _announce(self, *, resumed: bool) -> None:
        config = self._config
        common: dict[str, Any] = {
            "step": self._cursor.step,
            "time": self._elapsed,
            "device": describe(self._device),
            "precision": config.precision,
            "threads": config.threads,
            "target": None if self._limits.seconds else config.training.steps,
            "resolution": self._shape.resolution,
            "channels": self._shape.channels,
            "classes": self._classes,
            "images": self._num_images,
        }
        if resumed:
            self._emit(RunResumed(from_step=self._cursor.step, **common))
        else:
            self._emit(RunStarted(variant=config.variant.name, dataset=config.dataset.name, **common))

    # -- the loop ----------------------------------------------------------------------------------------------------

    def _loop(self) -> EndReason:
        self._session_start = self._elapsed
        self._last_log = (self._elapsed, self._cursor.images)
        self._clock = time.perf_counter()
        if self._cursor.step == 0:
            self._sample()
        if self._preview is not None:
            self._publish()
        while True:
            if self._cursor.play == 0:  # a round that was stopped within is finished before anything changes
                going = self._attend()
                if self._done():
                    break
                if not going:
                    return self._stop()
            finished = self.round()
            self._tick()
            if not finished:
                return self._stop()
            self._after_round()
        self._ensure_finite()
        if self._cursor.step % self._config.training.sample_every:
            self._sample()
        if not self._is_saved():
            self._save()
        return "completed"

    def _stop(self) -> EndReason:
        if not self._is_saved():
            self._save()
        return "stopped"

    def _done(self) -> bool:
        if self._limits.seconds is not None:
            return self._elapsed - self._session_start >= self._limits.seconds
        return self._cursor.step >= self._config.training.steps

    def round(self) -> bool:
        """One play of each player in turn, then the averages; False when a stop was asked for between two plays."""
        phase = self._game.phase(self._cursor.images, self.setting)
        batch = self._config.training.batch_size
        reals = sum(name == self._game.players[0].name for name in phase.plays)
        for index in range(self._cursor.play, len(phase.plays)):
            self._cursor = replace(self._cursor, play=index)
            self._play(phase, phase.plays[index], self._cursor.images + min(index, reals - 1) * batch)
            if self._control.stopped and index + 1 < len(phase.plays):
                self._cursor = replace(self._cursor, play=index + 1)
                return False
        images = self._cursor.images + reals * batch
        settings = self._config.techniques.ema
        self._ema.update(ema_decay(reals * batch, images, settings.half_life, settings.ramp))
        self._cursor = Cursor(step=self._cursor.step + 1, images=images)
        return True

    def _play(self, phase: Phase, name: str, position: int) -> None:
        player, optimizer = self._players[name], self._optimizers[name]
        freeze_all_but(self._game.networks, player.networks, set_tracking)
        terms = [term for term in phase.terms[name] if self._is_due(term)]
        door = PlayDoor(
            self._game,
            self._cursor,
            name,
            setting=self.setting,
            data=self._data,
            position=position,
            seed=self._config.seed,
            device=self._device,
            autocast=self._autocast,
            input_grad=frozenset(source for term in terms for source in term.input_grad),
        )
        loss = self._loss(terms, door)
        optimizer.zero_grad(set_to_none=True)
        # By the weights alone: images that a penalty differentiates by are leaves too, and would cost a gradient each.
        loss.backward(inputs=self._parameters[name])  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.get_total_norm([p.grad for p in self._parameters[name] if p.grad is not None])
        self._guard(name, loss.detach(), norm, optimizer)
        set_rate(optimizer, self._rate(player))
        optimizer.step()
        self._record(name, loss.detach(), norm, door)

    def _rate(self, player: Player) -> float:
        """The learning rate at this cursor: the live one, times the schedule's share."""
        rate: float = self.setting(f"{player.optimizer}.learning_rate")
        return rate * rate_share(self._config.optimizer.schedule, self._cursor.images)

    def _loss(self, terms: list[Term], door: PlayDoor) -> Tensor:
        total: Tensor | None = None
        for term in terms:
            value = term.value(door)
            factor = (self.setting(term.weight) if term.weight else 1.0) * term.every
            if len(terms) > 1:
                self._meters.add(f"term/{door.player}/{term.name}", value.detach())
            part = value if factor == 1.0 else value * factor
            total = part if total is None else total + part
        assert total is not None, "every play has a term without a weight"
        return total

    def _is_due(self, term: Term) -> bool:
        if term.weight is not None and self.setting(term.weight) == 0.0:
            return False
        turn = self._cursor.images // self._config.training.batch_size + self._cursor.play
        return turn % term.every == 0

    def _guard(self, player: str, loss: Tensor, norm: Tensor, optimizer: torch.optim.Optimizer) -> None:
        """Keep a loss or gradient that is not finite from reaching the weights.

        On the CPU the run ends here. On an accelerator that look would stall the queue at every step; there a fused
        optimiser skips its step once the flag is up, and `_ensure_finite` reads the flag at log steps.
        """
        if self._device.type == "meta":
            return
        total = loss + norm
        if self._device.type != "cpu" and is_fused(optimizer):
            self._not_finite = torch.maximum(self._not_finite, (~torch.isfinite(total)).to(torch.float32))
            optimizer.found_inf = self._not_finite  # type: ignore[attr-defined]
        elif not math.isfinite(float(total)):
            self._raise_not_finite(player, loss)

    def _ensure_finite(self) -> None:
        if self._device.type not in {"cpu", "meta"} and bool(self._not_finite):
            self._raise_not_finite("a player", self._not_finite)

    def _raise_not_finite(self, player: str, loss: Tensor) -> None:
        what = "gradient" if math.isfinite(float(loss)) else "loss"
        raise NotFiniteError(
            f"The {what} of the {player} is not finite at step {self._cursor.step + 1}; the networks are as they were "
            "before it. Try a learning rate a quarter as large, an R1 penalty, or precision float32."
        )

    def _record(self, name: str, loss: Tensor, norm: Tensor, door: PlayDoor) -> None:
        self._meters.add(f"loss/{name}", loss)
        self._meters.add(f"grad_norm/{name}", norm)
        if name == self._game.players[0].name:
            for key in get_args(Kind):
                logits = door.logits_of(key)
                if logits is not None:
                    self._meters.add_logits(key, logits)

    # -- between rounds ----------------------------------------------------------------------------------------------

    def setting(self, path: str) -> Any:
        """The live value of a config path."""
        return self._settings[path]

    def _attend(self) -> bool:
        """Carry out orders, and hold while paused; False when the run is to end."""
        self._obey()
        announced = False
        while self._control.waiting():
            if not announced:
                self._emit(Paused(step=self._cursor.step, time=self._elapsed, paused=True))
                announced = True
            self._control.wait()
            self._obey()
        if announced:
            self._clock = time.perf_counter()
            if not self._control.paused:
                self._emit(Paused(step=self._cursor.step, time=self._elapsed, paused=False))
        return not self._control.stopped

    def _obey(self) -> None:
        orders = self._control.take_orders()
        for path, value in orders.changes:
            self._change(path, value)
        if orders.checkpoint:
            self._sample()
            self._save()
        if orders.snapshot:
            self._publish()

    def _change(self, path: str, value: Any) -> None:
        old = self._config.value(path)
        try:
            config = self._config.with_values({path: value})
            VARIANTS.get(config.variant.name).check(config, self._shape)
        except UserError as error:
            self._warn(f"Not changed: {error}")
            return
        new = config.value(path)
        if new == old:
            return
        self._config = config
        self._settings[path] = new
        for player in self._game.players:
            set_optimizer(self._optimizers[player.name], config.value(player.optimizer))
        self._emit(SettingChanged(step=self._cursor.step + 1, time=self._elapsed, path=path, old=old, new=new))

    def _after_round(self) -> None:
        step, training = self._cursor.step, self._config.training
        if step % training.log_every == 0:
            self._log()
        if step % training.sample_every == 0:
            self._sample()
        if step % training.checkpoint_every == 0:
            self._save()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._elapsed += now - self._clock
        self._clock = now

    def _log(self) -> None:
        scalars, histograms = self._meters.read()
        self._ensure_finite()
        for player in self._game.players:
            scalars[f"learning_rate/{player.name}"] = self._rate(player)
        since, images = self._last_log
        elapsed = max(self._elapsed - since, 1e-9)
        self._last_log = (self._elapsed, self._cursor.images)
        self._emit(
            Progress(
                step=self._cursor.step,
                time=self._elapsed,
                images=self._cursor.images,
                images_per_second=(self._cursor.images - images) / elapsed,
                scalars=scalars,
                histograms=histograms,
            )
        )

    def _sample(self) -> None:
        self._emit(
            Samples(
                step=self._cursor.step,
                time=self._elapsed,
                count=len(self._fixed[0]),
                ema=self._draw(ema=True),
                raw=self._draw(ema=False),
            )
        )

    @torch.no_grad()
    def _draw(self, *, ema: bool) -> NDArray[np.uint8]:
        networks = {**self._game.networks, **(self._ema.networks if ema else {})}
        drawing = [network for network in networks.values() if network.training]
        for network in drawing:
            network.eval()
        try:
            return to_pixels(self._game.generate(networks, *self._fixed))
        finally:
            for network in drawing:
                network.train()

    def _publish(self) -> None:
        if self._preview is not None:
            self._preview.publish(self._ema.networks, self._cursor.step)

    def _save(self) -> None:
        if self._checkpoints is None:
            return
        self._ensure_finite()
        if not self._is_saved():
            checkpoint.save(
                checkpoint.checkpoint_folder(self._checkpoints, self._cursor.step),
                checkpoint.Manifest(
                    self._cursor, self._elapsed, self._config, self._shape, self._classes, self._data_digest
                ),
                self._game.networks,
                self._ema.networks,
                self._optimizers,
                self._game.memory,
            )
            self._saved = (self._cursor, self._config)
        self._emit(CheckpointSaved(step=self._cursor.step, time=self._elapsed))

    def _is_saved(self) -> bool:
        """Whether the newest checkpoint holds all there is now: writing it again would only put it at risk."""
        if self._checkpoints is None or self._saved != (self._cursor, self._config):
            return False
        return checkpoint.checkpoint_folder(self._checkpoints, self._cursor.step).is_dir()

    def _warn(self, message: str) -> None:
        self._emit(Warned(step=self._cursor.step, time=self._elapsed, message=message))

    def _close(self) -> None:
        if self._batches is not None:
            self._batches.close()
        allocator.return_freed_memory()


def _ignore(_event: Event) -> None:
    """For a trainer that nobody listens to."""


def _is_out_of_memory(problem: Exception) -> bool:
    """Of the device or of the machine: torch has a type of its own for the former only."""
    if isinstance(problem, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(problem).lower()
    return isinstance(problem, RuntimeError) and ("out of memory" in text or "allocate memory" in text)


def _live_paths() -> list[str]:
    return [spec.path for spec in fields() if spec.live]


def _all_paths() -> list[str]:
    return [spec.path for spec in fields()]


def _skipped_sentence(skipped: tuple[Any, ...]) -> str:
    names = ", ".join(f"{item.file} ({item.reason})" for item in skipped[:5])
    more = f" and {len(skipped) - 5} more" if len(skipped) > 5 else ""
    files = (
        "1 file could not be read and was" if len(skipped) == 1 else f"{len(skipped)} files could not be read and were"
    )
    return f"{files} passed over: {names}{more}."


def _log_traceback() -> None:
    import logging

    logging.getLogger("ganstudio").exception("The run failed")
