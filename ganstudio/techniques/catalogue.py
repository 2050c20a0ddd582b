"""All techniques, in the order in which they join a game: weights start before they are normalised, images are
augmented before noise is added, and what names parameters comes last."""

from __future__ import annotations

from ganstudio.techniques.augment import ADAPTIVE, AUGMENT
from ganstudio.techniques.dropout import DROPOUT
from ganstudio.techniques.ema import EMA
from ganstudio.techniques.feature_matching import FEATURE_MATCHING
from ganstudio.techniques.gradient_clipping import GRADIENT_CLIPPING
from ganstudio.techniques.instance_noise import INSTANCE_NOISE
from ganstudio.techniques.label_smoothing import LABEL_SMOOTHING
from ganstudio.techniques.lecam import LECAM
from ganstudio.techniques.minibatch import MINIBATCH
from ganstudio.techniques.orthogonal import ORTHOGONAL_START, ORTHOGONAL_WEIGHTS
from ganstudio.techniques.pace import PACE
from ganstudio.techniques.penalties import PENALTIES
from ganstudio.techniques.perturbation import PERTURBATION
from ganstudio.techniques.plateau import REDUCE, STOP
from ganstudio.techniques.schedule import SCHEDULE, WARM_UP
from ganstudio.techniques.settling import SETTLING
from ganstudio.techniques.spectral_norm import SPECTRAL_NORMS
from ganstudio.techniques.technique import Technique
from ganstudio.techniques.transfer import FREEZE, TRANSFER
from ganstudio.techniques.unrolled import UNROLLED
from ganstudio.techniques.weight_clipping import WEIGHT_CLIPPING
from ganstudio.techniques.weight_decay import WEIGHT_DECAY

TECHNIQUES: tuple[Technique, ...] = (
    EMA,
    LABEL_SMOOTHING,
    ORTHOGONAL_START,
    *SPECTRAL_NORMS,
    AUGMENT,
    ADAPTIVE,
    INSTANCE_NOISE,
    *PENALTIES,
    LECAM,
    PERTURBATION,
    FEATURE_MATCHING,
    UNROLLED,
    MINIBATCH,
    DROPOUT,
    ORTHOGONAL_WEIGHTS,
    WEIGHT_CLIPPING,
    *GRADIENT_CLIPPING,
    *WEIGHT_DECAY,
    SCHEDULE,
    WARM_UP,
    PACE,
    REDUCE,
    SETTLING,
    STOP,
    TRANSFER,
    FREEZE,
)
