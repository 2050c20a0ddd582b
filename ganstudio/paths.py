"""Where the studio finds what it ships and keeps what it makes.

``GANSTUDIO_HOME`` moves everything that is kept (runs, prepared data, settings) under one folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APP = "GANStudio"


def resource(*parts: str) -> Path:
    """A file shipped with the studio, such as ``resource("fonts", "InterStudio-Regular.ttf")``.

    Raises FileNotFoundError with a sentence when the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for root in (package / "resources", package.parent / "resources"):
        candidate = root.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"The file resources/{'/'.join(parts)} is missing: the installation is incomplete.")


def _home() -> Path | None:
    value = os.environ.get("GANSTUDIO_HOME")
    return Path(value).expanduser() if value else None


def runs_folder() -> Path:
    """Where new runs are kept unless a folder is given: ``~/GANStudio/runs``."""
    return (_home() or Path.home() / _APP) / "runs"


def stores_folder() -> Path:
    """Where prepared image stores are cached."""
    home = _home()
    return home / "stores" if home else Path(platformdirs.user_cache_dir(_APP, appauthor=False)) / "stores"


def features_folder() -> Path:
    """Where features of training images are cached for evaluations."""
    return stores_folder().parent / "features"


def weights_folder() -> Path:
    """Where a person puts weights that the studio does not ship, such as Inception's."""
    home = _home()
    return home / "weights" if home else Path(platformdirs.user_data_dir(_APP, appauthor=False)) / "weights"


def settings_file() -> Path:
    """The window's settings (theme, layout, last form)."""
    home = _home()
    folder = home if home else Path(platformdirs.user_config_dir(_APP, appauthor=False))
    return folder / "settings.json"
