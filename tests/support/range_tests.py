"""A range test of known losses, made as the lab makes it."""

import numpy as np

from lrlab.lab import MeasuredRates, SweepSubject, sweep_rates

RATES = tuple(float(f"{rate:.4g}") for rate in np.logspace(-3, 0.5, 15))


def loss_at(rate, seed=0, best=-1.0, floor=0.3, start=2.3):
    """A smooth valley around a best rate, a little apart from seed to seed; None a decade and a half beyond it."""
    away = np.log10(rate) - best
    if away > 1.5:
        return None
    return float(start - (start - floor) * np.exp(-0.5 * (away / 0.6) ** 2) + 0.001 * seed)


def example_range_test(rates=RATES, seeds=3, length=800, loss=loss_at, **how):
    """The range test over these losses. how: of `loss`, as `best`."""

    def measure(asked):
        return MeasuredRates(
            {rate: [loss(rate, seed, **how) for seed in range(seeds)] for rate in asked}, [2.3] * seeds
        )

    trained = SweepSubject("digits/mlp", "sgd", "validation loss", 100, length, tuple(range(seeds)))
    return sweep_rates(rates, measure, trained)
