"""Workers that are killed, checkpoints that are damaged, disks that are full: the records are those of a quiet run."""

import errno
import sqlite3
import warnings
from pathlib import Path

import pytest

from lrlab import lab
from lrlab.engine import _checkpoint as saved
from lrlab.errors import LabWarning, RunError
from lrlab.execution import Processes
from lrlab.lab._stacking._litter import checkpoint, tidy
from lrlab.spec import Ended, Failed, Setup
from lrlab.store import Store
from support.executors import Altering
from support.tasks import BLOBS_FILE, study
from support.watching import Watching

STACKED = Setup(layout="grouped", size=5, processes=2, ratio=3.0)
ALONE = STACKED.model_copy(update={"processes": 1})
# A task that ends its process in the middle of a training, once for each file in a folder beside it.
DEADLY = """
import os
import signal
from pathlib import Path

import numpy as np
from torch import nn

from lrlab.spec import Metric
from lrlab.tasks import Task

DEATHS = Path(__file__).with_name("deaths")
CALLS = [0]


def loss(outputs, labels):
    CALLS[0] += 1
    if CALLS[0] >= WHEN:
        for death in DEATHS.iterdir():
            death.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    return ((outputs - labels) ** 2).mean()


def task():
    inputs = np.random.default_rng(4).normal(size=(90, 3))
    return Task.from_arrays(
        model=lambda: nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.2), nn.Linear(8, 1)),
        inputs=inputs,
        labels=inputs @ np.array([[1.0], [-2.0], [0.5]]),
        loss=loss,
        metric=Metric(name="mean absolute error", higher_is_better=False),
        score=lambda outputs, labels: (outputs - labels).abs().mean().item(),
    )
"""


class Careful(Processes):
    """Processes whose stacks write a checkpoint after every update."""

    def run(self, jobs, *more):
        return super().run([job.model_copy(update={"every": 0.0}) for job in jobs], *more)


@pytest.fixture(scope="module")
def workers():
    executor = Careful(1, lab.PRELOAD)
    yield executor
    executor.close()


def deadly(folder, when):
    (folder / "mine.py").write_text(DEADLY.replace("WHEN", str(when)))
    (folder / "deaths").mkdir()
    name = f"{folder / 'mine.py'}:task"
    return lab.prepare(study(name, confirm={"seeds": 2}), lab.open_task(name))


def to_die(folder, deaths):
    for number in range(deaths):
        (folder / "deaths" / str(number)).touch()


def run(prepared, path, executor, setup=STACKED, watch=None):
    with Store(path, write=True) as store:
        return lab.run_study(prepared, store, lab.Crew(executor, setup, prepared.task.where), watch or Watching(), "")


def content(path):
    """All records of a store except for the time they took, and their arrays."""
    with Store(path) as store:
        rows = sqlite3.connect(path).execute("select key, name, npy from array order by key, name").fetchall()
        records = store.get({key for key, _, _ in rows}).values()
        quiet = {"train_seconds": 0.0, "evaluate_seconds": 0.0}
        return sorted(record.model_copy(update=quiet).to_json() for record in records), rows


def test_a_worker_killed_again_and_again_changes_no_bit(tmp_path, workers):
    prepared = deadly(tmp_path, when=7)
    run(prepared, tmp_path / "quiet.db", workers, ALONE)
    to_die(tmp_path, 5)
    with warnings.catch_warnings(action="ignore", category=LabWarning):
        run(prepared, tmp_path / "killed.db", workers, ALONE)  # `Watching` fails if stacks are set apart
    assert not list((tmp_path / "deaths").iterdir())
    assert content(tmp_path / "killed.db") == content(tmp_path / "quiet.db")
    assert not (tmp_path / "killed-checkpoints").exists()


def test_a_stack_that_dies_without_getting_further_fails_in_words_and_goes_on_later(tmp_path, workers):
    prepared = deadly(tmp_path, when=1)
    run(prepared, tmp_path / "quiet.db", workers, ALONE)
    to_die(tmp_path, 6)
    why = r"SIGKILL, 2 times.*; it got no further in 3 runs.*the same command goes on"
    with warnings.catch_warnings(action="ignore", category=LabWarning), pytest.raises(RunError, match=why):
        run(prepared, tmp_path / "killed.db", workers, ALONE)
    assert not list((tmp_path / "deaths").iterdir())
    run(prepared, tmp_path / "killed.db", workers, ALONE)
    assert content(tmp_path / "killed.db") == content(tmp_path / "quiet.db")


def dying(dies):
    """Ends jobs as a worker's death does, where it is told to; otherwise runs them, a checkpoint after each update."""
    return Altering(lambda job: "its process was ended" if dies(job) else None, died=True, every=0.0)


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return lab.prepare(study(f"{tmp_path / 'mine.py'}:task"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))


def test_stacks_that_die_are_run_one_at_a_time_the_second_time(prepared, tmp_path):
    deaths = iter([True, True, True, True])
    executor = dying(lambda job: next(deaths, False))
    with pytest.warns(LabWarning, match=r"stacks of 4 trials go on from their checkpoints: its process was ended"):
        run(prepared, tmp_path / "s.db", executor)
    assert [[len(job.trials) for job in jobs] for jobs in executor.asked[:4]] == [[2, 2], [2, 2], [2], [2]]


def test_a_planned_stack_of_which_some_are_stored_fails_in_words_that_count_the_others(prepared, tmp_path):
    run(prepared, tmp_path / "s.db", Altering())
    with Store(tmp_path / "s.db", write=True) as store:
        stack = next(stack for stack in store.stacks(store.record_keys()) if len(stack.trials) > 1)
        store.remove(stack.trials[-1])
    with pytest.warns(LabWarning, match="go on from"), pytest.raises(RunError, match="1 of 1 trials failed") as refused:
        run(prepared, tmp_path / "s.db", dying(lambda job: True))
    assert len(refused.value.failures) == 1


def test_a_stack_that_gets_further_each_time_is_never_given_up(prepared, tmp_path):
    deaths, done = iter([True] * 9), iter(range(1, 100))

    def dies(job):
        if not next(deaths, False):
            return False
        Path(job.checkpoint).with_suffix(".share").write_text(f"{next(done) / 100}", encoding="ascii")
        return True

    with pytest.warns(LabWarning, match="go on from their checkpoints"):
        run(prepared, tmp_path / "s.db", dying(dies), STACKED.model_copy(update={"processes": 1}))


def test_a_stack_that_raises_an_error_beside_one_that_died_is_set_apart_alone(prepared, tmp_path):
    def broken(job):
        return job.trials[0].peak == 0.1 and len(job.trials) > 1

    class Both(Altering):
        def run(self, jobs, limit=None):
            by_name = {job.name: job for job in jobs}
            for event in super().run(jobs, limit):
                failed = isinstance(event, Ended | Failed) and broken(by_name[event.job])
                yield Failed(job=event.job, message="MemoryError: no") if failed else event

    deaths, watch = iter([True]), Watching(may_fail=True)
    size = STACKED.model_copy(update={"size": 2})
    with pytest.warns(LabWarning, match="go on from their checkpoints"):
        run(
            prepared,
            tmp_path / "s.db",
            Both(lambda job: "its process was ended" if next(deaths, False) else None, died=True, every=0.0),
            size,
            watch,
        )
    assert {why for _, why in watch.apart} <= {"MemoryError: no"}


def test_a_damaged_checkpoint_starts_its_stack_again_as_it_was(prepared, tmp_path):
    run(prepared, tmp_path / "quiet.db", dying(lambda job: False))
    with pytest.warns(LabWarning), pytest.raises(RunError):
        run(prepared, tmp_path / "s.db", dying(lambda job: True))
    kept = list(tmp_path.glob("s-checkpoints/*.pt"))
    assert len(kept) == 2
    for file in kept:
        bits = bytearray(file.read_bytes())
        bits[len(bits) // 2] ^= 4
        file.write_bytes(bits)
    with pytest.warns(LabWarning, match=r"the checkpoint .*cannot be used \(damaged.* trials start again"):
        run(prepared, tmp_path / "s.db", dying(lambda job: False))
    assert content(tmp_path / "s.db") == content(tmp_path / "quiet.db")
    assert not (tmp_path / "s-checkpoints").exists()


def test_on_a_full_disk_a_study_is_answered_all_the_same(prepared, tmp_path, monkeypatch):
    quiet = run(prepared, tmp_path / "quiet.db", dying(lambda job: False))

    def full(state, file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(saved, "write_state", full)
    with warnings.catch_warnings(record=True) as caught, Store(tmp_path / "full.db", write=True) as store:
        warnings.simplefilter("default")
        file = store._disk._file
        pages = file.execute("pragma page_count").fetchone()[0]
        file.execute(f"pragma max_page_count = {pages}")
        crew = lab.Crew(dying(lambda job: False), STACKED, prepared.task.where)
        found = lab.run_study(prepared, store, crew, Watching(), "")
        file.execute("pragma max_page_count = 1000000")
    told = [str(one.message) for one in caught]
    assert sum("held in memory" in text for text in told) == 1
    assert sum("No space left on device; training goes on" in text for text in told) == 1
    assert [row.score for row in found.rows] == [row.score for row in quiet.rows]
    assert content(tmp_path / "full.db") == content(tmp_path / "quiet.db")


def test_litter_is_removed_and_what_is_wanted_is_kept(prepared, tmp_path):
    path = tmp_path / "s.db"
    with pytest.warns(LabWarning), pytest.raises(RunError):
        run(prepared, path, dying(lambda job: True))
    folder = tmp_path / "s-checkpoints"
    wanted = {file.name for file in folder.iterdir()}
    assert len([name for name in wanted if name.endswith(".pt")]) == 2
    unknown = "0123456789abcdef"
    for name in (f"{unknown}.pt", f"{unknown}.share", f"{min(wanted)}.77.part", "notes.txt", "0123.pt"):
        (folder / name).write_text("x")
    with Store(path, write=True) as store:
        tidy(store)
        assert {file.name for file in folder.iterdir()} == wanted | {
            f"{unknown}.pt",
            f"{unknown}.share",
            "notes.txt",
            "0123.pt",
        }
        (tmp_path / "s.sqlite").write_text("another store, with the same folder")
        tidy(store, ended=True)
        assert (folder / f"{unknown}.pt").exists()
        (tmp_path / "s.sqlite").unlink()
        tidy(store, ended=True)
        assert {file.name for file in folder.iterdir()} == wanted | {"notes.txt", "0123.pt"}
        (folder / "notes.txt").unlink()
        (folder / "0123.pt").unlink()
    run(prepared, path, dying(lambda job: False))
    assert not folder.exists()


def test_a_checkpoint_of_a_finished_stack_goes_at_the_next_start(prepared, tmp_path):
    """As where a run was killed between storing its records and removing it."""
    path = tmp_path / "s.db"
    results = run(prepared, path, dying(lambda job: False))
    with Store(path, write=True) as store:
        (stack,) = store.stacks([results.confirmed[0].trial.key])
        file = checkpoint(store, stack)
        file.parent.mkdir()
        file.write_text("x")
        tidy(store)
    assert not file.parent.exists()
