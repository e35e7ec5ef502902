"""Ignite's wrappers of torch schedulers take ours: they count the updates, and ask get_lr for the rate of each."""

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import LambdaLR

from lrlab.adapters import Scheduler

pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


@pytest.fixture(scope="module")
def ignite(library):
    library("ignite")
    library("ignite.engine")
    return library("ignite.handlers")


def optimizer_of(*rates):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": rate} for rate in rates]
    return SGD(groups, lr=0.1)


def run(library, optimizer, handler, updates):
    """The rates used by so many updates of an engine with this handler."""
    engine = library("ignite.engine")
    used = []

    def update(_engine, _batch):
        used.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()

    trainer = engine.Engine(update)
    trainer.add_event_handler(engine.Events.ITERATION_STARTED, handler)
    trainer.run([0] * updates, max_epochs=1)
    return used


def linear(optimizer):
    return Scheduler(optimizer, "linear", updates=10)


def theirs(optimizer):
    return LambdaLR(optimizer, lambda t: 1 - t / 10)


@pytest.mark.parametrize("rates", [(0.1,), (0.1, 0.05)])
def test_a_run(ignite, library, rates):
    optimizer = optimizer_of(*rates)
    scheduler = linear(optimizer)
    used = run(library, optimizer, ignite.LRScheduler(scheduler), 8)
    assert used == [pytest.approx([rate * (1 - t / 10) for rate in rates]) for t in range(8)]
    assert scheduler.state_dict()["t"] == 8


def test_the_legacy_wrapper_is_as_torchs(ignite, library):
    rows = []
    for build in (linear, theirs):
        optimizer = optimizer_of(0.1)
        with pytest.warns(UserWarning, match="attach scheduler to"):
            handler = ignite.LRScheduler(build(optimizer), use_legacy=True)
        rows.append(run(library, optimizer, handler, 8))
    assert rows[0] == [pytest.approx(row) for row in rows[1]]


@pytest.mark.parametrize("options", [{}, {"warmup_end_value": 0.1}, {"warmup_end_value": 0.3}])
@pytest.mark.parametrize("rates", [(0.1,)])
def test_with_its_warm_up(ignite, library, rates, options):
    rows = []
    for build in (linear, theirs):
        optimizer = optimizer_of(*rates)
        scheduler = build(optimizer)
        handler = ignite.create_lr_scheduler_with_warmup(scheduler, 0.0, 3, **options)
        rows.append(run(library, optimizer, handler, 8))
    assert rows[0] == [pytest.approx(row) for row in rows[1]]
    assert len({row[0] for row in rows[0]}) > 5


def test_simulated_values_leave_the_scheduler_as_it_was(ignite):
    optimizer = optimizer_of(0.1)
    scheduler = linear(optimizer)
    values = ignite.LRScheduler.simulate_values(5, scheduler)
    assert values == [[t, pytest.approx(0.1 * (1 - t / 10))] for t in range(5)]
    assert (scheduler.t, scheduler.get_last_lr()) == (0, [0.1])


def test_a_run_resumes(ignite, library):
    optimizer = optimizer_of(0.1)
    handler = ignite.LRScheduler(linear(optimizer))
    first = run(library, optimizer, handler, 4)
    states = optimizer.state_dict(), handler.state_dict()
    other = optimizer_of(0.1)
    again = ignite.LRScheduler(linear(other))
    other.load_state_dict(states[0])
    again.load_state_dict(states[1])
    whole = optimizer_of(0.1)
    assert first + run(library, other, again, 4) == run(library, whole, ignite.LRScheduler(linear(whole)), 8)
