"""Records, and what is said of the loss of their store."""

import random
import re
import tempfile
import warnings
from contextlib import contextmanager

import pytest

from lrlab.engine import train
from lrlab.errors import LabWarning
from lrlab.store import Store
from lrlab.store import _disk as disk
from support.tasks import blobs, trial


def large(record):
    """An array that nothing makes smaller, of no other record."""
    return {"rates": random.Random(record.trial.seed).randbytes(200_000)}


@pytest.fixture(scope="module")
def records():
    task = blobs()
    return [train(trial(task, seed=seed, budget="1 epochs"), task).record for seed in range(4)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sub" / "records.db"


@pytest.fixture
def no_room_beside(path, tmp_path, monkeypatch):
    """Nothing can be copied to where the store lies; the folder that stands for the system's temporary one."""
    copy = disk._copy_store

    def refused(source, place, more=None):
        if place.parent == path.parent:
            raise OSError(28, "No space left on device")
        copy(source, place, more)

    monkeypatch.setattr(disk, "_copy_store", refused)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def told(*patterns):
    """What is said in a block, a list that is filled at its end; each pattern must be found in it."""
    words = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield words
        finally:
            words += [str(one.message) for one in caught if one.category is LabWarning]
    for pattern in patterns:
        assert re.search(pattern, "\n".join(words))


def keys(records):
    return [record.trial.key for record in records]


def kept(path, records):
    """Which of the records a store holds, each with its array."""
    with Store(path) as store:
        found = store.get(keys(records))
        assert all(store.array(key, "rates") == large(record)["rates"] for key, record in found.items())
        return [record for record in records if record.trial.key in found]
