"""What the window remembers never stops it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ganstudio.desktop.settings import Settings


def test_that_values_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "settings.json"
    settings = Settings(file)
    settings.set("theme", "dark")
    settings.set("layout/train", [304, 808, 320])
    settings.flush()
    again = Settings(file)
    assert again.get("theme", "system") == "dark"
    assert again.get("layout/train", []) == [304, 808, 320]
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"], "temporary files stay behind"


def test_that_changes_are_written_by_themselves(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    settings = Settings(file)
    settings.set("theme", "light")
    assert not file.exists(), "each change costs a write"
    qtbot.waitUntil(file.exists)
    assert json.loads(file.read_text()) == {"theme": "light"}


def test_that_a_value_of_another_type_is_not_trusted(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"theme": 3}')
    assert Settings(file).get("theme", "system") == "system"


def test_that_a_prefix_is_forgotten(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set("layout/a", 1)
    settings.set("layout/b", 2)
    settings.set("theme", "dark")
    settings.remove("layout/")
    settings.flush()
    assert json.loads((tmp_path / "settings.json").read_text()) == {"theme": "dark"}


@pytest.mark.parametrize("content", [b"{", b"[1, 2]", b"\xff\xfe\x00", b"[" * 100_000])
def test_that_a_damaged_file_is_set_aside(qtbot: QtBot, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    settings = Settings(file)
    assert settings.get("theme", "system") == "system"
    assert settings.problem is not None
    assert "damaged" in settings.problem
    assert (tmp_path / "settings.damaged.json").read_bytes() == content
    settings.set("theme", "dark")
    settings.flush()
    assert settings.problem is None
    assert Settings(file).get("theme", "system") == "dark"


def test_that_an_unwritable_file_is_a_sentence_and_no_crash(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    settings = Settings(tmp_path / "taken" / "settings.json")
    problems: list[str] = []
    settings.problem_found.connect(problems.append)
    settings.set("theme", "dark")
    settings.flush()
    settings.set("theme", "light")
    settings.flush()
    assert settings.get("theme", "system") == "light", "it goes on in memory"
    assert len(problems) == 1, "the same problem is told once"
    assert "cannot be kept" in problems[0]


def test_that_only_plain_data_is_taken(qtbot: QtBot, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.json")
    with pytest.raises(TypeError):
        settings.set("bad", object())
