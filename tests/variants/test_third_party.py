"""A variant of somebody else's package, as CONTRIBUTING.md tells how to write one: its very code is run here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ganstudio.runs.folder import RunFolder

GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The code block of a language in the section on variants."""
    section = GUIDE.split("## A variant of your own")[1].split("\n## ")[0]
    found = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which the guide's package is installed."""
    site, about = tmp_path / "site", tmp_path / "site" / "hinge_dcgan-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "hinge_dcgan.py").write_text(block("python"))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: hinge-dcgan\nVersion: 1.0\n")
    points = tomllib.loads(block("toml"))["project"]["entry-points"]
    text = [
        f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in found.items()) for group, found in points.items()
    ]
    (about / "entry_points.txt").write_text("\n".join(text))
    return {**os.environ, "PYTHONPATH": str(site)}


def ganstudio(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "ganstudio", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_that_the_guides_variant_is_short() -> None:
    assert len(block("python").splitlines()) < 60


def test_that_an_installed_packages_variant_is_listed_and_trained(installed: dict[str, str], tmp_path: Path) -> None:
    rows = {row["name"]: row for row in json.loads(ganstudio(installed, "variants", "--json"))}
    paper = rows["hinge-dcgan"]["paper"]
    assert (paper["authors"], paper["year"], paper["arxiv"]) == ("Mescheder et al.", 2018, "1801.04406")
    small = ["variant.generator_width=4", "variant.discriminator_width=4", "training.batch_size=4", "threads=1"]
    sets = [f"--set={assignment}" for assignment in small]
    out = tmp_path / "run"
    ganstudio(
        installed, "train", "--variant", "hinge-dcgan", "--preset", "lazy", *sets, "--steps", "2", "--out", str(out)
    )
    folder = RunFolder.open(out)
    assert folder.checkpoints() == [2]
    assert folder.config.objective.loss == "hinge"
    assert (folder.config.objective.penalties.r1.weight, folder.config.objective.penalties.r1.every) == (1.0, 4)
    names = folder.checkpoint_path(2) / "networks.safetensors"
    assert b"ema.generator.last.weight" in names.read_bytes()
