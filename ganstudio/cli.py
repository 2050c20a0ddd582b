"""The command line: the same trainer without a window. Torch is imported only by the commands that compute."""

from __future__ import annotations

import importlib
import json
import logging
import math
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.exceptions import TyperException

from ganstudio import __version__
from ganstudio.config import RunConfig, field, flatten, parse_assignment, read_config_data
from ganstudio.errors import UserError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ganstudio.export.draw import Member, Wish
    from ganstudio.export.samples import Filter
    from ganstudio.latent.model import LatentModel
    from ganstudio.latent.picking import By, Picked
    from ganstudio.runs.folder import RunFolder
    from ganstudio.training.control import Control
    from ganstudio.training.events import Evaluated, Event

app = typer.Typer(
    name="ganstudio",
    help="Train, watch, steer and explore generative adversarial networks.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

USAGE_ERROR, FAILED, INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code. A mistake is one plain line on standard error and exit code 2."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        command = typer.main.get_command(app)
        result = command.main(args=given, prog_name="ganstudio", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        return INTERRUPTED
    except TyperException as error:
        return _complain(_usage_sentence(error), USAGE_ERROR)
    except UserError as error:
        return _complain(str(error), USAGE_ERROR)
    except KeyboardInterrupt:
        return INTERRUPTED
    except MemoryError:
        return _complain("There is not enough memory for this; ask for less.", FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Without a command, open the studio."""
    if version:
        typer.echo(f"ganstudio {__version__}")
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        raise typer.Exit(_open_studio())


@app.command()
def studio(
    run: Annotated[Path | None, typer.Option(help="Open this run.")] = None,
    start: Annotated[bool, typer.Option("--start", help="Start training at once.")] = False,
    for_: Annotated[float | None, typer.Option("--for", help="Train for so many seconds, then close.", min=1.0)] = None,
    screenshot: Annotated[Path | None, typer.Option(help="Leave a picture of the window here before closing.")] = None,
) -> int:
    """Open the studio."""
    return _open_studio(run=run, start=start, seconds=for_, screenshot=screenshot)


@app.command()
def train(
    config: Annotated[Path | None, typer.Argument(help="A config file, .json or .toml.")] = None,
    variant: Annotated[str | None, typer.Option(help="The GAN variant, with its paper's settings.")] = None,
    preset: Annotated[
        str | None, typer.Option(help="A starting point of the variant: paper, first-minute, ...")
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(help="A data set's name, or a folder of images; twice for a translation: from, then to."),
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="PATH=VALUE, such as training.batch_size=32.")] = None,
    steps: Annotated[int | None, typer.Option(help="Train this many steps in all.")] = None,
    for_: Annotated[float | None, typer.Option("--for", help="Train for so many seconds instead.")] = None,
    seed: Annotated[int | None, typer.Option(help="The seed of every random number.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda:0, mps, ...")] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder; a new one unless given.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with this run.")] = None,
    fork: Annotated[
        str | None,
        typer.Option(help="Begin with this run's checkpoint, FOLDER or FOLDER@STEP, and --set other values."),
    ] = None,
) -> int:
    """Train a run."""
    if steps is not None and for_ is not None:
        raise UserError("Give --steps or --for, not both.")
    if for_ is not None and not 0 < for_ < float("inf"):
        raise UserError("--for must be above 0 seconds.")
    if steps is not None:
        RunConfig().with_values({"training.steps": steps})
    changes = dict(parse_assignment(item) for item in set_ or [])
    given = {"variant.name": variant, "seed": seed, "device": device, "training.steps": steps}
    given |= _datasets(dataset or [])
    if fork is not None:
        extra = [config, resume, variant, preset, device, *(dataset or [])]
        return _fork(fork, any(item is not None for item in extra), changes, seed, out, steps, for_)
    if resume is not None:
        return _resume(resume, config, changes, {**given, "preset": preset}, out, steps, for_)
    values = flatten(read_config_data(config)) if config else {}
    values |= {path: value for path, value in given.items() if value is not None} | changes
    for path in values:
        if path != "format_version":
            field(path)
    return _train_new(values, out, for_, preset, datasets=len(dataset or []))


@app.command()
def sample(
    run: Annotated[str, typer.Argument(help="A run folder, or FOLDER@STEP for one of its checkpoints.")],
    out: Annotated[Path, typer.Option(help="FILE.png, .npz, .gif or .mp4, or a new FOLDER of pictures.")],
    count: Annotated[int, typer.Option(help="How many.", min=1, max=1_000_000)] = 64,
    seed: Annotated[int, typer.Option(help="The seed of the latents.", min=0)] = 0,
    raw: Annotated[bool, typer.Option("--raw", help="From G itself rather than its average.")] = False,
    class_: Annotated[str | None, typer.Option("--class", help="Only this class: its name or number.")] = None,
    input_: Annotated[Path | None, typer.Option("--input", help="Translate this image, or those of a folder.")] = None,
    direction: Annotated[str | None, typer.Option(help="Translate to the target, or back to the source.")] = None,
    best_of: Annotated[
        int, typer.Option("--best-of", help="Each sample is the best of so many of its class.", min=1, max=64)
    ] = 1,
    by: Annotated[
        str | None,
        typer.Option(help="The best by: critic (D's score; unless given) or distance (farthest from training images)."),
    ] = None,
    enlarge: Annotated[int, typer.Option(help="Images so many times as large.", min=1, max=16)] = 1,
    resample: Annotated[str | None, typer.Option(help="Enlarged by: nearest (unless given) or bicubic.")] = None,
    with_: Annotated[
        list[str] | None, typer.Option("--with", help="Draw from this run too, in turn, as one model; may be repeated.")
    ] = None,
) -> int:
    """Draw samples of a run: a PNG grid, an .npz of `images` (and `labels`), a folder of PNG pictures that is a data
    set itself, or a walk through its latents: GIF or MP4.

    Of a run on points the PNG is a scatter, and the .npz holds `points` (N, 2).

    Runs that translate take images that training has not seen, or --input; their .npz holds the `inputs` too.
    """
    endings = (".png", ".npz", ".gif", ".mp4")
    suffix = "" if out.is_dir() else out.suffix.lower()
    if suffix and suffix not in endings:
        raise UserError(f"The file {out.name} must end in {', '.join(endings)}.")
    wish = _wish(count, seed, best_of, by, enlarge, resample)
    from ganstudio.latent.model import LatentModel
    from ganstudio.runs.folder import parse_run
    from ganstudio.variants import VARIANTS

    folder, step = parse_run(run)
    if VARIANTS.get(folder.config.variant.name).task == "image-to-image":
        if class_ is not None:
            raise UserError("This run has no classes to choose from.")
        if best_of > 1 or by or enlarge > 1 or resample or with_:
            raise UserError(
                "This run translates images: --best-of, --by, --enlarge, --resample and --with are for latents."
            )
        return _translate(_intact_checkpoint(folder, step), out, count, seed, input_, direction, raw=raw)
    if input_ is not None or direction is not None:
        raise UserError("This run draws from latents: --input and --direction are for runs that translate images.")
    checkpoint = _intact_checkpoint(folder, step)
    model = LatentModel.load(checkpoint, ema=not raw)
    wish = replace(wish, label=_class_number(class_, model.classes, model.num_classes))
    try:
        others = [_member(each, ema=not raw) for each in with_ or []]
        _write_samples(checkpoint, model, out, suffix, wish, others)
    except OSError as error:
        raise UserError(f"The file {out} cannot be written: {error.strerror or error}.") from error
    drawn_from = f"{len(others) + 1} runs in turn" if others else f"step {model.step}"
    typer.echo(f"{out}: {count} sample{'s' if count > 1 else ''} of {drawn_from}")
    return 0


@app.command()
def evaluate(
    run: Annotated[str, typer.Argument(help="A run folder, or FOLDER@STEP for one of its checkpoints.")],
    metrics: Annotated[str | None, typer.Option(help="Only these, by comma: fid, kid, is, precision, ...")] = None,
    count: Annotated[
        int | None, typer.Option(help="Samples; as many as the run's settings say unless given.", min=2, max=1_000_000)
    ] = None,
    extractor: Annotated[
        str | None, typer.Option(help="mobilenet, inception, or a file: an ONNX module, or Inception's weights.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Measure the samples of a run against its training images: FID, KID, precision, recall and others.

    Runs on points have covered modes and the like; runs that enlarge images PSNR and SSIM.
    """
    from ganstudio.runs.evaluate import evaluate as execute
    from ganstudio.runs.evaluate import keep
    from ganstudio.runs.folder import parse_run
    from ganstudio.terminal import StageBar
    from ganstudio.training.events import to_json

    folder, step = parse_run(run)
    with StageBar() as bar:
        found = execute(_intact_checkpoint(folder, step), metrics, count, bar, extractor)
    if not keep(folder, found):
        _complain("Not written to the journal, which another process writes or which is read-only.", 0)
    plain = to_json(found)
    if as_json:
        shown = {"step": found.step, "extractor": found.extractor or None, "measures": plain["measures"]}
        typer.echo(json.dumps(shown | {"notes": plain["notes"]}, indent=2))
    else:
        typer.echo("\n".join(_evaluation_lines(found)))
    return 0


@app.command()
def diagnose(
    run: Annotated[str, typer.Argument(help="A run folder, or FOLDER@STEP to judge it up to there.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Say what is wrong with a run, with evidence and advice: from its journal and checkpoints alone."""
    from ganstudio.runs.diagnose import examine, lines
    from ganstudio.runs.folder import parse_run

    folder, step = parse_run(run)
    found = examine(folder, step)
    if as_json:
        typer.echo(json.dumps({"diagnoses": found}, indent=2))
    else:
        healthy = f"{folder.name}: nothing is wrong that the doctor knows."
        typer.echo("\n\n".join(map(lines, found)) or healthy)
    return 0


@app.command()
def variants(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> int:
    """List the GAN variants."""
    from ganstudio.variants import VARIANTS
    from ganstudio.variants.recipes import compose

    rows = [
        {
            "name": item.name,
            "title": item.title,
            "task": item.task,
            "conditional": "variant.conditional" not in item.unused,
            "idea": item.idea,
            "paper": {
                "authors": item.paper.authors,
                "year": item.paper.year,
                "arxiv": item.paper.arxiv or None,
                "doi": item.paper.doi or None,
            },
            "techniques": [each.name for each in item.techniques(compose({"variant.name": item.name}))],
        }
        for item in VARIANTS
    ]
    _print_rows(rows, as_json, lambda row: f"{row['name']:<12} {row['title']:<36} {row['idea']}")
    return 0


@app.command()
def datasets(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> int:
    """List the data sets. A folder of images is one too, and so is a .csv file of points."""
    from ganstudio.data.sources import DATASETS

    rows = []
    for source in DATASETS:
        about = source.describe()
        rows.append(
            {
                "name": about.name,
                "title": about.title,
                "count": about.count,
                "resolution": about.resolution,
                "channels": about.channels,
                "classes": list(about.classes),
                "subject": about.subject,
            }
        )
    _print_rows(rows, as_json, _dataset_line)
    return 0


def _dataset_line(row: dict[str, Any]) -> str:
    shape = f", {row['resolution']} px, {'colour' if row['channels'] == 3 else 'grey'}"
    return (
        f"{row['name']:<12} {row['title']:<14} {row['count']:>6} {row['subject']}"
        f"{'' if row['subject'] == 'points' else shape}, {len(row['classes']) or 'no'} classes"
    )


@app.command()
def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    pairs: Annotated[int, typer.Option(help="Interleaved pairs behind each ratio.", min=1)] = 24,
    only: Annotated[
        str | None, typer.Option(help="Only these, by comma: engine, bf16, window, studio, latency, slider, explore.")
    ] = None,
) -> int:
    """Measure the speed of the trainer and of the window on this machine."""
    from ganstudio.bench.run import measure

    result = measure(pairs=pairs, only=only.split(",") if only else None, say=lambda text: typer.echo(text, err=True))
    typer.echo(json.dumps(result, indent=None if as_json else 2))
    return 0


# -- the window --------------------------------------------------------------------------------------------------------


def _open_studio(
    run: Path | None = None, start: bool = False, seconds: float | None = None, screenshot: Path | None = None
) -> int:
    """Reach the desktop by name: nothing here may depend on Qt."""
    if _has_no_display():
        if seconds is None and screenshot is None:
            raise UserError(
                "This machine has no display. Train with 'ganstudio train', or give --for SECONDS or --screenshot PNG "
                "to run the studio without one."
            )
        typer.echo("This machine has no display: the studio runs on Qt's offscreen platform.", err=True)
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    desktop: Any = importlib.import_module("ganstudio.desktop.app")
    code: int = desktop.main(run=run, start=start, seconds=seconds, screenshot=screenshot)
    return code


def _has_no_display() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# -- training ----------------------------------------------------------------------------------------------------------


def _datasets(names: list[str]) -> dict[str, Any]:
    """Settings from the data sets of a command line: one, or the two of a translation."""
    if len(names) > 2:
        raise UserError("--dataset is given once, or twice for a translation: from, then to.")
    return dict(zip(("dataset.name", "dataset.target"), names, strict=False))


def _check_datasets(config: RunConfig, count: int) -> None:
    """UserError when --dataset was given twice but nothing is translated, or once where both sides are needed."""
    from ganstudio.variants import VARIANTS

    variant = VARIANTS.get(config.variant.name)
    translates = "dataset.target" not in variant.unused
    if count == 2 and not translates:
        raise UserError(f"{variant.short} learns one data set; give --dataset once.", path="dataset.target")
    if count == 1 and translates:
        raise UserError(f"{variant.short} needs two data sets; give --dataset twice: from, then to.")


def _train_new(
    values: dict[str, Any], out: Path | None, seconds: float | None, preset: str | None = None, *, datasets: int = 0
) -> int:
    from ganstudio.runs.execute import train as execute
    from ganstudio.runs.folder import next_run_folder
    from ganstudio.variants.recipes import resolve

    config = resolve(values, preset)
    _check_datasets(config, datasets)
    folder = out or next_run_folder(config)
    return _watch(folder, seconds, lambda emit, control: execute(config, folder, emit, control, seconds=seconds))


def _resume(
    path: Path,
    config: Path | None,
    changes: dict[str, Any],
    given: dict[str, Any],
    out: Path | None,
    steps: int | None,
    seconds: float | None,
) -> int:
    from ganstudio.runs.execute import resume as execute
    from ganstudio.runs.folder import RunFolder

    extra = [name for name, value in given.items() if value is not None and name != "training.steps"]
    if config or out or extra:
        raise UserError(
            "--resume goes on with a run as it is: it takes --steps, --for and --set of live settings only."
        )
    folder = RunFolder.open(path)

    def work(emit: Callable[[Event], None], control: Control) -> None:
        for name, value in changes.items():
            control.change(name, value)
        execute(folder, emit, control, steps=steps, seconds=seconds)

    return _watch(folder.path, seconds, work)


def _fork(
    run: str,
    has_more: bool,
    changes: dict[str, Any],
    seed: int | None,
    out: Path | None,
    steps: int | None,
    seconds: float | None,
) -> int:
    """Make a fork of `run` and train it; `has_more` says that options were given that a fork does not take."""
    from ganstudio.runs.execute import resume as execute
    from ganstudio.runs.folder import next_run_folder, parse_run
    from ganstudio.runs.fork import fork

    if has_more:
        raise UserError("--fork goes on from a checkpoint: it takes --set, --seed, --steps, --for and --out only.")
    parent, step = parse_run(run)
    values = changes | ({} if seed is None else {"seed": seed}) | ({} if steps is None else {"training.steps": steps})
    for path in values:
        field(path)
    folder = fork(parent, step, values, out or next_run_folder(parent.config))
    begun, length = folder.checkpoints()[-1], folder.config.training.steps
    if seconds is None and length <= begun:
        _complain(f"The fork {folder.path} is already {begun} steps long; go on with it by --resume and --steps.", 0)
    return _watch(
        folder.path, seconds, lambda emit, control: execute(folder, emit, control, steps=steps, seconds=seconds)
    )


def _watch(folder: Path, seconds: float | None, work: Callable[[Callable[[Event], None], Control], None]) -> int:
    """Run `work` under a progress bar; Ctrl+C saves a checkpoint and ends with 130."""
    from ganstudio.terminal import ProgressBar
    from ganstudio.training.control import Control

    control = Control()
    interrupted = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True
        control.stop()

    previous = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        with ProgressBar(folder, seconds) as bar:
            work(bar, control)
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
    if bar.error:
        return _complain(bar.error, FAILED if bar.began else USAGE_ERROR)
    return INTERRUPTED if interrupted else 0


# -- samples -----------------------------------------------------------------------------------------------------------


def _intact_checkpoint(folder: RunFolder, step: int | None) -> Path:
    """The checkpoint asked for, else the newest intact one; damaged ones are named on standard error."""
    from ganstudio.errors import RunFolderError
    from ganstudio.training.checkpoint import read_manifest

    steps = [step] if step is not None else list(reversed(folder.checkpoints()))
    for candidate in steps:
        path = folder.checkpoint_path(candidate)
        try:
            read_manifest(path)
        except RunFolderError as error:
            if step is not None:
                raise
            _complain(f"{error} An older one is used.", 0)
            continue
        return path
    raise UserError(f"The run {folder.name} has no intact checkpoint to sample from.")


def _class_number(text: str | None, classes: tuple[str, ...], num_classes: int) -> int | None:
    if text is None:
        return None
    if not num_classes:
        raise UserError("This run has no classes to choose from.")
    if text in classes:
        return classes.index(text)
    if text.isdecimal() and int(text) < num_classes:
        return int(text)
    raise unknown_name("class", text, classes)


def _wish(count: int, seed: int, best_of: int, by: str | None, factor: int, method: str | None) -> Wish:
    """What `sample` is asked for. UserError for a word that means nothing, or that nothing comes of."""
    from ganstudio.export.draw import Wish

    if by is not None and best_of == 1:
        raise UserError("--by says which of several is the best; give --best-of too.")
    if method is not None and factor == 1:
        raise UserError("--resample says how images are enlarged; give --enlarge too.")
    for name, word, known in (("--by", by, ("critic", "distance")), ("--resample", method, ("nearest", "bicubic"))):
        if word is not None and word not in known:
            raise unknown_name(f"choice of {name}", word, known)
    which, how = cast("By", by or "critic"), cast("Filter", method or "nearest")
    return Wish(count=count, seed=seed, candidates=best_of, by=which, factor=factor, method=how)


def _member(run: str, *, ema: bool) -> Member:
    """One more run to draw from, given as RUN is."""
    from ganstudio.latent.model import LatentModel
    from ganstudio.runs.folder import parse_run

    checkpoint = _intact_checkpoint(*parse_run(run))
    return checkpoint, LatentModel.load(checkpoint, ema=ema)


def _write_samples(
    checkpoint: Path, model: LatentModel, out: Path, suffix: str, wish: Wish, others: Sequence[Member]
) -> None:
    """Samples, or a walk, to a file as its suffix says, or to a folder where there is none."""
    from ganstudio.export.draw import draw, draw_into
    from ganstudio.terminal import StageBar

    if suffix in {".gif", ".mp4"}:
        if wish.candidates > 1 or wish.factor > 1:
            raise UserError("A walk goes through all that lies between: --best-of and --enlarge are for samples.")
        if others:
            raise UserError("A walk goes through the latents of one run: --with is for samples.")
        _write_walk(model, out, wish.count, wish.seed, wish.label)
        return
    with StageBar() as bar:
        if suffix == ".png":
            _write_png(model, out, draw(checkpoint, model, wish, bar, others))
        else:
            draw_into(out, checkpoint, model, wish, bar, others)


def _save_npz(out: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays; the file appears whole or not at all."""
    import numpy as np

    temporary = out.with_name(f".{out.name}.writing.npz")
    try:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type] # its stub takes an array for `allow_pickle`
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


def _write_png(model: LatentModel, out: Path, picked: Iterable[Picked]) -> None:
    import numpy as np

    from ganstudio.runs.execute import write_grid
    from ganstudio.runs.points import scatter_of

    made = np.concatenate([piece.made for piece in picked])
    write_grid(out, scatter_of(made) if model.makes_points else made)


def _write_walk(model: LatentModel, out: Path, count: int, seed: int, label: int | None) -> None:
    """A walk of 16 frames from each of `count` latents to the next, in a loop."""
    import numpy as np

    from ganstudio.export.animation import save_animation
    from ganstudio.latent.interpolation import slerp
    from ganstudio.latent.sampling import latents

    keys = latents(seed, count, model.latent_size)
    path = np.stack(
        [slerp(a, b, t / 16) for a, b in zip(keys, np.roll(keys, -1, axis=0), strict=True) for t in range(16)]
    )
    labels = np.full(len(path), label or 0, np.int64) if model.num_classes else None
    save_animation(out, model.draw(path, labels))


def _translate(
    checkpoint: Path, out: Path, count: int, seed: int, path: Path | None, direction: str | None, *, raw: bool
) -> int:
    """Write translations: a single image of a person's own as it is, others beside what they were made of."""
    from ganstudio.latent.translation import TranslationModel
    from ganstudio.runs.execute import write_grid
    from ganstudio.runs.translated import beside, held_out_inputs, own_inputs
    from ganstudio.training.checkpoint import read_manifest

    if not out.suffix:
        raise UserError("The translations are written to a .png or an .npz.")
    if out.suffix.lower() in {".gif", ".mp4"}:
        raise UserError("A run that translates images has no latents to walk through; write a .png or an .npz.")
    model = TranslationModel.load(checkpoint, ema=not raw)
    if path is not None:
        inputs = own_inputs(model, path, count)
    else:
        inputs = held_out_inputs(model, read_manifest(checkpoint).config.dataset, direction, count, seed)
    images = model.translate(inputs, direction)
    alone = path is not None and not path.is_dir()
    try:
        if out.suffix.lower() == ".npz":
            _save_npz(out, {"images": images, "inputs": inputs})
        elif alone:
            write_grid(out, images)
        else:
            write_grid(out, beside(inputs, images), columns=2 * math.ceil((len(images) / 2) ** 0.5))
    except OSError as error:
        raise UserError(f"The file {out} cannot be written: {error.strerror or error}.") from error
    typer.echo(f"{out}: {len(images)} translation{'s' if len(images) > 1 else ''} of step {model.step}")
    return 0


# -- measures ----------------------------------------------------------------------------------------------------------


def _evaluation_lines(found: Evaluated) -> list[str]:
    """A table of the measures, then what is to be said of them."""
    from ganstudio.evaluation.measures import MEASURES

    label = f"-{found.extractor}" if found.extractor else ""
    lines = [f"Step {found.step}, {found.seconds:.0f} s"]
    for name, measure in found.measures.items():
        title = f"{MEASURES[name].title}{label}" if name in MEASURES else name
        deviation = f" ± {measure.deviation:.3g}" if measure.deviation is not None else ""
        lines.append(f"{title:<28} {f'{measure.value:.5g}{deviation}':<22} of {measure.n}")
    return [*lines, *found.notes]


# -- words -------------------------------------------------------------------------------------------------------------


def _print_rows(rows: list[dict[str, Any]], as_json: bool, line: Callable[[dict[str, Any]], str]) -> None:
    typer.echo(json.dumps(rows, indent=2) if as_json else "\n".join(line(row) for row in rows))


def _usage_sentence(error: TyperException) -> str:
    message = error.format_message().replace("\n", " ").strip()
    nearest = getattr(error, "possibilities", None)
    if nearest and "ean" not in message:
        message = f"{message.rstrip('.')}; did you mean {nearest[0]}?"
    return message


def _complain(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code
