"""Stacks in a study: planned, written down, run as planned when a run goes on."""

import itertools
import time

import pytest

from lrlab import engine, lab
from lrlab.engine import _patience as driver
from lrlab.errors import RunError, TimeUp
from lrlab.lab._stacking._litter import checkpoint
from lrlab.lab._stacking._stacks import plan_stacks
from lrlab.spec import Begun, Ended, EpochMeasured, Failed, Paused, Setup
from lrlab.store import Store
from support.executors import Altering, layout_of, trials_of
from support.tasks import BLOBS_FILE, blobs, study, trial
from support.watching import Watching

STACKED = Setup(layout="grouped", size=5, processes=2, ratio=3.0)


def failing(fails):
    """Lets chosen jobs fail."""
    return Altering(lambda job: "MemoryError: no" if fails(job) else None)


class Held(Altering):
    """Says that time was up before anything began, and keeps the limits that it was given."""

    def __init__(self):
        super().__init__()
        self.limits = []

    def run(self, jobs, limit=None):
        self.asked.append(list(jobs))
        self.limits.append(limit)
        return (Paused(job=job.name) for job in jobs)


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return lab.prepare(study(f"{tmp_path / 'mine.py'}:task"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))


def run(prepared, path, setup=STACKED, watch=None, executor=None, until=None):
    with Store(path, write=True) as store:
        crew = lab.Crew(executor or Altering(), setup, prepared.task.where, until)
        return lab.run_study(prepared, store, crew, watch or Watching(may_fail=True), "")


@pytest.fixture
def two_updates(monkeypatch):
    """Every stack is stopped after two of its eight updates, where time is up at 1."""
    ticks = itertools.cycle([0.0, 0.0, 2.0])
    with monkeypatch.context() as patch:
        patch.setattr(driver.time, "time", lambda: next(ticks))
        yield patch


def answers(results):
    """What a study says, except for the time it took."""
    rows = [row.model_copy(update={"seconds": 0.0}) for row in results.rows]
    return rows, results.claims, results.choices


def test_trials_of_a_seed_stand_together_and_processes_share_alike():
    task = blobs()
    trials = [trial(task, seed=seed, peak=peak) for peak in (0.1, 0.2, 0.3) for seed in (4, 3)]
    plans = plan_stacks(trials, STACKED)
    assert [len(plan.trials) for plan in plans] == [3, 3]
    seeds = {one.key: one.seed for one in trials}
    assert [{seeds[key] for key in plan.trials} for plan in plans] == [{3}, {4}]
    assert {key for plan in plans for key in plan.trials} == set(seeds)


def test_no_stack_is_larger_than_it_may_be_and_none_is_empty():
    task = blobs()
    for count in range(1, 40):
        trials = [trial(task, seed=seed) for seed in range(count)]
        sizes = [len(plan.trials) for plan in plan_stacks(trials, STACKED)]
        assert sum(sizes) == count
        assert 1 <= min(sizes) <= max(sizes) <= STACKED.size
        assert max(sizes) - min(sizes) <= 1


def test_lanes_are_cut_at_whole_registers(monkeypatch):
    widths = {"float32": 8, "float64": 4}
    monkeypatch.setattr(engine, "block_size", lambda layout, precision: widths[precision] if layout == "lanes" else 1)
    task = blobs()

    def sizes(count, size, precision="float32"):
        trials = [trial(task, seed=seed, precision=precision) for seed in range(count)]
        setup = STACKED.model_copy(update={"layout": "lanes", "size": size})
        plans = plan_stacks(trials, setup)
        assert [key for plan in plans for key in plan.trials] == [one.key for one in trials]
        return [len(plan.trials) for plan in plans]

    assert sizes(210, 32) == [32, 32, 32, 24, 24, 24, 24, 18]
    assert sizes(64, 32) == [32, 32]
    assert sizes(12, 16) == [8, 4]
    assert sizes(5, 8) == [5]
    assert sizes(12, 16, "float64") == [8, 4]
    assert sizes(10, 5) == [5, 5]  # as many as there were for each process, which is no whole register


def test_first_seeds_come_first_whatever_the_optimizer():
    task = blobs()
    trials = [trial(task, seed=seed, batch_size=size) for size in (8, 16) for seed in range(15)]
    seeds = {one.key: one.seed for one in trials}
    firsts = [seeds[plan.trials[0]] for plan in plan_stacks(trials, STACKED)]
    assert firsts == sorted(firsts)
    assert len(set(firsts)) < len(firsts)


def test_only_trials_that_are_alike_share_a_stack():
    task = blobs()
    trials = [trial(task, seed=seed, batch_size=size) for size in (8, 16) for seed in range(3)]
    sizes = {one.key: one.batch_size for one in trials}
    for plan in plan_stacks(trials, STACKED):
        assert len({sizes[key] for key in plan.trials}) == 1


def test_a_study_is_the_same_stacked_and_one_by_one(prepared, tmp_path):
    executor = Altering()
    stacked = run(prepared, tmp_path / "a.db", executor=executor)
    assert {size for _, size, _ in executor.described} >= {2, 4}
    plain = run(prepared, tmp_path / "b.db", Setup(layout="reference"))
    assert [row.label for row in stacked.rows] == [row.label for row in plain.rows]
    for one, other in zip(stacked.rows, plain.rows, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
    record = stacked.confirmed[0]
    assert (record.provenance.engine, record.provenance.stack, record.provenance.ratio) == ("grouped", 4, 3.0)
    assert not list(tmp_path.glob("a-checkpoints/*"))


def test_a_stopped_run_goes_on_with_the_stacks_it_had(prepared, tmp_path):
    whole = run(prepared, tmp_path / "whole.db")
    with pytest.raises(KeyboardInterrupt):
        run(prepared, tmp_path / "stopped.db", watch=Watching(3))
    with Store(tmp_path / "stopped.db") as store:
        assert len(store) == 4  # a stack is stored as a whole
    executor = Altering()
    other = STACKED.model_copy(update={"size": 3})  # planned stacks stay; only new ones are of another size
    again = run(prepared, tmp_path / "stopped.db", other, executor=executor)
    assert answers(again) != answers(whole) or executor.asked
    assert max(size for _, size, _ in executor.described) <= 3


def test_time_up_leaves_checkpoints_and_the_same_command_goes_on(prepared, tmp_path, two_updates):
    whole = run(prepared, tmp_path / "whole.db")
    with pytest.raises(TimeUp, match=r"0 of 4 trials ended and are stored, .* the same command goes on"):
        run(prepared, tmp_path / "paused.db", until=time.monotonic())
    two_updates.undo()
    kept = list(tmp_path.glob("paused-checkpoints/*.pt"))
    assert len(kept) == 2
    with Store(tmp_path / "paused.db") as store:
        assert {checkpoint(store, plan).name for plan in store.stacks(_keys(prepared))} == {file.name for file in kept}
    executor = Altering()
    other = STACKED.model_copy(update={"size": 1})
    with pytest.raises(KeyboardInterrupt):
        run(prepared, tmp_path / "paused.db", other, Watching(4), executor)
    assert [size for _, size, _ in executor.described] == [2, 2]  # as planned, whatever the setup is by now
    assert answers(run(prepared, tmp_path / "paused.db")) == answers(whole)
    assert not list(tmp_path.glob("paused-checkpoints/*"))


def test_who_listens_is_told_what_checkpoints_hold(prepared, tmp_path, two_updates):
    with pytest.raises(TimeUp):
        run(prepared, tmp_path / "s.db", until=time.monotonic())
    two_updates.undo()
    watch = Watching(stop_after=4)
    with pytest.raises(KeyboardInterrupt):
        run(prepared, tmp_path / "s.db", watch=watch)
    begun = [event for event in watch.events if isinstance(event, Begun)]
    assert [len(event.trials) for event in begun] == [2, 2]
    assert all(0 < event.share < 1 for event in begun)


class Forgetful(Altering):
    """Loses every event but the ends."""

    def run(self, jobs, limit=None):
        return (event for event in super().run(jobs, limit) if isinstance(event, Ended | Failed | Paused))


def test_losing_events_loses_nothing(prepared, tmp_path):
    whole, watch = run(prepared, tmp_path / "whole.db"), Watching()
    assert answers(run(prepared, tmp_path / "lost.db", executor=Forgetful(), watch=watch)) == answers(whole)
    assert not any(isinstance(event, EpochMeasured) for event in watch.events)
    assert watch.trials == len(whole.tuned) + len(whole.confirmed)


def _keys(prepared):
    from lrlab.lab._phases import phases

    return [one.key for one in next(phases(prepared.study, prepared.task.data)).trials]


def test_a_stack_that_falls_over_is_run_one_by_one(prepared, tmp_path):
    executor = failing(lambda job: len(trials_of(job)) > 1)
    watch = Watching(may_fail=True)
    results = run(prepared, tmp_path / "s.db", watch=watch, executor=executor)
    assert watch.apart[0] == (4, "MemoryError: no")
    assert ("TrainStack", 1, "loop") in executor.described
    assert {record.provenance.engine for record in results.confirmed} == {"loop"}
    with Store(tmp_path / "s.db") as store:
        plan = store.stacks([results.confirmed[0].trial.key])[0]
        assert "MemoryError: no" in plan.setup.why


def test_one_trial_that_lanes_fail_is_run_by_torch(prepared, tmp_path):
    """As where a store was begun on a machine that has them."""
    executor = failing(lambda job: layout_of(job) == "lanes")
    results = run(prepared, tmp_path / "s.db", Setup(layout="lanes", processes=2), executor=executor)
    assert ("TrainStack", 1, "lanes") in executor.described
    assert {record.provenance.engine for record in results.confirmed} == {"loop"}


def test_what_was_set_apart_by_a_failure_and_has_not_begun_is_stacked_again(prepared, tmp_path):
    with pytest.raises(RunError, match="4 of 4 trials failed"):
        run(prepared, tmp_path / "s.db", executor=failing(lambda job: True))
    executor = Altering()
    run(prepared, tmp_path / "s.db", executor=executor)
    assert {layout for _, _, layout in executor.described} == {"grouped"}


def test_stacks_in_lanes_are_planned_anew_where_there_are_none(prepared, tmp_path, monkeypatch):
    """As where a store is taken to a machine without a compiler."""
    lanes = STACKED.model_copy(update={"layout": "lanes"})
    for compiled, setup, layout in ((True, lanes, "lanes"), (True, STACKED, "lanes"), (False, STACKED, "grouped")):
        monkeypatch.setattr(engine, "is_available", lambda layout, compiled=compiled: compiled)
        executor = Held()
        with pytest.raises(TimeUp):
            run(prepared, tmp_path / "s.db", setup, executor=executor, until=time.monotonic())
        assert {layout for _, _, layout in executor.described} == {layout}


def test_a_trial_that_fails_alone_takes_no_other_with_it(prepared, tmp_path):
    executor = failing(lambda job: any(one.peak == 0.1 for one in trials_of(job)))
    with pytest.raises(RunError, match=r"2 of 4 trials failed; the others are stored(?s:.)*MemoryError: no"):
        run(prepared, tmp_path / "s.db", executor=executor)
    with Store(tmp_path / "s.db") as store:
        assert len(store) == 2


@pytest.mark.parametrize(
    ("setup", "grace"),
    [
        (STACKED.model_copy(update={"update": 0.1, "look": 1.0}), 21 + 3 * 5 * (0.1 + 3 * 1.0)),
        (Setup(layout="reference", update=0.1, look=1.0), 21 + 3 * (4 * 0.1 + 3 * 1.0)),  # nor an epoch
        (Setup(layout="reference"), float("inf")),
    ],
)
def test_the_executor_is_told_how_long_a_piece_of_work_may_take(prepared, tmp_path, setup, grace):
    executor = Held()
    crew = lab.crew_of(prepared, executor, setup, time.monotonic() + 100)
    with Store(tmp_path / "s.db", write=True) as store, pytest.raises(TimeUp, match="0 of 4 trials ended"):
        lab.run_study(prepared, store, crew, Watching(), "")
    assert {limit.until for limit in executor.limits} == {crew.until}
    assert [limit.grace for limit in executor.limits] == pytest.approx([grace] * len(executor.limits))


@pytest.mark.parametrize(
    ("setup", "stall"),
    [
        (STACKED.model_copy(update={"size": 4, "processes": 1, "update": 0.1, "look": 1.0}), 1800.0),
        (STACKED.model_copy(update={"size": 4, "processes": 1, "update": 9.0, "look": 1.0}), 50 * 4 * (4 * 9.0 + 3.0)),
        (STACKED, None),
    ],
    ids=["fast", "slow", "not measured"],
)
def test_the_executor_is_told_after_how_long_a_silence_a_stack_hangs(prepared, tmp_path, setup, stall):
    executor = Held()
    crew = lab.crew_of(prepared, executor, setup, time.monotonic() + 100)
    with Store(tmp_path / "s.db", write=True) as store, pytest.raises(TimeUp):
        lab.run_study(prepared, store, crew, Watching(), "")
    assert {job.stall for jobs in executor.asked for job in jobs} == {stall}


def test_without_a_time_there_is_no_limit_and_with_one_nothing_begins_after_it(prepared, tmp_path):
    """Two waves of one process: the first begins whatever the time, the second does not."""
    executor = Altering()
    run(prepared, tmp_path / "a.db", executor=executor)
    one = STACKED.model_copy(update={"processes": 1, "size": 2})
    late = Altering()
    with pytest.raises(TimeUp, match="0 of 4 trials ended"):
        run(prepared, tmp_path / "b.db", one, executor=late, until=0.0)
    assert len(late.described) == 1


def test_every_short_slice_gets_further_until_the_answer(prepared, tmp_path):
    calls, answer = 0, None
    while answer is None:
        try:
            answer = run(prepared, tmp_path / "s.db", until=0.0)
        except TimeUp:
            calls += 1
    assert calls >= 8  # an update each, of two stacks at once
    assert answers(answer) == answers(run(prepared, tmp_path / "whole.db"))
