"""The table of a run's rates: what counts as one epoch, and what is refused."""

import pytest

from lrlab.errors import ScheduleError
from lrlab.trainers._rate_table import make_rate_table

HALVED = "step(gamma=0.5, every=1 epochs)"


@pytest.mark.parametrize("epoch", [0, -1, 2.5, True])
@pytest.mark.parametrize("schedule", [HALVED, "cosine"])
def test_an_epoch_that_is_none_is_refused_and_not_taken_for_the_whole_run(schedule, epoch):
    with pytest.raises(ScheduleError, match=r"`1 <= updates_per_epoch <= .*` must hold for a whole number, but got"):
        make_rate_table(schedule, 0.1, 10, epoch, instead="")


def test_without_epochs_the_whole_run_is_one():
    assert len(make_rate_table("cosine", 0.1, 10, None, instead="").values) == 11
    assert make_rate_table(HALVED, 0.1, 10, 5, instead="").values[[0, 5]].tolist() == [0.1, 0.05]
    with pytest.raises(ScheduleError, match="write updates_per_epoch="):
        make_rate_table(HALVED, 0.1, 10, None, instead="")
