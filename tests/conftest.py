"""What every test shares: no display, a home of its own, and nothing left running behind it."""

from __future__ import annotations

import os
import tempfile

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_API"] = "pyside6"
os.environ["GANSTUDIO_HOME"] = tempfile.mkdtemp(prefix="ganstudio-tests-")
