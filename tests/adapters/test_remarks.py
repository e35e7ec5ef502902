"""What goes wrong in silence is said once, in words; and what is right is left in peace."""

import gc
import warnings

import pytest
import torch
from torch.optim import SGD
from torch.optim import optimizer as torch_optimizer

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from support.updates import train

RULE = "plateau(patience=0)+constant"


def weights():
    return [torch.zeros(1, requires_grad=True)]


def run(optimizer, scheduler, updates):
    """The warnings of so many updates."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        train(optimizer, scheduler, updates)
    return [str(one.message) for one in said]


@pytest.mark.parametrize(("epochs", "length"), [(20, 5), (4, 1), (2, 10), (1, 7)])
@pytest.mark.parametrize(
    "rule", ["plateau(patience=0)+constant", "by_oscillation+constant", "by_cutoff(cutoff=0.1)+seq3"]
)
def test_a_rule_that_is_never_told(rule, epochs, length):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, rule, epochs=epochs, updates_per_epoch=length)
    (said,) = run(optimizer, scheduler, epochs * length)
    assert f"up to update {min(3, epochs) * length}," in said
    assert "call scheduler.step_metric(metric) once after each epoch" in said


def test_a_rule_that_is_told_or_watches_nothing_is_left_in_peace():
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, RULE, epochs=20, updates_per_epoch=5)
    for epoch in range(20):
        assert run(optimizer, scheduler, 5) == []
        scheduler.step_metric(1.0 if epoch % 2 else None)
    other = SGD(weights(), lr=1.0)
    assert run(other, Scheduler(other, "by_epoch+seq4", epochs=20, updates_per_epoch=5), 100) == []


def test_a_resumed_rule_is_given_time_to_be_told():
    optimizer = SGD(weights(), lr=1.0)
    saved = Scheduler(optimizer, RULE, epochs=20, updates_per_epoch=5)
    run(optimizer, saved, 15)
    other = SGD(weights(), lr=1.0)
    scheduler = Scheduler(other, RULE, epochs=20, updates_per_epoch=5)
    scheduler.load_state_dict(saved.state_dict())
    assert run(other, scheduler, 14) == []
    assert len(run(other, scheduler, 10)) == 1


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("first", [True, False])
def test_a_scheduler_over_another_optimizer(shared, first):
    mine = weights()
    stepped = SGD(mine if shared else weights(), lr=1.0)
    scheduler = Scheduler(SGD(mine, lr=1.0), "linear", updates=50)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(50):
            if first:
                stepped.step()
            scheduler.step()
            if not first:
                stepped.step()
    (one,) = said
    assert "build the scheduler over the optimizer that is stepped" in str(one.message)


def test_a_scheduler_whose_optimizer_steps_more_rarely_than_another_is_left_in_peace():
    often, rarely = SGD(weights(), lr=1.0), SGD(weights(), lr=1.0)
    scheduler = Scheduler(rarely, "linear", updates=50)
    for batch in range(200):
        often.step()
        if batch % 5 == 4:
            rarely.step()
        scheduler.step()
    assert scheduler.t == 40


@pytest.mark.parametrize("batches", [2, 128, 512])
def test_accumulated_batches_are_left_in_peace(batches):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=5)
    for batch in range(2 * batches):
        if batch % batches == batches - 1:
            optimizer.step()
        scheduler.step()
    assert scheduler.t == 2


def test_no_hook_on_all_optimizers_stays():
    before = len(torch_optimizer._global_optimizer_post_hooks)
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=5)
    scheduler.step()
    assert len(torch_optimizer._global_optimizer_post_hooks) == before + 1
    optimizer.step()
    scheduler.step()
    assert len(torch_optimizer._global_optimizer_post_hooks) == before
    scheduler.step()
    del scheduler
    gc.collect()
    assert len(torch_optimizer._global_optimizer_post_hooks) == before


@pytest.mark.parametrize("schedule", ["linear", "cosine", "warmup(span=2 updates)+linear", "wsd", "linear(end=closed)"])
@pytest.mark.parametrize("options", [{}, {"peak": 0.3}, {"on_change": "keep"}])
def test_updates_beyond_the_horizon_at_rate_0(schedule, options):
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, schedule, updates=20, **options)
    assert run(optimizer, scheduler, 20) == []
    (said,) = run(optimizer, scheduler, 10)
    assert "beyond the horizon of 20 updates, at a rate of 0" in said
    assert "updates=math.ceil(len(loader) / accumulated_batches) * epochs" in said


@pytest.mark.parametrize("schedule", ["constant", "linear(floor=0.1)", "step(every=5 updates)", lambda t: 0.5])
def test_updates_beyond_the_horizon_at_another_rate_are_left_in_peace(schedule):
    optimizer = SGD(weights(), lr=1.0)
    assert run(optimizer, Scheduler(optimizer, schedule, updates=20), 30) == []
    assert run(optimizer, Scheduler(optimizer, "linear", updates=20, after="repeat"), 30) == []


# A rate that differs from the one taken: said where somebody may have meant it.


def run_before(updates=3, rate=None):
    """An optimizer that lrlab drove, whose rate may then have been set by hand."""
    optimizer = SGD(weights(), lr=1.0)
    scheduler = Scheduler(optimizer, "linear", updates=10)
    run(optimizer, scheduler, updates)
    if rate is not None:
        optimizer.param_groups[0]["lr"] = rate
    return optimizer, scheduler


def loaded_elsewhere(updates=3):
    optimizer = SGD(weights(), lr=1.0)
    optimizer.load_state_dict(run_before(updates)[0].state_dict())
    return optimizer


def said_of(build):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        build()
    return [str(one.message) for one in said]


@pytest.mark.parametrize("t", [1, 3, 7])
@pytest.mark.parametrize("way", ["epoch", "position", "last_epoch", "the same rate"])
def test_an_honest_resume_is_left_in_peace(t, way):
    optimizer = loaded_elsewhere(t)

    def build():
        if way == "last_epoch":
            scheduler = Scheduler(optimizer, "linear", updates=10, last_epoch=t - 1)
        elif way == "the same rate":
            scheduler = Scheduler(optimizer, lambda u: 1 - (t + u) / 10)
        else:
            scheduler = Scheduler(optimizer, "linear", updates=10)
            scheduler.step(epoch=t) if way == "epoch" else scheduler.step(t)
        assert scheduler.get_last_lr() == pytest.approx([1 - t / 10])

    assert said_of(build) == []


@pytest.mark.parametrize("t", [1, 3, 7])
def test_a_loaded_rate_that_is_not_taken_is_said(t):
    optimizer = loaded_elsewhere(t)
    (said,) = said_of(lambda: Scheduler(optimizer, "linear", updates=10).get_last_lr())
    assert f"the optimizer's rate was {1 - t / 10:g} " in said
    assert f"write peak={1 - t / 10:g}" in said


@pytest.mark.parametrize("updates", [1, 2, 3, 5, 8])
def test_a_rate_set_by_hand_that_equals_the_last_one_is_not_silently_lost(updates):
    optimizer, before = run_before(updates)
    optimizer.param_groups[0]["lr"] = float(repr(before.get_last_lr()[0]))
    (said,) = said_of(lambda: Scheduler(optimizer, "cosine", updates=10).get_last_lr())
    assert "the peak is taken from `initial_lr` = 1," in said


@pytest.mark.parametrize("updates", [1, 3, 8])
def test_a_second_run_over_an_optimizer_is_left_in_peace(updates):
    optimizer, before = run_before(updates)
    assert said_of(lambda: Scheduler(optimizer, "cosine", updates=10).get_last_lr()) == []
    assert before.t == updates


# Another optimizer beside.


@pytest.mark.parametrize("every", [40, 100])
@pytest.mark.parametrize("first", [True, False])
def test_an_optimizer_that_another_of_lrlab_drives_is_left_in_peace(every, first):
    mine = weights()
    critic, rarely = SGD(mine, lr=1.0), SGD(weights() if first else mine, lr=1.0)
    often = Scheduler(critic, "constant", updates=1000)
    scheduler = Scheduler(rarely, "constant", updates=10)

    def train():
        for batch in range(3 * every):
            critic.step()
            often.step()
            if batch % every == every - 1:
                rarely.step()
            scheduler.step()

    assert said_of(train) == []
    assert scheduler.t == 3


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("phase", [50, 200])
def test_a_second_phase_of_another_optimizer_is_left_in_peace(shared, phase):
    mine = weights()
    first, second = SGD(mine, lr=1.0), SGD(mine if shared else weights(), lr=1.0)
    scheduler = Scheduler(first, "constant", updates=10)

    def train():
        for optimizer in [first] * 5 + [second] * phase + [first] * 5:
            optimizer.step()
            scheduler.step()

    assert said_of(train) == []
    assert scheduler.t == 10


@pytest.mark.parametrize("field", [None, {"momentum": "linear"}])
def test_an_optimizer_without_a_rate_is_refused_in_words(field):
    class Bare(torch.optim.Optimizer):
        def __init__(self, parameters):
            super().__init__(parameters, {"momentum": 0.9})

        def step(self, closure=None):
            pass

    with pytest.raises(ScheduleError, match=r"Bare has a group without `lr`.*give every group one"):
        Scheduler(Bare(weights()), "linear", updates=10, fields=field)
