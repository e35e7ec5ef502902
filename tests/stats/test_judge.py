from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import critical_t, holm, judge, max_t, paired, smallest_decided_difference, t_interval, unpaired

P_VALUES = st.lists(st.floats(0, 1), max_size=12)

CLEAR = paired(np.arange(10) + 1.0, np.arange(10) + np.tile([0.0, 0.1], 5), rng=np.random.default_rng(0))
WEAK = replace(CLEAR, p=0.6, low=-0.4, high=1.5, difference=0.5, sd=1.5)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        # by hand: sorted p times 4, 3, 2, 1, each at least the one before
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.02, 0.02, 0.5, 0.9], [0.08, 0.08, 1.0, 1.0]),
        ([0.04], [0.04]),
        ([], []),
    ],
)
def test_holm_by_hand(p_values, adjusted):
    np.testing.assert_allclose(holm(p_values), adjusted, rtol=1e-14)


@given(P_VALUES, st.randoms(use_true_random=False))
def test_holm_laws(p_values, random):
    adjusted = holm(p_values)
    order = np.argsort(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(1, len(p_values) * np.array(p_values))).all()
    assert (np.diff(adjusted[order]) >= 0).all()
    shuffle = random.sample(range(len(p_values)), len(p_values))
    assert holm(np.array(p_values)[shuffle]).tolist() == adjusted[shuffle].tolist()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.data())
def test_a_part_of_a_family_is_never_adjusted_less_than_in_the_whole(p_values, data):
    kept = data.draw(st.lists(st.integers(0, len(p_values) - 1), min_size=1, unique=True))
    alone = holm(np.array(p_values)[kept], family=len(p_values))
    assert (alone >= holm(p_values)[kept]).all()


def test_a_clear_difference_is_claimed_for_the_larger_arm():
    turned = replace(CLEAR, difference=-CLEAR.difference, low=-CLEAR.high, high=-CLEAR.low)
    verdicts = judge([CLEAR, WEAK, turned])
    assert [verdict.claim for verdict in verdicts] == ["a", "none", "b"]
    assert [verdict.adjusted_p for verdict in verdicts] == [3 / 512, 0.6, 3 / 512]
    assert [verdict.difference for verdict in verdicts] == [CLEAR, WEAK, turned]
    assert verdicts[1].smallest_visible == smallest_decided_difference(1.5, 10, comparisons=3, shared=False)
    assert [verdict.level for verdict in verdicts] == [0.05 / 3] * 3


@pytest.mark.parametrize("p", [0.06, 0.05])  # a tie with alpha is none
def test_a_large_p_is_no_claim(p):
    assert judge([replace(CLEAR, p=p)])[0].claim == "none"


def test_paired_claims_are_the_tests_and_unpaired_ones_need_the_interval_too():
    assert judge([replace(CLEAR, low=-0.1)])[0].claim == "a"
    apart = unpaired([5.0, 6.0, 7.0, 8.0, 6.5], [1.0, 2.0, 3.0, 2.5, 1.5], rng=np.random.default_rng(0))
    assert judge([apart])[0].claim == "a"
    assert judge([replace(apart, low=-0.1)])[0].claim == "none"
    assert judge([replace(apart, low=0.0)])[0].claim == "none"  # touching is not excluding


def scores(rows, n=10, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, n))


def pairs_of(rows):
    return [paired(row, np.zeros(len(row)), rng=np.random.default_rng(0)) for row in rows]


def test_shared_seeds_are_flipped_for_all_and_others_that_might_have_been_asked_count():
    rows = scores(4) + np.array([[2.0], [0.9], [0.0], [0.0]])
    verdicts = judge(pairs_of(rows[:3]), shared=True, among=[rows[3]], rng=np.random.default_rng(0))
    expected = max_t(rows, rng=np.random.default_rng(0))
    assert [verdict.adjusted_p for verdict in verdicts] == expected[:3].tolist()
    critical = critical_t(rows, alpha=0.05, rng=np.random.default_rng(0))
    for verdict in verdicts:  # a t test at its level has this critical value
        assert t_interval([0.0, 2.0] * 5, level=1 - verdict.level).high - 1 == pytest.approx(critical / 3, rel=1e-9)


@given(st.integers(0, 10**6), st.integers(2, 9))
def test_shared_claims_never_fewer_than_holms_and_levels_between_one_question_and_all(seed, rows):
    pairs = pairs_of(scores(rows, 8, seed) + 1)
    shared, holms = judge(pairs, shared=True), judge(pairs)
    for one, other in zip(shared, holms, strict=True):
        assert one.difference.p - 1e-12 <= one.adjusted_p
        assert one.smallest_visible < inf
        assert 0 < one.level <= 0.05
        assert other.adjusted_p <= 1


def test_what_lies_within_the_margin_is_equal_and_a_difference_comes_first():
    near = paired(np.arange(10.0), np.arange(10.0) + np.tile([0.01, -0.01], 5), rng=np.random.default_rng(0))
    shifted = replace(near, difference=0.02, differences=tuple(0.02 + d / 10 for d in near.differences), p=0.001)
    verdicts = judge([near, shifted], margin=0.1)
    assert [verdict.claim for verdict in verdicts] == ["equal", "a"]
    assert all(verdict.equal_p == pytest.approx(2 / 1024) and verdict.margin == 0.1 for verdict in verdicts)
    assert judge([near], margin=0.001)[0].claim == "none"
    assert judge([near])[0].equal_p is None


def test_no_adjusted_p_is_below_its_own_and_one_question_keeps_its_own():
    draw = np.random.default_rng(3)
    for n in (18, 25):  # p is counted up to 20 pairs, max-T up to 16
        rows = draw.normal(size=(3, n)) + 0.6
        pairs = [paired(row, np.zeros(n), rng=np.random.default_rng(0)) for row in rows]
        for seed in range(5):
            verdicts = judge(pairs, shared=True, rng=np.random.default_rng(seed))
            assert all(verdict.adjusted_p >= pair.p for verdict, pair in zip(verdicts, pairs, strict=True))
            (alone,) = judge(pairs[:1], shared=True, rng=np.random.default_rng(seed))
            assert alone.adjusted_p == pairs[0].p


def test_a_larger_family_takes_claims_away():
    assert [judge([CLEAR], family=size)[0].claim for size in (1, 25, 26)] == ["a", "a", "none"]
    assert judge([CLEAR], family=26)[0].smallest_visible == inf


def test_no_comparison_no_verdict():
    assert judge([]) == ()


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: holm([0.1, 1.2]), r"`0 <= p <= 1` must hold, but got \[0.1, 1.2\]; pass p-values"),
        (lambda: holm([0.1, float("nan")]), r"p_values\[1\] = nan"),
        (lambda: holm([0.1, 0.2], family=1), "but got 1 < 2; count every comparison that might have been asked"),
        (lambda: judge([CLEAR, WEAK], family=1), "count every comparison"),
        (lambda: judge([CLEAR], alpha=0), "`0 < alpha < 1` must hold, but got 0; usual"),
        (lambda: judge([CLEAR], margin=0), "`0 < margin < inf` must hold, but got 0; give the largest difference"),
        (lambda: judge([CLEAR, *pairs_of(scores(1, 8))], shared=True), "keep the seeds that all arms have"),
    ],
)
def test_refusals_say_the_way_out(call, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        call()
