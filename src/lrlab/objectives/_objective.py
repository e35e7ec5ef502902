"""Objective: what a task asks of a model. Loads torch where it is used, not before. Suffixes: K trials, B examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from inspect import isfunction, signature
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..errors import TaskError, shortened
from ..spec import KNOWN_METRICS, Metric

if TYPE_CHECKING:
    from torch import Tensor

Sums = dict[str, "Tensor"]  # what a split's metrics are made of, chunk by chunk: (K, ...) each
LOSS = "loss"  # the mean loss among what `totals` gives


@dataclass(frozen=True, kw_only=True)
class Objective(ABC):
    """Loss, metrics and predictions of a task, as one value: what training lowers, and what a model is judged by.

    decide: the name of the metric that decides, one of the objective's; "" for its first.

    A loss is a mean over what is counted: examples, tokens, pixels or numbers. The metrics of a whole split are had of
    sums over chunks of it, kept in float64, so that no outputs of a whole split are held.
    """

    decide: str = ""

    names: ClassVar[tuple[str, ...]] = ()  # of its metrics; the first decides where nothing else is asked
    by_sums: ClassVar[bool] = True  # whether a split is measured by `sums` and `totals`; else on all outputs at once

    def __post_init__(self) -> None:
        if not isinstance(self.decide, str):
            raise TaskError(
                f"`decide` is the name of a metric, but got {shortened(repr(self.decide), 100)}; write one of "
                f"{', '.join(self.metric_names)}"
            )
        if self.decide and self.decide not in self.metric_names:
            raise TaskError(
                f"{type(self).__name__} has no metric {self.decide!r}; decide by one of {', '.join(self.metric_names)}"
            )

    def __str__(self) -> str:
        """Its name and the fields that are not at their default: keys of tasks rest on it."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        usual = {each.name: each.default for each in fields(self)}
        shown = ", ".join(f"{name}={value!r}" for name, value in given.items() if value != usual[name])
        return f"{type(self).__name__}({shown})"

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The names of its metrics, in the usual order."""
        return self.names

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What it measures; the first decides."""
        names = self.metric_names
        first = self.decide or names[0]
        return tuple(self.describe(name) for name in (first, *(name for name in names if name != first)))

    def describe(self, name: str) -> Metric:
        """The metric of a name: unit, direction, scale, heading."""
        return KNOWN_METRICS[name]

    @property
    def reads_classes(self) -> bool:
        """Whether labels are classes, one an example, in any form that lrlab reads."""
        return False

    @property
    def further(self) -> tuple[str, ...]:
        """The names of the metrics that do not decide."""
        return tuple(metric.name for metric in self.metrics[1:])

    @property
    def recordable(self) -> bool:
        """Whether loss and metric read nothing back from a graphics card, so that an update can be recorded."""
        return True

    def for_labels(self, labels: Tensor, classes: int = 0) -> Self:
        """The objective as it is for these training labels. classes: how many there are in all splits, where known."""
        del labels, classes
        return self

    @abstractmethod
    def read_labels(self, name: str, labels: Tensor) -> Tensor:
        """Labels (N, ...) of the split of this name in the type that the loss takes.

        Raises TaskError where they are not such labels.
        """

    def check_split(self, name: str, labels: Tensor) -> None:
        """Raise TaskError where nothing can be learned or measured of the labels of a whole split, as read.

        A batch of it may be so.
        """
        del name, labels

    @abstractmethod
    def check_outputs(self, outputs: Tensor, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> None:
        """Raise TaskError where outputs (B, ...) of a model do not fit the labels (N, ...) of all splits, by name.

        names: what the classes were called before they were numbered, where they were.
        """

    @abstractmethod
    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of examples, (): outputs (B, ...), labels (B, ...)."""

    @abstractmethod
    def losses(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """The mean loss of each trial of a stack, (K,): outputs (K, B, ...), labels (K, B, ...)."""

    def score(self, outputs: Tensor, labels: Tensor, loss: float) -> float:
        """The metric that decides, on some examples. loss: theirs, as `loss` gave it."""
        del loss
        return self.scores(outputs, labels)[self.metrics[0].name]

    def batch_scores(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """The metric that decides of each trial on a batch, (K,) float64. losses_K: theirs."""
        del losses_K
        return self.totals(self.sums(outputs_KB, labels_KB))[self.metrics[0].name]

    @abstractmethod
    def sums(self, outputs_KB: Tensor, labels_KB: Tensor) -> Sums:
        """What a chunk of examples adds to the metrics of each trial; nothing is read back from a card."""

    def merge(self, one: Sums, other: Sums) -> Sums:
        """The sums of two chunks."""
        return {name: value + other[name] for name, value in one.items()}

    @abstractmethod
    def totals(self, sums: Sums) -> dict[str, Tensor]:
        """The mean loss, as "loss", and every metric by name, of each trial: (K,) float64 each; NaN: there is none."""

    def fit(self, outputs: Tensor, labels: Tensor) -> float | None:
        """What a metric fits to validation data, outputs (N, ...) and labels; None: nothing."""
        del outputs, labels

    def scores(self, outputs: Tensor, labels: Tensor, fitted: float | None = None) -> dict[str, float]:
        """The mean loss, as "loss", and every metric by name, of examples (N, ...) that lie in memory.

        fitted: what `fit` gave for the validation data.
        """
        del fitted
        return {name: value.item() for name, value in self.totals(self.sums(outputs[None], labels[None])).items()}

    @abstractmethod
    def predict(self, outputs: Tensor) -> Tensor:
        """What a model says by its outputs (B, ...): classes, labels or numbers."""

    @abstractmethod
    def constants(self, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """Predictions that look at no input, (1, ...) each; among them the best for its loss, and for its metric.

        outputs: of some examples, for shape and type. labels: of all examples that are predicted.
        """

    def notes(self, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> tuple[str, ...]:
        """What is worth a word before training, of the labels of all splits by name. names: as in `check_outputs`."""
        del labels, names
        return ()


def check_methods(objective: Objective) -> None:
    """Raise TaskError where a method of an objective of the user's own cannot be called as `Objective` has it."""
    for name, usual in vars(Objective).items():
        method = getattr(type(objective), name)
        if name.startswith("_") or not isfunction(usual) or method is usual or not callable(method):
            continue
        wanted = list(signature(usual).parameters)
        try:
            signature(method).bind(*wanted)
        except TypeError:
            has, parts = ", ".join(signature(method).parameters), signature(usual).parameters.values()
            way = ", ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parts)
            raise TaskError(
                f"{type(objective).__name__}.{name} takes ({has}), and is given ({', '.join(wanted)}); write "
                f"def {name}({way}), as Objective has it"
            ) from None


def checked_number(name: str, value: Any, way_out: str, *, whole: bool = False) -> Any:
    """A number that a field of an objective was given, as Python's own. Raises TaskError where it is none."""
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        got = shortened(repr(value), 100)
        raise TaskError(f"{name} must be a {'whole ' * whole}number, but got {got}; {way_out}")
    number: Any = value
    return number.item() if hasattr(number, "item") else number  # of numpy's: keys rest on how it is written


def count_margins(predicted_KN: Tensor, true_KN: Tensor, counted_KN: Tensor, classes: int) -> Tensor:
    """How often each class was rightly predicted, true, predicted, (K, 3, C) int64; only where `counted` is True."""
    import torch

    counts_K3C = torch.zeros(len(true_KN), 3, classes, dtype=torch.int64, device=true_KN.device)
    true_KN = true_KN.clamp(0, classes - 1)
    class_K3N = torch.stack([true_KN, true_KN, predicted_KN], dim=1)
    one_K3N = counted_KN[:, None].expand_as(class_K3N).long()
    one_K3N[:, 0] *= predicted_KN == true_KN
    return counts_K3C.scatter_add_(2, class_K3N, one_K3N)


def mean_where(value_KC: Tensor, there_KC: Tensor) -> Tensor:
    """The mean over those that are there, (K,); NaN where none is."""
    return value_KC.where(there_KC, 0.0).sum(-1) / there_KC.sum(-1)


def share_of(part: Tensor, whole: Tensor) -> Tensor:
    """A share in float64; 0 of nothing."""
    return part.double() / whole.double().clamp(min=1)


def same_floats(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs and labels in one type: float64 where the outputs are, else float32."""
    import torch

    dtype = torch.float64 if outputs.dtype == torch.float64 else torch.float32
    return outputs.to(dtype), labels.to(dtype)


def shown_shape(shape: tuple[int, ...] | list[int]) -> str:
    """A shape (N, ...) as errors show it, by the shape of one example.

    >>> shown_shape(()), shown_shape((3, 8, 8))
    ('(N,)', '(N, 3, 8, 8)')
    """
    return f"(N{''.join(f', {size}' for size in shape)}{',' * (not shape)})"


def read_whole(name: str, labels: Tensor, what: str) -> Tensor:
    """Labels as int64. Raises TaskError where some are no whole numbers."""
    import torch

    if labels.is_floating_point() and not bool((labels == labels.round()).all()):
        wrong = labels[labels != labels.round()].flatten()[0].item()
        raise TaskError(f"{name} labels must be {what}, but hold {wrong:g}; give whole numbers, as int64")
    return labels.to(torch.int64)


def check_counted(name: str, labels: Tensor, ignore: int) -> None:
    """Raise TaskError where all labels are the one to ignore."""
    if bool((labels == ignore).all()):
        raise TaskError(f"{name} labels are all {ignore}, which does not count; give labels for some of them")


def first_outside(labels: Mapping[str, Tensor], count: int, ignore: int | None) -> tuple[str, int] | None:
    """The split and the value of a label outside 0 .. count - 1 that is not the one to ignore; None: all are inside."""
    for name, values in labels.items():
        wrong = (values < 0) | (values >= count)
        if ignore is not None:
            wrong &= values != ignore
        if bool(wrong.any()):
            return name, int(values[wrong][0])
    return None
