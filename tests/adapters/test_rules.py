"""Rules in a training loop, told of their metric; a resumed run has seen what the uninterrupted one had."""

import copy

import numpy as np
import pytest
import torch
from torch.optim import SGD

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from lrlab.rules import parse_rule, simulate
from lrlab.schedules import Horizon
from support.updates import train_told

U, EPOCHS = 3, 8
HORIZON = Horizon(updates=U * EPOCHS - 1, updates_per_epoch=U)  # the last epoch is shorter
LOSSES = [1.0, 0.5, 0.6, 0.55, 0.54, 0.7, 0.1, 0.2]
RULES = [
    "plateau(patience=0, factor=0.5)+constant",
    "plateau(patience=1)+warmup(span=4 updates)+cosine",
    "by_cutoff(cutoff=0.2)+seq3",
    "by_oscillation+step(gamma=0.5, every=1 epochs)",
    "by_epoch+seq4",
    "by_epoch+warmup(span=4 updates)+linear",
]
WATCHING = [text for text in RULES if parse_rule(text).watches != "nothing"]


def build(text, **options):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in (0.5, 0.05)]
    optimizer = SGD(groups, momentum=0.9)
    return optimizer, Scheduler(optimizer, text, updates=HORIZON.updates, updates_per_epoch=U, **options)


def train(optimizer, scheduler, start, stop=HORIZON.updates, losses=LOSSES):
    return train_told(optimizer, scheduler, losses, start, stop)


@pytest.mark.parametrize("text", RULES)
def test_the_rates_are_those_of_the_replayed_rule(text):
    first, second = np.array(train(*build(text), 0)).T
    np.testing.assert_array_equal(first, simulate(parse_rule(text), LOSSES, peak=0.5, horizon=HORIZON))
    np.testing.assert_allclose(second, first / 10, rtol=1e-15)


@pytest.mark.parametrize("order", ["Sos", "oSs", "Sso", "Ss"])
@pytest.mark.parametrize("text", RULES)
def test_every_order_at_every_update(text, order):
    whole = train(*build(text), 0)
    optimizer, scheduler = build(text)
    for t in range(HORIZON.updates):
        states = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
        groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in (0.5, 0.05)]
        other, again = SGD(groups, momentum=0.9), None
        for act in order:
            if act == "S":
                again = Scheduler(other, text, updates=HORIZON.updates, updates_per_epoch=U)
            elif act == "o":
                other.load_state_dict(states[0])
            elif again is not None:
                again.load_state_dict(states[1])
        assert train(other, again, t) == whole[t:]
        train(optimizer, scheduler, t, t + 1)


def test_reported_before_or_after_the_call_of_step():
    optimizer, scheduler = build("plateau(patience=0, factor=0.5)+constant")
    for loss in (1.0, 2.0):
        for _ in range(U - 1):
            optimizer.step()
            scheduler.step()
        optimizer.step()
        scheduler.step_metric(torch.tensor(loss))
        scheduler.step()
    assert (scheduler.t, scheduler.get_last_lr()) == (2 * U, [0.25, 0.025])


def test_what_was_not_measured_is_passed_over():
    losses = [1.0, None, 2.0, float("nan"), 3.0, None, None, None]
    used = train(*build("plateau(patience=0, factor=0.5)+constant"), 0, losses=losses)
    assert [rates[0] for rates in used[::U]] == [0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125]


def test_a_rule_that_watches_nothing_needs_no_report():
    reported, silent = build("by_epoch+seq3"), build("by_epoch+seq3")
    whole = train(*reported, 0)
    used = []
    for _ in range(HORIZON.updates):
        used.append(silent[1].get_last_lr())
        silent[0].step()
        silent[1].step()
    assert used == whole
    silent[1].step(2)  # back, which a function of t alone can do
    assert silent[1].get_last_lr() == whole[2]


@pytest.mark.parametrize("text", WATCHING)
def test_a_copied_run_and_added_groups_keep_what_was_seen(text):
    optimizer, scheduler = build(text)
    whole = train(*build(text), 0)
    train(optimizer, scheduler, 0, 10)
    other, again = copy.deepcopy((optimizer, scheduler))
    other.add_param_group({"params": [torch.zeros(1, requires_grad=True)], "lr": 0.5})
    assert [rates[:2] for rates in train(other, again, 10)] == whole[10:]
    assert train(optimizer, scheduler, 10) == whole[10:]


def test_a_changed_rule_is_a_choice():
    optimizer, saved = build("plateau(patience=0, factor=0.5)+constant")
    train(optimizer, saved, 0, 9)
    assert saved.get_last_lr()[0] == 0.25
    _, other = build("plateau(patience=3, factor=0.5)+constant")
    with pytest.raises(ScheduleError, match=r'saved with plateau\(factor=0.5, patience=0\).*on_change="keep"'):
        other.load_state_dict(saved.state_dict())
    for text, kept in (("plateau(patience=3, factor=0.5)+constant", 0.25), ("by_oscillation+constant", 0.5)):
        _, other = build(text, on_change="rescale")  # the same rule goes on from what was seen, another begins
        other.load_state_dict(saved.state_dict())
        assert (other.t, other.get_last_lr()[0]) == (9, kept)
    _, other = build("linear", on_change="keep")
    other.load_state_dict(saved.state_dict())
    assert (other.t, other.get_last_lr()[0]) == (9, 0.25)


def test_reports_that_make_no_sense_are_refused():
    optimizer, scheduler = build("plateau+cosine")
    with pytest.raises(ScheduleError, match=r"no update was made yet.*report after an epoch"):
        scheduler.step_metric(1.0)
    optimizer.step()
    with pytest.raises(ScheduleError, match="one number must be given"):
        scheduler.step_metric("low")
    for report in (lambda: scheduler.step(0.5), lambda: scheduler.step(metrics=0.5)):
        with pytest.raises(ScheduleError, match=r"takes no metric, but got 0.5; report it by step_metric"):
            report()
    optimizer, scheduler = build("cosine")
    with pytest.raises(ScheduleError, match=r"cosine watches no metric; .*such as \"plateau\+cosine\""):
        scheduler.step_metric(1.0)


@pytest.mark.parametrize(
    "report", [lambda scheduler: scheduler.step(0.5), lambda scheduler: scheduler.step(metrics=0.5)]
)
def test_a_metric_shown_to_a_schedule_that_watches_none_is_refused(report):
    optimizer, scheduler = build("cosine")
    optimizer.step()
    words = r'takes no metric, but got 0.5, and cosine watches none; call step\(\) without it, or .*"plateau\+cosine"'
    with pytest.raises(ScheduleError, match=words):
        report(scheduler)
    with pytest.raises(
        ScheduleError, match=r"watches none; call step\(\) without it. To go to an update, write step\("
    ):
        report(build("by_epoch+seq3")[1])
    scheduler.step(metrics=None)
    assert scheduler.t == 1


@pytest.mark.parametrize("seen", [None, 3, {}, {"reports": 1, "state": {}}, {"reports": 1, "state": {"scale": "x"}}])
def test_what_a_rule_has_seen_must_be_readable(seen):
    _, scheduler = build("plateau+constant")
    state = scheduler.state_dict() | {"rule": seen}
    if seen is None:
        del state["rule"]
    with pytest.raises(ScheduleError, match=r"resume: |a saved state"):
        scheduler.load_state_dict(state)
