"""Latents by seed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from ganstudio.latent.sampling import latent, latents


def test_that_a_seed_always_means_the_same_latent() -> None:
    np.testing.assert_array_equal(latent(7, 64), latent(7, 64))
    assert latent(7, 64).dtype == np.float32
    assert not np.array_equal(latent(7, 64), latent(8, 64))


def test_that_a_seed_means_the_same_in_another_process() -> None:
    code = "from ganstudio.latent.sampling import latent; print(latent(3401, 4).tolist())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(latent(3401, 4).tolist())


def test_that_the_first_latents_do_not_depend_on_how_many_are_drawn() -> None:
    np.testing.assert_array_equal(latents(1, 100, 8)[:10], latents(1, 10, 8))


def test_that_latents_are_standard_normal() -> None:
    z = latents(0, 2000, 32)
    assert abs(float(z.mean())) < 0.02
    assert abs(float(z.std()) - 1.0) < 0.02
    assert abs(np.corrcoef(z[:, 0], z[:, 1])[0, 1]) < 0.1


def test_that_sampling_does_not_import_torch() -> None:
    code = "import sys; from ganstudio.latent import sampling, interpolation; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
