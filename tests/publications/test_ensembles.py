"""Mean predictions of several members."""

import io
import math

import numpy as np
import pytest

from lrlab.publications import Ensemble, Publication
from lrlab.publications._ensembles import ensemble_scores
from lrlab.spec import Arm, Candidate, Evaluation, Metric, Provenance, Record, Study, Trial

NOWHERE = Provenance(
    lrlab="0", python="3", torch="2", numpy="2", machine="none", device="cpu", threads=1, engine="none"
)
BOTH = Ensemble(label="both", part="one", members=("a", "b"))
SHOTS = Ensemble(label="shots", part="one", members=("c",), snapshots=True)
LABELS = {"one": np.array([0, 1, 1])}
SHARES = {  # by arm and array: probabilities of two classes for three examples; binary fractions, exact in float16
    ("a", "test"): [[0.75, 0.25], [0.75, 0.25], [0.25, 0.75]],
    ("b", "test"): [[0.75, 0.25], [0.125, 0.875], [0.5625, 0.4375]],
    ("c", "snapshot-2"): [[0.25, 0.75], [0.25, 0.75], [0.5, 0.5]],
    ("c", "test"): [[1.0, 0.0], [1.0, 0.0], [0.25, 0.75]],
}


def publication(*ensembles):
    arms = tuple(
        Arm(label=label, candidates=(Candidate(schedule="constant", peak=peak),)) for peak, label in enumerate("abc", 1)
    )
    study = Study(name="one", task="t", arms=arms, budget="4 epochs")
    return Publication(name="p", title="t", source="s", about="a", scale="reduced", parts=(study,), ensembles=ensembles)


def record(label, seed, snapshots=()):
    trial = Trial(
        task="t",
        data="0" * 16,
        optimizer={},
        schedule="constant",
        peak="abc".index(label) + 1,
        seed=seed,
        budget="4 epochs",
        batch_size=8,
        snapshots=snapshots,
    )
    end = Evaluation(loss=1.0, score=0.5, confusion=None)
    return Record(
        trial=trial,
        outcome="finished",
        diverged_at=None,
        metric=Metric(name="accuracy"),
        updates=18,  # 4 epochs, the last one short
        updates_per_epoch=5,
        epochs=(),
        validation=None,
        test=end,
        train_seconds=1.0,
        evaluate_seconds=0.0,
        provenance=NOWHERE,
    )


def kept(records, shares=SHARES):
    """Arrays by trial key and name, as the store gives them."""
    found = {}
    for label, group in records.items():
        for one in group:
            for (arm, name), values in shares.items():
                if arm == label:
                    file = io.BytesIO()
                    np.save(file, np.array(values, dtype=np.float16))
                    found[one.trial.key, name] = file.getvalue()
    return found


def scores(records, arrays, *ensembles, labels=LABELS):
    return ensemble_scores(publication(*ensembles), {"one": records}, lambda *place: arrays.get(place), labels)


def test_the_mean_of_two_arms_by_hand():
    records = {"a": [record("a", 5)], "b": [record("b", 5)]}
    (found,) = scores(records, kept(records), BOTH)
    # Means: (0.75, 0.25), (0.4375, 0.5625), (0.40625, 0.59375): each member errs once, the mean never.
    assert (found.label, found.part, found.seed) == ("both", "one", 5)
    assert found.members == (2 / 3, 2 / 3)
    assert found.accuracy == 1.0
    assert found.loss == pytest.approx(-math.log(0.75 * 0.5625 * 0.59375) / 3)


def test_the_mean_of_snapshots_by_hand_the_last_of_which_is_the_end():
    records = {"c": [record("c", 5, snapshots=(4, 2, 9))]}  # there is no epoch 9
    (found,) = scores(records, kept(records), SHOTS)
    # Means: (0.625, 0.375), (0.625, 0.375), (0.375, 0.625).
    assert found.members == (1 / 3, 2 / 3)
    assert found.accuracy == 2 / 3
    assert found.loss == pytest.approx(-math.log(0.625 * 0.375 * 0.625) / 3)


def test_a_probability_that_was_rounded_to_zero_costs_what_float16_can_say():
    records = {"c": [record("c", 5, snapshots=(4,))]}
    (found,) = scores(records, kept(records), SHOTS)
    assert found.loss == pytest.approx(-math.log(2**-24 * 0.75) / 3)


def test_only_seeds_of_which_every_prediction_is_at_hand():
    records = {"a": [record("a", seed) for seed in (9, 7, 8, 6)], "b": [record("b", seed) for seed in (6, 7, 9)]}
    arrays = kept(records)
    del arrays[records["b"][1].trial.key, "test"]  # seed 7
    assert [found.seed for found in scores(records, arrays, BOTH)] == [6, 9]
    shots = {"c": [record("c", seed, snapshots=(2, 4)) for seed in (6, 7)]}
    arrays = kept(shots)
    del arrays[shots["c"][0].trial.key, "snapshot-2"]
    assert [found.seed for found in scores(shots, arrays, SHOTS)] == [7]


def test_no_members_no_scores():
    assert scores({}, {}, BOTH, SHOTS) == ()
    assert scores({"c": [record("c", 1)]}, {}, SHOTS) == ()  # an arm that keeps no snapshots
    assert ensemble_scores(publication(BOTH), {}, lambda *_: None, {}) == ()


def test_ensembles_come_in_the_order_of_the_publication():
    records = {label: [record(label, seed, snapshots=(2, 4)) for seed in (2, 1)] for label in "abc"}
    found = scores(records, kept(records), SHOTS, BOTH)
    assert [(one.label, one.seed) for one in found] == [("shots", 1), ("shots", 2), ("both", 1), ("both", 2)]


def test_as_a_plain_loop_finds_them():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 50, 4))
    shares = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    labels = rng.integers(0, 4, size=50)
    records = {"a": [record("a", 1)], "b": [record("b", 1)]}
    arrays = kept(records, {("a", "test"): shares[0], ("b", "test"): shares[1]})
    (found,) = scores(records, arrays, BOTH, labels={"one": labels})
    right, loss = 0, 0.0
    for first, second, label in zip(*shares.astype(np.float16).astype(float).tolist(), labels.tolist(), strict=True):
        mean = [(p + q) / 2 for p, q in zip(first, second, strict=True)]
        right += max(range(4), key=mean.__getitem__) == label
        loss -= math.log(mean[label])
    assert found.accuracy == right / 50
    assert found.loss == pytest.approx(loss / 50)
