from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import t

from lrlab.errors import StatisticsError
from lrlab.stats import band

CURVES = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 5)),
    elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6, allow_subnormal=False)),
)


@given(CURVES, st.sampled_from([0.5, 0.95]))
def test_equals_one_t_interval_per_epoch(curves, level):
    mean, low, high = band(curves, level=level)
    for epoch, column in enumerate(curves.T):
        values = column[~np.isnan(column)]
        if len(values) == 0:
            assert np.isnan([mean[epoch], low[epoch], high[epoch]]).all()
            continue
        assert mean[epoch] == pytest.approx(values.mean(), abs=1e-9)
        if len(values) == 1:
            assert np.isnan([low[epoch], high[epoch]]).all()
            continue
        half = t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
        np.testing.assert_allclose(
            [low[epoch], high[epoch]], values.mean() + np.array([-half, half]), rtol=1e-9, atol=1e-8
        )


def test_an_infinite_loss_is_shown_and_has_no_interval():
    mean, low, high = band([[1.0, np.inf, 1e308], [2.0, 3.0, 1e308]])
    assert mean.tolist() == [1.5, np.inf, np.inf]
    assert np.isnan([low[1], high[1], low[2], high[2]]).all()


def test_the_band_holds_the_true_mean_as_often_as_it_says():
    curves = np.random.default_rng(0).normal(size=(5, 20_000))
    _, low, high = band(curves, level=0.9)
    assert np.mean((low <= 0) & (high >= 0)) == pytest.approx(0.9, abs=4 * (0.9 * 0.1 / 20_000) ** 0.5)


def test_a_long_study_takes_no_time():
    curves = np.random.default_rng(0).normal(size=(20, 10_000))
    band(curves[:, :1])
    start = perf_counter()
    band(curves)
    assert perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("curves", "options", "way_out"),
    [
        ([1.0, 2.0], {}, r"`curves` must be \(seeds, epochs\), but its shape is \(2,\); add the missing axis"),
        ([[1.0, 2.0], [1.0]], {}, "pad short curves with NaN"),
        ([[1.0]], {"level": 2}, "`0 < level < 1` must hold, but got 2"),
    ],
)
def test_refusals_say_the_way_out(curves, options, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        band(curves, **options)
