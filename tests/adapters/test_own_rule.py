"""Rules and schedules of the user's own class in a scheduler: by instance, by name, and in another process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.optim import SGD

from lrlab.adapters import Scheduler
from lrlab.errors import ScheduleError
from lrlab.schedules import Constant, Linear
from support.own_rule import HalveWhereItRises
from support.updates import train_told

TESTS = Path(__file__).parents[1]

LOSSES = [1.0, 2.0, 0.5, 3.0, 4.0]


def build(rule, **options):
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    return Scheduler(optimizer, rule, epochs=5, updates_per_epoch=2, **options)


def train(scheduler, first=0, last=10):
    return [rate for (rate,) in train_told(scheduler.optimizer, scheduler, LOSSES, first, last)]


def test_a_rule_by_instance_drives_and_resumes():
    whole = train(build(HalveWhereItRises(then=Constant())))
    assert whole == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]
    for stop in range(10):
        scheduler = build(HalveWhereItRises(then=Constant()))
        train(scheduler, 0, stop)
        again = build(HalveWhereItRises(then=Constant()))
        again.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
        assert train(again, stop) == whole[stop:]


def test_another_rule_is_refused():
    state = build(HalveWhereItRises(then=Constant())).state_dict()
    for other in HalveWhereItRises(then=Constant(), by=0.25), HalveWhereItRises(then=Linear()), "constant":
        with pytest.raises(ScheduleError, match=r'build it as it was.*on_change="rescale"'):
            build(other).load_state_dict(state)


SCRIPT = """
import json, sys
from dataclasses import dataclass

import torch
from lrlab import rules
from lrlab.adapters import Scheduler
from lrlab.schedules import Constant, Schedule, register
from support.own_rule import HalveWhereItRises
from support.updates import train_told

@dataclass(frozen=True, kw_only=True)
class Mine(Schedule):
    name = "mine"
    power: float = 2.0

    def shape(self, t, horizon):
        return (1 - t / horizon.updates) ** self.power

@register("mine_too")
@dataclass(frozen=True, kw_only=True)
class MineToo(Mine):
    pass

rules.register("halve_where_it_rises")(HalveWhereItRises)
rule = "halve_where_it_rises(by=0.25)+constant"
states = []
for place, schedule in enumerate([Mine(power=3.0), "mine_too(power=3)", rule]):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = Scheduler(optimizer, schedule, updates=4, updates_per_epoch=1)
    for text in sys.argv[1:]:
        scheduler.load_state_dict(json.loads(text)[place])
    optimizer.step()
    scheduler.step()
    if schedule is rule:
        scheduler.step_metric(len(sys.argv))  # which rises
    states.append(scheduler.state_dict())
print(json.dumps(states))
"""


@pytest.mark.slow
def test_a_class_of_a_script_resumes_in_another_process():
    arguments = []
    for t in (1, 2):
        run = [sys.executable, "-c", SCRIPT, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        done = subprocess.run(run, capture_output=True, text=True, check=True, timeout=300, env=environment)
        states = json.loads(done.stdout)
        assert [state["t"] for state in states] == [t, t, t]
        arguments = [done.stdout]
    assert states[-1]["rule"]["reports"] == 2
    kept = Scheduler(
        SGD([torch.zeros(1, requires_grad=True)], lr=1.0),
        HalveWhereItRises(by=0.25, then=Constant()),
        updates=4,
        updates_per_epoch=1,
    )
    kept.load_state_dict(states[-1])
    assert (kept.t, kept.get_last_lr()) == (2, [0.25])
