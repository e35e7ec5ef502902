"""Numbers of one record, by name."""

import numpy as np
import pytest

from lrlab.errors import StudyError, UnknownName
from lrlab.measures import MEASURES, measure
from lrlab.spec import Epoch, Evaluation, Metric, Provenance, Record, Trial

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
}


def test_every_measure_is_tested():
    assert set(MEASURES) < set(EXPECTED)
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
    assert {measure(name).unit for name in EXPECTED} == {"%", "", "s", "epochs"}
    assert all((measure(name).unit == "%") == (name in higher | {"gap"}) for name in EXPECTED)
    headings = [measure(name).heading for name in EXPECTED]
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
