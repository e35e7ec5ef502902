"""Labels in every usual form: the classes they become, their names, and the words for it."""

import numpy as np
import pytest
import torch
from torch import nn

from lrlab import Metric, Task
from lrlab.errors import TaskError
from lrlab.objectives import Classification, PerPixel, Regression
from lrlab.tasks._fit import check_fit
from lrlab.tasks._labels import places_of, read_labels, values_of

COUNT = 30
Y = np.arange(COUNT) % 3
X = np.random.default_rng(0).normal(size=(COUNT, 4))
WORDS = np.array(["bee", "ant", "cow"])[Y]


def task(labels, **others):
    return Task.from_arrays(model=lambda: nn.Linear(4, 6), inputs=X, labels=labels, **others)


def read(labels, *named, **others):
    return read_labels({"train": np.asarray(labels)}, named, **others)


FORMS = [
    (Y, Y, (), ""),
    (Y.astype(np.uint8), Y, (), ""),
    (Y[:, None], Y, (), "a column of shape (N, 1) is taken as one class an example"),
    (np.eye(3, dtype=int)[Y], Y, ("0", "1", "2"), "one-hot rows of 3 columns are taken as 3 classes"),
    (np.eye(3, dtype=bool)[Y], Y, ("0", "1", "2"), "one-hot rows of 3 columns"),
    (np.eye(3)[Y], Y, ("0", "1", "2"), "one-hot rows of 3 columns"),
    (np.eye(5, dtype=int)[2 * Y], 2 * Y, ("0", "1", "2", "3", "4"), "one-hot rows of 5 columns are taken as 5"),
    (Y + 1, Y, ("1", "2", "3"), "3 classes, numbered from 0 in this order: 1, 2, 3; class_names keeps"),
    (np.array([0, 2, 5])[Y], Y, ("0", "2", "5"), "3 classes, numbered from 0 in this order: 0, 2, 5"),
    (np.array([1000, 3, 7])[Y], np.array([2, 0, 1])[Y], ("3", "7", "1000"), "in this order: 3, 7, 1000"),
    ((Y + 1)[:, None], Y, ("1", "2", "3"), "a column of shape (N, 1)"),
    (WORDS, np.array([1, 0, 2])[Y], ("ant", "bee", "cow"), "in this order: 'ant', 'bee', 'cow'"),
    (WORDS.astype(object), np.array([1, 0, 2])[Y], ("ant", "bee", "cow"), "'ant', 'bee', 'cow'"),
    (WORDS.astype(np.dtypes.StringDType()), np.array([1, 0, 2])[Y], ("ant", "bee", "cow"), "'ant', 'bee', 'cow'"),
    (
        WORDS.astype(np.dtypes.StringDType())[:, None],
        np.array([1, 0, 2])[Y],
        ("ant", "bee", "cow"),
        "a column of shape",
    ),
    (
        np.array(["10", "9", "2"], np.dtypes.StringDType())[Y],
        np.array([2, 1, 0])[Y],
        ("2", "9", "10"),
        "'2', '9', '10'",
    ),
    (np.array(["", "ant"], np.dtypes.StringDType(na_object=None))[[1] * COUNT], 0 * Y, ("ant",), "1 class, numb"),
    (WORDS.astype("S"), np.array([1, 0, 2])[Y], ("ant", "bee", "cow"), "'ant', 'bee', 'cow'"),
    (WORDS[:, None], np.array([1, 0, 2])[Y], ("ant", "bee", "cow"), "a column of shape (N, 1)"),
    (np.array(["10", "9", "2"])[Y], np.array([2, 1, 0])[Y], ("2", "9", "10"), "'2', '9', '10'"),
    (Y.astype(object), Y, (), ""),
    ((Y > 0).astype(object), (Y > 0).astype(int), ("False", "True"), "in this order: False, True"),
    (Y > 0, (Y > 0).astype(int), ("False", "True"), "2 classes, numbered from 0 in this order: False, True"),
    (np.ones(COUNT, dtype=bool), np.ones(COUNT), ("False", "True"), "False, True"),
    (np.where(Y, 1, -1), (Y > 0).astype(int), ("-1", "1"), "in this order: -1, 1"),
]


@pytest.mark.parametrize(("labels", "classes", "names", "words"), FORMS)
def test_every_form_becomes_classes_from_0_and_is_named(labels, classes, names, words):
    found = read(labels)
    assert np.array_equal(found.parts["train"], classes)
    assert found.names == names
    assert words in (" ".join(found.notes) if words else "")
    assert bool(found.notes) == bool(words)


@pytest.mark.parametrize(("labels", "classes", "names", "words"), FORMS)
def test_a_task_has_the_classes_and_their_names(labels, classes, names, words):
    made = task(labels)
    assert made.class_names == names
    assert all(split.labels.dtype == torch.int64 and split.labels.ndim == 1 for _, split in made.splits())
    together = torch.cat([split.labels for _, split in made.splits()]).numpy()
    assert np.array_equal(np.bincount(together), np.bincount(classes.astype(int)))
    assert words in " ".join(made.notes)


def test_mapped_labels_train_as_the_numbers_they_became():
    plain = task(Y).fingerprint
    for same in (Y[:, None], np.eye(3, dtype=int)[Y], Y + 1, 5 * Y, np.array(["a", "b", "c"])[Y]):
        assert task(same).fingerprint == plain


def test_tensors_and_lists_are_labels_too():
    assert task(torch.tensor(Y + 1)).class_names == ("1", "2", "3")
    assert task(list(WORDS)).class_names == ("ant", "bee", "cow")
    assert task(nn.functional.one_hot(torch.tensor(Y))).classes == 3
    inputs = torch.tensor(X).bfloat16()
    assert Task.from_arrays(model=nn.Identity, inputs=inputs, labels=Y).train.inputs.dtype == torch.float32


def test_the_labels_of_all_splits_decide():
    parts = {"train": (X[:10], [0, 4] * 5), "validation": (X[:2], [2, 4]), "test": (X[:3], [4, 4, 7])}
    made = Task(model=nn.Identity, **parts)
    assert made.class_names == ("0", "2", "4", "7")
    assert [split.labels.unique().tolist() for _, split in made.splits()] == [[0, 2], [1, 2], [2, 3]]
    words = {name: (x, np.array(["a", "b", "c"])[np.asarray(y) % 3]) for name, (x, y) in parts.items()}
    assert Task(model=nn.Identity, **words).class_names == ("a", "b", "c")


def test_gaps_in_one_split_alone_are_no_gaps():
    made = Task(model=nn.Identity, train=(X, Y), validation=None, test=(X[:2], [0, 2]))
    assert (made.class_names, made.test.labels.tolist()) == ((), [0, 2])


def test_class_names_keep_the_numbers():
    made = task(2 * Y, class_names=["a", "b", "c", "d", "e"])
    assert made.class_names == ("a", "b", "c", "d", "e")
    assert made.train.labels.unique().tolist() == [0, 2, 4]
    assert read(WORDS, "cow", "bee", "ant").parts["train"].tolist() == np.array([1, 2, 0])[Y].tolist()
    assert task(2 * Y, class_names=list("abcde")).fingerprint == task(2 * Y, class_names=list("vwxyz")).fingerprint


def test_a_loss_of_the_users_gets_numbers_as_they_are():
    loss = nn.functional.mse_loss
    for labels in (Y + 3, Y[:, None], np.eye(3, dtype=int)[Y], 5 * Y, np.eye(3)[Y], X[:, :1]):
        found = read(labels, as_given=True)
        assert np.array_equal(found.parts["train"], labels)
        assert (found.names, found.notes) == ((), ())
    made = task(Y + 3, loss=loss)
    assert sorted(torch.cat([split.labels for _, split in made.splits()]).tolist()) == sorted(Y + 3)
    assert task(WORDS, loss=loss).class_names == ("ant", "bee", "cow")  # no loss takes text


def test_of_amounts_with_a_measure_of_their_own_nothing_is_said():
    measure = {"metric": Metric(name="error", higher_is_better=False), "score": lambda o, y: 0.0}
    assert task(7 * np.arange(COUNT), loss=nn.functional.mse_loss, **measure).notes == ()


def test_float_labels_stay_numbers():
    ways = dict.fromkeys("cab", r"give loss=.*written as floats, give labels.astype\(int\)")
    ways["w"] = r"give loss=nn\.CrossEntropyLoss\(\) where each row has shares"
    for kind, labels in {"c": X[:, :1], "w": X[:, :2], "a": X[:, 0], "b": Y.astype(float)}.items():
        assert read(labels).parts["train"].dtype.kind == "f"
        with pytest.raises(TaskError, match=f"need a loss: {ways[kind]}"):
            task(labels)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            np.ones((COUNT, 3), dtype=int),
            r"shape \(30, 3\).*not one class an example; give labels.ravel\(\).*argmax\(1\)",
        ),
        (np.zeros((COUNT, 3), dtype=int), r"shape \(30, 3\)"),
        (2 * np.eye(3, dtype=int)[Y], r"shape \(30, 3\)"),
        (np.zeros((COUNT, 4, 4), dtype=int), r"shape \(30, 4, 4\)"),
        (np.zeros((COUNT, 1, 1), dtype=int), r"shape \(30, 1, 1\)"),
        (np.stack([WORDS, WORDS], axis=1), r"shape \(30, 2\)"),
        (Y - 1, r"the lowest is -1; remove examples without a class, or number classes from 0 .*astype\(str\)"),
        (Y - 3, "the lowest is -3"),
        (np.array([*WORDS[:-1], ""]), "row 29 is empty text; name its class, or remove it"),
        (np.array([*WORDS[:-1], None], dtype=object), "all of one kind and none missing, but hold NoneType, str"),
        (np.array([*WORDS[:-1], np.nan], dtype=object), "none missing, but hold float, str_; convert or remove"),
        (np.array([*WORDS[:-1], 3], dtype=object), "but hold int, str"),
        (np.array([*range(29), True], dtype=object), "but hold bool, int"),
        (np.array([*range(29), 2**70], dtype=object), "go beyond 2.63; give smaller numbers, or text"),
        (Y.astype("datetime64[s]"), "numbers, text or booleans, but got datetime64.*a number or a word per example"),
        (Y.astype(np.uint64) + np.uint64(2**63), "beyond 2.63; give smaller numbers, or text"),
        (np.where(Y == 1, np.nan, Y), "not finite"),
        (np.ma.masked_equal(Y, 1), r"masked values; fill or remove them"),
        ([[0], [1, 2]] * 15, "numpy makes none of it: .*give rows of one shape"),
    ],
)
def test_labels_that_are_no_classes_are_refused_with_the_way_out(labels, message):
    with pytest.raises(TaskError, match=message):
        task(labels)


REST = list(WORDS[:-1])


@pytest.mark.parametrize(
    ("labels", "held"),
    [
        ([*REST, float("nan")], "float, str_"),
        ([*map(str, REST), float("nan")], "float, str"),
        ([*REST, 1], "int, str_"),
        ((*map(str, REST), 1.5), "float, str"),
        ([*REST, True], "bool, str_"),
        ([*REST, None], "NoneType, str_"),
        ([b"a"] * 29 + ["a"], "bytes, str"),
        ([b"a"] * 29 + [7], "bytes, int"),
        ([[word] for word in REST] + [[float("nan")]], "float, str_"),
        ([0, "1", "a"] * 10, "int, str"),
        (np.array([*map(str, REST), None], np.dtypes.StringDType(na_object=None)), "NoneType, str"),
        (np.array([*map(str, REST), np.nan], np.dtypes.StringDType(na_object=np.nan)), "float, str"),
    ],
)
def test_text_among_other_things_is_refused_in_lists_as_in_arrays(labels, held):
    with pytest.raises(TaskError, match=f"all of one kind and none missing, but hold {held}; convert or remove"):
        task(labels)
    with pytest.raises(TaskError, match=f"train labels .* but hold {held}; convert or remove"):
        Task(model=nn.Identity, train=(X, labels), validation=None, test=(X, WORDS))


@pytest.mark.parametrize("word", ["nan", "NaT", "<NA>"])
def test_text_that_a_missing_value_becomes_is_a_class_only_where_it_is_named(word):
    labels = np.array([*REST, word])
    with pytest.raises(TaskError, match=f"hold the text '{word}', .*remove such examples, or, .* by class_names"):
        task(labels)
    assert task(labels, class_names=["ant", "bee", "cow", word]).classes == 4
    assert task(list(labels), class_names=["ant", "bee", "cow", word]).classes == 4


@pytest.mark.parametrize("labels", [list(map(bytes, WORDS.astype("S"))), tuple(WORDS), [[str(word)] for word in WORDS]])
def test_lists_of_text_alone_are_classes(labels):
    assert task(labels).class_names == ("ant", "bee", "cow")


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (Y - 1, None),
        (np.where(Y == 2, -100, Y), None),
        ((Y - 5).astype(np.int8), None),
        ((Y - 1).astype(object), None),
        (list(map(int, Y - 1)), None),
        (np.tile(np.where(Y == 0, -100, 1)[:, None, None], (1, 4, 4)), None),
        (Y, 3),
    ],
)
def test_with_a_loss_whole_numbers_below_0_stay_and_are_no_classes(labels, classes):
    made = task(labels, loss=nn.functional.cross_entropy)
    together = torch.cat([split.labels for _, split in made.splits()])
    assert together.dtype == torch.int64
    assert sorted(together.flatten().tolist()) == sorted(np.ravel(labels).tolist())
    assert (made.classes, made.head(train=2).classes) == (classes, classes)
    assert any("class" in note for note in made.notes) == (classes is not None)


def test_one_label_below_0_in_any_split_is_enough():
    parts = {"train": (X, Y), "validation": (X, Y), "test": (X[:3], [0, -1, 2])}
    assert Task(model=nn.Identity, loss=nn.functional.cross_entropy, **parts).classes is None


@pytest.mark.parametrize(
    ("labels", "others", "message"),
    [
        (Y, {"class_names": ["a", "b"]}, r"must lie in 0 .. 1, as there are 2 class_names, but they go from 0 to 2"),
        (Y, {"class_names": ["a", "b", "a"]}, "class_names must differ from each other"),
        (WORDS, {"class_names": ["ant", "bee"]}, "labels that are not in class_names: 'cow'; add them there"),
    ],
)
def test_names_and_losses_that_do_not_fit_are_refused(labels, others, message):
    with pytest.raises(TaskError, match=message):
        task(labels, **others)


def test_text_in_one_split_and_numbers_in_another_are_refused():
    with pytest.raises(TaskError, match="labels of 'test' are text and others are not; give all splits one kind"):
        Task(model=nn.Identity, train=(X, Y), validation=None, test=(X, WORDS))


def test_many_labels_are_named_in_a_short_sentence():
    (note,) = read(np.arange(100) * 2).notes
    assert note.startswith("labels: 100 classes, numbered from 0 in this order: 0, 2, 4, 6, 8, 10, 12, 14 and 92 more")


def test_names_of_classes_cannot_write_to_the_terminal():
    assert "\x1b" not in "".join(read(["\x1b[31mred", "blue"]).notes)


def test_places_are_those_of_sorted_values():
    values = values_of([np.array(["b", "a"]), np.array(["c"])])
    assert values.tolist() == ["a", "b", "c"]
    assert places_of(np.array(["c", "a"]), values).tolist() == [2, 0]


PIXELS = np.random.default_rng(0).integers(0, 3, (COUNT, 2, 2))


def pictured(labels, ignore=-100, **others):
    return Task.from_arrays(
        model=lambda: nn.Conv2d(1, 3, 1), inputs=np.zeros((COUNT, 1, 2, 2)), labels=labels,
        objective=PerPixel(ignore=ignore), **others,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (PIXELS, ()),
        (PIXELS + 1, ("1", "2", "3")),
        (np.array([0, 128, 255])[PIXELS], ("0", "128", "255")),
        (np.array(["road", "car", "sky"])[PIXELS], ("car", "road", "sky")),
    ],
)
def test_classes_of_positions_are_mapped_and_named(labels, names):
    task = pictured(labels)
    assert task.class_names == names
    assert bool(task.reading_notes) == bool(names)
    places = {value: place for place, value in enumerate(np.unique(labels).tolist())}
    plain = pictured(np.vectorize(places.get)(labels))
    assert task.arrays == plain.arrays


def test_what_counts_for_no_class_at_a_position_stays():
    labels = np.array([1, 2, 255])[PIXELS]
    task = pictured(labels, ignore=255)
    assert task.class_names == ("1", "2")
    assert set(task.train.labels.unique().tolist()) == {0, 1, 255}
    kept = pictured(labels, ignore=255, class_names=["none", "cat", "dog"])
    assert set(kept.train.labels.unique().tolist()) == {1, 2, 255}
    with pytest.raises(TaskError, match=r"must lie in 0 .. 1, .*give a name for each class"):
        pictured(labels, ignore=255, class_names=["cat", "dog"])


@pytest.mark.parametrize(("highest", "names"), [(255, ()), (2, ("road", "car", "void")), (2, ())])
def test_a_class_of_masks_without_an_output_is_called_as_the_masks_have_it(highest, names):
    labels = np.array([0, 1, highest])[PIXELS]
    labels[:18] = np.minimum(labels[:18], 1)
    task = pictured(labels, class_names=names).with_model(lambda: nn.Conv2d(1, 2, 1))
    word, counted = names[2] if names else str(highest), ", number 2 of 3" if names or highest > 2 else ""
    advice = rf"hold class {word}{counted}, but the model gives 2 .*PerPixel\(ignore={highest}\)"
    with pytest.raises(TaskError, match=advice):
        check_fit(task, "mine")
    if highest == 255:
        check_fit(pictured(labels, ignore=255).with_model(lambda: nn.Conv2d(1, 2, 1)), "mine")


def test_a_class_that_a_split_of_masks_lacks_is_called_as_the_masks_have_it():
    labels = np.array([0, 128, 255])[PIXELS]
    parts = {"train": labels, "validation": np.minimum(labels, 128), "test": labels}
    arrays = {name: (np.zeros((COUNT, 1, 2, 2)), part) for name, part in parts.items()}
    task = Task(model=lambda: nn.Conv2d(1, 3, 1), objective=PerPixel(), **arrays)
    assert "validation has no pixel of class 255; such a class counts" in task.notes[-1]


def test_forms_of_labels_hold_with_an_objective():
    for labels, places, names, _ in FORMS:
        own = task(labels, objective=Classification())
        assert own.class_names == names
        assert own.arrays == task(np.asarray(places, dtype=int), class_names=own.class_names or ()).arrays


def test_a_class_is_never_numbered_as_the_one_that_counts_for_none():
    masks = np.array([[[0, 1], [2, 2]], [[1, 1], [0, 2]]])
    read = read_labels({"all": masks}, as_given=True, ignored=0)
    assert read.parts["all"].tolist() == masks.tolist()
    assert read.notes == ("labels: numbers stay as they are, as 0 among them is the one that counts for none",)
    gap = np.array([[[0, 1], [3, 2]]])  # 0, 1, 3 would become 0, 1, 2
    assert read_labels({"all": gap}, as_given=True, ignored=2).parts["all"].tolist() == gap.tolist()
    far = np.array([[[0, 1], [3, 9]]])
    assert read_labels({"all": far}, as_given=True, ignored=9).parts["all"].tolist() == [[[0, 1], [2, 9]]]
    with pytest.raises(TaskError, match="leave `ignore` out, or give it a number below 0"):
        read_labels({"all": np.array([[["cat", "dog"]]])}, as_given=True, ignored=1)


def test_text_is_no_amount():
    with pytest.raises(TaskError, match=r"give labels.astype\(float\) where they are amounts"):
        read_labels({"all": np.array(["1.5", "2.5"])}, as_given=True, classes=False)


@pytest.mark.parametrize("values", [[1.5, 2.5], [1.5, 2], [np.float32(1.5), 2.5]])
def test_floats_among_objects_are_amounts(values):
    labels = np.array(values * 15, dtype=object)
    made = Task.from_arrays(
        model=lambda: nn.Linear(2, 1), inputs=np.zeros((30, 2)), labels=labels, objective=Regression()
    )
    assert sorted(set(made.train.labels.tolist())) == [float(value) for value in values]


def test_a_missing_float_among_objects_is_named():
    labels = np.array([*[1.5] * 29, np.nan], dtype=object)
    with pytest.raises(TaskError, match=r"labels: row 29 is not finite; remove such examples, or fill in a value"):
        Task.from_arrays(model=lambda: nn.Linear(2, 1), inputs=np.zeros((30, 2)), labels=labels, loss=lambda o, y: o)
