"""What is done to a store as a whole, from Python and as a process."""

import json
import shutil
import sqlite3
import warnings
from pathlib import Path

import polars
import pytest

import lrlab
from lrlab.errors import LabWarning, RunError, StoreError, StudyError, UnknownName
from lrlab.events import TrialsStored
from lrlab.lab import stored_results
from lrlab.store import Store
from lrlab.trackers import Ledger
from support import command
from support.tasks import BLOBS_FILE

RUN = {"workers": 0, "progress": False, "epochs": 1, "peaks": [0.03, 0.1], "tuning_seeds": 1, "seeds": 3}


def run(path, schedules=("constant", "cosine"), **more):
    task = f"{path.parent / 'mine.py'}:task"
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        return lrlab.compare(task, list(schedules), store=path, **RUN, **more)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    (folder / "mine.py").write_text(BLOBS_FILE)
    run(folder / "records.db", name="one")
    return folder


@pytest.fixture
def path(made, tmp_path):
    shutil.copy(made / "mine.py", tmp_path)
    return Path(shutil.copy(made / "records.db", tmp_path))


def change(path, statement, *values):
    database = sqlite3.connect(path)
    with database:
        database.execute(statement, values)
    database.close()


def all_of(path):
    with Store(path) as store:
        return store.get(store.record_keys())


def test_a_whole_store_has_no_faults_and_is_not_touched(path):
    before = path.read_bytes()
    assert lrlab.check_store(path).faults == lrlab.check_store(path, repair=True).faults == ()
    assert path.read_bytes() == before
    assert str(lrlab.check_store(path)) == f"{len(all_of(path))} records in {path}, all as they were written"


def test_a_damaged_page_costs_what_it_held_and_the_same_call_trains_only_that(path):
    right = all_of(path)
    database = sqlite3.connect(path)
    root = database.execute("select pageno from dbstat where name = 'record' order by pageno desc").fetchone()
    size = database.execute("pragma page_size").fetchone()[0]
    database.close()
    torn = bytearray(path.read_bytes())
    torn[(root[0] - 1) * size : root[0] * size] = bytes(size)
    path.write_bytes(torn)
    with pytest.raises(StoreError, match=r"`lrlab store check --repair` saves what is whole, or give another --store"):
        run(path, name="one")
    found = lrlab.check_store(path, repair=True)
    assert found.lost
    assert found.kept_as is not None
    assert found.kept_as.read_bytes() == torn
    assert f"{len(right) - len(found.lost)} records in {path} are as they were written" in str(found)
    left = all_of(path)
    assert left == {key: record for key, record in right.items() if key not in found.lost}
    trained = []
    run_again = {**RUN, "progress": lambda event: trained.append(event) if isinstance(event, TrialsStored) else None}
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        task = f"{path.parent / 'mine.py'}:task"
        lrlab.compare(task, ["constant", "cosine"], store=path, name="one", **run_again)
    again = [record.trial.key for event in trained for record in event.records]
    assert {key for key in again if key in right} == set(found.lost)


def test_rates_that_are_damaged_follow_from_the_schedule(path):
    change(path, "update array set npy = x'00' where name = 'rates'")
    found = lrlab.check_store(path, repair=True)
    assert found.lost == ()
    assert all("which follows from its schedule" in fault.what for fault in found.faults)
    assert lrlab.check_store(path).faults == ()


def test_tables_have_a_row_for_each_trial_and_epoch(path, tmp_path):
    records = all_of(path)
    trials, epochs = lrlab.export_store(tmp_path / "all", path)
    assert sorted(polars.read_csv(trials)["key"]) == sorted(records)
    assert len(polars.read_csv(epochs)) == sum(len(record.epochs) for record in records.values())
    trials, _ = lrlab.export_store(tmp_path / "one", path, study="one", table="parquet")
    assert set(polars.read_parquet(trials)["label"]) == {"constant", "cosine"}
    with pytest.raises(UnknownName, match=r"unknown kind of table 'xls'.*csv"):
        lrlab.export_store(tmp_path, path, table="xls")
    with pytest.raises(UnknownName, match=r"unknown study in this store 'two'"):
        lrlab.export_store(tmp_path, path, study="two")
    with pytest.raises(StoreError, match=r"cannot write the tables to .*; name another folder"):
        lrlab.export_store(trials, path)


def test_stores_of_two_machines_become_one(path, tmp_path):
    other = tmp_path / "other.db"
    run(other, ["constant", "linear"], name="two")
    mine, theirs = all_of(path), all_of(other)
    key = next(key for key in mine if key in theirs)
    found = lrlab.merge_stores(path, other)
    assert all_of(path) == theirs | mine
    assert (found.added, found.different) == (len(theirs.keys() - mine.keys()), ())
    assert found.same == len(theirs.keys() & mine.keys())
    assert {run.study for run in lrlab.runs(path)} == {"one", "two"}
    with Store(path) as store:
        assert stored_results(store.studies()[-1], store).rows
    record = mine[key].model_copy(update={"test": mine[key].test.model_copy(update={"loss": 77.0})})
    lrlab.forget_trials(key, store=path)
    with Store(path, write=True) as store:
        store.add(record, {"rates": b""})
    again = lrlab.merge_stores(path, other)
    assert again.different == (key,)
    assert f"1 trial with different numbers, of which {path} keeps its own" in str(again)
    assert all_of(path)[key].test.loss == 77.0
    with pytest.raises(StoreError, match=r"cannot be merged into itself; name another"):
        lrlab.merge_stores(path, path)
    with pytest.raises(StudyError, match=r"name two or more"):
        lrlab.merge_stores(path)


def test_single_trials_are_forgotten_by_key_or_by_what_they_are(path):
    records = all_of(path)
    first = next(iter(records))
    assert lrlab.forget_trials(first, store=path, dry_run=True) == (first,)
    assert all_of(path) == records
    assert lrlab.forget_trials(first, store=path) == (first,)
    gone = lrlab.forget_trials(store=path, study="one", schedule="cosine", seed=1000)
    assert [(str(records[key].trial.schedule), records[key].trial.seed) for key in gone] == [("cosine", 1000)]
    assert set(all_of(path)) == set(records) - {first, *gone}
    with pytest.raises(StudyError, match=r"name at least one"):
        lrlab.forget_trials(store=path)
    with pytest.raises(UnknownName, match=r"unknown trial in this store 'abc'"):
        lrlab.forget_trials("abc", store=path)


def test_trackers_get_a_forgotten_trial_again_and_a_merged_one_not(path, tmp_path):
    key = next(iter(all_of(path)))
    Ledger(path).add("wandb", "one", key)
    assert lrlab.forget_trials(key, store=path) == (key,)
    assert not Ledger(path).has("wandb", "one", key)
    other = tmp_path / "other.db"
    run(other, ["constant", "linear"], name="two")
    Ledger(other).add("wandb", "two", key)
    lrlab.merge_stores(path, other)
    assert Ledger(path).has("wandb", "two", key)


def test_a_note_that_cannot_be_written_is_warned_of_and_the_trial_is_gone(path):
    key = next(iter(all_of(path)))
    Ledger(path).add("wandb", "one", key)
    path.with_name(f"{path.name}.tracked.new").mkdir()
    with pytest.warns(LabWarning, match=r"they may miss a trial that is trained again"):
        lrlab.forget_trials(key, store=path)
    assert key not in all_of(path)


def test_what_no_study_refers_to_goes_with_checkpoints_of_no_run(path):
    records = all_of(path)
    with Store(path, write=True) as store:
        strange = next(iter(records.values()))
        strange = strange.model_copy(update={"trial": strange.trial.model_copy(update={"seed": 77})})
        store.add(strange, {"rates": bytes(5000)})
    folder = path.with_name("records-checkpoints")
    folder.mkdir()
    (folder / f"{'a' * 16}.pt").write_bytes(b"old")
    (folder / "notes.txt").write_text("mine")
    planned = lrlab.tidy_store(path, dry_run=True)
    assert (planned.trials, len(planned.files), planned.after) == ((strange.trial.key,), 1, None)
    assert len(all_of(path)) == len(records) + 1
    done = lrlab.tidy_store(path)
    assert done.trials == planned.trials
    assert done.after is not None
    assert all_of(path) == records
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]
    assert lrlab.check_store(path).faults == ()
    assert "1 record of no study and 1 checkpoint of no run are gone" in str(done)


def test_what_find_and_decays_trained_stays_and_the_same_calls_train_nothing(path):
    task = f"{path.parent / 'mine.py'}:task"
    how = {"store": path, "workers": 0, "seeds": 2}
    decays = how | {"epochs": 4, "cooldowns": ["50%"], "curves": ["linear"], "warmup": "2 updates"}
    lrlab.find(task, updates=20, progress=False, **how)
    lrlab.decays(task, progress=False, **decays)
    records = all_of(path)
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        planned, done = lrlab.tidy_store(path, dry_run=True), lrlab.tidy_store(path)
    assert planned.trials == done.trials == ()
    assert done.stays == planned.stays > 10
    assert f"{done.stays} records as of find and decays stay" in str(done)
    assert all_of(path) == records
    told = []
    lrlab.find(task, updates=20, progress=told.append, **how)
    lrlab.decays(task, progress=told.append, **decays)
    assert not any(isinstance(event, TrialsStored) for event in told)


def test_nothing_goes_while_a_study_cannot_be_read(path):
    change(path, "update plan set study = '{}'")
    with pytest.raises(StoreError, match=r"until it can be read, nothing of .* is taken out"):
        lrlab.tidy_store(path)


def lrlab_store(*words, **how):
    return command.lrlab("store", *words, **how).stdout


@pytest.mark.slow
def test_the_verbs_as_processes(path):
    here = {"cwd": path.parent}
    count = len(all_of(path))
    assert lrlab_store("check", "--store", "records.db", **here).endswith("all as they were written\n")
    assert lrlab_store("export", "out", "--store", "records.db", "--format", "parquet", **here).split() == [
        "out/trials.parquet",
        "out/epochs.parquet",
    ]
    shutil.copy(path, path.with_name("other.db"))
    merged = json.loads(lrlab_store("merge", "other.db", "--store", "records.db", "--json", **here))
    assert (merged["added"], merged["same"], merged["different"]) == (0, count, [])
    forgotten = json.loads(lrlab_store("forget", "--seed", "1000", "--store", "records.db", "--json", **here))
    assert len(forgotten["trials"]) == 2
    assert "nothing was changed" in lrlab_store("gc", "--dry-run", "--store", "records.db", **here)
    change(path, "update record set digest = 'no' where rowid = 1")
    assert "1 fault:" in lrlab_store("check", "--store", "records.db", code=1, **here)
    assert "records-damaged.db" in lrlab_store("check", "--repair", "--store", "records.db", **here)


def test_a_link_to_a_store_is_that_store(path, tmp_path):
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    shutil.copy(tmp_path / "mine.py", link.parent)
    again = run(link, name="two", schedules=("constant", "linear"))
    assert again.store == path
    assert lrlab.tidy_store(link).path == path
    assert lrlab.check_store(link, repair=True).path == path
    assert {one.name for one in link.parent.iterdir()} - {"__pycache__"} == {"link.db", "mine.py"}
    assert link.is_symlink()


LOOP = """import lrlab

@lrlab.trial(metric="accuracy")
def train(run):
    (run.folder / "state").write_text("1")
    for t in range(run.updates):
        run.rate(t)
    if FAILS:
        raise RuntimeError("power cut")
    run.report(epoch=0, validation_accuracy=0.5)
    run.finish(test_accuracy=0.5)
"""


def test_what_no_run_goes_on_with_goes_where_it_is_asked(tmp_path):
    file, path = tmp_path / "loop.py", tmp_path / "records.db"

    def train(fails):
        file.write_text(LOOP.replace("FAILS", str(fails)))
        more = {"updates": 4, "peaks": [0.1], "seeds": 3, "tuning_seeds": 1, "workers": 0, "progress": False}
        with warnings.catch_warnings(action="ignore", category=LabWarning):
            lrlab.compare(f"{file}:train", ["constant", "cosine"], store=path, **more)

    def folders():
        return sorted((tmp_path / "records-checkpoints").glob("*.run"))

    with pytest.raises(RunError, match="power cut"):
        train(fails=True)
    begun = folders()
    assert begun
    kept = lrlab.tidy_store(path, abandoned=True)  # the same command would go on with them
    assert (kept.files, kept.unfinished, folders()) == ((), 0, begun)
    train(fails=False)
    assert folders() == begun
    said = lrlab.tidy_store(path)
    assert (said.files, said.unfinished, folders()) == ((), len(begun), begun)
    assert "a later run of that task does not have; --abandoned drops them" in str(said)
    records = all_of(path)
    assert lrlab.tidy_store(path, abandoned=True, dry_run=True).files == tuple(begun) == tuple(folders())
    assert lrlab.tidy_store(path, abandoned=True).files == tuple(begun)
    assert not (tmp_path / "records-checkpoints").exists()
    assert all_of(path) == records
    assert lrlab.tidy_store(path).unfinished == 0


def test_runs_of_one_name_are_told_apart_by_their_keys(path, tmp_path):
    with Store(path, write=True) as store:
        (first,) = store.studies()
        other = first.study.model_copy(update={"budget": "2 epochs"})
        store.add_study(first._replace(study=other, date=""))
        second = store.studies()[-1]
    trials, _ = lrlab.export_store(tmp_path / "first", path, study=first.key)
    assert set(polars.read_csv(trials)["label"]) == {"constant", "cosine"}
    with pytest.warns(LabWarning, match=rf"2 runs are called one; this is the newest, {second.key}; .*: {first.key}"):
        lrlab.export_store(tmp_path / "newest", path, study="one")
    with pytest.raises(StudyError, match=r"2 runs are called one: .*; name one by its key"):
        lrlab.forget_trials(store=path, study="one")
    gone = lrlab.forget_trials(store=path, study=first.key, dry_run=True)
    assert set(gone) == set(all_of(path))
