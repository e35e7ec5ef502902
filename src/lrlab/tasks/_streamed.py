"""The loaders of a task, opened together."""

from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any, NamedTuple

from torch import Tensor

from ..errors import TaskError
from ..objectives import BALANCED, Classification, Objective
from ._arrays import are_amounts
from ._float32 import check_rounding
from ._labels import WAYS
from ._reading import reading_of
from ._split import Sample
from ._streams import Stream, as_label, note_order, open_stream

ONE_BY_ONE = "loaders: trials run one by one, by the plain loop, for only data in memory are stacked"


class Streamed(NamedTuple):
    """Streams and samples by split; the classes that occur, as numbers in words, or none; what is worth a word.

    positions: the same of labels that have a class at each position.
    """

    streams: dict[str, Stream]
    samples: dict[str, Sample]
    numbers: tuple[str, ...]
    positions: tuple[str, ...]
    notes: tuple[str, ...]


def streamed(
    makers: Mapping[str, Any],
    label: str | None,
    objective: Objective | None,
    loss: Callable[..., Any] | None,
    examples: Any = None,
) -> Streamed:
    """Open the loader of every split.

    makers: functions of the batch size, by split. label: the key of the label, where batches are dicts. objective,
    loss: the task's. examples: of an epoch of training, where that is said. Raises TaskError.
    """
    if examples is not None and (isinstance(examples, bool) or not isinstance(examples, Integral) or examples < 1):
        raise TaskError(f"`examples` of an epoch must be a whole number from 1, but got {examples!r}; write 10_000")
    if isinstance(objective, Classification) and objective.class_weights == BALANCED:
        raise TaskError(
            'class_weights="balanced" counts the classes of all training data, and of a loader lrlab looks at the '
            "first examples alone; give a number for each class, class_weights=(1.0, 5.0), as N / (C n_c)"
        )
    counts = {"train": None if examples is None else int(examples)}
    opened = {name: open_stream(make, name, label, counts.get(name)) for name, make in makers.items()}
    reading = reading_of(objective, loss)
    for name, each in opened.items():
        labels = each.stream.labels
        if labels is not None and are_amounts(reading, floats=labels.is_floating_point()):
            check_rounding(name, labels.double().numpy())
    streams = {name: _with_labels(name, each.stream, objective) for name, each in opened.items()}
    samples = {name: each.sample for name, each in opened.items()}
    labels = {name: streams[name].labels for name in streams}
    known = {name: samples[name].labels if own is None else own for name, own in labels.items()}
    numbers = _classes_of(known) if reading.classes and not reading.as_given else ()
    positions = () if reading.ignored is None else _classes_at(known, reading.ignored)
    return Streamed(streams, samples, numbers, positions, (ONE_BY_ONE, *note_order(makers["train"], label)))


def _with_labels(name: str, stream: Stream, objective: Objective | None) -> Stream:
    """The stream with labels in the type that the loss takes."""
    if stream.labels is None:
        return stream
    stored = as_label(stream.labels)
    if objective is None:
        return stream._replace(labels=stored)
    labels = objective.read_labels(name, stored)
    objective.check_split(name, labels)
    return stream._replace(labels=labels)


def _classes_of(labels: Mapping[str, Tensor]) -> tuple[str, ...]:
    """The numbers of the classes. Raises TaskError where labels are no whole numbers from 0, one an example."""
    for name, own in labels.items():
        if own.is_floating_point() or own.ndim != 1:
            kind = str(own.dtype).removeprefix("torch.")
            raise TaskError(
                f"{name}: labels of shape {tuple(own.shape)} and type {kind} are no classes, one an example; "
                f"let the loader give whole numbers (N,): {WAYS}; for amounts give Regression() as the objective"
            )
    lowest = min(int(own.min()) for own in labels.values())
    if lowest < 0:
        raise TaskError(f"labels of a loader must be classes from 0, but the lowest is {lowest}; number them from 0")
    return tuple(map(str, range(1 + max(int(own.max()) for own in labels.values()))))


def _classes_at(labels: Mapping[str, Tensor], ignored: int) -> tuple[str, ...]:
    """The numbers of classes at positions: these are not numbered again, for later batches have them as they are."""
    counted = [own[own != ignored] for own in labels.values() if not own.is_floating_point()]
    lowest = min((int(own.min()) for own in counted if len(own)), default=0)
    if lowest < 0:
        raise TaskError(
            f"labels of a loader must be classes from 0, or {ignored} where none counts, but the lowest is {lowest}; "
            "number them from 0, or name the one that does not count: PerPixel(ignore=...)"
        )
    highest = max((int(own.max()) for own in counted if len(own)), default=-1)
    return tuple(map(str, range(1 + highest)))
