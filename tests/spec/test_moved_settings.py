"""Weight decay and momentum that settings move: their values, and what is refused before training."""

import numpy as np
import pytest

from lrlab.errors import ScheduleError, StudyError
from lrlab.schedules import Horizon
from lrlab.spec import Optimizer, check_moved_settings, moved_decay, moved_momentum

HORIZON = Horizon(updates=4, updates_per_epoch=2)


def test_what_moves_is_the_setting_times_the_shape():
    chosen = Optimizer(
        name="adamw", momentum=0.8, weight_decay=0.2, momentum_schedule="linear", decay_schedule="linear"
    )
    momentum, decay = moved_momentum(chosen, HORIZON), moved_decay(chosen, HORIZON)
    np.testing.assert_allclose(momentum, [0.8, 0.6, 0.4, 0.2], rtol=1e-15)
    np.testing.assert_allclose(decay, [0.2, 0.15, 0.1, 0.05], rtol=1e-15)
    assert moved_momentum(Optimizer(), HORIZON) is None
    assert moved_decay(Optimizer(), HORIZON) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "adamw", "momentum_schedule": "scale(of=constant, by=2)"},
         r"less than 1, but .* takes 0\.9 to 1\.8 at update 0; give momentum below 0\.5, or a momentum_schedule"),
        ({"momentum_schedule": "piecewise_linear(at=[100%], values=[1, 2])"},
         r"takes 0\.9 to 1\.125 at update 1; give momentum below 0\.571, or"),
        ({"momentum": 0.5, "momentum_schedule": "scale(of=constant, by=2)"}, r"takes 0\.5 to 1 at update 0; give"),
    ],
)  # fmt: skip
def test_a_momentum_of_1_or_more_is_refused(fields, message):
    with pytest.raises(StudyError, match=message):
        check_moved_settings(Optimizer(**fields), HORIZON)


def test_a_shape_above_1_that_keeps_momentum_below_1_is_taken():
    check_moved_settings(Optimizer(momentum=0.49, momentum_schedule="scale(of=constant, by=2)"), HORIZON)


@pytest.mark.parametrize("field", ["momentum_schedule", "decay_schedule"])
def test_spans_that_do_not_fit_are_refused(field):
    with pytest.raises(ScheduleError, match="warmup"):
        check_moved_settings(Optimizer(**{field: "warmup(span=9 updates)+constant"}), HORIZON)
