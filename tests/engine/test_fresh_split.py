"""Trials of several seeds in one stack, each with the split that its seed draws: equal to the plain loop."""

import pytest

from lrlab.engine import _stack_batches, is_available, train, train_stack, verify
from lrlab.tasks import Task, get
from support.equivalence import images, trials

LAYOUTS = ["grouped", "vmap", "loop", "channels_last", "lanes"]


def of_digits(precision="float64", **optimizer):
    task = get("digits/convnet(split=fresh)")
    return task, trials(task, precision, 40, **optimizer)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_stack_of_several_seeds_equals_the_plain_loop(layout):
    if not is_available(layout):
        pytest.skip("lanes are not compiled here")
    task, made = of_digits()
    stacked, plain = train_stack(made, task, layout), [train(trial, task) for trial in made]
    for one, other in zip(stacked, plain, strict=True):
        assert one.record.test.confusion == other.record.test.confusion
        assert one.record.test.loss == pytest.approx(other.record.test.loss, rel=1e-9)
        assert one.record.validation.loss == pytest.approx(other.record.validation.loss, rel=1e-9)
        assert one.record.chance == other.record.chance
        epochs = zip(one.record.epochs, other.record.epochs, strict=True)
        assert all(mine.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-9) for mine, theirs in epochs)


def test_augmented_images_too():
    task = images("convnet").with_fresh_split()
    assert all(deviation.equal for deviation in verify(trials(task, "float64", 20), task, "grouped"))


def test_trials_of_one_seed_share_its_split_and_seeds_do_not():
    task, made = of_digits()
    records = [train(trial, task).record for trial in made]
    examples = [tuple(map(sum, record.test.confusion)) for record in records]
    assert examples[0] == examples[1]
    assert next(record.chance.untrained for record in records) == [record.chance.untrained for record in records][1]
    labels = [task.of_seed(trial.seed).test.labels for trial in made]
    assert (labels[0] == labels[1]).all()
    assert not (labels[1] == labels[2]).all()


def test_a_split_shared_by_all_seeds_would_be_found(monkeypatch):
    monkeypatch.setattr(_stack_batches.StackBatches, "splits_like", lambda _, split: [split])
    task, made = of_digits()
    plain = train(made[0], task).record.test.confusion
    assert train_stack(made, task, "grouped")[0].record.test.confusion != plain


def test_a_diverged_trial_is_scored_on_the_split_of_its_seed():
    task, made = of_digits("float32", weight_decay=10.0)
    made = [trial.model_copy(update={"peak": 1000.0}) if place == 2 else trial for place, trial in enumerate(made)]
    stacked = train_stack(made, task, "grouped")[2].record
    assert stacked.outcome == "diverged"
    assert stacked.test.confusion == train(made[2], task).record.test.confusion


def test_a_fixed_split_is_not_copied():
    task: Task = get("digits/convnet")
    batches = _stack_batches.StackBatches(trials(task, "float32", 10), task)
    assert all(each is task for each in batches.tasks)
