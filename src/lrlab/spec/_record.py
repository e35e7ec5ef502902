"""Record: what a trial leaves."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import chain
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ..rules import Rule
from ..schedules import Horizon
from ..stats import (
    Averages,
    ClassCounts,
    ClassScores,
    class_counts,
    class_counts_of_cells,
    classification,
    macro_averages,
)
from ._chance import Chance, Way
from ._epochs import Epochs
from ._metric import Metric
from ._noun import Noun, omit_empty
from ._trial import Trial

AT_ONCE = 1000  # evaluations whose counts are taken together
OWN_LOOP = "own loop"  # the engine of a training loop of the user's own


class SparseCounts(Noun):
    """Confusion counts of many classes: (true class, predicted class, count) of every pair that occurs, in order."""

    classes: int = Field(ge=1)
    cells: tuple[tuple[int, int, int], ...]

    @model_validator(mode="after")
    def _check_cells(self) -> "SparseCounts":
        if any(not (0 <= true < self.classes and 0 <= guess < self.classes and n > 0) for true, guess, n in self.cells):
            raise ValueError(f"cells hold classes 0 .. {self.classes - 1} and counts above 0")
        return self


class Evaluation(Noun):
    """A data split under the final weights: mean loss, the task's metric, and confusion counts for classes.

    loss: None where a loop of the user's own gave none. score: None where such a loop diverged: nothing was measured.
    confusion: [true class][predicted class] counts, sparse for many classes; None where the task has no classes.
    scores: the further metrics of the task's objective, by name, such as "macro_f1"; none where it has one alone, and
    without those that are no number here.
    """

    loss: float | None
    score: float | None
    confusion: tuple[tuple[int, ...], ...] | SparseCounts | None
    scores: dict[str, float] = Field(default_factory=dict)

    @model_serializer(mode="wrap")
    def _omit_no_scores(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without empty `scores`, so that records from before it keep their bytes."""
        return omit_empty(write(self), "scores")

    def __hash__(self) -> int:
        return hash((self.loss, self.score, self.confusion))  # no mapping has one

    @property
    def class_counts(self) -> ClassCounts | None:
        """How often each class was rightly predicted, true, predicted; None where the task has no classes."""
        if self.confusion is None:
            return None
        if isinstance(self.confusion, SparseCounts):
            return class_counts_of_cells(self.confusion.cells, self.confusion.classes)
        return class_counts(self.confusion)

    @property
    def classification(self) -> ClassScores | None:
        """Precision, recall and F1 by class, and their averages; None where the task has no classes."""
        counts = self.class_counts
        return None if counts is None else classification(counts)

    @cached_property
    def macro(self) -> Averages | None:
        """Precision, recall and F1 averaged over classes; None where the task has no classes."""
        by_class = self.classification  # its arrays, kept with a noun, could not be compared with another's
        return None if by_class is None else by_class.macro


def stack_counts(confusions: Iterable[object]) -> NDArray[np.int64] | None:
    """Confusion counts of several data sets, (N, C, C); None where one is sparse, is none, or has other classes."""
    every = list(confusions)
    first = every[0] if every else None
    if not isinstance(first, tuple) or not all(isinstance(each, tuple) and len(each) == len(first) for each in every):
        return None
    rows: list[tuple[int, ...]] = [row for each in every for row in each]  # type: ignore[attr-defined]
    if set(map(len, rows)) != {len(first)}:
        return None
    counts = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * len(first))
    return counts.reshape(len(every), len(first), len(first))


def know_macros(evaluations: Iterable[Evaluation]) -> None:
    """Find the averages over classes of many evaluations at once: `Evaluation.macro` then has them."""
    groups: dict[int, list[Evaluation]] = {}
    for each in evaluations:
        if isinstance(each.confusion, tuple) and "macro" not in vars(each):
            groups.setdefault(len(each.confusion), []).append(each)
    for group in groups.values():
        for start in range(0, len(group), AT_ONCE):
            some = group[start : start + AT_ONCE]
            count_NCC = stack_counts(each.confusion for each in some)
            if count_NCC is None or (count_NCC < 0).any() or not count_NCC.any(axis=(1, 2)).all():
                continue  # each for itself says what is wrong
            for each, values in zip(some, macro_averages(count_NCC).tolist(), strict=True):
                vars(each)["macro"] = Averages(*values)


class Provenance(Noun):
    """Where a record comes from. None of it is part of a trial's key.

    engine: "reference", or the layout of the stack the trial was trained in. stack: how many trainings began in it.
    ratio: how many times faster than one by one the stack was, per trial, when it was calibrated; None: not measured.
    left_at: the number of updates after which the trial left its stack while others went on; None: it stayed.
    shared_with: how many other trials, that differ in their average of weights alone, had the same training; its
    seconds are shared by them.
    """

    lrlab: str
    python: str
    torch: str
    numpy: str
    machine: str
    device: str
    threads: int
    engine: str
    stack: int = 1
    ratio: float | None = None
    left_at: int | None = None
    shared_with: int = 0

    @model_serializer(mode="wrap")
    def _omit_alone(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without a `shared_with` of 0, so that records from before it keep their bytes."""
        return omit_empty(write(self), "shared_with")


class Record(Noun):
    """What a trial leaves.

    Kept beside it as arrays: the rates as used, and which test examples were rightly predicted; of published studies
    and trials with snapshots the final validation and test probabilities too.

    validation: None where the task has no validation data.
    outcome: "diverged" where the loss left the finite numbers, at update `diverged_at`; such a trial is scored with its
    untrained weights: it has learned nothing, and is never better than a finished one.
    train_seconds is optimization alone; evaluate_seconds is validation and test.
    class_names: of the classes that confusion counts go by, in their order; none where they have numbers only.
    chance: what the validation data give without learning; None where it is not known, as in older records.
    """

    trial: Trial
    outcome: Literal["finished", "diverged"]
    diverged_at: int | None
    metric: Metric
    updates: int = Field(ge=1)
    updates_per_epoch: int = Field(ge=1)
    epochs: Epochs
    validation: Evaluation | None
    test: Evaluation
    train_seconds: float
    evaluate_seconds: float
    provenance: Provenance
    class_names: tuple[str, ...] = ()
    chance: Chance | None = None

    @model_serializer(mode="wrap")
    def _omit_unknown(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without those that came later and are empty, so that older records stay the same text."""
        later = {"class_names": self.class_names, "chance": self.chance}
        return {name: value for name, value in write(self).items() if later.get(name, value) or name not in later}

    @property
    def own_loop(self) -> bool:
        """Whether a training loop of the user's own made it: its optimizer and batches are not known."""
        return self.provenance.engine == OWN_LOOP

    @property
    def whole_seconds(self) -> float:
        """The seconds of its training, of which `train_seconds` is its part where other trials share it."""
        return self.train_seconds * (1 + self.provenance.shared_with)

    @property
    def diverged(self) -> bool:
        """Whether the loss left the finite numbers."""
        return self.outcome == "diverged"

    @cached_property
    def collapsed(self) -> bool:
        """Whether the trial finished near chance, on validation data; False where chance is not known."""
        if self.diverged or self.chance is None or self.validation is None:
            return False
        loss, score = self.validation.loss, self.validation.score
        if loss is None or score is None:
            return False
        return not self.chance.passed(loss, score, self.metric.higher_is_better)

    @property
    def learned(self) -> bool:
        """Whether the trial neither diverged nor collapsed."""
        return not (self.diverged or self.collapsed)

    @property
    def way(self) -> Way:
        """Where better peaks lie, of a trial that learned nothing; "" where that is not known, or it learned."""
        if self.diverged:
            return "lower"
        if not self.collapsed or self.chance is None or self.validation is None:
            return ""
        return self.chance.way([*(epoch.validation_loss for epoch in self.epochs), self.validation.loss])


def planned_rates(record: Record) -> NDArray[np.float64] | None:
    """The rates of all updates as the schedule of a record gives them; None of a rule, which watched the run."""
    plan = record.trial.schedule
    if isinstance(plan, Rule):
        return None
    horizon = Horizon(updates=record.updates, updates_per_epoch=record.updates_per_epoch)
    return plan.bind(peak=record.trial.peak, horizon=horizon)(np.arange(horizon.updates))


def metric_of(records: Iterable[Record]) -> Metric:
    """The metric of records of one study, at least one: that of the first that did not diverge.

    A loop of the user's own that declares no metric says what it is by what it finishes with, and a trial that diverged
    does not finish: its record has the loss.
    """
    first: Record | None = None
    for record in records:
        if not record.diverged:
            return record.metric
        first = record if first is None else first
    assert first is not None
    return first.metric


def metric_of_groups(groups: Mapping[str, Iterable[Record]]) -> Metric | None:
    """`metric_of` the records of all groups; None where there are none."""
    records = list(chain.from_iterable(groups.values()))
    return metric_of(records) if records else None
