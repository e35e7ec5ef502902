import numpy as np
import pytest

from lrlab.stats import flip_interval, max_t, paired, sign_flip_p, t_interval
from lrlab.stats._blocks import BLOCKS, MOST_PAIRS, sum_blocks


def draws(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("count", [MOST_PAIRS + 1, 600, 2486, 10 * BLOCKS])
def test_every_pair_is_in_one_block_and_blocks_are_of_one_size(count):
    sizes = sum_blocks(np.ones(count), draws())
    assert len(sizes) == BLOCKS
    assert sizes.sum() == count
    assert sizes.max() - sizes.min() <= 1
    values = draws(1).integers(-5, 6, size=(3, count)).astype(float)
    np.testing.assert_array_equal(sum_blocks(values, draws(2)).sum(axis=-1), values.sum(axis=-1))
    np.testing.assert_array_equal(sum_blocks(values, draws(2))[1], sum_blocks(values[1], draws(2)))


def test_few_pairs_stay_as_they_are_and_take_no_random_number():
    values, rng = draws(1).normal(size=MOST_PAIRS), draws()
    assert sum_blocks(values, rng) is values
    assert rng.random() == draws().random()


def test_of_equal_arms_p_is_uniform():
    found = [sign_flip_p(draws(seed).standard_t(3, size=700), rng=draws(seed + 1000)) for seed in range(150)]
    for level in (0.05, 0.2, 0.5, 0.8):
        assert np.mean(np.array(found) <= level) == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 150))


@pytest.mark.parametrize("shift", [0.01, 0.03, 0.05])
def test_tests_and_intervals_of_many_pairs_are_close_to_students(shift):
    from scipy.stats import ttest_1samp

    values = draws(3).normal(shift, 1, size=3000)
    expected = float(ttest_1samp(values, 0).pvalue)
    assert sign_flip_p(values, rng=draws()) == pytest.approx(expected, rel=0.15, abs=0.003)
    assert max_t([values], rng=draws())[0] == pytest.approx(expected, rel=0.15, abs=0.003)
    flipped, student = flip_interval(values, rng=draws()), t_interval(values)
    assert flipped.low == pytest.approx(student.low, abs=0.1 * (student.high - student.low))
    assert flipped.high == pytest.approx(student.high, abs=0.1 * (student.high - student.low))


def test_neither_order_nor_the_swap_of_arms_changes_many_pairs():
    a, b = draws(4).normal(0.02, 1, size=(2, 900)).round(2)  # with ties
    order = draws(5).permutation(900)
    pair, other, swapped = (paired(*arms, rng=draws()) for arms in ((a, b), (a[order], b[order]), (b, a)))
    assert (other.p, other.low, other.high) == (pair.p, pair.low, pair.high)
    assert (swapped.p, swapped.low, swapped.high) == (pair.p, -pair.high, -pair.low)
