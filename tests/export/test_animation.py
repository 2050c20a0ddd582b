"""Animations, read back by other programs than those that wrote them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray
from PIL import Image

from ganstudio.errors import UserError
from ganstudio.export.animation import save_animation


def frames(count: int, side: int, channels: int) -> NDArray[np.uint8]:
    """Frames that get brighter, no two alike."""
    made = np.linspace(20, 220, count, dtype=np.uint8)[:, None, None, None]
    return np.broadcast_to(made, (count, side, side, channels)).copy()


def ffmpeg(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([get_ffmpeg_exe(), *map(str, arguments)], capture_output=True, check=False)


def told(file: Path) -> str:
    """What ffmpeg tells of a video."""
    return ffmpeg("-i", file).stderr.decode()


def decoded(file: Path, side: int) -> NDArray[np.uint8]:
    """The frames of a video (N, H, W, 3)."""
    raw = ffmpeg("-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    assert not raw.stderr
    return np.frombuffer(raw.stdout, np.uint8).reshape(-1, side, side, 3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("side", "size"), [(28, 252), (32, 256), (300, 300), (51, 256)])
def test_that_a_video_has_its_frames_size_and_duration(tmp_path: Path, side: int, size: int, channels: int) -> None:
    given = frames(50, side, channels)
    save_animation(tmp_path / "walk.mp4", given)
    about, shown = told(tmp_path / "walk.mp4"), decoded(tmp_path / "walk.mp4", size)
    assert "Video: h264" in about
    assert "Duration: 00:00:02.00" in about
    assert f" {size}x{size}" in about
    assert ", 25 fps" in about
    assert len(shown) == 50
    assert np.abs(shown.mean(axis=(1, 2, 3)) - given.mean(axis=(1, 2, 3))).max() < 4
    assert [path.name for path in tmp_path.iterdir()] == ["walk.mp4"]


def test_that_colours_survive_a_video(tmp_path: Path) -> None:
    red = np.zeros((5, 32, 32, 3), np.uint8)
    red[..., 0] = 200
    save_animation(tmp_path / "red.mp4", red)
    shown = decoded(tmp_path / "red.mp4", 256)
    np.testing.assert_allclose(shown.mean(axis=(0, 1, 2)), [200, 0, 0], atol=6)


def test_that_a_video_can_be_played_by_simple_players(tmp_path: Path) -> None:
    save_animation(tmp_path / "walk.mp4", frames(4, 32, 1))
    assert "yuv420p" in told(tmp_path / "walk.mp4")
    data = (tmp_path / "walk.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat"), "its index first, so that it plays while it loads"


@pytest.mark.parametrize("channels", [1, 3])
def test_that_a_gif_has_its_frames_size_and_duration(tmp_path: Path, channels: int) -> None:
    save_animation(tmp_path / "walk.GIF", frames(20, 28, channels))
    with Image.open(tmp_path / "walk.GIF") as picture:
        assert (picture.size, getattr(picture, "n_frames", 1), picture.info["loop"]) == ((252, 252), 20, 0)
        durations = []
        for index in range(20):
            picture.seek(index)
            durations.append(picture.info["duration"])
    assert sum(durations) == 800


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_that_what_cannot_be_written_is_told(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(UserError, match="cannot be written: No such file or directory"):
        save_animation(tmp_path / "missing" / f"walk.{suffix}", frames(3, 8, 1))
    with pytest.raises(UserError, match="cannot be written: Not a directory"):
        save_animation(Path(f"/dev/null/walk.{suffix}"), frames(3, 8, 1))


def test_that_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"must end in \.gif or \.mp4"):
        save_animation(tmp_path / "walk.avi", frames(3, 8, 1))


@pytest.mark.parametrize(
    ("rate", "count", "milliseconds"), [(30, 30, 1000), (24, 60, 2500), (15, 7, 470), (50, 9, 180)]
)
def test_that_a_gif_keeps_time_at_any_rate(tmp_path: Path, rate: int, count: int, milliseconds: int) -> None:
    save_animation(tmp_path / "walk.gif", frames(count, 16, 1), rate)
    with Image.open(tmp_path / "walk.gif") as picture:
        durations = []
        for index in range(count):
            picture.seek(index)
            durations.append(picture.info["duration"])
    assert sum(durations) == milliseconds
    assert max(durations) - min(durations) <= 10
