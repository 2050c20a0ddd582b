"""The row of a run: right, quick, and whole where a journal is not."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ganstudio.errors import RunFolderError
from ganstudio.runs import summary as module
from ganstudio.runs.folder import RunFolder
from ganstudio.runs.journal import JournalTail
from ganstudio.runs.summary import CURVE_POINTS, run_label, summarise
from ganstudio.training.events import RunFinished, RunResumed, RunStarted, SettingChanged
from tests.runs.hand_made import append, make_checkpoint, make_run, progress, write_long_journal


def test_that_a_row_says_what_the_run_is_and_where_it_stands(tmp_path: Path) -> None:
    run = make_run(tmp_path / "014-dcgan-mnist-10k", steps=200, until=100, end="stopped", checkpoints=(50, 100))
    row = summarise(run)
    assert (row.title, row.label, row.state) == ("DCGAN, MNIST", "014", "stopped")
    assert (row.step, row.target, row.seconds, row.images_per_second) == (100, 200, 10.0, 640.0)
    assert row.loss_discriminator == pytest.approx(0.9 + math.exp(-0.25), abs=1e-4)
    assert row.loss_generator == pytest.approx(1.2 + math.exp(-1 / 7), abs=1e-4)
    assert row.samples == (0, 25, 50, 75, 100) and row.checkpoint == 100
    assert row.latents == (0, 100) and row.error is None and row.damaged == 0
    assert [point[0] for point in row.curve] == list(range(10, 101, 10))


def test_that_a_failure_says_why(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", end="failed", error="The loss is not finite.")
    assert summarise(run).error == "The loss is not finite."
    append(run, RunResumed(step=200, time=20.0, from_step=200))
    assert summarise(run).error is None, "it went on since"


def test_that_a_run_that_has_only_begun_has_a_row(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", events=[], samples=())
    run.journal_file.unlink()
    row = summarise(run)
    assert (row.state, row.step, row.curve, row.samples, row.checkpoint) == ("interrupted", 0, (), (), None)
    assert row.loss_discriminator is None and row.images_per_second is None


def test_that_titles_name_conditional_runs_folders_and_unknown_things(tmp_path: Path) -> None:
    def title(name: str, **values: object) -> str:
        return summarise(make_run(tmp_path / name, values={k.replace("__", "."): v for k, v in values.items()})).title

    assert title("a", variant__conditional=True) == "DCGAN by class, MNIST"
    assert title("b", dataset__name="emoji-noto") == "DCGAN, Emoji Noto"
    assert title("c", dataset__name="/home/of/another/cats/") == "DCGAN, cats"
    assert title("d", dataset__name="C:\\Pictures\\dogs") == "DCGAN, dogs"
    strange = make_run(tmp_path / "e")
    text = strange.config_file.read_text(encoding="utf-8").replace('"dcgan"', '"dreamgan"')
    strange.config_file.write_text(text, encoding="utf-8")
    assert summarise(strange).title == "dreamgan, MNIST"


@pytest.mark.parametrize(("name", "label"), [("014-a", "014"), ("1000-b", "1000"), ("12-c", "12-c"), ("cats", "cats")])
def test_that_a_label_is_the_number_or_the_name(name: str, label: str) -> None:
    assert run_label(name) == label


def test_that_the_start_is_the_noted_one_also_after_copying(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run.path / "environment.json").write_text(json.dumps({"started": "2024-02-03T04:05:06+00:00"}), encoding="utf-8")
    assert summarise(run).started == datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
    (run.path / "environment.json").write_text('{"started": 5}', encoding="utf-8")
    assert summarise(run).started.timestamp() == pytest.approx(run.config_file.stat().st_mtime)


def test_that_the_target_follows_checkpoint_resume_and_live_change(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", steps=100, until=50, end="stopped")
    make_checkpoint(run, 50)
    append(run, RunResumed(step=50, time=5.0, from_step=50, target=300))
    assert summarise(run).target == 300
    append(run, SettingChanged(step=60, time=6.0, path="training.steps", old=300, new=400))
    assert summarise(run).target == 400


def test_that_a_run_that_ends_by_time_has_no_target(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", events=[RunStarted(target=None), progress(10)])
    assert summarise(run).target is None


def test_that_samples_of_a_void_part_are_not_the_newest(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", until=100, end=None, samples=(0, 50, 100))
    append(run, RunResumed(step=50, time=5.0, from_step=50), progress(60))
    assert summarise(run).samples == (0, 50)


def test_that_damaged_lines_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", until=50, end=None)
    with run.journal_file.open("ab") as stream:
        stream.write(b'garbage\n{"event": "progress", "step": 6')
    row = summarise(run)
    assert (row.step, row.damaged) == (50, 1), "half a line at the end is still being written"


def test_that_a_damaged_config_or_a_journal_that_is_a_folder_is_said(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    run.journal_file.unlink()
    run.journal_file.mkdir()
    with pytest.raises(RunFolderError, match="journal of run cannot be read"):
        summarise(run)
    run.config_file.write_text("{", encoding="utf-8")
    with pytest.raises(RunFolderError, match="run cannot be opened"):
        summarise(RunFolder(run.path))


def test_that_a_journal_without_a_single_line_end_is_read_in_the_end(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", events=[], samples=())
    run.journal_file.write_bytes(b"x" * 1_000_000)
    row = summarise(run)
    assert (row.step, row.curve, row.damaged) == (0, (), 0)


@pytest.fixture
def long_run(tmp_path: Path) -> RunFolder:
    run = make_run(tmp_path / "run", events=[], samples=())
    write_long_journal(run.journal_file, 8_000)
    return run


def test_that_a_curve_spans_the_whole_run_also_without_checkpoints(tmp_path: Path) -> None:
    for lines in (300, 1_000, 3_000):
        run = make_run(tmp_path / str(lines), events=[], samples=())
        write_long_journal(run.journal_file, lines)
        curve = summarise(run).curve
        assert curve[0][0] <= lines / 2 and curve[0][1] > 1.85 and curve[-1][0] > 9.7 * lines
        assert len(curve) > 0.9 * CURVE_POINTS


def test_that_a_long_journal_is_read_at_its_ends_and_a_few_places(
    long_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = 0
    parse = module.parse_line

    def counting(line: bytes) -> object:
        nonlocal parsed
        parsed += 1
        return parse(line)

    monkeypatch.setattr(module, "parse_line", counting)
    append(long_run, RunFinished(step=80_000, time=800.0, reason="completed"))
    make_checkpoint(long_run, 80_000)
    row = summarise(long_run)
    assert long_run.journal_file.stat().st_size > 2_000_000
    assert parsed < 300
    assert (row.step, row.state, row.target) == (80_000, "finished", 80_000)
    assert len(row.curve) > 0.9 * CURVE_POINTS and row.curve[0][0] < 2_000
    for step, d, g in row.curve:
        assert d == pytest.approx(1 + math.exp(-3 * step / 80_000), abs=0.05) and g == 1.5


def test_that_a_long_journal_that_tells_too_little_at_its_end_is_read_further_back(long_run: RunFolder) -> None:
    append(long_run, RunResumed(step=70_000, time=700.0, from_step=70_000, target=99_999))
    row = summarise(long_run)
    assert (row.step, row.target) == (70_000, 99_999)
    assert row.loss_discriminator == pytest.approx(1 + math.exp(-3 * 7 / 8), rel=1e-3)
    assert max(step for step, _, _ in row.curve) <= 70_000


def test_that_a_long_journal_gives_the_same_row_as_reading_all_of_it(
    long_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(long_run, RunResumed(step=40_000, time=400.0, from_step=40_000, target=90_000))
    quick = summarise(long_run)
    monkeypatch.setattr(module, "_TAIL", 10**9)
    whole = summarise(long_run)
    assert (quick.step, quick.target, quick.loss_discriminator) == (whole.step, whole.target, whole.loss_discriminator)
    assert len(JournalTail(long_run.journal_file).read()) == 8_002
