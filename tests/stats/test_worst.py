import pytest

from lrlab.stats import fill_with_worst

SCORES = {"a": [0.9, 0.8, 0.7], "b": [0.6, 0.5, 0.99]}
FINE = [False, False, False]


def test_a_lost_run_counts_as_the_worst_that_is_there():
    lost = {"a": FINE, "b": [False, False, True]}
    assert fill_with_worst(SCORES, lost, True) == {"a": [0.9, 0.8, 0.7], "b": [0.6, 0.5, 0.5]}
    assert fill_with_worst(SCORES, lost, False) == {"a": [0.9, 0.8, 0.7], "b": [0.6, 0.5, 0.99]}


@pytest.mark.parametrize(("higher_is_better", "worst"), [(True, 0.5 - 0.49e-6), (False, 0.99 + 0.49e-6)])
def test_where_a_whole_arm_is_lost_it_is_a_hair_worse(higher_is_better, worst):
    filled = fill_with_worst(SCORES, {"a": [True] * 3, "b": FINE}, higher_is_better)
    assert filled["a"] == pytest.approx([worst] * 3, rel=1e-12)
    assert filled["b"] == SCORES["b"]


def test_none_is_no_value_and_stays_where_no_run_has_one():
    assert fill_with_worst({"a": [None, 1.0]}, {"a": [True, False]}, True) == {"a": [1.0, 1.0]}
    assert fill_with_worst({"a": [None, None]}, {"a": [True, True]}, True) == {"a": [None, None]}


def test_equal_values_leave_a_hair_too():
    filled = fill_with_worst({"a": [0.0], "b": [0.0]}, {"a": [True], "b": [False]}, True)
    assert filled["a"][0] < filled["b"][0] == 0
