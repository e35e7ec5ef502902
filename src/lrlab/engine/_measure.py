"""Loss, metric, confusion counts and probabilities of a model on a split; and the clock."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..objectives import LOSS, Objective, Sums
from ..spec import Evaluation, Metric, Precision, SparseCounts
from ..stats import LARGEST, ClassCounts, classification, confusion_cells, confusion_counts
from ..tasks import Inputs, Split, Task, call_model, chunks_of
from ._loaded import loaded_outputs
from ._precision import dtype_of, rounding

CHUNK = 1000  # examples per forward pass: enough to fill the processor, little memory
MOST_PASSED = 16_000_000  # numbers of outputs per forward pass, of all trials, where outputs are large
MOST_KEPT = 1_000_000  # numbers of a split's outputs that are kept where nobody asks for them
MOST_DENSE = 100  # classes; of more, a record keeps the counts that are not 0, and no probabilities
Confusion = tuple[tuple[int, ...], ...] | SparseCounts | None


def comparable(value: float) -> bool:
    """Whether a loss or score is a number one can compare: finite, and not so large that its square is not."""
    return abs(value) <= LARGEST


class Measured(NamedTuple):
    """A split under a model: mean loss, metric, confusion counts of classes, and what they rest on.

    outputs: class probabilities (N, C) float16; plain float32 outputs where there are no classes; None for many.
    right: which examples were rightly predicted, (N,) bool; None where there are no classes.
    scores: the further metrics of the objective, by name. fitted: what a metric fits to the data, were they validation.
    """

    loss: float
    score: float
    confusion: Confusion
    outputs: np.ndarray | None
    right: np.ndarray | None = None
    scores: Mapping[str, float] = MappingProxyType({})
    fitted: float | None = None

    @property
    def finite(self) -> bool:
        """Whether loss and metric are numbers one can compare."""
        return comparable(self.loss) and comparable(self.score)

    @property
    def f1(self) -> float | None:
        """Macro F1; None where nothing was counted."""
        counted = self.evaluation().class_counts
        return None if counted is None else macro_f1(counted)

    def evaluation(self) -> Evaluation:
        """The part a record keeps."""
        scores = {name: value for name, value in self.scores.items() if comparable(value)}
        return Evaluation(loss=self.loss, score=self.score, confusion=self.confusion, scores=scores)


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
    """The loss of the task's objective: cross-entropy unless the task says otherwise."""
    return task.objective.loss(outputs, labels)


def score_of(task: Task, outputs: Tensor, labels: Tensor, loss: float) -> float:
    """The metric of the task's objective that decides.

    task: its objective. outputs, labels: of any examples, (N, ...). loss: theirs.
    """
    return task.objective.score(outputs, labels, loss)


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


def class_counts_of(task: Task, outputs: Tensor, labels: Tensor) -> ClassCounts | None:
    """How often each class was rightly predicted, true, predicted, by outputs (N, C); None where it gives no classes.

    C is the number of classes as the model has them. Nothing of the size (C, C) is made.
    """
    if not _count_classes(task, outputs):
        return None
    predicted, classes = outputs.argmax(1), outputs.shape[1]
    parts = labels[predicted == labels], labels, predicted
    return ClassCounts(*(part.bincount(minlength=classes).cpu().numpy() for part in parts))


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


def macro_f1(counted: ClassCounts) -> float:
    """The mean of F1 over the classes that occur."""
    return classification(counted).macro.f1


def task_metric(task: Task) -> Metric:
    """The name and direction of what `score_of` gives."""
    return task.objective.metrics[0]


def chunk_size(task: Task, split: Split, room: int = CHUNK, trials: int = 1) -> int:
    """How many examples go through so many trials at once. It depends on the task alone, as bits may depend on it.

    room: examples x trials where outputs are small.
    """
    chunk = max(room // trials, 1)
    if not task.objective.by_sums:
        return chunk
    labels = split.labels
    wide = 1 if labels.is_floating_point() else max(1 + int(labels.max()), 1)
    return max(min(chunk, MOST_PASSED // (labels[0].numel() * wide * trials)), 1)


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


def evaluate(
    model: nn.Module, task: Task, split: Split, precision: Precision, fitted: float | None = None, keep: bool = False
) -> Measured:
    """Loss, metrics and confusion counts over a whole split, with the model in evaluation mode.

    model: is in training mode afterwards. task: its objective. split: one of the task's. precision: the trial's.
    fitted: what a metric fitted to the validation data. keep: outputs are asked for, however large.
    """
    model.eval()
    chunks = split_outputs(partial(call_model, model), task, split, precision)
    (found,) = measure_chunks(task, (chunk[None] for chunk in chunks), [split_labels(task, split)], [fitted], keep)
    model.train()
    return found


def split_outputs(
    forward: Callable[[Inputs], Tensor], task: Task, split: Split, precision: Precision
) -> Iterator[Tensor]:
    """`outputs_of` a split of the task's, of which a loader may give the examples."""
    if _is_loaded(task, split):
        return loaded_outputs(forward, task, split, precision)
    return outputs_of(forward, task, split, precision, chunk_size(task, split))


def split_labels(task: Task, split: Split) -> Tensor:
    """The labels of all examples that `split_outputs` gives, (N, ...), on the task's device."""
    loaded = task.stream_of(split)
    return split.labels if loaded is None or loaded.labels is None else loaded.labels.to(task.device)


def _is_loaded(task: Task, split: Split) -> bool:
    loaded = task.stream_of(split)
    return loaded is not None and loaded.labels is not None


def measure_chunks(
    task: Task,
    chunks: Iterable[Tensor],
    labels: Sequence[Tensor],
    fitted: Sequence[float | None],
    keep: bool = False,
) -> list[Measured]:
    """What the outputs of K trials for a whole split come to, chunk by chunk, (K, B, ...) each.

    labels: of each trial, (N, ...). fitted: of each, as in `evaluate`. Where the objective measures by sums, outputs
    are let go of chunk by chunk, and kept where they are few, or `keep` asks for them.
    """
    if not task.objective.by_sums:
        outputs_KN = torch.cat(list(chunks), dim=1)
        return [measured(task, *each) for each in zip(outputs_KN, labels, fitted, strict=True)]
    stream = SplitStream(task.objective, labels, keep)
    for outputs_KB in chunks:
        stream.add(outputs_KB)
    return stream.measured()


def measured(task: Task, outputs: Tensor, labels: Tensor, fitted: float | None = None) -> Measured:
    """What the outputs for a whole split, (N, ...), come to.

    fitted: as in `evaluate`; None where these are the data that it is fitted to.
    """
    outputs, labels = outputs.cpu(), labels.cpu()
    loss, score, scores, fit = _scores_of(task.objective, outputs, labels, fitted)
    confusion = _confusion_of(task, outputs, labels)
    if confusion is None:
        return Measured(loss, score, None, outputs.float().numpy(), scores=scores, fitted=fit)
    kept = None if isinstance(confusion, SparseCounts) else outputs.softmax(1).half().numpy()
    return Measured(loss, score, confusion, kept, (outputs.argmax(1) == labels).numpy(), scores, fit)


def _scores_of(
    objective: Objective, outputs: Tensor, labels: Tensor, fitted: float | None
) -> tuple[float, float, dict[str, float], float | None]:
    """Loss, the metric that decides, the further ones by name, and what was fitted."""
    fit = objective.fit(outputs, labels) if fitted is None else fitted
    scores = objective.scores(outputs, labels, fit)
    return scores[LOSS], scores[objective.metrics[0].name], {name: scores[name] for name in objective.further}, fit


class SplitStream:
    """A split under K trials, measured while its outputs pass by. labels: of each trial, (N, ...)."""

    def __init__(self, objective: Objective, labels: Sequence[Tensor], keep: bool) -> None:
        self.objective, self.labels, self.keep = objective, labels, keep
        self.place = 0
        self.sums: Sums | None = None
        self.outputs: list[Tensor] | None = []

    def add(self, outputs_KB: Tensor) -> None:
        """Add the next chunk's outputs, (K, B, ...)."""
        part = slice(self.place, self.place + outputs_KB.shape[1])
        labels_KB = torch.stack([labels[part] for labels in self.labels])
        sums = self.objective.sums(outputs_KB, labels_KB)
        self.sums = sums if self.sums is None else self.objective.merge(self.sums, sums)
        self.place = part.stop
        whole = outputs_KB[0, 0].numel() * len(self.labels[0])
        if self.outputs is not None and (self.keep or whole <= MOST_KEPT):
            self.outputs.append(outputs_KB.float().cpu())
        else:
            self.outputs = None

    def measured(self) -> list[Measured]:
        """What every trial came to."""
        assert self.sums is not None  # a split has examples
        totals = {name: value.cpu().tolist() for name, value in self.objective.totals(self.sums).items()}
        outputs = None if self.outputs is None else torch.cat(self.outputs, dim=1).numpy()
        first = self.objective.metrics[0].name
        return [
            Measured(
                totals[LOSS][row],
                totals[first][row],
                None,
                None if outputs is None else outputs[row],
                scores={name: totals[name][row] for name in self.objective.further},
            )
            for row in range(len(self.labels))
        ]
