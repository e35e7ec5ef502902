"""How far an answer carries, as people and scripts read it."""

import pytest

from lrlab.lab import carried_claims, carried_place
from lrlab.report import json_answer, terminal_answer
from lrlab.report._page import page
from lrlab.report._transfer_words import transfer_lines, transfer_section
from lrlab.spec import TransferPlace
from support.results import example_results

WIDE, LONG = TransferPlace(axis="width", factor=2.0), TransferPlace(axis="budget", factor=0.5)


def carried(answers=("same",), notes=()):
    """Results whose answer was carried to two places: the first as it is, the second as it says."""
    results = example_results(confirm_seeds=12)
    asked = carried_claims(results)
    first = carried_place(results, results, WIDE, asked)
    changed = {"same": {}, "flips": {"there": "other way", "advantage": -0.02, "low": -0.03, "high": -0.01}}
    changed |= {"open": {"there": "", "low": -0.01}, "within": {"there": "", "within": 0.02}}
    places = [first]
    for answer in answers:
        pairs = (first.pairs[0].model_copy(update=changed[answer]),)
        words = {"same": "holds", "flips": "flips"}.get(answer, "cannot tell")
        places.append(first.model_copy(update={"place": LONG, "pairs": pairs, "answer": words}))
    return results.model_copy(update={"transfer": asked.model_copy(update={"places": tuple(places), "notes": notes})})


def test_nobody_asked_nothing_is_said():
    results = example_results()
    assert transfer_lines(results) == []
    assert transfer_section(results) is None
    assert json_answer(results)["transfer"] is None
    assert "How far it carries" not in page(results)


@pytest.mark.parametrize(
    ("answer", "summary", "line"),
    [
        ("same", "the order holds at twice the width and half the budget.", "beats constant by"),
        (
            "flips",
            "the order holds at twice the width; the order flips at half the budget.",
            "the order flips: constant beats cosine by 2.0 points of accuracy (95 % interval 1.0 to 3.0",
        ),
        ("open", "the seeds cannot tell at half the budget.", "cosine is undecided against constant,"),
        (
            "within",
            "the seeds cannot tell at half the budget.",
            "cosine is within 2.0 points of accuracy of constant",
        ),
    ],
)
def test_a_sentence_says_where_and_a_line_says_how_sure(answer, summary, line):
    lines = transfer_lines(carried((answer,)))
    assert lines[1].startswith("How far it carries (1 claim among cosine and constant): the order holds at")
    assert lines[1].endswith(summary)
    assert line in lines[3]
    assert "Kendall's tau of the 3 arms 1.00" in lines[3]
    assert "peaks tuned there: " in lines[3]


def test_what_was_not_run_is_said():
    lines = transfer_lines(carried((), ("twice the budget was not run: it takes about 2 min",)))
    assert lines[1].endswith("at twice the width. Twice the budget was not run: it takes about 2 min.")
    alone = example_results(confirm_seeds=4)
    alone = alone.model_copy(update={"transfer": carried_claims(alone)})
    assert transfer_lines(alone)[1].startswith("How far it carries: the study claims no order among")


def test_the_page_and_scripts_have_it():
    results = carried(("flips",))
    text = page(results)
    assert '<section id="transfer">' in text
    assert "the other way round" in text
    data = json_answer(results)["transfer"]
    assert [place["answer"] for place in data["places"]] == ["holds", "flips"]
    shown = next(part for part in terminal_answer(results, 80) if part.name == "how far it carries")
    assert "How far it carries" in shown.text()


def test_tables_have_a_line_for_each_claim_and_each_arm():
    section = transfer_section(carried(("open", "within")))
    assert [row[2] for row in section.claims.rows] == ["the same", "undecided", "within the margin"]
    assert len(section.arms.rows) == 9


def test_a_split_of_its_own_for_each_seed_is_said():
    fixed, fresh = (example_results(confirm_seeds=12, task=task) for task in ("digits/mlp", "digits/mlp(split=fresh)"))
    assert "this test set" in page(fixed)
    assert "this test set" not in page(fresh)
    assert "each with a split of its own" in page(fresh)
