"""Stacks that memory does not hold, or that die though others live: halved, from where they stand, and remembered."""

import sqlite3

import pytest

from lrlab import lab
from lrlab.engine import block_size, is_available
from lrlab.errors import LabWarning, RunError
from lrlab.lab._stacking._halves import cut_in_two
from lrlab.lab._stacking._litter import checkpoint
from lrlab.spec import Begun, Setup, StackPlan
from lrlab.store import Store
from support.executors import Altering, trials_of
from support.tasks import BLOBS_FILE, blobs, study, trial
from support.watching import Watching

LOOP = Setup(layout="loop", size=8, processes=1, ratio=1.0)  # in which a trial has the same bits in any stack


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return prepared_study(tmp_path)


def prepared_study(folder, **changes):
    name = f"{folder / 'mine.py'}:task"
    return lab.prepare(study(name, **{"confirm": {"seeds": 8}} | changes), lab.open_task(name))


def run(prepared, path, executor, setup=LOOP, watch=None, **more):
    with Store(path, write=True) as store:
        crew = lab.Crew(executor, setup, prepared.task.where)
        return lab.run_study(prepared, store, crew, watch or Watching(), "", **more)


def content(path):
    """All records of a store except for the time they took and the size of their stack, and their arrays."""
    with Store(path) as store:
        rows = sqlite3.connect(path).execute("select key, name, npy from array order by key, name").fetchall()
        records = store.get({key for key, _, _ in rows}).values()
        quiet = {"train_seconds": 0.0, "evaluate_seconds": 0.0}
        alike = [
            record.model_copy(
                update=quiet | {"provenance": record.provenance.model_copy(update={"stack": None, "ratio": None})}
            )
            for record in records
        ]
        return sorted(record.to_json() for record in alike), rows


def sizes(executor):
    return [[len(trials_of(job)) for job in jobs] for jobs in executor.asked]


def too_large(most, died=False):
    """Memory holds stacks of so many trials."""
    return Altering(lambda job: "no memory" if len(trials_of(job)) > most else None, died=died, memory=True, every=0.0)


@pytest.mark.parametrize("died", [False, True], ids=["an exception", "a kill"])
def test_a_stack_that_memory_does_not_hold_goes_on_in_halves_with_the_same_bits(prepared, tmp_path, died):
    run(prepared, tmp_path / "quiet.db", Altering(every=0.0))
    executor, watch = too_large(2, died), Watching()  # which fails if stacks are set apart
    with pytest.warns(LabWarning, match=r"a stack of 4 trials goes on in stacks of 2: no memory"):
        run(prepared, tmp_path / "s.db", executor, watch=watch)
    assert content(tmp_path / "s.db") == content(tmp_path / "quiet.db")
    assert max(size for jobs in sizes(executor)[1:] for size in jobs) == 2  # the later ones are made as small at once
    gone_on = [event.share for event in watch.events if isinstance(event, Begun) and event.share]
    assert 0 not in gone_on
    assert not (tmp_path / "s-checkpoints").exists()


def test_the_size_is_remembered_in_the_store(prepared, tmp_path):
    path = tmp_path / "s.db"
    with pytest.warns(LabWarning, match="goes on in stacks of"):
        run(prepared, path, too_large(2))
    again = too_large(2)
    run(prepared_study(tmp_path, name="longer", budget="4 epochs"), path, again)
    assert max(size for jobs in sizes(again) for size in jobs) <= 2
    other = Altering()  # whose trials take other memory
    run(prepared_study(tmp_path, name="other", batch_size=8), path, other)
    assert max(size for jobs in sizes(other) for size in jobs) == 8


def test_halves_go_on_from_the_checkpoint_of_the_whole_in_a_later_run_too(prepared, tmp_path):
    """The driver is stopped while they are under way."""
    run(prepared, tmp_path / "quiet.db", Altering(every=0.0))

    class Stopped(Altering):
        def run(self, jobs, limit=None):
            if any(job.begin_from for job in jobs):
                raise KeyboardInterrupt
            return super().run(jobs, limit)

    executor = Stopped(lambda job: "no memory" if len(job.trials) > 4 else None, memory=True, every=0.0)
    with pytest.warns(LabWarning), pytest.raises(KeyboardInterrupt):
        run(prepared, tmp_path / "s.db", executor)
    assert list((tmp_path / "s-checkpoints").glob("*.pt"))
    later = Altering(every=0.0)
    run(prepared, tmp_path / "s.db", later)
    assert any(job.begin_from for jobs in later.asked for job in jobs)
    assert content(tmp_path / "s.db") == content(tmp_path / "quiet.db")
    assert not (tmp_path / "s-checkpoints").exists()


def test_one_trial_that_ends_its_process_takes_no_other_with_it(prepared, tmp_path):
    run(prepared, tmp_path / "quiet.db", Altering())
    path, seed = tmp_path / "s.db", prepared.study.confirm.seeds[2]

    def deadly(job):
        return any((one.seed, str(one.schedule)) == (seed, "cosine") for one in trials_of(job))

    executor = Altering(lambda job: "its process was ended" if deadly(job) else None, died=True, every=0.0)
    why = r"1 of 16 trials failed; the others are stored\. The first, cosine at .*its process was ended.* in 1 run "
    with pytest.warns(LabWarning), pytest.raises(RunError, match=why):
        run(prepared, path, executor)
    with Store(path) as store:
        (failed,) = lab.failed_trials(prepared.study, prepared.task.data, store)
    assert (failed.trial.seed, str(failed.trial.schedule)) == (seed, "cosine")
    alone = Altering()
    run(prepared, path, alone, retry_failed=True)
    assert sizes(alone) == [[1]]
    assert content(path) == content(tmp_path / "quiet.db")


def test_where_everything_dies_nothing_is_cut_until_it_died_in_two_runs(prepared, tmp_path):
    path = tmp_path / "s.db"
    executor = Altering(lambda job: "its process was ended", died=True)
    for cut in (False, True):
        with pytest.warns(LabWarning), pytest.raises(RunError, match="it got no further in"):
            run(prepared, path, executor)
        assert ([2] in sizes(executor)) is cut
        assert [1] not in sizes(executor)  # for both halves died


def test_a_block_of_lanes_is_cut_where_one_dies_and_not_for_memory(tmp_path):
    trials = [trial(blobs(), seed=seed) for seed in range(1, 13)]
    with Store(tmp_path / "s.db", write=True) as store:
        for layout in ("loop", "lanes") if is_available("lanes") else ("loop",):
            block = block_size(layout, "float32")
            stack = StackPlan(trials=tuple(one.key for one in trials), setup=LOOP.model_copy(update={"layout": layout}))
            halves = cut_in_two(stack, trials, store, memory=True)
            assert {half.setup.size for half in halves} <= {max(6, block)}
            assert all(half.setup.size % block == 0 for half in halves)
            assert len(halves) == (2 if block < len(trials) else 0)
            both = cut_in_two(stack, trials, store, memory=False)
            assert [len(half.trials) for half in both] == [6, 6]
            assert [key for half in both for key in half.trials] == list(stack.trials)
            assert cut_in_two(stack, trials[:1], store, memory=False) == []
            file = checkpoint(store, stack)
            file.parent.mkdir(exist_ok=True)
            file.touch()
            assert {half.begin_from for half in cut_in_two(stack, trials, store, memory=False)} == {(stack.key,)}


@pytest.mark.skipif(not is_available("lanes"), reason="lanes are not compiled here")
def test_what_no_stack_holds_is_trained_one_by_one(prepared, tmp_path):
    """As a block of lanes, or a layout that takes more than its trials do apart."""
    watch = Watching(may_fail=True)
    lanes = LOOP.model_copy(update={"layout": "lanes"})
    executor = Altering(lambda job: "no memory" if job.layout == "lanes" else None, memory=True, died=True, every=0.0)
    run(prepared, tmp_path / "s.db", executor, lanes, watch)
    assert {why for _, why in watch.apart} == {"no memory"}


def test_trials_that_share_a_training_stay_together_until_they_are_all_that_is_left(tmp_path):
    averages = (None, "ema", "swa")
    trials = [trial(blobs(), seed=seed, average=average) for seed in (1, 2) for average in averages]
    with Store(tmp_path / "s.db", write=True) as store:
        stack = StackPlan(trials=tuple(one.key for one in trials), setup=LOOP)
        halves = cut_in_two(stack, trials, store, memory=True)
        assert [half.trials for half in halves] == [stack.trials[:3], stack.trials[3:]]
        assert {half.setup.size for half in halves} == {1}
        parts = cut_in_two(halves[0], trials[:3], store, memory=True)
        assert [half.trials for half in parts] == [stack.trials[:2], stack.trials[2:3]]
