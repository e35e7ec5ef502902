import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from lrlab.errors import RunsError
from lrlab.judging import JudgeOptions, judge_runs
from lrlab.report._judged_words import judgement_answer, reading_lines
from lrlab.spec import Judgement
from lrlab.stats import max_t
from support.run_tables import curves, finals, lucky

NAN = math.nan


def test_a_judgement_goes_to_json_and_back_and_the_same_runs_give_the_same():
    table = finals(lucky({"a": 0.6, "b": 0.61, "c": 0.5}))
    judgement = judge_runs(table)
    assert Judgement.from_json(judgement.to_json()) == judgement == judge_runs(table)


def test_clear_differences_are_claimed_and_small_ones_say_how_many_runs_they_need():
    judgement = judge_runs(finals(lucky({"a": 0.6, "b": 0.596, "c": 0.5}, own=0.01)), JudgeOptions(questions="pairs"))
    verdicts = {(pair.a, pair.b): pair for pair in judgement.pairs}
    assert verdicts["a", "c"].verdict == "a"
    assert verdicts["a", "c"].needed is None
    assert verdicts["a", "b"].verdict == ""
    assert verdicts["a", "b"].needed > 10
    assert verdicts["a", "b"].smallest_visible > abs(verdicts["a", "b"].difference)


def test_where_equality_needs_fewer_runs_it_says_so_and_so_many_show_it():
    """Four arms, all but alike, on six seeds: the seventh shows that no difference matters."""
    rng = np.random.default_rng(3)
    values = {arm: {str(seed): 0.9 + 0.0003 * rng.standard_normal() for seed in range(7)} for arm in "abcd"}
    six = {arm: {seed: value for seed, value in runs.items() if seed != "6"} for arm, runs in values.items()}
    few, more = (judge_runs(finals(some), JudgeOptions(questions="pairs")) for some in (six, values))
    assert {pair.needed for pair in few.pairs} == {7}
    assert all(not pair.verdict and pair.within is None for pair in few.pairs)
    assert all(pair.within is not None for pair in more.pairs)
    assert "About 7 paired seeds (1 more) would decide all of them, if" in judgement_answer(few)


def test_a_run_that_diverged_counts_as_the_worst_and_is_shown_without_a_value():
    values = lucky({"a": 0.6, "b": 0.5})
    values["a"][4] = NAN
    judgement = judge_runs(finals(values))
    arm = next(arm for arm in judgement.arms if arm.label == "a")
    assert (arm.values[4], arm.missing) == (None, 1)
    worst = min(value for runs in values.values() for value in runs.values() if not math.isnan(value))
    assert arm.score == pytest.approx(
        np.nanmean([*list(values["a"].values())[:4], worst, *list(values["a"].values())[5:]])
    )
    assert any("1 run without a value counts as the worst" in note for note in judgement.notes)


def test_an_arm_that_mostly_diverged_is_better_than_none():
    values = lucky({"a": 0.6, "b": 0.5}, luck=0.001)
    values["b"] = dict.fromkeys(values["b"], NAN)
    values["c"] = dict.fromkeys(values["b"], NAN)
    judgement = judge_runs(finals(values), JudgeOptions(questions="pairs"))
    assert [pair.verdict for pair in judgement.pairs] == ["a", "a", ""]
    assert [arm.score for arm in judgement.arms][1:] == [None, None]


def test_a_run_at_chance_keeps_its_value_but_its_arm_wins_nothing():
    values = lucky({"a": 0.6, "b": 0.5})
    learned = judge_runs(finals(values))
    at_chance = judge_runs(finals(values, at_chance=frozenset(("a", str(seed)) for seed in range(6))))
    assert (learned.pairs[0].verdict, at_chance.pairs[0].verdict) == ("a", "")
    assert next(arm for arm in at_chance.arms if arm.label == "a").missing == 0
    assert any("better than no other" in note for note in at_chance.notes)


def test_all_values_equal_is_undecided_and_said():
    judgement = judge_runs(finals({arm: dict.fromkeys(range(8), 0.5) for arm in "ab"}))
    pair = judgement.pairs[0]
    assert (pair.verdict, pair.difference, pair.p, pair.correlation, pair.needed) == ("", 0, 1, None, None)
    assert any("all values are equal (0.5)" in note for note in judgement.notes)


@pytest.mark.parametrize(
    ("seeded", "words"),
    [
        (True, "3 paired seeds can show no difference, however clear it is: every question asks for 6"),
        (
            False,
            "3 against 3 unpaired runs can show no difference, however clear it is: 1 question asks for 4 runs of each "
            "arm, or 6 paired",
        ),
    ],
)
def test_too_few_runs_say_how_many_could(seeded, words):
    judgement = judge_runs(finals(lucky({"a": 0.9, "b": 0.1}, seeds=range(3)), seeded=seeded))
    assert judgement.pairs[0].verdict == ""
    assert judgement.pairs[0].smallest_visible is None
    assert judgement.pairs[0].needed >= 4
    assert any(words in note for note in judgement.notes)


def test_five_seeds_that_show_two_arms_equal_are_not_said_to_decide_nothing():
    values = lucky({"a": 0.9, "b": 0.9001, "c": 0.7}, seeds=range(5), own=0.0005)
    two = judge_runs(finals({label: values[label] for label in "ab"}))
    assert two.pairs[0].within == 0.01
    assert not any("can show no difference" in note for note in two.notes)
    three = judge_runs(finals(values), JudgeOptions(questions="pairs"))
    assert any("5 paired seeds can show no difference, however clear it is" in note for note in three.notes)


@pytest.mark.parametrize("seeded", [True, False])
def test_an_arm_ahead_that_mostly_diverged_needs_no_more_runs_but_is_told(seeded):
    at_chance = frozenset(("b", str(seed)) for seed in range(11))
    values = lucky({"a": 0.6, "b": 0.7}, seeds=range(20))
    judgement = judge_runs(finals(values, at_chance=at_chance, seeded=seeded))
    (pair,) = judgement.pairs
    assert (pair.verdict, pair.needed, pair.adjusted_p < 0.05) == ("", None, True)
    told = next(arm for arm in judgement.arms if arm.label == "b")
    assert (told.failed, told.learned) == (11, False)
    said = judgement_answer(judgement)
    assert "b diverged or learned nothing on 11 of 20 runs, so it is called better than no other" in said
    assert "chance" not in said


def test_too_few_runs_in_one_arm_are_said_of_its_pairs():
    values = lucky({"a": 0.9, "b": 0.5, "c": 0.1})
    values["c"] = {seed: values["c"][seed] for seed in range(3)}
    judgement = judge_runs(finals(values), JudgeOptions(questions="pairs"))
    assert any("(so in 2 pairs of 3)" in note for note in judgement.notes)


def test_where_fewer_questions_are_carried_that_is_the_way_out():
    values = lucky(dict.fromkeys("abcdefgh", 0.5))
    values["h"].pop(0)  # not all pairs have the same seeds, so that Holm counts the questions
    judgement = judge_runs(finals(values))
    assert (judgement.family, judgement.adjusted_by) == (28, "holm")
    assert any("asks 7, which" in note and "--baseline NAME" in note for note in judgement.notes)
    assert not any("--baseline NAME" in note for note in judge_runs(finals(lucky(dict.fromkeys("abc", 0.5)))).notes)


def test_where_all_share_their_seeds_these_are_flipped_for_all_questions_at_once():
    values = lucky({"a": 0.6, "b": 0.59, "c": 0.5, "d": 0.55})
    judgement = judge_runs(finals(values))
    rows = [np.subtract(list(values[x].values()), list(values[y].values())) for x, y in combinations("abcd", 2)]
    expected = max_t(rows, rng=np.random.default_rng(0))[:3]  # a leads on these very values, so all pairs count
    assert judgement.adjusted_by == "flips"
    assert [pair.adjusted_p for pair in judgement.pairs] == pytest.approx(expected.tolist(), abs=1e-12)
    named = judge_runs(finals(values), JudgeOptions(leader="a"))
    assert [pair.adjusted_p for pair in named.pairs] == pytest.approx(
        max_t(rows[:3], rng=np.random.default_rng(0)).tolist(), abs=1e-12
    )


def test_the_order_of_runs_changes_nothing_where_seeds_are_flipped():
    values = lucky({"a": 0.6, "b": 0.59, "c": 0.58}, seeds=range(20))
    turned = {label: dict(reversed(runs.items())) if label == "b" else runs for label, runs in values.items()}
    options = JudgeOptions(questions="pairs")
    one, other = (judge_runs(finals(each, key="ab"), options).pairs for each in (values, turned))
    assert [pair.adjusted_p for pair in one] == [pair.adjusted_p for pair in other]


def test_near_ties_lie_within_a_point_and_undecided_ones_do_not():
    values = lucky({"a": 0.9, "b": 0.9005, "c": 0.7}, own=0.002)
    judgement = judge_runs(finals(values), JudgeOptions(questions="pairs"))
    found = {(pair.a, pair.b): pair for pair in judgement.pairs}
    assert (judgement.margin.value, found["a", "b"].within, found["a", "b"].verdict) == (0.01, 0.01, "")
    assert found["a", "b"].equal_p < 0.05
    assert found["a", "b"].needed is None
    assert (found["a", "c"].verdict, found["a", "c"].within) == ("a", None)
    narrow = judge_runs(finals(values), JudgeOptions(questions="pairs", margin=0.01))  # a hundredth of a point
    assert (narrow.margin.value, narrow.margin.why) == (0.0001, "as asked")
    assert next(pair for pair in narrow.pairs if {pair.a, pair.b} == {"a", "b"}).within is None


def test_the_best_set_holds_what_may_be_best_and_no_arm_that_is_worse_than_another():
    values = lucky({"a": 0.9, "b": 0.9005, "c": 0.7, "d": 0.6})
    best = judge_runs(finals(values)).best
    assert set(best.among) == {"a", "b"}
    assert best.out == ("c", "d")
    values["a"].pop(0)
    assert judge_runs(finals(values)).best is None  # seeds of their own


def test_without_seeds_no_best_set_is_drawn_from_the_order_of_the_rows():
    values = {arm: {row: mean + 0.01 * row for row in range(10)} for arm, mean in {"a": 0.6, "b": 0.595}.items()}
    assert judge_runs(finals(values)).best.among == ("a",)  # sorted values, paired by row, look like a sure thing
    assert judge_runs(finals(values, seeded=False)).best is None


def test_an_arm_that_learned_nothing_is_neither_best_nor_equal():
    values = lucky({"a": 0.6, "b": 0.6, "c": 0.3}, own=0.001)
    at_chance = frozenset((arm, str(seed)) for arm in "ab" for seed in range(10))
    judgement = judge_runs(finals(values, at_chance=at_chance), JudgeOptions(questions="pairs"))
    assert judgement.best.among == ("c",)
    assert all(pair.within is None for pair in judgement.pairs)


def test_runs_without_seeds_that_all_stand_twice_are_doubted():
    once = lucky({"a": 0.6, "b": 0.5})
    twice = {arm: runs | {seed + 100: value for seed, value in runs.items()} for arm, runs in once.items()}
    copied, told, single = (
        judge_runs(finals(values, seeded=seeded)) for values, seeded in ((twice, False), (twice, True), (once, False))
    )
    assert any("every value stands twice" in note and "leave the copies out" in note for note in copied.notes)
    assert not any("every value" in note for note in (*told.notes, *single.notes))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ((3, 3), "every value stands 3 times, to the last digit"),
        ((4, 6), "every value stands 4 or 6 times, to the last digit"),
        ((2, 1), "every value of a stands twice, to the last digit"),
        ((1, 3), "every value of b stands 3 times, to the last digit"),
        ((1, 1), ""),
    ],
)
def test_copies_of_any_number_and_of_one_arm_alone_are_doubted(times, words):
    once = {"a": [0.9, 0.91, 0.92, 0.95], "b": [0.8, 0.81, 0.82, 0.8]}
    values = {arm: dict(enumerate(often * once[arm])) for arm, often in zip("ab", times, strict=True)}
    said = [note for note in judge_runs(finals(values, seeded=False)).notes if "every value" in note]
    assert [note.split(",")[0] for note in said] == [words.split(",")[0]] * bool(words)
    assert not any("every value" in note for note in judge_runs(finals(values)).notes)


def test_two_values_of_one_arm_that_stand_twice_may_be_chance():
    values = {"a": dict(enumerate([0.9, 0.9, 0.8, 0.8])), "b": dict(enumerate([0.7, 0.75, 0.8, 0.85]))}
    assert not any("every value" in note for note in judge_runs(finals(values, seeded=False)).notes)


def test_no_value_at_all_is_refused():
    with pytest.raises(
        RunsError, match=r"no run has a value \(final value\).* look whether the column is the right one"
    ):
        judge_runs(finals({arm: dict.fromkeys(range(4), NAN) for arm in "ab"}))
    growing = curves({arm: {seed: {0: 0.1, 1: 0.5} for seed in range(4)} for arm in "ab"})
    with pytest.raises(RunsError, match=r"ask for a target that some reach$"):
        judge_runs(growing, JudgeOptions(target=0.9))
    ended = curves({arm: {seed: {0: 0.1, 1: 0.5, 2: NAN} for seed in range(4)} for arm in "ab"})
    with pytest.raises(RunsError, match=r"NaN in a run's last row means that nothing was measured .* cell empty \(in"):
        judge_runs(ended)


def test_one_arm_is_refused():
    with pytest.raises(RunsError, match=r"there is one: a; add the runs of another, or name .* --arm COLUMN"):
        judge_runs(finals(lucky({"a": 0.9})))


@pytest.mark.parametrize(("single", "words"), [(("a",), "a has one"), (("a", "b"), "a, b have one")])
def test_one_run_of_an_arm_is_refused(single, words):
    values = lucky({"a": 0.9, "b": 0.5, "c": 0.1})
    values |= {label: {0: 0.5} for label in single}
    with pytest.raises(RunsError, match=rf"{words}; run each arm on several seeds .* --seed COLUMN"):
        judge_runs(finals(values))


def test_a_name_that_does_not_say_the_direction_is_refused_and_the_user_s_word_counts():
    table = finals(lucky({"a": 0.9, "b": 0.5}), "quality")
    with pytest.raises(RunsError, match="write --higher-is-better or --lower-is-better"):
        judge_runs(table)
    assert judge_runs(table, JudgeOptions(higher_is_better=False)).leader == "b"
    assert judge_runs(finals(lucky({"a": 0.9, "b": 0.5})), JudgeOptions(higher_is_better=False)).leader == "b"


def test_a_guessed_direction_is_doubted_where_curves_go_both_ways():
    both = {
        "grows": {seed: {0: 0.1 * seed, 1: 0.5 + 0.1 * seed} for seed in range(3)},
        "falls": {seed: {0: 0.5 + 0.1 * seed, 1: 0.1 * seed} for seed in range(3)},
    }
    doubtful = judge_runs(curves(both))
    assert any("grows with the steps in grows and falls in falls" in note for note in doubtful.notes)
    sure = judge_runs(curves(both), JudgeOptions(higher_is_better=True))
    assert not any("falls in falls" in note for note in sure.notes)


def test_shares_are_told_from_per_cent_by_their_values():
    share, per_cent = (judge_runs(finals(lucky({"a": 0.6 * k, "b": 0.5 * k}, luck=0.01 * k))) for k in (1, 100))
    assert (share.metric.in_percent, per_cent.metric.in_percent) == (True, False)
    assert not judge_runs(finals(lucky({"a": 0.6, "b": 0.5}), "loss")).metric.in_percent


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "exponential"])
@pytest.mark.parametrize("seeded", [True, False])
def test_a_leader_on_the_same_values_is_rarely_claimed_falsely(kind, seeded):
    draw, studies = np.random.default_rng(0), 120
    false = 0
    for _ in range(studies):
        values = {arm: dict(enumerate(getattr(draw, kind)(size=12))) for arm in "abcde"}
        judgement = judge_runs(finals(values, seeded=seeded))
        false += any(pair.verdict for pair in judgement.pairs)
    assert false / studies <= 0.05 + 2 * (0.05 * 0.95 / studies) ** 0.5


def test_names_that_move_a_cursor_are_shown_escaped_wherever_they_stand():
    sly = "red\x1b[31m\nline"
    table = finals({sly: {0: 0.5, 1: 0.6, 2: NAN}, "b": {0: 0.5, 1: 0.5}})
    said = judge_runs(replace(table, sources=(sly,))).to_json()
    assert "red" in said
    assert "\\u001b" not in said
    notes = reading_lines(judge_runs(table))
    assert any(note.startswith(r"red\x1b[31m\nline: 1 run without a value") for note in notes)


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_losses_that_are_all_equal_are_level_and_no_number_of_runs_decides(value):
    judgement = judge_runs(finals({arm: dict.fromkeys(range(10), value) for arm in "ab"}, metric="loss"))
    (pair,) = judgement.pairs
    assert (pair.verdict, pair.adjusted_p, pair.needed) == ("", 1.0, None)
    assert (pair.within is None) == (value == 0)  # 5 % of nothing is no margin
