"""Averages over classes of many evaluations at once are those of each."""

import numpy as np
import pytest

from lrlab.errors import StatisticsError
from lrlab.spec import Evaluation, SparseCounts, know_macros, stack_counts

TWO, OTHER, THREE = ((3, 1), (0, 4)), ((0, 2), (0, 0)), ((1, 0, 0), (0, 1, 0), (2, 0, 1))
SPARSE = SparseCounts(classes=3, cells=((0, 0, 3), (0, 1, 1)))


def evaluation(confusion):
    return Evaluation(loss=1.0, score=0.5, confusion=confusion)


def test_they_are_those_of_each():
    every = [TWO, None, THREE, OTHER, SPARSE, TWO]
    known, alone = (list(map(evaluation, every)) for _ in range(2))
    know_macros(known)
    assert ["macro" in vars(each) for each in known] == [True, False, True, True, False, True]
    assert [each.macro for each in known] == [each.macro for each in alone]
    assert known == alone
    assert "macro" not in known[0].to_dict()


@pytest.mark.parametrize("wrong", [((1, 0), (0,)), ((0, 0), (0, 0)), ((2, -1), (0, 1))])
def test_each_says_for_itself_what_is_wrong(wrong):
    fine, broken = evaluation(TWO), evaluation(wrong)
    know_macros([fine, broken])
    assert fine.macro == evaluation(TWO).macro
    with pytest.raises((StatisticsError, ValueError)):
        _ = broken.macro


@pytest.mark.parametrize("confusions", [[], [None], [TWO, THREE], [SPARSE], [TWO, ((1, 0), (0,))]])
def test_counts_that_do_not_stack(confusions):
    assert stack_counts(confusions) is None


def test_counts_that_stack():
    np.testing.assert_array_equal(stack_counts([TWO, OTHER]), np.array([TWO, OTHER]))
