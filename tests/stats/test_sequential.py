"""Paired questions at planned looks, compared with every pattern counted by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import (
    equivalence_p,
    flip_interval,
    holm,
    interval_of_claim,
    judge_look,
    repeated_interval,
    sequential_p,
    sign_flip_p,
    spent_shares,
    usual_looks,
)

whole = st.integers(-6, 6).map(float)


def seed() -> np.random.Generator:
    return np.random.default_rng(7)


def brute_p(row: list[float], looks: list[int]) -> float:
    """The definition, pattern by pattern."""
    weights = spent_shares(looks)
    reached = [(look, weight) for look, weight in zip(looks, weights, strict=True) if look <= len(row)]
    sums = {
        look: np.array([abs(np.dot(signs, row[:look])) for signs in product((1, -1), repeat=look)])
        for look, _ in reached
    }

    def least(signed: np.ndarray) -> float:
        return min((sums[look] >= abs(signed[:look].sum()) - 1e-9).mean() / weight for look, weight in reached)

    seen = least(np.array(row))
    patterns = [least(np.array(signs) * row) for signs in product((1, -1), repeat=len(row))]
    share = np.mean([value <= seen * (1 + 1e-12) for value in patterns])
    return min(1.0, float(share) + seen * (1 - sum(weight for _, weight in reached)))


@settings(max_examples=40, deadline=None)
@given(st.lists(whole, min_size=8, max_size=8), st.sampled_from([3, 5, 8]))
def test_every_pattern_is_counted_as_the_definition_has_it(row: list[float], reached: int) -> None:
    looks = [3, 5, 8]
    assert sequential_p(row[:reached], looks, rng=seed()) == pytest.approx(brute_p(row[:reached], looks))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=12, max_size=12))
def test_p_never_rises_from_look_to_look(row: list[float]) -> None:
    looks = [6, 9, 12]
    p = [sequential_p(row[:look], looks, rng=seed()) for look in looks]
    assert p[0] >= p[1] - 1e-12
    assert p[1] >= p[2] - 1e-12


def test_drawn_patterns_keep_that_too() -> None:
    row, looks = np.random.default_rng(1).normal(0.4, 1, 40), usual_looks(13)
    p = [sequential_p(row[:look], looks, rng=seed()) for look in looks]
    assert p == sorted(p, reverse=True)
    assert p[-1] < 0.2


@given(st.lists(whole, min_size=2, max_size=10))
def test_one_look_is_the_sign_flip_test(row: list[float]) -> None:
    assert sequential_p(row, [len(row)], rng=seed()) == pytest.approx(sign_flip_p(row))


@given(st.lists(whole, min_size=6, max_size=10), st.floats(0.5, 4))
def test_one_look_is_the_equivalence_test(row: list[float], margin: float) -> None:
    (verdict,) = judge_look([row], [len(row)], margin=margin, rng=seed())
    assert verdict.equal_p == pytest.approx(equivalence_p(row, margin))


@settings(max_examples=30, deadline=None)
@given(st.lists(whole, min_size=10, max_size=10), st.sampled_from([6, 10]))
def test_swapping_the_arms_turns_the_claim(row: list[float], reached: int) -> None:
    (there,) = judge_look([row[:reached]], [6, 10], margin=2.0, rng=seed())
    (back,) = judge_look([[-value for value in row[:reached]]], [6, 10], margin=2.0, rng=seed())
    assert back.claim == {"a": "b", "b": "a"}.get(there.claim, there.claim)
    assert (back.p, back.equal_p) == (there.p, pytest.approx(there.equal_p))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(whole, min_size=12, max_size=12), min_size=1, max_size=4))
def test_what_is_claimed_stays_claimed_whatever_stops(rows: list[list[float]]) -> None:
    looks, claimed, reached = [8, 10, 12], dict[int, str](), [8] * len(rows)
    for look in looks:
        parts = [row[:count] for row, count in zip(rows, reached, strict=True)]
        verdicts = judge_look(parts, looks, rng=seed())
        now = {place: each.claim for place, each in enumerate(verdicts) if each.claim != "none"}
        assert claimed.keys() <= now.keys()
        claimed = now
        reached = [look if place in claimed else 12 if look == 10 else 10 for place, look in enumerate(reached)]
        reached = [min(count, looks[min(looks.index(look) + 1, 2)]) for count in reached]
    full = judge_look(rows, looks, rng=seed())
    assert all(full[place].adjusted_p <= 0.05 for place in claimed)


def test_adjusted_p_are_holms() -> None:
    rows = np.random.default_rng(3).normal([[0.2], [0.9], [1.4]], 1, (3, 10))
    verdicts = judge_look(rows, [10, 14], rng=seed())
    assert [each.adjusted_p for each in verdicts] == pytest.approx(holm([each.p for each in verdicts]).tolist())


def test_what_can_hardly_be_decided_is_hopeless_and_nothing_else() -> None:
    looks, noise = [12, 20, 30], np.tile([1.0, -1.0], 6)
    near, open_, far = judge_look([noise, 0.4 + noise, 1.5 + noise], looks, rng=seed())
    assert (near.hopeless, open_.claim, open_.hopeless) == (True, "none", False)
    assert (far.claim, far.hopeless) == ("a", False)
    assert not judge_look([0.8 * noise], looks, margin=1.0, rng=seed())[0].hopeless


def test_a_repeated_interval_of_one_look_is_the_flip_interval() -> None:
    values = np.random.default_rng(2).normal(size=10)
    assert repeated_interval(values, [10], rng=seed()) == flip_interval(values, rng=seed())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_an_early_look_has_a_wider_interval_than_an_only_one(number: int) -> None:
    values = np.random.default_rng(number).normal(size=10)
    one, early = flip_interval(values, rng=seed()), repeated_interval(values, [10, 14], rng=seed())
    assert early.low <= one.low <= one.high <= early.high


@pytest.mark.parametrize("number", [0, 24, 25, 26])
def test_the_interval_of_a_claim_excludes_zero_and_is_the_repeated_one_elsewhere(number: int) -> None:
    looks = [9, 12, 15]
    row = np.random.default_rng(number).normal(0.8, 1, looks[-1])
    stop = next(look for look in looks if judge_look([row[:look]], looks, rng=seed())[0].claim != "none")
    wide, cut = (find(row[:stop], looks, rng=seed()) for find in (repeated_interval, interval_of_claim))
    assert (wide.low <= 0) == (number > 0)  # three of these were claims whose interval held zero
    assert 0 < cut.low <= cut.point <= cut.high == wide.high
    assert cut == wide if number == 0 else sequential_p(row[:stop] - 0.99 * cut.low, looks, rng=seed()) < 0.05
    mirrored = interval_of_claim(-row[:stop], looks, rng=seed())
    assert (mirrored.low, mirrored.high) == pytest.approx((-cut.high, -cut.low))


@pytest.mark.parametrize("pairs", [0, 5, 11])
def test_a_question_stops_at_a_look(pairs: int) -> None:
    with pytest.raises(StatisticsError, match=r"give the pairs of the look|add 1 or more"):
        sequential_p([1.0] * pairs, [8, 12], rng=seed())


DRIFTS = [  # in quarters; of the first, claimed at its last look, what all looks hold lies on the other side of zero
    [-1, 0, 0, 0, -1, -1, 0, 0, 0, -3, -3, 1, 1, 2, 1, 1, 1, -1, 2, 0, 2, 1, 2, 2, 1, 1, 1, 1, 4, 1, 3, 3],
    [0, 1, 0, 1, 1, 2, 1, 2, 2, 3, 2, 3, 4, 5, 5, 9, 10, 12, 14],
    [2, 2, 2, 1, 2, 2, 1, 2, 1, 1, 0, 1, -1, 0, 0, -1, -3, -4, -3],
]


@pytest.mark.parametrize("quarters", DRIFTS)
@pytest.mark.parametrize("sign", [1, -1])
def test_an_interval_holds_the_mean_and_that_of_a_claim_lies_on_its_side_where_values_drift(
    quarters: list[int], sign: int
) -> None:
    looks, values = (12, 15, 19, 25, 32), sign * np.array(quarters) / 4
    wide = repeated_interval(values, looks, rng=seed())
    assert wide.low <= wide.point <= wide.high
    assert wide.low < wide.high
    if sequential_p(values, looks, rng=seed()) < 0.05:
        cut = interval_of_claim(values, looks, rng=seed())
        assert cut.low <= cut.point <= cut.high
        assert cut.low > 0 if cut.point > 0 else cut.high < 0
        assert cut.low < cut.high


def test_intervals_of_many_claims_hold_their_mean() -> None:
    looks, rng, claims = (12, 15, 19), np.random.default_rng(5), 0
    for _ in range(60):
        values = rng.normal(scale=0.3, size=19) + np.linspace(*rng.choice([-0.5, 0.0, 0.3, 2.0], size=2), 19)
        found = sequential_p(values, looks, rng=seed()) < 0.05
        low, high = (interval_of_claim if found else repeated_interval)(values, looks, rng=seed())[1:3]
        assert low <= values.mean() + 1e-12
        assert values.mean() - 1e-12 <= high
        assert not (found and low <= 0 <= high)
        claims += found
    assert claims > 20


def test_an_interval_too_early_says_so() -> None:
    with pytest.raises(StatisticsError, match="look later, or lower the level"):
        repeated_interval([1.0, 2.0, 1.0, 2.0], [4, 40], rng=seed())


def test_a_margin_of_zero_is_refused() -> None:
    with pytest.raises(StatisticsError, match="largest difference that would not matter"):
        judge_look([[1.0] * 8], [8], margin=0.0, rng=seed())


@pytest.mark.slow
def test_families_without_a_difference_are_claimed_falsely_at_most_so_often() -> None:
    looks, rng, wrong, repeats = [11, 14, 18], np.random.default_rng(0), 0, 1000
    for repeat in range(repeats):
        scores = rng.standard_exponential((4, 18)) + rng.normal(size=18)
        rows = [scores[0] - scores[1], scores[0] - scores[2], scores[0] - scores[3], scores[2] - scores[1]]
        verdicts = judge_look(rows, looks, rng=np.random.default_rng(repeat), flips=2048)
        wrong += any(each.claim != "none" for each in verdicts)
    assert wrong / repeats < 0.05 + 3 * 0.007


@pytest.mark.slow
def test_the_interval_at_the_stop_covers() -> None:
    looks, rng, held, repeats = [9, 12, 16], np.random.default_rng(1), 0, 500
    for repeat in range(repeats):
        values = 0.8 + rng.standard_normal(16)
        stop = next(
            (look for look in looks if judge_look([values[:look]], looks, rng=seed(), flips=2048)[0].claim == "a"), 16
        )
        low, high = repeated_interval(values[:stop], looks, rng=np.random.default_rng(repeat))[1:3]
        held += low <= 0.8 <= high
    assert held / repeats > 0.95 - 3 * 0.01
