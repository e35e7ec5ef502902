"""Which rates a run records: those asked for ahead, of skipped steps, of some updates alone."""

import math

import numpy as np
import pytest
import torch

import lrlab
from lrlab.lab import as_array
from lrlab.spec import EpochMeasured, Warned
from support.loops import make_optimizer


def watched_steps(run, ask, skip=()):
    """Updates of a watched optimizer, at the rates that `ask` gives; some steps are skipped."""
    optimizer = make_optimizer()
    run.watch(optimizer)
    for t in range(run.updates):
        optimizer.param_groups[0]["lr"] = ask(t)
        optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
        if t not in skip:
            optimizer.step()
        if t % 2:
            run.report(validation_loss=1.0)
    run.finish(test_loss=1.0)


def by_lambda(run):
    optimizer = make_optimizer(lr=1.0)
    run.watch(optimizer)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, run.rate)  # asks for one rate more than there are updates
    for _ in range(run.updates):
        optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
        optimizer.step()
        scheduler.step()
    run.finish(test_loss=1.0)


def all_ahead(run):
    rates = [run.rate(t) for t in range(run.updates)]
    watched_steps(run, rates.__getitem__)


def epoch_ahead(run):
    rates = {}

    def ask(t):
        if t % 2 == 0:
            rates.update((ahead, run.rate(ahead)) for ahead in (t, t + 1))
        return rates[t]

    watched_steps(run, ask)


def one_ahead(run):
    watched_steps(run, lambda t: (run.rate(t), run.rate(t + 1))[0])


@pytest.mark.parametrize("train", [by_lambda, all_ahead, epoch_ahead, one_ahead])
@pytest.mark.parametrize("schedule", ["linear", "warmup(span=50%)+linear"])
def test_rates_that_are_asked_for_ahead_are_those_of_their_updates(perform, train, schedule):
    *events, end = perform(train, schedule=schedule, updates_per_epoch=2)
    assert [event.text for event in events if isinstance(event, Warned)] == []
    bound = lrlab.parse(schedule).bind(peak=0.5, horizon=lrlab.Horizon(updates=8, updates_per_epoch=2))
    assert as_array(end.trained[0].arrays["rates"]).tolist() == bound(np.arange(8)).tolist()
    shares = [event.share for event in events if isinstance(event, EpochMeasured)]
    assert shares == ([] if train is by_lambda else [0.25, 0.5, 0.75, 1.0])


def test_a_step_that_is_skipped_has_no_rate(perform):
    """As a scaler of gradients skips them."""
    *events, end = perform(lambda run: watched_steps(run, run.rate, skip=(0, 1, 4)))
    assert not any(isinstance(event, Warned) for event in events)
    rates = as_array(end.trained[0].arrays["rates"])
    assert np.flatnonzero(np.isnan(rates)).tolist() == [0, 1, 4]


def test_rates_of_some_updates_alone_are_said(perform):
    def train(run):
        for t in range(run.updates):
            rate = run.rate(t)
            if t < 4:
                run.record_rate(t, rate)
        run.finish(test_loss=1.0)

    (said,) = [event.text for event in perform(train) if isinstance(event, Warned)]
    assert "recorded the rates of 4 of 8 updates, so whether it followed its schedule in the others is not" in said


def test_where_it_diverged_is_the_report_that_says_so_though_all_rates_were_asked_for_ahead(perform):
    def train(run):
        [run.rate(t) for t in range(run.updates)]
        for loss in (1.0, math.nan, 1.0):
            run.report(validation_loss=loss)

    *_, end = perform(train, updates_per_epoch=2)
    assert end.trained[0].record.diverged_at == 3
