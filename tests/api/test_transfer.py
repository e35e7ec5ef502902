"""How far an answer carries, asked from Python: loops that train nothing, and one small task that does."""

import json

import pytest

import lrlab
from lrlab.errors import StudyError, TaskError, TimeUp, UnknownName
from lrlab.store import Store
from support.loops import score_of, train
from support.tasks import blobs

ASKED = {"updates": 20, "seeds": 10, "tuning_seeds": 1, "workers": 0, "progress": False}
TWO = ["constant", "linear"]


@lrlab.trial(metric="accuracy", updates_per_epoch=5, peaks=[0.1, 0.3], settings={"width": 8})
def fickle(run):
    """Constant rates win in a short run, and lose in a long one."""
    score = score_of(run) if run.updates <= 20 else 1 - score_of(run)
    for epoch in range(run.updates // 5):
        run.report(epoch=epoch, validation_loss=1 - score, validation_accuracy=score)
    run.finish(test_loss=1 - score, test_accuracy=score)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "records.db"


def answers(results):
    return {place.place.mark: place.answer for place in results.transfer.places}


def test_an_order_holds_or_flips(store):
    results = lrlab.compare(fickle, TWO, store=store, transfer="budget=1/2,1,2", **ASKED)
    assert [(verdict.verdict, verdict.seeds) for verdict in results.verdicts] == [("constant", 10)]
    assert results.transfer.claims == (("constant", "linear"),)
    assert answers(results) == {"budget-0.5": "holds", "budget-2": "flips"}
    assert [place.budget for place in results.transfer.places] == ["10 updates", "40 updates"]
    assert "the order holds at half the budget; the order flips at twice the budget" in str(results.page().read_text())
    assert json.loads(results.findings.to_json())["transfer"]["places"][1]["answer"] == "flips"


def test_nothing_is_trained_twice_and_a_report_has_it_too(store):
    first = lrlab.compare(fickle, TWO, store=store, transfer="budget=1/2,2", **ASKED)
    told = []
    again = lrlab.compare(fickle, TWO, store=store, transfer={"budget": [0.5, 2]}, **ASKED | {"progress": told.append})
    assert not any(isinstance(event, lrlab.events.Begun) for event in told)
    assert again.transfer == first.transfer
    loaded = lrlab.load(store)
    assert loaded.study == first.study
    assert loaded.transfer == first.transfer
    assert len(lrlab.runs(store)) == 3


def test_it_is_asked_of_a_study_that_was_run_before(store):
    plain = lrlab.compare(train, TWO, store=store, **ASKED)
    assert plain.transfer is None
    with Store(store) as opened:
        before = len(opened.studies())
    results = lrlab.compare(train, TWO, store=store, transfer="budget=2", **ASKED)
    assert results.findings.claims == plain.findings.claims
    assert answers(results) == {"budget-2": "holds"}
    assert before == 1


def test_the_cost_is_said_before(store):
    told = []
    lrlab.compare(train, TWO, store=store, transfer="budget=2", **ASKED | {"progress": told.append})
    said = [event.text for event in told if isinstance(event, lrlab.events.Said)]
    assert any(text.startswith("carrying 1 claim among 2 arms to 1 place, peaks tuned again there: ") for text in said)
    assert any(" trials, about " in text for text in said)


def test_a_place_that_cannot_be_costs_no_other(store):
    results = lrlab.compare(train, TWO, store=store, transfer="budget=2,0.01", **ASKED | {"updates": 100})
    assert answers(results) == {"budget-2": "holds"}
    assert len(results.transfer.notes) == 1
    assert results.transfer.notes[0].startswith("0.01 times the budget")


def test_where_no_place_can_be_none_is_announced(store):
    told = []
    how = ASKED | {"updates": None, "epochs": 4, "progress": told.append}
    results = lrlab.compare(train, TWO, store=store, transfer="budget=1.001", **how)
    assert "comes to the same" in results.transfer.notes[0]
    assert results.transfer.places == ()
    assert not any(isinstance(event, lrlab.events.Said) and "carrying" in event.text for event in told)


def test_what_a_budget_does_not_hold_is_left_out_and_said(store):
    @lrlab.trial(metric="accuracy", updates_per_epoch=5, peaks=[0.3])
    def slow(run):
        import time

        time.sleep(0.02)
        score = 0.5 + 0.1 * sum(run.rate(t) for t in range(run.updates)) / run.updates + 1e-4 * run.seed % 0.01
        run.report(epoch=0, validation_loss=1 - score, validation_accuracy=score)
        run.finish(test_loss=1 - score, test_accuracy=score)

    results = lrlab.compare(slow, TWO, store=store, budget=100, transfer="budget=1000", **ASKED)
    assert results.transfer.places == ()
    assert "was not run: it takes about" in results.transfer.notes[0]
    assert results.transfer.notes[0].endswith("more than the budget has left; give more")


def test_time_that_is_up_leaves_the_study_and_the_same_call_goes_on(store):
    lrlab.compare(train, TWO, store=store, **ASKED)
    with pytest.raises(TimeUp, match="the same command goes on"):
        lrlab.compare(train, TWO, store=store, transfer="budget=2", max_seconds=1e-9, **ASKED)
    assert lrlab.load(store).study.budget == "20 updates"
    assert answers(lrlab.compare(train, TWO, store=store, transfer="budget=2", **ASKED)) == {"budget-2": "holds"}


def test_a_study_carries_its_answer_too(store):
    study = lrlab.Study(
        name="mine",
        task="loop:train",
        schedules=TWO,
        budget="20 updates",
        tune={"peaks": [0.1, 0.3], "seeds": 1},
        confirm={"seeds": 10},
    )
    results = lrlab.run(study, task=train, store=store, workers=0, progress=False, transfer="budget=2")
    assert answers(results) == {"budget-2": "holds"}


@pytest.mark.parametrize(
    ("transfer", "error", "message"),
    [
        ("widht=2", UnknownName, "unknown axis of a transfer 'widht'; did you mean width"),
        ("width=2", StudyError, "loop:train is a loop of your own.*ask for the budget alone"),
        ("budget=1/3", StudyError, "1/3 times the budget comes to 6.66667 updates.*take a factor that divides 20"),
        (2, StudyError, 'transfer is a text such as "width=1/2,2; budget=2", or factors by axis, but got 2'),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(store, transfer, error, message):
    told = []
    with pytest.raises(error, match=message):
        lrlab.compare(train, TWO, store=store, transfer=transfer, **ASKED | {"progress": told.append})
    assert not any(isinstance(event, lrlab.events.Begun) for event in told)


def test_a_task_of_ones_own_has_no_width_and_its_own_split(store):
    how = {"store": store, "epochs": 1, "workers": 0, "progress": False}
    with pytest.raises(TaskError, match="has no width that could be changed from here; ask for the budget alone"):
        lrlab.compare(blobs(), TWO, transfer="width=2", **how)
    with pytest.raises(StudyError, match=r'has its own split, but got split=.fresh.; write split="fresh" in Task.from'):
        lrlab.compare(blobs(), TWO, split="fresh", **how)
    with pytest.raises(TaskError, match="is of your own, and so is its split; write split"):
        lrlab.compare("mine.py:task", TWO, split="fresh", **how)


def test_a_published_study_is_several(store):
    with pytest.raises(StudyError, match="a transfer is of one study, and initial-rate is several; leave it out"):
        lrlab.run("initial-rate", store=store, transfer="width=2", progress=False)


@pytest.mark.slow
def test_digits_at_another_width_with_a_fresh_split(store):
    results = lrlab.compare(
        "digits/mlp",
        ["constant", "linear", "exponential(gamma=0.0001)"],
        epochs=3,
        seeds=10,
        peaks=[0.1, 0.3],
        split="fresh",
        transfer="width=1/2",
        store=store,
        workers=0,
        progress=False,
    )
    assert results.study.task == "digits/mlp(split=fresh)"
    assert results.transfer.claims
    (place,) = results.transfer.places
    assert place.task == "digits/mlp(split=fresh, width=0.5)"
    assert place.answer in ("holds", "flips", "cannot tell")
    with Store(store) as opened:
        assert {plan.study.task for plan in opened.studies()} == {place.task, results.study.task}
