"""Phases of one optimizer: whatever drove it before, a schedule begins as over a fresh one, beside torch's own too.

The oracle is torch alone over the same construction, with a LambdaLR of the same curve in the place of lrlab's.
"""

import copy
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import SWALR

from lrlab import Horizon, parse
from lrlab.adapters import Scheduler, simulate

LENGTH = 9


def optimizer_of():
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in (1.0, 0.25)]
    return SGD(groups, lr=1.0)


def train(optimizer, schedulers, updates):
    used = []
    for _ in range(updates):
        used.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return used


def ours(text, updates=LENGTH, **options):
    return lambda optimizer: Scheduler(optimizer, text, updates=updates, **options)


def twin(text, updates=LENGTH, **_):
    rates = parse(text).bind(peak=1.0, horizon=Horizon(updates=updates, updates_per_epoch=1))
    return lambda optimizer: LambdaLR(optimizer, lambda t: float(rates(t)))


# What drove the optimizer before: for lrlab's and for its twin.
BEFORE = {
    "torch at a constant rate": lambda _: lambda o: ExponentialLR(o, 1.0),
    "torch down to 0": lambda _: lambda o: CosineAnnealingLR(o, 3),
    "torch in the middle": lambda _: lambda o: ExponentialLR(o, 0.5),
    "at a constant rate": lambda one: one("constant", 3),
    "down to 0": lambda one: one("cosine", 3),
    "to a floor": lambda one: one("cosine(floor=0.1)", 3),
    "in the middle": lambda one: one("linear", 10),
    "a sequence": lambda one: (
        lambda o: SequentialLR(o, [LinearLR(o, 0.5, total_iters=2), one("linear(floor=0.3)", 2)(o)], [2])
    ),
    "a sequence at its hand-over": lambda one: (
        lambda o: SequentialLR(o, [one("linear", 3)(o), ConstantLR(o, 0.3, 9)], [3])
    ),
    "a chain": lambda one: lambda o: ChainedScheduler([one("constant", 9)(o), StepLR(o, 3)]),
}
OTHERS = {
    "linear": lambda o: LinearLR(o, 0.1, total_iters=4),
    "constant": lambda o: ConstantLR(o, 0.3, 4),
    "step": lambda o: StepLR(o, 2, 0.5),
    "multiplicative": lambda o: MultiplicativeLR(o, lambda t: 0.9),
}


def nested(optimizer):
    return SequentialLR(optimizer, [LinearLR(optimizer, 0.1, total_iters=3), StepLR(optimizer, 2, 0.5)], [3])


CURVES = ["constant", "cosine", "warmup(span=3 updates)+linear(floor=0.2)", "step(every=2 updates, gamma=0.5)"]


def sequence(parts):
    def build(optimizer):
        first, second = [part(optimizer) for part in parts]
        return [SequentialLR(optimizer, [first, second], [4])]

    return build


def chain(parts):
    return lambda optimizer: [ChainedScheduler([part(optimizer) for part in parts])]


def apart(parts):
    return lambda optimizer: [part(optimizer) for part in parts]


def drive(optimizer, before, one, kept):
    for name in before:
        scheduler = BEFORE[name](one)(optimizer)
        train(optimizer, [scheduler], 3)
        kept.append(scheduler)


def product(text, other):
    """Each alone over a fresh optimizer, multiplied: what torch's schedulers that chain come to."""
    rows = []
    for one in (twin(text), other):
        optimizer = optimizer_of()
        rows.append(train(optimizer, [one(optimizer)], LENGTH))
    return [[a * b / rate for a, b, rate in zip(*pair, (1.0, 0.25), strict=True)] for pair in zip(*rows, strict=True)]


def check_resumed(build, whole, cut, order):
    """Saved at an update and loaded into a new optimizer, it goes on as the whole did."""
    states, optimizer, schedulers = whole(cut), optimizer_of(), []
    for act in order:
        if act == "S":
            schedulers = build(optimizer)
        elif act == "o":
            optimizer.load_state_dict(states[0])
        else:
            for scheduler, state in zip(schedulers, states[1], strict=True):
                scheduler.load_state_dict(state)
    return train(optimizer, schedulers, LENGTH - cut)


PHASES = st.lists(st.sampled_from(sorted(BEFORE)), max_size=2)
ORDERS = ["Sos", "oSs", "Sso", "Ss"]


@settings(max_examples=40, deadline=None)
@given(
    before=PHASES,
    other=st.sampled_from(sorted(OTHERS)),
    text=st.sampled_from(CURVES),
    how=st.sampled_from(["sequence", "chain", "apart"]),
    last=st.booleans(),
    alive=st.booleans(),
    peak=st.sampled_from([None, 1.0]),
    cut=st.integers(0, LENGTH - 1),
    order=st.sampled_from(ORDERS),
)
def test_a_composition_begins_as_over_a_fresh_optimizer(before, other, text, how, last, alive, peak, cut, order):
    compose = {"sequence": sequence, "chain": chain, "apart": apart}[how]

    def build_of(one):
        parts = (OTHERS[other], one) if last else (one, OTHERS[other])
        return compose(parts)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer, kept = optimizer_of(), []
        drive(optimizer, before, ours, kept)
        if not alive:
            kept.clear()
        build = build_of(ours(text, peak=peak))
        schedulers = build(optimizer)
        saved, used = [], []
        for _ in range(LENGTH):
            saved.append(copy.deepcopy((optimizer.state_dict(), [one.state_dict() for one in schedulers])))
            used += train(optimizer, schedulers, 1)
        if how == "sequence":
            theirs = optimizer_of()
            drive(theirs, before, twin, [])
            expected = train(theirs, build_of(twin(text))(theirs), LENGTH)
        else:
            expected = product(text, OTHERS[other])
        assert used == [pytest.approx(row) for row in expected]
        rest = check_resumed(build, saved.__getitem__, cut, order)
    assert rest == [pytest.approx(row) for row in expected[cut:]]


@settings(max_examples=20, deadline=None)
@given(
    before=st.lists(st.sampled_from(["at a constant rate", "torch at a constant rate"]), max_size=2),
    other=st.sampled_from(["linear", "constant", "step"]),
    last=st.booleans(),
    how=st.sampled_from(["chain", "apart"]),
)
def test_after_phases_at_a_constant_rate_two_multiply_as_torchs_own_do(before, other, last, how):
    """Torch's own chain goes on from the rate it finds, which is the initial one here."""
    used = []
    for one, mine in ((ours, ours("step(every=3 updates, gamma=0.5)")), (twin, lambda o: StepLR(o, 3, 0.5))):
        optimizer, kept = optimizer_of(), []
        drive(optimizer, before, one, kept)
        parts = (OTHERS[other], mine) if last else (mine, OTHERS[other])
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # nothing is lost, so there is nothing to say
            used.append(train(optimizer, {"chain": chain, "apart": apart}[how](parts)(optimizer), LENGTH))
    assert used[0] == [pytest.approx(row) for row in used[1]]


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")  # torch's, of a sequence inside a sequence
@pytest.mark.parametrize("name", ["torch at a constant rate", "at a constant rate", "to a floor", "down to 0"])
@pytest.mark.parametrize("other", [OTHERS["linear"], nested])
@pytest.mark.parametrize("how", [sequence, chain])
def test_what_torch_made_of_the_rate_is_not_the_initial_rate(name, other, how):
    optimizer, kept = optimizer_of(), []
    drive(optimizer, [name], ours, kept)
    how((other, ours("linear")))(optimizer)
    assert [group["initial_lr"] for group in optimizer.param_groups] == [1.0, 0.25]


@pytest.mark.filterwarnings("ignore:the optimizer's rate was:UserWarning")
@pytest.mark.parametrize("before", BEFORE)
def test_beside_a_sequence_of_torchs_until_that_hands_over(before):
    optimizer, kept = optimizer_of(), []
    drive(optimizer, [before], ours, kept)
    used = train(optimizer, chain((nested, ours("linear")))(optimizer), 3)
    assert used == [pytest.approx(row) for row in product("linear", nested)[:3]]


def test_a_rate_that_torch_left_is_told_and_not_taken_for_one_set_by_hand():
    optimizer = optimizer_of()
    train(optimizer, [Scheduler(optimizer, "linear", updates=6)], 3)
    theirs = ExponentialLR(optimizer, 0.5)
    train(optimizer, [theirs], 3)
    scheduler = Scheduler(optimizer, "linear", updates=4)
    with pytest.warns(UserWarning, match="rate was 0.0625 .* write peak=0.0625"):
        assert scheduler.get_last_lr() == [1.0, 0.25]


def test_a_rate_set_by_hand_before_a_chain_is_where_it_begins():
    optimizer = optimizer_of()
    train(optimizer, [Scheduler(optimizer, "cosine(floor=0.001)", updates=3)], 3)
    optimizer.param_groups[0]["lr"] = 0.2
    optimizer.param_groups[1]["lr"] = 0.2
    used = train(optimizer, chain((OTHERS["linear"], ours("constant")))(optimizer), 5)
    assert [row[0] for row in used] == pytest.approx([0.02, 0.065, 0.11, 0.155, 0.2])


@pytest.mark.parametrize("first", [0, 1])
def test_one_that_sets_the_rate_beside_a_constant(first):
    def other(optimizer):
        return LambdaLR(optimizer, lambda t: (t + first) / 4)

    used = []
    for before in ([], ["torch in the middle"], ["to a floor"]):
        optimizer, kept = optimizer_of(), []
        drive(optimizer, before, ours, kept)
        used.append(train(optimizer, chain((other, ours("constant")))(optimizer), 4))
    assert used[0] == used[1] == used[2]


@pytest.mark.parametrize("other", [lambda o: SWALR(o, 0.05), lambda o: ReduceLROnPlateau(o, patience=0)])
def test_one_that_keeps_the_rate_leaves_the_remark_on_it(other):
    optimizer, kept = optimizer_of(), []
    drive(optimizer, ["torch in the middle"], ours, kept)
    kept.append(other(optimizer))
    with pytest.warns(UserWarning, match="rate was 0.125 .*`initial_lr` = 1,"):
        assert Scheduler(optimizer, "linear", updates=4).get_last_lr() == [1.0, 0.25]


def test_a_remark_in_a_chain_points_to_the_line_of_the_loop():
    optimizer, kept = optimizer_of(), []
    drive(optimizer, ["torch down to 0"], ours, kept)
    (both,) = chain((OTHERS["linear"], ours("constant")))(optimizer)
    optimizer.step()
    with pytest.warns(UserWarning, match="rate was 0 .*write peak=0") as said:
        both.step()
    assert said[0].filename == __file__


@pytest.mark.parametrize("how", [sequence, chain])
@pytest.mark.parametrize("last", [True, False])
def test_simulate_gives_the_rates_of_a_fresh_optimizer(how, last):
    parts = (OTHERS["linear"], ours("cosine")) if last else (ours("cosine"), OTHERS["linear"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        curve = simulate(lambda optimizer: how(parts)(optimizer)[0], LENGTH, lr=[1.0, 0.25])
    optimizer = optimizer_of()
    assert curve.T.tolist() == train(optimizer, how(parts)(optimizer), LENGTH)


@pytest.mark.parametrize("how", [sequence, chain])
@pytest.mark.parametrize("text", ["constant", "linear", "cosine(floor=0.1)"])
def test_rates_that_are_tensors(text, how):
    used = []
    for before in ([], [text]):
        optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=torch.tensor(1.0))
        for phase in before:
            train(optimizer, [Scheduler(optimizer, phase, updates=3)], 3)
        used.append(train(optimizer, how((OTHERS["linear"], ours("constant")))(optimizer), LENGTH))
    assert used[0] == used[1]
