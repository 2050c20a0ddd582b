"""Show that what the studio trains learns, with numbers: each sub-command writes a table, a figure and its figures.

    python packaging/evidence digits [--variants NAME...] [--seconds 180] --out FOLDER
    python packaging/evidence points [--seeds 5] [--steps 1500] --out FOLDER
    python packaging/evidence --help

A sub-command is a module of this folder with `HELP`, `add_arguments(parser)` and `run(options) -> exit code`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import digits
import image_to_image
import inversion
import points

COMMANDS = {"digits": digits, "image-to-image": image_to_image, "points": points, "inversion": inversion}


def main() -> int:
    """Run the sub-command that was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="evidence", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        one = commands.add_parser(name, help=module.HELP, description=module.__doc__)
        one.add_argument("--out", type=Path, required=True, help="folder of the table, the figure and the runs")
        module.add_arguments(one)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return int(COMMANDS[options.command].run(options))


if __name__ == "__main__":
    sys.exit(main())
