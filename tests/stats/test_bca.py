import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import bootstrap

from lrlab.stats._bca import bca_ends


def mean(values, axis=-1):
    return np.mean(values, axis=axis)


def difference(a, b, axis=-1):
    return np.mean(a, axis=axis) - np.mean(b, axis=axis)


def samples(rng, size, kind):
    return rng.normal(size=size) if kind == "normal" else rng.exponential(size=size) + rng.integers(0, 3, size)


@pytest.mark.parametrize("kind", ["normal", "skewed"])
@pytest.mark.parametrize("sizes", [(2,), (7,), (40,), (2, 2), (5, 9), (30, 3)])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_ends_are_those_of_scipy_to_the_bit(kind, sizes, level):
    rng, statistic = np.random.default_rng(len(sizes)), mean if len(sizes) == 1 else difference
    for seed in range(5):
        data = [samples(rng, size, kind) for size in sizes]
        theirs = bootstrap(
            data,
            statistic,
            vectorized=True,
            n_resamples=499,
            confidence_level=level,
            method="BCa",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        assert bca_ends(data, statistic, np.random.default_rng(seed), level, 499) == tuple(theirs)


@given(arrays(float, st.integers(3, 20), elements=st.integers(-3, 3).map(float)), st.integers(0, 2**32))
def test_ends_of_few_values_with_ties_are_those_of_scipy(values, seed):
    if np.ptp(values) == 0:
        return
    theirs = bootstrap(
        (values,), mean, vectorized=True, n_resamples=199, method="BCa", rng=np.random.default_rng(seed)
    ).confidence_interval
    assert bca_ends([values], mean, np.random.default_rng(seed), 0.95, 199) == tuple(theirs)


def test_draws_in_portions_are_those_of_scipy_in_batches():
    values = np.random.default_rng(0).normal(size=5000)
    theirs = bootstrap(
        (values,),
        mean,
        vectorized=True,
        n_resamples=1700,
        batch=2**22 // 5000,
        method="BCa",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert bca_ends([values], mean, np.random.default_rng(1), 0.95, 1700) == tuple(theirs)
