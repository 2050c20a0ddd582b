"""The bench of an evaluation beside training, on a run so small that it takes seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganstudio.bench.engine import DCGAN
from ganstudio.bench.statistics import Effort
from ganstudio.desktop import bench, bench_evaluation
from ganstudio.variants.recipes import compose


@pytest.mark.slow
def test_that_the_window_is_watched_until_each_evaluation_has_come(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANSTUDIO_HOME", str(tmp_path))
    small = compose(
        {
            "variant.name": "vanilla",
            "dataset.limit": 120,
            "training.batch_size": 8,
            "training.log_every": 50,
            "training.samples": 4,
            "training.steps": 1_000_000,
            "variant.generator_width": 8,
            "variant.discriminator_width": 8,
            "evaluation.share": 1.0,
            "threads": 1,
        }
    )
    monkeypatch.setattr(bench, "configs", lambda: {DCGAN: small})
    said: list[str] = []
    found = bench_evaluation.measure(Effort(1, 0.1), said.append)

    assert len(said) == 3
    assert set(found["evaluating_latency_ms"]) == {"first", "cached", "stopped"}
    for name, latency in found["evaluating_latency_ms"].items():
        assert 0 <= latency["p50"] <= latency["p99"] <= latency["max"], name
        assert found["evaluation"][name]["seconds"] > 0
    assert found["evaluation"]["samples"] == 100
    assert found["evaluated_over_unevaluated"] == pytest.approx(
        found["evaluation"]["first"]["images_per_second"] / found["evaluation"]["unevaluated_images_per_second"],
        rel=0.01,
    )
