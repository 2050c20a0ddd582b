"""The one loop that plays every game. It knows no window: it is handed an `emit` and a `Control`."""

from __future__ import annotations

import math
import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import torch
from numpy.typing import NDArray
from torch import Tensor

from ganstudio.config import RunConfig, field, fields
from ganstudio.data.batches import Batches
from ganstudio.data.store import ImageStore, prepare, prepare_target, target_of
from ganstudio.errors import RunFolderError, UserError
from ganstudio.game import (
    DISCRIMINATOR,
    SOURCE,
    TARGET,
    Cursor,
    DataShape,
    Game,
    Kind,
    Pacing,
    Phase,
    Player,
    Shown,
    Term,
)
from ganstudio.networks.layers import play_aware
from ganstudio.streams import stream_seed
from ganstudio.training import allocator, checkpoint
from ganstudio.training.control import Control
from ganstudio.training.devices import describe, resolve_device, seeded_build_lock
from ganstudio.training.door import BatchSource, PlayDoor, gates, set_gates
from ganstudio.training.ema import Ema, ema_decay
from ganstudio.training.evaluating import Evaluator
from ganstudio.training.events import (
    CheckpointSaved,
    EndReason,
    Event,
    Landscape,
    Paused,
    PhaseBegan,
    Preparing,
    Progress,
    RunFinished,
    RunResumed,
    RunStarted,
    Samples,
    SettingChanged,
    Warned,
)
from ganstudio.training.landscape import survey
from ganstudio.training.meters import Meters
from ganstudio.training.observing import Observed, Observer, Recent
from ganstudio.training.optimizers import build_optimizer, is_fused, penalty_share, rate_share, set_optimizer
from ganstudio.training.preview import Preview
from ganstudio.training.sampling import Fixed, columns, draw, fixed_latents, group_of
from ganstudio.training.transfer import take_weights
from ganstudio.training.unrolling import Unroller
from ganstudio.variants import VARIANTS
from ganstudio.variants.points import SAMPLES as POINT_SAMPLES

Emit = Callable[[Event], None]
_SETTLING_POINTS = 20
_PACE_EVERY = 16
_MOST_RECOVERIES = 3


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
    the averaged networks when `Control.snapshot` asks for them. `observers` measure the run at its log steps.
    `evaluator` measures copies of the averaged networks every `evaluation.every` steps, and when asked to.
    """

    def __init__(
        self,
        config: RunConfig,
        *,
        checkpoints: Path | None = None,
        resume: bool = False,
        limits: Limits = Limits(),
        preview: Preview | None = None,
        observers: Sequence[Observer] = (),
        evaluator: Evaluator | None = None,
    ) -> None:
        self._evaluator = evaluator
        self._observers, self._recent = tuple(observers), Recent()
        self._config, self._checkpoints, self._resume = config, checkpoints, resume
        self._limits, self._preview = limits, preview
        self._cursor = Cursor()
        self._elapsed = 0.0
        self._emit: Emit = _ignore
        self._control = Control()
        self._saved: tuple[Cursor, RunConfig] | None = None
        self._batches: dict[str, Batches] = {}
        self._solo: str | None = None
        self._stepped = False
        self._recoveries = 0
        self._fixed: Fixed
        self._distances: deque[float] = deque(maxlen=_SETTLING_POINTS)

    def run(self, emit: Emit, control: Control) -> None:
        """Train until the end, a stop, or a failure; the last event is always `RunFinished`. Raises nothing."""
        self._emit, self._control = emit, control
        reason: EndReason = "failed"
        error: str | None = "The run was interrupted."
        try:
            self._set_up()
            reason, error = self._loop(), None
            if reason == "completed":
                self._finish_evaluation()
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
                for note in control.take_notes():
                    emit(note)
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
        stores = {SOURCE: store}
        if "dataset.target" not in variant.unused:
            stores[TARGET] = prepare_target(self._config.dataset, store.shape, self._report_preparing)
        self._data_digest = "+".join(each.manifest["sha256"]["images.npy"] for each in stores.values())
        if manifest is not None and manifest.data != self._data_digest:
            self._warn(
                f"The images of {self._config.dataset.name} have changed since the run began: training goes on with "
                "them, and may now see images that were held out before."
            )
        for domain, each in stores.items():
            self._load(domain, each)
        self._num_images = self._batches[SOURCE].count
        self._data: dict[str, BatchSource] = dict(self._batches)
        self.assemble(variant.build, store.shape, self._device)
        if self._game.translation is not None:
            count = max(1, self._config.training.samples // len(self._game.translation.columns))
            held_out = {name: batches.held_out(count) for name, batches in self._batches.items()}
            fewest = min(len(images) for images in held_out.values())
            self._fixed = replace(self._fixed, images={name: images[:fewest] for name, images in held_out.items()})
        if manifest is not None and self._checkpoints is not None:
            self._restore(checkpoint.checkpoint_folder(self._checkpoints, manifest.cursor.step))
        elif self._config.techniques.transfer.run:
            source = self._config.techniques.transfer.run
            self._warn(take_weights(source, self._game.networks, self._ema.networks))
        self._announce(resumed=manifest is not None)

    def _load(self, domain: str, store: ImageStore) -> None:
        """Get ready to serve the images of `store` as those of `domain`."""
        training = self._config.training
        dataset = self._config.dataset if domain == SOURCE else target_of(self._config.dataset, store.shape)
        seed = self._config.seed if domain == SOURCE else stream_seed(self._config.seed, f"domain/{domain}")
        self._batches[domain] = Batches(store, dataset, seed, training.batch_size, self._device)
        if store.skipped:
            self._warn(_skipped_sentence(store.skipped))

    def assemble(self, build: Callable[[RunConfig, DataShape], Game], shape: DataShape, device: torch.device) -> None:
        """Build the game, its averages and optimisers on `device`; seeded, and apart from process-wide randomness."""
        self._device, self._shape = device, shape
        with seeded_build_lock(), torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(stream_seed(self._config.seed, "init"))
            self._game = build(self._config, shape)
        for network in self._game.networks.values():
            network.to(device).to(memory_format=torch.channels_last).train()
        for helper in (*self._game.memory.values(), *self._game.helpers.values()):
            helper.to(device).requires_grad_(False).eval()
        self._ema = Ema({name: self._game.networks[name] for name in self._game.ema})
        self._players = {player.name: player for player in self._game.players}
        self._parameters = {
            player.name: [
                parameter
                for name in player.networks
                for key, parameter in self._game.networks[name].named_parameters()
                if f"{name}.{key}" not in player.frozen
            ]
            for player in self._game.players
        }
        trained = {id(parameter) for parameters in self._parameters.values() for parameter in parameters}
        every = {id(parameter) for network in self._game.networks.values() for parameter in network.parameters()}
        self._frozen = frozenset(every - trained)
        self._gates = {
            player.name: gates(self._game.networks, player.networks, self._frozen) for player in self._game.players
        }
        self._play_aware = {name: play_aware(network) for name, network in self._game.networks.items()}
        self._optimizers = {player.name: self._optimizer(player) for player in self._game.players}
        self._autocast = torch.bfloat16 if self._config.precision == "bfloat16" else None
        self._settings = {path: self._config.value(path) for path in _all_paths()}
        self._pace: dict[str, float] = {}
        self._meters = Meters()
        self._not_finite = torch.zeros((), device=device)
        count = POINT_SAMPLES if shape.subject == "points" else None
        self._fixed = Fixed(*fixed_latents(self._config, self._game, device, count))
        self._enter(self._game.phase(self._cursor, self.setting))

    def _optimizer(self, player: Player) -> torch.optim.Optimizer:
        return build_optimizer(self._parameters[player.name], self._config.value(player.optimizer), self._device)

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
        self._read_pace()

    def _read_pace(self) -> None:
        for memory in self._game.memory.values():
            if isinstance(memory, Pacing):
                self._pace = {section: float(share) for section, share in memory.pace().items()}

    def adopt(self, source: Path, target: Path, changed: Sequence[str]) -> None:
        """Write the checkpoint `source` anew to `target` as one of this trainer's config, for a fork.

        Memory that a technique adds begins anew, and so do the moments of an optimiser of another kind. UserError,
        with the `changed` settings, when the networks do not fit.
        """
        manifest = checkpoint.read_manifest(source)
        self._cursor = manifest.cursor
        variant = VARIANTS.get(self._config.variant.name)
        variant.check(self._config, manifest.shape)
        self.assemble(variant.build, manifest.shape, torch.device("cpu"))
        held = checkpoint.tensor_names(source)
        own = {f"{name}.{key}" for name, network in self._game.networks.items() for key in network.state_dict()}
        theirs = {name for name in held if name.split(".", 1)[0] in self._game.networks and name not in own}
        try:
            checkpoint.load_networks(source, self._game.networks)
            checkpoint.load_networks(source, self._ema.networks, prefix="ema.")
            fits = not any(name in checkpoint.read_tensors(source) for name in theirs)
        except RunFolderError:
            fits = False
        if not fits:
            labels = ", ".join(field(path).label for path in changed)
            raise UserError(
                f"The networks of the checkpoint do not fit these settings ({labels}); start a new run with them.",
                path=changed[0] if changed else None,
            )
        same_kind = {
            player.name: self._optimizers[player.name]
            for player in self._game.players
            if self._config.value(player.optimizer).name == manifest.config.value(player.optimizer).name
        }
        memory = {
            name: module
            for name, module in self._game.memory.items()
            if all(f"memory.{name}.{key}" in held for key in module.state_dict())
        }
        checkpoint.load_state(source, self._game.networks, same_kind, memory)
        checkpoint.save(
            target,
            replace(manifest, config=self._config),
            self._game.networks,
            self._ema.networks,
            self._optimizers,
            self._game.memory,
        )

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
            "subject": self._shape.subject,
            "columns": columns(self._game),
            "group": 0 if self._shape.subject == "points" else group_of(self._game, self._config),
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
        for observer in self._observers:
            observer.begin(self._observed(self._game.phase(self._cursor, self.setting)))
        while True:
            going = self._attend()
            if self._cursor.play == 0 and self._done():
                break
            if not going:
                return self._stop()
            try:
                self._advance()
            except NotFiniteError as error:
                if not self._recover(error):
                    raise
        if why := self._control.finished:
            self._warn(why)
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
        stop, training = self._config.training.stop, self._config.training
        if self._control.finished:
            return True
        if stop.images is not None and self._cursor.images >= stop.images:
            return True
        if stop.seconds is not None and self._elapsed >= stop.seconds:
            return True
        if stop.settled is not None and self._has_settled(stop.settled):
            return True
        if self._limits.seconds is not None:
            return self._elapsed - self._session_start >= self._limits.seconds
        return self._cursor.step >= training.steps

    def _has_settled(self, share: float) -> bool:
        """Whether the critic's distance of the last points of the plots stays within a share of its mean."""
        if len(self._distances) < _SETTLING_POINTS:
            return False
        mean = sum(self._distances) / _SETTLING_POINTS
        return max(self._distances) - min(self._distances) <= share * abs(mean)

    def _advance(self) -> None:
        step = self._cursor.step
        self._play_next()
        self._tick()
        if self._cursor.step != step:
            self._after_round()
        elif self._stepped:
            self._show()

    def round(self) -> None:
        """The plays that are left of this round, then the averages."""
        step = self._cursor.step
        while self._cursor.step == step:
            self._play_next()

    def _play_next(self) -> None:
        """One play; after the last of a round, the averages."""
        phase = self._phase()
        index, batch = self._cursor.play, self._config.training.batch_size
        reals = self._plays_on_reals(phase)
        self._play(phase, phase.plays[index], self._cursor.images + min(index, max(reals - 1, 0)) * batch)
        if index + 1 < len(phase.plays):
            self._cursor = replace(self._cursor, play=index + 1)
            return
        images = self._cursor.images + reals * batch
        settings = self._config.techniques.ema
        self._ema.update(ema_decay(max(reals, 1) * batch, images, settings.half_life, settings.ramp))
        self._cursor = Cursor(step=self._cursor.step + 1, images=images, stage=self._cursor.stage)
        self._solo = None
        if self._cursor.step % _PACE_EVERY == 0:
            self._settle_pace()

    def _settle_pace(self) -> None:
        for memory in self._game.memory.values():
            if isinstance(memory, Pacing):
                memory.settle()
        self._read_pace()

    def _plays_on_reals(self, phase: Phase) -> int:
        """Plays of a round that each take a batch of new images: those of the first player, who is D; where it has
        none in this phase, all. Playing G alone takes none."""
        first = self._game.players[0].name
        return sum(name == first for name in phase.plays) if first in phase.terms else len(phase.plays)

    def _phase(self) -> Phase:
        """The phase of this round; entering a stage starts the optimisers anew."""
        phase = self._game.phase(self._cursor, self.setting)
        if self._solo is not None:
            phase = replace(phase, plays=(self._solo,))
        if self._cursor.play == 0:
            self._enter(phase)
            if phase.stage != self._cursor.stage:
                self._cursor = replace(self._cursor, stage=phase.stage)
                for player in self._game.players:
                    self._optimizers[player.name].state.clear()
                self._emit(
                    PhaseBegan(
                        step=self._cursor.step + 1, time=self._elapsed, name=phase.name, resolution=phase.resolution
                    )
                )
        return phase

    def _enter(self, phase: Phase) -> None:
        if self._game.enter is not None:
            self._game.enter(phase, self._game.networks)
            self._game.enter(phase, self._ema.networks)

    def _play(self, phase: Phase, name: str, position: int) -> None:
        player, optimizer = self._players[name], self._optimizers[name]
        terms = self._due(phase, name)
        door = PlayDoor(
            self._game,
            self._cursor,
            name,
            phase=phase,
            setting=self.setting,
            data=self._data,
            position=position,
            seed=self._config.seed,
            device=self._device,
            autocast=self._autocast,
            input_grad=frozenset(source for term in terms for source in term.input_grad),
            look_ahead=self._look_ahead,
        )
        set_gates(self._gates[name])
        for network, layers in self._play_aware.items():
            for layer in layers:
                layer.begin_play(network in player.networks, door.random)
        loss = self._loss(terms, door)
        optimizer.zero_grad(set_to_none=True)
        # By the weights alone: images that a penalty differentiates by are leaves too, and would cost a gradient each.
        loss.backward(inputs=self._parameters[name])  # type: ignore[no-untyped-call]
        norm = self._clip(player)
        self._guard(name, loss.detach(), norm, optimizer)
        set_optimizer(
            optimizer,
            self._config.value(player.optimizer),
            self._config.optimizer.schedule,
            self._cursor.images,
            self._pace.get(player.optimizer, 1.0),
        )
        optimizer.step()
        with torch.no_grad():
            for after in player.after:
                after(door)
        self._record(name, loss.detach(), norm, door)

    def _clip(self, player: Player) -> Tensor:
        """Clip the gradients as asked; the norm (scalar) they had before."""
        parameters = self._parameters[player.name]
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        largest: float = self.setting(f"{player.optimizer}.clip_value")
        longest: float = self.setting(f"{player.optimizer}.clip_norm")
        if largest:
            torch.nn.utils.clip_grad_value_(parameters, largest)
        if longest:
            torch.nn.utils.clip_grad_norm_(parameters, longest)
        return norm

    def _rate(self, player: Player) -> float:
        """The learning rate at this cursor: the live one, times the schedule's share and the player's pace."""
        rate: float = self.setting(f"{player.optimizer}.learning_rate")
        share = rate_share(self._config.optimizer.schedule, self._cursor.images)
        return rate * share * self._pace.get(player.optimizer, 1.0)

    def _look_ahead(self, door: PlayDoor, name: str, steps: int) -> PlayDoor:
        terms = [replace(term, every=1) for term in self._wanted(door.phase, name)]
        loss = partial(self._loss, terms, metered=False)
        return Unroller(self._game, self._optimizers, terms, loss, self._rate)(door, name, steps)

    def _wanted(self, phase: Phase, name: str) -> list[Term]:
        every = (*phase.terms[name], *self._game.extra.get(name, ()))
        return [term for term in every if term.weight is None or self.setting(term.weight) != 0.0]

    def _due(self, phase: Phase, name: str) -> list[Term]:
        return [term for term in self._wanted(phase, name) if self._is_due(term)]

    def _loss(self, terms: Sequence[Term], door: PlayDoor, *, metered: bool = True) -> Tensor:
        total: Tensor | None = None
        for term in terms:
            value = term.value(door)
            factor = (self.setting(term.weight) if term.weight else 1.0) * term.every
            if term.scheduled:
                factor *= penalty_share(self._config.optimizer.schedule, self._cursor.images)
            if metered and len(terms) > 1:
                self._meters.add(f"term/{door.player}/{term.name}", value.detach())
            part = value if factor == 1.0 else value * factor
            total = part if total is None else total + part
        assert total is not None, "every play has a term without a weight"
        return total

    def _is_due(self, term: Term) -> bool:
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
                if self._observers:
                    self._recent.add(key, door.images_of(key), logits)

    # -- between rounds ----------------------------------------------------------------------------------------------

    def setting(self, path: str) -> Any:
        """The live value of a config path."""
        return self._settings[path]

    def _attend(self) -> bool:
        """Carry out orders, and hold while paused; False when the run is to end."""
        self._obey()
        announced = False
        self._stepped = False
        while not (move := self._control.next_move(round_begins=self._cursor.play == 0)).goes:
            if not announced:
                self._emit(Paused(step=self._cursor.step, time=self._elapsed, paused=True))
                announced = True
            self._control.wait()
            self._obey()
        if move.player is not None:
            self._begin_solo(move.player)
        self._stepped = move.single
        if announced:
            self._clock = time.perf_counter()
            if not self._control.paused:
                self._emit(Paused(step=self._cursor.step, time=self._elapsed, paused=False))
        return not self._control.stopped

    def _begin_solo(self, player: str) -> None:
        """The next round is one play of `player` alone. Of a round that was begun it is the next play, where that is
        its turn; else what is left of that round is given up."""
        phase = self._game.phase(self._cursor, self.setting)
        if player not in phase.terms:
            return
        if self._cursor.play:
            if phase.plays[self._cursor.play] == player:
                return
            done = sum(name == self._game.players[0].name for name in phase.plays[: self._cursor.play])
            images = self._cursor.images + done * self._config.training.batch_size
            self._cursor = Cursor(step=self._cursor.step + 1, images=images, stage=self._cursor.stage)
        self._solo = player

    def _show(self) -> None:
        """Bring plots and samples up to date after a single step, unless more of them wait."""
        if not self._control.has_steps:
            self._log()
            self._sample()

    def _obey(self) -> None:
        """Carry out what was asked for. Settings change between rounds only: a round is played with one set of them."""
        orders = self._control.take_orders(changes=self._cursor.play == 0)
        if orders.roll_back is not None:
            self._roll_back(orders.roll_back)
        for path, value in orders.changes:
            self._change(path, value)
        if orders.checkpoint:
            self._sample()
            self._save()
        if orders.snapshot:
            self._publish()
        if orders.evaluate:
            self._evaluate()
        for note in orders.notes:
            self._emit(note)
        self._tell_found()

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
        self._emit(SettingChanged(step=self._cursor.step + 1, time=self._elapsed, path=path, old=old, new=new))

    def _roll_back(self, step: int) -> bool:
        """Stand where the checkpoint of `step` stands, and delete the later ones; whether that was possible."""
        if self._checkpoints is None:
            self._warn("Not gone back: this run keeps no checkpoints.")
            return False
        folder = checkpoint.checkpoint_folder(self._checkpoints, step)
        try:
            manifest = checkpoint.read_manifest(folder)
        except RunFolderError as error:
            self._warn(f"Not gone back: {error}")
            return False
        live = {path: manifest.config.value(path) for path in _live_paths() if path != "training.steps"}
        self._config = self._config.with_values(live)
        self._settings = {path: self._config.value(path) for path in _all_paths()}
        self._session_start -= self._elapsed - manifest.time  # a length in time goes on counting
        self._cursor, self._elapsed = manifest.cursor, manifest.time
        self._saved, self._solo = (manifest.cursor, manifest.config), None
        for optimizer in self._optimizers.values():
            optimizer.state.clear()
        self._restore(folder)
        self._not_finite.zero_()
        self._meters, self._recent = Meters(), Recent()
        self._distances.clear()
        self._last_log = (self._elapsed, self._cursor.images)
        for later in checkpoint.list_steps(self._checkpoints):
            if later > step:
                shutil.rmtree(checkpoint.checkpoint_folder(self._checkpoints, later), ignore_errors=True)
        self._announce(resumed=True)
        phase = self._game.phase(self._cursor, self.setting)
        self._enter(phase)
        for observer in self._observers:
            observer.begin(self._observed(phase))
        self._publish()
        self._clock = time.perf_counter()
        return True

    def _recover(self, error: NotFiniteError) -> bool:
        """Go back to the newest intact checkpoint with every rate halved, if the config asks for it; a few times at
        most, each from rates that are half of the last time's."""
        if not self._config.health.roll_back or self._checkpoints is None or self._recoveries >= _MOST_RECOVERIES:
            return False
        paths = dict.fromkeys(f"{player.optimizer}.learning_rate" for player in self._game.players)
        halved = {path: self._config.value(path) / 2 for path in paths}
        failed = self._cursor.step + 1
        if not any(self._roll_back(step) for step in reversed(checkpoint.list_steps(self._checkpoints))):
            return False
        self._recoveries += 1
        self._warn(
            f"{error} Gone back by itself from step {failed} to step {self._cursor.step}, with the learning rates "
            f"halved ({self._recoveries} of at most {_MOST_RECOVERIES} times)."
        )
        for path, value in halved.items():
            self._change(path, value)
        return True

    def _after_round(self) -> None:
        step, training = self._cursor.step, self._config.training
        if self._stepped:
            self._show()
        else:
            if step % training.log_every == 0:
                self._log()
            if step % training.sample_every == 0:
                self._sample()
        if step % training.checkpoint_every == 0:
            self._save()
        every = self._config.evaluation.every
        if every and step % every == 0 and self._evaluator is not None:
            self._evaluate()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._elapsed += now - self._clock
        self._clock = now

    def _log(self) -> None:
        scalars, histograms = self._meters.read()
        for name, memory in self._game.memory.items():
            if isinstance(memory, Shown):
                scalars |= {f"{name}/{key}": float(value) for key, value in memory.shown().items()}
        self._ensure_finite()
        for player in self._game.players:
            scalars[f"learning_rate/{player.name}"] = self._rate(player)
        if self._config.objective.loss == "wasserstein" and {"logit/real", "logit/fake"} <= scalars.keys():
            scalars["wasserstein"] = scalars["logit/real"] - scalars["logit/fake"]
            self._distances.append(scalars["wasserstein"])
        phase = self._game.phase(self._cursor, self.setting)
        if phase.resolution is not None:
            scalars |= {"resolution": float(phase.resolution), "fade": phase.fade}
        scalars |= self._observe(phase)
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

    def _observe(self, phase: Phase) -> dict[str, float]:
        """What the observers measure."""
        scalars: dict[str, float] = {}
        if self._observers:
            self._enter(phase)
        for observer in self._observers:
            scalars |= observer(self._observed(phase))
        self._recent.clear_logits()
        return scalars

    def _observed(self, phase: Phase) -> Observed:
        return Observed(
            cursor=self._cursor,
            phase=phase,
            game=self._game,
            parameters=self._parameters,
            recent=self._recent,
            batches=self._batches,
            autocast=self._autocast,
        )

    def _sample(self) -> None:
        self._enter(self._game.phase(self._cursor, self.setting))
        self._emit(
            Samples(
                step=self._cursor.step,
                time=self._elapsed,
                count=self._fixed.count(self._game),
                ema=self._draw(ema=True),
                raw=self._draw(ema=False),
                landscape=self._survey(),
            )
        )

    def _draw(self, *, ema: bool) -> NDArray[Any]:
        networks = {**self._game.networks, **(self._ema.networks if ema else {})}
        drawing = [network for network in networks.values() if network.training]
        for network in drawing:
            network.eval()
        try:
            return draw(self._game, networks, self._fixed)
        finally:
            for network in drawing:
                network.train()

    def _survey(self) -> Landscape | None:
        """What D makes of the plane, for points."""
        if self._shape.subject != "points":
            return None
        real, _ = self._data[SOURCE].at(0, min(2500, self._num_images))
        return survey(self._game.networks[DISCRIMINATOR], self._config.objective, real, self._fixed.y)

    def _publish(self) -> None:
        if self._preview is not None:
            self._enter(self._game.phase(self._cursor, self.setting))
            self._preview.publish(self._ema.networks, self._cursor.step)

    def _evaluate(self) -> None:
        """Have the averaged networks measured, of which a checkpoint is kept should they prove to be the best."""
        if self._evaluator is None:
            self._warn("Not evaluated: this run was started without an evaluator.")
            return
        self._enter(self._game.phase(self._cursor, self.setting))
        if self._config.evaluation.best != "none":
            self._save()
        self._evaluator.look(self._ema.networks, self._config, self._cursor.step, self._elapsed)

    def _tell_found(self) -> None:
        if self._evaluator is not None:
            for event in self._evaluator.found():
                self._emit(event)

    def _finish_evaluation(self) -> None:
        if self._evaluator is not None:
            self._evaluator.finish(lambda: self._control.stopped)
            self._tell_found()

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
        if self._evaluator is not None:
            self._evaluator.close()
        for batches in self._batches.values():
            batches.close()
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
