"""A trial as it is written to a tracker: a name, settings by name, values by step."""

import io
import re
from collections.abc import Iterator
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from ..errors import StudyError
from ..spec import Record, Study, Trial

Scalar = bool | int | float | str
UNSAFE = re.compile(r"[^A-Za-z0-9._=+%,()-]+")  # what no folder is called
LONGEST_PART = 80  # characters of a folder's name


class TrackedTrial(NamedTuple):
    """A trial that ended, of a phase of a study. record: None where it failed; message: why, then.

    rates: those used by the last update of each epoch; none where they are not at hand.
    """

    study: Study
    phase: str
    trial: Trial
    record: Record | None
    rates: tuple[float, ...] = ()
    message: str = ""

    @property
    def arm(self) -> str:
        """The schedule or arm of the study that the trial belongs to."""
        try:
            return self.study.label_of(self.trial)
        except StudyError:  # of a study that was cut since
            return self.trial.arm

    @property
    def name(self) -> str:
        """For people: arm, peak, seed."""
        return f"{self.arm}, peak {self.trial.peak:g}, seed {self.trial.seed}"

    @property
    def outcome(self) -> str:
        """Finished, diverged or failed."""
        return "failed" if self.record is None else self.record.outcome

    @property
    def folders(self) -> tuple[str, ...]:
        """Names of folders that say the same, and are no other trial's."""
        arm = f"{safe_part(self.arm)},peak={self.trial.peak:g}"
        return self.study.name, safe_part(self.phase), arm, f"seed={self.trial.seed},{self.trial.key[:6]}"

    @property
    def config(self) -> dict[str, Scalar]:
        """Every field of the trial, flat, and what became of it; fields that are empty are left out."""
        fields = self.trial.to_dict()
        optimizer, schedule, settings = (fields.pop(name, {}) for name in ("optimizer", "schedule", "settings"))
        optimizer = {"optimizer": optimizer.pop("name"), **optimizer}
        if self.record is None or self.record.own_loop:  # its optimizer and batches are its own, or may be
            optimizer, fields = {}, {name: value for name, value in fields.items() if name != "batch_size"}
        told = {"study": self.study.name, "phase": self.phase, "arm": self.arm, "schedule": str(self.trial.schedule)}
        if self.trial.average is not None:
            told["average"] = str(self.trial.average)
            fields.pop("average")
        told |= fields | optimizer | {f"settings.{name}": value for name, value in settings.items()}
        told |= dict(fields_of(schedule)) | {"trial_key": self.trial.key, "outcome": self.outcome}
        if self.record is not None:
            told |= {"engine": self.record.provenance.engine, "lrlab": self.record.provenance.lrlab}
        return {name: value for name, value in told.items() if isinstance(value, Scalar)}

    @property
    def points(self) -> list[tuple[int, dict[str, float]]]:
        """The values of each step, which counts updates: of each epoch's end, and of the whole trial's.

        Test values of a trial that diverged are NaN: it has none.
        """
        if self.record is None:
            return []
        steps: dict[int, dict[str, float]] = {}
        for number, epoch in enumerate(self.record.epochs, 1):
            step = min(number * self.record.updates_per_epoch, self.record.updates)
            values = {f"{split}/{_shown_name(name, self.record)}": value for split, name, value in _parts_of(epoch)}
            if number <= len(self.rates) and isfinite(self.rates[number - 1]):
                values["rate"] = self.rates[number - 1]
            steps.setdefault(step, {}).update(values)
        steps.setdefault(self._last_step, {}).update(self.final)
        return [(step, values) for step, values in sorted(steps.items()) if values]

    @property
    def final(self) -> dict[str, float]:
        """What the trial came to on test data, and on validation data."""
        record = self.record
        if record is None:
            return {}
        if record.diverged:
            return {f"test/{record.metric.name}": nan, "test/loss": nan}
        splits = {"validation": record.validation, "test": record.test}
        pairs = {
            f"{split}/{name}": value
            for split, found in splits.items()
            if found is not None
            for name, value in (("loss", found.loss), *found.scores.items(), (record.metric.name, found.score))
        }
        return {name: value for name, value in pairs.items() if value is not None}

    @property
    def _last_step(self) -> int:
        assert self.record is not None
        ended = self.record.diverged_at
        return self.record.updates if ended is None else ended


def rates_at_ends(npy: bytes, record: Record) -> tuple[float, ...]:
    """The rates that the last updates of the epochs used. npy: those of all updates, in numpy's file format."""
    rates_T = np.load(io.BytesIO(npy), allow_pickle=False)
    ends = [min(number * record.updates_per_epoch, record.updates) for number in range(1, len(record.epochs) + 1)]
    return tuple(float(rates_T[end - 1]) if end <= len(rates_T) else nan for end in ends)


def safe_part(text: str) -> str:
    """A text as the name of one folder.

    >>> safe_part("tune the best"), safe_part("../a")
    ('tune-the-best', 'a')
    """
    return UNSAFE.sub("-", text)[:LONGEST_PART].strip(".-") or "none"


def fields_of(schedule: Any) -> Iterator[tuple[str, Scalar]]:
    """The fields of a schedule as JSON has it, and of those inside it, by names such as `warmup.span`.

    >>> dict(fields_of({"name": "warmup", "span": "5%", "then": {"name": "cosine", "floor": 0.1}}))
    {'warmup.span': '5%', 'cosine.floor': 0.1}
    """
    for part in schedule if isinstance(schedule, list) else [schedule]:
        for field, value in part.items() if isinstance(part, dict) else ():
            if isinstance(value, dict | list):
                yield from fields_of(value)
            elif field != "name" and value is not None:
                yield f"{part.get('name', 'schedule')}.{field}", value


def _parts_of(epoch: Any) -> Iterator[tuple[str, str, float]]:
    """Split, name and value of what an epoch measured; the task's metric is `score`."""
    for name, value in epoch:
        split, _, kind = name.partition("_")
        if value is not None:
            yield split, kind, value


def _shown_name(kind: str, record: Record) -> str:
    return record.metric.name if kind == "score" else kind
