"""A resumed run uses the rates of an uninterrupted one, bit for bit, in every order of building and loading."""

import copy
import io
import itertools
import json
import pickle

import pytest
import torch
from torch.optim import SGD, Adam

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from support.schedules import EXAMPLES, HORIZON, VARIANTS

pytestmark = pytest.mark.filterwarnings("ignore:update .* was made beyond the horizon:UserWarning")
T = HORIZON.updates
CURVES = EXAMPLES | VARIANTS
ORDERS = {
    "build optimizer, build scheduler, load optimizer, load scheduler": "Sos",
    "build optimizer, load optimizer, build scheduler, load scheduler": "oSs",
    "build optimizer, build scheduler, load scheduler, load optimizer": "Sso",
    "build and load the scheduler, the optimizer's state is lost": "Ss",
}


def parameters(count=2):
    return [torch.zeros(1, requires_grad=True) for _ in range(count)]


def build_optimizer():
    weight, bias = parameters()
    return SGD([{"params": [weight]}, {"params": [bias], "lr": 0.03}], lr=0.3, momentum=0.9)


def build_scheduler(optimizer, schedule, **options):
    return Scheduler(
        optimizer, schedule, updates=HORIZON.updates, updates_per_epoch=HORIZON.updates_per_epoch, **options
    )


def values(optimizer):
    return [(group["lr"], group["momentum"], group["weight_decay"]) for group in optimizer.param_groups]


def train(optimizer, scheduler, updates):
    """The values used by so many updates."""
    used = []
    for _ in range(updates):
        used.append(values(optimizer))
        assert scheduler.get_last_lr() == [lr for lr, _, _ in used[-1]]
        optimizer.step()
        scheduler.step()
    return used


def through_a_file(*states):
    file = io.BytesIO()
    torch.save(states, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def resume(order, saved_optimizer, saved_scheduler, build, build_optimizer=build_optimizer):
    """Build and load in that order: S builds the scheduler, s loads it, o loads the optimizer."""
    optimizer, scheduler = build_optimizer(), None
    for act in order:
        if act == "S":
            scheduler = build(optimizer)
        elif act == "o":
            optimizer.load_state_dict(saved_optimizer)
        elif scheduler is not None:
            scheduler.load_state_dict(saved_scheduler)
    return optimizer, scheduler


def sweep(build):
    """Save at every t of a run, resume in every order, and compare what is left of the run."""
    optimizer = build_optimizer()
    scheduler, files = build(optimizer), []
    for _ in range(T + 1):
        files.append(through_a_file(optimizer.state_dict(), scheduler.state_dict()))
        train(optimizer, scheduler, 1)
    fresh = build_optimizer()
    whole = train(fresh, build(fresh), T + 2)
    for t, file in enumerate(files):
        for name, order in ORDERS.items():
            resumed = resume(order, *file, build)
            assert train(*resumed, T + 2 - t) == whole[t:], f"from update {t}: {name} ({order})"


@pytest.mark.parametrize("name", sorted(CURVES))
def test_every_order_at_every_update(name):
    sweep(lambda optimizer: build_scheduler(optimizer, CURVES[name]))


@pytest.mark.parametrize("name", ["constant", "cosine", "one_cycle", "warmup"])
def test_every_order_at_every_update_with_a_peak(name):
    sweep(lambda optimizer: build_scheduler(optimizer, CURVES[name], peak=0.7))


def test_every_order_at_every_update_with_further_fields():
    fields = {"momentum": "linear", "lr": {1: "constant"}}
    sweep(lambda optimizer: build_scheduler(optimizer, "cosine", fields=fields))


def test_every_order_past_one_block_of_evaluated_updates():
    def build(optimizer):
        return Scheduler(optimizer, "warmup+cosine", updates=3000)

    optimizer = build_optimizer()
    scheduler = build(optimizer)
    whole = train(optimizer, scheduler, 3000)
    for t in (1023, 1024, 1025, 2999):
        optimizer = build_optimizer()
        again = build(optimizer)
        train(optimizer, again, t)
        file = through_a_file(optimizer.state_dict(), again.state_dict())
        for order in ORDERS.values():
            assert train(*resume(order, *file, build), 3000 - t) == whole[t:]


def test_saved_between_the_optimizers_step_and_the_schedulers():
    optimizer = build_optimizer()
    scheduler = build_scheduler(optimizer, "cosine")
    whole = train(optimizer, scheduler, T)
    optimizer = build_optimizer()
    scheduler = build_scheduler(optimizer, "cosine")
    train(optimizer, scheduler, 5)
    optimizer.step()
    file = through_a_file(optimizer.state_dict(), scheduler.state_dict())
    for order in ORDERS.values():
        assert train(*resume(order, *file, lambda o: build_scheduler(o, "cosine")), T - 6) == whole[6:]


def test_updates_made_before_loading_do_not_count():
    optimizer = build_optimizer()
    scheduler = build_scheduler(optimizer, "cosine")
    train(optimizer, scheduler, 5)
    state = scheduler.state_dict()
    optimizer.step()
    scheduler.load_state_dict(state)
    scheduler.step()
    assert scheduler.t == 5


def test_an_optimizer_saved_without_a_scheduler_does_not_take_the_scheduler_back():
    plain = build_optimizer().state_dict()
    optimizer = build_optimizer()
    scheduler = build_scheduler(optimizer, "linear")
    train(optimizer, scheduler, 5)
    optimizer.load_state_dict(plain)
    assert scheduler.get_last_lr() == [0.3 * 0.75, 0.03 * 0.75]


def test_a_pickled_or_copied_run_goes_on():
    for clone in (copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))):
        optimizer = build_optimizer()
        scheduler = build_scheduler(optimizer, "warmup+cosine", fields={"momentum": "linear"})
        train(optimizer, scheduler, 5)
        optimizer.step()  # not yet taken into account
        other_optimizer, other = clone((optimizer, scheduler))
        assert other.optimizer is other_optimizer
        scheduler.step()
        other.step()
        before = scheduler.get_last_lr()
        rest = train(other_optimizer, other, T - 6)
        assert scheduler.get_last_lr() == before  # the copy does not drive the original
        assert rest == train(optimizer, scheduler, T - 6)


def test_the_state_is_plain_and_small_and_not_shared():
    optimizer = build_optimizer()
    scheduler = build_scheduler(optimizer, "cosine")
    state = scheduler.state_dict()
    assert json.loads(json.dumps(state)) == state
    assert set(state) == {"t", "plan", "groups", "initial", "fastest", "values", "factors", "rates", "waits", "made"}
    train(optimizer, scheduler, 3)
    assert state["t"] == 0
    kept = dict(state)
    scheduler.load_state_dict(state)
    train(optimizer, scheduler, 3)
    assert state == kept


# What was saved: linear over 10 updates from 1.0, at update 4. What it is loaded into: over 20.


def saved_at_four(**options):
    optimizer = SGD(parameters(1), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10, **options)
    for _ in range(4):
        optimizer.step()
        scheduler.step()
    return optimizer.state_dict(), scheduler.state_dict()


@pytest.mark.parametrize("order", ["Sos", "oSs", "Sso", "Ss"])
@pytest.mark.parametrize(
    ("on_change", "t", "first", "then"), [("keep", 4, 0.6, 0.5), ("rescale", 8, 0.6, 0.55)], ids=["keep", "rescale"]
)
def test_a_changed_horizon_is_a_choice(order, on_change, t, first, then):
    def build(optimizer):
        return Scheduler(optimizer, "linear", updates=20, on_change=on_change)

    optimizer, scheduler = resume(order, *saved_at_four(), build, lambda: SGD(parameters(1), lr=1.0))
    assert scheduler.t == t
    assert scheduler.get_last_lr() == [pytest.approx(first, rel=1e-15)]
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(then, rel=1e-15)]
    assert scheduler.horizon.updates == (10 if on_change == "keep" else 20)


@pytest.mark.parametrize(
    ("schedule", "options", "said"),
    [
        ("linear", {"updates": 20}, "over 10 updates, at update 4, .* over 20 updates; .*at update 8 of 20"),
        ("linear", {"updates": 10, "updates_per_epoch": 5}, r"over 10 updates \(5 to the epoch\)"),
        ("cosine", {"updates": 10}, "saved with linear over 10 .* has cosine over 10"),
        ("linear", {"updates": 10, "peak": 0.5}, "has linear at peak 0.5"),
        ("linear", {"updates": 10, "fields": {"momentum": {0: "cosine"}}}, "momentum of group 0 cosine"),
    ],
)
def test_a_changed_plan_is_refused_unless_chosen(schedule, options, said):
    _, state = saved_at_four()
    optimizer = SGD(parameters(1), lr=1.0, momentum=0.9)
    scheduler = Scheduler(optimizer, schedule, **options)
    with pytest.raises(ScheduleError, match=said) as refusal:
        scheduler.load_state_dict(state)
    assert 'on_change="keep"' in str(refusal.value)
    assert 'on_change="rescale"' in str(refusal.value)
    assert scheduler.t == 0


def test_keep_goes_on_with_the_saved_schedule_peak_and_fields():
    optimizer = SGD(parameters(1), lr=1.0, momentum=0.8)
    saved = Scheduler(optimizer, "linear", updates=10, peak=0.5, fields={"momentum": "cosine"})
    saved.step(updates=5)
    fresh = SGD(parameters(1), lr=1.0, momentum=0.8)
    scheduler = Scheduler(fresh, "cosine", updates=7, on_change="keep")
    scheduler.load_state_dict(saved.state_dict())
    assert values(fresh) == values(optimizer) == [(0.25, pytest.approx(0.4, rel=1e-12), 0)]
    scheduler.load_state_dict(saved.state_dict())  # now the same plan
    assert json.loads(scheduler.state_dict()["plan"]) == json.loads(saved.state_dict()["plan"])


def test_rescaling_rounds_to_the_nearest_update():
    _, state = saved_at_four()
    for updates, t in ((10**9 * 2 + 1, 8 * 10**8), (3, 1), (7, 3), (1, 0)):
        scheduler = Scheduler(SGD(parameters(1), lr=1.0), "linear", updates=updates, on_change="rescale")
        scheduler.load_state_dict(state)
        assert scheduler.t == t


@pytest.mark.parametrize(
    "state", [{}, {"last_epoch": 5}, {"t": -1, "plan": "{}", "groups": 1}, {"t": 0, "plan": "{}", "groups": 1}]
)
def test_a_state_of_another_scheduler_is_refused(state):
    scheduler = Scheduler(SGD(parameters(1), lr=1.0), "linear", updates=10)
    with pytest.raises(ScheduleError, match=r"load the optimizer and write scheduler.step\(epoch=t\)"):
        scheduler.load_state_dict(state)


def test_a_state_with_more_groups_than_the_optimizer_is_refused():
    state = build_scheduler(build_optimizer(), "linear").state_dict()
    scheduler = build_scheduler(SGD(parameters(1), lr=0.3), "linear")
    with pytest.raises(ScheduleError, match="saved with 2 groups of parameters, but this optimizer has 1; build it"):
        scheduler.load_state_dict(state)


# Groups added on the way: a run that begins with one group and gets a faster one at update 5.


def add_faster(optimizer):
    optimizer.add_param_group({"params": parameters(1), "lr": 0.6})


@pytest.mark.parametrize("peak", [None, 0.7])
def test_groups_added_on_the_way_resume_in_every_order(peak):
    def build(optimizer):
        return Scheduler(optimizer, "linear", updates=20, peak=peak)

    optimizer = Adam(parameters(1), lr=0.3)
    scheduler, used, files = build(optimizer), [], {}
    for t in range(20):
        if t == 5:
            add_faster(optimizer)
        if t in (5, 6, 9):  # at 5, the scheduler has not seen the new group yet
            files[t] = through_a_file(optimizer.state_dict(), scheduler.state_dict())
        used.append(scheduler.get_last_lr())
        optimizer.step()
        scheduler.step()
    assert used[5] == [pytest.approx(0.75 * rate) for rate in ([0.3, 0.6] if peak is None else [0.7, 1.4])]

    def build_both():
        optimizer = Adam(parameters(1), lr=0.3)
        add_faster(optimizer)
        return optimizer

    for (began, file), order in itertools.product(files.items(), ORDERS.values()):
        optimizer, scheduler = resume(order, *file, build, build_both)
        for t in range(began, 20):
            assert scheduler.get_last_lr() == used[t]
            optimizer.step()
            scheduler.step()
