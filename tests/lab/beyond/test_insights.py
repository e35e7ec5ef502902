"""What records tell beyond the answer: numbers by hand, and honest gaps."""

import numpy as np
import pytest

from lrlab.errors import StudyError
from lrlab.lab import insights_of
from lrlab.lab._beyond._arrivals import WatchedCurves, _arrivals_of
from lrlab.schedules import parse
from lrlab.spec import Arm, Candidate, Chance, Insights, Level, Margin, Metric, Search, Tune
from lrlab.stats import epochs_to, t_interval, tuning_band
from support.results import EPOCHS, PER_EPOCH, all_diverged, example_results, own_loop_results

ERROR = Metric(name="error", higher_is_better=False)


@pytest.fixture(scope="module")
def results():
    return example_results(confirm_seeds=5)


@pytest.fixture(scope="module")
def insights(results):
    return insights_of(results)


def with_curves(results, curves):
    """The study with these validation scores by epoch. curves: by label, a list for each seed; None: diverged."""

    def changed(record):
        place = [r for r in results.confirmed if str(r.trial.schedule) == str(record.trial.schedule)].index(record)
        scores = curves[str(record.trial.schedule)][place]
        lost = None in scores
        epochs = [
            epoch.model_copy(update={"validation_score": score})
            for epoch, score in zip(record.epochs, scores, strict=True)
        ]
        end = record.validation.model_copy(update={"score": 0.1 if lost else scores[-1]})
        how = {"outcome": "diverged", "diverged_at": 15, "updates": 15} if lost else {}
        return record.model_copy(update={"epochs": tuple(epochs), "validation": end} | how)

    return results.model_copy(update={"confirmed": tuple(map(changed, results.confirmed))})


def test_it_goes_to_json_and_back(insights):
    assert Insights.from_json(insights.to_json()) == insights
    assert insights.missing == ()


def test_scores_by_peak_are_means_over_tuning_seeds_with_students_interval(results, insights):
    for found in insights.sensitivities:
        for point in found.points:
            runs = [r for r in results.tuned if (str(r.trial.schedule), r.trial.peak) == (found.label, point.peak)]
            assert point.seeds == len(runs) == 2
            if not point.diverged:
                expected = t_interval([run.validation.score for run in runs])
                assert (point.score, point.low, point.high) == pytest.approx(expected[:3])
    cosine = insights.sensitivities[1]
    at = {point.peak: point for point in cosine.points}
    assert at[0.03].fall == pytest.approx(at[0.1].score - at[0.03].score)
    assert (at[0.1].fall, at[0.1].fall_low, at[0.1].fall_high) == (0, 0, 0)


def test_the_room_is_where_the_score_falls_by_more_than_the_margin(results, insights):
    cosine = insights.sensitivities[1]
    fall = {point.peak: point.fall for point in cosine.points}
    assert cosine.below.about == pytest.approx((0.1 / 0.03) ** (0.005 / fall[0.03]))
    assert cosine.above.about == pytest.approx(3 ** (0.005 / fall[0.3]))
    assert cosine.factor == min(cosine.below.about, cosine.above.about)
    wide = insights_of(results.model_copy(update={"margin": Margin(value=0.5, why="asked for")}))
    assert wide.margin.why == "asked for"
    assert (wide.sensitivities[1].factor, wide.sensitivities[1].at_least) == (pytest.approx(3), True)


def test_a_peak_at_which_a_seed_diverged_is_out_and_its_score_the_worst(insights):
    constant = insights.sensitivities[0]
    lost = constant.points[2]
    assert (lost.peak, lost.diverged) == (0.3, 1)
    assert (constant.peak, constant.above.fell) == (0.03, pytest.approx(0.1 / 0.03))
    assert constant.below.fell is None  # the edge of the grid


def test_seeds_that_only_some_peaks_have_do_not_shift_a_fall(results):
    """As after halving: the best peaks were tried on more seeds, harder ones."""
    more = [
        record.model_copy(
            update={
                "trial": record.trial.model_copy(update={"seed": 7}),
                "validation": record.validation.model_copy(update={"score": 0.5}),
            }
        )
        for record in results.tuned
        if (str(record.trial.schedule), record.trial.peak, record.trial.seed) == ("cosine", 0.1, 0)
    ]
    grown = insights_of(results.model_copy(update={"tuned": results.tuned + tuple(more)}))
    before, after = (each.sensitivities[1] for each in (insights_of(results), grown))
    assert [point.fall for point in after.points] == pytest.approx([point.fall for point in before.points])
    assert after.points[1].seeds == 3
    assert after.points[1].score < before.points[1].score


def test_arrivals_are_the_first_validation_at_the_target(results):
    nothing = [0.2] * EPOCHS
    curves = {
        "constant": [[0.2, 0.6, 0.5, 0.6], nothing, [0.2, 0.3, 0.7, 0.7], [0.9, None, None, None], nothing],
        "cosine": [[0.6, 0.6, 0.6, 0.6]] * 5,
        "one_cycle": [[0.2, 0.2, 0.2, 0.6]] * 5,
    }
    told = insights_of(with_curves(results, curves), target=0.6)
    constant, cosine, one_cycle = told.target.arrivals
    # The diverged one was at 0.9 after its first epoch: it never counts.
    assert constant.updates == (20, None, 30, None, None)
    assert (constant.reached, constant.middle) == (2, None)
    assert (cosine.updates, cosine.middle) == ((10,) * 5, 10)
    assert one_cycle.seconds == pytest.approx((0.25,) * 5)  # all of the optimization
    assert cosine.seconds == pytest.approx((0.25 * PER_EPOCH / (EPOCHS * PER_EPOCH),) * 5)
    assert (cosine.score, one_cycle.score) == (1.0, 0.0)  # the latter at the 4th epoch: 4 times the fastest
    assert one_cycle.shares[-1] == 1.0
    assert constant.score == pytest.approx(((4 - 2) / 3 + (4 - 3) / 3) / 5)
    assert (told.target.why, told.target.value) == ("as asked for", 0.6)


def test_a_collapsed_run_never_arrives(results):
    level = Level(loss=0.01, score=0.95)
    dead = [
        record.model_copy(update={"chance": Chance(constant=level, untrained=level, examples=100)})
        for record in results.confirmed
    ]
    gone = results.model_copy(update={"confirmed": tuple(dead)})
    assert all(record.collapsed for record in gone.confirmed)
    assert all(each.reached == 0 for each in insights_of(gone, target=0.1).target.arrivals)
    assert insights_of(gone).target is None
    assert "constant learned nothing" in insights_of(gone).missing[0]


def test_the_target_is_the_baselines_mean_unless_given(results, insights):
    ends = [record.validation.score for record in results.confirmed if str(record.trial.schedule) == "constant"]
    assert insights.target.value == pytest.approx(np.mean(ends))
    assert insights.target.why == "the mean final validation score of constant"


def test_where_lower_is_better_all_turns_around():
    up, down = example_results(confirm_seeds=5), example_results(confirm_seeds=5, metric=ERROR, classes=None)
    above, below = insights_of(up), insights_of(down, target=0.15)
    assert [point.labels for point in above.ranks] == [point.labels for point in below.ranks]
    for high, low in zip(above.sensitivities, below.sensitivities, strict=True):
        assert [point.fall for point in high.points][:2] == pytest.approx([point.fall for point in low.points][:2])
    other = insights_of(up, target=0.85)
    assert [each.updates for each in other.target.arrivals] == [each.updates for each in below.target.arrivals]
    for high, low in zip(above.tuning, below.tuning, strict=True):
        assert [1 - score for score in low.score] == pytest.approx(high.score, abs=1e-3)


def test_curves_count_a_diverged_seed_as_the_worst_from_there_on(results):
    curves = {
        "constant": [[0.5, None, None, None]] + [[0.5, 0.6, 0.7, 0.8]] * 4,
        "cosine": [[0.5, 0.6, 0.7, 0.8]] * 5,
        "one_cycle": [[0.3, 0.6, 0.7, 0.8]] * 5,
    }
    constant, cosine, _ = insights_of(with_curves(results, curves)).curves
    assert constant.updates == (10, 20, 30, 40)
    assert constant.mean == pytest.approx([0.5, (0.3 + 4 * 0.6) / 5, (0.3 + 4 * 0.7) / 5, (0.3 + 4 * 0.8) / 5])
    assert (cosine.low[0], cosine.high[0]) == pytest.approx((0.5, 0.5))


def test_ranks_are_of_the_nearest_validation_and_agree_with_the_end_as_kendall_has_it(results):
    curves = {
        "constant": [[0.9, 0.5, 0.5, 0.5]] * 5,
        "cosine": [[0.8, 0.6, 0.6, 0.8]] * 5,
        "one_cycle": [[0.7, 0.7, 0.7, 0.7]] * 5,
    }
    points = insights_of(with_curves(results, curves)).ranks
    assert [(point.share, point.epoch, point.update) for point in points] == [
        (0.1, 1, 10),
        (0.25, 1, 10),
        (0.5, 2, 20),
        (1.0, 4, 40),
    ]
    assert points[0].labels == ("constant", "cosine", "one_cycle")
    assert points[-1].labels == ("cosine", "one_cycle", "constant")
    assert [point.tau for point in points] == pytest.approx([-1 / 3, -1 / 3, 1 / 3, 1])


def test_arms_of_other_batch_sizes_have_updates_and_seconds_of_their_own(results):
    """Batches of half the size: twice the updates of an epoch, so that the same epoch is at another update."""
    curves = {label: [[0.5, 0.7, 0.8, 0.9]] * 5 for label in results.study.labels}
    same = with_curves(results, curves)

    def halved(record):
        more = {"updates_per_epoch": 2 * PER_EPOCH, "updates": 2 * PER_EPOCH * EPOCHS}
        return record.model_copy(update=more) if str(record.trial.schedule) == "cosine" else record

    told = insights_of(same.model_copy(update={"confirmed": tuple(map(halved, same.confirmed))}), target=0.7)
    arrivals = {each.label: each for each in told.target.arrivals}
    assert arrivals["constant"].updates == (2 * PER_EPOCH,) * 5
    assert arrivals["cosine"].updates == (4 * PER_EPOCH,) * 5
    assert arrivals["cosine"].seconds == pytest.approx(arrivals["constant"].seconds)
    ends = {curve.label: curve.updates[-1] for curve in told.curves}
    assert (ends["constant"], ends["cosine"]) == (EPOCHS * PER_EPOCH, 2 * EPOCHS * PER_EPOCH)
    assert told.ranks == ()
    assert "epochs of the chosen batch sizes differ in length" in told.missing[-1]
    assert insights_of(same).missing == ()


def test_only_seeds_that_all_arms_have_are_held_against_each_other(results):
    fewer = [r for r in results.confirmed if str(r.trial.schedule) != "cosine" or r.trial.seed < 1003]
    told = insights_of(results.model_copy(update={"confirmed": tuple(fewer)}))
    assert told.target.seeds == (1000, 1001, 1002)
    none = [r for r in fewer if str(r.trial.schedule) != "constant" or r.trial.seed >= 1003]
    told = insights_of(results.model_copy(update={"confirmed": tuple(none)}))
    assert (told.target, told.curves, told.ranks) == (None, (), ())
    assert "no confirm seed is shared" in told.missing[0]


def test_tuning_curves_are_of_the_settings_that_were_planned(results, insights):
    cosine = insights.tuning[1]
    runs = [record for record in results.tuned if str(record.trial.schedule) == "cosine"]
    means = [
        np.mean([run.validation.score for run in runs if run.trial.peak == peak]) for peak in results.study.tune.peaks
    ]
    band = tuning_band(means, [1, 2, 3])
    assert cosine.score == pytest.approx(band.middle.tolist())
    assert cosine.high == (None, None, None)  # of three settings nothing bounds what more would reach
    assert (cosine.settings, cosine.seeds, insights.drawn) == (3, 2, "grid")
    added = [run.model_copy(update={"trial": run.trial.model_copy(update={"peak": 0.17})}) for run in runs[:2]]
    assert insights_of(results.model_copy(update={"tuned": results.tuned + tuple(added)})).tuning[1] == cosine


def test_expenses_count_trials_updates_examples_and_seconds(results, insights):
    assert [(each.label, each.phase) for each in insights.expenses] == [
        (label, phase) for phase in ("tune", "confirm") for label in results.study.labels
    ]
    constant = insights.expenses[0]
    assert (constant.trials, constant.updates) == (6, 5 * EPOCHS * PER_EPOCH + PER_EPOCH)
    assert constant.examples == constant.updates * 64
    assert constant.train_seconds == pytest.approx(6 * 0.25)
    assert constant.evaluate_seconds == pytest.approx(6 * 0.05)


def test_a_loop_of_the_users_own_tells_what_it_can(results):
    told = insights_of(own_loop_results(results))
    assert {each.examples for each in told.expenses} == {None}
    assert len(told.sensitivities) == 3
    assert len(told.curves) == 3
    silent = [
        record.model_copy(
            update={"epochs": tuple(epoch.model_copy(update={"validation_score": None}) for epoch in record.epochs)}
        )
        for record in results.confirmed
    ]
    told = insights_of(results.model_copy(update={"confirmed": tuple(silent)}))
    assert (told.target, told.curves) == (None, ())
    assert told.missing == ("targets, curves and ranks: no validation score was measured on the way",)


def test_where_all_diverged_there_is_nothing_but_the_cost(results):
    told = insights_of(all_diverged(results))
    assert (told.sensitivities, told.target, told.curves, told.ranks, told.tuning) == ((), None, (), (), ())
    assert len(told.missing) == 3
    assert len(told.expenses) == 6


def test_arms_are_read_at_the_settings_that_were_chosen(results):
    """Peaks of the chosen optimizer alone make the curve; all candidates make the tuning curve."""
    study = results.study
    other = study.optimizer.model_copy(update={"momentum": 0.5})
    arms = tuple(
        Arm(
            label=label,
            candidates=[
                Candidate(schedule=parse(label), peak=peak, optimizer=optimizer)
                for optimizer in (study.optimizer, other)
                for peak in study.tune.peaks
            ],
        )
        for label in study.labels
    )
    whole = study.model_copy(update={"schedules": (), "arms": arms, "tune": Tune(peaks=(), seeds=study.tune.seeds)})
    slow = [r.model_copy(update={"trial": r.trial.model_copy(update={"optimizer": other})}) for r in results.tuned]
    told = insights_of(results.model_copy(update={"study": whole, "tuned": results.tuned + tuple(slow)}))
    assert [point.seeds for point in told.sensitivities[1].points] == [2, 2, 2]
    assert (told.tuning[1].settings, told.drawn) == (6, "candidates")


def test_one_arm_has_no_tau_and_one_peak_no_room():
    told = insights_of(example_results(schedules=("cosine",)))
    assert {(point.labels, point.tau) for point in told.ranks} == {(("cosine",), None)}
    alone = example_results()
    one = [record for record in alone.tuned if record.trial.peak == 0.1]
    told = insights_of(alone.model_copy(update={"tuned": tuple(one)}))
    assert told.sensitivities == ()
    assert told.missing[0].startswith("how much the peak matters (constant, cosine, one_cycle): fewer than two peaks")


def test_what_halving_stopped_is_not_known(results):
    choices = tuple(
        choice.model_copy(update={"stopped": (0, 0, 1)} if choice.label == "cosine" else {})
        for choice in results.choices
    )
    cosine = insights_of(results.model_copy(update={"choices": choices})).sensitivities[1]
    assert (cosine.above.held, cosine.above.fell) == (1, None)
    assert cosine.below == insights_of(results).sensitivities[1].below
    told = insights_of(results.model_copy(update={"choices": choices}))
    assert [curve.label for curve in told.tuning] == ["constant", "one_cycle"]
    assert "halving stopped settings" in told.missing[0]


@pytest.mark.parametrize(("sampler", "band"), [("random", True), ("tpe", False)])
def test_a_search_that_learns_has_no_band(results, sampler, band):
    search = Search(sampler=sampler, space={"peak": "0.01..0.3"}, trials=3)
    tune = results.study.tune.model_copy(update={"peaks": (), "search": search})
    told = insights_of(results.model_copy(update={"study": results.study.model_copy(update={"tune": tune})}))
    assert told.drawn == sampler
    assert any(end is not None for end in told.tuning[1].low) == band


def test_the_margin_of_a_metric_without_points_is_the_spread_of_seeds():
    told = insights_of(example_results(confirm_seeds=5, metric=ERROR, classes=None))
    assert told.margin.why.startswith("the spread of one arm's seeds")
    assert 0 < told.margin.value < 0.02


@pytest.mark.parametrize(
    ("target", "way_out"),
    [(90, "write 0.9"), (0, "write one that a trial can reach"), (float("nan"), "write one that a trial can reach")],
)
def test_a_target_that_no_trial_can_reach_is_refused(results, target, way_out):
    with pytest.raises(StudyError, match=way_out):
        insights_of(results, target)


@pytest.mark.parametrize("higher", [True, False])
def test_arrivals_of_all_seeds_are_those_of_each(results, higher):
    rng = np.random.default_rng(0)
    metric = results.metric.model_copy(update={"higher_is_better": higher})
    records = [record.model_copy(update={"metric": metric}) for record in results.confirmed[:5]]
    score_SE = np.where(rng.random((5, 4)) < 0.3, np.nan, rng.random((5, 4)).round(1))
    curves = WatchedCurves(np.arange(4) + 1, {"a": np.arange(4) * 10 + 10}, {"a": score_SE}, {"a": records})
    for target in (0.0, 0.5, 0.9, 1.1):
        first = [epochs_to(score_E, target, higher) for score_E in score_SE]
        wanted = [
            float(10 * epoch) if epoch <= 4 and record.learned else np.inf
            for epoch, record in zip(first, records, strict=True)
        ]
        assert _arrivals_of(curves, "a", target) == wanted
