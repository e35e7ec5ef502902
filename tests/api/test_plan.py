"""`lrlab.plan`: numbers alone, from runs, from a store, with a task, with a pilot."""

import random

import pytest

import lrlab
from lrlab.errors import RunsError, StudyError
from support.tasks import blobs


@pytest.fixture
def runs(tmp_path):
    """Three arms on eight shared seeds; pairs differ by about 0.7."""
    draw = random.Random(0)
    lines = ["arm,seed,accuracy"]
    for seed in range(8):
        shared = draw.gauss(0, 5)
        lines += [f"{arm},{seed},{90 + shared + draw.gauss(0, 0.5):.4f}" for arm in "abc"]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(lines))
    return path


def test_numbers_alone_show_themselves():
    planned = lrlab.plan(arms=8, difference=0.5, sd=0.8)
    assert (planned.seeds, planned.needed) == (40, 40)
    assert planned.answer == str(planned).partition("\n")[0]
    assert planned._repr_html_().count("<tr>") == 1 + len(planned.rows)
    assert '"recommended": 40' in planned.to_json()
    assert repr(planned) == str(planned)


def test_runs_made_anywhere_give_spread_and_arms(runs):
    planned = lrlab.plan(source=runs, difference=0.5)
    assert planned.seed_plan.arms == 3
    assert 0.4 < planned.seed_plan.spread < 1.1
    assert planned.seed_plan.source.startswith("3 pairs of arms of ")
    assert planned.seed_plan.source.endswith("runs.csv")
    assert lrlab.plan(arms=8, source=runs, difference=0.5).seed_plan.questions == 13


def test_runs_without_seeds_are_not_paired_by_their_rows(tmp_path):
    path = tmp_path / "runs.csv"
    rows = [f"{arm},{mean + 0.01 * row}" for arm, mean in {"a": 0.6, "b": 0.595}.items() for row in range(10)]
    path.write_text("\n".join(["arm,accuracy", *rows]))
    planned = lrlab.plan(source=path, difference=0.5)
    assert planned.seed_plan.spread == pytest.approx(100 * 0.01 * 2**0.5 * 3.0277, rel=1e-3)
    assert planned.seed_plan.source.endswith("that share no seeds")


def test_a_task_is_planned_by_its_last_study_its_pace_and_its_pilot(tmp_path):
    store, schedules = tmp_path / "records.db", ["constant", "cosine"]
    how = {"store": store, "workers": 0, "progress": False}
    first = lrlab.plan("digits/mlp", schedules, epochs=1, **how)
    assert first.seed_plan.spread is None
    assert "--pilot" in first.seed_plan.notes[-1]
    tuned, confirmed, rivals = 2 * 4 * 2 + 2 * 2 * 2 + 2 * 2 * 4, 2 * 6, 6
    assert first.rows[0].trainings == tuned + confirmed + rivals
    assert all(row.seconds > 0 for row in first.rows)
    piloted = lrlab.plan("digits/mlp", schedules, epochs=1, pilot=True, difference=5, **how)
    assert piloted.seed_plan.unit == "points of accuracy"
    assert piloted.seed_plan.source.startswith("1 pair of arms of the study pilot-compare-digits-mlp")
    later = lrlab.plan("digits/mlp", schedules, difference=5, **how)
    assert (later.seed_plan.spread, later.needed) == (piloted.seed_plan.spread, piloted.needed)
    stored = lrlab.plan(source=store, difference=5)
    assert (stored.seed_plan.arms, stored.needed) == (2, piloted.needed)
    assert "one after the other" in str(stored)


def test_a_study_of_other_data_under_the_same_name_tells_no_spread(tmp_path):
    how = {"store": tmp_path / "records.db", "workers": 0, "progress": False}
    few, more = (blobs(classes=3, count=count) for count in (600, 630))
    assert few.name == more.name
    lrlab.compare(few, ["constant", "cosine"], epochs=2, seeds=6, tuning_seeds=1, peaks=[0.03, 0.1], **how)
    assert lrlab.plan(few, ["constant", "cosine"], epochs=2, **how).seed_plan.spread is not None
    assert lrlab.plan(more, ["constant", "cosine"], epochs=2, **how).seed_plan.spread is None


def test_a_loop_that_does_not_say_its_epoch_is_planned_in_updates(tmp_path):
    @lrlab.trial(metric="accuracy")
    def train(run):
        run.finish(validation_accuracy=0.5, test_accuracy=0.5 + run.seed / 1e4 + run.rate(0))

    how = {"store": tmp_path / "records.db", "workers": 0, "progress": False}
    with pytest.raises(StudyError, match=r"cannot last 10 epochs, .* or give its length in updates \(--updates 2000\)"):
        lrlab.plan(train, ["constant", "cosine"], sd=0.1, **how)
    assert lrlab.plan(train, ["constant", "cosine"], updates=20, sd=0.1, difference=0.2, **how).needed
    with pytest.raises(StudyError, match="a trial has one length"):
        lrlab.plan(train, ["constant", "cosine"], updates=20, epochs=2, sd=0.1, **how)


def test_a_store_as_source_says_the_length_and_why_it_tells_nothing(tmp_path):
    how = {"workers": 0, "progress": False, "seeds": 6, "tuning_seeds": 1, "peaks": [0.01, 0.1]}
    known, alone = tmp_path / "known.db", tmp_path / "alone.db"
    lrlab.compare("digits/mlp", ["constant", "cosine"], epochs=2, store=known, **how)
    lrlab.compare("digits/mlp", ["constant"], epochs=1, store=alone, **how)
    planned = lrlab.plan("digits/mlp", ["constant", "cosine"], source=known, store=tmp_path / "empty.db", workers=0)
    assert not any("10 epochs" in note for note in planned.seed_plan.notes)
    with pytest.raises(StudyError, match="no study in it is finished and has two arms that share 3 seeds"):
        lrlab.plan(source=alone, difference=1)
    with pytest.raises(RunsError, match=r"is a store of lrlab: .* lrlab store export FOLDER --study NAME"):
        lrlab.judge(known)


def test_what_cannot_be_planned_says_the_way_out(tmp_path, runs):
    with pytest.raises(
        StudyError, match=r'write lrlab plan digits/mlp constant cosine \(lrlab.plan\("digits/mlp", \["const'
    ):
        lrlab.plan("digits/mlp")
    with pytest.raises(StudyError, match="a pilot needs a task and schedules to train; name them, or give sd"):
        lrlab.plan(arms=3, pilot=True)
    with pytest.raises(StudyError, match="difference is a finite number, but got 'much'; give one"):
        lrlab.plan(arms=3, difference="much")
    with pytest.raises(RunsError, match="write the path of a file of runs"):
        lrlab.plan(arms=3, source=tmp_path / "nothing.csv")
    few = tmp_path / "few.csv"
    few.write_text("arm,seed,accuracy\na,1,0.5\na,2,0.6\nb,1,0.4\nb,2,0.7\n")
    with pytest.raises(StudyError, match=r"tells no spread: no two arms share 3 seeds .*; give --sd, or other runs"):
        lrlab.plan(source=few)


@pytest.mark.parametrize(
    ("ways", "dropped"),
    [
        (
            {"sd": 0.8, "pilot": True},
            "the spread is given by sd, so no pilot is trained for it; leave one of the two out",
        ),
        (
            {"source": "runs.csv", "pilot": True},
            r"taken from source \(--from\), so no pilot is trained for it; leave one",
        ),
        ({"sd": 0.8, "source": "runs.csv"}, r"given by sd, so none is taken from source \(--from\); leave one of the"),
    ],
)
def test_a_spread_told_in_two_ways_is_refused_and_nothing_trained(ways, dropped, tmp_path):
    for task in ({}, {"task": "digits/mlp", "schedules": ["constant", "cosine"]}):
        with pytest.raises(StudyError, match=dropped):
            lrlab.plan(**task, **ways, store=tmp_path / "records.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 3}, "epochs says how trials of a task run, and no task is named; .* or leave it out"),
        ({"peaks": [0.1], "engine": "reference"}, "peaks, engine say how trials .* or leave them out"),
        (
            {"optimizer": "adam", "workers": 2, "batch_size": 64, "tuning_seeds": 3},
            "optimizer, workers, batch_size, tun",
        ),
    ],
)
def test_how_trials_run_is_refused_without_a_task(options, words):
    with pytest.raises(StudyError, match=words):
        lrlab.plan(arms=3, sd=0.8, **options)
    assert lrlab.plan(arms=3, sd=0.8, batch_size=32, device="cpu").rows


def test_the_spread_of_runs_has_the_unit_that_tables_show(runs, tmp_path):
    shares = tmp_path / "shares.csv"
    lines = runs.read_text().split("\n")
    cells = [line.split(",") for line in lines[1:]]
    shares.write_text("\n".join([lines[0], *(f"{arm},{seed},{float(value) / 200}" for arm, seed, value in cells)]))
    of_points, of_shares = (lrlab.plan(source=path, difference=0.5).seed_plan for path in (runs, shares))
    assert of_shares.unit == "points of accuracy"
    assert of_shares.spread == pytest.approx(of_points.spread / 2)


def test_a_spread_needs_no_direction(runs):
    quality = runs.with_name("quality.csv")
    quality.write_text(runs.read_text().replace("accuracy", "quality"))
    assert lrlab.plan(source=quality, difference=0.5).seed_plan.spread == lrlab.plan(source=runs).seed_plan.spread


def test_arms_and_schedules_that_contradict_each_other():
    with pytest.raises(StudyError, match="arms are 3, but 2 schedules are named; leave one of the two out"):
        lrlab.plan(arms=3, schedules=["constant", "cosine"])
