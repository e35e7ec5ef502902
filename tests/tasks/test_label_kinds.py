"""Names of classes and labels of kinds that no task takes: refused with the way out."""

from datetime import date
from enum import Enum

import numpy as np
import pytest
from torch import nn

from lrlab.errors import TaskError
from lrlab.tasks import Task

Y = np.arange(60) % 3


def task(labels, **others):
    return Task.from_arrays(model=lambda: nn.Linear(4, 6), inputs=np.ones((60, 4)), labels=labels, **others)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({0: "cat", 1: "dog"}, r"but got a dict; give list\(names.values\(\)\)"),
        ("cat", r"but got the text 'cat' alone; write \['cat', 'dog'\]"),
        ({"cat", "dog"}, "but got set; write"),
        (2, "but got int; write"),
        (None, "but got NoneType; write .*leave it out"),
        (["cat", 2], r"but that of class 1 is 2, int; give \[str\(name\) for name in names\]"),
        ([("cat",), "dog"], "but that of class 0 is .*, tuple; give"),
    ],
)
def test_names_of_classes_are_a_sequence_of_text(names, words):
    with pytest.raises(TaskError, match=f"class_names must be a sequence of text, .*{words}"):
        task(Y, class_names=names)


def test_names_of_classes_may_be_of_numpy():
    assert task(Y, class_names=np.array(["a", "b", "c"])).class_names == ("a", "b", "c")


class Animal(Enum):
    CAT = 1
    DOG = 2


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (list(Animal) * 30, r"hold Animal; give \[label.name for label in labels\]"),
        ([None, "a", "b"] * 20, "leave out the examples whose label is None"),
        ([1, "a"] * 30, r"give \[str\(label\) for label in labels\] for classes, or \[float\(label\)"),
        (
            [date(2020, 1, 1), date(2021, 1, 1)] * 30,
            r"give \[str\(label\) for label in labels\] for classes, or seconds",
        ),
        (
            np.array(["2020-01-01", "2021-01-01"] * 30, "datetime64[D]"),
            r"datetime64.*per example: labels.astype\(str\) for",
        ),
        ([(1, 2), (3,)] * 30, "hold tuple|one shape"),
    ],
)
def test_labels_of_other_kinds_say_how_they_are_converted(labels, words):
    with pytest.raises(TaskError, match=words):
        task(labels)


class Mood(str, Enum):  # noqa: UP042  StrEnum prints what it holds
    POS = "positive"
    POOR = "poor"
    NEU = "neutral"


@pytest.mark.parametrize("kind", [list, tuple, lambda labels: np.array(labels, dtype=object)])
def test_text_of_an_enum_is_what_it_holds(kind):
    labels = [Mood.POS, Mood.POOR, Mood.NEU] * 20
    read, known = task(kind(labels)), task(kind([mood.value for mood in labels]))
    assert read.class_names == known.class_names == ("neutral", "poor", "positive")
    assert read.train.labels.equal(known.train.labels)


def test_class_names_of_an_enum_are_what_it_holds():
    assert task(Y, class_names=list(Mood)).class_names == ("positive", "poor", "neutral")
