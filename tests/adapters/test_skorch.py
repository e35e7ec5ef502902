"""Skorch's callback builds the scheduler from its class, with last_epoch, and steps it by batch or by epoch."""

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError

LINEAR = {"schedule": "linear", "updates": 12}


@pytest.fixture(scope="module")
def skorch(library):
    library("skorch")
    return library("skorch")


def net(library, skorch, **options):
    callback = library("skorch.callbacks").LRScheduler(**options)
    return skorch.NeuralNetRegressor(
        torch.nn.Linear,
        module__in_features=3,
        module__out_features=1,
        lr=0.1,
        batch_size=10,
        max_epochs=3,
        train_split=None,
        verbose=0,
        callbacks=[("schedule", callback)],
    )


def data():
    inputs = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    return inputs, inputs.sum(axis=1, keepdims=True)


def scheduler_of(one):
    return dict(one.callbacks_)["schedule"].lr_scheduler_


def test_stepped_by_batch(skorch, library):
    one = net(library, skorch, policy=Scheduler, step_every="batch", **LINEAR)
    one.fit(*data())
    used = np.ravel(one.history[:, "batches", :, "event_lr"])
    other = net(library, skorch, policy=LambdaLR, step_every="batch", lr_lambda=lambda t: 1 - t / 12)
    other.fit(*data())
    np.testing.assert_allclose(used, np.ravel(other.history[:, "batches", :, "event_lr"]), rtol=1e-12)
    assert scheduler_of(one).t == 12


def test_stepped_by_epoch_it_catches_up(skorch, library):
    one = net(library, skorch, policy=Scheduler, step_every="epoch", **LINEAR)
    one.fit(*data())
    assert one.history[:, "event_lr"] == pytest.approx([0.1, 0.1 * 8 / 12, 0.1 * 4 / 12])
    one.fit(*data())  # starts over
    assert scheduler_of(one).t == 12


def test_a_further_fit_is_told_where_the_run_stands(skorch, library):
    one = net(library, skorch, policy=Scheduler, step_every="batch", schedule="linear", updates=24)
    one.fit(*data())
    with pytest.raises(ScheduleError, match="got 2, and 12 updates were made so far; write last_epoch=11 to go on"):
        one.partial_fit(*data())
    dict(one.callbacks_)["schedule"].last_epoch = 11
    one.partial_fit(*data())
    assert scheduler_of(one).t == 24


def test_simulated_rates(skorch, library):
    callback = library("skorch.callbacks").LRScheduler(policy=Scheduler, **LINEAR)
    np.testing.assert_allclose(callback.simulate(4, 0.1), [0.1 * (1 - t / 12) for t in range(4)])
