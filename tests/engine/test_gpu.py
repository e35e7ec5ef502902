"""The same stacks on a graphics card: equal to the plain loop there, and close to the processor."""

import pytest
import torch

from lrlab.engine import train, train_stack, verify
from lrlab.testing.tasks import blobs, trial

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card that torch sees"),
]


@pytest.mark.parametrize("layout", ["grouped", "vmap", "loop"])
def test_a_stack_is_the_plain_loop_on_a_card_too(layout):
    task = blobs(dropout=0.3).to("cuda")
    trials = [trial(task, peak=peak, seed=seed, precision="float64") for peak, seed in ((0.1, 1), (0.03, 1), (0.1, 2))]
    found = verify(trials, task, layout)
    assert all(deviation.equal for deviation in found), found[:3]
    record = train_stack(trials, task, layout)[0].record
    assert record.provenance.device == torch.cuda.get_device_name()


def test_without_random_draws_a_card_gives_what_the_processor_gives():
    task = blobs()
    made = trial(task, precision="float64")
    there, here = train(made, task.to("cuda")).record, train(made, task).record
    assert there.test.loss == pytest.approx(here.test.loss, rel=1e-9)


def test_bfloat16_is_a_rounding_not_another_training():
    task = blobs().to("cuda")
    rough, fine = (train(trial(task, precision=precision), task).record for precision in ("bfloat16", "float32"))
    assert rough.test.loss == pytest.approx(fine.test.loss, rel=0.1)
