"""The range widens itself, whoever trains."""

import pytest

from lrlab.errors import StudyError
from lrlab.lab import MeasuredRates, SweepSubject, checked_rates, sweep_rates
from lrlab.lab._range._range_test import checked_span, highest_rate, lengths_of, rates_around, usual_rates
from lrlab.spec import OPTIMIZERS
from support.range_tests import RATES, example_range_test, loss_at

WHAT = SweepSubject("it", "sgd", "validation loss", 100, 800, (0, 1))


def test_what_lies_within_the_range_is_found_without_widening():
    test = example_range_test()
    assert test.rates == test.asked == RATES
    assert test.added == ()
    assert test.suggestion == pytest.approx(0.1, rel=0.2)
    assert type(test).from_json(test.to_json()) == test


@pytest.mark.parametrize(("best", "below"), [(-4.5, True), (1.4, False)])
def test_a_best_rate_beyond_the_range_is_reached_by_decades(best, below):
    test = example_range_test(best=best)
    assert test.suggestion == pytest.approx(10**best, rel=0.3)
    assert len(test.added) % 4 == 0
    assert all((rate < RATES[0]) == below for rate in test.added)


def test_widening_ends():
    test = example_range_test(best=-9.0)
    assert (test.suggestion, test.reason) == (None, "diverged")
    assert min(test.rates) == pytest.approx(1e-6)
    flat = example_range_test(loss=lambda rate, seed: 2.3 + 0.0 * rate * seed)
    assert (flat.suggestion, flat.reason, flat.interval) == (None, "flat", None)
    assert min(flat.rates) == pytest.approx(1e-6)
    assert max(flat.rates) == pytest.approx(1000, rel=1e-3)  # the highest peak there may be


def capped_test(best, rates):
    """Under an optimizer to which every rate above 1 is 1."""

    def measure(asked):
        return MeasuredRates(
            {rate: [loss_at(min(rate, 1.0), seed, best=best) for seed in (0, 1)] for rate in asked}, [2.3, 2.3]
        )

    return sweep_rates(rates, measure, WHAT._replace(optimizer="adafactor", highest=1.0))


@pytest.mark.parametrize("rates", [RATES[:12], RATES[:11], (0.001, 0.03, 0.3)])
def test_no_rate_is_tried_above_the_highest_that_changes_anything(rates):
    test = capped_test(best=0.3, rates=rates)
    assert max(test.rates) == max(1.0, *rates)
    assert len(test.rates) == len(set(test.rates))
    assert (test.reason, test.open_high) == ("", False)
    assert test.suggestion == pytest.approx(1.0, rel=0.1)
    assert capped_test(best=-1.0, rates=rates).suggestion == pytest.approx(0.1, rel=0.3)


def test_usual_rates_end_at_the_highest_that_changes_anything():
    assert usual_rates("adafactor")[-1] == 1.0
    assert usual_rates("adafactor", decays=True)[-1] == 10.0
    assert (highest_rate("adafactor"), highest_rate("adafactor", decays=True)) == (1.0, 1000.0)
    for name, kind in OPTIMIZERS.items():
        rates, peaks = usual_rates(name), kind.peaks
        assert rates[0] == pytest.approx(peaks[0] / 10, rel=0.1)
        assert rates[-1] == pytest.approx(min(peaks[-1] * 10, kind.highest or 1e3), rel=0.1)


def test_no_rate_is_measured_twice():
    asked = []

    def measure(rates):
        asked.extend(rates)
        return MeasuredRates({rate: [loss_at(rate, seed, best=-4.5) for seed in (0, 1)] for rate in rates}, [2.3, 2.3])

    test = sweep_rates(RATES, measure, WHAT)
    assert sorted(asked) == list(test.rates)


def test_an_unknown_loss_before_training_is_that_at_the_lowest_rate():
    def measure(rates):
        return MeasuredRates({rate: [loss_at(rate, seed) for seed in (0, 1)] for rate in rates}, None)

    test = sweep_rates(RATES, measure, WHAT)
    assert test.untrained == test.losses[0]
    assert test.suggestion == pytest.approx(0.1, rel=0.2)
    with pytest.raises(StudyError, match="give lower rates"):
        sweep_rates(RATES, lambda rates: MeasuredRates({rate: [None, 1.0] for rate in rates}, None), WHAT)


def test_a_longer_training_gets_a_lower_rate():
    assert example_range_test(length=3200).suggestion < example_range_test().suggestion


def test_first_rates_reach_a_decade_beyond_the_usual_ones():
    rates = rates_around((0.01, 0.1))
    assert (rates[0], rates[-1], len(rates)) == (0.001, 1.0, 13)


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: checked_rates([0.1, 0.1, 0.2]), "leave them out"),
        (lambda: checked_rates([0.1, -0.1, 0.2]), "leave it out"),
        (lambda: lengths_of(5, None), "leave it out for 200"),
        (lambda: lengths_of(100, 50), "give fewer updates"),
        (lambda: checked_span("20%"), "30 epochs"),
        (lambda: checked_span("soon"), "2000 updates"),
    ],
)
def test_what_cannot_be_says_the_way_out(call, way_out):
    with pytest.raises(StudyError, match=way_out):
        call()
