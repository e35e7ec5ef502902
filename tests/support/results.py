"""A small, made-up, coherent study's results, for tests of everything that reads `Results`."""

from collections.abc import Sequence

import numpy as np

from lrlab.spec import (
    OWN_LOOP,
    Arm,
    Candidate,
    Choice,
    Claim,
    Confirm,
    Epoch,
    Evaluation,
    Metric,
    Optimizer,
    Provenance,
    RateCurve,
    Record,
    Row,
    Study,
    StudyResults,
    Trial,
    Tune,
    parts_of_arm,
    read_arm,
)
from lrlab.stats import classification, judge, mean_interval, paired

ACCURACY = Metric(name="accuracy")
PEAKS = (0.03, 0.1, 0.3)
EPOCHS, PER_EPOCH, EXAMPLES = 4, 10, 1000
PROVENANCE = Provenance(
    lrlab="0", python="3", torch="2", numpy="2", machine="example", device="cpu", threads=1, engine="none"
)


def example_results(
    *,
    schedules: Sequence[str] = ("constant", "cosine", "one_cycle"),
    confirm_seeds: int = 4,
    classes: int | None = 3,
    metric: Metric = ACCURACY,
    task: str = "example",
    title: str = "An example",
) -> StudyResults:
    """Nothing was trained: scores are drawn from a fixed generator, statistics are computed from them by `lrlab.stats`.

    The first schedule is clearly worse, best at the lowest peak, and diverged once at the highest; the others are much
    alike. Three peaks and two seeds were tuned. Four seeds can claim no difference; ten can.
    """
    study = Study(
        name="example",
        title=title,
        task=task,
        schedules=tuple(map(read_arm, schedules)),
        budget=f"{EPOCHS} epochs",
        evaluate_every=2,
        tune=Tune(peaks=PEAKS),
        confirm=Confirm(seeds=tuple(range(1000, 1000 + confirm_seeds))),
    )
    tuned = tuple(
        _record(study, label, peak, seed, classes, metric, diverged=(label, peak, seed) == (study.labels[0], 0.3, 1))
        for label in study.labels
        for peak in PEAKS
        for seed in study.tune.seeds
    )
    sign = 1 if metric.higher_is_better else -1
    choices = tuple(_choice(label, _of(study, label, tuned), sign) for label in study.labels)
    confirmed = tuple(
        _record(study, choice.label, choice.peak, seed, classes, metric)
        for choice in choices
        for seed in study.confirm.seeds
    )
    rows = [_row(choice, _of(study, choice.label, confirmed)) for choice in choices]
    leader = max(choices, key=lambda choice: max(sign * score for score in choice.scores)).label
    return StudyResults(
        study=study,
        metric=metric,
        leader=leader,
        choices=choices,
        rows=tuple(sorted(rows, key=lambda row: (-sign * (row.score or 0.0), row.loss or 0.0))),
        claims=_claims(study, leader, confirmed, metric),
        tuned=tuned,
        confirmed=confirmed,
        curves=tuple(_curve(label, _of(study, label, confirmed)[0]) for label in study.labels),
    )


def all_diverged(results: StudyResults) -> StudyResults:
    """The same study, had every trial diverged at its first update."""
    gone = Epoch(train_loss=None, train_score=None, validation_loss=None, validation_score=None)
    how = {"outcome": "diverged", "diverged_at": 1, "updates": 1, "epochs": (gone,)}
    nothing = dict.fromkeys(("score", "low", "high", "precision", "recall", "f1", "loss"))
    alike = {"verdict": "", "difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0, "adjusted_p": 1.0}
    tuned_seeds = len(results.study.tune.seeds)
    return results.model_copy(
        update={
            "choices": tuple(
                choice.model_copy(update={"diverged": (tuned_seeds,) * len(choice.peaks)}) for choice in results.choices
            ),
            "rows": tuple(row.model_copy(update=nothing | {"diverged": row.seeds}) for row in results.rows),
            "claims": tuple(claim.model_copy(update=alike) for claim in results.claims),
            "tuned": tuple(record.model_copy(update=how) for record in results.tuned),
            "confirmed": tuple(record.model_copy(update=how) for record in results.confirmed),
        }
    )


def own_loop_results(results: StudyResults) -> StudyResults:
    """The same study, had loops of the user's own trained it that report no loss; the first that diverged has no score.

    A rate is known of no trial of the first schedule.
    """

    def own(record: Record) -> Record:
        nothing = Evaluation(loss=None, score=None, confusion=None)
        lossless = {"train_loss": None, "validation_loss": None}
        gone = {"loss": None, "confusion": None}
        seen = record.validation and record.validation.model_copy(update=gone)
        return record.model_copy(
            update={
                "provenance": record.provenance.model_copy(update={"engine": OWN_LOOP}),
                "epochs": tuple(epoch.model_copy(update=lossless) for epoch in record.epochs),
                "validation": nothing if record.diverged else seen,
                "test": nothing if record.diverged else record.test.model_copy(update=gone),
            }
        )

    return results.model_copy(
        update={
            "tuned": tuple(map(own, results.tuned)),
            "confirmed": tuple(map(own, results.confirmed)),
            "rows": tuple(
                row.model_copy(update=dict.fromkeys(("loss", "precision", "recall", "f1"))) for row in results.rows
            ),
            "choices": tuple(
                choice.model_copy(update={"losses": (None,) * len(choice.losses)}) for choice in results.choices
            ),
            "curves": results.curves[1:],
        }
    )


def with_optimizers(names: Sequence[str]) -> StudyResults:
    """Results of arms with optimizers of their own, one candidate each; nothing was tuned."""
    results = example_results(schedules=("constant", "cosine", "linear")[: len(names)], confirm_seeds=10)
    peaks = {choice.label: choice.peak for choice in results.choices}
    own = dict(zip(results.study.labels, (Optimizer(name=name, weight_decay=0.01) for name in names), strict=True))
    arms = tuple(
        Arm(label=label, candidates=(Candidate(schedule=schedule, peak=peaks[label], optimizer=own[label]),))
        for label, schedule in zip(own, results.study.schedules, strict=True)
    )
    confirmed = tuple(
        record.model_copy(
            update={"trial": record.trial.model_copy(update={"optimizer": own[results.study.label_of(record.trial)]})}
        )
        for record in results.confirmed
    )
    study = results.study.model_copy(update={"arms": arms, "schedules": (), "tune": type(results.study.tune)()})
    choices = tuple(
        choice.model_copy(update={"schedule": choice.label, "scores": (), "losses": ()}) for choice in results.choices
    )
    changes = {"study": study, "choices": choices, "tuned": (), "confirmed": confirmed, "leader": "constant"}
    return results.model_copy(update=changes)


def _of(study: Study, label: str, records: tuple[Record, ...]) -> list[Record]:
    return [record for record in records if study.label_of(record.trial) == label]


def _record(
    study: Study, label: str, peak: float, seed: int, classes: int | None, metric: Metric, diverged: bool = False
) -> Record:
    place = study.labels.index(label)
    luck, noise = (
        np.random.default_rng(seed).normal(scale=0.006),
        np.random.default_rng([seed, place]).normal(scale=2e-3),
    )
    best, skill = (PEAKS[0], 0.90) if place == 0 else (PEAKS[1], 0.949 + 0.001 * place)
    quality = 0.4 if diverged else min(skill + luck + noise - 0.06 * np.log10(peak / best) ** 2, 0.99)
    trial = Trial(
        task=study.task,
        data="0" * 16,
        **{"optimizer": study.optimizer} | parts_of_arm(study.schedules[place]),
        peak=peak,
        seed=seed,
        budget=study.budget,
        batch_size=study.batch_size,
        evaluate_every=study.evaluate_every,
    )
    return Record(
        trial=trial,
        outcome="diverged" if diverged else "finished",
        diverged_at=PER_EPOCH if diverged else None,
        metric=metric,
        updates=PER_EPOCH if diverged else EPOCHS * PER_EPOCH,
        updates_per_epoch=PER_EPOCH,
        epochs=tuple(_epoch(study, number, quality, metric, diverged) for number in range(1, EPOCHS + 1)),
        validation=_evaluation(quality, classes, metric),
        test=_evaluation(quality - 0.01, classes, metric),
        train_seconds=0.25,
        evaluate_seconds=0.05,
        provenance=PROVENANCE,
    )


def _epoch(study: Study, number: int, quality: float, metric: Metric, diverged: bool) -> Epoch:
    reached = quality * (1 - 0.5**number)
    score, loss = _score(reached, metric), round(1.2 - reached, 6)
    gone, due = diverged and number > 1, number % study.evaluate_every == 0
    return Epoch(
        train_loss=None if gone else loss,
        train_score=None if gone else score,
        validation_loss=None if gone or not due else loss + 0.05,
        validation_score=None if gone or not due else score,
    )


def _evaluation(quality: float, classes: int | None, metric: Metric) -> Evaluation:
    right = round(quality * EXAMPLES)
    score, loss = _score(right / EXAMPLES, metric), round(1.2 - quality, 6)
    if classes is None:
        return Evaluation(loss=loss, score=score, confusion=None)
    # The first classes carry the odd examples; every mistake falls on the next class.
    size_C, wrong_C = (
        np.full(classes, n // classes) + (np.arange(classes) < n % classes) for n in (EXAMPLES, EXAMPLES - right)
    )
    count_CC = np.diag(size_C - wrong_C) + np.roll(np.diag(wrong_C), 1, axis=1)
    return Evaluation(loss=loss, score=score, confusion=tuple(tuple(row) for row in count_CC.tolist()))


def _score(quality: float, metric: Metric) -> float:
    return round(quality if metric.higher_is_better else 1 - quality, 6)


def _choice(label: str, records: list[Record], sign: int) -> Choice:
    at = [[r.validation for r in records if r.trial.peak == peak and r.validation] for peak in PEAKS]
    scores = [float(np.mean([found.score for found in group])) for group in at]
    best = int(np.argmax(sign * np.array(scores)))
    return Choice(
        label=label,
        peak=PEAKS[best],
        at_edge=best in (0, len(PEAKS) - 1),
        peaks=PEAKS,
        scores=tuple(scores),
        losses=tuple(float(np.mean([found.loss for found in group])) for group in at),
        chosen=best,
        diverged=tuple(sum(r.diverged for r in records if r.trial.peak == peak) for peak in PEAKS),
        collapsed=(0,) * len(PEAKS),
    )


def _row(choice: Choice, records: list[Record]) -> Row:
    interval = mean_interval([r.test.score for r in records], rng=np.random.default_rng(0))
    macros = [classification(np.array(r.test.confusion)).macro for r in records if r.test.confusion]
    precision, recall, f1 = np.mean(macros, axis=0).tolist() if macros else (None, None, None)
    return Row(
        label=choice.label,
        peak=choice.peak,
        at_edge=choice.at_edge,
        score=interval.point,
        low=interval.low,
        high=interval.high,
        precision=precision,
        recall=recall,
        f1=f1,
        loss=float(np.mean([r.test.loss for r in records])),
        seconds=0.3,
        seeds=len(records),
        diverged=0,
    )


def _claims(study: Study, leader: str, confirmed: tuple[Record, ...], metric: Metric) -> tuple[Claim, ...]:
    scores = {label: [r.test.score for r in _of(study, label, confirmed)] for label in study.labels}
    base = study.reference
    pairs = [(leader, label) for label in study.labels if label != leader]
    pairs += [(label, base) for label in study.labels if leader != base and label not in (leader, base)]
    verdicts = judge([paired(scores[a], scores[b], rng=np.random.default_rng(0)) for a, b in pairs])
    return tuple(
        Claim(
            a=a,
            b=b,
            verdict="" if found.claim == "none" else a if (found.claim == "a") == metric.higher_is_better else b,
            difference=found.difference.difference,
            low=found.difference.low,
            high=found.difference.high,
            p=found.difference.p,
            adjusted_p=found.adjusted_p,
            seeds=found.difference.n,
            correlation=None if np.isnan(found.difference.rho) else found.difference.rho,
            superiority=found.difference.superiority if metric.higher_is_better else 1 - found.difference.superiority,
            smallest_visible=found.smallest_visible if np.isfinite(found.smallest_visible) else None,
        )
        for (a, b), found in zip(pairs, verdicts, strict=True)
    )


def _curve(label: str, record: Record) -> RateCurve:
    trial = record.trial
    bound = trial.schedule.bind(peak=trial.peak, horizon=trial.horizon(PER_EPOCH * trial.batch_size))
    return RateCurve.thinned(label, bound.all())
