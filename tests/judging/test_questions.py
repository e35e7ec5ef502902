import numpy as np
import pytest

from lrlab.errors import RunsError, UnknownName
from lrlab.judging import JudgeOptions, judge_runs
from support.run_tables import finals, lucky, table_of

FOUR = lucky({"a": 0.6, "b": 0.63, "c": 0.61, "d": 0.5})


def asked(table=None, **options):
    judgement = judge_runs(table or finals(FOUR), JudgeOptions(**options))
    return [(pair.a, pair.b) for pair in judgement.pairs], judgement


def with_other(correlation, lead="c"):
    """A second metric whose chance goes with that of the first, and by which one arm leads."""
    rows = []
    for arm, runs in FOUR.items():
        own = np.array(list(runs.values())) - np.mean(list(runs.values()))
        noise = np.random.default_rng(list(arm.encode())).normal(scale=own.std(), size=len(own))
        other = correlation * own + (1 - correlation**2) ** 0.5 * noise + (0.9 if arm == lead else 0.8)
        for (seed, value), second in zip(runs.items(), other, strict=True):
            rows += [(arm, seed, "accuracy", None, value), (arm, seed, "validation_accuracy", None, second)]
    return table_of(rows, ("accuracy", "validation_accuracy"))


def test_unless_said_the_best_leads_and_all_pairs_count():
    pairs, judgement = asked()
    assert pairs == [("b", "a"), ("b", "c"), ("b", "d")]
    assert (judgement.questions, judgement.leader, judgement.chosen_by, judgement.family) == ("leader", "b", "", 6)
    assert any("each of the 6 pairs of arms might have been asked" in note for note in judgement.notes)


def test_a_baseline_is_held_against_each():
    pairs, judgement = asked(baseline="d")
    assert pairs == [("a", "d"), ("b", "d"), ("c", "d")]
    assert (judgement.questions, judgement.baseline, judgement.family) == ("baseline", "d", 3)


def test_all_pairs():
    pairs, judgement = asked(questions="pairs")
    assert (len(pairs), judgement.family) == (6, 6)


def test_a_leader_named_beforehand_asks_what_the_lab_asks():
    pairs, judgement = asked(leader="c", baseline="d")
    assert pairs == [("c", "a"), ("c", "b"), ("c", "d"), ("a", "d"), ("b", "d")]
    assert (judgement.leader, judgement.chosen_by, judgement.family) == ("c", "you, beforehand", 5)
    assert len(asked(leader="d", baseline="d")[0]) == 3


def test_a_leader_by_another_metric():
    pairs, judgement = asked(with_other(0.0), leader_by="validation_accuracy")
    assert pairs == [("c", "a"), ("c", "b"), ("c", "d")]
    assert (judgement.leader, judgement.chosen_by, judgement.family) == ("c", "validation_accuracy", 3)


def test_a_metric_that_no_run_has_picks_no_leader():
    rows = [(arm, seed, "accuracy", None, value) for arm, runs in FOUR.items() for seed, value in runs.items()]
    rows += [(arm, seed, "validation_accuracy", None, float("nan")) for arm, seed, *_ in rows]
    with pytest.raises(RunsError, match=r"no run has a value of validation_accuracy.*name another metric, or a b"):
        asked(table_of(rows, ("accuracy", "validation_accuracy")), leader_by="validation_accuracy")


def test_another_metric_that_goes_with_the_judged_one_widens_the_family():
    _, judgement = asked(with_other(0.99), leader_by="validation_accuracy")
    assert (judgement.leader, judgement.family) == ("c", 6)
    assert any("validation_accuracy goes with what is judged" in note for note in judgement.notes)


def test_an_arm_that_diverged_on_more_seeds_leads_by_no_metric():
    table = with_other(0.0)
    gone = {("c", "0"), ("c", "1")}
    judgement = judge_runs(
        type(table)(**{**table.__dict__, "diverged": frozenset(gone)}), JudgeOptions(leader_by="validation_accuracy")
    )
    assert judgement.leader != "c"


def test_a_metric_of_unknown_direction_picks_no_leader():
    rows = [(arm, seed, name, None, 0.1 * seed) for arm in "abc" for seed in range(4) for name in ("accuracy", "thing")]
    with pytest.raises(RunsError, match=r"the name thing does not say .* --leader ARM"):
        judge_runs(table_of(rows, ("accuracy", "thing")), JudgeOptions(leader_by="thing"))


def test_lower_is_better_where_the_metric_says_so():
    _, judgement = asked(finals(FOUR, "loss"))
    assert judgement.leader == "d"
    assert all(pair.difference < 0 for pair in judgement.pairs)
    assert [arm.label for arm in judgement.arms] == ["d", "a", "c", "b"]


@pytest.mark.parametrize(
    ("options", "way_out"),
    [
        ({"baseline": "dd"}, "unknown arm as baseline 'dd'"),
        ({"leader": "e"}, "unknown arm as leader 'e'"),
    ],
)
def test_arms_that_are_not_there_are_refused(options, way_out):
    with pytest.raises(UnknownName, match=way_out):
        asked(**options)


@pytest.mark.parametrize(
    ("options", "way_out"),
    [
        ({"questions": "all"}, "write one of them"),
        ({"questions": "baseline"}, 'write baseline="NAME"'),
        ({"leader": "a", "leader_by": "loss"}, "leave one out"),
        ({"leader": "a", "questions": "pairs"}, "leave one of the two out"),
        ({"area": True, "target": 0.5}, "write one of at_step, target and area"),
    ],
)
def test_questions_that_contradict_themselves_are_refused(options, way_out):
    with pytest.raises(RunsError, match=way_out):
        JudgeOptions(**options)
