"""A Dataset of torch's, read once: every kind of item, and what is refused, with the way out."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from lrlab.errors import TaskError
from lrlab.tasks import Task, _items, _reading_progress
from lrlab.tasks._fit import check_own

COUNT = 30
RNG = np.random.default_rng(0)
X = RNG.normal(size=(COUNT, 4)).astype(np.float32)
Y = np.arange(COUNT) % 3
PICTURES = [Image.fromarray(RNG.integers(0, 256, (6, 5, 3), dtype=np.uint8)) for _ in range(COUNT)]


class Made(Dataset):
    """A data set of whatever a function gives; counts how often it is asked."""

    def __init__(self, give, count=COUNT):
        self.give, self.count, self.asked = give, count, 0

    def __len__(self):
        return self.count

    def __getitem__(self, place):
        self.asked += 1
        return self.give(place)


class Flowing(IterableDataset):
    def __iter__(self):
        return iter(zip(X, Y, strict=True))


def linear():
    return nn.Linear(4, 3)


def conv(channels=3):
    return lambda: nn.Sequential(nn.Conv2d(channels, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3))


def read(give, model=linear, **others):
    return Task.from_dataset(Made(give), model=model, **others)


WAYS = [
    lambda i: (X[i], Y[i]),
    lambda i: (torch.from_numpy(X[i]), torch.tensor(Y[i])),
    lambda i: [X[i].tolist(), int(Y[i])],
    lambda i: {"x": X[i], "label": Y[i]},
    lambda i: {"target": Y[i], "anything": torch.from_numpy(X[i])},
]


@pytest.mark.parametrize("give", WAYS)
def test_an_item_in_any_form_is_as_the_arrays(give):
    arrays = Task.from_arrays(model=linear, inputs=X, labels=Y)
    assert read(give).fingerprint == arrays.fingerprint


def test_other_sources_of_items():
    arrays = Task.from_arrays(model=linear, inputs=X, labels=Y).fingerprint
    for source in (TensorDataset(torch.from_numpy(X), torch.from_numpy(Y)), Flowing(), list(zip(X, Y, strict=True))):
        assert Task.from_dataset(source, model=linear).fingerprint == arrays


def test_items_are_read_once_and_once_more_for_the_first():
    made = Made(lambda i: (X[i], Y[i]))
    check_own(Task.from_dataset(made, model=linear), "mine")
    assert made.asked == COUNT + 1


def test_labels_that_are_text_are_named():
    task = read(lambda i: (X[i], "abc"[Y[i]]))
    assert task.class_names == ("a", "b", "c")


def test_pictures_become_bytes():
    task = read(lambda i: (PICTURES[i], Y[i]), conv())
    assert task.train.inputs.dtype == torch.uint8
    assert task.train.inputs.shape == (18, 3, 6, 5)
    pixels = np.stack([np.asarray(picture).transpose(2, 0, 1) for picture in PICTURES])
    assert task.arrays == Task.from_arrays(model=conv(), inputs=pixels, labels=Y).arrays
    grey = read(lambda i: (PICTURES[i].convert("L"), Y[i]), conv(1))
    assert grey.train.inputs.shape == (18, 1, 6, 5)
    clear = read(lambda i: (PICTURES[i].convert("RGBA"), Y[i]), conv())
    assert clear.arrays == task.arrays


def test_a_picture_that_would_be_misread_is_refused_by_its_number():
    deep = Image.fromarray(np.full((6, 5), 300, np.uint16))
    with pytest.raises(TaskError, match=r"item 3: images must be grey or RGB with 8 bits a channel.*mode I;16"):
        read(lambda i: (deep if i == 3 else PICTURES[i], Y[i]), conv())


def test_a_picture_that_is_a_label_has_a_class_at_each_pixel():
    def loss(outputs, labels):
        return nn.functional.cross_entropy(outputs, labels)

    masks = [Image.fromarray((np.asarray(picture)[..., 0] % 3).astype(np.uint8)) for picture in PICTURES]
    task = read(lambda i: (PICTURES[i], masks[i]), lambda: nn.Conv2d(3, 3, 1), loss=loss)
    assert task.train.labels.shape == (18, 6, 5)
    assert task.train.labels.dtype == torch.int64


def test_several_inputs_and_rows_of_several_lengths():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.head = nn.Embedding(9, 4), nn.Linear(4, 3)

        def forward(self, ids, numbers):
            return self.head(self.table(ids).mean(1) + numbers)

    def rows(i):
        return list(range(1, 2 + i % 4))

    for give in (lambda i: (rows(i), X[i], Y[i]), lambda i: ((rows(i), X[i]), Y[i])):
        task = read(give, Net)
        assert [leaf.dtype for leaf in task.train.inputs] == [torch.int64, torch.float32]
    task = read(lambda i: {"ids": rows(i), "numbers": X[i], "label": Y[i]}, Net)
    assert task.train.inputs["ids"].shape == (18, 4)
    assert "rows of 1 to 4" in task.reading_notes[0]
    check_own(task, "mine")


def test_groups_are_a_key_of_the_items_or_an_array():
    by_key = read(lambda i: {"x": X[i], "label": Y[i], "who": f"person {i // 3}"}, groups="who")
    by_array = read(lambda i: (X[i], Y[i]), groups=np.arange(COUNT) // 3)
    assert by_key.examples == by_array.examples
    assert by_key.reading_notes == by_array.reading_notes


def test_a_data_set_for_each_split():
    test = Made(lambda i: (X[i] + 1, Y[i]), 9)
    task = Task.from_dataset(model=linear, train=Made(WAYS[0]), test=test)
    assert [len(split.labels) for _, split in task.splits()] == [27, 3, 9]
    assert task.validation is not None
    assert set(task.validation.labels.tolist()) == {0, 1, 2}
    task = Task.from_dataset(model=linear, train=Made(WAYS[0]), validation=0, test=test)
    assert task.validation is None
    assert task.examples == COUNT
    task = Task.from_dataset(model=linear, train=Made(WAYS[0]), validation=Made(WAYS[1], 12), test=test)
    assert [len(split.labels) for _, split in task.splits()] == [30, 12, 9]
    with pytest.raises(TaskError, match=r"`validation` must leave training items, but got 30 of 30; give a smaller"):
        Task.from_dataset(model=linear, train=Made(WAYS[0]), validation=30, test=test)
    with pytest.raises(TaskError, match=r"but got no test; give from_dataset\(dataset, model=...\), or train"):
        Task.from_dataset(model=linear, train=Made(WAYS[0]))


NOT_READ = [
    ({"test": Made(WAYS[0])}, r"was given test beside it; name the data sets of the splits \(train=..*leave test out"),
    ({"train": Made(WAYS[0]), "validation": 3}, r"was given train and validation beside it; name"),
    (
        {"groups": "patient"},
        r"item 0 has 2 parts and no keys, so .* 'patient'; let items be .* groups as an array",
    ),
    ({"label": "answer"}, r"no keys, so nothing in it is called 'answer'; let items be dicts, or leave label= out"),
]


@pytest.mark.parametrize(("others", "words"), NOT_READ)
def test_what_would_not_be_looked_at_is_refused(others, words):
    with pytest.raises(TaskError, match=words):
        read(WAYS[0], **others)


@pytest.mark.parametrize("others", [{"groups": np.arange(COUNT)}, {"split": "fresh"}])
def test_how_to_split_is_not_asked_of_data_sets_that_are_split(others):
    (name,) = others
    with pytest.raises(TaskError, match=rf"{name} of from_dataset say how one .*, or leave {name} out"):
        Task.from_dataset(model=linear, train=Made(WAYS[0]), test=Made(WAYS[0]), **others)


def test_random_changes_are_said():
    task = read(lambda i: (X[i] + np.random.normal(), Y[i]))  # noqa: NPY002  as users' transforms draw
    assert "item 0 is another each time it is read" in task.reading_notes[-1]
    assert "augment=" in task.reading_notes[-1]
    again = read(lambda i: (X[i] + np.random.normal(), Y[i]))  # noqa: NPY002
    assert task.arrays == again.arrays  # the draws are seeded


def zero_division(place):
    return X[place], 1 // (3 - place)


BAD = [
    (
        lambda i: (X[i], Y[i] if i < 7 else "a"),
        r"item 7 has a label of text \('a'\), and item 0 a whole number; give all",
    ),
    (
        lambda i: (X[i][: 4 - (i == 5)], Y[i]),
        r"item 5 has an input of shape \(3,\), and item 0 of \(4,\); give all items",
    ),
    (lambda i: (PICTURES[i].resize((5, 5 + i)), Y[i]), r"item 1 has an input of shape \(3, 6, 5\).* transform that"),
    (
        lambda i: {"x": X[i], "y": 1, **({"z": X[i]} if i else {})},
        r"item 1 has the inputs x, z and item 0 .*the same parts",
    ),
    (lambda i: {"x": X[i], "answer": 1}, r'item 0 has the keys x, answer, and no label under any of .*label="..."'),
    (lambda i: (X[i],), r"item 0 is a tuple; an item is a pair \(x, y\), or a dict with a label"),
    (lambda i: X[i], r"item 0 is a ndarray; an item is a pair"),
    (lambda i: ("some text", 1), r"item 0 is 'some text', of type str; give token ids, as a tokenizer makes them"),
    (lambda i: (X[i], None), r"item 0, label is None, of type NoneType; give numbers"),
    (zero_division, r"reading item 3 failed: ZeroDivisionError.*asks for items 0 .. len\(dataset\) - 1"),
]


@pytest.mark.parametrize(("give", "words"), BAD)
def test_items_that_make_no_arrays_are_refused(give, words):
    with pytest.raises(TaskError, match=words):
        read(give)


@pytest.mark.parametrize("thing", [5, "text", {"a": 1}])
def test_what_is_no_data_set_is_refused(thing):
    with pytest.raises(TaskError, match=r"must be a torch.utils.data.Dataset.*for arrays use Task.from_arrays"):
        Task.from_dataset(thing, model=linear)


def test_a_data_set_without_items_is_refused():
    with pytest.raises(TaskError, match=r"item 0 is nothing: it is empty; an item is a pair"):
        Task.from_dataset([], model=linear)


def test_a_key_that_is_not_there_is_named():
    with pytest.raises(TaskError, match=r"has the keys x, label, and no 'who'; name the one"):
        read(lambda i: {"x": X[i], "label": 1}, groups="who")


def test_a_data_set_that_does_not_fit_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(_items, "free_memory", lambda: 5_000_000_000)
    huge = Made(lambda i: (np.zeros((3, 1000, 1000), np.uint8), 1), 1_000_000)
    words = (
        r"takes 3000.0 GB \(1,000,000 items of 3,000,008 bytes\), 2 times that while it is split, and 5.0 GB .* free; "
    )
    with pytest.raises(TaskError, match=words + r"use Task.from_loaders, .* or fewer items: torch.utils.data.Subset"):
        Task.from_dataset(huge, model=conv())
    assert huge.asked == 1


def test_long_reading_is_told_once(monkeypatch, capsys):
    monkeypatch.setattr(_reading_progress, "FIRST_TOLD", -1.0)
    read(WAYS[0])
    told = capsys.readouterr().err
    assert told.count("the dataset: reading it into memory") == 1
    assert "of 30; about" in told


class Said(Flowing):
    """Flowing items, of which there are so many, and as many as are said."""

    def __init__(self, given, said):
        self.given, self.said = given, said

    def __iter__(self):
        return ((X[place % COUNT], Y[place % COUNT]) for place in itertools.islice(itertools.count(), self.given))

    def __len__(self):
        if self.said is None:
            raise TypeError
        return self.said


@pytest.mark.parametrize(
    ("given", "said", "words"),
    [
        (None, None, r"after [0-9,]+ items, and it does not say how many more .*from_loaders.*islice\(items, n\)"),
        (None, 20, r"says that it has 20 items, and gives more; let __len__ return"),
        (15, 20, r"says that it has 20 items, and gives 15; let __len__ return"),
        (15, 0, r"says that it has 0 items, and gives more; let __len__ return"),
        (1, 0, r"says that it has 0 items, and gives 1; let __len__ return"),
        (15, 10**12, r"takes [0-9.]+ GB \(1,000,000,000,000 items.*from_loaders"),
    ],
)
def test_items_without_end_and_lengths_that_are_not_so_are_refused(given, said, words, monkeypatch):
    monkeypatch.setattr(_items, "free_memory", lambda: 1_000_000)
    with pytest.raises(TaskError, match=words):
        Task.from_dataset(Said(given, said), model=linear)


def test_rows_that_grow_beyond_the_memory_are_refused(monkeypatch):
    monkeypatch.setattr(_items, "free_memory", lambda: 1_000_000)
    growing = Made(lambda place: (np.zeros(1 if place == 0 else 100_000, np.int64), 1))
    with pytest.raises(TaskError, match=rf"takes 0.0 GB after 2 items, of {COUNT}: .*fewer items"):
        Task.from_dataset(growing, model=linear)


def test_what_is_no_data_set_by_itself_is_named():
    class NoLength(Dataset):
        def __getitem__(self, place):
            return X[place % COUNT], Y[place % COUNT]

    with pytest.raises(TaskError, match=r"a Dataset without a length: give NoLength a __len__"):
        Task.from_dataset(NoLength(), model=linear)
    with pytest.raises(TaskError, match=r"a DataLoader, whose items are batches; give loader.dataset, or .*from_load"):
        Task.from_dataset(DataLoader(Made(lambda place: (X[place], Y[place]))), model=linear)


def test_a_length_that_cannot_be_read_is_refused():
    with pytest.raises(TaskError, match="let __len__ return the number of items"):
        Task.from_dataset(Made(lambda place: (X[place], Y[place]), -1), model=linear)


def test_a_later_item_of_a_wider_type_is_not_cut_off():
    def give(place):
        kind, label = (np.uint8, 0) if place == 0 else (np.int64, 300 + place)
        return X[place].astype(np.float16) if place == 0 else X[place].astype(np.float64) * 1e9, kind(label)

    read = _items.read_items(Made(give), "it")
    assert read.labels.tolist() == [0, *range(301, 300 + COUNT)]
    np.testing.assert_array_equal(read.inputs[1:], X[1:].astype(np.float64) * 1e9)
