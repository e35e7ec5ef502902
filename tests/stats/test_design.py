"""How many pairs decide a question: laws, and the product's own rule on simulated studies."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from lrlab.errors import StatisticsError
from lrlab.stats import fewest_pairs, seeds_needed, sign_flip_p
from lrlab.stats._design import _are_few, claims, saddlepoint_p, t_claims

SEEN = [0.4, 0.1, 0.9, -0.3, 0.5, 0.2]


def needed(differences=SEEN, *, seed=0, **options):
    return seeds_needed(differences, rng=np.random.default_rng(seed), **options)


def test_the_same_generator_gives_the_same_answer():
    assert needed() == needed() == 17
    assert abs(needed(seed=1) - 17) <= 2


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=12), st.floats(0.2, 1.5), st.integers(1, 20))
def test_a_larger_difference_needs_no_more_pairs_and_the_unit_and_the_sign_do_not_matter(values, wanted, comparisons):
    asked = {"comparisons": comparisons, "most": 400}
    one, twice = needed(values, difference=wanted, **asked), needed(values, difference=2 * wanted, **asked)
    assert one is None or (twice is not None and twice <= one)
    assert one is None or one >= fewest_pairs(comparisons)
    assert needed([-4 * value for value in values], difference=-4 * wanted, **asked) == one


def test_more_questions_need_more_pairs():
    asked = [needed(comparisons=count) for count in (1, 4, 13, 50)]
    assert asked == sorted(asked)
    assert asked[0] < asked[-1]


@pytest.mark.parametrize("comparisons", [1, 13, 25, 27])
def test_differences_without_spread_need_the_fewest_pairs_that_can_claim(comparisons):
    assert needed([0.3, 0.3, 0.3], comparisons=comparisons) == fewest_pairs(comparisons)


def test_none_where_there_is_nothing_to_see_or_it_takes_more_than_the_most():
    assert needed([0.0, 0.0, 0.0]) is None
    assert needed([1.0, -1.0, 0.0]) is None
    assert needed(difference=0.0) is None
    assert needed(most=16) is None
    assert needed(most=17) == 17
    assert needed(comparisons=27, most=10) is None
    assert needed(difference=0.001) is None


@pytest.mark.parametrize(
    ("ask", "way_out"),
    [
        (lambda: needed([1.0]), "`len(differences) >= 2` must hold, but got 1; add 1"),
        (lambda: needed(difference=float("inf")), "`difference` must be finite, but got inf; pass one worth knowing"),
        (lambda: needed(power=0.01), "`0.05 < power < 0.9999` must hold"),
        (lambda: needed(most=0), "`most >= 1` must hold"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_way_out(ask, way_out):
    with pytest.raises(StatisticsError, match=re.escape(way_out)):
        ask()


def samples(kind, n, shift, repetitions=300):
    rng = np.random.default_rng([n, len(kind)])
    drawn = {
        "normal": lambda: rng.normal(size=(repetitions, n)),
        "exponential": lambda: 1 - rng.exponential(size=(repetitions, n)),
        "lattice": lambda: np.rint(rng.normal(size=(repetitions, n)) * 2.5) / 2.5,
    }
    return drawn[kind]() + shift


@pytest.mark.parametrize("kind", ["normal", "exponential", "lattice"])
@pytest.mark.parametrize("level", [0.05, 0.004])
def test_claims_at_a_level_are_those_of_scipys_t_test(kind, level):
    for n, shift in ((6, 1.8), (20, 0.65)):
        study = samples(kind, n, shift)
        p = ttest_1samp(study, 0, axis=1).pvalue
        assert (t_claims(study, level) == ((p < level) & (study.mean(axis=1) > 0))).all()


def test_a_level_asks_for_fewer_pairs_than_holm_and_never_for_fewer_than_can_claim():
    assert needed(comparisons=13, level=0.0046) <= needed(comparisons=13)
    assert needed([0.3, 0.3, 0.3], comparisons=13, level=0.0046) == 6
    assert needed(level=0.05) == pytest.approx(needed(), abs=1)


@pytest.mark.parametrize("kind", ["normal", "exponential", "lattice"])
def test_the_saddlepoint_decides_as_the_counted_flips_do(kind):
    for n, shift in ((16, 0.8), (20, 0.65)):
        study = samples(kind, n, shift)
        counted = np.array([sign_flip_p(row) for row in study])
        assert np.mean((counted < 0.05) == (saddlepoint_p(study) < 0.05)) >= 0.97


def test_the_saddlepoint_knows_unanimity_and_no_difference():
    assert saddlepoint_p(np.ones((1, 8))).item() == pytest.approx(2 / 2**8, rel=0.6)
    assert saddlepoint_p(np.array([[1.0, -1.0, 0.0], [0.0, 0.0, 0.0]])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("n", [2, 6, 9, 12, 13, 20])
def test_up_to_twenty_pairs_claims_are_those_of_counted_flips(n):
    study = np.concatenate([samples(kind, n, 3.5 / n**0.5, 60) for kind in ("normal", "exponential", "lattice")])
    for family in (1, 13):
        counted = np.array([sign_flip_p(row) * family < 0.05 for row in study])
        assert (claims(study, family, 0.05) == counted & (study.mean(axis=1) > 0)).all()


@pytest.mark.parametrize("family", [1, 9, 200, 20_000])
@pytest.mark.parametrize("n", [6, 10, 15, 19])
def test_few_patterns_are_counted_as_the_test_counts_them(n, family):
    draw = np.random.default_rng(n)
    kinds = [
        draw.normal(draw.uniform(0.3, 2.5, (40, 1)), 1, (40, n)),
        draw.normal(1.5, 1, (30, n)).round(),  # ties and zeros
        np.abs(draw.normal(size=(3, n))),
        np.zeros((1, n)),
    ]
    rows = np.concatenate(kinds)
    expected = [sign_flip_p(row) * family < 0.05 for row in rows]
    assert _are_few(rows, family, 0.05).tolist() == expected
