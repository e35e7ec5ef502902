"""Within which difference arms count as equal: in points of shares, in whatever unit these are."""

import math

import pytest

from lrlab.errors import RunsError
from lrlab.judging import JudgeOptions, judge_runs
from lrlab.trackers import read_runs
from support.run_tables import curves, finals, lucky

NAN = math.nan
NEAR = {
    "a": dict(enumerate([0.80, 0.82, 0.84, 0.86, 0.88, 0.84])),
    "b": dict(enumerate([0.83, 0.84, 0.83, 0.88, 0.91, 0.86])),
}


def test_the_usual_margin_is_a_point_of_a_share_and_a_round_part_of_all_else():
    shares, losses = lucky({"a": 0.6, "b": 0.5}), lucky({"a": 2.9, "b": 3.5})
    assert judge_runs(finals(shares)).margin.value == 0.01
    found = judge_runs(finals(losses, "loss")).margin
    assert found.value == 0.2  # 5 % of 2.9, rounded
    assert "5 % of the best arm's 2.9" in found.why
    per_cent = judge_runs(finals({arm: {s: 100 * v for s, v in runs.items()} for arm, runs in shares.items()}))
    assert per_cent.margin.value == 1.0
    nothing = {arm: dict.fromkeys(range(6), 0.0) for arm in "ab"}
    assert judge_runs(finals(nothing, "loss")).margin is None


@pytest.mark.parametrize("metric", ["accuracy", "test_f1", "AUC", "val/top5_accuracy", "mIoU", "macro_f1"])
def test_shares_and_per_cents_of_the_same_runs_get_the_same_answer(metric):
    share = {
        "a": dict(enumerate([0.87, 0.872, 0.874, 0.876, 0.878])),
        "b": dict(enumerate([0.898, 0.903, 0.903, 0.908, 0.908])),
    }
    found = []
    for unit in (1, 100):
        values = {arm: {seed: unit * value for seed, value in runs.items()} for arm, runs in share.items()}
        judgement = judge_runs(finals(values, metric), JudgeOptions(higher_is_better=True))
        assert judgement.margin.value == 0.01 * unit
        (pair,) = judgement.pairs
        found.append((pair.verdict, pair.within, round(pair.difference / unit, 9), pair.adjusted_p, pair.equal_p))
    assert found[0] == found[1]
    assert found[0][:2] == ("", None)


@pytest.mark.parametrize("asked", [None, 1])
def test_a_heading_in_per_cent_over_values_of_0_to_1_calls_nothing_equal(asked):
    values = lucky({"a": 0.6, "b": 0.5})
    options = JudgeOptions(higher_is_better=True, margin=asked)
    judgement = judge_runs(finals(values, "test_accuracy (%)"), options)
    assert (judgement.metric.in_percent, judgement.margin.value) == (False, 0.01)


@pytest.mark.parametrize("asked", [None, 1])
@pytest.mark.parametrize(("heading", "sign"), [("test accuracy (%)", "%"), ("test accuracy (%)", ""), ("acc", "%")])
def test_signs_of_per_cent_in_heading_cells_or_both_give_one_answer(heading, sign, asked):
    def rows(heading, sign):
        return [
            {"arm": arm, "seed": seed, heading: f"{100 * value:.1f}{sign}"}
            for arm, each in NEAR.items()
            for seed, value in each.items()
        ]

    found, plain = (
        judge_runs(read_runs(rows(*spelt)), JudgeOptions(margin=asked)) for spelt in ((heading, sign), ("acc", ""))
    )
    unit = 100 if found.metric.in_percent else 1
    assert found.margin.value * unit == plain.margin.value == 1
    assert [(pair.within, pair.verdict) for pair in found.pairs] == [(None, "")]
    assert found.pairs[0].difference * unit == pytest.approx(plain.pairs[0].difference)


@pytest.mark.parametrize("metric", ["dice", "val_accuracy", "test_f1 (%)"])
@pytest.mark.parametrize("asked", [None, 1])
def test_a_value_a_hair_above_1_makes_no_per_cent_of_shares(metric, asked):
    runs = {"a": [1.0000001, 0.97, 0.96, 0.98, 0.95, 0.99], "b": [0.80, 0.70, 0.99, 0.75, 0.999, 0.6]}
    found = {}
    for most in (1.0000001, 1.0):
        values = {arm: {seed: min(most, value) for seed, value in enumerate(each)} for arm, each in runs.items()}
        found[most] = judge_runs(finals(values, metric), JudgeOptions(higher_is_better=True, margin=asked))
    near, exact = found.values()
    assert near.margin == exact.margin
    assert (near.margin.value, near.metric.in_percent) == (0.01, metric == "val_accuracy")
    assert [pair.within for pair in near.pairs] == [None]


@pytest.mark.parametrize("metric", ["accuracy", "test_f1", "AUC", "mIoU", "dice", "val/top5_accuracy"])
def test_a_margin_is_asked_for_in_points_of_shares_in_whatever_unit_these_are(metric):
    for unit in (1, 100):
        values = {arm: {seed: unit * value for seed, value in runs.items()} for arm, runs in NEAR.items()}
        for points, within in ((1, False), (10, True)):
            judgement = judge_runs(finals(values, metric), JudgeOptions(higher_is_better=True, margin=points))
            assert judgement.margin.value == pytest.approx(points * unit / 100)
            assert (judgement.pairs[0].within is not None) == within
            assert ("a point of shares being 0.01" in judgement.margin.why) == (unit == 1 and "acc" not in metric)


def test_a_margin_that_would_hold_every_score_is_refused_where_points_may_be_meant():
    table = finals(NEAR, "success_rate")
    with pytest.raises(RunsError, match=r"a margin of 2 holds every difference.* you mean points, write 0\.02"):
        judge_runs(table, JudgeOptions(higher_is_better=True, margin=2))
    assert judge_runs(table, JudgeOptions(higher_is_better=True, margin=0.02)).margin.value == 0.02
    assert judge_runs(finals(NEAR, "loss"), JudgeOptions(margin=2)).pairs[0].within == 2


def test_steps_to_an_accuracy_have_no_margin_of_a_point():
    table = curves(
        {arm: {seed: {10: 0.1, at + seed: 0.9} for seed in range(6)} for arm, at in {"a": 40, "b": 80}.items()}
    )
    assert judge_runs(table, JudgeOptions(target=0.5)).margin.value == 2.0  # 5 % of about 42


@pytest.mark.parametrize("margin", [0, -1.0, math.inf, NAN])
def test_a_margin_that_is_none_is_refused_with_the_way_out(margin):
    with pytest.raises(RunsError, match=r"above 0, but got .*; give one, or leave it out for the usual one"):
        JudgeOptions(margin=margin)
