"""The stack against its twin, the plain loop: whatever trials it holds, the records and weights are the same."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import LAYOUTS, train, train_stack
from lrlab.engine._verify import deviation
from lrlab.errors import RunError
from lrlab.tasks import Task
from support.tasks import blobs, line, trial

EXACT = 1e-9
OPTIMIZERS = [
    {"name": "sgd", "momentum": 0.9},
    {"name": "sgd", "momentum": 0.0, "weight_decay": 0.01},
    {"name": "sgd", "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    {"name": "adam", "momentum": 0.9, "weight_decay": 0.01},
    {"name": "adamw", "momentum": 0.9, "weight_decay": 0.1, "beta2": 0.99},
    {"name": "rmsprop", "momentum": 0.0},
    {"name": "rmsprop", "momentum": 0.9, "alpha": 0.9, "weight_decay": 0.01},
    {"name": "sgd", "clip": 0.05},
    {"name": "adam", "clip": 0.05},
]
PLANS = ["constant", "cosine", "warmup(span=3 updates)+linear", "one_cycle", "by_epoch+seq1"]


def made(task, **changes):
    """Trials of one stack: several plans, peaks and seeds."""
    fields = {"precision": "float64", "budget": "5 epochs"} | changes
    return [
        trial(task, schedule=plan, peak=peak, seed=seed, **fields)
        for plan, peak, seed in zip(PLANS, (0.1, 0.03, 0.2, 0.05, 0.1), (1, 1, 2, 1, 2), strict=True)
    ]


def same(stacked, plain, bound=EXACT):
    """Records equal to rounding, rates to the bit."""
    for one, other in zip(stacked, plain, strict=True):
        assert one.record.trial == other.record.trial
        assert one.record.outcome == other.record.outcome
        assert one.record.diverged_at == other.record.diverged_at
        assert len(one.record.epochs) == len(other.record.epochs)
        for mine, theirs in zip(one.record.epochs, other.record.epochs, strict=True):
            for field, value in theirs.to_dict().items():
                close = value if value is None else pytest.approx(value, rel=max(bound, 1e-6))
                assert getattr(mine, field) == close
        np.testing.assert_array_equal(one.arrays["rates"], other.arrays["rates"])
        assert one.record.test.score == pytest.approx(other.record.test.score, abs=1e-6)
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=max(bound, 1e-6))
        if one.weights:
            gap = max(deviation(one.weights[name], tensor) for name, tensor in other.weights.items())
            assert gap <= bound


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("settings", OPTIMIZERS, ids=str)
def test_every_optimizer_is_the_plain_loops(settings, layout):
    task = blobs(dropout=0.3)
    trials = made(task, optimizer=settings)
    same(train_stack(trials, task, layout), [train(one, task) for one in trials])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_momentum_and_decay_may_differ_from_trial_to_trial(layout):
    task = blobs()
    settings = [{"momentum": m, "weight_decay": w} for m, w in ((0.0, 0.0), (0.9, 0.01), (0.5, 0.0))]
    trials = [trial(task, optimizer=one, precision="float64") for one in settings]
    same(train_stack(trials, task, layout), [train(one, task) for one in trials])


@pytest.mark.parametrize(
    "rule", ["by_oscillation+seq3", "by_cutoff(cutoff=0.5)+seq1", "plateau(patience=0, threshold=0.5)+constant"]
)
def test_rules_write_the_next_epochs_rates_for_all_trials_at_once(rule):
    task = blobs()
    trials = [
        trial(task, schedule=plan, peak=peak, precision="float64", budget="8 epochs")
        for plan in (rule, "cosine")
        for peak in (0.02, 0.3, 1.0)
    ]
    plain = [train(one, task) for one in trials]
    same(train_stack(trials, task, "grouped"), plain)
    assert len({tuple(one.arrays["rates"] / one.record.trial.peak) for one in plain[:3]}) > 1


def test_labels_that_are_numbers_are_measured_trial_by_trial():
    task = line()
    trials = [trial(task, peak=peak, schedule="linear", batch_size=12, precision="float64") for peak in (0.01, 0.05)]
    same(train_stack(trials, task, "grouped"), [train(one, task) for one in trials])


@pytest.mark.parametrize(("budget", "every"), [("10 updates", 2), ("2.5 epochs", 1), ("1 epochs", 3), ("7 epochs", 3)])
def test_epochs_and_validations_fall_where_the_plain_loops_do(budget, every):
    task = blobs()
    trials = [trial(task, budget=budget, evaluate_every=every, seed=seed, precision="float64") for seed in (1, 2)]
    same(train_stack(trials, task, "grouped"), [train(one, task) for one in trials])


def test_float32_stays_within_rounding():
    task = blobs(dropout=0.2)
    trials = made(task, precision="float32", budget="2 epochs")
    same(train_stack(trials, task, "grouped"), [train(one, task) for one in trials], bound=1e-4)


def test_seconds_are_shared_out():
    task = blobs()
    records = [one.record for one in train_stack(made(task), task, "grouped")]
    assert all(record.train_seconds > 0 and record.evaluate_seconds > 0 for record in records)
    assert {record.provenance.engine for record in records} == {"grouped"}
    assert {record.provenance.stack for record in records} == {5}


def wild(task, loud=1000.0, **changes):
    """Two quiet trials around one that diverges."""
    fields = {"schedule": "constant", "budget": "30 epochs", "batch_size": 12} | changes
    return [trial(task, peak=peak, **fields) for peak in (0.001, loud, 0.002)]


def test_a_trial_that_diverges_leaves_at_the_end_of_its_epoch():
    task = line(dropout=0.2)
    trials = wild(task, precision="float64")
    stacked, plain = train_stack(trials, task, "grouped"), [train(one, task) for one in trials]
    same([stacked[0], stacked[2]], [plain[0], plain[2]])
    same([stacked[1]._replace(weights={})], [plain[1]])
    record = stacked[1].record
    assert record.outcome == "diverged"
    assert record.provenance.left_at == record.updates_per_epoch * len(record.epochs)
    assert record.diverged_at <= record.provenance.left_at < record.updates
    assert stacked[0].record.provenance.left_at is None
    assert math.isfinite(record.test.loss)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_trial_that_diverges_changes_no_bit_of_its_neighbours(layout):
    """While the stack keeps its shape; one epoch is all there is, so nobody leaves before the end."""
    task = line(count=400, dropout=0.2)
    loud = train_stack(wild(task, budget="1 epochs"), task, layout)
    quiet = train_stack(wild(task, 0.003, budget="1 epochs"), task, layout)
    assert [one.record.outcome for one in (loud[1], quiet[1])] == ["diverged", "finished"]
    for k in (0, 2):
        for name, tensor in quiet[k].weights.items():
            assert torch.equal(tensor, loud[k].weights[name])
        np.testing.assert_array_equal(quiet[k].arrays["test"], loud[k].arrays["test"])


def test_a_stack_in_which_all_diverge_ends():
    task = line()
    trials = [wild(task, loud)[1] for loud in (1000.0, 900.0)]
    records = [one.record for one in train_stack(trials, task, "grouped")]
    assert [record.outcome for record in records] == ["diverged", "diverged"]
    assert [record.diverged_at for record in records] == [train(one, task).record.diverged_at for one in trials]


def test_trials_that_are_not_alike_are_refused():
    task = blobs()
    with pytest.raises(RunError, match="may differ in schedule, peak, seed, momentum and weight decay alone"):
        train_stack([trial(task), trial(task, batch_size=8)], task, "grouped")


def test_the_callers_random_numbers_are_left_alone():
    task = blobs(dropout=0.5)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train_stack(made(task), task, "grouped")
    assert torch.equal(torch.rand(3), expected)


class Noisy(nn.Module):
    """Functional dropout: its masks come from torch's global generator."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)

    def forward(self, x):
        return nn.functional.dropout(self.layer(x), 0.5, self.training)


def test_a_model_that_draws_without_a_seed_runs_alone():
    base = blobs()
    task = Task(model=Noisy, train=base.train, validation=base.validation, test=base.test)
    for layout in ("grouped", "vmap", "loop"):
        with pytest.raises(RunError, match=r"dropout|random"):
            train_stack([trial(task, seed=1), trial(task, seed=2)], task, layout)
    one = trial(task, precision="float64")
    same(train_stack([one], task, "loop"), [train(one, task)])
