"""Classes, one an example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Self

from ..errors import TaskError, shortened
from ._objective import LOSS, Objective, Sums, checked_number, count_margins, mean_where, share_of, shown_shape

if TYPE_CHECKING:
    import torch
    from torch import Tensor

BALANCED = "balanced"
SHOWN = 8  # names of classes in a sentence


@dataclass(frozen=True, kw_only=True)
class Classification(Objective):
    r"""One class an example: cross-entropy, accuracy, macro-F1, and log loss after temperature scaling.

    Labels (N,) in any form that `Task` reads as classes; outputs (N, C) logits z.

    .. math:: loss = \frac{\sum_n w_{y_n} \ell_n}{\sum_n w_{y_n}}, \qquad
        \ell_n = -(1 - s) \log p_{n y_n} - \frac{s}{C} \sum_c \frac{w_c}{w_{y_n}} \log p_{n c}, \qquad p = softmax(z)

    class_weights: w, a number for each class, all 1 unless given; "balanced" takes N / (C n_c) of the training labels,
    n_c examples of class c (King and Zeng 2001), as scikit-learn does. label_smoothing: s, in [0, 1) (Szegedy et al.
    2016, `Rethinking the Inception Architecture <https://arxiv.org/abs/1512.00567>`_).

    Metrics, of which `decide` names the one that decides, "accuracy" where it names none:

    - accuracy: the share of examples whose largest logit is that of their label.
    - macro_f1: the plain mean of F1 over the classes that occur, in labels or in predictions, as scikit-learn's
      ``f1_score(average="macro")`` averages; a class that occurs in predictions alone counts 0, one that never occurs
      does not count.
    - calibrated_log_loss: the mean of :math:`-\log softmax(z / T)_y`, in nats, with weights and smoothing left out. The
      temperature T is fitted on the validation data, by a bounded search for the lowest log loss (Guo et al. 2017,
      `On Calibration of Modern Neural Networks <https://arxiv.org/abs/1706.04599>`_). So on validation data it is the
      fit's own minimum. In training, and where a task has no validation data, T is 1.

    Raises TaskError for weights that are not positive numbers, for a smoothing outside [0, 1), for an unknown metric.
    """

    class_weights: tuple[float, ...] | str | None = None
    label_smoothing: float = 0.0

    names: ClassVar[tuple[str, ...]] = ("accuracy", "macro_f1", "calibrated_log_loss")
    by_sums: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        weights: object = self.class_weights
        if weights is not None and not (isinstance(weights, str) and weights == BALANCED):
            object.__setattr__(self, "class_weights", _checked_weights(weights))
        smoothing = checked_number("label_smoothing", self.label_smoothing, "0.1 is usual, 0 is none")
        object.__setattr__(self, "label_smoothing", smoothing)
        if not 0 <= self.label_smoothing < 1:
            raise TaskError(
                f"label_smoothing must be at least 0 and less than 1, but got {self.label_smoothing!r}; "
                "0.1 is usual, 0 is none"
            )

    @property
    def reads_classes(self) -> bool:
        """See `Objective.reads_classes`."""
        return True

    @property
    def plain(self) -> bool:
        """Whether its loss is cross-entropy and nothing else, as lanes have it compiled."""
        return self.class_weights is None and self.label_smoothing == 0

    def for_labels(self, labels: Tensor, classes: int = 0) -> Self:
        """See `Objective.for_labels`: "balanced" becomes weights."""
        if self.class_weights != BALANCED:
            return self
        count_C = labels.bincount(minlength=classes).double()
        if bool((count_C == 0).any()):
            missing = int((count_C == 0).nonzero()[0])
            raise TaskError(
                f'class_weights="balanced" needs every class in the training data, but class {missing} never occurs '
                "there; add examples of it, or give a number for each class"
            )
        return replace(self, class_weights=tuple((len(labels) / (len(count_C) * count_C)).tolist()))

    def read_labels(self, name: str, labels: Tensor) -> Tensor:
        """See `Objective.read_labels`: they were read as classes before."""
        if labels.ndim != 1 or labels.is_floating_point():
            raise TaskError(
                f"{name} labels of shape {shown_shape(labels.shape[1:])} and type {_type_name(labels)} are no classes, "
                "one an example; give whole numbers or words (N,), or another objective, as Regression() for amounts"
            )
        return labels

    def check_outputs(self, outputs: Tensor, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> None:
        """See `Objective.check_outputs`."""
        classes = 1 + max(int(part.max()) for part in labels.values())
        if outputs.ndim != 2 or outputs.shape[1] < classes:
            raise TaskError(_few_outputs_words(classes, names, tuple(outputs.shape[1:])))
        if self.class_weights is not None and len(self.class_weights) != outputs.shape[1]:
            raise TaskError(
                f"class_weights has {len(self.class_weights)} numbers, but the model gives {outputs.shape[1]} outputs "
                "per example; give one number for each output"
            )

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """See `Objective.loss`."""
        from torch.nn.functional import cross_entropy

        weight_C = self._weights_like(outputs)
        return cross_entropy(outputs, labels, weight_C, label_smoothing=self.label_smoothing)

    def losses(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """See `Objective.losses`."""
        from torch.nn.functional import cross_entropy

        weight_C, size = self._weights_like(outputs_KB), outputs_KB.shape[:2]
        every = cross_entropy(
            outputs_KB.flatten(0, 1),
            labels_KB.flatten(),
            weight_C,
            reduction="none",
            label_smoothing=self.label_smoothing,
        ).view(size)
        return every.mean(1) if weight_C is None else every.sum(1) / weight_C[labels_KB].sum(1)

    def _weights_like(self, outputs: Tensor) -> Tensor | None:
        import torch

        if self.class_weights is None or isinstance(self.class_weights, str):
            return None
        dtype = torch.float64 if outputs.dtype == torch.float64 else torch.float32
        return _weights_on(self.class_weights, outputs.device, dtype)

    def batch_scores(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """See `Objective.batch_scores`."""
        if self.metrics[0].name == "accuracy":
            return (outputs_KB.argmax(2) == labels_KB).double().mean(1)
        return super().batch_scores(outputs_KB, labels_KB, losses_K)

    def score(self, outputs: Tensor, labels: Tensor, loss: float) -> float:
        """See `Objective.score`, at temperature 1."""
        del loss
        return super().scores(outputs, labels)[self.metrics[0].name]

    def fit(self, outputs: Tensor, labels: Tensor) -> float | None:
        """See `Objective.fit`: the temperature T of the lowest log loss."""
        from ._temperature import fit_temperature

        return fit_temperature(outputs, labels)

    def scores(self, outputs: Tensor, labels: Tensor, fitted: float | None = None) -> dict[str, float]:
        """See `Objective.scores`. fitted: the temperature; None: 1."""
        from ._temperature import log_loss_at

        temperature = 1.0 if fitted is None else fitted
        return super().scores(outputs, labels) | {
            LOSS: self.loss(outputs, labels).item(),
            "calibrated_log_loss": log_loss_at(temperature, outputs, labels),
        }

    def sums(self, outputs_KB: Tensor, labels_KB: Tensor) -> Sums:
        """See `Objective.sums`: right, true and predicted by class, and the log loss at temperature 1."""
        from torch.nn.functional import cross_entropy

        size = outputs_KB.shape[:2]
        plain = cross_entropy(outputs_KB.flatten(0, 1), labels_KB.flatten(), reduction="none").view(size)
        predicted_KB = outputs_KB.argmax(2)
        return {
            "counts": count_margins(predicted_KB, labels_KB, predicted_KB >= 0, outputs_KB.shape[2]),
            "log_loss": plain.double().sum(1),
        }

    def totals(self, sums: Sums) -> dict[str, Tensor]:
        """See `Objective.totals`. The loss is the plain log loss: weighted means are had of whole outputs alone."""
        right_KC, true_KC, predicted_KC = sums["counts"].unbind(1)
        f1_KC = share_of(2 * right_KC, true_KC + predicted_KC)
        log_loss = sums["log_loss"] / true_KC.sum(1)
        return {
            LOSS: log_loss,
            "accuracy": right_KC.sum(1).double() / true_KC.sum(1),
            "macro_f1": mean_where(f1_KC, true_KC + predicted_KC > 0),
            "calibrated_log_loss": log_loss,
        }

    def predict(self, outputs: Tensor) -> Tensor:
        """See `Objective.predict`: the class of the largest logit, (B,)."""
        return outputs.argmax(1)

    def constants(self, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """See `Objective.constants`: the shares of the classes, plain and as the weights make them."""
        share_C = labels.bincount(minlength=outputs.shape[1]).to(outputs.dtype) / len(labels)
        yield share_C.clamp(min=1e-6).log()[None]
        weight_C = self._weights_like(outputs)
        if weight_C is not None:
            seen_C = share_C * weight_C.to(outputs.dtype)
            yield (seen_C / seen_C.sum()).clamp(min=1e-6).log()[None]


def _checked_weights(weights: object) -> tuple[float, ...]:
    rule = f'class_weights are positive numbers, one for each class, or "{BALANCED}", but got '
    way, got = "give such as (1.0, 5.0)", shortened(repr(weights), 100)
    if isinstance(weights, Mapping):
        raise TaskError(f"{rule}a dict; give [weights[name] for name in classes], in the order of the classes")
    if isinstance(weights, Set):
        raise TaskError(f"{rule}a set, which has no order; give a list, in the order of the classes")
    if isinstance(weights, str) or not isinstance(weights, Iterable):
        raise TaskError(f"{rule}{got}; {way}")
    index = getattr(weights, "index", None)
    if index is not None and not callable(index) and list(index) != list(range(len(index))):
        raise TaskError(f"{rule}a column with an index; give [weights[name] for name in classes], in their order")
    found = [one.item() if hasattr(one, "item") and getattr(one, "ndim", 1) == 0 else one for one in weights]
    numbers = [checked_number(f"weight {place} of class_weights", one, way) for place, one in enumerate(found)]
    if not numbers or not all(0 < number < float("inf") for number in numbers):
        raise TaskError(f"{rule}{got}; {way}")
    return tuple(map(float, numbers))


@lru_cache(maxsize=64)
def _weights_on(weights: tuple[float, ...], device: torch.device, dtype: torch.dtype) -> Tensor:
    """The weights as a tensor; kept, as a recorded update must make none."""
    import torch

    return torch.tensor(weights, device=device, dtype=dtype)


def _type_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _few_outputs_words(classes: int, names: Sequence[str], given: tuple[int, ...]) -> str:
    """Why outputs do not fit so many classes, with the way out. names: of the classes, or none; given: of one example.

    >>> _few_outputs_words(3, (), (2,)).partition("; ")[2]
    'set its last layer to 3 outputs'
    """
    rule = f"so the model must give at least {classes} outputs per example, but it gives {given}"
    known, names = f"labels go up to {classes - 1}", names[:classes]
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        known = f"labels are of {classes} classes, {', '.join(shortened(name, 40) for name in names[:SHOWN])}{more}"
    sizes = [size for size in given if size != 1]
    if len(given) > 1 and len(sizes) == 1 and sizes[0] >= classes:
        return f"{known}, {rule}; let its forward return outputs.flatten(1), of shape (N, {sizes[0]})"
    way = f"set its last layer to {classes} outputs"
    beyond = names[given[0] :] if len(given) == 1 else ()
    if len(beyond) == 1 and all(name.lstrip("-").isdecimal() for name in names):
        way += (
            f"; or, if {beyond[0]} stands for no class, remove its examples, or give a loss that leaves them out, "
            f"as cross_entropy with ignore_index={beyond[0]}"
        )
    return f"{known}, {rule}; {way}"
