"""The reference loop against torch's own pieces put together by hand, and the promises a record makes."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lrlab.engine import epoch_batches, initial_model, train
from lrlab.stats import classification
from lrlab.tasks import Task
from lrlab.tasks._fit import check_own
from support.tasks import blobs, line, same_weights, trial


def by_hand(task, made, epochs):
    """The same training, written the way torch's manual writes it: LambdaLR, a plain loop, nothing of lrlab's loop."""
    model = initial_model(task.model, made.seed)
    settings = made.optimizer
    optimizer = {
        "sgd": lambda: torch.optim.SGD(
            model.parameters(),
            made.peak,
            settings.momentum,
            weight_decay=settings.weight_decay,
            nesterov=settings.nesterov,
        ),
        "adam": lambda: torch.optim.Adam(model.parameters(), made.peak, weight_decay=settings.weight_decay),
        "adamw": lambda: torch.optim.AdamW(model.parameters(), made.peak, weight_decay=settings.weight_decay),
        "rmsprop": lambda: torch.optim.RMSprop(
            model.parameters(), made.peak, momentum=settings.momentum, weight_decay=settings.weight_decay
        ),
    }[settings.name]()
    total = epochs * (len(task.train.inputs) // made.batch_size)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: (1 + math.cos(math.pi * t / total)) / 2)
    for epoch in range(epochs):
        for batch in epoch_batches(len(task.train.inputs), made.batch_size, made.seed, epoch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(task.train.inputs[batch]), task.train.labels[batch]).backward()
            if settings.clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            optimizer.step()
            scheduler.step()
    return model.eval()


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "sgd"},
        {"name": "sgd", "momentum": 0, "weight_decay": 0.01},
        {"name": "sgd", "nesterov": True},
        {"name": "adam", "weight_decay": 0.01},
        {"name": "adamw", "weight_decay": 0.1},
        {"name": "rmsprop", "weight_decay": 0.01},
        {"name": "sgd", "clip": 0.05},
    ],
    ids=str,
)
def test_the_loop_is_torchs_own(settings):
    task = blobs()
    made = trial(task, optimizer=settings, peak=0.05)
    record = train(made, task).record
    model = by_hand(task, made, 3)
    with torch.no_grad():
        outputs = model(task.test.inputs)
    assert record.test.loss == pytest.approx(nn.functional.cross_entropy(outputs, task.test.labels).item(), rel=1e-6)
    assert record.test.score == (outputs.argmax(1) == task.test.labels).double().mean().item()


def test_the_same_trial_twice_is_the_same_to_the_bit():
    task = blobs(dropout=0.5)
    first, second = (train(trial(task), task) for _ in range(2))
    ignored = {"train_seconds": 0.0, "evaluate_seconds": 0.0}
    assert first.record.model_copy(update=ignored) == second.record.model_copy(update=ignored)
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[name])


def test_training_leaves_the_callers_random_numbers_alone():
    task = blobs(dropout=0.5)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(trial(task), task)
    assert torch.equal(torch.rand(3), expected)


def test_a_seed_shares_weights_and_batches_whatever_the_schedule():
    task = blobs()
    assert same_weights(initial_model(task.model, 7), initial_model(task.model, 7))
    assert not same_weights(initial_model(task.model, 7), initial_model(task.model, 8))
    assert torch.equal(epoch_batches(50, 8, 7, 2), epoch_batches(50, 8, 7, 2))
    assert not torch.equal(epoch_batches(50, 8, 7, 2), epoch_batches(50, 8, 7, 3))
    # One update in: before it both used the same batch and weights, so the train loss of the first update is shared.
    losses = [
        train(trial(task, schedule=s, budget="1 updates"), task).record.epochs[0].train_loss
        for s in ("constant", "linear")
    ]
    assert losses[0] == losses[1]


def test_an_epoch_uses_every_example_once_but_the_rest():
    batches = epoch_batches(50, 8, 1, 0)
    assert batches.shape == (6, 8)
    assert len(set(batches.flatten().tolist())) == 48


def test_the_rates_kept_are_the_schedules():
    task = blobs()
    made = trial(task, schedule="warmup(span=3 updates)+cosine", budget="3 epochs")
    trained = train(made, task)
    bound = made.schedule.bind(peak=made.peak, horizon=made.horizon(len(task.train.inputs)))
    np.testing.assert_array_equal(trained.arrays["rates"], bound.all())
    assert trained.record.updates == len(bound.all())


def test_a_table_of_zero_rates_would_be_noticed():
    """The loop reads the table: at a peak a thousand times smaller hardly anything is learned."""
    task = blobs()
    quick, slow = (train(trial(task, peak=peak), task).record for peak in (0.1, 0.0001))
    assert quick.test.loss < 0.8 * slow.test.loss


@pytest.mark.parametrize(
    ("budget", "updates", "epochs", "validated"),
    [
        ("5 epochs", 20, 5, [2, 4, 5]),
        ("10 updates", 10, 3, [2, 3]),
        ("1 epoch", 4, 1, [1]),
        ("2.5 epochs", 10, 3, [2, 3]),
    ],
)
def test_epochs_are_measured_and_the_last_always_validated(budget, updates, epochs, validated):
    task = blobs()
    record = train(trial(task, budget=budget, evaluate_every=2), task).record
    assert (record.updates, record.updates_per_epoch, len(record.epochs)) == (updates, 4, epochs)
    assert [i for i, epoch in enumerate(record.epochs, 1) if epoch.validation_loss is not None] == validated
    assert all(epoch.train_loss is not None and epoch.train_score is not None for epoch in record.epochs)
    assert record.epochs[-1].validation_score == record.validation.score


def test_a_trial_that_diverges_is_an_outcome():
    task = blobs()
    made = trial(task, peak=1000.0, schedule="constant", optimizer={"momentum": 0.99}, budget="200 epochs")
    record = train(made, task).record
    assert record.outcome == "diverged"
    assert 0 < record.diverged_at < record.updates
    assert record.epochs[-1].train_loss is None
    untrained = initial_model(task.model, made.seed).eval()
    with torch.no_grad():
        loss = nn.functional.cross_entropy(untrained(task.test.inputs), task.test.labels).item()
    assert record.test.loss == pytest.approx(loss, rel=1e-6)


def test_weights_that_only_validation_finds_broken_count_as_diverged():
    class Brittle(nn.Module):
        """Fine in training mode, not a number in evaluation mode once it was trained."""

        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 3)
            self.register_buffer("seen", torch.zeros(()))

        def forward(self, x):
            if self.training:
                self.seen += 1
            elif self.seen:
                return self.layer(x) * torch.nan
            return self.layer(x)

    base = blobs()
    task = Task(model=Brittle, train=base.train, validation=base.validation, test=base.test)
    record = train(trial(task), task).record
    assert record.outcome == "diverged"
    assert math.isfinite(record.test.loss)


def test_confusion_counts_and_probabilities_agree():
    task = blobs()
    trained = train(trial(task), task)
    confusion = np.array(trained.record.test.confusion)
    labels = task.test.labels.numpy()
    np.testing.assert_array_equal(confusion.sum(1), np.bincount(labels, minlength=3))
    assert classification(confusion).accuracy == pytest.approx(trained.record.test.score)
    probabilities = trained.arrays["test"]
    assert probabilities.dtype == np.float16
    assert probabilities.shape == (len(labels), 3)
    np.testing.assert_allclose(probabilities.astype(float).sum(1), 1, atol=2e-3)
    assert (probabilities.argmax(1) == labels).mean() == pytest.approx(trained.record.test.score, abs=0.05)
    assert trained.arrays["validation"].shape == (len(task.validation.labels), 3)


def test_labels_that_are_numbers_bring_their_own_loss_and_metric():
    task = line()
    trained = train(trial(task, budget="60 epochs", schedule="linear", peak=0.05, batch_size=12), task)
    record = trained.record
    assert record.metric.name == "mean absolute error"
    assert not record.metric.higher_is_better
    assert record.test.confusion is None
    assert record.test.score < 0.2
    assert trained.arrays["test"].dtype == np.float32


def test_a_record_survives_json():
    task = blobs()
    record = train(trial(task), task).record
    assert type(record).from_json(record.to_json()) == record


def test_the_loop_to_read_first_stays_short():
    import inspect

    import lrlab.engine._reference as reference

    assert len(inspect.getsource(reference).splitlines()) <= 125


RNG = np.random.default_rng(3)
PICTURES, PLACES = RNG.normal(size=(40, 1, 6, 6)), RNG.integers(0, 3, (40, 6, 6))
PICTURES += PLACES[:, None]


def of_places(labels, **others):
    """A class for each place of a picture, learned by a convolution."""
    return Task.from_arrays(model=lambda: nn.Conv2d(1, 3, 1), inputs=PICTURES, labels=labels, **others)


def of_points(labels, **others):
    return Task.from_arrays(model=lambda: nn.Linear(36, 3), inputs=PICTURES.reshape(40, 36), labels=labels, **others)


@pytest.mark.parametrize(
    ("task", "below"),
    [
        (of_places(np.where(RNG.random((40, 6, 6)) < 0.3, -100, PLACES), loss=nn.CrossEntropyLoss()), -100),
        (of_places(np.where(RNG.random((40, 6, 6)) < 0.3, -1, PLACES), loss=nn.CrossEntropyLoss(ignore_index=-1)), -1),
        (of_points(np.where(np.arange(40) % 4, PLACES[:, 0, 0], -100), loss=nn.CrossEntropyLoss()), -100),
        (of_points(np.where(np.arange(40) % 4, PLACES[:, 0, 0], -7), loss=nn.CrossEntropyLoss(ignore_index=-7)), -7),
        (of_points(PLACES[:, 0, :3] - 1, loss=lambda o, y: nn.functional.l1_loss(o, y.float())), -1),
    ],
)
def test_labels_below_0_are_the_affair_of_the_loss_and_no_class(task, below):
    check_own(task, "mine")
    record = train(trial(task, budget="5 epochs"), task).record
    assert task.train.labels.min() == below
    assert task.classes is None
    assert record.metric.name == "loss"
    assert record.test.confusion is None
    assert record.test.score == record.test.loss
    assert record.epochs[-1].train_loss < record.epochs[0].train_loss
