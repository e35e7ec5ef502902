"""What the groups of an optimizer get from a schedule, from construction on."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest
import torch
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ConstantLR, LambdaLR, LRScheduler, OneCycleLR, SequentialLR

import lrlab
from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError, UnknownName
from lrlab.schedules import Constant, Cosine, Horizon, Linear, OneCycle, Sequence, parse
from support.schedules import EXAMPLES, HORIZON, VARIANTS

CURVES = EXAMPLES | VARIANTS
BEYOND = "ignore:update .* was made beyond the horizon:UserWarning"  # said once, tested in test_remarks.py


def parameters(count=1):
    return [torch.zeros(1, requires_grad=True) for _ in range(count)]


def used(scheduler, updates, read=lambda group: group["lr"]):
    """What each group has at each update: one list per group."""
    rows = []
    for _ in range(updates):
        rows.append([read(group) for group in scheduler.optimizer.param_groups])
        scheduler.optimizer.step()
        scheduler.step()
    return [list(column) for column in zip(*rows, strict=True)]


@pytest.mark.filterwarnings(BEYOND)
@pytest.mark.parametrize("name", sorted(CURVES))
def test_the_rates_are_the_schedules_bit_for_bit(name):
    scheduler = Scheduler(
        SGD(parameters(), lr=0.3), CURVES[name], updates=HORIZON.updates, updates_per_epoch=HORIZON.updates_per_epoch
    )
    bound = CURVES[name].bind(peak=0.3, horizon=HORIZON)
    assert used(scheduler, HORIZON.updates + 3) == [bound(np.arange(HORIZON.updates + 3)).tolist()]


def test_it_is_a_torch_scheduler_and_in_the_front_door():
    scheduler = lrlab.Scheduler(SGD(parameters(), lr=0.3), "cosine", updates=4)
    assert isinstance(scheduler, LRScheduler)
    assert scheduler.schedule == Cosine()
    assert scheduler.horizon == Horizon(updates=4, updates_per_epoch=4)
    assert scheduler.t == scheduler.last_epoch == 0
    assert repr(scheduler) == "Scheduler(cosine over 4 updates: next is update 0)"


def test_a_text_and_a_schedule_are_the_same():
    text = Scheduler(SGD(parameters(), lr=1.0), "warmup(span=25%)+cosine", updates=8)
    value = Scheduler(SGD(parameters(), lr=1.0), parse("warmup(span=25%)+cosine"), updates=8)
    assert used(text, 8) == used(value, 8)


def test_epochs_and_updates_per_epoch_make_the_horizon():
    scheduler = Scheduler(SGD(parameters(), lr=1.0), "step(gamma=0.5, every=1 epochs)", epochs=3, updates_per_epoch=2)
    assert used(scheduler, 6) == [[1, 1, 0.5, 0.5, 0.25, 0.25]]


def groups(*rates):
    return [{"params": parameters(), "lr": rate} for rate in rates]


def test_groups_keep_their_ratios():
    scheduler = Scheduler(SGD(groups(0.01, 0.1, 0.0)), "linear", updates=4)
    assert scheduler.base_lrs == [0.01, 0.1, 0.0]
    assert used(scheduler, 2) == [[0.01, 0.0075], [0.1, 0.1 * 0.75], [0, 0]]


def test_the_peak_is_the_fastest_groups():
    scheduler = Scheduler(SGD(groups(0.01, 0.1)), "linear", updates=4, peak=0.5)
    assert scheduler.base_lrs == scheduler.get_last_lr() == [pytest.approx(0.05, rel=1e-15), 0.5]
    assert used(scheduler, 2)[1] == [0.5, 0.375]


def test_a_group_added_later_is_scheduled_from_its_first_update_on():
    optimizer = SGD(parameters(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=4, peak=2.0)
    used(scheduler, 1)
    optimizer.add_param_group({"params": parameters(), "lr": 0.1})
    assert scheduler.get_last_lr() == [1.5, pytest.approx(0.15)]
    optimizer.add_param_group({"params": parameters(), "lr": 4.0})  # faster than all: the others stay as they are
    optimizer.step()  # what it uses is looked at below; get_last_lr would have looked at the groups
    assert [group["lr"] for group in optimizer.param_groups] == [1.5, pytest.approx(0.15), 6.0]
    scheduler.step()
    assert scheduler.get_last_lr() == [1, pytest.approx(0.1), 4]
    assert scheduler.base_lrs == [2, pytest.approx(0.2), 8]


def test_rates_in_tensors_are_written_in_place_and_never_handed_out():
    rate = torch.tensor(0.5, dtype=torch.float64)
    optimizer = SGD([{"params": parameters(), "lr": rate}], lr=0.5)
    scheduler = Scheduler(optimizer, "linear", updates=4)
    used(scheduler, 1)
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == 0.375
    (handed,) = scheduler.get_last_lr()
    assert isinstance(handed, torch.Tensor)
    handed.zero_()
    assert scheduler.get_last_lr() == scheduler.get_lr() == [0.375]


def test_any_field_of_any_group():
    optimizer = SGD([{"params": parameters()}, {"params": parameters(), "weight_decay": 0.4}], lr=1, momentum=0.8)
    optimizer.param_groups[0]["dampening"] = 0.5
    fields = {"momentum": "linear", "weight_decay": {1: Linear()}, "dampening": "constant", "lr": {1: "constant"}}
    scheduler = Scheduler(optimizer, "linear", updates=4, fields=fields)
    read = used(scheduler, 3, lambda group: tuple(group[k] for k in ("lr", "momentum", "weight_decay", "dampening")))
    assert read[0] == [(1, 0.8, 0, 0.5), (0.75, pytest.approx(0.6), 0, 0.5), (0.5, 0.4, 0, 0.5)]
    assert read[1] == [(1, 0.8, 0.4, 0), (1, pytest.approx(0.6), pytest.approx(0.3), 0), (1, 0.4, 0.2, 0)]


@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_momentum_means_beta1_where_the_optimizer_is_adam_like(kind):
    optimizer = kind(parameters(), lr=1.0, betas=(0.8, 0.99))
    scheduler = Scheduler(optimizer, "linear", updates=4, fields={"momentum": "linear"})
    assert used(scheduler, 3, lambda group: group["betas"]) == [
        [(0.8, 0.99), (pytest.approx(0.6), 0.99), (0.4, 0.99)],
    ]


def test_a_field_in_a_tensor():
    first, second = torch.tensor(0.8, dtype=torch.float64), torch.tensor(0.99)
    optimizer = AdamW(parameters(), lr=torch.tensor(1.0), betas=(first, second), capturable=True)
    scheduler = Scheduler(optimizer, "linear", updates=4, fields={"momentum": "linear"})
    scheduler.step(updates=2)
    assert optimizer.param_groups[0]["betas"] == (first, second)
    assert first.item() == 0.4


def test_over_a_used_optimizer_the_rates_before_any_scheduler_count():
    optimizer = SGD(parameters(), lr=1.0)
    used(LambdaLR(optimizer, lambda t: 0.5**t), 3)
    with pytest.warns(UserWarning, match=r"rate was 0.125 .* `initial_lr` = 1, .* write peak=0.125, or .* peak=1"):
        assert Scheduler(optimizer, "linear", updates=4).get_last_lr() == [1.0]
    assert Scheduler(optimizer, "linear", updates=4, peak=0.2).get_last_lr() == [0.2]


def test_after_the_horizon():
    held = Scheduler(SGD(parameters(), lr=1.0), "linear(floor=0.5)", updates=2)
    assert used(held, 5) == [[1, 0.75, 0.5, 0.5, 0.5]]
    again = Scheduler(SGD(parameters(), lr=1.0), "linear(floor=0.5)", updates=2, after="repeat")
    assert used(again, 5) == [[1, 0.75, 1, 0.75, 1]]
    strict = Scheduler(SGD(parameters(), lr=1.0), "linear(floor=0.5)", updates=2, after="error")
    assert used(strict, 2) == [[1, 0.75]]
    assert strict.get_last_lr() == [0.5]
    strict.optimizer.step()
    with pytest.raises(ScheduleError, match=r"update 2 was made beyond the horizon of 2 updates; .*hold"):
        strict.step()


def test_jumping_to_an_update():
    scheduler = Scheduler(SGD(parameters(), lr=1.0), "linear", updates=4)
    scheduler.step(3)
    assert (scheduler.t, scheduler.get_last_lr()) == (3, [0.25])
    scheduler.step(epoch=np.int64(0))
    assert used(scheduler, 2) == [[1, 0.75]]


def test_inside_torchs_sequence():
    optimizer = SGD(parameters(), lr=1.0)
    parts = [ConstantLR(optimizer, 0.5, total_iters=9), Scheduler(optimizer, "linear", updates=4)]
    sequence = SequentialLR(optimizer, parts, [3])
    assert used(sequence, 6) == [[0.5, 0.5, 0.5, 1, 0.75, 0.5]]
    optimizer = SGD(parameters(), lr=1.0)
    parts = [Scheduler(optimizer, "linear", updates=4), ConstantLR(optimizer, 0.5, total_iters=9)]
    assert used(SequentialLR(optimizer, parts, [2]), 4) == [[1, 0.75, 0.5, 0.5]]


def test_no_cycle_keeps_the_optimizer_alive():
    gc.collect()
    gc.disable()
    try:
        optimizer = SGD(parameters(), lr=1.0)
        scheduler = Scheduler(optimizer, "linear", updates=4)
        hooks = optimizer._optimizer_step_post_hooks
        assert len(hooks) == 1
        gone = weakref.ref(scheduler)
        del scheduler
        assert gone() is None
        assert not hooks
        optimizer.step()
    finally:
        gc.enable()


def test_a_long_run_takes_little_memory():
    tracemalloc.start()
    scheduler = Scheduler(SGD(parameters(), lr=1.0), "warmup+cosine", updates=10**7)
    scheduler.step(9_999_999)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
    assert scheduler.get_last_lr() == scheduler.schedule.bind(peak=1.0, horizon=scheduler.horizon)([9_999_999]).tolist()


def test_a_schedule_that_depends_on_the_peak_depends_on_the_fastest_groups():
    curve, horizon = parse("inverse_time(decay=peak/epochs)"), Horizon(updates=20, updates_per_epoch=5)
    scheduler = Scheduler(SGD(groups(0.05, 0.5)), curve, epochs=4, updates_per_epoch=5)
    slow, fast = used(scheduler, 20)
    assert fast == curve.bind(peak=0.5, horizon=horizon).all().tolist()
    np.testing.assert_allclose(np.divide(slow, fast), 0.1, rtol=1e-15)


# torch's own curve, its momentum included; of torch 2.13, and the same in every release so far.
@pytest.mark.parametrize(("kind", "field"), [(SGD, "momentum"), (AdamW, "betas")])
def test_the_momentum_that_one_cycle_brings_along(kind, field):
    theirs = kind(parameters(), lr=0.1, **({"momentum": 0.5} if kind is SGD else {}))
    scheduler = OneCycleLR(theirs, 0.1, total_steps=20)
    expected = np.array(used(scheduler, 20, lambda group: (group["lr"], np.ravel(group[field])[0])))
    ours = kind(parameters(), lr=0.1, **({"momentum": 0.5} if kind is SGD else {}))
    scheduler = Scheduler(ours, "one_cycle(momenta=[0.95, 0.85])", updates=20)
    values = used(scheduler, 20, lambda group: (group["lr"], np.ravel(group[field])[0]))
    np.testing.assert_allclose(values, expected, rtol=1e-9)


def test_momentum_is_left_alone_where_the_schedule_leaves_it_alone():
    optimizer = SGD(parameters(), lr=1.0, momentum=0.5)
    curve = Sequence(of=(Constant(), OneCycle(momenta=(0.9, 0.8)), Constant()), at=("4 updates", "12 updates"))
    scheduler = Scheduler(optimizer, curve, updates=16)
    (momenta,) = used(scheduler, 16, lambda group: group["momentum"])
    assert momenta[:4] == momenta[12:] == [0.5] * 4
    assert momenta[4] == momenta[11] == pytest.approx(0.9)
    assert min(momenta[4:12]) < 0.85


def test_a_momentum_among_the_fields_comes_before_the_schedules_own():
    optimizer = SGD([{"params": parameters()}, {"params": parameters()}], lr=1.0, momentum=0.5)
    scheduler = Scheduler(optimizer, OneCycle(momenta=(0.9, 0.8)), updates=16, fields={"momentum": {1: "linear"}})
    scheduler.step(8)
    first, second = (group["momentum"] for group in optimizer.param_groups)
    assert 0.8 < first < 0.9
    assert second == 0.25


@pytest.mark.parametrize("name", sorted(CURVES))
def test_schedules_that_count_epochs_ask_how_long_one_is(name):
    curve = CURVES[name]
    shapes = [
        curve.bind(peak=1.0, horizon=Horizon(updates=20, updates_per_epoch=epoch)).all().tolist() for epoch in (6, 7)
    ]
    if shapes[0] != shapes[1]:
        with pytest.raises(ScheduleError, match=r"counts epochs, .*write updates_per_epoch=len\(loader\)"):
            Scheduler(SGD(parameters(), lr=1.0), curve, updates=20)


REFUSED = [
    ({"schedule": 3}, ScheduleError, r'got 3; write Cosine\(\) or "warmup\(span=5%\)\+cosine"'),
    ({"schedule": "cosin"}, UnknownName, "did you mean cosine"),
    ({"updates": None}, ScheduleError, "got neither; write updates=T, or epochs=E with updates_per_epoch"),
    ({"epochs": 3}, ScheduleError, "got updates=10 and epochs=3; write updates=T, or epochs=E"),
    ({"updates": None, "epochs": 3}, ScheduleError, "got epochs=3 alone; write updates=T, or"),
    ({"updates": None, "epochs": 1.5, "updates_per_epoch": 4}, ScheduleError, "whole number, but got 1.5; write"),
    ({"updates": 0}, ScheduleError, "`1 <= updates <= 1e.12` must hold"),
    ({"updates": 10.0}, ScheduleError, "must hold for a whole number, but got 10.0"),
    ({"schedule": "warmup(span=10 updates)+cosine"}, ScheduleError, "shorten it by at least 1 updates or lengthen"),
    ({"peak": 0}, ScheduleError, "a peak rate must lie in"),
    ({"peak": float("nan")}, ScheduleError, "a peak rate must lie in"),
    ({"on_change": "ask"}, UnknownName, "known: error, keep, rescale"),
    ({"after": "stop"}, UnknownName, "known: error, hold, repeat"),
    ({"schedule": "plateau+cosine"}, ScheduleError, r"counts epochs, .* write updates_per_epoch=len\(loader\)"),
    (
        {"schedule": "plateau+cosine", "updates_per_epoch": 5, "after": "repeat"},
        ScheduleError,
        'after="repeat" is for schedules, .*; write after="hold"',
    ),
    ({"fields": {"momentum": "plateau+cosine"}}, ScheduleError, "must be a schedule, but plateau is a rule"),
    ({"fields": {"momentun": "cosine"}}, UnknownName, "did you mean momentum"),
    ({"fields": {"params": "cosine"}}, UnknownName, "unknown field of the optimizer's groups"),
    ({"fields": {"nesterov": "cosine"}}, ScheduleError, "`nesterov` of a group must be a finite number"),
    ({"fields": {"weight_decay": "cosine"}}, ScheduleError, "is 0 in every group .* give the optimizer its peak"),
    ({"fields": {"momentum": {2: "cosine"}}}, ScheduleError, "names group 2, but the optimizer has groups 0 to 0"),
    ({"fields": {"momentum": {-1: "cosine"}}}, ScheduleError, "number its groups from 0, but got -1; write .*1: "),
    ({"fields": {"momentum": {}}}, ScheduleError, "at least one group, but got {}; write"),
    ({"fields": {"momentum": 0.9}}, ScheduleError, r"`fields\['momentum'\]` must be a schedule or its text"),
    ({"fields": {3: "cosine"}}, ScheduleError, 'name each field by a word, but got 3; write "weight_decay"'),
    ({"fields": {"lr": "cosine"}}, ScheduleError, "must not give the rate of every group again; give it as `schedule`"),
]


@pytest.mark.parametrize(("arguments", "error", "way_out"), REFUSED)
def test_what_cannot_be_scheduled_is_refused_with_a_way_out(arguments, error, way_out):
    optimizer = SGD(parameters(), lr=0.1, momentum=0.9)
    before = dict(optimizer.param_groups[0])
    with pytest.raises(error, match=way_out):
        Scheduler(optimizer, **({"schedule": "cosine", "updates": 10} | arguments))
    assert optimizer.param_groups[0] == before


@pytest.mark.parametrize("rate", [0.0, float("inf"), 1e9])
def test_a_rate_that_is_no_peak_is_refused(rate):
    with pytest.raises(ScheduleError, match=r"give the optimizer its peak|finite number|must lie in"):
        Scheduler(SGD(parameters(), lr=rate), "cosine", updates=10)


def test_no_optimizer_is_refused():
    with pytest.raises(ScheduleError, match=r"must be a torch optimizer, .*; write SGD\(parameters, lr=\)"):
        Scheduler([0.1], "cosine", updates=10)


@pytest.mark.parametrize(
    ("values", "way_out"),
    [((10,), r"10; write Scheduler\(optimizer, 'linear', updates=10\)"), ((0.1, -1), r"0.1, -1; .* updates=T\)")],
)
def test_what_must_be_given_by_name_says_so(values, way_out):
    with pytest.raises(
        ScheduleError, match=rf"all after optimizer and schedule must be given by name, but .*{way_out}"
    ):
        Scheduler(SGD(parameters(), lr=1.0), "linear", *values)


@pytest.mark.parametrize("arguments", [{"epoch": 0.5}, {"updates": -1}, {"updates": True}, {"epoch": 1, "updates": 1}])
def test_steps_that_cannot_be_counted_are_refused(arguments):
    scheduler = Scheduler(SGD(parameters(), lr=1.0), "linear", updates=4)
    with pytest.raises(ScheduleError, match=r"at least 0, but got|give `epoch` or `updates`"):
        scheduler.step(**arguments)
    assert scheduler.t == 0
