"""A rule's lines, run as they stand: the rates are those the rule gives on the same losses."""

import numpy as np
import pytest
import torch

from lrlab.errors import ScheduleError, UnknownName
from lrlab.export import rule_lines
from lrlab.rules import parse_rule, simulate
from lrlab.schedules import Horizon
from support.rules import EXAMPLES

LOSSES = [1.0, 0.9, 0.95, 0.95, 0.94]
SETTINGS = {"momentum": 0.9, "weight_decay": 0.01}


def used(lines, horizon):
    """The rates an optimizer had at each update of a run with those losses."""
    before, _, loop = lines.partition("# in the training loop, after loss.backward():\n")
    every_update, _, every_epoch = loop.partition("# after each epoch's validation:\n")
    space = {"model": torch.nn.Linear(2, 2)}
    exec(before, space)
    rates = []
    for epoch in range(horizon.epochs):
        for _ in range(min(horizon.updates_per_epoch, horizon.updates - len(rates))):
            rates.append(space["optimizer"].param_groups[0]["lr"])
            exec(every_update, space)
        if len(rates) < horizon.updates:
            space["validation_loss"] = LOSSES[epoch]
            exec(every_epoch if "plateau" in lines or "by_cutoff" in lines or "by_osc" in lines else "", space)
    return rates


@pytest.mark.parametrize(
    "horizon", [Horizon(updates=20, updates_per_epoch=4), Horizon(updates=18, updates_per_epoch=4)]
)
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_lines_give_the_rules_rates(name, horizon):
    rule = EXAMPLES[name]
    lines = rule_lines(rule, peak=0.2, horizon=horizon, optimizer="sgd", settings=SETTINGS)
    np.testing.assert_allclose(used(lines, horizon), simulate(rule, LOSSES, peak=0.2, horizon=horizon), rtol=1e-12)


def test_settings_and_peaks_are_checked():
    horizon, rule = Horizon(updates=20, updates_per_epoch=4), parse_rule("by_epoch+seq1")
    with pytest.raises(UnknownName, match="unknown optimizer 'sgdd'; did you mean sgd"):
        rule_lines(rule, peak=0.2, horizon=horizon, optimizer="sgdd", settings={})
    with pytest.raises(ScheduleError, match=r"a peak rate must lie in \(0, 1000\]"):
        rule_lines(rule, peak=-0.2, horizon=horizon, optimizer="sgd", settings={})
