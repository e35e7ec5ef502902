"""What is measured after each epoch: one epoch, and all of a trial as columns of numbers.

Suffix E: epochs; F: fields of an epoch; S: trials.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import isnan, nan
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ._noun import Noun, make_noun


class Epoch(Noun):
    """One epoch's measurements; None where nothing was measured (no validation due, or after a divergence).

    Train values are over the epoch's batches, each before its update: means, and the macro F1 of all its predictions.
    `score` is the task's metric. test_loss, test_score and both F1 only of trials that watch the test data; F1 only
    where the task has classes.
    """

    train_loss: float | None
    train_score: float | None
    validation_loss: float | None
    validation_score: float | None
    train_f1: float | None = None
    test_loss: float | None = None
    test_score: float | None = None
    test_f1: float | None = None

    @classmethod
    def unmeasured(cls) -> Self:
        """The epoch in which a trial diverged."""
        return cls(train_loss=None, train_score=None, validation_loss=None, validation_score=None)


EPOCH_FIELDS = tuple(Epoch.model_fields)
_PLACES = {name: place for place, name in enumerate(EPOCH_FIELDS)}
_GIVEN = set(EPOCH_FIELDS)  # kept once for all epochs


class Epochs(Sequence[Epoch]):
    """The epochs of a trial, in order: numbers in columns, of which an `Epoch` is made where one is asked for.

    It is equal to a tuple of the same epochs, and goes to JSON as one.
    """

    __slots__ = ("_value_EF",)

    def __init__(self, epochs: Iterable[Epoch] = ()) -> None:
        rows = [
            [nan if value is None else value for value in map(epoch.__dict__.get, EPOCH_FIELDS)] for epoch in epochs
        ]
        self._value_EF = np.array(rows, dtype=np.float64).reshape(len(rows), len(EPOCH_FIELDS))

    @classmethod
    def of_columns(cls, value_EF: NDArray[np.float64]) -> Self:
        """The epochs of these numbers, a column for each of `EPOCH_FIELDS`; NaN: not measured."""
        made = cls.__new__(cls)
        made._value_EF = value_EF
        return made

    def column(self, name: str) -> NDArray[np.float64]:
        """A field of `Epoch` by epoch, (E,); NaN: not measured."""
        return self._value_EF[:, _PLACES[name]]

    def to_dicts(self) -> list[dict[str, float | None]]:
        """The fields of each epoch by name."""
        return [dict(zip(EPOCH_FIELDS, map(_measured, row), strict=True)) for row in self._value_EF.tolist()]

    def __len__(self) -> int:
        return len(self._value_EF)

    @overload
    def __getitem__(self, place: int) -> Epoch: ...
    @overload
    def __getitem__(self, place: slice) -> "Epochs": ...
    def __getitem__(self, place: int | slice) -> "Epoch | Epochs":
        if isinstance(place, slice):
            return Epochs.of_columns(self._value_EF[place])
        return _make_epoch(self._value_EF[place].tolist())

    def __iter__(self) -> Iterator[Epoch]:
        return map(_make_epoch, self._value_EF.tolist())

    def __add__(self, more: Iterable[Epoch]) -> "Epochs":
        other = more if isinstance(more, Epochs) else Epochs(more)
        return Epochs.of_columns(np.concatenate([self._value_EF, other._value_EF]))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Epochs):
            return np.array_equal(self._value_EF, other._value_EF, equal_nan=True)
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        made = core_schema.no_info_after_validator_function(cls, handler.generate_schema(tuple[Epoch, ...]))
        there = core_schema.union_schema([core_schema.is_instance_schema(cls), made])
        write = core_schema.plain_serializer_function_ser_schema(_write_epochs)
        return core_schema.json_or_python_schema(json_schema=made, python_schema=there, serialization=write)


def epoch_columns(epochs: Iterable[Sequence[Epoch]], name: str) -> NDArray[np.float64]:
    """A field of `Epoch` by trial and epoch, (S, E), as long as the longest; NaN: not measured, or ended before."""
    columns = [(each if isinstance(each, Epochs) else Epochs(each)).column(name) for each in epochs]
    longest = max(map(len, columns), default=0)
    value_SE = np.full((len(columns), longest), nan)
    if all(len(column_E) == longest for column_E in columns) and longest:
        np.stack(columns, out=value_SE)
    else:
        for row_E, column_E in zip(value_SE, columns, strict=True):
            row_E[: len(column_E)] = column_E
    return value_SE


def _measured(value: float) -> float | None:
    return None if isnan(value) else value


def _make_epoch(row: Sequence[float]) -> Epoch:
    """An epoch of numbers that were checked."""
    return make_noun(Epoch, dict(zip(EPOCH_FIELDS, map(_measured, row), strict=True)), _GIVEN)


def _write_epochs(epochs: Iterable[Epoch]) -> list[dict[str, Any]]:
    return epochs.to_dicts() if isinstance(epochs, Epochs) else [epoch.to_dict() for epoch in epochs]
