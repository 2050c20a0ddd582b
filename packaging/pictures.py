#!/usr/bin/env python3
"""Make the pictures that ship: the README's screenshots of the real window, and the welcome's samples of a real run.

    python packaging/pictures.py screenshots   trains, then grabs every workspace, light and dark, at two sizes
    python packaging/pictures.py welcome       trains the first-minute recipe and keeps its samples at 1, 2, 5, 20, 60 s

Run it from an environment with GANStudio installed; it needs no display.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((1280, 800), (1920, 1080))
WELCOME_SECONDS = (1, 2, 5, 20, 60)
SETTLE_MS = 900
OTHER_RUNS = (
    ({"variant.name": "dcgan", "training.batch_size": 64}, 25.0),
    ({"variant.name": "vanilla"}, 15.0),
    ({"variant.name": "wgan-gp", "variant.generator_width": 16, "variant.discriminator_width": 16}, 20.0),
)


def main() -> int:
    """Make what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("screenshots", "welcome"))
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the run that is shown trains")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["GANSTUDIO_HOME"] = home
        if arguments.what == "welcome":
            make_welcome(ROOT / "resources" / "welcome")
        else:
            make_other_runs()
            make_screenshots(ROOT / "resources" / "screenshots", arguments.seconds)
    return 0


def make_welcome(out: Path) -> None:
    """4 x 4 samples with 2 px between them, as PNG, of the first grid at or after each of `WELCOME_SECONDS`."""
    import numpy as np
    from PIL import Image

    from ganstudio.paths import runs_folder
    from ganstudio.runs.execute import train
    from ganstudio.training.control import Control
    from ganstudio.training.events import Event, Samples
    from ganstudio.variants.recipes import FIRST_MINUTE

    grids: list[Samples] = []

    def keep(event: Event) -> None:
        if isinstance(event, Samples):
            grids.append(event)

    config = FIRST_MINUTE.config().with_values({"training.sample_every": 10})
    train(config, runs_folder() / "welcome", keep, Control(), seconds=max(WELCOME_SECONDS) + 0.5)
    out.mkdir(parents=True, exist_ok=True)
    for second in WELCOME_SECONDS:
        shown = min(grids, key=lambda grid: abs(grid.time - second))
        assert shown.ema is not None
        side = shown.ema.shape[1]
        picture = np.full((4 * side + 6, 4 * side + 6), 255, np.uint8)
        alpha = np.zeros_like(picture)
        for index, (row, column) in enumerate(itertools.product(range(4), range(4))):
            top, left = row * (side + 2), column * (side + 2)
            picture[top : top + side, left : left + side] = shown.ema[index, ..., 0]
            alpha[top : top + side, left : left + side] = 255
        Image.merge("LA", (Image.fromarray(picture), Image.fromarray(alpha))).save(out / f"{second}.png", optimize=True)
        print(f"{out / f'{second}.png'}: step {shown.step} at {shown.time:.1f} s")


def make_other_runs() -> None:
    """A few short runs, so that the table of runs has something to compare."""
    from ganstudio.runs.execute import train
    from ganstudio.runs.folder import next_run_folder
    from ganstudio.training.control import Control
    from ganstudio.training.events import Event
    from ganstudio.variants.recipes import compose

    events: list[Event] = []
    for values, seconds in OTHER_RUNS:
        config = compose({**values, "training.sample_every": 50})
        train(config, next_run_folder(config), events.append, Control(), seconds=seconds)


def make_screenshots(out: Path, seconds: float) -> None:
    """Start the studio, train for `seconds`, and grab every workspace in every theme and size while it goes on."""
    from PySide6.QtCore import QTimer

    from ganstudio.desktop.app import create_application
    from ganstudio.desktop.settings import Settings
    from ganstudio.desktop.studio import Studio

    application = create_application(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    studio = Studio(Settings())
    studio.done.connect(application.quit)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shots = _shots(studio, out)

    def following() -> None:
        if next(shots, None) is None:
            studio.window.close()
        else:
            QTimer.singleShot(SETTLE_MS, following)

    QTimer.singleShot(2500, following)
    studio.start_when_ready(seconds + 60.0)
    studio.session.status_changed.connect(lambda status: setattr(_shots, "elapsed", status.elapsed))
    _shots.seconds = seconds  # type: ignore[attr-defined]
    studio.window.resize(*SIZES[0])
    studio.show()
    application.exec()


def _shots(studio: object, out: Path) -> Iterator[bool]:
    """One step of the session each time: first the welcome, then wait for the run, then each picture."""
    from ganstudio.desktop.studio import Studio

    assert isinstance(studio, Studio)
    window, actions = studio.window, studio.window.actions_
    while getattr(_shots, "elapsed", 0.0) < _shots.seconds:  # type: ignore[attr-defined]
        yield True
    for size, theme, workspace in itertools.product(SIZES, ("dark", "light"), ("train", "explore", "runs")):
        window.resize(*size)
        actions[f"view.theme_{theme}"].trigger()
        window.show_workspace(workspace)
        yield True
        yield True
        file = out / f"{workspace}-{theme}-{size[0]}.png"
        window.grab().save(str(file))
        print(file)


if __name__ == "__main__":
    sys.exit(main())
