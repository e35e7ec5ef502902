"""Trials that failed: noted, said, trained again last, or alone."""

from contextlib import nullcontext

import pytest

from lrlab import lab
from lrlab.errors import LabWarning, RunError, StoreError, StudyError, Unfinished
from lrlab.execution import Inline
from lrlab.spec import Setup
from lrlab.store import Store
from support.executors import Altering, trials_of
from support.tasks import BLOBS_FILE, study
from support.watching import Watching

ONE_BY_ONE = Setup(layout="reference", size=1, processes=2)


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return lab.prepare(study(f"{tmp_path / 'mine.py'}:task"), lab.open_task(f"{tmp_path / 'mine.py'}:task"))


def failing(peak=None, seed=None):
    """Lets trials of a peak or a seed fail."""

    def fails(job):
        (trial,) = trials_of(job)
        return "ValueError: no such file" if trial.peak == peak or trial.seed == seed else None

    return Altering(fails)


def run(prepared, path, executor, setup=ONE_BY_ONE, timeout=None, **more):
    with Store(path, write=True) as store:
        crew = lab.Crew(executor, setup, prepared.task.where, timeout=timeout)
        return lab.run_study(prepared, store, crew, Watching(may_fail=True), "", **more)


def failed_of(prepared, path):
    with Store(path) as store:
        return lab.failed_trials(prepared.study, prepared.task.data, store)


def test_what_failed_is_said_and_the_way_out(prepared, tmp_path):
    path = tmp_path / "s.db"
    peak = prepared.study.tune.peaks[0]
    with pytest.raises(RunError, match="trials failed; the others are stored"):
        run(prepared, path, failing(peak))
    failed = failed_of(prepared, path)
    assert failed
    assert {each.trial.peak for each in failed} == {peak}
    assert {each.failure.message for each in failed} == {"ValueError: no such file"}
    assert {each.failure.traceback for each in failed} == {"Traceback: here"}
    with Store(path) as store, pytest.raises(StoreError) as caught:
        lab.stored_results(store.studies()[-1], store)
    assert f"; {len(failed)} trials failed, the first, {failed[0].words}; --retry-failed runs these alone" in str(
        caught.value
    )


@pytest.mark.parametrize(
    "how",
    [{}, {"died": True}, {"memory": True}, {"died": True, "memory": True}],
    ids=lambda how: " ".join(how) or "raised",
)
def test_however_trials_failed_the_others_are_stored_and_they_alone_are_run_again(prepared, tmp_path, how):
    path, alone, seed = tmp_path / "s.db", Altering(), prepared.study.confirm.seeds[-1]
    fails = Altering(lambda job: "its process was ended" if trials_of(job)[0].seed == seed else None, **how)
    with (
        pytest.warns(LabWarning) if how else nullcontext(),
        pytest.raises(RunError, match=r"2 of 8 trials failed; the others are stored"),
    ):
        run(prepared, path, fails)
    attempts = [job.name for jobs in fails.asked for job in jobs if trials_of(job)[0].seed == seed]
    assert len(attempts) == (2 * 3 if how else 2)  # bounded
    failed = failed_of(prepared, path)
    assert {each.trial.seed for each in failed} == {seed}
    assert all("its process was ended" in each.failure.message for each in failed)
    assert run(prepared, path, alone, retry_failed=True).rows
    assert len(alone.asked[0]) == sum(map(len, alone.asked)) == 2


def test_failed_trials_are_trained_alone_and_it_is_said_how_far_the_study_is(prepared, tmp_path):
    path, executor = tmp_path / "s.db", Altering()
    with pytest.raises(RunError):
        run(prepared, path, failing(prepared.study.tune.peaks[0]))
    failed = [each.trial.key for each in failed_of(prepared, path)]
    with pytest.raises(
        Unfinished,
        match=rf"{len(failed)} trials that had failed ended.* has \d+ of about \d+ trials; .*without --retry",
    ):
        run(prepared, path, executor, retry_failed=True)
    assert [trial.key for jobs in executor.asked for job in jobs for trial in trials_of(job)] == failed
    assert failed_of(prepared, path) == ()
    assert run(prepared, path, Altering()).rows


def test_they_are_trained_last_by_the_same_command(prepared, tmp_path):
    path, executor = tmp_path / "s.db", Altering()
    with pytest.raises(RunError):
        run(prepared, path, failing(prepared.study.tune.peaks[0]))
    failed = {each.trial.key for each in failed_of(prepared, path)}
    with Store(path, write=True) as store:
        done = store.record_keys()[0]
        store.remove(done)
    run(prepared, path, executor)
    first = [trial.key for jobs in executor.asked for job in jobs for trial in trials_of(job)][: len(failed) + 1]
    assert first[0] == done
    assert set(first[1:]) == failed


def test_a_trial_that_fails_again_is_noted_anew(prepared, tmp_path):
    path = tmp_path / "s.db"
    fails = failing(prepared.study.tune.peaks[0])
    for retry in (False, True):
        with pytest.raises(RunError, match=r"has \d+ of about \d+ trials; \d+ of" if retry else "others are stored"):
            run(prepared, path, fails, retry_failed=retry)
    assert failed_of(prepared, path)


def test_where_the_last_ones_missing_had_failed_there_is_an_answer(prepared, tmp_path):
    path = tmp_path / "s.db"
    with pytest.raises(RunError):
        run(prepared, path, failing(seed=prepared.study.confirm.seeds[-1]))
    assert run(prepared, path, Altering(), retry_failed=True).rows
    assert run(prepared, path, Altering(), retry_failed=True).rows  # where nothing is missing


def test_where_nothing_failed_there_is_nothing_to_do_again(prepared, tmp_path):
    with pytest.raises(StudyError, match=r"no trial of .* failed the last time; leave out --retry-failed to go on"):
        run(prepared, tmp_path / "s.db", Altering(), retry_failed=True)


def test_every_trial_of_a_stack_may_take_as_long_as_it_may(prepared, tmp_path):
    executor = Altering()
    run(prepared, tmp_path / "s.db", executor, Setup(layout="grouped", size=3, processes=1, ratio=3.0), timeout=50.0)
    stacks = [job for jobs in executor.asked for job in jobs]
    assert {len(job.trials) for job in stacks} >= {2, 3} or len(stacks) > 1
    assert [job.timeout for job in stacks] == [50.0 * len(job.trials) for job in stacks]


def test_a_stack_that_takes_too_long_is_not_taken_apart(prepared, tmp_path):
    """Its trials one by one would take as long, and each would be waited for."""
    path, watch = tmp_path / "s.db", Watching()
    setup = Setup(layout="grouped", size=50, processes=1, ratio=3.0)
    with Store(path, write=True) as store:
        crew = lab.Crew(Inline(), setup, prepared.task.where, timeout=1e-5)
        with pytest.raises(RunError, match=r"took longer than .* give it longer with"):
            lab.run_study(prepared, store, crew, watch, "")
    assert len(failed_of(prepared, path)) == watch.batches[0][1]
