"""Bits flipped and ends cut off at random: what is read is what was written, or it is said what is not."""

import random
import sqlite3
import warnings

import numpy as np
import pytest

from lrlab.engine import train
from lrlab.errors import LabWarning, StoreError
from lrlab.spec import Setup, StackPlan, Standing
from lrlab.store import Store, StoredStudy, check_store, repair_store
from lrlab.store import _file as file
from support.tasks import blobs, study, trial

FLIPS, CUTS = 500, 200
MOST = [
    pytest.param(FLIPS, CUTS, marks=pytest.mark.slow, id="all"),
    pytest.param(FLIPS // 10, CUTS // 10, id="a tenth"),
]


def npy(array):
    import io

    kept = io.BytesIO()
    np.save(kept, array)
    return kept.getvalue()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A store with something in every table; its bytes, and all that can be asked of it."""
    task, path = blobs(), tmp_path_factory.mktemp("torn") / "records.db"
    trained = [train(trial(task, seed=seed, budget="2 epochs"), task) for seed in range(6)]
    with Store(path, write=True) as store:
        for place, each in enumerate(trained):
            long = npy(np.random.default_rng(place // 2).random(400))
            store.add(
                each.record, {"rates": npy(each.arrays["rates"]), "right": npy(each.arrays["right"]), "long": long}
            )
        keys = store.record_keys()
        for name in ("one", "two", "three"):
            store.add_study(StoredStudy(study("a:task").model_copy(update={"name": name}), "d", name))
        store.add_setup("machine", Setup(layout="loop"))
        store.add_stacks([StackPlan(trials=tuple(keys[:3]), setup=Setup(layout="loop"))])
        store.add_program("d", {"part": "hash"})
        store.add_failure(["f" * 16], "why", "traceback")
        store.add_standings([Standing.of_record(trained[0].record)])
    return path.read_bytes(), asked(path), keys


def asked(path):
    """All that can be asked of a store, each by its own name; nothing for what it does not have."""
    found = {}
    with Store(path) as store, warnings.catch_warnings(action="ignore", category=LabWarning):
        keys = store.record_keys()
        for key, record in store.get(keys).items():
            found["record", key] = record
            for name in store.array_names(key):
                found["array", key, name] = store.array(key, name)
        found |= {("study", each.request): each for each in store.studies()}
        found |= {("failure", key): each[:2] for key, each in store.failures(["f" * 16]).items()}
        found |= {("standing", key): each for key, each in store.standings(keys).items()}
        found |= {("stack", each.key): each for each in store.stacks(keys)}
        found |= {("setup", setup): setup for setup in [store.setup("machine")] if setup}
        found |= {("program", str(parts)): parts for parts in [store.program("d")] if parts}
    return found


def in_words(action, path):
    """What the action gives; None where it ends with an error that says the way out."""
    words = ""
    try:
        return action(path)
    except StoreError as error:
        words = str(error)
    assert "--store" in words
    return None


def assert_never_wrong(path, right):
    """Whether anything is amiss: what is read is right, or there is a StoreError."""
    found = in_words(asked, path)
    if found is None:
        return True
    assert all(right.get(name) == value for name, value in found.items())
    return found.keys() != right.keys()


def assert_mends(path, right, keys):
    """A repair leaves what is right, names what is lost, and finds nothing more; or says that nothing can be read."""
    mended = in_words(repair_store, path)
    if mended is None:
        return
    assert set(mended.lost) <= set(keys) or any("pages" in fault.what for fault in mended.faults)
    assert check_store(path).faults == ()
    found = asked(path)
    assert all(right.get(name) == value for name, value in found.items())
    there = {name[1] for name in found if name[0] == "record"}
    assert all(("array", key, "rates") in found for key in there)
    with Store(path, write=True) as store:
        store.add_all(
            (right["record", key], {"rates": right["array", key, "rates"]}) for key in keys if key not in there
        )
        assert len(store.get(keys)) == len(keys)


def clear(path):
    for other in path.parent.iterdir():
        other.unlink()


@pytest.mark.parametrize("looks", [True, False], ids=["pages looked at", "by digests alone"])
@pytest.mark.parametrize(("flips", "cuts"), MOST)
def test_a_flipped_bit_or_a_cut_end_never_makes_a_wrong_number(written, tmp_path, monkeypatch, flips, cuts, looks):
    whole, right, keys = written
    if not looks:  # as of a large store
        monkeypatch.setattr(file, "SHORT_LOOK", 0)
        monkeypatch.setattr(file, "LONG_LOOK", 0)
    draw, path, amiss = random.Random(19), tmp_path / "records.db", 0
    for number in range(flips + cuts):
        torn = bytearray(whole)
        if number < flips:
            torn[draw.randrange(len(torn))] ^= 1 << draw.randrange(8)
        else:
            del torn[draw.randrange(len(torn)) :]
        clear(path)
        path.write_bytes(torn)
        amiss += assert_never_wrong(path, right)
        if looks:
            assert_mends(path, right, keys)
    assert amiss > cuts // 2


def test_a_torn_index_and_a_damaged_array_are_told_and_mended(written, tmp_path):
    whole, right, keys = written
    path = tmp_path / "records.db"
    path.write_bytes(whole)
    with sqlite3.connect(path) as database:
        database.execute("update array set npy = zeroblob(9), form = 0 where key = ? and name = 'rates'", (keys[0],))
        query = "select rootpage from sqlite_master where name = 'sqlite_autoindex_record_1'"
        (page,), (size,) = database.execute(query).fetchone(), database.execute("pragma page_size").fetchone()
    database.close()  # which takes in the log
    torn = bytearray(path.read_bytes())
    torn[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(torn)
    found = check_store(path)
    assert any("which follows from its schedule" in fault.what for fault in found.faults)
    assert found.lost == ()
    assert_mends(path, right, keys)


def test_a_log_that_was_torn_costs_what_it_held_and_nothing_else(written, tmp_path):
    whole, right, keys = written
    path = tmp_path / "records.db"
    path.write_bytes(whole)
    store = Store(path, write=True)
    store.add_setup("other", Setup(layout="loop"))
    copy, draw = tmp_path / "copy" / "records.db", random.Random(3)
    copy.parent.mkdir()
    log = (tmp_path / "records.db-wal").read_bytes()
    now = path.read_bytes()
    store.close()
    for _ in range(20):
        torn = bytearray(log)
        torn[draw.randrange(len(torn))] ^= 1 << draw.randrange(8)
        clear(copy)
        copy.write_bytes(now)
        copy.with_name("records.db-wal").write_bytes(torn[: draw.randrange(len(torn))])
        found = asked(copy)
        assert {name: found[name] for name in right} == right
        assert keys
