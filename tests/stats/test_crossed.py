"""The interval over seeds and examples: against the plain definition, a bootstrap of both, and drawn tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from lrlab.errors import StatisticsError
from lrlab.stats import crossed_interval, t_interval


def by_definition(table):
    """Mean squares cell by cell, as a textbook of variance analysis has them."""
    seeds, examples = len(table), len(table[0])
    mean = sum(map(sum, table)) / (seeds * examples)
    rows = [sum(row) / examples for row in table]
    columns = [sum(row[e] for row in table) / seeds for e in range(examples)]
    ms_s = examples * sum((row - mean) ** 2 for row in rows) / (seeds - 1)
    ms_e = seeds * sum((column - mean) ** 2 for column in columns) / (examples - 1)
    cells = [(table[s][e] - rows[s] - columns[e] + mean) ** 2 for s in range(seeds) for e in range(examples)]
    ms_r = sum(cells) / ((seeds - 1) * (examples - 1))
    terms = [(ms_s, seeds - 1)]
    if ms_e > ms_r * (1 + 1e-9):
        terms += [(ms_e, examples - 1), (-ms_r, (seeds - 1) * (examples - 1))]
    variance = sum(square for square, _ in terms) / (seeds * examples)
    freedom = variance**2 / sum((square / (seeds * examples)) ** 2 / own for square, own in terms)
    half = student.ppf(0.975, max(freedom, min(seeds, examples) - 1)) * variance**0.5
    return mean - half, mean + half


@given(st.integers(2, 6), st.integers(2, 12), st.integers(0, 10**6))
def test_it_is_what_the_definition_says(seeds, examples, seed):
    table = np.random.default_rng(seed).integers(-1, 2, size=(seeds, examples)).astype(float)
    interval = crossed_interval(table)
    if np.ptp(table.mean(axis=1)) == 0 and interval.low == interval.high:
        return  # nothing varies over seeds, nor more over examples than by chance
    assert (interval.low, interval.high) == pytest.approx(by_definition(table.tolist()), abs=1e-9)


def test_it_agrees_with_drawing_seeds_and_examples_anew():
    rng = np.random.default_rng(0)
    table = rng.normal(0.02, 0.05, (12, 1)) + rng.normal(0, 0.3, (1, 300)) + rng.normal(0, 0.1, (12, 300))
    drawn = [table[rng.integers(0, 12, 12)][:, rng.integers(0, 300, 300)].mean() for _ in range(4000)]
    interval = crossed_interval(table)
    bootstrap = np.std(drawn) * student.ppf(0.975, 25)  # the drawn one misses (n - 1) / n of the variance
    assert (interval.high - interval.low) / 2 == pytest.approx(bootstrap, rel=0.1)


def test_it_covers_where_seeds_alone_do_not():
    rng, inside = np.random.default_rng(1), {"both": 0, "seeds": 0}
    for _ in range(400):
        table = rng.normal(0, 0.005, (10, 1)) + rng.normal(0, 0.2, (1, 200)) + rng.normal(0, 0.1, (10, 200))
        for name, interval in (("both", crossed_interval(table)), ("seeds", t_interval(table.mean(axis=1)))):
            inside[name] += interval.low <= 0 <= interval.high
    assert 0.93 <= inside["both"] / 400 <= 0.98
    assert inside["seeds"] / 400 < 0.7


@given(st.integers(0, 10**6))
def test_it_is_never_narrower_than_over_seeds_and_turns_with_the_arms(seed):
    table = np.random.default_rng(seed).integers(-1, 2, size=(6, 40)).astype(float)
    both, alone = crossed_interval(table), t_interval(table.mean(axis=1))
    # More degrees of freedom may narrow it by Student's factor, the variance is never less.
    assert (both.high - both.low) / student.ppf(0.975, 500) >= (alone.high - alone.low) / student.ppf(0.975, 5) * 0.999
    turned = crossed_interval(-table)
    assert (turned.low, turned.high) == pytest.approx((-both.high, -both.low))


def test_values_without_spread_are_a_point():
    assert crossed_interval(np.full((3, 4), 0.25))[:3] == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    "table", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]], [[1.0, np.nan], [1.0, 2.0]], np.zeros((2, 2, 2))]
)
def test_other_shapes_are_refused_with_the_way_out(table):
    with pytest.raises(StatisticsError, match=r"2 or more seeds by 2 or more examples.*give a row to each seed"):
        crossed_interval(table)
