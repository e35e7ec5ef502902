"""A rule of the user's own is registered as a schedule is, and stands wherever lrlab's rules do."""

import json
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.optim import SGD

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from lrlab.rules import RULES, Rule, from_dict, own_classes, parse, register, simulate
from lrlab.schedules import SCHEDULES, Constant, Horizon, Step
from support.own import HalvedState, Halving, Waves, catalogue_kept
from support.updates import train_told

SIX = Horizon(updates=6, updates_per_epoch=2)
LOSSES = [2.0, 0.5, 2.0]


@pytest.fixture(autouse=True)
def _catalogue():
    with catalogue_kept():
        register("halving")(Halving)
        register("waves")(Waves)
        yield


@pytest.mark.parametrize("text", ["halving+constant", "halving(limit=0.1, most=2)+warmup(span=20%)+waves(low=0.5)"])
def test_text_json_and_pickle_lead_back(text):
    rule = parse(text)
    assert type(rule) is Halving
    assert str(rule) == text
    assert from_dict(json.loads(json.dumps(rule.to_dict()))) == rule
    assert pickle.loads(pickle.dumps(rule)) == rule


def test_it_drives_a_schedule():
    rates = simulate(parse("halving(limit=1)+constant"), LOSSES, peak=0.8, horizon=SIX)
    assert rates.tolist() == [0.8, 0.8, 0.4, 0.4, 0.4, 0.4]


def test_a_field_may_hold_a_schedule():
    @register("within")
    @dataclass(frozen=True, kw_only=True)
    class Within(Halving):
        other: Step | None = None
        corners: tuple[float, ...] = ()

    rule = parse("within(corners=[1, 0.5])+constant")
    assert rule == Within(corners=(1.0, 0.5), then=Constant())
    assert from_dict(rule.to_dict()) == rule


def test_the_catalogue_knows_the_kind_of_a_class():
    assert RULES["halving"] is Halving
    assert SCHEDULES["waves"] is Waves
    assert own_classes() == {"halving": Halving, "waves": Waves}


@pytest.mark.parametrize("name", ["waves", "cosine", "by_epoch"])
def test_no_name_is_a_schedules_and_a_rules(name):
    with pytest.raises(ScheduleError, match=f"'{name}' is already .*; take another name"):
        register(name)(Halving)


def test_a_rule_without_its_methods_is_refused():
    bare = dataclass(frozen=True, kw_only=True)(type("Bare", (Rule,), {}))
    with pytest.raises(ScheduleError, match="Bare lacks advance, init, watches; write what Rule says of each"):
        register("bare")(bare)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"init": lambda self, shape=(): HalvedState(np.zeros(3))}, "a state must be a NamedTuple .* write np.zeros"),
        ({"init": lambda self, shape=(): (np.zeros(shape),)}, "a state must be a NamedTuple .*; write np.zeros"),
        ({"advance": lambda self, state, value: HalvedState(1.0)}, r"arrays of shape \(2,\), one value for each"),
        ({"advance": lambda self, state, value: state.missing}, r"test_own.py:\d+: AttributeError: .*; mend its class"),
        (
            {"scale": lambda self, state: np.nan * state.halvings},
            "must be finite numbers, .*; return one finite",
        ),
    ],
)
def test_methods_that_give_another_shape_are_refused_before_a_run(changed, message):
    Own = dataclass(frozen=True, kw_only=True)(type("Own", (Halving,), changed | {"name": "own"}))
    with pytest.raises(ScheduleError, match=message):
        Own(then=Constant()).bind(peak=[0.1, 0.2], horizon=SIX)


def test_one_factor_for_all_trials_is_enough():
    Own = dataclass(frozen=True, kw_only=True)(type("Own", (Halving,), {"name": "own", "scale": lambda *_: 0.5}))
    rates = simulate(Own(then=Constant()), [LOSSES, LOSSES], peak=[0.2, 0.4], horizon=SIX)
    assert rates.tolist() == [[0.1] * 6, [0.2] * 6]


def build(text):
    return Scheduler(SGD([torch.zeros(1, requires_grad=True)], lr=0.8), text, updates=6, updates_per_epoch=2)


def train(scheduler, first, last):
    return [rate for (rate,) in train_told(scheduler.optimizer, scheduler, LOSSES, first, last)]


def test_a_scheduler_with_it_resumes_at_every_update():
    whole = train(build("halving+waves(low=0.5)"), 0, 6)
    assert whole == simulate(parse("halving+waves(low=0.5)"), LOSSES, peak=0.8, horizon=SIX).tolist()
    for update in range(1, 6):
        scheduler = build("halving+waves(low=0.5)")
        train(scheduler, 0, update)
        again = build("halving+waves(low=0.5)")
        again.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
        assert train(again, update, 6) == whole[update:]
