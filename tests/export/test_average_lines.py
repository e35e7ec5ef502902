"""The pasted lines of an average, run in a plain loop: what lrlab's own loop evaluates."""

import pytest
import torch

from lrlab.engine import train
from lrlab.engine._randomness import epoch_batches, initial_model
from lrlab.errors import LabError
from lrlab.export import average_lines
from lrlab.schedules import WeightAverage, parse_average
from support.tasks import blobs, trial

TEXTS = [
    "ema(decay=0.9)",
    "ema(decay=0.9, debias=false)",
    "swa(start=30%, every=3 updates)",
    "lawa(every=2 updates, last=3)",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_lines_keep_the_average_of_the_loop(text):
    task = blobs()
    asked = trial(task, average=text, schedule="constant")
    own = train(asked, task)
    length, examples = own.record.updates_per_epoch, len(task.train.inputs)
    made, loop = average_lines(parse_average(text), horizon=asked.horizon(examples)).split("# in the training loop")
    model = initial_model(task.model, 1)
    space = {"model": model, "torch": torch}
    exec(made, space)
    update, end = loop.partition("\n")[2].split("update_bn(")
    assert end.startswith("train_loader, averaged)")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for t in range(own.record.updates):
        batch = epoch_batches(examples, 16, 1, t // length)[t % length]
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(task.train.inputs[batch]), task.train.labels[batch]).backward()
        optimizer.step()
        exec(update, space | {"t": t})
    for name, weight in space["averaged"].module.state_dict().items():
        torch.testing.assert_close(weight, own.weights[name], rtol=1e-4, atol=1e-6)


def test_an_average_of_another_class_has_no_lines():
    class Odd(WeightAverage):
        def mix(self, horizon):
            return torch.ones(horizon.updates).numpy()

        def __str__(self):
            return "odd"

    with pytest.raises(LabError, match="write its mean of weights yourself"):
        average_lines(Odd(), horizon=trial(blobs()).horizon(60))


def test_a_mean_of_high_decay_keeps_its_digits():
    """torch counts in a tensor of int64, whose power of a decay is a float32; 1 - d^n lost half of its digits."""
    text = average_lines(parse_average("ema(decay=0.99999)"), horizon=trial(blobs()).horizon(120))
    space = {"model": torch.nn.Linear(1, 1), "torch": torch}
    exec(text.split("# in the training loop")[0], space)
    one, zero = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    for n in (1, 10, 1000):
        share = space["mix"](zero, one, torch.tensor(n)).item()
        exact = 1 / sum(0.99999**k for k in range(n + 1))
        assert share == pytest.approx(exact, rel=1e-11)
