from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ganstudio.cli import main
from ganstudio.config import RunConfig
from ganstudio.runs.journal import JournalWriter, read_journal
from ganstudio.training.control import Control
from ganstudio.training.events import Diagnosed, Histogram, Progress, RunFinished, RunStarted
from tests.health.stories import point
from tests.helpers import of, tiny


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run whose G is frozen from step 100 on."""
    folder = tmp_path / "a run"
    folder.mkdir()
    (folder / "config.json").write_text(tiny("dcgan").to_json())
    journal = JournalWriter(folder / "journal.jsonl")
    journal(RunStarted())
    for step in range(10, 301, 10):
        journal(point(step, **({"update__generator": 1e-7} if step >= 100 else {})))
    journal.close()
    return folder


def diagnosed(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, Any]]:
    assert main(["diagnose", str(folder), "--json", *more]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["diagnoses"]
    return found


def test_that_a_diagnosis_is_printed_as_json_with_a_command(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = diagnosed(run, capsys)
    assert found["name"] == "generator_frozen" and found["severity"] == "error" and not found["over"]
    assert 100 <= found["since"] <= found["step"] <= 200
    assert found["evidence"]["update_generator"] == 1e-7
    command = found["advice"][0]["command"]
    assert command == f"ganstudio train --resume '{run}' --set optimizer.generator.learning_rate=0.02"


def test_that_a_diagnosis_is_printed_as_text(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", str(run)]) == 0
    text = capsys.readouterr().out
    assert "generator_frozen (error) at step" in text and "ganstudio train --resume" in text


def test_that_stored_diagnoses_are_not_echoed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = JournalWriter(run / "journal.jsonl")
    journal(Diagnosed(step=300, time=3.0, name="mode_collapse", severity="error"))
    journal.close()
    assert [each["name"] for each in diagnosed(run, capsys)] == ["generator_frozen"]


def test_that_a_journal_with_holes_is_read(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = run / "journal.jsonl"
    lines = file.read_text().splitlines()
    lines[3], lines[7] = "{half a li", '{"event": "progress", "step": 70, "time": null}'
    file.write_text("\n".join(lines)[:-40])
    assert [each["name"] for each in diagnosed(run, capsys)] == ["generator_frozen"]
    file.write_text("")
    assert diagnosed(run, capsys) == []
    file.unlink()
    assert diagnosed(run, capsys) == []


def test_that_null_in_a_journal_is_divergence(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = JournalWriter(run / "journal.jsonl")
    journal(point(310, loss__generator=float("nan")))
    journal.close()
    assert "null" in (run / "journal.jsonl").read_text()
    names = [each["name"] for each in diagnosed(run, capsys)]
    assert "divergence" in names


def test_that_journals_without_health_signals_are_judged_by_what_they_have(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "journal.jsonl").unlink()
    journal = JournalWriter(run / "journal.jsonl")
    journal(RunStarted())
    low, high = Histogram(-12.0, 12.0, (64, *([0] * 47))), Histogram(-12.0, 12.0, (*([0] * 47), 64))
    for step in range(10, 301, 10):
        scalars = {"loss/discriminator": 1e-4, "grad_norm/discriminator": 1e-3, "grad_norm/generator": 20.0}
        histograms = {"logit/real": high, "logit/fake": low}
        journal(Progress(step=step, time=1.0, images=1, images_per_second=1.0, scalars=scalars, histograms=histograms))
    journal.close()
    (found,) = diagnosed(run, capsys)
    assert found["name"] == "discriminator_saturation" and found["evidence"]["separation"] == 1.0


def test_that_a_live_run_tells_journals_and_is_diagnosed_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from ganstudio.runs.execute import resume, train
    from ganstudio.runs.folder import RunFolder

    config: RunConfig = tiny("dcgan", optimizer__generator__learning_rate=1e-7, training__steps=60)
    events: list[Any] = []
    train(config, tmp_path / "run", events.append, Control())
    told = [each for each in of(Diagnosed, events) if each.name == "generator_frozen"]
    assert len(told) == 1 and isinstance(events[-1], RunFinished)
    assert [each.name for each in of(Diagnosed, read_journal(tmp_path / "run" / "journal.jsonl"))] == [
        each.name for each in of(Diagnosed, events)
    ]
    again = [each for each in diagnosed(tmp_path / "run", capsys) if each["name"] == "generator_frozen"]
    assert [each["step"] for each in again] == [told[0].step]
    more: list[Any] = []
    resume(RunFolder.open(tmp_path / "run"), more.append, Control(), steps=80)
    assert not [each for each in of(Diagnosed, more) if each.name == "generator_frozen"], "it has been told"


def test_that_diagnosing_needs_neither_torch_nor_a_window(run: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from ganstudio.cli import main; code = main(['diagnose', sys.argv[1], '--json']); "
        "assert 'torch' not in sys.modules; sys.exit(code)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(run)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
