"""The answer's sentences: the best set first, then the leader, then what is decided."""

import pytest

from lrlab.report import answer, how_to_use, recommended_row, table, terminal_answer
from lrlab.report._standing import best_sentence, decided_sentences
from lrlab.spec import BestSet, Claim
from support.results import example_results

USUAL = {
    "difference": 0.02, "low": 0.01, "high": 0.03, "p": 0.002, "adjusted_p": 0.02, "seeds": 10, "correlation": 0.5,
    "superiority": 1.0, "smallest_visible": 0.011,
}  # fmt: skip


@pytest.fixture(scope="module")
def plain():
    return example_results(confirm_seeds=10)


def with_claims(results, said, **changes):
    """The results with claims: by pair, the better label, a margin, or None for undecided."""
    claims = tuple(
        Claim(
            a=a,
            b=b,
            verdict=what if isinstance(what, str) else "",
            within=what if isinstance(what, float) else None,
            **USUAL,
        )
        for (a, b), what in said.items()
    )
    return results.model_copy(update={"claims": claims} | changes)


@pytest.mark.parametrize(
    ("among", "out", "sentence"),
    [
        (("linear", "one_cycle", "cosine"), ("step", "constant"), "The best is among linear, one_cycle and cosine; "
            "step and constant are out."),
        (("linear", "cosine"), ("step",), "The best is among linear and cosine; step is out."),
        (("linear",), ("step", "constant"), "linear is the best."),
        (("linear", "cosine"), (), "The best may be linear or cosine."),
        (tuple("abcde"), (), "The best may be any of the 5."),
    ],
)  # fmt: skip
def test_the_best_set_in_a_sentence(among, out, sentence):
    assert best_sentence(BestSet(among=among, out=out)) == sentence


def test_one_that_stands_alone_is_the_best_only_where_claims_say_it_beats_each_other_one(plain):
    first, second, third = (row.label for row in plain.rows)
    best, beats = BestSet(among=(first,), out=(second, third)), {(first, second): first, (third, first): first}
    backed = with_claims(plain, beats, leader=first, best=best)
    assert answer(backed).startswith(f"{first} is the best. ")
    for said in (
        beats | {(third, first): None},
        {(first, second): first},
        {(first, second): first, (third, first): 0.02},
    ):
        assert answer(with_claims(plain, said, leader=first, best=best)).startswith(
            f"No other is better than {first}. "
        )


def test_the_best_set_stands_before_the_leader(plain):
    best = BestSet(among=("one_cycle", "cosine"), out=("constant",))
    text = answer(plain.model_copy(update={"best": best}))
    assert text.startswith(f"The best is among one_cycle and cosine; constant is out. {plain.leader} at peak")
    assert text.endswith(answer(plain))
    printed = "\n".join(part.text() for part in terminal_answer(plain.model_copy(update={"best": best}), None))
    assert text in printed


def test_those_that_are_out_are_not_named_twice(plain):
    first, second, third = (row.label for row in plain.rows)
    said = {(first, second): first, (first, third): first}
    made = with_claims(plain, said, leader=first, best=BestSet(among=(first,), out=(second, third)))
    assert "It beats every other schedule" in answer(made)
    four = example_results(schedules=("constant", "cosine", "one_cycle", "linear"), confirm_seeds=10)
    names = [row.label for row in four.rows]
    said = {(names[0], names[1]): 0.02, (names[0], names[2]): names[0], (names[0], names[3]): names[0]}
    made = with_claims(four, said, leader=names[0], best=BestSet(among=tuple(names[:2]), out=tuple(names[2:])))
    assert f"It beats all that are out, and is within 2 points of {names[1]}." in answer(made)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["L", 0.02], "It beats {0}, and is within 2 points of {1}."),
        ([0.02, 0.02], "It is within 2 points of {0} and {1}."),
        ([0.005, None], "It is within 0.5 points of {0}, but is not separated from {1}."),
        (["1", 0.02], "It is beaten by {0}, but is within 2 points of {1}."),
    ],
)
def test_the_leader_stands_as_the_claims_say(plain, said, words):
    others = [row.label for row in plain.rows if row.label != plain.leader]
    pairs = {
        (plain.leader, other): {"L": plain.leader, "1": other}.get(what, what)
        for other, what in zip(others, said, strict=True)
    }
    assert words.format(*others) in answer(with_claims(plain, pairs))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["a", "a", 0.02], "All 3 questions are answered: 2 by a difference and 1 as within 2 points."),
        (["a", 0.02, None], "2 of 3 questions are answered: 1 by a difference and 1 as within 2 points; {2} is open."),
        (["a", None, None], "1 of 3 questions is answered: 1 by a difference; {1} and {2} are open."),
        ([None, None, None], "None of 3 questions is answered."),
        ([0.02, 0.02, 0.02], "All 3 questions are answered: 3 as within 2 points."),
    ],
)
def test_what_is_decided_is_counted(plain, said, words):
    pairs = [("cosine", "constant"), ("cosine", "one_cycle"), ("one_cycle", "constant")]
    made = with_claims(plain, {pair: pair[0] if what == "a" else what for pair, what in zip(pairs, said, strict=True)})
    assert decided_sentences(made) == [words.format(*(f"{a} against {b}" for a, b in pairs))]


def test_of_a_single_question_nothing_is_counted(plain):
    assert decided_sentences(with_claims(plain, {("cosine", "constant"): "cosine"})) == []


def test_the_table_says_who_may_be_the_best(plain):
    assert "best" not in table(plain).header
    best = BestSet(among=("cosine", "one_cycle"), out=("constant",))
    header, rows = table(plain.model_copy(update={"best": best}))
    cells = {row[0]: row[header.index("best")] for row in rows}
    assert cells == {"cosine": "maybe", "one_cycle": "maybe", "constant": "out"}
    header, rows = table(plain.model_copy(update={"best": BestSet(among=("cosine",), out=("constant", "one_cycle"))}))
    assert {row[0]: row[header.index("best")] for row in rows}["cosine"] == "yes"
    assert "best" not in table(plain.model_copy(update={"best": BestSet(among=("cosine",), out=())})).header


def test_seeds_that_fell_behind_have_a_column_where_there_are_any(plain):
    assert "fell behind" not in table(plain).header
    rows = (plain.rows[0].model_copy(update={"fallen": 2}), *plain.rows[1:])
    header, cells = table(plain.model_copy(update={"rows": rows}))
    assert [line[header.index("fell behind")] for line in cells] == ["2 of 10", "0 of 10", "0 of 10"]


def test_a_leader_that_is_out_is_not_recommended(plain):
    others = [row.label for row in plain.rows if row.label != plain.leader]
    out = with_claims(plain, {(plain.leader, others[0]): None}, best=BestSet(among=tuple(others), out=(plain.leader,)))
    assert recommended_row(out).label == others[0]
    assert how_to_use(out).startswith(f"To use {others[0]} at peak")
