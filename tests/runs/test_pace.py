"""What an evaluation costs: speeds logged with one beside training, against those without."""

from __future__ import annotations

from ganstudio.runs.pace import Pace
from ganstudio.training.events import Progress


def logged(pace: Pace, *speeds: float) -> None:
    for speed in speeds:
        pace(Progress(step=1, time=1.0, images=64, images_per_second=speed, scalars={}))


def test_that_speeds_are_parted_and_mixed_stretches_left_out() -> None:
    pace = Pace()
    logged(pace, 5.0, 600.0, 620.0, 640.0)  # the first holds the warm-up
    assert pace.speeds() is None
    pace.turn(True)
    logged(pace, 400.0)  # partly without
    assert pace.speeds() is None
    logged(pace, 300.0, 310.0, 320.0)
    pace.turn(False)
    assert pace.speeds() == (620.0, 310.0)
    logged(pace, 410.0, 620.0, 620.0)
    assert pace.speeds() == (620.0, 310.0), "until the next one begins"
    pace.turn(True)
    assert pace.speeds() is None
    logged(pace, 500.0, 100.0)
    assert pace.speeds() == (620.0, 100.0)


def test_that_only_the_last_stretches_without_count() -> None:
    pace = Pace()
    logged(pace, 1.0, *[100.0] * 30, *[200.0] * 15)
    pace.turn(True)
    logged(pace, 1.0, 150.0)
    assert pace.speeds() == (200.0, 150.0)
