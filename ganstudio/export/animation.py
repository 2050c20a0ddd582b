"""Moving pictures as files: GIF by Pillow, MP4 (H.264) by the ffmpeg that imageio-ffmpeg brings. Imports no torch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganstudio.errors import UserError

FRAMES_A_SECOND = 25
"""GIF counts hundredths of a second: of 25 frames each takes 4, of 30 two take 3 and every third 4."""
SUFFIXES = (".gif", ".mp4")
_SIDE = 256
_QUALITY = "16"
"""x264's constant rate factor: from about 17 down, what is lost cannot be seen."""

Frames = NDArray[np.uint8]


def save_animation(file: Path, frames: Frames, frames_a_second: int = FRAMES_A_SECOND) -> None:
    """Write frames uint8 (N, H, W, 1 or 3) as the suffix of `file` says, enlarged by a whole number to about 256 px.

    A GIF repeats for ever. The file appears whole or not at all. UserError when it cannot be written.
    """
    temporary = file.with_name(f".{file.stem}.writing{file.suffix.lower()}")
    write = {".gif": _write_gif, ".mp4": _write_mp4}.get(file.suffix.lower())
    if write is None:
        raise UserError(f"The animation {file.name} must end in {' or '.join(SUFFIXES)}.")
    try:
        with temporary.open("wb"):  # Whether it can be written at all is told by the system, in its words.
            pass
        write(temporary, _enlarged(frames), frames_a_second)
        temporary.replace(file)
    except OSError as error:
        raise UserError(f"The file {file} cannot be written: {error.strerror or error}.") from error
    finally:
        _remove(temporary)


def _write_gif(file: Path, frames: Frames, frames_a_second: int) -> None:
    pictures = [Image.fromarray(frame.squeeze(2) if frame.shape[2] == 1 else frame) for frame in frames]
    hundredths = np.rint(np.arange(len(frames) + 1) * (100 / frames_a_second))
    durations = [int(each) * 10 for each in np.diff(hundredths)]
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0)


def _write_mp4(file: Path, frames: Frames, frames_a_second: int) -> None:
    """Raw frames into ffmpeg. Colours as every player knows them (4:2:0), which asks for even sides."""
    from imageio_ffmpeg import get_ffmpeg_exe

    frames = np.pad(frames, ((0, 0), (0, frames.shape[1] % 2), (0, frames.shape[2] % 2), (0, 0)), mode="edge")
    height, width, channels = frames.shape[1:]
    given = ["-f", "rawvideo", "-pix_fmt", "gray" if channels == 1 else "rgb24", "-s", f"{width}x{height}"]
    wanted = ["-c:v", "libx264", "-crf", _QUALITY, "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    command = [get_ffmpeg_exe(), "-v", "error", "-y", *given, "-r", str(frames_a_second), "-i", "-", *wanted, str(file)]
    ended = subprocess.run(command, input=np.ascontiguousarray(frames).data, capture_output=True, check=False)
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        raise OSError(f"ffmpeg failed: {said[-1] if said else ended.returncode}")


def _enlarged(frames: Frames) -> Frames:
    factor = max(1, _SIDE // max(frames.shape[1:3]))
    return frames.repeat(factor, axis=1).repeat(factor, axis=2)


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:
        """It could not be made either."""
