"""Models that reach beyond themselves: into their inputs, or to generators that are not torch's."""

import contextlib
import random

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import LAYOUTS, has_lanes, initial_model, train, train_stack
from lrlab.engine._memory import trial_bytes
from lrlab.errors import Unstackable
from lrlab.tasks import Task, seeded
from support.tasks import blobs, same_weights, trial


class Halves(nn.Module):
    """Halves its inputs and, in place, what it was given."""

    def __init__(self, change):
        super().__init__()
        self.change, self.layer = change, nn.Linear(2, 3)

    def forward(self, inputs):
        return self.layer(self.change(inputs))


def stated(inputs):
    inputs.mul_(0.5)
    return inputs


def stated_function(inputs):
    torch.relu_(inputs)
    return inputs


def added(inputs):
    copy = inputs
    copy += 1
    return inputs


def sliced(inputs):
    inputs[:, 0] *= 0.5
    inputs[:, 1] /= 2
    return inputs


def through_a_view(inputs):
    inputs.view(-1).mul_(0.5)
    return inputs


def through_numpy(inputs):
    with torch.no_grad():
        inputs.numpy()[:] *= 0.5
    return inputs


PAIRS = {
    "mul_": (lambda inputs: inputs.mul_(0.5), lambda inputs: inputs * 0.5),
    "a statement": (stated, lambda inputs: inputs * 0.5),
    "a function": (stated_function, nn.functional.relu),
    "another name": (added, lambda inputs: inputs + 1),
    "slices": (sliced, lambda inputs: inputs * 0.5),
    "a view": (through_a_view, lambda inputs: inputs * 0.5),
    "numpy": (through_numpy, lambda inputs: inputs * 0.5),
    "relu": (nn.ReLU(inplace=True), nn.ReLU()),
    "functional relu": (nn.functional.relu_, nn.functional.relu),
    "data": (lambda inputs: setattr(inputs, "data", inputs.data.mul_(0.5)) or inputs, lambda inputs: inputs * 0.5),
}


def halves(change):
    task = blobs(classes=3)
    return task.with_model(lambda: Halves(change))


def measured(trained):
    return trained.record.test, trained.record.validation, [epoch.to_dict() for epoch in trained.record.epochs]


@pytest.mark.parametrize("name", PAIRS)
def test_a_model_that_changes_its_inputs_is_measured_as_its_plain_twin(name):
    careless, plain = (halves(change) for change in PAIRS[name])
    asked = trial(careless, budget="4 epochs")
    before = [tensor.clone() for _, split in careless.splits() for tensor in split]
    trial_bytes(asked, careless)
    assert measured(train(asked, careless)) == measured(train(asked, plain))
    after = [tensor for _, split in careless.splits() for tensor in split]
    assert all(map(torch.equal, before, after))


@pytest.mark.parametrize("layout", [*LAYOUTS, *["lanes"] * has_lanes()])
@pytest.mark.parametrize("name", PAIRS)
def test_a_stack_of_such_models_is_the_plain_loop_or_refused(name, layout):
    careless = halves(PAIRS[name][0])
    before = [split.inputs.clone() for _, split in careless.splits()]
    trials = [trial(careless, seed=seed, peak=peak) for seed, peak in ((1, 0.1), (1, 0.03), (2, 0.1))]
    for chosen in (trials, trials[:2]):
        try:
            found = train_stack(chosen, careless, layout)
        except Unstackable:
            continue
        for one, asked in zip(found, chosen, strict=True):
            assert one.record.test.score == train(asked, careless).record.test.score
            assert one.record.test.loss == pytest.approx(train(asked, careless).record.test.loss, rel=1e-5)
    assert all(map(torch.equal, before, [split.inputs for _, split in careless.splits()]))


class MaxNorm(nn.Linear):
    """Puts a new tensor in the place of its weight, as the max-norm layers of EEGNet do."""

    def forward(self, inputs):
        self.weight.data = torch.renorm(self.weight.data, p=2, dim=0, maxnorm=0.5)
        return super().forward(inputs)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("layout", [*LAYOUTS, *["lanes"] * has_lanes()])
def test_a_weight_that_is_replaced_in_forward_is_trained_or_refused(layout, frozen):
    def model():
        limited = MaxNorm(2, 8)
        limited.weight.requires_grad_(not frozen)
        return nn.Sequential(limited, nn.ReLU(), nn.Linear(8, 3))

    task = blobs(classes=3).with_model(model)
    trials = [trial(task, seed=seed, peak=peak, precision="float64") for seed, peak in ((1, 0.1), (1, 0.03), (2, 0.1))]
    try:
        found = train_stack(trials, task, layout)
    except Unstackable:
        assert layout not in ("loop", "channels_last")
        return
    for one, asked in zip(found, trials, strict=True):
        plain = train(asked, task)
        for name, tensor in plain.weights.items():
            torch.testing.assert_close(one.weights[name], tensor, rtol=1e-10, atol=1e-12)
        assert plain.weights["0.weight"].norm(dim=1).max() > 0.49  # the limit was met


def drawn_from_numpy():
    layer = nn.Linear(2, 3)
    layer.weight.data = torch.tensor(np.random.normal(size=(3, 2)), dtype=torch.float32)  # noqa: NPY002
    return layer


def drawn_from_python():
    layer = nn.Linear(2, 3)
    layer.weight.data.fill_(random.random())
    return layer


@pytest.mark.parametrize("factory", [drawn_from_numpy, drawn_from_python, lambda: nn.Linear(2, 3)])
def test_weights_belong_to_the_seed_whichever_generator_they_come_from(factory):
    first, other = initial_model(factory, 1), initial_model(factory, 2)
    random.seed(5), np.random.seed(5), torch.manual_seed(5)  # noqa: NPY002
    assert same_weights(initial_model(factory, 1), first)
    assert not same_weights(first, other)


def test_all_generators_are_left_as_they_were():
    def draws():
        return random.random(), np.random.random(), torch.rand(()).item()  # noqa: NPY002

    random.seed(5), np.random.seed(5), torch.manual_seed(5)  # noqa: NPY002
    expected = draws()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)  # noqa: NPY002
    inside = []
    for _ in range(2):
        with contextlib.suppress(KeyError), seeded(2**63 - 1):
            inside.append(draws())
            raise KeyError
    assert inside[0] == inside[1]
    assert draws() == expected != inside[0]


def test_noise_from_numpy_belongs_to_the_seed():
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 3)

        def forward(self, inputs):
            return self.layer(inputs + float(np.random.normal()) * self.training)  # noqa: NPY002

    task = Task(**{name: getattr(blobs(), name) for name in ("train", "validation", "test")}, model=Noisy)
    first = train(trial(task), task).weights
    np.random.seed(9)  # noqa: NPY002
    again = train(trial(task), task).weights
    assert all(torch.equal(first[name], again[name]) for name in first)
