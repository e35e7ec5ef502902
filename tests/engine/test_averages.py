"""Averages of weights: equal to torch's, equal in stacks, unseen by training, and in checkpoints to the bit."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from lrlab.engine import BACKENDS, Patience, is_available, train, train_stack
from lrlab.engine._norms import BATCHES, statistics_updates
from lrlab.engine._randomness import epoch_batches, initial_model
from lrlab.engine._reference import trial_steps
from lrlab.engine._steps import run_to_end
from lrlab.engine._train_stack import stack_steps
from lrlab.schedules import Horizon
from lrlab.tasks import Task
from support.stops import STRIKES, in_pieces
from support.tasks import blobs, pictures, trial

HERE = [layout for layout in BACKENDS if is_available(layout)]
AVERAGES = (
    None,
    "ema(decay=0.7)",
    "swa(start=40%, every=2 updates)",
    "lawa(every=3 updates, last=3)",
    "ema(debias=false)",
)


def trials_of(task, **fields):
    """One for each average, two seeds."""
    made = {"budget": "4 epochs", "schedule": "constant", "precision": "float64"} | fields
    return [trial(task, average=average, seed=1 + place % 2, **made) for place, average in enumerate(AVERAGES)]


def torch_average(text):
    """What torch keeps for an average: its model, and whether it takes in the weights after update t of T."""
    if text == "ema(debias=false)":
        return {"multi_avg_fn": get_ema_multi_avg_fn(0.999)}, lambda t, last: True
    if text == "ema(decay=0.7)":
        return {"avg_fn": lambda mean, weight, n: mean + 0.3 / (1 - 0.7 ** (int(n) + 1)) * (weight - mean)}, (
            lambda t, last: True
        )
    return {}, lambda t, last: t >= round(0.4 * last) and (last - 1 - t) % 2 == 0


@pytest.mark.parametrize("text", [AVERAGES[1], AVERAGES[2], AVERAGES[4]])
def test_the_plain_loop_keeps_what_torch_keeps(text):
    """A loop by hand: torch's SGD, AveragedModel and update_bn; a network with batch norm, no augmentation."""
    task = plain_pictures()
    asked = trial(task, average=text, schedule="constant", budget="3 epochs", precision="float64")
    own = train(asked, task)
    model = initial_model(task.model, 1).double()
    options, takes = torch_average(text)
    averaged = AveragedModel(model, **options)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    per_epoch = len(task.train.inputs) // 16
    for t in range(3 * per_epoch):
        batch = epoch_batches(len(task.train.inputs), 16, 1, t // per_epoch)[t % per_epoch]
        optimizer.zero_grad()
        outputs = model(task.prepare(task.train.inputs[batch], dtype=torch.float64))
        torch.nn.functional.cross_entropy(outputs, task.train.labels[batch]).backward()
        optimizer.step()
        if takes(t, 3 * per_epoch):
            averaged.update_parameters(model)
    batches = epoch_batches(len(task.train.inputs), 16, 1, -1)[:BATCHES]
    update_bn([task.prepare(task.train.inputs[batch], dtype=torch.float64) for batch in batches], averaged)
    for name, tensor in averaged.module.state_dict().items():
        if "num_batches" in name:  # of the training, which nobody reads in evaluation
            continue
        torch.testing.assert_close(own.weights[name], tensor, rtol=1e-9, atol=1e-12)


def plain_pictures():
    """Pictures without augmentation and dropout, whose draws a loop by hand does not have."""

    def model():
        return nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(256, 3)
        )

    rng = np.random.default_rng(5)
    labels = np.arange(160) % 3
    pixels = rng.integers(0, 120, size=(160, 3, 8, 8)) + 60 * labels[:, None, None, None]
    return Task.from_arrays(model=model, inputs=pixels.astype(np.uint8), labels=labels)


@pytest.mark.parametrize("layout", HERE)
@pytest.mark.parametrize("make", [lambda: blobs(dropout=0.3), pictures])
def test_a_stack_keeps_the_averages_of_the_plain_loop(layout, make):
    """Batch norm, dropout and augmentation: statistics are estimated on the same batches, with the same masks."""
    task = make()
    trials = trials_of(task)
    for own, other in zip(train_stack(trials, task, layout), [train(each, task) for each in trials], strict=True):
        for name, tensor in other.weights.items():
            if "num_batches" not in name:
                torch.testing.assert_close(own.weights[name], tensor, rtol=1e-9, atol=1e-10)
        for mine, theirs in zip(own.record.epochs, other.record.epochs, strict=True):
            assert mine.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-9)


@pytest.mark.parametrize("layout", ["reference", "grouped"])
def test_training_does_not_see_an_average(layout):
    task = pictures()
    plain = trial(task, schedule="constant", budget="3 epochs")
    own = [plain, plain.model_copy(update={"average": trials_of(task)[1].average})]
    ended = [train(each, task) for each in own] if layout == "reference" else train_stack(own, task, layout)
    losses = [[epoch.train_loss for epoch in each.record.epochs] for each in ended]
    assert losses[0] == losses[1]
    assert ended[0].record.test.loss != ended[1].record.test.loss


def test_before_it_begins_the_weights_themselves_are_evaluated():
    task = blobs()
    plain, own = (trial(task, average=each, schedule="constant") for each in (None, "swa(start=80%, every=1 updates)"))
    before, after = (train(each, task).record.epochs for each in (plain, own))
    assert before[0] == after[0]
    assert before[2].validation_loss != after[2].validation_loss


def test_a_rule_sees_the_loss_of_the_averaged_weights():
    task = blobs()
    rule = {"schedule": "plateau(patience=0, threshold=0.05)+constant", "budget": "6 epochs"}
    trials = [trial(task, average=each, **rule) for each in (None, "ema(decay=0.9999, debias=false)")]
    plain = [train(each, task) for each in trials]
    assert not np.array_equal(plain[0].arrays["rates"], plain[1].arrays["rates"])
    for own, other in zip(train_stack(trials, task, "grouped"), plain, strict=True):
        np.testing.assert_array_equal(own.arrays["rates"], other.arrays["rates"])


def test_a_trial_that_diverges_leaves_the_averages_of_others_alone():
    task = blobs()
    trials = trials_of(task, budget="6 epochs", precision="float32")
    wild = [each.model_copy(update={"peak": 1e3, "seed": 1, "batch_size": 16}) for each in trials[:2]]
    together = train_stack([*wild, *trials], task, "loop")
    alone = train_stack(trials, task, "loop")
    for own, other in zip(together[2:], alone, strict=True):
        assert own.record.epochs == other.record.epochs


@pytest.mark.parametrize("layout", HERE)
def test_a_stack_that_is_stopped_keeps_its_averages_to_the_bit(layout, tmp_path, monkeypatch):
    task = pictures()
    trials = trials_of(task, precision="float32")
    whole, patience = train_stack(trials, task, layout), Patience(tmp_path / "stack.pt", until=STRIKES)
    ended, stops = in_pieces(lambda: train_stack(trials, task, layout, patience), monkeypatch)
    assert stops > 2
    for own, other in zip(ended, whole, strict=True):
        assert own.record.epochs == other.record.epochs
        assert all(torch.equal(own.weights[name], tensor) for name, tensor in other.weights.items())


def test_a_plain_trial_that_is_stopped_keeps_its_average_to_the_bit(tmp_path, monkeypatch):
    task = pictures()
    for asked in trials_of(task, precision="float32")[1:4]:
        whole, patience = train(asked, task), Patience(tmp_path / f"{asked.key}.pt", until=STRIKES)
        steps = partial(trial_steps, asked, task, patience)
        ended, stops = in_pieces(lambda steps=steps: run_to_end(steps()), monkeypatch, updates=2)
        assert stops > 0
        assert ended.record.epochs == whole.record.epochs
        assert all(torch.equal(ended.weights[name], tensor) for name, tensor in whole.weights.items())


def test_averages_go_on_from_a_rung_in_other_stacks(tmp_path):
    task = blobs(dropout=0.3)
    trials = trials_of(task, precision="float32")
    whole = train_stack(trials, task, "loop")
    paths = [tmp_path / "a.pt", tmp_path / "b.pt"]
    for path, part in zip(paths, (trials[:3], trials[3:]), strict=True):
        run_to_end(stack_steps(part, task, "loop", Patience(path, rung="2 epochs")))
    mixed = [trials[place] for place in (4, 1, 3)]
    ended = train_stack(mixed, task, "loop", Patience(tmp_path / "c.pt", begin_from=paths))
    for own, place in zip(ended, (4, 1, 3), strict=True):
        assert own.record.epochs == whole[place].record.epochs
        assert own.record.test == whole[place].record.test


def test_statistics_are_estimated_on_a_fixed_number_of_batches():
    assert list(statistics_updates(Horizon(updates=9, updates_per_epoch=3))) == [-3, -2, -1]
    long = statistics_updates(Horizon(updates=9000, updates_per_epoch=3000))
    assert (long[0], len(long)) == (-3000, BATCHES)
