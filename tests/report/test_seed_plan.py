"""Plans of seeds in words."""

import pytest

from lrlab.lab import Cost, Wanted, given_spread, plan_seeds
from lrlab.report import plan_html, plan_json, plan_sentences, plan_text
from lrlab.spec import SeedPlan

NO_COST = Cost()


def plan(sd=0.8, cost=NO_COST, unit="", notes=(), **wanted):
    asked = Wanted(**({"arms": 8} | wanted))
    return plan_seeds(asked, None if sd is None else given_spread(sd, unit), cost, notes)


@pytest.mark.parametrize(
    ("found", "first"),
    [
        (
            plan(difference=0.5),
            "Take 40 seeds (320 trainings): they decide a difference of 0.5 in 80 of 100 repetitions, with 13 "
            "questions asked.",
        ),
        (
            plan(difference=9.0, unit="points of accuracy"),
            "Take 12 seeds (96 trainings): they decide a difference of 9 points of accuracy in 80 of 100 repetitions, "
            "with 13 questions asked (6 would do where all agree).",
        ),
        (plan(sd=None), "Take 12 seeds (96 trainings): they answer 13 questions also where some disagree."),
        (
            plan(cost=Cost(4, lambda count: float(count))),
            "Take 12 seeds (100 trainings, about 1 min 40 s): they answer 13 questions also where some disagree, and "
            "decide differences from 1.07 up in 80 of 100 repetitions.",
        ),
        (
            plan(difference=1e-4),
            "Not even 1,000 seeds decide a difference of 0.0001 in 80 of 100 repetitions; 12 seeds (96 trainings) "
            "decide differences from 1.07 up.",
        ),
    ],
)
def test_the_recommendation_is_one_sentence(found, first):
    assert plan_sentences(found)[0] == first


def test_the_number_asked_about_is_answered():
    sentences = plan_sentences(plan(seeds=10, unit="points of accuracy"))
    assert sentences[1].startswith(
        "10 seeds decide differences from 1.24 points of accuracy up in 80 of 100 repetitions."
    )
    assert sentences[2] == "Spread of paired differences: 0.8 points of accuracy, as given."
    blind = plan_sentences(plan(seeds=5))
    assert blind[1].startswith("13 questions: 5 seeds can claim no difference, however clear it is; 6 seeds can, ")
    assert not any("5 seeds decide" in sentence for sentence in blind)


def test_table_json_and_html_have_every_row_and_every_sentence():
    found = plan(difference=0.5, notes=("A note.",))
    text, page = plan_text(found), plan_html(found)
    for row in found.rows:
        assert f"\n{row.seeds:5d}  " in text
        assert f">{row.seeds}</td>" in page
    for sentence in plan_sentences(found):
        assert sentence in text
        assert sentence in page
        assert sentence in plan_json(found)["text"]
    assert SeedPlan.from_json(found.to_json()) == found
    assert "A note." in text
