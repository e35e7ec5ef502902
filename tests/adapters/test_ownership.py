"""A scheduler writes rates only while it is in charge: in torch's sequences and chains, and beside other schedulers."""

import copy
import gc

import pytest
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import SWALR

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from support.updates import rates_of, train_groups

ORDERS = ["Sos", "oSs", "Sso", "Ss"]  # S builds the schedulers, s loads them, o loads the optimizer


def optimizer_of(*rates, kind=SGD):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in rates or (1.0,)]
    return kind(groups, lr=1.0)


def ours(text, updates):
    return lambda optimizer: Scheduler(optimizer, text, updates=updates)


def warm(optimizer):
    return LinearLR(optimizer, 0.25, total_iters=4)


SEQUENCES = {
    "ours, torch's": ([ours("warmup(span=3 updates)+constant", 4), lambda o: CosineAnnealingLR(o, 6)], [4]),
    "torch's, ours": ([warm, ours("cosine", 6)], [4]),
    "ours, ours": ([ours("warmup(span=3 updates)+constant", 4), ours("cosine(floor=0.1)", 6)], [4]),
    "ours from 0, torch's": (
        [ours("warmup(span=3 updates, first=0)+constant", 4), lambda o: ExponentialLR(o, 0.8)],
        [4],
    ),
    "ours to 0, ours": ([ours("linear", 4), ours("cosine(floor=0.1)", 6)], [4]),
    "ours, torch's, ours": (
        [ours("linear(floor=0.5)", 3), lambda o: ConstantLR(o, 0.5, total_iters=9), ours("linear", 4)],
        [3, 6],
    ),
    "torch's, ours, torch's": ([warm, ours("linear", 9), lambda o: StepLR(o, 2, 0.5)], [3, 6]),
    "ours, torch's that chains": (
        [ours("linear(floor=0.5)", 3), lambda o: MultiStepLR(o, [1, 3], 0.5)],
        [3],
    ),
}


def sequence(optimizer, name):
    parts, milestones = SEQUENCES[name]
    return SequentialLR(optimizer, [part(optimizer) for part in parts], list(milestones))


def expected(name, updates, *rates):
    """Each part's own rates in its turn, from the initial rate on: by hand for ours, from torch for torch's."""
    parts, milestones = SEQUENCES[name]
    rows = []
    for part, start, stop in zip(parts, [0, *milestones], [*milestones, updates], strict=True):
        optimizer = optimizer_of(*rates)
        rows += train_groups(optimizer, part(optimizer), stop - start)
    return rows


def resume(order, build, states, *rates, kind=SGD):
    optimizer, scheduler = optimizer_of(*rates, kind=kind), None
    for act in order:
        if act == "S":
            scheduler = build(optimizer)
        elif act == "o":
            optimizer.load_state_dict(copy.deepcopy(states[0]))
        else:
            scheduler.load_state_dict(copy.deepcopy(states[1]))
    return optimizer, scheduler


# torch's own parts set back to their first rate at the hand-over only where they are written in closed form.
CLOSED = [name for name in SEQUENCES if not name.startswith("torch's, ours, ")]


@pytest.mark.filterwarnings("ignore:update .* was made beyond the horizon:UserWarning")
@pytest.mark.parametrize("name", CLOSED)
def test_each_part_of_a_sequence_has_its_turn_alone(name):
    optimizer = optimizer_of(1.0, 0.25)
    used = train_groups(optimizer, sequence(optimizer, name), 10)
    assert used == [pytest.approx(row) for row in expected(name, 10, 1.0, 0.25)]


@pytest.mark.filterwarnings("ignore:update .* was made beyond the horizon:UserWarning")
@pytest.mark.filterwarnings("ignore:the optimizer's rate was:UserWarning")
@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_sequence_resumes_at_every_update_in_every_order(name, order, kind):
    def build(optimizer):
        return sequence(optimizer, name)

    whole_optimizer = optimizer_of(1.0, 0.25, kind=kind)
    whole_scheduler = build(whole_optimizer)
    states, whole = [], []
    for _ in range(10):
        states.append(copy.deepcopy((whole_optimizer.state_dict(), whole_scheduler.state_dict())))
        whole += train_groups(whole_optimizer, whole_scheduler, 1)
    for t, saved in enumerate(states):
        assert train_groups(*resume(order, build, saved, 1.0, 0.25, kind=kind), 10 - t) == whole[t:], f"from update {t}"


@pytest.mark.parametrize("name", ["ours, torch's", "torch's, ours", "ours, ours"])
@pytest.mark.parametrize("t", [1, 5])
def test_a_loaded_optimizer_keeps_its_rates_in_anothers_turn(name, t):
    optimizer = optimizer_of()
    scheduler = sequence(optimizer, name)
    train_groups(optimizer, scheduler, t)
    before = rates_of(optimizer)
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert rates_of(optimizer) == before
    scheduler.get_last_lr()
    assert rates_of(optimizer) == before


def test_a_late_group_is_not_lifted_by_one_that_waits():
    optimizer = optimizer_of()
    first, second = ours("constant", 9)(optimizer), ours("linear", 4)(optimizer)
    parts = SequentialLR(optimizer, [first, second], [5])
    train_groups(optimizer, parts, 2)
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": 0.5})
    assert second.get_last_lr() == [1.0, 0.5]
    assert [row[1] for row in train_groups(optimizer, parts, 6)] == [0.5, 0.5, 0.5, 0.5, 0.375, 0.25]
    assert [row[1] for row in train_groups(optimizer, parts, 1)] == [0.125]


def test_a_late_group_is_not_lifted_after_the_hand_over_to_torch():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "linear(floor=0.5)", updates=4)
    train_groups(optimizer, scheduler, 4)
    swa = SWALR(optimizer, 0.05, anneal_epochs=1)
    train_groups(optimizer, swa, 2)
    assert rates_of(optimizer) == [0.05]
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": 0.01})
    optimizer.step()
    assert scheduler.get_last_lr() == rates_of(optimizer) == [0.05, 0.01]


def swa_run(optimizer, scheduler, swa, start, stop):
    used = []
    for t in range(start, stop):
        used.append(rates_of(optimizer)[0])
        optimizer.step()
        (scheduler if t < 4 else swa).step()
    return used


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
@pytest.mark.parametrize("order", ORDERS)
def test_swalr_takes_over_and_resumes(order):
    def build(optimizer):
        return Scheduler(optimizer, "linear(floor=0.5)", updates=4), SWALR(optimizer, 0.05, anneal_epochs=3)

    optimizer = optimizer_of()
    scheduler, swa = build(optimizer)
    theirs = optimizer_of()
    whole = swa_run(theirs, LinearLR(theirs, 1.0, 0.5, total_iters=4), SWALR(theirs, 0.05, anneal_epochs=3), 0, 9)
    for t in range(9):
        states = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict(), swa.state_dict()))
        assert rates_of(optimizer) == [pytest.approx(whole[t])]
        other = optimizer_of()
        for act in order:
            if act == "S":
                pair = build(other)
            elif act == "o":
                other.load_state_dict(states[0])
            else:
                pair[0].load_state_dict(states[1])
                pair[1].load_state_dict(states[2])
        assert swa_run(other, *pair, t, 9) == pytest.approx(whole[t:]), f"from update {t}"
        swa_run(optimizer, scheduler, swa, t, t + 1)


# Beside torch's schedulers, the rate is the product, as it is of two of torch's.
# Ours, the same curve of torch's, the other.
PAIRS = {
    "step and linear": (
        ours("step(every=2 updates, gamma=0.5)", 20),
        lambda o: StepLR(o, 2, 0.5),
        lambda o: LinearLR(o, 0.5, total_iters=4),
    ),
    "linear and step": (
        ours("linear", 20),
        lambda o: LambdaLR(o, lambda t: 1 - t / 20),
        lambda o: StepLR(o, 3, 0.1),
    ),
    "exponential and constant": (
        ours("exponential(gamma=0.5, every=5 updates)", 20),
        lambda o: ExponentialLR(o, 0.5**0.2),
        lambda o: ConstantLR(o, 0.3, total_iters=5),
    ),
    "step and exponential": (
        ours("multi_step(at=[3 updates, 6 updates])", 20),
        lambda o: MultiStepLR(o, [3, 6], 0.1),
        lambda o: ExponentialLR(o, 0.9),
    ),
    "warm-up and steps": (
        ours("warmup(span=3 updates)+constant", 20),
        lambda o: LinearLR(o, 0.25, total_iters=3),
        lambda o: MultiStepLR(o, [2, 5], 0.5),
    ),
}


def chain(optimizer, first, second, chained):
    both = [first(optimizer), second(optimizer)]
    if chained:
        return ChainedScheduler(both)

    class Both:
        def step(self):
            for scheduler in both:
                scheduler.step()

        def state_dict(self):
            return [scheduler.state_dict() for scheduler in both]

        def load_state_dict(self, states):
            for scheduler, state in zip(both, states, strict=True):
                scheduler.load_state_dict(state)

    return Both()


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("chained", [True, False])
@pytest.mark.parametrize("last", [True, False])
def test_beside_torchs_schedulers_the_rates_multiply(name, chained, last):
    mine, same, other = PAIRS[name]
    if name == "linear and step":  # a LambdaLR after another overwrites it
        last = False
    used = []
    for one in (mine, same):
        optimizer = optimizer_of(1.0, 0.25)
        pair = (other, one) if last else (one, other)
        used.append(train_groups(optimizer, chain(optimizer, *pair, chained), 9))
    ours_used, theirs = used
    if name == "linear and step":  # the product, by hand
        theirs = [[rate * (1 - t / 20) * 0.1 ** (t // 3) for rate in (1.0, 0.25)] for t in range(9)]
    assert ours_used == [pytest.approx(row) for row in theirs]


@pytest.mark.filterwarnings("ignore:the optimizer's rate was:UserWarning")
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("last", [True, False])
def test_a_chain_resumes_in_every_order(name, order, last):
    mine, _, other = PAIRS[name]

    def build(optimizer):
        return chain(optimizer, *((other, mine) if last else (mine, other)), chained=True)

    optimizer = optimizer_of(1.0, 0.25)
    scheduler, states, whole = build(optimizer), [], []
    for _ in range(9):
        states.append(copy.deepcopy((optimizer.state_dict(), scheduler.state_dict())))
        whole += train_groups(optimizer, scheduler, 1)
    for t, saved in enumerate(states):
        assert train_groups(*resume(order, build, saved, 1.0, 0.25), 9 - t) == whole[t:], f"from update {t}"


def plateau_run(optimizer, scheduler, plateau, losses):
    used = []
    for loss in losses:
        used.append(rates_of(optimizer)[0])
        optimizer.step()
        scheduler.step()
        plateau.step(loss)
    return used


def test_a_torch_plateau_beside_a_warm_up():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "warmup(span=2 updates)+constant", updates=20)
    used = plateau_run(optimizer, scheduler, ReduceLROnPlateau(optimizer, patience=0), [1.0] * 6)
    assert used == pytest.approx([1 / 3, 2 / 3, 0.1, 0.01, 1e-3, 1e-4])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.filterwarnings("ignore:the optimizer's rate was:UserWarning")
def test_a_torch_plateau_beside_a_schedule_resumes(order):
    losses = [1.0, 0.9, 0.9, 0.8, 0.9, 0.9, 0.9, 0.7]

    def build(optimizer):
        scheduler = Scheduler(optimizer, "cosine(floor=0.1)", updates=10)
        return scheduler, ReduceLROnPlateau(optimizer, factor=0.3, patience=0)

    optimizer = optimizer_of()
    whole = plateau_run(optimizer, *build(optimizer), losses)
    for t in range(1, 8):
        optimizer = optimizer_of()
        pair = build(optimizer)
        plateau_run(optimizer, *pair, losses[:t])
        states = copy.deepcopy([one.state_dict() for one in (optimizer, *pair)])
        other = optimizer_of()
        for act in order:
            if act == "S":
                pair = build(other)
            elif act == "o":
                other.load_state_dict(states[0])
            else:
                pair[0].load_state_dict(states[1])
                pair[1].load_state_dict(states[2])
        assert plateau_run(other, *pair, losses[t:]) == whole[t:], f"from update {t}"


def test_a_rate_set_by_hand_in_a_run_is_used():
    optimizer = optimizer_of(1.0, 0.5)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    train_groups(optimizer, scheduler, 2)
    optimizer.param_groups[0]["lr"] = 0.4  # half of what it was
    used = train_groups(optimizer, scheduler, 3)
    assert used == [pytest.approx([0.4, 0.4]), pytest.approx([0.35, 0.35]), pytest.approx([0.3, 0.3])]


def test_a_changed_rate_of_0_is_remarked_on():
    optimizer = optimizer_of()
    scheduler = Scheduler(optimizer, "warmup(span=3 updates, first=0)+constant", updates=10)
    optimizer.param_groups[0]["lr"] = 0.01
    optimizer.step()
    with pytest.warns(UserWarning, match=r"changed the rate where the schedule's is 0.*let it begin above 0.*product"):
        scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(1 / 3)]


@pytest.mark.parametrize("chained", [True, False])
def test_two_of_lrlab_beside_each_other_are_refused_with_their_product(chained):
    optimizer = optimizer_of()
    both = chain(optimizer, ours("warmup(span=3 updates)+constant", 8), ours("linear", 8), chained)
    optimizer.step()
    words = r'"product\(of=\[warmup\(span=3 updates\)\+constant, linear\]\)" or "sequence'
    with pytest.raises(ScheduleError, match=words):
        both.step()


def test_the_scheduler_built_last_is_in_charge():
    optimizer = optimizer_of()
    first = Scheduler(optimizer, "linear", updates=10)
    train_groups(optimizer, first, 5)
    second = Scheduler(optimizer, "cosine", updates=4)
    assert rates_of(optimizer) == [1.0]
    assert train_groups(optimizer, second, 3)[2] == [pytest.approx(0.5)]
    with pytest.raises(ScheduleError, match=r"built or loaded later, cosine; build one"):
        first.step(epoch=2)


def test_the_one_before_goes_on_when_the_one_built_to_look_at_is_gone():
    optimizer = optimizer_of()
    first = Scheduler(optimizer, "linear", updates=10)
    train_groups(optimizer, first, 5)
    assert Scheduler(optimizer, "cosine", updates=4).get_last_lr() == [1.0]
    gc.collect()
    assert train_groups(optimizer, first, 2) == [[0.5], [0.4]]


def test_a_sequence_that_is_gone_leaves_the_rates():
    optimizer = optimizer_of()
    parts = sequence(optimizer, "ours, ours")
    train_groups(optimizer, parts, 6)
    before = rates_of(optimizer)
    del parts
    gc.collect()
    assert rates_of(optimizer) == before
