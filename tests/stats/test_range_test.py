import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlab.errors import StatisticsError
from lrlab.stats import range_test

RATES = np.logspace(-3, 0.5, 15)
LOG = np.log10(RATES)


def curve(best=-1.0, cliff=-0.4, start=2.3, noise=0.0, seeds=3, seed=0):
    """Losses that fall towards a best rate, rise slowly beyond it, and are lost over a cliff."""
    loss_R = start - 2.0 * np.exp(-0.5 * ((LOG - best) / np.where(best > LOG, 0.7, 0.5)) ** 2)
    loss_R = np.where(cliff < LOG, start + 1.0, loss_R)
    return loss_R[:, None] + noise * np.random.default_rng(seed).standard_normal((len(RATES), seeds))


@pytest.mark.parametrize("best", [-2.0, -1.5, -1.0])
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.1])
def test_the_best_rate_of_a_known_curve_is_found(best, noise):
    answer = range_test(RATES, curve(best, cliff=best + 1, noise=noise), 2.3)
    assert answer.reason == ""
    assert np.log10(answer.suggestion) == pytest.approx(best, abs=0.15 if noise < 0.1 else 0.35)
    low, high = answer.interval
    assert low < 10**best < high
    assert not answer.open_low
    assert not answer.open_high


def test_a_cliff_close_to_the_best_rate_pushes_the_suggestion_away():
    far, close = (range_test(RATES, curve(-1.0, cliff), 2.3).suggestion for cliff in (0.1, -0.95))
    assert close < far


@given(st.floats(1e-3, 1e3), st.floats(-100, 100), st.permutations(range(4)))
def test_neither_unit_nor_zero_of_the_loss_nor_the_order_of_seeds_matters(unit, zero, order):
    losses = curve(noise=0.05, seeds=4)
    start = np.array([2.3, 2.31, 2.29, 2.3])
    plain = range_test(RATES, losses, start)
    moved = range_test(RATES, unit * losses[:, order] + zero, unit * start[list(order)] + zero)
    assert moved.reason == plain.reason == ""
    assert moved.suggestion == pytest.approx(plain.suggestion, rel=1e-6)
    assert moved.interval == pytest.approx(plain.interval, rel=0.03)


@given(st.floats(0.01, 100))
def test_all_rates_times_a_factor_give_an_answer_times_it(factor):
    plain, moved = (range_test(RATES * by, curve(noise=0.02), 2.3) for by in (1.0, factor))
    assert moved.suggestion / factor == pytest.approx(plain.suggestion, rel=0.03)


@pytest.mark.parametrize(("seeds", "most"), [(2, 12), (3, 6), (5, 4)])
def test_pure_noise_gets_no_suggestion(seeds, most):
    generator = np.random.default_rng(1)
    found = [
        range_test(RATES, 2.3 + 0.05 * generator.standard_normal((len(RATES), seeds)), 2.3).reason for _ in range(200)
    ]
    assert len(found) - found.count("flat") <= most


def test_equal_losses_are_flat_though_nothing_is_noisy():
    answer = range_test(RATES, np.full((len(RATES), 2), 2.3), 2.3)
    assert (answer.reason, answer.suggestion, answer.interval) == ("flat", None, None)


def test_a_huge_loss_of_one_seed_beyond_the_cliff_hides_nothing():
    losses = curve(noise=0.02)
    losses[-1, 0] = 1e25
    assert range_test(RATES, losses, 2.3).reason == ""


def test_all_diverged():
    answer = range_test(RATES, np.full((len(RATES), 2), np.nan), 2.3)
    assert (answer.reason, answer.suggestion, answer.interval) == ("diverged", None, None)
    assert np.isnan(answer.low).all()
    assert (answer.diverged == 1).all()


@pytest.mark.parametrize(("best", "reason"), [(-4.0, "lower"), (2.0, "higher")])
def test_the_best_on_the_edge_is_no_suggestion(best, reason):
    answer = range_test(RATES, curve(best, cliff=9.0), 2.3)
    assert (answer.reason, answer.suggestion) == (reason, None)
    assert answer.open_low == (reason == "lower")
    assert answer.open_high == (reason == "higher")


def test_seeds_that_disagree_are_no_suggestion():
    two_valleys = np.minimum(curve(-2.4, cliff=9.0, seeds=4), curve(-0.6, cliff=9.0, seeds=4))
    prefer = np.array([0.05, -0.05, 0.05, -0.05]) * np.where(LOG < -1.5, 1, -1)[:, None]
    assert range_test(RATES, two_valleys + prefer, 2.3).reason == "seeds"


def test_a_seed_that_diverges_ends_the_interval_before_its_rate():
    losses = curve(-1.0, cliff=9.0, noise=0.001)
    losses[10:, 1] = np.inf
    answer = range_test(RATES, losses, 2.3)
    assert answer.interval[1] <= RATES[9] * 1.001
    assert answer.suggestion <= answer.interval[1]
    assert answer.diverged[10] == pytest.approx(1 / 3)
    assert not answer.open_high


def test_short_trainings_are_lowered_and_reach_further_down():
    same, usual, short = (range_test(RATES, curve(), 2.3, stretch=stretch) for stretch in (1.0, 8.0, 32.0))
    assert same.suggestion == usual.suggestion
    assert short.suggestion == pytest.approx(usual.suggestion / 4**0.83)
    assert usual.interval[0] == pytest.approx(same.interval[0] / 10**0.5)
    assert short.interval[0] == pytest.approx(usual.interval[0] / 4**0.83)
    assert short.interval[1] == usual.interval[1]


def test_rates_need_not_be_evenly_spread():
    keep = [0, 2, 3, 5, 6, 7, 8, 9, 11, 12, 14]
    whole = range_test(RATES, curve(), 2.3)
    part = range_test(RATES[keep], curve()[keep], 2.3)
    assert np.log10(part.suggestion / whole.suggestion) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("change", "way_out"),
    [
        ({"rates": RATES[:2], "losses": curve()[:2]}, "add rates"),
        ({"rates": RATES[::-1]}, "sort them"),
        ({"rates": np.append(0.0, RATES[1:])}, "sort them"),
        ({"losses": curve(seeds=1)}, "of 2 seeds at least"),
        ({"losses": curve()[:-1]}, "a row for each rate"),
        ({"losses": "abc"}, "pass arrays"),
        ({"untrained": [2.3, 2.3]}, "give the loss before training"),
        ({"untrained": np.nan}, "give the loss before training"),
        ({"stretch": 0.5}, "no shorter than a test"),
        ({"tolerance": 1.0}, "must hold"),
    ],
)
def test_what_cannot_be_tested_says_the_way_out(change, way_out):
    with pytest.raises(StatisticsError, match=way_out):
        range_test(**({"rates": RATES, "losses": curve(), "untrained": 2.3} | change))
