"""What goes wrong in silence is said once, in words; and what is right is left in peace."""

import gc
import warnings

import pytest
import torch
from torch.optim import SGD
from torch.optim import optimizer as torch_optimizer

from lrlab.adapters import Scheduler

RULE = "plateau(patience=0)+constant"


def weights():
    return [torch.zeros(1, requires_grad=True)]


def run(optimizer, scheduler, updates):
    """The warnings of so many updates."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(updates):
            optimizer.step()
            scheduler.step()
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
