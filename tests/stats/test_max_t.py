"""Several questions by flips of whole seeds: brute force, laws, one question, and the size of the test."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import critical_t, holm, max_t, one_sided_flip_p, sign_flip_p

ROWS = st.integers(1, 4).flatmap(
    lambda rows: st.integers(2, 7).flatmap(
        lambda seeds: st.lists(
            st.lists(st.integers(-6, 6), min_size=seeds, max_size=seeds), min_size=rows, max_size=rows
        )
    )
)


def adjusted(rows, seed=0, **options):
    return max_t(rows, rng=np.random.default_rng(seed), **options)


def by_brute_force(rows, one_sided):
    """Step by step, as the definition has it."""
    rows = np.array(rows, dtype=float)
    norms = np.sqrt((rows**2).sum(axis=1))
    units = rows / np.where(norms > 0, norms, 1)[:, None]
    size = (lambda t: t) if one_sided else np.abs
    seen, found, left, floor = size(units.sum(axis=1)), np.ones(len(rows)), list(range(len(rows))), 0.0
    flips = size(np.array([units @ signs for signs in product([1, -1], repeat=rows.shape[1])]))
    while left:
        first = max(left, key=lambda row: seen[row])
        floor = max(floor, np.mean(flips[:, left].max(axis=1) >= seen[first] - 1e-9))
        found[first] = floor
        left.remove(first)
    return found


@settings(max_examples=80)
@given(ROWS, st.booleans())
def test_equals_brute_force(rows, one_sided):
    np.testing.assert_allclose(adjusted(rows, one_sided=one_sided), by_brute_force(rows, one_sided), atol=1e-12)


@settings(max_examples=60)
@given(ROWS, st.randoms(use_true_random=False))
def test_laws(rows, random):
    rows, found = np.array(rows, dtype=float), adjusted(rows)
    own = np.array([sign_flip_p(row) for row in rows])
    order, seeds = random.sample(range(len(rows)), len(rows)), random.sample(range(rows.shape[1]), rows.shape[1])
    assert (found >= own - 1e-12).all()
    assert (found >= 2.0 ** (1 - rows.shape[1]) - 1e-12).all()
    np.testing.assert_allclose(adjusted(rows[order]), found[order], atol=1e-12)
    np.testing.assert_allclose(adjusted(rows[:, seeds]), found, atol=1e-12)
    np.testing.assert_allclose(adjusted(rows * np.arange(1, len(rows) + 1)[:, None]), found, atol=1e-12)  # the unit
    np.testing.assert_allclose(adjusted(-rows), found, atol=1e-12)
    # a row that is there twice costs nothing, one more never gains
    np.testing.assert_allclose(adjusted(np.concatenate([rows, rows]))[: len(rows)], found, atol=1e-12)
    more = np.concatenate([rows, np.arange(rows.shape[1])[None] - 2.0])
    assert (adjusted(more)[: len(rows)] >= found - 1e-12).all()


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=10))
def test_one_question_is_the_sign_flip_test(row):
    assert adjusted([row])[0] == pytest.approx(sign_flip_p(row), abs=1e-12)
    assert adjusted([row], one_sided=True)[0] == pytest.approx(one_sided_flip_p(row), abs=1e-12)


def test_flips_that_questions_share_beat_holm_where_questions_go_together():
    rng = np.random.default_rng(4)
    rows = rng.normal(size=12) + 0.3 * rng.normal(size=(9, 12)) + 0.6
    assert (adjusted(rows) <= holm([sign_flip_p(row) for row in rows]) + 1e-12).all()


def test_drawn_patterns_agree_with_all_of_them(monkeypatch):
    rows = np.random.default_rng(5).normal(0.5, 1, size=(5, 12))
    exact, critical = adjusted(rows), critical_t(rows, alpha=0.05, rng=np.random.default_rng(0))
    monkeypatch.setattr("lrlab.stats._max_t.EXACT_SEEDS", 5)
    np.testing.assert_allclose(adjusted(rows), exact, atol=5 * (0.25 / 99_999) ** 0.5)
    assert critical_t(rows, alpha=0.05, rng=np.random.default_rng(0)) == pytest.approx(critical, rel=0.01)
    assert adjusted(rows, seed=1).tolist() == adjusted(rows[:, ::-1], seed=1).tolist()


def test_many_questions_take_fewer_patterns_and_keep_their_p_above_zero():
    rows = np.random.default_rng(6).normal(3, 1, size=(2000, 30))
    assert adjusted(rows).min() == 1 / 5000


@pytest.mark.parametrize("shared", [0.0, 3.0])
def test_equal_arms_are_rarely_claimed_and_about_as_often_as_alpha(shared):
    rng, studies = np.random.default_rng(7), 800
    hits = 0
    for _ in range(studies):
        arms = rng.normal(size=(5, 8)) + shared * rng.normal(size=8)
        hits += adjusted(arms[:1] - arms[1:]).min() < 0.05
    assert 0.05 - 4 * (0.0475 / studies) ** 0.5 <= hits / studies <= 0.05 + 3 * (0.0475 / studies) ** 0.5


def test_what_lies_beyond_the_critical_value_is_claimed_first():
    # Of differences around zero the critical value is that of the test itself.
    rows = np.random.default_rng(8).normal(size=(4, 10))
    rows -= rows.mean(axis=1, keepdims=True)
    assert critical_t(rows, alpha=0.05, rng=np.random.default_rng(0)) > critical_t(
        rows[:1], alpha=0.05, rng=np.random.default_rng(0)
    )
    assert critical_t(rows, alpha=0.01, rng=np.random.default_rng(0)) > critical_t(
        rows, alpha=0.05, rng=np.random.default_rng(0)
    )
    assert critical_t(rows[:, :5], alpha=0.05, rng=np.random.default_rng(0)) == np.inf
    assert critical_t([], alpha=0.05, rng=np.random.default_rng(0)) == np.inf


def test_nothing_asked_and_rows_of_zeros():
    assert adjusted([]).tolist() == []
    assert adjusted([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]).tolist() == [1.0, 0.25]


@pytest.mark.parametrize(
    ("rows", "way_out"),
    [
        ([[1, 2], [1]], "must be \\(questions, seeds\\), but .*; keep the seeds that every question has"),
        ([1, 2], "its shape is \\(2,\\); give a row to each question"),
        ([[1, np.nan]], "must be finite, but one is not; give a diverged run"),
    ],
)
def test_refusals_say_the_way_out(rows, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        adjusted(rows)


def test_differences_that_do_not_spread_ask_for_nothing_and_raise_nothing():
    # the mean of ten times 0.3 or 1 / 3 misses them by a rounding, which must not look like a spread
    row = np.random.default_rng(1).normal(size=10)
    alone = critical_t([row], alpha=0.05, rng=np.random.default_rng(0))
    for constant in (0.0, 0.3, 1 / 3):
        assert critical_t([[constant] * 10], alpha=0.05, rng=np.random.default_rng(0)) == 0
        assert critical_t([[constant] * 10, row], alpha=0.05, rng=np.random.default_rng(0)) == alone
