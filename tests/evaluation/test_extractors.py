"""Extractors of one's own: Inception where its weights are, ONNX modules, and what is said when they cannot be had."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file

from ganstudio.cli import main
from ganstudio.errors import UserError
from ganstudio.evaluation.choose import choose_extractor
from ganstudio.evaluation.extractors import MobileNetExtractor
from ganstudio.evaluation.fid_inception import InceptionExtractor, resized_as_tensorflow
from ganstudio.networks.inception import Inception
from ganstudio.runs.folder import RunFolder
from ganstudio.training.events import Evaluated
from tests.helpers import arguments, of, tiny

WEIGHTS = np.random.default_rng(0).normal(size=(5, 3, 2, 2)).astype(np.float32)
CLASSES = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)


def module(path: Path, *, side: int | str = 8, channels: int = 3, maps: bool = False, classes: bool = False) -> Path:
    """An ONNX file: a convolution of 2 px and stride 2, averaged over the image unless `maps`; logits if `classes`."""
    nodes = [helper.make_node("Conv", ["x", "w"], ["maps"], strides=[2, 2])]
    stored = [helper.make_tensor("w", TensorProto.FLOAT, WEIGHTS[:, :channels].shape, WEIGHTS[:, :channels].ravel())]
    outputs = ["maps"]
    if not maps:
        nodes.append(helper.make_node("GlobalAveragePool", ["maps"], ["means"]))
        nodes.append(helper.make_node("Flatten", ["means"], ["features"]))
        outputs = ["features"]
    if classes:
        nodes.append(helper.make_node("MatMul", ["features", "c"], ["logits"]))
        stored.append(helper.make_tensor("c", TensorProto.FLOAT, CLASSES.shape, CLASSES.ravel()))
        outputs.append("logits")
    shape = ["N", channels, side, side]
    graph = helper.make_graph(
        nodes,
        "features",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        stored,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), str(path))
    return path


def by_hand(images: np.ndarray, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    """What the module makes of images (N, H, W, C) of the side that it takes."""
    x = images.astype(np.float64) / 255
    n, height, width, channels = x.shape
    patches = x.reshape(n, height // 2, 2, width // 2, 2, channels).mean(axis=(1, 3))  # (N, 2, 2, C)
    return np.einsum("nabc,fcab->nf", patches, weights[:, :channels])


@pytest.fixture
def colour() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (3, 8, 8, 3), np.uint8)


@pytest.mark.parametrize("maps", [False, True])
@pytest.mark.parametrize("side", [8, "H"])
def test_that_an_onnx_module_gives_its_features(tmp_path: Path, colour: np.ndarray, maps: bool, side: Any) -> None:
    extractor = choose_extractor(str(module(tmp_path / "own.onnx", side=side, maps=maps)))
    made = extractor(colour)
    np.testing.assert_allclose(made.features, by_hand(colour), rtol=1e-5)
    assert (extractor.size, extractor.classes, made.probabilities.shape) == (5, 0, (3, 0))
    assert extractor.name.startswith("own.onnx:")


def test_that_an_onnx_module_gets_images_in_its_colours_and_size(tmp_path: Path, colour: np.ndarray) -> None:
    three = choose_extractor(str(module(tmp_path / "three.onnx")))
    grey = colour[..., :1]
    np.testing.assert_allclose(three(grey).features, by_hand(np.repeat(grey, 3, axis=3)), rtol=1e-5)
    one = choose_extractor(str(module(tmp_path / "one.onnx", channels=1)))
    np.testing.assert_allclose(one(colour).features, by_hand(colour.mean(axis=3, keepdims=True)), rtol=1e-5)
    flat = np.full((2, 28, 28, 3), 51, np.uint8)
    np.testing.assert_allclose(three(flat).features, by_hand(flat[:, :8, :8]), rtol=1e-5)


def test_that_a_second_output_is_the_classes(tmp_path: Path, colour: np.ndarray) -> None:
    extractor = choose_extractor(str(module(tmp_path / "own.onnx", classes=True)))
    logits = by_hand(colour) @ CLASSES
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(extractor(colour).probabilities, expected, rtol=1e-4)
    assert extractor.classes == 4


def test_that_modules_are_told_apart_by_what_is_in_them(tmp_path: Path) -> None:
    a, b = module(tmp_path / "a.onnx"), module(tmp_path / "b.onnx", classes=True)
    fingerprints = {choose_extractor(str(file)).fingerprint for file in (a, b)}
    assert len(fingerprints) == 2
    b.write_bytes(a.read_bytes())
    assert choose_extractor(str(b)).fingerprint in fingerprints, "a copy is the same"


def test_that_a_file_that_is_no_extractor_is_refused_with_the_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing of the kind")
    text = tmp_path / "notes.txt"
    text.write_text("notes")
    pickled = tmp_path / "weights.pth"
    torch.save({}, pickled)
    empty = tmp_path / "weights.safetensors"
    save_file({"a": torch.zeros(1)}, empty)
    for choice, sentence in (
        (broken, "broken.onnx cannot be opened"),
        (tmp_path / "gone.onnx", "cannot be read: No such file"),
        (text, "ends in .onnx"),
        ("mobilnet", "did you mean 'mobilenet'?"),
        (pickled, "can run code"),
        (empty, "does not hold the weights of FID's Inception"),
        ("inception", "Nothing is downloaded."),
    ):
        with pytest.raises(UserError, match=None) as refused:
            choose_extractor(str(choice))
        assert sentence in str(refused.value) and refused.value.path == "evaluation.extractor"


def test_that_a_module_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not float images"):
        choose_extractor(str(module(tmp_path / "two.onnx", channels=2)))


def test_that_the_missing_runtime_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "onnxruntime":
            raise ImportError(name)
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match=r"pip install 'ganstudio\[onnx\]'"):
        choose_extractor(str(module(tmp_path / "own.onnx")))


def test_that_images_are_resized_as_tensorflow_1_does() -> None:
    image = np.random.default_rng(3).normal(size=(5, 4))
    made = resized_as_tensorflow(torch.from_numpy(image).float()[None, None], 7)[0, 0].numpy()
    for i in range(7):
        for j in range(7):
            y, x = i * 5 / 7, j * 4 / 7
            rows = [(int(y), 1 - y % 1), (min(int(y) + 1, 4), y % 1)]
            columns = [(int(x), 1 - x % 1), (min(int(x) + 1, 3), x % 1)]
            expected = sum(image[r, c] * p * q for r, p in rows for c, q in columns)
            assert made[i, j] == pytest.approx(expected, abs=1e-5)


def test_that_inception_is_taken_where_its_weights_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    plain = Inception().eval()
    with torch.no_grad():
        for name, value in plain.state_dict().items():
            if name.endswith(("running_var", "bn.weight")):
                value.uniform_(0.5, 1.5, generator=generator)
            elif value.ndim == 4:
                value.normal_(0, (2 / value[0].numel()) ** 0.5, generator=generator)
            elif value.is_floating_point():
                value.normal_(0, 0.1, generator=generator)
    monkeypatch.setattr("ganstudio.evaluation.fid_inception.weights_folder", lambda: tmp_path)
    stored = {name: value for name, value in plain.state_dict().items() if "num_batches" not in name}
    save_file(stored, tmp_path / "inception.safetensors")
    extractor = choose_extractor("Inception")
    assert isinstance(extractor, InceptionExtractor) and extractor.name == "Inception"
    images = np.random.default_rng(4).integers(0, 256, (2, 28, 28, 1), np.uint8)
    made = extractor(images)
    x = (torch.from_numpy(images).permute(0, 3, 1, 2).float() - 128) / 128
    with torch.inference_mode():
        features, logits = plain(resized_as_tensorflow(x, 299).repeat(1, 3, 1, 1))
    assert made.features.shape == (2, extractor.size) and made.features.std() > 0.01
    np.testing.assert_allclose(made.features, features, rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(made.probabilities, logits.softmax(dim=1), rtol=2e-2, atol=1e-5)


def test_that_a_run_is_measured_by_a_module_and_says_so_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = module(tmp_path / "own.onnx", side="H")
    run = tmp_path / "run"
    config = tiny("vanilla", training__steps=2, dataset__limit=80, evaluation__extractor=str(own))
    assert main([*arguments(config), "--out", str(run)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(run), "--count", "40", "--json"]) == 0
    by_config = json.loads(capsys.readouterr().out)
    assert by_config["extractor"].startswith("own.onnx:")
    assert "is" not in by_config["measures"] and "fid" in by_config["measures"]
    assert main(["evaluate", str(run), "--count", "40", "--metrics", "fid", "--extractor", str(own)]) == 0
    assert f"FID-{by_config['extractor']}" in capsys.readouterr().out
    assert {one.extractor for one in of(Evaluated, RunFolder(run).events())} == {by_config["extractor"]}
    assert main(["evaluate", str(run), "--count", "40", "--metrics", "is", "--extractor", str(own)]) == 2
    assert "no classes" in capsys.readouterr().err
    assert main(["evaluate", str(run), "--count", "8", "--metrics", "fid", "--extractor", "mobilenet"]) == 0
    assert f"FID-{MobileNetExtractor.name}" in capsys.readouterr().out
