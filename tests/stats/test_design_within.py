"""How many pairs show that two arms lie within a margin: laws, and the product's own rule on simulated studies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import equivalence_p, fewest_pairs_within, seeds_needed_within

SEEN = [0.4, 0.1, 0.9, -0.3, 0.5, 0.2]


def needed(differences=SEEN, margin=1.0, *, seed=0, **options):
    return seeds_needed_within(differences, margin, rng=np.random.default_rng(seed), **options)


def shown(n, margin, comparisons, repetitions=400):
    """The share of studies of n pairs drawn from those seen in which the rule says "within", one by one."""
    rng, seen = np.random.default_rng(7), np.array(SEEN)
    away = (seen - seen.mean()) * np.sqrt(len(seen) / (len(seen) - 1)) + seen.mean()
    draws = rng.choice(away, size=(repetitions, n))
    p = [equivalence_p(row, margin, rng=rng) for row in draws]
    return np.mean(np.array(p) * comparisons < 0.05)


@pytest.mark.parametrize(("margin", "comparisons"), [(0.8, 1), (0.6, 1), (0.7, 6)])
def test_the_rule_itself_says_within_in_four_of_five_studies_of_so_many(margin, comparisons):
    found = needed(margin=margin, comparisons=comparisons)
    assert found > fewest_pairs_within(comparisons)
    assert shown(found, margin, comparisons) > 0.74
    assert shown(found - 2, margin, comparisons) < 0.84


@pytest.mark.parametrize("comparisons", [1, 2, 3, 4, 6, 12, 51])
def test_fewer_pairs_than_the_fewest_show_nothing(comparisons):
    fewest = fewest_pairs_within(comparisons)
    assert equivalence_p([0.0] * fewest, 1.0) * comparisons < 0.05
    assert equivalence_p([0.0] * (fewest - 1), 1.0) * comparisons >= 0.05
    assert needed([0.0, 0.0, 0.0], comparisons=comparisons) == fewest


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=10), st.floats(0.3, 2), st.integers(1, 20))
def test_a_wider_margin_needs_no_more_and_unit_and_sign_do_not_matter(values, margin, comparisons):
    asked = {"comparisons": comparisons, "most": 300}
    one, wide = needed(values, margin, **asked), needed(values, 2 * margin, **asked)
    assert one is None or (wide is not None and wide <= one)
    assert needed([-4 * value for value in values], 4 * margin, **asked) == one


def test_what_is_not_within_the_margin_is_never_shown_to_be():
    assert needed(margin=0.2) is None
    assert needed([0.5, 0.5, 0.5], 0.5) is None
    assert needed(margin=0.31, most=50) is None


def test_numbers_that_are_none_are_refused():
    with pytest.raises(StatisticsError, match="`0 < margin < inf` must hold"):
        needed(margin=0)
    with pytest.raises(StatisticsError):
        needed([0.1])
