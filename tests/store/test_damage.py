"""A store that was damaged or changed says so, and names the trial and the way out; earlier versions stay readable."""

import random
import re
import shlex
import sqlite3
import warnings

import pytest

import lrlab
from lrlab.engine import train
from lrlab.errors import LabWarning, StoreError
from lrlab.schedules import register
from lrlab.spec import Setup, StackPlan
from lrlab.store import Store, StoredStudy, check_store
from lrlab.store._contents import Contents
from support import command
from support.own import Waves, catalogue_kept
from support.tasks import blobs, study, trial


@pytest.fixture(scope="module")
def records():
    task = blobs()
    return [train(trial(task, seed=seed, budget="1 epochs"), task).record for seed in range(3)]


@pytest.fixture
def path(tmp_path, records):
    path = tmp_path / "records.db"
    with Store(path, write=True) as store:
        for record in records:
            store.add(record, {"rates": record.trial.key.encode() * 9})
        store.add_study(StoredStudy(study("a:task"), "d", "r"))
        store.add_setup("machine", Setup(layout="loop"))
        store.add_stacks([StackPlan(trials=(records[0].trial.key,), setup=Setup(layout="loop"))])
    return path


def change(path, statement, *values):
    database = sqlite3.connect(path)
    with database:
        database.execute(statement, values)
    database.close()


def reads_all(path, records):
    """Everything that can be asked of a store, or the StoreError that says why not."""
    with Store(path) as store:
        found = store.get(record.trial.key for record in records)
        arrays = [store.array(key, "rates") for key in found]
        return found, arrays, store.studies(), store.setup("machine"), store.stacks(found), len(store)


def test_a_check_while_records_are_written_finds_no_fault(tmp_path, records, monkeypatch):
    path, read_arrays = tmp_path / "records.db", Contents._read_arrays

    def after_another_record(contents):
        store.add(records[1], {"rates": b"x" * 9})
        read_arrays(contents)

    monkeypatch.setattr(Contents, "_read_arrays", after_another_record)
    with Store(path, write=True) as store:
        store.add(records[0], {"rates": b"x" * 9})
        found = check_store(path)
        assert (found.records, found.faults) == (1, ())
    assert len(Store(path)) == 2


def changed_score(text):
    head, score, tail = re.split(r'(?<="test":)(.*?"score":0\.\d\d)', text, maxsplit=1)
    return head + score[:-1] + str((int(score[-1]) + 1) % 10) + tail


@pytest.mark.parametrize(
    "damage",
    [
        changed_score,
        lambda text: text.replace('"peak":0.1', '"peak":0.2'),
        lambda text: text.replace('"seed":1', '"seed":2'),
        lambda text: text.replace('"outcome":"finished"', '"outcome":"diverged"'),
        lambda text: text.replace('"train_seconds":', '"train_seconds":1'),
        lambda text: text[:-40],
        lambda text: "",
        lambda text: text.encode(),
        lambda text: 7,
    ],
    ids=["score", "peak", "seed", "outcome", "time", "cut", "empty", "bytes", "number"],
)
def test_a_record_that_was_changed_is_refused_by_name_and_the_way_out_works(path, records, damage):
    key = records[1].trial.key
    text = records[1].to_json()
    assert damage(text) != text
    change(path, "update record set record = ?, form = 0 where key = ?", damage(text), key)
    with pytest.raises(
        StoreError, match=rf"the record of trial {key}.* is not what was written .*run its study again"
    ) as e:
        reads_all(path, records)
    assert lrlab.forget_trials(way_out(e)[3], store=way_out(e)[5]) == (key,)
    with Store(path, write=True) as store:
        assert store.get([key]) == {}
        store.add(records[1], {"rates": b"new"})
        assert len(store.get(record.trial.key for record in records)) == 3


def way_out(error):
    """The words of the line to paste."""
    words = shlex.split(str(error.value).splitlines()[-1])
    assert words[:3] == ["lrlab", "store", "forget"]
    return words


def test_the_way_out_can_be_pasted_into_a_shell(path, records):
    key = records[0].trial.key
    change(path, "update record set record = '' where key = ?", key)
    with Store(path) as store, pytest.raises(StoreError) as e:
        store.get([key])
    command.lrlab(*way_out(e)[1:])
    with Store(path) as store:
        assert store.get([key]) == {}


def test_a_changed_score_is_named_with_schedule_peak_and_seed(path, records):
    change(
        path,
        "update record set record = ?, form = 0 where key = ?",
        changed_score(records[2].to_json()),
        records[2].trial.key,
    )
    with Store(path) as store, pytest.raises(StoreError, match=r"\(cosine at 0\.1, seed 2, of blobs\)"):
        store.get([records[2].trial.key])


def test_a_record_under_another_key_is_refused(path, records):
    first, second = records[0].trial.key, records[1].trial.key
    change(path, "delete from record where key = ?", first)
    change(path, "update record set key = ? where key = ?", first, second)
    with Store(path) as store, pytest.raises(StoreError, match=rf"record of trial {first} "):
        store.get([first])


@pytest.mark.parametrize("npy", [b"", b"other", "text"])
def test_an_array_that_was_changed_is_refused(path, records, npy):
    key = records[0].trial.key
    change(path, "update array set npy = ? where key = ?", npy, key)
    with (
        Store(path) as store,
        pytest.raises(StoreError, match=rf"(?s)array 'rates' of trial {key} .*store forget"),
    ):
        store.array(key, "rates")


def test_plans_setups_and_stacks_that_cannot_be_read_are_left_out(path, records):
    change(path, "update plan set study = '{}'")
    change(path, "update setup set setup = 'no'")
    change(path, "update stack set plan = '[]'")
    with pytest.warns(LabWarning, match=r"cannot be read, which is left out: .*: it is not what was written"):
        found = reads_all(path, records)
    assert found[2:] == ([], None, [], 3)


@pytest.fixture
def unknown(tmp_path, records):
    """A store of a study, and of one of its trials, with a schedule that is not registered any more; the trial."""
    path = tmp_path / "own.db"
    with catalogue_kept():
        register("waves_gone")(Waves)
        own = Waves(waves=2)
        record = records[0].model_copy(update={"trial": records[0].trial.model_copy(update={"schedule": own})})
        key = record.trial.key
        noted = study("a:task").model_copy(update={"name": "mine", "schedules": (own,)})
        with Store(path, write=True) as store:
            store.add(record, {})
            store.add_study(StoredStudy(noted, "d", "r"))
    return path, key


UNKNOWN = r"unknown schedule 'waves_gone'; register the class .*, or name its module with --plugin or load_plugins"


def test_a_study_whose_schedule_is_not_known_says_how_to_make_it_known(unknown):
    path, key = unknown
    with Store(path) as store:
        with pytest.warns(LabWarning, match=rf"own.db notes a study that cannot be read, .* left out: mine: {UNKNOWN}"):
            assert store.studies() == []
        with pytest.raises(StoreError, match=f"own.db holds no study that can be read: mine: {UNKNOWN}"):
            store.studies(needed=True)
        with pytest.raises(StoreError, match=f"the record of trial {key} in .*own.db cannot be read: {UNKNOWN}"):
            store.get([key])
    for name in (None, "mine"):
        with pytest.raises(StoreError, match=f"own.db holds no study that can be read: mine: {UNKNOWN}"):
            lrlab.load(path, name)


def test_a_study_that_can_be_read_is_enough(unknown):
    path, _ = unknown
    with Store(path, write=True) as store:
        store.add_study(StoredStudy(study("a:task"), "d", "r"))
        with pytest.warns(LabWarning, match=UNKNOWN):
            assert [stored.study for stored in store.studies(needed=True)] == [study("a:task")]


def test_a_record_that_was_changed_to_an_unknown_schedule_is_damaged(path, records):
    key = records[0].trial.key
    text = records[0].to_json().replace('"constant"', '"constanz"')
    change(path, "update record set record = ?, form = 0 where key = ?", text, key)
    with Store(path) as store, pytest.raises(StoreError, match=r"(?s)is not what was written there.*store forget"):
        store.get([key])


def test_bytes_changed_at_random_are_noticed_or_harmless(path, records):
    """Anywhere in the file: a StoreError, a left-out plan, or what was written."""
    whole, draw = path.read_bytes(), random.Random(5)
    right = reads_all(path, records)
    for _ in range(100):
        bits = bytearray(whole)
        place = draw.randrange(len(bits))
        bits[place] ^= 1 << draw.randrange(8)
        path.write_bytes(bits)
        try:
            with warnings.catch_warnings(action="ignore", category=LabWarning):
                found = reads_all(path, records)
        except StoreError:
            continue
        assert all(right[0][key] == record for key, record in found[0].items())
        assert all(array in right[1] for array in found[1])


def as_version(path, version):
    """A store as an earlier version left it."""
    with Store(path) as store:
        records = store.get(store.record_keys())
        arrays = {key: store.array(key, "rates") for key in records}
    database = sqlite3.connect(path)
    for key, record in records.items():
        database.execute("update record set record = ? where key = ?", (record.to_json(), key))
        database.execute("update array set npy = ? where key = ? and name = 'rates'", (arrays[key], key))
    for table in ("record", "array"):
        database.execute(f"alter table {table} drop column form")
    database.execute("alter table record drop column arrays")
    for table in ("plan", "setup", "stack", "program", "failure", "standing"):
        database.execute(f"alter table {table} drop column digest")
    for table in ("record", "array") if version < 3 else ():
        database.execute(f"alter table {table} drop column digest")
    later = {
        "range_test": 6,
        "content": 5,
        "standing": 4,
        "failure": 3,
        "program": 2,
        "setup": 1,
        "member": 1,
        "stack": 1,
    }
    for table in (table for table, last in later.items() if version <= last):
        database.execute(f"drop table {table}")
    database.execute(f"pragma user_version = {version}")
    database.commit()
    database.execute("vacuum")
    database.close()


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_a_store_of_an_earlier_version_is_read_as_it_is_and_brought_up_when_written(path, records, version):
    as_version(path, version)
    before = path.read_bytes()
    with Store(path) as store:
        keys = [record.trial.key for record in records]
        assert list(store.get(keys).values()) == records
        assert store.array(keys[0], "rates") == keys[0].encode() * 9
    assert path.read_bytes() == before
    with Store(path, write=True) as store:
        store.add_setup("other", Setup(layout="loop"))
        assert list(store.get(keys).values()) == records
    change(path, "update record set record = ? where key = ?", changed_score(records[0].to_json()), keys[0])
    with Store(path) as store, pytest.raises(StoreError, match=f"record of trial {keys[0]}"):
        store.get(keys)


def test_without_digests_a_record_must_still_be_of_its_trial(path, records):
    as_version(path, 2)
    text = records[0].to_json().replace('"peak":0.1', '"peak":0.2')
    change(path, "update record set record = ? where key = ?", text, records[0].trial.key)
    with Store(path) as store, pytest.raises(StoreError, match="is not what was written there"):
        store.get([records[0].trial.key])


def test_what_is_opened_for_reading_is_not_written(path, records):
    with Store(path) as store, pytest.raises(StoreError, match=r"opened for reading; open it with write=True"):
        store.remove(records[0].trial.key)
