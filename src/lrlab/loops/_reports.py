"""What a loop reported, epoch by epoch, and what that says of the trial."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import RunError, TaskError
from ..spec import Epoch, Evaluation, Metric
from ._metric import has_usual_direction, metric_finished_with
from ._numbers import is_sound

VALIDATION, TRAIN, TEST = "validation_", "train_", "test_"


class Report(NamedTuple):
    """One report. number: of the epoch, counted from 1. update: how many updates were made, if it was said.

    made: how many were seen by then; 0: none.
    """

    number: int
    update: int | None
    values: dict[str, float]
    made: int = 0


class Reports:
    """The reports of a trial in order, and what it finished with.

    metric: the declared one, or None. zero: whether the loop counts its epochs from 0; None: not known yet.
    """

    def __init__(self, metric: Metric | None) -> None:
        self.metric = metric
        self.rows: list[Report] = []
        self.any_made = False  # whether any report knows how many updates were seen by then
        self._validated = set[str]()  # what they hold of validation data, by names without the prefix
        self.zero: bool | None = None
        self.final: dict[str, float] | None = None
        self.went_on = False  # from a checkpoint
        self.resumed = False  # the next report may be one that was made before

    def number_of(self, epoch: int | None, made: int = 0, length: int | None = None) -> int:
        """The number, counted from 1, of an epoch that a loop counts from 0 or from 1; the next one for None.

        made: how many updates were made by now, as far as it is known; a loop that goes on from a checkpoint reports
        again what lies after it. length: updates of an epoch; a loop may report every second epoch. One whose first
        report is later than its epoch 0 counts from 0 where as many epochs were made as it then needs. Raises RunError
        for an epoch that was reported before, or lies before one that was.
        """
        if self.resumed and epoch is None and made:
            self._replace([row for row in self.rows if (row.update or row.made) < made])
        last = self.rows[-1].number if self.rows else 0
        if epoch is None:
            return max(last + 1, made // length if length is not None else 0)
        if self.zero is None:
            # With epochs of one update, a rate that was asked for ahead looks like an epoch more.
            self.zero = epoch == 0 or (length is not None and length > 1 and made // length == epoch + 1)
        number = epoch + 1 if self.zero else epoch
        if self.resumed:
            self._replace([row for row in self.rows if row.number < number])
            last = self.rows[-1].number if self.rows else 0
        if number == last:
            raise RunError(
                f"run.report(epoch={epoch}) was called twice; report each epoch once, with all its values in one call"
            )
        if number < last:
            before = last - self.zero
            raise RunError(f"run.report(epoch={epoch}) came after epoch {before}; report epochs in their order")
        return number

    def add(self, report: Report) -> None:
        """Keep a report."""
        self.resumed = False
        self._append(report)

    def restore(self, report: Report) -> None:
        """Keep a report of an attempt before, in the place of those of its number and later ones."""
        if self.rows and self.rows[-1].number >= report.number:
            self._replace([row for row in self.rows if row.number < report.number])
        self._append(report)

    def _append(self, report: Report) -> None:
        self.rows.append(report)
        self.any_made = self.any_made or report.made > 0
        self._validated |= _validated_in(report.values)

    def _replace(self, rows: Sequence[Report]) -> None:
        self.rows, self.any_made, self._validated = [], False, set()
        for row in rows:
            self._append(row)

    def epoch_of(self, report: Report) -> Epoch:
        """A report as an epoch of the record; the metric's values as far as it is known by now."""
        return _epoch_by(self.known_metric(), report)

    def epochs(self) -> tuple[Epoch, ...]:
        """Every epoch up to the last that was reported; unmeasured where nothing was."""
        name = self.known_metric()
        by_number = {row.number: _epoch_by(name, row) for row in self.rows}
        return tuple(by_number.get(number, Epoch.unmeasured()) for number in range(1, max(by_number, default=0) + 1))

    def finished_metric(self) -> Metric:
        """The metric that decides. Raises RunError where it is not said, or the loop did not finish with it."""
        final = self.final or {}
        if self.metric is None:
            measured = [name.removeprefix(TEST) for name in final if name.startswith(TEST)]
            try:
                return metric_finished_with(measured, self._validated | _validated_in(final))
            except TaskError as error:
                raise RunError(str(error)) from None
        if f"{TEST}{self.metric.name}" not in final:
            got = ", ".join(final) or "nothing"
            raise RunError(
                f"run.finish must give test_{self.metric.name}, by which trials are judged, but it gives {got}; write "
                f"run.finish(test_{self.metric.name}=...)"
            )
        return self.metric

    def evaluation(self, prefix: str, metric: Metric) -> Evaluation | None:
        """The last loss and score of a kind of data; None where it has no score."""
        loss, score = (self._last_value(f"{prefix}{name}") for name in ("loss", metric.name))
        return None if score is None else Evaluation(loss=loss, score=score, confusion=None)

    def arrays(self, metric: Metric) -> dict[str, NDArray[np.float64]]:
        """What was reported beside losses and metric, by name: one value for each epoch, NaN where there is none.

        What it finished with stands as one value.
        """
        told = {f"{prefix}{name}" for prefix in (TRAIN, VALIDATION, TEST) for name in ("loss", metric.name)}
        numbers = [row.number for row in self.rows]
        arrays: dict[str, NDArray[np.float64]] = {}
        for name in sorted({name for row in self.rows for name in row.values} - told):
            arrays[f"reported-{name}"] = np.full(max(numbers), np.nan)
            for row in self.rows:
                arrays[f"reported-{name}"][row.number - 1] = row.values.get(name, np.nan)
        more = {name: value for name, value in (self.final or {}).items() if name not in told}
        return arrays | {f"finished-{name}": np.array([value]) for name, value in sorted(more.items())}

    def _last_value(self, name: str) -> float | None:
        given: list[Mapping[str, float]] = [self.final or {}, *(row.values for row in reversed(self.rows))]
        return next((values[name] for values in given if name in values), None)

    def known_metric(self) -> str:
        """The metric's name.

        Of a loop that declared none and has not finished, the one that it reports beside the loss; the loss where there
        are several, or nobody knows its direction, as of a rate or a norm.
        """
        if self.metric is not None:
            return self.metric.name
        if self.final:
            return self.finished_metric().name
        others = self._validated - {"loss"}
        return others.pop() if len(others) == 1 and has_usual_direction(*others) else "loss"


def _epoch_by(name: str, report: Report) -> Epoch:
    """A report as an epoch of a trial whose metric has this name."""
    values = {key: value for key, value in report.values.items() if is_sound(value)}
    return Epoch(
        train_loss=values.get("train_loss"),
        train_score=values.get(f"{TRAIN}{name}"),
        validation_loss=values.get("validation_loss"),
        validation_score=values.get(f"{VALIDATION}{name}"),
    )


def _validated_in(values: Iterable[str]) -> set[str]:
    """What is of validation data among these names, without the prefix."""
    return {name.removeprefix(VALIDATION) for name in values if name.startswith(VALIDATION)}
