"""The tuning phase with a search: rounds of points, the same for the same records, equal for every schedule."""

import pytest

import lrlab
from lrlab.errors import StudyError
from lrlab.lab import OpenedTask, prepare
from lrlab.lab._batch import FINALS
from lrlab.lab._phases import confirm_trials, drive
from lrlab.lab._tuning._search_phase import told_score
from lrlab.search import PeakResult
from lrlab.spec import Evaluation, Metric, Provenance, Record, make_study, read_axis
from lrlab.store import Store

pytest.importorskip("optuna")

NOWHERE = Provenance(
    lrlab="0", python="3", torch="2", numpy="2", machine="none", device="cpu", threads=1, engine="reference"
)
TASK = OpenedTask("blobs", "blobs", "0" * 16, 320)


def study(**tune):
    fields = {
        "name": "s",
        "task": "blobs",
        "schedules": ["constant", "warmup+cosine"],
        "budget": "4 epochs",
        "batch_size": 32,
        "confirm": {"seeds": 3},
    }
    search = {"search": "tpe", "space": {"peak": "0.01..1", "warmup.span": "1%..20%"}, "trials": 20, "seeds": 2}
    return make_study(fields | {"tune": search | tune})


def made(trial, score, diverged=False):
    """A record that says no more than its score."""
    end = Evaluation(loss=1 - score, score=score, confusion=None)
    return Record(
        trial=trial,
        outcome="diverged" if diverged else "finished",
        diverged_at=1 if diverged else None,
        metric=Metric(name="accuracy"),
        updates=4,
        updates_per_epoch=1,
        epochs=(),
        validation=end,
        test=end,
        train_seconds=0.0,
        evaluate_seconds=0.0,
        provenance=NOWHERE,
    )


def near_a_tenth(trial):
    return made(trial, 0.9 - abs(trial.peak - 0.1), diverged=trial.peak > 0.7)


class Bench:
    """Answers batches, and stops after so many; keeps records as a store does."""

    def __init__(self, result=near_a_tenth):
        self.records, self.batches, self.left, self.result = {}, [], 10**6, result

    def __call__(self, batch):
        keys = [trial.key for trial in batch.trials]
        assert len(set(keys)) == len(keys)
        if not self.left:
            return None
        self.left -= 1
        self.batches.append((batch.phase, keys))
        for trial in reversed(batch.trials):
            self.records.setdefault(trial.key, self.result(trial))
        return {key: self.records[key] for key in keys}


@pytest.fixture(scope="module")
def whole():
    bench = Bench()
    return bench, drive(study(), "0" * 16, bench)


def test_rounds_are_of_all_schedules_together(whole):
    bench, outcome = whole
    assert [phase for phase, _ in bench.batches] == ["tune", "tune", "tune", "confirm"]
    assert len(bench.batches[0][1]) == 2 * 8 * 2
    choices = {choice.label: choice for choice in outcome.choices}
    for choice in choices.values():
        assert 18 <= len(choice.tried) <= 20  # rounded, two points may be the same
        assert choice.tried[choice.chosen].startswith(choice.schedule)
        assert choice.peak == min(choice.peaks, key=lambda peak: abs(peak - 0.1))
    assert "warmup(span=" in choices["warmup+cosine"].schedule
    assert choices["constant"].schedule == "constant"
    assert {study().label_of(record.trial) for record in outcome.confirmed} == {"constant", "warmup+cosine"}


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "sobol", "random", "grid"])
def test_a_run_cut_at_any_batch_goes_on_with_the_same_trials(sampler):
    plan, bench = study(search=sampler, finalists=2, final_seeds=2), Bench()
    outcome = drive(plan, "0" * 16, bench)
    for cut in range(len(bench.batches)):
        again = Bench()
        again.left = cut
        assert drive(plan, "0" * 16, again) is None
        again.left, again.batches = 10**6, []
        assert drive(plan, "0" * 16, again) == outcome
        assert again.batches == bench.batches
        assert again.records.keys() == bench.records.keys()


def test_the_best_points_are_tried_on_further_seeds():
    bench = Bench()
    outcome = drive(study(finalists=2, final_seeds=3), "0" * 16, bench)
    phase, keys = bench.batches[-2]
    assert (phase, len(keys)) == (FINALS, 2 * 2 * 3)
    assert sorted(set(outcome.choices[0].seeds)) == [2, 5]


def test_points_that_round_to_the_same_are_trained_once():
    bench = Bench()
    outcome = drive(study(search="random", space={"peak": "0.1|0.2|0.3"}, trials=12), "0" * 16, bench)
    assert [len(choice.tried) for choice in outcome.choices] == [3, 3]
    assert len(bench.batches[0][1]) == 2 * 3 * 2


def test_every_schedule_is_asked_for_as_many_trials():
    bench = Bench()
    plan = study(search="sobol", trials=16)
    drive(plan, "0" * 16, bench)
    asked = [plan.label_of(bench.records[key].trial) for key in bench.batches[0][1]]
    assert asked.count("constant") == asked.count("warmup+cosine") == 16 * 2


def test_a_batch_size_and_the_optimizer_are_of_the_trial():
    bench = Bench()
    space = {"peak": "0.01..1", "batch_size": "16|32|64", "momentum": "0.5..0.9", "weight_decay": "1e-5..1e-2"}
    plan = study(space=space)
    outcome = drive(plan, "0" * 16, bench)
    trials = [record.trial for record in outcome.tuned]
    assert {trial.batch_size for trial in trials} == {16, 32, 64}
    assert all(0.5 <= trial.optimizer.momentum <= 0.9 for trial in trials)
    assert len({trial.optimizer.weight_decay for trial in trials}) > 10
    assert {plan.label_of(trial) for trial in trials} == set(plan.labels)
    assert "batch size" in outcome.choices[0].tried[0]
    assert "weight decay" in outcome.choices[0].tried[0]


def test_what_diverged_is_told_and_never_chosen():
    bench = Bench(lambda trial: made(trial, 0.99 if trial.peak > 0.3 else 0.2, diverged=trial.peak > 0.3))
    outcome = drive(study(), "0" * 16, bench)
    assert all(choice.peak <= 0.3 for choice in outcome.choices)
    later = [bench.records[key].trial.peak for key in bench.batches[2][1]]
    first = [bench.records[key].trial.peak for key in bench.batches[0][1]]
    share = [sum(peak > 0.3 for peak in peaks) / len(peaks) for peaks in (first, later)]
    assert share[1] <= share[0]


def test_samplers_are_told_what_choices_go_by():
    best, worse, seed_lost, at_chance = (
        PeakResult((0, 0.9, -0.1)),
        PeakResult((0, 0.8, -0.1)),
        PeakResult((-1, 0.99, -0.1)),
        PeakResult((0, 0.95, -0.1), learned=False, way="lower"),
    )
    told = [told_score(result, 2) for result in (best, worse, seed_lost, at_chance)]
    assert told == sorted(told, reverse=True)
    assert len(set(told)) == 4
    assert told_score(PeakResult((-2, float("-inf")), learned=False), 2) > -1e11


def test_the_sample_for_calibration_lies_in_the_middle_of_the_space():
    trials = confirm_trials(study(space={"peak": "0.01..1", "batch_size": "16..64", "warmup.span": "1%..9%"}), "0" * 16)
    assert {trial.batch_size for trial in trials} == {32}
    assert {trial.peak for trial in trials} == {0.1}


def test_spans_begin_at_one_update_where_they_begin_at_nothing():
    fitted = prepare(study(space={"peak": "0.01..1", "warmup.span": "0%..20%"}), TASK).study
    text = fitted.tune.search.space["warmup.span"]
    assert text == "2.5%..20%"  # of 40 updates
    assert prepare(fitted, TASK).study == fitted
    epochs = prepare(study(space={"peak": "0.01..1", "warmup.span": "0..2 epochs"}), TASK).study
    assert epochs.tune.search.space["warmup.span"] == "0.1 epochs..2 epochs"
    assert read_axis(epochs.tune.search.space["warmup.span"]).low == 0.1


@pytest.mark.parametrize(
    ("tune", "words"),
    [
        ({"space": {"peak": "1..2", "warmup.span": "1..50 updates"}}, r"warmup.span = 50 updates: .* narrow its range"),
        ({"space": {"peak": "1..2", "warmup.span": "1 epochs..4 epochs"}}, r"`span < run` must hold.*narrow its range"),
        (
            {"space": {"peak": "1..2", "batch_size": "16..512"}},
            "at most the 320 training examples of blobs, but got 512",
        ),
        ({"space": {"peak": "1..2", "settings.width": "1..4"}}, r"settings \(width\) are for a loop of your own"),
    ],
)
def test_ranges_that_do_not_fit_the_task_are_refused(tune, words):
    with pytest.raises(StudyError, match=words):
        prepare(study(**tune), TASK)


def test_a_missing_optuna_is_said_before_anything_is_measured(monkeypatch):
    monkeypatch.setattr("lrlab.search._optuna.find_spec", lambda name: None)
    with pytest.raises(StudyError, match=r'pip install "lrlab\[search\]"'):
        prepare(study(), TASK)


def test_progress_counts_the_rounds_to_come(tmp_path):
    from lrlab.lab import progress

    with Store(tmp_path / "r.db", write=True) as store:
        assert progress(study(), "0" * 16, store).missing == study().planned_trials


@lrlab.trial(metric="accuracy", settings={"width": 8, "weight_decay": 0.0}, updates_per_epoch=10)
def own_loop(run):
    """Never run here."""


def test_what_is_searched_of_a_loops_optimizer_is_a_setting_of_the_loop():
    place = OpenedTask("loop:own", "", "0" * 16, 0, loop=own_loop)
    fields = study(space={"peak": "0.01..1", "weight_decay": "1e-5..1e-2 log", "settings.width": "4|8"})
    fitted = prepare(fields.model_copy(update={"budget": "40 updates"}), place).study
    assert list(fitted.tune.search.space) == ["peak", "settings.weight_decay", "settings.width"]
    bench = Bench()
    outcome = drive(fitted, "0" * 16, bench)
    settings = [record.trial.settings for record in outcome.tuned]
    assert all({"weight_decay", "width"} == set(each) for each in settings)
    assert {each["width"] for each in settings} == {4, 8}
    strange = study(space={"peak": "0.01..1", "settings.widht": "4|8"})
    with pytest.raises(StudyError, match=r"loop:own has no setting 'widht'; did you mean width"):
        prepare(strange.model_copy(update={"budget": "40 updates"}), place)
