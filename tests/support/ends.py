"""Studies of trials that end as told, without training: drives the phases of `lab` with made-up records."""

import io
from collections.abc import Callable, Sequence

import numpy as np

from lrlab.lab._answer import results
from lrlab.lab._phases import Outcome, phases
from lrlab.spec import Chance, Epoch, Evaluation, Level, Metric, Provenance, Record, Study, StudyResults, Trial

NOWHERE = Provenance(
    lrlab="0", python="3", torch="2", numpy="2", machine="none", device="cpu", threads=1, engine="reference"
)
ACCURACY, ERROR = Metric(name="accuracy"), Metric(name="error", higher_is_better=False)
UNTRAINED = 2.31


def record(
    trial: Trial,
    score: float | None = None,
    loss: float = 0.0,
    metric: Metric = ACCURACY,
    course: Sequence[float] = (2.309,),
    known: bool = True,
) -> Record:
    """A record of that score; without one it diverged, and its untrained weights score far better than any.

    course: validation losses on the way. known: whether chance is: 10 % (90 % of an error), loss 2.3.
    """
    gone = score is None
    best = 0.99 if metric.higher_is_better else 0.0
    end = Evaluation(loss=0.001 if gone else loss, score=best if gone else score, confusion=None)
    constant = Level(loss=2.3, score=0.1 if metric.higher_is_better else 0.9)
    chance = Chance(constant=constant, untrained=Level(loss=UNTRAINED), examples=400)
    looks = [Epoch(train_loss=1.0, train_score=0.1, validation_loss=one, validation_score=0.1) for one in course]
    return Record(
        trial=trial,
        outcome="diverged" if gone else "finished",
        diverged_at=3 if gone else None,
        metric=metric,
        updates=4,
        updates_per_epoch=1,
        epochs=tuple(looks),
        validation=end,
        test=end,
        train_seconds=0.1 if gone else 1.0,
        evaluate_seconds=0.0,
        provenance=NOWHERE,
        chance=chance if known else None,
    )


def study(
    peaks: Sequence[float] = (0.1, 1.0),
    extend: int = 0,
    seeds: int = 2,
    schedules: Sequence[str] = ("constant", "cosine"),
    **changes: object,
) -> Study:
    """A study of two schedules, two peaks and six confirm seeds; any field can be changed."""
    fields = {"name": "s", "task": "t", "schedules": schedules, "budget": "4 epochs", "confirm": {"seeds": 6}}
    tune = {"peaks": peaks, "extend": extend, "seeds": seeds}
    return Study.model_validate(fields | {"tune": tune} | changes)


def drive(plan: Study, made: Callable[[Trial], Record]) -> Outcome:
    """The outcome of a plan whose trials end as `made` says."""
    steps = phases(plan, "0" * 16)
    batch = next(steps)
    try:
        while True:
            batch = steps.send({trial.key: made(trial) for trial in batch.trials})
    except StopIteration as end:
        return end.value


def answered(plan: Study, made: Callable[[Trial], Record]) -> StudyResults:
    """The answers of a plan whose trials end as `made` says; every rate is 1."""
    file = io.BytesIO()
    np.save(file, np.ones(1))
    return results(plan, drive(plan, made), lambda _: file.getvalue())
