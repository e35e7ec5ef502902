"""Loss, metric, confusion counts and probabilities of a model on a split; and the clock."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ..spec import Evaluation, Metric, Precision, SparseCounts
from ..stats import LARGEST, Margins, classification, confusion_cells, confusion_counts
from ..tasks import Inputs, Split, Task, call_model, chunks_of
from ._precision import dtype_of, rounding

CHUNK = 1000  # examples per forward pass: enough to fill the processor, little memory
MOST_DENSE = 100  # classes; of more, a record keeps the counts that are not 0, and no probabilities
Confusion = tuple[tuple[int, ...], ...] | SparseCounts | None


def comparable(value: float) -> bool:
    """Whether a loss or score is a number one can compare: finite, and not so large that its square is not."""
    return abs(value) <= LARGEST


class Measured(NamedTuple):
    """A split under a model: mean loss, metric, confusion counts of classes, and what they rest on.

    outputs: class probabilities (N, C) float16; plain float32 outputs where there are no classes; None for many.
    right: which examples were rightly predicted, (N,) bool; None where there are no classes.
    """

    loss: float
    score: float
    confusion: Confusion
    outputs: np.ndarray | None
    right: np.ndarray | None = None

    @property
    def finite(self) -> bool:
        """Whether loss and metric are numbers one can compare."""
        return comparable(self.loss) and comparable(self.score)

    @property
    def f1(self) -> float | None:
        """Macro F1; None where nothing was counted."""
        counted = self.evaluation().margins
        return None if counted is None else macro_f1(counted)

    def evaluation(self) -> Evaluation:
        """The part a record keeps."""
        return Evaluation(loss=self.loss, score=self.score, confusion=self.confusion)


class Stopwatch:
    """Adds up the seconds spent inside `with watch.running():`."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time until the block ends, however it ends."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds += perf_counter() - start


def loss_of(task: Task, outputs: Tensor, labels: Tensor) -> Tensor:
    """The task's loss: cross-entropy unless it brings its own."""
    if labels.is_floating_point() and outputs.dtype == torch.float64:
        labels = labels.double()
    return cross_entropy(outputs, labels) if task.loss is None else task.loss(outputs, labels)


def score_of(task: Task, outputs: Tensor, labels: Tensor, loss: float) -> float:
    """The task's metric: its own, else accuracy for classes, else the loss.

    task: its metric. outputs, labels: of any examples, (N, ...). loss: theirs.
    """
    if task.score is not None:
        return float(task.score(outputs, labels))
    return task.own_metric.score(outputs, labels, torch.tensor(loss, dtype=torch.float64)).item()


def batch_score_of(task: Task, outputs: Tensor, labels: Tensor, loss: float) -> float:
    """`score_of` a batch in training; NaN where a metric of a user's own cannot be had of so few examples.

    The arguments are those of `score_of`.
    """
    try:
        return score_of(task, outputs, labels, loss)
    except Exception:
        if task.score is None:
            raise
        return math.nan


def margins_of(task: Task, outputs: Tensor, labels: Tensor) -> Margins | None:
    """How often each class was rightly predicted, true, predicted, by outputs (N, C); None where it gives no classes.

    C is the number of classes as the model has them. Nothing of the size (C, C) is made.
    """
    if not _count_classes(task, outputs):
        return None
    predicted, classes = outputs.argmax(1), outputs.shape[1]
    parts = labels[predicted == labels], labels, predicted
    return Margins(*(part.bincount(minlength=classes).cpu().numpy() for part in parts))


def _confusion_of(task: Task, outputs: Tensor, labels: Tensor) -> Confusion:
    """Confusion counts of outputs (N, C) as a record keeps them; None where it gives no classes."""
    if not _count_classes(task, outputs):
        return None
    pair, classes = (labels.numpy(), outputs.argmax(1).numpy()), outputs.shape[1]
    if classes > MOST_DENSE:
        return SparseCounts(classes=classes, cells=tuple(map(tuple, confusion_cells(*pair, classes).tolist())))
    return tuple(map(tuple, confusion_counts(*pair, classes).tolist()))


def _count_classes(task: Task, outputs: Tensor) -> bool:
    return outputs.ndim == 2 and are_classes(task, outputs)


def are_classes(task: Task, outputs: Tensor) -> bool:
    """Whether the last axis of outputs is one logit a class. A user's own loss may read other outputs."""
    return task.classes is not None and outputs.shape[-1] >= task.classes


def macro_f1(counted: Margins) -> float:
    """The mean of F1 over the classes that occur."""
    return classification(counted).macro.f1


def metric_of(task: Task) -> Metric:
    """The name and direction of what `score_of` gives."""
    if task.metric is not None:
        # A user's own "accuracy" may be in per cent already: it is a share only where it says so.
        return task.metric.model_copy(update={"share": bool(task.metric.share)})
    return task.own_metric.described


@torch.no_grad()
def outputs_of(
    forward: Callable[[Inputs], Tensor], task: Task, split: Split, precision: Precision, chunk: int = CHUNK
) -> Iterator[Tensor]:
    """What `forward` gives for a whole split, chunk by chunk, without augmentation.

    task: makes the split's inputs ready. precision: of the pass. chunk: examples at a time.
    """
    dtype = dtype_of(precision)
    for inputs in chunks_of(split.inputs, chunk):
        with rounding(precision, task.device):
            outputs = forward(task.prepare(inputs, dtype=dtype))
        yield outputs.to(dtype)


def evaluate(model: nn.Module, task: Task, split: Split, precision: Precision) -> Measured:
    """Loss, metric and confusion counts over a whole split, with the model in evaluation mode.

    model: is in training mode afterwards. task: its loss and metric. split: one of the task's. precision: the trial's.
    """
    model.eval()
    outputs = torch.cat(list(outputs_of(partial(call_model, model), task, split, precision)))
    model.train()
    return measured(task, outputs, split.labels)


def measured(task: Task, outputs: Tensor, labels: Tensor) -> Measured:
    """What the outputs for a whole split, (N, ...), come to."""
    outputs, labels = outputs.cpu(), labels.cpu()
    loss = loss_of(task, outputs, labels).item()
    score = score_of(task, outputs, labels, loss)
    confusion = _confusion_of(task, outputs, labels)
    if confusion is None:
        return Measured(loss, score, None, outputs.float().numpy())
    kept = None if isinstance(confusion, SparseCounts) else outputs.softmax(1).half().numpy()
    return Measured(loss, score, confusion, kept, (outputs.argmax(1) == labels).numpy())
