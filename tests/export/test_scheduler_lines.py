"""The short lines, run as they stand: the rates are the schedule's, the optimizer is the one that was asked for."""

import numpy as np
import pytest
import torch

from lrlab.errors import ScheduleError, UnknownName
from lrlab.export import scheduler_lines
from lrlab.rules import parse
from lrlab.schedules import Horizon, Warmup
from support.own import Halving, Waves

HORIZON = Horizon(updates=18, updates_per_epoch=4)
SETTINGS = {"momentum": 0.9, "weight_decay": 0.0, "nesterov": False, "beta2": 0.999, "eps": 1e-8, "alpha": 0.99}


def run(text):
    """The rate of each update, and the optimizer."""
    space = {"model": torch.nn.Linear(1, 1)}
    exec(text, space)
    rates = []
    for _ in range(HORIZON.updates):
        rates.append(space["optimizer"].param_groups[0]["lr"])
        space["optimizer"].step()
        space["scheduler"].step()
    return rates, space["optimizer"]


@pytest.mark.parametrize("text", ["cosine", "one_cycle", "step(every=1 epochs)", "warmup(span=20%)+linear", "cyclic"])
@pytest.mark.parametrize("peak", [0.1, 0.0316227766])
def test_four_lines_give_the_schedules_rates(text, peak):
    plan = parse(text)
    lines = scheduler_lines(plan, peak=peak, horizon=HORIZON, optimizer="sgd", settings=SETTINGS)
    assert len(lines.splitlines()) == 4
    np.testing.assert_allclose(run(lines)[0], plan.bind(peak=peak, horizon=HORIZON).all(), rtol=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "settings", "shown"),
    [
        ("sgd", {}, "SGD(model.parameters(), lr=0.1, momentum=0.9)"),
        ("sgd", {"momentum": 0.0}, "SGD(model.parameters(), lr=0.1)"),
        ("adam", {}, "Adam(model.parameters(), lr=0.1)"),
        ("adam", {"momentum": 0.8}, "Adam(model.parameters(), lr=0.1, betas=(0.8, 0.999))"),
        ("adamw", {}, "AdamW(model.parameters(), lr=0.1, weight_decay=0.0)"),
        ("adamw", {"weight_decay": 0.01}, "AdamW(model.parameters(), lr=0.1)"),
        ("rmsprop", {"eps": 1e-6}, "RMSprop(model.parameters(), lr=0.1, eps=1e-06, momentum=0.9)"),
    ],
)
def test_settings_that_are_torchs_own_are_left_out_and_no_others(optimizer, settings, shown):
    given = SETTINGS | settings
    lines = scheduler_lines(parse("cosine"), peak=0.1, horizon=HORIZON, optimizer=optimizer, settings=given)
    assert f"optimizer = torch.optim.{shown}\n" in lines
    group = run(lines)[1].param_groups[0]
    assert group["weight_decay"] == given["weight_decay"]
    assert group["eps"] == given["eps"] if "eps" in group else True
    first = group["betas"][0] if "betas" in group else group["momentum"]
    assert first == given["momentum"]


def test_a_rule_says_what_to_call_after_each_epoch():
    lines = scheduler_lines(parse("plateau+constant"), peak=0.1, horizon=HORIZON, optimizer="sgd", settings=SETTINGS)
    assert "updates=18, updates_per_epoch=4)" in lines
    assert lines.endswith("# after each epoch's validation: scheduler.step_metric(validation_loss)\n")
    space = {"model": torch.nn.Linear(1, 1), "torch": torch}
    exec(lines, space)
    assert space["optimizer"].param_groups[0]["lr"] == 0.1


def test_a_loop_of_the_users_own_keeps_its_optimizer():
    lines = scheduler_lines(parse("cosine"), peak=0.1, horizon=HORIZON, settings={"width": 64, "norm": "batch"})
    assert "# your optimizer, made with lr=0.1, width=64, norm='batch'\n" in lines
    assert "torch.optim" not in lines


def test_a_gradient_that_is_clipped_is_named():
    given = SETTINGS | {"clip": 1.5}
    lines = scheduler_lines(parse("cosine"), peak=0.1, horizon=HORIZON, optimizer="sgd", settings=given)
    assert "# before each optimizer.step(): torch.nn.utils.clip_grad_norm_(model.parameters(), 1.5)\n" in lines


@pytest.mark.parametrize("text", ["cosine", "plateau+constant"])
def test_batches_that_make_one_update_are_named(text):
    lines = scheduler_lines(
        parse(text), peak=0.1, horizon=HORIZON, optimizer="sgd", settings=SETTINGS | {"accumulate": 4, "clip": 1.0}
    )
    assert "# an update takes 4 batches: optimizer.step() after every 4, each with (loss / 4).backward()\n" in lines
    exec(lines, {"model": torch.nn.Linear(1, 1)})


@pytest.mark.parametrize("plan", [Waves(), Halving(then=Waves()), Warmup(then=Waves())], ids=["own", "rule", "inside"])
def test_a_class_of_the_users_own_has_to_be_imported(plan, monkeypatch):
    monkeypatch.setattr(Waves, "name", "waves", raising=False)
    monkeypatch.setattr(Halving, "name", "halving", raising=False)
    lines = scheduler_lines(plan, peak=0.1, horizon=HORIZON, settings={})
    assert "# waves is registered in support.own, which has to be imported here\n" in lines
    assert ("# halving is registered in support.own" in lines) == isinstance(plan, Halving)
    assert "has to be imported" not in scheduler_lines(parse("plateau+cosine"), peak=0.1, horizon=HORIZON)


def test_settings_and_peaks_are_checked():
    with pytest.raises(UnknownName, match="unknown optimizer 'sgdd'; did you mean sgd"):
        scheduler_lines(parse("cosine"), peak=0.1, horizon=HORIZON, optimizer="sgdd")
    with pytest.raises(ScheduleError, match=r"a peak rate must lie in \(0, 1000\]"):
        scheduler_lines(parse("cosine"), peak=-0.1, horizon=HORIZON, optimizer="sgd")
