"""Pictures that remember their latent, strips and animations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganstudio.desktop.explore.export import Origin, read_json, read_origin, save_image, save_json, save_strip
from ganstudio.errors import UserError
from ganstudio.latent.sampling import latent


def images(count: int, channels: int = 1, side: int = 8) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, channels), np.uint8)


def origin(**more: object) -> Origin:
    values = {"latent": latent(3, 16), "run": "016-r3gan-mnist-10k", "step": 3600, "networks": "ema", **more}
    return Origin(**values)


@pytest.mark.parametrize("channels", [1, 3])
def test_that_a_picture_keeps_its_pixels_and_its_latent(tmp_path: Path, channels: int) -> None:
    file, pixels = tmp_path / "a.png", images(1, channels)[0]
    save_image(file, pixels, origin(label=7, class_name="sept – 七", seed=3))
    with Image.open(file) as picture:
        read = np.asarray(picture)
    np.testing.assert_array_equal(read if channels == 3 else read[..., None], pixels)
    kept = read_origin(file)
    np.testing.assert_array_equal(kept.latent, latent(3, 16))
    assert (kept.run, kept.step, kept.networks) == ("016-r3gan-mnist-10k", 3600, "ema")
    assert (kept.label, kept.class_name, kept.seed) == (7, "sept – 七", 3)


def test_that_a_mix_of_classes_is_kept(tmp_path: Path) -> None:
    save_image(tmp_path / "a.png", images(1)[0], origin(label=7, mix=(3, 0.4)))
    assert read_origin(tmp_path / "a.png").mix == (3, 0.4)
    save_image(tmp_path / "b.png", images(1)[0], origin(label=7, mix=(3, 1.4)))
    with pytest.raises(UserError, match="remembers no latent"):
        read_origin(tmp_path / "b.png")


def test_that_what_is_unknown_stays_unknown(tmp_path: Path) -> None:
    save_image(tmp_path / "a.png", images(1)[0], origin())
    kept = read_origin(tmp_path / "a.png")
    assert (kept.label, kept.seed) == (None, None)


def test_that_other_pictures_are_refused_in_words(tmp_path: Path) -> None:
    Image.fromarray(images(1)[0, ..., 0]).save(tmp_path / "plain.png")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UserError, match="remembers no latent"):
        read_origin(tmp_path / "plain.png")
    with pytest.raises(UserError, match="no PNG picture"):
        read_origin(tmp_path / "text.png")
    with pytest.raises(UserError, match="cannot be read"):
        read_origin(tmp_path / "missing.png")


@pytest.mark.parametrize("text", ["[]", "[1, null]", "[1e9]", "{}", "[[1]]", "nonsense", "[NaN]"])
def test_that_a_latent_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("latent", text)
    Image.fromarray(images(1)[0, ..., 0]).save(tmp_path / "a.png", pnginfo=info)
    with pytest.raises(UserError, match="remembers no latent"):
        read_origin(tmp_path / "a.png")


def test_that_a_strip_stands_side_by_side(tmp_path: Path) -> None:
    row = images(5, 3)
    save_strip(tmp_path / "s.png", row, "a run")
    with Image.open(tmp_path / "s.png") as picture:
        read = np.asarray(picture)
    assert read.shape == (8, 40, 3)
    np.testing.assert_array_equal(read[:, 8:16], row[1])


def test_that_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        save_image(tmp_path / "missing" / "a.png", images(1)[0], origin())
    assert list(tmp_path.iterdir()) == []


def test_that_plain_data_is_written_and_read(tmp_path: Path) -> None:
    save_json(tmp_path / "a.json", {"name": "sept – 七", "values": [1.5]})
    assert read_json(tmp_path / "a.json") == {"name": "sept – 七", "values": [1.5]}
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(UserError, match="no JSON"):
        read_json(tmp_path / "b.json")
    with pytest.raises(UserError, match="cannot be read"):
        read_json(tmp_path / "missing.json")
    with pytest.raises(UserError, match="cannot be written"):
        save_json(tmp_path / "missing" / "a.json", 1)
