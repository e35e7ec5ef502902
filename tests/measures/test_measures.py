"""Numbers of one record, by name."""

from typing import get_args

import numpy as np
import pytest

from lrlab.errors import StudyError, UnknownName
from lrlab.measures import (
    LEARNING_CURVES,
    MEASURES,
    CurveName,
    are_shares,
    class_measures,
    further_columns,
    further_measures,
    further_row,
    measure,
    score_measure,
    trial_row,
)
from lrlab.spec import KNOWN_METRICS, Epoch, Evaluation, Metric, Provenance, Record, Trial
from support.results import example_results, own_loop_results

NOWHERE = Provenance(
    lrlab="0", python="3", torch="2", numpy="2", machine="none", device="cpu", threads=1, engine="none"
)
CLASSES = ((3, 1), (0, 4))  # precision 1 and 0.8, recall 0.75 and 1


def epoch(number, accuracy, loss, watched):
    """Validation and test data tell different stories, so that a mix-up shows."""
    seen = {"validation_loss": loss, "validation_score": accuracy}
    if watched:
        seen |= {"test_loss": loss / 2, "test_score": accuracy + 0.1, "test_f1": 0.5}
    return Epoch(train_loss=1 / number, train_score=0.9 + number / 100, **seen)


CURVE = [(0.3, 2.0), (0.6, 1.0), (0.5, 1.5), (0.605, 1.25)]


def record(watch="validation", curve=CURVE, **changes):
    epochs = tuple(epoch(number, *values, watch == "test") for number, values in enumerate(curve, 1))
    trial = Trial(
        task="t",
        data="0" * 16,
        optimizer={},
        schedule="constant",
        peak=0.1,
        seed=0,
        budget="4 epochs",
        batch_size=8,
        watch=watch,
    )
    made = Record(
        trial=trial,
        outcome="finished",
        diverged_at=None,
        metric=Metric(name="accuracy"),
        updates=18,  # 4 epochs, the last one short
        updates_per_epoch=5,
        epochs=epochs,
        validation=Evaluation(loss=1.25, score=0.605, confusion=None),
        test=Evaluation(loss=0.75, score=0.875, confusion=CLASSES),
        train_seconds=3.0,
        evaluate_seconds=0.5,
        provenance=NOWHERE,
    )
    return made.model_copy(update=changes)


EXPECTED = {
    "accuracy": 0.875,
    "precision": 0.9,
    "recall": 0.875,
    "f1": (6 / 7 + 8 / 9) / 2,
    "loss": 0.75,
    "validation_accuracy": 0.605,
    "validation_loss": 1.25,
    "train_accuracy": 0.94,
    "train_loss": 0.25,
    "gap": 0.94 - 0.875,
    "seconds": 3.5,
    "convergence": 2,
    "convergence_loss": 2,
    "convergence_settled": 4,
    "stability": np.std([0.5, -0.25], ddof=1),
    "epochs_to(0.6)": 2,
    "epochs_to(0.65)": 5,
    "diverged": 0,
    "collapsed": 0,
}
HEADINGS = {
    "accuracy": "accuracy (%)",
    "f1": "F1 (%)",
    "loss": "test loss",
    "train_accuracy": "training accuracy (%)",
    "gap": "training minus test accuracy (points)",
    "seconds": "seconds",
    "convergence": "convergence (epochs)",
    "convergence_loss": "lowest loss (epoch)",
    "epochs_to(0.6)": "epochs to 60 %",
}


def test_every_measure_is_tested():
    assert set(MEASURES) - set(KNOWN_METRICS) < set(EXPECTED)
    assert set(KNOWN_METRICS) <= set(MEASURES)
    assert all(name == made.name for name, made in MEASURES.items())


@pytest.mark.parametrize(("name", "value"), EXPECTED.items())
def test_a_record_by_hand(name, value):
    assert measure(name).of(record()) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "value"), [("epochs_to(0.65)", 2), ("stability", np.std([0.25, -0.125], ddof=1)), ("convergence_loss", 2)]
)
def test_a_trial_that_watches_the_test_data_is_measured_on_it(name, value):
    assert measure(name).of(record(watch="test", validation=None)) == pytest.approx(value)


def test_directions_and_units():
    higher = {"accuracy", "precision", "recall", "f1", "validation_accuracy", "train_accuracy"}
    assert {name for name in EXPECTED if measure(name).higher_is_better} == higher
    assert {measure(name).unit for name in EXPECTED} == {"%", "points", "", "s", "epochs"}
    assert all((measure(name).unit == "%") == (name in higher) for name in EXPECTED)
    assert all((measure(name).factor == 100) == (name in higher | {"gap"}) for name in EXPECTED)
    headings = [measure(name).heading for name in EXPECTED]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize(("name", "heading"), HEADINGS.items())
def test_a_heading_has_the_unit_and_a_title_has_not(name, heading):
    assert measure(name).heading == heading
    assert measure(name).title == heading.partition(" (")[0]


def test_headings_in_the_table_of_a_study_are_short():
    assert [measure(name).column() for name in ("precision", "loss", "seconds")] == [
        "precision (%)",
        "loss",
        "s per trial",
    ]
    assert measure("precision").column(in_percent=False) == "precision"


@pytest.mark.parametrize(
    ("metric", "score", "share"),
    [
        (Metric(name="accuracy"), 0.875, True),
        (Metric(name="accuracy"), 95.0, False),  # of a user, from before a metric said whether it is a share
        (Metric(name="accuracy", share=False), 0.875, False),
        (Metric(name="top 5", share=True), 0.875, True),
        (Metric(name="mean error", higher_is_better=False), 0.875, False),
    ],
)
def test_scores_are_shown_in_per_cent_where_they_are_shares_of_one(metric, score, share):
    test = Evaluation(loss=0.75, score=score, confusion=None)
    measured = record(metric=metric, test=test)
    assert are_shares(metric, [0.5, score]) is share
    shown = score_measure(metric, share)
    assert (shown.title, shown.unit, shown.factor) == (metric.name, "%" if share else "", 100 if share else 1)
    assert shown.heading == metric.name + " (%)" * share
    assert shown.higher_is_better == metric.higher_is_better
    assert shown.of(measured) == score


@pytest.mark.parametrize("metric", [Metric(name="accuracy", share=False), Metric(name="accuracy")])
def test_an_accuracy_in_per_cent_is_no_share_to_be_shown_times_100(metric):
    in_percent = record(metric=metric, test=Evaluation(loss=0.75, score=95.0, confusion=CLASSES))
    for name in ("accuracy", "validation_accuracy", "train_accuracy", "gap", "epochs_to(0.6)", "convergence"):
        assert measure(name).of(in_percent) is None, name


def test_averages_over_classes_are_there_where_every_record_counts_classes():
    without = record(test=Evaluation(loss=0.75, score=0.875, confusion=None))
    assert [each.name for each in class_measures([record(), record()])] == ["precision", "recall", "f1"]
    assert class_measures([record(), without]) == ()


def test_every_number_of_an_epoch_is_a_learning_curve():
    assert list(LEARNING_CURVES) == [curve.name for curve in LEARNING_CURVES.values()]
    assert set(LEARNING_CURVES) == set(Epoch.model_fields) == set(get_args(CurveName))
    seen = epoch(1, 0.3, 2.0, watched=True)
    assert {name: curve.of(seen) for name, curve in LEARNING_CURVES.items()} == seen.to_dict()
    headings = [curve.heading("accuracy (%)") for curve in LEARNING_CURVES.values()]
    assert len(set(headings)) == len(headings)


def test_epochs_between_validations_are_skipped():
    sparse = [(None, None), (0.6, 1.0), (None, None), (0.605, 1.25)]
    assert measure("epochs_to(0.6)").of(record(curve=sparse)) == 2
    assert measure("stability").of(record(curve=sparse)) is None


@pytest.mark.parametrize(
    ("names", "changes"),
    [
        ("validation_accuracy validation_loss", {"validation": None}),
        ("precision recall f1", {"test": Evaluation(loss=1.0, score=0.5, confusion=None)}),
        (
            "accuracy validation_accuracy train_accuracy gap epochs_to(0.6) convergence convergence_settled",
            {"metric": Metric(name="mean error", higher_is_better=False)},
        ),
        (
            "epochs_to(0.6) convergence convergence_loss convergence_settled stability",
            {"epochs": tuple(epoch(n, None, None, False) for n in range(1, 5))},
        ),
        ("stability", {"epochs": record().epochs[:2]}),
    ],
)
def test_what_a_record_does_not_have_is_none(names, changes):
    for name in names.split():
        assert measure(name).of(record(**changes)) is None, name


@pytest.mark.parametrize("epochs", [(*record().epochs[:2], Epoch.unmeasured()), record().epochs])
def test_a_diverged_trial_has_learned_nothing(epochs):
    gone = record(outcome="diverged", diverged_at=12, epochs=epochs)
    for name in ("epochs_to(0.3)", "convergence", "convergence_loss", "convergence_settled"):
        assert measure(name).of(gone) == 5, name
    for name in ("train_accuracy", "train_loss", "gap", "stability"):
        assert measure(name).of(gone) is None, name
    assert measure("accuracy").of(gone) == 0.875  # that of the untrained weights, as the record has it
    assert measure("diverged").of(gone) == 1
    of_diverged = {name for name in EXPECTED if measure(name).of_diverged}
    assert of_diverged == {
        *("epochs_to(0.6)", "epochs_to(0.65)", "convergence", "convergence_loss", "convergence_settled"),
        *("diverged", "collapsed"),
    }


@pytest.mark.parametrize(
    ("name", "way_out"),
    [("acuracy", "unknown measure 'acuracy'; did you mean accuracy"), ("zebra", r"known: .*epochs_to\(0.6\)")],
)
def test_unknown_names(name, way_out):
    with pytest.raises(UnknownName, match=way_out):
        measure(name)


@pytest.mark.parametrize(
    "name", ["epochs_to", "epochs_to()", "epochs_to(60)", "epochs_to(0)", "epochs_to(nan)", "epochs_to(x)"]
)
def test_targets_that_no_accuracy_reaches(name):
    with pytest.raises(StudyError, match=r"at most 1, but got epochs_to.*; write epochs_to\(0.6\)"):
        measure(name)


def test_a_row_of_a_users_own_loop_names_no_optimizer():
    results = example_results()
    ours, own = (trial_row(each.confirmed[0]) for each in (results, own_loop_results(results)))
    assert (ours["optimizer"], ours["batch_size"]) == ("sgd", results.study.batch_size)
    assert (own["optimizer"], own["batch_size"], own["test_loss"]) == (None, None, None)
    assert own["test_score"] == ours["test_score"]


def further(metric, **scores):
    """A record whose task has an objective of several metrics."""
    return record(metric=metric, test=Evaluation(loss=0.75, score=0.5, confusion=None, scores=scores))


@pytest.mark.parametrize("name", [name for name in KNOWN_METRICS if name not in EXPECTED])
def test_a_metric_of_an_objective_is_a_measure_whether_it_decides_or_not(name):
    metric, of = KNOWN_METRICS[name], measure(name)
    assert (of.higher_is_better, of.title, of.factor) == (
        metric.higher_is_better,
        metric.title,
        100 if metric.in_percent else 1,
    )
    assert of.of(further(metric)) == 0.5
    assert of.of(further(Metric(name="another"), **{name: 0.25})) == 0.25
    assert of.of(record()) is None


def test_units_of_measures():
    assert measure("loss_per_token").heading == "loss per token (nats)"
    assert measure("bits_per_character").heading == "bits per character"
    assert measure("mean_iou").heading == "mean IoU (%)"
    assert score_measure(Metric(name="rmse", unit="kg", heading="RMSE"), False)[:3] == ("score", "RMSE (kg)", "kg")


def test_further_metrics_are_those_that_all_records_have_by_the_catalogues_order():
    both = [further(Metric(name="rmse"), r2=0.5, mae=2.0, own=1.0), further(Metric(name="rmse"), mae=1.0, r2=0.2)]
    assert [each.name for each in further_measures(both)] == ["mae", "r2"]
    assert [each.name for each in further_measures([*both, further(Metric(name="rmse"), r2=1.0)])] == ["r2"]
    assert further_measures([]) == further_measures([record()]) == ()
    counted = record(test=Evaluation(loss=0.75, score=0.5, confusion=CLASSES, scores={"macro_f1": 0.5}))
    assert further_measures([counted]) == (), "its F1 is among the measures of classes"
    assert further_row(both[0]) == {"test_r2": 0.5, "test_mae": 2.0, "test_own": 1.0}
    assert list(further_columns(both)) == ["test_mae", "test_r2", "test_own"]
    assert further_columns([record()]) == {}
