"""Names of classes, which are in no key: an answer has those that its task has now."""

import numpy as np
import pytest
from torch import nn

import lrlab
from lrlab import events
from support.reader import read_page, words

SMALL = {"epochs": 2, "peaks": (0.03, 0.1), "seeds": 4, "tuning_seeds": 1, "batch_size": 16, "workers": 0}


def animals(*names):
    """The same examples under these names of their classes; of texts alone the labels are the names."""
    numbers = np.arange(60) % 3
    given = (
        {"labels": numbers, "class_names": names[1:]} if names[0] == "given" else {"labels": np.take(names, numbers)}
    )
    inputs = np.random.default_rng(3).normal(size=(60, 2))
    return lrlab.Task.from_arrays(model=lambda: nn.Linear(2, 3), inputs=inputs, **given)


def names_in(results, page):
    """The names of classes in an answer, all alike, and in its page."""
    of_records = {record.class_names for record in (*results.findings.tuned, *results.findings.confirmed)}
    assert len(of_records) == 1
    names = of_records.pop()
    text = words(read_page(results.page(page))).partition("Confusion")[2]
    assert all(name in text for name in names)
    return names


@pytest.mark.parametrize("kind", [("given",), ()], ids=["class_names", "labels"])
def test_names_of_classes_are_those_of_the_task_as_it_is_now(kind, tmp_path):
    store = tmp_path / "records.db"
    given = SMALL | {"store": store, "progress": False, "name": "animals"}
    first = lrlab.compare(animals(*kind, "ape", "dog", "eel"), ["constant"], **given)
    told = []
    mended = lrlab.compare(animals(*kind, "cat", "dog", "eel"), ["constant"], **given | {"progress": told.append})
    assert mended.key == first.key
    assert not any(isinstance(event, events.TrialsStored) for event in told)
    assert names_in(first, tmp_path / "a.html") == ("ape", "dog", "eel")
    assert names_in(mended, tmp_path / "b.html") == ("cat", "dog", "eel")
    assert names_in(lrlab.load(store), tmp_path / "c.html") == ("ape", "dog", "eel")  # as they are stored
    lrlab.compare(animals(*kind, "fox", "gnu", "hen"), ["constant"], **given | {"seeds": 5})
    assert names_in(lrlab.load(store), tmp_path / "d.html") == ("fox", "gnu", "hen")  # the newest
