"""Every optimizer over K trials against its twin of one: any settings, weights of several shapes, both precisions."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lrlab.engine import train, train_stack
from lrlab.engine._checkpoint import restore, save
from lrlab.engine._optimizer import evaluation_weights, make_optimizer, step
from lrlab.engine._parameter_groups import parameter_groups
from lrlab.engine._stack import Stack
from lrlab.engine._stack_optimizer import StackOptimizer
from lrlab.spec import OPTIMIZERS, Optimizer
from support.tasks import blobs, trial

UPDATES = 5


class Weights(nn.Module):
    """A matrix inside, a kernel, a norm, a head, and a parameter that is one number."""

    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.linear, self.kernel = nn.Linear(3, 4), nn.Conv2d(2, 3, 2)
        self.norm, self.head = nn.LayerNorm(4), nn.Linear(4, 2)
        self.temperature = nn.Parameter(torch.randn(()))
        self.double()


def gradients_at(model, t):
    return {
        name: torch.sin((t + 1) * 3.0 * weight.detach()) + 0.1 * weight.detach()
        for name, weight in model.named_parameters()
    }


@st.composite
def asked(draw):
    """Settings of an optimizer, and of 3 trials rates, momenta and decays of every update."""
    name = draw(st.sampled_from(list(OPTIMIZERS)))
    momentum = draw(st.sampled_from([0.0, 0.5, 0.9]))
    fields = {
        "name": name,
        "momentum": momentum,
        "beta2": draw(st.sampled_from([0.9, 0.99])),
        "no_decay": draw(st.booleans()),
        "layer_decay": 1.0 if name == "prodigy" else draw(st.sampled_from([1.0, 0.5])),
        "clip": draw(st.sampled_from([None, 0.5])),
    }
    if "nesterov" in OPTIMIZERS[name].fields and momentum:
        fields["nesterov"] = draw(st.booleans())
    number = st.floats(0.001, 1)
    rates = draw(st.lists(st.lists(number | st.just(0.0), min_size=UPDATES, max_size=UPDATES), min_size=3, max_size=3))
    course = st.lists(st.sampled_from([0.0, momentum, 0.8]), min_size=UPDATES, max_size=UPDATES)
    momenta = draw(st.lists(course, min_size=3, max_size=3))
    decays = draw(st.lists(st.sampled_from([0.0, 0.1]), min_size=3, max_size=3))
    return Optimizer(**fields), np.array(rates), np.array(momenta), np.array(decays)


@contextmanager
def every_number_in(precision):
    """torch's NAdam keeps the product of its momenta in the default precision, whatever that of the weights."""
    torch.set_default_dtype(precision)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def close(stacked, plain):
    """All is float64, eps 2e-16: some hundred operations on numbers of size 1, each magnified tenfold, are 2e-13."""
    torch.testing.assert_close(stacked, plain, rtol=1e-10, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(asked())
def test_a_stack_of_three_is_three_of_one(question):
    with every_number_in(torch.float64):
        compare_with_three(*question)


def compare_with_three(chosen, rates_KT, momenta_KT, decays_K):
    models = [Weights(seed) for seed in range(3)]
    named = [dict(model.named_parameters()) for model in models]
    stacked = {name: torch.stack([own[name].detach() for own in named]) for name in named[0]}
    ours = StackOptimizer(chosen, stacked, parameter_groups(models[0], chosen))
    theirs = [make_optimizer(model, chosen) for model in models]
    for t in range(UPDATES):
        gradients = [gradients_at(model, t) for model in models]
        values_FK = np.stack([rates_KT[:, t], momenta_KT[:, t], decays_K])
        multipliers = ours.multipliers(values_FK, next(iter(stacked.values())))
        ours.step(stacked, {name: torch.stack([own[name] for own in gradients]) for name in stacked}, multipliers)
        for model, optimizer, own, values in zip(models, theirs, gradients, values_FK.T.tolist(), strict=True):
            for name, weight in model.named_parameters():
                weight.grad = own[name].clone()
            step(optimizer, chosen, tuple(values))
    evaluated = ours.evaluation_weights()
    for k, (model, optimizer) in enumerate(zip(models, theirs, strict=True)):
        own = evaluation_weights(optimizer, model)
        assert own.keys() == evaluated.keys()
        for name, weight in model.named_parameters():
            close(stacked[name][k], weight.detach())
            if own:
                close(evaluated[name][k], own[name])


@pytest.mark.parametrize("name", [name for name, kind in OPTIMIZERS.items() if kind.momentum_argument])
def test_a_momentum_may_begin_at_none_and_move_later(name):
    momenta = np.array([[0.0, 0.0, 0.5, 0.0, 0.8], [0.0, 0.9, 0.5, 0.3, 0.0], [0.6, 0.0, 0.7, 0.0, 0.0]])
    with every_number_in(torch.float64):
        compare_with_three(Optimizer(name=name, momentum=0.0), np.full((3, UPDATES), 0.1), momenta, np.zeros(3))


def test_torchs_nadam_differs_by_its_product_in_float32_and_by_no_more():
    """Under a gradient of 1, m^ and v^ are 1, and update t moves by r (1 - mu) / (1 - P) + r mu' / (1 - P mu') m.

    Each of t products rounds P by eps / 2, which changes 1 / (1 - P) by the part P / (1 - P) of that: less than 1, as
    P < 0.5 throughout. So after T updates at rate r, |difference| <= r (eps / 2) (1 + 2 + .. + T) 2.
    """
    rate, eps = 0.1, torch.finfo(torch.float32).eps
    courses = []
    for precision in (torch.float32, torch.float64):
        with every_number_in(precision):
            weight = nn.Parameter(torch.ones(1, dtype=torch.float64))
            optimizer = torch.optim.NAdam([weight], lr=rate)
            for _ in range(UPDATES):
                weight.grad = torch.ones_like(weight)
                optimizer.step()
            courses.append(weight.item())
    bound = rate * eps * UPDATES * (UPDATES + 1) / 2
    assert 0 < abs(courses[0] - courses[1]) < bound
    stacked = {"weight": torch.ones(1, 1, dtype=torch.float64)}
    ours = StackOptimizer(Optimizer(name="nadamw", momentum=0.9), stacked)
    for _ in range(UPDATES):
        multipliers = ours.multipliers(np.array([[rate], [0.9], [0.0]]), stacked["weight"])
        ours.step(stacked, {"weight": torch.ones_like(stacked["weight"])}, multipliers)
    assert stacked["weight"].item() == pytest.approx(courses[1], rel=1e-14)


LATER = [name for name, kind in OPTIMIZERS.items() if kind.compiled is None]


def trials_of(task, name, **fields):
    peaks = OPTIMIZERS[name].peaks
    return [
        trial(task, schedule=plan, peak=peak, seed=seed, optimizer={"name": name, "weight_decay": 0.01}, **fields)
        for plan, peak, seed in (("warmup(span=3 updates)+linear", peaks[0], 1), ("constant", peaks[1], 2))
    ]


@pytest.mark.parametrize("name", LATER)
def test_whole_trials_are_the_plain_loops(name):
    task = blobs(dropout=0.3)
    trials = trials_of(task, name, precision="float64", budget="3 epochs")
    with every_number_in(torch.float64):
        stacked, plain = train_stack(trials, task, "grouped"), [train(each, task) for each in trials]
    for one, other in zip(stacked, plain, strict=True):
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-10)
        for name_, weight in other.weights.items():
            close(one.weights[name_], weight)


@pytest.mark.parametrize("name", LATER)
def test_a_stack_goes_on_from_its_checkpoint_bit_for_bit(name, tmp_path):
    task = blobs()
    trials = trials_of(task, name, budget="2 epochs")
    whole, halves = Stack(trials, task, "grouped"), Stack(trials, task, "grouped")
    for _ in range(3):
        whole.advance()
        halves.advance()
    save(halves, tmp_path / "half.pt")
    again = Stack(trials, task, "grouped")
    assert restore(again, tmp_path / "half.pt")
    while not whole.finished:
        whole.advance()
        again.advance()
    for name_, tensor in whole.backend.tensors().items():
        assert torch.equal(again.backend.tensors()[name_], tensor)
    assert whole.evaluate_final()[0][0].test.loss == again.evaluate_final()[0][0].test.loss


@pytest.mark.parametrize("name", LATER)
def test_bfloat16_trains_under_every_optimizer(name):
    (one,) = train_stack(trials_of(blobs(), name, precision="bfloat16", budget="1 epochs")[:1], blobs(), "grouped")
    assert one.record.outcome == "finished"
