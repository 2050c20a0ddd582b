"""Several runs sampled in turn: whose sample comes where, of which class, from which latents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ganstudio.cli import main
from ganstudio.errors import UserError
from ganstudio.latent.ensemble import check_alike, each_of, in_turn, seed_of
from ganstudio.latent.model import LatentModel
from ganstudio.latent.picking import Picked
from tests.latent.tiny_runs import class_run, plain_run


def numbered(member: int, count: int, pieces: int, classes: int) -> Iterator[Picked]:
    """Points (100 x member + place, place), in pieces, with classes in turn."""
    for places in np.array_split(np.arange(count), pieces):
        made = np.stack([100 * member + places, places], axis=1).astype(np.float32)
        yield Picked(made, places % classes if classes else None, made[:, 0] / 2)


def woven(members: int, count: int, block: int, classes: int, pieces: int = 2) -> Picked:
    each = each_of(count, members, block)
    streams = [numbered(member, each, pieces + member, classes) for member in range(members)]
    found = list(in_turn(streams, count, block))
    labels = np.concatenate([piece.labels for piece in found if piece.labels is not None]) if classes else None
    scores = np.concatenate([piece.scores for piece in found if piece.scores is not None])
    return Picked(np.concatenate([piece.made for piece in found]), labels, scores)


def test_that_runs_take_turns_sample_by_sample() -> None:
    found = woven(members=3, count=8, block=1, classes=0)
    assert found.made[:, 0].tolist() == [0, 100, 200, 1, 101, 201, 2, 102]
    assert found.labels is None
    assert found.scores is not None
    assert (2 * found.scores).tolist() == found.made[:, 0].tolist()


def test_that_every_run_makes_every_class_and_labels_stay_with_their_samples() -> None:
    found = woven(members=2, count=10, block=4, classes=4)
    assert found.made[:, 0].tolist() == [0, 1, 2, 3, 100, 101, 102, 103, 4, 5]
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize(("members", "block", "classes"), [(2, 1, 0), (3, 10, 10), (5, 1, 0)])
def test_that_many_are_the_same_in_whatever_pieces_they_come_and_the_first_of_more(
    members: int, block: int, classes: int
) -> None:
    some, more = woven(members, 700, block, classes, 3), woven(members, 901, block, classes, 5)
    assert len(some.made) == 700
    assert np.array_equal(some.made, more.made[:700])
    place = np.arange(700)
    member, own = place // block % members, place // (block * members) * block + place % block
    assert np.array_equal(some.made[:, 0], 100 * member + own)


def test_that_the_first_keeps_its_latents_and_no_two_share_theirs() -> None:
    assert seed_of(7, 0) == 7
    assert len({seed_of(7, member) for member in range(50)}) == 50
    assert seed_of(7, 1) != seed_of(8, 1)


def test_that_what_differs_is_refused_with_the_reason() -> None:
    plain, classed = (
        LatentModel.load(run.checkpoint_path(run.checkpoints()[-1])) for run in (plain_run(), class_run())
    )
    check_alike([plain, plain])
    with pytest.raises(UserError, match="Run 2 cannot be drawn from beside the first: it has 10 classes, not none"):
        check_alike([plain, classed])


def drawn(out: Path, *arguments: str) -> dict[str, np.ndarray]:
    assert main(["sample", *arguments, "--out", str(out)]) == 0
    with np.load(out) as archive:
        return dict(archive)


def test_that_the_command_line_draws_from_two_checkpoints_in_turn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = plain_run()
    early, late = (f"{run.path}@{step}" for step in run.checkpoints())
    alone = drawn(tmp_path / "alone.npz", early, "--count", "3", "--seed", "5")["images"]
    other = drawn(tmp_path / "other.npz", late, "--count", "3", "--seed", str(seed_of(5, 1)))["images"]
    capsys.readouterr()
    both = drawn(tmp_path / "both.npz", early, "--with", late, "--count", "5", "--seed", "5")["images"]
    assert capsys.readouterr().out.endswith("5 samples of 2 runs in turn\n")
    assert np.array_equal(both[0::2], alone)
    assert np.array_equal(both[1::2], other[:2])
    best = drawn(tmp_path / "best.npz", early, "--with", late, "--count", "4", "--seed", "5", "--best-of", "3")
    picked = drawn(tmp_path / "picked.npz", early, "--count", "2", "--seed", "5", "--best-of", "3")
    assert np.array_equal(best["images"][0::2], picked["images"])
    assert np.array_equal(best["scores"][0::2], picked["scores"])


def test_that_classes_are_as_asked_of_every_run(tmp_path: Path) -> None:
    run = str(class_run().path)
    every = drawn(tmp_path / "every.npz", run, "--with", run, "--count", "25")
    assert every["labels"].tolist() == [place % 10 for place in range(25)]
    assert not np.array_equal(every["images"][:10], every["images"][10:20]), "of latents of their own"
    one = drawn(tmp_path / "one.npz", run, "--with", run, "--with", run, "--count", "7", "--class", "3")
    assert one["labels"].tolist() == [3] * 7
    assert len(np.unique(one["images"].reshape(7, -1), axis=0)) == 7


def test_that_what_cannot_be_drawn_together_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, classed = str(plain_run().path), str(class_run().path)
    assert main(["sample", plain, "--with", classed, "--out", str(tmp_path / "s.png")]) == 2
    assert "it has 10 classes, not none" in capsys.readouterr().err
    assert main(["sample", plain, "--with", plain, "--out", str(tmp_path / "s.gif")]) == 2
    assert "--with is for samples" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
