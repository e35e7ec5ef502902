"""t counts the updates the optimizer really made: not batches, not calls, not what a gradient scaler skipped."""

import functools

import pytest
import torch
from torch.distributed.checkpoint.state_dict import get_state_dict
from torch.optim import LBFGS, SGD, Adam, AdamW, Optimizer

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from lrlab.schedules import parse


def build(**options):
    weight = torch.ones(1, requires_grad=True)
    optimizer = SGD([weight], lr=1.0, **options)
    return weight, optimizer, Scheduler(optimizer, "linear", updates=10)


# A fused optimizer is called even when its update is skipped; the plain one is not.
@pytest.mark.parametrize("fused", [False, True])
def test_updates_skipped_by_a_gradient_scaler_do_not_count(fused):
    weight, optimizer, scheduler = build(fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    overflows = [True, True, False, False, True, False]
    seen, moved = [], []
    for overflow in overflows:
        before = weight.item()
        optimizer.zero_grad()
        scaler.scale((weight * (float("inf") if overflow else 0.1)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        seen.append(scheduler.t)
        moved.append(weight.item() != before)
    assert moved == [not overflow for overflow in overflows]
    assert seen == [0, 0, 1, 2, 2, 3]
    assert scheduler.get_last_lr() == [pytest.approx(0.7)]


@pytest.mark.parametrize("called", ["after every batch", "after every update"])
def test_accumulated_gradients_are_one_update(called):
    weight, optimizer, scheduler = build()
    used = []
    for batch in range(12):
        (weight * 0.1).sum().backward()
        if (batch + 1) % 4 == 0:
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            optimizer.zero_grad()
            if called == "after every update":
                scheduler.step()
        if called == "after every batch":
            scheduler.step()
    assert used == [1, 0.9, 0.8]


def test_several_calls_for_one_update_count_once():
    _, optimizer, scheduler = build()
    for _ in range(3):
        optimizer.step()
        for _ in range(4):
            scheduler.step()
    assert scheduler.t == 3


def test_the_call_may_stand_before_the_optimizers():
    _, optimizer, scheduler = build()
    used = []
    for _ in range(3):
        scheduler.step()
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
    assert used == [1, 0.9, 0.8]


def test_one_call_an_epoch_catches_up():
    _, optimizer, scheduler = build()
    for _ in range(4):
        optimizer.step()
    scheduler.step()
    assert (scheduler.t, scheduler.get_last_lr()) == (4, [0.6])


def test_two_schedulers_count_for_themselves():
    _, optimizer, scheduler = build(momentum=0.5)
    other = Scheduler(SGD([torch.ones(1, requires_grad=True)], lr=1.0), "linear", updates=10)
    optimizer.step()
    scheduler.step()
    other.step()
    assert (scheduler.t, other.t) == (1, 0)


def test_one_step_with_a_closure_is_one_update():
    weight = torch.ones(1, requires_grad=True)
    optimizer = LBFGS([weight], lr=0.1, max_iter=5)
    scheduler = Scheduler(optimizer, "linear", updates=10)

    def closure():
        optimizer.zero_grad()
        loss = (weight**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    scheduler.step()
    assert scheduler.t == 1


def test_updates_that_cannot_be_seen_are_told():
    _, _, scheduler = build()
    scheduler.step(updates=3)
    assert scheduler.t == 3
    scheduler.step(updates=0)
    assert scheduler.t == 3


def test_updates_that_are_told_do_not_count_twice():
    _, optimizer, scheduler = build()
    for _ in range(3):
        optimizer.step()
        scheduler.step(updates=1)
        scheduler.step()
    assert scheduler.t == 3


def test_calls_that_change_nothing_a_thousand_times_over_are_remarked_once():
    _, optimizer, scheduler = build()
    for _ in range(999):
        scheduler.step()
    with pytest.warns(UserWarning, match=r"1000 times in a row .* write step\(updates=1\)"):
        scheduler.step()
    for _ in range(2000):
        scheduler.step()
    optimizer.step()
    scheduler.step()
    assert scheduler.t == 1


class Wrapper(Optimizer):
    """What libraries put around an optimizer: one by class, without the parts of its own."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.param_groups = optimizer.param_groups if optimizer else [{"params": [], "lr": 1.0}]

    def step(self, closure=None):
        self.optimizer.step()


def test_a_wrapped_optimizer_is_seen_through():
    _, optimizer, _ = build()
    wrapper = Wrapper(Wrapper(optimizer))
    scheduler = Scheduler(wrapper, "linear", updates=10)
    wrapper.step()
    scheduler.step()
    assert (scheduler.t, optimizer.param_groups[0]["lr"]) == (1, 0.9)


def test_an_optimizer_that_cannot_be_watched_is_refused():
    with pytest.raises(ScheduleError, match="Wrapper has none; give the scheduler the torch optimizer itself"):
        Scheduler(Wrapper(None), "linear", updates=10)


# Only the outermost update counts. What follows are ways in which one update makes several steps of an optimizer, or in
# which a step is none.


class Clipped(SGD):
    def step(self, closure=None):
        return super().step(closure)


class Twice(Clipped):
    def step(self, closure=None):
        super().step()
        return super().step(closure)


class Sharp(Optimizer):
    """Like SAM: a base optimizer over the same groups, stepped by `step` or by `second_step` alone."""

    def __init__(self, parameters, **options):
        super().__init__(parameters, options)
        self.base_optimizer = SGD(self.param_groups, **options)
        self.param_groups = self.base_optimizer.param_groups

    def first_step(self):
        pass

    def second_step(self):
        self.base_optimizer.step()

    def step(self, closure=None):
        self.first_step()
        self.second_step()


class Outer(Optimizer):
    """Steps an optimizer made elsewhere twice for each update of its own."""

    def __init__(self, inner):
        super().__init__([{"params": group["params"]} for group in inner.param_groups], {"lr": 1.0})
        self.parts = [inner]

    def step(self, closure=None):
        for _ in range(2):
            self.parts[0].step()


def weights():
    weight = torch.ones(1, requires_grad=True)
    weight.grad = torch.ones(1)
    return [weight]


def sharp_halves(optimizer):
    optimizer.first_step()
    optimizer.second_step()


def monkeypatched(optimizer):
    plain = optimizer.step
    optimizer.step = lambda closure=None: plain(closure)
    return optimizer


def partially(optimizer):
    optimizer.step = functools.partial(optimizer.step, closure=None)
    return optimizer


def compiled(optimizer):
    optimizer.step = torch.compile(optimizer.step, backend="eager")
    return optimizer


def step(optimizer):
    optimizer.step()


WAYS = {
    "a subclass that calls super().step()": (lambda: Clipped(weights(), lr=1.0), step),
    "a subclass of it that steps twice": (lambda: Twice(weights(), lr=1.0), step),
    "a two-step wrapper, by its step": (lambda: Sharp(weights(), lr=1.0), step),
    "a two-step wrapper, by its halves": (lambda: Sharp(weights(), lr=1.0), sharp_halves),
    "a step that was replaced": (lambda: monkeypatched(SGD(weights(), lr=1.0)), step),
    "a partial step": (lambda: partially(SGD(weights(), lr=1.0)), step),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("others", [False, True])
def test_one_update_counts_once(way, others):
    make, update = WAYS[way]
    optimizer = make()
    scheduler = Scheduler(optimizer, "linear", updates=10)
    used = []
    for t in range(10):
        if others and t == 3:  # torch hooks a class when its first instance is made
            SGD(weights(), lr=1.0)
            Clipped(weights(), lr=1.0)
        used.append(scheduler.get_last_lr()[0])
        update(optimizer)
        scheduler.step()
    assert used == pytest.approx([1 - t / 10 for t in range(10)])
    assert scheduler.t == 10


@pytest.mark.filterwarnings("ignore:.*will be ignored:UserWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("kind", [SGD, Clipped])
def test_one_update_counts_once_where_the_step_is_compiled(first, kind):
    SGD(weights(), lr=1.0)
    optimizer = kind(weights(), lr=torch.tensor(1.0))
    if first:
        compiled(optimizer)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    if not first:
        compiled(optimizer)
    for _ in range(5):
        optimizer.step()
        scheduler.step()
    assert (scheduler.t, scheduler.get_last_lr()) == (5, [0.5])


def test_a_scheduler_over_the_inner_optimizer_counts_the_updates_of_the_outer():
    inner = SGD(weights(), lr=1.0)
    scheduler = Scheduler(inner, "linear", updates=10)
    outer = Outer(inner)
    for _ in range(3):
        outer.step()
        scheduler.step()
    assert scheduler.t == 3


def test_a_step_inside_anothers_closure_counts_where_the_parameters_are_others():
    inner = SGD(weights(), lr=1.0)
    scheduler = Scheduler(inner, "linear", updates=10)

    def closure():
        inner.step()
        scheduler.step()
        return torch.zeros(())

    outer = LBFGS(weights(), max_iter=1)
    outer.step(closure)
    outer.step(closure)
    assert scheduler.t == 2


def test_a_step_that_raised_neither_counts_nor_hides_those_after_it():
    optimizer = Clipped(weights(), lr=1.0)
    SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)

    def closure():
        raise MemoryError

    for _ in range(3):
        with pytest.raises(MemoryError):
            optimizer.step(closure)
        optimizer.step()
        scheduler.step()
    assert scheduler.t == 3


@pytest.mark.parametrize("schedule", ["linear", "warmup(span=3 updates, first=0)+linear"])
@pytest.mark.parametrize("kind", [SGD, Adam])
@pytest.mark.parametrize("tensor", [False, True])
@pytest.mark.parametrize("at", [0, 1, 4])
@pytest.mark.parametrize("pending", [False, True])
def test_a_checkpoint_helpers_step_at_rate_0_does_not_count(schedule, kind, tensor, at, pending):
    weight = torch.ones(1, requires_grad=True)
    optimizer = kind([weight], lr=torch.tensor(1.0, dtype=torch.float64) if tensor else 1.0)
    scheduler = Scheduler(optimizer, schedule, updates=10)

    def helper():  # as torch.distributed.checkpoint makes one
        kept = [group["lr"] for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            group["lr"] = torch.tensor(0.0) if tensor else 0.0
        optimizer.step()
        for group, rate in zip(optimizer.param_groups, kept, strict=True):
            group["lr"] = rate

    used = []
    for t in range(8):
        if t == at and not pending:
            helper()
        used.append(float(scheduler.get_last_lr()[0]))
        optimizer.step()
        if t == at and pending:
            helper()
        assert scheduler.state_dict()["t"] == t + 1
        scheduler.step()
    assert used == parse(schedule).bind(peak=1.0, horizon=scheduler.horizon)(range(8)).tolist()


@pytest.mark.parametrize("order", ["Sd", "dS", "dSd", "Sdd"])
def test_torchs_own_checkpoint_helper(order):
    model = torch.nn.Linear(3, 1)
    optimizer, scheduler = AdamW(model.parameters(), lr=0.1), None
    for act in order:
        if act == "S":
            scheduler = Scheduler(optimizer, "linear", updates=10)
        else:
            get_state_dict(model, optimizer)
    used = []
    for _ in range(4):
        used.append(optimizer.param_groups[0]["lr"])
        model(torch.randn(2, 3)).sum().backward()
        optimizer.step()
        scheduler.step()
    assert used == pytest.approx([0.1, 0.09, 0.08, 0.07])


def test_updates_at_a_rate_of_0_that_stays_count():
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    for frozen in (True, True, False, False):
        if frozen:
            optimizer.param_groups[0]["lr"] = 0.0
        optimizer.step()
        scheduler.step()
    assert scheduler.t == 4


def test_updates_at_a_rate_that_another_lends_count():
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    for _ in range(4):  # as pytorch_warmup damps the rate, and gives it back before it steps the scheduler
        kept = optimizer.param_groups[0]["lr"]
        optimizer.param_groups[0]["lr"] = kept / 10
        optimizer.step()
        optimizer.param_groups[0]["lr"] = kept
        scheduler.step()
    assert (scheduler.t, scheduler.get_last_lr()) == (4, [0.6])
