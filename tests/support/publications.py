"""A small, made-up, coherent published study and its results, for tests of everything that reads them.

Suffix N: examples; C: classes.
"""

import io
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrlab.publications import (
    ArmFamily,
    Decision,
    Ensemble,
    PartResults,
    Publication,
    PublicationResults,
    PublicationScale,
    PublishedBest,
    PublishedClaim,
    PublishedRow,
    PublishedTable,
)
from lrlab.publications._answers import publication_results
from lrlab.publications._ensembles import ensemble_scores
from lrlab.rules import Rule, parse, simulate
from lrlab.schedules import Horizon
from lrlab.spec import (
    Arm,
    Candidate,
    Choice,
    Confirm,
    Epoch,
    Evaluation,
    Metric,
    Optimizer,
    RateCurve,
    Record,
    Study,
    Trial,
    Tune,
)
from lrlab.stats import classification, confusion_counts

from .results import PROVENANCE

NAME, CLOUDS, DIGITS = "example-study", "example-study-clouds", "example-study-digits"
EPOCHS, PER_EPOCH, EXAMPLES, CLASSES = 6, 10, 200, 4
LABELS = np.arange(EXAMPLES) % CLASSES
SPLITS = ("train", "validation", "test")
DIVERGED = (DIGITS, "constant", 1003)  # this trial diverges in its third epoch


class _Skill(NamedTuple):
    """How an arm learns: how clearly it tells classes in the end, epochs to two thirds of that, jumps on the way."""

    clear: float
    pace: float
    jumps: float


SKILLS = {
    "slow": _Skill(1.2, 5.0, 0.0),
    "jumpy": _Skill(1.6, 1.0, 0.15),
    "falling": _Skill(2.6, 2.0, 0.02),
    "cycling": _Skill(2.6, 2.0, 0.02),
    "constant": _Skill(1.6, 1.5, 0.05),
    "tuned": _Skill(2.4, 1.5, 0.02),
    "by-cutoff": _Skill(2.4, 1.5, 0.02),
    "adam": _Skill(2.1, 1.0, 0.05),
}


def example_publication(scale: PublicationScale = "reduced", seeds: int = 10) -> Publication:
    """Two parts of four arms, with tables, claims of every kind, ensembles and a decision.

    The part of clouds watches the test data and has no validation data; one arm keeps snapshots. In the part of digits
    one arm has three candidates, one is a rule, one has another optimizer.
    """
    return Publication(
        name=NAME,
        title="An example of a published study",
        source="Nobody, 2020",
        about="Does a falling rate help on made-up data?",
        scale=scale,
        parts=(_clouds(seeds), _digits(seeds)),
        tables=TABLES,
        bests=BESTS,
        claims=(*CLAIMS_OF_CLOUDS, *CLAIMS_OF_DIGITS),
        ensembles=(
            Ensemble(label="mean of jumpy and falling", part=CLOUDS, members=("jumpy", "falling")),
            Ensemble(label="snapshots of cycling", part=CLOUDS, members=("cycling",), snapshots=True),
        ),
        decisions=(
            Decision(topic="Batch size", said="Not stated.", chosen="64.", why="It is <small> enough & usual."),
        ),
        remarks=(f"Scale {scale}: nothing was trained.",),
    )


@cache
def example_publication_results(scale: PublicationScale = "reduced", seeds: int = 10) -> PublicationResults:
    """Nothing was trained: predictions are drawn from fixed generators, all else is computed from them.

    On ten seeds the answers are, in the order of the claims: supported, contradicted, undecided, undecided
    (of an equality), supported (a measure of which lower is better), not testable (a reason), not testable (no such
    data), supported, contradicted (an equality). Two seeds can claim nothing. One confirmed trial diverged.
    """
    publication = example_publication(scale, seeds)
    parts = tuple(_part(study) for study in publication.parts)
    arrays = {
        (record.trial.key, name): npy
        for part in parts
        for record in part.confirmed
        for name, npy in example_arrays(part.study, record).items()
    }
    ensembles = ensemble_scores(
        publication,
        {part.study.name: _by_label(part) for part in parts},
        lambda key, name: arrays.get((key, name)),
        {study.name: LABELS for study in publication.parts},
    )
    return publication_results(publication, parts, ensembles)


def example_arrays(study: Study, record: Record) -> dict[str, bytes]:
    """What is kept beside a finished record of the example, as numpy files: rates, test probabilities, snapshots."""
    last = record.updates // PER_EPOCH
    arrays = {f"snapshot-{epoch}": _shares(study, record.trial, epoch, "test") for epoch in record.trial.snapshots}
    arrays["test"] = _shares(study, record.trial, 0 if record.outcome == "diverged" else last, "test")
    return {name: _npy(array) for name, array in ({"rates": _rates(record)} | arrays).items()}


def _clouds(seeds: int) -> Study:
    arms = {
        "slow": ("constant", 0.001),
        "jumpy": ("constant", 0.1),
        "falling": ("cosine", 0.1),
        "cycling": ("cosine_cycles(cycles=2, per=epoch)", 0.1),
    }
    return Study(
        name=CLOUDS,
        title="Which rate for clouds?",
        task="example/clouds",
        arms=tuple(
            Arm(
                label=label,
                candidates=(Candidate(schedule=parse(text), peak=peak),),
                snapshots=(3, 6) if label == "cycling" else (),
            )
            for label, (text, peak) in arms.items()
        ),
        baseline="jumpy",
        budget=f"{EPOCHS} epochs",
        watch="test",
        confirm=Confirm(seeds=tuple(range(1000, 1000 + seeds))),
    )


def _digits(seeds: int) -> Study:
    arms = {
        "constant": (Candidate(schedule=parse("constant"), peak=0.1),),
        "tuned": tuple(
            Candidate(schedule=parse(text), peak=peak) for text, peak in (("step", 0.1), ("step", 0.3), ("linear", 0.5))
        ),
        "by-cutoff": (Candidate(schedule=parse("by_cutoff(cutoff=0.1)+seq3"), peak=0.1),),
        "adam": (Candidate(schedule=parse("constant"), peak=0.001, optimizer=Optimizer(name="adam")),),
    }
    return Study(
        name=DIGITS,
        title="Which rule for digits?",
        task="example/digits",
        arms=tuple(Arm(label=label, candidates=candidates) for label, candidates in arms.items()),
        budget=f"{EPOCHS} epochs",
        tune=Tune(seeds=(0,), budget="3 epochs"),
        confirm=Confirm(seeds=tuple(range(1000, 1000 + seeds))),
    )


TABLES = (
    PublishedTable(
        title="Clouds: accuracy and epochs to convergence",
        part=CLOUDS,
        measures=("accuracy", "convergence"),
        rows=(
            PublishedRow(label="slow", values=(0.55, 6)),
            PublishedRow(label="jumpy", values=(0.8, None)),
            PublishedRow(label="falling", values=(0.9, 4)),
        ),
    ),
    PublishedTable(
        title="Clouds: on the way (drawn, not printed)",
        part=CLOUDS,
        measures=("f1", "loss", "epochs_to(0.6)", "stability", "gap", "seconds"),
    ),
    PublishedTable(
        title="Digits: final accuracies",
        part=DIGITS,
        measures=("validation_accuracy", "accuracy"),
        rows=tuple(
            PublishedRow(label=label, values=(value, None))
            for label, value in (("constant", 0.7), ("tuned", 0.85), ("by-cutoff", 0.86), ("adam", 0.7))
        ),
    ),
)

BESTS = (
    PublishedBest(
        title="Digits: the best of each kind",
        part=DIGITS,
        families=(
            ArmFamily(name="planned", arms=("constant", "tuned"), printed_best="tuned, 85 %"),
            ArmFamily(name="watching", arms=("by-cutoff",)),
        ),
        benchmarks=("constant", "adam"),
    ),
)


def _claim(part: str, name: str, text: str, measure: str, better: str, worse: str, **more: object) -> PublishedClaim:
    fields = {"id": name, "text": text, "part": part, "measure": measure}
    return PublishedClaim.model_validate(fields | {"better": better.split(), "worse": worse.split()} | more)


CLAIMS_OF_CLOUDS = (
    _claim(
        CLOUDS, "falling-best", "A falling rate is better than a constant one.", "accuracy", "falling", "slow jumpy"
    ),
    _claim(CLOUDS, "slow-fastest", "A low rate reaches 60 % first.", "epochs_to(0.6)", "slow", "jumpy"),
    _claim(CLOUDS, "falling-first", "One fall is better than two.", "accuracy", "falling", "cycling"),
    _claim(CLOUDS, "falls-alike", "One fall and two end alike.", "f1", "falling", "cycling", equal=True),
    _claim(CLOUDS, "slow-steady", "A low rate is more stable.", "stability", "slow", "jumpy", note="By the test loss."),
    PublishedClaim(id="same-time", text="The rate costs no time.", reason="Trials share their time."),
    _claim(CLOUDS, "unseen", "A falling rate generalises.", "validation_accuracy", "falling", "slow"),
)
CLAIMS_OF_DIGITS = (
    _claim(DIGITS, "decay-helps", "Decay helps.", "validation_accuracy", "tuned by-cutoff", "constant"),
    _claim(DIGITS, "adam-equal", "Adam is no better.", "validation_accuracy", "adam", "constant", equal=True),
)


def _part(study: Study) -> PartResults:
    tuned = tuple(_tuned(study))
    choices = tuple(_choice(study, arm, tuned) for arm in study.arms)
    confirmed = tuple(
        _record(study, arm.label, arm.candidates[_best(choice.scores)], seed, EPOCHS, arm.snapshots)
        for arm, choice in zip(study.arms, choices, strict=True)
        for seed in study.confirm.seeds
    )
    curves = tuple(
        RateCurve.thinned(study.label_of(record.trial), _rates(record))
        for record in confirmed
        if record.trial.seed == study.confirm.seeds[0]
    )
    return PartResults(study=study, choices=choices, tuned=tuned, confirmed=confirmed, curves=curves)


def _by_label(part: PartResults) -> dict[str, list[Record]]:
    return {
        label: [record for record in part.confirmed if part.study.label_of(record.trial) == label]
        for label in part.study.labels
    }


def _tuned(study: Study) -> Iterator[Record]:
    for arm in study.arms:
        for candidate in arm.candidates if len(arm.candidates) > 1 else ():
            for seed in study.tune.seeds:
                yield _record(study, arm.label, candidate, seed, 3, ())


def _choice(study: Study, arm: Arm, tuned: tuple[Record, ...]) -> Choice:
    """The candidate with the best validation score, of the one seed that was tuned."""
    ends = [record.validation for record in tuned if study.label_of(record.trial) == arm.label and record.validation]
    scores = tuple(end.score for end in ends)
    place = _best(scores)
    best = arm.candidates[place]
    return Choice(
        label=arm.label,
        peak=best.peak,
        at_edge=False,
        peaks=tuple(candidate.peak for candidate in arm.candidates),
        scores=scores,
        losses=tuple(end.loss for end in ends),
        schedule=str(best.schedule),
        tried=study.candidate_words(arm),
        chosen=place,
        diverged=(0,) * len(ends),
        collapsed=(0,) * len(ends),
    )


def _best(scores: tuple[float, ...]) -> int:
    return int(np.argmax(scores)) if scores else 0


def _record(
    study: Study, label: str, candidate: Candidate, seed: int, epochs: int, snapshots: tuple[int, ...]
) -> Record:
    confirmed = seed in study.confirm.seeds
    trial = Trial(
        task=study.task,
        data="0" * 16,
        optimizer=candidate.optimizer or study.optimizer,
        schedule=candidate.schedule,
        peak=candidate.peak,
        seed=seed,
        budget=f"{epochs} epochs",
        batch_size=study.batch_size,
        watch=study.watch if confirmed else "validation",
        snapshots=snapshots,
    )
    diverged = (study.name, label, seed) == DIVERGED
    lived = 2 if diverged else epochs
    ends = {split: _evaluation(_shares(study, trial, 0 if diverged else epochs, split)) for split in SPLITS}
    return Record(
        trial=trial,
        outcome="diverged" if diverged else "finished",
        diverged_at=2 * PER_EPOCH + 5 if diverged else None,
        metric=Metric(name="accuracy"),
        updates=epochs * PER_EPOCH,
        updates_per_epoch=PER_EPOCH,
        epochs=(
            *(_epoch(study, trial, number) for number in range(1, lived + 1)),
            *([Epoch.unmeasured()] if diverged else []),
        ),
        validation=None if study.watch == "test" else ends["validation"],
        test=ends["test"],
        train_seconds=0.25,
        evaluate_seconds=0.05,
        provenance=PROVENANCE,
    )


def _epoch(study: Study, trial: Trial, number: int) -> Epoch:
    """With test data and F1 where the trial watches them, else with validation data."""
    train, validation, test = (_evaluation(_shares(study, trial, number, split)) for split in SPLITS)
    if trial.watch == "validation":
        seen = {"validation_loss": validation.loss, "validation_score": validation.score}
    else:
        seen = {"test_loss": test.loss, "test_score": test.score, "test_f1": _f1(test), "train_f1": _f1(train)}
        seen |= {"validation_loss": None, "validation_score": None}
    return Epoch.model_validate({"train_loss": train.loss, "train_score": train.score} | seen)


def _f1(found: Evaluation) -> float:
    return classification(np.array(found.confusion)).macro.f1


def _evaluation(share_NC: NDArray[np.float16]) -> Evaluation:
    right_N = share_NC[np.arange(EXAMPLES), LABELS].astype(np.float64)
    predicted_N = share_NC.argmax(axis=1)
    return Evaluation(
        loss=float(-np.log(np.maximum(right_N, 1e-7)).mean()),
        score=float((predicted_N == LABELS).mean()),
        confusion=tuple(tuple(row) for row in confusion_counts(LABELS, predicted_N, CLASSES).tolist()),
    )


def _shares(study: Study, trial: Trial, epoch: int, split: str) -> NDArray[np.float16]:
    """Class probabilities after an epoch: how the examples look, what the seed makes of them, what was learned.

    Epoch 0: before the first update.
    """
    label, place = study.label_of(trial), SPLITS.index(split)
    clear, pace, jumps = SKILLS[label]
    arm = study.labels.index(label)
    drawn = np.random.default_rng([trial.seed, arm, epoch])
    learned = (1 - np.exp(-epoch / pace)) * (clear + trial.peak) * (1 + jumps * drawn.normal())
    looks_NC = np.random.default_rng(place).normal(size=(EXAMPLES, CLASSES))
    luck_NC = 0.4 * np.random.default_rng([trial.seed, arm, place]).normal(size=(EXAMPLES, CLASSES))
    logit_NC = looks_NC + luck_NC + (learned + 0.2 * (split == "train")) * np.eye(CLASSES)[LABELS]
    power_NC = np.exp(logit_NC)
    return (power_NC / power_NC.sum(axis=1, keepdims=True)).astype(np.float16)


def _rates(record: Record) -> NDArray[np.float64]:
    """The rates as used, of a rule by the validation losses of the record."""
    trial = record.trial
    horizon = Horizon(updates=record.updates, updates_per_epoch=PER_EPOCH)
    if not isinstance(trial.schedule, Rule):
        return trial.schedule.bind(peak=trial.peak, horizon=horizon).all()
    losses = [np.nan if epoch.validation_loss is None else epoch.validation_loss for epoch in record.epochs]
    return simulate(trial.schedule, losses, peak=trial.peak, horizon=horizon)


def _npy(array: NDArray[np.generic]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()
