"""Train CycleGAN between two styles of emoji and SRGAN on one, from their presets, and measure held-out images.

CycleGAN passes when an image comes back from both translations with a mean absolute error below .1 on [0, 1], a
classifier of the two styles takes four of five translations for the target, and the image of the same name, which no
training has paired, ranks in the best fifth of all targets at the median, by MobileNetV2's features. SRGAN passes when
pre-training beats bicubic by 1 dB, and the adversarial phase makes edges sharper without falling 3 dB below it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from ganstudio.data.store import ImageStore, plan, prepare, prepare_target
from ganstudio.evaluation.restoration import edge_sharpness, psnr, ssim
from ganstudio.game import SOURCE, TARGET
from ganstudio.latent.translation import TranslationModel
from ganstudio.networks.mobilenet import as_imagenet, load_mobilenet
from ganstudio.networks.resampling import enlarge
from ganstudio.paths import resource
from ganstudio.runs.folder import RunFolder
from ganstudio.training.sampling import to_pixels
from ganstudio.variants import VARIANTS
from ganstudio.variants.variant import FIRST_MINUTE_PRESET

HELP = "CycleGAN between emoji styles and SRGAN on emoji, on images that training never saw"
Images = NDArray[np.uint8]
_PICTURED = 16
_FEATURES_SIDE = 96
_JUDGE_EPOCHS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this sub-command."""
    parser.add_argument("--only", choices=("cyclegan", "srgan"), help="one of the two")
    parser.add_argument("--cyclegan-steps", type=int, help="steps of CycleGAN; the preset's unless given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of the training; 0 lets the studio decide")
    parser.add_argument("--count", type=int, default=373, help="held-out images that are measured at most")


def run(options: argparse.Namespace) -> int:
    """Train, measure, write image-to-image.md, .png and .json; exit code 1 when something does not pass."""
    rows: list[dict[str, Any]] = []
    strips: list[tuple[str, Any]] = []
    for name, measured in (("cyclegan", translated), ("srgan", restored)):
        if options.only in {None, name}:
            found, picture = measured(trained(name, options), options)
            rows += found
            strips.append(picture)
    columns = ("run", "measure", "found", "asked", "passes")
    lines = report.table(columns, [tuple(row[column] for column in columns) for row in rows])
    (options.out / "image-to-image.md").write_text(
        f"# Image to image\n\nHeld-out images; averaged generators.\n\n{lines}\n"
        f"Command: `python packaging/evidence {' '.join(sys.argv[1:])}`\n",
        encoding="utf-8",
    )
    (options.out / "image-to-image.json").write_text(json.dumps(rows, indent=2) + "\n")
    report.figure(strips).save(options.out / "image-to-image.png")
    return 0 if all(row["passes"] for row in rows) else 1


def trained(name: str, options: argparse.Namespace) -> Path:
    """A run from the preset, with a checkpoint where SRGAN's pre-training ends."""
    folder: Path = options.out / name
    preset = next(p for p in VARIANTS.get(name).presets if p.name == FIRST_MINUTE_PRESET)
    arguments: list[object] = ["--set", f"threads={options.threads}", "--seed", options.seed]
    if name == "srgan":
        first = preset.values["variant.pretraining"] // preset.values["training.batch_size"]
        arguments += ["--set", f"training.checkpoint_every={first}"]
    elif options.cyclegan_steps:
        arguments += ["--steps", options.cyclegan_steps]
    report.ganstudio("train", "--variant", name, "--preset", FIRST_MINUTE_PRESET, *arguments, "--out", folder)
    return folder


# -- CycleGAN ----------------------------------------------------------------------------------------------------------


def translated(folder: Path, options: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, Any]]:
    """What came of CycleGAN."""
    run_folder = RunFolder.open(folder)
    dataset = run_folder.config.dataset
    stores = {SOURCE: prepare(dataset), TARGET: prepare_target(dataset, plan(dataset)[1])}
    step = run_folder.checkpoints()[-1]
    model = TranslationModel.load(run_folder.checkpoint_path(step))
    rows_of = {side: store.split(dataset.holdout)[1][: options.count] for side, store in stores.items()}
    held = {side: store.images[rows_of[side]] for side, store in stores.items()}
    judge, accuracy = style_judge(stores, dataset.holdout)
    found: list[dict[str, Any]] = []
    strips = []
    for source, target in ((SOURCE, TARGET), (TARGET, SOURCE)):
        there = model.translate(held[source], target)
        back = model.translate(there, source)
        error = float(np.abs(back.astype(np.float64) - held[source]).mean() / 255)
        taken = float((says(judge, there) == (target == TARGET)).mean())
        before = float((says(judge, held[source]) == (target == TARGET)).mean())
        rank, untouched, pairs = median_ranks(held[source], there, rows_of[source], stores, source, target)
        way = f"CycleGAN to {target}, {step} steps"
        found += [
            _row(way, "L1 of the way there and back", error, "< 0.1", error < 0.1),
            _row(way, f"taken for the {target} by a judge of accuracy {accuracy:.3f} (untranslated: {before:.3f})",
                 taken, ">= 0.8", taken >= 0.8),
            _row(way, f"median rank of the true pair of {pairs}, as a share (untranslated: {untouched:.3f})", rank,
                 "<= 0.2", rank <= 0.2),
        ]  # fmt: skip
        strips += [held[source][:_PICTURED], there[:_PICTURED], back[:_PICTURED]]
    caption = "CycleGAN: source, as target, and back; target, as source, and back"
    return found, (caption, report.strip(np.concatenate(strips), columns=_PICTURED, scale=2))


def style_judge(stores: dict[str, ImageStore], holdout: float) -> tuple[nn.Module, float]:
    """A classifier of the two styles, learnt on what the run trained on, and its accuracy on held-out images."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return _learnt_judge(stores, holdout)


def _learnt_judge(stores: dict[str, ImageStore], holdout: float) -> tuple[nn.Module, float]:
    channels = stores[SOURCE].shape.channels
    layers: list[nn.Module] = []
    for narrow, wide in ((channels, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(narrow, wide, 3, 2, 1), nn.BatchNorm2d(wide), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    parts = {side: store.split(holdout) for side, store in stores.items()}
    images = torch.cat([_tensor(store.images[parts[side][0]]) for side, store in stores.items()])
    labels = torch.cat([torch.full((len(parts[side][0]),), float(side == TARGET)) for side in stores])
    for _ in range(_JUDGE_EPOCHS):
        for chosen in torch.randperm(len(images)).split(64):
            loss = F.binary_cross_entropy_with_logits(network(images[chosen])[:, 0], labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    network.eval()
    right = [says(network, store.images[parts[side][1]]) == (side == TARGET) for side, store in stores.items()]
    return network, float(np.mean([part.mean() for part in right]))


@torch.inference_mode()
def says(judge: nn.Module, images: Images) -> NDArray[np.bool_]:
    """Whether the judge takes each image for the target."""
    return np.asarray(judge(_tensor(images))[:, 0] > 0)


def median_ranks(
    inputs: Images, there: Images, rows: NDArray[np.int64], stores: dict[str, ImageStore], source: str, target: str
) -> tuple[float, float, int]:
    """The median rank of the image of the same name among all of the target, as a share: of translations, and of
    images as they were; and how many have a pair."""
    names = {side: _names(side) for side in (source, target)}
    places = {name: i for i, name in enumerate(names[target])}
    paired = [i for i, row in enumerate(rows) if names[source][row] in places]
    true = np.array([places[names[source][rows[i]]] for i in paired])
    candidates = _embedded(stores[target].images[:])
    shares = []
    for images in (there, inputs):
        similar = _embedded(images[paired]) @ candidates.T
        own = similar[np.arange(len(paired)), true]
        shares.append(float(np.median((similar > own[:, None]).sum(axis=1))) / len(candidates))
    return shares[0], shares[1], len(paired)


def _names(side: str) -> list[str]:
    """The hidden key: names in the order of the archive, which is the store's."""
    file = {SOURCE: "emoji-noto.npz", TARGET: "emoji-fluent.npz"}[side]
    with np.load(resource("data", file), allow_pickle=False) as archive:
        return [str(name) for name in archive["names"]]


@torch.inference_mode()
def _embedded(images: Images) -> NDArray[np.float32]:
    """MobileNetV2's features of images, of length 1: (N, 1280)."""
    network = load_mobilenet()
    pieces = []
    for start in range(0, len(images), 128):
        large = F.interpolate(_tensor(images[start : start + 128]), size=_FEATURES_SIDE, mode="bilinear")
        pieces.append(F.normalize(network.embed(as_imagenet(large))))
    return torch.cat(pieces).numpy()


# -- SRGAN -------------------------------------------------------------------------------------------------------------


def restored(folder: Path, options: argparse.Namespace) -> tuple[list[dict[str, Any]], tuple[str, Any]]:
    """What came of SRGAN: at the end of pre-training, and at the end."""
    run_folder = RunFolder.open(folder)
    config = run_folder.config
    store = prepare(config.dataset)
    truth = store.images[store.split(config.dataset.holdout)[1][: options.count]]
    first = config.variant.pretraining // config.training.batch_size
    models = [TranslationModel.load(run_folder.checkpoint_path(step)) for step in (first, run_folder.checkpoints()[-1])]
    low = models[0].as_inputs(truth)
    bicubic = to_pixels(enlarge(_tensor(low), config.variant.scale))
    by_pixels, adversarial = (model.translate(low) for model in models)
    measures = {
        name: (psnr(images, truth).mean(), ssim(images, truth).mean(), edge_sharpness(images, truth).mean())
        for name, images in (("bicubic", bicubic), ("pre-training", by_pixels), ("adversarial", adversarial))
    }
    gain = float(measures["pre-training"][0] - measures["bicubic"][0])
    rise = float(measures["adversarial"][2] - measures["pre-training"][2])
    fall = float(measures["adversarial"][0] - measures["bicubic"][0])
    says_all = "; ".join(f"{name} {p:.2f} dB, SSIM {s:.3f}, edges {e:.3f}" for name, (p, s, e) in measures.items())
    run_name = f"SRGAN x{config.variant.scale}, {models[1].step} steps"
    found = [
        _row(run_name, f"PSNR of pre-training above bicubic, dB ({says_all})", gain, ">= 1", gain >= 1),
        _row(run_name, "sharpness of edges above pre-training's, as a share of the truth's", rise, "> 0", rise > 0),
        _row(run_name, "PSNR of the adversarial phase above bicubic, dB", fall, ">= -3", fall >= -3),
    ]
    strips = np.concatenate([images[:_PICTURED] for images in (bicubic, by_pixels, adversarial, truth)])
    return found, ("SRGAN: bicubic, pre-training, adversarial, truth", report.strip(strips, columns=_PICTURED))


def _row(name: str, measure: str, found: float, asked: str, passes: bool) -> dict[str, Any]:
    print(f"{name}: {measure}: {found:.3f} ({asked})", flush=True)
    return {"run": name, "measure": measure, "found": found, "asked": asked, "passes": passes}


def _tensor(images: Images) -> Tensor:
    """uint8 (N, H, W, C) as float32 (N, C, H, W) in [-1, 1]."""
    return torch.tensor(images).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1
