"""Objectives in training: what records keep of them, every layout against the plain loop, chance, outputs kept."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from lrlab.engine import _measure, train, train_stack
from lrlab.engine._chance import chance_of
from lrlab.errors import Unstackable
from lrlab.objectives import Classification, NextToken, PerPixel, Regression
from lrlab.spec import Metric, Record
from lrlab.tasks import Task
from support.tasks import OBJECTIVE_TASKS, amounts, blobs, clouds, pixels, tags, tokens, trial

LAYOUTS = ["grouped", "vmap", "loop", "lanes"]
FIELDS = {"precision": "float64", "budget": "3.5 epochs", "batch_size": 12, "watch": "test", "optimizer": "adamw"}
short = partial(trial, peak=0.03)


def stacked(made, task, layout):
    try:
        return train_stack(made, task, layout)
    except Unstackable as error:
        pytest.skip(f"{layout}: {error}")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", OBJECTIVE_TASKS)
def test_a_stack_measures_what_the_plain_loop_does(name, layout):
    task = OBJECTIVE_TASKS[name]()
    made = [short(task, schedule=plan, seed=seed, **FIELDS)
            for plan, seed in (("constant", 1), ("cosine", 1), ("linear", 2))]  # fmt: skip
    for one, planned in zip(stacked(made, task, layout), made, strict=True):
        plain = train(planned, task).record
        assert one.record.metric == plain.metric == task.objective.metrics[0]
        for mine, theirs in ((one.record.test, plain.test), (one.record.validation, plain.validation)):
            assert (mine.loss, mine.score) == pytest.approx((theirs.loss, theirs.score), rel=1e-9)
            assert dict(mine.scores) == pytest.approx(dict(theirs.scores), rel=1e-6)
            assert list(mine.scores) == list(theirs.scores) == list(task.objective.further)
        for mine, theirs in zip(one.record.epochs, plain.epochs, strict=True):
            values = [
                {name: value for name, value in epoch.to_dict().items() if value is not None}
                for epoch in (mine, theirs)
            ]
            assert values[0] == pytest.approx(values[1], rel=1e-9)


@pytest.mark.parametrize("name", OBJECTIVE_TASKS)
def test_a_record_has_every_metric_and_is_read_back(name):
    """By hand: the last weights, all outputs at once, and the objective's own arithmetic over them."""
    task = OBJECTIVE_TASKS[name]()
    done = train(short(task, budget="3 epochs", batch_size=12), task)
    model = task.model()
    model.load_state_dict(done.weights)
    with torch.no_grad():
        outputs, known = (model.eval()(task.prepare(part.inputs)) for part in (task.test, task.validation))
    fitted = task.objective.fit(known, task.validation.labels)
    expected = task.objective.scores(outputs, task.test.labels, fitted)
    first = task.objective.metrics[0].name
    assert done.record.test.loss == pytest.approx(expected.pop("loss"), rel=1e-6)
    assert done.record.test.score == pytest.approx(expected.pop(first), rel=1e-6)
    assert dict(done.record.test.scores) == pytest.approx(expected, rel=1e-6)
    assert Record.from_json(done.record.to_json()) == done.record


@pytest.mark.parametrize("name", OBJECTIVE_TASKS)
def test_more_is_learned_than_by_chance(name):
    task = OBJECTIVE_TASKS[name](count=400)
    done = train(short(task, budget="12 epochs", batch_size=12, optimizer="adamw"), task)
    assert done.record.learned
    better = 1 if done.record.metric.higher_is_better else -1
    assert better * done.record.validation.score > better * done.record.chance.constant.score


def test_chance_is_what_the_best_constant_gives():
    """By hand from the labels alone."""
    task = amounts()
    labels = task.validation.labels.double()
    constant = chance_of(task, 1, "float32").constant
    assert constant.loss == pytest.approx(labels.var(correction=0).item(), rel=1e-5)
    assert constant.score == pytest.approx(labels.std(correction=0).item(), rel=1e-5)
    r2 = amounts(objective=Regression(decide="r2"))
    assert chance_of(r2, 1, "float32").constant.score == pytest.approx(0.0, abs=1e-6)

    task = tokens()
    known = task.validation.labels[task.validation.labels != -100]
    share = known.bincount().double() / len(known)
    entropy = -(share * share.log()).sum().item()
    assert chance_of(task, 1, "float32").constant.score == pytest.approx(entropy, rel=1e-5)
    perplexity = tokens(objective=NextToken(decide="perplexity"))
    assert chance_of(perplexity, 1, "float32").constant.score == pytest.approx(math.exp(entropy), rel=1e-5)

    task = pixels()
    known = task.validation.labels[task.validation.labels != -100]
    share = (known.bincount().double() / len(known)).numpy()
    assert chance_of(task, 1, "float32").constant.score == pytest.approx(share.max() / len(share), rel=1e-6)
    accuracy = pixels(objective=PerPixel(decide="pixel_accuracy"))
    constant = chance_of(accuracy, 1, "float32").constant
    assert constant.score == pytest.approx(share.max(), rel=1e-6)
    assert constant.loss == pytest.approx(-(share * np.log(share)).sum(), rel=1e-5)

    task = tags()
    share = task.validation.labels.double().mean(0)
    all_of_them = (2 * share / (1 + share)).mean().item()
    assert chance_of(task, 1, "float32").constant.score == pytest.approx(all_of_them, rel=1e-6)


def test_outputs_are_kept_where_they_are_few_or_asked_for(monkeypatch):
    task = tokens()
    planned = short(task, budget="2 epochs", batch_size=12)
    size = task.test.labels.numel() * 5
    arrays = train(planned, task).arrays
    assert arrays["test"].shape == (len(task.test.labels), 6, 5)
    assert arrays["test"].dtype == np.float32
    monkeypatch.setattr(_measure, "MOST_KEPT", size - 1)
    for done in (train(planned, task), train_stack([planned], task, "loop")[0]):
        assert set(done.arrays) == {"rates"}
    asked = short(task, budget="2 epochs", batch_size=12, snapshots=(1, 2))
    for done in (train(asked, task), train_stack([asked], task, "loop")[0]):
        assert set(done.arrays) == {"rates", "test", "validation", "snapshot-1", "snapshot-2"}
        np.testing.assert_allclose(done.arrays["snapshot-2"], arrays["test"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["tokens", "pixels", "amounts", "labels"])
def test_a_split_is_measured_in_chunks_no_larger_than_said(monkeypatch, name):
    """With one example at a time all is as before, to rounding; no chunk is larger."""
    task = OBJECTIVE_TASKS[name]()
    planned = short(task, budget="1 epochs", batch_size=12, precision="float64")
    whole = train(planned, task).record.test
    monkeypatch.setattr(_measure, "MOST_PASSED", 1)
    honest, seen = type(task.objective).sums, []

    def sums(self, outputs, labels):
        seen.append(outputs.shape[1])
        return honest(self, outputs, labels)

    monkeypatch.setattr(type(task.objective), "sums", sums)
    few = train_stack([planned], task, "loop")[0].record.test
    looked_at = len(task.test.labels)
    assert seen.count(1) >= looked_at
    assert (few.loss, few.score) == pytest.approx((whole.loss, whole.score), rel=1e-12)


def test_the_temperature_of_test_data_is_that_of_validation_data():
    task = clouds(objective=Classification(decide="calibrated_log_loss"))
    done = train(short(task, budget="20 epochs", batch_size=12, watch="test"), task)
    validation, test = done.record.validation, done.record.test
    assert done.record.metric == Metric(
        name="calibrated_log_loss", higher_is_better=False, unit="nats", heading="calibrated log loss"
    )
    assert validation.score <= validation.loss + 1e-9, "a fit of its own data is no worse than no fit"
    own = Classification()
    model = task.model()
    model.load_state_dict(done.weights)
    with torch.no_grad():
        on_test, on_validation = (model.eval()(part.inputs) for part in (task.test, task.validation))
    fitted = own.fit(on_validation, task.validation.labels)
    assert test.score == pytest.approx(own.scores(on_test, task.test.labels, fitted)["calibrated_log_loss"], rel=1e-9)
    assert test.score != pytest.approx(own.scores(on_test, task.test.labels, own.fit(on_test, task.test.labels))[
        "calibrated_log_loss"], rel=1e-6)  # fmt: skip
    assert done.record.epochs[-1].test_score == test.score


def test_a_task_of_classes_without_objective_is_as_one_with_it():
    """Same loss, same accuracy; the record of the one without has no further metrics, as records had before."""
    base = blobs()
    parts = {name: tuple(split) for name, split in base.splits()}
    with_one = Task(model=base.model, objective=Classification(), **parts)
    fields = {"budget": "3 epochs", "batch_size": 12}
    plain, told = (train(short(task, **fields), task).record for task in (base, with_one))
    assert (plain.test.loss, plain.test.score) == (told.test.loss, told.test.score)
    assert "scores" not in plain.test.to_dict()
    assert set(told.test.scores) == {"macro_f1", "calibrated_log_loss"}
    assert told.test.scores["macro_f1"] == pytest.approx(told.test.macro.f1, rel=1e-12)
    assert [epoch.train_loss for epoch in plain.epochs] == [epoch.train_loss for epoch in told.epochs]


def test_lanes_refuse_what_they_have_not_compiled():
    task = clouds()
    with pytest.raises(Unstackable, match="the loss of Classification is not compiled; it is not run in lanes"):
        train_stack([short(task, batch_size=12)], task, "lanes")


@pytest.mark.parametrize(("name", "kind"), [("tokens", NextToken), ("pixels", PerPixel), ("amounts", Regression)])
def test_losses_that_mix_trials_would_be_noticed(monkeypatch, name, kind):
    task = OBJECTIVE_TASKS[name]()
    made = [short(task, seed=seed, **FIELDS) for seed in (1, 2)]
    honest = kind.losses
    monkeypatch.setattr(kind, "losses", lambda self, outputs, labels: honest(self, outputs, labels.roll(1, 0)))
    stacked, plain = train_stack(made, task, "loop")[0].record, train(made[0], task).record
    assert stacked.test.loss != pytest.approx(plain.test.loss, rel=1e-6)


def test_sums_that_lose_a_chunk_would_be_noticed(monkeypatch):
    task = tokens()
    planned = short(task, budget="1 epochs", batch_size=12, precision="float64")
    whole = train(planned, task).record.test
    monkeypatch.setattr(_measure, "MOST_PASSED", 60)
    monkeypatch.setattr(NextToken, "merge", lambda self, one, other: other)
    assert train(planned, task).record.test.loss != pytest.approx(whole.loss, rel=1e-6)
