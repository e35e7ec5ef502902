"""A judgement in words: never more than its verdicts allow."""

import re

import numpy as np
import pytest

import lrlab
from lrlab.report import judgement_answer
from lrlab.report._judged_names import few_names, name_in_text
from lrlab.report._judged_table import judged_table
from lrlab.report._judged_within import margin_line
from lrlab.report._judged_words import (
    judged_pair_sentence,
    judgement_details,
    judgement_headline,
    reading_lines,
)
from lrlab.spec import Margin, Metric
from support.judgements import LABELS, example_judgement, example_values

SAME = "the same on every seed, to the last digit: look whether what tells them apart is used"

LOSS = Metric(name="loss", higher_is_better=False)
ALIKE = {"a": [0.5, 0.6, 0.7, 0.5, 0.6, 0.7, 0.5, 0.6], "b": [0.6, 0.5, 0.7, 0.6, 0.5, 0.6, 0.4, 0.6]}


def undecided_everywhere(judgement):
    pairs = tuple(pair.model_copy(update={"verdict": ""}) for pair in judgement.pairs)
    return judgement.model_copy(update={"pairs": pairs})


def test_two_arms_of_which_one_is_better():
    answer = judgement_answer(example_judgement(example_values(("a", "b"))))
    assert answer == (
        "a is better than b by 5.6 points of accuracy: 95.6 % accuracy against 90.0 %. "
        "95 % interval 5.4 to 5.8, adjusted p 0.002, 10 paired seeds."
    )


def test_two_arms_that_are_not_told_apart_say_how_many_runs_would():
    answer = judgement_answer(example_judgement(ALIKE))
    assert answer.startswith("Undecided: a is ahead of b by")
    assert "better" not in answer.replace("where lower is better", "")
    assert "About 42 paired seeds (34 more) would decide it, if the true difference is the one seen." in answer


def test_as_many_runs_as_there_are_have_to_be_new_ones():
    answer = judgement_answer(example_judgement(ALIKE, needed=8))
    assert "8 paired seeds. About 8 new paired seeds would decide it, if the true difference" in answer
    answer = judgement_answer(example_judgement(ALIKE, needed=7, is_paired=False))
    assert "About 7 new runs of each arm would decide it" in answer


def test_level_arms_are_called_level():
    judgement = example_judgement({"a": [0.5, 0.6] * 4, "b": [0.6, 0.5] * 4}, needed=None)
    assert judgement_headline(judgement) == "Undecided: a and b are level."
    assert "they are level" in judged_pair_sentence(judgement.pairs[0], judgement)


def test_a_leader_that_beats_all_is_best():
    assert judgement_headline(example_judgement()) == "linear is better than every other arm: 95.6 % accuracy."


def test_a_leader_that_beats_some_leads_and_the_rest_is_undecided():
    judgement = example_judgement(is_paired=False)
    assert judgement_headline(judgement) == "linear leads with 95.6 % accuracy and is better than step."
    effects, undecided = judgement_details(judgement)
    assert effects.startswith("In points of accuracy: linear over step by 5.6 (")
    assert undecided.startswith("Undecided against cosine and constant. About 42 runs of each arm (32 more) would")


def test_many_differences_are_told_from_the_smallest_to_the_largest():
    answer = judgement_answer(example_judgement(example_values(tuple("abcdefgh"))))
    assert re.search(
        r"The differences are 0\.\d to 5\.\d points of accuracy; every adjusted p at most 0\.\d+\.", answer
    )


def test_a_leader_that_beats_none_is_not_called_better():
    judgement = undecided_everywhere(example_judgement())
    assert judgement_headline(judgement) == (
        "Undecided: linear leads with 95.6 % accuracy, but is not shown to be better than any other arm."
    )
    assert "In points" not in judgement_answer(judgement)


def test_a_leader_picked_by_another_metric_may_be_beaten():
    judgement = example_judgement(leader="step", chosen_by="validation loss")
    assert judgement_headline(judgement) == (
        "linear, cosine and constant are better than step, which was picked to lead."
    )
    assert "The leader was picked by validation loss." in reading_lines(judgement)


@pytest.mark.parametrize("labels", [LABELS, ("linear", "step"), tuple("abcdefgh")])
def test_a_baseline_is_named_with_what_is_better_than_it(labels):
    judgement = example_judgement(example_values(labels), questions="baseline")
    headline = judgement_headline(judgement)
    assert f"better than {labels[-1]}" in headline
    nothing = judgement_headline(undecided_everywhere(judgement))
    assert re.match("No arm is shown to be better|Undecided", nothing)


def test_where_every_arm_is_worse_than_the_baseline_that_is_said():
    values = example_values()
    judgement = example_judgement(values, leader="linear", questions="leader")
    turned = judgement.model_copy(update={"questions": "baseline", "baseline": "linear", "leader": ""})
    assert judgement_headline(turned) == "Every arm is worse than linear."


def test_of_all_pairs_those_told_apart_are_counted_and_the_best_is_named():
    assert judgement_headline(example_judgement(questions="pairs")).startswith("linear is better than every other arm")
    some = example_judgement(questions="pairs", is_paired=False)
    assert judgement_headline(some) == "3 of 6 pairs are told apart; no arm is better than all others."
    assert "Undecided: linear against cosine, linear against constant and cosine against constant." in (
        judgement_answer(some)
    )
    assert judgement_headline(undecided_everywhere(some)) == "Undecided: none of 6 pairs is told apart."


@pytest.mark.parametrize("questions", ["leader", "baseline", "pairs"])
@pytest.mark.parametrize("metric", [Metric(name="accuracy"), LOSS])
def test_nothing_is_called_better_without_a_verdict(questions, metric):
    values = example_values(higher_is_better=metric.higher_is_better)
    judgement = undecided_everywhere(example_judgement(values, questions=questions, metric=metric))
    words = [judgement_answer(judgement), *(judged_pair_sentence(pair, judgement) for pair in judgement.pairs)]
    for sentence in words:
        assert re.search("undecided|No arm is shown", sentence, re.IGNORECASE)
        assert not re.search(r"(?<!shown to be )better than", sentence)


def test_a_difference_has_the_sign_that_makes_its_first_better():
    values = example_values(("good", "bad"), higher_is_better=False)
    judgement = example_judgement(values, metric=LOSS)
    sentence = judged_pair_sentence(judgement.pairs[0], judgement)
    assert re.match(r"good is better than bad by 0\.05\d+ of loss, where lower is better \(95 % interval 0", sentence)


def test_too_few_runs_say_that_no_verdict_is_possible():
    judgement = example_judgement(example_values(("a", "b", "c"), runs=3), needed=None)
    words = "With 3 seeds no difference can be claimed, however clear it is; 7 seeds carry 2 comparisons."
    assert words in judgement_answer(judgement)
    few = example_judgement(ALIKE, is_paired=False, needed=None)
    blind = few.pairs[0].model_copy(update={"smallest_visible": None, "runs_a": 2, "runs_b": 1})
    words = judged_pair_sentence(blind, few.model_copy(update={"pairs": (blind,)}))
    assert words.endswith(
        "with 2 and 1 runs and 1 comparison no difference can be claimed; 4 runs of each arm allow it"
    )


def test_an_arm_ahead_that_did_not_learn_is_said_to_be_called_better_than_none():
    one = example_judgement(ALIKE, needed=None)
    arms = tuple(arm.model_copy(update={"failed": 5}) if arm.label == "a" else arm for arm in one.arms)
    idle = one.model_copy(update={"arms": arms})
    reason = "a diverged or learned nothing on 5 of 8 runs, so it is called better than no other"
    assert judgement_answer(idle).count(reason) == 1
    assert judged_pair_sentence(idle.pairs[0], idle).endswith(reason)
    assert "No number of runs" not in judgement_answer(idle)


def test_where_no_number_of_runs_would_do_that_is_said():
    judgement = example_judgement(ALIKE, needed=None)
    assert "No number of runs that anyone would make decides it." in judgement_answer(judgement)
    assert judged_pair_sentence(judgement.pairs[0], judgement).endswith("more would be needed than anyone would make")


def test_needs_of_several_pairs_are_told_from_the_first_to_the_last():
    judgement = undecided_everywhere(example_judgement())
    needs = (90, 20, None)
    pairs = tuple(p.model_copy(update={"needed": n}) for p, n in zip(judgement.pairs, needs, strict=True))
    answer = judgement_answer(judgement.model_copy(update={"pairs": pairs}))
    assert (
        "About 20 paired seeds (10 more) would decide constant, the first of them, 90 paired seeds (80 more) the "
        in (answer)
    )
    assert answer.endswith("the last that can be, if the true differences are those seen.")


def test_runs_without_a_value_are_counted():
    values = example_values()
    values["cosine"][2] = None
    values["step"] = [None] * 10
    judgement = example_judgement(values, leader="linear")
    answer = judgement_answer(judgement)
    assert "1 of 10 runs of cosine and 10 of 10 runs of step are without a value and count as the worst" in answer
    table = judged_table(judgement)
    column = table.header.index("without value")
    assert {row[0]: row[column] for row in table.rows} == {"linear": "0", "constant": "0", "cosine": "1", "step": "10"}
    assert next(row for row in table.rows if row[0] == "step")[1:3] == ("none", "")


def test_an_arm_without_any_value_has_no_difference_that_means_something():
    found = example_judgement({"a": [0.9 + 0.01 * place for place in range(10)], "b": [None] * 10})
    assert found.pairs[0].verdict == "a"
    assert judgement_headline(found) == "a is better than b, of which no run has a value."
    assert "points" not in judged_pair_sentence(found.pairs[0], found)


def test_steps_to_a_target_are_counted_and_fewer_are_better():
    values = {label: [1000 * v for v in run] for label, run in example_values(higher_is_better=False).items()}
    judgement = example_judgement(values, what="steps to 0.9")
    assert re.match(r"linear is better than every other arm: 4\d\.\d steps to 0\.9\.", judgement_answer(judgement))
    assert judged_table(judgement).header[1] == "steps to 0.9"
    assert "steps (95 % interval" in judged_pair_sentence(judgement.pairs[-1], judgement)
    assert "Judged: steps to 0.9 (accuracy), lower is better, of 40 runs in 4 arms." in reading_lines(judgement)


def test_whole_steps_are_written_whole_and_one_is_one():
    values = {"a": [1200.0] * 10, "b": [1201.0] * 10}
    judgement = example_judgement(values, what="steps to 0.9", margin=Margin(value=1.0, why="as asked"))
    assert judgement_headline(judgement) == ("a is better than b by 1 step: 1,200 steps to 0.9 against 1,201.")
    assert "a is better than b by 1 step (95 % interval" in judged_pair_sentence(judgement.pairs[0], judgement)
    assert margin_line(judgement) == "Arms count as equal within 1 step: as asked."
    far = example_judgement({"a": [1200.0] * 10, "b": [3400.0] * 10}, what="steps to 0.9")
    assert "a is better than b by 2,200 steps: 1,200 steps to 0.9 against 3,400." in judgement_headline(far)


def test_the_table_holds_each_arm_against_the_leader():
    table = judged_table(example_judgement())
    assert table.header == (
        "arm",
        "accuracy (%)",
        "95 % interval",
        "verdict",
        "runs",
        "against the leader",
        "its 95 % interval",
        "adjusted p",
    )
    assert [row[3] for row in table.rows] == ["leader", "worse", "worse", "worse"]
    assert table.rows[0][5:] == ("", "", "")
    assert table.rows[-1][5].startswith("\N{MINUS SIGN}5.")


def test_a_table_of_all_pairs_names_what_each_arm_is_better_than():
    table = judged_table(example_judgement(questions="pairs"))
    assert table.header[3] == "better than"
    assert [row[3] for row in table.rows] == ["cosine, constant and step", "step", "step", ""]


def test_how_it_was_read_has_pairing_notes_and_files():
    lines = reading_lines(example_judgement(is_paired=False))
    assert lines[0] == "Judged: final value of accuracy, higher is better, of 40 runs in 4 arms."
    assert lines[1] == "Not paired: the arms share no seed."
    assert "for 3 questions" in lines[2]
    assert lines[3:] == ["The column 'schedule' was taken for the arm.", "Read from runs.csv."]


def test_a_name_from_right_to_left_is_set_apart_and_no_other():
    assert name_in_text("cosine") == "cosine"
    assert name_in_text("נסיון") == "\N{FIRST STRONG ISOLATE}נסיון\N{POP DIRECTIONAL ISOLATE}"
    assert few_names(["a"] * 9).endswith("and 6 more")


@pytest.mark.parametrize("target", [0.45, 0.41])
def test_no_size_is_told_of_a_difference_from_runs_without_a_value(target):
    rows = [
        {"arm": arm, "seed": seed, "step": step, "loss": 2 / (1 + step) + (arm == "b") / 10 + seed % 5 / 100}
        for arm in "ab"
        for seed in range(7)
        for step in range(5)
    ]
    judgement = lrlab.judge(rows, target=target).judgement
    (pair,) = judgement.pairs
    assert abs(pair.difference) < 1e-5
    table = [cell for row in judged_table(judgement).rows for cell in row]
    told = " ".join([judgement_answer(judgement), judged_pair_sentence(pair, judgement), *table])
    assert "of which no run has a value" in told
    assert not re.search(r"e-\d|00000", told)


def near_judgement():
    """Two arms within a point of each other and one far below, as `judge` has them."""
    rng = np.random.default_rng(0)
    luck = rng.normal(0.9, 0.01, size=10)
    values = {"a": luck, "b": luck + rng.normal(0, 0.001, size=10), "c": luck - 0.1 + rng.normal(0, 0.004, size=10)}
    rows = [
        {"arm": arm, "seed": seed, "accuracy": float(value)}
        for arm, runs in values.items()
        for seed, value in enumerate(runs)
    ]
    return lrlab.judge(rows, leader="a").judgement


def test_arms_within_the_margin_are_said_to_be_and_the_margin_is_explained():
    judgement = near_judgement()
    near = next(pair for pair in judgement.pairs if pair.b == "b")
    assert near.within == 0.01
    assert "lie within 1 point of accuracy of each other" in judged_pair_sentence(near, judgement)
    assert "p of lying within 0.00" in judged_pair_sentence(near, judgement)
    answer = judgement_answer(judgement)
    assert "a leads with" in answer
    assert "is better than c" in answer
    assert "The best is among" in answer
    assert "b lies within 1 point of accuracy of a." in answer
    assert "Undecided" not in answer
    assert any(line.startswith("Arms count as equal within 1 point of accuracy") for line in reading_lines(judgement))
    assert any("by flips of whole seeds for 2 questions" in line for line in reading_lines(judgement))
    assert "equal" in [row[3] for row in judged_table(judgement).rows]


def test_two_arms_within_the_margin_are_no_tie_to_be_decided():
    judgement = near_judgement()
    alone = judgement.model_copy(
        update={"pairs": judgement.pairs[:1], "arms": tuple(arm for arm in judgement.arms if arm.label != "c")}
    )
    headline = judgement_headline(alone)
    assert headline == "a and b lie within 1 point of accuracy of each other: neither is better by more."


def judged_rows(values, *, seeded=True, metric="acc", **asked):
    """The judgement of runs by arm, numbered by seed where these are given."""
    rows = [
        {"arm": arm, **({"seed": seed} if seeded else {}), metric: value}
        for arm, runs in values.items()
        for seed, value in enumerate(runs)
    ]
    return lrlab.judge(rows, **asked).judgement


@pytest.mark.parametrize("metric", ["acc", "loss"])
@pytest.mark.parametrize("asked", [{}, {"margin": 0.5}])
def test_arms_that_are_the_same_on_every_seed_are_said_to_be_instead_of_equal(metric, asked):
    runs = [0.5 + seed / 16 for seed in range(7)]
    judgement = judged_rows({"a": runs, "b": runs}, metric=metric, **asked)
    assert judgement.pairs[0].within
    assert judgement_headline(judgement) == f"a and b are {SAME}."
    assert f"they are {SAME}" in judged_pair_sentence(judgement.pairs[0], judgement)
    near = judged_rows({"a": runs, "b": [runs[0] + 1e-9, *runs[1:]]}, metric=metric, **asked)
    assert "last digit" not in judgement_answer(near)


def test_arms_that_are_the_same_are_no_matter_of_more_runs_where_there_is_no_margin():
    judgement = judged_rows({"a": [0.0] * 7, "b": [0.0] * 7}, metric="loss")
    assert judgement_headline(judgement) == f"Undecided: a and b are {SAME}."
    assert "No number of runs" not in judgement_answer(judgement)
    assert judged_pair_sentence(judgement.pairs[0], judgement).endswith(SAME)


@pytest.mark.parametrize("asked", [{}, {"baseline": "a"}, {"questions": "pairs"}])
def test_of_several_pairs_those_that_are_the_same_are_named(asked):
    rng = np.random.default_rng(0)
    luck = rng.normal(0.9, 0.01, size=8)
    values = {"a": luck, "b": luck, "c": luck - 0.2 + rng.normal(0, 0.01, size=8)}
    answer = judgement_answer(judged_rows(values, **asked))
    assert len(re.findall(f"(a and b|b and a) are {re.escape(SAME)}", answer)) == 1


def test_arms_without_seeds_may_be_the_same_in_all_runs():
    runs = [0.5 + seed / 16 for seed in range(7)]
    judgement = judged_rows({"a": runs, "b": runs[::-1]}, seeded=False)
    assert judgement_headline(judgement).startswith("Undecided: a and b are the same in all runs, to the last digit")
    level = judged_rows({"a": [0.25, 0.75, 0.5, 0.5], "b": [0.5, 0.5, 0.375, 0.625]}, seeded=False)
    assert judgement_headline(level) == "Undecided: a and b are level."


def test_as_many_steps_to_a_target_on_every_seed_are_no_doubt_of_the_arms():
    rows = [
        {"arm": arm, "seed": seed, "step": step, "acc": 0.1 if step < 10 + seed else at}
        for arm, at in (("a", 0.9), ("b", 0.8))
        for seed in range(7)
        for step in range(20)
    ]
    assert "last digit" not in judgement_answer(lrlab.judge(rows, target=0.5).judgement)


def test_a_name_that_begins_a_sentence_keeps_its_letters():
    """Else what is said of adam would be said of Adam."""
    rng = np.random.default_rng(1)
    values = {"Adam": rng.normal(0.9, 0.01, 8), "adam": rng.normal(0.8, 0.2, 8), "sgd": rng.normal(0.7, 0.01, 8)}
    judgement = judged_rows(values, questions="pairs")
    arms = tuple(arm.model_copy(update={"failed": 5 * (arm.label == "adam")}) for arm in judgement.arms)
    answer = judgement_answer(undecided_everywhere(judgement.model_copy(update={"arms": arms})))
    assert "adam diverged or learned nothing on 5 of 8 runs" in answer
    assert "Adam diverged" not in answer
    noted = judgement.model_copy(update={"notes": ("adam: a note", "admitted: another", "adamant: a third")})
    assert reading_lines(noted)[-3:] == ["adam: a note.", "Admitted: another.", "Adamant: a third."]


def test_runs_that_share_no_seeds_are_told_what_paired_ones_could_show():
    luck = [0.9 + 0.001 * run for run in range(10)]
    values = {"a": luck, "b": [value + 0.0002 * (-1) ** run for run, value in enumerate(luck)]}
    apart, paired = judged_rows(values, seeded=False), judged_rows(values)
    assert (apart.pairs[0].within, paired.pairs[0].within) == (None, 0.01)
    line = "Runs that share no seeds cannot be shown to be equal; paired seeds could be, within 1 point of acc: a point"
    assert any(each.startswith(line) for each in reading_lines(apart))
    assert not any("Arms count as equal" in each for each in reading_lines(apart))
    assert any(each.startswith("Arms count as equal within 1 point of acc: ") for each in reading_lines(paired))
    assert "decides it; paired seeds could show the arms equal." in judgement_answer(apart)
    clear = judged_rows(values | {"b": [value - 0.2 for value in luck]}, seeded=False)
    assert not any("equal" in each for each in reading_lines(clear))


@pytest.mark.parametrize(("seeds", "said"), [(5, True), (6, False)])
def test_whose_interval_it_is_where_the_test_has_none_is_said(seeds, said):
    values = {"a": [1.0 + 0.1 * s * s for s in range(seeds)], "b": [0.5 + 0.1 * s for s in range(seeds)]}
    judgement = judged_rows(values, metric="loss", margin=0.001)
    for words in (judgement_answer(judgement), judged_pair_sentence(judgement.pairs[0], judgement)):
        assert (f" by Student's t, as {seeds} seeds give the test none, adjusted p" in words) == said
