import math
from dataclasses import replace

import numpy as np
import pytest

from lrlab.errors import RunsError
from lrlab.judging import JudgeOptions, judge_runs
from lrlab.report._judged_words import reading_lines
from lrlab.spec import Judgement
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
        (True, "3 paired seeds can decide nothing however clear it is: 1 question asks for 6"),
        (
            False,
            "3 against 3 unpaired runs can decide nothing however clear it is: 1 question asks for 4 runs of each arm, "
            "or 6 paired",
        ),
    ],
)
def test_too_few_runs_say_how_many_could(seeded, words):
    judgement = judge_runs(finals(lucky({"a": 0.9, "b": 0.1}, seeds=range(3)), seeded=seeded))
    assert judgement.pairs[0].verdict == ""
    assert judgement.pairs[0].smallest_visible is None
    assert judgement.pairs[0].needed >= 4
    assert any(words in note for note in judgement.notes)


def test_too_few_runs_in_one_arm_are_said_of_its_pairs():
    values = lucky({"a": 0.9, "b": 0.5, "c": 0.1})
    values["c"] = {seed: values["c"][seed] for seed in range(3)}
    judgement = judge_runs(finals(values), JudgeOptions(questions="pairs"))
    assert any("(so in 2 pairs of 3)" in note for note in judgement.notes)


def test_where_fewer_questions_are_carried_that_is_the_way_out():
    judgement = judge_runs(finals(lucky(dict.fromkeys("abcdefgh", 0.5))))
    assert judgement.family == 28
    assert any("asks 7, which 10 seeds carry: --baseline NAME" in note for note in judgement.notes)
    assert not any("--baseline NAME" in note for note in judge_runs(finals(lucky(dict.fromkeys("abc", 0.5)))).notes)


def test_no_value_at_all_is_refused():
    with pytest.raises(
        RunsError, match=r"no run has a value \(final value\).* look whether the column is the right one"
    ):
        judge_runs(finals({arm: dict.fromkeys(range(4), NAN) for arm in "ab"}))
    growing = curves({arm: {seed: {0: 0.1, 1: 0.5} for seed in range(4)} for arm in "ab"})
    with pytest.raises(RunsError, match="ask for a target that some reach"):
        judge_runs(growing, JudgeOptions(target=0.9))


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
