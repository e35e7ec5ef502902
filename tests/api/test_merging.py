"""Stores with every kind of study become one: runs are answered there as before, and nothing is of no study."""

import shutil
import warnings

import pytest

import lrlab
from lrlab.errors import LabWarning, StoreError
from lrlab.store import Store
from support.tasks import BLOBS_FILE

HOW = {"workers": 0, "progress": False, "epochs": 2, "peaks": [0.03, 0.1], "tuning_seeds": 1, "seeds": 3}
LOOP = """import lrlab

@lrlab.trial(metric="accuracy", settings={"wd": 0.0})
def train(run):
    for t in range(run.updates):
        run.rate(t)
    run.report(epoch=0, validation_accuracy=0.5 + run.settings["wd"])
    run.finish(test_accuracy=0.5 + run.peak)
"""
KINDS = {
    "search": {"tune": "peak,momentum", "trials": 3, "peaks": None},
    "ranges": {"schedules": ["constant", "cosine(floor=0..0.2)"], "tune": "peak", "trials": 3, "peaks": None},
    "halving": {"halving": [1], "tuning_seeds": 2},
    "settings": {"task": "loop.py:train", "settings": {"wd": [0.0, 0.1]}, "epochs": None, "updates": 4},
    "recipe": {"schedules": ["constant+ema(decay=0.9)", "cosine@adamw"]},
    "transfer": {"transfer": "budget=2"},
}


def run(path, schedules=("constant", "cosine"), task="mine.py:task", **more):
    options = {name: value for name, value in (HOW | more).items() if value is not None}
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        return lrlab.compare(f"{path.parent / task}", list(schedules), store=path, **options)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    (tmp_path / "loop.py").write_text(LOOP)
    return tmp_path


def keys_of(path):
    with Store(path) as store:
        return set(store.record_keys())


def answers(path):
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        return {each.key: (each.stored, each.missing, each.answer) for each in lrlab.runs(path)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_study_is_merged_and_answered_as_before(folder, kind):
    into, other = folder / "into.db", folder / "other.db"
    run(other, **KINDS[kind])
    lrlab.merge_stores(into, other)
    assert keys_of(into) == keys_of(other)
    assert answers(into) == answers(other)
    assert lrlab.tidy_store(into, dry_run=True).trials == ()
    again = lrlab.merge_stores(into, other)
    assert (again.added, again.same) == (0, len(keys_of(other)))
    assert answers(into) == answers(other)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, StoreError("torn")])
def test_a_merging_that_is_stopped_leaves_nothing_of_that_store(folder, monkeypatch, stop):
    into, first, second = (folder / f"{name}.db" for name in ("into", "first", "second"))
    run(first, name="first")
    run(second, ["constant", "linear"], name="second")
    shutil.copy(first, into)
    before, own = keys_of(into), Store.program

    def fails(store, data):
        if store.path == second:
            raise stop
        return own(store, data)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "program", fails)
        with pytest.raises((KeyboardInterrupt, StoreError)):
            lrlab.merge_stores(into, second)
    assert keys_of(into) == before
    assert [each.study for each in lrlab.runs(into)] == ["first"]
    assert lrlab.tidy_store(into, dry_run=True).trials == ()
    lrlab.merge_stores(into, second)
    assert keys_of(into) == before | keys_of(second)
    assert answers(into) == answers(first) | answers(second)
