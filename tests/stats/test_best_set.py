"""Which arms may be the best: what max-T says of each against all others."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import best_set, max_t


def kept(scores, seed=0, **options):
    return best_set(scores, **({"higher_is_better": True, "rng": np.random.default_rng(seed)} | options))


@st.composite
def arms(draw):
    n, count = draw(st.integers(2, 8)), draw(st.integers(1, 4))
    row = st.lists(st.integers(-9, 9), min_size=n, max_size=n)
    return {f"arm {place}": draw(row) for place in range(count)}


@settings(max_examples=60)
@given(arms())
def test_an_arm_is_out_where_max_t_claims_another_over_it(scores):
    found = kept(scores)
    pairs = list(combinations(scores, 2))
    rows = [np.subtract(scores[a], scores[b]) for a, b in pairs]
    claimed = max_t(rows, rng=np.random.default_rng(0)) < 0.05
    beaten = {(b if sum(row) > 0 else a) for (a, b), row, sure in zip(pairs, rows, claimed, strict=True) if sure}
    assert set(found) == set(scores) - beaten
    assert found


@settings(max_examples=40)
@given(arms(), st.randoms(use_true_random=False))
def test_laws(scores, random):
    found, labels = kept(scores), list(scores)
    assert list(found) == [label for label in labels if label in found]
    shuffled = {label: scores[label] for label in random.sample(labels, len(labels))}
    assert set(kept(shuffled)) == set(found)
    turned = {label: [-value for value in values] for label, values in scores.items()}
    assert kept(turned, higher_is_better=False) == found
    assert set(kept(scores, alpha=0.01)) >= set(found)
    assert max(scores, key=lambda label: (sum(scores[label]), label in found)) in found


def test_no_arm_and_one_arm():
    assert kept({}) == ()
    assert kept({"a": [1.0, 2.0]}) == ("a",)


@pytest.mark.parametrize("count", [2, 6])
def test_of_equal_arms_some_are_out_at_most_alpha_often(count):
    rng, studies = np.random.default_rng(2), 500
    lost = sum(len(kept({str(arm): rng.normal(size=8) for arm in range(count)})) < count for _ in range(studies))
    assert lost / studies <= 0.05 + 3 * (0.0475 / studies) ** 0.5


@pytest.mark.parametrize(
    ("scores", "options", "way_out"),
    [
        ({"a": [1.0], "b": [1.0, 2.0]}, {}, "arms must share their seeds, but have \\[1, 2\\].*; keep the seeds"),
        ({"a": [1.0], "b": [np.nan]}, {}, "b\\[0\\] = nan"),
        ({"a": [1.0]}, {"alpha": 0}, "`0 < alpha < 1` must hold"),
    ],
)
def test_refusals_say_the_way_out(scores, options, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        kept(scores, **options)
