"""The core trains where there is no Qt, and the window opens without waiting for torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.helpers import arguments, tiny

BLOCKER = """
import sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6", "pyqtgraph", "superqt", "qtawesome", "qtpy"}:
            raise ImportError(f"{name} must not be imported")

sys.meta_path.insert(0, NoQt())
from ganstudio.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_that_training_needs_no_qt(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        BLOCKER,
        *arguments(tiny("dcgan", training__steps=3)),
        "--out",
        str(tmp_path / "run"),
    ]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert ended.returncode == 0, ended.stderr
    assert "completed at step 3" in ended.stdout
    assert (tmp_path / "run" / "checkpoints" / "step-00000003" / "manifest.json").is_file()


def test_that_importing_the_window_loads_no_torch() -> None:
    code = (
        "import sys, json; import ganstudio.desktop.main_window, ganstudio.desktop.studio, ganstudio.desktop.app\n"
        "print(json.dumps([name for name in ('torch', 'torchvision', 'scipy', 'sklearn') if name in sys.modules]))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == []


def test_that_the_command_line_answers_without_torch_or_qt() -> None:
    code = (
        "import sys; from ganstudio.cli import main\n"
        "for line in (['variants', '--json'], ['datasets'], ['train', '--seed', '-1']): main(line)\n"
        "sys.exit(int(any(name in sys.modules for name in ('torch', 'PySide6', 'pyqtgraph'))))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
