"""Loaders in the place of arrays: opened, read, refused, with the way out."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset, WeightedRandomSampler

import lrlab
from lrlab.engine import train
from lrlab.errors import RunError, TaskError
from lrlab.objectives import Classification, MultiLabel, PerPixel, Regression
from lrlab.tasks import Task, _streams
from lrlab.tasks._fit import check_own
from lrlab.tasks._parcel import read_parcel, write_parcel
from support.tasks import trial

RNG = np.random.default_rng(0)
X = torch.tensor(RNG.normal(size=(200, 4)), dtype=torch.float32)
Y = (X[:, 0] > 0).long() + (X[:, 1] > 0).long()
TRAIN, VALIDATION, TEST = (TensorDataset(X[part], Y[part]) for part in (slice(150), slice(150, 170), slice(170, 200)))


def model():
    return nn.Linear(4, 3)


def loader(data, **how):
    return lambda batch_size: DataLoader(data, batch_size=batch_size, **how)


def task(**others):
    given = {"train": loader(TRAIN, shuffle=True), "validation": loader(VALIDATION), "test": loader(TEST)}
    return Task.from_loaders(**{"model": model} | given | others)


def test_classes_that_a_split_of_a_loader_lacks_are_said():
    other = TensorDataset(X[:40], torch.arange(40) % 2)
    made = task(validation=loader(other))
    assert made.notes[1:] == ("validation has no example of class 2: averages over classes leave it out",)
    named = task(test=loader(other), class_names=["ant", "bee", "cow"])
    assert named.notes[1:] == ("test has no example of class 'cow': averages over classes leave it out",)


def test_a_task_of_loaders_knows_its_numbers_and_says_that_it_is_not_stacked():
    made = task()
    assert made.examples == 150
    assert made.classes == 3
    assert made.class_names == ()
    assert made.count_examples("test") == 30
    assert torch.equal(made.streams["test"].labels, Y[170:])
    assert made.notes == ("loaders: trials run one by one, by the plain loop, for only data in memory are stacked",)
    assert made.fingerprint == task().fingerprint != task(test=loader(VALIDATION)).fingerprint
    check_own(made, "mine")


def test_batches_are_as_stored():
    images = torch.randint(0, 256, (20, 1, 3, 3), dtype=torch.uint8)
    data = TensorDataset(images, X[:20].double(), Y[:20].int())

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(13, 3)

        def forward(self, pictures, numbers):
            return self.head(torch.cat([pictures.flatten(1), numbers], 1))

    made = task(model=Net, train=loader(data), validation=None, test=loader(data))
    batch = next(made.batches("train", 8))
    assert [leaf.dtype for leaf in batch.inputs] == [torch.uint8, torch.float32]
    assert batch.labels.dtype == torch.int64
    assert len(batch.labels) == 8
    assert made.validation is None


def test_batches_may_be_dicts_and_any_iterable():
    def make(batch_size):
        return [{"x": x, "kind": y} for x, y in DataLoader(TensorDataset(X[:100], Y[:100]), batch_size)]

    made = task(train=make, validation=make, test=make, label="kind")
    assert made.examples == 100
    assert len(made.streams["validation"].labels) == 100


def test_labels_are_as_their_objective_takes_them():
    labels = torch.stack([Y > 0, Y > 1], 1)
    data = TensorDataset(X, labels)
    parts = {"train": loader(data), "validation": None, "test": loader(data)}
    made = task(model=lambda: nn.Linear(4, 2), **parts, objective=MultiLabel())
    assert made.streams["test"].labels.dtype == torch.float32
    assert next(made.batches("train", 4)).labels.dtype == torch.float32


def test_the_first_examples_are_cut_and_the_rest_goes_on_flowing():
    small = task().head(test=5)
    assert small.count_examples("test") == 5
    assert "test" not in small.streams
    assert small.examples == 150


def test_a_task_of_loaders_goes_to_workers():
    made = task()
    again = read_parcel(write_parcel(made))
    assert again.examples == 150
    assert len(next(again.batches("test", 7)).labels) == 7


def test_a_loader_that_never_shuffles_is_said():
    said = task(train=loader(TRAIN)).notes[1]
    assert "same batches for every seed and epoch; to have them shuffled, write shuffle=True" in said


def once():
    batches = iter(DataLoader(TRAIN, batch_size=64))
    return lambda batch_size: batches


def uneven(batch_size):
    return [(X[:batch_size], Y[:batch_size]), (X[:batch_size, :2], Y[:batch_size])]


OWN = torch.Generator()
BAD = [
    (
        loader(TRAIN, shuffle=True, generator=OWN),
        r"another first batch under the same seed: .*leave `gen",
    ),
    (DataLoader(TRAIN), r"train must be a function of the batch size .*; write train=lambda batch_size: DataLoader"),
    (lambda: DataLoader(TRAIN), r"making the loader failed: .*give a function of the batch size"),
    (lambda _: DataLoader(TRAIN, batch_size=150), r"batches of 150 where 64 are asked for; pass the size on"),
    (lambda _: [], r"the loader gives no batch where 64 .*; leave drop_last out"),
    (lambda _: [(X[:9], ["a"] * 9)], r"a loader gives arrays of numbers, but got list; number text labels"),
    (lambda _: [(X[:9], Y[:9] - 5)], r"classes from 0, but the lowest is -5; number them from 0"),
    (uneven, r"batch 1 holds inputs float32 \(64, 2\), .* and the first .*; give all batches one form"),
]


@pytest.mark.parametrize(("make", "words"), BAD)
def test_loaders_that_make_no_task_are_refused(make, words):
    with pytest.raises(TaskError, match=words):
        task(train=make)


def test_a_loader_that_is_gone_through_once_is_refused():
    with pytest.raises(TaskError, match=r"another first batch|can be gone through once"):
        task(train=once())


def failing(batch_size):
    yield from DataLoader(TRAIN, batch_size=batch_size, shuffle=True)
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("loader_of", "way"),
    [
        (lambda batch_size: 1 // (batch_size - batch_size), "give a function of the batch size"),
        (failing, r"the loader failed at batch 3: ZeroDivisionError: division by zero; go through it once by yourself"),
        (lambda _: DataLoader(TRAIN, batch_size=None), "leave batch_size=None out"),
        (lambda _: DataLoader(TRAIN, batch_size=200, drop_last=True), "leave drop_last out"),
        (
            lambda _: [(X[:9] * float("nan"), Y[:9])],
            "train: batch 0: values are not finite in 9 of 9 examples, .*leave such examples out",
        ),
    ],
)
def test_a_loader_that_fails_or_gives_no_batches_is_refused(loader_of, way):
    with pytest.raises(TaskError, match=way):
        task(train=loader_of)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("where", ["", ", labels"])
def test_a_value_late_in_a_loader_that_is_not_finite_is_found_when_it_comes(split, where):
    """Beyond the examples that are looked at when a task is made."""
    inputs, numbers = torch.zeros(2000, 4), torch.zeros(2000, 1)
    made = {name: loader(TensorDataset(inputs, numbers)) for name in ("train", "validation", "test")}
    wrong = inputs.clone(), numbers.clone()
    wrong[bool(where)][1990] = torch.inf
    number = 62 if split == "train" else 31  # what is evaluated is read whole, 64 at once
    words = rf"{split}: batch {number}{where}: values are not finite in 1 of 16 examples, the first in example 6 of"
    with pytest.raises(TaskError, match=words):
        read_again(made | {split: loader(TensorDataset(*wrong))}, split)


def read_again(makers, split):
    made = Task.from_loaders(model=lambda: nn.Linear(4, 1), objective=Regression(), **makers)
    return list(made.streams[split].batches(split, 32))


class Flowing(IterableDataset):
    """Items in order, without end unless so many are given; as many as are said."""

    def __init__(self, given=None, said=None):
        self.given, self.said = given, said

    def __iter__(self):
        return ((X[place % 200], Y[place % 200]) for place in itertools.islice(itertools.count(), self.given))

    def __len__(self):
        if self.said is None:
            raise TypeError
        return self.said


@pytest.mark.parametrize(
    ("parts", "way"),
    [
        ({"train": Flowing()}, r"train: .*after [0-9,]+ no end is in sight; .*examples=10_000, or .* __len__"),
        ({"test": Flowing()}, r"test: .*after [0-9,]+ no end is in sight; .*itertools.islice\(items, n\)"),
        ({"validation": Flowing(None, 100)}, r"says that it has 100 examples, and gives more; let __len__"),
        ({"train": Flowing(None, 300)}, r"says that it has 300 examples, and gives more; let __len__"),
    ],
)
def test_loaders_without_end_are_refused_with_the_way_out(parts, way, monkeypatch):
    monkeypatch.setattr(_streams, "ENDLESS", 1000)
    with pytest.raises(TaskError, match=way):
        task(**{name: loader(data) for name, data in parts.items()})


def test_labels_beyond_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(_streams, "free_memory", lambda: 3000)
    with pytest.raises(TaskError, match=r"the labels of 128 examples take .* and 3e-06 GB are free; let it end after"):
        task(test=loader(TRAIN))


@pytest.mark.parametrize("examples", [0, -3, 2.5, True, "10"])
def test_a_number_of_examples_that_is_none_is_refused(examples):
    with pytest.raises(TaskError, match=r"`examples` of an epoch must be a whole number from 1.*write 10_000"):
        task(examples=examples)


def test_an_epoch_of_a_loader_without_end_has_as_many_examples_as_are_said(tmp_path):
    made = task(train=loader(Flowing()), examples=np.int64(100))
    assert made.examples == 100
    how = {"epochs": 2, "seeds": 2, "tuning_seeds": 1, "peaks": [0.1], "workers": 0, "progress": False}
    results = lrlab.compare(made, ["constant"], batch_size=16, store=tmp_path / "a.db", **how)
    assert {record.updates for record in results.findings.confirmed} == {12}


def test_a_loader_that_gives_fewer_than_its_length_is_refused_where_it_trains(tmp_path):
    made = task(train=loader(Flowing(80, 200)))
    how = {"epochs": 2, "seeds": 2, "tuning_seeds": 1, "peaks": [0.1], "workers": 0, "progress": False}
    with pytest.raises(RunError, match=r"gives 5 batches of 16 in epoch 1, and 200 examples .* its length says"):
        lrlab.compare(made, ["constant"], batch_size=16, store=tmp_path / "a.db", **how)


def masks(values):
    return TensorDataset(torch.randn(200, 1, 4, 4), torch.as_tensor(np.resize(values, (200, 4, 4))))


def segmented(values, **how):
    data = loader(masks(values))
    parts = {"train": data, "validation": data, "test": data, "objective": PerPixel(**how)}
    return task(model=lambda: nn.Conv2d(1, 3, 3, padding=1), **parts)


def test_masks_of_a_loader_keep_their_numbers():
    """They are not numbered again, for later batches are as they are."""
    made = segmented([0, 2, 255], ignore=255)
    assert made.train.labels.unique().tolist() == next(made.batches("train", 8)).labels.unique().tolist() == [0, 2, 255]
    with pytest.raises(TaskError, match=r"labels hold class 4, but the model gives 3 classes"):
        check_own(segmented([0, 2, 4]), "mine")
    with pytest.raises(TaskError, match=r"classes from 0, or -100 where none counts, but the lowest is -1; .*ignore="):
        segmented([0, 1, -1])


def test_booleans_are_classes():
    made = task(**{name: loader(TensorDataset(X, Y > 0)) for name in ("train", "validation", "test")})
    check_own(made, "mine")
    assert next(made.batches("train", 8)).labels.dtype == torch.int64
    assert made.classes == 2


@pytest.mark.parametrize("wrong", [7, -1])
def test_a_class_that_comes_late_and_has_no_place_is_named(wrong, tmp_path):
    late = torch.arange(900) % 3
    late[700] = wrong
    made = task(train=loader(TensorDataset(torch.randn(900, 4), late)))
    how = {"epochs": 1, "seeds": 2, "tuning_seeds": 1, "peaks": [0.1], "workers": 0, "progress": False}
    words = rf"batch 43 of the train loader holds a label or a token .*Target {wrong} .*give the model more outputs"
    with pytest.raises(RunError, match=words):
        lrlab.compare(made, ["constant"], batch_size=16, store=tmp_path / "a.db", engine="reference", **how)


def test_a_batch_in_which_nothing_counts_is_trained_on():
    values = torch.randint(0, 3, (700, 4, 4), generator=torch.Generator().manual_seed(0))
    values[:600] = 255  # all that is kept of the loader, too
    data = loader(TensorDataset(torch.randn(700, 1, 4, 4), values))
    parts = {"train": data, "validation": data, "test": data, "objective": PerPixel(ignore=255)}
    made = task(model=lambda: nn.Conv2d(1, 3, 3, padding=1), **parts)
    check_own(made, "mine")
    done = train(trial(made, peak=0.01, budget="1 epochs", batch_size=16), made)
    assert done.record.outcome == "finished"
    assert done.record.epochs[0].train_loss > 0


def test_a_split_in_which_nothing_counts_is_refused():
    data = loader(masks([0, 1, 255]))
    others = {"train": data, "validation": data, "objective": PerPixel(ignore=255)}
    with pytest.raises(TaskError, match=r"test labels are all 255, which does not count; give labels for some of them"):
        task(model=lambda: nn.Conv2d(1, 3, 3, padding=1), test=loader(masks([255])), **others)


def test_classes_of_a_loader_are_not_balanced():
    with pytest.raises(TaskError, match=r"of a loader lrlab looks at the first examples alone; give a number for each"):
        task(objective=Classification(class_weights="balanced"))
    check_own(task(objective=Classification(class_weights=(1, 2, 3))), "mine")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (
            Y[:, None],
            r"train: labels of shape \(\d+, 1\) and type int64 are no classes, .*: labels.ravel\(\) for a column",
        ),
        (
            nn.functional.one_hot(Y),
            r"labels of shape \(\d+, 3\) and type int64 are no classes, .*labels.argmax\(1\) for on",
        ),
        (
            nn.functional.one_hot(Y).float(),
            r"labels of shape \(\d+, 3\) and type float32 are no classes, one an example",
        ),
        (Y.float(), r"labels of shape \(\d+,\) and type float32 are no classes, .*for amounts give Regression\(\)"),
    ],
)
def test_labels_that_are_no_classes_are_refused_when_the_task_is_made(labels, words):
    data = TensorDataset(X, labels)
    with pytest.raises(TaskError, match=words):
        task(**dict.fromkeys(("train", "validation", "test"), lambda size: DataLoader(data, batch_size=size)))


@pytest.mark.parametrize("draws", [149, 120, 300])
def test_a_sampler_says_how_many_examples_an_epoch_has(draws):
    sampler = WeightedRandomSampler(torch.ones(150), draws)
    made = task(train=loader(TRAIN, sampler=sampler))
    assert made.examples == draws
    assert sum(len(batch.labels) for batch in made.batches("train", 8)) == draws
