import math

import numpy as np
import pytest

from lrlab.errors import RunsError
from lrlab.judging import JudgeOptions, final_values, judge_runs
from lrlab.trackers import read_runs
from support.run_tables import curves, finals, lucky, table_of

NAN = math.nan
GROWING = {
    "fast": {seed: {0: 0.1, 10: 0.8 + seed / 100, 20: 0.9 + seed / 100} for seed in range(4)},
    "slow": {seed: {0: 0.1, 10: 0.4 + seed / 100, 20: 0.95 + seed / 100} for seed in range(4)},
}


def values_of(table, **options):
    judgement = judge_runs(table, JudgeOptions(**options))
    return {arm.label: arm.values for arm in judgement.arms}, judgement


def test_the_final_value_is_that_of_the_last_step_in_whatever_order_rows_come():
    rows = [
        (arm, seed, "accuracy", step, value)
        for arm, runs in GROWING.items()
        for seed, c in runs.items()
        for step, value in c.items()
    ]
    for order in (rows, rows[::-1]):
        values, judgement = values_of(table_of(order))
        assert sorted(values["slow"]) == pytest.approx([0.95, 0.96, 0.97, 0.98])
        assert judgement.what == "final value"
        assert judgement.arms[0].label == "slow"


def test_the_value_at_a_step():
    values, judgement = values_of(curves(GROWING), at_step=10)
    assert values["fast"] == pytest.approx((0.8, 0.81, 0.82, 0.83))
    assert judgement.what == "value at step 10"
    assert judgement.arms[0].label == "fast"


def test_a_step_that_a_run_lacks_is_refused_with_its_nearest():
    with pytest.raises(
        RunsError, match=r"arm fast, seed 0 \(runs.csv:4\) has none; its nearest are at 10 and 20; write at_step=10"
    ):
        judge_runs(curves(GROWING), JudgeOptions(at_step=14))


def test_a_run_that_diverged_before_the_step_has_no_value_there():
    gone = GROWING | {"slow": GROWING["slow"] | {2: {0: 0.1, 5: NAN}}}
    values, _ = values_of(curves(gone), at_step=10)
    assert values["slow"][2] is None


def test_steps_to_a_target_fewer_are_better_and_not_reached_is_shown_as_such():
    values, judgement = values_of(curves(GROWING), target=0.905)
    assert values["fast"] == (None, 20, 20, 20)
    assert values["slow"] == (20, 20, 20, 20)
    assert judgement.what == "steps to 0.905"
    assert judgement.metric.higher_is_better
    assert any("fast did not reach 0.905 in 1 of 4 runs" in note for note in judgement.notes)
    early, _ = values_of(curves(GROWING), target=0.75)
    assert early["fast"] == (10, 10, 10, 10)


def test_runs_that_miss_the_target_are_compared_up_to_the_shortest_of_them():
    longer = {
        "short": {seed: {0: 0.0, 10: 0.5, 20: 0.6} for seed in range(6)},
        "long": {seed: {0: 0.0, 10: 0.9, 50: 0.95} for seed in range(6)},
    }
    _, judgement = values_of(curves(longer), target=0.8)
    short = next(arm for arm in judgement.arms if arm.label == "short")
    assert (short.score, short.missing) == (None, 6)
    assert [(pair.a, pair.verdict) for pair in judgement.pairs] == [("long", "long")]
    assert judgement.pairs[0].difference == pytest.approx(10 - 20, abs=1e-3)
    assert any("end at different steps, up to 50, and arm short, seed 0" in note for note in judgement.notes)
    late = {seed: {0: 0.0, 10: 0.5, 30: 0.9} for seed in range(3)} | {seed: {0: 0.9, 30: 0.9} for seed in range(3, 6)}
    values, _ = values_of(curves(longer | {"late": late}), target=0.8)
    assert values["late"] == (None,) * 3 + (0,) * 3  # those that arrive at 30, after 20, do not count


def test_a_target_is_refused_where_a_run_ends_short_of_it_before_any_arrives():
    runs = {
        "slow_long": {seed: {t: 0.1 * t + 0.001 * seed for t in range(10)} for seed in range(8)},
        "quick_short": {seed: {t: 0.15 * t + 0.001 * seed for t in range(4)} for seed in range(8)},
    }
    with pytest.raises(RunsError, match=r"arm quick_short, seed 0 .* ends at step 3 .* \(step 5\).*; ask for a target"):
        judge_runs(curves(runs), JudgeOptions(target=0.5))


def test_a_run_that_diverged_shortens_no_way_to_the_target():
    runs = {
        "a": {seed: {0: 0.0, 10: 0.5, 20: 0.9} for seed in range(6)} | {0: {0: 0.0, 5: NAN}},
        "b": {seed: {0: 0.0, 10: 0.9, 20: 0.9} for seed in range(6)},
    }
    values, judgement = values_of(curves(runs), target=0.8)
    assert values["a"] == (None, 20, 20, 20, 20, 20)
    assert any("each counts as the last step of all runs" in note for note in judgement.notes)


def test_a_loss_reaches_its_target_from_above():
    falling = {
        arm: {seed: {1: 2.0, 2: last, 3: last / 2} for seed in range(4)} for arm, last in (("a", 0.5), ("b", 1.5))
    }
    values, _ = values_of(curves(falling, "loss"), target=0.8)
    assert values == {"a": (2,) * 4, "b": (3,) * 4}


def test_the_area_is_the_mean_height_over_the_steps_that_all_have():
    uneven = {
        "line": {seed: {0: 0.0, 10: 10.0, 30: 30.0} for seed in range(3)},
        "flat": {seed: {5: 4.0, 12: 4.0, 20: 4.0} for seed in range(3)},
    }
    values, judgement = values_of(curves(uneven), area=True)
    assert values["line"] == pytest.approx((12.5,) * 3)  # from step 5 to 20
    assert values["flat"] == pytest.approx((4.0,) * 3)
    assert judgement.what == "area under the curve"
    assert any("from step 5 to 20" in note for note in judgement.notes)


def test_areas_without_common_steps_are_refused():
    apart = {"a": {0: {0: 1.0, 5: 1.0}, 1: {0: 1.0, 5: 1.0}}, "b": {0: {6: 1.0, 9: 1.0}, 1: {6: 1.0, 9: 1.0}}}
    with pytest.raises(RunsError, match="one begins at 6 and one ends at 5; take the short runs out"):
        judge_runs(curves(apart), JudgeOptions(area=True))


@pytest.mark.parametrize("option", [{"at_step": 3}, {"target": 0.5}, {"area": True}])
def test_what_needs_steps_is_refused_without(option):
    with pytest.raises(RunsError, match=rf"{next(iter(option))} needs steps, .* leave {next(iter(option))} out"):
        judge_runs(finals(lucky({"a": 0.5, "b": 0.6})), JudgeOptions(**option))


def test_runs_without_the_metric_are_named():
    rows = [(arm, seed, "accuracy", None, 0.5) for arm in "ab" for seed in range(3)] + [("b", 3, "loss", None, 1.0)]
    with pytest.raises(RunsError, match=r"1 run of 7 lack it: arm b, seed 3 \(runs.csv:8\); take these runs out"):
        judge_runs(table_of(rows, ("accuracy", "loss")))


def test_runs_that_end_at_different_steps_are_said():
    uneven = {"a": {0: {1: 0.1, 2: 0.2}, 1: {1: 0.1}}, "b": {0: {1: 0.3, 2: 0.4}, 1: {1: 0.3, 2: 0.4}}}
    _, judgement = values_of(curves(uneven))
    assert any("end at different steps, 1 to 2" in note for note in judgement.notes)


def test_curves_are_means_with_bands_thinned_and_without_gaps():
    steps = np.arange(1000)
    long = {arm: {seed: dict(zip(steps, 0.1 * seed + steps / 1000, strict=True)) for seed in range(3)} for arm in "ab"}
    long["b"][2] = {0: 0.2, 1: NAN}
    _, judgement = values_of(curves(long))
    first, second = judgement.curves
    assert len(first.steps) == 300
    assert (first.steps[0], first.steps[-1], first.means[-1]) == (0, 999, pytest.approx(0.1 + 0.999))
    assert all(low <= mean <= high for low, mean, high in zip(first.lows, first.means, first.highs, strict=True))
    assert second.means[-1] == pytest.approx(0.05 + 0.999)
    assert judge_runs(finals(lucky({"a": 0.5, "b": 0.6}))).curves == ()


def test_steps_without_a_value_cost_a_run_that_did_not_diverge_nothing():
    line = {seed: {step: float(step) for step in range(11)} for seed in range(6)}
    gaps = {seed: curve | {0: NAN, 4: NAN, 7: math.inf} for seed, curve in line.items()}
    values, judgement = values_of(curves({"line": line, "gaps": gaps}), area=True)
    assert values == {"line": pytest.approx((5.5,) * 6), "gaps": pytest.approx((5.5,) * 6)}  # from step 1 to 10
    assert "from step 1 to 10" in " ".join(judgement.notes)
    with pytest.raises(RunsError, match=r"arm gaps, seed 0 .* has none; its nearest are at 3 and 5"):
        judge_runs(curves({"line": line, "gaps": gaps}), JudgeOptions(at_step=4))
    values, _ = values_of(curves({"line": line, "gaps": gaps}), at_step=5)
    assert values["gaps"] == (5.0,) * 6


def test_a_run_that_diverged_does_not_cut_the_areas_of_others_short():
    broken = {0: {0: 1.0, 1: NAN}, **{seed: {0: 1.0, 10: 0.5 + seed / 100, 20: 0.0} for seed in (1, 2, 3)}}
    table = curves({"a": broken, "b": {seed: {0: 1.0, 20: 0.6} for seed in range(4)}}, metric="loss")
    values, judgement = values_of(table, area=True)
    assert values["a"] == (None, pytest.approx(0.505), pytest.approx(0.51), pytest.approx(0.515))
    assert values["b"] == pytest.approx((0.8,) * 4)
    assert "from step 0 to 20" in " ".join(judgement.notes)


def test_values_whose_squares_overflow_are_refused_and_curves_leave_them_out():
    with pytest.raises(RunsError, match=r"a run of big counts with 1e\+200 .*write NaN for a run that diverged"):
        judge_runs(finals({"big": {0: 1e200, 1: 1.0}, "small": {0: 1.0, 1: 2.0}}))
    high = {seed: {0: 1.0 + seed, 1: 1e300, 2: 0.5} for seed in range(3)}
    _, judgement = values_of(curves({"a": high, "b": high}))
    assert judgement.curves[0].steps == (0, 2)


@pytest.mark.parametrize(
    ("metric", "share"), [("val_acc", True), ("Acc@1", True), ("accumulated_reward", False), ("testAccuracy", True)]
)
def test_accuracies_alone_are_shown_in_per_cent(metric, share):
    rows = [(arm, seed, metric, None, 0.5 + seed / 10) for arm in "ab" for seed in range(3)]
    table = table_of(rows, [metric])
    judgement = judge_runs(table, JudgeOptions(higher_is_better=True))
    assert judgement.metric.share is share


def test_final_values_need_no_direction_and_leave_diverged_runs_out():
    rows = [(arm, seed, "quality", None, NAN if seed == 2 else float(seed)) for arm in "ab" for seed in range(3)]
    metric, values = final_values(table_of(rows, ["quality"]))
    assert (metric.name, metric.share) == ("quality", False)
    assert values == {"a": {"0": 0.0, "1": 1.0}, "b": {"0": 0.0, "1": 1.0}}


def test_what_it_took_to_reach_an_accuracy_is_no_accuracy(tmp_path):
    path = tmp_path / "runs.csv"
    rows = [f"{arm},{seed},{at + seed / 100}" for arm, at in {"fast": 0.5, "slow": 1.7}.items() for seed in range(8)]
    path.write_text("\n".join(["arm,seed,hours_to_90_acc", *rows]))
    judgement = judge_runs(read_runs(path))
    assert judgement.leader == judgement.pairs[0].verdict == "fast"
    path.write_text(path.read_text().replace(",1.7", ",0.7"))
    assert not judge_runs(read_runs(path)).metric.in_percent
