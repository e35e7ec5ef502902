"""Loss, metric, confusion counts and probabilities of a model on a split; and the clock."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ..spec import Evaluation, Metric, Precision
from ..stats import classification, confusion_counts
from ..tasks import Split, Task
from ._precision import dtype_of, rounding

CHUNK = 1000  # examples per forward pass: enough to fill the processor, little memory


class Measured(NamedTuple):
    """A split under a model: mean loss, metric, confusion counts of classes, and what they rest on.

    outputs: class probabilities (N, C) float16; plain float32 outputs where there are no classes.
    """

    loss: float
    score: float
    confusion: tuple[tuple[int, ...], ...] | None
    outputs: np.ndarray

    @property
    def finite(self) -> bool:
        """Whether loss and metric are numbers one can compare."""
        return math.isfinite(self.loss) and math.isfinite(self.score)

    @property
    def f1(self) -> float | None:
        """Macro F1; None where nothing was counted."""
        return None if self.confusion is None else macro_f1(self.confusion)

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
    """The task's metric: its own, else accuracy for classes, else the loss."""
    if task.score is not None:
        return float(task.score(outputs, labels))
    if task.classes is None:
        return loss
    return (outputs.argmax(1) == labels).double().mean().item()


def counts_of(task: Task, outputs: Tensor, labels: Tensor) -> NDArray[np.int64] | None:
    """Confusion counts (C, C) of outputs (N, C), C classes as the model has them; None where it gives no classes."""
    if outputs.ndim != 2 or not are_classes(task, outputs):
        return None
    return confusion_counts(labels.cpu().numpy(), outputs.argmax(1).cpu().numpy(), outputs.shape[1])


def are_classes(task: Task, outputs: Tensor) -> bool:
    """Whether the last axis of outputs is one logit a class. A user's own loss may read other outputs."""
    return task.classes is not None and outputs.shape[-1] >= task.classes


def macro_f1(counts: ArrayLike) -> float:
    """The mean over classes of F1, from confusion counts."""
    return classification(counts).macro.f1


def metric_of(task: Task) -> Metric:
    """The name and direction of what `score_of` gives."""
    if task.metric is not None:
        # A user's own "accuracy" may be in per cent already: it is a share only where it says so.
        return task.metric.model_copy(update={"share": bool(task.metric.share)})
    return Metric(name="loss", higher_is_better=False) if task.classes is None else Metric(name="accuracy")


@torch.no_grad()
def outputs_of(
    forward: Callable[[Tensor], Tensor], task: Task, split: Split, precision: Precision, chunk: int = CHUNK
) -> Iterator[Tensor]:
    """What `forward` gives for a whole split, chunk by chunk, without augmentation."""
    dtype = dtype_of(precision)
    for inputs in split.inputs.split(chunk):
        with rounding(precision, inputs.device):
            outputs = forward(task.prepare(inputs, dtype=dtype))
        yield outputs.to(dtype)


def evaluate(model: nn.Module, task: Task, split: Split, precision: Precision) -> Measured:
    """Loss, metric and confusion counts over a whole split, with the model in evaluation mode."""
    model.eval()
    outputs = torch.cat(list(outputs_of(model, task, split, precision)))
    model.train()
    return measured(task, outputs, split.labels)


def measured(task: Task, outputs: Tensor, labels: Tensor) -> Measured:
    """What the outputs for a whole split, (N, ...), come to."""
    outputs, labels = outputs.cpu(), labels.cpu()
    loss = loss_of(task, outputs, labels).item()
    score = score_of(task, outputs, labels, loss)
    counts, confusion = counts_of(task, outputs, labels), None
    if counts is not None:
        confusion = tuple(tuple(int(count) for count in row) for row in counts)
        outputs = outputs.softmax(1).half()
    kept = outputs if outputs.dtype == torch.float16 else outputs.float()
    return Measured(loss, score, confusion, kept.numpy())
