"""A rule's lines, run as they stand: the rates are those the rule gives on the same losses."""

import numpy as np
import pytest
import torch

from lrlab.errors import ScheduleError, UnknownName
from lrlab.export import scheduler_lines
from lrlab.rules import parse_rule, simulate
from lrlab.schedules import Horizon
from support.rules import EXAMPLES

LOSSES = [1.0, 0.9, 0.95, 0.95, 0.94]
SETTINGS = {"momentum": 0.9, "weight_decay": 0.01}


def used(lines, horizon, reports):
    """The rates an optimizer had at each update of a run with those losses. reports: whether it is told of them."""
    space = {"model": torch.nn.Linear(2, 2)}
    exec(lines, space)
    rates = []
    for epoch in range(horizon.epochs):
        for _ in range(min(horizon.updates_per_epoch, horizon.updates - len(rates))):
            rates.append(space["optimizer"].param_groups[0]["lr"])
            space["optimizer"].step()
            space["scheduler"].step()
        if len(rates) < horizon.updates and reports:
            space["scheduler"].step_metric(LOSSES[epoch])
    return rates


@pytest.mark.parametrize(
    "horizon", [Horizon(updates=20, updates_per_epoch=4), Horizon(updates=18, updates_per_epoch=4)]
)
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_lines_give_the_rules_rates(name, horizon):
    rule = EXAMPLES[name]
    lines = scheduler_lines(rule, peak=0.2, horizon=horizon, optimizer="sgd", settings=SETTINGS)
    assert "# after each epoch's validation: scheduler.step_metric(validation_loss)" in lines
    reports = any(word in lines for word in ("plateau", "by_cutoff", "by_osc"))
    np.testing.assert_allclose(
        used(lines, horizon, reports), simulate(rule, LOSSES, peak=0.2, horizon=horizon), rtol=1e-12
    )


def test_settings_and_peaks_are_checked():
    horizon, rule = Horizon(updates=20, updates_per_epoch=4), parse_rule("by_epoch+seq1")
    with pytest.raises(UnknownName, match="unknown optimizer 'sgdd'; did you mean sgd"):
        scheduler_lines(rule, peak=0.2, horizon=horizon, optimizer="sgdd", settings={})
    with pytest.raises(ScheduleError, match=r"a peak rate must lie in \(0, 1000\]"):
        scheduler_lines(rule, peak=-0.2, horizon=horizon, optimizer="sgd", settings={})
