"""A schedule of the user's own whose class was changed: what its records of before are to each verb of a store."""

import re
import sqlite3
import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import polars
import pytest

import lrlab
from lrlab.errors import LabWarning, StoreError
from lrlab.rules import register
from lrlab.schedules import SCHEDULES, Schedule
from lrlab.store import Store
from support.own import catalogue_kept
from support.tasks import BLOBS_FILE

HOW = {"workers": 0, "progress": False, "epochs": 1, "peaks": [0.03, 0.1], "tuning_seeds": 1, "seeds": 3}
PASSED_BY = "holds records of another version of `mine`, .* give that version back to use them, or take them out by"


def as_it_was():
    @dataclass(frozen=True, kw_only=True)
    class Mine(Schedule):
        """Down to zero."""

        k: float = 1.0

        def shape(self, t, horizon):
            return self.k * (1 - t / horizon.updates)

    return Mine


def another_formula():
    @dataclass(frozen=True, kw_only=True)
    class Mine(Schedule):
        """Down to zero."""

        k: float = 1.0

        def shape(self, t, horizon):
            return self.k * (1 - t / horizon.updates) ** 2

    return Mine


def one_field_more():
    @dataclass(frozen=True, kw_only=True)
    class Mine(Schedule):
        """Down to zero."""

        k: float = 1.0
        z: float = 0.5

        def shape(self, t, horizon):
            return self.k * (1 - self.z * t / horizon.updates)

    return Mine


def other_fields():
    @dataclass(frozen=True, kw_only=True)
    class Mine(Schedule):
        """Down to zero."""

        power: float = 1.0

        def shape(self, t, horizon):
            return (1 - t / horizon.updates) ** self.power

    return Mine


CHANGES = [another_formula, one_field_more, other_fields]


def edit(make):
    """Run the cell that has the class, as it stands now."""
    SCHEDULES.remove("mine")
    register("mine")(make())


@pytest.fixture(autouse=True)
def _catalogue():
    with catalogue_kept():
        yield


def run(path, schedules=("constant", "mine"), **more):
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        return lrlab.compare(f"{path.parent / 'mine.py'}:task", list(schedules), store=path, **HOW | more)


@pytest.fixture
def path(tmp_path):
    """A store of two runs, one of them with the class, as it was."""
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    edit(as_it_was)
    run(tmp_path / "records.db", ("constant", "cosine"), name="other")
    run(tmp_path / "records.db", name="own")
    return tmp_path / "records.db"


@pytest.fixture
def own(path):
    """The keys of its trials that have the class."""
    with Store(path) as store:
        keys = {key for key, record in store.get(store.record_keys()).items() if record.trial.arm.startswith("mine")}
    assert keys
    return keys


def keys_of(path):
    with Store(path) as store:
        return set(store.record_keys())


def sql(path, statement, *values):
    database = sqlite3.connect(path)
    with database:
        database.execute(statement, values)
    database.close()


@contextmanager
def told_once():
    """One warning says that records are passed by, and no other is given."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        yield
    assert len(given) == 1, [str(each.message) for each in given]
    assert given[0].category is LabWarning
    assert re.search(PASSED_BY, str(given[0].message))


@pytest.mark.parametrize("change", CHANGES)
def test_records_of_a_changed_class_are_whole_and_no_verb_fails_for_them(path, own, tmp_path, change):
    there = keys_of(path)
    edit(change)
    for repair in (False, True):
        found = lrlab.check_store(path, repair=repair)
        assert str(found) == f"{len(there)} records in {path}, all as they were written"
    with told_once():
        trials, _ = lrlab.export_store(tmp_path / "tables", path)
    assert set(polars.read_csv(trials)["key"]) == there - own
    with told_once():
        gone = lrlab.forget_trials(store=path, seed=1000, dry_run=True)
    assert gone
    assert not own & set(gone)
    assert keys_of(path) == there


def test_a_repair_for_another_fault_keeps_them(path, own):
    there = keys_of(path)
    edit(another_formula)
    broken = min(there - own)
    sql(path, "update record set digest = 'no' where key = ?", broken)
    assert lrlab.check_store(path, repair=True).lost == (broken,)
    assert keys_of(path) == there - {broken}
    edit(as_it_was)
    with Store(path) as store:
        assert set(store.get(own)) == own


def test_they_stay_where_a_store_is_tidied(path, own):
    there = keys_of(path)
    begun = path.with_name("records-checkpoints") / f"{min(own)}.run"  # of a trial that has ended
    begun.mkdir(parents=True)
    edit(one_field_more)
    with told_once():
        planned = lrlab.tidy_store(path, dry_run=True)
    with told_once():
        done = lrlab.tidy_store(path)
    assert planned.trials == done.trials == ()
    assert planned.files == done.files == (begun,)
    assert done.versions == planned.versions == len(own)
    assert f"; {len(own)} records of other versions of your classes kept" in str(done)
    assert keys_of(path) == there
    edit(as_it_was)
    assert lrlab.tidy_store(path).versions == 0


def test_merging_passes_them_by_and_takes_all_else(path, own, tmp_path):
    there, into = keys_of(path), tmp_path / "into.db"
    edit(another_formula)
    with told_once():
        found = lrlab.merge_stores(into, path)
    assert found.added == len(there - own)
    assert keys_of(into) == there - own
    assert {each.study for each in lrlab.runs(into)} == {"other", "own"}


def test_the_way_out_takes_one_out(path, own):
    there = keys_of(path)
    edit(another_formula)
    with Store(path) as store, pytest.warns(LabWarning, match=PASSED_BY) as given:
        assert store.get(own) == {}
    key = re.search(r"lrlab store forget (\w{16}) --store", str(given[0].message))
    assert key is not None
    assert lrlab.forget_trials(key[1], store=path) == (key[1],)
    assert keys_of(path) == there - {key[1]}


def test_damage_is_seen_in_a_record_of_a_changed_class_too(path, own):
    changed, moved = sorted(own)[:2]
    edit(another_formula)
    sql(path, "update record set digest = 'no' where key = ?", changed)
    sql(path, "update record set key = '0123456789abcdef' where key = ?", moved)
    assert {changed, moved, "0123456789abcdef"} <= set(lrlab.check_store(path).lost)
    with Store(path) as store:
        for key in (changed, "0123456789abcdef"):
            with pytest.raises(StoreError, match=rf"(?s)record of trial {key} .*is not what was written.*store forget"):
                store.get([key])


def test_a_key_opens_the_newest_run_where_a_class_has_a_field_more(path):
    edit(one_field_more)
    newest = run(path, name="own")
    noted = [each.key for each in lrlab.runs(path)]
    assert noted[0] == newest.key
    assert len(noted) == len(set(noted)) == 2
    assert lrlab.load(path, newest.key).answer == newest.answer
    assert lrlab.forget_trials(store=path, study="own", dry_run=True)
    assert lrlab.so_far(path, newest.key)
