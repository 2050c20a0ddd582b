"""Every technique, switched on: settings by technique, with dots written ``__``."""

from __future__ import annotations

from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {
    "ema": {"techniques__ema__half_life": 50.0},
    "label-smoothing": {"techniques__real_label": 0.9},
    "orthogonal-start": {"techniques__orthogonal_start": True},
    "spectral-norm-discriminator": {"techniques__spectral_norm__discriminator": True},
    "spectral-norm-generator": {"techniques__spectral_norm__generator": True},
    "augment": {
        "techniques__augment__policy": "ada",
        "techniques__augment__adaptive": False,
        "techniques__augment__probability": 0.5,
    },
    "adaptive-augment": {"techniques__augment__policy": "ada", "techniques__augment__speed": 20},
    "instance-noise": {"techniques__instance_noise__sigma": 0.2, "techniques__instance_noise__length": 100},
    "gradient-penalty": {"objective__penalties__gradient__weight": 10.0},
    "one-sided-penalty": {"objective__penalties__one_sided__weight": 10.0},
    "zero-centred-penalty": {"objective__penalties__zero_centred__weight": 10.0},
    "r1-penalty": {"objective__penalties__r1__weight": 1.0, "objective__penalties__r1__every": 2},
    "r2-penalty": {"objective__penalties__r2__weight": 1.0},
    "lecam": {"techniques__lecam__weight": 0.3, "techniques__lecam__start": 0},
    "perturbation": {"techniques__perturbation": 4.0},
    "feature-matching": {"techniques__feature_matching__weight": 1.0},
    "unrolled": {"techniques__unrolled__steps": 1},
    "minibatch": {"techniques__minibatch__kind": "discrimination"},
    "dropout": {"techniques__dropout": 0.3},
    "orthogonal-weights": {"objective__orthogonal": 1e-4},
    "weight-clipping": {"techniques__weight_clip": 0.01},
    "clip-value-generator": {"optimizer__generator__clip_value": 0.01},
    "clip-norm-generator": {"optimizer__generator__clip_norm": 0.01},
    "clip-value-discriminator": {"optimizer__discriminator__clip_value": 0.01},
    "clip-norm-discriminator": {"optimizer__discriminator__clip_norm": 0.01},
    "weight-decay-generator": {"optimizer__generator__weight_decay": 0.01},
    "weight-decay-discriminator": {"optimizer__discriminator__weight_decay": 0.01},
    "schedule": {"optimizer__schedule__name": "cosine", "optimizer__schedule__length": 100},
    "warm-up": {"optimizer__schedule__warmup": 100},
    "rates-by-accuracy": {"optimizer__schedule__accuracy": 0.7},
    "reduce-on-plateau": {"optimizer__schedule__plateau": 2, "evaluation__every": 100},
    "stop-on-plateau": {"training__stop__plateau": 2, "evaluation__every": 100},
    "stop-when-settled": {"training__stop__settled": 0.01},
    "transfer": {"techniques__transfer__run": "no-such-run"},
    "freeze": {"techniques__transfer__run": "no-such-run", "techniques__transfer__freeze": 1},
}
