"""Studies of arms: named settings with candidates, of which the tuning phase chooses."""

import pytest

from lrlab.errors import StudyError
from lrlab.lab import OpenedTask, prepare
from lrlab.lab._phases import confirm_trials, phases
from lrlab.spec import (
    Arm,
    Candidate,
    Evaluation,
    Metric,
    Optimizer,
    Provenance,
    Record,
    Study,
    dump_study,
    load_study,
)

NOWHERE = Provenance(
    lrlab="0", python="3", torch="2", numpy="2", machine="none", device="cpu", threads=1, engine="reference"
)

ARMS = (
    Arm(label="plain", candidates=(Candidate(schedule="constant", peak=0.1),)),
    Arm(
        label="annealed",
        candidates=(
            Candidate(schedule="cosine", peak=0.1),
            Candidate(schedule="step", peak=0.1),
            Candidate(schedule="step", peak=0.3),
        ),
        snapshots=(2, 4),
    ),
    Arm(label="adam", candidates=(Candidate(schedule="constant", peak=0.001, optimizer=Optimizer(name="adam")),)),
)


def study(**changes):
    fields = {"name": "arms", "task": "blobs", "arms": ARMS, "budget": "4 epochs", "watch": "test"}
    return Study.model_validate(
        fields | {"tune": {"seeds": 1, "budget": "2 epochs"}, "confirm": {"seeds": 3}} | changes
    )


def made(trial, score):
    """A record that says no more than its score."""
    end = Evaluation(loss=1 - score, score=score, confusion=None)
    return Record(
        trial=trial,
        outcome="finished",
        diverged_at=None,
        metric=Metric(name="accuracy"),
        updates=4,
        updates_per_epoch=1,
        epochs=(),
        validation=end,
        test=end,
        train_seconds=0.0,
        evaluate_seconds=0.0,
        provenance=NOWHERE,
    )


def run(plan, score):
    """Drive the phases with records that score as told; the batches, and what came out."""
    steps, batches = phases(plan, "0" * 16), []
    batch = next(steps)
    try:
        while True:
            batches.append(batch)
            batch = steps.send({trial.key: made(trial, score(trial)) for trial in batch.trials})
    except StopIteration as end:
        return batches, end.value


def test_only_arms_with_several_candidates_are_tuned_and_the_best_is_confirmed():
    plan = study()
    batches, outcome = run(plan, lambda trial: 0.9 if trial.peak == 0.3 else 0.5)
    assert [(batch.phase, len(batch.trials)) for batch in batches] == [("tune", 3), ("confirm", 9)]
    assert plan.planned_trials == 12
    assert {choice.label: (choice.schedule, choice.peak) for choice in outcome.choices} == {
        "plain": ("constant", 0.1),
        "annealed": ("step", 0.3),
        "adam": ("constant", 0.001),
    }
    labels = [plan.label_of(record.trial) for record in outcome.confirmed]
    assert labels == ["plain"] * 3 + ["annealed"] * 3 + ["adam"] * 3
    assert outcome.confirmed[-1].trial.optimizer.name == "adam"


def test_ties_go_to_the_first_candidate():
    _, outcome = run(study(), lambda trial: 0.5)
    assert next(choice for choice in outcome.choices if choice.label == "annealed").schedule == "cosine"


def test_only_confirm_trials_watch_the_test_data_and_keep_snapshots():
    batches, _ = run(study(), lambda trial: 0.5)
    tune, confirm = (batch.trials for batch in batches)
    assert {(trial.watch, trial.snapshots, trial.budget) for trial in tune} == {("validation", (), "2 epochs")}
    assert {trial.watch for trial in confirm} == {"test"}
    assert [trial.snapshots for trial in confirm] == [()] * 3 + [(2, 4)] * 3 + [()] * 3


def test_the_sample_for_calibration_takes_the_first_candidates_seed_by_seed():
    sample = confirm_trials(study(), "0" * 16)
    assert [(trial.seed, trial.peak) for trial in sample[:4]] == [(1000, 0.1), (1000, 0.1), (1000, 0.001), (1001, 0.1)]


def test_a_study_of_arms_goes_to_a_file_and_back(tmp_path):
    (tmp_path / "arms.yaml").write_text(dump_study(study()))
    assert load_study(tmp_path / "arms.yaml") == study()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schedules": ["cosine"]}, "arms bring schedules and peaks of their own"),
        ({"tune": {"peaks": [0.1]}}, "arms bring schedules and peaks of their own"),
        ({"arms": ()}, "needs at least 1 schedule in `schedules`, or arms"),
        ({"arms": (ARMS[0], ARMS[0])}, "arms must differ from each other, but plain stands there twice"),
        (
            {"arms": (ARMS[0], ARMS[0].model_copy(update={"label": "again"}))},
            "candidates must differ, but constant at 0.1 stands in plain and again in again",
        ),
        ({"baseline": "plian"}, "baseline 'plian' is not among the schedules; did you mean plain"),
        ({"arms": ARMS, "evaluate_every": 2, "baseline": "plain"}, ""),
    ],
)
def test_arms_that_do_not_go_together_are_refused(changes, words):
    if not words:
        assert study(**changes).reference == "plain"
        return
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        study(**changes)


def test_a_trial_of_another_study_has_no_label():
    stranger = confirm_trials(study(), "0" * 16)[0].model_copy(update={"peak": 0.7})
    with pytest.raises(StudyError, match=r"constant at 0.7 belongs to no arm of the study arms"):
        study().label_of(stranger)


def test_without_validation_data_nothing_is_tuned_and_no_rule_watches():
    task = OpenedTask("blobs", "blobs", "0" * 16, 100, validated=False)
    with pytest.raises(StudyError, match="tuning needs validation data, and blobs has none"):
        prepare(study(batch_size=10), task)
    rule = Arm(label="rule", candidates=(Candidate(schedule="by_oscillation+seq1", peak=0.1),))
    with pytest.raises(StudyError, match=r"rule: .* watches the validation loss, and blobs has no validation data"):
        prepare(study(batch_size=10, arms=(ARMS[0], rule)), task)
    assert prepare(study(batch_size=10, arms=(ARMS[0],)), task).study.labels == ("plain",)
