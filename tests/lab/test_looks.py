"""The confirm phase in planned looks: only arms of open questions go on, and a run that is cut goes on the same."""

import json

import numpy as np
import pytest

from lrlab import lab
from lrlab.errors import StudyError
from lrlab.execution import Inline
from lrlab.lab._looks import looks_until, verdict_at_look
from lrlab.spec import Confirm, Setup, make_study
from lrlab.stats import check_looks, judge_look, paired, usual_looks
from lrlab.store import Store
from support.tasks import BLOBS_FILE, study
from support.watching import Watching

ARMS = ("constant", "cosine", "warmup(span=75%)+constant", "linear")
LOOKS = (10, 13, 16)


@pytest.fixture
def prepared(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    return in_looks(f"{tmp_path / 'mine.py'}:task", looks=LOOKS)


def in_looks(task, **confirm):
    tune = {"peaks": (0.03, 0.1), "seeds": 1, "extend": 0}
    plan = study(task, schedules=ARMS, budget="2 epochs", tune=tune, confirm=confirm)
    return lab.prepare(plan, lab.open_task(task))


def run(prepared, path, watch=None):
    with Store(path, write=True) as store:
        crew = lab.Crew(Inline(), Setup(layout="reference"), prepared.task.where, None)
        return lab.run_study(prepared, store, crew, watch or Watching(), "")


def answers(results):
    return [json.loads(claim.to_json()) for claim in results.claims]


def test_an_arm_goes_on_as_long_as_one_of_its_questions_is_open(prepared, tmp_path):
    watch = Watching()
    results = run(prepared, tmp_path / "s.db", watch)
    confirm = [batch for batch in watch.batches if batch[0] == "confirm"]
    assert confirm[0] == ("confirm", len(ARMS) * LOOKS[0], len(ARMS) * LOOKS[0])
    assert sum(trials for _, trials, _ in confirm) == len(results.confirmed)
    last = {
        label: max(claim.look or LOOKS[-1] for claim in results.claims if label in (claim.a, claim.b)) for label in ARMS
    }
    assert {row.label: row.seeds for row in results.rows} == last
    for claim in results.claims:
        assert claim.seeds == (claim.look or LOOKS[-1])
        assert claim.decided <= (claim.look is not None)


def test_running_again_trains_nothing_and_says_the_same(prepared, tmp_path):
    first, watch = run(prepared, tmp_path / "s.db"), Watching()
    again = run(prepared, tmp_path / "s.db", watch)
    assert watch.trials == 0
    assert answers(again) == answers(first)


def test_a_run_cut_between_looks_goes_on_to_the_same_answer(prepared, tmp_path):
    whole = run(prepared, tmp_path / "whole.db")
    with pytest.raises(KeyboardInterrupt):
        run(prepared, tmp_path / "cut.db", Watching(stop_after=len(whole.tuned) + len(ARMS) * LOOKS[0] - 3))
    rest = run(prepared, tmp_path / "cut.db")
    assert answers(rest) == answers(whole)
    assert [record.trial.key for record in rest.confirmed] == [record.trial.key for record in whole.confirmed]


def test_a_part_of_the_first_look_is_no_answer_yet_but_has_its_records(prepared, tmp_path):
    whole = run(prepared, tmp_path / "s.db")
    few = {record.trial.key: record for record in (*whole.tuned, *whole.confirmed[:5])}
    outcome = lab.outcome_of(prepared.study, prepared.task.data, few)
    assert outcome is not None
    assert outcome.confirmed == whole.confirmed[:5]


def test_one_look_is_a_plain_study(prepared, tmp_path):
    task = prepared.task.where
    plain, looked = (run(in_looks(task, **each), tmp_path / "s.db") for each in ({"seeds": 10}, {"looks": (10,)}))
    assert [record.trial.key for record in plain.confirmed] == [record.trial.key for record in looked.confirmed]
    assert [claim.p for claim in looked.claims] == pytest.approx([claim.p for claim in plain.claims])
    assert [claim.equal_p for claim in looked.claims] == pytest.approx([claim.equal_p for claim in plain.claims])


def test_a_study_of_the_same_question_with_fewer_seeds_is_found(prepared, tmp_path):
    task = prepared.task.where
    few, more = (in_looks(task, seeds=count) for count in (10, 12))
    run(few, tmp_path / "s.db")
    with Store(tmp_path / "s.db") as store:
        assert lab.answered_before(more.study, more.task.data, store) == few.study
        assert lab.answered_before(few.study, few.task.data, store) is None
        renamed = more.study.model_copy(update={"name": "other"})
        assert lab.answered_before(renamed, more.task.data, store) == few.study
        other = more.study.model_copy(update={"batch_size": 8})
        assert lab.answered_before(other, more.task.data, store) is None


def test_an_e_process_claims_no_more_than_it_may(prepared, tmp_path):
    task = prepared.task.where
    few, more = (in_looks(task, seeds=count) for count in (10, 16))
    run(few, tmp_path / "s.db")
    found = lab.unplanned_answer(results := run(more, tmp_path / "s.db"), few.study)
    assert found.before == 10
    assert found.sure is not None
    asked = {frozenset((claim.a, claim.b)) for claim in results.claims}
    means = {row.label: row.score or 0.0 for row in results.rows}
    for better, worse in found.sure:
        assert {better, worse} in asked
        assert means[better] > means[worse]


@pytest.mark.parametrize(("looks", "asked"), [((8, 9), 3), ((9, 10), 5), ((10, 12, 15), 13)])
def test_looks_that_can_decide_say_from_which_difference_on(looks, asked):
    check_looks(looks, asked)
    row = [0.1, 0.2, 0.15, 0.2, 0.1, 0.05, 0.3, 0.2, -0.1, 0.1, 0.2, 0.1, 0.1, 0.2, 0.3][: looks[-1]]
    pair = paired(row, [0.0] * len(row), rng=np.random.default_rng(0))
    (found,) = judge_look([row], looks, rng=np.random.default_rng(0))
    verdict = verdict_at_look(pair, found, looks, asked, None, np.random.default_rng(0))
    assert 0 < verdict.smallest_visible < 1
    assert verdict.difference.low > 0 or verdict.claim == "none"


FIELDS = {"name": "mine", "task": "digits/mlp", "budget": "1 epochs", "tune": {"peaks": [0.1, 0.3], "seeds": 1}}


def test_looks_say_how_many_seeds_there_are():
    assert len(Confirm(looks=(8, 12)).seeds) == 12


@pytest.mark.parametrize(
    ("confirm", "way"),
    [
        ({"looks": [5, 20]}, r"look at 5 seeds can decide none of 5 questions.* look at 10, 13, 16, 20"),
        ({"looks": [10, 12], "seeds": 20}, r"end them with 20, or leave out `seeds`"),
        ({"looks": [20, 10, 30]}, r"write 12, 20, 30"),
        ({"looks": [4, 6]}, r"8 or more can"),
    ],
)
def test_looks_that_cannot_decide_are_refused_with_those_that_can(confirm, way):
    with pytest.raises(StudyError, match=way):
        make_study(FIELDS | {"schedules": ["constant", "cosine", "linear", "step"], "confirm": confirm})


def test_usual_looks_fit_a_study():
    plan = make_study(FIELDS | {"schedules": ["constant", "cosine"], "confirm": {"looks": list(usual_looks(1, 20))}})
    assert plan.confirm.looks == (8, 10, 13, 16, 20)
    assert "looks" in plan.to_dict()["confirm"]


def test_looks_of_a_study_that_is_cut_end_with_its_last_seed():
    plan = make_study(FIELDS | {"schedules": ["constant", "cosine"], "confirm": {"looks": [8, 12, 20]}})
    assert looks_until(plan, 15) == (8, 12, 15)
    assert looks_until(plan, 12) == (8, 12)
    assert looks_until(make_study(FIELDS | {"schedules": ["constant", "cosine"]}), 8) is None
