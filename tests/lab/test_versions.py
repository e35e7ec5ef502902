"""Trials of a task before its program changed: told of, run again unless they are to be kept."""

import pytest

from lrlab.errors import StudyError
from lrlab.lab import Older, OpenedTask, kept_version, older_version, prepare, progress
from lrlab.lab._phases import phases
from lrlab.store import Store, StoredStudy
from support.results import example_results
from support.tasks import study

RECORD = example_results().confirmed[0]
PROGRAM = {"mine.py": "1", "net.py": "1", "the model": "1", "the data": "1"}


def task(data, **parts):
    return OpenedTask("mine:task", "/there/mine.py:task", data, 60, program=PROGRAM | parts)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "s.db", write=True) as opened:
        yield opened


def done(store, place, count):
    """So many trials of the study's first phase, under a version of the task."""
    prepared = prepare(study("mine:task"), place)
    store.add_study(StoredStudy(prepared.study, place.data, ""))
    if place.program:
        store.add_program(place.data, place.program)
    trials = next(phases(prepared.study, place.data)).trials[:count]
    store.add_all([(RECORD.model_copy(update={"trial": trial}), {}) for trial in trials])
    return prepared


def test_what_another_version_did_is_told_with_what_changed(store):
    done(store, task("a"), 3)
    assert older_version(prepare(study("mine:task"), task("a")), store) is None
    new = task("b", **{"net.py": "2", "the model": "2"})
    found = older_version(prepare(study("mine:task"), new), store)
    assert (found.done, found.total, found.changed, found.same_data) == (3, 12, ("net.py", "the model"), True)


def test_the_newest_version_counts_and_only_of_this_very_study(store):
    done(store, task("a"), 3)
    done(store, task("b", **{"mine.py": "2"}), 2)
    new = task("c", **{"net.py": "2"})
    assert older_version(prepare(study("mine:task"), new), store).changed == ("mine.py", "net.py")
    assert older_version(prepare(study("mine:task", batch_size=8), new), store) is None
    other = OpenedTask("other:task", "/there/other.py:task", "c", 60, program=PROGRAM)
    assert older_version(prepare(study("other:task"), other), store) is None


def test_other_data_is_told_of_and_never_kept(store):
    done(store, task("a"), 3)
    new = task("b", **{"the data": "2"})
    found = older_version(prepare(study("mine:task"), new), store)
    assert (found.done, found.same_data) == (3, False)
    with pytest.raises(StudyError, match=r"are of other data, .*leave out --keep"):
        kept_version(new, store)


def test_a_version_of_which_nothing_is_noted_is_told_of_all_the_same(store):
    """Of a store that an earlier lrlab wrote."""
    done(store, task("a")._replace(program={}), 2)
    found = older_version(prepare(study("mine:task"), task("b")), store)
    assert (found.done, found.changed, found.same_data) == (2, (), True)
    assert kept_version(task("b"), store).data == "a"


def test_what_is_kept_counts_as_done_and_its_program_stays_noted(store):
    first = task("a")
    done(store, first, 4)
    kept = kept_version(task("b", **{"net.py": "2"}), store)
    assert kept.data == "a"
    again = done(store, kept, 0)
    assert store.program("a") == PROGRAM
    assert progress(again.study, kept.data, store).stored == 4
    assert kept_version(task("b", **{"net.py": "2"}), store).data == "a"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (task("a"), "holds no other version of mine:task to keep; leave out --keep"),
        (task("a")._replace(name="digits/mlp", program={}), "--keep is for a task of your own .*digits/mlp is none"),
    ],
)
def test_where_there_is_nothing_to_keep_that_is_said(store, place, message):
    done(store, place, 2)
    with pytest.raises(StudyError, match=message):
        kept_version(place, store)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("net.py", "the model"), "by another version of net.py: run again; --keep uses the old records"),
        (("a.py", "b.py"), "by another version of a.py and b.py: run again"),
        (("the model",), "by another version of the model: run again"),
        ((), "by another version of mine:task: run again"),
        (("mine.py", "the data"), "with other data: run again"),
    ],
)
def test_the_words_name_what_changed(changed, words):
    assert Older(12, 34, changed).sentence("mine:task").startswith(f"12 of 34 done before {words}")


def test_a_store_notes_programs_and_one_without_them_is_read(store):
    assert store.program("a") == {}
    store.add_program("a", PROGRAM)
    store.add_program("a", PROGRAM | {"new.py": "1"})
    assert store.program("a") == PROGRAM | {"new.py": "1"}
    assert store.program("b") == {}
