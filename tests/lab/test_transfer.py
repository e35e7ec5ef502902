"""Which claims are carried, what a place's study is, and what its results say of the claims."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from lrlab.errors import StudyError, TaskError
from lrlab.lab import budget_at, carried_claims, carried_place, check_other, check_places, study_at, with_seeds
from lrlab.lab._transfer import _tau_between, carried_answer
from lrlab.schedules import Horizon
from lrlab.spec import (
    Arm,
    BestSet,
    Candidate,
    CarriedPair,
    Metric,
    Optimizer,
    Study,
    Transfer,
    TransferPlace,
)
from support.results import example_results

HALF, TWICE = TransferPlace(axis="budget", factor=0.5), TransferPlace(axis="budget", factor=2.0)
WIDE = TransferPlace(axis="width", factor=2.0)
LABELS = ("one_cycle", "constant")
ROW = example_results().rows[0]


@pytest.fixture(scope="module")
def results():
    return example_results(confirm_seeds=12, task="digits/convnet")


def with_best(results, *among):
    out = tuple(label for label in results.study.labels if label not in among)
    return results.model_copy(update={"best": BestSet(among=among, out=out)})


def turned(claim):
    """The claim of the other way round."""
    loser = claim.b if claim.verdict == claim.a else claim.a
    numbers = {"difference": -claim.difference, "low": -claim.high, "high": -claim.low}
    return claim.model_copy(update={"verdict": loser, **numbers})


def pair(there):
    return CarriedPair(better="a", worse="b", there=there, advantage=0.0, low=-1.0, high=1.0, adjusted_p=0.5)


def test_the_leader_and_the_baseline_are_carried_where_there_is_no_best_set(results):
    asked = carried_claims(results)
    assert asked.labels == (results.leader, "constant")
    assert asked.claims == ((results.leader, "constant"),)
    assert asked.notes == ()


def test_the_best_set_and_the_baseline_are_carried(results):
    asked = carried_claims(with_best(results, "cosine", "one_cycle"))
    assert asked.labels == ("cosine", "one_cycle", "constant")
    assert set(asked.claims) == {("cosine", "constant"), ("one_cycle", "constant")}
    assert carried_claims(with_best(results, "constant", "cosine")).labels == ("constant", "cosine")


def test_where_the_baseline_is_best_the_best_that_it_beat_is_carried_too(results):
    best = with_best(results, "cosine").model_copy(
        update={"study": results.study.model_copy(update={"baseline": "cosine"})}
    )
    assert carried_claims(best).claims == (("cosine", "constant"),)
    assert carried_claims(best).labels == ("cosine", "constant")


def test_without_a_claim_there_is_no_order_to_carry():
    asked = carried_claims(example_results(confirm_seeds=4))
    assert asked.claims == ()
    assert asked.notes[0].startswith("the study claims no order among")
    assert asked.notes[0].endswith("more seeds may show one")


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (("same",), "holds"),
        (("same", "same"), "holds"),
        (("same", ""), "cannot tell"),
        (("",), "cannot tell"),
        (("same", "other way"), "flips"),
        (("", "other way"), "flips"),
    ],
)
def test_the_answer_follows_from_the_pairs(found, answer):
    assert carried_answer([pair(there) for there in found]) == answer


def test_the_study_itself_would_hold_and_its_mirror_flips(results):
    asked = carried_claims(results)
    same = carried_place(results, results, TWICE, asked)
    assert same.answer == "holds"
    assert same.tau == 1.0
    mirror = results.model_copy(update={"claims": tuple(turned(c) if c.verdict else c for c in results.claims)})
    flipped = carried_place(results, mirror, TWICE, asked)
    assert flipped.answer == "flips"
    assert flipped.pairs[0].there == "other way"
    assert flipped.pairs[0].advantage == -same.pairs[0].advantage < 0
    assert (flipped.pairs[0].low, flipped.pairs[0].high) == (-same.pairs[0].high, -same.pairs[0].low)
    open_claims = tuple(claim.model_copy(update={"verdict": ""}) for claim in results.claims)
    assert (
        carried_place(results, results.model_copy(update={"claims": open_claims}), TWICE, asked).answer == "cannot tell"
    )


def test_an_advantage_is_above_0_where_the_study_is_right_whatever_the_metric():
    results = example_results(confirm_seeds=12, metric=Metric(name="error", higher_is_better=False))
    found = carried_place(results, results, TWICE, carried_claims(results)).pairs[0]
    assert found.there == "same"
    assert 0 < found.low < found.advantage < found.high


def test_a_place_is_a_small_study_on_fresh_seeds(results):
    study = study_at(results, HALF, LABELS)
    assert study.labels == LABELS
    assert study.budget == "2 epochs"
    assert study.task == results.study.task
    assert study.confirm.questions == "pairs"
    assert len(study.confirm.seeds) == 12
    assert not set(study.confirm.seeds) & set(results.study.confirm.seeds)
    assert study.baseline == "constant"
    assert study.name == "example-budget-0.5"
    assert study.batch_size == results.study.batch_size


def test_peaks_are_tried_around_those_found(results):
    peaks = study_at(results, HALF, LABELS).tune.peaks
    chosen = {choice.label: choice.peak for choice in results.choices}
    low, high = min(chosen[label] for label in LABELS), max(chosen[label] for label in LABELS)
    assert peaks[0] == pytest.approx(low / 2)
    assert high * 2 <= peaks[-1] < high * 4
    assert np.diff(np.log2(peaks)) == pytest.approx(1.0)


def test_an_arm_keeps_its_optimizer_and_is_tuned_around_its_own_peak(results):
    other = Optimizer(momentum=0.5)
    confirmed = tuple(
        record.model_copy(update={"trial": record.trial.model_copy(update={"optimizer": other})})
        for record in results.confirmed
    )
    study = study_at(results.model_copy(update={"confirmed": confirmed}), HALF, LABELS)
    assert study.labels == LABELS
    assert {candidate.optimizer for arm in study.arms for candidate in arm.candidates} == {other}
    own = next(choice.peak for choice in results.choices if choice.label == "constant")
    assert [candidate.peak for candidate in study.arms[1].candidates] == pytest.approx(
        [own * 2.0**n for n in range(-2, 3)]
    )


def test_arms_that_are_called_as_their_schedule_stay_arms(results):
    peaks = results.study.tune.peaks
    arms = [
        Arm(label=label, candidates=tuple(Candidate(schedule=label, peak=peak) for peak in peaks))
        for label in results.study.labels
    ]
    fields = {"schedules": (), "arms": arms, "tune": {"seeds": [0, 1]}}
    study = Study.model_validate(results.study.to_dict() | fields)
    carried = study_at(results.model_copy(update={"study": study}), HALF, LABELS)
    assert carried.labels == LABELS
    assert [len(arm.candidates) for arm in carried.arms] == [5, 5]
    assert {candidate.batch_size for arm in carried.arms for candidate in arm.candidates} == {None}


def test_a_batch_size_that_was_chosen_is_carried(results):
    def wider(record):
        own = {"batch_size": 128} if str(record.trial.schedule) == "one_cycle" else {}
        return record.model_copy(update={"trial": record.trial.varied(**own)})

    carried = study_at(results.model_copy(update={"confirmed": tuple(map(wider, results.confirmed))}), HALF, LABELS)
    assert carried.batch_size == results.study.batch_size
    assert {candidate.batch_size for candidate in carried.arms[0].candidates} == {128}
    assert {candidate.batch_size for candidate in carried.arms[1].candidates} == {None}


def test_another_width_is_another_task(results):
    study = study_at(results, WIDE, LABELS)
    assert study.task == "digits/convnet(width=2)"
    assert study.budget == results.study.budget


def test_seeds_are_cut_from_the_end(results):
    study = study_at(results, HALF, LABELS)
    assert with_seeds(study, 10).confirm.seeds == study.confirm.seeds[:10]


def test_a_budget_is_times_a_factor():
    assert budget_at("6 epochs", HALF) == "3 epochs"
    assert budget_at("5 epochs", HALF) == "2.5 epochs"
    assert budget_at("500 updates", TWICE) == "1000 updates"
    with pytest.raises(StudyError, match=r"half the budget comes to 38.5 updates.*take a factor that divides 77"):
        budget_at("77 updates", HALF)


def test_the_same_updates_are_the_study_itself(results):
    nearly = TransferPlace(axis="budget", factor=1.001)
    with pytest.raises(StudyError, match="comes to the same 40 updates, which is the study itself; take a factor"):
        check_other(nearly, results, Horizon(updates=40, updates_per_epoch=10))
    check_other(HALF, results, Horizon(updates=20, updates_per_epoch=10))


def test_what_cannot_be_is_known_before_training():
    check_places([HALF, WIDE], "digits/convnet", "6 epochs")
    with pytest.raises(TaskError, match="no layer has a part of one"):
        check_places([TransferPlace(axis="width", factor=0.3)], "digits/convnet", "")
    with pytest.raises(TaskError, match="ask for the budget alone"):
        check_places([WIDE], "mine.py:task", "")
    with pytest.raises(TaskError, match="comes to the width it has; take a factor farther from 1"):
        check_places([TransferPlace(axis="width", factor=1.0001)], "digits/convnet", "")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=6))
def test_tau_is_scipys(scores):
    rows = [ROW.model_copy(update={"label": str(n), "score": float(a)}) for n, (a, _) in enumerate(scores)]
    others = [row.model_copy(update={"score": float(b)}) for row, (_, b) in zip(rows, scores, strict=True)]
    expected = kendalltau(*zip(*scores, strict=True)).statistic
    found = _tau_between(rows, others, True)
    assert (found is None) == np.isnan(expected)
    assert found is None or found == pytest.approx(expected, abs=1e-12)


def test_two_arms_have_no_tau(results):
    asked = Transfer(labels=LABELS, claims=())
    two = results.model_copy(update={"rows": results.rows[:2]})
    assert carried_place(results, two, TWICE, asked).tau is None
