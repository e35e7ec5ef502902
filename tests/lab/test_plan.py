"""How many seeds, and how long: laws of plans, and where the spread comes from."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError, StudyError
from lrlab.lab import Cost, Wanted, given_spread, pilot_study, plan_seeds, spread_of_study, spread_of_values
from lrlab.lab._plan import MOST_SEEDS, questions_of
from lrlab.spec import MANY
from lrlab.stats import enough_pairs, pairs_to_decide, power_of_design
from support.ends import study
from support.results import example_results

NO_COST = Cost()


def plan(arms=8, difference=0.5, sd=0.8, cost=NO_COST, **wanted):
    spread = None if sd is None else given_spread(sd)
    return plan_seeds(Wanted(arms=arms, difference=difference, **wanted), spread, cost)


def test_eight_schedules_and_half_a_point():
    found = plan()
    assert (found.questions, found.needed, found.recommended, found.enough) == (13, 40, 40, 12)
    assert found.needed == pairs_to_decide(0.5, 0.8, comparisons=13)
    assert [row.seeds for row in found.rows] == [6, 8, 10, 12, 16, 20, 30, 40]
    assert [row.patterns for row in found.rows[:4]] == [1, 6, 25, 102]
    assert [row.smallest for row in plan(seeds=5).rows[:2]] == [None, pytest.approx(2.64, abs=0.01)]
    assert found.row.trainings == 8 * 40


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 20), st.floats(0.2, 2), st.floats(0.1, 2), st.floats(0.5, 0.95))
def test_more_seeds_never_answer_less_and_larger_differences_need_no_more(arms, difference, sd, power):
    found, larger = plan(arms, difference, sd, power=power), plan(arms, 1.5 * difference, sd, power=power)
    carried = [row.carried for row in found.rows]
    smallest = [row.smallest for row in found.rows]
    assert carried == sorted(carried)
    known = [each for each in smallest if each is not None]
    assert known == sorted(known, reverse=True)
    assert smallest[: len(smallest) - len(known)] == [None] * (len(smallest) - len(known))
    assert found.needed is None or larger.needed <= found.needed
    assert found.recommended >= found.enough == enough_pairs(questions_of(arms))
    if found.needed is not None:
        assert power_of_design(difference / sd, found.needed, comparisons=found.questions) >= power


def test_without_spread_or_difference_the_questions_decide():
    assert plan(sd=None).recommended == plan(difference=None).recommended == 12
    assert plan(sd=None).row.smallest is None
    assert plan(arms=2, difference=None).recommended == 10
    assert plan(arms=0, questions=27, difference=None).row.trainings is None


def test_a_difference_that_nobody_can_see_is_none():
    found = plan(difference=1e-4)
    assert found.needed is None
    assert (found.recommended, found.most) == (12, MOST_SEEDS)


def test_a_clear_difference_is_not_planned_on_unanimous_seeds():
    found = plan(difference=9.0)
    assert found.needed == 6
    assert found.recommended == 12


def test_trainings_and_time_count_the_tuning():
    found = plan(cost=Cost(tuning=64, seconds=lambda count: 0.5 * count), seeds=9)
    row = next(row for row in found.rows if row.seeds == 9)
    assert (row.trainings, row.seconds) == (64 + 72, 68.0)
    assert row.carried == MANY
    assert plan(seeds=5).rows[0].carried == 0


@pytest.mark.parametrize(("seconds", "taken"), [(60 / 400, 30), (61 / 400, 12)])
def test_as_many_seeds_are_recommended_as_a_comparison_takes(seconds, taken):
    """30 where all 400 trainings, of rivals too, take a minute or less."""
    cost = Cost(tuning=55, seconds=lambda count: seconds * count, rivals=3.5)
    found = plan(difference=None, cost=cost)
    assert cost.trainings(8, 30) == 55 + 240 + 105 == 400
    assert found.recommended == taken
    assert found.row.trainings == cost.trainings(8, taken)
    assert plan(difference=0.5, cost=cost).recommended == 40  # what is asked for is not less than what it needs


@pytest.mark.parametrize(
    ("ask", "way_out"),
    [
        (lambda: plan(arms=0), "a plan needs arms to compare; give schedules, or --arms 8, or --questions 13"),
        (lambda: plan(arms=1), "arms are 2 to 1000, but got 1; one arm asks no question"),
        (lambda: plan(questions=0), "questions are 1 to 1,000,000, but got 0; 8 schedules ask 13"),
        (lambda: plan(difference=0.0), "a difference is a number above 0, but got 0.0; give the smallest one worth"),
        (lambda: plan(sd=0.0), "a spread is a number above 0, but got 0.0; give the standard deviation of the diff"),
        (lambda: plan(seeds=1), "seeds are 2 to 10,000, but got 1; leave them out to see several numbers"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_way_out(ask, way_out):
    with pytest.raises(StudyError, match=re.escape(way_out)):
        ask()


def test_a_power_that_cannot_be_is_refused():
    with pytest.raises(StatisticsError, match=r"`0.05 < power < 0.9999` must hold, but got 1.5; usual are"):
        plan(power=1.5)


def test_the_spread_of_values_is_that_of_paired_differences():
    values = {
        "a": {"1": 1.0, "2": 2.0, "3": 6.0, "9": 100.0},
        "b": {"1": 0.0, "2": 0.0, "3": 0.0},
        "c": {"1": 1.0, "2": 1.0, "3": 1.0},
    }
    found = spread_of_values(values, "of loss", "runs.csv")
    assert found.low == found.usual == found.high == pytest.approx(7**0.5)  # of 1, 2, 6; b - c has no spread
    assert (found.unit, found.source) == ("of loss", "2 pairs of arms of runs.csv")


def test_arms_that_share_no_seeds_count_as_paired_by_chance():
    values = {"a": {"1": 0.0, "2": 2.0, "3": 4.0}, "b": {"4": 0.0, "5": 1.5, "6": 3.0}}
    found = spread_of_values(values, "", "x")
    assert found.usual == pytest.approx(2.5)  # of 2 and 1.5
    assert found.source == "1 pair of arms of x that share no seeds"


def test_too_little_tells_no_spread():
    assert spread_of_values({"a": {"1": 1.0, "2": 2.0}, "b": {"1": 3.0, "2": 1.0}}, "", "x") is None
    assert spread_of_values({"a": {"1": 1.0, "2": 2.0, "3": 3.0}}, "", "x") is None


def test_the_spread_of_a_study_is_in_points_where_its_metric_is():
    results = example_results(schedules=("constant", "cosine"), confirm_seeds=6)
    found = spread_of_study(results)
    scores = [[record.test.score for record in results.confirmed if results.study.label_of(record.trial) == label]
              for label in ("constant", "cosine")]  # fmt: skip
    differences = [100 * (a - b) for a, b in zip(*scores, strict=True)]
    mean = sum(differences) / 6
    assert found.usual == pytest.approx((sum((d - mean) ** 2 for d in differences) / 5) ** 0.5)
    assert found.unit == "points of accuracy"


def test_a_pilot_trains_each_schedule_once_on_seeds_of_its_own():
    draft = study(peaks=(0.01, 0.1, 1.0))
    pilot = pilot_study(draft)
    assert pilot.labels == draft.labels
    assert {arm.candidates[0].peak for arm in pilot.arms} == {0.1}
    assert pilot.tuning_trials == 0
    assert not set(pilot.confirm.seeds) & {*draft.tune.seeds, *draft.confirm.seeds}
    assert pilot.planned_trials == 8 * len(draft.labels)
