"""The numbers of the figures."""

import numpy as np
import pytest

from lrlab.report._curves import rate_curves
from lrlab.report._figures import advantage_of, class_scores, epoch_bands, peak_scores, totals, used_rates
from lrlab.spec import Metric
from support.results import example_results


@pytest.fixture(scope="module")
def results():
    return example_results()


def test_bands_are_means_over_seeds_at_the_epochs_that_have_a_value(results):
    for band in epoch_bands(results, "validation_loss"):
        assert band.epochs.tolist() == [2, 4]  # validated every second epoch
        runs = [record for record in results.confirmed if str(record.trial.schedule) == band.label]
        expected = np.mean([[record.epochs[e - 1].validation_loss for e in (2, 4)] for record in runs], axis=0)
        np.testing.assert_allclose(band.mean, expected)
        assert (band.low <= band.mean).all()
        assert (band.mean <= band.high).all()
    assert [band.label for band in epoch_bands(results, "train_score")] == list(results.study.labels)


def test_peaks_show_every_trial_of_the_tuning_phase(results):
    for scores, choice in zip(peak_scores(results), results.choices, strict=True):
        assert scores.peaks.tolist() == sorted(choice.peaks)
        assert len(scores.trials) + len(scores.diverged) == len(choice.peaks) * len(results.study.tune.seeds)
        assert scores.chosen == (choice.peak, max(choice.scores))
    assert sum(len(scores.diverged) for scores in peak_scores(results)) == 1


def test_rates_are_the_ones_used(results):
    for curve, schedule, choice in zip(used_rates(results), results.study.schedules, results.choices, strict=True):
        horizon = results.confirmed[0].trial.horizon(10 * 64)
        np.testing.assert_array_equal(curve.rates, schedule.bind(peak=choice.peak, horizon=horizon).all())


@pytest.mark.parametrize("updates", [4, 999, 20_000, 20_001, 1_234_567])
@pytest.mark.parametrize("name", ["wsd", "cosine", "multistep(milestones=[50%, 75%])", "warmup(10%)"])
def test_quarters_are_those_of_the_run_and_not_of_the_points_kept(updates, name):
    rate_T = {
        "wsd": lambda t: np.minimum(1.0, (1 - t) / 0.2),
        "cosine": lambda t: (1 + np.cos(np.pi * t)) / 2,
        "multistep(milestones=[50%, 75%])": lambda t: np.where(t < 0.5, 1, np.where(t < 0.75, 0.1, 0.01)),
        "warmup(10%)": lambda t: np.minimum(1.0, t / 0.1),
    }[name](np.arange(updates) / updates)
    (curve,) = rate_curves({name: rate_T})
    assert len(curve.updates) <= 1000
    assert curve.at_quarters == tuple(rate_T[np.round(np.linspace(0, 1, 5) * (updates - 1)).astype(int)])


def test_quarters_of_rates_that_are_not_all_known_are_the_nearest_known():
    rate_T = np.arange(8000.0)
    rate_T[1990:2010] = np.nan
    (curve,) = rate_curves({"own": rate_T})
    assert curve.at_quarters == (0.0, 2010.0, 4000.0, 5999.0, 7999.0)


def test_a_claim_turns_with_the_metrics_direction(results):
    claim = results.claims[0].model_copy(
        update={"verdict": results.claims[0].b, "difference": 0.3, "low": 0.1, "high": 0.4}
    )
    lower = advantage_of(claim, Metric(name="error", higher_is_better=False))
    assert (lower.first, lower.advantage, lower.low, lower.high, lower.claimed) == (claim.b, 0.3, 0.1, 0.4, True)
    kept = advantage_of(claim.model_copy(update={"verdict": ""}), Metric(name="accuracy"))
    assert (kept.first, kept.advantage, kept.claimed) == (claim.a, 0.3, False)


def test_class_scores_sum_the_counts_over_seeds(results):
    for scores in class_scores(results):
        runs = [record for record in results.confirmed if str(record.trial.schedule) == scores.label]
        assert scores.support.sum() == sum(np.sum(record.test.confusion) for record in runs)
    assert class_scores(example_results(classes=None, metric=Metric(name="e", higher_is_better=False))) == ()


def test_totals_count_everything(results):
    found = totals(results)
    assert (found.tuned, found.confirmed, found.diverged) == (18, 12, 1)
    assert found.train_seconds == pytest.approx(0.25 * 30)
