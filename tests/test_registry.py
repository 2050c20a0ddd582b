"""Names of things, and how another package adds its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from ganstudio import registry as registry_module
from ganstudio.errors import UserError, unknown_name
from ganstudio.registry import Registry


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> Registry[int]:
    monkeypatch.setattr(registry_module, "_entry_points", tuple)
    registry: Registry[int] = Registry("colour", "ganstudio.colours", "paint.colour")
    for number, name in enumerate(("red", "green", "light-blue")):
        registry.add(name, number)
    return registry


def test_that_things_are_found_by_name_in_the_order_they_came(colours: Registry[int]) -> None:
    assert colours.names() == ["red", "green", "light-blue"]
    assert list(colours) == [0, 1, 2]
    assert colours.get("green") == 1
    assert "red" in colours
    assert "pink" not in colours


@pytest.mark.parametrize("name", ["lightblue", "light_blue", "Light-Blue", "LIGHT-BLUE"])
def test_that_a_misspelt_name_brings_the_nearest(colours: Registry[int], name: str) -> None:
    with pytest.raises(UserError) as caught:
        colours.get(name)
    assert str(caught.value) == f"There is no colour named '{name}'; did you mean 'light-blue'?"
    assert caught.value.path == "paint.colour"


def test_that_a_name_like_no_other_brings_all_there_are(colours: Registry[int]) -> None:
    with pytest.raises(UserError, match="known: green, light-blue, red"):
        colours.get("xyz")


def test_that_a_name_is_taken_once(colours: Registry[int]) -> None:
    with pytest.raises(ValueError, match="registered twice"):
        colours.add("red", 9)
    assert colours.get("red") == 0


def test_that_an_error_without_names_is_still_a_sentence() -> None:
    assert str(unknown_name("class", "x", [])).startswith("There is no class named 'x'")


def test_that_an_installed_package_adds_its_own(colours: Registry[int], monkeypatch: pytest.MonkeyPatch) -> None:
    points = (
        EntryPoint("pi", "math:pi", "ganstudio.colours"),
        EntryPoint("other", "math:e", "somebody.else"),
        EntryPoint("red", "math:e", "ganstudio.colours"),
    )
    monkeypatch.setattr(registry_module, "_entry_points", lambda: points)
    assert colours.names() == ["red", "green", "light-blue", "pi"]
    assert colours.get("pi") == pytest.approx(3.14159, abs=1e-5)
    assert colours.get("red") == 0, "what is built in is not replaced"


def test_that_a_package_that_is_broken_does_not_take_the_studio_down(
    colours: Registry[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    points = (
        EntryPoint("bad", "no_such_module_anywhere:x", "ganstudio.colours"),
        EntryPoint("pi", "math:pi", "ganstudio.colours"),
    )
    monkeypatch.setattr(registry_module, "_entry_points", lambda: points)
    assert colours.names() == ["red", "green", "light-blue", "pi"]
    assert "The colour 'bad' of an installed package cannot be used" in caplog.text


def test_that_a_variant_of_an_installed_package_is_listed_and_can_be_trained(tmp_path: Path) -> None:
    """A package of a person's own: one file, and what pip writes about it."""
    (tmp_path / "my_gan.py").write_text(
        "import dataclasses\n"
        "from ganstudio.variants import VARIANTS\n"
        "MINE = dataclasses.replace(VARIANTS.get('vanilla'), name='mine', title='My own GAN')\n"
    )
    about = tmp_path / "my_gan-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-gan\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ganstudio.variants]\nmine = my_gan:MINE\n")
    code = (
        "from ganstudio.variants import VARIANTS; from ganstudio.variants.recipes import resolve, check\n"
        "check(resolve({'variant.name': 'mine'})); print(VARIANTS.get('mine').title)"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (ended.stdout.strip(), ended.stderr) == ("My own GAN", "")
