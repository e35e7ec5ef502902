"""The answer's sentences: what to use first, then against whom it is better, and against whom not."""

import pytest

from lrlab.report import answer, recommended_row, study_answer, table
from lrlab.report._standing import best_sentence, decided_sentences
from lrlab.spec import Arm, BestSet, Candidate, Claim
from support.results import all_diverged, example_results

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
        (("linear", "one_cycle", "cosine"), ("step",), "The best is among linear, one_cycle and cosine."),
        (("linear", "cosine"), (), "The best may be linear or cosine."),
        (tuple("abcdef"), (), "The best may be any of the 6."),
    ],
)
def test_the_best_set_in_a_sentence(among, out, sentence):
    assert best_sentence(BestSet(among=among, out=out)) == sentence


def test_the_best_set_is_a_remark_where_it_is_more_than_one(plain):
    first, second, third = (row.label for row in plain.rows)
    several = plain.model_copy(update={"best": BestSet(among=(first, second), out=(third,))})
    assert f"The best is among {first} and {second}." in study_answer(several).remarks
    alone = plain.model_copy(update={"best": BestSet(among=(first,), out=(second, third))})
    assert "best is" not in " ".join(study_answer(alone).remarks)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["L", "L"], "Better than every other schedule (by 2.0 points)."),
        (["L", 0.02], "Better than {0} (by 2.0 points, 1.0 to 3.0). Within 2 points of {1}, which counts as equal."),
        ([0.02, 0.02], "Within 2 points of {0} and {1}, which counts as equal."),
        (
            [0.005, None],
            "Within 0.5 points of {0}, which counts as equal. Undecided against {1}: 10 seeds can show differences "
            "from 1.1 points up.",
        ),
        ([None, None], "Undecided against {0} and {1}: 10 seeds can show differences from 1.1 points up."),
    ],
)
def test_the_leader_stands_as_the_claims_say(plain, said, words):
    others = [row.label for row in plain.rows if row.label != plain.leader]
    pairs = {
        (plain.leader, other): {"L": plain.leader}.get(what, what) for other, what in zip(others, said, strict=True)
    }
    shown = study_answer(with_claims(plain, pairs))
    assert shown.headline == f"Use {plain.leader} at peak 0.1: 94.0 % test accuracy"
    assert shown.standing == words.format(*others)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, "{0} is undecided against {2}: 10 seeds can show differences from 1.1 points up."),
        (0.02, "{0} is within 2 points of {2}, which counts as equal."),
        ("L", "{0} is better than {2} (by 2.0 points, 1.0 to 3.0)."),
    ],
)
def test_a_leader_that_is_beaten_is_said_first_with_what_to_use_instead(plain, left, words):
    leader = plain.leader
    better, other = (row.label for row in plain.rows if row.label != leader)
    made = with_claims(plain, {(better, leader): better, (leader, other): leader if left == "L" else left})
    shown = study_answer(made)
    assert shown.headline == f"Use {better} at peak 0.1, not {leader}: 94.0 % test accuracy"
    first = f"{leader} led on validation data, but {better} is better (by 2.0 points, 1.0 to 3.0)."
    assert shown.standing == f"{first} {words.format(leader, better, other)}"
    verdicts = {row.label: row.verdict for row in shown.rows}
    assert (verdicts[better], verdicts[leader]) == ("recommended", "beaten")
    assert f'"{better}"' in shown.code.lrlab


def test_a_baseline_that_is_beaten_is_no_leader(plain):
    alone = example_results(schedules=("constant", "cosine"), confirm_seeds=10)
    arms = tuple(
        Arm(label=choice.label, candidates=(Candidate(schedule=schedule, peak=choice.peak),))
        for choice, schedule in zip(alone.choices, alone.study.schedules, strict=True)
    )
    study = alone.study.model_copy(update={"arms": arms, "schedules": ()})
    made = with_claims(alone, {("cosine", "constant"): "cosine"}, study=study, leader="constant")
    assert not made.study.tuned
    shown = study_answer(made)
    assert shown.headline == "Use cosine at peak 0.1: 94.0 % test accuracy"
    assert shown.standing == "cosine is better than constant, the baseline (by 2.0 points, 1.0 to 3.0)."
    none = study_answer(with_claims(alone, {("cosine", "constant"): None}, study=study, leader="constant"))
    assert none.headline == "No other is shown to be better than constant at peak 0.03: 88.9 % test accuracy"
    assert none.standing.startswith("Undecided against cosine: ")
    assert none.remarks[0] == "constant is the baseline that the others are compared with."


def test_peaks_at_which_a_claim_is_lost_are_named(plain):
    lost = [claim.model_copy(update={"not_at": (0.03, 0.3) if claim.verdict else None}) for claim in plain.claims]
    shown = study_answer(plain.model_copy(update={"claims": tuple(lost)}))
    sizes = "Better than constant (by 5.0 points, 4.9 to 5.3)"
    assert f"{sizes}; not shown of constant at peak 0.03 and 0.3." in shown.standing
    assert next(row.shown.detail for row in shown.rows if row.label == "constant") == "not at peak 0.03 and 0.3"


def test_many_are_counted(plain):
    names = [f"scale(of=linear, by=0.{n})" for n in range(1, 8)]
    many = example_results(schedules=("constant", *names), confirm_seeds=10)
    leader, others = many.leader, [row.label for row in many.rows if row.label != many.leader]
    some = with_claims(many, {(leader, other): leader if n < 6 else None for n, other in enumerate(others)})
    assert study_answer(some).standing.startswith("Better than 6 of the 7 others (by 2.0 points).")
    assert f"Undecided against {others[-1]}: " in study_answer(some).standing
    none = with_claims(many, {(leader, other): None for other in others})
    assert study_answer(none).standing.startswith("Undecided against all 7 others: ")


def test_nothing_learned_is_the_headline(plain):
    shown = study_answer(all_diverged(plain))
    assert shown.headline == "Nothing learned at these peaks, 0.03 to 0.3: 30 of 30 trials diverged"
    assert (shown.standing, shown.remarks, shown.also, shown.recommended, shown.axis) == ("", (), (), None, None)
    assert {row.verdict for row in shown.rows} == {"diverged"}
    assert shown.code.lrlab == shown.code.torch == ""


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("higher", "0.03 to 0.3; try higher ones, for the loss fell all along: 30 of 30 ended at chance"),
        ("lower", "0.03 to 0.3; try lower ones: 30 of 30"),
        ("between", "try ones in between, for the loss fell all along at low ones and rose at high ones: 30 of 30"),
        ("", "0.03 to 0.3; the loss points to no better one: look at data, labels and loss: 30 of 30"),
    ],
)
def test_where_nothing_learned_it_is_said_over_which_peaks_what_to_try_and_why(plain, way, words):
    rows = tuple(row.model_copy(update={"collapsed": row.seeds, "way": way}) for row in plain.rows)
    assert words in study_answer(plain.model_copy(update={"rows": rows})).headline


def test_a_leader_that_learned_nothing_is_not_recommended(plain):
    gone = {"collapsed": 10, "way": "lower"}
    rows = tuple(row.model_copy(update=gone) if row.label == plain.leader else row for row in plain.rows)
    shown = study_answer(with_claims(plain, {(plain.leader, "constant"): None}, rows=rows))
    assert shown.headline == (
        f"Nothing to use yet: {plain.leader}, the best on validation data, learned nothing: 10 of 10 ended at chance; "
        "try lower ones"
    )
    assert next(row.verdict for row in shown.rows if row.label == plain.leader) == "at chance"


def test_an_arm_that_diverged_is_named_and_has_no_difference(plain):
    gone = dict.fromkeys(("score", "low", "high", "loss", "f1", "precision", "recall")) | {"diverged": 10}
    rows = tuple(row.model_copy(update=gone) if row.label == "constant" else row for row in plain.rows)
    shown = study_answer(plain.model_copy(update={"rows": rows}))
    assert shown.standing.endswith("constant learned nothing: 10 of 10 seeds diverged.")
    row = next(row for row in shown.rows if row.label == "constant")
    assert (row.verdict, row.shown.score, row.shown.difference, row.difference) == ("diverged", "diverged", "", None)
    assert shown.axis.low > 0.9  # it does not stretch the axis of the others


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["a", "a", 0.02], "All 3 questions are answered: 2 by a difference and 1 as within 2 points."),
        (
            ["a", 0.02, None],
            "2 of 3 questions are answered: 1 by a difference and 1 as within 2 points; {2} is undecided.",
        ),
        (["a", None, None], "1 of 3 questions is answered: 1 by a difference; {1} and {2} are undecided."),
        ([None, None, None], "None of 3 questions is answered."),
        ([0.02, 0.02, 0.02], "All 3 questions are answered: 3 as within 2 points."),
    ],
)
def test_what_is_decided_is_counted(plain, said, words):
    pairs = [("cosine", "constant"), ("cosine", "one_cycle"), ("one_cycle", "constant")]
    made = with_claims(plain, {pair: pair[0] if what == "a" else what for pair, what in zip(pairs, said, strict=True)})
    assert decided_sentences(made) == [words.format(*(f"{a} against {b}" for a, b in pairs))]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("one_cycle", "one_cycle is better (by 2.0 points, 1.0 to 3.0)"),
        ("constant", "one_cycle is worse (by 2.0 points, 1.0 to 3.0)"),
        (0.02, "one_cycle is within 2 points"),
        (None, "one_cycle is undecided (10 seeds can show differences from 1.1 points up)"),
    ],
)
def test_what_else_was_asked_is_told_by_whom_it_was_compared_with(plain, what, words):
    size = -0.02 if what == "constant" else 0.02
    made = with_claims(plain, {("cosine", "one_cycle"): None, ("one_cycle", "constant"): what})
    turned = made.claims[1].model_copy(update={"difference": size, "low": size - 0.01, "high": size + 0.01})
    made = made.model_copy(update={"claims": (made.claims[0], turned)})
    assert study_answer(made).also[0] == f"Also asked, against constant, the baseline: {words}."


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
    assert study_answer(out).headline.startswith(f"Use {others[0]} at peak 0.1, not {plain.leader}: ")
    assert "is out of the set in which the best one lies." in study_answer(out).standing


def test_a_name_without_end_is_shortened_in_sentences():
    name = f"sequence({', '.join(['linear'] * 400)})"
    results = example_results(schedules=("constant", "cosine"), confirm_seeds=10)
    study = results.study
    assert name not in answer(results)
    rows = tuple(row.model_copy(update={"label": name}) if row.label == "cosine" else row for row in results.rows)
    claims = tuple(claim.model_copy(update={"a": name, "verdict": name}) for claim in results.claims)
    shown = answer(results.model_copy(update={"rows": rows, "claims": claims, "leader": name, "study": study}))
    assert len(shown) < 600
    assert "sequence(linear, linear, " in shown
    assert " ... , linear" in shown


def test_where_two_had_one_validation_value_none_led(plain):
    leader = plain.leader
    better = next(row.label for row in plain.rows if row.label != leader)
    made = with_claims(plain, {(better, leader): better})
    level = tuple(
        choice.model_copy(update={"chosen": 0, "scores": (0.9,), "by": "score"})
        if choice.label in (better, leader)
        else choice
        for choice in made.choices
    )
    shown = study_answer(made.model_copy(update={"choices": level}))
    words = f"On validation data {leader} and {better} both had the same value, so none led; {better} is better (by"
    assert shown.standing.startswith(words)


def test_seeds_that_differ_nowhere_show_nothing(plain):
    leader = plain.leader
    other = next(row.label for row in plain.rows if row.label != leader)
    made = with_claims(plain, {(other, leader): None})
    same = tuple(claim.model_copy(update={"smallest_visible": 0.0}) for claim in made.claims)
    shown = study_answer(made.model_copy(update={"claims": same}))
    assert "10 seeds gave the same numbers under both, which usually means that the schedule is not" in shown.standing


def test_what_is_within_the_margin_for_being_the_same_is_said_to_be(plain):
    leader = plain.leader
    other = next(row.label for row in plain.rows if row.label != leader)
    made = with_claims(plain, {(other, leader): 0.02})
    none = {"difference": 0.0, "low": 0.0, "high": 0.0}
    same = tuple(claim.model_copy(update=none) for claim in made.claims)
    shown = study_answer(made.model_copy(update={"claims": same}))
    assert "counts as equal; the same on every seed, to the last digit: look whether the schedule is" in shown.standing
    assert "to the last digit" not in study_answer(made).standing


def with_one_score(results, *, losses):
    """The same results, had every model one score, and the losses of theirs or one."""
    kept = tuple(
        record.model_copy(
            update={
                "test": record.test.model_copy(update={"score": 1.0} | ({} if losses else {"loss": 0.5})),
            }
        )
        for record in results.confirmed
    )
    return results.model_copy(update={"confirmed": kept})


@pytest.mark.parametrize("within", [None, 0.02])
def test_a_metric_that_is_the_same_for_every_model_is_what_is_looked_at(plain, within):
    leader = plain.leader
    other = next(row.label for row in plain.rows if row.label != leader)
    none = {"difference": 0.0, "low": 0.0, "high": 0.0, "smallest_visible": 0.0}
    same = tuple(claim.model_copy(update=none) for claim in with_claims(plain, {(other, leader): within}).claims)
    made = plain.model_copy(update={"claims": same})
    still, dead = (study_answer(with_one_score(made, losses=losses)).standing for losses in (True, False))
    assert "the metric is the same for every model, while the loss is not; look at the metric" in still
    assert "schedule is" not in still
    assert "schedule is" in dead
