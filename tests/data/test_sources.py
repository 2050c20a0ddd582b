"""A person's own pictures: what is read, how, and what is passed over with its name."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.data.description import Unreadable
from ganstudio.data.sources import FolderSource, find_source, fit
from ganstudio.errors import UserError
from tests.helpers import fill, picture


def read(folder: Path) -> tuple[list[np.ndarray], list[Unreadable]]:
    """The pictures of a folder, and what was passed over."""
    items = list(FolderSource(folder).pictures())
    return [item[0] for item in items if not isinstance(item, Unreadable)], [
        i for i in items if isinstance(i, Unreadable)
    ]


def one(folder: Path, image: Image.Image, name: str = "one.png", **options: object) -> np.ndarray:
    """How a picture comes out of a folder."""
    folder.mkdir(exist_ok=True)
    image.save(folder / name, **options)
    (found,), skipped = read(folder)
    assert not skipped
    return found


# -- folders -----------------------------------------------------------------------------------------------------------


def test_that_a_flat_folder_is_a_data_set_without_classes(tmp_path: Path) -> None:
    about = FolderSource(fill(tmp_path / "My pictures", 5, side=20)).describe()
    assert (about.title, about.count, about.resolution, about.channels, about.classes) == ("My pictures", 5, 20, 3, ())


def test_that_one_sub_folder_a_class_gives_classes_by_name(tmp_path: Path) -> None:
    for name in ("dogs", "cats", "empty"):
        fill(tmp_path / name, 0 if name == "empty" else 3)
    source = FolderSource(tmp_path)
    assert source.describe().classes == ("cats", "dogs")
    assert [item[1] for item in source.pictures() if not isinstance(item, Unreadable)] == [0, 0, 0, 1, 1, 1]


def test_that_pictures_below_a_class_belong_to_it(tmp_path: Path) -> None:
    fill(tmp_path / "cats" / "2023" / "may", 2)
    fill(tmp_path / "dogs", 1)
    source = FolderSource(tmp_path)
    assert source.describe().classes == ("cats", "dogs")
    assert source.describe().count == 3


def test_that_pictures_beside_sub_folders_make_one_set_without_classes(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    fill(tmp_path / "more", 3)
    about = FolderSource(tmp_path).describe()
    assert (about.count, about.classes) == (5, ())


def test_that_hidden_files_and_other_files_are_no_pictures(tmp_path: Path) -> None:
    fill(tmp_path / "cats", 2)
    (tmp_path / "cats" / ".hidden.png").write_bytes(b"")
    fill(tmp_path / "cats" / ".thumbnails", 2)
    fill(tmp_path / ".git", 2)
    (tmp_path / "cats" / "notes.txt").write_text("no picture")
    assert FolderSource(tmp_path).describe().count == 2


@pytest.mark.parametrize("suffix", ["png", "PNG", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff"])
def test_that_the_usual_formats_are_read(suffix: str, tmp_path: Path) -> None:
    assert one(tmp_path, picture(0, 16), f"one.{suffix}").shape == (16, 16, 3)


def test_that_an_empty_folder_says_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no images .*one sub-folder a class") as caught:
        FolderSource(tmp_path).describe()
    assert caught.value.path == "dataset.name"


def test_that_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        FolderSource(tmp_path / "nowhere").describe()


def test_that_a_folder_of_broken_files_only_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match="None of the images"):
        FolderSource(tmp_path).describe()


def test_that_one_good_picture_among_many_broken_ones_is_enough(tmp_path: Path) -> None:
    for i in range(60):
        (tmp_path / f"{i:02d}.png").write_bytes(b"no picture")
    picture(0, 16).save(tmp_path / "31.png")
    assert FolderSource(tmp_path).describe().resolution == 16


def test_that_names_in_any_script_are_read(tmp_path: Path) -> None:
    fill(tmp_path / "猫 & 'chats'", 1)
    fill(tmp_path / "собаки", 1)
    assert FolderSource(tmp_path).describe().classes == ("собаки", "猫 & 'chats'")


def test_that_a_data_set_is_found_by_name_and_a_folder_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "pictures", 1)
    assert find_source("mnist-10k").name == "mnist-10k"
    monkeypatch.chdir(tmp_path)
    for name in ("pictures", "./pictures", str(tmp_path / "pictures")):
        assert find_source(name).name == str(tmp_path / "pictures")
    with pytest.raises(UserError, match="no data set named 'mnist10k'; did you mean 'mnist-10k'"):
        find_source("mnist10k")


# -- files that are not what they seem ---------------------------------------------------------------------------------


def png(width: int, height: int, packed: bytes = zlib.compress(b"\0")) -> bytes:
    """A PNG that claims a size; without `packed` it has no pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def broken_files(folder: Path) -> set[str]:
    """Files that nobody can read, of many kinds."""
    good = folder / "good.jpg"
    picture(1, 64).save(good)
    data = good.read_bytes()
    other = folder / "good.png"
    picture(2, 64).save(other)
    broken = {
        "zero bytes.png": b"",
        "text.jpg": b"this is text, renamed",
        "half.jpg": data[: len(data) // 2],
        "half.png": other.read_bytes()[: other.stat().st_size // 2],
        "header only.png": other.read_bytes()[:40],
        "huge.png": png(30_000, 30_000),
        "larger than memory.png": png(2**31 - 1, 2**31 - 1),
        "large.png": png(9000, 9000),
        "script.gif": b"GIF89a" + b"\xff" * 30,
        "noise.tif": b"II*\0" + bytes(range(200)),
        "noise.webp": b"RIFF\x40\0\0\0WEBPVP8 " + bytes(range(60)),
        "noise.bmp": b"BM" + bytes(range(120)),
        "page.png": b"%PDF-1.4 not a picture",
        "vector.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    }
    for name, content in broken.items():
        (folder / name).write_bytes(content)
    return set(broken)


def test_that_files_that_cannot_be_read_are_passed_over_and_named(tmp_path: Path) -> None:
    broken = broken_files(tmp_path)
    pictures, skipped = read(tmp_path)
    assert len(pictures) == 2
    assert {item.file for item in skipped} == broken
    assert all(item.reason for item in skipped)
    reasons = {item.file: item.reason for item in skipped}
    assert reasons["text.jpg"] == "not an image"
    assert "30000" in reasons["huge.png"] or "900000000" in reasons["huge.png"]
    assert reasons["large.png"] == "9000 x 9000 pixels are too many"


def test_that_broken_files_do_not_decide_how_a_folder_is_described(tmp_path: Path) -> None:
    broken_files(tmp_path)
    assert FolderSource(tmp_path).describe().resolution == 64


def test_that_broken_files_are_left_out_of_the_thumbnails(tmp_path: Path) -> None:
    broken_files(tmp_path)
    assert FolderSource(tmp_path).preview(16, 32).shape == (2, 32, 32, 3)


def test_that_a_decompression_bomb_costs_no_memory(tmp_path: Path) -> None:
    """A few hundred kilobytes that would unfold into 400 MB."""
    if sys.platform != "linux":
        pytest.skip("the peak of a process's memory is told in kibibytes on Linux only")
    row = b"\0" + b"\xff" * (3 * 10_000)
    squeezed = zlib.compressobj(1)
    packed = b"".join(squeezed.compress(row) for _ in range(10_000)) + squeezed.flush()
    (tmp_path / "bomb.png").write_bytes(png(10_000, 10_000, packed))
    picture(0).save(tmp_path / "good.png")
    code = (
        "import resource; from pathlib import Path; from ganstudio.data.sources import FolderSource\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"items = list(FolderSource(Path({str(tmp_path)!r})).pictures())\n"
        "print(len(items), items[0].file, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, name, mebibytes = ended.stdout.split()
    assert (count, name) == ("2", "bomb.png")
    assert int(mebibytes) < 100


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_that_a_pipe_named_like_a_picture_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "missing.png")
    fill(tmp_path, 1)
    assert FolderSource(tmp_path).describe().count == 1


# -- how pictures are read ---------------------------------------------------------------------------------------------


def test_that_transparency_is_over_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 8, 16))
    image.paste((0, 0, 0, 128), (8, 8, 16, 16))
    found = one(tmp_path, image)
    assert found[0, 0].tolist() == [255, 0, 0]
    assert found[0, 15].tolist() == [255, 255, 255], "not the red that hides under full transparency"
    assert found[15, 15].tolist() == [127, 127, 127]


def test_that_transparency_of_palettes_and_of_grey_is_over_white_too(tmp_path: Path) -> None:
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.paste(1, (0, 0, 4, 8))
    found = one(tmp_path / "palette", palette, transparency=0)
    assert (found[0, 0].tolist(), found[0, 7].tolist()) == ([255, 0, 0], [255, 255, 255])
    grey = Image.new("LA", (8, 8), (0, 0))
    grey.paste((0, 255), (0, 0, 4, 8))
    found = one(tmp_path / "grey", grey)
    assert (found[0, 0].max(), found[0, 7].min()) == (0, 255)
    keyed = Image.new("L", (8, 8), 0)
    keyed.paste(90, (0, 0, 4, 8))
    found = one(tmp_path / "keyed", keyed, transparency=0)
    assert (found[0, 0].max(), found[0, 7].min()) == (90, 255)


def test_that_sixteen_bit_grey_keeps_its_tones(tmp_path: Path) -> None:
    """Clipping at 255 would turn nearly all of it white."""
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    for name in ("deep.png", "deep.tif"):
        found = one(tmp_path / name.replace(".", "-"), Image.fromarray(ramp), name)
        assert found.shape == (8, 8, 1)
        assert np.abs(found[..., 0].astype(int) - ramp // 257).max() <= 1
    (tmp_path / "big-endian").mkdir()
    (tmp_path / "big-endian" / "deep.png").write_bytes((tmp_path / "deep-png" / "deep.png").read_bytes())
    assert FolderSource(tmp_path / "deep-png").describe().channels == 1


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_that_floating_point_grey_keeps_its_tones(top: float, tmp_path: Path) -> None:
    ramp = np.linspace(0, top, 64).astype(np.float32).reshape(8, 8)
    found = one(tmp_path, Image.fromarray(ramp), "float.tif")
    assert np.abs(found[..., 0] - ramp / top * 255).max() <= 1


def test_that_black_deep_pictures_are_black(tmp_path: Path) -> None:
    assert one(tmp_path, Image.fromarray(np.zeros((8, 8), np.float32)), "black.tif").max() == 0


def test_that_black_and_white_and_palettes_are_read(tmp_path: Path) -> None:
    bits = Image.new("1", (8, 8), 1)
    assert one(tmp_path / "bits", bits).tolist() == np.full((8, 8, 1), 255).tolist()
    palette = picture(0, 16).quantize(8)
    assert np.array_equal(one(tmp_path / "palette", palette), np.asarray(palette.convert("RGB")))


def test_that_print_colours_become_screen_colours(tmp_path: Path) -> None:
    found = one(tmp_path, Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "cmyk.jpg", quality=95)
    assert found.shape == (16, 16, 3)
    red, green, blue = found[8, 8].tolist()
    assert red > 200
    assert green < 60
    assert blue < 60


def test_that_photographs_stand_upright(tmp_path: Path) -> None:
    """A phone stores them lying down with a note to turn them."""
    image = Image.new("RGB", (16, 32), "black")
    image.paste((255, 255, 255), (0, 0, 16, 16))
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    found = one(tmp_path, image, "phone.jpg", exif=exif, quality=95)
    assert found[4].mean() < 20
    assert found[28].mean() > 235


def test_that_the_first_frame_of_an_animation_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    found = one(tmp_path, frames[0], "moving.gif", save_all=True, append_images=frames[1:])
    assert found[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(("width", "height"), [(30, 10), (10, 30), (11, 10), (10, 10)])
def test_that_the_middle_of_a_picture_that_is_not_square_is_taken(width: int, height: int) -> None:
    image = np.zeros((height, width, 1), np.uint8)
    top, left = (height - 10) // 2, (width - 10) // 2
    image[top : top + 10, left : left + 10] = 200
    assert (fit(image, 10, 1) == 200).all()
    assert fit(image, 5, 3).shape == (5, 5, 3)


def test_that_large_pictures_are_scaled_without_aliasing() -> None:
    """A fine checkerboard becomes its mean, not a moiré."""
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)[..., None]
    assert np.abs(fit(board, 8, 1).astype(int) - 127).max() <= 3


def test_that_thumbnails_show_all_classes(tmp_path: Path) -> None:
    for index, name in enumerate(("a", "b", "c")):
        folder = tmp_path / name
        folder.mkdir()
        for i in range(9):
            Image.new("RGB", (8, 8), (index * 100, 0, 0)).save(folder / f"{i}.png")
    shown = FolderSource(tmp_path).preview(6, 8)
    assert sorted(shown[:, 0, 0, 0].tolist()) == [0, 0, 100, 100, 200, 200]


def test_that_describing_a_folder_loads_no_torch(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    code = (
        "import sys; from ganstudio.config import DatasetConfig; from ganstudio.data.store import plan\n"
        f"plan(DatasetConfig(name={str(tmp_path)!r})); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
