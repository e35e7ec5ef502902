"""Laws of planned looks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import check_looks, fewest_pairs, first_look, spent_shares, usual_looks

looks = st.lists(st.integers(1, 200), min_size=1, max_size=8, unique=True).map(sorted)


@given(looks, st.floats(0.5, 3))
def test_all_of_alpha_is_spent_and_no_look_gets_nothing(planned: list[int], power: float) -> None:
    share_L = spent_shares(planned, power=power)
    assert share_L.sum() == pytest.approx(1)
    assert (share_L > 0).all()


def test_spending_by_hand() -> None:
    assert spent_shares([1, 4], power=0.5).tolist() == [0.5, 0.5]
    assert spent_shares([10, 20], power=1).tolist() == [0.5, 0.5]


@given(st.integers(1, 40), st.integers(2, 100))
def test_usual_looks_begin_where_something_can_be_decided(asked: int, last: int) -> None:
    if last < fewest_pairs(asked):
        with pytest.raises(StatisticsError, match=f"{fewest_pairs(asked)} or more can"):
            usual_looks(asked, last)
        return
    planned = usual_looks(asked, last)
    assert planned[-1] == last
    assert list(planned) == sorted(set(planned))
    assert planned[0] == first_look(asked, last)
    check_looks(planned, asked)


def test_a_first_look_too_early_is_refused_with_looks_that_can() -> None:
    with pytest.raises(StatisticsError, match=r"look at 5 seeds can decide none of 13 .* look at 12, 15, 19, 24, 30"):
        check_looks([5, 10, 30], 13)


def test_the_first_look_is_where_unanimous_pairs_just_pass() -> None:
    n, shares = first_look(13, 40), spent_shares([12, 40])
    assert n == 12
    assert 13 * 2.0 ** (1 - n) < 0.05 * shares[0]
    assert 13 * 2.0 ** (2 - n) > 0.05 * spent_shares([11, 40])[0]


@pytest.mark.parametrize("planned", [[], [10, 10], [20, 10]])
def test_looks_that_do_not_increase_are_refused(planned: list[int]) -> None:
    with pytest.raises(StatisticsError, match="write 12, 20, 30"):
        spent_shares(planned)


def test_a_power_that_spends_nothing_is_refused() -> None:
    with pytest.raises(StatisticsError, match="usual are 1 to 3"):
        spent_shares([10, 20], power=0)
    assert np.isfinite(spent_shares([10, 20], power=3)).all()
