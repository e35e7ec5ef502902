"""Can the seeds answer the questions? Said before anything is trained; and taken so where none were given."""

import re

import pytest

from lrlab import lab
from lrlab.lab._seeds import CHEAP
from lrlab.lab._within import _fit_seeds
from lrlab.spec import Confirm, Said, Setup, make_study
from lrlab.stats import usual_looks
from lrlab.store import Store, StoredStudy
from support import tasks
from support.ends import study
from support.workshops import workshop


def asking(labels, seeds, questions="leader"):
    schedules = [f"step(every={n} updates)" for n in range(1, labels + 1)]
    return study(schedules=schedules, confirm=Confirm(seeds=range(1000, 1000 + seeds), questions=questions))


@pytest.mark.parametrize(
    ("labels", "seeds", "questions", "words"),
    [
        (15, 10, "leader", ""),
        (8, 6, "leader", "8 schedules ask 13 questions, and 6 seeds can claim only where all 6 agree; 12 seeds .*"),
        (8, 7, "pairs", ""),
        (2, 4, "leader", "2 schedules ask 1 question, and 4 seeds can claim no difference, .*; 6 seeds can, 8 also .*"),
        (
            3,
            5,
            "leader",
            "3 schedules ask 3 questions, and 5 seeds can claim no difference, .*; 6 seeds can, 9 also .*",
        ),
        (1, 2, "leader", ""),
    ],
)
def test_seeds_that_cannot_carry_the_questions_are_named_before(labels, seeds, questions, words):
    assert re.fullmatch(words, lab.seed_words(asking(labels, seeds, questions)))


def test_a_design_that_cannot_answer_is_told_from_one_that_hardly_can():
    assert not lab.reach_of_study(asking(15, 5)).answers
    assert lab.reach_of_study(asking(8, 6)).answers
    assert lab.reach_of_study(asking(1, 2)).answers


def test_seeds_are_taken_where_none_were_given_and_kept_where_they_were():
    plan = {"name": "n", "task": "digits/mlp", "budget": "1 epochs", "tune": {"peaks": [0.1]}}
    plan["schedules"] = [f"step(every={n} updates)" for n in range(1, 9)]
    for silent in (plan, {**plan, "confirm": {"questions": "leader"}}):
        taken = lab.with_usual_seeds(make_study(silent))
        assert taken.confirm.seeds == tuple(range(1000, 1012))
        assert lab.seed_words(taken) == ""
        assert lab.usual_seed_words(taken).startswith("8 schedules ask 13 questions: 12 fresh seeds each, which ")
    given = make_study({**plan, "confirm": {"seeds": 10}})
    assert lab.with_usual_seeds(given) is given
    few = make_study({**plan, "schedules": ["constant", "cosine"]})
    assert lab.with_usual_seeds(few) == few
    assert lab.usual_seed_words(few) == ""


@pytest.mark.parametrize(("seeds", "looks"), [(30, usual_looks(1, 30)), (9, (8, 9)), (7, (7,)), (10, (8, 10))])
def test_other_seeds_have_looks_that_end_with_them(seeds, looks):
    planned = study(schedules=["constant", "cosine"], confirm=Confirm(looks=(8, 10)))
    other = lab.with_seeds(planned, seeds)
    assert other.confirm.looks == looks
    assert type(other).from_json(other.to_json()) == other


@pytest.fixture
def draft(tmp_path):
    (tmp_path / "mine.py").write_text(tasks.BLOBS_FILE)
    place = lab.open_task(f"{tmp_path / 'mine.py'}:task")
    schedules = ["constant", "cosine", "linear", "step", "rex"]
    fields = {"name": "n", "budget": "2 epochs", "batch_size": 18}
    return lab.prepare(lab.comparison_study(place.where, schedules, **fields), place)


def fit(draft, store, monkeypatch, seconds):
    """The seeds that are taken where all trials with 30 take so many seconds; and what was said."""
    said = []
    monkeypatch.setattr(_fit_seeds, "setup_of", lambda *_: Setup(layout="lanes", update=1.0))
    monkeypatch.setattr(_fit_seeds, "seconds_of", lambda *_, **__: seconds)
    fitted = lab.fit_seeds(draft, workshop(store, listen=said.append))
    store.add_study(StoredStudy(fitted.study, draft.task.data, lab.seeds_request(draft.study, draft.task.data)))
    return fitted.study.confirm.seeds, [event.text for event in said if isinstance(event, Said)]


@pytest.mark.parametrize(
    ("seconds", "seeds", "words"),
    [
        (
            0.9 * CHEAP,
            30,
            "5 schedules ask 7 questions: 30 fresh seeds each where 11 would do, as there is time; --see",
        ),
        (1.1 * CHEAP, 11, "5 schedules ask 7 questions: 11 fresh seeds each, which carry them also where a seed disa"),
    ],
)
def test_many_seeds_are_taken_where_they_are_cheap_and_it_is_said(draft, tmp_path, monkeypatch, seconds, seeds, words):
    with Store(tmp_path / "s.db", write=True) as store:
        taken, said = fit(draft, store, monkeypatch, seconds)
    assert taken == tuple(range(1000, 1000 + seeds))
    assert [text[: len(words)] for text in said] == [words]


@pytest.mark.parametrize(("first", "then"), [(0.5 * CHEAP, 2 * CHEAP), (2 * CHEAP, 0.5 * CHEAP)])
def test_the_same_command_is_the_same_study_whatever_the_pace_is_then(draft, tmp_path, monkeypatch, first, then):
    with Store(tmp_path / "s.db", write=True) as store:
        assert fit(draft, store, monkeypatch, first) == fit(draft, store, monkeypatch, then)
        other = lab.prepare(draft.study.model_copy(update={"budget": "1 epochs"}), draft.task)
        assert fit(other, store, monkeypatch, then)[0] != fit(draft, store, monkeypatch, then)[0]
        # another margin decides nothing that is trained
        wider = lab.prepare(lab.with_margin(draft.study, 0.5), draft.task)
        seeds, _ = fit(wider, store, monkeypatch, then)
        assert seeds == fit(draft, store, monkeypatch, then)[0]
        # a length that was given says nothing to those who give a budget
        more = draft.study.model_copy(update={"schedules": draft.study.schedules[:2]})
        assert lab.comparison_before(more, draft.task.data, store) is None


def test_where_the_pace_is_not_known_the_questions_decide(draft, tmp_path, monkeypatch):
    monkeypatch.setattr(_fit_seeds, "setup_of", lambda *_: Setup(layout="loop"))
    with Store(tmp_path / "s.db", write=True) as store:
        assert lab.fit_seeds(draft, workshop(store)) == draft
