"""Differences of scores: rounding is none."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrlab.stats import best_set, judge, paired, subtract, unpaired

SCORES = st.lists(st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9), min_size=1, max_size=8)


@given(SCORES)
def test_a_hair_of_rounding_is_no_difference_and_all_else_is_whole(scores):
    values = np.array(scores)
    assert not subtract(values, np.nextafter(values, np.inf)).any()
    apart = values + np.abs(values) * 1e-6 + 1e-6
    assert np.array_equal(subtract(apart, values), apart - values)
    assert np.array_equal(subtract(values, apart), -subtract(apart, values))


def test_no_claim_rests_on_the_digits_of_equal_scores():
    # 0.1 + 0.2 is a hair above 0.3
    sums, plain = [0.1 + 0.2] * 10, [0.3] * 10
    for compare, shared in ((paired, True), (paired, False), (unpaired, False)):
        (verdict,) = judge([compare(sums, plain, rng=np.random.default_rng(0))], shared=shared)
        assert (verdict.claim, verdict.adjusted_p, verdict.difference.difference) == ("none", 1.0, 0.0)
    rng = np.random.default_rng(0)
    assert best_set({"sums": sums, "plain": plain}, higher_is_better=True, rng=rng) == ("sums", "plain")
