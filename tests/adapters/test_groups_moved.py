"""Groups are known by what they are: removed, replaced and moved ones leave the others their rates."""

import copy
import pickle

import pytest
import torch
from torch.optim import SGD

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from support.updates import rates_of


def weights():
    weight = torch.ones(1, requires_grad=True)
    weight.grad = torch.ones(1)
    return [weight]


def optimizer_of(*rates):
    return SGD([{"params": weights(), "lr": rate} for rate in rates], lr=1.0, weight_decay=0.1)


def train(optimizer, scheduler, updates):
    """The rates at the optimizer's steps, which a group added before one of these already follows."""
    used = []
    for _ in range(updates):
        optimizer.step()
        used.append(rates_of(optimizer))
        scheduler.step()
    return used


def remove(at):
    return lambda optimizer: optimizer.param_groups.pop(at)


def replace(at, rate):
    def act(optimizer):
        del optimizer.param_groups[at]
        optimizer.add_param_group({"params": weights(), "lr": rate})

    return act


def copy_groups(optimizer):
    optimizer.param_groups = [{**group} for group in reversed(optimizer.param_groups)]


def exchange(optimizer):
    optimizer.param_groups[0] = {**optimizer.param_groups[0], "params": weights()}
    del optimizer.param_groups[0]["initial_lr"]
    optimizer.param_groups[0]["lr"] = 0.5


# What happens to groups of rates 1, 0.1 and 0.01 after two updates, and where their peaks then are.
EVENTS = {
    "the first removed": (remove(0), [0.1, 0.01]),
    "the middle one removed": (remove(1), [1.0, 0.01]),
    "the last removed": (remove(2), [1.0, 0.1]),
    "the first replaced": (replace(0, 1.0), [0.1, 0.01, 1.0]),
    "the last replaced": (replace(2, 0.5), [1.0, 0.1, 0.5]),
    "all in the other order": (lambda o: o.param_groups.reverse(), [0.01, 0.1, 1.0]),
    "copied, in the other order": (copy_groups, [0.01, 0.1, 1.0]),
    "the first exchanged in its place": (exchange, [0.5, 0.1, 0.01]),
}
CLONES = {
    "itself": lambda both: both,
    "a copy": copy.deepcopy,
    "a pickled copy": lambda both: pickle.loads(pickle.dumps(both)),
}


@pytest.mark.parametrize("clone", CLONES)
@pytest.mark.parametrize("peak", [None, 1.0])
@pytest.mark.parametrize("event", EVENTS)
def test_each_group_keeps_its_rate(event, peak, clone):
    optimizer = optimizer_of(1.0, 0.1, 0.01)
    scheduler = Scheduler(optimizer, "linear", updates=10, peak=peak)
    train(optimizer, scheduler, 2)
    act, peaks = EVENTS[event]
    act(optimizer)
    optimizer, scheduler = CLONES[clone]((optimizer, scheduler))
    expected = [[pytest.approx(peak * (1 - t / 10)) for peak in peaks] for t in (2, 3, 4)]
    assert train(optimizer, scheduler, 3) == expected


@pytest.mark.parametrize("order", ["os", "so", "s"])
@pytest.mark.parametrize("later", [0, 1])
@pytest.mark.parametrize("peak", [None, 0.5])
@pytest.mark.parametrize("event", [name for name in EVENTS if "removed" in name])
def test_a_run_that_lost_a_group_resumes_without_it(event, peak, later, order):
    optimizer = optimizer_of(1.0, 0.1, 0.01)
    scheduler = Scheduler(optimizer, "linear", updates=10, peak=peak)
    train(optimizer, scheduler, 2)
    act, peaks = EVENTS[event]
    act(optimizer)
    train(optimizer, scheduler, later)
    states = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    other = optimizer_of(*peaks)
    again = Scheduler(other, "linear", updates=10, peak=peak)
    for act in order:
        (other if act == "o" else again).load_state_dict(states["os".index(act)])
    left = [pytest.approx(one * (1.0 if peak is None else peak) * (0.8 - later / 10)) for one in peaks]
    assert train(other, again, 1) == train(optimizer, scheduler, 1) == [left]


def test_the_part_of_another_and_a_field_go_with_their_group():
    optimizer = optimizer_of(1.0, 0.1, 0.01)
    scheduler = Scheduler(optimizer, "linear", updates=10, fields={"weight_decay": {2: "linear"}})
    train(optimizer, scheduler, 2)
    optimizer.param_groups[2]["lr"] *= 0.5
    del optimizer.param_groups[1]
    train(optimizer, scheduler, 2)
    assert rates_of(optimizer) == pytest.approx([0.6, 0.003])
    assert [group["weight_decay"] for group in optimizer.param_groups] == pytest.approx([0.1, 0.06])
    other = optimizer_of(1.0, 0.01)
    again = Scheduler(other, "linear", updates=10, fields={"weight_decay": {1: "linear"}})
    again.load_state_dict(scheduler.state_dict())
    assert rates_of(other) == rates_of(optimizer)


def test_a_rule_goes_on_where_a_group_is_removed():
    optimizer = optimizer_of(1.0, 0.1)
    fields = {"weight_decay": {1: "constant"}}
    scheduler = Scheduler(optimizer, "plateau(patience=0)+constant", epochs=5, updates_per_epoch=2, fields=fields)
    for loss in (1.0, 2.0):
        train(optimizer, scheduler, 2)
        scheduler.step_metric(loss)
    del optimizer.param_groups[0]
    assert train(optimizer, scheduler, 1) == [[pytest.approx(0.01)]]


# A scheduler loaded over an optimizer with other rates.


def saved_at_four(peak=None, rate=1.0):
    optimizer = optimizer_of(rate, rate / 2)
    scheduler = Scheduler(optimizer, "linear", updates=10, peak=peak)
    train(optimizer, scheduler, 4)
    return optimizer.state_dict(), scheduler.state_dict()


@pytest.mark.parametrize(("on_change", "rates"), [("keep", [0.6, 0.3]), ("rescale", [0.06, 0.03])])
def test_another_rate_is_a_change(on_change, rates):
    _, state = saved_at_four()
    optimizer = optimizer_of(0.1, 0.05)
    with pytest.raises(
        ScheduleError, match=r'with peak \[1, 0.5\], at update 4, .* is \[0.1, 0.05\];.*on_change="keep"'
    ):
        Scheduler(optimizer, "linear", updates=10).load_state_dict(state)
    scheduler = Scheduler(optimizer, "linear", updates=10, on_change=on_change)
    scheduler.load_state_dict(state)
    assert rates_of(optimizer) == pytest.approx(rates)
    assert train(optimizer, scheduler, 2)[1] == pytest.approx([rate * 5 / 6 for rate in rates])


def test_another_rate_is_none_where_the_peak_is_given_or_the_optimizer_is_loaded_before():
    _, state = saved_at_four(peak=0.5)
    optimizer = optimizer_of(1e-3, 5e-4)
    Scheduler(optimizer, "linear", updates=10, peak=0.5).load_state_dict(state)
    assert rates_of(optimizer) == pytest.approx([0.3, 0.15])
    loaded, state = saved_at_four()
    optimizer = optimizer_of(1e-3, 5e-4)
    optimizer.load_state_dict(loaded)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    scheduler.load_state_dict(state)
    assert rates_of(optimizer) == pytest.approx([0.6, 0.3])


@pytest.mark.parametrize("change", [{"initial": [1.0]}, {"fastest": "1"}, {"initial": [1.0, "x"]}])
def test_a_state_with_other_numbers_is_refused(change):
    _, state = saved_at_four()
    with pytest.raises(ScheduleError, match=r"load the optimizer and write scheduler.step\(epoch=t\)"):
        Scheduler(optimizer_of(1.0, 0.5), "linear", updates=10).load_state_dict(state | change)
